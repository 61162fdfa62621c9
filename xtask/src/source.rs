//! Rust source, split into code, strings and comments well enough for checks of style.

/// One file's text, three ways.
#[derive(Debug)]
pub struct Source {
    /// The text with strings and comments blanked, every line and column where it was.
    pub code: String,
    /// Every string literal, with the 1-based number of the line it begins on.
    pub strings: Vec<(usize, String)>,
    /// The line on which tests inside the file begin; past the end where there are none.
    pub tests_from: usize,
}

/// A function.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The 1-based number of its first line.
    pub line: usize,
    /// Its lines, from the signature to the closing brace.
    pub length: usize,
}

impl Source {
    /// Splits `text`.
    pub fn new(text: &str) -> Source {
        let mut splitter = Splitter {
            chars: text.chars().collect(),
            at: 0,
            line: 1,
            code: String::new(),
        };
        let strings = splitter.split();
        let code = splitter.code;
        let tests_from = tests_from(&code);
        Source {
            code,
            strings,
            tests_from,
        }
    }

    /// Every function with a body.
    pub fn functions(&self) -> Vec<Function> {
        let mut functions = Vec::new();
        for (at, _) in self.code.match_indices("fn ") {
            if self.code[..at]
                .chars()
                .next_back()
                .is_some_and(|it| it.is_alphanumeric() || it == '_')
            {
                continue;
            }
            let rest = &self.code[at + 3..];
            let name: String = rest
                .chars()
                .take_while(|it| it.is_alphanumeric() || *it == '_')
                .collect();
            if name.is_empty() {
                continue;
            }
            if let Some(end) = end_of_body(rest) {
                let line = 1 + count_lines(&self.code[..at]);
                functions.push(Function {
                    name,
                    line,
                    length: 1 + count_lines(&rest[..end]),
                });
            }
        }
        functions
    }

    /// Whether `line` belongs to the tests inside the file.
    pub fn is_test(&self, line: usize) -> bool {
        self.tests_from <= line
    }
}

/// Where a module of tests with its body begins; its declaration alone marks a file of its own.
fn tests_from(code: &str) -> usize {
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    let begins = |at: &usize| {
        let module = lines[at + 1..]
            .iter()
            .find(|it| !it.is_empty() && !it.starts_with("#["));
        lines[*at].starts_with("#[cfg(test)]")
            && module.is_some_and(|it| it.contains("mod ") && it.ends_with(['{', '}']))
    };
    (0..lines.len()).find(begins).map_or(usize::MAX, |at| at + 1)
}

fn count_lines(text: &str) -> usize {
    text.bytes().filter(|it| *it == b'\n').count()
}

/// Where the body after a signature ends; none for a declaration without body.
fn end_of_body(code: &str) -> Option<usize> {
    let (mut brackets, mut braces) = (0i32, 0i32);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            ';' if brackets == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' if braces == 1 => return Some(at),
            // The declaration stands at the end of a macro's pattern or of a trait.
            '}' if braces == 0 => return None,
            '}' => braces -= 1,
            _ => {}
        }
    }
    None
}

struct Splitter {
    chars: Vec<char>,
    at: usize,
    line: usize,
    code: String,
}

impl Splitter {
    fn split(&mut self) -> Vec<(usize, String)> {
        let mut strings = Vec::new();
        while let Some(c) = self.peek(0) {
            if c == '/' && self.peek(1) == Some('/') {
                while self.peek(0).is_some_and(|it| it != '\n') {
                    self.blank();
                }
            } else if c == '/' && self.peek(1) == Some('*') {
                self.block_comment();
            } else if c == '"' {
                strings.push(self.string());
            } else if let Some(hashes) = self.raw_string_begins() {
                strings.push(self.raw_string(hashes));
            } else if c == '\'' {
                self.quote();
            } else {
                self.keep();
            }
        }
        strings
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        let c = self.chars[self.at];
        self.line += usize::from(c == '\n');
        self.code.push(c);
        self.at += 1;
    }

    fn blank(&mut self) -> char {
        let c = self.chars[self.at];
        self.line += usize::from(c == '\n');
        self.code.push(if c == '\n' { '\n' } else { ' ' });
        self.at += 1;
        c
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                _ => {
                    self.blank();
                    continue;
                }
            }
            self.blank();
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) -> (usize, String) {
        let line = self.line;
        let mut text = String::new();
        self.blank();
        while let Some(c) = self.peek(0) {
            self.blank();
            match c {
                '"' => break,
                '\\' if self.peek(0).is_some() => text.push(self.blank()),
                c => text.push(c),
            }
        }
        (line, text)
    }

    /// How many hashes the raw string that begins here has.
    fn raw_string_begins(&self) -> Option<usize> {
        let before = self.at.checked_sub(1).map(|it| self.chars[it]);
        if self.peek(0)? != 'r' || before.is_some_and(|it| it.is_alphanumeric() && it != 'b' || it == '_') {
            return None;
        }
        let hashes = self.chars[self.at + 1..]
            .iter()
            .take_while(|it| **it == '#')
            .count();
        (self.peek(1 + hashes)? == '"').then_some(hashes)
    }

    fn raw_string(&mut self, hashes: usize) -> (usize, String) {
        let line = self.line;
        let mut text = String::new();
        for _ in 0..hashes + 2 {
            self.blank();
        }
        while self.at < self.chars.len() {
            let closes = self.peek(0) == Some('"') && (1..=hashes).all(|it| self.peek(it) == Some('#'));
            if closes {
                for _ in 0..=hashes {
                    self.blank();
                }
                break;
            }
            text.push(self.blank());
        }
        (line, text)
    }

    /// A character literal is blanked; a lifetime is kept.
    fn quote(&mut self) {
        let length = match (self.peek(1), self.peek(2)) {
            (Some('\\'), _) => {
                let end = self.chars[self.at + 3..].iter().position(|it| *it == '\'');
                end.map_or(1, |it| it + 4)
            }
            (Some(_), Some('\'')) => 3,
            _ => return self.keep(),
        };
        for _ in 0..length {
            self.blank();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_are_blanked_and_code_stays_in_place() {
        let source = Source::new(
            "let a = \"x{\\\"\"; // {\nlet b = r#\"}\"\"#; /* { /* */ */ let c = '{';\n'a: loop {}",
        );
        assert_eq!(source.code.lines().count(), 3);
        assert!(!source.code.lines().take(2).any(|it| it.contains(['{', '}'])));
        assert!(source.code.contains("'a: loop {}") && source.code.contains("let c ="));
        assert_eq!(source.strings, [(1, "x{\"".to_owned()), (2, "}\"".to_owned())]);
    }

    #[test]
    fn a_function_is_measured_from_its_signature_to_its_closing_brace() {
        let source = Source::new(
            "trait T { fn none(&self) -> [u8; 4]; }\nfn one() {\n    if x { y }\n}\nconst fn two() {}\n",
        );
        let found: Vec<(String, usize, usize)> = source
            .functions()
            .into_iter()
            .map(|it| (it.name, it.line, it.length))
            .collect();
        assert_eq!(found, [("one".to_owned(), 2, 3), ("two".to_owned(), 5, 1)]);
    }

    #[test]
    fn tests_inside_a_file_begin_at_their_attribute() {
        let source = Source::new("fn a() {}\n\n#[cfg(test)]\nmod tests {}\n");
        assert!(!source.is_test(2) && source.is_test(3) && source.is_test(4));
        assert!(!Source::new("#[cfg(test)]\nmod tests;\n\nfn a() {}\n").is_test(4));
    }
}
