//! Stories of the catalogue, without HTTP, on both engines.

use app::{
    Status,
    cases::{self, Answers, FieldReason},
    catalogue::{self, ChangeKind},
    search,
    testing::{TestCity, allowances, on_both_engines, townships},
};
use rules::{
    catalogue::{CatalogueKind, Content, Secrecy, ShareKind},
    ids::EntryId,
    law::Regulation::Yongzhou,
};

async fn revision(city: &TestCity, login: &str, id: &EntryId) -> i64 {
    catalogue::show(&city.city, &city.ctx(login), id)
        .await
        .unwrap()
        .revision
}

fn reason(field: &str, words: &str) -> FieldReason {
    FieldReason {
        field: field.into(),
        label: String::new(),
        words: words.into(),
    }
}

#[tokio::test]
async fn yongzhou_art2_a_secret_mark_is_refused_even_in_a_draft_and_nothing_is_stored() {
    on_both_engines(async |city| {
        let (app, cataloguer) = (&city.city, city.ctx("civil.cataloguer"));
        let secret = Content {
            secrecy: Secrecy::StateSecret,
            ..townships()
        };
        let refused = catalogue::create(app, &cataloguer, secret.clone())
            .await
            .unwrap_err();
        assert_eq!((refused.code, refused.cites), ("secret", Some(Yongzhou.art(2))));
        assert_eq!(refused.fields[0].0, "secrecy");
        let id = catalogue::create(app, &cataloguer, townships()).await.unwrap();
        let refused = catalogue::save(app, &cataloguer, &id, 1, secret)
            .await
            .unwrap_err();
        assert_eq!(refused.code, "secret");
        let view = catalogue::show(app, &cataloguer, &id).await.unwrap();
        assert_eq!((view.revision, view.content.secrecy), (1, Secrecy::None));
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art11_an_entry_is_returned_with_a_reason_per_field_and_then_published() {
    on_both_engines(async |city| {
        let (app, cataloguer, reviewer) = (
            &city.city,
            city.ctx("civil.cataloguer"),
            city.ctx("authority.reviewer"),
        );
        let id = catalogue::create(app, &cataloguer, townships()).await.unwrap();
        catalogue::submit(app, &cataloguer, &id, 1).await.unwrap();

        let todo = cases::todo(app, &reviewer).await.unwrap();
        assert_eq!(todo.len(), 1);
        assert_eq!(todo[0].case.title, "乡镇级行政区划");
        assert!(todo[0].steps.iter().any(|it| it.name == "publish"));
        assert!(cases::todo(app, &cataloguer).await.unwrap().is_empty());

        let refused = catalogue::send_back(app, &reviewer, &id, 2, "", vec![reason("summary", " ")])
            .await
            .unwrap_err();
        assert_eq!(refused.code, "no-reason");
        let reasons = vec![
            reason("summary", "请写明数据年份。"),
            reason("items.1.length", "名称最长为30字。"),
        ];
        catalogue::send_back(app, &reviewer, &id, 2, "请修改后再报。", reasons)
            .await
            .unwrap();

        let todo = cases::todo(app, &cataloguer).await.unwrap();
        assert_eq!(todo[0].case.state.name, "returned");
        let view = catalogue::show(app, &cataloguer, &id).await.unwrap();
        assert_eq!(view.review_words, "请修改后再报。");
        assert_eq!(view.review_notes[1].label, "信息项“名称”的长度");
        let better = Content {
            summary: "2023年乡镇级行政区划。".into(),
            ..townships()
        };
        let next = catalogue::save(app, &cataloguer, &id, view.revision, better)
            .await
            .unwrap();
        catalogue::submit(app, &cataloguer, &id, next).await.unwrap();
        let seen = revision(&city, "authority.reviewer", &id).await;
        assert_eq!(
            catalogue::publish(app, &reviewer, &id, seen, "").await.unwrap(),
            1
        );

        let view = catalogue::show(app, &city.ctx("medical.clerk"), &id)
            .await
            .unwrap();
        assert_eq!(
            (view.state.name, view.is_draft, view.versions.len()),
            ("published", false, 1)
        );
        assert!(view.review_notes.is_empty() && view.next.is_empty());
        assert!(view.code.ends_with("/000001"), "{}", view.code);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art11_what_is_missing_stops_the_submission_field_by_field() {
    on_both_engines(async |city| {
        let (app, cataloguer) = (&city.city, city.ctx("civil.cataloguer"));
        let draft = Content {
            usage_scope: String::new(),
            phone: String::new(),
            ..townships()
        };
        let id = catalogue::create(app, &cataloguer, draft).await.unwrap();
        let view = catalogue::show(app, &cataloguer, &id).await.unwrap();
        let gaps: Vec<&str> = view.gaps.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(gaps, ["usage_scope", "phone"]);
        let refused = catalogue::submit(app, &cataloguer, &id, 1).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.status),
            ("incomplete-entry", Status::Invalid)
        );
        assert_eq!(refused.fields.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art11_every_co_compiler_signs_this_very_text_before_review() {
    on_both_engines(async |city| {
        let (app, lead) = (&city.city, city.ctx("civil.cataloguer"));
        let (police, medical) = (city.ctx("police.cataloguer"), city.ctx("medical.cataloguer"));
        let joint = Content {
            kind: CatalogueKind::Base,
            co_compilers: vec![city.org("police").id, city.org("medical").id],
            ..townships()
        };
        let id = catalogue::create(app, &lead, joint.clone()).await.unwrap();
        catalogue::submit(app, &lead, &id, 1).await.unwrap();
        assert_eq!(cases::todo(app, &police).await.unwrap().len(), 1);
        catalogue::sign(app, &police, &id, 2, "同意").await.unwrap();
        assert!(cases::todo(app, &police).await.unwrap().is_empty());
        assert!(
            cases::todo(app, &city.ctx("authority.reviewer"))
                .await
                .unwrap()
                .is_empty()
        );
        let again = catalogue::sign(app, &police, &id, 2, "").await.unwrap_err();
        assert_eq!(again.code, "signed-already");

        // Taken back and handed in anew, the text is another: the signature has lapsed.
        catalogue::withdraw(app, &lead, &id, 2).await.unwrap();
        let next = catalogue::save(app, &lead, &id, 3, joint).await.unwrap();
        catalogue::submit(app, &lead, &id, next).await.unwrap();
        let seen = revision(&city, "civil.cataloguer", &id).await;
        assert_eq!(cases::todo(app, &police).await.unwrap().len(), 1);
        catalogue::sign(app, &police, &id, seen, "").await.unwrap();
        catalogue::sign(app, &medical, &id, seen, "").await.unwrap();
        let view = catalogue::show(app, &lead, &id).await.unwrap();
        assert_eq!(view.state.name, "reviewing");
        assert!(
            view.signatures.iter().all(|it| it.signed.is_some()),
            "{:?}",
            view.signatures
        );
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art11_the_authority_of_the_same_level_reviews_and_no_other() {
    on_both_engines(async |city| {
        let (app, county) = (&city.city, city.ctx("county.cataloguer"));
        let id = catalogue::create(app, &county, townships()).await.unwrap();
        catalogue::submit(app, &county, &id, 1).await.unwrap();
        let refused = catalogue::publish(app, &city.ctx("authority.reviewer"), &id, 2, "")
            .await
            .unwrap_err();
        assert_eq!(refused.status, Status::NotFound, "{refused}");
        assert!(
            cases::todo(app, &city.ctx("authority.reviewer"))
                .await
                .unwrap()
                .is_empty()
        );
        catalogue::publish(app, &city.ctx("county-authority.reviewer"), &id, 2, "")
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art12_the_reviewer_sees_likely_duplicates_with_their_score() {
    on_both_engines(async |city| {
        let app = &city.city;
        city.published(townships()).await;
        let police = city.ctx("police.cataloguer");
        let again = Content {
            title: "乡镇级行政区划信息".into(),
            ..townships()
        };
        let id = catalogue::create(app, &police, again).await.unwrap();
        catalogue::submit(app, &police, &id, 1).await.unwrap();
        let view = catalogue::show(app, &city.ctx("authority.reviewer"), &id)
            .await
            .unwrap();
        assert_eq!(view.duplicates.len(), 1);
        assert_eq!(
            (
                view.duplicates[0].score,
                view.duplicates[0].provider_name.as_str()
            ),
            (100, "永州市民政局")
        );
    })
    .await;
}

/// The story of the README: the sample at hand is the table that another entry publishes under a name and with titles
/// of its own, and an entry that holds every word of the draft's name is about something else.
#[tokio::test]
async fn yongzhou_art12_the_same_file_handed_in_again_under_another_name_is_found() {
    on_both_engines(async |city| {
        let app = &city.city;
        let cataloguer = city.ctx("civil.cataloguer");
        let file = std::path::Path::new("../yishu/data/townships.csv");
        let proposal = catalogue::propose(app, &cataloguer, file, "townships.csv")
            .await
            .unwrap();
        let mut known = Content {
            title: "全国乡镇级行政区划代码".into(),
            items: proposal.items.clone(),
            ..townships()
        };
        let titles = ["乡级区划代码", "名称", "县级区划代码", "省级代码", "地级代码"];
        for (item, title) in known.items.iter_mut().zip(titles) {
            item.title = title.into();
        }
        let published = city.published(known).await;
        let mut other = allowances();
        other.title = "乡级区划地名代码变更登记".into();
        other.share = ShareKind::Unconditional;
        city.published(other).await;
        let draft = Content {
            title: "乡级区划地名代码".into(),
            items: proposal.items,
            ..townships()
        };
        let id = catalogue::create(app, &cataloguer, draft).await.unwrap();
        catalogue::submit(app, &cataloguer, &id, 1).await.unwrap();
        let view = catalogue::show(app, &city.ctx("authority.reviewer"), &id)
            .await
            .unwrap();
        let found: Vec<&EntryId> = view.duplicates.iter().map(|it| &it.entry).collect();
        assert_eq!(found, [&published], "{:?}", view.duplicates);
        assert_eq!(view.duplicates[0].shared_items.len(), titles.len());
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art17_a_conditional_entry_passes_the_designated_department_first() {
    on_both_engines(async |city| {
        let (app, cataloguer, confirmer) = (
            &city.city,
            city.ctx("civil.cataloguer"),
            city.ctx("office.confirmer"),
        );
        let id = catalogue::create(app, &cataloguer, allowances()).await.unwrap();
        catalogue::submit(app, &cataloguer, &id, 1).await.unwrap();
        let refused = catalogue::publish(app, &city.ctx("authority.reviewer"), &id, 2, "")
            .await
            .unwrap_err();
        assert_eq!(refused.code, "not-from-here");
        catalogue::decline(app, &confirmer, &id, 2, "依据条款有误。")
            .await
            .unwrap();
        let view = catalogue::show(app, &cataloguer, &id).await.unwrap();
        assert_eq!(
            (view.state.name, view.review_notes[0].label.as_str()),
            ("returned", "共享类型")
        );
        catalogue::submit(app, &cataloguer, &id, view.revision)
            .await
            .unwrap();
        let seen = revision(&city, "office.confirmer", &id).await;
        catalogue::confirm(app, &confirmer, &id, seen, "").await.unwrap();
        let seen = revision(&city, "authority.reviewer", &id).await;
        catalogue::publish(app, &city.ctx("authority.reviewer"), &id, seen, "")
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art17_narrowing_an_unconditional_entry_needs_confirmation_and_the_old_version_stays_in_force()
 {
    on_both_engines(async |city| {
        let (app, cataloguer) = (&city.city, city.ctx("civil.cataloguer"));
        let id = city.published(townships()).await;
        let seen = revision(&city, "civil.cataloguer", &id).await;
        let seen = catalogue::revise(app, &cataloguer, &id, seen).await.unwrap();
        let narrower = Content {
            usage_scope: "仅限市直部门".into(),
            ..townships()
        };
        let seen = catalogue::save(app, &cataloguer, &id, seen, narrower)
            .await
            .unwrap();
        catalogue::submit(app, &cataloguer, &id, seen).await.unwrap();
        let view = catalogue::show(app, &cataloguer, &id).await.unwrap();
        assert_eq!(view.state.name, "confirming");
        let others = catalogue::show(app, &city.ctx("medical.clerk"), &id)
            .await
            .unwrap();
        assert_eq!(
            (others.state.name, others.content.usage_scope.as_str()),
            ("published", "全市政务部门")
        );
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art10_every_version_stays_readable_with_the_difference_to_the_one_before() {
    on_both_engines(async |city| {
        let (app, cataloguer) = (&city.city, city.ctx("civil.cataloguer"));
        let id = city.published(townships()).await;
        let seen = revision(&city, "civil.cataloguer", &id).await;
        let seen = catalogue::revise(app, &cataloguer, &id, seen).await.unwrap();
        let mut next = townships();
        next.items[1].length = Some(80);
        next.share_reason = String::new();
        next.phone = "0746-8350001".into();
        let seen = catalogue::save(app, &cataloguer, &id, seen, next).await.unwrap();
        catalogue::submit(app, &cataloguer, &id, seen).await.unwrap();
        let seen = revision(&city, "authority.reviewer", &id).await;
        catalogue::publish(app, &city.ctx("authority.reviewer"), &id, seen, "")
            .await
            .unwrap();

        let clerk = city.ctx("medical.clerk");
        let difference = catalogue::difference(app, &clerk, &id, 1, 2).await.unwrap();
        let said: Vec<_> = difference
            .changes
            .iter()
            .map(|it| (it.label.as_str(), it.kind, it.before.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                ("联系电话", ChangeKind::Changed, "0746-8350000"),
                ("信息项“名称”的长度", ChangeKind::Changed, "60"),
            ]
        );
        let old = catalogue::version(app, &clerk, &id, 1).await.unwrap();
        assert_eq!(old.content.items[1].length, Some(60));
        assert_eq!(catalogue::versions(app, &clerk, &id).await.unwrap()[0].changes, 2);
        assert_eq!(
            catalogue::version(app, &clerk, &id, 3).await.unwrap_err().status,
            Status::NotFound
        );
    })
    .await;
}

#[tokio::test]
async fn a_second_browser_on_an_old_page_loses_nothing() {
    on_both_engines(async |city| {
        let (app, cataloguer) = (&city.city, city.ctx("civil.cataloguer"));
        let id = catalogue::create(app, &cataloguer, townships()).await.unwrap();
        let first = Content {
            summary: "甲".into(),
            ..townships()
        };
        catalogue::save(app, &cataloguer, &id, 1, first.clone())
            .await
            .unwrap();
        let second = Content {
            summary: "乙".into(),
            ..townships()
        };
        let refused = catalogue::save(app, &cataloguer, &id, 1, second)
            .await
            .unwrap_err();
        assert_eq!((refused.code, refused.status), ("stale-page", Status::Conflict));
        let stale = refused.stale.unwrap();
        assert_eq!((stale.revision, stale.content), (2, Some(first)));
        assert_eq!(stale.changed_by, cataloguer.actor.name);
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_nobody_elses_business_until_it_is_published() {
    on_both_engines(async |city| {
        let (app, cataloguer, clerk) = (
            &city.city,
            city.ctx("civil.cataloguer"),
            city.ctx("medical.clerk"),
        );
        let id = catalogue::create(app, &cataloguer, townships()).await.unwrap();
        assert_eq!(
            catalogue::show(app, &clerk, &id).await.unwrap_err().status,
            Status::NotFound
        );
        let query = search::Query {
            text: "乡镇".into(),
            ..search::Query::default()
        };
        let found = search::find(app, &clerk, &query).await.unwrap();
        assert_eq!((found.total, found.drafts.len()), (0, 0));
        let own = search::find(app, &cataloguer, &query).await.unwrap();
        assert_eq!((own.total, own.drafts.len()), (0, 1));
        city.publish(&cataloguer, &id).await;
        let found = search::find(app, &clerk, &query).await.unwrap();
        assert_eq!((found.total, found.hits[0].title.as_str()), (1, "乡镇级行政区划"));
        assert_eq!(found.hits[0].share, ShareKind::Unconditional);
        let org = found.facets.iter().find(|it| it.name == "org").unwrap();
        assert_eq!(org.values[0].label, "永州市民政局");
    })
    .await;
}

#[tokio::test]
async fn a_step_taken_on_the_case_page_is_the_same_step() {
    on_both_engines(async |city| {
        let (app, cataloguer, reviewer) = (
            &city.city,
            city.ctx("civil.cataloguer"),
            city.ctx("authority.reviewer"),
        );
        let id = catalogue::create(app, &cataloguer, townships()).await.unwrap();
        let case = catalogue::submit(app, &cataloguer, &id, 1).await.unwrap();
        let view = cases::show(app, &reviewer, &case).await.unwrap();
        assert_eq!(view.line.state.name, "reviewing");
        assert_eq!(view.history[0].step.name, "submit");
        assert!(view.history[0].evidence_index.is_some());
        let theirs = cases::show(app, &cataloguer, &case).await.unwrap();
        let publish = theirs.next.iter().find(|it| it.step.name == "publish").unwrap();
        assert!(!publish.is_allowed && publish.why_not.as_ref().unwrap().contains("政务数据主管部门"));

        let refused = cases::act(app, &reviewer, &case, view.revision, "return", Answers::default())
            .await
            .unwrap_err();
        assert_eq!(refused.code, "incomplete");
        let refused = cases::act(
            app,
            &reviewer,
            &case,
            view.revision - 1,
            "publish",
            Answers::default(),
        )
        .await;
        assert_eq!(refused.unwrap_err().code, "stale-page");
        cases::act(
            app,
            &reviewer,
            &case,
            view.revision,
            "publish",
            Answers::default(),
        )
        .await
        .unwrap();
        let view = cases::show(app, &reviewer, &case).await.unwrap();
        assert!(view.line.is_closed && view.next.is_empty());
        let late = cases::act(app, &reviewer, &case, 1, "publish", Answers::default())
            .await
            .unwrap_err();
        assert_eq!(late.code, "stale-page");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_reviewers_at_once_publish_one_version_and_the_later_is_told() {
    on_both_engines(async |city| {
        let (app, cataloguer, reviewer) = (
            &city.city,
            city.ctx("civil.cataloguer"),
            city.ctx("authority.reviewer"),
        );
        let id = catalogue::create(app, &cataloguer, townships()).await.unwrap();
        catalogue::submit(app, &cataloguer, &id, 1).await.unwrap();
        let (one, other) = tokio::join!(
            catalogue::publish(app, &reviewer, &id, 2, ""),
            catalogue::publish(app, &reviewer, &id, 2, "")
        );
        let refused = match (one, other) {
            (Ok(1), Err(refused)) | (Err(refused), Ok(1)) => refused,
            both => panic!("{both:?}"),
        };
        assert_eq!(refused.code, "stale-page");
        let versions = catalogue::versions(app, &cataloguer, &id).await.unwrap();
        assert_eq!(versions.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_made_at_the_same_time_have_codes_without_gaps_or_doubles() {
    on_both_engines(async |city| {
        let making = (0..8).map(|_| {
            let (app, cataloguer) = (city.city.clone(), city.ctx("civil.cataloguer"));
            tokio::spawn(async move {
                let id = catalogue::create(&app, &cataloguer, townships()).await.unwrap();
                catalogue::show(&app, &cataloguer, &id).await.unwrap().code
            })
        });
        let mut codes = Vec::new();
        for it in making.collect::<Vec<_>>() {
            codes.push(it.await.unwrap());
        }
        codes.sort();
        let backs: Vec<&str> = codes.iter().map(|it| it.split_once('/').unwrap().1).collect();
        let expected: Vec<String> = (1..=8).map(|n| format!("{n:06}")).collect();
        assert_eq!(backs, expected);
    })
    .await;
}
