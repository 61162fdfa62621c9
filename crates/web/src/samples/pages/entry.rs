//! Pages of entries.

use app::catalogue;
use rules::delivery::BatchState;

use super::{Album, data, frame};
use crate::{
    pages::{
        Done,
        entries::{self, edit, items},
    },
    ui::{Form, Notice, Tone},
};

pub(super) fn add(all: &mut Album) {
    compiling(all);
    metadata(all);
    reading(all);
    showing(all);
}

fn compiling(all: &mut Album) {
    let at = |title: &str| {
        frame("/entries/1", title)
            .crumb("/entries", "数据目录")
            .crumb("/entries/1", "乡镇街道区划信息")
    };
    let mut form = Form::empty();
    form.wrong("file", "请选择一份样表；没有样表时，选择“不上传样表”。");
    all.add(
        "entries/new",
        entries::new::NewEntryPage {
            frame: at("编制新目录"),
            form: Form::empty(),
        },
    );
    all.add(
        "entries/new-wrong",
        entries::new::NewEntryPage {
            frame: at("编制新目录").wrong(true),
            form,
        },
    );
    let draft = data::draft();
    let fields = items::fields_of(&draft.content);
    let notice = Notice::new(
        Tone::Green,
        "从样表识别出 8 个信息项",
        "请核对名称、类型、主键和个人信息类别，需要改的直接改。",
    );
    let items_frame = at("信息项").notice(Some(notice));
    all.add(
        "entries/items",
        items::page(items_frame, &draft, Form::of(fields.clone()), 7, None),
    );
    let mut wrong = Form::of(fields);
    wrong.wrong("items.1.length", "“名称”的长度应为不超过 10000000 的整数。");
    all.add(
        "entries/items-wrong",
        items::page(at("信息项"), &draft, wrong, 7, Some(3)),
    );
    all.add("entries/tasks", edit::tasks_page(at("编制"), &draft));
}

fn metadata(all: &mut Album) {
    let at = |title: &str| {
        frame("/entries/1", title)
            .crumb("/entries", "数据目录")
            .crumb("/entries/1", "乡镇街道区划信息")
    };
    let draft = data::draft();
    let orgs = [data::org("ga", "永州市公安局"), data::org("tj", "永州市统计局")];
    let names = [
        "entries/edit-naming",
        "entries/edit-provider",
        "entries/edit-share",
        "entries/edit-open",
        "entries/edit-use",
    ];
    for (i, section) in edit::SECTIONS.iter().enumerate() {
        let mut form = Form::of(edit::fields_of(&draft.content));
        for gap in draft
            .gaps
            .iter()
            .filter(|it| edit::section_of(&it.field) == Some(section.name))
        {
            form.wrong(&gap.field, &gap.words);
        }
        all.add(
            names[i],
            edit::page(at(section.title), &draft, &orgs, (i, section), form, 7),
        );
    }
    all.add(
        "entries/submit-gaps",
        entries::submit::page(at("提交审核"), &draft, Form::empty(), 7),
    );
    all.add(
        "entries/submit",
        entries::submit::page(at("提交审核"), &data::entry(), Form::empty(), 7),
    );
    all.add(
        "confirm-revise",
        entries::submit::revise_page(at("修订目录"), &data::entry(), Form::empty()),
    );
}

fn reading(all: &mut Album) {
    let params = [
        ("q".to_owned(), "区划".to_owned()),
        ("share".to_owned(), "conditional".to_owned()),
    ]
    .into();
    all.add(
        "entries/list",
        entries::list::page(
            frame("/entries", "数据目录"),
            &params,
            "区划",
            &data::found(),
            true,
        ),
    );
    let mut none = data::found();
    (none.total, none.hits, none.drafts) = (0, Vec::new(), Vec::new());
    all.add(
        "entries/list-none",
        entries::list::page(frame("/entries", "数据目录"), &params, "桥梁", &none, false),
    );
}

fn showing(all: &mut Album) {
    let at = |title: &str| frame("/entries/1", title).crumb("/entries", "数据目录");
    let last = data::delivery(BatchState::Loaded);
    let shown = entries::show::page(
        at("乡镇街道区划信息"),
        &data::entry(),
        Some(&last),
        &Done::default(),
    );
    all.add("entries/show", shown);
    let done = Done {
        done: "submitted".into(),
    };
    all.add(
        "entries/show-draft",
        entries::show::page(at("乡镇街道区划信息"), &data::draft(), None, &done),
    );
    all.add(
        "entries/versions",
        entries::versions::list_page(at("版本"), "1", &data::versions()),
    );
    let entry = data::entry();
    let version = catalogue::VersionView {
        entry: entry.id.clone(),
        code: entry.code.clone(),
        line: data::versions().remove(0),
        content: data::content(),
        metadata: entry.metadata,
    };
    all.add(
        "entries/version",
        entries::versions::version_page(at("第 3 版"), &version),
    );
    let change = |label: &str, kind, before: &str, after: &str| catalogue::Change {
        field: "x".into(),
        label: label.into(),
        kind,
        before: before.into(),
        after: after.into(),
    };
    let difference = catalogue::Difference {
        entry: "1".into(),
        code: entry.code,
        from: data::versions().remove(1),
        to: data::versions().remove(0),
        changes: vec![
            change(
                "共享类型",
                catalogue::ChangeKind::Changed,
                "无条件共享",
                "有条件共享",
            ),
            change("信息项“负责人姓名”", catalogue::ChangeKind::Added, "", "字符型"),
            change("信息项“邮政编码”", catalogue::ChangeKind::Removed, "字符型", ""),
        ],
    };
    all.add(
        "entries/difference",
        entries::versions::difference_page(at("版本差异"), &difference),
    );
}
