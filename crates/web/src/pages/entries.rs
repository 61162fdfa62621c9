//! 目录: finding an entry, its page, and compiling one from a sample to its submission.

pub mod edit;
pub mod items;
pub mod list;
pub mod new;
pub mod parts;
pub mod show;
pub mod submit;
pub mod versions;

use app::catalogue::field_label;
use rules::{
    catalogue::{Content, CrossRule, Item, ShareKind},
    procedure::{Word, compilation::State},
};

use crate::ui::{Pairs, StateTag, Tone};

/// Where an entry stands, as a tag.
pub(crate) fn state_tag(state: Word) -> StateTag {
    let tone = match State::parse(state.name) {
        Some(State::Published) => Tone::Green,
        Some(State::Returned) => Tone::Amber,
        _ => Tone::Accent,
    };
    StateTag::new(state.label, tone)
}

/// How an entry is shared, as a tag.
pub(crate) fn share_tag(share: ShareKind) -> StateTag {
    let tone = match share {
        ShareKind::Unconditional => Tone::Green,
        ShareKind::Conditional => Tone::Amber,
        ShareKind::NotShared => Tone::Grey,
    };
    StateTag::new(share.label(), tone)
}

/// An item in one line: its type and what its values must be.
pub(crate) fn item_words(item: &Item) -> String {
    let mut words = vec![item.kind.label().to_owned()];
    match (item.length, item.scale) {
        (Some(length), Some(scale)) => words.push(format!("长度 {length}，小数 {scale} 位")),
        (Some(length), None) => words.push(format!("长度 {length}")),
        _ => {}
    }
    let flags = [
        (item.is_key, "主键"),
        (item.is_required, "必填"),
        (item.is_condition, "查询条件"),
    ];
    words.extend(flags.iter().filter(|it| it.0).map(|it| it.1.to_owned()));
    if !item.codes.is_empty() {
        words.push(format!("值域 {} 个", item.codes.len()));
    }
    words.join(" · ")
}

/// The fields of an entry with what they say, in the guide's order; co-compilers and rules are left to their pages.
pub(crate) fn lines(content: &Content) -> Vec<(&'static str, String)> {
    let all = [
        ("title", content.title.clone()),
        ("kind", content.kind.label().to_owned()),
        ("class_path", content.class_path.join(" / ")),
        ("summary", content.summary.clone()),
        ("keywords", content.keywords.join("、")),
        ("format", content.format.label().to_owned()),
        ("share", content.share.label().to_owned()),
        ("share_reason", content.share_reason.clone()),
        ("share_basis", content.share_basis.clone()),
        ("share_conditions", content.share_conditions.clone()),
        ("share_method", content.share_method.label().to_owned()),
        ("usage_scope", content.usage_scope.clone()),
        ("open", content.open.label().to_owned()),
        ("open_reason", content.open_reason.clone()),
        ("open_basis", content.open_basis.clone()),
        ("open_conditions", content.open_conditions.clone()),
        ("cycle", content.cycle.label().to_owned()),
        ("grade", content.grade.label().to_owned()),
        ("person", content.person.clone()),
        ("phone", content.phone.clone()),
        ("related", content.related.join("、")),
        (
            "refused_permille_max",
            format!("{:.1}%", f64::from(content.refused_permille_max) / 10.0),
        ),
    ];
    all.into_iter().collect()
}

/// The entry as names and values under headings, what the law asks reviewers to decide on first (art. 11, art. 17,
/// art. 23); what says nothing is left out.
pub(crate) fn parts_of(content: &Content) -> Vec<(&'static str, Pairs)> {
    let is_share = |field: &str| field.starts_with("share") || field == "usage_scope";
    let is_open = |field: &str| field.starts_with("open");
    let part = |belongs: &dyn Fn(&str) -> bool| {
        let lines = lines(content).into_iter().filter(|it| belongs(it.0));
        lines.fold(Pairs::new(), |all, (field, value)| {
            all.with_some(&field_label(content, field), value)
        })
    };
    vec![
        ("共享", part(&is_share)),
        ("开放", part(&is_open)),
        ("目录", part(&|field| !is_share(field) && !is_open(field))),
    ]
}

/// The checks over two items, with the items' Chinese names.
pub(crate) fn rules_in_words(content: &Content) -> Vec<String> {
    let title = |name: &String| {
        content
            .item(name)
            .map_or_else(|| name.clone(), |it| it.title.clone())
    };
    let rule = |rule: &CrossRule| match rule {
        CrossRule::BirthMatchesIdentity { identity, birth } => CrossRule::BirthMatchesIdentity {
            identity: title(identity),
            birth: title(birth),
        },
        CrossRule::GenderMatchesIdentity { identity, gender } => CrossRule::GenderMatchesIdentity {
            identity: title(identity),
            gender: title(gender),
        },
        CrossRule::NotBefore { earlier, later } => CrossRule::NotBefore {
            earlier: title(earlier),
            later: title(later),
        },
    };
    content.cross_rules.iter().map(|it| rule(it).label()).collect()
}
