//! Pieces that several pages print: a set in a list, a chart of a column.

use app::portal::Card;
use jiff::{
    Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};
use rules::{calendar, catalogue::OpenKind};
use web::{
    ui::{StateTag, Tone},
    words,
};

/// An open set as lists show it.
#[derive(Clone, Debug)]
pub struct CardLine {
    /// Its page.
    pub href: String,
    /// Its title, in parts: those that match what was looked for are marked.
    pub title: Vec<(String, bool)>,
    /// What it holds.
    pub summary: String,
    /// The agency: address and name.
    pub org: (String, String),
    /// The theme, as people read it.
    pub theme: String,
    /// 开放类型, where it is on conditions.
    pub kind: Option<StateTag>,
    /// How many rows.
    pub rows: String,
    /// The day of the last change.
    pub modified: String,
    /// How often it changes.
    pub cycle: &'static str,
    /// How often it was downloaded; empty for never.
    pub downloads: String,
    /// Whether an objection or a correction is under way (art. 21, 34).
    pub is_disputed: bool,
    /// Whether it should have been renewed by now, after its own cycle.
    pub is_behind: bool,
}

impl CardLine {
    /// The line of one set that was found by `text`.
    pub fn of(card: &Card, text: &str) -> CardLine {
        CardLine {
            href: format!("/dataset/{}", words::encoded(&card.name)),
            title: marked(&card.title, text),
            summary: card.summary.clone(),
            org: (
                format!("/organization/{}", words::encoded(&card.org.name)),
                card.org.title.clone(),
            ),
            theme: card.theme.clone(),
            kind: kind_tag(card.kind),
            rows: match card.number {
                Some(_) => format!("{} 行", words::count(card.rows)),
                None => String::new(),
            },
            modified: day(card.modified_at),
            cycle: card.cycle.label(),
            downloads: match card.downloads {
                0 => String::new(),
                many => words::count(many),
            },
            is_disputed: card.is_disputed,
            is_behind: false,
        }
    }

    /// The same as it is read on `today`.
    pub fn on(mut self, card: &Card, today: Date) -> CardLine {
        let last = calendar::today(card.modified_at);
        self.is_behind = card.number.is_some() && card.cycle.is_behind(last, today);
        self
    }
}

/// The tag of a set that is not for everybody at once.
pub fn kind_tag(kind: OpenKind) -> Option<StateTag> {
    match kind {
        OpenKind::Unconditional => None,
        _ => Some(StateTag::new(kind.label(), Tone::Amber)),
    }
}

/// The day of an instant, in the city.
pub fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(Offset::constant(8)))
        .strftime("%Y-%m-%d")
        .to_string()
}

/// `title` in parts, those that are one of the words of `text` marked.
pub fn marked(title: &str, text: &str) -> Vec<(String, bool)> {
    let wanted: Vec<&str> = text.split_whitespace().collect();
    let mut parts: Vec<(String, bool)> = Vec::new();
    let mut rest = title;
    while let Some(first) = rest.chars().next() {
        let hit = wanted
            .iter()
            .filter(|it| rest.starts_with(**it))
            .max_by_key(|it| it.len());
        let (part, is_hit) = match hit {
            Some(hit) => (&rest[..hit.len()], true),
            None => (&rest[..first.len_utf8()], false),
        };
        match parts.last_mut() {
            Some((last, was_hit)) if *was_hit == is_hit => last.push_str(part),
            _ => parts.push((part.to_owned(), is_hit)),
        }
        rest = &rest[part.len()..];
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_were_looked_for_are_marked_in_a_title() {
        let parts = |title, text| {
            let parts = marked(title, text).into_iter();
            parts
                .map(|(part, is_hit)| if is_hit { format!("[{part}]") } else { part })
                .collect::<String>()
        };
        assert_eq!(parts("公交站点信息", "公交 信息"), "[公交]站点[信息]");
        assert_eq!(parts("公交站点", ""), "公交站点");
    }
}
