//! Every page once, some in several moods.

use app::{calendar, evidence, notices::NoticeKind, orgs::OrgLine, people::UserLine, systems::NewKey};
use askama::Template;
use jiff::civil::date;
use rules::{
    law::Regulation::Yongzhou,
    people::Role::{self, *},
};

use super::{Sample, data};
use crate::{
    form::Fields,
    frame::Frame,
    pages::{
        admin, evidence as evidence_page, help, home, notices as notices_page, problem, sign_in, systems,
    },
    problem::Problem,
    ui::{Form, Notice, Tone},
};

mod entry;
mod flow;
mod opening;
mod outside;

const ALL: &[Role] = Role::ALL;

fn frame(path: &str, title: &str) -> Frame {
    data::me(path, ALL).frame(title)
}

/// Samples in the making.
struct Album(Vec<Sample>);

impl Album {
    fn add(&mut self, name: &'static str, page: impl Template) {
        let html = page.render().unwrap();
        self.0.push(Sample { name, html });
    }
}

/// Every sample.
pub(crate) fn all() -> Vec<Sample> {
    let mut all = Album(Vec::new());
    doors(&mut all);
    first(&mut all);
    entry::add(&mut all);
    flow::add(&mut all);
    opening::add(&mut all);
    outside::add(&mut all);
    keeping(&mut all);
    notices(&mut all);
    people(&mut all);
    city(&mut all);
    all.0
}

fn doors(all: &mut Album) {
    let mut locked = Form::of(Fields::new().with("login", "tang.xm").with("next", "/"));
    locked.wrong(
        "",
        "密码连续输错次数过多，账号已锁定。请于15分钟后再试，或联系系统管理员重置密码。",
    );
    all.add(
        "sign_in",
        sign_in::SignInPage {
            frame: Frame::public("登录"),
            form: Form::empty(),
        },
    );
    let frame_wrong = Frame::public("登录").wrong(true);
    all.add(
        "sign_in-locked",
        sign_in::SignInPage {
            frame: frame_wrong,
            form: locked,
        },
    );
    all.add(
        "password",
        sign_in::password_page(&data::me("/password", ALL), Form::empty()),
    );
    all.add(
        "help",
        help::HelpPage {
            frame: frame("/help", "使用帮助"),
            today: date(2026, 11, 23),
        },
    );
    all.add(
        "law",
        help::LawPage {
            frame: frame("/law", "办法与平台").crumb("/help", "使用帮助"),
        },
    );
    let me = data::me("/", ALL);
    let address = me.address.clone();
    let refused =
        app::Refused::forbidden("denied", "“答复共享申请”由政务数据主管部门办理。").citing(Yongzhou.art(18));
    all.add(
        "problem-403",
        problem::ProblemPage::new(&refused.into(), Some(&me), &address, "7KQ2M9XW4T"),
    );
    all.add(
        "problem-404",
        problem::ProblemPage::new(&Problem::NotFound, None, &address, "7KQ2M9XW4T"),
    );
}

