//! Everything a call needs to know, in memory: keys by hash, grants, and the data of their entries.
//!
//! A snapshot never changes; a new one takes its place. A call holds one snapshot from beginning to end, so
//! it sees one state of affairs.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use rules::{
    catalogue::Content,
    grant::{GrantState, Mask, Terms},
    ids::{EntryId, GrantId, KeyId, OrgId, SystemId},
};
use store::{grants::Grant, marks::Mark, rows::Shape, systems::KeyOwner};
use tokio::sync::OnceCell;

use super::quota::Counter;

/// An application key, without its secret.
#[derive(Clone, Debug)]
pub struct KeyCard {
    /// Its id.
    pub key: KeyId,
    /// The system it belongs to.
    pub system: SystemId,
    /// The system's name.
    pub system_name: String,
    /// The system's organisation.
    pub org: OrgId,
    /// When it runs out.
    pub expires_at: Timestamp,
    /// Whether it was withdrawn.
    pub is_revoked: bool,
    /// The number of the agreement it calls under; none for an agency's key.
    pub agreement: Option<String>,
}

/// A grant, ready to be called.
#[derive(Debug)]
pub struct GrantCard {
    /// Its id.
    pub id: GrantId,
    /// The entry.
    pub entry: EntryId,
    /// Who may call.
    pub consumer: OrgId,
    /// Where it stands.
    pub state: GrantState,
    /// Its conditions.
    pub terms: Terms,
    /// The granted items, as every call that names none takes them.
    pub items: Arc<[String]>,
    /// How each granted item is veiled, in the order of the terms.
    pub masks: Arc<[Mask]>,
    /// The row filters, as the row store takes them.
    pub filters: Arc<[(String, Vec<String>)]>,
    /// Today's calls; the same in every snapshot.
    pub counter: Arc<Counter>,
    /// What its pseudonyms are keyed with.
    pub pseudonym: [u8; 32],
}

/// An entry, as callers of its grants see it.
#[derive(Debug)]
pub struct EntryCard {
    /// The version of its rows; none before the first delivery.
    pub version: Option<i64>,
    /// What it says.
    pub content: Content,
    /// What the row store has to know of it.
    pub shape: Shape,
    /// The marks that stand on its data; nearly always none.
    pub marks: Vec<Mark>,
}

/// An entry that is read from the records when it is first called, so that a start reads none of 50,000.
pub type EntryCell = Arc<OnceCell<Arc<EntryCard>>>;

/// All keys and grants at one instant.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// By SHA-256 of the key.
    pub keys: HashMap<[u8; 32], Arc<KeyCard>>,
    /// By id.
    pub grants: HashMap<String, Arc<GrantCard>>,
    /// The entries of these grants, by id.
    pub entries: HashMap<String, EntryCell>,
}

impl From<KeyOwner> for KeyCard {
    fn from(owner: KeyOwner) -> KeyCard {
        KeyCard {
            key: owner.key.id,
            system: owner.key.system,
            system_name: owner.system_name,
            org: owner.org,
            expires_at: owner.key.expires_at,
            is_revoked: owner.key.revoked_at.is_some(),
            agreement: None,
        }
    }
}

impl GrantCard {
    /// A grant as the records hold it, with the counter it has had so far.
    pub fn new(grant: Grant, counter: Arc<Counter>, pseudonym: [u8; 32]) -> GrantCard {
        let terms = grant.terms;
        GrantCard {
            items: terms.items.as_slice().into(),
            masks: terms.items.iter().map(|it| terms.mask(it)).collect(),
            filters: terms
                .filters
                .iter()
                .map(|it| (it.item.clone(), it.values.clone()))
                .collect(),
            id: grant.id,
            entry: grant.entry,
            consumer: grant.consumer,
            state: grant.state,
            terms,
            counter,
            pseudonym,
        }
    }

    /// How the value of each of `items` is veiled.
    pub fn masks(&self, items: &[String]) -> Arc<[Mask]> {
        if *items == *self.items {
            return self.masks.clone();
        }
        items.iter().map(|it| self.terms.mask(it)).collect()
    }
}

impl Snapshot {
    /// Puts a key in, or a changed one in its place.
    pub fn put_key(&mut self, owner: KeyOwner) {
        let hash = owner.key.hash.clone();
        self.put_card(&hash, KeyCard::from(owner));
    }

    /// Puts a key in under its stored hash.
    pub fn put_card(&mut self, hash: &str, card: KeyCard) {
        let Some(hash) = hex::decode(hash).ok().and_then(|it| it.try_into().ok()) else {
            tracing::error!(key = %card.key, "the stored hash of a key is not SHA-256");
            return;
        };
        self.keys.insert(hash, Arc::new(card));
    }

    /// Puts a grant in, or a changed one in its place.
    pub fn put_grant(&mut self, card: GrantCard) {
        self.entries.entry(card.entry.0.clone()).or_default();
        self.grants.insert(card.id.0.clone(), Arc::new(card));
    }

    /// Forgets what was read of an entry, so that the next call reads it anew.
    pub fn forget_entry(&mut self, id: &str) {
        if let Some(cell) = self.entries.get_mut(id) {
            *cell = EntryCell::default();
        }
    }
}
