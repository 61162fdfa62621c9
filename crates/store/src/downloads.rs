//! How often the files of open sets were downloaded, by day and format. Who downloaded is not kept.

use jiff::civil::Date;
use rules::{ids::EntryId, release::FileFormat};

use crate::{
    Source, Store, StoreError,
    sql::{Record, read_all},
};

/// Downloads of one file format of one set on one day.
pub type Count = (EntryId, Date, FileFormat, u64);

statements! {
    ADD = "INSERT INTO downloads (entry, day, format, count) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (entry, day, format) DO UPDATE SET count = downloads.count + excluded.count";
    LAST_DAY = "SELECT MAX(day) AS day FROM downloads";
    TOTALS_SINCE = "SELECT entry, CAST(SUM(count) AS BIGINT) AS n FROM downloads \
        WHERE entry IN (SELECT entry FROM downloads WHERE day >= $1) GROUP BY entry";
    BY_DAY = "SELECT day, CAST(SUM(count) AS BIGINT) AS n FROM downloads WHERE day >= $1 GROUP BY day ORDER BY day";
}

/// Adds downloads. A write without an event: sums for statistics, which no right hangs on.
pub async fn add(store: &Store, counts: &[Count]) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    for (entry, day, format, count) in counts {
        let arguments = args![entry, day, format.name(), count];
        sqlx::query_with(ADD, arguments).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Downloads of all sets by day from `first` on, the oldest first.
pub async fn by_day(mut db: impl Source, first: Date) -> Result<Vec<(Date, u64)>, StoreError> {
    read_all(&db.all(BY_DAY, args![first]).await?, |row| {
        let it = Record::new("downloads", "day", row);
        Ok((it.day("day")?, it.count("n")?))
    })
}

/// The last day on which anything was downloaded.
pub async fn last_day(mut db: impl Source) -> Result<Option<Date>, StoreError> {
    let row = db.first(LAST_DAY, args![]).await?;
    row.map_or(Ok(None), |it| {
        Record::new("downloads", "day", &it).day_or_none("day")
    })
}

/// Every set that was downloaded on `first` or later, with its downloads of all days.
pub async fn totals_since(mut db: impl Source, first: Date) -> Result<Vec<(EntryId, u64)>, StoreError> {
    read_all(&db.all(TOTALS_SINCE, args![first]).await?, |row| {
        let it = Record::new("downloads", "entry", row);
        Ok((EntryId(it.text("entry")?), it.count("n")?))
    })
}
