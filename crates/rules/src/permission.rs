//! Who may do what to what: the one place for every act of the product.
//!
//! Home of 《永州市政务大数据管理办法》 art. 3, art. 6 and art. 10. Each authority acts for its own level, a county's for its
//! county only; the catalogue is one for all; oversight reads without acting; using one's own data is not sharing. The
//! table is in `rules`: each row names its article, or the reason where no article speaks.

use crate::{
    ids::OrgId,
    law::Article,
    people::{Actor, Level, Office, Org, OrgKind, Role},
    procedure::{Move, Procedure},
    words,
};

mod rules;

pub use rules::RULES;

words! {
    /// Every act of the product.
    pub enum Action {
        /// Find published entries.
        SearchCatalogue = "search-catalogue" "检索目录",
        /// Read what an entry says.
        SeeEntry = "see-entry" "查看目录",
        /// Create, change or revise an entry.
        EditDraft = "edit-draft" "编制目录",
        /// Hand an entry in.
        SubmitEntry = "submit-entry" "提交目录",
        /// Take an entry back.
        WithdrawEntry = "withdraw-entry" "撤回目录",
        /// Take a published entry out of the catalogue.
        RetireEntry = "retire-entry" "下架目录",
        /// Sign, or decline to sign, an entry compiled together.
        SignEntry = "sign-entry" "会签目录",
        /// Confirm, or decline to confirm, a share kind.
        ConfirmShare = "confirm-share" "审核确认共享类型",
        /// Publish an entry or send it back.
        ReviewEntry = "review-entry" "审核发布目录",
        /// Deliver a batch of data.
        Deliver = "deliver" "归集数据",
        /// Read how a batch fared: numbers and scores, no values.
        SeeDelivery = "see-delivery" "查看归集情况",
        /// Fetch the refused rows of a batch, with their values.
        SeeRefusals = "see-refusals" "下载拒收清单",
        /// Take up access to an unconditional entry.
        Claim = "claim" "获取无条件共享数据访问权限",
        /// Apply for a conditional entry.
        Apply = "apply" "申请有条件共享数据",
        /// Take an application back.
        WithdrawRequest = "withdraw-request" "撤回共享申请",
        /// Give the provider's opinion on an application.
        Opine = "opine" "对共享申请提出意见",
        /// Grant or refuse an application, or take it up again.
        DecideRequest = "decide-request" "答复共享申请",
        /// Bring a dispute to the authority.
        RaiseDispute = "raise-dispute" "提出争议",
        /// State one's view in a dispute.
        StateDispute = "state-dispute" "陈述争议意见",
        /// Decide a dispute.
        DecideDispute = "decide-dispute" "协调处理争议",
        /// Read a case with its history.
        SeeCase = "see-case" "查看办件",
        /// Read the terms and the state of a grant.
        SeeGrant = "see-grant" "查看授权",
        /// Read who used what under a grant.
        SeeUsage = "see-usage" "查看使用情况",
        /// Stop a grant for a while.
        SuspendGrant = "suspend-grant" "暂停授权",
        /// Let a suspended grant run again.
        ResumeGrant = "resume-grant" "恢复授权",
        /// End a grant for good.
        TerminateGrant = "terminate-grant" "终止授权",
        /// Tell the authority of a use against the rules.
        FileReport = "file-report" "报告使用违规",
        /// Take note of such a report.
        NoteReport = "note-report" "阅处使用违规报告",
        /// Doubt a record one received.
        Doubt = "doubt" "反馈疑义",
        /// Allow the check of a doubt more time.
        ExtendCorrection = "extend-correction" "延长校核期限",
        /// Check a doubt: put the data right, or uphold it.
        CheckCorrection = "check-correction" "校核数据",
        /// Read how an entry is opened: plan, releases, lists. Values only as they are opened.
        SeeOpening = "see-opening" "查看开放情况",
        /// Prepare a release: rules per item, preview; hand it to the secrecy review.
        PrepareRelease = "prepare-release" "编制开放方案",
        /// Review a release another person prepared.
        ReviewSecrecy = "review-secrecy" "开放保密审查",
        /// Take an open set off every surface.
        WithdrawRelease = "withdraw-release" "撤回开放数据",
        /// Publish an edition of the agency's open list.
        PublishOpenList = "publish-open-list" "发布开放清单",
        /// Give the handler's opinion on an application for conditionally opened data.
        OpineOpenRequest = "opine-open-request" "对开放申请提出处理意见",
        /// Agree to such an application or refuse it.
        DecideOpenRequest = "decide-open-request" "答复开放申请",
        /// Read what an applicant registered about himself.
        SeeApplicant = "see-applicant" "查看申请人信息",
        /// Read an agreement and its use.
        SeeAgreement = "see-agreement" "查看开放利用协议",
        /// Stop an agreement, let it run again, or end it.
        SuspendAgreement = "suspend-agreement" "暂停或者终止开放利用协议",
        /// Learn how opened data is used, at the agreed rhythm.
        FollowUp = "follow-up" "定期跟踪开发利用情况",
        /// Tell applicants that their data leaked or may have.
        WarnApplicants = "warn-applicants" "告知申请人信息安全事件",
        /// Read which data products use opened data.
        SeeProducts = "see-products" "查看数据产品",
        /// Put data products on show, or take them off.
        ManageProducts = "manage-products" "管理数据产品",
        /// Mark data as under objection.
        MarkObjection = "mark-objection" "异议标注",
        /// Decide an objection that is the authority's own to decide.
        DecideObjection = "decide-objection" "决定异议",
        /// Pass an objection to the department.
        TransferObjection = "transfer-objection" "转交异议",
        /// Decide an objection that was passed on.
        DepartmentDecide = "department-decide" "部门决定异议",
        /// Tell the objector.
        TellObjector = "tell-objector" "告知异议提出人",
        /// Read which systems an organisation has registered.
        SeeSystems = "see-systems" "查看应用系统",
        /// Register systems, issue and revoke their keys.
        ManageSystems = "manage-systems" "管理应用系统和密钥",
        /// Call the gateway for data.
        Call = "call" "调用共享数据",
        /// Fetch the receipt of a call.
        SeeReceipt = "see-receipt" "获取存证回执",
        /// Read the evidence log.
        ReadEvidence = "read-evidence" "查阅存证日志",
        /// Create, change and disable accounts.
        ManagePeople = "manage-people" "管理用户",
        /// Create and change organisations.
        ManageOrgs = "manage-orgs" "管理机构",
        /// Reckon the last day of a limit.
        SeeCalendar = "see-calendar" "查看工作日历",
        /// Load a holiday notice.
        LoadCalendar = "load-calendar" "载入节假日安排",
        /// Be told that the regulation will lapse.
        SeeExpiry = "see-expiry" "查看规定有效期提示",
        /// Read the own notices.
        SeeNotices = "see-notices" "查看通知",
        /// Set up outgoing mail.
        ManageMail = "manage-mail" "管理邮件发送",
        /// Change the own password, sign out.
        OwnAccount = "own-account" "管理本人账号",
    }
}

