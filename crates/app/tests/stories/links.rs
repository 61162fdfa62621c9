//! Letters with one-time links, against an SMTP server on loopback: an address is confirmed, a forgotten password set
//! anew, and nobody but the owner of a mailbox learns whether it is registered (art. 33).

use app::{
    applicants::{self, Changed, Details, Me, NewApplicant},
    letters, own_data,
    testing::{TestCity, on_both_engines},
};
use jiff::SignedDuration;
use rules::applicant::{Kind, LINKS_MAX, LinkKind};

use crate::post_office::{Letter, Mood, PostOffice};

const EMAIL: &str = "tang.xf@example.org";
const PASSWORD: &str = "Lingling-2026";
const NEW: &str = "Lengshuitan-2026";

fn person(email: &str, password: &str) -> NewApplicant {
    NewApplicant {
        kind: Kind::Person,
        details: Details {
            name: "唐小芳".to_owned(),
            identity: "431102198001010012".to_owned(),
            contact: String::new(),
            phone: "13907460001".to_owned(),
            email: email.to_owned(),
            address: String::new(),
        },
        password: password.to_owned(),
        consents: true,
    }
}

/// A city whose letters arrive.
struct Desk {
    city: TestCity,
    office: PostOffice,
}

impl Desk {
    fn new(city: TestCity) -> Desk {
        city.city.write_letters();
        Desk {
            city,
            office: PostOffice::open(Mood::Takes),
        }
    }

    async fn register(&self, email: &str, password: &str) {
        applicants::register(&self.city.city, person(email, password), self.city.now())
            .await
            .unwrap();
    }

    async fn sign_in(&self, email: &str, password: &str) -> Result<Me, &'static str> {
        let (city, now) = (&self.city.city, self.city.now());
        match applicants::sign_in(city, email, password, now).await {
            Ok(signed) => Ok(applicants::session(city, &signed.token, now)
                .await
                .unwrap()
                .unwrap()),
            Err(refused) => Err(refused.code),
        }
    }

    async fn forgot(&self, email: &str) {
        applicants::forgot(&self.city.city, email, self.city.now())
            .await
            .unwrap();
    }

    /// Every letter so far, after what is due was sent.
    async fn letters(&self) -> Vec<Letter> {
        letters::send_due(&self.city.city, &self.office.mailer(), self.city.now())
            .await
            .unwrap();
        self.office.letters()
    }

    /// The link of the newest letter that has one: its id and what opens it.
    async fn link(&self) -> (String, String) {
        let mut bodies = self.letters().await.into_iter().rev().map(|it| it.body());
        let body = bodies
            .find(|it| it.contains("/open/account/link/"))
            .expect("a letter with a link");
        let at = body.find("/open/account/link/").expect("the link");
        let mut parts = body[at..].split_whitespace().next().unwrap().split('/').skip(4);
        let mut part = || parts.next().unwrap().to_owned();
        (part(), part())
    }

    /// Registered, confirmed and signed in.
    async fn tang(&self) -> Me {
        self.register(EMAIL, PASSWORD).await;
        let (id, secret) = self.link().await;
        applicants::confirm(&self.city.city, &id, &secret, PASSWORD, self.city.now())
            .await
            .unwrap();
        self.sign_in(EMAIL, PASSWORD).await.unwrap()
    }
}

