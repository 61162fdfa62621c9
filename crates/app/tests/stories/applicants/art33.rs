//! What is kept of applicants, and who reads it (art. 33).

use app::{
    applicants::{self, NewApplicant},
    cases, notices, open_requests, own_data, products,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn yongzhou_art33_what_an_applicant_registers_is_stored_sealed_and_read_by_himself_alone() {
    on_both(|town| async move {
        let me = tang(&town).await;
        let kept = own_data::kept(&town.city, &me).await.unwrap();
        assert_eq!(
            (kept.details.name.as_str(), kept.details.identity.as_str()),
            (NAME, IDENTITY)
        );
        assert_eq!(kept.details.contact, NAME);
        assert_eq!(me.shown, "唐**");
        let store = town.fresh.store().await;
        let row = store::applicants::get(store.read(), &me.id).await.unwrap();
        let all = format!("{row:?}");
        for personal in [NAME, IDENTITY, PHONE, EMAIL, ADDRESS] {
            assert!(!all.contains(personal), "{personal}");
        }
        let key = town.fresh.config.data_dir.join("keys/applicants.key");
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(key).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_nobody_registers_without_consent_or_with_a_number_that_is_none() {
    on_both(|town| async move {
        let no =
            |new: NewApplicant| async { applicants::register(&town.city, new, now()).await.unwrap_err() };
        assert_eq!(
            no(NewApplicant {
                consents: false,
                ..person()
            })
            .await
            .code,
            "no-consent"
        );
        assert_eq!(
            no(NewApplicant {
                password: "short".to_owned(),
                ..person()
            })
            .await
            .code,
            "weak-password"
        );
        let mut bad = person();
        bad.details.identity = "431102198001010010".to_owned();
        assert_eq!(no(bad).await.fields[0].0, "identity");
        // An address that is known is answered like any other, and its account stays as it was.
        tang(&town).await;
        let mut same = person();
        same.details.email = "Tang.XF@example.org".to_owned();
        same.password = "Stranger-2026".to_owned();
        applicants::register(&town.city, same, now()).await.unwrap();
        signed_in(&town, EMAIL).await;
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_five_wrong_passwords_lock_an_applicant_for_fifteen_minutes() {
    on_both(|town| async move {
        // The whole town is kept, with its directory, and not only its city.
        let town = &town;
        applicants::register(&town.city, person(), now()).await.unwrap();
        let sign_in = |email: &'static str, password: &'static str, at: Timestamp| {
            let city = town.city.clone();
            async move { applicants::sign_in(&city, email, password, at).await }
        };
        let unknown = sign_in("nobody@example.org", "Wrong-2026x", now())
            .await
            .unwrap_err();
        for _ in 0..5 {
            let wrong = sign_in(EMAIL, "Wrong-2026x", now()).await.unwrap_err();
            assert_eq!((wrong.code, &wrong.words), (unknown.code, &unknown.words));
        }
        // Locked now: the right password is refused, in the same words.
        let locked = sign_in(EMAIL, PASSWORD, now()).await.unwrap_err();
        assert_eq!((locked.code, &locked.words), (unknown.code, &unknown.words));
        let later = now() + SignedDuration::from_mins(16);
        assert!(sign_in(EMAIL, PASSWORD, later).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_a_session_ends_idle_and_a_new_password_ends_the_others() {
    on_both(|town| async move {
        applicants::register(&town.city, person(), now()).await.unwrap();
        let (me, token) = signed_in(&town, EMAIL).await;
        let (_, old) = signed_in(&town, EMAIL).await;
        let passwords = (PASSWORD, "Lengshuitan-2026");
        applicants::change_password(&town.city, &me, &token, passwords, now())
            .await
            .unwrap();
        assert!(
            applicants::session(&town.city, &old, now())
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            applicants::session(&town.city, &token, now())
                .await
                .unwrap()
                .is_some()
        );
        let later = now() + SignedDuration::from_mins(31);
        assert!(
            applicants::session(&town.city, &token, later)
                .await
                .unwrap()
                .is_none()
        );
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_every_look_of_a_handler_is_recorded_and_told_to_the_applicant() {
    on_both(|town| async move {
        let (_, name) = listed(&town).await;
        let me = tang(&town).await;
        let case = apply(&town, &me, &name).await;
        let view = cases::show(&town.city, &town.ctx("head"), &case).await.unwrap();
        assert!(!format!("{view:?}").contains(NAME));
        let seen = applicants::look(&town.city, &town.ctx("head"), &case)
            .await
            .unwrap();
        assert_eq!(seen.details.unwrap().phone, PHONE);
        for outsider in ["reviewer", "clerk", "teacher"] {
            assert!(
                applicants::look(&town.city, &town.ctx(outsider), &case)
                    .await
                    .is_err(),
                "{outsider}"
            );
        }
        let kept = own_data::kept(&town.city, &me).await.unwrap();
        assert_eq!(kept.looks.len(), 1);
        assert_eq!(kept.looks[0].org_name, "永州市公安局");
        assert!(
            kept.looks[0].case_number.starts_with("开"),
            "{}",
            kept.looks[0].case_number
        );
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_an_applicant_takes_everything_along_and_puts_it_right() {
    on_both(|town| async move {
        let (_, name) = listed(&town).await;
        let me = tang(&town).await;
        agreed(&town, &me, &name).await;
        let kept = own_data::kept(&town.city, &me).await.unwrap();
        let mut details = kept.details.clone();
        details.phone = "13907460002".to_owned();
        applicants::change(&town.city, &me, kept.revision, details.clone(), now())
            .await
            .unwrap();
        let late = applicants::change(&town.city, &me, kept.revision, details, now()).await;
        assert_eq!(late.unwrap_err().code, "stale-page");
        let file = own_data::export(&town.city, &me, now()).await.unwrap();
        let all: Value = serde_json::from_slice(&file.body).unwrap();
        assert_eq!(all["登记信息"]["phone"], "13907460002");
        assert_eq!(all["申请"][0]["内容"]["application"]["purpose"], asked().purpose);
        assert_eq!(all["申请"][0]["办理过程"][1]["内容"], "同意。");
        assert_eq!(all["协议"].as_array().unwrap().len(), 1);
        assert_eq!(all["登录"].as_array().unwrap().len(), 1);
        assert!(all["账号记录"].to_string().contains("申请人注册"));
        assert!(all["通知"][0]["内容"].to_string().contains("已获同意"));
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_a_leak_is_told_to_every_applicant_without_delay() {
    on_both(|town| async move {
        let me = tang(&town).await;
        let words = "发现数据库备份可能外泄，登记信息均已加密，密钥未受影响；建议修改密码。";
        let head = applicants::warn(&town.city, &town.ctx("head"), words)
            .await
            .unwrap_err();
        assert_eq!(head.code, "forbidden");
        assert_eq!(
            applicants::warn(&town.city, &town.ctx("reviewer"), words)
                .await
                .unwrap(),
            1
        );
        let told = app::notices::list_of(&town.city, me.id.as_str(), None, false)
            .await
            .unwrap();
        assert_eq!(told.lines[0].words, words);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_erasure_is_for_good_and_cases_keep_the_anonymous_fact() {
    on_both(|town| async move {
        let (_, name) = released(&town).await;
        let me = tang(&town).await;
        let (id, key) = in_force(&town, &me, &name).await;
        let open = apply(&town, &me, &name).await;
        let wrong = own_data::erase(&town.city, &me, "Wrong-2026x", now())
            .await
            .unwrap_err();
        assert_eq!(wrong.code, "wrong-password");
        own_data::erase(&town.city, &me, PASSWORD, now()).await.unwrap();
        assert!(
            applicants::sign_in(&town.city, EMAIL, PASSWORD, now())
                .await
                .is_err()
        );
        assert!(matches!(
            code(call(&town, &key, &id, json!({})).await),
            "key-revoked" | "grant-terminated"
        ));
        let store = town.fresh.store().await;
        let row = store::applicants::get(store.read(), &me.id).await.unwrap();
        assert_eq!(
            (row.details, row.login_mark, row.password_hash.as_str()),
            (None, None, "")
        );
        let view = cases::show(&town.city, &town.ctx("head"), &open).await.unwrap();
        assert_eq!(view.line.state.name, "withdrawn");
        assert!(
            applicants::look(&town.city, &town.ctx("head"), &open)
                .await
                .unwrap()
                .details
                .is_none()
        );
        // The address is free again: another registration knows nothing of the old one.
        let again = tang(&town).await;
        assert_ne!(again.id, me.id);
        assert!(
            open_requests::mine(&town.city, &again, now())
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}

/// Everything that the records hold of the applications `cases` and the agreement `id`.
async fn on_record(town: &Town, cases: &[&CaseId], id: &AgreementId) -> String {
    let store = town.fresh.store().await;
    let agreement = store::agreements::find(store.read(), id).await.unwrap();
    let mut all = format!("{agreement:?}");
    for case in cases {
        let row = store::cases::get(store.read(), case).await.unwrap();
        let steps = store::steps::of_case(store.read(), case).await.unwrap();
        all += &format!("{row:?} {steps:?}");
    }
    all
}

#[tokio::test]
async fn yongzhou_art33_what_an_applicant_said_goes_with_him_and_what_the_department_did_stays() {
    on_both(|town| async move {
        let town = &town;
        let (_, name) = released(town).await;
        let me = tang(town).await;
        let (closed, id) = agreed(town, &me, &name).await;
        let open = apply(town, &me, &name).await;
        let product = products::NewProduct {
            name: "养老地图".to_owned(),
            summary: "看得见的养老服务。".to_owned(),
            link: "https://tang.example.org/map".to_owned(),
            byline: "唐小芳工作室".to_owned(),
            sources: vec![(name.clone(), rules::calendar::today(now()))],
        };
        let maker = products::Maker::Applicant(&me, now());
        let product = products::register(&town.city, maker, product).await.unwrap();
        let asked = asked();
        let said = [
            asked.purpose.trim_end_matches('。'),
            &asked.safeguards,
            &asked.frequency,
        ];
        let before = on_record(town, &[&closed, &open], &id).await;
        for said in said {
            assert!(before.contains(said), "{said}");
        }
        own_data::erase(&town.city, &me, PASSWORD, now()).await.unwrap();
        let after = on_record(town, &[&closed, &open], &id).await;
        for said in said {
            assert!(!after.contains(said), "{said} in {after}");
        }
        // The department's answer, its conditions and the steps with their days are its own act.
        let view = cases::show(&town.city, &town.ctx("head"), &closed).await.unwrap();
        assert_eq!(view.line.state.name, "agreed");
        assert!(after.contains("同意。") && after.contains("结果发表前送我局核对"));
        let store = town.fresh.store().await;
        let row = store::products::find(store.read(), &product)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.state, rules::product::State::Withdrawn);
        assert_eq!(
            (row.summary.as_str(), row.link.as_str(), row.byline),
            ("", "", None)
        );
        let told = notices::list_of(&town.city, me.id.as_str(), None, false)
            .await
            .unwrap();
        assert_eq!((told.total, told.lines.len()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_without_its_key_file_the_city_reads_nothing_and_makes_no_other_key() {
    on_both(|town| async move {
        tang(&town).await;
        let key = town.fresh.config.data_dir.join("keys/applicants.key");
        let aside = key.with_extension("aside");
        std::fs::rename(&key, &aside).unwrap();
        let town = town.reopened().await;
        let lost = applicants::sign_in(&town.city, EMAIL, PASSWORD, now())
            .await
            .unwrap_err();
        assert_eq!(lost.code, "internal");
        assert!(!key.exists());
        std::fs::write(&key, "00".repeat(32)).unwrap();
        let wrong = applicants::sign_in(&town.city, EMAIL, PASSWORD, now())
            .await
            .unwrap_err();
        assert_eq!(wrong.code, "internal");
        std::fs::rename(&aside, &key).unwrap();
        assert!(
            applicants::sign_in(&town.city, EMAIL, PASSWORD, now())
                .await
                .is_ok()
        );
    })
    .await;
}

/// Everything written while a story runs.
mod heard {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    #[derive(Clone, Default)]
    pub struct Heard(pub Arc<Mutex<Vec<u8>>>);

    impl Write for Heard {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}

#[tokio::test]
async fn yongzhou_art33_nothing_personal_stands_in_logs_events_or_evidence() {
    let heard = heard::Heard::default();
    let writer = heard.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // For all threads: what another test of this file does beside may not be heard either.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    on_both(|town| async move {
        let (_, name) = released(&town).await;
        let me = tang(&town).await;
        applicants::sign_in(&town.city, EMAIL, "Wrong-2026x", now())
            .await
            .unwrap_err();
        let (case, _) = agreed(&town, &me, &name).await;
        applicants::look(&town.city, &town.ctx("head"), &case)
            .await
            .unwrap();
        let kept = own_data::kept(&town.city, &me).await.unwrap();
        applicants::change(&town.city, &me, kept.revision, kept.details, now())
            .await
            .unwrap();
        own_data::export(&town.city, &me, now()).await.unwrap();
        own_data::erase(&town.city, &me, PASSWORD, now()).await.unwrap();
        let store = town.fresh.store().await;
        let events = store::events::before(store.read(), i64::MAX, 1_000)
            .await
            .unwrap();
        assert!(events.len() > 10);
        let mut all = format!("{events:?}").into_bytes();
        for entry in walk(&town.fresh.config.data_dir.join("evidence")) {
            all.extend(std::fs::read(entry).unwrap());
        }
        tell_tales(&all);
    })
    .await;
    tell_tales(&heard.0.lock().unwrap());
}

fn walk(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap().map(|it| it.unwrap().path()) {
        if entry.is_dir() {
            files.extend(walk(&entry));
        } else {
            files.push(entry);
        }
    }
    files
}

/// Fails where anything that was registered stands in `bytes`.
fn tell_tales(bytes: &[u8]) {
    for personal in [NAME, IDENTITY, PHONE, EMAIL, ADDRESS, PASSWORD] {
        let found = bytes.windows(personal.len()).any(|it| it == personal.as_bytes());
        assert!(!found, "{personal}");
    }
}
