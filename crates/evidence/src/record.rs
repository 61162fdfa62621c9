//! One entry on disk, and its leaf.
//!
//! A record is a head of 32 bytes, the leaf, the salt, the body and the leaf's hash. The head has its own checksum,
//! the leaf commits to salt and body, and the hash is over the leaf: every byte is covered by something.
//!
//! | bytes | head |
//! |---|---|
//! | 4 | `YSE1` |
//! | 1 | 0, or 1 when salt and body are blanked |
//! | 1 | 0 |
//! | 2 | length of the leaf, big-endian |
//! | 8 | index of the entry |
//! | 4 | length of the body |
//! | 12 | first bytes of SHA-256 over the twenty above |

use std::{fs::File, io, os::unix::fs::FileExt};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::hash::{Hash, commitment, leaf_hash};

/// The longest body that the log takes.
pub const MAX_BODY: usize = 4 << 20;

pub(crate) const HEAD: usize = 32;
pub(crate) const SALT: usize = 16;
const CHECKED: usize = 20;
const HASH: usize = 32;
const MAGIC: [u8; 4] = *b"YSE1";
const LEAF_VERSION: &str = "yishu-evidence/1";

/// A body with its salt and the commitment that its leaf will hold.
pub(crate) struct Sealed {
    pub(crate) kind: String,
    pub(crate) salt: [u8; SALT],
    pub(crate) body: Vec<u8>,
    pub(crate) commitment: Hash,
}

impl Sealed {
    pub(crate) fn new(kind: &str, body: Vec<u8>) -> Sealed {
        let salt = rand::random();
        Sealed {
            kind: kind.to_owned(),
            salt,
            commitment: commitment(&salt, &body),
            body,
        }
    }
}

/// Whether `kind` may name a kind of entry: lower-case letters, digits, `-`, `_` and `.`, at most 64.
pub(crate) fn is_kind(kind: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    (1..=64).contains(&kind.len()) && kind.bytes().all(fits)
}

/// What stands in a leaf: no word of the body, so the leaf may be shown to anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) kind: String,
    pub(crate) at_ms: i64,
    pub(crate) commitment: Hash,
}

impl Leaf {
    pub(crate) fn to_text(&self) -> String {
        let commitment = STANDARD.encode(self.commitment);
        format!("{LEAF_VERSION}\n{}\n{}\n{commitment}\n", self.kind, self.at_ms)
    }

    pub(crate) fn parse(text: &[u8]) -> Option<Leaf> {
        let text = std::str::from_utf8(text).ok()?;
        let lines: Vec<&str> = text.split('\n').collect();
        let [LEAF_VERSION, kind, at_ms, commitment, ""] = lines[..] else {
            return None;
        };
        let leaf = Leaf {
            kind: Some(kind).filter(|kind| is_kind(kind))?.to_owned(),
            at_ms: at_ms.parse().ok()?,
            commitment: STANDARD.decode(commitment).ok()?.try_into().ok()?,
        };
        (leaf.to_text() == text).then_some(leaf)
    }
}

/// Writes the record of entry `index` behind `into` and gives its leaf's hash.
pub(crate) fn encode(into: &mut Vec<u8>, index: u64, at_ms: i64, sealed: &Sealed) -> Hash {
    let leaf = Leaf {
        kind: sealed.kind.clone(),
        at_ms,
        commitment: sealed.commitment,
    }
    .to_text();
    let hash = leaf_hash(leaf.as_bytes());
    let head = Head {
        index,
        leaf: leaf.len(),
        body: sealed.body.len(),
        is_blanked: false,
    };
    into.extend(head.to_bytes());
    into.extend(leaf.as_bytes());
    into.extend(sealed.salt);
    into.extend(&sealed.body);
    into.extend(hash);
    hash
}

/// The head of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) index: u64,
    pub(crate) leaf: usize,
    pub(crate) body: usize,
    pub(crate) is_blanked: bool,
}

impl Head {
    pub(crate) fn to_bytes(self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4] = u8::from(self.is_blanked);
        bytes[6..8].copy_from_slice(&(self.leaf as u16).to_be_bytes());
        bytes[8..16].copy_from_slice(&self.index.to_be_bytes());
        bytes[16..20].copy_from_slice(&(self.body as u32).to_be_bytes());
        let check: Hash = Sha256::digest(&bytes[..CHECKED]).into();
        bytes[CHECKED..].copy_from_slice(&check[..HEAD - CHECKED]);
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Head> {
        let bytes: &[u8; HEAD] = bytes.try_into().ok()?;
        let head = Head {
            index: u64::from_be_bytes(bytes[8..16].try_into().ok()?),
            leaf: usize::from(u16::from_be_bytes([bytes[6], bytes[7]])),
            body: u32::from_be_bytes(bytes[16..20].try_into().ok()?) as usize,
            is_blanked: bytes[4] == 1,
        };
        (head.to_bytes() == *bytes && head.body <= MAX_BODY).then_some(head)
    }

