//! Spreadsheets (XLSX): the first sheet, streamed cell by cell on a thread of its own.

use std::{
    collections::VecDeque,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx};
use rules::delivery::RowFault;

use super::{Record, header, source};
use crate::{ReadError, unpack};

/// Rows that the thread hands over at a time.
const ROWS_AT_ONCE: usize = 2000;
const BATCHES_AHEAD: usize = 3;

/// Rows and columns of a sheet at most. A cell beyond belongs to a file that no spreadsheet wrote.
const ROWS_MAX: u32 = 1 << 20;
const COLUMNS_MAX: u32 = 1 << 14;

/// From here on a number has more digits than the fifteen that a spreadsheet keeps.
const EXACT_MAX: f64 = 1e15;

/// One row of the sheet: its cells that are not empty, however far apart they are.
struct SheetRow {
    /// The row's number in the sheet, counted from 0.
    at: u32,
    bytes: Vec<u8>,
    /// The column of each cell, and where its bytes end.
    cells: Vec<(u32, u32)>,
    /// What is wrong with a cell, such as #N/A, and its column.
    flaw: Option<(RowFault, usize)>,
}

impl SheetRow {
    fn field(&self, column: usize) -> &[u8] {
        let found = self.cells.binary_search_by_key(&column, |it| it.0 as usize);
        let Ok(i) = found else { return &[] };
        let start = if i == 0 { 0 } else { self.cells[i - 1].1 };
        &self.bytes[start as usize..self.cells[i].1 as usize]
    }

    /// Columns up to the last that is not empty.
    fn width(&self) -> usize {
        self.cells.last().map_or(0, |it| it.0 as usize + 1)
    }
}

type Batch = Result<Vec<SheetRow>, ReadError>;

pub(crate) struct SheetReader {
    batches: Receiver<Batch>,
    waiting: VecDeque<SheetRow>,
    columns: Vec<String>,
    header_at: u32,
    number: u64,
    path: PathBuf,
    bytes: u64,
    /// The last row's number as the sheet declares it; 0 where it does not.
    last_row: Arc<AtomicU32>,
    row: u32,
    is_end: bool,
}

impl SheetReader {
    pub fn open(path: &Path) -> Result<SheetReader, ReadError> {
        unpack::vet(path)?;
        let (sender, batches) = sync_channel(BATCHES_AHEAD);
        let (file, last_row) = (path.to_owned(), Arc::new(AtomicU32::new(0)));
        let declared = Arc::clone(&last_row);
        thread::Builder::new().name("read-sheet".into()).spawn(move || {
            if let Err(e) = read_sheet(&file, &declared, &sender) {
                // Nobody listens any more when sending fails: there is nothing left to do.
                let _ = sender.send(Err(e));
            }
        })?;
        let mut reader = SheetReader {
            batches,
            waiting: VecDeque::new(),
            columns: Vec::new(),
            header_at: 0,
            number: 0,
            path: path.to_owned(),
            bytes: path.metadata()?.len(),
            last_row,
            row: 0,
            is_end: false,
        };
        reader.read_header()?;
        Ok(reader)
    }

