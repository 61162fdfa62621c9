//! Receipts: what an agency keeps of an entry, checked offline with nothing but the log's public key.
//!
//! ```text
//! yishu-receipt@v1
//! leaf <base64>
//! salt <base64>
//! body <base64>
//!
//! c2sp.org/tlog-proof@v1
//! index <n>
//! <base64 of each hash of the proof>
//!
//! <checkpoint>
//! ```
//!
//! From its sixth line on it is a C2SP `tlog-proof`, which other tools read.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    hash::{Hash, commitment, leaf_hash},
    note::{Checkpoint, Verifier},
    proof::{is_consistent, is_included},
    record::{Leaf, Whole},
};

const RECEIPT: &str = "yishu-receipt@v1";
const PROOF: &str = "c2sp.org/tlog-proof@v1";
const CONSISTENCY: &str = "yishu-consistency@v1";
/// Stands for a salt or body that was blanked.
const BLANKED: &str = "-";

/// Why a receipt or a proof does not hold, in Chinese.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReceiptError(String);

fn wrong(words: impl Into<String>) -> ReceiptError {
    ReceiptError(words.into())
}

/// What a valid receipt proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The entry's place in the log.
    pub index: u64,
    /// When it was written, milliseconds since 1970.
    pub at_ms: i64,
    /// What kind of act it records.
    pub kind: String,
    /// The act, unless it was blanked.
    pub body: Option<Vec<u8>>,
    /// How many entries the signed checkpoint covers.
    pub tree_size: u64,
}

/// The receipt of an entry.
pub(crate) fn write(record: &Whole, path: &[Hash], note: &str) -> String {
    let leaf = STANDARD.encode(&record.leaf_text);
    let (salt, body) = if record.is_blanked {
        (BLANKED.to_owned(), BLANKED.to_owned())
    } else {
        (STANDARD.encode(record.salt), STANDARD.encode(&record.body))
    };
    let proof = lines(path);
    let index = record.index;
    format!("{RECEIPT}\nleaf {leaf}\nsalt {salt}\nbody {body}\n\n{PROOF}\nindex {index}\n{proof}\n{note}")
}

/// The proof of growth from `old` entries to those of `note`.
pub(crate) fn write_consistency(old: u64, path: &[Hash], note: &str) -> String {
    format!("{CONSISTENCY}\nold {old}\n{}\n{note}", lines(path))
}

fn lines(path: &[Hash]) -> String {
    path.iter().map(|hash| STANDARD.encode(hash) + "\n").collect()
}

/// The hashes of a proof; other spellings of them are refused.
fn parse_lines(text: &str) -> Option<Vec<Hash>> {
    let hashes: Option<Vec<Hash>> = text
        .lines()
        .map(|line| STANDARD.decode(line).ok()?.try_into().ok())
        .collect();
    hashes.filter(|hashes| lines(hashes) == text)
}

/// A number without sign and leading zeros.
fn parse_number(text: &str) -> Option<u64> {
    text.parse()
        .ok()
        .filter(|number: &u64| number.to_string() == text)
}

/// Checks a receipt offline with nothing but the log's public key.
pub fn verify_receipt(text: &str, vkey: &str) -> Result<Receipt, ReceiptError> {
    let verifier = Verifier::parse(vkey).map_err(|error| wrong(error.0))?;
    let unreadable = || wrong("这不是完整的证据回执，或回执的格式被改动");
    let rest = text
        .strip_prefix(RECEIPT)
        .and_then(|rest| rest.strip_prefix("\nleaf "));
    let (leaf_text, rest) = rest
        .and_then(|rest| rest.split_once("\nsalt "))
        .ok_or_else(unreadable)?;
    let (salt, rest) = rest.split_once("\nbody ").ok_or_else(unreadable)?;
    let (body, rest) = rest.split_once("\n\n").ok_or_else(unreadable)?;
    let rest = rest
        .strip_prefix(PROOF)
        .and_then(|rest| rest.strip_prefix("\nindex "));
    let (index, rest) = rest
        .and_then(|rest| rest.split_once('\n'))
        .ok_or_else(unreadable)?;
    let (path, note) = split_path(rest).ok_or_else(unreadable)?;
    let index = parse_number(index).ok_or_else(unreadable)?;
    let path = parse_lines(path).ok_or_else(unreadable)?;
    let leaf_text = STANDARD.decode(leaf_text).map_err(|_| unreadable())?;
    let leaf = Leaf::parse(&leaf_text).ok_or_else(unreadable)?;

    let body = check_body(&leaf, salt, body)?;
    let checkpoint = verifier.open(note).map_err(|error| wrong(error.0))?;
    if !is_included(
        &leaf_hash(&leaf_text),
        index,
        checkpoint.size,
        &path,
        &checkpoint.root,
    ) {
        return Err(wrong(format!(
            "证明不成立：签名的日志里，第 {index} 条不是回执中的内容"
        )));
    }
    Ok(Receipt {
        index,
        at_ms: leaf.at_ms,
        kind: leaf.kind,
        body,
        tree_size: checkpoint.size,
    })
}

/// The hashes of a proof, and the note behind the empty line that ends them.
fn split_path(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix('\n') {
        Some(note) => Some(("", note)),
        None => text
            .split_once("\n\n")
            .map(|(path, note)| (&text[..path.len() + 1], note)),
    }
}

fn check_body(leaf: &Leaf, salt: &str, body: &str) -> Result<Option<Vec<u8>>, ReceiptError> {
    if (salt, body) == (BLANKED, BLANKED) {
        return Ok(None);
    }
    let unreadable = || wrong("回执中的正文或盐不是有效的 Base64");
    let salt = STANDARD.decode(salt).map_err(|_| unreadable())?;
    let body = STANDARD.decode(body).map_err(|_| unreadable())?;
    if salt.len() != crate::record::SALT || commitment(&salt, &body) != leaf.commitment {
        return Err(wrong("回执中的正文与叶子里的承诺不一致，正文被改动"));
    }
    Ok(Some(body))
}

/// Checks offline that a later state of the log contains all of the state that `old_note` signed; gives the later one.
pub fn verify_consistency(old_note: &str, proof: &str, vkey: &str) -> Result<Checkpoint, ReceiptError> {
    let verifier = Verifier::parse(vkey).map_err(|error| wrong(error.0))?;
    let old = verifier.open(old_note).map_err(|error| wrong(error.0))?;
    let unreadable = || wrong("这不是完整的一致性证明，或其格式被改动");
    let rest = proof
        .strip_prefix(CONSISTENCY)
        .and_then(|rest| rest.strip_prefix("\nold "));
    let (size, rest) = rest
        .and_then(|rest| rest.split_once('\n'))
        .ok_or_else(unreadable)?;
    let (path, note) = split_path(rest).ok_or_else(unreadable)?;
    let path = parse_lines(path).ok_or_else(unreadable)?;
    let new = verifier.open(note).map_err(|error| wrong(error.0))?;
    if parse_number(size) != Some(old.size) {
        return Err(wrong(format!("证明不是从 {} 条开始的", old.size)));
    }
    if !is_consistent(old.size, &old.root, new.size, &new.root, &path) {
        return Err(wrong("证明不成立：日志不只是增加，已签名的内容被改动"));
    }
    Ok(new)
}