words! {
    /// What an act may be done to, seen from the organisation of the one who acts.
    pub enum Reach {
        /// The organisation itself.
        OwnOrg = "own-org" "本单位",
        /// Entries the organisation provides, and what hangs on them.
        OwnProvider = "own-provider" "本单位提供的数据",
        /// What the organisation uses.
        OwnConsumer = "own-consumer" "本单位使用的数据",
        /// Entries the organisation compiles with a lead.
        CoCompiling = "co-compiling" "本单位会同编制的目录",
        /// Entries whose share kind the organisation is designated to confirm.
        Confirming = "confirming" "本单位审核确认的目录",
        /// What is being compiled of such entries: not what comes of them once they are published.
        ConfirmingDraft = "confirming-draft" "本单位审核确认的编目",
        /// What lies on the authority's own level; between two levels or two counties, it is the city's.
        Jurisdiction = "jurisdiction" "本级主管的事项",
        /// Published entries.
        Published = "published" "已发布的目录",
        /// Published entries of other organisations: using one's own data is not sharing (art. 3).
        Offered = "offered" "其他部门已发布的数据",
        /// Everything, for one who works for the city; the own county, for one who works for a county.
        Territory = "territory" "本辖区",
        /// What concerns the whole city at once, for one who works for the city.
        WholeCity = "whole-city" "全市统一的事项",
        /// Everything.
        Everywhere = "everywhere" "全市",
    }
}

/// Who may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person charged with a role.
    Person(Role),
    /// An agency's own software, by its application key.
    System,
}

