//! Sets, agencies, themes, keywords and licences, one by one and in lists.

use std::collections::BTreeMap;

use app::portal;
use serde_json::{Value, json};

use super::{Call, asked::plain, fault::Fault, search, shape};
use crate::machines::source;

/// Agencies and themes in one list at most; with all their fields, fewer.
const GROUPS_MAX: u64 = 1000;
const WHOLE_GROUPS_MAX: u64 = 25;

/// The sets that `organization_show` names at most; the count is in `package_count`.
const ORG_PACKAGES_MAX: usize = 10;
const GROUP_PACKAGES_MAX: usize = 1000;

/// `package_list`: all names in order.
pub(super) async fn package_list(call: &Call) -> Result<Value, Fault> {
    let limit = call.asked.natural("limit")?.map_or(usize::MAX, |it| it as usize);
    let offset = call.asked.natural("offset")?.unwrap_or(0) as usize;
    let cards = source::all(&call.city).await?;
    let names = cards
        .into_iter()
        .skip(offset)
        .take(limit)
        .map(|it| it.name.clone());
    Ok(names.collect::<Vec<_>>().into())
}

/// `current_package_list_with_resources`.
pub(super) async fn packages_whole(call: &Call) -> Result<Value, Fault> {
    let limit = call
        .asked
        .natural("limit")?
        .unwrap_or(GROUP_PACKAGES_MAX as u64)
        .min(1000) as usize;
    let offset = call.asked.natural("offset")?.unwrap_or(0) as usize;
    let mut cards = source::all(&call.city).await?;
    cards.sort_by(|a, b| b.modified_at.cmp(&a.modified_at).then_with(|| a.id.cmp(&b.id)));
    let page: Vec<_> = cards.into_iter().skip(offset).take(limit).collect();
    let sets = source::details(&call.city, &page).await?;
    Ok(sets.iter().map(|it| shape::package(&call.links, it)).collect())
}

/// `package_show`.
pub(super) async fn package_show(call: &Call) -> Result<Value, Fault> {
    let id = match call.asked.text("id") {
        Some(id) => id,
        None => call
            .asked
            .text("name_or_id")
            .ok_or_else(|| Fault::invalid("name_or_id", "Missing value"))?,
    };
    let set = source::detail(&call.city, &id).await?.ok_or_else(not_found)?;
    Ok(shape::package(&call.links, &set))
}

fn not_found() -> Fault {
    Fault::NotFound("Not found".to_owned())
}

/// `resource_show`.
pub(super) async fn resource_show(call: &Call) -> Result<Value, Fault> {
    let id = call.asked.needed("id")?;
    let missing = || Fault::no_such("Resource", &id);
    let set = super::set_of_resource(&call.city, &id)
        .await?
        .ok_or_else(missing)?;
    let found = shape::resources(&call.links, &set)
        .into_iter()
        .find(|it| it["id"] == id.as_str());
    found.ok_or_else(missing)
}

/// `resource_view_list`: there are no views; an unknown file is still one.
pub(super) async fn resource_views(call: &Call) -> Result<Value, Fault> {
    resource_show(call).await?;
    Ok(json!([]))
}

/// `resource_search`: `field:term`, all of them.
pub(super) async fn resource_search(call: &Call) -> Result<Value, Fault> {
    let queries: Vec<String> = match call.asked.value("query") {
        None => return Err(Fault::invalid("query", "Missing value")),
        Some(Value::Array(many)) => many.iter().map(plain).collect(),
        Some(one) => vec![plain(one)],
    };
    let mut terms = Vec::new();
    for query in &queries {
        let (field, term) = query.split_once(':').ok_or_else(|| {
            Fault::Query(format!(
                "Search Query is invalid: Must be <field>:<value> pair(s), got {query}"
            ))
        })?;
        if !["name", "description", "format", "url", "hash", "id", "mimetype"].contains(&field) {
            return Err(Fault::Query(format!(
                "Search Query is invalid: Field \"{field}\" not recognised in resource_search."
            )));
        }
        terms.push((field, term.to_lowercase()));
    }
    let limit = call.asked.natural("limit")?.map_or(usize::MAX, |it| it as usize);
    let offset = call.asked.natural("offset")?.unwrap_or(0) as usize;
    let cards = source::all(&call.city).await?;
    let sets = source::details(&call.city, &cards).await?;
    let mut found: Vec<Value> = sets
        .iter()
        .flat_map(|it| shape::resources(&call.links, it))
        .collect();
    found.retain(|it| {
        let has = |(field, term): &(&str, String)| {
            it[*field]
                .as_str()
                .is_some_and(|it| it.to_lowercase().contains(term.as_str()))
        };
        terms.iter().all(has)
    });
    if let Some(field) = call.asked.text("order_by") {
        found.sort_by_key(|it| plain(&it[field.as_str()]));
    }
    let count = found.len();
    let results: Vec<Value> = found.into_iter().skip(offset).take(limit).collect();
    Ok(json!({ "count": count, "results": results }))
}

