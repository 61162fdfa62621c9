//! What an entry of the log is about, in the words of the records.

use std::collections::HashMap;

use ::evidence::Record;
use rules::ids::{CaseId, EntryId, GrantId, OrgId};
use serde_json::Value;
use store::{cases, entries, grants};

use crate::{City, Refused, city::ACT, orgs::Book};

/// What was looked up already.
#[derive(Default)]
pub(super) struct Known(HashMap<String, String>);

impl Known {
    /// What `record` is about; empty where that cannot be told.
    pub async fn of(&mut self, city: &City, book: &Book, record: &Record) -> Result<String, Refused> {
        let body: Value = serde_json::from_slice(&record.body).unwrap_or_default();
        let says = |at: &Value| at.as_str().unwrap_or_default().to_owned();
        let mut words = Vec::new();
        if record.kind == ACT {
            let (subject, inner) = (says(&body["subject"]), &body["body"]);
            words.push(says(&inner["number"]));
            words.push(self.named(city, book, &subject).await?);
            let entry = says(&inner["entry"]);
            if entry != subject {
                words.push(self.named(city, book, &entry).await?);
            }
        } else {
            let entry = says(&body["entry"]);
            words.push(self.named(city, book, &entry).await?);
            words.push(says(&body["matter"]));
        }
        // A case is named with the title of its entry.
        let mut told: Vec<String> = Vec::new();
        for it in words {
            if !it.is_empty() && !told.iter().any(|before| before.ends_with(&it)) {
                told.push(it);
            }
        }
        Ok(told.join(" · "))
    }

    /// The name of whatever has this id.
    async fn named(&mut self, city: &City, book: &Book, id: &str) -> Result<String, Refused> {
        if id.is_empty() {
            return Ok(String::new());
        }
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let name = look_up(city, book, id).await?;
        self.0.insert(id.to_owned(), name.clone());
        Ok(name)
    }
}

async fn look_up(city: &City, book: &Book, id: &str) -> Result<String, Refused> {
    if let Some(org) = book.get(&OrgId::from(id)) {
        return Ok(org.name.clone());
    }
    if let Some(case) = cases::find(city.store.read(), &CaseId::from(id)).await? {
        return Ok(format!("{} {}", case.number, case.title));
    }
    let entry = match entries::find(city.store.read(), &EntryId::from(id)).await? {
        Some(entry) => Some(entry),
        None => match grants::find(city.store.read(), &GrantId::from(id)).await? {
            Some(grant) => entries::find(city.store.read(), &grant.entry).await?,
            None => None,
        },
    };
    Ok(entry.map_or_else(String::new, |it| {
        if it.draft.title.is_empty() {
            it.code
        } else {
            it.draft.title
        }
    }))
}
