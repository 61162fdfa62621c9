//! Every page once, some in several moods.

use app::{
    calendar, catalogue, evidence, orgs::OrgLine, people::UserLine, requests::Application, systems::NewKey,
};
use askama::Template;
use jiff::civil::date;
use rules::{
    clock::Colour,
    delivery::BatchState,
    law::Regulation::Yongzhou,
    people::Role::{self, *},
};

use super::{Sample, data};
use crate::{
    form::Fields,
    frame::Frame,
    pages::{
        Done, admin,
        cases::{self, terms},
        deliveries,
        entries::{self, edit, items},
        evidence as evidence_page, grants, help, home, problem, requests, sign_in, systems,
    },
    problem::Problem,
    ui::{Choice, Form, Notice, Tone},
};

const ALL: &[Role] = Role::ALL;

fn frame(path: &str, title: &str) -> Frame {
    data::me(path, ALL).frame(title)
}

fn add(all: &mut Vec<Sample>, name: &'static str, page: impl Template) {
    all.push(Sample {
        name,
        html: page.render().unwrap(),
    });
}

/// Every sample.
pub(crate) fn all() -> Vec<Sample> {
    let mut all = Vec::new();
    doors(&mut all);
    compiling(&mut all);
    reading(&mut all);
    delivering(&mut all);
    sharing(&mut all);
    handling(&mut all);
    keeping(&mut all);
    all
}

fn doors(all: &mut Vec<Sample>) {
    let mut locked = Form::of(Fields::new().with("login", "tang.xm").with("next", "/"));
    locked.wrong(
        "",
        "密码连续输错次数过多，账号已锁定。请于15分钟后再试，或联系系统管理员重置密码。",
    );
    add(
        all,
        "sign_in",
        sign_in::SignInPage {
            frame: Frame::public("登录"),
            form: Form::empty(),
        },
    );
    let frame_wrong = Frame::public("登录").wrong(true);
    add(
        all,
        "sign_in-locked",
        sign_in::SignInPage {
            frame: frame_wrong,
            form: locked,
        },
    );
    add(
        all,
        "password",
        sign_in::password_page(&data::me("/password", ALL), Form::empty()),
    );
    add(
        all,
        "help",
        help::HelpPage {
            frame: frame("/help", "使用帮助"),
        },
    );
    add(
        all,
        "law",
        help::LawPage {
            frame: frame("/law", "办法与平台").crumb("/help", "使用帮助"),
        },
    );
    let me = data::me("/", ALL);
    let address = me.address.clone();
    let refused =
        app::Refused::forbidden("denied", "“答复共享申请”由政务数据主管部门办理。").citing(Yongzhou.art(18));
    add(
        all,
        "problem-403",
        problem::ProblemPage::new(&refused.into(), Some(&me), &address, "7KQ2M9XW4T"),
    );
    add(
        all,
        "problem-404",
        problem::ProblemPage::new(&Problem::NotFound, None, &address, "7KQ2M9XW4T"),
    );
    let todos = data::todos();
    add(
        all,
        "home",
        home::page(
            &me,
            &todos,
            Some(Notice::new(
                Tone::Amber,
                "《办法》有效期将届满",
                "将于2027年7月17日届满。",
            )),
        ),
    );
    add(
        all,
        "home-empty",
        home::page(&data::me("/", &[Cataloguer]), &[], None),
    );
}

