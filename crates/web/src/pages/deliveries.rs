//! 数据归集: handing in a batch, watching it being checked, and how it fared.

use app::{
    City,
    catalogue::EntryView,
    delivery::{self, DeliveryRow, DeliveryView, Progress, RefusedRow, Stage},
};
use askama::Template;
use axum::{
    body::Body,
    extract::{Multipart, Path, Query, State},
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use rules::{
    delivery::{BatchKind, BatchState, Score},
    ids::EntryId,
    permission::Action,
};
use tokio_util::io::ReaderStream;

pub mod recent;

use super::{Done, take};
use crate::{
    chart::Radar,
    form::Fields,
    frame::{Frame, Page, download, html, wrong},
    problem::Problem,
    session::Me,
    ui::{Choice, Empty, Form, Notice, Pairs, StateTag, Tone},
    upload, words,
};

/// Hands in a batch.
#[derive(Template)]
#[template(path = "deliveries/new.html")]
pub struct DeliverPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the entry is.
    pub href: String,
    /// The entry.
    pub about: Pairs,
    /// The header that the file must have.
    pub header: String,
    /// What was typed.
    pub form: Form,
    /// The command that does the same.
    pub command: String,
}

impl DeliverPage {
    fn kinds(&self) -> Vec<Choice> {
        let hints = [
            "这批数据就是全部数据，入库后替换原有数据",
            "主键相同的行替换原有行，其余新增",
        ];
        let all = BatchKind::SENT.iter().zip(hints);
        all.map(|(it, hint)| Choice::new(it.name(), it.label()).hint(hint))
            .collect()
    }
}

/// The deliveries of an entry.
#[derive(Template)]
#[template(path = "deliveries/list.html")]
pub struct DeliveriesPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where the entry is.
    pub href: String,
    /// The lines.
    pub lines: Vec<DeliveryLine>,
    /// Whether this person may hand in another.
    pub may_deliver: bool,
}

/// One delivery in a list.
pub struct DeliveryLine {
    /// Where it is.
    pub href: String,
    /// The sender's name of it.
    pub batch: String,
    /// Full or incremental.
    pub kind: &'static str,
    /// The file.
    pub file: String,
    /// When it came.
    pub at: String,
    /// Rows.
    pub rows: String,
    /// Refused rows, with their share.
    pub refused: String,
    /// The mean of its scores.
    pub percent: String,
    /// Where it stands.
    pub state: StateTag,
}

