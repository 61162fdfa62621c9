//! What the samples show: a set of schools, one on conditions, and what stands around them.

use app::portal::{
    Card, ColumnProfile, Dataset, Facet, FacetValue, FileCard, Found, ListCard, ListLine, ListView, MarkLine,
    NewsKind, NewsLine, OrgCard, OrgRef, ReleaseCard, RowsPage, Statistics, ThemeCard,
};
use jiff::Timestamp;
use rules::{
    catalogue::{Code, Item, ItemType, OpenKind, UpdateCycle},
    delivery::{Dimension, Score, ScorePart},
    release::FileFormat,
};

use crate::visit::Visit;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn visit(path: &str) -> Visit {
    Visit {
        now: at("2026-11-23T08:05:00Z"),
        path: path.to_owned(),
        origin: "https://data.example.gov.cn".to_owned(),
        address: None,
        reference: "ABCDEFGHJK".to_owned(),
    }
}

pub(crate) fn org() -> OrgRef {
    OrgRef {
        id: "O1".into(),
        name: "o1".into(),
        title: "永州市教育局".into(),
    }
}

pub(crate) fn card() -> Card {
    Card {
        id: "E1".into(),
        name: "307021000000-000001".into(),
        title: "中小学校基本信息".into(),
        summary: "全市中小学校的名称、办学类型、所在区划、地址和在校学生数，由学校每学期填报、市教育局汇总。"
            .into(),
        org: org(),
        kind: OpenKind::Unconditional,
        theme: "教育文化".into(),
        theme_name: "jiaoyu".into(),
        keywords: vec!["学校".into(), "教育".into()],
        formats: FileFormat::ALL.to_vec(),
        rows: 1482,
        number: Some(3),
        issued_at: at("2026-01-05T02:00:00Z"),
        modified_at: at("2026-11-20T02:00:00Z"),
        cycle: UpdateCycle::Quarterly,
        downloads: 12_034,
        is_disputed: true,
    }
}

pub(crate) fn conditional() -> Card {
    Card {
        id: "E2".into(),
        name: "307021000000-000002".into(),
        title: "企业用电量明细 <b>".into(),
        kind: OpenKind::Conditional,
        formats: Vec::new(),
        number: None,
        is_disputed: false,
        ..card()
    }
}

fn release(number: i64) -> ReleaseCard {
    let file = |it: &FileFormat| FileCard {
        format: *it,
        bytes: 91_234,
        sha256: "3f786850e387550fdab836ed7e6dc881de23001b4d4f3a5f3b1f4c4b3c1a2b0d".into(),
        rid: format!("e1-{}", it.name()),
    };
    ReleaseCard {
        number,
        at: at("2026-11-20T02:00:00Z"),
        rows: 1482,
        sha256: "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab".into(),
        files: FileFormat::ALL.iter().map(file).collect(),
    }
}

fn item(name: &str, title: &str, kind: ItemType) -> Item {
    Item {
        name: name.into(),
        title: title.into(),
        kind,
        ..Item::default()
    }
}

pub(crate) fn items() -> Vec<Item> {
    let mut code = item("xxbm", "学校编码", ItemType::Text);
    (code.is_key, code.is_required, code.length) = (true, true, Some(10));
    let mut kind = item("bxlx", "办学类型", ItemType::Text);
    kind.codes = [("1", "小学"), ("2", "初中")]
        .map(|(code, label)| Code {
            code: code.into(),
            label: label.into(),
        })
        .to_vec();
    let mut pupils = item("zxss", "在校学生数", ItemType::Integer);
    pupils.note = "按每年九月的学籍统计。".into();
    vec![code, item("xxmc", "学校名称", ItemType::Text), kind, pupils]
}

pub(crate) fn set() -> Dataset {
    let part = ScorePart {
        code: "0302".into(),
        label: "数据格式合规性".into(),
        good: 1480,
        all: 1482,
    };
    let score = |it: &Dimension| Score {
        dimension: *it,
        parts: vec![part.clone()],
    };
    Dataset {
        card: card(),
        code: "307021000000/000001".into(),
        items: items(),
        masked: vec![("学校名称".into(), "原值开放".into())],
        conditions: String::new(),
        reason: String::new(),
        basis: String::new(),
        class_path: vec!["教育文化".into(), "基础教育".into()],
        region: "431100".into(),
        person_org: "永州市教育局".into(),
        phone: "0746-8300000".into(),
        scores: Dimension::ALL.iter().map(score).collect(),
        releases: vec![release(3), release(2)],
        related: Vec::new(),
        marks: vec![MarkLine {
            since: at("2026-11-22T02:00:00Z"),
            words: "有异议正在处理".into(),
        }],
        entry_version: 2,
    }
}

