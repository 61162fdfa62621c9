//! The city's own secret, and what is derived from it: page marks, pseudonyms, salts.
//!
//! One secret, kept in the records, serves every node; whatever leaves the platform is derived from it and
//! tells nothing about it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The city's secret with the keys that are needed on every call already derived.
pub struct Secret {
    root: [u8; 32],
    cursor: LessSafeKey,
}

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
        let cursor = derive(&root, "cursor", &[]);
        let key = UnboundKey::new(&CHACHA20_POLY1305, &cursor).expect("the key has the cipher's length");
        Secret {
            root,
            cursor: LessSafeKey::new(key),
        }
    }

    /// The key that pseudonyms of one grant are made with, so that two agencies' answers do not join.
    pub fn of_grant(&self, grant: &str) -> [u8; 32] {
        derive(&self.root, "grant", &[grant.as_bytes()])
    }

    /// The salt of one call's digests. The caller gets it with the answer; the log holds only `nonce`.
    pub fn salt(&self, nonce: &[u8]) -> [u8; 32] {
        derive(&self.root, "salt", &[nonce])
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
    fn a_mark_does_not_show_the_key_it_holds() {
        let sealed = Secret::new([7; 32]).seal_mark(&mark(), b"x");
        let bytes = URL_SAFE_NO_PAD.decode(sealed).unwrap();
        assert!(!bytes.windows(6).any(|it| it == b"431102"));
    }
}
