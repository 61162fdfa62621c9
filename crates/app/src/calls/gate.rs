//! The gate's memory: the present snapshot, and how it is loaded and kept true.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
};

use ::evidence::Log;
use arc_swap::{ArcSwap, Guard};
use jiff::{Timestamp, civil::Date};
use rules::ids::{AgreementId, EntryId, GrantId, SystemId};
use store::{
    Event, EventKind, Store, agreements,
    changes::{self, Noun},
    entries, events, grants, marks,
    rows::Shape,
    settings,
    systems::{self, KeyOwner},
    usage, versions,
};
use tokio::sync::Mutex;

use super::{
    CallError, agreement,
    junk::Junk,
    quota::Counter,
    secret::Secret,
    snapshot::{EntryCard, GrantCard, Snapshot},
};
use crate::Refused;

/// The setting that holds the city's secret.
const SECRET: &str = "call-secret";

/// Grants read at a time.
const PAGE: u32 = 500;

/// Changes after which everything is loaded anew instead of one by one.
const CHANGES_MAX: usize = 2_000;

/// What the gateway keeps in memory. Empty until the city has started.
#[derive(Default)]
pub struct Gate(OnceLock<Arc<Inner>>);

impl Gate {
    /// Fills the memory; called once, at start-up.
    pub(super) async fn open(&self, store: &Store, log: &Log) -> Result<Arc<Inner>, Refused> {
        let secret = Arc::new(Secret::new(secret(store).await?));
        let inner = Arc::new(Inner {
            store: store.clone(),
            log: log.clone(),
            secret,
            junk: Junk::default(),
            snapshot: ArcSwap::default(),
            seen: AtomicI64::new(0),
            turn: Mutex::default(),
        });
        inner.reload().await?;
        Ok(self.0.get_or_init(|| inner).clone())
    }
}

impl std::ops::Deref for Gate {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        self.0.get().expect("the city starts before it is called")
    }
}

/// The memory of a started gate.
pub struct Inner {
    pub(super) store: Store,
    pub(super) log: Log,
    pub(super) secret: Arc<Secret>,
    pub(super) junk: Junk,
    snapshot: ArcSwap<Snapshot>,
    /// The event up to which the snapshot is complete.
    seen: AtomicI64,
    /// One refresh at a time, so that an older state never takes the place of a newer one.
    turn: Mutex<()>,
}

impl Inner {
    /// Everything as it stands now.
    pub(super) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// What forms of people without a session are signed with.
    pub(crate) fn of_forms(&self) -> [u8; 32] {
        self.secret.of_forms()
    }

    /// What the pseudonyms of a release are keyed with.
    pub(crate) fn of_release(&self, entry: &str, number: i64) -> [u8; 32] {
        self.secret.of_release(entry, number)
    }

    /// Calls of a grant that were answered on `day`, as far as this node counts them.
    pub(crate) fn calls_on(&self, grant: &GrantId, day: Date) -> u32 {
        self.snapshot()
            .grants
            .get(grant.as_str())
            .map_or(0, |it| it.counter.calls(day))
    }

    fn put(&self, snapshot: Snapshot) {
        self.snapshot.store(Arc::new(snapshot));
    }

    /// Takes over what the records say has changed since the last time.
    pub(crate) async fn refresh(&self) -> Result<(), Refused> {
        let _turn = self.turn.lock().await;
        let seen = self.seen.load(Ordering::Acquire);
        let last = events::last_seq(self.store.read()).await?;
        if last == seen {
            return Ok(());
        }
        let changed = changes::since(self.store.read(), seen).await?;
        if changed.len() > CHANGES_MAX {
            return self.load().await;
        }
        let ids = |noun| -> BTreeSet<&str> {
            changed
                .iter()
                .filter(|it| it.noun == noun)
                .map(|it| it.id.as_str())
                .collect()
        };
        let (systems, grants, entries) = (ids(Noun::System), ids(Noun::Grant), ids(Noun::Entry));
        let agreements = ids(Noun::Agreement);
        if !(systems.is_empty() && grants.is_empty() && entries.is_empty() && agreements.is_empty()) {
            let mut next = self.changed(systems, grants, entries).await?;
            for id in agreements {
                self.put_agreement(&mut next, &AgreementId::from(id)).await?;
            }
            self.put(next);
        }
        self.seen.store(
            changed.last().map_or(last, |it| it.seq.max(last)),
            Ordering::Release,
        );
        Ok(())
    }

    /// The present snapshot with these systems, grants and entries as they stand now.
    async fn changed(
        &self,
        systems: BTreeSet<&str>,
        grants: BTreeSet<&str>,
        entries: BTreeSet<&str>,
    ) -> Result<Snapshot, Refused> {
        let mut next = Snapshot::clone(&self.snapshot());
        for id in systems {
            next.keys.retain(|_, it| it.system.as_str() != id);
            let owners = systems::key_owners(self.store.read(), &SystemId::from(id)).await?;
            owners.into_iter().for_each(|it| next.put_key(it));
        }
        for id in grants {
            if let Some(grant) = grants::find(self.store.read(), &GrantId::from(id)).await? {
                next.put_grant(self.card(&self.snapshot(), grant));
            }
        }
        entries.into_iter().for_each(|id| next.forget_entry(id));
        Ok(next)
    }

