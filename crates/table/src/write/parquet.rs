//! Parquet: every item an optional column of UTF-8 text, so that codes stay codes and decimals exact.
//!
//! Titles and types are in the file's own notes, as JSON under `items`, beside `title`. A row group is written
//! whole once it has so many rows or bytes; that much is kept in memory and no more.

use std::{
    io::{self, Write},
    sync::Arc,
};

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical},
    data_type::{ByteArray, ByteArrayType},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
        writer::SerializedFileWriter,
    },
    schema::types::{Type, TypePtr},
};
use serde_json::json;

use super::{Header, WriteError, cell};

/// Rows of a row group at most.
const GROUP_ROWS_MAX: usize = 65_536;
/// Bytes of values in a row group, about.
const GROUP_BYTES_MAX: usize = 32 << 20;

pub(super) fn write<R: AsRef<[Option<String>]>>(
    header: &Header<'_>,
    rows: impl Iterator<Item = io::Result<R>>,
    to: &mut (impl Write + Send),
) -> Result<(), WriteError> {
    let properties = WriterProperties::builder()
        .set_created_by("yishu".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_key_value_metadata(Some(notes(header)))
        .build();
    let mut file = SerializedFileWriter::new(to, schema(header)?, Arc::new(properties)).map_err(failed)?;
    let mut group = Group::new(header.items.len());
    for row in rows {
        group.push(row?.as_ref());
        if GROUP_ROWS_MAX <= group.rows || GROUP_BYTES_MAX <= group.bytes {
            group.write(&mut file)?;
        }
    }
    if 0 < group.rows {
        group.write(&mut file)?;
    }
    file.close().map_err(failed)?;
    Ok(())
}

fn schema(header: &Header<'_>) -> Result<TypePtr, WriteError> {
    let column = |name: &str| {
        let column = Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(Some(LogicalType::String));
        Ok(Arc::new(column.build().map_err(failed)?))
    };
    let columns: Result<Vec<TypePtr>, WriteError> = header.items.iter().map(|it| column(&it.name)).collect();
    let rows = Type::group_type_builder("rows").with_fields(columns?);
    Ok(Arc::new(rows.build().map_err(failed)?))
}

/// What the file says of its items.
fn notes(header: &Header<'_>) -> Vec<KeyValue> {
    let items: Vec<serde_json::Value> = header
        .items
        .iter()
        .map(|it| json!({ "name": it.name, "title": it.title, "type": it.kind.name() }))
        .collect();
    let note = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
    vec![
        note("title", header.title.to_owned()),
        note("items", serde_json::Value::from(items).to_string()),
    ]
}

/// Rows that wait to be written together, column by column.
struct Group {
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

#[derive(Default)]
struct Column {
    values: Vec<ByteArray>,
    /// For each row 1 where it has a value and 0 where it has none.
    has_value: Vec<i16>,
}

impl Group {
    fn new(columns: usize) -> Group {
        Group {
            columns: std::iter::repeat_with(Column::default).take(columns).collect(),
            rows: 0,
            bytes: 0,
        }
    }

    fn push(&mut self, row: &[Option<String>]) {
        for (i, column) in self.columns.iter_mut().enumerate() {
            let value = cell(row, i);
            column.has_value.push(i16::from(value.is_some()));
            if let Some(value) = value {
                // The list of values costs something for each of them, too.
                self.bytes += value.len() + size_of::<ByteArray>();
                column.values.push(ByteArray::from(value));
            }
        }
        self.rows += 1;
    }

    fn write<W: Write + Send>(&mut self, file: &mut SerializedFileWriter<W>) -> Result<(), WriteError> {
        let mut group = file.next_row_group().map_err(failed)?;
        for column in &mut self.columns {
            let mut writer = group
                .next_column()
                .map_err(failed)?
                .ok_or_else(|| WriteError::Format("a column of the schema is missing".to_owned()))?;
            writer
                .typed::<ByteArrayType>()
                .write_batch(&column.values, Some(&column.has_value), None)
                .map_err(failed)?;
            writer.close().map_err(failed)?;
            column.values.clear();
            column.has_value.clear();
        }
        group.close().map_err(failed)?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

fn failed(error: ParquetError) -> WriteError {
    WriteError::format(error)
}
