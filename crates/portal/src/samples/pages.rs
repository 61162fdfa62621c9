//! Every page once, some in several moods.

use app::objections::{Filed, Tracked};
use askama::Template;
use rules::{
    catalogue::OpenKind,
    procedure::objection::{ObjectionKind, Outcome},
};
use web::{form::Fields, testing::Sample, ui::Form};

use super::data;
use crate::{
    frame::Frame,
    pages::{
        dataset::{self, preview, releases},
        help, home, lists, news, object, places, products, search, statistics,
    },
    problem::{Problem, ProblemPage},
};

/// Samples in the making.
pub(super) struct Album(Vec<Sample>);

impl Album {
    pub(super) fn add(&mut self, name: &'static str, page: impl Template) {
        let html = page.render().unwrap();
        self.0.push(Sample { name, html });
    }
}

/// Every sample.
pub(crate) fn all() -> Vec<Sample> {
    let mut all = Album(Vec::new());
    doors(&mut all);
    sets(&mut all);
    boards(&mut all);
    objections(&mut all);
    super::account::add(&mut all);
    all.0
}

fn shown(is_empty: bool) -> home::Shown {
    let (sets, rest) = if is_empty { (0, 0) } else { (3, 1) };
    home::Shown {
        figures: [43, 310_482, 12, 12_345],
        themes: data::themes().into_iter().take(rest).collect(),
        orgs: data::orgs().into_iter().take(rest).collect(),
        newest: vec![data::card(); sets],
        popular: vec![data::conditional(); sets],
        news: data::news().into_iter().take(rest).collect(),
    }
}