/// What an act rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// An article.
    Law(Article),
    /// No article speaks of it; the reason for the rule.
    Internal(&'static str),
}

/// Who may do one act, to what, and why.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The act.
    pub action: Action,
    /// What it rests on.
    pub ground: Ground,
    /// The act by which one would see what it is done to. Where one may not even see that, a refusal says no
    /// more than that there is nothing.
    pub sight: Option<Action>,
    /// Who may, and to what.
    pub by: &'static [(Who, Reach)],
}

/// What an act is done to. Leave out what does not bear on it: a report concerns the provider's level alone, so its
/// subject has no consumer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// The organisation the act is about: its accounts, its systems.
    pub org: Option<&'a Org>,
    /// The organisation that provides the entry.
    pub provider: Option<&'a Org>,
    /// The organisation that uses it, or applies to.
    pub consumer: Option<&'a Org>,
    /// The organisations that compile the entry with the provider.
    pub co_compilers: &'a [OrgId],
    /// Whether what is seen or used is in the catalogue. A draft of a published entry's next version is not.
    pub is_published: bool,
    /// Whether the matter is the city authority's, whoever provides the data: an objection (art. 34).
    pub is_citys: bool,
}

impl<'a> Subject<'a> {
    /// An organisation: its accounts, its systems.
    pub fn org(org: &'a Org) -> Subject<'a> {
        Subject {
            org: Some(org),
            ..Subject::default()
        }
    }

    /// An entry.
    pub fn entry(provider: &'a Org, co_compilers: &'a [OrgId], is_published: bool) -> Subject<'a> {
        Subject {
            provider: Some(provider),
            co_compilers,
            is_published,
            ..Subject::default()
        }
    }

    /// A request, grant or dispute between two organisations.
    pub fn between(provider: &'a Org, consumer: &'a Org) -> Subject<'a> {
        let (provider, consumer) = (Some(provider), Some(consumer));
        Subject {
            provider,
            consumer,
            is_published: true,
            ..Subject::default()
        }
    }
}

/// What is said of a `what` that is not there, and of one that the reader may not see: the same.
pub fn nothing(what: &str) -> String {
    format!("没有找到{what}，或者您无权查看。请核对链接。")
}

/// What an act is done to, by the act with which one would see it.
fn thing(sight: Option<Action>) -> &'static str {
    match sight {
        Some(Action::SeeEntry) => "该目录",
        Some(Action::SeeCase) => "该办件",
        Some(Action::SeeGrant) => "该授权",
        Some(Action::SeeAgreement) => "该协议",
        _ => "这项内容",
    }
}

/// An act that is not permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The act.
    pub action: Action,
    /// The article that says who may; none where the refusal hides, or where no article speaks.
    pub cites: Option<Article>,
    /// Whether to answer as if there were nothing there: one may not even see it.
    pub hides: bool,
}

impl Denied {
    /// Why, as people read it.
    pub fn words(&self) -> String {
        if self.hides {
            return nothing(thing(rule(self.action).sight));
        }
        let by: Vec<String> = rule(self.action)
            .by
            .iter()
            .map(|(who, reach)| format!("{}（{}）", who.label(), reach.label()))
            .collect();
        let cites = self.cites.map(|it| format!("，依据是{it}")).unwrap_or_default();
        format!(
            "您不能办理“{}”。可以办理的是：{}{cites}。",
            self.action.label(),
            by.join("、")
        )
    }
}

impl Who {
    /// The word people read.
    pub fn label(self) -> &'static str {
        match self {
            Who::Person(role) => role.label(),
            Who::System => "应用系统",
        }
    }
}

impl Ground {
    /// The article, where one speaks.
    pub fn article(self) -> Option<Article> {
        match self {
            Ground::Law(article) => Some(article),
            Ground::Internal(_) => None,
        }
    }
}

/// The rule of `action`.
pub fn rule(action: Action) -> &'static Rule {
    RULES
        .iter()
        .find(|it| it.action == action)
        .expect("a test finds a rule for every action")
}

/// Whether `actor` may do `action` to `subject`.
pub fn may(actor: &Actor, action: Action, subject: &Subject<'_>) -> Result<(), Denied> {
    let is = |who| matches!(who, Who::Person(role) if actor.is(role));
    judge(&actor.org, is, action, subject)
}

