//! The portal's first page: a search box, and what there is to find.

use app::{
    City,
    portal::{self, Ask, NewsLine, OrgCard, Sort, ThemeCard},
};
use askama::Template;
use axum::extract::State;
use rules::procedure::open_request;
use web::words;

use super::news::Told;
use crate::{
    frame::{Frame, html},
    parts::CardLine,
    problem::Page,
    visit::Visit,
};

/// The first page.
#[derive(Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// What stands around it.
    pub frame: Frame,
    /// Words worth looking for: address and words.
    pub tries: Vec<(String, String)>,
    /// What there is in numbers: words and number.
    pub figures: Vec<(&'static str, String)>,
    /// The themes with the most sets.
    pub themes: Vec<Door>,
    /// The sets that changed last.
    pub newest: Vec<CardLine>,
    /// The sets that are fetched most.
    pub popular: Vec<CardLine>,
    /// The agencies with the most sets: address, name and number of sets.
    pub orgs: Vec<(String, String, u64)>,
    /// What happened lately.
    pub news: Vec<Told>,
    /// Within what time an application is handled (art. 26).
    pub handled: String,
}

/// A way into the catalogue.
pub struct Door {
    /// Where it leads.
    pub href: String,
    /// Its first character, as a sign.
    pub glyph: String,
    /// Its words.
    pub title: String,
    /// What is behind it.
    pub under: String,
}

impl Door {
    /// The door of a theme.
    pub fn of(theme: &ThemeCard) -> Door {
        Door {
            href: format!("/group/{}", words::encoded(&theme.name)),
            glyph: theme.title.chars().take(1).collect(),
            title: theme.title.clone(),
            under: format!("{} 个数据集", words::count(theme.sets)),
        }
    }
}

/// Sets and lines shown of each kind.
const NEWEST: usize = 6;
const POPULAR: usize = 5;
const NEWS: usize = 6;
const THEMES: usize = 10;
const ORGS: usize = 12;

/// What the first page prints.
pub struct Shown {
    /// How many sets, rows, agencies and downloads there are.
    pub figures: [u64; 4],
    /// The themes.
    pub themes: Vec<ThemeCard>,
    /// The agencies.
    pub orgs: Vec<OrgCard>,
    /// The sets that changed last.
    pub newest: Vec<portal::Card>,
    /// The sets that are fetched most.
    pub popular: Vec<portal::Card>,
    /// What happened lately.
    pub news: Vec<NewsLine>,
}

/// GET /open
pub async fn show(visit: Visit, State(city): State<City>) -> Page {
    let sorted = |sort, limit| Ask {
        sort,
        limit,
        ..Ask::default()
    };
    let numbers = portal::statistics(&city).await?;
    let shown = Shown {
        figures: [numbers.sets, numbers.rows, numbers.orgs, numbers.downloads],
        themes: portal::themes(&city).await?,
        orgs: portal::orgs(&city).await?,
        newest: portal::search(&city, &sorted(Sort::Modified, NEWEST))
            .await?
            .cards,
        popular: portal::search(&city, &sorted(Sort::Downloads, POPULAR))
            .await?
            .cards,
        news: portal::news(&city, NEWS).await?,
    };
    html(&page(&visit, shown))
}

pub(crate) fn page(visit: &Visit, shown: Shown) -> HomePage {
    let [sets, rows, orgs, downloads] = shown.figures;
    let figures = [
        ("开放数据集", sets),
        ("数据记录", rows),
        ("开放部门", orgs),
        ("累计下载（次）", downloads),
    ];
    let mut themes = shown.themes;
    themes.sort_by_key(|it| std::cmp::Reverse(it.sets));
    let mut busiest = shown.orgs;
    busiest.sort_by_key(|it| std::cmp::Reverse(it.sets));
    let org = |it: &OrgCard| {
        let href = format!("/organization/{}", words::encoded(&it.org.name));
        (href, it.org.title.clone(), it.sets)
    };
    let about = "检索、预览和下载永州市政务部门依法开放的数据，免登录、免费。";
    HomePage {
        frame: Frame::new(visit, "首页")
            .about(about)
            .canonical(format!("{}/open", visit.origin)),
        tries: tries(&shown.popular),
        figures: figures
            .map(|(label, number)| (label, words::count(number)))
            .to_vec(),
        themes: themes.iter().take(THEMES).map(Door::of).collect(),
        newest: shown.newest.iter().map(|it| CardLine::of(it, "")).collect(),
        popular: shown
            .popular
            .iter()
            .filter(|it| it.downloads > 0)
            .map(|it| CardLine::of(it, ""))
            .collect(),
        orgs: busiest.iter().take(ORGS).map(org).collect(),
        news: shown.news.iter().map(Told::of).collect(),
        handled: words::within(&open_request::HANDLE, visit.today()),
    }
}

/// The first keyword of each set that is fetched most.
fn tries(popular: &[portal::Card]) -> Vec<(String, String)> {
    let mut tries: Vec<(String, String)> = Vec::new();
    for word in popular.iter().filter_map(|it| it.keywords.first()) {
        if tries.iter().all(|it| it.1 != *word) {
            tries.push((format!("/dataset?q={}", words::encoded(word)), word.clone()));
        }
    }
    tries
}
