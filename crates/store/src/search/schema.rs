//! The fields of the index, and how an entry fills them.

use rules::ids::EntryId;
use tantivy::{
    TantivyDocument, Term,
    schema::{FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{PreTokenizedString, Token},
};

use super::{
    Doc, Facet,
    text::{Cut, runs, tokens},
};

/// The name of the field that hits of equal rank are ordered by.
pub(super) const CHANGED_AT: &str = "changed_at";
/// The name of the field with the number of characters of the title.
pub(super) const TITLE_LENGTH: &str = "title_length";
/// The name of the field with the entry's id as a number; see [`key`].
pub(super) const KEY: &str = "key";

/// The fields.
pub(super) struct Fields {
    pub id: Field,
    /// The title as one token, for a text that is the whole of it.
    pub whole: Field,
    pub title: Field,
    pub keywords: Field,
    pub items: Field,
    pub summary: Field,
    key: Field,
    title_length: Field,
    changed_at: Field,
    facets: Vec<(Facet, Field)>,
}

impl Fields {
    /// The fields, and the schema they belong to.
    pub fn make() -> (Fields, Schema) {
        let mut schema = Schema::builder();
        // Whether a token is there is all that ranking asks; neither how often nor where.
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false);
        let found = TextOptions::default().set_indexing_options(indexing);
        let fields = Fields {
            id: schema.add_text_field("id", STRING | STORED),
            whole: schema.add_text_field("whole", STRING),
            title: schema.add_text_field("title", found.clone()),
            keywords: schema.add_text_field("keywords", found.clone()),
            items: schema.add_text_field("items", found.clone()),
            summary: schema.add_text_field("summary", found),
            key: schema.add_u64_field(KEY, FAST),
            title_length: schema.add_u64_field(TITLE_LENGTH, FAST),
            changed_at: schema.add_i64_field(CHANGED_AT, FAST),
            facets: Facet::ALL
                .iter()
                .map(|&it| (it, schema.add_text_field(it.name(), STRING.set_fast("raw"))))
                .collect(),
        };
        (fields, schema.build())
    }

    /// The term that only this entry has.
    pub fn id_term(&self, id: &EntryId) -> Term {
        Term::from_field_text(self.id, id.as_str())
    }

    /// The term that the entries of a facet's value have.
    pub fn facet_term(&self, facet: Facet, value: &str) -> Term {
        let field = self
            .facets
            .iter()
            .find(|(it, _)| *it == facet)
            .map_or(self.id, |(_, field)| *field);
        Term::from_field_text(field, value)
    }

    /// An entry as the index takes it.
    pub fn document(&self, doc: &Doc) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_text(self.id, doc.id.as_str());
        document.add_text(self.whole, whole(&doc.title));
        document.add_u64(self.key, key(&doc.id));
        let all = |texts: &[String]| tokens(texts.iter().map(String::as_str), Cut::Short);
        let mut keywords = all(&doc.keywords);
        keywords.extend(tokens([doc.org_name.as_str()].into_iter(), Cut::Short));
        let title = tokens([doc.title.as_str()].into_iter(), Cut::Short);
        let summary = tokens([doc.summary.as_str()].into_iter(), Cut::Long);
        for (field, tokens) in [
            (self.title, title),
            (self.keywords, keywords),
            (self.items, all(&doc.items)),
            (self.summary, summary),
        ] {
            let token = |(position, text)| Token {
                position,
                text,
                ..Token::default()
            };
            let tokens = tokens.into_iter().enumerate().map(token).collect();
            document.add_pre_tokenized_text(
                field,
                PreTokenizedString {
                    text: String::new(),
                    tokens,
                },
            );
        }
        let title_length: usize = runs(&doc.title).iter().map(|it| it.chars().count()).sum();
        document.add_u64(self.title_length, title_length as u64);
        document.add_i64(self.changed_at, doc.changed_at_ms);
        for (facet, field) in &self.facets {
            document.add_text(*field, value(doc, *facet));
        }
        document
    }
}

/// A text without its punctuation, as one token.
pub(super) fn whole(text: &str) -> String {
    runs(text).concat()
}

/// An entry's id as a number (FNV-1a), by which a copy of the records finds its own line for a hit. Of a million
/// entries no two are likely to have the same.
pub(super) fn key(id: &EntryId) -> u64 {
    id.as_str().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn value(doc: &Doc, facet: Facet) -> &str {
    match facet {
        Facet::Org => doc.org.as_str(),
        Facet::Region => &doc.region,
        Facet::Share => doc.share.name(),
        Facet::Open => doc.open.name(),
        Facet::Kind => doc.kind.name(),
        Facet::Level => doc.level.name(),
    }
}
