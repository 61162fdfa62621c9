//! Letters: notices that also go out by mail, to those who gave an address.
//!
//! What waits is in the records, so that nothing is lost when the process ends. A letter is taken for a while, handed to
//! the mail server, and ended as soon as the server has said that it has it: it is not sent again. Only a process that
//! dies between the server's word and that note sends one a second time, under the same Message-ID.

use std::{fmt, time::Duration};

use jiff::{SignedDuration, Timestamp};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::authentication::Credentials,
};
use rules::{
    ids::{ApplicantId, UserId},
    words,
};
use store::{
    notices::{self, Mail, MailState},
    users,
};

use super::NoticeKind;
use crate::{City, Refused, applicants};

words! {
    /// How the connection to the mail server is protected.
    pub enum MailTls {
        /// TLS from the first byte, usually port 465.
        Tls = "tls" "TLS",
        /// TLS after STARTTLS, usually port 587; a server that does not offer it is refused.
        StartTls = "starttls" "STARTTLS",
        /// No protection: for a mail server on the same machine.
        Plain = "none" "不加密",
    }
}

impl MailTls {
    /// The port where none is given.
    pub fn port(self) -> u16 {
        match self {
            MailTls::Tls => 465,
            MailTls::StartTls => 587,
            MailTls::Plain => 25,
        }
    }
}

/// How letters go out.
#[derive(Clone)]
pub struct MailConfig {
    /// The mail server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// Login and password, where the server asks for them.
    pub credentials: Option<(String, String)>,
    /// The sender, such as `一数 <yishu@yongzhou.gov.cn>`.
    pub from: String,
    /// Where people reach the platform, such as `https://yishu.yongzhou.gov.cn`; letters link there.
    pub site: Option<String>,
}

impl fmt::Debug for MailConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailConfig({}:{}, {})", self.host, self.port, self.tls.name())
    }
}

/// Letters at once at most. The binary asks every few seconds, which bounds the rate.
const AT_ONCE: u32 = 10;

/// How long the mail server may take over one answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is said of a mail server that does not answer.
const SILENT: &str = "邮件服务器没有及时应答";

/// How long a letter is this process's own: longer than all of [`AT_ONCE`] can take.
const LEASE: SignedDuration = SignedDuration::from_mins(30);

/// After this a letter is old news: its notice is on the platform.
const KEPT: SignedDuration = SignedDuration::from_hours(72);

/// Minutes before the next try, by how often it was tried.
const WAITS: &[i64] = &[1, 5, 15, 60, 180, 360];

/// Why there can be no mail, in words for whoever runs the platform.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct MailError(String);

/// The way out to one mail server. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    site: Option<String>,
    patience: Duration,
}

/// What became of the letters that were due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// The server took them.
    pub sent: u64,
    /// They will be tried again.
    pub postponed: u64,
    /// They will not be.
    pub given_up: u64,
}

impl Mailer {
    /// Prepares the way; connects to nothing yet.
    pub fn new(config: &MailConfig) -> Result<Mailer, MailError> {
        let from: Mailbox = config
            .from
            .parse()
            .map_err(|_| MailError(format!("发件人“{}”不是邮箱地址。", config.from)))?;
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let builder = match config.tls {
            MailTls::Tls => Transport::relay(&config.host),
            MailTls::StartTls => Transport::starttls_relay(&config.host),
            MailTls::Plain => Ok(Transport::builder_dangerous(&config.host)),
        };
        let builder =
            builder.map_err(|it| MailError(format!("邮件服务器“{}”不可用：{it}。", config.host)))?;
        let mut builder = builder.port(config.port).timeout(Some(PATIENCE));
        if let Some((login, password)) = &config.credentials {
            builder = builder.credentials(Credentials::new(login.clone(), password.clone()));
        }
        Ok(Mailer {
            transport: builder.build(),
            from,
            site: config
                .site
                .as_deref()
                .map(|it| it.trim_end_matches('/').to_owned()),
            patience: PATIENCE,
        })
    }

