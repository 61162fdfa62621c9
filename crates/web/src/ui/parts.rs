//! Components that show: tags, clocks, lists, notices.

use askama::Template;
use jiff::civil::Date;
use rules::clock::{Colour, Standing};

/// The mood of a tag or a notice; never the only carrier of meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to say.
    #[default]
    Grey,
    /// Under way.
    Accent,
    /// Well.
    Green,
    /// Look soon.
    Amber,
    /// Look now.
    Red,
}

impl Tone {
    /// The suffix of its class.
    pub fn name(self) -> &'static str {
        match self {
            Tone::Grey => "grey",
            Tone::Accent => "accent",
            Tone::Green => "green",
            Tone::Amber => "amber",
            Tone::Red => "red",
        }
    }
}

/// A state in a box, such as 已发布.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/state_tag.html")]
pub struct StateTag {
    /// The state in words.
    pub label: String,
    /// Its mood.
    pub tone: Tone,
}

impl StateTag {
    /// A tag.
    pub fn new(label: impl Into<String>, tone: Tone) -> StateTag {
        StateTag {
            label: label.into(),
            tone,
        }
    }
}

/// A citation, linked to the page of the law.
#[derive(Clone, Debug, Template)]
#[template(path = "ui/cite.html")]
pub struct Cite {
    /// The article in short.
    pub words: String,
    /// The article with the regulation's whole name.
    pub whole: String,
    /// Where its text stands.
    pub href: String,
}

impl From<rules::law::Article> for Cite {
    fn from(article: rules::law::Article) -> Cite {
        Cite {
            words: article.in_short(),
            whole: article.to_string(),
            href: crate::words::law_href(article),
        }
    }
}

/// A statutory clock: colour, shape and words say the same thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "ui/clock_tag.html")]
pub struct ClockTag {
    /// green, amber, red or met.
    pub class: &'static str,
    /// The shape that stands for the colour.
    pub shape: &'static str,
    /// The colour in words, such as 即将到期.
    pub state: String,
    /// The last day in time, YYYY-MM-DD.
    pub due: String,
    /// Whether the day lies beyond the last holiday notice (暂定).
    pub is_provisional: bool,
    /// The duty, where the place does not say it already.
    pub duty: String,
    /// The article, where the place has room.
    pub cites: Option<String>,
}

/// What is wrong with a form, first on the page, each line linked to its field.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/error_summary.html")]
pub struct ErrorSummary {
    /// Field and words; an empty field names none.
    pub errors: Vec<(String, String)>,
}

/// A banner.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/notice.html")]
pub struct Notice {
    /// Its mood.
    pub tone: Tone,
    /// The first words, bold.
    pub title: String,
    /// The rest.
    pub text: String,
}

impl Notice {
    /// A banner.
    pub fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Notice {
        Notice {
            tone,
            title: title.into(),
            text: text.into(),
        }
    }
}

/// What was done, after a submission: the words, the number, what comes next.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/confirm.html")]
pub struct Confirm {
    /// What was done.
    pub title: String,
    /// What the number is of, such as 办件编号.
    pub ref_label: String,
    /// The number.
    pub reference: String,
    /// What happens next.
    pub next: String,
}

/// Instead of an empty list: what would stand here and how it comes to be.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/empty.html")]
pub struct Empty {
    /// That there is nothing.
    pub title: String,
    /// What to do.
    pub text: String,
    /// A link: address and words.
    pub link: Option<(String, String)>,
}

impl Empty {
    /// Without a link.
    pub fn new(title: &str, text: &str) -> Empty {
        Empty {
            title: title.to_owned(),
            text: text.to_owned(),
            link: None,
        }
    }

    /// With a link.
    pub fn link(mut self, href: impl Into<String>, words: &str) -> Empty {
        self.link = Some((href.into(), words.to_owned()));
        self
    }
}

/// Leafs through a long list.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/pager.html")]
pub struct Pager {
    /// All there is.
    pub total: u64,
    /// The page shown, from 1.
    pub page: u64,
    /// How many on a page.
    pub size: u64,
    /// The address up to and with `page=`.
    pub base: String,
}

impl Pager {
    fn last(&self) -> u64 {
        self.total.div_ceil(self.size.max(1)).max(1)
    }

    fn first_row(&self) -> u64 {
        (self.page.saturating_sub(1)) * self.size + 1
    }

    fn last_row(&self) -> u64 {
        (self.page * self.size).min(self.total)
    }

