//! What was done, by whom, for which organisation: one record for every change, kept for ever.

use rules::{
    ids::{OrgId, UserId},
    words,
};
use sqlx::any::AnyRow;

use crate::{
    Source, Store, StoreError,
    sql::{Record, read_all},
};

words! {
    /// The acts that change the city's records. The stored word stands in the evidence log.
    pub enum EventKind {
        /// The first authority and administrator were made.
        CityFounded = "city-founded" "建立平台",
        /// An organisation was registered.
        OrgCreated = "org-created" "登记机构",
        /// An organisation's particulars were changed.
        OrgChanged = "org-changed" "变更机构信息",
        /// An account was opened.
        UserCreated = "user-created" "开立账号",
        /// An account's name or roles were changed.
        UserChanged = "user-changed" "变更账号",
        /// An account was disabled.
        UserDisabled = "user-disabled" "停用账号",
        /// A disabled account was enabled again.
        UserEnabled = "user-enabled" "恢复账号",
        /// An administrator set a new password for somebody.
        PasswordReset = "password-reset" "重置密码",
        /// A person changed their own password.
        PasswordChanged = "password-changed" "修改密码",
        /// A person signed in.
        SignedIn = "signed-in" "登录",
        /// A sign-in was refused.
        SignInRefused = "sign-in-refused" "登录被拒",
        /// A person signed out.
        SignedOut = "signed-out" "退出登录",
        /// A system was registered.
        SystemCreated = "system-created" "登记应用系统",
        /// A system's particulars were changed.
        SystemChanged = "system-changed" "变更应用系统",
        /// An application key was issued.
        KeyIssued = "key-issued" "签发应用密钥",
        /// An application key was revoked.
        KeyRevoked = "key-revoked" "吊销应用密钥",
        /// An entry was drafted.
        EntryCreated = "entry-created" "新建目录条目",
        /// A draft was saved.
        EntrySaved = "entry-saved" "保存目录草稿",
        /// An entry was submitted.
        EntrySubmitted = "entry-submitted" "提交目录条目",
        /// A co-compiler signed.
        EntrySigned = "entry-signed" "会签目录条目",
        /// The designated department confirmed the share kind.
        EntryConfirmed = "entry-confirmed" "确认共享类型",
        /// The designated department did not confirm it.
        EntryDeclined = "entry-declined" "不予确认",
        /// The authority returned an entry with reasons.
        EntryReturned = "entry-returned" "退回目录条目",
        /// A version was published.
        EntryPublished = "entry-published" "发布目录条目",
        /// A published entry was opened for a new version.
        EntryRevised = "entry-revised" "修订目录条目",
        /// An entry was withdrawn.
        EntryWithdrawn = "entry-withdrawn" "撤回目录条目",
        /// A draft that was never published was thrown away.
        EntryDiscarded = "entry-discarded" "删除目录草稿",
        /// A published entry was taken out of the catalogue.
        EntryRetired = "entry-retired" "下架目录条目",
        /// A batch was received.
        DeliveryReceived = "delivery-received" "接收数据批次",
        /// A batch was loaded: callers get its rows.
        DeliveryLoaded = "delivery-loaded" "数据入库",
        /// A batch was refused whole.
        DeliveryRefused = "delivery-refused" "数据批次拒收",
        /// A case was opened.
        CaseOpened = "case-opened" "立案",
        /// A step was taken in a case.
        CaseStep = "case-step" "办理",
        /// A case was closed.
        CaseClosed = "case-closed" "办结",
        /// A clock that turned amber or red was told to those concerned.
        ClockTold = "clock-told" "期限提醒",
        /// A grant was issued.
        GrantIssued = "grant-issued" "授权",
        /// A grant was suspended by the provider.
        GrantSuspended = "grant-suspended" "暂停授权",
        /// A suspended grant is in use again.
        GrantResumed = "grant-resumed" "恢复授权",
        /// A grant was ended by the provider.
        GrantTerminated = "grant-terminated" "终止授权",
        /// An applicant registered.
        ApplicantRegistered = "applicant-registered" "申请人注册",
        /// Somebody registered an address that is another applicant's, or is known already.
        ApplicantRegisteredAgain = "applicant-registered-again" "邮箱重复注册",
        /// A letter with a one-time link was written to an applicant.
        ApplicantLinkSent = "applicant-link-sent" "发送申请人链接",
        /// An applicant confirmed an address by its link.
        ApplicantConfirmed = "applicant-confirmed" "申请人确认邮箱",
        /// An applicant signed in.
        ApplicantSignedIn = "applicant-signed-in" "申请人登录",
        /// An applicant's sign-in was refused.
        ApplicantSignInRefused = "applicant-sign-in-refused" "申请人登录被拒",
        /// An applicant signed out.
        ApplicantSignedOut = "applicant-signed-out" "申请人退出登录",
        /// An applicant changed what it registered, or its password.
        ApplicantChanged = "applicant-changed" "申请人变更登记信息",
        /// An applicant took a copy of everything kept about it.
        ApplicantExported = "applicant-exported" "申请人导出本人信息",
        /// Everything personal of an applicant was erased.
        ApplicantErased = "applicant-erased" "申请人注销",
        /// A handler looked at what an applicant registered (art. 33).
        ApplicantSeen = "applicant-seen" "查看申请人登记信息",
        /// Applicants were told that their data leaked or may have (art. 33).
        ApplicantsWarned = "applicants-warned" "告知申请人信息安全事件",
        /// An agreement on the use of open data was offered.
        AgreementOffered = "agreement-offered" "提出开放利用协议",
        /// The applicant accepted it.
        AgreementAccepted = "agreement-accepted" "签订开放利用协议",
        /// A key was issued under an agreement.
        AgreementKeyIssued = "agreement-key-issued" "签发协议密钥",
        /// An applicant stopped a key of an agreement.
        AgreementKeyRevoked = "agreement-key-revoked" "停用协议密钥",
        /// An agreement was suspended by the provider.
        AgreementSuspended = "agreement-suspended" "暂停协议",
        /// A suspended agreement is in use again.
        AgreementResumed = "agreement-resumed" "恢复协议",
        /// An agreement was ended.
        AgreementEnded = "agreement-ended" "终止协议",
        /// The authority followed up how opened data is used (art. 26).
        AgreementFollowedUp = "agreement-followed-up" "定期跟踪",
        /// A data product was registered.
        ProductRegistered = "product-registered" "登记数据产品",
        /// A data product was published, sent back or taken down.
        ProductMoved = "product-moved" "办理数据产品",
        /// A plan for an entry's opening was saved.
        OpenPlanSaved = "open-plan-saved" "保存开放方案",
        /// A reviewed release was made, and readers get it.
        ReleaseMade = "release-made" "开放快照发布",
        /// A reviewed release could not be made.
        ReleaseFailed = "release-failed" "开放快照制作失败",
        /// An open set was withdrawn.
        OpenSetWithdrawn = "open-set-withdrawn" "撤回开放数据",
        /// An agency published an open list.
        OpenListPublished = "open-list-published" "发布开放清单",
        /// The holidays of a notice were loaded.
        CalendarLoaded = "calendar-loaded" "导入放假安排",
        /// Somebody charged with oversight read the evidence log (art. 6).
        EvidenceRead = "evidence-read" "查阅存证日志",
        /// A setting was changed.
        SettingChanged = "setting-changed" "变更设置",
    }
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When, in milliseconds since 1970 (UTC).
    pub at_ms: i64,
    /// Who did it; none where the platform itself did.
    pub actor: Option<UserId>,
    /// For whom.
    pub org: Option<OrgId>,
    /// What.
    pub kind: EventKind,
    /// To what: the id of the record acted on.
    pub subject: String,
    /// The particulars. No personal data and no secrets: this goes to the evidence log.
    pub body: serde_json::Value,
}

