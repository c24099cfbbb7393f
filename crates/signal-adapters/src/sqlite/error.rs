//! What SQLite says, as the core's store errors.

use signal_core::store::StoreError;

/// Primary result codes of SQLite that are told apart.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const NOTADB: i32 = 26;
}

/// Why a database opened for reading only refuses to write.
pub(super) const READ_ONLY: &str = "the database is read-only";

/// Adds what was being done to a failure of the database.
pub(super) trait Doing<T> {
    /// The result as the core's.
    fn doing(self, doing: &str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, sqlx::Error> {
    fn doing(self, doing: &str) -> Result<T, StoreError> {
        self.map_err(|error| store_error(doing, error))
    }
}

/// Whether another process holds the lock.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(code::BUSY | code::LOCKED))
}

/// A failure that trying again will not mend.
pub(super) fn refused(doing: &str, reason: impl Into<String>) -> StoreError {
    StoreError::Failed { doing: doing.to_owned(), reason: reason.into(), retry: false }
}

fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

fn store_error(doing: &str, error: sqlx::Error) -> StoreError {
    let doing = doing.to_owned();
    let failed = |reason: String, retry| StoreError::Failed { doing: doing.clone(), reason, retry };
    let corrupt = |what: String, reason: String| StoreError::Corrupt { doing: doing.clone(), what, reason };
    match (primary_code(&error), error) {
        (Some(code::BUSY | code::LOCKED), _) | (_, sqlx::Error::PoolTimedOut) => {
            failed("the database is busy: another writer holds it".to_owned(), true)
        }
        (Some(code::READONLY), _) => failed(READ_ONLY.to_owned(), false),
        (Some(code::FULL), _) => failed("the disk is full".to_owned(), false),
        (Some(code::IOERR), error) => {
            failed(format!("the file cannot be read or written, as on a full or broken disk: {error}"), false)
        }
        (Some(code::CORRUPT | code::NOTADB), error) => {
            corrupt("the database file".to_owned(), error.to_string())
        }
        (_, sqlx::Error::ColumnDecode { index, source }) => {
            corrupt(format!("column {index}"), source.to_string())
        }
        (_, error) => failed(error.to_string(), false),
    }
}