fn params(pairs: &[(&str, &str)]) -> search::Params {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn doors(all: &mut Album) {
    all.add("home", home::page(&data::visit("/open"), shown(false)));
    all.add("home-empty", home::page(&data::visit("/open"), shown(true)));
    let asked = params(&[("q", "学校"), ("org", "o1"), ("page", "2")]);
    let found = data::found(vec![data::card(), data::conditional()], 42);
    all.add(
        "search",
        search::page(&data::visit("/dataset?q=x"), &asked, &found),
    );
    let none = data::found(Vec::new(), 0);
    all.add(
        "search-empty",
        search::page(&data::visit("/dataset"), &asked, &none),
    );
    all.add("help", help::page(&data::visit("/open/help")));
    let visit = data::visit("/dataset/nowhere");
    all.add("problem", ProblemPage::new(&Problem::NotFound, &visit));
    let broken = Problem::Internal("cause that nobody sees".into());
    all.add("problem-internal", ProblemPage::new(&broken, &visit));
}

fn sets(all: &mut Album) {
    let visit = data::visit("/dataset/307021000000-000001");
    let set = data::set();
    let asked = [
        ("where", "bxlx:eq:1"),
        ("text", "一中"),
        ("sort", "-zxss"),
        ("page", "2"),
    ]
    .map(|(k, v)| (k.to_owned(), v.to_owned()))
    .to_vec();
    let wanted = preview::Wanted::of(&asked, &set.items);
    let rows = preview::shown(&set.card.name, &wanted, &data::rows());
    all.add(
        "dataset/show",
        dataset::page(&visit, &set, &data::profile(), Some(rows)),
    );
    let mut wrong = preview::shown(&set.card.name, &wanted, &data::rows());
    wrong.rows.clear();
    wrong.error = Some("“在校学生数”请填写数字。".into());
    all.add(
        "dataset/show-wrong",
        dataset::page(&visit, &set, &[], Some(wrong)),
    );
    all.add(
        "dataset/show-conditional",
        dataset::page(&visit, &data::on_conditions(), &[], None),
    );
    let (newest, older) = (&set.releases[0], &set.releases[1]);
    all.add("dataset/release", releases::release_page(&visit, &set, newest));
    all.add(
        "dataset/release-older",
        releases::release_page(&visit, &set, older),
    );
    all.add(
        "dataset/resource",
        releases::resource_page(&visit, &set, newest, &newest.files[0]),
    );
}

fn boards(all: &mut Album) {
    all.add(
        "places-orgs",
        places::orgs_page(&data::visit("/organization"), &data::orgs()),
    );
    all.add(
        "places-themes",
        places::themes_page(&data::visit("/group"), &data::themes()),
    );
    let frame = Frame::new(&data::visit("/organization/o1"), "永州市教育局").crumb("/organization", "部门");
    let found = data::found(vec![data::card()], 1);
    all.add(
        "place",
        places::place(frame, &params(&[]), &found, "/organization/o1".into()),
    );
    let cards = [list(true).card, list(false).card];
    all.add(
        "lists",
        lists::lists_page(&data::visit("/open/lists"), &cards, ""),
    );
    all.add(
        "lists-empty",
        lists::lists_page(&data::visit("/open/lists"), &[], "o1"),
    );
    all.add(
        "list",
        lists::list_page(&data::visit("/open/lists/o1/unconditional/2"), &list(true)),
    );
    let conditional = data::list(OpenKind::Conditional, false);
    all.add(
        "list-conditional",
        lists::list_page(&data::visit("/open/lists/o1/conditional/2"), &conditional),
    );
    all.add(
        "statistics",
        statistics::page(&data::visit("/open/statistics"), &data::numbers()),
    );
    all.add(
        "statistics-empty",
        statistics::page(&data::visit("/open/statistics"), &Default::default()),
    );
    all.add("news", news::page(&data::visit("/open/news"), &data::news()));
    all.add("products", products::page(&data::visit("/open/products"), &[]));
}

fn list(is_newest: bool) -> app::portal::ListView {
    data::list(OpenKind::Unconditional, is_newest)
}

fn objections(all: &mut Album) {
    let visit = data::visit("/open/object");
    let set = || Some(("307021000000-000001".to_owned(), "中小学校基本信息".to_owned()));
    all.add(
        "object",
        object::page(&visit, object::SAMPLE, Form::empty(), set()),
    );
    let mut wrong = Form::of(Fields::new().with("words", "写到一半的话"));
    wrong.wrong("kind", "请选择异议的类型。");
    wrong.wrong("", "页面打开的时间太长。");
    all.add("object-wrong", object::page(&visit, object::SAMPLE, wrong, None));
    let filed = Filed {
        number: "YY20261123-0001".into(),
        code: "7KQ4-9MXP-2HTD".into(),
    };
    all.add(
        "objected",
        object::filed_page(&visit, filed, "307021000000-000001", "中小学校基本信息"),
    );
    let visit = data::visit("/open/track");
    all.add("track", object::track_page(&visit, Form::empty(), None));
    let mut tracked = Tracked {
        number: "YY20261123-0001".into(),
        title: "中小学校基本信息".into(),
        kind: ObjectionKind::Error,
        words: "第 3 行的地址不对。".into(),
        filed_at: data::at("2026-11-20T02:00:00Z"),
        state: "已转交",
        is_closed: false,
        due: Some(("部门决定", jiff::civil::date(2026, 11, 27))),
        steps: vec![(data::at("2026-11-20T02:00:00Z"), "提出异议")],
        outcome: None,
        decision: String::new(),
        correction: None,
        answer: None,
    };
    all.add(
        "track-open",
        object::track_page(&visit, Form::empty(), Some(&tracked)),
    );
    (tracked.is_closed, tracked.due, tracked.outcome) = (true, None, Some(Outcome::Correct));
    tracked.answer = Some("已更正，将随下一版发布。".into());
    tracked.decision = "经核对，门牌号录入有误。".into();
    tracked.correction = Some("2026-11-26 发布了第3期开放快照。".into());
    all.add(
        "track-closed",
        object::track_page(&visit, Form::empty(), Some(&tracked)),
    );
}

#[test]
fn what_people_typed_stays_after_an_error_and_markup_in_a_title_stays_text() {
    let all = all();
    let of = |name: &str| &all.iter().find(|it| it.name == name).unwrap().html;
    assert!(of("object-wrong").contains("写到一半的话"));
    assert!(of("dataset/show-conditional").contains("企业用电量明细 &#60;b&#62;"));
    assert!(!of("dataset/show-conditional").contains("明细 <b>"));
}

#[test]
fn a_set_on_conditions_offers_an_application_and_no_file() {
    let all = all();
    let page = &all
        .iter()
        .find(|it| it.name == "dataset/show-conditional")
        .unwrap()
        .html;
    assert!(page.contains("/open/account/apply/307021000000-000002"));
    assert!(page.contains("《中华人民共和国数据安全法》第三十八条"));
    assert!(!page.contains("/download/"));
}

#[test]
fn the_cause_of_a_fault_stays_in_the_log() {
    let all = all();
    let page = &all.iter().find(|it| it.name == "problem-internal").unwrap().html;
    assert!(page.contains("ABCDEFGHJK") && !page.contains("cause that nobody sees"));
}
