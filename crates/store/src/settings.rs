//! What the city may choose within the law: a name and a value each.

use crate::{Source, StoreError, Write, sql::Record};

statements! {
    GET = "SELECT name, value FROM settings WHERE name = $1";
    SET = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
}

/// The value set for `name`, if one is.
pub async fn get(mut db: impl Source, name: &str) -> Result<Option<String>, StoreError> {
    let row = db.first(GET, args![name]).await?;
    row.map(|it| Record::new("settings", "name", &it).text("value"))
        .transpose()
}

/// Sets a value.
pub async fn set(write: &mut Write, name: &str, value: &str) -> Result<(), StoreError> {
    write.run(SET, args![name, value]).await?;
    Ok(())
}