/// Whether `actor` may do `action` to anything at all: what menus and buttons are made of. Whether to this very
/// thing, [`may`] says.
pub fn could(actor: &Actor, action: Action) -> bool {
    let is = |who: &Who| matches!(who, Who::Person(role) if actor.is(*role));
    let reaches = |reach: &Reach| *reach != Reach::WholeCity || actor.org.level == Level::City;
    rule(action)
        .by
        .iter()
        .any(|(who, reach)| is(who) && reaches(reach))
}

/// Whether a system of `org` may do `action` to `subject` with its application key.
pub fn system_may(org: &Org, action: Action, subject: &Subject<'_>) -> Result<(), Denied> {
    judge(org, |who| who == Who::System, action, subject)
}

fn judge(org: &Org, is: impl Fn(Who) -> bool, action: Action, subject: &Subject<'_>) -> Result<(), Denied> {
    let permits = |action| {
        rule(action)
            .by
            .iter()
            .any(|(who, reach)| is(*who) && reach.holds(org, subject))
    };
    if permits(action) {
        return Ok(());
    }
    let hides = rule(action).sight.is_some_and(|sight| !permits(sight));
    let cites = rule(action).ground.article().filter(|_| !hides);
    Err(Denied { action, cites, hides })
}

/// The offices that roles give in a case, and where.
const OFFICES: &[(Office, Role, Reach)] = &[
    (Office::Authority, Role::Reviewer, Reach::Jurisdiction),
    (Office::Compiler, Role::Cataloguer, Reach::OwnProvider),
    (Office::CoCompiler, Role::Cataloguer, Reach::CoCompiling),
    (Office::CoCompiler, Role::Head, Reach::CoCompiling),
    (Office::Confirmer, Role::Confirmer, Reach::Confirming),
    (Office::Consumer, Role::Clerk, Reach::OwnConsumer),
    (Office::Consumer, Role::Head, Reach::OwnConsumer),
    (Office::Provider, Role::Cataloguer, Reach::OwnProvider),
    (Office::Provider, Role::Engineer, Reach::OwnProvider),
    (Office::ProviderHead, Role::Head, Reach::OwnProvider),
];

/// The roles that give `office` somewhere: who is told that it has something to do.
pub fn roles_of(office: Office) -> Vec<Role> {
    let of_office = OFFICES.iter().filter(|(it, ..)| *it == office);
    of_office.map(|(_, role, _)| *role).collect()
}

/// The offices `actor` holds in a case about `subject`. One who opens a case as consumer is its consumer.
pub fn offices(actor: &Actor, subject: &Subject<'_>) -> Vec<Office> {
    let mut offices: Vec<Office> = OFFICES
        .iter()
        .filter(|(_, role, reach)| actor.is(*role) && reach.holds(&actor.org, subject))
        .map(|(office, ..)| *office)
        .collect();
    offices.dedup();
    offices
}

impl Action {
    /// The act that a move of a procedure is; none where somebody outside makes it, who has no role here.
    pub fn of(procedure: &Procedure, it: &Move) -> Option<Action> {
        Some(match (procedure.name, it.step.name, it.by) {
            ("compilation", "submit", _) => Action::SubmitEntry,
            ("compilation", "withdraw", _) => Action::WithdrawEntry,
            ("compilation", "discard", _) => Action::EditDraft,
            ("compilation", "sign", _) | ("compilation", "decline", Office::CoCompiler) => Action::SignEntry,
            ("compilation", "confirm" | "decline", _) => Action::ConfirmShare,
            ("compilation", "publish" | "return", _) => Action::ReviewEntry,
            ("request", "apply", _) => Action::Apply,
            ("request", "withdraw", _) => Action::WithdrawRequest,
            ("request", "opine", _) => Action::Opine,
            ("request", "grant" | "refuse" | "reopen", _) => Action::DecideRequest,
            ("dispute", "raise", _) => Action::RaiseDispute,
            ("dispute", "state", _) => Action::StateDispute,
            ("dispute", "decide", _) => Action::DecideDispute,
            ("report", "file", _) => Action::FileReport,
            ("report", "note", _) => Action::NoteReport,
            ("correction", "report", _) => Action::Doubt,
            ("correction", "extend", _) => Action::ExtendCorrection,
            ("correction", "correct" | "uphold", _) => Action::CheckCorrection,
            ("opening", "submit" | "withdraw", _) => Action::PrepareRelease,
            ("opening", "release" | "return", _) => Action::ReviewSecrecy,
            ("open_request", "opine", _) => Action::OpineOpenRequest,
            ("open_request", "agree" | "refuse", _) => Action::DecideOpenRequest,
            ("objection", "mark", _) => Action::MarkObjection,
            ("objection", "decide", _) => Action::DecideObjection,
            ("objection", "transfer", _) => Action::TransferObjection,
            ("objection", "department-decide", _) | ("objection", "amend", Office::Provider) => {
                Action::DepartmentDecide
            }
            ("objection", "tell" | "amend", _) => Action::TellObjector,
            _ => return None,
        })
    }
}

