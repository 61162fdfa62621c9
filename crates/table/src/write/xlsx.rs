//! A workbook with one sheet. Codes and identifiers are text cells, so that no zero and no digit is lost;
//! numbers are number cells where a sheet holds them exactly.

use std::io::{self, Write};

use rules::catalogue::{Item, ItemType, Semantic};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::{Header, WriteError, XLSX_ROWS_MAX, cell, is_json_number};

/// Columns of a sheet.
const ITEMS_MAX: usize = 16_384;
/// UTF-16 units in a cell.
const CELL_MAX: usize = 32_767;
/// Codes of an item that the second sheet names.
const CODES_MAX: usize = 200;
/// Digits of a number that a sheet keeps.
const DIGITS_MAX: usize = 15;

pub(super) fn write<R: AsRef<[Option<String>]>>(
    header: &Header<'_>,
    rows: impl Iterator<Item = io::Result<R>>,
    to: &mut (impl Write + Send),
) -> Result<(), WriteError> {
    if ITEMS_MAX < header.items.len() {
        return Err(WriteError::TooManyItems(header.items.len()));
    }
    let mut workbook = Workbook::new();
    // A day of its own in every file would give the same rows another hash.
    let day = ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title(header.title)
            .set_creation_datetime(&day),
    );
    let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
    sheet.set_name("数据").map_err(failed)?;
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    let bold = Format::new().set_bold();
    for (at, item) in (0u16..).zip(header.items) {
        sheet
            .write_string_with_format(0, at, &item.name, &bold)
            .map_err(failed)?;
    }
    let columns: Vec<Column> = header.items.iter().map(Column::of).collect();
    for (number, row) in (1u64..).zip(rows) {
        let row = row?;
        if XLSX_ROWS_MAX < number {
            return Err(WriteError::TooManyRows);
        }
        for (i, column) in columns.iter().enumerate() {
            if let Some(value) = cell(row.as_ref(), i) {
                column.write(sheet, number, i as u16, value)?;
            }
        }
    }
    explain(&mut workbook, header.items, &bold)?;
    workbook.save_to_writer(to).map_err(failed)
}

/// A second sheet that says in Chinese what the columns are; the first keeps the names that programs know.
fn explain(workbook: &mut Workbook, items: &[Item], bold: &Format) -> Result<(), WriteError> {
    let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
    sheet.set_name("说明").map_err(failed)?;
    let heads = ["列名", "中文名称", "数据类型", "值域代码", "说明"];
    for (at, head) in (0u16..).zip(heads) {
        sheet
            .write_string_with_format(0, at, head, bold)
            .map_err(failed)?;
    }
    for (row, item) in (1u32..).zip(items) {
        let code = |it: &rules::catalogue::Code| match it.code == it.label {
            true => it.code.clone(),
            false => format!("{} {}", it.code, it.label),
        };
        let codes: Vec<String> = item.codes.iter().take(CODES_MAX).map(code).collect();
        let more = if CODES_MAX < item.codes.len() { "等" } else { "" };
        let codes = format!("{}{more}", codes.join("；"));
        let words = [&item.name, &item.title, item.kind.label(), &codes, &item.note];
        for (at, words) in (0u16..).zip(words) {
            let words: String = words.chars().take(CELL_MAX / 2).collect();
            sheet.write_string(row, at, words).map_err(failed)?;
        }
    }
    Ok(())
}

/// How the values of an item are written.
struct Column<'a> {
    name: &'a str,
    /// The number's places as people see them; none where the values are text.
    number: Option<Format>,
}

impl Column<'_> {
    fn of(item: &Item) -> Column<'_> {
        let is_number = matches!(item.kind, ItemType::Integer | ItemType::Decimal | ItemType::Money);
        let is_code = item.is_key || !item.codes.is_empty() || item.semantic != Semantic::Plain;
        let format = || match item.scale.unwrap_or_default() {
            0 => Format::new(),
            places => Format::new().set_num_format(format!("0.{}", "0".repeat(places.into()))),
        };
        Column {
            name: &item.name,
            number: (is_number && !is_code).then(format),
        }
    }

    fn write(&self, sheet: &mut Worksheet, number: u64, at: u16, value: &str) -> Result<(), WriteError> {
        let row = number as u32;
        if let Some(format) = &self.number
            && let Some(value) = exact(value)
        {
            sheet
                .write_number_with_format(row, at, value, format)
                .map_err(failed)?;
            return Ok(());
        }
        let length = value.encode_utf16().count();
        if CELL_MAX < length {
            return Err(WriteError::TooLong {
                row: number,
                item: self.name.to_owned(),
                length,
            });
        }
        sheet.write_string(row, at, value).map_err(failed)?;
        Ok(())
    }
}

/// The number, where a sheet shows all of its digits again.
fn exact(value: &str) -> Option<f64> {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let is_exact = is_json_number(value) && digits <= DIGITS_MAX;
    is_exact.then(|| value.parse().ok()).flatten()
}

fn failed(error: XlsxError) -> WriteError {
    match error {
        XlsxError::IoError(error) => WriteError::Io(error),
        other => WriteError::format(other),
    }
}
