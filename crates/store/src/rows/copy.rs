//! Rows in the text format of PostgreSQL's COPY.

use tokio::sync::mpsc;

use super::{RowSource, RowsError, Values};

/// Bytes sent at a time, about.
const CHUNK_BYTES: usize = 512 * 1024;
/// Chunks waiting to be sent, at most.
const WAITING_MAX: usize = 2;

/// Rows encoded on a thread of their own, since reading them waits for the disk.
pub(super) struct Encoded {
    pub chunks: mpsc::Receiver<Vec<u8>>,
    reading: tokio::task::JoinHandle<Result<u64, RowsError>>,
}

impl Encoded {
    /// Encodes `rows`; column `i` takes item `sources[i]`, and `is_key[i]` says that it has no NULL.
    pub fn start(mut rows: impl RowSource, sources: Vec<usize>, is_key: Vec<bool>) -> Encoded {
        let (sender, chunks) = mpsc::channel(WAITING_MAX);
        let reading = tokio::task::spawn_blocking(move || {
            let mut count = 0;
            let mut buffer = Vec::with_capacity(CHUNK_BYTES + 4096);
            while let Some(row) = rows.next_row().map_err(RowsError::Source)? {
                encode(&mut buffer, &row, &sources, &is_key);
                count += 1;
                if CHUNK_BYTES <= buffer.len() {
                    let full = std::mem::replace(&mut buffer, Vec::with_capacity(CHUNK_BYTES + 4096));
                    if sender.blocking_send(full).is_err() {
                        return Ok(count);
                    }
                }
            }
            // The receiver is gone only where the load has failed already.
            let _ = sender.blocking_send(buffer);
            Ok(count)
        });
        Encoded { chunks, reading }
    }

    /// How many rows were encoded; an error where they did not all come.
    pub async fn finish(self) -> Result<u64, RowsError> {
        drop(self.chunks);
        self.reading.await.map_err(|e| RowsError::Task(e.to_string()))?
    }
}

fn encode(buffer: &mut Vec<u8>, row: &impl Values, sources: &[usize], is_key: &[bool]) {
    for (i, &source) in sources.iter().enumerate() {
        if 0 < i {
            buffer.push(b'\t');
        }
        let value = row.get(source);
        if value.is_empty() && !is_key[i] {
            buffer.extend_from_slice(b"\\N");
            continue;
        }
        for &byte in value.as_bytes() {
            match byte {
                b'\\' => buffer.extend_from_slice(b"\\\\"),
                b'\t' => buffer.extend_from_slice(b"\\t"),
                b'\n' => buffer.extend_from_slice(b"\\n"),
                b'\r' => buffer.extend_from_slice(b"\\r"),
                _ => buffer.push(byte),
            }
        }
    }
    buffer.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_values_and_rows_is_escaped_and_an_empty_key_is_no_null() {
        let row: Vec<String> = ["", "a\tb\nc\r\\N", "", "永州"].map(str::to_owned).into();
        let mut buffer = Vec::new();
        encode(&mut buffer, &row, &[0, 1, 2, 3], &[true, false, false, false]);
        assert_eq!(
            String::from_utf8(buffer).unwrap(),
            "\ta\\tb\\nc\\r\\\\N\t\\N\t永州\n"
        );
    }
}
