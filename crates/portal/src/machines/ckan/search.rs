//! `package_search` and its kin: filters, order, facets, pages.

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use app::portal::{self, Card, Shelf};
use rules::catalogue::OpenKind;
use serde_json::{Map, Value, json};

use super::{
    Call,
    asked::{Asked, plain},
    fault::Fault,
    filter::{self, Field, Filter},
    shape,
};
use crate::machines::source;

/// The most sets in one answer; more is cut silently, as CKAN does.
const ROWS_MAX: u64 = 1000;

/// Texts without a field that one filter may have: each is a search of its own.
const TEXTS_MAX: usize = 16;

/// The parameters that are known besides `ext_*`; those after `fl` are tolerated without effect.
const KNOWN: &[&str] = &[
    "q",
    "fq",
    "fq_list",
    "rows",
    "start",
    "sort",
    "facet",
    "facet.field",
    "facet.mincount",
    "facet.limit",
    "fl",
    "include_drafts",
    "include_private",
    "include_deleted",
    "use_default_schema",
    "qf",
    "wt",
    "bf",
    "boost",
    "tie",
    "defType",
    "mm",
    "df",
    "extras",
    "q.op",
    "include_tracking",
    "callback",
    "limit",
    "offset",
    "_",
];

/// What was found.
struct Found {
    shelf: Arc<Shelf>,
    /// The places of the cards, in the order of names.
    places: Vec<u32>,
    scores: Scores,
}

/// For each text that was looked for the places of the cards it finds, with their scores.
type Scores = HashMap<String, HashMap<u32, f32>>;

/// `package_search`.
pub(super) async fn packages(call: &Call) -> Result<Value, Fault> {
    let asked = &call.asked;
    let strangers: Vec<&String> = asked
        .0
        .keys()
        .filter(|it| !KNOWN.contains(&it.as_str()) && !it.starts_with("ext_"))
        .collect();
    if !strangers.is_empty() {
        return Err(Fault::Query(format!(
            "Search Query is invalid: Invalid search parameters: {strangers:?}"
        )));
    }
    let rows = asked.natural("rows")?.unwrap_or(10).min(ROWS_MAX);
    let start = asked.natural("start")?.unwrap_or(0);
    let fields = facet_fields(asked)?;
    let sort = asked
        .text("sort")
        .unwrap_or_else(|| "score desc, metadata_modified desc".to_owned());
    let order = order(&sort)?;
    let found = find(call).await?;
    let facets = facets(asked, &fields, &found)?;
    let count = found.places.len();
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let page = found.page(&order, start, rows as usize);
    let sets = source::details(&call.city, &page).await?;
    let wanted = asked.list("fl");
    let results: Vec<Value> = sets
        .iter()
        .map(|it| only(shape::package(&call.links, it), wanted.as_deref()))
        .collect();
    let counted: Map<String, Value> = facets.iter().map(|it| (it.name.clone(), it.counts())).collect();
    let shown: Map<String, Value> = facets.iter().map(|it| (it.name.clone(), it.shown())).collect();
    Ok(json!({
        "count": count,
        "sort": sort,
        "facets": counted,
        "search_facets": shown,
        "results": results,
    }))
}

/// A dictionary with the wanted fields only.
fn only(package: Value, wanted: Option<&[String]>) -> Value {
    match (package, wanted) {
        (Value::Object(map), Some(wanted)) if !wanted.iter().any(|it| it == "*") => {
            let kept = map
                .into_iter()
                .filter(|(name, _)| wanted.iter().any(|it| it == name));
            Value::Object(kept.collect())
        }
        (package, _) => package,
    }
}

/// All that fits.
async fn find(call: &Call) -> Result<Found, Fault> {
    let asked = &call.asked;
    let bad = |words: String| Fault::Query(format!("Search Query is invalid: {words}"));
    let mut filters = Vec::new();
    for fq in texts(asked, "fq").into_iter().chain(texts(asked, "fq_list")) {
        filters.push(filter::parse(&fq, call.now).map_err(bad)?);
    }
    let q = asked.text("q").unwrap_or_default();
    let words = match q.trim() {
        "" | "*" | "*:*" => None,
        q if q.contains(':') => {
            filters.push(filter::parse(q, call.now).map_err(bad)?);
            None
        }
        q => Some(q.replace(['*', '"', '?'], " ").trim().to_owned()).filter(|it| !it.is_empty()),
    };
    let filter = Filter::Every(filters.into_iter().chain(words.map(Filter::Words)).collect());
    let mut texts = Vec::new();
    bare_words(&filter, &mut texts);
    texts.sort();
    texts.dedup();
    if texts.len() > TEXTS_MAX {
        return Err(bad(format!(
            "more than {TEXTS_MAX} words stand alone; quote them as one text"
        )));
    }
    let shelf = portal::shelf(&call.city).await?;
    let mut scores = Scores::new();
    for text in texts {
        let found = portal::scores(&call.city, &shelf, &text).await?;
        scores.insert(text, found);
    }
    let holds = |it: &u32| holds(&filter, *it, shelf.card(*it), &scores);
    let mut places: Vec<u32> = match needed(&filter).and_then(|it| scores.get(it)) {
        Some(found) => found.keys().copied().filter(holds).collect(),
        None => (0..shelf.cards().len() as u32).filter(holds).collect(),
    };
    places.sort_unstable();
    Ok(Found {
        shelf,
        places,
        scores,
    })
}