/// One delivery.
#[derive(Template)]
#[template(path = "deliveries/show.html")]
pub struct DeliveryPage {
    /// What stands around it.
    pub frame: Frame,
    /// Where it is.
    pub href: String,
    /// The entry.
    pub entry: String,
    /// The entry's title.
    pub title: String,
    /// The sender's name of it, as the heading has it.
    pub heading: String,
    /// What to know of it first; empty for nothing.
    pub about: &'static str,
    /// Where it stands.
    pub state: StateTag,
    /// How far it is, while it is being checked.
    pub progress: Option<ProgressPart>,
    /// Why it was refused whole, and the code.
    pub refusal: Option<(String, String)>,
    /// What it is.
    pub facts: Pairs,
    /// Rows, accepted, refused, and the share of those.
    pub tiles: Vec<(&'static str, String, String)>,
    /// Refused rows by reason: words, code, number.
    pub faults: Vec<(&'static str, &'static str, String)>,
    /// Whether this person may fetch the refused rows.
    pub has_refusals: bool,
    /// The first of them, for this person's eyes.
    pub rows: Vec<RefusedRow>,
    /// The scores as a chart.
    pub radar: Option<Radar>,
    /// The scores with their parts.
    pub scores: Vec<ScoreRow>,
}

/// How far a delivery is.
#[derive(Clone, Debug, Template)]
#[template(path = "deliveries/progress.html")]
pub struct ProgressPart {
    /// What it is doing.
    pub stage: &'static str,
    /// The share that is done, 0 to 100.
    pub percent: u8,
    /// Rows read.
    pub rows: String,
    /// Rows refused so far.
    pub refused: String,
}

impl askama::filters::HtmlSafe for ProgressPart {}

/// One score with its parts.
pub struct ScoreRow {
    /// The dimension.
    pub name: &'static str,
    /// 0 to 100.
    pub percent: String,
    /// Indicator, code, how many of how many, the share.
    pub parts: Vec<(String, String, String, String)>,
}

/// Refused rows shown on the page; the file has them all.
const ROWS_SHOWN: usize = 20;

fn state_tag(state: BatchState) -> StateTag {
    let tone = match state {
        BatchState::Checking => Tone::Accent,
        BatchState::Loaded => Tone::Green,
        BatchState::Refused => Tone::Red,
    };
    StateTag::new(state.label(), tone)
}

impl ProgressPart {
    /// What `progress` says; without one the delivery waits for a node to take it up.
    pub fn of(progress: Option<Progress>) -> ProgressPart {
        let Some(progress) = progress else {
            let zero = "0".to_owned();
            return ProgressPart {
                stage: Stage::Waiting.label(),
                percent: 0,
                rows: zero.clone(),
                refused: zero,
            };
        };
        ProgressPart {
            stage: progress.stage.label(),
            percent: progress.percent(),
            rows: words::count(progress.rows),
            refused: words::count(progress.refused),
        }
    }
}

fn score_row(score: &Score) -> ScoreRow {
    let part = |it: &rules::delivery::ScorePart| {
        let ratio = format!("{} / {}", words::count(it.good), words::count(it.all));
        (
            it.label.clone(),
            it.code.clone(),
            ratio,
            words::share(it.good, it.all),
        )
    };
    ScoreRow {
        name: score.dimension.label(),
        percent: words::percent(score.percent()),
        parts: score.parts.iter().map(part).collect(),
    }
}

/// The page of a delivery; `may_fetch` says whether this person may have the refused rows.
pub(crate) fn page(frame: Frame, view: &DeliveryView, may_fetch: bool) -> DeliveryPage {
    let facts = Pairs::new()
        .with("文件", &view.file_name)
        .with_some("识别格式", &view.file_format)
        .with("大小", words::bytes(view.bytes))
        .with("方式", view.kind.label())
        .with("收到时间", words::moment(view.received_at))
        .with_some(
            "办结时间",
            view.finished_at.map(words::moment).unwrap_or_default(),
        )
        .with("报送", &view.received_from)
        .with("校验依据", format!("目录第 {} 版", view.entry_version))
        .with_some(
            "入库后行数",
            view.rows_after.map(words::count).unwrap_or_default(),
        )
        .with_some("文件 SHA-256", &view.sha256);
    let is_checking = view.state == BatchState::Checking;
    let max = f64::from(view.refused_permille_max) / 10.0;
    let tiles = vec![
        ("读取行数", words::count(view.rows), String::new()),
        ("入库行数", words::count(view.accepted), String::new()),
        (
            "拒收行数",
            words::count(view.refused),
            format!(
                "占 {}，超过 {max}% 整批拒收",
                words::share(view.refused, view.rows)
            ),
        ),
    ];
    DeliveryPage {
        frame,
        href: format!("/deliveries/{}", view.id),
        entry: format!("/entries/{}", view.entry),
        title: view.entry_title.clone(),
        heading: if view.kind.is_measured() {
            format!("批次 {}", view.batch)
        } else {
            view.batch.clone()
        },
        about: if view.kind.is_measured() {
            ""
        } else {
            "按校核结果更正一条记录（《办法》第二十一条），不是归集批次，不计质量得分。"
        },
        state: state_tag(view.state),
        progress: is_checking.then(|| ProgressPart::of(view.progress)),
        refusal: (!view.refusal_words.is_empty())
            .then(|| (view.refusal_words.clone(), view.refusal_code.clone())),
        facts,
        tiles: if is_checking { Vec::new() } else { tiles },
        faults: view
            .by_fault
            .iter()
            .map(|(fault, n)| (fault.label(), fault.name(), words::count(*n)))
            .collect(),
        has_refusals: view.has_refusals && may_fetch,
        rows: Vec::new(),
        radar: (!view.scores.is_empty()).then(|| Radar::of(&view.scores)),
        scores: view.scores.iter().map(score_row).collect(),
    }
}

/// An entry that this person may deliver to.
async fn deliverable(city: &City, me: &Me, id: &str) -> Result<EntryView, Problem> {
    let view = app::catalogue::show(city, &me.ctx, &id.into()).await?;
    match view.deeds.iter().find(|it| it.name == "deliver") {
        Some(deed) if !deed.is_allowed => Err(Problem::Forbidden(deed.why_not.clone().unwrap_or_default())),
        _ => Ok(view),
    }
}

/// The command that hands in a batch of `entry` to the city at `origin`. A test of the binary reads it with the command
/// line that people type it into.
pub fn command(origin: &str, entry: &EntryId) -> String {
    format!(
        "export YISHU_KEY=yk_…\nyishu deliver --server {origin} --entry {entry} --kind full --batch 批次号 --file 文件.csv"
    )
}

pub(crate) fn deliver_page(frame: Frame, view: &EntryView, form: Form, origin: &str) -> DeliverPage {
    let content = &view.content;
    let key: Vec<&str> = content.key().map(|it| it.title.as_str()).collect();
    let names: Vec<&str> = content.items.iter().map(|it| it.name.as_str()).collect();
    DeliverPage {
        frame: frame.wrong(form.is_wrong()),
        href: format!("/entries/{}", view.id),
        about: Pairs::new()
            .with("数据目录", &content.title)
            .with("信息资源代码", &view.code)
            .with("更新周期", content.cycle.label())
            .with("主键", key.join("、"))
            .with(
                "在用数据",
                view.rows
                    .map_or("尚未归集".to_owned(), |it| format!("{} 行", words::count(it))),
            )
            .with(
                "整批拒收",
                format!(
                    "拒收行超过 {}% 时",
                    f64::from(content.refused_permille_max) / 10.0
                ),
            ),
        header: names.join(","),
        form,
        command: command(origin, &view.id),
    }
}

fn deliver_frame(me: &Me, view: &EntryView) -> Frame {
    me.frame("归集数据")
        .crumb("/entries", "数据目录")
        .crumb(format!("/entries/{}", view.id), &view.content.title)
}

/// GET /entries/{id}/deliver
pub async fn form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let view = deliverable(&city, &me, &id).await?;
    // A batch id that is made of the minute: two of the same are most likely one file sent twice.
    let batch = words::moment(me.ctx.now).replace(['-', ' ', ':'], "");
    let form = Form::of(
        Fields::new()
            .with("batch", batch)
            .with("kind", BatchKind::Full.name()),
    );
    html(&deliver_page(
        deliver_frame(&me, &view),
        &view,
        form,
        &me.address.origin(),
    ))
}

