//! Sets, files, agencies, themes and keywords as CKAN's dictionaries.

use app::portal::{Card, Dataset, FileCard, OrgRef};
use jiff::Timestamp;
use rules::{catalogue::OpenKind, release::FileFormat};
use serde_json::{Value, json};

use crate::machines::links::{Links, naive};

/// A licence of CKAN's stock list, which every client knows.
pub(crate) struct Licence {
    pub id: &'static str,
    pub title: &'static str,
    pub is_open: bool,
}

const OPEN: Licence = Licence {
    id: "other-open",
    title: "无条件开放：可以自由使用，注明来源与获取日期",
    is_open: true,
};
const CLOSED: Licence = Licence {
    id: "other-closed",
    title: "有条件开放：经申请并签订协议后使用",
    is_open: false,
};

/// Both licences of the portal.
pub(crate) const LICENCES: &[&Licence] = &[&OPEN, &CLOSED];

/// The licence of a set.
pub(crate) fn licence(kind: OpenKind) -> &'static Licence {
    if kind == OpenKind::Unconditional {
        &OPEN
    } else {
        &CLOSED
    }
}

/// The whole of `package_show`.
pub(crate) fn package(links: &Links, set: &Dataset) -> Value {
    let card = &set.card;
    let licence = licence(card.kind);
    let resources = resources(links, set);
    let number = card.number.map_or_else(String::new, |it| it.to_string());
    json!({
        "id": card.id,
        "name": card.name,
        "title": card.title,
        "notes": card.summary,
        "url": links.dataset(&card.name),
        "version": number,
        "type": "dataset",
        "state": "active",
        "private": false,
        "author": card.org.title,
        "author_email": "",
        "maintainer": set.person_org,
        "maintainer_email": "",
        "license_id": licence.id,
        "license_title": licence.title,
        "license_url": links.terms(),
        "isopen": licence.is_open,
        "owner_org": card.org.id,
        "organization": org_of(&card.org, card.issued_at),
        "creator_user_id": null,
        "metadata_created": naive(card.issued_at),
        "metadata_modified": naive(card.modified_at),
        "num_resources": resources.len(),
        "num_tags": card.keywords.len(),
        "resources": resources,
        "tags": card.keywords.iter().map(|it| tag(it)).collect::<Vec<_>>(),
        "groups": group_of(card),
        "extras": extras(links, set),
        "relationships_as_subject": [],
        "relationships_as_object": [],
    })
}

fn group_of(card: &Card) -> Vec<Value> {
    if card.theme_name.is_empty() {
        return Vec::new();
    }
    vec![json!({
        "id": card.theme_name,
        "name": card.theme_name,
        "title": card.theme,
        "display_name": card.theme,
        "description": "",
        "image_display_url": "",
    })]
}

/// What CKAN has no field for: a list of keys and texts, never an object.
fn extras(links: &Links, set: &Dataset) -> Vec<Value> {
    let mut extras = Vec::new();
    let mut add = |key: &str, value: &str| {
        if !value.is_empty() {
            extras.push(json!({ "key": key, "value": value }));
        }
    };
    add("更新频率", set.card.cycle.label());
    add("开放属性", set.card.kind.label());
    add("数据量", &set.card.rows.to_string());
    add("联系电话", &set.phone);
    if set.card.kind == OpenKind::Conditional {
        add("开放条件", &set.conditions);
        add("理由", &set.reason);
        add("申请地址", &links.application(&set.card));
    }
    add("依据", &set.basis);
    let masked: Vec<String> = set
        .masked
        .iter()
        .map(|(item, words)| format!("{item}：{words}"))
        .collect();
    add("脱敏说明", &masked.join("；"));
    let marks: Vec<String> = set.marks.iter().map(|it| it.words.clone()).collect();
    add("标注", &marks.join("；"));
    extras
}

