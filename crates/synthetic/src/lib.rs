//! 合成数据: a population that never lived, for the demo city, the tests and the benches.
//!
//! Every value comes from a seeded generator: the same seed gives the same bytes on every machine. About one
//! row in two hundred carries exactly one known fault, and [`Population`] says which, so that a checker can be
//! held against the truth. Nothing here depends on the product: it is an oracle, not a user.

// In order: a module names only those above it.
mod dice;
mod words;

mod catalogue;
mod open_data;
mod person;

pub use catalogue::{CatalogueEntry, CatalogueQuery, catalogue, catalogue_queries};
pub use dice::Dice;
pub use open_data::{OpenColumn, OpenSet, open_sets};
pub use person::{Fault, Person, Population, Record};
pub use words::{ETHNIC_GROUPS, HEADER, MARITAL, REGIONS};

/// The check character of an identity number's first 17 digits (GB 11643).
pub fn identity_check(digits: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    char::from(b"10X98765432"[(sum % 11) as usize])
}

/// The check character of a unified social credit code's first 17 characters (GB 32100).
pub fn credit_check(first_17: &str) -> char {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let value = |it: u8| ALPHABET.iter().position(|&letter| letter == it).unwrap_or(0);
    let sum: usize = first_17
        .bytes()
        .zip(WEIGHTS)
        .map(|(it, weight)| value(it) * weight)
        .sum();
    char::from(ALPHABET[(31 - sum % 31) % 31])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_characters_agree_with_published_samples() {
        assert_eq!(identity_check("11010519491231002"), 'X');
        assert_eq!(identity_check("43110319900307123"), '1');
        assert_eq!(credit_check("11430000006122244"), 'L');
        assert_eq!(credit_check("91110000600037341"), 'L');
    }
}
