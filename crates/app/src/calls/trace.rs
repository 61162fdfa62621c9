//! What is known of a call so far, so that a refusal at any point is recorded with all of it.

use std::{borrow::Cow, sync::Arc};

use jiff::Timestamp;
use rules::{
    calendar,
    grant::{Operation, Purpose},
    ids::GrantId,
};

use super::{
    ANSWERED, CALL, CallError, CallRecord, Caller, ask,
    record::salted,
    snapshot::{EntryCard, GrantCard},
};
use crate::{City, Refused};

/// A call on its way.
pub(super) struct Trace<'a> {
    caller: &'a Caller,
    /// What is asked.
    pub operation: Operation,
    now: Timestamp,
    /// The request as it came; only its salted digest is kept.
    request: &'a [u8],
    nonce: [u8; 16],
    /// The grant, once it is known to be the caller's.
    pub card: Option<Arc<GrantCard>>,
    purpose: Option<Purpose>,
    matter: String,
    /// The items given, or asked for.
    pub items: Arc<[String]>,
    /// The items filtered on.
    pub conditions: Vec<String>,
    /// The data version that answers.
    pub version: i64,
    /// Rows given.
    pub rows: u64,
    /// Hashes of the records given, one after the other.
    pub received: Vec<u8>,
    /// Whether the call was counted against the quota.
    pub taken: bool,
}

/// A call whose evidence is durable.
pub(super) struct Sealed {
    /// The index of its entry.
    pub evidence: u64,
    /// The salt of its digests, in hexadecimal.
    pub salt: String,
}

impl<'a> Trace<'a> {
    /// A call that has just come in.
    pub fn new(caller: &'a Caller, operation: Operation, request: &'a [u8], now: Timestamp) -> Trace<'a> {
        Trace {
            caller,
            operation,
            now,
            request,
            nonce: rand::random(),
            card: None,
            purpose: None,
            matter: String::new(),
            items: Arc::default(),
            conditions: Vec::new(),
            version: 0,
            rows: 0,
            received: Vec::new(),
            taken: false,
        }
    }

    /// Takes down the purpose and the matter that the caller states.
    pub fn say(&mut self, purpose: &str, matter: &str) -> Result<Purpose, CallError> {
        let purpose = ask::purpose(purpose)?;
        self.purpose = Some(purpose);
        ask::matter(matter)?;
        matter.clone_into(&mut self.matter);
        Ok(purpose)
    }

    /// Takes down which records are given: one keyed hash for each row.
    pub fn give(&mut self, city: &City, entry: &EntryCard, rows: &[store::rows::Answer]) {
        for row in rows {
            let hash = entry.record_of(&city.gate.secret, row, self.items.len());
            self.received.extend_from_slice(&hash);
        }
    }

    /// Writes the evidence of an answer; returns once it is on disk.
    pub async fn answered(
        &self,
        city: &City,
        grant: &GrantId,
        answer: &[&[u8]],
    ) -> Result<Sealed, CallError> {
        let salt = city.gate.secret.salt(&self.nonce);
        let digest = salted(&salt, answer);
        let evidence = self.append(city, grant, &salt, &digest, ANSWERED).await?;
        Ok(Sealed {
            evidence,
            salt: hex::encode(salt),
        })
    }

    /// Writes the evidence of a refusal and gives the call back to the day's quota.
    pub async fn refused(&self, city: &City, grant: &GrantId, mut error: CallError) -> CallError {
        if self.taken
            && let Some(card) = &self.card
        {
            card.counter.give_back(calendar::today(self.now));
        }
        let salt = city.gate.secret.salt(&self.nonce);
        match self.append(city, grant, &salt, "", error.code).await {
            Ok(evidence) => {
                error.evidence = Some(evidence);
                error
            }
            Err(fault) => fault,
        }
    }

    async fn append(
        &self,
        city: &City,
        grant: &GrantId,
        salt: &[u8; 32],
        answer: &str,
        outcome: &str,
    ) -> Result<u64, CallError> {
        let request = salted(salt, &[grant.as_str().as_bytes(), b"\n", self.request]);
        let card = self.card.as_deref();
        let received = match outcome {
            ANSWERED => city.gate.secret.seal_received(&self.nonce, self.received.clone()),
            _ => String::new(),
        };
        let record = CallRecord {
            at: self.now.as_millisecond(),
            operation: self.operation.name(),
            outcome,
            grant: card.map_or("", |it| it.id.as_str()),
            entry: card.map_or("", |it| it.entry.as_str()),
            version: self.version,
            org: self.caller.org.as_str(),
            system: self.caller.system.as_str(),
            key: self.caller.key.as_str(),
            purpose: self.purpose.map_or("", Purpose::name),
            matter: Cow::Borrowed(&self.matter),
            items: self.items.iter().map(|it| Cow::Borrowed(it.as_str())).collect(),
            conditions: self
                .conditions
                .iter()
                .map(|it| Cow::Borrowed(it.as_str()))
                .collect(),
            request: &request,
            answer,
            nonce: &hex::encode(self.nonce),
            rows: if outcome == ANSWERED { self.rows } else { 0 },
            received: &received,
        };
        let recorded = city.log.append(CALL, record.to_body()).await;
        Ok(recorded.map_err(Refused::from)?)
    }
}
