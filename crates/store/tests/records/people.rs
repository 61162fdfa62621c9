use rules::{
    ids::{KeyId, SystemId},
    people::Role,
};
use store::{
    StoreError, holidays,
    holidays::Holiday,
    orgs, sessions,
    sessions::Session,
    systems,
    systems::{Key, System},
    testing::Fresh,
    users,
};

use crate::city::{at, day, found, org, seal, user};

#[tokio::test]
async fn organisations_read_back_as_they_were_registered() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let mut expected = org("mzj", "永州市民政局", rules::people::OrgKind::Agency);
        let row = orgs::get(store.read(), &"mzj".into()).await.unwrap();
        assert_eq!(
            (row.org, row.revision, row.created_at),
            (expected.clone(), 1, at(0))
        );
        assert_eq!(orgs::count(store.read()).await.unwrap(), 4);
        let ids: Vec<String> = orgs::all(store.read())
            .await
            .unwrap()
            .into_iter()
            .map(|it| it.org.id.0)
            .collect();
        assert_eq!(ids, ["bmj", "dsj", "mzj", "ybj"]);

        expected.region = "431103".to_owned();
        let mut write = store.write().await.unwrap();
        orgs::update(&mut write, 1, &expected).await.unwrap();
        seal(write).await;
        assert_eq!(
            orgs::get(store.read(), &"mzj".into()).await.unwrap().org,
            expected
        );
        assert!(matches!(
            orgs::get(store.read(), &"none".into()).await,
            Err(StoreError::Missing { .. })
        ));
    }
}

#[tokio::test]
async fn an_organisation_under_an_authority_that_does_not_exist_is_not_stored() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let mut write = store.write().await.unwrap();
        let mut orphan = org("x", "某局", rules::people::OrgKind::Agency);
        orphan.authority = "nobody".into();
        orgs::insert(&mut write, &orphan, at(0)).await.unwrap();
        let sealed = write
            .seal(crate::city::event(store::EventKind::OrgCreated, "x"))
            .await;
        assert!(sealed.is_err());
        assert_eq!(orgs::find(store.read(), &"x".into()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_login_belongs_to_one_account() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let mut write = store.write().await.unwrap();
        let refused = users::insert(&mut write, &user("u2", "shenhe", "mzj", &[Role::Clerk])).await;
        assert!(matches!(refused, Err(StoreError::Taken { table }) if table == "users"));
        drop(write);
        let found = users::by_login(store.read(), "shenhe").await.unwrap().unwrap();
        assert_eq!(found, user("u-rev", "shenhe", "dsj", &[Role::Reviewer]));
        assert_eq!(users::by_login(store.read(), "nobody").await.unwrap(), None);
        assert_eq!(users::of_org(store.read(), &"mzj".into()).await.unwrap().len(), 1);
        assert_eq!(users::all(store.read()).await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn an_account_changed_by_another_administrator_is_stale() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let mut account = users::get(store.read(), &"u-cat".into()).await.unwrap();
        account.roles = vec![Role::Cataloguer, Role::Head];
        account.is_disabled = true;
        let mut write = store.write().await.unwrap();
        users::update(&mut write, 1, &account).await.unwrap();
        let late = users::update(&mut write, 1, &account).await;
        assert!(matches!(late, Err(StoreError::Stale { .. })));
        // Being late is an answer, not a failure: what else was done may be sealed.
        seal(write).await;
        let now = users::get(store.read(), &"u-cat".into()).await.unwrap();
        assert_eq!(
            (now.roles, now.is_disabled, now.revision),
            (account.roles, true, 2)
        );
    }
}

#[tokio::test]
async fn refused_sign_ins_are_counted_and_a_new_password_forgets_them() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let mut write = store.write().await.unwrap();
        users::set_failures(&mut write, &"u-cat".into(), 5, Some(at(900)))
            .await
            .unwrap();
        seal(write).await;
        let locked = users::get(store.read(), &"u-cat".into()).await.unwrap();
        assert_eq!((locked.failures, locked.locked_until), (5, Some(at(900))));
        let mut write = store.write().await.unwrap();
        users::set_password(&mut write, &"u-cat".into(), "$argon2id$y", false)
            .await
            .unwrap();
        seal(write).await;
        let free = users::get(store.read(), &"u-cat".into()).await.unwrap();
        assert_eq!(
            (free.failures, free.locked_until, free.must_change),
            (0, None, false)
        );
        assert_eq!(free.password_hash, "$argon2id$y");
    }
}

#[tokio::test]
async fn sessions_end_by_sign_out_by_a_new_password_and_by_themselves() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let session = |hash: &str, end: i64| Session {
            token_hash: hash.to_owned(),
            user: "u-cat".into(),
            csrf: "word".to_owned(),
            created_at: at(0),
            seen_at: at(0),
            expires_at: at(end),
        };
        let mut write = store.write().await.unwrap();
        for (hash, end) in [("a", 100), ("b", 200), ("c", 300), ("d", 10)] {
            sessions::insert(&mut write, &session(hash, end)).await.unwrap();
        }
        seal(write).await;
        assert_eq!(
            sessions::find(store.read(), "a").await.unwrap(),
            Some(session("a", 100))
        );

        sessions::touch(&store, "a", at(60), at(160)).await.unwrap();
        let touched = sessions::find(store.read(), "a").await.unwrap().unwrap();
        assert_eq!((touched.seen_at, touched.expires_at), (at(60), at(160)));

        assert_eq!(sessions::sweep(&store, at(50)).await.unwrap(), 1);
        assert_eq!(sessions::find(store.read(), "d").await.unwrap(), None);
        let mut write = store.write().await.unwrap();
        sessions::delete(&mut write, "b").await.unwrap();
        sessions::delete_of_user(&mut write, &"u-cat".into(), "a")
            .await
            .unwrap();
        seal(write).await;
        for (hash, stays) in [("a", true), ("b", false), ("c", false)] {
            assert_eq!(
                sessions::find(store.read(), hash).await.unwrap().is_some(),
                stays,
                "{hash}"
            );
        }
    }
}

