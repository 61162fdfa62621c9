//! Everything that is kept about an applicant, as a file to take along.

use jiff::{Timestamp, civil::Date};
use rules::{
    ids::{ApplicantId, GrantId},
    procedure::Procedure,
};
use serde_json::{Value, json};
use store::{
    EventKind, agreements, applicants as rows, cases,
    events::{self, Recorded},
    steps, usage,
};

use super::{Look, kept, own_agreements, own_cases};
use crate::{
    City, Refused,
    applicants::{self, Me, event},
    calls::count_calls,
    notices, open_requests, products,
};

/// Acts and notices in the file at most, the newest first.
const LINES: u32 = 10_000;

/// A file to take along.
#[derive(Clone, Debug)]
pub struct Export {
    /// The file's name.
    pub name: String,
    /// JSON, indented for people to read.
    pub body: Vec<u8>,
}

/// Everything that is kept. Taking it is recorded; what is in it is not.
pub async fn export(city: &City, me: &Me, now: Timestamp) -> Result<Export, Refused> {
    let kept = kept(city, me).await?;
    let look = |it: &Look| json!({ "时间": it.at, "部门": it.org_name, "办件": it.case_number });
    let all = json!({
        "申请人编号": kept.number,
        "类型": kept.kind.label(),
        "登记信息": kept.details,
        "等待确认的新邮箱": applicants::waiting(city, &me.id, now).await?,
        "同意的告知版本": kept.consent,
        "注册时间": kept.registered_at,
        "登录": sessions(city, &me.id).await?,
        "账号记录": acts(city, &me.id).await?,
        "查看记录": kept.looks.iter().map(look).collect::<Vec<_>>(),
        "申请": applications(city, me).await?,
        "协议": agreements_of(city, me).await?,
        "数据产品": products_of(city, me, now).await?,
        "通知": told(city, me).await?,
        "导出时间": now,
    });
    let body = serde_json::to_vec_pretty(&all).map_err(Refused::internal)?;
    let write = city.store.write().await?;
    city.seal(write, event(EventKind::ApplicantExported, &me.id, json!({}), now))
        .await?;
    Ok(Export {
        name: "my-data.json".to_owned(),
        body,
    })
}

/// When he signed in, as far as it has not ended.
async fn sessions(city: &City, id: &ApplicantId) -> Result<Vec<Value>, Refused> {
    let found = rows::sessions_of(city.store.read(), id).await?;
    let line = |it: &rows::Session| json!({ "登录时间": it.created_at, "最近使用": it.seen_at });
    Ok(found.iter().map(line).collect())
}

/// What he did and what was done with his account, from the events.
async fn acts(city: &City, id: &ApplicantId) -> Result<Vec<Value>, Refused> {
    let found = events::of_subject(city.store.read(), id.as_str(), LINES).await?;
    let line = |Recorded { event, .. }: Recorded| {
        let at = Timestamp::from_millisecond(event.at_ms).map_err(Refused::internal)?;
        Ok(json!({ "时间": at, "事项": event.kind.label() }))
    };
    found.into_iter().map(line).collect()
}

async fn applications(city: &City, me: &Me) -> Result<Vec<Value>, Refused> {
    let mut all = Vec::new();
    for line in own_cases(city, &me.id).await? {
        let case = cases::get(city.store.read(), &line.id).await?;
        let procedure = Procedure::find(&case.procedure);
        let step = |it: steps::Step| {
            let label = procedure.and_then(|of| of.step(&it.step)).map(|it| it.label);
            let said = open_requests::said_to_applicant(&it);
            json!({ "时间": it.at, "步骤": label, "部门": it.org_name, "内容": said.words, "条件": said.terms })
        };
        let history = steps::of_case(city.store.read(), &case.id).await?;
        all.push(json!({
            "编号": case.number,
            "标题": case.title,
            "提交时间": case.opened_at,
            "办结时间": case.closed_at,
            "内容": case.content,
            "办理过程": history.into_iter().map(step).collect::<Vec<_>>(),
        }));
    }
    Ok(all)
}

async fn agreements_of(city: &City, me: &Me) -> Result<Vec<Value>, Refused> {
    count_calls(city).await?;
    let mut all = Vec::new();
    for line in own_agreements(city, &me.id).await? {
        let it = line.agreement;
        let key = |it: agreements::Key| json!({ "前几位": it.prefix, "签发": it.created_at, "失效": it.revoked_at });
        let keys = agreements::keys(city.store.read(), &it.id).await?;
        let follow = |it: agreements::FollowUp| json!({ "日期": it.on, "跟踪情况": it.words });
        let followed = agreements::follow_ups(city.store.read(), &it.id).await?;
        let call = |it: usage::Tally| json!({ "日期": it.day, "结果": it.outcome, "次数": it.calls, "行数": it.rows });
        let grant = GrantId(it.id.0.clone());
        let calls = usage::of_grant(city.store.read(), &grant, Date::MIN, Date::MAX).await?;
        all.push(json!({
            "编号": it.number,
            "数据集": line.entry_title,
            "提供部门": line.provider_name,
            "条款": it.text,
            "条件": it.terms,
            "状态": it.state.label(),
            "理由": it.reason,
            "提出时间": it.created_at,
            "确认时间": it.accepted_at,
            "密钥": keys.into_iter().map(key).collect::<Vec<_>>(),
            "调用": calls.into_iter().map(call).collect::<Vec<_>>(),
            "定期跟踪": followed.into_iter().map(follow).collect::<Vec<_>>(),
        }));
    }
    Ok(all)
}

async fn products_of(city: &City, me: &Me, now: Timestamp) -> Result<Vec<Value>, Refused> {
    let made = products::mine(city, products::Maker::Applicant(me, now)).await?;
    let line = |it: products::ProductCard| {
        let citations: Vec<String> = it.sources.into_iter().map(|it| it.citation).collect();
        json!({
            "编号": it.number,
            "名称": it.name,
            "说明": it.summary,
            "链接": it.link,
            "署名": it.byline,
            "来源": citations,
            "状态": it.state.label(),
            "理由": it.reason,
            "登记时间": it.created_at,
            "发布时间": it.published_at,
        })
    };
    Ok(made.into_iter().map(line).collect())
}

/// What he was told, and whether he has opened it.
async fn told(city: &City, me: &Me) -> Result<Vec<Value>, Refused> {
    let mut all = Vec::new();
    let mut before: Option<String> = None;
    loop {
        let page = notices::list_of(city, me.id.as_str(), before.as_deref(), false).await?;
        let line = |it: &notices::NoticeLine| json!({ "时间": it.at, "事项": it.kind.label(), "内容": it.words, "说明": it.why, "已读": it.is_read });
        all.extend(page.lines.iter().map(line));
        before = page.next;
        if before.is_none() {
            return Ok(all);
        }
    }
}