    /// How long the whole record is.
    pub(crate) fn record_len(&self) -> usize {
        HEAD + self.leaf + SALT + self.body + HASH
    }
}

/// A whole record, all of whose checks hold.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    pub(crate) index: u64,
    pub(crate) offset: u64,
    pub(crate) leaf_text: String,
    pub(crate) leaf: Leaf,
    pub(crate) salt: [u8; SALT],
    pub(crate) body: Vec<u8>,
    pub(crate) is_blanked: bool,
    pub(crate) hash: Hash,
}

/// Damage at a byte of the records, in Chinese.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    pub(crate) offset: u64,
    pub(crate) words: &'static str,
}

/// Checks the record `bytes` that `head` announces.
pub(crate) fn decode(head: &Head, bytes: &[u8], offset: u64) -> Result<Whole, Damage> {
    let (leaf_at, salt_at) = (HEAD, HEAD + head.leaf);
    let (body_at, hash_at) = (salt_at + SALT, salt_at + SALT + head.body);
    let damage = |at: usize, words| Damage {
        offset: offset + at as u64,
        words,
    };
    let leaf_text = &bytes[leaf_at..salt_at];
    let hash = leaf_hash(leaf_text);
    if hash != bytes[hash_at..] {
        return Err(damage(leaf_at, "叶子与其哈希不一致"));
    }
    let leaf = Leaf::parse(leaf_text).ok_or_else(|| damage(leaf_at, "叶子格式不对"))?;
    let (salt, body) = (&bytes[salt_at..body_at], &bytes[body_at..hash_at]);
    if head.is_blanked {
        if let Some(at) = bytes[salt_at..hash_at].iter().position(|byte| *byte != 0) {
            return Err(damage(salt_at + at, "正文已清除的条目里出现了内容"));
        }
    } else if commitment(salt, body) != leaf.commitment {
        return Err(damage(salt_at, "正文或盐与叶子中的承诺不一致"));
    }
    Ok(Whole {
        index: head.index,
        offset,
        leaf_text: String::from_utf8_lossy(leaf_text).into_owned(),
        leaf,
        salt: salt.try_into().expect("a salt has its length"),
        body: if head.is_blanked {
            Vec::new()
        } else {
            body.to_vec()
        },
        is_blanked: head.is_blanked,
        hash,
    })
}

/// What comes next in the records.
#[derive(Debug)]
pub(crate) enum Next {
    /// A whole record.
    Whole(Whole),
    /// The end, just behind a whole record. Zeros may follow: room reserved for entries to come.
    End,
    /// A write that never finished; so many bytes of it lie behind the last whole record.
    Torn(u64),
    /// Damage.
    Damaged(Damage),
}

/// Reads records one after the other with a bounded buffer.
pub(crate) struct Scan<'a> {
    file: &'a File,
    end: u64,
    index: u64,
    offset: u64,
    buffer: Vec<u8>,
    buffer_at: u64,
}

const BUFFER: usize = 1 << 20;

/// The smallest piece of a file that a file system writes as one.
const BLOCK: u64 = 4096;

