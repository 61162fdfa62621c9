//! Stories of accounts, sessions, organisations and application keys, on both engines.

use app::{
    Status,
    orgs::{self, NewOrg},
    people::{self, NewUser},
    systems::{self, KeyState},
    testing::{PASSWORD, on_both_engines, townships},
};
use jiff::SignedDuration;
use rules::{
    law::Regulation::Yongzhou,
    people::{Level, OrgKind, Role},
};

const OTHER: &str = "Lingling-2027";

#[tokio::test]
async fn a_session_opens_with_the_password_and_ends_with_the_sign_out() {
    on_both_engines(async |city| {
        let (app, now) = (&city.city, city.now());
        let signed = people::sign_in(app, "civil.cataloguer", PASSWORD, now)
            .await
            .unwrap();
        let session = people::session(app, &signed.token, now).await.unwrap().unwrap();
        assert_eq!(session.actor.org.name, "永州市民政局");
        assert_eq!(session.csrf, signed.csrf);
        assert!(people::session(app, "made-up", now).await.unwrap().is_none());
        people::sign_out(app, &signed.token, now).await.unwrap();
        assert!(people::session(app, &signed.token, now).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_of_rest_and_after_twelve_hours_of_work() {
    on_both_engines(async |city| {
        let (app, start) = (&city.city, city.now());
        let minutes = |n| start + SignedDuration::from_mins(n);
        let signed = people::sign_in(app, "civil.head", PASSWORD, start).await.unwrap();
        let is_live = async |at| people::session(app, &signed.token, at).await.unwrap().is_some();
        assert!(is_live(minutes(29)).await);
        assert!(
            is_live(minutes(58)).await,
            "the look at minute 29 pushed the end back"
        );
        assert!(!is_live(minutes(89)).await);

        let signed = people::sign_in(app, "civil.head", PASSWORD, start).await.unwrap();
        for n in (20..720).step_by(20) {
            assert!(
                people::session(app, &signed.token, minutes(n))
                    .await
                    .unwrap()
                    .is_some(),
                "minute {n}"
            );
        }
        assert!(
            people::session(app, &signed.token, minutes(720))
                .await
                .unwrap()
                .is_none()
        );
    })
    .await;
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_account_and_a_reset_opens_it() {
    on_both_engines(async |city| {
        let (app, now) = (&city.city, city.now());
        let try_with = async |password, at| people::sign_in(app, "medical.clerk", password, at).await;
        for _ in 0..4 {
            assert_eq!(try_with("wrong", now).await.unwrap_err().code, "wrong-password");
        }
        assert_eq!(try_with("wrong", now).await.unwrap_err().code, "account-locked");
        let refused = try_with(PASSWORD, now + SignedDuration::from_mins(14))
            .await
            .unwrap_err();
        assert_eq!(refused.code, "account-locked");
        assert!(refused.words.contains("请于1分钟后再试"), "{}", refused.words);
        try_with(PASSWORD, now + SignedDuration::from_mins(15))
            .await
            .unwrap();

        for _ in 0..5 {
            let _ = try_with("wrong", now).await;
        }
        let admin = city.ctx("authority.admin");
        people::reset(app, &admin, &city.ctx("medical.clerk").actor.user, OTHER)
            .await
            .unwrap();
        assert!(try_with(OTHER, now).await.unwrap().must_change_password);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_login_reads_like_a_wrong_password() {
    on_both_engines(async |city| {
        let (app, now) = (&city.city, city.now());
        let unknown = people::sign_in(app, "nobody", PASSWORD, now).await.unwrap_err();
        let wrong = people::sign_in(app, "civil.clerk", "wrong", now)
            .await
            .unwrap_err();
        assert_eq!((unknown.code, unknown.words), (wrong.code, wrong.words));
    })
    .await;
}

/// Whoever tries a login learns nothing of whether there is such an account: not even by locking it.
#[tokio::test]
async fn a_made_up_login_is_counted_and_locked_like_a_real_one() {
    on_both_engines(async |city| {
        let (app, now) = (&city.city, city.now());
        let heard = async |login: &str| {
            let mut heard = Vec::new();
            for minute in [0, 0, 1, 1, 2, 2, 10, 16, 18] {
                let at = now + SignedDuration::from_mins(minute);
                let refused = people::sign_in(app, login, "wrong", at).await.unwrap_err();
                heard.push((refused.code, refused.words, refused.status));
            }
            heard
        };
        let real = heard("civil.clerk").await;
        assert_eq!(real[4].0, "account-locked");
        assert_eq!(real[8].0, "wrong-password", "the lock has run out");
        assert_eq!(heard("nobody").await, real);
        assert_eq!(heard("also.nobody").await, real, "each login by itself");
    })
    .await;
}

#[tokio::test]
async fn changing_the_password_ends_every_other_session() {
    on_both_engines(async |city| {
        let (app, ctx) = (&city.city, city.ctx("civil.clerk"));
        let here = people::sign_in(app, "civil.clerk", PASSWORD, ctx.now)
            .await
            .unwrap();
        let there = people::sign_in(app, "civil.clerk", PASSWORD, ctx.now)
            .await
            .unwrap();
        let weak = people::change_password(app, &ctx, &here.token, PASSWORD, "short")
            .await
            .unwrap_err();
        assert_eq!((weak.code, weak.fields[0].0.as_str()), ("weak-password", "new"));
        people::change_password(app, &ctx, &here.token, PASSWORD, OTHER)
            .await
            .unwrap();
        assert!(
            people::session(app, &here.token, ctx.now)
                .await
                .unwrap()
                .is_some()
        );
        assert!(
            people::session(app, &there.token, ctx.now)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            people::sign_in(app, "civil.clerk", PASSWORD, ctx.now)
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once() {
    on_both_engines(async |city| {
        let (app, admin) = (&city.city, city.ctx("authority.admin"));
        let signed = people::sign_in(app, "civil.clerk", PASSWORD, admin.now)
            .await
            .unwrap();
        people::disable(app, &admin, &city.ctx("civil.clerk").actor.user, true)
            .await
            .unwrap();
        assert!(
            people::session(app, &signed.token, admin.now)
                .await
                .unwrap()
                .is_none()
        );
        let refused = people::sign_in(app, "civil.clerk", PASSWORD, admin.now)
            .await
            .unwrap_err();
        assert_eq!(refused.code, "account-disabled");
        let own = people::disable(app, &admin, &admin.actor.user, true)
            .await
            .unwrap_err();
        assert_eq!(own.code, "own-account");
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art6_a_countys_administrator_keeps_only_the_countys_accounts() {
    on_both_engines(async |city| {
        let (app, county) = (&city.city, city.ctx("county-authority.admin"));
        let new = |org: &str, login: &str| NewUser {
            login: login.to_owned(),
            name: "王芳".to_owned(),
            org: city.org(org).id,
            roles: vec![Role::Clerk],
            password: OTHER.to_owned(),
            must_change_password: true,
        };
        people::create(app, &county, new("county", "wang.fang"))
            .await
            .unwrap();
        let refused = people::create(app, &county, new("civil", "wang.fang2"))
            .await
            .unwrap_err();
        assert_eq!(refused.status, Status::Forbidden);
        let lines = people::list(app, &county).await.unwrap();
        assert!(!lines.is_empty() && lines.iter().all(|it| it.org_name.starts_with("东安县")));
        let taken = people::create(app, &city.ctx("authority.admin"), new("civil", "wang.fang"))
            .await
            .unwrap_err();
        assert_eq!(taken.code, "login-taken");
        assert!(people::list(app, &city.ctx("civil.clerk")).await.is_err());
    })
    .await;
}

fn water_bureau() -> NewOrg {
    NewOrg {
        name: "永州市水利局".to_owned(),
        kind: OrgKind::Agency,
        level: Level::City,
        region: "431100".to_owned(),
        credit_code: "11431100MB1234567X".to_owned(),
        front_code: "307021431199".to_owned(),
        authority: None,
        confirmer: None,
    }
}

#[tokio::test]
async fn the_first_administrator_is_made_once_and_only_in_an_empty_city() {
    on_both_engines(async |city| {
        let authority = NewOrg {
            kind: OrgKind::Authority,
            ..water_bureau()
        };
        let refused =
            people::create_first_admin(&city.city, "root", "张伟", OTHER, authority, city.now()).await;
        assert_eq!(refused.unwrap_err().code, "not-empty");
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art7_an_organisation_that_is_responsible_for_anything_is_not_deleted() {
    on_both_engines(async |city| {
        let (app, admin) = (&city.city, city.ctx("authority.admin"));
        let bare = orgs::create(app, &admin, water_bureau()).await.unwrap_err();
        assert_eq!(bare.fields[0].0, "authority");
        let new = NewOrg {
            authority: Some(city.org("authority").id),
            confirmer: Some(city.org("office").id),
            ..water_bureau()
        };
        let id = orgs::create(app, &admin, new.clone()).await.unwrap();
        assert_eq!(
            orgs::create(app, &admin, new).await.unwrap_err().code,
            "org-taken"
        );
        orgs::remove(app, &admin, &id).await.unwrap();
        assert!(
            orgs::list(app, &admin)
                .await
                .unwrap()
                .iter()
                .all(|it| it.org.id != id)
        );

        city.published(townships()).await;
        let refused = orgs::remove(app, &admin, &city.org("civil").id)
            .await
            .unwrap_err();
        assert_eq!(
            (refused.code, refused.cites),
            ("org-responsible", Some(Yongzhou.art(7)))
        );
        assert!(refused.words.contains("1个目录条目"), "{}", refused.words);
    })
    .await;
}

#[tokio::test]
async fn an_application_key_is_shown_once_and_two_live_at_a_time() {
    on_both_engines(async |city| {
        let (app, engineer) = (&city.city, city.ctx("medical.engineer"));
        let id = systems::create(app, &engineer, "医疗救助一站式结算系统", "")
            .await
            .unwrap();
        let first = systems::new_key(app, &engineer, &id, "生产", 365).await.unwrap();
        assert!(first.secret.starts_with("yk_") && first.secret.len() == 46);
        systems::new_key(app, &engineer, &id, "换发", 30).await.unwrap();
        let refused = systems::new_key(app, &engineer, &id, "", 30).await.unwrap_err();
        assert_eq!(refused.code, "too-many-keys");
        let view = &systems::list(app, &engineer).await.unwrap()[0];
        assert!(view.why_no_key.is_some());
        assert!(
            view.keys.iter().all(|it| it.shown.len() == 8),
            "no list shows a whole key"
        );

        systems::revoke_key(app, &engineer, &first.id).await.unwrap();
        systems::new_key(app, &engineer, &id, "", 30).await.unwrap();
        let keys = &systems::list(app, &engineer).await.unwrap()[0].keys;
        assert_eq!(keys.iter().filter(|it| it.state == KeyState::Revoked).count(), 1);
        assert_eq!(
            systems::new_key(app, &engineer, &id, "", 367)
                .await
                .unwrap_err()
                .code,
            "bad-days"
        );

        let other = systems::new_key(app, &city.ctx("civil.engineer"), &id, "", 30)
            .await
            .unwrap_err();
        assert_eq!(other.status, Status::NotFound);
        let clerk = systems::create(app, &city.ctx("medical.clerk"), "另一系统", "")
            .await
            .unwrap_err();
        assert_eq!(clerk.status, Status::Forbidden);
    })
    .await;
}
