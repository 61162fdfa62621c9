//! The filter language of CKAN searches: the part of Lucene's that clients really send. Anything else is refused in
//! words, because a filter that is understood halfway gives a wrong list with a straight face.

use jiff::{Span, Timestamp, Zoned, tz::TimeZone};

/// What a card must be to be found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    /// Everything.
    All,
    /// Found by the portal's own search for these words.
    Words(String),
    /// One field matches.
    Is(Field, Pattern),
    /// A date lies between; each bound with whether it is included.
    Between(Field, Option<(Timestamp, bool)>, Option<(Timestamp, bool)>),
    /// Not that.
    Not(Box<Filter>),
    /// All of them.
    Every(Vec<Filter>),
    /// One of them at least.
    Some(Vec<Filter>),
}

/// The fields that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Organization,
    OwnerOrg,
    Groups,
    Tags,
    Format,
    License,
    Name,
    Id,
    State,
    Kind,
    Capacity,
    Title,
    Notes,
    Modified,
    Created,
}

/// The names of the fields, as clients write them.
const FIELDS: &[(&str, Field)] = &[
    ("organization", Field::Organization),
    ("owner_org", Field::OwnerOrg),
    ("groups", Field::Groups),
    ("tags", Field::Tags),
    ("res_format", Field::Format),
    ("license_id", Field::License),
    ("name", Field::Name),
    ("id", Field::Id),
    ("state", Field::State),
    ("dataset_type", Field::Kind),
    ("type", Field::Kind),
    ("capacity", Field::Capacity),
    ("title", Field::Title),
    ("notes", Field::Notes),
    ("metadata_modified", Field::Modified),
    ("metadata_created", Field::Created),
];

impl Field {
    /// Whether words are looked for anywhere in the value, as in running text.
    fn is_text(self) -> bool {
        matches!(self, Field::Title | Field::Notes)
    }

    fn is_date(self) -> bool {
        matches!(self, Field::Modified | Field::Created)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    One(char),
    AnyOne,
    AnyMany,
}

/// A value with `*` and `?` in it, perhaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    pieces: Vec<Piece>,
    is_anywhere: bool,
}

impl Pattern {
    /// Whether `value` matches, whatever the case of its letters.
    pub fn matches(&self, value: &str) -> bool {
        let value: Vec<char> = value.chars().flat_map(char::to_lowercase).collect();
        let mut pieces = self.pieces.clone();
        if self.is_anywhere {
            pieces.insert(0, Piece::AnyMany);
            pieces.push(Piece::AnyMany);
        }
        fits(&pieces, &value)
    }
}

/// Greedy matching that goes back to the last `*` only.
fn fits(pieces: &[Piece], value: &[char]) -> bool {
    let (mut p, mut v, mut star) = (0, 0, None);
    while v < value.len() {
        match pieces.get(p) {
            Some(Piece::AnyMany) => {
                star = Some((p, v));
                p += 1;
            }
            Some(Piece::AnyOne) => (p, v) = (p + 1, v + 1),
            Some(Piece::One(it)) if *it == value[v] => (p, v) = (p + 1, v + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, v) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pieces[p.min(pieces.len())..]
        .iter()
        .all(|it| *it == Piece::AnyMany)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Must,
    MustNot,
    /// A field's name with its colon.
    Field(String),
    Word(Vec<Piece>),
    Phrase(String),
    Range {
        text: String,
        from_in: bool,
        to_in: bool,
    },
}

/// The deepest nesting of brackets.
const DEPTH_MAX: usize = 20;

/// Words and signs in one filter; each clause is held against every set.
const TOKENS_MAX: usize = 4000;

/// Reads a filter; `now` is what `NOW` means. The refusal is in words for the client's log.
pub(crate) fn parse(text: &str, now: Timestamp) -> Result<Filter, String> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        now,
        depth: 0,
    };
    if parser.tokens.len() > TOKENS_MAX {
        return Err(format!("more than {TOKENS_MAX} words"));
    }
    if parser.tokens.is_empty() {
        return Ok(Filter::All);
    }
    let filter = parser.level(None)?;
    match parser.tokens.get(parser.at) {
        None => Ok(filter),
        Some(_) => Err(format!("unbalanced bracket in '{text}'")),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += 1;
        match c {
            _ if c.is_whitespace() => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '+' => tokens.push(Token::Must),
            '-' | '!' => tokens.push(Token::MustNot),
            '"' => tokens.push(Token::Phrase(until(&chars, &mut at, &['"'])?.0)),
            '[' | '{' => {
                let (text, end) = until(&chars, &mut at, &[']', '}'])?;
                tokens.push(Token::Range {
                    text,
                    from_in: c == '[',
                    to_in: end == ']',
                });
            }
            '&' | '|' if chars.get(at) == Some(&c) => {
                at += 1;
                tokens.push(if c == '&' { Token::And } else { Token::Or });
            }
            _ => tokens.push(word(&chars, at - 1, &mut at)?),
        }
    }
    Ok(tokens)
}

