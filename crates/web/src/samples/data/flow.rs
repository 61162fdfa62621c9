//! Deliveries, grants, finds, systems and days in the samples.

use app::{
    calendar,
    catalogue::Deed,
    delivery::{DeliveryRow, DeliveryView, Progress, Stage},
    grants::{Example, GrantCall, GrantCalls, GrantItem, GrantLists, GrantRow, GrantView, Usage, UsageDay},
    search, systems,
};
use jiff::{ToSpan, civil::date};
use rules::{
    catalogue::ShareKind,
    delivery::{BatchKind, BatchState, Dimension, RowFault, Score, ScorePart},
    grant::{GrantState, Mask, Operation, Purpose},
    law::Regulation::Yongzhou,
    procedure::{Word, compilation},
};

use super::{content, deed, items, now, terms};

pub(in crate::samples) fn scores() -> Vec<Score> {
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

pub(in crate::samples) fn delivery(state: BatchState) -> DeliveryView {
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

pub(in crate::samples) fn delivery_rows() -> Vec<DeliveryRow> {
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

pub(in crate::samples) fn grants() -> GrantLists {
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

pub(in crate::samples) fn grant() -> GrantView {
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

pub(in crate::samples) fn usage() -> Usage {
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

pub(in crate::samples) fn found() -> search::Found {
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

pub(in crate::samples) fn systems() -> Vec<systems::SystemView> {
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

pub(in crate::samples) fn days() -> Vec<calendar::DayLine> {
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

pub(in crate::samples) fn calls() -> GrantCalls {
    let call = |index, rows, refusal: Option<&str>| GrantCall {
        index,
        at: now(),
        system_name: "城乡居民医保参保系统".into(),
        operation: Some(Operation::Query),
        purpose: Purpose::Basis.label().into(),
        matter: "参保登记-202611230187".into(),
        items: vec!["区划代码".into(), "名称".into(), "负责人".into()],
        rows,
        refusal: refusal.map(str::to_owned),
    };
    GrantCalls {
        lines: vec![
            call(41_902, 1, None),
            call(41_877, 0, Some("信息项不在授权范围")),
            call(41_860, 25, None),
        ],
        before: Some(41_860),
    }
}
