//! Stories of requests, disputes and grants (art. 18, art. 19), on both engines.

use app::{
    cases::{self, Answers},
    disputes::{self, About, Ruling},
    grants,
    requests::{self, Opinion},
};
use rules::{
    catalogue::ShareKind,
    clock::Colour,
    grant::{GrantState, Mask, Purpose, Terms},
    ids::{CaseId, EntryId},
};
use store::Engine;

use crate::town::{Town, application, county_terms, on_both, people_content, today};

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art18_unconditional_data_is_had_at_once_by_stating_the_purpose() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Unconditional)).await;
        let claim = |who: &'static str, text: &'static str| {
            let ctx = town.ctx(who);
            let (city, entry) = (town.city.clone(), entry.clone());
            async move { requests::claim(&city, &ctx, &entry, Purpose::Check, text, "参保").await }
        };
        let missing = claim("clerk", " ").await.unwrap_err();
        assert_eq!(missing.fields[0].0, "purpose_text");
        let grant = claim("clerk", "核对参保人").await.unwrap();
        assert_eq!(
            claim("clerk", "核对参保人").await.unwrap(),
            grant,
            "a form sent twice makes one grant"
        );
        assert_eq!(
            claim("cataloguer", "自用").await.unwrap_err().status,
            app::Status::Forbidden
        );
        let view = grants::show(&town.city, &town.ctx("clerk"), &grant)
            .await
            .unwrap();
        assert_eq!(view.row.state, GrantState::Active);
        assert_eq!(view.granted.len(), 4);
        assert!(view.granted.iter().all(|it| it.mask == Mask::Clear));
        assert_eq!(view.terms.calls_per_day_max, requests::CLAIM_CALLS_PER_DAY);
        let conditional = requests::apply(
            &town.city,
            &town.ctx("clerk"),
            &entry,
            application(county_terms(1)),
        )
        .await;
        assert_eq!(conditional.unwrap_err().code, "needs-no-application");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art18_a_conditional_request_is_applied_for_once_and_runs_ten_working_days() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Conditional)).await;
        let claimed = requests::claim(
            &town.city,
            &town.ctx("clerk"),
            &entry,
            Purpose::Basis,
            "核验",
            "参保",
        )
        .await;
        assert_eq!(claimed.unwrap_err().code, "needs-application");
        let case = town.apply(&entry, county_terms(5)).await;
        let again = requests::apply(
            &town.city,
            &town.ctx("clerk"),
            &entry,
            application(county_terms(5)),
        )
        .await;
        assert_eq!(again.unwrap_err().code, "already-applied");

        let view = cases::show(&town.city, &town.ctx("head"), &case).await.unwrap();
        assert_eq!(
            (view.clocks[0].due.to_string(), view.clocks[0].colour),
            ("2026-12-07".to_owned(), Colour::Green)
        );
        let todo = cases::todo(&town.city, &town.ctx("head")).await.unwrap();
        assert!(todo.iter().any(|it| it.case.id == case));

        // The authority waits for the provider; the applicant cannot decide; a stranger sees nothing.
        let early = requests::refuse(&town.city, &town.ctx("reviewer"), &case, view.revision, "否").await;
        assert_eq!(early.unwrap_err().code, "not-from-here");
        let stranger = cases::show(&town.city, &town.ctx("teacher"), &case)
            .await
            .unwrap_err();
        assert_eq!(stranger.status, app::Status::NotFound);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art18_the_provider_proposes_terms_and_the_authority_grants_within_what_was_asked() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Conditional)).await;
        let case = town.apply(&entry, county_terms(5)).await;
        let first = town.case_revision("head", &case).await;
        let mut proposed = county_terms(3);
        proposed.items.truncate(2);
        let opinion = Opinion {
            agrees: true,
            words: "同意两项。".to_owned(),
            proposed: Some(proposed.clone()),
        };
        requests::opine(&town.city, &town.ctx("head"), &case, first, opinion)
            .await
            .unwrap();
        let seen = cases::show(&town.city, &town.ctx("reviewer"), &case)
            .await
            .unwrap();
        assert_eq!(seen.terms.as_ref(), Some(&proposed));

        let mut wider = proposed.clone();
        wider.items.push("born".to_owned());
        let grant = async |who: &str, revision: i64, terms: Terms| {
            requests::grant(&town.city, &town.ctx(who), &case, revision, terms, "同意。").await
        };
        let refused = grant("reviewer", seen.revision, wider).await.unwrap_err();
        assert_eq!(refused.code, "bad-terms");
        let own = grant("clerk", seen.revision, proposed.clone()).await.unwrap_err();
        assert_eq!(own.status, app::Status::Forbidden);
        let old = grant("reviewer", first, proposed.clone()).await.unwrap_err();
        assert_eq!(old.code, "stale-page");
        let grant = grant("reviewer", seen.revision, proposed).await.unwrap();
        let view = cases::show(&town.city, &town.ctx("clerk"), &case).await.unwrap();
        assert!(view.line.is_closed);
        assert_eq!(view.clocks[0].colour, Colour::Met);
        let grant = grants::show(&town.city, &town.ctx("clerk"), &grant)
            .await
            .unwrap();
        assert_eq!(grant.granted.len(), 2);
        assert_eq!(grant.case, Some(case));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art18_a_refusal_has_reasons_and_is_reopened_only_after_a_dispute() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Conditional)).await;
        let case = refused(&town, &entry).await;
        let revision = town.case_revision("reviewer", &case).await;
        let early = requests::reopen(&town.city, &town.ctx("reviewer"), &case, revision, "重办")
            .await
            .unwrap_err();
        assert_eq!(early.code, "no-dispute-decided");
    })
    .await;
}

