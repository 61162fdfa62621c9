//! 导出: all granted rows as one CSV file, with its digest in the evidence before the first byte leaves.

use std::io::{self, BufWriter, Seek, Write};

use jiff::Timestamp;
use ring::digest::{Context, SHA256};
use rules::{
    grant::{Mask, Operation},
    ids::GrantId,
};
use store::rows::{Answer, Pick};

use super::{CallError, Caller, Export, ExportAsk, ask, grant_of, permit, trace::Trace};
use crate::{City, Refused};

/// Spools the rows to a file without a name, hashes it on the way, and seals its evidence.
pub async fn export(
    city: &City,
    caller: &Caller,
    grant: &GrantId,
    asked: &ExportAsk,
    now: Timestamp,
) -> Result<Export, CallError> {
    let request = format!("{asked:?}");
    let mut trace = Trace::new(caller, Operation::Export, request.as_bytes(), now);
    match spool(city, caller, grant, asked, now, &mut trace).await {
        Ok((marked, (file, bytes, sha256))) => {
            let sealed = trace.answered(city, grant, &[&sha256]).await?;
            let rows = trace.rows;
            Ok(Export {
                file,
                bytes,
                sha256,
                rows,
                marked,
                evidence: sealed.evidence,
                salt: sealed.salt,
            })
        }
        Err(error) => Err(trace.refused(city, grant, error).await),
    }
}

async fn spool(
    city: &City,
    caller: &Caller,
    grant: &GrantId,
    asked: &ExportAsk,
    now: Timestamp,
    trace: &mut Trace<'_>,
) -> Result<(u64, (std::fs::File, u64, [u8; 32])), CallError> {
    let card = grant_of(city, caller, grant)?;
    trace.card = Some(card.clone());
    ask::few("items", asked.items.len())?;
    let purpose = trace.say(&asked.purpose, &asked.matter)?;
    trace.items = if asked.items.is_empty() {
        card.items.clone()
    } else {
        asked.items.as_slice().into()
    };
    let (entry, version) = permit(city, &card, trace, purpose, now).await?;
    let pick = Pick {
        shape: entry.shape.clone(),
        version,
        items: trace.items.clone(),
        equals: Vec::new(),
        any_of: card.filters.clone(),
        after_key: None,
        limit: usize::MAX,
    };
    let masks = card.masks(&trace.items);
    let mut sheet = Sheet::new(&city.data_dir.join("spool")).map_err(Refused::from)?;
    sheet.head(&trace.items, asked.with_bom).map_err(Refused::from)?;
    let records = entry.marked_records(&trace.items);
    let mut marked = 0;
    let mut chunks = city.rows.stream(pick);
    while let Some(rows) = chunks.next().await.map_err(Refused::from)? {
        if let Some(records) = &records {
            let hash = |row: &Answer| entry.record_of(&city.gate.secret, row, trace.items.len());
            let is_marked = |row: &&Answer| records.contains(&hex::encode(hash(row)));
            marked += rows.iter().filter(is_marked).count() as u64;
        }
        sheet
            .rows(&rows, &masks, &card.pseudonym)
            .map_err(Refused::from)?;
    }
    trace.rows = sheet.rows;
    if entry.set_marks().next().is_some() {
        marked = sheet.rows;
    }
    Ok((marked, sheet.finish().map_err(Refused::from)?))
}

/// A CSV file being written and hashed.
struct Sheet {
    out: BufWriter<std::fs::File>,
    hash: Context,
    line: Vec<u8>,
    bytes: u64,
    rows: u64,
}

impl Sheet {
    fn new(dir: &std::path::Path) -> io::Result<Sheet> {
        let out = BufWriter::with_capacity(1 << 18, tempfile::tempfile_in(dir)?);
        Ok(Sheet {
            out,
            hash: Context::new(&SHA256),
            line: Vec::with_capacity(512),
            bytes: 0,
            rows: 0,
        })
    }

    fn head(&mut self, items: &[String], with_bom: bool) -> io::Result<()> {
        if with_bom {
            self.line.extend_from_slice("\u{feff}".as_bytes());
        }
        for (i, item) in items.iter().enumerate() {
            push_field(&mut self.line, i, item);
        }
        self.end_line()
    }

    fn rows(&mut self, rows: &[Vec<Option<String>>], masks: &[Mask], secret: &[u8]) -> io::Result<()> {
        for row in rows {
            for (i, mask) in masks.iter().enumerate() {
                match (row[i].as_deref(), mask) {
                    (None, _) => push_field(&mut self.line, i, ""),
                    (Some(value), Mask::Clear) => push_field(&mut self.line, i, value),
                    (Some(value), mask) => push_field(&mut self.line, i, &table::veil(*mask, value, secret)),
                }
            }
            self.end_line()?;
            self.rows += 1;
        }
        Ok(())
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.extend_from_slice(b"\r\n");
        self.hash.update(&self.line);
        self.bytes += self.line.len() as u64;
        self.out.write_all(&self.line)?;
        self.line.clear();
        Ok(())
    }

    fn finish(self) -> Result<(std::fs::File, u64, [u8; 32]), io::Error> {
        let mut file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let sha256 = self
            .hash
            .finish()
            .as_ref()
            .try_into()
            .expect("SHA-256 has 32 bytes");
        Ok((file, self.bytes, sha256))
    }
}

/// Appends field number `i` of a line, quoted where RFC 4180 asks for it.
fn push_field(line: &mut Vec<u8>, i: usize, value: &str) {
    if i > 0 {
        line.push(b',');
    }
    if !value.bytes().any(|it| matches!(it, b',' | b'"' | b'\n' | b'\r')) {
        line.extend_from_slice(value.as_bytes());
        return;
    }
    line.push(b'"');
    for byte in value.bytes() {
        if byte == b'"' {
            line.push(b'"');
        }
        line.push(byte);
    }
    line.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_commas_quotes_and_lines_are_quoted() {
        let mut line = Vec::new();
        for (i, value) in ["a", "b,c", "d\"e", "f\ng", ""].iter().enumerate() {
            push_field(&mut line, i, value);
        }
        assert_eq!(String::from_utf8(line).unwrap(), "a,\"b,c\",\"d\"\"e\",\"f\ng\",");
    }
}
