//! Suspending, resuming and terminating a grant: what it does is said before it is done (art. 19).

use app::{
    City,
    grants::{self, GrantView},
};
use axum::extract::{Path, State};
use rules::{ids::GrantId, law::Regulation::Yongzhou};

use crate::{
    form::ProtectedForm,
    frame::{Page, go, html, wrong},
    pages::{confirm::ConfirmPage, take},
    session::Me,
    ui::{Form, Pairs},
};

/// One turn of the switch, as its page says it.
pub(crate) struct Turn {
    name: &'static str,
    title: &'static str,
    words: &'static [&'static str],
    ask: &'static str,
    hint: &'static str,
    is_danger: bool,
}

pub(crate) const SUSPEND: Turn = Turn {
    name: "suspend",
    title: "暂停提供",
    words: &[
        "使用部门的下一次调用就会被拒绝，直到您恢复提供。",
        "同一操作会把使用违规报告报送同级政务数据主管部门，报告内容即您填写的理由。",
    ],
    ask: "暂停的理由",
    hint: "写明使用部门如何违反规定使用数据；使用部门和主管部门都会看到。",
    is_danger: false,
};

pub(crate) const RESUME: Turn = Turn {
    name: "resume",
    title: "恢复提供",
    words: &["授权按原来的条件恢复，使用部门的下一次调用即可应答。"],
    ask: "恢复的理由",
    hint: "例如：使用部门已整改，并说明了情况。",
    is_danger: false,
};

pub(crate) const TERMINATE: Turn = Turn {
    name: "terminate",
    title: "终止提供",
    words: &[
        "终止后不能恢复；使用部门如仍需要，应重新申请。",
        "同一操作会把使用违规报告报送同级政务数据主管部门，报告内容即您填写的理由。",
    ],
    ask: "终止的理由",
    hint: "写明使用部门如何违反规定使用数据；使用部门和主管部门都会看到。",
    is_danger: true,
};

pub(crate) fn page(me: &Me, view: &GrantView, turn: &Turn, form: Form, revision: i64) -> ConfirmPage {
    let back = format!("/grants/{}", view.row.id);
    ConfirmPage {
        frame: me
            .frame(turn.title)
            .crumb("/grants", "授权使用")
            .crumb(&back, &view.row.entry_title)
            .wrong(form.is_wrong()),
        title: turn.title.to_owned(),
        words: turn.words.iter().map(|it| (*it).to_owned()).collect(),
        cite: Some(Yongzhou.art(19).into()),
        about: Pairs::new()
            .with("数据目录", &view.row.entry_title)
            .with("使用部门", &view.row.consumer_name)
            .with("使用用途", view.row.purpose.label())
            .with("用途说明", &view.terms.purpose_text),
        ask: Some(form.area("reason", turn.ask).hint(turn.hint)),
        revision,
        href: format!("{back}/{}", turn.name),
        button: format!("确认{}", turn.title),
        is_danger: turn.is_danger,
        back,
        form,
    }
}

async fn form(me: Me, city: City, id: String, turn: &Turn) -> Page {
    let view = grants::show(&city, &me.ctx, &id.as_str().into()).await?;
    html(&page(&me, &view, turn, Form::empty(), view.revision))
}

async fn send(me: Me, city: City, id: String, posted: ProtectedForm, turn: &Turn) -> Page {
    let fields = posted.open(&me)?;
    let grant = GrantId::from(id.as_str());
    let mut form = Form::of(fields);
    form.require("reason", &format!("请填写{}。", turn.ask));
    let mut revision = form.values.revision();
    if !form.is_wrong() {
        let reason = form.values.text("reason");
        let done = match turn.name {
            "suspend" => grants::suspend(&city, &me.ctx, &grant, revision, &reason)
                .await
                .map(|_| ()),
            "resume" => grants::resume(&city, &me.ctx, &grant, revision, &reason).await,
            _ => grants::terminate(&city, &me.ctx, &grant, revision, &reason)
                .await
                .map(|_| ()),
        };
        match done {
            Ok(()) => return go(&format!("/grants/{id}?done={}", turn.name)),
            Err(refused) => {
                revision = refused.stale.as_ref().map_or(revision, |it| it.revision);
                take(&mut form, refused)?;
            }
        }
    }
    let view = grants::show(&city, &me.ctx, &grant).await?;
    wrong(&page(&me, &view, turn, form, revision))
}

/// GET /grants/{id}/suspend
pub async fn suspend_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    form(me, city, id, &SUSPEND).await
}

/// POST /grants/{id}/suspend
pub async fn suspend(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    posted: ProtectedForm,
) -> Page {
    send(me, city, id, posted, &SUSPEND).await
}

/// GET /grants/{id}/resume
pub async fn resume_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    form(me, city, id, &RESUME).await
}

/// POST /grants/{id}/resume
pub async fn resume(me: Me, State(city): State<City>, Path(id): Path<String>, posted: ProtectedForm) -> Page {
    send(me, city, id, posted, &RESUME).await
}

/// GET /grants/{id}/terminate
pub async fn terminate_form(me: Me, State(city): State<City>, Path(id): Path<String>) -> Page {
    form(me, city, id, &TERMINATE).await
}

/// POST /grants/{id}/terminate
pub async fn terminate(
    me: Me,
    State(city): State<City>,
    Path(id): Path<String>,
    posted: ProtectedForm,
) -> Page {
    send(me, city, id, posted, &TERMINATE).await
}