pub(crate) fn on_conditions() -> Dataset {
    Dataset {
        card: conditional(),
        conditions: "仅限用于城市治理研究，须签订协议。".into(),
        reason: "涉及企业商业秘密。".into(),
        basis: "《中华人民共和国数据安全法》第三十八条".into(),
        releases: Vec::new(),
        scores: Vec::new(),
        marks: Vec::new(),
        ..set()
    }
}

pub(crate) fn rows() -> RowsPage {
    let row = |i: u64| {
        let name = if i == 1 {
            "永州市第一中学".repeat(20)
        } else {
            format!("第{i}小学")
        };
        (
            i,
            vec![Some(format!("{i:010}")), Some(name), Some("1".into()), None],
        )
    };
    RowsPage {
        number: 3,
        items: items(),
        rows: (1..=20).map(row).collect(),
        total: 1482,
        next: Some("20".into()),
    }
}

pub(crate) fn profile() -> Vec<ColumnProfile> {
    let column = |item: &str, top: &[(&str, u64)], bins: &[(&str, u64)]| ColumnProfile {
        item: item.into(),
        filled: 1482,
        distinct: Some(2),
        min: None,
        max: None,
        top: top
            .iter()
            .map(|(value, rows)| ((*value).to_owned(), *rows))
            .collect(),
        bins: bins
            .iter()
            .map(|(value, rows)| ((*value).to_owned(), *rows))
            .collect(),
    };
    vec![
        column("xxbm", &[], &[]),
        column("bxlx", &[("1", 1200), ("2", 282)], &[]),
        column(
            "zxss",
            &[],
            &[("0～499", 800), ("500～999", 582), ("1000～1499", 100)],
        ),
    ]
}

pub(crate) fn found(cards: Vec<Card>, total: u64) -> Found {
    let value = |value: &str, label: &str, count| FacetValue {
        value: value.into(),
        label: label.into(),
        count,
    };
    let many = (0..12)
        .map(|i| value(&format!("o{i}"), &format!("部门{i}"), 12 - i))
        .collect();
    let facet = |name, label, values| Facet { name, label, values };
    Found {
        total,
        cards,
        facets: vec![
            facet("org", "部门", many),
            facet("theme", "主题", vec![value("jiaoyu", "教育文化", 8)]),
            facet("kind", "开放类型", vec![value("conditional", "有条件开放", 3)]),
        ],
    }
}

pub(crate) fn orgs() -> Vec<OrgCard> {
    vec![OrgCard { org: org(), sets: 8 }]
}

pub(crate) fn themes() -> Vec<ThemeCard> {
    vec![ThemeCard {
        name: "jiaoyu".into(),
        title: "教育文化".into(),
        sets: 8,
    }]
}

pub(crate) fn news() -> Vec<NewsLine> {
    vec![NewsLine {
        at: at("2026-11-20T02:00:00Z"),
        words: "“中小学校基本信息”发布第 3 版".into(),
        href: "/dataset/307021000000-000001".into(),
        kind: NewsKind::Released,
    }]
}

pub(crate) fn list(kind: OpenKind, is_newest: bool) -> ListView {
    let line = |title: &str, name: Option<&str>| ListLine {
        code: "307021000000/000001".into(),
        title: title.into(),
        cycle: UpdateCycle::Quarterly,
        conditions: "须签订协议。".into(),
        name: name.map(str::to_owned),
    };
    ListView {
        card: ListCard {
            org: org(),
            kind,
            number: 2,
            at: at("2026-11-20T02:00:00Z"),
            sets: 2,
            is_newest,
        },
        lines: vec![
            line("中小学校基本信息", Some("307021000000-000001")),
            line("已撤回", None),
        ],
    }
}

pub(crate) fn numbers() -> Statistics {
    Statistics {
        sets: 43,
        unconditional: 40,
        conditional: 3,
        orgs: 12,
        rows: 310_482,
        files: 240,
        downloads: 12_345,
        by_theme: vec![("教育文化".into(), 8), ("交通出行".into(), 5)],
        by_org: vec![("永州市教育局".into(), 8)],
        most_downloaded: vec![("307021000000-000001".into(), "中小学校基本信息".into(), 12_034)],
        downloads_by_day: vec![("2026-11-22".into(), 30), ("2026-11-23".into(), 12)],
    }
}
