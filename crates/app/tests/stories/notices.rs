//! Who is told of what, and what each sees of it, on both engines.

use app::{
    cases::{self, Answers, FieldReason},
    catalogue, grants,
    notices::{self, NoticeKind, Notices},
    people, reminders,
    requests::{self, Application},
    testing::{TestCity, allowances, on_both_engines, terms, townships},
};
use rules::ids::CaseId;

async fn told(city: &TestCity, login: &str) -> Notices {
    notices::list(&city.city, &city.ctx(login), None, false)
        .await
        .unwrap()
}

/// The newest notices of a kind, told to `login`.
async fn of(city: &TestCity, login: &str, kind: NoticeKind) -> Vec<String> {
    let all = told(city, login).await.lines;
    all.into_iter()
        .filter(|it| it.kind == kind)
        .map(|it| it.words)
        .collect()
}

async fn apply(city: &TestCity) -> CaseId {
    let entry = city.published(allowances()).await;
    let application = Application {
        terms: terms(&["id_number", "name"]),
        duty: "医疗救助对象认定".to_owned(),
        system: "医疗救助一站式结算系统".to_owned(),
        frequency: "按需核验".to_owned(),
    };
    requests::apply(&city.city, &city.ctx("medical.clerk"), &entry, application)
        .await
        .unwrap()
}

async fn act(city: &TestCity, login: &str, case: &CaseId, step: &str, answers: Answers) {
    let ctx = city.ctx(login);
    let revision = cases::show(&city.city, &ctx, case).await.unwrap().revision;
    cases::act(&city.city, &ctx, case, revision, step, answers)
        .await
        .unwrap();
}

