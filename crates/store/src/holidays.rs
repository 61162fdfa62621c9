//! The days that the yearly notices move.

use jiff::civil::Date;
use sqlx::any::AnyRow;

use crate::{
    Source, StoreError, Write,
    changes::Noun,
    sql::{Record, read_all},
};

/// One day that is not what its weekday says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub day: Date,
    /// Whether it is worked (a weekend in exchange) or off.
    pub is_worked: bool,
    /// The festival, such as 春节.
    pub name: String,
    /// The notice it comes from, in the words of who loaded it.
    pub notice: String,
}

statements! {
    ALL = "SELECT day, kind, name, notice FROM holidays ORDER BY day";
    SET = "INSERT INTO holidays (day, kind, name, notice) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (day) DO UPDATE SET kind = excluded.kind, name = excluded.name, notice = excluded.notice";
    CLEAR_YEAR = "DELETE FROM holidays WHERE day >= $1 AND day <= $2";
}

const WORKED: &str = "makeup_workday";
const OFF: &str = "holiday";

fn read(row: &AnyRow) -> Result<Holiday, StoreError> {
    let it = Record::new("holidays", "day", row);
    Ok(Holiday {
        day: it.day("day")?,
        is_worked: it.word("kind", |word| match word {
            WORKED => Some(true),
            OFF => Some(false),
            _ => None,
        })?,
        name: it.text("name")?,
        notice: it.text("notice")?,
    })
}

/// Every moved day, oldest first.
pub async fn all(mut db: impl Source) -> Result<Vec<Holiday>, StoreError> {
    read_all(&db.all(ALL, args![]).await?, read)
}

/// Loads the days of a notice; a day that is known already takes the new word.
pub async fn load(write: &mut Write, days: &[Holiday]) -> Result<(), StoreError> {
    for it in days {
        let kind = if it.is_worked { WORKED } else { OFF };
        write.run(SET, args![it.day, kind, it.name, it.notice]).await?;
    }
    write.touch(Noun::Calendar, "");
    Ok(())
}

/// Forgets every moved day from `first` to `last`, before a corrected notice for them is loaded.
pub async fn clear(write: &mut Write, first: Date, last: Date) -> Result<(), StoreError> {
    write.run(CLEAR_YEAR, args![first, last]).await?;
    write.touch(Noun::Calendar, "");
    Ok(())
}
