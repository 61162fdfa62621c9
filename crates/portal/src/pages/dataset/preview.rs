//! The rows of a set as its page shows them: a condition, an order, a page at a time, by links and GET forms.

use app::{
    City, Refused, Status,
    portal::{self, Filter, Op, RowsAsk, RowsPage},
};
use rules::catalogue::{Code, Item, ItemType};
use web::{
    ui::{Choice, choices},
    words,
};

/// Names and values of an address, in order; a name may come several times.
pub type Asked = Vec<(String, String)>;

/// Rows on a page.
const PAGE: u64 = 20;
/// The last page that can be turned to; who wants more takes a file or the interface.
const LAST_PAGE: u64 = 500;
/// Conditions at once.
const WHERES: usize = 8;
/// Letters of a value that a cell shows.
const CELL: usize = 80;

/// The rows that a page shows.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// The set's address.
    pub base: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The values of each row.
    pub rows: Vec<Vec<Cell>>,
    /// How many rows match, in words.
    pub total: String,
    /// The text that every row must have somewhere.
    pub text: String,
    /// The conditions: the address without each, and its words.
    pub wheres: Vec<(String, String)>,
    /// What the form carries along: name and value.
    pub kept: Vec<(String, String)>,
    /// The items that a condition may be on.
    pub items: Vec<Choice>,
    /// How a value may be compared.
    pub ops: Vec<Choice>,
    /// The pages before and after this one; empty where there is none.
    pub before: String,
    /// The page after this one.
    pub after: String,
    /// Where this page stands, in words.
    pub place: String,
    /// What is wrong with a condition.
    pub error: Option<String>,
    /// Whether anything narrows the rows.
    pub is_narrowed: bool,
}

/// A column of the table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its words.
    pub title: String,
    /// Where ordering by it leads.
    pub href: String,
    /// `ascending`, `descending`, or nothing.
    pub order: &'static str,
    /// Whether it holds numbers.
    pub is_number: bool,
}

/// A value in the table.
#[derive(Clone, Debug)]
pub struct Cell {
    /// What is shown.
    pub text: String,
    /// What it means, where it is a code.
    pub meaning: String,
    /// All of it, where only the beginning is shown.
    pub whole: Option<String>,
    /// Whether it stands in a column of numbers.
    pub is_number: bool,
}

/// What an address asks of the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    text: String,
    wheres: Vec<Filter>,
    sort: Option<(String, bool)>,
    page: u64,
}

impl Wanted {
    /// Reads an address. A condition on an item that is not there is left out.
    pub fn of(asked: &Asked, items: &[Item]) -> Wanted {
        let get = |name: &str| asked.iter().find(|it| it.0 == name).map_or("", |it| it.1.trim());
        let mut wheres: Vec<Filter> = asked
            .iter()
            .filter(|it| it.0 == "where")
            .filter_map(|it| condition(&it.1, items))
            .collect();
        let new = format!("{}:{}:{}", get("item"), get("op"), get("value"));
        if !get("value").is_empty() {
            wheres.extend(condition(&new, items));
        }
        wheres.dedup();
        wheres.truncate(WHERES);
        let (is_down, by) = match get("sort").strip_prefix('-') {
            Some(by) => (true, by),
            None => (false, get("sort")),
        };
        let page: u64 = get("page").parse().unwrap_or(1);
        Wanted {
            text: get("text").chars().take(100).collect(),
            wheres,
            sort: items
                .iter()
                .any(|it| it.name == by)
                .then(|| (by.to_owned(), is_down)),
            page: page.clamp(1, LAST_PAGE),
        }
    }

    fn ask(&self, items: &[Item]) -> RowsAsk {
        RowsAsk {
            filters: self.wheres.iter().map(|it| in_codes(it, items)).collect(),
            text: (!self.text.is_empty()).then(|| self.text.clone()),
            sort: self.sort.clone().into_iter().collect(),
            offset: Some((self.page - 1) * PAGE),
            limit: PAGE as usize,
            ..RowsAsk::default()
        }
    }

    /// Everything that stands in the address, but for the page.
    fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs: Vec<(String, String)> = self
            .wheres
            .iter()
            .map(|it| ("where".to_owned(), written(it)))
            .collect();
        if !self.text.is_empty() {
            pairs.push(("text".to_owned(), self.text.clone()));
        }
        if let Some((by, is_down)) = &self.sort {
            let sign = if *is_down { "-" } else { "" };
            pairs.push(("sort".to_owned(), format!("{sign}{by}")));
        }
        pairs
    }

    fn address(&self, base: &str) -> String {
        let mut pairs = self.pairs();
        if self.page > 1 {
            pairs.push(("page".to_owned(), self.page.to_string()));
        }
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(k, v)| format!("{k}={}", words::encoded(v)))
            .collect();
        let query = if pairs.is_empty() {
            String::new()
        } else {
            format!("?{}", pairs.join("&"))
        };
        format!("{base}{query}#preview")
    }
}

