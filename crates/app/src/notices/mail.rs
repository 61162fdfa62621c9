//! Letters: notices that also go out by mail, to those who gave an address.
//!
//! What waits is in the records, so that nothing is lost when the process ends. A letter is taken for a while, handed to
//! the mail server, and ended as soon as the server has said that it has it: it is not sent again. Only a process that
//! dies between the server's word and that note sends one a second time, under the same Message-ID.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::authentication::Credentials,
};
use rules::words;
use store::notices::Mail;

use super::NoticeKind;

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

/// How long the mail server may take over one answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is said of a mail server that does not answer.
const SILENT: &str = "邮件服务器没有及时应答";

/// Why there can be no mail, in words for whoever runs the platform.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct MailError(String);

/// Why one letter did not go out.
pub(crate) struct Fault {
    /// What was wrong, without the address.
    pub words: String,
    /// Whether another try is of no use.
    pub is_final: bool,
}

/// The way out to one mail server. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    site: Option<String>,
    patience: Duration,
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

    /// Hands one letter to the mail server.
    pub(crate) async fn send(
        &self,
        mail: &Mail,
        to: Mailbox,
        href: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let letter = self.letter(mail, to, href, now)?;
        match tokio::time::timeout(self.patience, self.transport.send(letter)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Fault {
                words: told(&error),
                is_final: error.is_permanent(),
            }),
            Err(_) => Err(Fault {
                words: SILENT.to_owned(),
                is_final: false,
            }),
        }
    }

    /// Whether letters can link to the platform.
    pub fn has_site(&self) -> bool {
        self.site.is_some()
    }

    /// How the reader gets to the thing, and how he ends such letters. Outside people have pages of their own.
    fn way(&self, href: &str) -> (String, &'static str) {
        let is_free = ["/open/account/link/", "/open/track"]
            .iter()
            .any(|it| href.starts_with(it));
        let way = match (&self.site, is_free) {
            (Some(site), true) => format!("请打开：{site}{href}"),
            (Some(site), false) => format!("请登录平台查看：{site}{href}"),
            (None, true) => "请在永州市政务数据开放平台查看。".to_owned(),
            (None, false) => "请登录平台，在“通知”中查看。".to_owned(),
        };
        let leave = if href.starts_with("/open/") {
            ""
        } else {
            "不再接收的，请在平台“本人账号”中删除邮箱。"
        };
        (way, leave)
    }

    /// The letter. Its subject says what kind of thing it is about, and nothing else.
    fn letter(&self, mail: &Mail, to: Mailbox, href: &str, now: Timestamp) -> Result<Message, Fault> {
        let kind = NoticeKind::parse(&mail.notice.kind).map_or("通知", NoticeKind::label);
        let (way, leave) = self.way(href);
        let text = format!(
            "{}\n\n{way}\n\n——\n本邮件由平台自动发出，请勿回复。{leave}\n",
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
            .map_err(|_| Fault {
                words: "邮件写不出来".to_owned(),
                is_final: true,
            })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_for_letters_has_a_host_and_nothing_odd() {
        assert!(is_address("fang@example.org"));
        for bad in [
            "fang",
            "fang@",
            "@example.org",
            "a@b",
            "a b@c.cn",
            "a@b@c.cn",
            "a@.cn",
            "<a@c.cn>",
            "a@c..cn",
            "a@c.cn\r\nBcc: b@c.cn",
            "a@[127.0.0.1]",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