#[tokio::test]
async fn whoever_has_the_next_step_is_told_and_nobody_is_told_of_what_he_did_himself() {
    on_both_engines(async |city| {
        let case = apply(&city).await;
        let head = told(&city, "civil.head").await;
        let turn: Vec<_> = head
            .lines
            .iter()
            .filter(|it| it.kind == NoticeKind::Turn)
            .collect();
        assert_eq!(turn.len(), 1, "{head:?}");
        assert!(turn[0].words.contains("城乡低保对象"), "{}", turn[0].words);
        assert!(turn[0].words.contains("2026-03-16"), "{}", turn[0].words);
        assert!(!turn[0].is_read);
        assert!(of(&city, "medical.clerk", NoticeKind::Turn).await.is_empty());

        // Opening it leads to the case and marks it as read, for this reader alone.
        let app = &city.city;
        let ctx = city.ctx("civil.head");
        let before = notices::count(app, &ctx).await.unwrap();
        let href = notices::open(app, &ctx, &turn[0].id).await.unwrap();
        assert_eq!(href, format!("/cases/{case}"));
        assert_eq!(notices::count(app, &ctx).await.unwrap(), before - 1);
        let foreign = notices::open(app, &city.ctx("police.head"), &turn[0].id).await;
        assert_eq!(foreign.unwrap_err().status, app::Status::NotFound);

        let newest = head.lines[0].id.clone();
        notices::read_all(app, &ctx, &newest).await.unwrap();
        assert_eq!(notices::count(app, &ctx).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art18_the_decision_on_a_request_is_told_to_both_sides_with_its_reasons() {
    on_both_engines(async |city| {
        let case = apply(&city).await;
        let opinion = Answers::default()
            .with("opinion", "disagree")
            .with("words", "职责不符");
        act(&city, "civil.head", &case, "opine", opinion).await;
        assert_eq!(of(&city, "authority.reviewer", NoticeKind::Turn).await.len(), 2);
        let refusal = Answers::default().with("reason", "申请事项没有法律依据");
        act(&city, "authority.reviewer", &case, "refuse", refusal).await;
        for login in ["medical.clerk", "medical.head", "civil.head"] {
            let told = told(&city, login).await;
            let line = told
                .lines
                .iter()
                .find(|it| it.kind == NoticeKind::RequestDecided)
                .unwrap_or_else(|| panic!("{login} is not told"));
            assert!(line.words.contains("不予同意"), "{}", line.words);
            assert_eq!(line.why, "申请事项没有法律依据");
        }
        assert!(told(&city, "police.head").await.lines.is_empty());
        let engineer = of(&city, "medical.engineer", NoticeKind::RequestDecided).await;
        assert!(
            engineer.is_empty(),
            "who sees no requests is not told how one was refused: {engineer:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art18_the_engineer_is_told_of_the_grant_that_a_request_led_to() {
    on_both_engines(async |city| {
        let case = apply(&city).await;
        let agreed = Answers::default().with("opinion", "agree").with("words", "同意");
        act(&city, "civil.head", &case, "opine", agreed).await;
        let reviewer = city.ctx("authority.reviewer");
        let view = cases::show(&city.city, &reviewer, &case).await.unwrap();
        let granted = Answers {
            terms: view.terms,
            ..Answers::default()
        };
        act(
            &city,
            "authority.reviewer",
            &case,
            "grant",
            granted.with("words", "依法授权"),
        )
        .await;
        let told = told(&city, "medical.engineer").await.lines;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].href.starts_with("/grants/") && told[0].why.is_empty(),
            "{told:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art19_the_user_agency_is_told_why_its_grant_was_suspended_and_that_it_runs_again() {
    on_both_engines(async |city| {
        let entry = city.published(townships()).await;
        let app = &city.city;
        let purpose = rules::grant::Purpose::Basis;
        let grant = requests::claim(
            app,
            &city.ctx("medical.clerk"),
            &entry,
            purpose,
            "核对区划",
            "参保登记",
        )
        .await
        .unwrap();
        // The provider is at work on the next version, whose title is nobody else's.
        let compiler = city.ctx("civil.cataloguer");
        let revision = catalogue::show(app, &compiler, &entry).await.unwrap().revision;
        let revision = catalogue::revise(app, &compiler, &entry, revision).await.unwrap();
        let mut next = townships();
        next.title = "尚未发布的名称".to_owned();
        catalogue::save(app, &compiler, &entry, revision, next)
            .await
            .unwrap();
        let head = city.ctx("civil.head");
        let revision = grants::show(app, &head, &grant).await.unwrap().revision;
        let report = grants::suspend(app, &head, &grant, revision, "夜间调用量异常")
            .await
            .unwrap();
        let report = cases::show(app, &city.ctx("authority.reviewer"), &report)
            .await
            .unwrap();
        assert_eq!(report.line.title, townships().title);
        let all = told(&city, "medical.engineer").await.lines;
        let suspended = all
            .iter()
            .find(|it| it.kind == NoticeKind::GrantSuspended)
            .unwrap();
        assert_eq!(suspended.why, "夜间调用量异常");
        assert!(
            suspended.words.contains(&townships().title),
            "{}",
            suspended.words
        );
        assert_eq!(suspended.href, format!("/grants/{grant}"));
        let revision = grants::show(app, &head, &grant).await.unwrap().revision;
        grants::resume(app, &head, &grant, revision, "已说明")
            .await
            .unwrap();
        assert_eq!(
            of(&city, "medical.clerk", NoticeKind::GrantResumed).await.len(),
            1
        );
        // The authority learns of the report by its to-do.
        assert!(!of(&city, "authority.reviewer", NoticeKind::Turn).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art11_the_compiler_is_told_of_a_return_and_of_the_publication() {
    on_both_engines(async |city| {
        let app = &city.city;
        let cataloguer = city.ctx("civil.cataloguer");
        let id = catalogue::create(app, &cataloguer, townships()).await.unwrap();
        catalogue::submit(app, &cataloguer, &id, 1).await.unwrap();
        let reviewer = city.ctx("authority.reviewer");
        let revision = catalogue::show(app, &reviewer, &id).await.unwrap().revision;
        let reason = FieldReason {
            field: "summary".to_owned(),
            label: String::new(),
            words: "摘要请写明来源".to_owned(),
        };
        catalogue::send_back(app, &reviewer, &id, revision, "请修改", vec![reason])
            .await
            .unwrap();
        let newest = async |kind| {
            let all = told(&city, "civil.cataloguer").await.lines;
            all.into_iter().find(|it| it.kind == kind).unwrap()
        };
        assert_eq!(newest(NoticeKind::EntryReturned).await.why, "请修改");
        city.publish(&cataloguer, &id).await;
        let published = newest(NoticeKind::EntryPublished).await;
        assert_eq!(published.href, format!("/entries/{id}"));
    })
    .await;
}

#[tokio::test]
async fn a_clock_is_told_to_who_owes_it_then_to_the_head_then_to_the_authority_each_once() {
    on_both_engines(async |city| {
        let case = apply(&city).await;
        let opinion = Answers::default().with("opinion", "agree").with("words", "同意");
        act(&city, "civil.head", &case, "opine", opinion).await;
        let app = &city.city;
        let sweep = async |at: &str| {
            city.set_clock(at);
            reminders::sweep(app, city.now()).await.unwrap()
        };
        let amber = async |login: &str| of(&city, login, NoticeKind::ClockAmber).await.len();
        assert_eq!(sweep("2026-03-10T08:00:00+08:00").await, 0, "still green");
        // The limit is ten working days from 2 March: amber from the seventh, the last is the sixteenth.
        assert_eq!(sweep("2026-03-11T08:00:00+08:00").await, 1);
        assert_eq!(sweep("2026-03-11T09:00:00+08:00").await, 0, "told once");
        let first = amber("authority.reviewer").await + amber("civil.head").await;
        assert_eq!(first, 1);
        sweep("2026-03-12T08:00:00+08:00").await;
        sweep("2026-03-13T08:00:00+08:00").await;
        assert_eq!(amber("authority.reviewer").await, 1, "not again as the authority");
        assert_eq!(sweep("2026-03-14T08:00:00+08:00").await, 0);
        assert_eq!(
            sweep("2026-03-16T08:00:00+08:00").await,
            0,
            "the last day is in time"
        );
        assert!(sweep("2026-03-17T08:00:00+08:00").await >= 1);
        let red = of(&city, "authority.reviewer", NoticeKind::ClockRed).await;
        assert_eq!(red.len(), 1);
        assert!(
            red[0].contains("2026-03-16") && red[0].contains("第十八条"),
            "{red:?}"
        );
        assert_eq!(sweep("2026-03-18T08:00:00+08:00").await, 0);

        // What is closed is not told of any more.
        let refusal = Answers::default().with("reason", "没有法律依据");
        act(&city, "authority.reviewer", &case, "refuse", refusal).await;
        assert_eq!(sweep("2026-03-30T08:00:00+08:00").await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_address_is_checked_and_only_its_owner_or_an_administrator_sets_it() {
    on_both_engines(async |city| {
        let app = &city.city;
        let clerk = city.ctx("medical.clerk");
        for wrong in [
            "zhang",
            "zhang@",
            "a b@c.cn",
            "张@例.cn",
            "x@localhost",
            "a@b.cn\r\nBcc: x@y.cn",
        ] {
            let refused = people::set_own_email(app, &clerk, wrong).await.unwrap_err();
            assert_eq!(refused.code, "bad-email", "{wrong}");
        }
        people::set_own_email(app, &clerk, " clerk@medical.cn ")
            .await
            .unwrap();
        let own = people::own_email(app, &clerk).await.unwrap();
        assert_eq!(own.as_deref(), Some("clerk@medical.cn"));
        let admin = city.ctx("authority.admin");
        people::set_email(app, &admin, &clerk.actor.user, "")
            .await
            .unwrap();
        assert_eq!(people::own_email(app, &clerk).await.unwrap(), None);
        let county = city.ctx("county-authority.admin");
        for stranger in [&county, &city.ctx("civil.head")] {
            assert!(
                people::set_email(app, stranger, &clerk.actor.user, "x@y.cn")
                    .await
                    .is_err()
            );
        }
    })
    .await;
}