impl<'a> Scan<'a> {
    /// Reads from `offset`, where entry `index` begins, up to the byte `end`.
    pub(crate) fn new(file: &'a File, index: u64, offset: u64, end: u64) -> Scan<'a> {
        Scan {
            file,
            end,
            index,
            offset,
            buffer: Vec::new(),
            buffer_at: 0,
        }
    }

    /// Where the next record begins.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The index of the next record.
    pub(crate) fn index(&self) -> u64 {
        self.index
    }

    /// The next record.
    pub(crate) fn step(&mut self) -> io::Result<Next> {
        let left = self.end - self.offset;
        let (index, offset) = (self.index, self.offset);
        if left == 0 {
            return Ok(Next::End);
        }
        if left < HEAD as u64 {
            let is_reserved = self.is_zero_from(offset)?;
            return Ok(if is_reserved { Next::End } else { Next::Torn(left) });
        }
        let head = match self.bytes(HEAD) {
            Ok(bytes) => Head::parse(bytes),
            // The file ends before that by now.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return self.step(),
            Err(error) => return Err(error),
        };
        let Some(head) = head else {
            if self.is_zero_from(offset)? {
                return Ok(Next::End);
            }
            return Ok(Next::Damaged(Damage {
                offset,
                words: "条目头校验不通过",
            }));
        };
        if head.index != index {
            return Ok(Next::Damaged(Damage {
                offset,
                words: "条目序号不连续",
            }));
        }
        let length = head.record_len();
        if left < length as u64 {
            return Ok(Next::Torn(left));
        }
        match decode(&head, self.bytes(length)?, offset) {
            Ok(whole) => {
                self.index += 1;
                self.offset += length as u64;
                Ok(Next::Whole(whole))
            }
            // After a power cut a file can have its new length but not yet its last bytes.
            Err(_) if self.is_zero_from(offset + (length - HASH) as u64)? => Ok(Next::Torn(left)),
            Err(damage) => Ok(Next::Damaged(damage)),
        }
    }

    /// Whether a block of the disk that the next record lies in was never written: after a power cut, blocks of the
    /// last write may be there in any order. A changed byte leaves no such hole.
    pub(crate) fn has_hole(&mut self) -> io::Result<bool> {
        let head = (self.end - self.offset >= HEAD as u64)
            .then(|| self.bytes(HEAD))
            .transpose()?;
        let length = head.and_then(Head::parse).map_or(HEAD, |head| head.record_len());
        let until = (self.offset + length as u64).min(self.end);
        let mut at = self.offset;
        while at < until {
            let next = (at / BLOCK + 1) * BLOCK;
            let mut part = vec![0; (next.min(self.end) - at) as usize];
            self.file.read_exact_at(&mut part, at)?;
            if part.iter().all(|byte| *byte == 0) {
                return Ok(true);
            }
            at = next;
        }
        Ok(false)
    }

    /// Steps over a record without checking more than its head; false at anything but a whole head.
    pub(crate) fn skip(&mut self) -> io::Result<bool> {
        Ok(self.glance(|_, _| ())?.is_some())
    }

    /// Shows kind and body of the next record to `see`, checking no more than its head; none at anything but a whole
    /// head. A blanked record has an empty body.
    pub(crate) fn glance<T>(&mut self, see: impl FnOnce(&str, &[u8]) -> T) -> io::Result<Option<T>> {
        if self.end - self.offset < HEAD as u64 {
            return Ok(None);
        }
        let head = match Head::parse(self.bytes(HEAD)?) {
            Some(head) if head.index == self.index => head,
            _ => return Ok(None),
        };
        let length = head.record_len();
        if self.end - self.offset < length as u64 {
            return Ok(None);
        }
        let bytes = self.bytes(length)?;
        let (leaf, rest) = bytes[HEAD..].split_at(head.leaf);
        let kind = leaf.split(|it| *it == b'\n').nth(1).unwrap_or_default();
        let body = if head.is_blanked {
            &[]
        } else {
            &rest[SALT..SALT + head.body]
        };
        let seen = see(std::str::from_utf8(kind).unwrap_or_default(), body);
        self.index += 1;
        self.offset += length as u64;
        Ok(Some(seen))
    }

    /// The `count` bytes at the current offset. The caller knows that they were there when the reading began: a writer
    /// that closes meanwhile gives back the room it had reserved, and the file ends earlier.
    fn bytes(&mut self, count: usize) -> io::Result<&[u8]> {
        let held = self.buffer_at + self.buffer.len() as u64;
        if self.offset < self.buffer_at || self.offset + count as u64 > held {
            let length = (self.end - self.offset).min(count.max(BUFFER) as u64) as usize;
            self.buffer.resize(length, 0);
            self.buffer_at = self.offset;
            let read = match fill(self.file, &mut self.buffer, self.offset) {
                Ok(read) => read,
                Err(error) => {
                    self.buffer.clear();
                    return Err(error);
                }
            };
            if read < length {
                self.buffer.truncate(read);
                self.end = self.offset + read as u64;
            }
            if read < count {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let from = (self.offset - self.buffer_at) as usize;
        Ok(&self.buffer[from..from + count])
    }

    fn is_zero_from(&self, mut offset: u64) -> io::Result<bool> {
        let mut part = vec![0; 64 << 10];
        while offset < self.end {
            let length = part.len().min((self.end - offset) as usize);
            let read = fill(self.file, &mut part[..length], offset)?;
            if part[..read].iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            if read < length {
                break;
            }
            offset += length as u64;
        }
        Ok(true)
    }
}

/// Reads from `offset` as much as there is; how much that was.
fn fill(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read_at(&mut buffer[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn three() -> Vec<u8> {
        let mut bytes = Vec::new();
        for (index, body) in ["甲", "", "丙丙丙"].iter().enumerate() {
            let sealed = Sealed::new("call.query", body.as_bytes().to_vec());
            encode(
                &mut bytes,
                index as u64,
                1_790_000_000_000 + index as i64,
                &sealed,
            );
        }
        bytes
    }

    fn scan(bytes: &[u8]) -> (u64, Next) {
        let file = file_of(bytes);
        let mut scan = Scan::new(&file, 0, 0, bytes.len() as u64);
        loop {
            match scan.step().unwrap() {
                Next::Whole(_) => {}
                other => return (scan.index(), other),
            }
        }
    }

    #[test]
    fn records_are_read_back_as_they_were_written() {
        let bytes = three();
        let file = file_of(&bytes);
        let mut scan = Scan::new(&file, 0, 0, bytes.len() as u64);
        let Next::Whole(first) = scan.step().unwrap() else {
            panic!("the first record is whole")
        };
        assert_eq!(
            (first.index, first.offset, first.body),
            (0, 0, "甲".as_bytes().to_vec())
        );
        assert_eq!(
            (first.leaf.kind.as_str(), first.leaf.at_ms),
            ("call.query", 1_790_000_000_000)
        );
        assert!(!first.leaf_text.contains('甲'));
        assert!(matches!(self::scan(&bytes), (3, Next::End)));
    }

    #[test]
    fn room_that_is_given_back_during_the_reading_is_no_damage() {
        let bytes = three();
        for reserved in [1, HEAD as u64, 2 << 20] {
            let file = file_of(&bytes);
            let mut scan = Scan::new(&file, 0, 0, bytes.len() as u64 + reserved);
            for _ in 0..3 {
                assert!(matches!(scan.step().unwrap(), Next::Whole(_)), "{reserved}");
            }
            assert!(matches!(scan.step().unwrap(), Next::End), "{reserved}");
        }
    }

    #[test]
    fn every_cut_behind_a_whole_record_is_a_torn_write_and_not_damage() {
        let bytes = three();
        for length in 0..bytes.len() {
            let (whole, next) = scan(&bytes[..length]);
            assert!(
                whole < 3 && matches!(next, Next::Torn(_) | Next::End),
                "cut at {length}: {next:?}"
            );
            let mut zeroed = bytes.clone();
            zeroed[length..].fill(0);
            let (_, next) = scan(&zeroed);
            assert!(
                matches!(next, Next::Torn(_) | Next::End | Next::Damaged(_)),
                "zeroed at {length}"
            );
        }
    }

    #[test]
    fn every_flipped_byte_is_damage_and_never_a_torn_write() {
        let bytes = three();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x40;
            let (_, next) = scan(&flipped);
            assert!(matches!(next, Next::Damaged(_)), "byte {at}: {next:?}");
        }
    }

    #[test]
    fn a_block_that_a_power_cut_kept_from_the_disk_is_a_hole_and_a_changed_byte_is_none() {
        let mut bytes = Vec::new();
        for index in 0..40 {
            let sealed = Sealed::new("call", vec![b'x'; 500]);
            encode(&mut bytes, index, 1_790_000_000_000, &sealed);
        }
        bytes.resize(bytes.len() + 20_000, 0);
        let stopped = |bytes: &[u8]| {
            let file = file_of(bytes);
            let mut scan = Scan::new(&file, 0, 0, bytes.len() as u64);
            while let Next::Whole(_) = scan.step().unwrap() {}
            (scan.index(), scan.has_hole().unwrap())
        };
        let mut lost = bytes.clone();
        lost[2 * 4096..3 * 4096].fill(0);
        assert!(matches!(stopped(&lost), (10..13, true)), "{:?}", stopped(&lost));
        for at in [5_000, 9_000, 20_000] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert!(!stopped(&flipped).1, "byte {at}");
        }
        assert!(matches!(scan(&bytes), (40, Next::End)));
    }

    #[test]
    fn a_kind_is_a_plain_word() {
        assert!(is_kind("call.query") && is_kind("a"));
        assert!(!is_kind("") && !is_kind("两") && !is_kind("a b") && !is_kind(&"a".repeat(65)));
    }
}