/// The files of a set, or for one opened on conditions where to apply.
pub(crate) fn resources(links: &Links, set: &Dataset) -> Vec<Value> {
    match set.releases.first() {
        Some(release) if set.card.kind == OpenKind::Unconditional => {
            let numbered = release.files.iter().enumerate();
            numbered
                .map(|(i, file)| resource(links, set, release.at, i, file))
                .collect()
        }
        _ => vec![application(links, set)],
    }
}

fn resource(links: &Links, set: &Dataset, at: Timestamp, position: usize, file: &FileCard) -> Value {
    let card = &set.card;
    let mime = file.format.mime().split(';').next().unwrap_or_default();
    json!({
        "id": file.rid,
        "package_id": card.id,
        "position": position,
        "name": format!("{}（{}）", card.title, file.format.label()),
        "description": "",
        "url": links.download(&card.name, &file.rid, file.format),
        "url_type": "upload",
        "format": file.format.label(),
        "mimetype": mime,
        "mimetype_inner": null,
        "size": file.bytes,
        "hash": format!("sha256:{}", file.sha256),
        "resource_type": null,
        "state": "active",
        "created": naive(card.issued_at),
        "last_modified": naive(at),
        "metadata_modified": naive(at),
        "cache_url": null,
        "cache_last_updated": null,
        // All files hold the same rows; a mirror of the tables should fetch them once.
        "datastore_active": file.format == FileFormat::Csv,
    })
}

/// The page where one applies stands for the files: it has no address of data.
fn application(links: &Links, set: &Dataset) -> Value {
    let card = &set.card;
    json!({
        "id": format!("{}-apply", card.id.to_lowercase()),
        "package_id": card.id,
        "position": 0,
        "name": format!("申请使用：{}", card.title),
        "description": set.conditions,
        "url": links.application(card),
        "url_type": null,
        "format": card.formats.first().map_or("HTML", |it| it.label()),
        "mimetype": "text/html",
        "mimetype_inner": null,
        "size": null,
        "hash": "",
        "resource_type": null,
        "state": "active",
        "created": naive(card.issued_at),
        "last_modified": naive(card.modified_at),
        "metadata_modified": naive(card.modified_at),
        "cache_url": null,
        "cache_last_updated": null,
        "datastore_active": false,
    })
}

/// A keyword.
pub(crate) fn tag(name: &str) -> Value {
    json!({ "id": name, "name": name, "display_name": name, "state": "active", "vocabulary_id": null })
}

fn org_of(org: &OrgRef, created: Timestamp) -> Value {
    json!({
        "id": org.id,
        "name": org.name,
        "title": org.title,
        "type": "organization",
        "description": "",
        "image_url": "",
        "created": naive(created),
        "is_organization": true,
        "approval_status": "approved",
        "state": "active",
    })
}

/// An agency or a theme with the number of its sets. Its people are nobody's business (art. 33).
pub(crate) fn group(id: &str, name: &str, title: &str, sets: u64, is_org: bool) -> Value {
    json!({
        "id": id,
        "name": name,
        "title": title,
        "display_name": title,
        "description": "",
        "image_url": "",
        "image_display_url": "",
        "package_count": sets,
        "num_followers": 0,
        "state": "active",
        "type": if is_org { "organization" } else { "group" },
        "is_organization": is_org,
        "approval_status": "approved",
        "created": null,
    })
}

/// A licence as `license_list` gives it.
pub(crate) fn licence_line(links: &Links, licence: &Licence) -> Value {
    json!({
        "id": licence.id,
        "title": licence.title,
        "url": links.terms(),
        "status": "active",
        "maintainer": "",
        "family": "",
        "domain_content": licence.is_open,
        "domain_data": licence.is_open,
        "domain_software": false,
        "is_generic": true,
        "is_okd_compliant": licence.is_open,
        "is_osi_compliant": false,
        "od_conformance": if licence.is_open { "approved" } else { "not reviewed" },
        "osd_conformance": "not reviewed",
    })
}