fn first(all: &mut Album) {
    let me = data::me("/", ALL);
    let todos = data::todos();
    all.add(
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
    let mut drafting = home::page(&data::me("/", &[Cataloguer]), &[], None);
    drafting.drafts = data::found().drafts.iter().map(home::draft).collect();
    all.add("home-drafting", drafting);
    all.add("home-empty", home::page(&data::me("/", &[Cataloguer]), &[], None));
}

fn keeping(all: &mut Album) {
    all.add(
        "systems/list",
        systems::list_page(
            frame("/systems", "应用系统"),
            &data::systems(),
            Form::empty(),
            true,
        ),
    );
    all.add(
        "systems/list-none",
        systems::list_page(frame("/systems", "应用系统"), &[], Form::empty(), false),
    );
    let me = data::me("/systems", &[Engineer]);
    let form = Form::of(Fields::new().with("days", "180"));
    all.add("systems/key", systems::key_page(&me, &data::systems()[0], form));
    let key = NewKey {
        id: "k".into(),
        secret: "yk_7Qm2xV0mY3pLq9sT4uWzA1bC5dE6fG8hJ2kN7rQxYz0".into(),
        expires_at: data::now(),
    };
    all.add(
        "systems/secret",
        systems::secret_page(frame("/systems", "应用密钥"), "城乡居民医保参保系统", &key),
    );
    let line = |index, kind: &str, words: &str| evidence::Line {
        index,
        at: data::now(),
        kind: kind.into(),
        words: words.into(),
        about: "常住人口户籍信息 · 办件-0001".into(),
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
        older: Some(6),
        checkpoint: "yongzhou.example/yishu\n1043\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n".into(),
        vkey: "yongzhou.example/yishu+7a1c+AbCd".into(),
    };
    all.add(
        "evidence",
        evidence_page::page(
            frame("/evidence", "存证"),
            &page,
            &evidence_page::Sought::default(),
        ),
    );
}

fn notices(all: &mut Album) {
    let line = |id: &str, kind, words: &str, why: &str, is_read| app::notices::NoticeLine {
        id: id.to_owned(),
        at: data::now(),
        kind,
        words: words.to_owned(),
        why: why.to_owned(),
        href: "/cases/c1".to_owned(),
        is_read,
    };
    let lines = vec![
        line(
            "n3",
            NoticeKind::ClockAmber,
            "有条件共享申请“城乡低保对象”（申〔2026〕000012）期限将至：提出意见并反馈，最后一日为 2026-03-16，依据是第十八条。",
            "",
            false,
        ),
        line(
            "n2",
            NoticeKind::GrantSuspended,
            "“城乡低保对象”的授权已由提供部门（永州市民政局）暂停，此后的调用将被拒绝。",
            "夜间调用量异常，请说明用途。",
            false,
        ),
        line(
            "n1",
            NoticeKind::EntryPublished,
            "目录“乡镇级行政区划”（307021000000/000001）已发布。",
            "",
            true,
        ),
    ];
    let found = app::notices::Notices {
        total: 3,
        unread: 2,
        lines,
        next: None,
    };
    let me = data::me("/notices", ALL).with_unread(2);
    all.add("notices", notices_page::page(me.frame("通知"), &found, false));
    all.add(
        "notices-empty",
        notices_page::page(frame("/notices", "通知"), &app::notices::Notices::default(), true),
    );
}

fn people(all: &mut Album) {
    let user = UserLine {
        id: "u2".into(),
        login: "tang.xm".into(),
        name: "唐晓梅".into(),
        org: "mz".into(),
        org_name: "永州市民政局".into(),
        email: Some("tang.xm@yongzhou.gov.cn".to_owned()),
        roles: vec![Cataloguer, Engineer],
        is_disabled: false,
        locked_until: Some(data::now()),
    };
    let orgs = [data::org("ga", "永州市公安局"), data::org("tj", "永州市统计局")];
    let people = std::slice::from_ref(&user);
    all.add(
        "admin/people",
        admin::people::list_page(frame("/admin/people", "人员"), people, ""),
    );
    all.add(
        "admin/person_new",
        admin::people::new_page(frame("/admin/people", "新建账号"), Form::empty(), &orgs),
    );
    all.add(
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
    all.add(
        "admin/orgs",
        admin::orgs::list_page(frame("/admin/orgs", "机构"), &lines),
    );
    all.add(
        "admin/org_new",
        admin::orgs::new_page(frame("/admin/orgs", "新建机构"), Form::empty(), &lines),
    );
    all.add(
        "admin/org",
        admin::orgs::page(
            frame("/admin/orgs", "永州市公安局"),
            &lines[0],
            &lines,
            Form::empty(),
        ),
    );
}

fn city(all: &mut Album) {
    let view = calendar::Overview {
        known_until: Some(date(2026, 12, 31)),
        days: data::days(),
        years: vec![2025, 2026],
        expiry: None,
    };
    all.add(
        "admin/calendar",
        admin::calendar::page(frame("/admin/calendar", "工作日历"), &view, 2026, Form::empty()),
    );
    let preview = calendar::Preview {
        missing: vec![(2027, vec!["春节", "国庆节"])],
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
    all.add(
        "admin/calendar_preview",
        admin::calendar::preview_page(at, &preview, "date,kind,name\n"),
    );
}