fn compiling(all: &mut Vec<Sample>) {
    let at = |title: &str| {
        frame("/entries/1", title)
            .crumb("/entries", "数据目录")
            .crumb("/entries/1", "乡镇街道区划信息")
    };
    let mut form = Form::empty();
    form.wrong("file", "请选择一份样表；没有样表时，选择“不上传样表”。");
    add(
        all,
        "entries/new",
        entries::new::NewEntryPage {
            frame: at("编制新目录"),
            form: Form::empty(),
        },
    );
    add(
        all,
        "entries/new-wrong",
        entries::new::NewEntryPage {
            frame: at("编制新目录").wrong(true),
            form,
        },
    );
    let draft = data::draft();
    let fields = items::fields_of(&draft.content);
    let notice = Notice::new(
        Tone::Green,
        "从样表识别出 8 个信息项",
        "请核对名称、类型、主键和个人信息类别，需要改的直接改。",
    );
    let items_frame = at("信息项").notice(Some(notice));
    add(
        all,
        "entries/items",
        items::page(items_frame, &draft, Form::of(fields.clone()), 7, None),
    );
    let mut wrong = Form::of(fields);
    wrong.wrong("items.1.length", "“名称”的长度应为不超过 10000000 的整数。");
    add(
        all,
        "entries/items-wrong",
        items::page(at("信息项"), &draft, wrong, 7, Some(3)),
    );
    add(all, "entries/tasks", edit::tasks_page(at("编制"), &draft));
    let orgs = [data::org("ga", "永州市公安局"), data::org("tj", "永州市统计局")];
    let names = [
        "entries/edit-naming",
        "entries/edit-provider",
        "entries/edit-share",
        "entries/edit-open",
        "entries/edit-use",
    ];
    for (i, section) in edit::SECTIONS.iter().enumerate() {
        let mut form = Form::of(edit::fields_of(&draft.content));
        for gap in draft
            .gaps
            .iter()
            .filter(|it| edit::section_of(&it.field) == Some(section.name))
        {
            form.wrong(&gap.field, &gap.words);
        }
        add(
            all,
            names[i],
            edit::page(at(section.title), &draft, &orgs, (i, section), form, 7),
        );
    }
    add(
        all,
        "entries/submit-gaps",
        entries::submit::page(at("提交审核"), &draft, Form::empty(), 7),
    );
    add(
        all,
        "entries/submit",
        entries::submit::page(at("提交审核"), &data::entry(), Form::empty(), 7),
    );
    add(
        all,
        "confirm-revise",
        entries::submit::revise_page(at("修订目录"), &data::entry(), Form::empty()),
    );
}

fn reading(all: &mut Vec<Sample>) {
    let params = [
        ("q".to_owned(), "区划".to_owned()),
        ("share".to_owned(), "conditional".to_owned()),
    ]
    .into();
    add(
        all,
        "entries/list",
        entries::list::page(
            frame("/entries", "数据目录"),
            &params,
            "区划",
            &data::found(),
            true,
        ),
    );
    let mut none = data::found();
    (none.total, none.hits, none.drafts) = (0, Vec::new(), Vec::new());
    add(
        all,
        "entries/list-none",
        entries::list::page(frame("/entries", "数据目录"), &params, "桥梁", &none, false),
    );
    let at = |title: &str| frame("/entries/1", title).crumb("/entries", "数据目录");
    let last = data::delivery(BatchState::Loaded);
    let shown = entries::show::page(
        at("乡镇街道区划信息"),
        &data::entry(),
        Some(&last),
        &Done::default(),
    );
    add(all, "entries/show", shown);
    let done = Done {
        done: "submitted".into(),
    };
    add(
        all,
        "entries/show-draft",
        entries::show::page(at("乡镇街道区划信息"), &data::draft(), None, &done),
    );
    add(
        all,
        "entries/versions",
        entries::versions::list_page(at("版本"), "1", &data::versions()),
    );
    let entry = data::entry();
    let version = catalogue::VersionView {
        entry: entry.id.clone(),
        code: entry.code.clone(),
        line: data::versions().remove(0),
        content: data::content(),
        metadata: entry.metadata,
    };
    add(
        all,
        "entries/version",
        entries::versions::version_page(at("第 3 版"), &version),
    );
    let change = |label: &str, kind, before: &str, after: &str| catalogue::Change {
        field: "x".into(),
        label: label.into(),
        kind,
        before: before.into(),
        after: after.into(),
    };
    let difference = catalogue::Difference {
        entry: "1".into(),
        code: entry.code,
        from: data::versions().remove(1),
        to: data::versions().remove(0),
        changes: vec![
            change(
                "共享类型",
                catalogue::ChangeKind::Changed,
                "无条件共享",
                "有条件共享",
            ),
            change("信息项“负责人姓名”", catalogue::ChangeKind::Added, "", "字符型"),
            change("信息项“邮政编码”", catalogue::ChangeKind::Removed, "字符型", ""),
        ],
    };
    add(
        all,
        "entries/difference",
        entries::versions::difference_page(at("版本差异"), &difference),
    );
}

fn delivering(all: &mut Vec<Sample>) {
    let at = |title: &str| {
        frame("/deliveries/1", title)
            .crumb("/entries", "数据目录")
            .crumb("/entries/1", "乡镇街道区划信息")
    };
    let form = Form::of(Fields::new().with("batch", "202611231605").with("kind", "full"));
    add(
        all,
        "deliveries/new",
        deliveries::deliver_page(at("归集数据"), &data::entry(), form),
    );
    add(
        all,
        "deliveries/list",
        deliveries::list_page(at("归集记录"), "1", &data::delivery_rows(), true),
    );
    add(
        all,
        "deliveries/list-none",
        deliveries::list_page(at("归集记录"), "1", &[], true),
    );
    add(
        all,
        "deliveries/show-checking",
        deliveries::page(at("批次"), &data::delivery(BatchState::Checking), true),
    );
    add(
        all,
        "deliveries/show",
        deliveries::page(at("批次"), &data::delivery(BatchState::Loaded), true),
    );
    add(
        all,
        "deliveries/show-refused",
        deliveries::page(at("批次"), &data::delivery(BatchState::Refused), false),
    );
}

