//! JSON lines: one object a line, its keys the names or titles of items.

use std::{borrow::Cow, collections::HashMap, fmt, path::Path};

use rules::delivery::RowFault;
use serde::{
    Deserializer,
    de::{DeserializeSeed, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Columns, RECORD_BYTES_MAX, Record, header, source::Source};
use crate::{Encoding, ReadError, Sniffed};

/// How many lines are read to find the columns of a file that nothing is known of.
const LINES_DISCOVERED: usize = 1000;

pub(crate) struct JsonReader {
    source: Source,
    columns: Vec<String>,
    index: HashMap<String, usize>,
    is_strict: bool,
    line: u64,
    number: u64,
    values: Vec<Option<String>>,
}

impl JsonReader {
    pub fn open(path: &Path, sniffed: &Sniffed, columns: &Columns<'_>) -> Result<JsonReader, ReadError> {
        let encoding = sniffed.encoding.unwrap_or(Encoding::Utf8);
        let (columns, index, is_strict) = match columns {
            Columns::Items(items) => {
                let names = items.iter().map(|it| it.name.clone()).collect();
                let index = header::index(items)
                    .into_iter()
                    .map(|(name, i)| (name.to_owned(), i))
                    .collect();
                (names, index, true)
            }
            Columns::Discover => {
                let names = discover(path, encoding)?;
                let index = names.iter().cloned().zip(0..).collect();
                (names, index, false)
            }
        };
        let source = Source::open(path, encoding)?;
        let values = vec![None; columns.len()];
        Ok(JsonReader {
            source,
            columns,
            index,
            is_strict,
            line: 0,
            number: 0,
            values,
        })
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn bytes_done(&self) -> u64 {
        self.source.bytes_done()
    }

    pub fn sha256(self) -> Result<String, ReadError> {
        self.source.sha256()
    }

    pub fn next(&mut self, record: &mut Record) -> Result<bool, ReadError> {
        let Some(length) = next_line(&mut self.source, &mut self.line)? else {
            return Ok(false);
        };
        self.number += 1;
        record.clear();
        record.number = self.number;
        let line = &self.source.window()[..length];
        let whole_row = match std::str::from_utf8(line) {
            Err(_) => Some(RowFault::BadEncoding),
            Ok(text) if read_object(text, &self.index, &mut self.values, record, self.is_strict)? => None,
            Ok(_) if self.number == 1 => return Err(ReadError::BadJson { line: self.line }),
            Ok(_) => Some(RowFault::BadType),
        };
        if let Some(fault) = whole_row {
            record.push_field(line);
            record.flaw = Some((fault, None));
        } else {
            for value in &mut self.values {
                record.push_field(value.take().unwrap_or_default().as_bytes());
            }
        }
        record.width = self.columns.len();
        self.source.consume(length);
        Ok(true)
    }
}

/// Moves to the next line that is not blank and says how long it is, without its end.
fn next_line(source: &mut Source, line: &mut u64) -> Result<Option<usize>, ReadError> {
    let mut searched = 0;
    loop {
        let window = source.window();
        let found = window[searched..]
            .iter()
            .position(|b| *b == b'\n')
            .map(|at| searched + at);
        match found {
            None if !source.is_end() => {
                if RECORD_BYTES_MAX < window.len() {
                    return Err(ReadError::RecordTooLong { line: *line + 1 });
                }
                searched = window.len();
                source.fill()?;
            }
            None if window.iter().all(u8::is_ascii_whitespace) => return Ok(None),
            None => {
                *line += 1;
                return Ok(Some(window.len()));
            }
            Some(end) if window[..end].iter().all(u8::is_ascii_whitespace) => {
                *line += 1;
                source.consume(end + 1);
                searched = 0;
            }
            Some(end) => {
                *line += 1;
                return Ok(Some(end));
            }
        }
    }
}

fn discover(path: &Path, encoding: Encoding) -> Result<Vec<String>, ReadError> {
    let mut source = Source::open(path, encoding)?;
    let (mut line, mut names) = (0, Vec::<String>::new());
    for _ in 0..LINES_DISCOVERED {
        let Some(length) = next_line(&mut source, &mut line)? else {
            break;
        };
        let text = String::from_utf8_lossy(&source.window()[..length]);
        if let Ok(object) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text) {
            for name in object.keys() {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        } else if line == 1 {
            return Err(ReadError::BadJson { line });
        }
        source.consume(length);
    }
    Ok(names)
}

/// Reads the object of one line into `values`; false where the line is no object. Of a value that cannot be
/// read, the record's flaw tells.
fn read_object(
    text: &str,
    index: &HashMap<String, usize>,
    values: &mut [Option<String>],
    record: &mut Record,
    is_strict: bool,
) -> Result<bool, ReadError> {
    values.fill(None);
    let mut unknown = Vec::new();
    let mut json = serde_json::Deserializer::from_str(text.trim());
    let object = Object {
        index,
        values,
        unknown: &mut unknown,
        flaw: &mut record.flaw,
    };
    if object.deserialize(&mut json).is_err() || json.end().is_err() {
        return Ok(false);
    }
    if is_strict && !unknown.is_empty() {
        return Err(ReadError::HeaderMismatch {
            missing: vec![],
            unexpected: unknown,
            doubled: vec![],
        });
    }
    Ok(true)
}

/// Where the values of one object go.
struct Object<'a> {
    index: &'a HashMap<String, usize>,
    values: &'a mut [Option<String>],
    unknown: &'a mut Vec<String>,
    flaw: &'a mut Option<(RowFault, Option<usize>)>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let value = map.next_value::<&RawValue>()?;
            let Some(&column) = self.index.get(name.as_ref()) else {
                self.unknown.push(name.into_owned());
                continue;
            };
            if self.values[column].is_some() {
                // Two values for one item: nobody can say which is meant.
                *self.flaw = Some((RowFault::BadType, Some(column)));
            }
            let raw = value.get();
            self.values[column] = Some(match raw.as_bytes().first() {
                Some(b'"') => serde_json::from_str(raw).map_err(serde::de::Error::custom)?,
                Some(b'n') => String::new(),
                Some(b'{' | b'[') => {
                    *self.flaw = Some((RowFault::BadType, Some(column)));
                    raw.to_owned()
                }
                // A number keeps the digits it is written with.
                _ => raw.to_owned(),
            });
        }
        Ok(())
    }
}