    /// The first, the last and the pages around this one; `None` is a gap.
    fn marks(&self) -> Vec<Option<u64>> {
        let last = self.last();
        let mut marks = Vec::new();
        let mut before = 0;
        for page in (1..=last).filter(|it| *it == 1 || *it == last || it.abs_diff(self.page) <= 2) {
            if page > before + 1 {
                marks.push(None);
            }
            marks.push(Some(page));
            before = page;
        }
        marks
    }
}

/// One line of a list of names and values.
#[derive(Clone, Debug, Default)]
pub struct Pair {
    /// The name.
    pub label: String,
    /// The value; shown with its line breaks.
    pub value: String,
    /// Where it may be changed, on check-answers pages.
    pub change: Option<String>,
    /// Where the value leads.
    pub href: Option<String>,
}

/// Names and values.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/pairs.html")]
pub struct Pairs {
    /// In order.
    pub pairs: Vec<Pair>,
}

impl Pairs {
    /// Nothing yet.
    pub fn new() -> Pairs {
        Pairs::default()
    }

    /// With one more line.
    pub fn with(mut self, label: &str, value: impl Into<String>) -> Pairs {
        self.pairs.push(Pair {
            label: label.to_owned(),
            value: value.into(),
            ..Pair::default()
        });
        self
    }

    /// With one more line, unless there is nothing to say.
    pub fn with_some(self, label: &str, value: impl Into<String>) -> Pairs {
        let value = value.into();
        if value.trim().is_empty() {
            self
        } else {
            self.with(label, value)
        }
    }

    /// With a line that leads somewhere.
    pub fn with_link(mut self, label: &str, value: impl Into<String>, href: impl Into<String>) -> Pairs {
        let pair = Pair {
            label: label.to_owned(),
            value: value.into(),
            href: Some(href.into()),
            change: None,
        };
        self.pairs.push(pair);
        self
    }

    /// With a line that may be changed.
    pub fn with_change(mut self, label: &str, value: impl Into<String>, change: impl Into<String>) -> Pairs {
        let pair = Pair {
            label: label.to_owned(),
            value: value.into(),
            change: Some(change.into()),
            href: None,
        };
        self.pairs.push(pair);
        self
    }

    fn has_changes(&self) -> bool {
        self.pairs.iter().any(|it| it.change.is_some())
    }
}

/// One step done.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// When, in words.
    pub when: String,
    /// What was done.
    pub step: String,
    /// Who did it, and for whom.
    pub by: String,
    /// What was said: name and words.
    pub said: Vec<(String, String)>,
    /// The index of its evidence, once there is one.
    pub evidence: Option<u64>,
}

/// What was done, newest last.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/timeline.html")]
pub struct Timeline {
    /// In order.
    pub steps: Vec<Past>,
    /// Whether the reader may fetch receipts.
    pub has_receipts: bool,
}

impl ClockTag {
    /// A clock in a list: colour and last day.
    pub fn new(colour: Colour, due: Option<Date>, is_provisional: bool, today: Date) -> ClockTag {
        let days = due.map_or(0, |due| (due - today).get_days());
        let (class, shape) = match colour {
            Colour::Green => ("green", "●"),
            Colour::Amber => ("amber", "▲"),
            Colour::Red => ("red", "■"),
            Colour::Met => ("met", "✓"),
            Colour::MetLate => ("met", "✓"),
        };
        let state = match colour {
            Colour::Red => format!("{} {} 天", colour.label(), -days),
            Colour::Green | Colour::Amber if days == 0 => format!("{} · 今天到期", colour.label()),
            Colour::Amber if days == 1 => format!("{} · 明天到期", colour.label()),
            _ => colour.label().to_owned(),
        };
        let due = due.map(crate::words::day).unwrap_or_default();
        ClockTag {
            class,
            shape,
            state,
            due,
            is_provisional,
            ..ClockTag::default()
        }
    }

    /// A clock on its case's page, with its duty and article.
    pub fn of(standing: &Standing, today: Date) -> ClockTag {
        let tag = ClockTag::new(
            standing.colour,
            Some(standing.due),
            standing.is_provisional,
            today,
        );
        ClockTag {
            duty: standing.duty.to_owned(),
            cites: Some(standing.cites.in_short()),
            ..tag
        }
    }
}

/// The class of a table row whose clock has this colour.
pub fn row_class(colour: Option<Colour>) -> &'static str {
    match colour {
        Some(Colour::Red) => "rows-red",
        Some(Colour::Amber) => "rows-amber",
        Some(Colour::Green) => "rows-green",
        _ => "",
    }
}
