//! The bytes of a text file as UTF-8, read, hashed and decoded ahead on a thread of its own.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use encoding_rs::{CoderResult, Decoder};
use sha2::{Digest, Sha256};

use crate::{Encoding, ReadError};

/// How much is read at a time.
const CHUNK_BYTES: usize = 512 << 10;
/// How many chunks are read ahead.
const CHUNKS_AHEAD: usize = 4;

struct Chunk {
    text: Vec<u8>,
    read_to: u64,
}

/// A window over the file's text that grows at its end and is consumed at its start.
pub(super) struct Source {
    chunks: Receiver<io::Result<Chunk>>,
    thread: Option<JoinHandle<[u8; 32]>>,
    buffer: Vec<u8>,
    at: usize,
    read_to: u64,
    is_end: bool,
}

impl Source {
    pub fn open(path: &Path, encoding: Encoding) -> Result<Source, ReadError> {
        let file = File::open(path)?;
        let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
        let thread = thread::Builder::new()
            .name("read-ahead".into())
            .spawn(move || read_ahead(file, encoding, &sender))?;
        Ok(Source {
            chunks,
            thread: Some(thread),
            buffer: Vec::new(),
            at: 0,
            read_to: 0,
            is_end: false,
        })
    }

    /// What has been read and not yet consumed.
    pub fn window(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// Whether nothing comes after the window.
    pub fn is_end(&self) -> bool {
        self.is_end
    }

    pub fn consume(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Lengthens the window, unless the file has ended.
    pub fn fill(&mut self) -> Result<(), ReadError> {
        self.buffer.drain(..self.at);
        self.at = 0;
        match self.chunks.recv() {
            Ok(chunk) => {
                let chunk = chunk?;
                self.read_to = chunk.read_to;
                if self.buffer.is_empty() {
                    self.buffer = chunk.text;
                } else {
                    self.buffer.extend_from_slice(&chunk.text);
                }
            }
            // The reader has said everything: its end of the channel is closed.
            Err(_) => self.is_end = true,
        }
        Ok(())
    }

    /// How many of the file's own bytes have been read.
    pub fn bytes_done(&self) -> u64 {
        self.read_to
    }

    /// The SHA-256 of the file's own bytes, hexadecimal.
    pub fn sha256(mut self) -> Result<String, ReadError> {
        while !self.is_end {
            self.at = self.buffer.len();
            self.fill()?;
        }
        let digest = self.thread.take().map(JoinHandle::join);
        match digest {
            Some(Ok(digest)) => Ok(hex::encode(digest)),
            _ => Err(io::Error::other("the reading thread failed").into()),
        }
    }
}

fn read_ahead(mut file: File, encoding: Encoding, to: &SyncSender<io::Result<Chunk>>) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut decoder = encoding
        .decoder()
        .map(encoding_rs::Encoding::new_decoder_with_bom_removal);
    let mut read_to = 0;
    loop {
        let mut raw = vec![0; CHUNK_BYTES];
        let result = fill(&mut file, &mut raw);
        let Ok(count) = result else {
            // Nobody listens any more when sending fails: the thread has nothing left to do.
            let _ = to.send(result.map(|_| Chunk {
                text: Vec::new(),
                read_to,
            }));
            break;
        };
        raw.truncate(count);
        hash.update(&raw);
        let is_first = read_to == 0;
        read_to += count as u64;
        let is_last = count < CHUNK_BYTES;
        let text = match &mut decoder {
            Some(decoder) => decode(decoder, &raw, is_last),
            None if is_first && raw.starts_with(b"\xef\xbb\xbf") => raw.split_off(3),
            None => raw,
        };
        if to.send(Ok(Chunk { text, read_to })).is_err() || is_last {
            break;
        }
    }
    hash.finalize().into()
}

/// The SHA-256 of a file, hexadecimal.
pub(super) fn hash(path: &Path) -> Result<String, ReadError> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let count = fill(&mut file, &mut buffer)?;
        if count == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(&buffer[..count]);
    }
}

fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match file.read(&mut buffer[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(count)
}

/// Decodes a chunk; what is no text becomes U+FFFD, which refuses its row.
fn decode(decoder: &mut Decoder, raw: &[u8], is_last: bool) -> Vec<u8> {
    let mut text = vec![0; raw.len() * 3 / 2 + 64];
    let (mut read, mut written) = (0, 0);
    loop {
        let (result, more_read, more_written, _) =
            decoder.decode_to_utf8(&raw[read..], &mut text[written..], is_last);
        read += more_read;
        written += more_written;
        match result {
            CoderResult::InputEmpty => break,
            CoderResult::OutputFull => text.resize(text.len() * 2, 0),
        }
    }
    text.truncate(written);
    text
}