/// `item:op:value`. An item's name may have a colon in it, so the known names are tried.
fn condition(text: &str, items: &[Item]) -> Option<Filter> {
    let fits = |it: &&Item| {
        text.strip_prefix(it.name.as_str())
            .is_some_and(|rest| rest.starts_with(':'))
    };
    let item = items.iter().filter(fits).max_by_key(|it| it.name.len())?;
    let (op, value) = text[item.name.len() + 1..].split_once(':')?;
    Some(Filter {
        item: item.name.clone(),
        op: Op::parse(op).filter(|it| *it != Op::In)?,
        values: vec![value.chars().take(200).collect()],
    })
}

/// The same condition on the codes of an item, where somebody wrote what the page shows beside them.
fn in_codes(filter: &Filter, items: &[Item]) -> Filter {
    let item = items.iter().find(|it| it.name == filter.item);
    let codes = item.map_or(&[][..], |it| it.codes.as_slice());
    let value = filter.values.first().map_or("", |it| it.trim());
    let is_meant = |it: &&Code| match filter.op {
        Op::Contains => it.label.contains(value) || it.code.contains(value),
        _ => it.label == value || format!("{} {}", it.code, it.label) == value,
    };
    let is_code = codes.iter().any(|it| it.code == value);
    if value.is_empty() || is_code {
        return filter.clone();
    }
    let meant: Vec<String> = codes.iter().filter(is_meant).map(|it| it.code.clone()).collect();
    let op = match (filter.op, meant.len()) {
        (_, 0) => return filter.clone(),
        (Op::Contains, _) | (Op::Eq, 2..) => Op::In,
        (op, _) => op,
    };
    Filter {
        item: filter.item.clone(),
        values: match op {
            Op::In => meant,
            _ => meant.into_iter().take(1).collect(),
        },
        op,
    }
}

/// Words that name items as programs do, in the words of the page.
fn in_titles(words: &str, items: &[Item]) -> String {
    items.iter().fold(words.to_owned(), |words, it| {
        words.replace(&format!("“{}”", it.name), &format!("“{}”", it.title))
    })
}

fn written(filter: &Filter) -> String {
    let value = filter.values.first().map_or("", String::as_str);
    format!("{}:{}:{value}", filter.item, filter.op.name())
}

/// The preview of the set called `name`, whose items are `items`; none where it has no rows to show.
pub async fn read(
    city: &City,
    name: &str,
    items: &[Item],
    asked: &Asked,
) -> Result<Option<Preview>, Refused> {
    let wanted = Wanted::of(asked, items);
    match portal::rows(city, name, &wanted.ask(items)).await {
        Ok(page) => Ok(Some(shown(name, &wanted, &page))),
        Err(refused) if refused.status == Status::NotFound => Ok(None),
        // A number was asked for and a word was given: the form stays, with what is wrong.
        Err(refused) if refused.status == Status::Invalid => {
            let mut preview = shown(name, &wanted, &empty(items));
            preview.error = Some(in_titles(&refused.words, items));
            Ok(Some(preview))
        }
        Err(refused) => Err(refused),
    }
}

fn empty(items: &[Item]) -> RowsPage {
    RowsPage {
        number: 0,
        items: items.to_vec(),
        rows: Vec::new(),
        total: 0,
        next: None,
    }
}

pub(crate) fn shown(name: &str, wanted: &Wanted, page: &RowsPage) -> Preview {
    let base = format!("/dataset/{}", words::encoded(name));
    let with = |change: &dyn Fn(&mut Wanted)| {
        let mut other = wanted.clone();
        other.page = 1;
        change(&mut other);
        other.address(&base)
    };
    let ordered = |by: &Order| with(&|it| it.sort.clone_from(by));
    let label = |it: &Filter| {
        let title = page.items.iter().find(|item| item.name == it.item);
        let title = title.map_or(it.item.as_str(), |it| it.title.as_str());
        format!("{title} {} {}", it.op.label(), it.values.join("、"))
    };
    let ops = Op::ALL.iter().filter(|it| **it != Op::In);
    let last = page.total.div_ceil(PAGE).clamp(1, LAST_PAGE);
    let turn = |to: u64, is_there: bool| match is_there {
        true => with(&|it| it.page = to),
        false => String::new(),
    };
    Preview {
        columns: page.items.iter().map(|it| column(it, wanted, &ordered)).collect(),
        rows: page.rows.iter().map(|row| cells(&row.1, &page.items)).collect(),
        total: words::count(page.total),
        text: wanted.text.clone(),
        wheres: (0..wanted.wheres.len())
            .map(|i| (with(&|it| drop(it.wheres.remove(i))), label(&wanted.wheres[i])))
            .collect(),
        kept: wanted.pairs().into_iter().filter(|it| it.0 != "text").collect(),
        items: choices(page.items.iter().map(|it| (it.name.as_str(), it.title.as_str()))),
        ops: choices(ops.map(|it| (it.name(), it.label()))),
        before: turn(wanted.page - 1, wanted.page > 1),
        after: turn(wanted.page + 1, wanted.page < last),
        place: place(wanted.page, page),
        error: None,
        is_narrowed: !wanted.wheres.is_empty() || !wanted.text.is_empty(),
        base,
    }
}

