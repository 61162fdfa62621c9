//! What the samples show: the views that `app` would give, of a city that is made up.

use std::collections::BTreeMap;

use app::{
    Ctx, calendar, cases,
    catalogue::{self, Deed, EntryView, MetadataLine, VersionLine},
    delivery::{DeliveryRow, DeliveryView, Progress, Stage},
    grants::{Example, GrantItem, GrantLists, GrantRow, GrantView, Usage, UsageDay},
    people::Session,
    search, systems,
};
use jiff::{Timestamp, ToSpan, civil::date};
use rules::{
    catalogue::{Code, Content, CrossRule, Item, ItemClass, ItemType, Semantic, ShareKind},
    clock::{Colour, Standing},
    delivery::{BatchKind, BatchState, Dimension, RowFault, Score, ScorePart},
    grant::{GrantState, Mask, Operation, Purpose, RowFilter, Terms},
    law::Regulation::Yongzhou,
    people::{Actor, Level, Office, Org, OrgKind, Role},
    procedure::{Procedure, Word, compilation, request},
};

use crate::session::{Address, Me};

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

pub(super) fn items() -> Vec<Item> {
    let item = |name: &str, title: &str, kind, length, samples: &[&str]| Item {
        name: name.into(),
        title: title.into(),
        kind,
        length,
        is_required: true,
        samples: samples.iter().map(|it| (*it).to_owned()).collect(),
        ..Item::default()
    };
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

pub(super) fn terms() -> Terms {
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

fn next(step: Word, is_allowed: bool) -> cases::Next {
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

pub(super) fn case_line(colour: Option<Colour>) -> cases::CaseLine {
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

pub(super) fn todos() -> Vec<cases::Todo> {
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

pub(super) fn case() -> cases::CaseView {
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
    let history = vec![
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
    ];
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
        history,
        next: vec![
            next(request::Step::Grant.word(), true),
            next(request::Step::Refuse.word(), true),
            next(request::Step::Withdraw.word(), false),
        ],
        about: cases::About::Lines(about.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec()),
        terms: Some(terms()),
        related: vec![case_line(None)],
    }
}

/// The review of an entry, whose step asks for a reason per field.
pub(super) fn review() -> cases::CaseView {
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

pub(super) fn scores() -> Vec<Score> {
    let part = |code: &str, label: &str, good, all| ScorePart {
        code: code.into(),
        label: label.into(),
        good,
        all,
    };
    let parts = [
        vec![
            part("0101", "数据标准符合性", 41_340, 41_352),
            part("0103", "元数据符合性", 8, 8),
        ],
        vec![
            part("0201", "数据元素完整性", 329_990, 330_816),
            part("0202", "数据记录完整性", 41_352, 41_352),
        ],
        vec![
            part("0301", "数据内容正确性", 41_347, 41_352),
            part("0302", "数据格式合规性", 41_345, 41_352),
        ],
        vec![part("0402", "关联数据一致性", 40_998, 41_352)],
        vec![],
        vec![part("0601", "可访问", 1, 1)],
    ];
    Dimension::ALL
        .iter()
        .zip(parts)
        .map(|(dimension, parts)| Score {
            dimension: *dimension,
            parts,
        })
        .collect()
}

pub(super) fn delivery(state: BatchState) -> DeliveryView {
    let is_checking = state == BatchState::Checking;
    DeliveryView {
        id: "01JD0DELIVERY".into(),
        entry: "01JD0ENTRY".into(),
        entry_title: "乡镇街道区划信息".into(),
        entry_version: 3,
        batch: "202611230001".into(),
        kind: BatchKind::Full,
        state,
        file_name: "townships.csv".into(),
        file_format: "CSV · GB18030".into(),
        bytes: 2_411_724,
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        received_at: now(),
        received_from: "蒋工（永州市民政局）".into(),
        finished_at: (!is_checking).then(now),
        rows: 41_352,
        accepted: 41_340,
        refused: 12,
        by_fault: if is_checking {
            Vec::new()
        } else {
            vec![
                (RowFault::BadDivision, 7),
                (RowFault::NoSuchDate, 4),
                (RowFault::DuplicateKey, 1),
            ]
        },
        scores: if is_checking { Vec::new() } else { scores() },
        rows_after: (!is_checking).then_some(41_340),
        data_version: None,
        refusal_words: if state == BatchState::Refused {
            "拒收行占 31.2%，超过目录规定的 5%。请按拒收清单修正后，用新的批次号重新报送。".into()
        } else {
            String::new()
        },
        refusal_code: if state == BatchState::Refused {
            "too-many-refused".into()
        } else {
            String::new()
        },
        has_refusals: !is_checking,
        refused_permille_max: 50,
        progress: is_checking.then_some(Progress {
            stage: Stage::Checking,
            bytes_done: 1_400_000,
            bytes_all: 2_411_724,
            rows: 24_100,
            refused: 8,
        }),
    }
}

pub(super) fn delivery_rows() -> Vec<DeliveryRow> {
    let row = |batch: &str, state, refused, percent| DeliveryRow {
        id: "01JD0DELIVERY".into(),
        entry: "01JD0ENTRY".into(),
        entry_title: "乡镇街道区划信息".into(),
        batch: batch.into(),
        kind: BatchKind::Full,
        state,
        file_name: "townships.csv".into(),
        received_at: now(),
        rows: 41_352,
        refused,
        percent,
    };
    vec![
        row("202611230001", BatchState::Loaded, 12, Some(99.4)),
        row("202611010001", BatchState::Refused, 12_901, Some(68.8)),
    ]
}

fn grant_row(state: GrantState) -> GrantRow {
    GrantRow {
        id: "01JD0GRANT".into(),
        entry: "01JD0ENTRY".into(),
        entry_title: "乡镇街道区划信息".into(),
        consumer: "yb".into(),
        consumer_name: "永州市医疗保障局".into(),
        provider: "mz".into(),
        provider_name: "永州市民政局".into(),
        purpose: Purpose::Basis,
        items: 4,
        until: date(2027, 11, 30),
        state,
        is_expired: false,
        calls_today: 1_284,
        calls_per_day_max: 20_000,
    }
}

pub(super) fn grants() -> GrantLists {
    GrantLists {
        used: vec![],
        provided: vec![
            grant_row(GrantState::Active),
            grant_row(GrantState::Suspended),
            grant_row(GrantState::Terminated),
        ],
        overseen: vec![],
    }
}

pub(super) fn grant() -> GrantView {
    let item = |name: &str, title: &str, mask, is_key| GrantItem {
        name: name.into(),
        title: title.into(),
        mask,
        is_condition: is_key,
        is_key,
    };
    GrantView {
        row: grant_row(GrantState::Active),
        terms: terms(),
        granted: vec![
            item("code", "区划代码", Mask::Clear, true),
            item("name", "名称", Mask::Clear, false),
            item("area", "所属县区", Mask::Clear, false),
            item("head", "负责人姓名", Mask::Name, false),
        ],
        given_at: now(),
        case: Some("01JD0CASE".into()),
        reason: String::new(),
        revision: 2,
        cases: vec![("01JD0CASE".into(), "使用违规报告 报〔2026〕000001".into())],
        deeds: vec![
            Deed {
                cites: Some(Yongzhou.art(19)),
                ..deed("suspend", "暂停提供", None)
            },
            deed("resume", "恢复提供", Some("授权没有暂停。")),
            Deed {
                cites: Some(Yongzhou.art(19)),
                ..deed("terminate", "终止提供", None)
            },
            deed("dispute", "提出争议", None),
        ],
        example: Example {
            method: "POST",
            path: "/api/v1/grants/01JD0GRANT/query".into(),
            body: "{\"purpose\":\"basis\",\"matter\":\"参保登记\",\"where\":{\"code\":\"（区划代码）\"}}"
                .into(),
        },
    }
}

pub(super) fn usage() -> Usage {
    let day = |back: i64| UsageDay {
        day: date(2026, 11, 23).checked_sub(back.days()).unwrap(),
        operation: if back % 5 == 0 {
            Operation::Verify
        } else {
            Operation::Query
        },
        calls: (40 - back as u64) * 31 + (back as u64 * 379) % 500,
        rows: (40 - back as u64) * 55,
        refused: (back as u64 * 7) % 40,
    };
    Usage {
        days: (0..30).map(day).collect(),
        calls: 21_204,
        rows: 35_340,
        refused: 410,
    }
}

pub(super) fn found() -> search::Found {
    let hit = |title: &str, share, state: Word, rows| search::Hit {
        id: "01JD0ENTRY".into(),
        code: "30702101/000012".into(),
        title: title.into(),
        summary: content().summary,
        provider_name: "永州市民政局".into(),
        share,
        open: Default::default(),
        kind: Default::default(),
        cycle: Default::default(),
        state,
        items: items().into_iter().map(|it| it.title).collect(),
        rows,
        changed_on: date(2026, 11, 20),
    };
    let published = compilation::State::Published.word();
    let value = |name: &str, label: &str, count, is_chosen| search::FacetValue {
        name: name.into(),
        label: label.into(),
        count,
        is_chosen,
    };
    let share = search::Facet {
        name: "share".into(),
        label: "共享类型".into(),
        values: vec![
            value("conditional", "有条件共享", 31, true),
            value("unconditional", "无条件共享", 24, false),
        ],
    };
    let provider = search::Facet {
        name: "provider".into(),
        label: "提供部门".into(),
        values: vec![
            value("mz", "永州市民政局", 12, false),
            value("gs", "永州市市场监督管理局", 9, false),
        ],
    };
    search::Found {
        total: 163,
        page_size: 20,
        page: 4,
        hits: vec![
            hit(
                "乡镇街道区划信息",
                ShareKind::Conditional,
                published,
                Some(41_352),
            ),
            hit("行政区划变更公告", ShareKind::Unconditional, published, None),
            hit("区划地名信息", ShareKind::NotShared, published, Some(8)),
        ],
        facets: vec![share, provider],
        drafts: vec![hit(
            "殡葬服务机构信息",
            ShareKind::Unconditional,
            compilation::State::Draft.word(),
            None,
        )],
    }
}

pub(super) fn systems() -> Vec<systems::SystemView> {
    let key = |shown: &str, label: &str, state| systems::KeyLine {
        id: "01JD0KEY".into(),
        shown: shown.into(),
        label: label.into(),
        created_at: now(),
        expires_at: now(),
        state,
    };
    vec![
        systems::SystemView {
            id: "01JD0SYSTEM".into(),
            name: "城乡居民医保参保系统".into(),
            note: "窗口参保登记".into(),
            created_at: now(),
            keys: vec![
                key("yk_7Qm2x", "正式环境", systems::KeyState::Live),
                key("yk_kf81b", "", systems::KeyState::Revoked),
            ],
            why_no_key: None,
        },
        systems::SystemView {
            id: "01JD0SYSTEM2".into(),
            name: "医保结算系统".into(),
            note: String::new(),
            created_at: now(),
            keys: Vec::new(),
            why_no_key: None,
        },
    ]
}

pub(super) fn days() -> Vec<calendar::DayLine> {
    let day = |date, is_worked, name: &str| calendar::DayLine {
        date,
        is_worked,
        name: name.into(),
        is_new: true,
    };
    vec![
        day(date(2026, 10, 1), false, "国庆节"),
        day(date(2026, 10, 10), true, "国庆节"),
    ]
}