#[tokio::test]
async fn yongzhou_art33_an_address_counts_once_its_owner_has_opened_the_link_with_the_password() {
    on_both_engines(async |city| {
        let desk = Desk::new(city);
        let (city, now) = (&desk.city.city, desk.city.now());
        desk.register(EMAIL, PASSWORD).await;
        assert_eq!(desk.sign_in(EMAIL, PASSWORD).await.unwrap_err(), "unconfirmed");
        let letters = desk.letters().await;
        assert_eq!((letters.len(), letters[0].to[0].as_str()), (2, EMAIL));
        assert_eq!(letters[0].header("Subject"), "【一数】确认邮箱");
        assert!(!letters[0].body().contains("唐"), "a letter names nobody");
        let (id, secret) = desk.link().await;
        let link = applicants::link(city, &id, &secret, now).await;
        assert_eq!(link.unwrap(), LinkKind::Confirm);
        for (id, secret) in [(id.as_str(), "00"), ("00", secret.as_str())] {
            let refused = applicants::link(city, id, secret, now).await.unwrap_err();
            assert_eq!(refused.code, "dead-link");
        }
        // A stranger who typed this mailbox's address does not become its owner by the owner's click.
        let wrong = applicants::confirm(city, &id, &secret, "Wrong-2026x", now).await;
        assert_eq!(wrong.unwrap_err().code, "wrong-password");
        applicants::confirm(city, &id, &secret, PASSWORD, now)
            .await
            .unwrap();
        let again = applicants::confirm(city, &id, &secret, PASSWORD, now).await;
        assert_eq!(again.unwrap_err().code, "dead-link");
        assert!(desk.sign_in(EMAIL, PASSWORD).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_a_registration_that_is_not_confirmed_in_time_is_removed_and_the_last_one_counts() {
    on_both_engines(async |city| {
        let desk = Desk::new(city);
        desk.register(EMAIL, "Stranger-2026").await;
        desk.register(EMAIL, PASSWORD).await;
        assert_eq!(
            desk.sign_in(EMAIL, "Stranger-2026").await.unwrap_err(),
            "wrong-password"
        );
        assert_eq!(desk.sign_in(EMAIL, PASSWORD).await.unwrap_err(), "unconfirmed");
        let (id, secret) = desk.link().await;
        desk.city
            .wait(LinkKind::Confirm.open_for() + SignedDuration::from_secs(1));
        let (city, now) = (&desk.city.city, desk.city.now());
        let late = applicants::confirm(city, &id, &secret, PASSWORD, now).await;
        assert_eq!(late.unwrap_err().code, "dead-link");
        applicants::sweep(city, now).await.unwrap();
        assert_eq!(desk.sign_in(EMAIL, PASSWORD).await.unwrap_err(), "wrong-password");
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_nobody_but_the_owner_of_a_mailbox_learns_whether_it_is_registered() {
    on_both_engines(async |city| {
        let desk = Desk::new(city);
        let me = desk.tang().await;
        let (city, now) = (&desk.city.city, desk.city.now());
        let before = desk.letters().await.len();
        // Registering, asking for a new password and changing to a known address: the same answers as ever.
        desk.register(EMAIL, NEW).await;
        desk.register("nobody@example.org", NEW).await;
        desk.forgot(EMAIL).await;
        desk.forgot("someone.else@example.org").await;
        let letters = desk.letters().await;
        let to: Vec<&str> = letters[before..].iter().map(|it| it.to[0].as_str()).collect();
        assert_eq!(to.iter().filter(|it| **it == EMAIL).count(), 2);
        assert!(!to.contains(&"someone.else@example.org"));
        let told = letters.iter().any(|it| it.body().contains("已经注册过"));
        assert!(told, "the owner learns of it");
        assert_eq!(
            desk.sign_in(EMAIL, NEW).await.unwrap_err(),
            "wrong-password",
            "the account is as it was"
        );
        // A wrong password, an unknown address and a locked account read the same.
        let refused = async |email: &str, password: &str| {
            let refused = applicants::sign_in(city, email, password, now).await.unwrap_err();
            (refused.code, refused.words)
        };
        let unknown = refused("someone.else@example.org", PASSWORD).await;
        for _ in 0..rules::password::FAILURES_MAX {
            assert_eq!(refused(EMAIL, "Wrong-2026x").await, unknown);
        }
        assert_eq!(refused(EMAIL, PASSWORD).await, unknown);
        let kept = own_data::kept(city, &me).await.unwrap();
        let mut details = kept.details;
        details.email = "nobody@example.org".to_owned();
        let changed = applicants::change(city, &me, kept.revision, details, now).await;
        assert_eq!(changed.unwrap(), Changed::AddressWaits);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_a_forgotten_password_is_set_anew_once_and_every_session_ends() {
    on_both_engines(async |city| {
        let desk = Desk::new(city);
        desk.tang().await;
        let (city, now) = (&desk.city.city, desk.city.now());
        let session = applicants::sign_in(city, EMAIL, PASSWORD, now).await.unwrap();
        desk.forgot(EMAIL).await;
        let (first, secret) = desk.link().await;
        let weak = applicants::reset(city, &first, &secret, "short", now).await;
        assert_eq!(weak.unwrap_err().code, "weak-password");
        applicants::reset(city, &first, &secret, NEW, now).await.unwrap();
        let ended = applicants::session(city, &session.token, now).await.unwrap();
        assert!(ended.is_none());
        assert_eq!(desk.sign_in(EMAIL, PASSWORD).await.unwrap_err(), "wrong-password");
        assert!(desk.sign_in(EMAIL, NEW).await.is_ok());
        let again = applicants::reset(city, &first, &secret, PASSWORD, now).await;
        assert_eq!(again.unwrap_err().code, "dead-link");
        desk.forgot(EMAIL).await;
        let (second, secret) = desk.link().await;
        desk.city.wait(LinkKind::Reset.open_for());
        let late = applicants::reset(city, &second, &secret, PASSWORD, desk.city.now()).await;
        assert_eq!(late.unwrap_err().code, "dead-link");
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_nobody_floods_a_mailbox_with_links() {
    on_both_engines(async |city| {
        let desk = Desk::new(city);
        desk.tang().await;
        let before = desk.letters().await.len() as u64;
        for _ in 0..LINKS_MAX + 2 {
            desk.forgot(EMAIL).await;
        }
        assert_eq!(desk.letters().await.len() as u64, before + LINKS_MAX);
        desk.city.wait(SignedDuration::from_mins(61));
        desk.forgot(EMAIL).await;
        assert_eq!(desk.letters().await.len() as u64, before + LINKS_MAX + 1);
    })
    .await;
}

#[tokio::test]
async fn yongzhou_art33_a_new_address_counts_once_its_link_was_opened_and_stands_sealed_until_then() {
    on_both_engines(async |city| {
        let desk = Desk::new(city);
        let me = desk.tang().await;
        let (city, now) = (&desk.city.city, desk.city.now());
        let kept = own_data::kept(city, &me).await.unwrap();
        let mut details = kept.details;
        details.email = "tang.new@example.org".to_owned();
        details.phone = "13907460009".to_owned();
        let changed = applicants::change(city, &me, kept.revision, details, now).await;
        assert_eq!(changed.unwrap(), Changed::AddressWaits);
        let kept = own_data::kept(city, &me).await.unwrap();
        assert_eq!(
            (kept.details.email.as_str(), kept.details.phone.as_str()),
            (EMAIL, "13907460009")
        );
        let store = desk.city.fresh.store().await;
        let links = store::applicant_links::of_applicant(store.read(), &me.id)
            .await
            .unwrap();
        assert!(!format!("{links:?}").contains("tang.new"));
        let file = own_data::export(city, &me, now).await.unwrap();
        assert!(
            String::from_utf8(file.body)
                .unwrap()
                .contains("tang.new@example.org")
        );
        let (id, secret) = desk.link().await;
        assert_eq!(desk.office.letters().last().unwrap().to, ["tang.new@example.org"]);
        applicants::settle_move(city, &id, &secret, now).await.unwrap();
        assert_eq!(desk.sign_in(EMAIL, PASSWORD).await.unwrap_err(), "wrong-password");
        assert!(desk.sign_in("tang.new@example.org", PASSWORD).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_city_without_a_mail_server_registers_at_once_and_says_that_it_sends_no_links() {
    on_both_engines(async |city| {
        let now = city.now();
        for _ in 0..2 {
            applicants::register(&city.city, person(EMAIL, PASSWORD), now)
                .await
                .unwrap();
        }
        assert!(
            applicants::sign_in(&city.city, EMAIL, PASSWORD, now)
                .await
                .is_ok()
        );
        let refused = applicants::forgot(&city.city, EMAIL, now).await.unwrap_err();
        assert_eq!(refused.code, "no-letters");
    })
    .await;
}
