//! 应用成果: data products that makers registered, and the authority's look at them (art. 26).

use app::{
    City,
    products::{self, ProductCard},
};
use askama::Template;
use axum::extract::{Path, State};
use rules::{ids::ProductId, permission::Action, product::State as Stands};

use super::take;
use crate::{
    form::ProtectedForm,
    frame::{Frame, Page, go, html, wrong},
    session::Me,
    ui::{Choice, Empty, Form, Pairs},
    words,
};

/// The list.
#[derive(Template)]
#[template(path = "products/list.html")]
pub struct ProductsPage {
    /// What stands around it.
    pub frame: Frame,
    /// The products: address, number, name, byline, state, when registered.
    pub lines: Vec<[String; 6]>,
}

impl ProductsPage {
    fn empty(&self) -> Empty {
        Empty::new(
            "还没有数据产品",
            "申请人在开放平台登记数据产品之后，会出现在这里等待审核。",
        )
    }
}

/// One product.
#[derive(Template)]
#[template(path = "products/show.html")]
pub struct ProductPage {
    /// What stands around it.
    pub frame: Frame,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: &'static str,
    /// What is to be known of it.
    pub facts: Pairs,
    /// The citations.
    pub citations: Vec<String>,
    /// The decision's form; none where there is nothing to decide, or not by this person.
    pub form: Option<Form>,
    /// What may be decided.
    pub choices: Vec<Choice>,
    /// Where the form is sent.
    pub href: String,
    /// The revision that the page shows.
    pub revision: i64,
}

/// GET /products
pub async fn list(me: Me, State(city): State<City>) -> Page {
    let all = products::review(&city, &me.ctx).await?;
    let line = |it: &ProductCard| {
        [
            format!("/products/{}", it.id),
            it.number.clone(),
            it.name.clone(),
            it.byline.clone(),
            it.state.label().to_owned(),
            words::moment(it.created_at),
        ]
    };
    html(&ProductsPage {
        frame: me.frame("应用成果"),
        lines: all.iter().map(line).collect(),
    })
}

fn page(me: &Me, it: &ProductCard, form: Form) -> ProductPage {
    let to = [
        (Stands::Published, "发布，在开放平台展示"),
        (Stands::Returned, "退回，请其修改"),
        (Stands::Withdrawn, "撤下，不再展示"),
    ];
    let choices: Vec<Choice> = to
        .into_iter()
        .filter(|(to, _)| it.state.leads_to(*to))
        .map(|(to, label)| Choice::new(to.name(), label))
        .collect();
    let may = me.could(Action::ManageProducts) && !choices.is_empty();
    ProductPage {
        frame: me
            .frame(it.name.clone())
            .crumb("/products", "应用成果")
            .wrong(form.is_wrong()),
        name: it.name.clone(),
        state: it.state.label(),
        facts: Pairs::new()
            .with("编号", &it.number)
            .with("署名", &it.byline)
            .with("说明", &it.summary)
            .with_some("链接", it.link.clone())
            .with("登记时间", words::moment(it.created_at))
            .with_some("理由", it.reason.clone()),
        citations: it.sources.iter().map(|it| it.citation.clone()).collect(),
        form: may.then_some(form),
        choices,
        href: format!("/products/{}", it.id),
        revision: it.revision,
    }
}

/// GET /products/{id}
pub async fn show(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    let it = products::find(&city, &me.ctx, &ProductId(id)).await?;
    html(&page(&me, &it, Form::empty()))
}

/// POST /products/{id}
pub async fn decide(me: Me, State(city): State<City>, Path(id): Path<String>, form: ProtectedForm) -> Page {
    let mut form = Form::of(form.open(&me)?);
    let (id, revision) = (ProductId(id), form.values.revision());
    let Some(to) = Stands::parse(form.value("to")) else {
        form.wrong("to", "请选择发布、退回或者撤下。");
        let it = products::find(&city, &me.ctx, &id).await?;
        return wrong(&page(&me, &it, form));
    };
    let reason = form.values.text("reason");
    match products::decide(&city, &me.ctx, &id, revision, to, &reason).await {
        Ok(()) => go("/products"),
        Err(refused) => {
            take(&mut form, refused)?;
            let it = products::find(&city, &me.ctx, &id).await?;
            wrong(&page(&me, &it, form))
        }
    }
}