/// The text up to one of `ends`, which is returned with it; a backslash spares the next character.
fn until(chars: &[char], at: &mut usize, ends: &[char]) -> Result<(String, char), String> {
    let mut text = String::new();
    while let Some(&c) = chars.get(*at) {
        *at += 1;
        match c {
            '\\' => {
                text.extend(chars.get(*at));
                *at += 1;
            }
            _ if ends.contains(&c) => return Ok((text, c)),
            _ => text.push(c),
        }
    }
    Err(format!("'{}' is not closed", ends[0]))
}

fn word(chars: &[char], from: usize, at: &mut usize) -> Result<Token, String> {
    let mut pieces = Vec::new();
    *at = from;
    while let Some(&c) = chars.get(*at) {
        match c {
            _ if c.is_whitespace() || "()\"[]{}".contains(c) => break,
            ':' => {
                let name = plain(&pieces);
                let is_all = pieces == [Piece::AnyMany] && chars.get(*at + 1) == Some(&'*');
                if is_all {
                    *at += 2;
                    return Ok(Token::Word(vec![Piece::AnyMany]));
                }
                *at += 1;
                return Ok(Token::Field(name.ok_or("a field name holds a wildcard")?));
            }
            '^' | '~' | '/' | '&' | '|' | '!' => {
                return Err(format!("'{c}' is not supported; escape it with a backslash"));
            }
            '\\' => {
                *at += 1;
                let next = chars.get(*at).ok_or("a backslash stands at the end")?;
                pieces.extend(next.to_lowercase().map(Piece::One));
            }
            '*' => pieces.push(Piece::AnyMany),
            '?' => pieces.push(Piece::AnyOne),
            _ => pieces.extend(c.to_lowercase().map(Piece::One)),
        }
        *at += 1;
    }
    let raw: String = chars[from..*at].iter().collect();
    Ok(match raw.as_str() {
        "AND" => Token::And,
        "OR" => Token::Or,
        "NOT" => Token::Not,
        _ => Token::Word(pieces),
    })
}

/// The text of pieces without wildcards.
fn plain(pieces: &[Piece]) -> Option<String> {
    let letter = |it: &Piece| match it {
        Piece::One(c) => Some(*c),
        _ => None,
    };
    pieces.iter().map(letter).collect()
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    now: Timestamp,
    depth: usize,
}

