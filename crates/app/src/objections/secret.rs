//! The query code with which somebody without an account follows an objection.

use sha2::{Digest, Sha256};

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
pub(super) fn hash(code: &str) -> String {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = letters.map(|it| it.to_ascii_uppercase()).collect();
    hex::encode(Sha256::digest(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let code = new_code();
        assert_eq!(code.len(), 19, "{code}");
        assert_eq!(hash(&code), hash(&code.to_lowercase().replace('-', " ")));
        assert_ne!(hash(&code), hash(&new_code()));
    }
}
