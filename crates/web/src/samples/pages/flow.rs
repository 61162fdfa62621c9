//! Pages of deliveries, requests, grants and cases.

use app::requests::Application;
use jiff::civil::date;
use rules::{
    clock::Colour,
    delivery::BatchState,
    people::Role::{Clerk, Head, Reviewer},
};

use super::{Album, data, frame};
use crate::{
    form::Fields,
    pages::{
        Done,
        cases::{self, terms},
        deliveries, grants, requests,
    },
    ui::{Choice, Form},
};

pub(super) fn add(all: &mut Album) {
    delivering(all);
    sharing(all);
    using(all);
    handling(all);
}

fn delivering(all: &mut Album) {
    let at = |title: &str| {
        frame("/deliveries/1", title)
            .crumb("/entries", "数据目录")
            .crumb("/entries/1", "乡镇街道区划信息")
    };
    let form = Form::of(Fields::new().with("batch", "202611231605").with("kind", "full"));
    all.add(
        "deliveries/new",
        deliveries::deliver_page(
            at("归集数据"),
            &data::entry(),
            form,
            "https://yishu.yongzhou.gov.cn",
        ),
    );
    all.add(
        "deliveries/list",
        deliveries::list_page(at("归集记录"), "1", &data::delivery_rows(), true),
    );
    let rows = data::delivery_rows().into_iter();
    let recents = app::delivery::Recents {
        lines: rows.map(|it| (it, "永州市民政局".to_owned())).collect(),
        next: Some("1-2".to_owned()),
    };
    all.add(
        "deliveries/recent",
        deliveries::recent::page(
            frame("/deliveries", "归集记录"),
            &deliveries::recent::Asked::default(),
            &recents,
        ),
    );
    all.add(
        "deliveries/list-none",
        deliveries::list_page(at("归集记录"), "1", &[], true),
    );
    all.add(
        "deliveries/show-checking",
        deliveries::page(at("批次"), &data::delivery(BatchState::Checking), true),
    );
    let mut loaded = deliveries::page(at("批次"), &data::delivery(BatchState::Loaded), true);
    let row = |number, value: &str, reason: &str| app::delivery::RefusedRow {
        number,
        item: "区划代码（code）".into(),
        value: value.into(),
        reason: reason.into(),
    };
    loaded.rows = vec![
        row(17, "43110301", "行政区划代码不正确"),
        row(96, "", "必填项为空"),
    ];
    all.add("deliveries/show", loaded);
    all.add(
        "deliveries/show-refused",
        deliveries::page(at("批次"), &data::delivery(BatchState::Refused), false),
    );
}

fn sharing(all: &mut Album) {
    let at = |title: &str| {
        frame("/entries/1", title)
            .crumb("/entries", "数据目录")
            .crumb("/entries/1", "乡镇街道区划信息")
    };
    let entry = data::entry();
    all.add(
        "requests/claim",
        requests::claim_page(at("申领使用"), &entry, Form::empty()),
    );
    let today = date(2026, 11, 23);
    let fields = terms::fields_for_new(today);
    all.add(
        "requests/apply",
        requests::apply_page(
            at("申请使用"),
            &entry,
            Form::of(fields.clone()),
            Vec::new(),
            today,
        ),
    );
    let mut form = Form::of(fields);
    terms::read(&mut form, &entry.content);
    let systems_chosen = vec![Choice::new("a", "城乡居民医保参保系统")];
    all.add(
        "requests/apply-wrong",
        requests::apply_page(at("申请使用"), &entry, form, systems_chosen, today),
    );
    let application = Application {
        terms: data::terms(),
        duty: "《医疗保障基金使用监督管理条例》第六条".into(),
        system: "城乡居民医保参保系统".into(),
        frequency: "窗口办件时逐笔查询".into(),
    };
    let fields = terms::fields_of(&application.terms);
    all.add(
        "requests/check",
        requests::check_page(at("核对申请内容"), &entry, &application, &fields, today),
    );
}

