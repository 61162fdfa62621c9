//! 通知: what people are told of an act, inside the act's own write: no act without its notice, no notice without its act.
//!
//! A notice has two texts. Its words are made here and name things, never people: they also go out by mail. Its why is
//! what a person wrote; it is shown on the platform and nowhere else.

use jiff::Timestamp;
use rules::{
    ids::{ApplicantId, OrgId, UserId},
    people::{Office, Role},
    permission::{self, Action, Subject},
    words,
};
use store::{
    Write,
    cases::{Case, Turn},
    notices::{self, Notice},
    orgs,
    users::{self, User},
};

use crate::{City, Ctx, Refused};

pub mod mail;

words! {
    /// What a notice tells of. The label is the subject of its letter.
    pub enum NoticeKind {
        /// Something waits for the reader's organisation.
        Turn = "turn" "新的待办",
        /// A request for shared data was answered (art. 18).
        RequestDecided = "request-decided" "共享申请已答复",
        /// A dispute was decided (art. 18).
        DisputeDecided = "dispute-decided" "争议已处理",
        /// A grant is suspended (art. 19).
        GrantSuspended = "grant-suspended" "授权已暂停",
        /// A suspended grant is in use again (art. 19).
        GrantResumed = "grant-resumed" "授权已恢复",
        /// A grant has ended (art. 19).
        GrantTerminated = "grant-terminated" "授权已终止",
        /// An entry came back with reasons (art. 11).
        EntryReturned = "entry-returned" "目录已退回",
        /// An entry is in the catalogue (art. 11).
        EntryPublished = "entry-published" "目录已发布",
        /// An entry was taken out of the catalogue (art. 13).
        EntryWithdrawn = "entry-withdrawn" "目录已下架",
        /// Two thirds of a limit have passed.
        ClockAmber = "clock-amber" "期限将至",
        /// A limit has run out.
        ClockRed = "clock-red" "期限已过",
        /// A step in the correction of a record (art. 21).
        Correction = "correction" "数据校核",
        /// A step in an objection (art. 34).
        Objection = "objection" "数据异议",
        /// A step in opening data (art. 22, art. 24).
        Opening = "opening" "数据开放",
        /// A step in an application for conditionally open data (art. 26).
        OpenRequest = "open-request" "开放申请",
        /// The address of an account is to be confirmed.
        ConfirmAddress = "confirm-address" "确认邮箱",
        /// A new password can be set.
        ResetPassword = "reset-password" "重设密码",
        /// Something about the reader's own account.
        Account = "account" "本人账号",
    }
}

/// Whom to tell.
#[derive(Clone, Debug)]
pub(crate) struct To<'a> {
    whom: Whom<'a>,
    but: Option<UserId>,
}