impl Reach {
    /// Whether `subject` lies within this reach of `org`.
    fn holds(self, org: &Org, subject: &Subject<'_>) -> bool {
        let is_own = |it: Option<&Org>| it.is_some_and(|it| it.id == org.id);
        match self {
            Reach::OwnOrg => is_own(subject.org),
            Reach::OwnProvider => is_own(subject.provider),
            Reach::OwnConsumer => is_own(subject.consumer),
            Reach::CoCompiling => subject.co_compilers.contains(&org.id),
            Reach::Confirming => subject.provider.is_some_and(|it| it.confirmer == org.id),
            Reach::ConfirmingDraft => !subject.is_published && Reach::Confirming.holds(org, subject),
            Reach::Jurisdiction => is_authority_of(org, subject),
            Reach::Published => subject.is_published,
            Reach::Offered => {
                let is_others = subject.provider.is_some_and(|it| it.id != org.id);
                subject.is_published && is_others && subject.consumer.is_none_or(|it| it.id == org.id)
            }
            Reach::Territory => match org.level {
                Level::City => true,
                Level::County => {
                    let sides = [subject.org, subject.provider, subject.consumer];
                    sides
                        .into_iter()
                        .flatten()
                        .any(|it| it.authority == org.authority)
                }
            },
            Reach::WholeCity => org.level == Level::City,
            Reach::Everywhere => true,
        }
    }
}

/// 同级主管部门 of a matter between two organisations: the authority of both. None where they have different ones:
/// no county's authority stands above both, and the matter is the city's (art. 6, art. 18).
pub fn authority_between<'a>(provider: &'a Org, consumer: &Org) -> Option<&'a OrgId> {
    (provider.authority == consumer.authority).then_some(&provider.authority)
}

fn is_authority_of(org: &Org, subject: &Subject<'_>) -> bool {
    if subject.is_citys {
        return org.kind == OrgKind::Authority && org.level == Level::City;
    }
    let authority = match (subject.provider, subject.consumer) {
        (None, _) => return false,
        (Some(provider), None) => Some(&provider.authority),
        (Some(provider), Some(consumer)) => authority_between(provider, consumer),
    };
    match authority {
        Some(authority) => *authority == org.id,
        None => org.kind == OrgKind::Authority && org.level == Level::City,
    }
}

/// The printed matrix: a row for each act, a column for each role and for systems, the reach in each cell.
pub fn matrix() -> String {
    let whos: Vec<Who> = Role::ALL
        .iter()
        .copied()
        .map(Who::Person)
        .chain(std::iter::once(Who::System))
        .collect();
    let mut rows = vec![String::from("act")];
    for who in &whos {
        let name = match who {
            Who::Person(role) => role.name(),
            Who::System => "(system)",
        };
        rows[0].push_str(&format!(" | {name}"));
    }
    rows[0].push_str(" | ground");
    for action in Action::ALL {
        let rule = rule(*action);
        let mut row = action.name().to_owned();
        for who in &whos {
            let reaches: Vec<&str> = rule
                .by
                .iter()
                .filter(|(it, _)| it == who)
                .map(|(_, reach)| reach.name())
                .collect();
            let cell = if reaches.is_empty() {
                "-".to_owned()
            } else {
                reaches.join("+")
            };
            row.push_str(&format!(" | {cell}"));
        }
        let ground = match rule.ground {
            Ground::Law(article) => article.to_string(),
            Ground::Internal(reason) => reason.to_owned(),
        };
        row.push_str(&format!(" | {ground}"));
        rows.push(row);
    }
    rows.join("\n") + "\n"
}

#[cfg(test)]
mod tests;
