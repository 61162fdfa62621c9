//! How the four steps go, the words, and what the regulation says and the platform does about it.

use askama::Template;
use axum::Extension;
use jiff::civil::Date;
use rules::{calendar, law::Regulation::Yongzhou, procedure::request};

use crate::{
    edge::Instant,
    frame::{Frame, Page, html},
    session::Me,
    ui::{StateTag, Tone},
    words,
};

/// How the work goes.
#[derive(Template)]
#[template(path = "help.html")]
pub struct HelpPage {
    /// What stands around it.
    pub frame: Frame,
    /// The day, which says what limits are in force.
    pub today: Date,
}

impl HelpPage {
    /// Within what time a request is answered (art. 18).
    fn answered(&self) -> String {
        words::within(&request::ANSWER, self.today)
    }
}

/// The articles and what the platform does.
#[derive(Template)]
#[template(path = "law.html")]
pub struct LawPage {
    /// What stands around it.
    pub frame: Frame,
}

fn frame(me: Option<&Me>, title: &str) -> Frame {
    match me {
        Some(me) => me.frame(title),
        None => Frame::public(title),
    }
}

/// GET /help
pub async fn help(me: Option<Me>, Extension(Instant(now)): Extension<Instant>) -> Page {
    html(&HelpPage {
        frame: frame(me.as_ref(), "使用帮助"),
        today: calendar::today(now),
    })
}

/// GET /law
pub async fn law(me: Option<Me>) -> Page {
    let frame = frame(me.as_ref(), "办法与平台").crumb("/help", "使用帮助");
    html(&LawPage { frame })
}

/// One article, as the register has it.
struct ArticleRow {
    number: u16,
    subject: &'static str,
    does: &'static str,
    status: StateTag,
}

/// The register of articles: the one place that says how far the platform is.
const REGISTER: &str = include_str!("../../../../docs/law/register.md");

/// The status of an article as the page shows it; none for a word that the register does not use.
fn status(word: &str) -> Option<StateTag> {
    Some(match word {
        "done" => StateTag::new("已实现", Tone::Green),
        "done in part" => StateTag::new("部分实现", Tone::Accent),
        "planned" => StateTag::new("规划中", Tone::Grey),
        "not code" => StateTag::new("不由软件实现", Tone::Grey),
        _ => return None,
    })
}

/// The cells of every row of the register that begins with a number, written as `opening` has it.
fn rows(opening: &str) -> impl Iterator<Item = (u16, Vec<&'static str>)> {
    REGISTER.lines().filter_map(move |line| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.split('|').map(str::trim).collect();
        let number = cells[0].strip_prefix(opening)?.trim_end_matches('条').parse();
        Some((number.ok()?, cells))
    })
}

impl ArticleRow {
    fn place(&self) -> String {
        Yongzhou.art(self.number).place()
    }
}

impl LawPage {
    fn articles(&self) -> Vec<ArticleRow> {
        let told: Vec<(u16, Vec<&str>)> = rows("").collect();
        let row = |(number, cells): (u16, Vec<&'static str>)| {
            let (_, told) = told.iter().find(|it| it.0 == number)?;
            Some(ArticleRow {
                number,
                subject: told.get(1)?,
                does: told.get(2)?,
                status: status(cells.get(1)?)?,
            })
        };
        rows("第").filter_map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law() -> LawPage {
        LawPage {
            frame: Frame::public("办法与平台"),
        }
    }

    #[test]
    fn the_page_of_the_law_has_all_41_articles_of_the_register() {
        let numbers: Vec<u16> = law().articles().iter().map(|it| it.number).collect();
        assert_eq!(numbers, (1..=41).collect::<Vec<_>>());
        assert!(law().render().unwrap().contains(r#"id="art-41""#));
    }

    /// A limit stands in `rules`, with the days it is in force; the page of the law has none in passing.
    #[test]
    fn no_limit_of_days_is_typed_in_the_register() {
        for it in law().articles() {
            let text = format!("{}{}", it.subject, it.does);
            assert!(!text.contains("个工作日"), "{text}");
        }
    }

    #[test]
    fn yongzhou_art18_the_help_page_says_the_limit_that_is_in_force() {
        let page = |today| HelpPage {
            frame: Frame::public("使用帮助"),
            today,
        };
        let day = |y, m, d| jiff::civil::date(y, m, d);
        assert!(page(day(2026, 11, 23)).render().unwrap().contains("10个工作日内"));
        assert!(!page(day(2027, 7, 18)).render().unwrap().contains("10个工作日内"));
    }
}
