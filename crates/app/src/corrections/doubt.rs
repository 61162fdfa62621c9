//! A doubt comes in: from a grant's page, or from the agency's own software.

use jiff::Timestamp;
use rules::{
    ids::GrantId,
    law::Regulation::Yongzhou,
    mark::MarkKind,
    people::Org,
    permission::{Action, Subject},
    procedure::correction::{self, Step},
};
use serde_json::json;
use store::{
    EventKind, Write, cases,
    grants::{self, Grant},
    marks::{self, Mark},
    orgs, touches,
};

use super::{CorrectionContent, Doubt, DoubtForm, Doubted};
use crate::{
    City, Ctx, Refused,
    calls::{Caller, Looked, count_calls, filters, look},
    cases::{
        Doer,
        engine::{self, NewCase, Stride},
    },
    requests::{catalogue_text, said},
};

/// A user agency's clerk doubts a value of a record received under a grant.
pub async fn doubt(city: &City, ctx: &Ctx, grant: &GrantId, doubt: Doubt) -> Result<Doubted, Refused> {
    file(city, ctx.into(), grant, doubt).await
}

/// The same from the agency's own software, by its application key.
pub async fn doubt_from(
    city: &City,
    caller: &Caller,
    now: Timestamp,
    grant: &GrantId,
    doubt: Doubt,
) -> Result<Doubted, Refused> {
    let org: Org = orgs::get(city.store.read(), &caller.org).await?.org;
    let name = &caller.system_name;
    let doer = Doer::System { org: &org, name, now };
    file(city, doer, grant, doubt).await
}

/// What the form of a doubt asks about.
pub async fn form(city: &City, ctx: &Ctx, id: &GrantId) -> Result<DoubtForm, Refused> {
    let found = grants::find(city.store.read(), id).await?;
    let grant = found.ok_or_else(|| Refused::not_found("该授权"))?;
    let provider = orgs::get(city.store.read(), &grant.provider).await?.org;
    let consumer = orgs::get(city.store.read(), &grant.consumer).await?.org;
    ctx.may(Action::Doubt, &Subject::between(&provider, &consumer))?;
    let content = catalogue_text(city, &grant.entry).await?;
    let item = |name: &String| {
        let title = content
            .item(name)
            .map_or_else(|| name.clone(), |it| it.title.clone());
        (name.clone(), title)
    };
    Ok(DoubtForm {
        key: content
            .key()
            .map(|it| (it.name.clone(), it.title.clone()))
            .collect(),
        items: grant.terms.items.iter().map(item).collect(),
        title: content.title.clone(),
        provider_name: provider.name,
    })
}

async fn file(city: &City, doer: Doer<'_>, id: &GrantId, doubt: Doubt) -> Result<Doubted, Refused> {
    let found = grants::find(city.store.read(), id).await?;
    let grant = found.ok_or_else(|| Refused::not_found("该授权"))?;
    let provider = orgs::get(city.store.read(), &grant.provider).await?.org;
    let consumer = orgs::get(city.store.read(), &grant.consumer).await?.org;
    doer.may_do(Action::Doubt, &Subject::between(&provider, &consumer))?;
    let words = said("words", "疑义或者明显错误", &doubt.words, true)?;
    if !grant.terms.items.contains(&doubt.item) {
        let words = "请选择授权范围内的信息项。";
        return Err(Refused::field("item-not-granted", "item", words));
    }
    let looked = received(city, &grant, &doubt).await?;
    let mut write = city.store.write().await?;
    refuse_second(&mut write, &grant, &looked, &doubt.item).await?;
    let value = looked.values.and_then(|it| it.into_iter().next().flatten());
    let content = CorrectionContent {
        key: looked.key,
        record: looked.record.clone(),
        item: doubt.item.clone(),
        found: value,
        data_version: looked.version,
        words: words.clone(),
        result: None,
    };
    let new = NewCase {
        procedure: &correction::PROCEDURE,
        title: looked.content.title,
        entry: Some(grant.entry.clone()),
        grant: Some(grant.id.clone()),
        about: None,
        authority: engine::authority_in_charge(&mut write, &provider, &consumer).await?,
        consumer: Some(consumer.id),
        provider: provider.id.clone(),
        content: serde_json::to_value(&content).map_err(Refused::internal)?,
    };
    let stride = Stride {
        words,
        ..Stride::of(Step::Report.word())
    };
    let case = engine::begin(&mut write, city, doer, new, stride).await?;
    let mark = Mark {
        case: case.id.clone(),
        entry: grant.entry.clone(),
        kind: MarkKind::Correction,
        record: looked.record,
        item: doubt.item.clone(),
        since: doer.now(),
        until: None,
        words: MarkKind::Correction.note().to_owned(),
    };
    marks::set(&mut write, &mark).await?;
    let body = json!({
        "procedure": "correction", "grant": grant.id, "entry": grant.entry, "item": doubt.item,
    });
    let sealed = city
        .seal(write, doer.event(EventKind::CaseOpened, case.id.0.clone(), body))
        .await?;
    city.gate.refresh().await?;
    Ok(Doubted {
        case: case.id,
        number: case.number,
        due: case.due_on,
        evidence: sealed.index,
    })
}

/// The record, if this grant has received it and it is still there. Whether a record exists that was never received
/// is not told apart.
async fn received(city: &City, grant: &Grant, doubt: &Doubt) -> Result<Looked, Refused> {
    let items = vec![doubt.item.clone()];
    let looked = look(city, &grant.entry, &doubt.key, items, &filters(&grant.terms)).await?;
    count_calls(city).await?;
    let receivers = touches::of_record(city.store.read(), &grant.entry, &looked.record).await?;
    if looked.values.is_some() && receivers.iter().any(|it| it.grant == grant.id) {
        return Ok(looked);
    }
    let words =
        "按该授权没有获取过这条记录，或者记录已不存在。请核对主键的值；先查询或者核验该记录，再反馈疑义。";
    Err(Refused::field("not-received", "where", words).citing(Yongzhou.art(21)))
}

/// One check of a value is enough, whoever doubts it; whoever received the record is told how it ends.
async fn refuse_second(write: &mut Write, grant: &Grant, looked: &Looked, item: &str) -> Result<(), Refused> {
    let standing = marks::of_entry(&mut *write, &grant.entry).await?;
    let same = |it: &&Mark| it.record == looked.record && it.item == item;
    let Some(mark) = standing.iter().find(same) else {
        return Ok(());
    };
    let open = cases::get(&mut *write, &mark.case).await?;
    let words = format!(
        "这条记录的该信息项正在校核（{}），结果将告知全部使用部门，无需重复反馈。",
        open.number
    );
    Err(Refused::conflict("already-doubted", words).citing(Yongzhou.art(21)))
}
