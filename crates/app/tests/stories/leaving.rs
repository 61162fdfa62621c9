//! Drafts thrown away and entries taken out of the catalogue, on both engines.

use app::{
    Status,
    cases::{self, FieldReason, Filter},
    catalogue, grants,
    notices::{self, NoticeKind},
    requests::{self, Application},
    search::{self, Query},
    testing::{TestCity, allowances, on_both_engines, terms, townships},
};
use rules::{
    grant::{GrantState, Purpose},
    ids::{EntryId, GrantId},
};

async fn revision(city: &TestCity, login: &str, id: &EntryId) -> i64 {
    catalogue::show(&city.city, &city.ctx(login), id)
        .await
        .unwrap()
        .revision
}

async fn drafts(city: &TestCity) -> usize {
    let ctx = city.ctx("civil.cataloguer");
    let found = search::find(&city.city, &ctx, &Query::default()).await.unwrap();
    found.drafts.len()
}

#[tokio::test]
async fn a_draft_that_never_was_published_is_thrown_away_by_its_compiler_alone() {
    on_both_engines(async |city| {
        let (app, compiler) = (&city.city, city.ctx("civil.cataloguer"));
        let id = catalogue::create(app, &compiler, townships()).await.unwrap();
        assert_eq!(drafts(&city).await, 1);
        for stranger in ["civil.clerk", "police.cataloguer", "authority.reviewer"] {
            assert!(
                catalogue::discard(app, &city.ctx(stranger), &id, 1)
                    .await
                    .is_err()
            );
        }
        let old = catalogue::discard(app, &compiler, &id, 7).await.unwrap_err();
        assert_eq!(old.code, "stale-page");
        catalogue::discard(app, &compiler, &id, 1).await.unwrap();
        assert_eq!(drafts(&city).await, 0);
        let gone = catalogue::show(app, &compiler, &id).await.unwrap_err();
        assert_eq!(gone.status, Status::NotFound);
        let again = catalogue::discard(app, &compiler, &id, 2).await.unwrap_err();
        assert_eq!(again.status, Status::NotFound);
        let next = catalogue::create(app, &compiler, townships()).await.unwrap();
        let code = catalogue::show(app, &compiler, &next).await.unwrap().code;
        assert!(
            code.ends_with("000002"),
            "the code of the first is not given again: {code}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_returned_draft_goes_with_its_case_closed_and_what_was_done_stays_readable() {
    on_both_engines(async |city| {
        let (app, compiler) = (&city.city, city.ctx("civil.cataloguer"));
        let id = catalogue::create(app, &compiler, townships()).await.unwrap();
        let case = catalogue::submit(app, &compiler, &id, 1).await.unwrap();
        let now = revision(&city, "civil.cataloguer", &id).await;
        let busy = catalogue::discard(app, &compiler, &id, now).await.unwrap_err();
        assert_eq!(busy.code, "not-editable");
        let reason = FieldReason {
            field: "summary".to_owned(),
            label: String::new(),
            words: "请写明来源".to_owned(),
        };
        catalogue::send_back(app, &city.ctx("authority.reviewer"), &id, now, "", vec![reason])
            .await
            .unwrap();
        let now = revision(&city, "civil.cataloguer", &id).await;
        catalogue::discard(app, &compiler, &id, now).await.unwrap();
        let view = cases::show(app, &compiler, &case).await.unwrap();
        assert!(view.line.is_closed && view.next.is_empty(), "{view:?}");
        assert!(cases::todo(app, &compiler).await.unwrap().is_empty());
        let open = Filter {
            is_open: Some(true),
            ..Filter::default()
        };
        assert_eq!(cases::list(app, &compiler, &open).await.unwrap().total, 0);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art13_what_was_published_is_never_thrown_away() {
    on_both_engines(async |city| {
        let id = city.published(townships()).await;
        let compiler = city.ctx("civil.cataloguer");
        let now = revision(&city, "civil.cataloguer", &id).await;
        let now = catalogue::revise(&city.city, &compiler, &id, now).await.unwrap();
        let refused = catalogue::discard(&city.city, &compiler, &id, now)
            .await
            .unwrap_err();
        assert_eq!(refused.code, "was-published");
    })
    .await;
}

async fn granted(city: &TestCity, entry: &EntryId) -> GrantId {
    let app = &city.city;
    let application = Application {
        terms: terms(&["id_number", "name"]),
        duty: "医疗救助对象认定".to_owned(),
        system: "医疗救助一站式结算系统".to_owned(),
        frequency: "按需核验".to_owned(),
    };
    let case = requests::apply(app, &city.ctx("medical.clerk"), entry, application)
        .await
        .unwrap();
    let opinion = requests::Opinion {
        agrees: true,
        words: "同意".to_owned(),
        proposed: None,
    };
    requests::opine(app, &city.ctx("civil.head"), &case, 1, opinion)
        .await
        .unwrap();
    requests::grant(
        app,
        &city.ctx("authority.reviewer"),
        &case,
        2,
        terms(&["id_number", "name"]),
        "",
    )
    .await
    .unwrap()
}

#[tokio::test]
async fn yongzhou_art13_an_entry_is_taken_out_by_the_head_with_a_reason_and_its_users_are_told() {
    on_both_engines(async |city| {
        let app = &city.city;
        let entry = city.published(allowances()).await;
        let grant = granted(&city, &entry).await;
        let head = city.ctx("civil.head");
        let now = revision(&city, "civil.head", &entry).await;
        let compiler = city.ctx("civil.cataloguer");
        assert!(
            catalogue::retire(app, &compiler, &entry, now, "职能调整")
                .await
                .is_err()
        );
        let silent = catalogue::retire(app, &head, &entry, now, " ").await.unwrap_err();
        assert_eq!(silent.fields[0].0, "reason");
        catalogue::retire(app, &head, &entry, now, "职能调整，由医保部门提供")
            .await
            .unwrap();

        let view = grants::show(app, &city.ctx("medical.clerk"), &grant)
            .await
            .unwrap();
        assert_eq!(view.row.state, GrantState::Terminated);
        let hidden = catalogue::show(app, &city.ctx("police.clerk"), &entry)
            .await
            .unwrap_err();
        assert_eq!(hidden.status, Status::NotFound);
        for (login, kind) in [
            ("medical.engineer", NoticeKind::GrantTerminated),
            ("authority.reviewer", NoticeKind::EntryWithdrawn),
        ] {
            let told = notices::list(app, &city.ctx(login), None, false).await.unwrap();
            let line = told.lines.iter().find(|it| it.kind == kind);
            assert_eq!(line.unwrap().why, "职能调整，由医保部门提供", "{login}");
        }
        let ctx = city.ctx("medical.clerk");
        let query = Query {
            text: "低保".to_owned(),
            ..Query::default()
        };
        assert_eq!(search::find(app, &ctx, &query).await.unwrap().total, 0);
        // Its versions stay, and it can come back.
        assert_eq!(
            catalogue::versions(app, &compiler, &entry).await.unwrap().len(),
            1
        );
        city.publish(&compiler, &entry).await;
        assert_eq!(
            catalogue::versions(app, &compiler, &entry).await.unwrap().len(),
            2
        );
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art17_what_is_shared_without_conditions_is_not_taken_out_without_the_confirmation() {
    on_both_engines(async |city| {
        let entry = city.published(townships()).await;
        let now = revision(&city, "civil.head", &entry).await;
        let refused = catalogue::retire(&city.city, &city.ctx("civil.head"), &entry, now, "不再提供")
            .await
            .unwrap_err();
        assert_eq!(refused.code, "needs-confirmation");
        assert_eq!(refused.cites.map(|it| it.number), Some(17));
        let clerk = city.ctx("medical.clerk");
        let claim = requests::claim(&city.city, &clerk, &entry, Purpose::Basis, "核对", "登记");
        assert!(claim.await.is_ok(), "it is there as before");
    })
    .await;
}
