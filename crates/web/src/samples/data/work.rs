//! Cases in the samples.

use std::collections::BTreeMap;

use app::cases;
use jiff::civil::date;
use rules::{
    clock::{Colour, Standing},
    grant::{Mask, Purpose, RowFilter, Terms},
    law::Regulation::Yongzhou,
    people::Office,
    procedure::{Procedure, Word, compilation, request},
};

use super::{content, now};

pub(in crate::samples) fn terms() -> Terms {
    Terms {
        purpose: Purpose::Basis,
        purpose_text: "核验城乡居民医保参保人所在乡镇，办理参保登记。".into(),
        items: vec!["code".into(), "name".into(), "area".into(), "head".into()],
        filters: vec![RowFilter {
            item: "area".into(),
            values: vec!["431122".into(), "431123".into()],
        }],
        masks: BTreeMap::from([("head".into(), Mask::Name)]),
        calls_per_day_max: 20_000,
        from: date(2026, 12, 1),
        until: date(2027, 11, 30),
    }
}

pub(in crate::samples) fn next(step: Word, is_allowed: bool) -> cases::Next {
    let found = Procedure::WIRED
        .iter()
        .flat_map(|it| it.moves)
        .find(|it| it.step == step)
        .unwrap();
    let why = format!("“{}”由{}办理（{}）。", step.label, found.by.label(), found.cites);
    cases::Next {
        step,
        to: found.to,
        office: found.by.label(),
        is_allowed,
        why_not: (!is_allowed).then_some(why),
        cites: found.cites,
        asks: found.asks,
    }
}

pub(in crate::samples) fn case_line(colour: Option<Colour>) -> cases::CaseLine {
    let due = match colour {
        Some(Colour::Red) => date(2026, 11, 20),
        Some(Colour::Amber) => date(2026, 11, 23),
        _ => date(2027, 1, 6),
    };
    cases::CaseLine {
        id: "01JD0CASE".into(),
        number: "申〔2026〕000012".into(),
        procedure: Word {
            name: request::PROCEDURE.name,
            label: request::PROCEDURE.label,
        },
        title: "永州市医疗保障局申请使用“乡镇街道区划信息”".into(),
        state: request::State::Opined.word(),
        is_closed: false,
        entry: Some("01JD0ENTRY".into()),
        provider_name: "永州市民政局".into(),
        consumer_name: Some("永州市医疗保障局".into()),
        opened_at: now(),
        closed_at: None,
        due: colour.map(|_| due),
        is_provisional: colour == Some(Colour::Green),
        colour,
    }
}

pub(in crate::samples) fn todos() -> Vec<cases::Todo> {
    let todo = |colour, steps: &[Word]| cases::Todo {
        case: case_line(colour),
        revision: 3,
        steps: steps.to_vec(),
        duty: colour.map(|_| ("提出意见并反馈".to_owned(), Yongzhou.art(18))),
    };
    let decide = [request::Step::Grant.word(), request::Step::Refuse.word()];
    let mut review = todo(
        None,
        &[
            compilation::Step::Publish.word(),
            compilation::Step::Return.word(),
        ],
    );
    review.case.procedure = Word {
        name: "compilation",
        label: "编目审核",
    };
    review.case.title = "殡葬服务机构信息".into();
    review.case.state = compilation::State::Reviewing.word();
    review.case.consumer_name = None;
    vec![
        todo(Some(Colour::Red), &decide),
        todo(Some(Colour::Amber), &decide),
        todo(Some(Colour::Green), &decide),
        review,
    ]
}

fn history() -> Vec<cases::Past> {
    let past = |step: Word, to: Word, by: &str, org: &str, words: &str, terms| cases::Past {
        step,
        to,
        by: by.into(),
        org_name: org.into(),
        at: now(),
        words: words.into(),
        field_reasons: Vec::new(),
        terms,
        evidence_index: Some(1042),
    };
    vec![
        past(
            request::Step::Apply.word(),
            request::State::Applied.word(),
            "陈明",
            "永州市医疗保障局",
            "",
            Some(terms()),
        ),
        past(
            request::Step::Opine.word(),
            request::State::Opined.word(),
            "蒋国华",
            "永州市民政局",
            "同意提供\n姓名仅显示姓。",
            Some(terms()),
        ),
    ]
}

pub(in crate::samples) fn case() -> cases::CaseView {
    let standing = |duty, colour, due, is_provisional| Standing {
        duty,
        owed_by: Office::Authority,
        cites: Yongzhou.art(18),
        days: 10,
        started_on: date(2026, 11, 9),
        amber_from: date(2026, 11, 18),
        due,
        is_provisional,
        met_on: None,
        colour,
    };
    let about = [
        ("法定职责", "《医疗保障基金使用监督管理条例》第六条"),
        ("应用系统", "城乡居民医保参保系统"),
        ("使用频率", "窗口办件时逐笔查询"),
    ];
    cases::CaseView {
        line: case_line(Some(Colour::Amber)),
        revision: 4,
        grant: None,
        parties: vec![
            ("提供部门", "永州市民政局".into()),
            ("使用部门", "永州市医疗保障局".into()),
            ("政务数据主管部门", "永州市行政审批服务局".into()),
        ],
        clocks: vec![standing(
            "会同提供部门提出意见并反馈",
            Colour::Amber,
            date(2026, 11, 23),
            false,
        )],
        history: history(),
        next: vec![
            next(request::Step::Grant.word(), true),
            next(request::Step::Refuse.word(), true),
            next(request::Step::Withdraw.word(), false),
        ],
        awaited: vec![Office::Authority.label()],
        doubted: None,
        about: cases::About::Lines(about.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec()),
        terms: Some(terms()),
        related: vec![case_line(None)],
    }
}

/// The review of an entry, whose step asks for a reason per field.
pub(in crate::samples) fn review() -> cases::CaseView {
    let mut view = case();
    view.line.procedure = Word {
        name: "compilation",
        label: "编目审核",
    };
    view.line.state = compilation::State::Reviewing.word();
    view.about = cases::About::Entry(Box::new(content()));
    view.terms = None;
    view.clocks.clear();
    view.next = vec![
        next(compilation::Step::Publish.word(), true),
        next(compilation::Step::Return.word(), true),
    ];
    view
}
