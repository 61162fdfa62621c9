//! What the samples show: the views that `app` would give, of a city that is made up.

use app::{
    Ctx, cases,
    catalogue::{self, Deed, EntryView, MetadataLine, VersionLine},
    people::Session,
};
use jiff::{Timestamp, civil::date};
use rules::{
    catalogue::{Code, Content, CrossRule, Item, ItemClass, ItemType, Semantic, ShareKind},
    delivery::BatchState,
    law::Regulation::Yongzhou,
    people::{Actor, Level, Org, OrgKind, Role},
    procedure::compilation,
};

use crate::session::{Address, Me};

mod flow;
mod work;

pub(super) use flow::*;
pub(super) use work::*;

/// The instant of every sample.
pub(super) fn now() -> Timestamp {
    "2026-11-23T08:05:00Z".parse().unwrap()
}

pub(super) fn org(id: &str, name: &str) -> Org {
    Org {
        id: id.into(),
        name: name.into(),
        kind: OrgKind::Agency,
        level: Level::City,
        region: "431100".into(),
        credit_code: "11430000006122244L".into(),
        front_code: "30702101".into(),
        authority: "authority".into(),
        confirmer: "confirmer".into(),
    }
}

pub(super) fn ctx(name: &str, org_name: &str, roles: &[Role]) -> Ctx {
    let actor = Actor {
        user: "u1".into(),
        name: name.into(),
        org: org("mz", org_name),
        roles: roles.to_vec(),
    };
    Ctx { actor, now: now() }
}

/// The page of somebody at `path`.
pub(super) fn me(path: &str, roles: &[Role]) -> Me {
    let ctx = ctx("唐晓梅", "永州市民政局", roles);
    let session = Session {
        actor: ctx.actor,
        csrf: "sample-token".into(),
        must_change_password: false,
    };
    let address = Address {
        path: path.into(),
        is_secure: false,
        host: "127.0.0.1:8080".into(),
    };
    Me::new(session, "token".into(), now(), address)
}

fn item(name: &str, title: &str, kind: ItemType, length: Option<u32>, samples: &[&str]) -> Item {
    Item {
        name: name.into(),
        title: title.into(),
        kind,
        length,
        is_required: true,
        samples: samples.iter().map(|it| (*it).to_owned()).collect(),
        ..Item::default()
    }
}

pub(super) fn items() -> Vec<Item> {
    let code = |code: &str, label: &str| Code {
        code: code.into(),
        label: label.into(),
    };
    vec![
        Item {
            is_key: true,
            is_condition: true,
            semantic: Semantic::DivisionCode,
            ..item(
                "code",
                "区划代码",
                ItemType::Text,
                Some(9),
                &["431122100", "431122101", "431122102"],
            )
        },
        Item {
            is_condition: true,
            ..item(
                "name",
                "名称",
                ItemType::Text,
                Some(30),
                &["白牙市镇", "大庙口镇", "紫溪市镇"],
            )
        },
        Item {
            is_condition: true,
            semantic: Semantic::DivisionCode,
            ..item("area", "所属县区", ItemType::Text, Some(6), &["431122", "431123"])
        },
        Item {
            codes: vec![
                code("110", "主城区"),
                code("121", "镇中心区"),
                code("220", "村庄"),
            ],
            ..item("class", "城乡分类", ItemType::Text, Some(3), &["110", "121"])
        },
        Item {
            class: ItemClass::Identifier,
            semantic: Semantic::PersonName,
            note: "现任".into(),
            ..item("head", "负责人姓名", ItemType::Text, Some(20), &["唐*", "蒋*"])
        },
        Item {
            is_required: false,
            scale: Some(2),
            ..item(
                "size",
                "面积（平方公里）",
                ItemType::Decimal,
                Some(10),
                &["128.40"],
            )
        },
        Item {
            is_required: false,
            ..item("since", "设立日期", ItemType::Date, None, &["1984-05-01"])
        },
        Item {
            is_required: false,
            ..item("changed", "最近变更日期", ItemType::Date, None, &["2021-08-20"])
        },
    ]
}

pub(super) fn content() -> Content {
    Content {
        title: "乡镇街道区划信息".into(),
        summary: "全市乡镇、街道的区划代码、名称、隶属关系、城乡分类和面积，来源于民政部门区划管理业务。".into(),
        keywords: vec!["区划".into(), "乡镇".into(), "街道".into()],
        class_path: vec!["部门政务信息资源".into(), "湖南省".into(), "永州市".into(), "市民政局".into()],
        items: items(),
        cross_rules: vec![CrossRule::NotBefore { earlier: "since".into(), later: "changed".into() }],
        share: ShareKind::Conditional,
        share_reason: "含有乡镇负责人姓名等个人信息。".into(),
        share_basis: "《中华人民共和国个人信息保护法》第三十四条：国家机关为履行法定职责处理个人信息，应当依照法律、行政法规规定的权限、程序进行。".into(),
        share_conditions: "提供给因履行法定职责需要的政务部门，姓名脱敏提供。".into(),
        usage_scope: "全市各级政务部门履行职责使用。".into(),
        open_reason: "含有个人信息。".into(),
        open_basis: "《永州市政务大数据管理办法》第二十三条第（三）项。".into(),
        person: "唐晓梅".into(),
        phone: "0746-8321234".into(),
        refused_permille_max: 50,
        ..Content::default()
    }
}