/// An agency or a theme.
struct Group {
    id: String,
    name: String,
    title: String,
    sets: u64,
}

async fn groups(call: &Call, is_org: bool) -> Result<Vec<Group>, Fault> {
    if is_org {
        let orgs = portal::orgs(&call.city).await?;
        let group = |it: portal::OrgCard| Group {
            id: it.org.id,
            name: it.org.name,
            title: it.org.title,
            sets: it.sets,
        };
        return Ok(orgs.into_iter().map(group).collect());
    }
    let themes = portal::themes(&call.city).await?;
    let group = |it: portal::ThemeCard| Group {
        id: it.name.clone(),
        name: it.name,
        title: it.title,
        sets: it.sets,
    };
    Ok(themes.into_iter().map(group).collect())
}

/// `organization_list` and `group_list`.
pub(super) async fn group_list(call: &Call, is_org: bool) -> Result<Value, Fault> {
    let asked = &call.asked;
    let is_whole = asked.flag("all_fields", false);
    let most = if is_whole { WHOLE_GROUPS_MAX } else { GROUPS_MAX };
    let limit = asked.natural("limit")?.unwrap_or(most).min(most) as usize;
    let offset = asked.natural("offset")?.unwrap_or(0) as usize;
    let mut groups = groups(call, is_org).await?;
    let only = asked.list(if is_org { "organizations" } else { "groups" });
    if let Some(only) = only {
        groups.retain(|it| only.contains(&it.name) || only.contains(&it.id));
    }
    let sort = asked
        .text("sort")
        .or_else(|| asked.text("order_by"))
        .unwrap_or_else(|| "title asc".to_owned());
    let mut words = sort.split_whitespace();
    match words.next() {
        Some("title") => groups.sort_by(|a, b| a.title.cmp(&b.title)),
        Some("name") => groups.sort_by(|a, b| a.name.cmp(&b.name)),
        Some("package_count" | "packages") => {
            groups.sort_by(|a, b| b.sets.cmp(&a.sets).then_with(|| a.name.cmp(&b.name)).reverse())
        }
        other => {
            return Err(Fault::invalid(
                "sort",
                &format!("Cannot sort by field `{}`", other.unwrap_or_default()),
            ));
        }
    }
    if words.next() == Some("desc") {
        groups.reverse();
    }
    let page = groups.iter().skip(offset).take(limit);
    let whole = |it: &Group| shape::group(&it.id, &it.name, &it.title, it.sets, is_org);
    Ok(page
        .map(|it| {
            if is_whole {
                whole(it)
            } else {
                it.name.clone().into()
            }
        })
        .collect())
}

/// `organization_show` and `group_show`.
pub(super) async fn group_show(call: &Call, is_org: bool) -> Result<Value, Fault> {
    let id = call.asked.needed("id")?;
    let groups = groups(call, is_org).await?;
    let group = groups
        .into_iter()
        .find(|it| it.id == id || it.name == id)
        .ok_or_else(not_found)?;
    let mut shown = shape::group(&group.id, &group.name, &group.title, group.sets, is_org);
    // Who works there is not for the public.
    shown["users"] = json!([]);
    shown["groups"] = json!([]);
    shown["tags"] = json!([]);
    shown["extras"] = json!([]);
    if call.asked.flag("include_datasets", false) {
        let most = if is_org {
            ORG_PACKAGES_MAX
        } else {
            GROUP_PACKAGES_MAX
        };
        shown["packages"] = packages_of(call, &group.name, is_org, most).await?;
    }
    Ok(shown)
}

/// `group_package_show`.
pub(super) async fn group_packages(call: &Call) -> Result<Value, Fault> {
    let id = call.asked.needed("id")?;
    let limit = call
        .asked
        .natural("limit")?
        .map_or(GROUP_PACKAGES_MAX, |it| it as usize);
    let groups = groups(call, false).await?;
    let group = groups
        .into_iter()
        .find(|it| it.id == id || it.name == id)
        .ok_or_else(not_found)?;
    packages_of(call, &group.name, false, limit.min(GROUP_PACKAGES_MAX)).await
}