fn sharing(all: &mut Vec<Sample>) {
    let at = |title: &str| {
        frame("/entries/1", title)
            .crumb("/entries", "数据目录")
            .crumb("/entries/1", "乡镇街道区划信息")
    };
    let entry = data::entry();
    add(
        all,
        "requests/claim",
        requests::claim_page(at("申领使用"), &entry, Form::empty()),
    );
    let fields = terms::fields_for_new(date(2026, 11, 23));
    add(
        all,
        "requests/apply",
        requests::apply_page(at("申请使用"), &entry, Form::of(fields.clone()), Vec::new()),
    );
    let mut form = Form::of(fields);
    terms::read(&mut form, &entry.content);
    let systems_chosen = vec![Choice::new("a", "城乡居民医保参保系统")];
    add(
        all,
        "requests/apply-wrong",
        requests::apply_page(at("申请使用"), &entry, form, systems_chosen),
    );
    let application = Application {
        terms: data::terms(),
        duty: "《医疗保障基金使用监督管理条例》第六条".into(),
        system: "城乡居民医保参保系统".into(),
        frequency: "窗口办件时逐笔查询".into(),
    };
    let fields = terms::fields_of(&application.terms);
    add(
        all,
        "requests/check",
        requests::check_page(at("核对申请内容"), &entry, &application, &fields),
    );
    let grants_frame = |title: &str| frame("/grants/1", title).crumb("/grants", "授权使用");
    add(
        all,
        "grants/list",
        grants::list_page(frame("/grants", "授权使用"), &data::grants()),
    );
    add(
        all,
        "grants/list-none",
        grants::list_page(frame("/grants", "授权使用"), &Default::default()),
    );
    let done = Done { done: "claim".into() };
    let usage = data::usage();
    let origin = "http://127.0.0.1:8080";
    add(
        all,
        "grants/show",
        grants::page(
            grants_frame("乡镇街道区划信息"),
            &data::grant(),
            Some(&usage),
            origin,
            &done,
        ),
    );
    let me = data::me("/grants/1", &[Head]);
    let suspend = grants::switch::page(&me, &data::grant(), &grants::switch::SUSPEND, Form::empty(), 2);
    add(all, "confirm-suspend", suspend);
    let mut form = Form::empty();
    form.wrong("reason", "请填写终止的理由。");
    let terminate = grants::switch::page(&me, &data::grant(), &grants::switch::TERMINATE, form, 2);
    add(all, "confirm-terminate", terminate);
}

fn handling(all: &mut Vec<Sample>) {
    let today = date(2026, 11, 23);
    let found = app::cases::Cases {
        total: 1204,
        lines: [Some(Colour::Red), Some(Colour::Amber), Some(Colour::Green), None]
            .map(data::case_line)
            .to_vec(),
        next: Some("1-2".into()),
    };
    let asked = cases::list::Asked::default();
    add(
        all,
        "cases/list",
        cases::list::page(frame("/cases", "办件"), &asked, &found, today),
    );
    let none = app::cases::Cases {
        total: 0,
        lines: Vec::new(),
        next: None,
    };
    add(
        all,
        "cases/list-none",
        cases::list::page(frame("/cases", "办件"), &asked, &none, today),
    );
    let me = data::me("/cases/1", &[Reviewer]);
    let at = |title: &str| me.frame(title).crumb("/cases", "办件");
    let view = data::case();
    let done = Done { done: "opine".into() };
    add(
        all,
        "cases/show",
        cases::show::page(at(&view.line.title), &view, &done, today, &data::content()),
    );
    let review = data::review();
    add(
        all,
        "cases/show-review",
        cases::show::page(
            at(&review.line.title),
            &review,
            &Done::default(),
            today,
            &data::content(),
        ),
    );
    let form = Form::of(terms::fields_of(&data::terms()));
    add(
        all,
        "cases/step-grant",
        cases::step::page(&me, &view, &view.next[0], &data::content(), form, 4),
    );
    let mut form = Form::empty();
    form.wrong("reason.title", "请至少在一个字段写明退回理由，编目员据此修改。");
    add(
        all,
        "cases/step-return",
        cases::step::page(&me, &review, &review.next[1], &data::content(), form, 4),
    );
}

