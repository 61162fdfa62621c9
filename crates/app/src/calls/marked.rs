//! Marks in answers: which of the records given are doubted, and what that means for whoever uses them (art. 21, 34).

use std::collections::HashSet;

use rules::calendar;
use serde::Serialize;
use store::{marks::Mark, touches::RecordHash};

use super::{
    secret::{RECORD_BYTES, Secret},
    snapshot::EntryCard,
};

/// One mark on an answer.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Marked<'a> {
    /// The position of the row in the answer, from 0; none where the whole set is marked.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<usize>,
    /// The item that is doubted; none where the whole set is marked.
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<&'a str>,
    kind: &'static str,
    since: String,
    note: &'static str,
}

impl EntryCard {
    /// The marks on the records whose hashes stand one after the other in `received`, as far as they are on one of
    /// `items`, and those on the whole set. Costs nothing where the entry has none.
    pub(super) fn marked<'a>(&'a self, received: &[u8], items: &[String]) -> Vec<Marked<'a>> {
        if self.marks.is_empty() {
            return Vec::new();
        }
        let mut marked: Vec<Marked<'a>> = self.set_marks().map(|it| line(it, None)).collect();
        for (row, hash) in received.as_chunks::<RECORD_BYTES>().0.iter().enumerate() {
            let record = hex::encode(hash);
            let on_row = self.marks.iter().filter(|it| it.record == record);
            marked.extend(
                on_row
                    .filter(|it| items.contains(&it.item))
                    .map(|it| line(it, Some(row))),
            );
        }
        marked
    }

    /// The marks on the whole set.
    pub(super) fn set_marks(&self) -> impl Iterator<Item = &Mark> {
        self.marks.iter().filter(|it| it.record.is_empty())
    }

    /// The hash of the record whose key `row` ends with, behind its `items`.
    pub(super) fn record_of(&self, secret: &Secret, row: &[Option<String>], items: usize) -> RecordHash {
        let key = row.iter().skip(items).map(|it| it.as_deref().unwrap_or_default());
        secret.record(self.shape.entry().as_str(), key)
    }

    /// The records of which one of `items` is marked; none where no record is.
    pub(super) fn marked_records(&self, items: &[String]) -> Option<HashSet<String>> {
        let on_items = self.marks.iter().filter(|it| items.contains(&it.item));
        let records: HashSet<String> = on_items.map(|it| it.record.clone()).collect();
        (!records.is_empty()).then_some(records)
    }
}

fn line(mark: &Mark, row: Option<usize>) -> Marked<'_> {
    Marked {
        row,
        item: row.map(|_| mark.item.as_str()),
        kind: mark.kind.name(),
        since: calendar::today(mark.since).to_string(),
        note: mark.kind.note(),
    }
}
