//! A new entry begins with a sample: the platform reads the items out of it.

use app::{City, catalogue};
use askama::Template;
use axum::extract::{Multipart, State};
use rules::catalogue::Content;

use crate::{
    frame::{Frame, Page, go, html, wrong},
    pages::take,
    session::Me,
    ui::Form,
    upload::{self, SAMPLE_BYTES_MAX},
};

/// Asks for a sample.
#[derive(Template)]
#[template(path = "entries/new.html")]
pub struct NewEntryPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was typed.
    pub form: Form,
}

fn page(me: &Me, form: Form) -> NewEntryPage {
    let frame = me
        .frame("编制新目录")
        .crumb("/entries", "数据目录")
        .wrong(form.is_wrong());
    NewEntryPage { frame, form }
}

/// GET /entries/new
pub async fn form(me: Me) -> Page {
    html(&page(&me, Form::empty()))
}

/// POST /entries/new
pub async fn send(me: Me, State(city): State<City>, posted: Multipart) -> Page {
    let upload = upload::receive(&me, posted, SAMPLE_BYTES_MAX, None).await?;
    let mut form = Form::of(upload.fields);
    let mut ragged = 0;
    let mut content = Content {
        refused_permille_max: rules::delivery::REFUSED_PERMILLE_DEFAULT,
        ..Content::default()
    };
    if form.value("how") == "empty" {
        form.require("title", "请填写信息资源名称。");
    } else if upload.is_too_large {
        form.wrong(
            "file",
            "样表超过 256 MB。识别信息项只需要有代表性的部分数据，请截取前几万行另存后上传。",
        );
    } else if let Some(file) = &upload.file {
        match catalogue::propose(&city, &me.ctx, file.path(), &file.name).await {
            Ok(proposal) => {
                // A file name in Latin letters says little, but it lets her go on and name the entry two pages later.
                let stem = file.name.rsplit_once('.').map_or(file.name.as_str(), |it| it.0);
                content.title = if proposal.title.is_empty() {
                    stem.to_owned()
                } else {
                    proposal.title
                };
                ragged = proposal.rows_ragged;
                content.items = proposal.items;
                content.cross_rules = proposal.cross_rules;
            }
            Err(refused) if refused.fields.is_empty() && refused.status != app::Status::Forbidden => {
                form.wrong("file", refused.words);
            }
            Err(refused) => take(&mut form, refused)?,
        }
    } else {
        form.wrong("file", "请选择一份样表；没有样表时，选择“不上传样表”。");
    }
    if !form.value("title").trim().is_empty() {
        content.title = form.values.trimmed("title").to_owned();
    }
    if !form.is_wrong() {
        match catalogue::create(&city, &me.ctx, content).await {
            Ok(id) => return go(&format!("/entries/{id}/items?done=proposed-{ragged}")),
            Err(refused) => take(&mut form, refused)?,
        }
    }
    wrong(&page(&me, form))
}