/// How the clauses of one level are joined.
#[derive(Clone, Copy, PartialEq)]
enum Join {
    And,
    Or,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, token: &Token) -> bool {
        let is_it = self.peek() == Some(token);
        self.at += usize::from(is_it);
        is_it
    }

    /// Clauses up to a closing bracket or the end. `a OR b AND c`, `a OR +b` and `a OR -b` mean different things to
    /// different readers, so they need brackets.
    fn level(&mut self, field: Option<Field>) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("brackets are nested too deeply".to_owned());
        }
        let mut clauses = Vec::new();
        let (mut join, mut is_signed) = (None, false);
        while self.peek().is_some_and(|it| *it != Token::Close) {
            let said = match () {
                () if self.take(&Token::And) => Some(Join::And),
                () if self.take(&Token::Or) => Some(Join::Or),
                () => None,
            };
            if clauses.is_empty() && said.is_some() {
                return Err("an operator stands without its left side".to_owned());
            }
            if !clauses.is_empty() {
                let this = said.unwrap_or(Join::And);
                if join.is_some_and(|it| it != this) {
                    return Err("AND and OR are mixed; use brackets".to_owned());
                }
                join = Some(this);
            }
            let (clause, signed) = self.clause(field)?;
            is_signed |= signed;
            clauses.push(clause);
        }
        self.depth -= 1;
        if join == Some(Join::Or) && is_signed {
            return Err("OR is mixed with +, - or NOT; use brackets".to_owned());
        }
        match (clauses.len(), join) {
            (0, _) => Err("brackets hold nothing".to_owned()),
            (1, _) => Ok(clauses.remove(0)),
            (_, Some(Join::Or)) => Ok(Filter::Some(clauses)),
            _ => Ok(Filter::Every(clauses)),
        }
    }

    /// One clause, and whether it bears a sign.
    fn clause(&mut self, field: Option<Field>) -> Result<(Filter, bool), String> {
        if self.take(&Token::Must) {
            return Ok((self.operand(field)?, true));
        }
        if self.take(&Token::MustNot) || self.take(&Token::Not) {
            return Ok((Filter::Not(Box::new(self.operand(field)?)), true));
        }
        Ok((self.operand(field)?, false))
    }

    fn operand(&mut self, field: Option<Field>) -> Result<Filter, String> {
        let token = self
            .peek()
            .cloned()
            .ok_or("an operator stands without its right side")?;
        self.at += 1;
        match (token, field) {
            (Token::Open, _) => {
                let inner = self.level(field)?;
                if self.take(&Token::Close) {
                    Ok(inner)
                } else {
                    Err("'(' is not closed".to_owned())
                }
            }
            (Token::Field(name), None) => {
                let known = FIELDS.iter().find(|it| it.0 == name);
                let field = known.ok_or_else(|| format!("undefined field {name}"))?.1;
                self.operand(Some(field))
            }
            (Token::Field(_), Some(_)) => Err("a field stands within a field; quote the value".to_owned()),
            (Token::Range { text, from_in, to_in }, Some(field)) if field.is_date() => {
                self.range(field, &text, from_in, to_in)
            }
            (Token::Range { .. }, _) => {
                Err("ranges are supported on metadata_modified and metadata_created".to_owned())
            }
            (Token::Word(pieces), Some(field)) if field.is_date() && pieces == [Piece::AnyMany] => {
                Ok(Filter::All)
            }
            (Token::Word(_) | Token::Phrase(_), Some(field)) if field.is_date() => {
                Err("a date is asked for as a range: [2026-01-01T00:00:00Z TO *]".to_owned())
            }
            (Token::Word(pieces), Some(field)) => {
                let is_anywhere = field.is_text() && plain(&pieces).is_some();
                Ok(Filter::Is(field, Pattern { pieces, is_anywhere }))
            }
            (Token::Phrase(text), Some(field)) => {
                let pieces = text
                    .chars()
                    .flat_map(char::to_lowercase)
                    .map(Piece::One)
                    .collect();
                Ok(Filter::Is(
                    field,
                    Pattern {
                        pieces,
                        is_anywhere: field.is_text(),
                    },
                ))
            }
            (Token::Word(pieces), None) if pieces == [Piece::AnyMany] => Ok(Filter::All),
            (Token::Word(pieces), None) => Ok(Filter::Words(letters(&pieces))),
            (Token::Phrase(text), None) => Ok(Filter::Words(text)),
            (token, _) => Err(format!("{token:?} stands where a value is expected")),
        }
    }

    fn range(&self, field: Field, text: &str, from_in: bool, to_in: bool) -> Result<Filter, String> {
        let (from, to) = text.split_once(" TO ").ok_or("a range is written [a TO b]")?;
        let bound =
            |text: &str, is_in| Ok::<_, String>(instant(text.trim(), self.now)?.map(|it| (it, is_in)));
        Ok(Filter::Between(field, bound(from, from_in)?, bound(to, to_in)?))
    }
}

/// The letters of a bare word: the portal's search finds parts of words by itself, wildcards are not needed.
fn letters(pieces: &[Piece]) -> String {
    let letter = |it: &Piece| match it {
        Piece::One(c) => Some(*c),
        _ => None,
    };
    pieces.iter().filter_map(letter).collect()
}

/// A bound of a date range; none for `*`.
fn instant(text: &str, now: Timestamp) -> Result<Option<Timestamp>, String> {
    let text = text.trim_matches('"');
    if text == "*" {
        return Ok(None);
    }
    let bad = || format!("'{text}' is not a date; write 2026-01-01T00:00:00Z or NOW-7DAYS");
    if let Some(steps) = text.strip_prefix("NOW") {
        return date_math(steps, now).map(Some).ok_or_else(bad);
    }
    // As it is, as an instant in UTC, as a day.
    let written = ["", "Z", "T00:00:00Z"].map(|it| format!("{text}{it}"));
    let instant = written.iter().find_map(|it| it.parse().ok());
    instant.map(Some).ok_or_else(bad)
}

/// `-7DAYS+1HOUR` from `now`.
fn date_math(steps: &str, now: Timestamp) -> Option<Timestamp> {
    let mut at: Zoned = now.to_zoned(TimeZone::UTC);
    let mut rest = steps;
    while !rest.is_empty() {
        let sign = match rest.chars().next()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        let count = rest[1..=digits].parse::<i64>().ok().filter(|it| *it < 100_000)? * sign;
        rest = &rest[1 + digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_uppercase).count();
        let span = match rest[..letters].trim_end_matches('S') {
            "YEAR" => Span::new().try_years(count),
            "MONTH" => Span::new().try_months(count),
            "DAY" | "DATE" => Span::new().try_days(count),
            "HOUR" => Span::new().try_hours(count),
            "MINUTE" => Span::new().try_minutes(count),
            "SECOND" => Span::new().try_seconds(count),
            _ => return None,
        };
        at = at.checked_add(span.ok()?).ok()?;
        rest = &rest[letters..];
    }
    Some(at.timestamp())
}

#[cfg(test)]
mod tests;
