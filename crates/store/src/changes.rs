//! The feed of changed records, in the order of the commits: what snapshots and the search index follow.

use rules::words;

use crate::{
    Source, StoreError,
    sql::{Record, read_all},
};

words! {
    /// A kind of record that somebody keeps a copy of.
    pub enum Noun {
        /// A grant: the gateway's snapshot.
        Grant = "grant" "授权",
        /// A catalogue entry, its published version or the version of its data.
        Entry = "entry" "目录条目",
        /// A system or one of its application keys.
        System = "system" "应用系统",
        /// An agreement or its key: the gateway's snapshot.
        Agreement = "agreement" "开放利用协议",
        /// The opening of an entry: its list, its release, its withdrawal.
        OpenSet = "open-set" "开放数据集",
        /// An organisation.
        Org = "org" "机构",
        /// A person or one of their roles.
        User = "user" "账号",
        /// The calendar; its id is empty.
        Calendar = "calendar" "工作日历",
    }
}

/// One record that one event changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The event.
    pub seq: i64,
    /// What kind of record.
    pub noun: Noun,
    /// Which.
    pub id: String,
}

statements! {
    SINCE = "SELECT seq, noun, id FROM changes WHERE seq > $1 ORDER BY seq, noun, id";
}

/// What changed after event `seq`, oldest first.
///
/// A copy that starts afresh asks for [`crate::events::last_seq`] first, then loads, then follows from there.
pub async fn since(mut db: impl Source, seq: i64) -> Result<Vec<Change>, StoreError> {
    read_all(&db.all(SINCE, args![seq]).await?, |row| {
        let it = Record::new("changes", "id", row);
        Ok(Change {
            seq: it.int("seq")?,
            noun: it.word("noun", Noun::parse)?,
            id: it.text("id")?,
        })
    })
}
