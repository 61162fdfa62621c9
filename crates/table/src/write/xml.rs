//! XML 1.0: `<rows><row>` and an element for each item, named as the item is.
//!
//! An item whose name cannot be that of an element is written `<item name="…">`. What XML cannot hold at all,
//! the control characters, is left out.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use super::{Header, WriteError, cell};

pub(super) fn write<R: AsRef<[Option<String>]>>(
    header: &Header<'_>,
    rows: impl Iterator<Item = io::Result<R>>,
    to: &mut impl Write,
) -> Result<(), WriteError> {
    let tags: Vec<(String, &str)> = header.items.iter().map(|it| tag(&it.name)).collect();
    let mut text = String::with_capacity(1024);
    text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rows title=\"");
    escape(header.title, &mut text);
    text.push_str("\">\n");
    to.write_all(text.as_bytes())?;
    for row in rows {
        let row = row?;
        text.clear();
        text.push_str("<row>");
        for (i, (open, close)) in tags.iter().enumerate() {
            match cell(row.as_ref(), i) {
                None => write!(text, "<{open}/>").expect("memory takes it"),
                Some(value) => {
                    write!(text, "<{open}>").expect("memory takes it");
                    escape(value, &mut text);
                    write!(text, "</{close}>").expect("memory takes it");
                }
            }
        }
        text.push_str("</row>\n");
        to.write_all(text.as_bytes())?;
    }
    Ok(to.write_all(b"</rows>\n")?)
}

/// What the element of an item begins and ends with.
fn tag(name: &str) -> (String, &str) {
    if is_element_name(name) {
        return (name.to_owned(), name);
    }
    let mut open = String::from("item name=\"");
    escape(name, &mut open);
    open.push('"');
    (open, "item")
}

/// Whether an element may be called `name`: a name of XML 1.0 without a colon, not reserved, and not `item`,
/// which stands for those that are none.
fn is_element_name(name: &str) -> bool {
    let mut characters = name.chars();
    let is_reserved = name.get(..3).is_some_and(|it| it.eq_ignore_ascii_case("xml")) || name == "item";
    characters.next().is_some_and(begins_name) && characters.all(continues_name) && !is_reserved
}

fn begins_name(c: char) -> bool {
    matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
        | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn continues_name(c: char) -> bool {
    begins_name(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Text for an element or for an attribute. White space that a parser would change is written by number.
fn escape(value: &str, to: &mut String) {
    for c in value.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            '\t' => to.push_str("&#9;"),
            '\n' => to.push_str("&#10;"),
            '\r' => to.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => to.push(c),
        }
    }
}
