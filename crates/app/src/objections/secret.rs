//! The query code, and the objector's contact at rest.

use std::{
    fs,
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::{City, Refused};

/// Letters and digits that nobody mistakes for one another; 32 of them, five bits each.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Characters of a query code: eighty bits.
const CODE_LENGTH: usize = 16;

/// A new query code, in groups of four as people copy it.
pub(super) fn new_code() -> String {
    let bytes: [u8; CODE_LENGTH] = rand::random();
    let letters: Vec<u8> = bytes.iter().map(|it| ALPHABET[usize::from(it % 32)]).collect();
    let groups: Vec<&str> = letters
        .chunks(4)
        .map(|it| std::str::from_utf8(it).expect("the alphabet is ASCII"))
        .collect();
    groups.join("-")
}

/// What is kept of a code. Typed in small letters, or without its hyphens, it is the same code.
pub(super) fn hash(number: &str, code: &str) -> String {
    let plain: String = code
        .chars()
        .filter(|it| it.is_ascii_alphanumeric())
        .map(|it| it.to_ascii_uppercase())
        .collect();
    hex::encode(Sha256::digest(format!("{number}\n{plain}")))
}

/// Seals a contact; `bound` is the hash of the code it came with.
pub(super) fn seal(city: &City, contact: &str, bound: &str) -> Result<String, Refused> {
    let nonce: [u8; NONCE_LEN] = rand::random();
    let mut sealed = contact.as_bytes().to_vec();
    key(city)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(bound.as_bytes()),
            &mut sealed,
        )
        .map_err(|_| Refused::internal("a contact is longer than the cipher's limit"))?;
    Ok(STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
}

/// The contact that [`seal`] sealed.
pub(super) fn open(city: &City, sealed: &str, bound: &str) -> Result<String, Refused> {
    let fault = || Refused::internal("a contact that this city's key does not open");
    let mut bytes = STANDARD_NO_PAD.decode(sealed).map_err(|_| fault())?;
    let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN).ok_or_else(fault)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| fault())?;
    let plain = key(city)?
        .open_in_place(nonce, Aad::from(bound.as_bytes()), sealed)
        .map_err(|_| fault())?;
    String::from_utf8(plain.to_vec()).map_err(|_| fault())
}

/// The key of contacts: made when the first is sealed, readable by its owner only, and never in the database.
fn key(city: &City) -> Result<LessSafeKey, Refused> {
    let path = city.data_dir.join("keys").join("contacts.key");
    let bytes = read_or_make(&path).map_err(Refused::internal)?;
    let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes);
    Ok(LessSafeKey::new(key.map_err(Refused::internal)?))
}

fn read_or_make(path: &Path) -> io::Result<[u8; 32]> {
    let new: [u8; 32] = rand::random();
    let made = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(mut file) => {
            file.write_all(&new)?;
            file.sync_all()?;
            Ok(new)
        }
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            let mut key = [0; 32];
            fs::File::open(path)?.read_exact(&mut key)?;
            Ok(key)
        }
        Err(cause) => Err(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed_and_belongs_to_one_number() {
        let code = new_code();
        assert_eq!(code.len(), 19, "{code}");
        let typed = code.to_lowercase().replace('-', " ");
        assert!(is_same(
            &hash("异〔2026〕000001", &code),
            &hash("异〔2026〕000001", &typed)
        ));
        assert!(!is_same(
            &hash("异〔2026〕000001", &code),
            &hash("异〔2026〕000002", &code)
        ));
        assert_ne!(code, new_code());
    }

    #[test]
    fn the_key_is_made_once_and_readable_by_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("contacts.key");
        let key = read_or_make(&path).unwrap();
        assert_eq!(read_or_make(&path).unwrap(), key);
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}
