//! Letters against an SMTP server on loopback: the protocol is `mailin`'s, the socket is real.

use app::{
    letters::{self, Posted},
    notices::mail::{MailConfig, MailTls, Mailer},
    people,
    requests::{self, Application},
    testing::{TestCity, allowances, on_both_engines, terms},
};
use std::time::Duration;

use jiff::SignedDuration;

use crate::post_office::{self, Mood, PostOffice};

/// One letter is due: to the head of the provider, of whom a request waits.
async fn one_letter(city: &TestCity) {
    let entry = city.published(allowances()).await;
    let head = city.ctx("civil.head");
    people::set_own_email(&city.city, &head, "head@civil.cn")
        .await
        .unwrap();
    let application = Application {
        terms: terms(&["id_number", "name"]),
        duty: "医疗救助对象认定".to_owned(),
        system: "医疗救助一站式结算系统".to_owned(),
        frequency: "按需核验".to_owned(),
    };
    requests::apply(&city.city, &city.ctx("medical.clerk"), &entry, application)
        .await
        .unwrap();
}

async fn send(city: &TestCity, mailer: &Mailer) -> Posted {
    letters::send_due(&city.city, mailer, city.now()).await.unwrap()
}

fn posted(sent: u64, postponed: u64, given_up: u64) -> Posted {
    Posted {
        sent,
        postponed,
        given_up,
    }
}

#[tokio::test]
async fn a_letter_goes_out_once_with_a_subject_that_names_nobody_and_a_link_to_the_thing() {
    on_both_engines(async |city| {
        let office = PostOffice::open(Mood::Takes);
        let mailer = office.mailer();
        mailer.test().await.unwrap();
        one_letter(&city).await;
        assert_eq!(send(&city, &mailer).await, posted(1, 0, 0));
        assert_eq!(send(&city, &mailer).await, posted(0, 0, 0));
        let city = city.restart().await;
        city.wait(SignedDuration::from_hours(2));
        assert_eq!(send(&city, &mailer).await, posted(0, 0, 0));

        let letters = office.letters();
        assert_eq!(letters.len(), 1);
        let letter = &letters[0];
        assert_eq!(letter.to, ["head@civil.cn"]);
        assert_eq!(letter.from, "yishu@yongzhou.gov.cn");
        assert_eq!(letter.header("Subject"), "【一数】新的待办");
        assert!(letter.header("Message-ID").ends_with("@yongzhou.gov.cn>"));
        assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
        let body = letter.body();
        assert!(body.contains("城乡低保对象"), "{body}");
        assert!(body.contains("https://yishu.yongzhou.gov.cn/cases/"), "{body}");
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_the_server_cannot_take_now_is_tried_again_later_and_arrives_once() {
    on_both_engines(async |city| {
        let office = PostOffice::open(Mood::IsBusy);
        let mailer = office.mailer();
        one_letter(&city).await;
        assert_eq!(send(&city, &mailer).await, posted(0, 1, 0));
        assert_eq!(send(&city, &mailer).await, posted(0, 0, 0), "not before its time");
        city.wait(SignedDuration::from_secs(90));
        assert_eq!(send(&city, &mailer).await, posted(0, 1, 0));
        office.set(Mood::Takes);
        city.wait(SignedDuration::from_secs(90));
        assert_eq!(
            send(&city, &mailer).await,
            posted(0, 0, 0),
            "the second wait is longer"
        );
        let city = city.restart().await;
        city.wait(SignedDuration::from_mins(5));
        assert_eq!(send(&city, &mailer).await, posted(1, 0, 0));
        assert_eq!(office.letters().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_away_or_refuses_the_login_loses_no_letter() {
    on_both_engines(async |city| {
        let office = PostOffice::open(Mood::Takes);
        let wrong = MailConfig {
            credentials: Some(("yishu".to_owned(), "wrong".to_owned())),
            ..office.config()
        };
        let away = MailConfig {
            port: post_office::closed_port(),
            ..office.config()
        };
        // A server that offers no TLS is not spoken to in the clear when TLS is asked for.
        let clear = MailConfig {
            tls: MailTls::StartTls,
            ..office.config()
        };
        one_letter(&city).await;
        for config in [wrong, away, clear] {
            let mailer = Mailer::new(&config).unwrap();
            let words = mailer.test().await.unwrap_err().to_string();
            assert!(!words.contains("yishu"), "{words}");
            assert_eq!(send(&city, &mailer).await, posted(0, 1, 0), "{config:?}");
            city.wait(SignedDuration::from_hours(6));
        }
        assert!(office.letters().is_empty());
        let mailer = office.mailer();
        assert_eq!(send(&city, &mailer).await, posted(1, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_server_that_falls_silent_does_not_hold_the_letters_up_for_ever() {
    on_both_engines(async |city| {
        let office = PostOffice::open(Mood::IsSilent);
        let mailer = Mailer::new(&office.config())
            .unwrap()
            .patient(Duration::from_secs(3));
        one_letter(&city).await;
        assert_eq!(send(&city, &mailer).await, posted(0, 1, 0));
        office.set(Mood::Takes);
        city.wait(SignedDuration::from_mins(2));
        assert_eq!(send(&city, &mailer).await, posted(1, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_refused_address_an_address_taken_away_and_old_news_are_given_up() {
    on_both_engines(async |city| {
        let office = PostOffice::open(Mood::KnowsNobody);
        let mailer = office.mailer();
        one_letter(&city).await;
        assert_eq!(send(&city, &mailer).await, posted(0, 0, 1));
        office.set(Mood::Takes);
        city.wait(SignedDuration::from_hours(1));
        assert_eq!(send(&city, &mailer).await, posted(0, 0, 0));

        one_letter(&city).await;
        let head = city.ctx("civil.head");
        people::set_own_email(&city.city, &head, "").await.unwrap();
        let sent = send(&city, &mailer).await;
        assert_eq!((sent.sent, sent.given_up > 0), (0, true));

        one_letter(&city).await;
        city.wait(SignedDuration::from_hours(100));
        let sent = send(&city, &mailer).await;
        assert_eq!((sent.sent, sent.given_up > 0), (0, true));
        assert!(office.letters().is_empty());
    })
    .await;
}

#[tokio::test]
async fn two_nodes_that_send_at_once_send_a_letter_once() {
    on_both_engines(async |city| {
        let office = PostOffice::open(Mood::Takes);
        let (one, other) = (office.mailer(), office.mailer());
        one_letter(&city).await;
        let (first, second) = tokio::join!(send(&city, &one), send(&city, &other));
        assert_eq!(first.sent + second.sent, 1);
        assert_eq!(office.letters().len(), 1);
    })
    .await;
}
