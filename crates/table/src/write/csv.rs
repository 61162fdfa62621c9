//! CSV after RFC 4180: UTF-8, lines that end in CR LF, quotes only where they are needed.

use std::io::{self, Write};

use super::{Header, WriteError, cell};

pub(super) fn write<R: AsRef<[Option<String>]>>(
    header: &Header<'_>,
    rows: impl Iterator<Item = io::Result<R>>,
    to: &mut impl Write,
) -> Result<(), WriteError> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(to);
    writer
        .write_record(header.items.iter().map(|it| &it.name))
        .map_err(failed)?;
    for row in rows {
        let row = row?;
        for i in 0..header.items.len() {
            writer
                .write_field(cell(row.as_ref(), i).unwrap_or_default())
                .map_err(failed)?;
        }
        writer.write_record(None::<&[u8]>).map_err(failed)?;
    }
    Ok(writer.flush()?)
}

fn failed(error: csv::Error) -> WriteError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => WriteError::Io(error),
        other => WriteError::Format(format!("{other:?}")),
    }
}
