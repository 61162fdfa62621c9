//! Canaries: words that stand nowhere else, each for a circle of readers; and finding them in an answer.

use std::collections::HashMap;

use super::oracle::Circle;

/// Every canary begins with it, and no other word has it.
const MARK: char = '龘';

/// A word that only some may read.
#[derive(Clone, Debug)]
pub struct Canary {
    /// The word.
    pub word: String,
    /// Where it stands, for whoever reads a failed test.
    pub place: &'static str,
    /// Who may read it.
    pub circle: Circle,
}

/// Every canary of a city.
#[derive(Default)]
pub struct Canaries {
    /// In the order in which they were made.
    pub all: Vec<Canary>,
    by_word: HashMap<String, usize>,
}

/// Word number `n` of three characters, of which every two are its own.
pub fn word(n: u32) -> String {
    let rare = |block: u32| char::from_u32(block + n).expect("rare characters of the unified block");
    [MARK, rare(0x9C00), rare(0x9E00)].into_iter().collect()
}

/// A word like a canary that stands in no city.
pub const NEVER: u32 = 0x18F;

impl Canaries {
    /// A new canary to be written at `place`.
    pub fn word(&mut self, place: &'static str, circle: Circle) -> String {
        let n = u32::try_from(self.all.len()).expect("few canaries");
        assert!(n < NEVER, "no rare characters are left");
        self.add(word(n), place, circle)
    }

    /// A canary that has to look like something: a telephone number, an address of mail.
    pub fn add(&mut self, word: String, place: &'static str, circle: Circle) -> String {
        self.by_word.insert(word.clone(), self.all.len());
        self.all.push(Canary {
            word: word.clone(),
            place,
            circle,
        });
        word
    }

    /// Makes the canary at `place`, the first of those from number `since`, one for `circle`.
    pub fn widen(&mut self, since: usize, place: &str, circle: Circle) {
        let mut later = self.all.iter_mut().skip(since);
        let found = later.find(|it| it.place == place);
        found.expect("it was just made").circle = circle;
    }

    /// The numbers of the canaries that stand in `text`, however it is encoded.
    pub fn found(&self, text: &str) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for text in [text.to_owned(), unpercent(text), unescape(text)] {
            for (at, _) in text.match_indices(MARK) {
                let word: String = text[at..].chars().take(3).collect();
                found.extend(self.by_word.get(&word));
            }
            let plain = self.all.iter().enumerate().filter(|(_, it)| it.word.is_ascii());
            found.extend(plain.filter(|(_, it)| text.contains(&it.word)).map(|(n, _)| n));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// What stands in addresses and file names.
fn unpercent(text: &str) -> String {
    if !text.contains('%') {
        return String::new();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What stands in JSON and in scripts as `\u9f98`, in markup as `&#40856;` or `&#x9f98;`.
fn unescape(text: &str) -> String {
    if !text.contains("\\u") && !text.contains("&#") {
        return String::new();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (code, length) = coded(rest);
        match code.and_then(char::from_u32) {
            Some(letter) => out.push(letter),
            None => out.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    out + rest
}

/// The number of the character that `text` begins with in code, and how long the code is.
fn coded(text: &str) -> (Option<u32>, usize) {
    if let Some(hex) = text.strip_prefix("\\u").and_then(|it| it.get(..4)) {
        return (u32::from_str_radix(hex, 16).ok(), 6);
    }
    if let Some((number, _)) = text.strip_prefix("&#").and_then(|it| it.split_once(';')) {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        if code.is_ok() {
            return (code.ok(), number.len() + 3);
        }
    }
    (None, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_found_however_it_is_encoded() {
        let mut canaries = Canaries::default();
        let word = canaries.word("a title", Circle::Nobody);
        let json: String = word.chars().map(|it| format!("\\u{:04x}", it as u32)).collect();
        let markup: String = word.chars().map(|it| format!("&#{};", it as u32)).collect();
        let address: String = word.bytes().map(|it| format!("%{it:02X}")).collect();
        for text in [&word, &json, &markup, &address] {
            assert_eq!(canaries.found(&format!("<p a&b \\ 100%>{text}")), [0], "{text}");
        }
        assert!(canaries.found(&super::word(1)).is_empty());
    }
}