fn metadata() -> Vec<MetadataLine> {
    let content = content();
    let lines = crate::pages::entries::lines(&content).into_iter();
    let label =
        |field: &str| -> &'static str { Box::leak(catalogue::field_label(&content, field).into_boxed_str()) };
    lines
        .map(|(field, value)| MetadataLine {
            field,
            label: label(field),
            value,
        })
        .collect()
}

fn version(version: i64, changes: usize) -> VersionLine {
    VersionLine {
        version,
        published_on: date(2026, 6, version as i8),
        published_by: "周立".into(),
        title: "乡镇街道区划信息".into(),
        changes,
    }
}

pub(super) fn versions() -> Vec<VersionLine> {
    vec![version(3, 2), version(2, 5), version(1, 0)]
}

fn deed(name: &'static str, label: &'static str, why_not: Option<&str>) -> Deed {
    let why_not = why_not.map(str::to_owned);
    Deed {
        name,
        label,
        is_allowed: why_not.is_none(),
        why_not,
        cites: Some(Yongzhou.art(18)),
    }
}

pub(super) fn entry() -> EntryView {
    EntryView {
        id: "01JD0ENTRY".into(),
        code: "30702101/000012".into(),
        state: compilation::State::Published.word(),
        revision: 7,
        content: content(),
        is_draft: false,
        published: Some(version(3, 2)),
        provider: org("mz", "永州市民政局"),
        authority_name: "永州市行政审批服务局".into(),
        metadata: metadata(),
        case: None,
        next: Vec::new(),
        deeds: vec![
            deed("apply", "申请使用", None),
            deed("claim", "申领使用", Some("该目录为有条件共享，请提交申请。")),
            deed("deliver", "归集数据", Some("由提供部门的数据工程师办理。")),
        ],
        signatures: Vec::new(),
        review_notes: Vec::new(),
        review_words: String::new(),
        gaps: Vec::new(),
        duplicates: Vec::new(),
        versions: versions(),
        rows: Some(41_352),
        last_delivery: Some(catalogue::LastDelivery {
            id: "01JD0DELIVERY".into(),
            at: now(),
            state: BatchState::Loaded,
            rows: 41_352,
            refused: 12,
        }),
        grants: 3,
        own_grants: vec!["01JD0GRANT".into()],
        changed_by: "唐晓梅".into(),
        changed_at: now(),
    }
}

/// The same as a draft that the reviewer sent back.
pub(super) fn draft() -> EntryView {
    let mut view = entry();
    view.state = compilation::State::Returned.word();
    view.is_draft = true;
    view.content.usage_scope.clear();
    view.content.share_basis.clear();
    view.gaps = view.content.gaps();
    view.published = None;
    view.versions.clear();
    view.deeds = vec![
        deed("edit", "编辑", None),
        deed("deliver", "归集数据", Some("目录发布后才能归集数据。")),
    ];
    view.case = Some("01JD0CASE".into());
    view.next = vec![
        next(compilation::Step::Submit.word(), true),
        next(compilation::Step::Publish.word(), false),
    ];
    view.review_words = "总体清楚，补充依据后可发布。".into();
    view.review_notes = vec![
        cases::FieldReason {
            field: "share_basis".into(),
            label: "共享类型依据".into(),
            words: "请写明条款原文。".into(),
        },
        cases::FieldReason {
            field: "items.4".into(),
            label: "信息项“负责人姓名”".into(),
            words: "是否必要？".into(),
        },
    ];
    view.duplicates = vec![catalogue::Duplicate {
        entry: "other".into(),
        title: "乡镇行政区划基本信息".into(),
        provider_name: "永州市自然资源和规划局".into(),
        score: 78,
        title_score: 70,
        shared_items: vec!["区划代码".into(), "名称".into(), "面积（平方公里）".into()],
    }];
    view.signatures = vec![
        catalogue::Signature {
            org: "a".into(),
            org_name: "永州市公安局".into(),
            signed: Some(("李强".into(), now())),
        },
        catalogue::Signature {
            org: "b".into(),
            org_name: "永州市统计局".into(),
            signed: None,
        },
    ];
    view.rows = None;
    view.last_delivery = None;
    view
}