/// An event as it was committed.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its number: from 1, without gaps, in the order of the commits.
    pub seq: i64,
    /// What was done.
    pub event: Event,
    /// Where it stands in the evidence log; none until it is there.
    pub log_index: Option<u64>,
}

macro_rules! columns {
    () => {
        "seq, at_ms, actor, org, kind, subject, body, log_index"
    };
}

statements! {
    LAST_LOGGED = "SELECT log_index FROM events WHERE log_index IS NOT NULL ORDER BY seq DESC LIMIT 1";
    UNLOGGED = concat!("SELECT ", columns!(), " FROM events WHERE log_index IS NULL ORDER BY seq LIMIT $1");
    SET_LOGGED = "UPDATE events SET log_index = $2 WHERE seq = $1 AND log_index IS NULL";
    OF_SUBJECT = concat!("SELECT ", columns!(), " FROM events WHERE subject = $1 ORDER BY seq DESC LIMIT $2");
    BEFORE = concat!("SELECT ", columns!(), " FROM events WHERE seq < $1 ORDER BY seq DESC LIMIT $2");
    LAST_SEQ = "SELECT value FROM counters WHERE name = 'event'";
}

fn read(row: &AnyRow) -> Result<Recorded, StoreError> {
    let it = Record::new("events", "subject", row);
    Ok(Recorded {
        seq: it.int("seq")?,
        event: Event {
            at_ms: it.int("at_ms")?,
            actor: it.text_or_none("actor")?.map(UserId),
            org: it.text_or_none("org")?.map(OrgId),
            kind: it.word("kind", EventKind::parse)?,
            subject: it.text("subject")?,
            body: it.json("body")?,
        },
        log_index: it.count_or_none("log_index")?,
    })
}

/// Events that are not in the evidence log yet, oldest first: the outbox.
pub async fn unlogged(mut db: impl Source, limit: u32) -> Result<Vec<Recorded>, StoreError> {
    read_all(&db.all(UNLOGGED, args![i64::from(limit)]).await?, read)
}

/// Notes where an event stands in the evidence log.
///
/// A write without an event: nobody acts here. The event is committed and its entry in the log is
/// durable; this only lets the outbox forget it, and after a crash it is found and done again.
pub async fn set_logged(store: &Store, seq: i64, index: u64) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    sqlx::query_with(SET_LOGGED, args![seq, index])
        .execute(&mut *tx)
        .await?;
    Ok(tx.commit().await?)
}

/// What was done to one record, newest first.
pub async fn of_subject(mut db: impl Source, subject: &str, limit: u32) -> Result<Vec<Recorded>, StoreError> {
    read_all(&db.all(OF_SUBJECT, args![subject, i64::from(limit)]).await?, read)
}

/// Events before number `seq`, newest first; `i64::MAX` begins at the newest.
pub async fn before(mut db: impl Source, seq: i64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
    read_all(&db.all(BEFORE, args![seq, i64::from(limit)]).await?, read)
}

/// Where the evidence log has the newest event that is noted as logged; none before the first.
pub async fn last_logged(mut db: impl Source) -> Result<Option<u64>, StoreError> {
    match db.first(LAST_LOGGED, args![]).await? {
        Some(it) => Record::new("events", "log_index", &it).count_or_none("log_index"),
        None => Ok(None),
    }
}

/// The number of the newest event; 0 before the first.
pub async fn last_seq(mut db: impl Source) -> Result<i64, StoreError> {
    let row = db.first(LAST_SEQ, args![]).await?;
    row.map_or(Ok(0), |it| Record::new("counters", "name", &it).int("value"))
}