    /// The same with another patience for each letter.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Mailer {
        Mailer { patience, ..self }
    }

    /// Whether the mail server answers, and takes the login.
    pub async fn test(&self) -> Result<(), MailError> {
        // The transport itself waits for ever for an answer once it is connected.
        match tokio::time::timeout(self.patience, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) | Err(_) => Err(MailError(SILENT.to_owned())),
            Ok(Err(error)) => Err(MailError(told(&error))),
        }
    }

    /// The letter. Its subject says what kind of thing it is about, and nothing else.
    fn letter(&self, mail: &Mail, to: Mailbox, now: Timestamp) -> Result<Message, Refused> {
        let kind = NoticeKind::parse(&mail.notice.kind).map_or("通知", NoticeKind::label);
        let way = match &self.site {
            Some(site) => format!("请登录平台查看：{site}{}", mail.notice.href),
            None => "请登录平台，在“通知”中查看。".to_owned(),
        };
        let text = format!(
            "{}\n\n{way}\n\n——\n本邮件由平台自动发出，请勿回复。不再接收的，请在平台“本人账号”中删除邮箱。\n",
            mail.notice.words
        );
        let message_id = format!(
            "<{}.{}@{}>",
            mail.notice.id,
            mail.reader,
            self.from.email.domain()
        );
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(format!("【一数】{kind}"))
            .date(now.into())
            .message_id(Some(message_id))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(Refused::internal)
    }
}

/// Sends the letters that are due, some at once; called every few seconds by the binary.
pub async fn send_due(city: &City, mailer: &Mailer, now: Timestamp) -> Result<Posted, Refused> {
    let mut posted = Posted {
        given_up: notices::end_old_mails(&city.store, now - KEPT, now, "太久未能发送").await?,
        ..Posted::default()
    };
    let due = notices::claim_mails(&city.store, now, now + LEASE, AT_ONCE).await?;
    if due.is_empty() {
        return Ok(posted);
    }
    // A server that is away or refuses the login is no fault of any letter.
    if let Err(error) = mailer.test().await {
        tracing::warn!(%error, "the mail server cannot be used");
        for mail in &due {
            put_off(city, mail, now, &error.to_string()).await?;
            posted.postponed += 1;
        }
        return Ok(posted);
    }
    for mail in &due {
        match send(city, mailer, mail, now).await? {
            MailState::Sent => posted.sent += 1,
            MailState::Waiting => posted.postponed += 1,
            MailState::GivenUp | MailState::NoAddress => posted.given_up += 1,
        }
    }
    Ok(posted)
}

async fn send(city: &City, mailer: &Mailer, mail: &Mail, now: Timestamp) -> Result<MailState, Refused> {
    let end = async |state: MailState, fault: &str| -> Result<MailState, Refused> {
        notices::end_mail(&city.store, mail, state, now, fault).await?;
        Ok(state)
    };
    let Some(to) = address(city, &mail.reader).await? else {
        return end(MailState::NoAddress, "").await;
    };
    let letter = mailer.letter(mail, to, now)?;
    let sent = tokio::time::timeout(mailer.patience, mailer.transport.send(letter)).await;
    let fault = match sent {
        Ok(Ok(_)) => return end(MailState::Sent, "").await,
        Ok(Err(error)) if error.is_permanent() => return end(MailState::GivenUp, &told(&error)).await,
        Ok(Err(error)) => told(&error),
        Err(_) => SILENT.to_owned(),
    };
    put_off(city, mail, now, &fault).await?;
    Ok(MailState::Waiting)
}

async fn put_off(city: &City, mail: &Mail, now: Timestamp, fault: &str) -> Result<(), Refused> {
    let turn = usize::try_from(mail.tries.saturating_sub(1)).unwrap_or(usize::MAX);
    let minutes = WAITS[turn.min(WAITS.len() - 1)];
    let next = now + SignedDuration::from_mins(minutes);
    Ok(notices::postpone_mail(&city.store, mail, next, fault).await?)
}

/// The reader's address as it is now; none for one who has none, or who may not sign in any more. An applicant's is
/// unsealed for the letter and kept nowhere.
async fn address(city: &City, reader: &str) -> Result<Option<Mailbox>, Refused> {
    let email = match users::find(city.store.read(), &UserId::from(reader)).await? {
        Some(user) => user.email.filter(|_| !user.is_disabled),
        None => applicants::address(city, &ApplicantId::from(reader)).await?,
    };
    Ok(email.and_then(|it| it.parse().ok()))
}

/// What went wrong, without what the server wrote: that may name the address.
fn told(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("邮件服务器答复 {code}"),
        None if error.is_timeout() => SILENT.to_owned(),
        None if error.is_tls() => "与邮件服务器的加密连接没有建立".to_owned(),
        None => "连不上邮件服务器".to_owned(),
    }
}

/// Whether `text` can be written to, as far as its form shows.
pub fn is_address(text: &str) -> bool {
    text.len() <= 254 && text.is_ascii() && text.parse::<lettre::Address>().is_ok() && {
        let domain = text.rsplit('@').next().unwrap_or_default();
        domain.contains('.') && !domain.starts_with('[')
    }
}

/// How many letters stand where: for the page of accounts and `doctor`.
pub async fn post(city: &City) -> Result<notices::Post, Refused> {
    Ok(notices::post(city.store.read()).await?)
}