impl Found {
    fn cards(&self) -> impl Iterator<Item = &Card> {
        self.places.iter().map(|it| self.shelf.card(*it).as_ref())
    }

    /// A page of the cards, in order.
    fn page(self, order: &[(Key, bool)], start: usize, rows: usize) -> Vec<Arc<Card>> {
        let Found {
            shelf,
            places,
            scores,
        } = self;
        let score = |place: u32| scores.values().filter_map(|it| it.get(&place)).sum::<f32>();
        let by = |a: &u32, b: &u32| {
            let by = |(key, is_down): &(Key, bool)| {
                let ordering = match key {
                    Key::Score => score(*a).total_cmp(&score(*b)),
                    key => key.compare(shelf.card(*a), shelf.card(*b)),
                };
                if *is_down { ordering.reverse() } else { ordering }
            };
            let first = order.iter().map(by).find(|it| it.is_ne());
            // Pages must not shift: what is equal is ordered by its name.
            first.unwrap_or_else(|| a.cmp(b))
        };
        let page = portal::slice(places, start, rows, by);
        page.iter().map(|it| shelf.card(*it).clone()).collect()
    }
}

/// A text that finds all that fits: what it does not find need not be looked at.
fn needed(filter: &Filter) -> Option<&String> {
    match filter {
        Filter::Words(text) => Some(text),
        Filter::Every(many) => many.iter().find_map(needed),
        _ => None,
    }
}

/// A parameter that may come several times, each a whole expression.
fn texts(asked: &Asked, name: &str) -> Vec<String> {
    match asked.value(name) {
        None => Vec::new(),
        Some(Value::Array(many)) => many.iter().map(plain).collect(),
        Some(one) => vec![plain(one)],
    }
}

fn bare_words(filter: &Filter, texts: &mut Vec<String>) {
    match filter {
        Filter::Words(text) => texts.push(text.clone()),
        Filter::Not(inner) => bare_words(inner, texts),
        Filter::Every(many) | Filter::Some(many) => many.iter().for_each(|it| bare_words(it, texts)),
        Filter::All | Filter::Is(..) | Filter::Between(..) => {}
    }
}

fn holds(filter: &Filter, place: u32, card: &Card, scores: &Scores) -> bool {
    match filter {
        Filter::All => true,
        Filter::Words(text) => scores.get(text).is_some_and(|it| it.contains_key(&place)),
        Filter::Not(inner) => !holds(inner, place, card, scores),
        Filter::Every(many) => many.iter().all(|it| holds(it, place, card, scores)),
        Filter::Some(many) => many.iter().any(|it| holds(it, place, card, scores)),
        Filter::Is(field, pattern) => values(*field, card).iter().any(|it| pattern.matches(it)),
        Filter::Between(field, from, to) => {
            let at = if *field == Field::Created {
                card.issued_at
            } else {
                card.modified_at
            };
            from.is_none_or(|(it, is_in)| at > it || is_in && at == it)
                && to.is_none_or(|(it, is_in)| at < it || is_in && at == it)
        }
    }
}

/// What a card has in a field.
fn values(field: Field, card: &Card) -> Vec<&str> {
    match field {
        Field::Organization => vec![&card.org.name],
        Field::OwnerOrg => vec![&card.org.id],
        Field::Groups => vec![&card.theme_name],
        Field::Tags => card.keywords.iter().map(String::as_str).collect(),
        Field::Format => formats(card),
        Field::License => vec![shape::licence(card.kind).id],
        Field::Name => vec![&card.name],
        Field::Id => vec![&card.id],
        Field::State => vec!["active"],
        Field::Kind => vec!["dataset"],
        Field::Capacity => vec!["public"],
        Field::Title => vec![&card.title],
        Field::Notes => vec![&card.summary],
        Field::Modified | Field::Created => Vec::new(),
    }
}

/// The formats that the card's resources say they have.
pub(super) fn formats(card: &Card) -> Vec<&str> {
    if card.kind == OpenKind::Unconditional || !card.formats.is_empty() {
        card.formats.iter().map(|it| it.label()).collect()
    } else {
        vec!["HTML"]
    }
}

/// What sets are ordered by.
#[derive(Clone, Copy)]
enum Key {
    Score,
    Modified,
    Created,
    Id,
    Name,
    Title,
    Views,
}

impl Key {
    /// Which comes first when counting up. Of its score a card knows nothing.
    fn compare(self, a: &Card, b: &Card) -> Ordering {
        match self {
            Key::Score => Ordering::Equal,
            Key::Modified => a.modified_at.cmp(&b.modified_at),
            Key::Created => a.issued_at.cmp(&b.issued_at),
            Key::Id => a.id.cmp(&b.id),
            Key::Name => a.name.cmp(&b.name),
            Key::Title => a.title.cmp(&b.title),
            Key::Views => a.downloads.cmp(&b.downloads),
        }
    }
}

