//! 开放清单: what the next editions would say, and what was published (art. 24).

use app::{
    City,
    opening::{self, EditionLine, ListDraft, Lists},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::{catalogue::OpenKind, law::Regulation::Yongzhou};

use crate::{
    form::ProtectedForm,
    frame::{Frame, Page, go, html, wrong},
    pages::{Done, confirm::ConfirmPage, take},
    problem::Problem,
    session::Me,
    ui::{Cite, Form, Notice, Pairs, Tone},
    words,
};

/// The own agency's lists.
#[derive(Template)]
#[template(path = "opening/lists.html")]
pub struct ListsPage {
    /// What stands around it.
    pub frame: Frame,
    /// The agency.
    pub org: String,
    /// The article.
    pub cite: Cite,
    /// The lists as they would be published.
    pub drafts: Vec<Draft>,
    /// What was published.
    pub editions: Vec<Edition>,
    /// Whether this person may publish.
    pub may_publish: bool,
}

/// One list as it would be published.
pub struct Draft {
    /// The kind.
    pub title: String,
    /// Where it is published.
    pub href: String,
    /// Its lines: address, title, code, and what happens with it.
    pub lines: Vec<DraftLine>,
    /// Titles that leave the list.
    pub leaving: Vec<String>,
    /// How many lines the edition would have.
    pub count: usize,
}

/// One line of a list being compiled.
pub struct DraftLine {
    /// Its plan.
    pub href: String,
    /// Its title.
    pub title: String,
    /// 信息资源代码.
    pub code: String,
    /// What happens with it.
    pub words: String,
}

/// One published edition.
pub struct Edition {
    /// Its page on the portal.
    pub href: String,
    /// What it is.
    pub title: String,
    /// When it was published.
    pub at: String,
    /// How many sets it names.
    pub sets: String,
    /// Who published it.
    pub by: String,
}

fn draft(it: &ListDraft) -> Draft {
    let line = |line: &opening::ListEntry| DraftLine {
        href: format!("/opening/{}", line.entry),
        title: line.title.clone(),
        code: line.code.clone(),
        words: match (&line.why_not, line.is_listed) {
            (Some(why), _) => format!("不列入：{why}"),
            (None, true) => "已在清单中".to_owned(),
            (None, false) => "新列入".to_owned(),
        },
    };
    Draft {
        title: format!("{}清单（第{}期）", it.kind.label(), it.number),
        href: format!("/opening/lists/{}", it.kind.name()),
        count: it.entries.iter().filter(|it| it.why_not.is_none()).count(),
        lines: it.entries.iter().map(line).collect(),
        leaving: it.leaving.clone(),
    }
}

fn edition(it: &EditionLine, slug: &str) -> Edition {
    Edition {
        href: format!("/open/lists/{slug}/{}/{}", it.kind.name(), it.number),
        title: format!("{}清单（第{}期）", it.kind.label(), it.number),
        at: words::moment(it.at),
        sets: words::count(it.sets),
        by: it.by.clone(),
    }
}

pub(crate) fn lists_page(frame: Frame, lists: &Lists) -> ListsPage {
    ListsPage {
        frame,
        org: lists.org_name.clone(),
        cite: Yongzhou.art(24).into(),
        drafts: lists.drafts.iter().map(draft).collect(),
        editions: lists
            .editions
            .iter()
            .map(|it| edition(it, &lists.org_slug))
            .collect(),
        may_publish: lists.may_publish,
    }
}

/// GET /opening/lists
pub async fn show(me: Me, State(city): State<City>, Query(done): Query<Done>) -> Page {
    let lists = opening::lists(&city, &me.ctx).await?;
    let text = "公众可以在开放平台上查看清单和其中的数据集。";
    let notice = done
        .is("publish")
        .then(|| Notice::new(Tone::Green, "清单已发布", text));
    let frame = me.frame("开放清单").crumb("/opening", "开放管理");
    html(&lists_page(frame.notice(notice), &lists))
}

pub(crate) fn publish_page(frame: Frame, lists: &Lists, draft: &ListDraft, form: Form) -> ConfirmPage {
    let titles = |is_in: bool| -> Vec<&str> {
        let all = draft.entries.iter().filter(|it| it.why_not.is_none() == is_in);
        all.map(|it| it.title.as_str()).collect()
    };
    let mut words = vec![format!(
        "发布后即为{}第{}期{}清单，内容不再更改；清单上的数据集向公众开放，不在清单上的即停止开放。",
        lists.org_name,
        draft.number,
        draft.kind.label()
    )];
    if !draft.leaving.is_empty() {
        words.push(format!("与上一期相比不再列入：{}。", draft.leaving.join("、")));
    }
    ConfirmPage {
        frame: frame.crumb("/opening/lists", "开放清单").wrong(form.is_wrong()),
        title: format!("发布{}清单", draft.kind.label()),
        words,
        cite: Some(Yongzhou.art(24).into()),
        about: Pairs::new()
            .with("列入", titles(true).join("\n"))
            .with_some("暂不列入", titles(false).join("\n")),
        ask: None,
        revision: draft.number,
        href: format!("/opening/lists/{}", draft.kind.name()),
        button: "确认发布".to_owned(),
        is_danger: false,
        back: "/opening/lists".to_owned(),
        form,
    }
}

async fn found(city: &City, me: &Me, kind: &str) -> Result<(Lists, ListDraft), Problem> {
    let kind = OpenKind::parse(kind).ok_or(Problem::NotFound)?;
    let lists = opening::lists(city, &me.ctx).await?;
    let draft = lists.drafts.iter().find(|it| it.kind == kind).cloned();
    Ok((lists, draft.ok_or(Problem::NotFound)?))
}

fn frame(me: &Me) -> Frame {
    me.frame("发布开放清单").crumb("/opening", "开放管理")
}

/// GET /opening/lists/{kind}
pub async fn publish_form(me: Me, State(city): State<City>, Path(kind): Path<String>) -> Page {
    let (lists, draft) = found(&city, &me, &kind).await?;
    html(&publish_page(frame(&me), &lists, &draft, Form::empty()))
}

/// POST /opening/lists/{kind}
pub async fn publish(
    me: Me,
    State(city): State<City>,
    Path(kind): Path<String>,
    posted: ProtectedForm,
) -> Page {
    let mut form = Form::of(posted.open(&me)?);
    let (lists, draft) = found(&city, &me, &kind).await?;
    if form.values.revision() != draft.number {
        let words = "您打开页面之后，清单已发布新的一期。请核对最新内容后再发布。";
        form.wrong("", words);
    } else {
        match opening::publish_list(&city, &me.ctx, draft.kind).await {
            Ok(_) => return go("/opening/lists?done=publish"),
            Err(refused) => take(&mut form, refused)?,
        }
    }
    wrong(&publish_page(frame(&me), &lists, &draft, form))
}