#[tokio::test]
async fn a_key_is_found_by_its_hash_and_revoked_once() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let system = System {
            id: SystemId("s1".to_owned()),
            org: "ybj".into(),
            name: "医保核心业务系统".to_owned(),
            note: String::new(),
            revision: 1,
            created_at: at(0),
        };
        let key = |id: &str, end: i64| Key {
            id: KeyId(id.to_owned()),
            system: system.id.clone(),
            hash: format!("hash-{id}"),
            prefix: "ys_abcd".to_owned(),
            label: "生产".to_owned(),
            created_at: at(0),
            expires_at: at(end),
            revoked_at: None,
        };
        let mut write = store.write().await.unwrap();
        systems::insert(&mut write, &system).await.unwrap();
        systems::insert_key(&mut write, &key("k1", 1000)).await.unwrap();
        systems::insert_key(&mut write, &key("k2", 10)).await.unwrap();
        seal(write).await;
        assert_eq!(
            systems::of_org(store.read(), &"ybj".into()).await.unwrap(),
            std::slice::from_ref(&system)
        );
        let owner = systems::key_by_hash(store.read(), "hash-k1")
            .await
            .unwrap()
            .unwrap();
        assert_eq!((owner.key, owner.org.as_str()), (key("k1", 1000), "ybj"));
        assert_eq!(systems::key_by_hash(store.read(), "hash-k").await.unwrap(), None);
        let live = systems::live_keys(store.read(), at(10)).await.unwrap();
        assert_eq!(
            live.iter().map(|it| it.key.id.as_str()).collect::<Vec<_>>(),
            ["k1"]
        );

        let mut write = store.write().await.unwrap();
        assert!(
            systems::revoke_key(&mut write, &key("k1", 1000), at(5))
                .await
                .unwrap()
        );
        assert!(
            !systems::revoke_key(&mut write, &key("k1", 1000), at(6))
                .await
                .unwrap()
        );
        seal(write).await;
        let revoked = systems::key(store.read(), &"k1".into()).await.unwrap().unwrap();
        assert_eq!(revoked.key.revoked_at, Some(at(5)));
        assert!(!revoked.key.is_live(at(6)));
        assert_eq!(systems::keys(store.read(), &system.id).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_later_notice_changes_a_day_that_is_known() {
    for fresh in Fresh::on_both().await {
        let store = fresh.store().await;
        let spring = |text: &str, is_worked| Holiday {
            day: day(text),
            is_worked,
            name: "春节".to_owned(),
            notice: "国办发明电".to_owned(),
        };
        let mut write = store.write().await.unwrap();
        holidays::load(
            &mut write,
            &[spring("2026-02-17", false), spring("2026-02-14", true)],
        )
        .await
        .unwrap();
        holidays::load(&mut write, &[spring("2026-02-14", false)])
            .await
            .unwrap();
        seal(write).await;
        let days = holidays::all(store.read()).await.unwrap();
        assert_eq!(days, [spring("2026-02-14", false), spring("2026-02-17", false)]);
        let mut write = store.write().await.unwrap();
        holidays::clear(&mut write, day("2026-01-01"), day("2026-02-14"))
            .await
            .unwrap();
        seal(write).await;
        assert_eq!(
            holidays::all(store.read()).await.unwrap(),
            [spring("2026-02-17", false)]
        );
    }
}

#[tokio::test]
async fn yongzhou_art7_an_organisation_that_something_relies_on_is_not_deleted() {
    for fresh in Fresh::on_both().await {
        let store = found(&fresh).await;
        let held = orgs::held(store.read(), &"mzj".into()).await.unwrap();
        assert_eq!((held.people, held.entries, held.orgs), (1, 0, 0));
        let authority = orgs::held(store.read(), &"dsj".into()).await.unwrap();
        assert_eq!(authority.orgs, 3);
        // Whatever the caller has checked, the engine refuses.
        let mut write = store.write().await.unwrap();
        assert!(orgs::delete(&mut write, &"mzj".into()).await.is_err());
        drop(write);

        let mut write = store.write().await.unwrap();
        let spare = org("x", "误登记的局", rules::people::OrgKind::Agency);
        orgs::insert(&mut write, &spare, at(0)).await.unwrap();
        seal(write).await;
        let mut write = store.write().await.unwrap();
        assert_eq!(
            orgs::held(&mut write, &"x".into()).await.unwrap(),
            orgs::Held::default()
        );
        orgs::delete(&mut write, &"x".into()).await.unwrap();
        seal(write).await;
        assert_eq!(orgs::find(store.read(), &"x".into()).await.unwrap(), None);
    }
}
