//! Stories of the working days and of the clocks that follow them, on both engines.

use app::{
    Status, calendar,
    calls::{Fitness, readiness},
    cases::{self, Filter},
    requests::{self, Application},
    testing::{allowances, on_both_engines, terms},
};
use jiff::civil::date;
use rules::clock::Colour;

fn application() -> Application {
    Application {
        terms: terms(&["id_number", "name"]),
        duty: "医疗救助对象认定".to_owned(),
        system: "医疗救助一站式结算系统".to_owned(),
        frequency: "按需核验".to_owned(),
    }
}

const NOTICE: &str =
    "date,kind,name\n2027-01-01,holiday,元旦\n2027-01-04,holiday,元旦\n2027-01-09,makeup_workday,元旦\n";

#[tokio::test]
async fn a_new_notice_moves_the_last_days_of_open_cases_and_lifts_the_provisional_mark() {
    on_both_engines(async |city| {
        let (app, entry) = (&city.city, city.published(allowances()).await);
        city.set_clock("2026-12-28T10:00:00+08:00");
        let (clerk, admin) = (city.ctx("medical.clerk"), city.ctx("authority.admin"));
        let case = requests::apply(app, &clerk, &entry, application()).await.unwrap();
        let line = async || {
            cases::list(app, &clerk, &Filter::default())
                .await
                .unwrap()
                .lines
                .remove(0)
        };
        assert_eq!(
            (line().await.due, line().await.is_provisional),
            (Some(date(2027, 1, 11)), true)
        );

        let preview = calendar::preview(app, &admin, NOTICE).await.unwrap();
        assert_eq!(preview.moved.len(), 1);
        assert_eq!(
            line().await.due,
            Some(date(2027, 1, 11)),
            "a preview saves nothing"
        );
        let loaded = calendar::load_notice(app, &admin, NOTICE).await.unwrap();
        assert_eq!(
            (loaded.moved[0].case.clone(), loaded.moved[0].after),
            (case.clone(), Some(date(2027, 1, 12)))
        );
        assert_eq!(
            (line().await.due, line().await.is_provisional),
            (Some(date(2027, 1, 12)), false)
        );
        let clock = cases::show(app, &clerk, &case).await.unwrap().clocks[0];
        assert_eq!((clock.due, clock.colour), (date(2027, 1, 12), Colour::Green));
    })
    .await;
}

#[tokio::test]
async fn a_notice_with_a_bad_line_changes_nothing_and_names_the_line() {
    on_both_engines(async |city| {
        let (app, admin) = (&city.city, city.ctx("authority.admin"));
        let bad = "date,kind,name\n2027-01-01,holiday,元旦\n2027-02-30,holiday,春节\n";
        let refused = calendar::load_notice(app, &admin, bad).await.unwrap_err();
        assert_eq!((refused.code, refused.status), ("bad-notice", Status::Invalid));
        assert!(refused.words.starts_with("第3行"), "{}", refused.words);
        assert_eq!(calendar::overview(app, &admin, 2027).await.unwrap().days.len(), 0);
        let county = calendar::load_notice(app, &city.ctx("county-authority.admin"), NOTICE)
            .await
            .unwrap_err();
        assert_eq!(county.status, Status::Forbidden);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art41_administrators_are_told_which_clocks_lapse_with_the_regulation() {
    on_both_engines(async |city| {
        let app = &city.city;
        assert!(
            calendar::overview(app, &city.ctx("authority.admin"), 2026)
                .await
                .unwrap()
                .expiry
                .is_none()
        );
        city.set_clock("2027-02-01T09:00:00+08:00");
        let expiry = calendar::overview(app, &city.ctx("authority.admin"), 2026)
            .await
            .unwrap()
            .expiry
            .unwrap();
        assert_eq!((expiry.last_day, expiry.days_left), (date(2027, 7, 17), 166));
        assert!(expiry.clocks.iter().any(|it| it.1.number == 18));
        assert!(
            calendar::overview(app, &city.ctx("civil.clerk"), 2026)
                .await
                .unwrap()
                .expiry
                .is_none()
        );
    })
    .await;
}

#[tokio::test]
async fn a_year_without_its_notice_is_told_and_closes_no_door() {
    on_both_engines(async |city| {
        let calendar_on = async |now: &str| {
            let checks = readiness(&city.city, now.parse().unwrap()).await;
            assert!(
                !checks.iter().any(|it| matches!(it.1, Fitness::Fails(_))),
                "{checks:?}"
            );
            checks.into_iter().find(|it| it.0 == "calendar").unwrap().1
        };
        assert_eq!(calendar_on("2026-12-31T02:00:00Z").await, Fitness::Well);
        let after = calendar_on("2027-01-04T02:00:00Z").await;
        assert!(matches!(after, Fitness::Warns(words) if words.contains("暂定")));
    })
    .await;
}