/// POST /entries/{id}/deliver
pub async fn send(me: Me, State(city): State<City>, Path(id): Path<String>, posted: Multipart) -> Page {
    let upload = upload::receive(
        &me,
        posted,
        delivery::FILE_BYTES_MAX,
        Some(delivery::spool_dir(&city)),
    )
    .await?;
    let mut form = Form::of(upload.fields);
    let kind = BatchKind::sent(form.value("kind"));
    if kind.is_none() {
        form.wrong("kind", "请选择全量或者增量。");
    }
    form.require("batch", "请填写批次号。同一批次号重复报送只入库一次。");
    if upload.is_too_large {
        form.wrong("file", delivery::too_large().words);
    } else if upload.file.is_none() {
        form.wrong("file", "请选择要归集的文件。");
    } else if upload.file.as_ref().is_some_and(|it| it.is_empty()) {
        form.wrong(
            "file",
            "文件是空的，没有任何内容。请打开文件确认有数据，再重新选择。",
        );
    }
    if let (Some(kind), Some(file), false) = (kind, &upload.file, form.is_wrong()) {
        let batch = form.values.trimmed("batch").to_owned();
        let entry = EntryId::from(id.as_str());
        match delivery::receive(&city, &me.ctx, &entry, &batch, kind, &file.name, file.path()).await {
            Ok(taken) => {
                let done = if taken.is_repeat { "repeated" } else { "received" };
                return crate::frame::go(&format!("/deliveries/{}?done={done}", taken.id));
            }
            Err(refused) => take(&mut form, refused)?,
        }
    }
    let view = deliverable(&city, &me, &id).await?;
    wrong(&deliver_page(
        deliver_frame(&me, &view),
        &view,
        form,
        &me.address.origin(),
    ))
}

/// The mean of a batch's scores, in words; what is no batch has none.
fn score(row: &DeliveryRow) -> String {
    if row.kind.is_measured() {
        words::percent(row.percent)
    } else {
        "不计".to_owned()
    }
}