fn keeping(all: &mut Vec<Sample>) {
    add(
        all,
        "systems/list",
        systems::list_page(
            frame("/systems", "应用系统"),
            &data::systems(),
            Form::empty(),
            true,
        ),
    );
    add(
        all,
        "systems/list-none",
        systems::list_page(frame("/systems", "应用系统"), &[], Form::empty(), false),
    );
    let me = data::me("/systems", &[Engineer]);
    let form = Form::of(Fields::new().with("days", "180"));
    add(
        all,
        "systems/key",
        systems::key_page(&me, &data::systems()[0], form),
    );
    let key = NewKey {
        id: "k".into(),
        secret: "yk_7Qm2xV0mY3pLq9sT4uWzA1bC5dE6fG8hJ2kN7rQxYz0".into(),
        expires_at: data::now(),
    };
    add(
        all,
        "systems/secret",
        systems::secret_page(frame("/systems", "应用密钥"), "城乡居民医保参保系统", &key),
    );
    let line = |index, kind: &str, words: &str| evidence::Line {
        index,
        at: data::now(),
        kind: kind.into(),
        words: words.into(),
        body: "{\"outcome\":\"answered\"}".into(),
        is_blanked: index == 7,
    };
    let page = evidence::Page {
        size: 1043,
        lines: vec![
            line(9, "call", "永州市医疗保障局 查询 已应答"),
            line(8, "act", "永州市民政局 发布目录"),
            line(7, "call", ""),
        ],
        checkpoint: "yongzhou.example/yishu\n1043\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n".into(),
        vkey: "yongzhou.example/yishu+7a1c+AbCd".into(),
    };
    add(
        all,
        "evidence",
        evidence_page::page(frame("/evidence", "存证"), &page),
    );
    administering(all);
}

fn administering(all: &mut Vec<Sample>) {
    let user = UserLine {
        id: "u2".into(),
        login: "tang.xm".into(),
        name: "唐晓梅".into(),
        org: "mz".into(),
        org_name: "永州市民政局".into(),
        roles: vec![Cataloguer, Engineer],
        is_disabled: false,
        locked_until: Some(data::now()),
    };
    let orgs = [data::org("ga", "永州市公安局"), data::org("tj", "永州市统计局")];
    let people = std::slice::from_ref(&user);
    add(
        all,
        "admin/people",
        admin::people::list_page(frame("/admin/people", "人员"), people, ""),
    );
    add(
        all,
        "admin/person_new",
        admin::people::new_page(frame("/admin/people", "新建账号"), Form::empty(), &orgs),
    );
    add(
        all,
        "admin/person",
        admin::people::page(frame("/admin/people", "唐晓梅"), &user, Form::empty()),
    );
    let lines = orgs.map(|org| OrgLine {
        org,
        authority_name: "永州市行政审批服务局".into(),
        confirmer_name: "永州市人民政府办公室".into(),
        people: 4,
        entries: 2,
    });
    add(
        all,
        "admin/orgs",
        admin::orgs::list_page(frame("/admin/orgs", "机构"), &lines),
    );
    add(
        all,
        "admin/org_new",
        admin::orgs::new_page(frame("/admin/orgs", "新建机构"), Form::empty(), &lines),
    );
    add(
        all,
        "admin/org",
        admin::orgs::page(
            frame("/admin/orgs", "永州市公安局"),
            &lines[0],
            &lines,
            Form::empty(),
        ),
    );
    let view = calendar::Overview {
        known_until: Some(date(2026, 12, 31)),
        days: data::days(),
        years: vec![2025, 2026],
        expiry: None,
    };
    add(
        all,
        "admin/calendar",
        admin::calendar::page(frame("/admin/calendar", "工作日历"), &view, 2026, Form::empty()),
    );
    let preview = calendar::Preview {
        days: data::days(),
        known_until: Some(date(2027, 12, 31)),
        moved: vec![calendar::Moved {
            case: "c".into(),
            title: "永州市医疗保障局申请使用“乡镇街道区划信息”".into(),
            before: Some(date(2027, 1, 6)),
            after: Some(date(2027, 1, 7)),
            amber_after: None,
        }],
    };
    let at = frame("/admin/calendar", "核对节假日安排");
    add(
        all,
        "admin/calendar_preview",
        admin::calendar::preview_page(at, &preview, "date,kind,name\n"),
    );
}
