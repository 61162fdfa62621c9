//! One record by its key, looked up for a doubt about it: not a call, and nothing of it leaves through the gateway.

use std::collections::BTreeMap;

use rules::{
    catalogue::Content,
    grant::{Mask, Terms},
    ids::{EntryId, GrantId},
};
use store::rows::{Pick, RowsError, Shape};

use super::value::kept;
use crate::{City, Refused, requests::catalogue_text};

/// A record of an entry as it stands now.
#[derive(Clone, Debug)]
pub(crate) struct Looked {
    /// The key, in the order and form in which it is kept.
    pub key: Vec<(String, String)>,
    /// The keyed hash of it, as marks and touches name the record.
    pub record: String,
    /// The values of the items asked for; none where there is no such record.
    pub values: Option<Vec<Option<String>>>,
    /// What the entry says.
    pub content: Content,
    /// The version of the rows that was looked at.
    pub version: i64,
}

/// The record of `entry` with this key, where it passes `filters`. `key` names every key item and nothing else.
pub(crate) async fn look(
    city: &City,
    entry: &EntryId,
    key: &BTreeMap<String, String>,
    items: Vec<String>,
    filters: &[(String, Vec<String>)],
) -> Result<Looked, Refused> {
    let content = catalogue_text(city, entry).await?;
    let names: Vec<&str> = content.key().map(|it| it.name.as_str()).collect();
    if names.is_empty() || names.len() != key.len() || !names.iter().all(|it| key.contains_key(*it)) {
        let titles: Vec<&str> = content.key().map(|it| it.title.as_str()).collect();
        let words = format!("请给出全部主键信息项的值：{}。", titles.join("、"));
        return Err(Refused::field("bad-key-values", "where", words));
    }
    let key: Vec<(String, String)> = names
        .iter()
        .map(|it| ((*it).to_owned(), kept(&content, it, &key[*it]).into_owned()))
        .collect();
    let hash = city
        .gate
        .secret
        .record(entry.as_str(), key.iter().map(|it| it.1.as_str()));
    let data = store::entries::get(city.store.read(), entry).await?.data;
    let version = data.map_or(0, |it| it.version);
    let pick = Pick {
        shape: Shape::of(entry, &content),
        version,
        items: items.into(),
        equals: key.clone(),
        any_of: filters.into(),
        after_key: None,
        limit: 1,
    };
    let width = pick.items.len();
    let rows = match city.rows.query(&pick).await {
        Ok(rows) => rows,
        Err(RowsError::NoVersion(_)) => Vec::new(),
        Err(cause) => return Err(cause.into()),
    };
    let row = rows.into_iter().next();
    Ok(Looked {
        record: hex::encode(hash),
        values: row.map(|mut it| {
            it.truncate(width);
            it
        }),
        content,
        version,
        key,
    })
}

/// The row filters of a grant, as the row store takes them.
pub(crate) fn filters(terms: &Terms) -> Vec<(String, Vec<String>)> {
    terms
        .filters
        .iter()
        .map(|it| (it.item.clone(), it.values.clone()))
        .collect()
}

/// `value` of `item` as the holder of a grant may see it: veiled as its terms say; none where it is not granted.
pub(crate) fn seen(city: &City, grant: &GrantId, terms: &Terms, item: &str, value: &str) -> Option<String> {
    if !terms.items.iter().any(|it| it == item) {
        return None;
    }
    Some(match terms.mask(item) {
        Mask::Clear => value.to_owned(),
        mask => table::veil(mask, value, &city.gate.secret.of_grant(grant.as_str())),
    })
}