pub(crate) fn list_page(frame: Frame, id: &str, rows: &[DeliveryRow], may_deliver: bool) -> DeliveriesPage {
    let line = |it: &DeliveryRow| DeliveryLine {
        href: format!("/deliveries/{}", it.id),
        batch: it.batch.clone(),
        kind: it.kind.label(),
        file: it.file_name.clone(),
        at: words::moment(it.received_at),
        rows: words::count(it.rows),
        refused: format!(
            "{}（{}）",
            words::count(it.refused),
            words::share(it.refused, it.rows)
        ),
        percent: score(it),
        state: state_tag(it.state),
    };
    DeliveriesPage {
        frame,
        href: format!("/entries/{id}"),
        lines: rows.iter().map(line).collect(),
        may_deliver,
    }
}

impl DeliveriesPage {
    fn empty(&self) -> Empty {
        let empty = Empty::new(
            "还没有归集过数据",
            "上传第一批数据后，校验结果和质量得分会列在这里。",
        );
        if self.may_deliver {
            empty.link(format!("{}/deliver", self.href), "现在归集")
        } else {
            empty
        }
    }
}

/// GET /entries/{id}/deliveries
pub async fn list(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let entry = EntryId::from(id.as_str());
    let view = app::catalogue::show(&city, &me.ctx, &entry).await?;
    let rows = delivery::list(&city, &me.ctx, &entry).await?;
    let may_deliver = view.deeds.iter().any(|it| it.name == "deliver" && it.is_allowed);
    let frame = me
        .frame("归集记录")
        .crumb("/entries", "数据目录")
        .crumb(format!("/entries/{id}"), &view.content.title);
    html(&list_page(frame, &id, &rows, may_deliver))
}

/// GET /deliveries/{id}
pub async fn show(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Page {
    let view = delivery::show(&city, &me.ctx, &id.as_str().into()).await?;
    let entry = format!("/entries/{}", view.entry);
    let mut frame = me
        .frame(format!("批次 {}", view.batch))
        .crumb("/entries", "数据目录")
        .crumb(&entry, &view.entry_title)
        .crumb(format!("{entry}/deliveries"), "归集记录");
    if done.is("repeated") {
        let words =
            "这一批次此前已经接收，没有再次入库。以下是当时的结果；确需再次入库的，请换用新的批次号。";
        frame = frame.notice(Some(Notice::new(Tone::Amber, "重复的批次", words)));
    }
    if done.is("received") && view.state == BatchState::Checking {
        let words = "正在后台校验，可以离开本页，稍后回来查看结果。";
        frame = frame.notice(Some(Notice::new(Tone::Green, "文件已收到", words)));
    }
    let mut page = page(frame, &view, me.could(Action::SeeRefusals));
    if page.has_refusals {
        match delivery::first_refusals(&city, &me.ctx, &view.id, ROWS_SHOWN).await {
            Ok(rows) => page.rows = rows,
            Err(refused) if refused.status == app::Status::Internal => return Err(refused.into()),
            // He may with other entries, not with this one.
            Err(_) => page.has_refusals = false,
        }
    }
    html(&page)
}

/// GET /deliveries/{id}/progress: the fragment that the page swaps in; a header says when there is no more to come.
pub async fn progress(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let view = delivery::show(&city, &me.ctx, &id.as_str().into()).await?;
    let mut response = html(&ProgressPart::of(view.progress))?;
    let state = if view.state == BatchState::Checking {
        "checking"
    } else {
        "done"
    };
    response.headers_mut().insert(
        HeaderName::from_static("x-progress"),
        HeaderValue::from_static(state),
    );
    Ok(response)
}

/// GET /deliveries/{id}/refusals
pub async fn refusals(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let id = id.as_str().into();
    let file = delivery::refusals(&city, &me.ctx, &id).await?;
    let view = delivery::show(&city, &me.ctx, &id).await?;
    let stream = ReaderStream::with_capacity(tokio::fs::File::from_std(file), 64 << 10);
    let body: Response = Body::from_stream(stream).into_response();
    download(
        &format!("拒收清单-{}.csv", view.batch),
        "text/csv; charset=utf-8",
        body.into_body(),
    )
}