/// A request that the authority has refused, with its reasons.
async fn refused(town: &Town, entry: &EntryId) -> CaseId {
    let case = town.apply(entry, county_terms(5)).await;
    town.opine(&case, false).await;
    let revision = town.case_revision("reviewer", &case).await;
    let refuse = async |reasons: &str| {
        requests::refuse(&town.city, &town.ctx("reviewer"), &case, revision, reasons).await
    };
    assert_eq!(refuse(" ").await.unwrap_err().fields[0].0, "reason");
    refuse("超出必要范围。").await.unwrap();
    case
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art18_a_dispute_hears_both_sides_and_may_reopen_the_request() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Conditional)).await;
        let case = refused(&town, &entry).await;
        let about = About::Request(case.clone());
        let stranger = disputes::raise(&town.city, &town.ctx("teacher"), about.clone(), "旁人")
            .await
            .unwrap_err();
        assert_eq!(stranger.status, app::Status::NotFound);
        let dispute = disputes::raise(&town.city, &town.ctx("clerk"), about.clone(), "确有必要。")
            .await
            .unwrap();
        let twice = disputes::raise(&town.city, &town.ctx("head"), about, "再提。")
            .await
            .unwrap_err();
        assert_eq!(twice.code, "already-disputed");
        let revision = town.case_revision("head", &dispute).await;
        disputes::state(&town.city, &town.ctx("head"), &dispute, revision, "范围过大。")
            .await
            .unwrap();
        let revision = town.case_revision("reviewer", &dispute).await;
        let own = Ruling {
            words: "自决".to_owned(),
            reopens: false,
        };
        let own = disputes::decide(&town.city, &town.ctx("clerk"), &dispute, revision, own).await;
        assert_eq!(own.unwrap_err().status, app::Status::Forbidden);
        let ruling = Answers::default()
            .with("decision", "可以核验方式提供。")
            .with("reopens", "1");
        let reviewer = town.ctx("reviewer");
        cases::act(&town.city, &reviewer, &dispute, revision, "decide", ruling)
            .await
            .unwrap();
        for side in ["clerk", "head"] {
            let view = cases::show(&town.city, &town.ctx(side), &dispute).await.unwrap();
            let cases::About::Lines(lines) = view.about else {
                panic!("a dispute is lines")
            };
            assert!(
                lines.iter().any(|it| it.1.contains("可以核验方式提供")),
                "{side}: {lines:?}"
            );
        }
        let request = cases::show(&town.city, &town.ctx("clerk"), &case).await.unwrap();
        assert_eq!(request.line.state.name, "applied");
        assert!(request.related.iter().any(|it| it.id == dispute));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art19_the_provider_suspends_and_the_report_is_filed_by_the_same_act() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Conditional)).await;
        let grant = town.granted(&entry, county_terms(5)).await;
        let revision = grants::show(&town.city, &town.ctx("head"), &grant)
            .await
            .unwrap()
            .revision;
        for who in ["clerk", "reviewer", "cataloguer"] {
            let denied = grants::suspend(&town.city, &town.ctx(who), &grant, revision, "疑似违规").await;
            assert_eq!(denied.unwrap_err().status, app::Status::Forbidden, "{who}");
        }
        let stranger = grants::suspend(&town.city, &town.ctx("teacher"), &grant, revision, "疑似违规").await;
        assert_eq!(stranger.unwrap_err().status, app::Status::NotFound);
        let silent = grants::suspend(&town.city, &town.ctx("head"), &grant, revision, "")
            .await
            .unwrap_err();
        assert_eq!(silent.fields[0].0, "reason");
        let report = grants::suspend(
            &town.city,
            &town.ctx("head"),
            &grant,
            revision,
            "非工作时间批量查询",
        )
        .await
        .unwrap();
        let stale = grants::suspend(&town.city, &town.ctx("head"), &grant, revision, "再来")
            .await
            .unwrap_err();
        assert_eq!(stale.code, "stale-page");

        let view = grants::show(&town.city, &town.ctx("clerk"), &grant)
            .await
            .unwrap();
        assert_eq!(
            (view.row.state, view.reason.as_str()),
            (GrantState::Suspended, "非工作时间批量查询")
        );
        let todo = cases::todo(&town.city, &town.ctx("reviewer")).await.unwrap();
        assert!(todo.iter().any(|it| it.case.id == report));
        let revision = town.case_revision("reviewer", &report).await;
        let noted = Answers::default().with("remark", "已阅，请限期说明。");
        cases::act(
            &town.city,
            &town.ctx("reviewer"),
            &report,
            revision,
            "note",
            noted,
        )
        .await
        .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yongzhou_art19_a_suspended_grant_can_be_resumed_and_a_terminated_one_cannot() {
    on_both(|town| async move {
        let entry = town.publish(people_content(ShareKind::Conditional)).await;
        let grant = town.granted(&entry, county_terms(5)).await;
        grants::suspend(&town.city, &town.ctx("head"), &grant, 1, "疑似违规")
            .await
            .unwrap();
        let revision = grants::show(&town.city, &town.ctx("head"), &grant)
            .await
            .unwrap()
            .revision;
        grants::resume(&town.city, &town.ctx("head"), &grant, revision, "已整改")
            .await
            .unwrap();
        let revision = grants::show(&town.city, &town.ctx("head"), &grant)
            .await
            .unwrap()
            .revision;
        grants::terminate(&town.city, &town.ctx("head"), &grant, revision, "不再需要")
            .await
            .unwrap();
        let view = grants::show(&town.city, &town.ctx("head"), &grant).await.unwrap();
        assert_eq!(view.row.state, GrantState::Terminated);
        assert_eq!(view.cases.len(), 2);
        let after = grants::resume(&town.city, &town.ctx("head"), &grant, view.revision, "反悔")
            .await
            .unwrap_err();
        assert_eq!(after.code, "not-from-here");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_lists_its_own_grants_and_strangers_none() {
    let town = Town::on(Engine::Sqlite).await;
    let entry = town.publish(people_content(ShareKind::Conditional)).await;
    town.granted(&entry, county_terms(5)).await;
    let used = grants::list(&town.city, &town.ctx("clerk")).await.unwrap();
    assert_eq!(
        (used.used.len(), used.provided.len(), used.overseen.len()),
        (1, 0, 0)
    );
    assert_eq!(used.used[0].until, today() + jiff::Span::new().months(6));
    let provided = grants::list(&town.city, &town.ctx("head")).await.unwrap();
    assert_eq!((provided.used.len(), provided.provided.len()), (0, 1));
    let overseen = grants::list(&town.city, &town.ctx("reviewer")).await.unwrap();
    assert_eq!(overseen.overseen.len(), 1);
    for who in ["teacher", "admin"] {
        let none = grants::list(&town.city, &town.ctx(who)).await.unwrap();
        assert_eq!(none, grants::GrantLists::default(), "{who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_generic_case_page_takes_every_step_of_a_request() {
    let town = Town::on(Engine::Sqlite).await;
    let entry = town.publish(people_content(ShareKind::Conditional)).await;
    let case = town.apply(&entry, county_terms(5)).await;
    let act = async |who: &str, step: &str, answers: Answers| {
        let revision = town.case_revision(who, &case).await;
        cases::act(&town.city, &town.ctx(who), &case, revision, step, answers).await
    };
    let opinion = Answers::default()
        .with("opinion", "agree")
        .with("words", "同意。");
    act("head", "opine", opinion).await.unwrap();
    let bare = act("reviewer", "grant", Answers::default()).await.unwrap_err();
    assert_eq!(bare.code, "incomplete");
    let terms = Answers {
        terms: Some(county_terms(5)),
        ..Answers::default()
    };
    act("reviewer", "grant", terms).await.unwrap();
    let view = cases::show(&town.city, &town.ctx("clerk"), &case).await.unwrap();
    assert!(view.grant.is_some());
    assert_eq!(view.history.len(), 3);
}
