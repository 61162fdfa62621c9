//! The order of numbers on SQLite, which has no exact decimals of its own: a function that gives each number the
//! bytes that order as it does.

use rusqlite::{Connection, functions::FunctionFlags};
use table::order::number_key;

/// Teaches a connection `number_key(text)`: NULL where the text is no number.
pub(in crate::rows) fn teach(connection: &Connection) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("number_key", 1, flags, |context| {
        Ok(context
            .get_raw(0)
            .as_str_or_null()
            .ok()
            .flatten()
            .and_then(number_key))
    })
}
