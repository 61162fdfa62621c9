//! Doubting one value of a record that was received (art. 21).

use app::{
    City,
    corrections::{self, Doubt, DoubtForm},
};
use askama::Template;
use axum::extract::{Path, State};
use rules::law::Regulation::Yongzhou;

use crate::{
    form::ProtectedForm,
    frame::{Frame, Page, go, html, wrong},
    pages::take,
    session::Me,
    ui::{Choice, Cite, Field, Form, Radios, Select, TextArea},
};

/// Up to this many items all are visible at once; more are a list to open.
const VISIBLE_MAX: usize = 8;

/// The form of a doubt.
#[derive(Template)]
#[template(path = "grants/doubt.html")]
pub struct DoubtPage {
    /// What stands around it.
    pub frame: Frame,
    /// What was typed.
    pub form: Form,
    /// Where it is sent.
    pub href: String,
    /// Where the grant is.
    pub back: String,
    /// The entry.
    pub title: String,
    /// Who will check.
    pub provider: String,
    /// The article.
    pub cite: Cite,
    /// One box for each key item.
    pub key: Vec<Field>,
    /// Which item, few of them.
    pub radios: Option<Radios>,
    /// Which item, many of them.
    pub select: Option<Select>,
    /// What is wrong.
    pub words: TextArea,
}

pub(crate) fn page(me: &Me, id: &str, about: &DoubtForm, form: Form) -> DoubtPage {
    let back = format!("/grants/{id}");
    let key = |(name, title): &(String, String)| form.field(&format!("key.{name}"), title);
    let choices = || {
        about
            .items
            .iter()
            .map(|(name, title)| Choice::new(name, title))
            .collect()
    };
    let is_few = about.items.len() <= VISIBLE_MAX;
    let label = "哪个信息项的值有疑义";
    DoubtPage {
        frame: me
            .frame("反馈数据疑义")
            .crumb("/grants", "授权使用")
            .crumb(&back, &about.title)
            .wrong(form.is_wrong()),
        href: format!("{back}/doubt"),
        back,
        title: about.title.clone(),
        provider: about.provider_name.clone(),
        cite: Yongzhou.art(21).into(),
        key: about.key.iter().map(key).collect(),
        radios: is_few.then(|| form.radios("item", label, choices())),
        select: (!is_few).then(|| form.select("item", label, choices())),
        words: form
            .area("words", "疑义或者明显错误")
            .hint("写明与什么材料不一致、应当是什么。提供部门据此校核；其他部门看不到记录的内容，请不要在此写无关的个人信息。"),
        form,
    }
}

/// GET /grants/{id}/doubt
pub async fn form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let about = corrections::form(&city, &me.ctx, &id.as_str().into()).await?;
    html(&page(&me, &id, &about, Form::empty()))
}

/// POST /grants/{id}/doubt
pub async fn send(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    let grant = id.as_str().into();
    let about = corrections::form(&city, &me.ctx, &grant).await?;
    for (name, title) in &about.key {
        form.require(&format!("key.{name}"), &format!("请填写{title}。"));
    }
    form.require("item", "请选择有疑义的信息项。");
    form.require("words", "请填写疑义或者明显错误。");
    if !form.is_wrong() {
        let value = |(name, _): &(String, String)| {
            let typed = form.values.trimmed(&format!("key.{name}"));
            (name.clone(), typed.to_owned())
        };
        let doubt = Doubt {
            key: about.key.iter().map(value).collect(),
            item: form.values.trimmed("item").to_owned(),
            words: form.values.text("words"),
        };
        match corrections::doubt(&city, &me.ctx, &grant, doubt).await {
            Ok(doubted) => return go(&format!("/cases/{}?done=report", doubted.case)),
            Err(mut refused) => {
                // What is wrong with the record as a whole is told at the first of its key items.
                for (field, _) in refused.fields.iter_mut().filter(|it| it.0 == "where") {
                    *field = about
                        .key
                        .first()
                        .map_or_else(String::new, |it| format!("key.{}", it.0));
                }
                take(&mut form, refused)?;
            }
        }
    }
    wrong(&page(&me, &id, &about, form))
}