/// Reads `title_string asc, metadata_modified desc`; true is downwards.
fn order(sort: &str) -> Result<Vec<(Key, bool)>, Fault> {
    let bad = || Fault::Query("Search Query is invalid: Invalid \"sort\" parameter".to_owned());
    let one = |part: &str| {
        let mut words = part.split_whitespace();
        let key = match words.next() {
            Some("score") => Key::Score,
            Some("metadata_modified") => Key::Modified,
            Some("metadata_created") => Key::Created,
            Some("id") => Key::Id,
            Some("name") => Key::Name,
            Some("title" | "title_string") => Key::Title,
            Some("views_recent" | "views_total") => Key::Views,
            _ => return Err(bad()),
        };
        let is_down = match words.next() {
            Some("desc") => true,
            Some("asc") | None => false,
            _ => return Err(bad()),
        };
        if words.next().is_some() {
            Err(bad())
        } else {
            Ok((key, is_down))
        }
    };
    sort.split(',').map(one).collect()
}

/// The facets of one field.
struct Facet {
    name: String,
    /// Value, title, count; the most frequent first.
    values: Vec<(String, String, usize)>,
}

impl Facet {
    fn counts(&self) -> Value {
        self.values
            .iter()
            .map(|it| (it.0.clone(), Value::from(it.2)))
            .collect::<Map<_, _>>()
            .into()
    }

    fn shown(&self) -> Value {
        let item =
            |it: &(String, String, usize)| json!({ "name": it.0, "display_name": it.1, "count": it.2 });
        json!({ "title": self.name, "items": self.values.iter().map(item).collect::<Vec<_>>() })
    }
}

fn facet_fields(asked: &Asked) -> Result<Vec<String>, Fault> {
    if !asked.flag("facet", true) {
        return Ok(Vec::new());
    }
    let fields = match asked.value("facet.field") {
        None => return Ok(Vec::new()),
        Some(Value::Array(many)) => many.iter().map(plain).collect(),
        Some(Value::String(text)) => serde_json::from_str::<Vec<String>>(text)
            .map_err(|_| Fault::invalid("facet.field", "Could not parse as valid JSON"))?,
        Some(_) => return Err(Fault::invalid("facet.field", "Could not parse as valid JSON")),
    };
    Ok(fields)
}

fn facets(asked: &Asked, fields: &[String], found: &Found) -> Result<Vec<Facet>, Fault> {
    let least = asked.natural("facet.mincount")?.unwrap_or(1).max(1) as usize;
    let limit: i64 = match asked.text("facet.limit") {
        None => 50,
        Some(text) => text
            .parse()
            .map_err(|_| Fault::invalid("facet.limit", "Invalid integer"))?,
    };
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let facet = |name: &String| {
        let mut counts: HashMap<&str, (&str, usize)> = HashMap::new();
        for card in found.cards() {
            for (value, title) in facet_values(name, card)? {
                counts.entry(value).or_insert((title, 0)).1 += 1;
            }
        }
        // An unknown field is refused where nothing was found, too.
        facet_known(name)?;
        let mut values: Vec<_> = counts
            .into_iter()
            .map(|(value, (title, count))| (value.to_owned(), title.to_owned(), count))
            .collect();
        values.retain(|it| it.2 >= least);
        values.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
        values.truncate(most);
        Ok(Facet {
            name: name.clone(),
            values,
        })
    };
    fields.iter().map(facet).collect()
}

const FACETS: &[&str] = &[
    "organization",
    "groups",
    "tags",
    "res_format",
    "license_id",
    "dataset_type",
    "capacity",
    "state",
    "owner_org",
];

fn facet_known(name: &str) -> Result<(), Fault> {
    if FACETS.contains(&name) {
        return Ok(());
    }
    Err(Fault::Query(format!(
        "Search Query is invalid: undefined field: \"{name}\""
    )))
}

/// The values of a card in a facet, each with what people read.
fn facet_values<'a>(name: &str, card: &'a Card) -> Result<Vec<(&'a str, &'a str)>, Fault> {
    let same = |values: Vec<&'a str>| {
        let distinct: HashSet<&str> = values.into_iter().collect();
        distinct.into_iter().map(|it| (it, it)).collect()
    };
    let licence = shape::licence(card.kind);
    Ok(match name {
        "organization" => vec![(&card.org.name, &card.org.title)],
        "groups" if card.theme_name.is_empty() => Vec::new(),
        "groups" => vec![(&card.theme_name, &card.theme)],
        "license_id" => vec![(licence.id, licence.title)],
        "tags" => same(values(Field::Tags, card)),
        "res_format" => same(formats(card)),
        "dataset_type" => same(values(Field::Kind, card)),
        "capacity" => same(values(Field::Capacity, card)),
        "state" => same(values(Field::State, card)),
        "owner_org" => same(values(Field::OwnerOrg, card)),
        _ => {
            facet_known(name)?;
            Vec::new()
        }
    })
}