fn using(all: &mut Album) {
    let grants_frame = |title: &str| frame("/grants/1", title).crumb("/grants", "授权使用");
    all.add(
        "grants/list",
        grants::list_page(frame("/grants", "授权使用"), &data::grants()),
    );
    all.add(
        "grants/list-none",
        grants::list_page(frame("/grants", "授权使用"), &Default::default()),
    );
    let done = Done { done: "claim".into() };
    let usage = data::usage();
    let origin = "http://127.0.0.1:8080";
    all.add(
        "grants/show",
        grants::page(
            grants_frame("乡镇街道区划信息"),
            &data::grant(),
            Some(&usage),
            origin,
            &done,
        ),
    );
    let calls = data::calls();
    let between = "永州市民政局 → 永州市医疗保障局".to_owned();
    all.add(
        "grants/calls",
        grants::calls::page(grants_frame("调用明细"), "1", between, &calls, true),
    );
    let mut provider = grants::page(
        grants_frame("乡镇街道区划信息"),
        &data::grant(),
        Some(&usage),
        origin,
        &Done::default(),
    );
    provider.curl = None;
    provider.calls = grants::calls::CallsTable::of(&calls, 10);
    all.add("grants/show-provider", provider);
    let me = data::me("/grants/1", &[Head]);
    let suspend = grants::switch::page(&me, &data::grant(), &grants::switch::SUSPEND, Form::empty(), 2);
    all.add("confirm-suspend", suspend);
    let mut form = Form::empty();
    form.wrong("reason", "请填写终止的理由。");
    let terminate = grants::switch::page(&me, &data::grant(), &grants::switch::TERMINATE, form, 2);
    all.add("confirm-terminate", terminate);
    doubting(all);
}

fn doubting(all: &mut Album) {
    let me = data::me("/grants/1", &[Clerk]);
    let item = |n: usize| (format!("item{n}"), format!("信息项{n}"));
    let about = |items| app::corrections::DoubtForm {
        title: "乡镇街道区划信息".to_owned(),
        provider_name: "永州市民政局".to_owned(),
        key: vec![("code".to_owned(), "区划代码".to_owned())],
        items: (0..items).map(item).collect(),
    };
    all.add(
        "grants/doubt",
        grants::doubt::page(&me, "1", &about(4), Form::empty()),
    );
    let mut form = Form::empty();
    form.wrong("key.code", "按该授权没有获取过这条记录，或者记录已不存在。");
    all.add(
        "grants/doubt-wrong",
        grants::doubt::page(&me, "1", &about(20), form),
    );
}

fn matter(view: &app::cases::CaseView) -> cases::matter::Matter {
    cases::matter::Matter::of(view, Some(&data::entry()), &[])
}

fn before(view: &app::cases::CaseView) -> cases::step::Before {
    cases::step::Before {
        matter: matter(view),
        entry: data::content(),
    }
}

fn handling(all: &mut Album) {
    let today = date(2026, 11, 23);
    let found = app::cases::Cases {
        total: 1204,
        lines: [Some(Colour::Red), Some(Colour::Amber), Some(Colour::Green), None]
            .map(data::case_line)
            .to_vec(),
        next: Some("1-2".into()),
    };
    let asked = cases::list::Asked::default();
    all.add(
        "cases/list",
        cases::list::page(frame("/cases", "办件"), &asked, &found, today),
    );
    let none = app::cases::Cases {
        total: 0,
        lines: Vec::new(),
        next: None,
    };
    all.add(
        "cases/list-none",
        cases::list::page(frame("/cases", "办件"), &asked, &none, today),
    );
    let me = data::me("/cases/1", &[Reviewer]);
    let at = |title: &str| me.frame(title).crumb("/cases", "办件");
    let view = data::case();
    let done = Done { done: "opine".into() };
    all.add(
        "cases/show",
        cases::show::page(at(&view.line.title), &view, &done, today, matter(&view)),
    );
    let review = data::review();
    all.add(
        "cases/show-review",
        cases::show::page(
            at(&review.line.title),
            &review,
            &Done::default(),
            today,
            matter(&review),
        ),
    );
    let form = Form::of(terms::fields_of(&data::terms()));
    all.add(
        "cases/step-grant",
        cases::step::page(&me, &view, &view.next[0], before(&view), form, 4),
    );
    let mut form = Form::empty();
    form.wrong("reason.title", "请至少在一个字段写明退回理由，编目员据此修改。");
    all.add(
        "cases/step-return",
        cases::step::page(&me, &review, &review.next[1], before(&review), form, 4),
    );
}
