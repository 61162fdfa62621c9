//! One open set: everything that its page says, its files, the profile of its columns.

use jiff::Timestamp;
use rules::{
    calendar::today,
    catalogue::{Content, OpenKind},
    ids::EntryId,
    law::Regulation::Yongzhou,
    release::FileFormat,
};
use store::{
    files::FileId,
    open_sets::{self, Standing},
    orgs,
    releases::{self, Release, ReleaseState},
};
use table::profile::ColumnProfile;

use super::{
    Card, Dataset, FileCard, OpenFile, ReleaseCard,
    board::{card, snapshot},
    name_of, nothing,
};
use crate::{City, Refused, marks};

/// Related sets that are named.
const RELATED_MAX: usize = 6;

/// The longest name or id that is looked for.
const NAME_MAX: usize = 100;

/// The set that stands open under this name or id; the one door to everything about one set.
pub(super) async fn standing(city: &City, name_or_id: &str) -> Result<Standing, Refused> {
    let name: String = name_or_id.trim().chars().take(NAME_MAX).collect();
    open_sets::standing_one(city.store.read(), &name.to_lowercase())
        .await?
        .ok_or_else(nothing)
}

/// The kind a set is listed as.
pub(super) fn kind(it: &Standing) -> OpenKind {
    it.set.listed.unwrap_or(OpenKind::NotOpen)
}

/// The same, where it is free to take (art. 25). One that is opened on application says so (art. 26).
async fn free(city: &City, name_or_id: &str) -> Result<Standing, Refused> {
    let standing = standing(city, name_or_id).await?;
    if kind(&standing) == OpenKind::Unconditional {
        return Ok(standing);
    }
    let words = "该数据集为有条件开放。请注册并登录后提出申请，经提供部门同意后按照协议使用。";
    Err(Refused::forbidden("needs-agreement", words).citing(Yongzhou.art(26)))
}

/// The current release of a set that is free to take.
pub(super) async fn current(city: &City, name_or_id: &str) -> Result<(Standing, Release), Refused> {
    let standing = free(city, name_or_id).await?;
    let number = standing.set.current.ok_or_else(nothing)?;
    let release = releases::find(city.store.read(), &standing.set.entry, number).await?;
    let release = release.filter(|it| it.state == ReleaseState::Current);
    Ok((standing, release.ok_or_else(nothing)?))
}

/// Everything of the open set with this name or id.
pub async fn dataset(city: &City, name_or_id: &str) -> Result<Dataset, Refused> {
    let standing = standing(city, name_or_id).await?;
    let entry = standing.set.entry.clone();
    let org = orgs::get(city.store.read(), &standing.set.org).await?.org;
    let marks = marks::of_set(city, &entry).await?;
    let card = card(&standing, Some(&org), !marks.is_empty());
    let made = releases::of_entry(city.store.read(), &entry).await?;
    let current = made.iter().find(|it| it.state == ReleaseState::Current);
    let content = standing.content;
    Ok(Dataset {
        items: match current {
            Some(release) => release.items.clone(),
            None => unreleased(&content),
        },
        masked: current.map(|it| it.masked.clone()).unwrap_or_default(),
        scores: current.map(|it| it.scores.clone()).unwrap_or_default(),
        related: content.related.iter().map(|code| name_of(code)).collect(),
        releases: made
            .iter()
            .filter(|it| matches!(it.state, ReleaseState::Current | ReleaseState::Replaced))
            .map(|it| release_card(it, card.kind))
            .collect(),
        code: standing.code,
        conditions: content.open_conditions,
        reason: content.open_reason,
        basis: content.open_basis,
        class_path: content.class_path,
        region: org.region,
        person_org: org.name,
        phone: content.phone,
        marks,
        entry_version: i64::try_from(standing.version).unwrap_or(i64::MAX),
        card,
    })
}

/// The items of a set that is opened on application, before anything of it was released.
fn unreleased(content: &Content) -> Vec<rules::catalogue::Item> {
    let mut items = content.items.clone();
    for it in &mut items {
        it.samples.clear();
    }
    items
}

fn release_card(it: &Release, kind: OpenKind) -> ReleaseCard {
    let file = |file: &releases::ReleaseFile| FileCard {
        format: file.format,
        bytes: file.bytes,
        sha256: file.sha256.clone(),
        rid: format!("{}-{}", it.entry, file.format.name()).to_lowercase(),
    };
    ReleaseCard {
        number: it.number,
        at: it.made_at.unwrap_or(it.asked_at),
        rows: it.rows,
        sha256: it.sha256.clone(),
        files: match kind {
            OpenKind::Unconditional => it.files.iter().map(file).collect(),
            _ => Vec::new(),
        },
    }
}

/// Open sets that the entry names, then those of the same theme or with a keyword in common.
pub async fn related(city: &City, set: &Dataset) -> Result<Vec<Card>, Refused> {
    let snapshot = snapshot(city).await?;
    Ok(snapshot.shelf.like(&set.card, &set.related, RELATED_MAX))
}

/// A file of a release, the newest where no number is given. Whoever sends its beginning says so with [`downloaded`].
pub async fn file(
    city: &City,
    name_or_id: &str,
    number: Option<i64>,
    format: FileFormat,
) -> Result<OpenFile, Refused> {
    let (standing, current) = current(city, name_or_id).await?;
    let entry = &standing.set.entry;
    let release = match number {
        Some(number) if number != current.number => kept(city, entry, number).await?,
        _ => current,
    };
    let missing = || Refused::not_found("该格式的文件");
    let found = release.files.iter().find(|it| it.format == format);
    let found = found.ok_or_else(missing)?;
    let id =
        FileId::parse(&found.sha256).ok_or_else(|| Refused::internal("a release file without a name"))?;
    let file = city.files.get(&id).map_err(Refused::internal)?;
    Ok(OpenFile {
        entry: entry.clone(),
        file,
        bytes: found.bytes,
        sha256: found.sha256.clone(),
        at: release.made_at.unwrap_or(release.asked_at),
        file_name: file_name(&standing.content.title, release.number, format),
        format,
        number: release.number,
    })
}

/// Counts a download of `file`. One that is fetched in parts is one download: only the part that it begins with counts.
pub fn downloaded(city: &City, file: &OpenFile, now: Timestamp) {
    city.board.count(&file.entry, today(now), file.format);
}

/// An earlier release whose files are kept.
async fn kept(city: &City, entry: &EntryId, number: i64) -> Result<Release, Refused> {
    let found = releases::find(city.store.read(), entry, number).await?;
    found
        .filter(|it| it.state == ReleaseState::Replaced)
        .ok_or_else(|| Refused::not_found("该期开放快照"))
}

/// A name that every file system takes.
fn file_name(title: &str, number: i64, format: FileFormat) -> String {
    let is_plain = |it: &char| !it.is_control() && !"/\\:*?\"<>|".contains(*it);
    let title: String = title.chars().filter(is_plain).take(80).collect();
    format!("{}-{number}.{}", title.trim(), format.extension())
}

/// What the columns of the newest release hold.
pub async fn profile(city: &City, name_or_id: &str) -> Result<Vec<ColumnProfile>, Refused> {
    let (_, release) = current(city, name_or_id).await?;
    serde_json::from_str(&release.profile).map_err(Refused::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_set_and_release() {
        assert_eq!(
            file_name("公交站点", 3, FileFormat::JsonLines),
            "公交站点-3.jsonl"
        );
        assert_eq!(file_name("a/b:c\n", 1, FileFormat::Csv), "abc-1.csv");
    }
}
