//! Charts, drawn by the server as SVG: they print, need no script, and say in words what they show.

use std::f64::consts::TAU;

use askama::Template;
use rules::delivery::Score;

use crate::words;

/// Six scores around a centre.
#[derive(Clone, Debug, Template)]
#[template(path = "ui/radar.html")]
pub struct Radar {
    /// Name and score of each axis; none where it could not be measured.
    pub axes: Vec<(String, Option<f64>)>,
}

const CENTRE: (f64, f64) = (165.0, 142.0);
const RADIUS: f64 = 95.0;

impl Radar {
    /// The scores of one batch.
    pub fn of(scores: &[Score]) -> Radar {
        Radar {
            axes: scores
                .iter()
                .map(|it| (it.dimension.label().to_owned(), it.percent()))
                .collect(),
        }
    }

    fn at(&self, axis: usize, share: f64) -> (f64, f64) {
        let angle = TAU * axis as f64 / self.axes.len().max(1) as f64 - TAU / 4.0;
        (
            CENTRE.0 + RADIUS * share * angle.cos(),
            CENTRE.1 + RADIUS * share * angle.sin(),
        )
    }

    fn points(&self, share: impl Fn(usize) -> Option<f64>) -> String {
        let points = (0..self.axes.len()).filter_map(|i| Some(self.at(i, share(i)?)));
        points
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn rings(&self) -> Vec<String> {
        [0.25, 0.5, 0.75, 1.0]
            .map(|share| self.points(|_| Some(share)))
            .to_vec()
    }

    fn area(&self) -> String {
        self.points(|i| self.axes[i].1.map(|it| it / 100.0))
    }

    fn dots(&self) -> Vec<(String, String)> {
        let dots = self
            .axes
            .iter()
            .enumerate()
            .filter_map(|(i, (_, score))| Some(self.at(i, (*score)? / 100.0)));
        dots.map(|(x, y)| (format!("{x:.1}"), format!("{y:.1}")))
            .collect()
    }

    fn spokes(&self) -> Vec<(String, String)> {
        (0..self.axes.len())
            .map(|i| self.at(i, 1.0))
            .map(|(x, y)| (format!("{x:.1}"), format!("{y:.1}")))
            .collect()
    }

    /// Place, anchor, name and score of each label.
    fn labels(&self) -> Vec<(String, String, &'static str, String, String)> {
        let label = |(i, (name, score)): (usize, &'_ (String, Option<f64>))| {
            let (x, y) = self.at(i, 1.16);
            let anchor = match x - CENTRE.0 {
                off if off > 8.0 => "start",
                off if off < -8.0 => "end",
                _ => "middle",
            };
            (
                format!("{x:.1}"),
                format!("{:.1}", if y < CENTRE.1 - RADIUS { y - 12.0 } else { y - 2.0 }),
                anchor,
                name.clone(),
                words::percent(*score),
            )
        };
        self.axes.iter().enumerate().map(label).collect()
    }

    fn said(&self) -> String {
        let said = self
            .axes
            .iter()
            .map(|(name, score)| format!("{name} {}", words::percent(*score)));
        said.collect::<Vec<_>>().join("，")
    }
}

/// One bar of [`Days`].
#[derive(Clone, Debug, Default)]
pub struct Bar {
    /// The day, as the axis shows it.
    pub label: String,
    /// What was answered.
    pub calls: u64,
    /// What was refused.
    pub refused: u64,
}

/// Calls per day, answered and refused.
#[derive(Clone, Debug, Template)]
#[template(path = "ui/days.html")]
pub struct Days {
    /// The days, the oldest first.
    pub bars: Vec<Bar>,
}

/// A bar as it is drawn.
struct Drawn {
    x: String,
    width: String,
    calls_y: String,
    calls_height: String,
    refused_y: String,
    refused_height: String,
    words: String,
    label: Option<String>,
    middle: String,
}

const FLOOR: f64 = 165.0;
const HEIGHT: f64 = 145.0;
const LEFT: f64 = 56.0;
const WIDTH: f64 = 656.0;

impl Days {
    fn top(&self) -> u64 {
        round_up(
            self.bars
                .iter()
                .map(|it| it.calls + it.refused)
                .max()
                .unwrap_or(0),
        )
    }

    fn lines(&self) -> Vec<(String, String)> {
        let top = self.top();
        let line = |quarter: u64| {
            (
                format!("{:.1}", FLOOR - HEIGHT * quarter as f64 / 2.0),
                words::count(top * quarter / 2),
            )
        };
        [0, 1, 2].map(line).to_vec()
    }

    fn drawn(&self) -> Vec<Drawn> {
        let top = self.top().max(1) as f64;
        let slot = WIDTH / self.bars.len().max(1) as f64;
        let width = (slot * 0.7).min(36.0);
        let every = self.bars.len().div_ceil(8).max(1);
        let draw = |(i, bar): (usize, &Bar)| {
            let x = LEFT + slot * i as f64 + (slot - width) / 2.0;
            let calls = HEIGHT * bar.calls as f64 / top;
            let refused = HEIGHT * bar.refused as f64 / top;
            Drawn {
                x: format!("{x:.1}"),
                width: format!("{width:.1}"),
                calls_y: format!("{:.1}", FLOOR - calls),
                calls_height: format!("{calls:.1}"),
                refused_y: format!("{:.1}", FLOOR - calls - refused),
                refused_height: format!("{refused:.1}"),
                words: format!(
                    "{}：应答 {} 次，拒绝 {} 次",
                    bar.label,
                    words::count(bar.calls),
                    words::count(bar.refused)
                ),
                label: (i % every == 0).then(|| bar.label.clone()),
                middle: format!("{:.1}", x + width / 2.0),
            }
        };
        self.bars.iter().enumerate().map(draw).collect()
    }

    fn said(&self) -> String {
        let calls = self.bars.iter().map(|it| it.calls).sum();
        let refused = self.bars.iter().map(|it| it.refused).sum();
        format!(
            "{} 天，应答 {} 次，拒绝 {} 次；逐日数字见下表",
            self.bars.len(),
            words::count(calls),
            words::count(refused)
        )
    }
}

/// The next number that reads well on an axis: 1, 2 or 5 and zeros, even so that its half is whole.
fn round_up(number: u64) -> u64 {
    let mut step = 1;
    loop {
        for top in [2, 4, 10].map(|it| it * step) {
            if number <= top {
                return top;
            }
        }
        step *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number_with_a_whole_half() {
        assert_eq!([0, 2, 3, 5, 11, 999].map(round_up), [2, 2, 4, 10, 20, 1000]);
    }

    #[test]
    fn a_radar_says_its_scores_in_words() {
        let radar = Radar {
            axes: vec![("规范性".into(), Some(99.96)), ("时效性".into(), None)],
        };
        assert_eq!(radar.said(), "规范性 99.9，时效性 未测");
        assert!(radar.render().unwrap().contains("<title"));
    }
}
