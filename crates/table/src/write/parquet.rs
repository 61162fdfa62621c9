//! Parquet: every item an optional column. Whole numbers, exact decimals and days are columns of their type where all of
//! their values are; everything else is UTF-8 text, so that codes stay codes.
//!
//! Titles and types are in the file's own notes, as JSON under `items`, beside `title`. A row group is written
//! whole once it has so many rows or bytes; that much is kept in memory and no more.

use std::{
    io::{self, Write},
    sync::Arc,
};

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical},
    data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::{Type, TypePtr},
};
use serde_json::json;

use super::{
    Header, Typed, WriteError, cell,
    typing::{day, integer, unscaled},
};

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
    let mut group = Group::new(header);
    for row in rows {
        group.push(row?.as_ref())?;
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
    let column = |(i, name): (usize, &str)| {
        let of = |physical, logical| {
            Type::primitive_type_builder(name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(logical)
        };
        let column = match header.typed(i) {
            Typed::Text => of(Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Typed::Integer => of(Physical::INT64, None),
            Typed::Day => of(Physical::INT32, Some(LogicalType::Date)),
            Typed::Decimal { precision, scale } => {
                let (scale, precision) = (scale as i32, precision as i32);
                of(Physical::INT64, Some(LogicalType::decimal(scale, precision)))
                    .with_precision(precision)
                    .with_scale(scale)
            }
        };
        Ok(Arc::new(column.build().map_err(failed)?))
    };
    let names = header.items.iter().map(|it| it.name.as_str());
    let columns: Result<Vec<TypePtr>, WriteError> = names.enumerate().map(column).collect();
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

struct Column {
    values: Values,
    /// For each row 1 where it has a value and 0 where it has none.
    has_value: Vec<i16>,
}

enum Values {
    Text(Vec<ByteArray>),
    Integer(Vec<i64>),
    /// In units of the last of so many places.
    Decimal(Vec<i64>, u32),
    Day(Vec<i32>),
}

impl Values {
    fn of(typed: Typed) -> Values {
        match typed {
            Typed::Text => Values::Text(Vec::new()),
            Typed::Integer => Values::Integer(Vec::new()),
            Typed::Decimal { scale, .. } => Values::Decimal(Vec::new(), scale),
            Typed::Day => Values::Day(Vec::new()),
        }
    }

    /// Takes a value in; none where it is not of the column's type.
    fn push(&mut self, value: &str) -> Option<()> {
        match self {
            Values::Text(values) => values.push(ByteArray::from(value)),
            Values::Integer(values) => values.push(integer(value)?),
            Values::Decimal(values, scale) => values.push(unscaled(value, *scale)?),
            Values::Day(values) => values.push(day(value)?),
        }
        Some(())
    }
}

impl Group {
    fn new(header: &Header<'_>) -> Group {
        let column = |i| Column {
            values: Values::of(header.typed(i)),
            has_value: Vec::new(),
        };
        Group {
            columns: (0..header.items.len()).map(column).collect(),
            rows: 0,
            bytes: 0,
        }
    }

    fn push(&mut self, row: &[Option<String>]) -> Result<(), WriteError> {
        for (i, column) in self.columns.iter_mut().enumerate() {
            let value = cell(row, i);
            column.has_value.push(i16::from(value.is_some()));
            if let Some(value) = value {
                // The list of values costs something for each of them, too.
                self.bytes += value.len() + size_of::<ByteArray>();
                let taken = column.values.push(value);
                taken.ok_or_else(|| WriteError::Format(format!("column {i} has another type")))?;
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn write<W: Write + Send>(&mut self, file: &mut SerializedFileWriter<W>) -> Result<(), WriteError> {
        let mut group = file.next_row_group().map_err(failed)?;
        for column in &mut self.columns {
            let mut writer = group
                .next_column()
                .map_err(failed)?
                .ok_or_else(|| WriteError::Format("a column of the schema is missing".to_owned()))?;
            match &mut column.values {
                Values::Text(values) => batch::<ByteArrayType>(&mut writer, values, &column.has_value)?,
                Values::Integer(values) | Values::Decimal(values, _) => {
                    batch::<Int64Type>(&mut writer, values, &column.has_value)?;
                }
                Values::Day(values) => batch::<Int32Type>(&mut writer, values, &column.has_value)?,
            }
            writer.close().map_err(failed)?;
            column.has_value.clear();
        }
        group.close().map_err(failed)?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

/// Writes the values of a column, and forgets them.
fn batch<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    values: &mut Vec<T::T>,
    has_value: &[i16],
) -> Result<(), WriteError> {
    writer
        .typed::<T>()
        .write_batch(values, Some(has_value), None)
        .map_err(failed)?;
    values.clear();
    Ok(())
}

fn failed(error: ParquetError) -> WriteError {
    WriteError::format(error)
}