    /// The header is the first row with something in it, or the second where the first is a mere title.
    fn read_header(&mut self) -> Result<(), ReadError> {
        self.fill()?;
        let is_title = matches!(self.waiting.make_contiguous(),
            [first, second, ..] if first.cells.len() == 1 && 1 < second.cells.len());
        if is_title {
            self.waiting.pop_front();
        }
        let header = self.waiting.pop_front().ok_or(ReadError::Empty)?;
        self.header_at = header.at;
        self.columns = (0..header.width())
            .map(|i| header::clean(&String::from_utf8_lossy(header.field(i))))
            .collect();
        Ok(())
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The file's bytes by the share of rows that have been read, as far as the sheet declares how many it has.
    pub fn bytes_done(&self) -> u64 {
        let last = u64::from(self.last_row.load(Ordering::Relaxed));
        (self.bytes * u64::from(self.row))
            .checked_div(last)
            .map_or(0, |it| it.min(self.bytes))
    }

    pub fn sha256(self) -> Result<String, ReadError> {
        source::hash(&self.path)
    }

    pub fn next(&mut self, record: &mut Record) -> Result<bool, ReadError> {
        if self.waiting.is_empty() {
            self.fill()?;
        }
        let Some(row) = self.waiting.pop_front() else {
            return Ok(false);
        };
        self.row = row.at;
        record.clear();
        for i in 0..self.columns.len() {
            record.push_field(row.field(i));
        }
        // People find the row by the number at its left, so rows without content count.
        self.number = (self.number + 1).max(u64::from(row.at.saturating_sub(self.header_at)));
        record.number = self.number;
        record.width = row.width().max(self.columns.len());
        record.flaw = row.flaw.map(|(fault, column)| (fault, Some(column)));
        Ok(true)
    }

    fn fill(&mut self) -> Result<(), ReadError> {
        while self.waiting.is_empty() && !self.is_end {
            match self.batches.recv() {
                Ok(batch) => {
                    let batch = batch?;
                    // An empty batch is the last word; a thread that dies says none.
                    self.is_end = batch.is_empty();
                    self.waiting.extend(batch);
                }
                Err(_) => return Err(ReadError::BadSpreadsheet("the reading thread failed".into())),
            }
        }
        Ok(())
    }
}

fn bad(e: impl std::fmt::Display) -> ReadError {
    ReadError::BadSpreadsheet(e.to_string())
}

/// Sends the rows of the first sheet in batches, and an empty batch at the end.
fn read_sheet(path: &Path, last_row: &AtomicU32, to: &SyncSender<Batch>) -> Result<(), ReadError> {
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(File::open(path)?)).map_err(bad)?;
    let name = workbook
        .sheet_names()
        .first()
        .cloned()
        .ok_or_else(|| bad("no sheet"))?;
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(bad)?;
    last_row.store(cells.dimensions().end.0, Ordering::Relaxed);
    let mut batch: Vec<SheetRow> = Vec::new();
    while let Some(cell) = cells.next_cell().map_err(bad)? {
        let (row, column) = cell.get_position();
        if ROWS_MAX <= row || COLUMNS_MAX <= column {
            return Err(bad("a cell beyond the edge of a sheet"));
        }
        let mut value = String::new();
        let fault = write_value(cell.get_value(), &mut value);
        if super::is_blank(&value) {
            continue;
        }
        if batch.last().is_none_or(|it| it.at != row) {
            if ROWS_AT_ONCE <= batch.len() && to.send(Ok(std::mem::take(&mut batch))).is_err() {
                return Ok(());
            }
            batch.push(SheetRow {
                at: row,
                bytes: Vec::new(),
                cells: Vec::new(),
                flaw: None,
            });
        }
        let this = batch.last_mut().expect("a row has just been pushed");
        put(this, column, &value, fault);
    }
    if !batch.is_empty() && to.send(Ok(batch)).is_err() {
        return Ok(());
    }
    let _ = to.send(Ok(Vec::new()));
    Ok(())
}

fn put(row: &mut SheetRow, column: u32, value: &str, fault: Option<RowFault>) {
    // Cells come from left to right; one that does not belongs to a file made by hand.
    if row.cells.last().is_some_and(|it| column <= it.0) {
        return;
    }
    row.bytes.extend_from_slice(value.as_bytes());
    row.cells.push((column, row.bytes.len() as u32));
    if let Some(fault) = fault {
        row.flaw = Some((fault, column as usize));
    }
}

/// Writes a cell as a person reads it, and says what is wrong with it.
fn write_value(value: &DataRef<'_>, to: &mut String) -> Option<RowFault> {
    match value {
        DataRef::Empty => {}
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => to.push_str(text),
        DataRef::SharedString(text) => to.push_str(text),
        DataRef::Int(number) => to.push_str(&number.to_string()),
        DataRef::Float(number) => {
            to.push_str(&plain_number(*number));
            return (EXACT_MAX <= number.abs()).then_some(RowFault::DigitsLost);
        }
        DataRef::Bool(is) => to.push_str(if *is { "true" } else { "false" }),
        DataRef::DateTime(instant) => to.push_str(&plain_instant(instant)),
        DataRef::Error(error) => {
            to.push_str(&error.to_string());
            return Some(RowFault::BadType);
        }
    }
    None
}

/// A number with the fifteen digits that a spreadsheet shows, never with an exponent.
fn plain_number(number: f64) -> String {
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    format!("{shown}")
}

/// A date as YYYY-MM-DD, with the time where there is one; a mere time as HH:MM:SS.
fn plain_instant(instant: &ExcelDateTime) -> String {
    if instant.is_duration() {
        return plain_number(instant.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = instant.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    match (instant.as_f64() < 1.0, time.as_str()) {
        (true, _) => time,
        (false, "00:00:00") => format!("{year:04}-{month:02}-{day:02}"),
        (false, _) => format!("{year:04}-{month:02}-{day:02} {time}"),
    }
}
