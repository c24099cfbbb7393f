//! Many rows in few statements, and lists as one argument.

use serde::Serialize;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, Row, Sqlite, SqliteConnection, Type};
use uuid::Uuid;

use super::row::damaged;

/// Most rows in one statement.
const ROWS: usize = 128;

/// An insert of many rows: `INSERT OR FAIL INTO into SELECT * FROM (VALUES (?, …), (?, …)) WHERE column1 IS NOT NULL tail`.
///
/// A row that fails leaves those before it written, and the statement is an error: whoever inserts does so in a transaction
/// and drops it then. Where nothing is updated, SQLite need not keep a journal for each statement that way, which is a fifth
/// of what a row costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Insert {
    /// `table (columns)`.
    pub(super) into: &'static str,
    /// How many columns.
    pub(super) columns: usize,
    /// What to do about rows that are there already.
    pub(super) tail: &'static str,
}

/// The arguments of one statement.
#[derive(Debug, Default)]
pub(super) struct Values {
    arguments: SqliteArguments,
    error: Option<BoxDynError>,
}

impl Values {
    /// Adds the next argument.
    pub(super) fn push<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(&mut self, value: T) -> &mut Self {
        if let Err(error) = self.arguments.add(value) {
            self.error.get_or_insert(error);
        }
        self
    }

    fn finish(self) -> Result<SqliteArguments, sqlx::Error> {
        self.error.map_or(Ok(self.arguments), |error| Err(sqlx::Error::Encode(error)))
    }
}

impl Insert {
    /// Inserts all rows in order and gives how many were written. Statements have places for a power of two of rows, so that
    /// few distinct ones are prepared and all of them stay in the cache; places that are left over are empty, since a
    /// statement more costs more than they do.
    ///
    /// The first column of a row is never null.
    pub(super) async fn all<T>(
        self,
        connection: &mut SqliteConnection,
        rows: Vec<T>,
        push: fn(&mut Values, T),
    ) -> Result<u64, sqlx::Error> {
        let mut written = 0;
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let count = ROWS.min(rows.len());
            let places = count.next_power_of_two();
            let mut values = Values::default();
            rows.by_ref().take(count).for_each(|row| push(&mut values, row));
            for _ in 0..(places - count) * self.columns {
                values.push(None::<i64>);
            }
            let query = sqlx::query_with(AssertSqlSafe(self.text(places)), values.finish()?);
            written += query.execute(&mut *connection).await?.rows_affected();
        }
        Ok(written)
    }

    /// The statement with so many places, some of which may be empty; made of this code's own texts only.
    fn text(self, places: usize) -> String {
        let Self { into, columns, tail } = self;
        let place = format!("({})", vec!["?"; columns].join(","));
        let rows = vec![place.as_str(); places].join(",");
        format!("INSERT OR FAIL INTO {into} SELECT * FROM (VALUES {rows}) WHERE column1 IS NOT NULL {tail}")
    }
}

/// Ids as one argument, for `unhex(value)` over `json_each`.
pub(super) fn id_list(ids: impl IntoIterator<Item = Uuid>) -> String {
    let texts: Vec<_> = ids.into_iter().map(|id| id.simple().to_string()).collect();
    list(&texts)
}

/// Texts or numbers as one argument for `json_each`.
pub(super) fn list<T: Serialize>(values: &[T]) -> String {
    serde_json::to_string(values).unwrap_or_else(|_| "[]".to_owned())
}

/// Rows that carry the place of what was asked for in `n`, in the order of the question.
pub(super) fn in_order<T>(
    asked: usize,
    rows: &[SqliteRow],
    read: impl Fn(&SqliteRow) -> Result<T, sqlx::Error>,
) -> Result<Vec<Option<T>>, sqlx::Error> {
    let mut answers: Vec<Option<T>> = std::iter::repeat_with(|| None).take(asked).collect();
    for row in rows {
        let n: i64 = row.try_get("n")?;
        let slot = usize::try_from(n).ok().and_then(|n| answers.get_mut(n));
        *slot.ok_or_else(|| damaged("n", "it is no place in the list"))? = Some(read(row)?);
    }
    Ok(answers)
}

/// Which of so many things asked for have a row.
pub(super) fn found(asked: usize, rows: &[SqliteRow]) -> Result<Vec<bool>, sqlx::Error> {
    Ok(in_order(asked, rows, |_| Ok(()))?.into_iter().map(|slot| slot.is_some()).collect())
}
