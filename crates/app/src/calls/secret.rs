//! The city's own secret, and what is derived from it: page marks, pseudonyms, salts, the hashes of records.
//!
//! One secret, kept in the records, serves every node; whatever leaves the platform is derived from it and
//! tells nothing about it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::touches::RecordHash;

/// The city's secret with the keys that are needed on every call already derived.
pub struct Secret {
    root: [u8; 32],
    cursor: LessSafeKey,
    record: hmac::Key,
    received: LessSafeKey,
}

/// Bytes of a record's hash: with ten million records, two have the same with a chance of three in a million.
pub(super) const RECORD_BYTES: usize = size_of::<RecordHash>();

/// Where a page of a query ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The row key after which the next page starts.
    pub key: Vec<String>,
    /// The data version that the page was read from. The next page is read from the newest one: a row that
    /// stands in both is neither repeated nor left out, because pages follow the key.
    pub version: i64,
}

impl Secret {
    /// Derives everything from the 32 bytes of `root`.
    pub fn new(root: [u8; 32]) -> Secret {
        let cipher = |label| {
            let key = UnboundKey::new(&CHACHA20_POLY1305, &derive(&root, label, &[]));
            LessSafeKey::new(key.expect("the key has the cipher's length"))
        };
        Secret {
            root,
            cursor: cipher("cursor"),
            record: hmac::Key::new(hmac::HMAC_SHA256, &derive(&root, "record", &[])),
            received: cipher("received"),
        }
    }

    /// The key that pseudonyms of one grant are made with, so that two agencies' answers do not join.
    pub fn of_grant(&self, grant: &str) -> [u8; 32] {
        derive(&self.root, "grant", &[grant.as_bytes()])
    }

    /// The key that pseudonyms of one release are made with, so that two releases do not join.
    pub fn of_release(&self, entry: &str, number: i64) -> [u8; 32] {
        derive(&self.root, "release", &[entry.as_bytes(), &number.to_be_bytes()])
    }

    /// The key that the forms of people without a session are signed with.
    pub fn of_forms(&self) -> [u8; 32] {
        derive(&self.root, "forms", &[])
    }

    /// The salt of one call's digests. The caller gets it with the answer; the log holds only `nonce`.
    pub fn salt(&self, nonce: &[u8]) -> [u8; 32] {
        derive(&self.root, "salt", &[nonce])
    }

    /// The keyed hash of the record with this key. It leaves the platform only inside [`Secret::seal_received`].
    pub fn record<'a>(&self, entry: &'a str, key: impl Iterator<Item = &'a str>) -> RecordHash {
        let mut hash = hmac::Context::with_key(&self.record);
        for part in std::iter::once(entry).chain(key) {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let hash = hash.sign();
        hash.as_ref()[..RECORD_BYTES]
            .try_into()
            .expect("a hash is longer than its first bytes")
    }

    /// Seals the hashes of the records that one call gave, so that its receipt shows nobody which call gave the same
    /// ones. `nonce` is the call's own.
    pub fn seal_received(&self, nonce: &[u8; 16], mut hashes: Vec<u8>) -> String {
        if hashes.is_empty() {
            return String::new();
        }
        self.received
            .seal_in_place_append_tag(received_nonce(nonce), Aad::empty(), &mut hashes)
            .expect("a page of hashes is shorter than the cipher's limit");
        URL_SAFE_NO_PAD.encode(hashes)
    }

    /// The hashes that [`Secret::seal_received`] sealed; none where this secret did not.
    pub fn open_received(&self, nonce: &[u8; 16], text: &str) -> Option<Vec<RecordHash>> {
        let mut sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = self
            .received
            .open_in_place(received_nonce(nonce), Aad::empty(), &mut sealed)
            .ok()?;
        Some(plain.as_chunks().0.to_vec())
    }

    /// Seals where a page ended; `bound` names the grant and the query it belongs to.
    pub fn seal_mark(&self, mark: &Mark, bound: &[u8]) -> String {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = serde_json::to_vec(mark).expect("a mark is plain JSON");
        self.cursor
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound), &mut sealed)
            .expect("a mark is shorter than the cipher's limit");
        let mut out = nonce.to_vec();
        out.append(&mut sealed);
        URL_SAFE_NO_PAD.encode(out)
    }

    /// Opens a mark; none where the platform did not make it for this grant and query.
    pub fn open_mark(&self, text: &str, bound: &[u8]) -> Option<Mark> {
        let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self.cursor.open_in_place(nonce, Aad::from(bound), sealed).ok()?;
        serde_json::from_slice(plain).ok()
    }
}

/// A call's nonce is used once, by that call's one list of records.
fn received_nonce(nonce: &[u8; 16]) -> Nonce {
    Nonce::try_assume_unique_for_key(&nonce[..NONCE_LEN]).expect("sixteen bytes hold twelve")
}

/// SHA-256 over the root, a label and the parts, each with its length before it, so that no two inputs read alike.
fn derive(root: &[u8; 32], label: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(root);
    for part in std::iter::once(&label.as_bytes()).chain(parts) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark() -> Mark {
        Mark {
            key: vec!["431102198001010017".to_owned()],
            version: 3,
        }
    }

    #[test]
    fn a_mark_opens_only_for_the_grant_and_query_it_was_made_for() {
        let secret = Secret::new([7; 32]);
        let sealed = secret.seal_mark(&mark(), b"grant-1 query-a");
        assert_eq!(secret.open_mark(&sealed, b"grant-1 query-a"), Some(mark()));
        assert_eq!(secret.open_mark(&sealed, b"grant-2 query-a"), None);
        assert_eq!(Secret::new([8; 32]).open_mark(&sealed, b"grant-1 query-a"), None);
    }

    #[test]
    fn a_mark_with_any_character_changed_does_not_open() {
        let secret = Secret::new([7; 32]);
        let sealed = secret.seal_mark(&mark(), b"x");
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                secret.open_mark(&String::from_utf8(bytes).unwrap(), b"x"),
                None,
                "character {at}"
            );
        }
        assert_eq!(secret.open_mark("", b"x"), None);
        assert_eq!(secret.open_mark("not base64 !", b"x"), None);
    }

    #[test]
    fn the_records_of_a_call_open_again_and_look_different_in_every_call() {
        let secret = Secret::new([7; 32]);
        let record = secret.record("e1", ["431102198001010017"].into_iter());
        assert_ne!(record, secret.record("e2", ["431102198001010017"].into_iter()));
        assert_ne!(
            record,
            Secret::new([8; 32]).record("e1", ["431102198001010017"].into_iter())
        );
        assert_ne!(
            secret.record("e1", ["a", "bc"].into_iter()),
            secret.record("e1", ["ab", "c"].into_iter())
        );
        let sealed = secret.seal_received(&[1; 16], [record, record].concat());
        assert_ne!(sealed, secret.seal_received(&[2; 16], [record, record].concat()));
        assert_eq!(
            secret.open_received(&[1; 16], &sealed),
            Some(vec![record, record])
        );
        assert_eq!(secret.open_received(&[2; 16], &sealed), None);
        assert_eq!(secret.seal_received(&[1; 16], Vec::new()), "");
    }

    #[test]
    fn a_mark_does_not_show_the_key_it_holds() {
        let sealed = Secret::new([7; 32]).seal_mark(&mark(), b"x");
        let bytes = URL_SAFE_NO_PAD.decode(sealed).unwrap();
        assert!(!bytes.windows(6).any(|it| it == b"431102"));
    }
}
