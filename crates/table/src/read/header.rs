//! The header of a file against the items of an entry.

use std::collections::HashMap;

use rules::catalogue::Item;

use crate::ReadError;

/// A column's name as it is compared: without white space and marks around it.
pub(super) fn clean(name: &str) -> String {
    name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}')
        .to_owned()
}

/// Finds items by their name or, where no item has that name, by their title.
pub(super) fn index(items: &[Item]) -> HashMap<&str, usize> {
    let titles = items.iter().enumerate().map(|(i, it)| (it.title.as_str(), i));
    let names = items.iter().enumerate().map(|(i, it)| (it.name.as_str(), i));
    titles.chain(names).filter(|(name, _)| !name.is_empty()).collect()
}

/// Refuses a header in which a name stands more than once: nobody can say which column is meant.
pub(crate) fn distinct(columns: &[String]) -> Result<(), ReadError> {
    let mut repeated: Vec<(String, usize)> = Vec::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in columns.iter().filter(|it| !it.is_empty()) {
        *counts.entry(name).or_default() += 1;
    }
    for name in columns {
        if let Some(count) = counts.remove(name.as_str()).filter(|it| 1 < *it) {
            repeated.push((name.clone(), count));
        }
    }
    if repeated.is_empty() {
        Ok(())
    } else {
        Err(ReadError::RepeatedColumns(repeated))
    }
}

/// For each item, the column it stands in. Every item must have one and every column must be an item's.
pub(crate) fn resolve(columns: &[String], items: &[Item]) -> Result<Vec<usize>, ReadError> {
    distinct(columns)?;
    let index = index(items);
    let mut found = vec![None; items.len()];
    let (mut unexpected, mut doubled) = (Vec::new(), Vec::new());
    for (column, name) in columns.iter().enumerate() {
        match index.get(name.as_str()) {
            Some(&item) if found[item].is_none() => found[item] = Some(column),
            Some(_) => doubled.push(name.clone()),
            None if name.is_empty() => unexpected.push(format!("第{}列（表头为空）", column + 1)),
            None => unexpected.push(name.clone()),
        }
    }
    let is_missing = |(item, column): (&Item, &Option<usize>)| column.is_none().then(|| called(item));
    let missing: Vec<String> = items.iter().zip(&found).filter_map(is_missing).collect();
    if !(missing.is_empty() && unexpected.is_empty() && doubled.is_empty()) {
        return Err(ReadError::HeaderMismatch {
            missing,
            unexpected,
            doubled,
        });
    }
    Ok(found.into_iter().flatten().collect())
}

/// An item as people find it in their file: by its title and, where that differs, the header it may have.
pub(crate) fn called(item: &Item) -> String {
    if item.title.is_empty() || item.title == item.name {
        item.name.clone()
    } else {
        format!("{}（{}）", item.title, item.name)
    }
}
