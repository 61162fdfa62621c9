//! The one place where SQL meets the engines: arguments in, rows out, errors translated.

use std::future::Future;

use jiff::{Timestamp, civil::Date};
use rules::ids::{
    AgreementId, ApplicantId, CaseId, DeliveryId, EntryId, GrantId, KeyId, OrgId, ProductId, SystemId, UserId,
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{
    AnyPool, Arguments, Row,
    any::{AnyArguments, AnyRow},
};

use crate::{StoreError, Write};

/// Declares a module's statements, and lists them for the test that prepares every one.
macro_rules! statements {
    ($( $(#[$meta:meta])* $NAME:ident = $sql:expr; )+) => {
        $( $(#[$meta])* const $NAME: &str = $sql; )+
        /// Every statement of this module.
        pub(crate) const STATEMENTS: &[&str] = &[ $( $NAME, )+ ];
    };
}

/// Binds values to `$1`, `$2`, … in order.
macro_rules! args {
    ($( $value:expr ),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut arguments = sqlx::any::AnyArguments::default();
        $( $crate::sql::Bind::bind(&$value, &mut arguments); )*
        arguments
    }};
}

/// Something that can be read from: the pool, or a write in progress, which sees its own changes.
pub trait Source: sealed::Fetch + Send {}

/// Reads from the committed state. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Reads<'a>(pub(crate) &'a AnyPool);

impl Source for Reads<'_> {}
impl Source for &mut Write {}

pub(crate) mod sealed {
    use super::*;

    /// How a statement's rows are fetched.
    pub trait Fetch {
        /// Every row of a statement.
        fn all(
            &mut self,
            sql: &'static str,
            arguments: AnyArguments,
        ) -> impl Future<Output = Result<Vec<AnyRow>, StoreError>> + Send;

        /// The first row of a statement, if it has one.
        fn first(
            &mut self,
            sql: &'static str,
            arguments: AnyArguments,
        ) -> impl Future<Output = Result<Option<AnyRow>, StoreError>> + Send;
    }
}

/// The statement, noted where a test wants to know what is read.
fn noted(sql: &'static str) -> &'static str {
    #[cfg(feature = "testing")]
    crate::testing::note(sql);
    sql
}

impl sealed::Fetch for Reads<'_> {
    async fn all(&mut self, sql: &'static str, arguments: AnyArguments) -> Result<Vec<AnyRow>, StoreError> {
        Ok(sqlx::query_with(noted(sql), arguments).fetch_all(self.0).await?)
    }

    async fn first(
        &mut self,
        sql: &'static str,
        arguments: AnyArguments,
    ) -> Result<Option<AnyRow>, StoreError> {
        Ok(sqlx::query_with(noted(sql), arguments)
            .fetch_optional(self.0)
            .await?)
    }
}

impl sealed::Fetch for &mut Write {
    async fn all(&mut self, sql: &'static str, arguments: AnyArguments) -> Result<Vec<AnyRow>, StoreError> {
        self.fetch(sql, arguments).await
    }

    async fn first(
        &mut self,
        sql: &'static str,
        arguments: AnyArguments,
    ) -> Result<Option<AnyRow>, StoreError> {
        Ok(self.fetch(sql, arguments).await?.into_iter().next())
    }
}

/// A value as the two engines store it.
pub(crate) trait Bind {
    /// Appends it to the arguments.
    fn bind(&self, to: &mut AnyArguments);
    /// Appends the absence of one.
    fn bind_none(to: &mut AnyArguments) {
        add(to, None::<String>);
    }
}

fn add<'t, T>(to: &mut AnyArguments, value: T)
where
    T: sqlx::Encode<'t, sqlx::Any> + sqlx::Type<sqlx::Any>,
{
    to.add(value).expect("text, integers and floats always encode");
}

impl<T: Bind + ?Sized> Bind for &T {
    fn bind(&self, to: &mut AnyArguments) {
        (*self).bind(to);
    }
    fn bind_none(to: &mut AnyArguments) {
        T::bind_none(to);
    }
}

impl<T: Bind> Bind for Option<T> {
    fn bind(&self, to: &mut AnyArguments) {
        match self {
            Some(it) => it.bind(to),
            None => T::bind_none(to),
        }
    }
}

impl Bind for str {
    fn bind(&self, to: &mut AnyArguments) {
        add(to, self.to_owned());
    }
}

impl Bind for String {
    fn bind(&self, to: &mut AnyArguments) {
        add(to, self.clone());
    }
}

impl Bind for [u8] {
    fn bind(&self, to: &mut AnyArguments) {
        add(to, self.to_vec());
    }
}

impl Bind for i64 {
    fn bind(&self, to: &mut AnyArguments) {
        add(to, *self);
    }
    fn bind_none(to: &mut AnyArguments) {
        add(to, None::<i64>);
    }
}

impl Bind for u64 {
    fn bind(&self, to: &mut AnyArguments) {
        i64::try_from(*self).unwrap_or(i64::MAX).bind(to);
    }
    fn bind_none(to: &mut AnyArguments) {
        i64::bind_none(to);
    }
}

impl Bind for bool {
    fn bind(&self, to: &mut AnyArguments) {
        i64::from(*self).bind(to);
    }
    fn bind_none(to: &mut AnyArguments) {
        i64::bind_none(to);
    }
}

impl Bind for Timestamp {
    fn bind(&self, to: &mut AnyArguments) {
        self.as_millisecond().bind(to);
    }
    fn bind_none(to: &mut AnyArguments) {
        i64::bind_none(to);
    }
}

impl Bind for Date {
    fn bind(&self, to: &mut AnyArguments) {
        add(to, self.to_string());
    }
}

macro_rules! bind_ids {
    ($($Id:ident),+) => { $(
        impl Bind for $Id {
            fn bind(&self, to: &mut AnyArguments) {
                add(to, self.0.clone());
            }
        }
    )+ };
}

bind_ids!(
    AgreementId,
    ApplicantId,
    CaseId,
    DeliveryId,
    EntryId,
    GrantId,
    KeyId,
    OrgId,
    ProductId,
    SystemId,
    UserId
);

/// JSON text of one of our own types.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("our types have text keys and finite numbers")
}

/// A row being read, with the table it is of and the record it is, for the error that names them.
pub(crate) struct Record<'r> {
    table: &'static str,
    id: String,
    row: &'r AnyRow,
}

impl<'r> Record<'r> {
    /// Reads `row` of `table`, whose record is named by the column `id`.
    pub(crate) fn new(table: &'static str, id: &str, row: &'r AnyRow) -> Record<'r> {
        let id = row.try_get::<String, _>(id).unwrap_or_default();
        Record { table, id, row }
    }

    fn corrupt(&self, column: &'static str) -> StoreError {
        StoreError::CorruptRow {
            table: self.table,
            column,
            id: self.id.clone(),
        }
    }

    /// A text.
    pub(crate) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.row.try_get(column).map_err(|_| self.corrupt(column))
    }

    /// A text, if there is one.
    pub(crate) fn text_or_none(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        self.row.try_get(column).map_err(|_| self.corrupt(column))
    }

    /// Bytes.
    pub(crate) fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StoreError> {
        self.row.try_get(column).map_err(|_| self.corrupt(column))
    }

    /// A whole number.
    pub(crate) fn int(&self, column: &'static str) -> Result<i64, StoreError> {
        self.row.try_get(column).map_err(|_| self.corrupt(column))
    }

    /// A whole number, if there is one.
    pub(crate) fn int_or_none(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        self.row.try_get(column).map_err(|_| self.corrupt(column))
    }

    /// A count.
    pub(crate) fn count(&self, column: &'static str) -> Result<u64, StoreError> {
        u64::try_from(self.int(column)?).map_err(|_| self.corrupt(column))
    }

    /// A count, if there is one.
    pub(crate) fn count_or_none(&self, column: &'static str) -> Result<Option<u64>, StoreError> {
        self.int_or_none(column)?
            .map(|it| u64::try_from(it).map_err(|_| self.corrupt(column)))
            .transpose()
    }

    /// Yes or no, stored as 1 or 0.
    pub(crate) fn flag(&self, column: &'static str) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// A moment.
    pub(crate) fn moment(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        Timestamp::from_millisecond(self.int(column)?).map_err(|_| self.corrupt(column))
    }

    /// A moment, if there is one.
    pub(crate) fn moment_or_none(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let ms = self.int_or_none(column)?;
        ms.map(|it| Timestamp::from_millisecond(it).map_err(|_| self.corrupt(column)))
            .transpose()
    }

    /// A day.
    pub(crate) fn day(&self, column: &'static str) -> Result<Date, StoreError> {
        self.text(column)?.parse().map_err(|_| self.corrupt(column))
    }

    /// A day, if there is one.
    pub(crate) fn day_or_none(&self, column: &'static str) -> Result<Option<Date>, StoreError> {
        self.text_or_none(column)?
            .map(|it| it.parse().map_err(|_| self.corrupt(column)))
            .transpose()
    }

    /// A word of a closed vocabulary.
    pub(crate) fn word<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        parse(&self.text(column)?).ok_or_else(|| self.corrupt(column))
    }

    /// A value stored as JSON text.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|_| self.corrupt(column))
    }
}

/// Reads every row with `read`.
pub(crate) fn read_all<T>(
    rows: &[AnyRow],
    read: impl Fn(&AnyRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect()
}