async fn packages_of(call: &Call, name: &str, is_org: bool, most: usize) -> Result<Value, Fault> {
    let mut cards = source::all(&call.city).await?;
    cards.retain(|it| {
        if is_org {
            it.org.name == name
        } else {
            it.theme_name == name
        }
    });
    cards.truncate(most);
    let sets = source::details(&call.city, &cards).await?;
    Ok(sets.iter().map(|it| shape::package(&call.links, it)).collect())
}

/// Keywords of all sets with the number of sets that have each.
pub(super) async fn keywords(call: &Call) -> Result<BTreeMap<String, u64>, Fault> {
    let mut counts = BTreeMap::new();
    for card in source::all(&call.city).await? {
        for keyword in &card.keywords {
            *counts.entry(keyword.clone()).or_insert(0) += 1;
        }
    }
    Ok(counts)
}

/// `tag_list`.
pub(super) async fn tag_list(call: &Call) -> Result<Value, Fault> {
    if let Some(vocabulary) = call.asked.text("vocabulary_id") {
        return Err(Fault::NotFound(format!(
            "Not found: could not find vocabulary \"{vocabulary}\""
        )));
    }
    let part = call
        .asked
        .text("query")
        .or_else(|| call.asked.text("q"))
        .unwrap_or_default()
        .to_lowercase();
    let is_whole = call.asked.flag("all_fields", false);
    let names = keywords(call)
        .await?
        .into_keys()
        .filter(|it| it.to_lowercase().contains(&part));
    Ok(names
        .map(|it| if is_whole { shape::tag(&it) } else { it.into() })
        .collect())
}

/// `tag_show`.
pub(super) async fn tag_show(call: &Call) -> Result<Value, Fault> {
    let id = call.asked.needed("id")?;
    if !keywords(call).await?.contains_key(&id) {
        return Err(not_found());
    }
    let mut shown = shape::tag(&id);
    if call.asked.flag("include_datasets", false) {
        let mut cards = source::all(&call.city).await?;
        cards.retain(|it| it.keywords.contains(&id));
        let sets = source::details(&call.city, &cards).await?;
        shown["packages"] = sets.iter().map(|it| shape::package(&call.links, it)).collect();
    }
    Ok(shown)
}

/// `license_list`.
pub(super) fn license_list(call: &Call) -> Value {
    shape::LICENCES
        .iter()
        .map(|it| shape::licence_line(&call.links, it))
        .collect()
}

/// `package_autocomplete`: names and titles that hold the words.
pub(super) async fn package_complete(call: &Call, q: &str, limit: usize) -> Result<Vec<Value>, Fault> {
    let suggestions = portal::suggest(&call.city, q, limit).await?;
    let line = |it: portal::Suggestion| {
        let by_name = it.name.contains(&q.to_lowercase());
        let shown = if by_name {
            it.name.clone()
        } else {
            format!("{} ({})", it.title, it.name)
        };
        json!({
            "name": it.name,
            "title": it.title,
            "match_field": if by_name { "name" } else { "title" },
            "match_displayed": shown,
        })
    };
    Ok(suggestions.into_iter().map(line).collect())
}

/// `organization_autocomplete` and `group_autocomplete`.
pub(super) async fn group_complete(
    call: &Call,
    q: &str,
    limit: usize,
    is_org: bool,
) -> Result<Vec<Value>, Fault> {
    let q = q.to_lowercase();
    let mut groups = groups(call, is_org).await?;
    groups.retain(|it| it.name.contains(&q) || it.title.to_lowercase().contains(&q));
    groups.truncate(limit);
    let line = |it: Group| json!({ "id": it.id, "name": it.name, "title": it.title });
    Ok(groups.into_iter().map(line).collect())
}

/// `format_autocomplete`.
pub(super) async fn format_complete(call: &Call, q: &str, limit: usize) -> Result<Vec<String>, Fault> {
    let q = q.to_lowercase();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for card in source::all(&call.city).await? {
        for format in search::formats(&card) {
            *counts.entry(format.to_lowercase()).or_default() += 1;
        }
    }
    Ok(counts
        .into_keys()
        .filter(|it| it.contains(&q))
        .take(limit)
        .collect())
}
