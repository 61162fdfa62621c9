//! The one way in which the city says no: public words apart from what only the log is told.

use std::{fmt::Display, time::Duration};

use jiff::Timestamp;
use rules::{
    catalogue::{Content, Gap},
    law::Article,
};
use store::Passing;

/// What kind of no it is; the pages and the API turn it into an HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// There is no such thing, or this person may not know of it.
    NotFound,
    /// The thing is there; this person may not do that with it.
    Forbidden,
    /// The thing has moved on since the page was shown.
    Conflict,
    /// What was typed or sent cannot be taken.
    Invalid,
    /// More than the platform takes at once.
    TooLarge,
    /// The fault is the platform's and passes: what was tried may be tried again.
    Unavailable,
    /// The fault is the platform's. The log has the cause under the number in the words.
    Internal,
}

/// What changed under a page that somebody acted on: enough to put both versions side by side.
#[derive(Clone, Debug)]
pub struct Stale {
    /// The revision to send next time.
    pub revision: i64,
    /// Whether it is known to be this person's own change, made on another page.
    pub is_own: bool,
    /// Who changed it last.
    pub changed_by: String,
    /// When.
    pub changed_at: Option<Timestamp>,
    /// The entry as it stands now, where an entry was edited.
    pub content: Option<Content>,
}

/// A refusal, in words for people and with a code for programs.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Stable, part of the API.
    pub code: &'static str,
    /// What is wrong and what to do about it.
    pub words: String,
    /// The article that refuses, where one does.
    pub cites: Option<Article>,
    /// Fields of the form and what is wrong with each.
    pub fields: Vec<(String, String)>,
    /// What kind of no.
    pub status: Status,
    /// What has changed meanwhile, on `stale-page`.
    pub stale: Option<Box<Stale>>,
}

impl Refused {
    /// A refusal without fields or citation.
    pub fn new(status: Status, code: &'static str, words: impl Into<String>) -> Refused {
        Refused {
            code,
            words: words.into(),
            cites: None,
            fields: Vec::new(),
            status,
            stale: None,
        }
    }

    /// There is no such `what`; another agency's reads the same.
    pub fn not_found(what: &str) -> Refused {
        Refused::new(Status::NotFound, "not-found", rules::permission::nothing(what))
    }

    /// What was typed cannot be taken.
    pub fn invalid(code: &'static str, words: impl Into<String>) -> Refused {
        Refused::new(Status::Invalid, code, words)
    }

    /// What stands meanwhile forbids it.
    pub fn conflict(code: &'static str, words: impl Into<String>) -> Refused {
        Refused::new(Status::Conflict, code, words)
    }

    /// This person may not.
    pub fn forbidden(code: &'static str, words: impl Into<String>) -> Refused {
        Refused::new(Status::Forbidden, code, words)
    }

    /// One field of the form is wrong.
    pub fn field(code: &'static str, field: &str, words: impl Into<String>) -> Refused {
        let words = words.into();
        let mut refused = Refused::invalid(code, words.clone());
        refused.fields.push((field.to_owned(), words));
        refused
    }

    /// The platform's own fault: the cause goes to the log under a number, only the number to the page.
    pub fn internal(cause: impl Display) -> Refused {
        let number = format!("{:08x}", rand::random::<u32>());
        tracing::error!(number, %cause, "internal fault");
        let words = format!(
            "平台内部出错，您的操作没有生效。请稍后重试；如仍不成功，请将编号 {number} 告知系统管理员。"
        );
        Refused::new(Status::Internal, "internal", words)
    }

    /// A fault of the machines beneath: one that passes has its own code and words, any other is [`Refused::internal`].
    pub fn beneath(passing: Option<Passing>, cause: impl Display) -> Refused {
        let code = match passing {
            None => return Refused::internal(cause),
            Some(Passing::Unavailable) => "unavailable",
            Some(Passing::Full) => "no-room",
        };
        tracing::error!(code, %cause, "fault beneath");
        Refused::new(Status::Unavailable, code, passing.map_or("", Passing::words))
    }

