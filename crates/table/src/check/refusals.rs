//! The refusals file: what the agency opens in its spreadsheet to put its rows right.

use std::io::{self, Read, Write};

use csv::{QuoteStyle, ReaderBuilder, Terminator, Writer, WriterBuilder};
use rules::{catalogue::Item, delivery::RowFault};

use super::judge::Fault;
use crate::{propose::personal, read::called, veil};

/// Characters of a value that are repeated.
const SHOWN_MAX: usize = 100;

/// Writes a line for each fault of each refused row.
pub(super) struct Refusals<W: Write> {
    to: Writer<W>,
    /// How each item is called, and its limit in words where a value exceeds it.
    items: Vec<(String, String, String)>,
    width: usize,
}

impl<W: Write> Refusals<W> {
    pub fn new(mut to: W, items: &[Item], width: usize) -> io::Result<Refusals<W>> {
        // The mark tells spreadsheets that the text is UTF-8.
        to.write_all("\u{feff}".as_bytes())?;
        let mut to = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .quote_style(QuoteStyle::Necessary)
            .from_writer(to);
        to.write_record(["数据行号（不含表头）", "信息项", "原值", "原因", "代码"])?;
        let limits = |it: &Item| {
            let length = it
                .length
                .map_or(String::new(), |length| format!("（最多{length}位）"));
            let scale = it.scale.unwrap_or(2);
            (called(it), length, format!("（最多{scale}位小数）"))
        };
        Ok(Refusals {
            to,
            items: items.iter().map(limits).collect(),
            width,
        })
    }

    /// One fault of row `number`, with the value as it came.
    pub fn write(&mut self, number: u64, (fault, item): Fault, value: &[u8]) -> io::Result<()> {
        let empty = (String::new(), String::new(), String::new());
        let (name, length, scale) = item.map_or(&empty, |it| &self.items[it]);
        let more = match fault {
            RowFault::TooLong => length.clone(),
            RowFault::TooPrecise => scale.clone(),
            RowFault::WrongWidth => format!("（应为{}列）", self.width),
            _ => String::new(),
        };
        let reason = format!("{}{more}", fault.label());
        self.to
            .write_record([&number.to_string(), name, &shown(value), &reason, fault.name()])?;
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// One line of the file, for a page: what is about a person is veiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// The number of the row of data, without the header.
    pub number: u64,
    /// The item, as people find it in their file; empty where the whole row is at fault.
    pub item: String,
    /// The value as it came.
    pub value: String,
    /// Why it was refused.
    pub reason: String,
}

/// The first `count` lines of a refusals file, checked against `items`.
pub fn first_refusals(file: impl Read, items: &[Item], count: usize) -> io::Result<Vec<RefusedRow>> {
    let mut lines = ReaderBuilder::new().from_reader(file);
    let mut rows = Vec::new();
    for line in lines.records().take(count) {
        let line = line?;
        let cell = |n: usize| line.get(n).unwrap_or_default();
        let item = items.iter().find(|it| called(it) == cell(1));
        rows.push(RefusedRow {
            number: cell(0).parse().unwrap_or_default(),
            item: cell(1).to_owned(),
            value: match item.and_then(personal::mask_of_class) {
                Some(mask) => veil(mask, cell(2), b""),
                None => personal::veil_numbers(cell(2)),
            },
            reason: cell(3).to_owned(),
        });
    }
    Ok(rows)
}

/// A value that is safe to open: shortened, without control characters, and never a formula.
fn shown(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let is_formula = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let mut shown = String::from(if is_formula { "'" } else { "" });
    let plain = |c: char| {
        if c.is_control() && c != '\n' {
            '\u{fffd}'
        } else {
            c
        }
    };
    shown.extend(text.chars().take(SHOWN_MAX).map(plain));
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_a_spreadsheet_would_run_is_shown_as_text() {
        for formula in ["=1+1", "+1", "-1.00", "@SUM(A1)", " =1", "\t=1", "＝1"] {
            assert!(shown(formula.as_bytes()).starts_with('\''), "{formula}");
        }
        assert_eq!(shown("零陵区".as_bytes()), "零陵区");
        assert_eq!(shown(b"\xff\x00a"), "\u{fffd}\u{fffd}a");
        assert_eq!(shown("备".repeat(600).as_bytes()).chars().count(), 101);
    }

    #[test]
    fn the_first_rows_are_read_back_with_what_is_about_people_veiled() {
        use rules::catalogue::{ItemClass, Semantic};
        let item = |name: &str, semantic, class| Item {
            name: name.into(),
            title: name.into(),
            semantic,
            class,
            ..Item::default()
        };
        let items = [
            item("id", Semantic::IdentityNumber, ItemClass::Identifier),
            item("illness", Semantic::Plain, ItemClass::Sensitive),
            item("code", Semantic::Plain, ItemClass::Plain),
        ];
        let mut bytes = Vec::new();
        let mut file = Refusals::new(&mut bytes, &items, 3).unwrap();
        for (number, item, value) in [
            (1, Some(0), "431100199001011234"),
            (2, Some(1), "糖尿病"),
            (3, Some(2), "4311X"),
            (4, Some(2), "13874600001"),
        ] {
            file.write(number, (RowFault::TooLong, item), value.as_bytes())
                .unwrap();
        }
        file.finish().unwrap();
        let rows = first_refusals(bytes.as_slice(), &items, 20).unwrap();
        let values: Vec<&str> = rows.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(values, ["431***********1234", "***", "4311X", "138****0001"]);
        assert_eq!((rows[0].number, rows[0].item.as_str()), (1, "id"));
        assert_eq!(first_refusals(bytes.as_slice(), &items, 2).unwrap().len(), 2);
    }

    #[test]
    fn the_file_opens_in_a_spreadsheet() {
        let item = Item {
            name: "remark".into(),
            title: "备注".into(),
            length: Some(5),
            ..Item::default()
        };
        let mut bytes = Vec::new();
        let mut file = Refusals::new(&mut bytes, &[item], 3).unwrap();
        file.write(7, (RowFault::TooLong, Some(0)), "一,二\"三".as_bytes())
            .unwrap();
        file.write(9, (RowFault::WrongWidth, None), "2列".as_bytes())
            .unwrap();
        file.finish().unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "\u{feff}数据行号（不含表头）,信息项,原值,原因,代码\r\n\
             7,备注（remark）,\"一,二\"\"三\",超过最大长度（最多5位）,too-long\r\n\
             9,,2列,列数与表头不符（应为3列）,wrong-width\r\n"
        );
    }
}