#[derive(Clone, Debug)]
enum Whom<'a> {
    Org(&'a OrgId, Vec<Role>),
    User(&'a UserId),
    Applicant(&'a ApplicantId),
}

impl<'a> To<'a> {
    /// The people of an organisation who are charged with one of `roles`. Where nobody is, its heads; where it has
    /// none, everybody who does its work: a notice never falls on nobody while there is somebody.
    pub(crate) fn roles(org: &'a OrgId, roles: &[Role]) -> To<'a> {
        To::new(Whom::Org(org, roles.to_vec()))
    }

    /// The people of an organisation who hold `office` in its cases.
    pub(crate) fn office(org: &'a OrgId, office: Office) -> To<'a> {
        To::new(Whom::Org(org, permission::roles_of(office)))
    }

    /// One person.
    pub(crate) fn user(id: &'a UserId) -> To<'a> {
        To::new(Whom::User(id))
    }

    /// One registered applicant.
    pub(crate) fn applicant(id: &'a ApplicantId) -> To<'a> {
        To::new(Whom::Applicant(id))
    }

    fn new(whom: Whom<'a>) -> To<'a> {
        To { whom, but: None }
    }

    /// All of them but this one: nobody is told of what he did himself.
    pub(crate) fn but(mut self, user: Option<UserId>) -> To<'a> {
        self.but = user;
        self
    }
}

/// Tells of an act, inside its write. `words` name no person; `href` is the page where the thing is.
pub(crate) async fn tell(
    write: &mut Write,
    at: Timestamp,
    to: To<'_>,
    kind: NoticeKind,
    words: &str,
    href: &str,
) -> Result<(), Refused> {
    tell_why(write, at, to, kind, words, "", href).await
}

/// The same, with what a person wrote: it stays on the platform.
pub(crate) async fn tell_why(
    write: &mut Write,
    at: Timestamp,
    to: To<'_>,
    kind: NoticeKind,
    words: &str,
    why: &str,
    href: &str,
) -> Result<(), Refused> {
    let readers = readers(write, &to).await?;
    let audience = audience(write, &to).await?;
    let notice = Notice {
        id: store::fresh_id(at),
        at,
        kind: kind.name().to_owned(),
        audience,
        href: href.to_owned(),
        once: None,
        words: words.to_owned(),
        why: why.to_owned(),
    };
    send(write, &notice, &readers).await
}

/// One who is told: the id, and whether a letter goes out too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reader {
    /// A user's or an applicant's id.
    pub id: String,
    has_mail: bool,
}

impl From<&User> for Reader {
    fn from(user: &User) -> Reader {
        Reader {
            id: user.id.0.clone(),
            has_mail: user.email.is_some(),
        }
    }
}

/// Records the notice for its readers, and puts the letters into the outbox.
pub(crate) async fn send(write: &mut Write, notice: &Notice, readers: &[Reader]) -> Result<(), Refused> {
    let ids: Vec<String> = readers.iter().map(|it| it.id.clone()).collect();
    notices::insert(write, notice, &ids).await?;
    for reader in readers.iter().filter(|it| it.has_mail) {
        notices::add_mail(write, &notice.id, &reader.id, notice.at, None).await?;
    }
    Ok(())
}

/// The people of `org` who can sign in and are charged with one of `roles`.
pub(crate) async fn people(write: &mut Write, org: &OrgId, roles: &[Role]) -> Result<Vec<Reader>, Refused> {
    let all = users::of_org(&mut *write, org).await?;
    let is_charged = |it: &&User| !it.is_disabled && it.roles.iter().any(|role| roles.contains(role));
    Ok(all.iter().filter(is_charged).map(Reader::from).collect())
}

async fn readers(write: &mut Write, to: &To<'_>) -> Result<Vec<Reader>, Refused> {
    let but = to.but.as_ref().map(|it| it.0.as_str());
    match &to.whom {
        Whom::Org(org, roles) => {
            let workers: Vec<Role> = Role::ALL
                .iter()
                .copied()
                .filter(|it| *it != Role::Administrator)
                .collect();
            for roles in [roles.as_slice(), &[Role::Head], &workers, Role::ALL] {
                let found = people(write, org, roles).await?;
                if !found.is_empty() {
                    return Ok(found
                        .into_iter()
                        .filter(|it| Some(it.id.as_str()) != but)
                        .collect());
                }
            }
            Ok(Vec::new())
        }
        Whom::User(id) => {
            let found = users::find(&mut *write, id).await?;
            Ok(found.iter().map(Reader::from).collect())
        }
        // An applicant's address is kept encrypted; whether there is one shows when the letter goes out.
        Whom::Applicant(id) => Ok(vec![Reader {
            id: id.0.clone(),
            has_mail: true,
        }]),
    }
}

async fn audience(write: &mut Write, to: &To<'_>) -> Result<String, Refused> {
    Ok(match &to.whom {
        Whom::Org(org, roles) => {
            let labels: Vec<&str> = roles.iter().map(|it| it.label()).collect();
            let org = orgs::get(&mut *write, org).await?.org;
            format!("{}（{}）", org.name, labels.join("、"))
        }
        Whom::User(_) => "本人".to_owned(),
        Whom::Applicant(_) => "申请人".to_owned(),
    })
}

/// Tells the organisations whose turn it has become in a case. `before` are those whose turn it was already.
pub(crate) async fn tell_turns(
    write: &mut Write,
    at: Timestamp,
    case: &Case,
    before: &[Turn],
    after: &[Turn],
    by: Option<UserId>,
) -> Result<(), Refused> {
    let new: Vec<&Turn> = after.iter().filter(|it| !before.contains(it)).collect();
    let mut orgs: Vec<&OrgId> = new.iter().map(|it| &it.org).collect();
    orgs.sort();
    orgs.dedup();
    let label = rules::procedure::Procedure::find(&case.procedure).map_or("办件", |it| it.label);
    let until = case.due_on.map(|it| format!("，期限至 {it}")).unwrap_or_default();
    let words = format!("{label}“{}”（{}）待贵单位办理{until}。", case.title, case.number);
    let href = format!("/cases/{}", case.id);
    for org in orgs {
        let offices = new.iter().filter(|it| it.org == *org);
        let roles: Vec<Role> = offices
            .filter_map(|it| Office::parse(&it.office))
            .flat_map(permission::roles_of)
            .collect();
        let to = To::roles(org, &roles).but(by.clone());
        tell(write, at, to, NoticeKind::Turn, &words, &href).await?;
    }
    Ok(())
}

/// A notice as pages print it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeLine {
    /// Its id.
    pub id: String,
    /// When it was told.
    pub at: Timestamp,
    /// What it tells of.
    pub kind: NoticeKind,
    /// What is told.
    pub words: String,
    /// What a person wrote with it; empty where nothing was.
    pub why: String,
    /// Where the thing is.
    pub href: String,
    /// Whether the reader has opened it.
    pub is_read: bool,
}

/// A page of notices.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    /// How many the reader has in all.
    pub total: u64,
    /// How many are unread.
    pub unread: u64,
    /// The page, the newest first.
    pub lines: Vec<NoticeLine>,
    /// Where it ends; none on the last page.
    pub next: Option<String>,
}

/// Notices on a page at most.
const PAGE: u32 = 50;

/// This person's notices, the newest first. `before` is the `next` of the page before.
pub async fn list(city: &City, ctx: &Ctx, before: Option<&str>, is_unread: bool) -> Result<Notices, Refused> {
    ctx.may(Action::SeeNotices, &Subject::org(&ctx.actor.org))?;
    list_of(city, ctx.actor.user.as_str(), before, is_unread).await
}

/// The notices of a reader, who is known to ask for his own: a user, or an applicant.
pub async fn list_of(
    city: &City,
    reader: &str,
    before: Option<&str>,
    is_unread: bool,
) -> Result<Notices, Refused> {
    let found = notices::list(city.store.read(), reader, before, is_unread, PAGE).await?;
    let next = (found.len() == PAGE as usize)
        .then(|| found.last().map(|it| it.notice.id.clone()))
        .flatten();
    let line = |it: notices::Told| {
        Some(NoticeLine {
            kind: NoticeKind::parse(&it.notice.kind)?,
            id: it.notice.id,
            at: it.notice.at,
            words: it.notice.words,
            why: it.notice.why,
            href: it.notice.href,
            is_read: it.read_at.is_some(),
        })
    };
    Ok(Notices {
        total: notices::count(city.store.read(), reader).await?,
        unread: notices::count_unread(city.store.read(), reader).await?,
        lines: found.into_iter().filter_map(line).collect(),
        next,
    })
}

/// How many notices this person has not opened: the number in the header.
pub async fn count(city: &City, ctx: &Ctx) -> Result<u64, Refused> {
    count_of(city, ctx.actor.user.as_str()).await
}

/// How many notices a reader has not opened.
pub async fn count_of(city: &City, reader: &str) -> Result<u64, Refused> {
    Ok(notices::count_unread(city.store.read(), reader).await?)
}

/// Opens a notice: it is read, and this is the page it leads to.
pub async fn open(city: &City, ctx: &Ctx, id: &str) -> Result<String, Refused> {
    open_of(city, ctx.actor.user.as_str(), id, ctx.now).await
}

/// Opens a notice of a reader who is known to ask for his own.
pub async fn open_of(city: &City, reader: &str, id: &str, now: Timestamp) -> Result<String, Refused> {
    let found = notices::find(city.store.read(), reader, id).await?;
    let found = found.ok_or_else(|| Refused::not_found("该通知"))?;
    if found.read_at.is_none() {
        notices::set_read(&city.store, reader, id, now).await?;
    }
    Ok(found.notice.href)
}

/// Marks as read everything up to the notice `id`, the newest that the page showed.
pub async fn read_all(city: &City, ctx: &Ctx, id: &str) -> Result<(), Refused> {
    Ok(notices::set_all_read(&city.store, ctx.actor.user.as_str(), id, ctx.now).await?)
}
