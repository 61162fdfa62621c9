//! Pages of opening.

use app::opening::{
    Candidate, EditionLine, ListDraft, ListEntry, Lists, MeasureView, PlanItem, PlanView, Preview,
    ReleaseLine, ReleaseState, Stage,
};
use jiff::Timestamp;
use rules::{
    catalogue::{Item, ItemClass, OpenKind},
    release::{MaskRule, Treatment},
};

use super::{Album, frame};
use crate::{
    form::Fields,
    pages::opening::{
        self,
        list::{self, Asked},
        lists,
    },
    ui::Form,
};

pub(super) fn add(all: &mut Album) {
    let at = |path, title: &str| frame(path, title);
    let candidates = [candidate(Stage::Open), candidate(Stage::Planned)];
    all.add(
        "opening/list",
        list::list_page(at("/opening", "开放管理"), &candidates, &Asked::default()),
    );
    all.add(
        "opening/list-empty",
        list::list_page(at("/opening", "开放管理"), &[], &Asked::default()),
    );
    let asked = Asked {
        q: "没有这样的".to_owned(),
        ..Asked::default()
    };
    all.add(
        "opening/list-none",
        list::list_page(at("/opening", "开放管理"), &candidates, &asked),
    );
    let view = view();
    let plan = at("/opening/1", "零售药店名录的开放方案").crumb("/opening", "开放管理");
    let mut form = Form::of(Fields::new().with("rule-0", "keep").with("risk_words", ""));
    all.add(
        "opening/plan",
        opening::plan_page(plan.clone(), &view, form.clone(), 3),
    );
    form.wrong("rule-1", "信息项“负责人”涉及个人隐私，应当脱敏后开放。");
    form.wrong("risk_words", "请写明为什么没有风险。");
    all.add("opening/plan-wrong", opening::plan_page(plan, &view, form, 3));
    let read_only = PlanView {
        may_prepare: false,
        preview: None,
        measure: None,
        releases: Vec::new(),
        withdrawn: Some((Timestamp::UNIX_EPOCH, "收到异议，先行撤回。".to_owned())),
        ..view.clone()
    };
    let plan = at("/opening/1", "零售药店名录的开放方案");
    all.add(
        "opening/plan-read",
        opening::plan_page(plan, &read_only, Form::empty(), 3),
    );
    let withdraw = at("/opening/1/withdraw", "撤回开放数据").crumb("/opening", "开放管理");
    all.add(
        "confirm-withdraw-open",
        opening::withdraw_page(withdraw, &view, Form::empty()),
    );
    let own = own_lists();
    let page = at("/opening/lists", "开放清单").crumb("/opening", "开放管理");
    all.add("opening/lists", lists::lists_page(page, &own));
    let page = at("/opening/lists/unconditional", "发布开放清单").crumb("/opening", "开放管理");
    all.add(
        "confirm-publish-list",
        lists::publish_page(page, &own, &own.drafts[0], Form::empty()),
    );
}

fn candidate(stage: Stage) -> Candidate {
    let is_open = stage == Stage::Open;
    let missing = ["尚未编制开放方案。", "尚未列入本单位最新一期开放清单。"];
    Candidate {
        entry: "1".into(),
        code: "307021000000/000001".to_owned(),
        title: "零售药店名录".to_owned(),
        org_name: "永州市市场监督管理局".to_owned(),
        kind: OpenKind::Unconditional,
        stage,
        missing: match is_open {
            true => Vec::new(),
            false => missing.map(str::to_owned).to_vec(),
        },
        number: is_open.then_some(2),
        case: is_open.then(|| "2".into()),
        name: is_open.then(|| "307021000000-000001".to_owned()),
        has_data: true,
    }
}

fn view() -> PlanView {
    let item = |title: &str, class, rule, gap: Option<&str>| PlanItem {
        item: Item {
            name: title.to_owned(),
            title: title.to_owned(),
            class,
            ..Item::default()
        },
        rule,
        gap: gap.map(str::to_owned),
        blurs_key: false,
    };
    let rows = |rows: &[[&str; 2]]| {
        let row = |it: &[&str; 2]| it.map(|it| Some(it.to_owned())).to_vec();
        rows.iter().map(row).collect()
    };
    let titles = || ["药店名称", "负责人"].map(str::to_owned).to_vec();
    let veiled = Some(MaskRule::of(Treatment::Name));
    PlanView {
        candidate: candidate(Stage::Open),
        revision: 3,
        entry_version: 1,
        items: vec![
            item("药店名称", ItemClass::Plain, Some(MaskRule::Keep), None),
            item("负责人", ItemClass::Identifier, veiled, None),
            item(
                "联系电话",
                ItemClass::Identifier,
                None,
                Some("没有脱敏规则，只能不予开放。"),
            ),
        ],
        risk_words: "均为依法公示的登记信息。".to_owned(),
        theme: String::new(),
        theme_of_class: rules::theme::theme_of(&[]),
        is_saved: true,
        prepared: Some(("唐小敏".to_owned(), Timestamp::UNIX_EPOCH)),
        gaps: Vec::new(),
        preview: Some(Preview {
            before_titles: titles(),
            before: rows(&[["潇湘大药房", "王小芳"]]),
            after_titles: titles(),
            after: rows(&[["潇湘大药房", "王**"]]),
        }),
        measure: Some(MeasureView {
            quasi: vec!["负责人".to_owned()],
            rows: 1204,
            k_min: 3,
            rows_unique: 0,
            rows_below_k: 12,
            is_stale: false,
        }),
        releases: vec![ReleaseLine {
            number: 2,
            state: ReleaseState::Current,
            rows: 1204,
            asked_at: Timestamp::UNIX_EPOCH,
            made_at: Some(Timestamp::UNIX_EPOCH),
            people: ("唐小敏".to_owned(), "蒋勇".to_owned()),
            sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned(),
            message: String::new(),
            case: "2".into(),
        }],
        withdrawn: None,
        may_prepare: true,
        may_withdraw: true,
    }
}

fn own_lists() -> Lists {
    let entry = |title: &str, why_not: Option<&str>| ListEntry {
        entry: "1".into(),
        code: "307021000000/000001".to_owned(),
        title: title.to_owned(),
        is_listed: why_not.is_none(),
        why_not: why_not.map(str::to_owned),
    };
    let draft = |kind, entries| ListDraft {
        kind,
        number: 3,
        entries,
        leaving: vec!["药品抽检结果".to_owned()],
    };
    Lists {
        org_name: "永州市市场监督管理局".to_owned(),
        org_slug: "01jd".to_owned(),
        drafts: vec![
            draft(
                OpenKind::Unconditional,
                vec![
                    entry("零售药店名录", None),
                    entry("食品经营许可", Some("尚无通过保密审查的开放快照。")),
                ],
            ),
            draft(OpenKind::Conditional, Vec::new()),
        ],
        editions: vec![EditionLine {
            kind: OpenKind::Unconditional,
            number: 2,
            at: Timestamp::UNIX_EPOCH,
            sets: 1,
            by: "蒋勇".to_owned(),
        }],
        may_publish: true,
    }
}