/// The item to order by, and whether the highest comes first.
type Order = Option<(String, bool)>;

/// A column's head; `ordered` gives the address of the same rows in another order.
fn column(item: &Item, wanted: &Wanted, ordered: &dyn Fn(&Order) -> String) -> Column {
    let order = match &wanted.sort {
        Some((by, true)) if *by == item.name => "descending",
        Some((by, false)) if *by == item.name => "ascending",
        _ => "",
    };
    let next = match order {
        "ascending" => Some((item.name.clone(), true)),
        "descending" => None,
        _ => Some((item.name.clone(), false)),
    };
    Column {
        title: item.title.clone(),
        href: ordered(&next),
        order,
        is_number: is_number(item.kind),
    }
}

fn cells(row: &[Option<String>], items: &[Item]) -> Vec<Cell> {
    let cell = |(value, item): (&Option<String>, &Item)| {
        let value = value.as_deref().unwrap_or_default();
        let is_long = value.chars().count() > CELL;
        let code = item
            .codes
            .iter()
            .find(|it| it.code == value && it.label != it.code);
        Cell {
            text: if is_long {
                format!("{}…", value.chars().take(CELL).collect::<String>())
            } else {
                value.to_owned()
            },
            meaning: code.map_or(String::new(), |it| it.label.clone()),
            whole: is_long.then(|| value.to_owned()),
            is_number: is_number(item.kind),
        }
    };
    row.iter().zip(items).map(cell).collect()
}

fn is_number(kind: ItemType) -> bool {
    matches!(kind, ItemType::Decimal | ItemType::Money | ItemType::Integer)
}

fn place(at: u64, page: &RowsPage) -> String {
    if page.rows.is_empty() {
        return String::new();
    }
    let first = (at - 1) * PAGE + 1;
    let last = first + page.rows.len() as u64 - 1;
    format!(
        "第 {}–{} 行，共 {} 行",
        words::count(first),
        words::count(last),
        words::count(page.total)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<Item> {
        let item = |name: &str, kind| Item {
            name: name.to_owned(),
            title: name.to_uppercase(),
            kind,
            ..Item::default()
        };
        vec![item("a", ItemType::Text), item("a:b", ItemType::Integer)]
    }

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn a_new_condition_is_added_to_those_of_the_address() {
        let pairs = [
            ("where", "a:b:gt:3"),
            ("item", "a"),
            ("op", "contains"),
            ("value", "x:y"),
            ("sort", "-a"),
        ];
        let wanted = Wanted::of(&asked(&pairs), &items());
        assert_eq!(
            wanted.address("/dataset/n"),
            "/dataset/n?where=a%3Ab%3Agt%3A3&where=a%3Acontains%3Ax%3Ay&sort=-a#preview"
        );
    }

    #[test]
    fn what_cannot_be_asked_is_left_out() {
        let pairs = [
            ("where", "nowhere:eq:1"),
            ("where", "a:like:1"),
            ("sort", "secret"),
            ("page", "0"),
        ];
        let wanted = Wanted::of(&asked(&pairs), &items());
        assert_eq!(wanted.address("/dataset/n"), "/dataset/n#preview");
        assert_eq!(wanted.ask(&items()).offset, Some(0));
    }

    #[test]
    fn a_condition_may_name_a_code_by_the_words_beside_it() {
        let code = |code: &str, label: &str| Code {
            code: code.to_owned(),
            label: label.to_owned(),
        };
        let mut items = items();
        items[0].codes = vec![code("431124", "道县"), code("431125", "江永县")];
        let filter = |op, value: &str| Filter {
            item: "a".to_owned(),
            op,
            values: vec![value.to_owned()],
        };
        for value in ["道县", "431124", "431124 道县"] {
            assert_eq!(in_codes(&filter(Op::Eq, value), &items), filter(Op::Eq, "431124"));
        }
        let both = in_codes(&filter(Op::Contains, "县"), &items);
        assert_eq!((both.op, both.values.len()), (Op::In, 2));
        assert_eq!(
            in_codes(&filter(Op::Eq, "祁阳市"), &items),
            filter(Op::Eq, "祁阳市")
        );
        assert_eq!(in_titles("“a:b”应为数值。", &items), "“A:B”应为数值。");
    }
}
