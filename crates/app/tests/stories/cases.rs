//! Stories of cases in general: what waits for whom, in which colour, and who sees it, on both engines.

use app::{
    Status,
    cases::{self, Answers, Filter},
    requests::{self, Application},
    testing::{TestCity, allowances, on_both_engines, terms},
};
use jiff::civil::date;
use rules::{clock::Colour, ids::CaseId};

async fn apply(city: &TestCity, login: &str) -> CaseId {
    let entry = city.published(allowances()).await;
    let application = Application {
        terms: terms(&["id_number", "name"]),
        duty: "医疗救助对象认定".to_owned(),
        system: "医疗救助一站式结算系统".to_owned(),
        frequency: "按需核验".to_owned(),
    };
    requests::apply(&city.city, &city.ctx(login), &entry, application)
        .await
        .unwrap()
}

#[tokio::test]
async fn yongzhou_art18_the_clock_of_a_request_turns_amber_and_red_and_the_case_stays_open() {
    on_both_engines(async |city| {
        let case = apply(&city, "medical.clerk").await;
        let app = &city.city;
        let colour = async || {
            cases::todo(app, &city.ctx("civil.head")).await.unwrap()[0]
                .case
                .colour
        };
        assert_eq!(colour().await, Some(Colour::Green));
        city.set_clock("2026-03-12T09:00:00+08:00");
        assert_eq!(colour().await, Some(Colour::Amber));
        city.set_clock("2026-03-17T09:00:00+08:00");
        assert_eq!(colour().await, Some(Colour::Red));
        let view = cases::show(app, &city.ctx("medical.clerk"), &case).await.unwrap();
        assert_eq!(
            (view.clocks[0].due, view.clocks[0].colour),
            (date(2026, 3, 16), Colour::Red)
        );
        assert_eq!(
            (view.line.colour, view.line.is_closed),
            (Some(Colour::Red), false)
        );
        assert_eq!(view.clocks[0].cites.number, 18);
    })
    .await;
}

#[tokio::test]
async fn a_list_of_cases_is_narrowed_by_words_number_and_colour() {
    on_both_engines(async |city| {
        let app = &city.city;
        let case = apply(&city, "medical.clerk").await;
        let number = cases::show(app, &city.ctx("medical.clerk"), &case)
            .await
            .unwrap()
            .line
            .number;
        let count = async |text: &str, colour: Option<Colour>| {
            let filter = Filter {
                procedure: Some("request".to_owned()),
                text: Some(text.to_owned()),
                colour,
                ..Filter::default()
            };
            cases::list(app, &city.ctx("civil.head"), &filter)
                .await
                .unwrap()
                .lines
                .len()
        };
        assert_eq!(count("低保", None).await, 1);
        assert_eq!(count(&number, None).await, 1);
        for none in ["%", "_", "不存在", "低_"] {
            assert_eq!(count(none, None).await, 0, "{none}");
        }
        let colours = [Colour::Green, Colour::Amber, Colour::Red];
        for (at, is) in [("2026-03-03", 0), ("2026-03-12", 1), ("2026-03-17", 2)] {
            city.set_clock(&format!("{at}T09:00:00+08:00"));
            for (i, colour) in colours.into_iter().enumerate() {
                let wanted = usize::from(i == is);
                assert_eq!(count("", Some(colour)).await, wanted, "{at} {colour:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_most_pressing_case_is_first_in_the_to_do_list_and_the_number_beside_the_menu_agrees() {
    on_both_engines(async |city| {
        let app = &city.city;
        city.set_clock("2026-03-09T09:00:00+08:00");
        let later = apply(&city, "medical.clerk").await;
        city.set_clock("2026-03-04T09:00:00+08:00");
        let sooner = apply(&city, "police.clerk").await;
        let head = city.ctx("civil.head");
        let todo = cases::todo(app, &head).await.unwrap();
        assert_eq!(
            todo.iter().map(|it| &it.case.id).collect::<Vec<_>>(),
            [&sooner, &later]
        );
        assert_eq!(todo[0].duty.as_ref().unwrap().0, "提出意见并反馈");
        assert_eq!(cases::count_todo(app, &head).await.unwrap(), 2);
        for login in [
            "civil.clerk",
            "civil.cataloguer",
            "medical.clerk",
            "authority.reviewer",
            "authority.admin",
        ] {
            let ctx = city.ctx(login);
            assert_eq!(cases::count_todo(app, &ctx).await.unwrap(), 0, "{login}");
            assert!(cases::todo(app, &ctx).await.unwrap().is_empty(), "{login}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_case_is_seen_by_its_parties_and_by_oversight_and_by_nobody_else() {
    on_both_engines(async |city| {
        let case = apply(&city, "medical.clerk").await;
        let app = &city.city;
        for login in [
            "medical.clerk",
            "medical.head",
            "civil.head",
            "authority.reviewer",
            "authority.auditor",
        ] {
            cases::show(app, &city.ctx(login), &case).await.unwrap();
            let listed = cases::list(app, &city.ctx(login), &Filter::default())
                .await
                .unwrap();
            assert!(listed.lines.iter().any(|it| it.id == case), "{login}");
        }
        for login in [
            "police.head",
            "county.head",
            "county-authority.reviewer",
            "water.clerk",
            "authority.admin",
        ] {
            let refused = cases::show(app, &city.ctx(login), &case).await.unwrap_err();
            assert_eq!(refused.status, Status::NotFound, "{login}");
            let listed = cases::list(app, &city.ctx(login), &Filter::default())
                .await
                .unwrap();
            assert_eq!((listed.total, listed.lines.len()), (0, 0), "{login}");
            let acted = cases::act(app, &city.ctx(login), &case, 1, "opine", Answers::default())
                .await
                .unwrap_err();
            assert_eq!(acted.status, Status::NotFound, "{login}");
        }
    })
    .await;
}

#[tokio::test]
async fn one_who_may_not_take_a_step_reads_whose_step_it_is_and_by_which_article() {
    on_both_engines(async |city| {
        let case = apply(&city, "medical.clerk").await;
        let (app, clerk) = (&city.city, city.ctx("medical.clerk"));
        let view = cases::show(app, &clerk, &case).await.unwrap();
        let opine = view.next.iter().find(|it| it.step.name == "opine").unwrap();
        let why = opine.why_not.as_deref().unwrap();
        assert!(
            !opine.is_allowed && why.contains("提供部门负责人") && why.contains("第十八条"),
            "{why}"
        );
        assert!(
            view.next
                .iter()
                .any(|it| it.step.name == "withdraw" && it.is_allowed)
        );
        let refused = cases::act(app, &clerk, &case, view.revision, "opine", Answers::default())
            .await
            .unwrap_err();
        assert_eq!((refused.code, refused.status), ("not-yours", Status::Forbidden));
        let nonsense = cases::act(app, &clerk, &case, view.revision, "dance", Answers::default())
            .await
            .unwrap_err();
        assert_eq!(nonsense.code, "no-such-step");
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art6_a_matter_between_a_county_and_the_city_goes_to_the_citys_authority() {
    on_both_engines(async |city| {
        let case = apply(&city, "county.clerk").await;
        let app = &city.city;
        cases::show(app, &city.ctx("authority.reviewer"), &case)
            .await
            .unwrap();
        let county = cases::show(app, &city.ctx("county-authority.reviewer"), &case)
            .await
            .unwrap_err();
        assert_eq!(county.status, Status::NotFound);
    })
    .await;
}
