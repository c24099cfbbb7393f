//! What PostgreSQL says, as the core's store errors.

use signal_core::store::StoreError;
use sqlx::postgres::PgDatabaseError;

/// Why a standby, or a database opened for reading only, refuses to write.
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

/// A failure that trying again will not mend.
pub(super) fn refused(doing: &str, reason: impl Into<String>) -> StoreError {
    StoreError::Failed { doing: doing.to_owned(), reason: reason.into(), retry: false }
}

/// Whether the connection is gone, so that nobody can tell how far the server came.
pub(super) fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("57P01" | "57P02" | "57P05")),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::PoolClosed => true,
        _ => false,
    }
}

fn store_error(doing: &str, error: sqlx::Error) -> StoreError {
    let doing = doing.to_owned();
    match error {
        sqlx::Error::ColumnDecode { index, source } => {
            StoreError::Corrupt { doing, what: format!("column {index}"), reason: source.to_string() }
        }
        sqlx::Error::Database(error) => match error.try_downcast_ref::<PgDatabaseError>() {
            Some(said) => said_by_server(doing, said.code(), said.message()),
            None => StoreError::Failed { doing, reason: error.message().to_owned(), retry: false },
        },
        sqlx::Error::PoolTimedOut => {
            let reason = "the database is busy: all connections are taken, or it does not answer".to_owned();
            StoreError::Failed { doing, reason, retry: true }
        }
        error => {
            let retry = is_broken(&error);
            StoreError::Failed { doing, reason: error.to_string(), retry }
        }
    }
}

/// The server's message, which names no values of rows; those are in its detail, which is left out.
fn said_by_server(doing: String, code: &str, message: &str) -> StoreError {
    let (reason, retry) = match code {
        "40001" | "40P01" => ("another writer was in the way".to_owned(), true),
        "55P03" => ("the database is busy: another writer holds it".to_owned(), true),
        "57014" => ("it took longer than the database's statement_timeout allows".to_owned(), true),
        "25006" => (READ_ONLY.to_owned(), false),
        "53100" => ("the disk is full".to_owned(), false),
        "22021" | "22P05" => {
            ("a text holds a character that PostgreSQL cannot keep, such as NUL".to_owned(), false)
        }
        "XX001" | "XX002" => {
            return StoreError::Corrupt {
                doing,
                what: "a table or index".to_owned(),
                reason: message.to_owned(),
            };
        }
        // The server goes away, starts, or has no connection left.
        code => (message.to_owned(), ["57P", "08", "53"].iter().any(|class| code.starts_with(class))),
    };
    StoreError::Failed { doing, reason, retry }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: &str) -> StoreError {
        said_by_server("append".to_owned(), code, "what the server says")
    }

    #[test]
    fn what_passes_may_be_tried_again() {
        for code in ["40001", "40P01", "55P03", "57014", "57P03", "08006", "53300"] {
            assert!(said(code).may_retry(), "{code}");
        }
        for code in ["25006", "53100", "22021", "42501", "42P01", "XX001", "23505"] {
            assert!(!said(code).may_retry(), "{code}");
        }
        assert!(matches!(said("XX002"), StoreError::Corrupt { .. }));
    }

    #[test]
    fn a_broken_connection_is_told_from_an_answer() {
        let gone = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert!(is_broken(&sqlx::Error::Io(gone)));
        assert!(!is_broken(&sqlx::Error::PoolTimedOut), "nothing was sent");
        assert!(!is_broken(&sqlx::Error::RowNotFound));
    }
}