    /// Somebody else was quicker: the page this person acted on is old.
    pub fn stale(stale: Stale) -> Refused {
        let who = match (stale.is_own, stale.changed_by.as_str()) {
            (true, _) => "您本人在另一个页面上",
            (false, "") => "其他人",
            (false, name) => name,
        };
        let words =
            format!("您打开页面之后，{who}已作了修改。您填写的内容没有丢失，请核对最新内容后再提交。");
        let mut refused = Refused::conflict("stale-page", words);
        refused.stale = Some(Box::new(stale));
        refused
    }

    /// The same refusal, with the article it rests on.
    pub fn citing(mut self, article: Article) -> Refused {
        self.cites = Some(article);
        self
    }

    /// What stands between an entry and the next step, gap by gap.
    pub fn gaps(code: &'static str, words: impl Into<String>, gaps: Vec<Gap>) -> Refused {
        let mut refused = Refused::invalid(code, words);
        refused.cites = gaps.iter().find_map(|it| it.cites);
        refused.fields = gaps.into_iter().map(|it| (it.field, it.words)).collect();
        refused
    }
}

/// The pauses between tries of what failed by the machines' fault: a short one, then longer ones, never a long one.
pub(crate) struct Pauses(Duration);

/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(30);

impl Default for Pauses {
    fn default() -> Pauses {
        Pauses(Duration::from_secs(1))
    }
}

impl Pauses {
    /// Waits before the next try.
    pub async fn pass(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(PAUSE_MAX);
    }
}

impl Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}（{}）", self.words, self.code)
    }
}

impl std::error::Error for Refused {}

impl From<store::StoreError> for Refused {
    fn from(error: store::StoreError) -> Refused {
        use store::StoreError as E;
        match &error {
            E::Stale { .. } => Refused::conflict("stale-page", error.words()),
            E::Missing { .. } => Refused::new(Status::NotFound, "not-found", error.words()),
            E::Taken { .. } => Refused::conflict("taken", error.words()),
            _ => Refused::beneath(error.passing(), error),
        }
    }
}

impl From<store::rows::RowsError> for Refused {
    fn from(error: store::rows::RowsError) -> Refused {
        Refused::beneath(error.passing(), error)
    }
}

impl From<store::files::FilesError> for Refused {
    fn from(error: store::files::FilesError) -> Refused {
        Refused::beneath(error.passing(), error)
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Refused {
        Refused::beneath(Passing::of(&error), error)
    }
}

impl From<evidence::AppendError> for Refused {
    /// What cannot be recorded is not done (art. 19).
    fn from(error: evidence::AppendError) -> Refused {
        use evidence::AppendError as E;
        if matches!(error, E::BadKind(_) | E::TooLarge(_)) {
            return Refused::internal(error);
        }
        tracing::error!(%error, "nothing can be recorded");
        Refused::new(
            Status::Unavailable,
            "not-recorded",
            format!("{}。", error.words()),
        )
    }
}

impl From<rules::procedure::Refusal> for Refused {
    fn from(refusal: rules::procedure::Refusal) -> Refused {
        let status = match refusal {
            rules::procedure::Refusal::NoSuchStep => Status::NotFound,
            rules::procedure::Refusal::NotFromHere { .. } => Status::Conflict,
            rules::procedure::Refusal::NotYours { .. } => Status::Forbidden,
        };
        let mut refused = Refused::new(status, refusal.code(), refusal.words());
        refused.cites = refusal.cites();
        refused
    }
}

impl From<table::ReadError> for Refused {
    fn from(error: table::ReadError) -> Refused {
        let status = match error {
            table::ReadError::TooLarge { .. } => Status::TooLarge,
            table::ReadError::Io(cause) => return cause.into(),
            _ => Status::Invalid,
        };
        Refused::new(status, error.code(), error.words())
    }
}

impl From<rules::permission::Denied> for Refused {
    fn from(denied: rules::permission::Denied) -> Refused {
        let (status, code) = if denied.hides {
            (Status::NotFound, "not-found")
        } else {
            (Status::Forbidden, "forbidden")
        };
        let mut refused = Refused::new(status, code, denied.words());
        refused.cites = denied.cites;
        refused
    }
}