    /// Loads everything anew.
    pub(super) async fn reload(&self) -> Result<(), Refused> {
        let _turn = self.turn.lock().await;
        self.load().await
    }

    async fn load(&self) -> Result<(), Refused> {
        // The number is read first: what changes while loading is seen again by the next refresh.
        let last = events::last_seq(self.store.read()).await?;
        let (present, mut next) = (self.snapshot(), Snapshot::default());
        for owner in systems::live_keys(self.store.read(), Timestamp::UNIX_EPOCH).await? {
            next.put_key(owner);
        }
        let mut after = String::new();
        loop {
            let page = grants::walk(self.store.read(), &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id.0);
            for grant in page {
                next.put_grant(self.card(&present, grant));
            }
        }
        self.load_agreements(&mut next).await?;
        self.put(next);
        self.seen.store(last, Ordering::Release);
        Ok(())
    }

    /// Every accepted agreement, with its live key.
    async fn load_agreements(&self, next: &mut Snapshot) -> Result<(), Refused> {
        let mut after = String::new();
        loop {
            let page = agreements::walk(self.store.read(), &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.id.0);
            for it in page {
                self.put_agreement(next, &it.id).await?;
            }
        }
    }

    /// An agreement and its keys as they stand now, in the place of what the snapshot has of them.
    async fn put_agreement(&self, next: &mut Snapshot, id: &AgreementId) -> Result<(), Refused> {
        next.keys
            .retain(|_, it| it.agreement.is_none() || it.system.as_str() != id.as_str());
        let found = agreements::find(self.store.read(), id).await?;
        let Some(it) = found.filter(|it| it.accepted_at.is_some()) else {
            return Ok(());
        };
        for key in agreements::keys(self.store.read(), id).await? {
            next.put_card(&key.hash, agreement::key_card(&it, &key));
        }
        next.put_grant(self.card(&self.snapshot(), agreement::as_grant(it)));
        Ok(())
    }

    fn card(&self, present: &Snapshot, grant: grants::Grant) -> GrantCard {
        let known = present.grants.get(grant.id.as_str());
        let counter = known.map_or_else(|| Arc::new(Counter::default()), |it| it.counter.clone());
        let pseudonym = self.secret.of_grant(grant.id.as_str());
        GrantCard::new(grant, counter, pseudonym)
    }

    /// Sees to it that the grant's counter counts `day`: one question to the records a day, not one a call.
    pub(super) async fn open_counter(&self, card: &GrantCard, day: Date) -> Result<(), CallError> {
        if card.counter.is_open(day) {
            return Ok(());
        }
        let answered = usage::answered_on(self.store.read(), &card.id, day).await;
        card.counter.open(day, answered.map_err(Refused::from)?);
        Ok(())
    }

    /// A key that is not in memory: one withdrawn before the last start. Strangers are kept from asking often.
    pub(super) async fn withdrawn_key(&self, hash: &[u8; 32]) -> Option<KeyOwner> {
        systems::key_by_hash(self.store.read(), &hex::encode(hash))
            .await
            .ok()
            .flatten()
    }

    /// The entry of a grant, read from the records by the first call after a change.
    pub(super) async fn entry(&self, snapshot: &Snapshot, id: &EntryId) -> Result<Arc<EntryCard>, CallError> {
        let missing = || CallError::internal(format!("grant on unknown entry {id}"));
        let cell = snapshot.entries.get(id.as_str()).ok_or_else(missing)?;
        if let Some(card) = cell.get() {
            return Ok(card.clone());
        }
        Ok(cell.get_or_try_init(|| self.read_entry(id)).await.cloned()?)
    }

    async fn read_entry(&self, id: &EntryId) -> Result<Arc<EntryCard>, Refused> {
        let entry = entries::get(self.store.read(), id).await?;
        // A withdrawn entry has no published version; what was granted of it is judged by the last one.
        let number = match entry.published {
            Some(number) => number,
            None => versions::last(self.store.read(), id).await?,
        };
        let version = versions::find(self.store.read(), id, number).await?;
        let content = version.map_or(entry.draft, |it| it.content);
        let shape = Shape::of(id, &content);
        Ok(Arc::new(EntryCard {
            version: entry.data.map(|it| it.version),
            marks: marks::of_entry(self.store.read(), id).await?,
            content,
            shape,
        }))
    }
}

/// The city's secret: made by the first node that starts, read by all others.
async fn secret(store: &Store) -> Result<[u8; 32], Refused> {
    if let Some(secret) = settings::get(store.read(), SECRET).await? {
        return decode(&secret);
    }
    let mut write = store.write().await?;
    if let Some(secret) = settings::get(&mut write, SECRET).await? {
        return decode(&secret);
    }
    let secret: [u8; 32] = rand::random();
    settings::set(&mut write, SECRET, &hex::encode(secret)).await?;
    let event = Event {
        at_ms: 0,
        actor: None,
        org: None,
        kind: EventKind::SettingChanged,
        subject: SECRET.to_owned(),
        body: serde_json::json!({ "made": true }),
    };
    write.seal(event).await?;
    Ok(secret)
}

fn decode(secret: &str) -> Result<[u8; 32], Refused> {
    let bytes = hex::decode(secret).ok().and_then(|it| it.try_into().ok());
    bytes.ok_or_else(|| Refused::internal("the setting call-secret is not 32 bytes"))
}
