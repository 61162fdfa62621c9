//! Charts, drawn by the server as SVG: they print, need no script, and say in words what they show.

use askama::{Template, filters::HtmlSafe};
use web::words;

/// Upright bars, side by side: how the values of a column are spread, or how a number changed by month; as wide as
/// their place.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/bars.html")]
pub struct Bars {
    /// Tells this chart from the others of its page.
    pub id: String,
    /// What is shown.
    pub title: String,
    /// What is counted, such as 行.
    pub unit: &'static str,
    /// Label and number of each bar, in order.
    pub bars: Vec<(String, u64)>,
}

/// Lying bars, one below the other, the longest first; as wide as their place.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/ranks.html")]
pub struct Ranks {
    /// Tells this chart from the others of its page.
    pub id: String,
    /// What is shown.
    pub title: String,
    /// What is counted, such as 行.
    pub unit: &'static str,
    /// Label and number of each bar, in order.
    pub bars: Vec<(String, u64)>,
    /// How many letters of a label have room, two for one of Chinese.
    pub room: usize,
}

impl HtmlSafe for Bars {}
impl HtmlSafe for Ranks {}

const FLOOR: f64 = 96.0;
const ROW: f64 = 24.0;
/// Where the lying bars begin, in hundredths of the width: left of it stand their labels.
const LEFT: f64 = 42.0;
/// The longest of them; right of it stands its number.
const LONGEST: f64 = 42.0;

/// One bar as it is drawn.
struct Drawn {
    x: String,
    y: String,
    width: String,
    height: String,
    label: String,
    number: String,
    words: String,
    text_x: String,
    text_y: String,
}

fn top(bars: &[(String, u64)]) -> f64 {
    bars.iter().map(|it| it.1).max().unwrap_or(0).max(1) as f64
}

/// The first letters of a label that fit beside or below a bar; a letter of Chinese takes the room of two others.
fn short(label: &str, room: usize) -> String {
    let mut used = 0;
    let mut out = String::new();
    for letter in label.chars() {
        used += if letter.is_ascii() { 1 } else { 2 };
        if used > room {
            out.push('…');
            break;
        }
        out.push(letter);
    }
    out
}

fn said(bars: &[(String, u64)], unit: &str) -> String {
    let all = bars
        .iter()
        .map(|(label, number)| format!("{label} {} {unit}", words::count(*number)));
    all.collect::<Vec<_>>().join("；")
}

impl Bars {
    fn drawn(&self) -> Vec<Drawn> {
        let slot = 100.0 / self.bars.len().max(1) as f64;
        let width = (slot * 0.88).min(14.0);
        let top = top(&self.bars);
        let draw = |(i, (label, number)): (usize, &(String, u64))| {
            let height = if *number == 0 {
                0.0
            } else {
                (FLOOR - 8.0) * *number as f64 / top
            };
            Drawn {
                x: format!("{:.2}%", slot * i as f64 + (slot - width) / 2.0),
                y: format!("{:.1}", FLOOR - height),
                width: format!("{width:.2}%"),
                height: format!("{height:.1}"),
                label: label.clone(),
                number: words::count(*number),
                words: format!("{label}：{} {}", words::count(*number), self.unit),
                text_x: String::new(),
                text_y: String::new(),
            }
        };
        self.bars.iter().enumerate().map(draw).collect()
    }

    /// The words below the first and the last bar.
    fn ends(&self) -> (String, String) {
        let end = |it: Option<&(String, u64)>| it.map_or(String::new(), |it| short(&it.0, 22));
        let last = if self.bars.len() > 1 {
            self.bars.last()
        } else {
            None
        };
        (end(self.bars.first()), end(last))
    }

    fn said(&self) -> String {
        said(&self.bars, self.unit)
    }
}

impl Ranks {
    fn height(&self) -> String {
        format!("{:.0}", ROW * self.bars.len() as f64)
    }

    fn drawn(&self) -> Vec<Drawn> {
        let top = top(&self.bars);
        let draw = |(i, (label, number)): (usize, &(String, u64))| {
            let (y, width) = (ROW * i as f64, LONGEST * *number as f64 / top);
            Drawn {
                x: format!("{LEFT}%"),
                y: format!("{:.1}", y + 4.0),
                width: format!("{width:.1}%"),
                height: format!("{:.1}", ROW - 8.0),
                label: short(label, self.room),
                number: words::count(*number),
                words: format!("{label}：{} {}", words::count(*number), self.unit),
                text_x: format!("{:.1}%", LEFT + width),
                text_y: format!("{:.1}", y + ROW / 2.0 + 4.0),
            }
        };
        self.bars.iter().enumerate().map(draw).collect()
    }

    fn said(&self) -> String {
        said(&self.bars, self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_says_its_numbers_in_words_and_cuts_long_labels_by_their_room() {
        let bars = vec![("永州市".to_owned(), 3), ("东安县".to_owned(), 1200)];
        let chart = Ranks {
            id: "a".into(),
            title: "行数".into(),
            unit: "行",
            bars,
            room: 14,
        };
        assert_eq!(chart.said(), "永州市 3 行；东安县 1,200 行");
        assert_eq!(short("永州市市场监督管理局", 16), "永州市市场监督管…");
        assert_eq!(short("2020-01-01", 16), "2020-01-01");
    }

    #[test]
    fn a_chart_of_nothing_is_drawn_without_a_fault() {
        let chart = Bars {
            id: "a".into(),
            title: "空".into(),
            unit: "行",
            bars: Vec::new(),
        };
        assert!(chart.render().unwrap().contains("<svg"));
    }
}
