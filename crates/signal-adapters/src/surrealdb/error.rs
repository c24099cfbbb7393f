//! What SurrealDB says, as the core's store errors.

use signal_core::store::StoreError;
use surrealdb_types::{Error, QueryError};

/// Why a call failed, before it is known what was being done.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// What the database said.
    #[error("{0}")]
    Said(Box<Error>),
    /// A value that this code would not have written.
    #[error("{what} is damaged: {reason}")]
    Damaged {
        /// Which value.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The program stopped the work.
    #[error("{0}")]
    Stopped(String),
}

/// What a call gives before it is known what was being done.
pub(super) type Read<T> = Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Said(Box::new(error))
    }
}

impl Failure {
    /// Whether another writer was in the way, so that nothing was written and the same work may be done again.
    pub(super) fn is_conflict(&self) -> bool {
        matches!(self, Self::Said(error) if is_conflict(error))
    }

    /// Whether nobody can tell how far the database came.
    pub(super) fn is_unclear(&self) -> bool {
        match self {
            Self::Said(error) => error.is_connection() || is_unknown(error) || error.is_internal(),
            Self::Stopped(_) => true,
            Self::Damaged { .. } => false,
        }
    }
}

/// A conflict that is told when the commit of an interactive transaction fails has lost its type on some ways.
pub(super) fn is_conflict(error: &Error) -> bool {
    matches!(error.query_details(), Some(QueryError::TransactionConflict))
        || error.message().contains("Transaction conflict")
}

fn is_unknown(error: &Error) -> bool {
    error.message().contains("commit outcome is unknown")
}

/// Whether a statement was only not executed because another one failed.
pub(super) fn is_aftermath(error: &Error) -> bool {
    matches!(error.query_details(), Some(QueryError::NotExecuted | QueryError::Cancelled))
}

/// A value that this code would not have written.
pub(super) fn damaged(what: &str, reason: impl std::fmt::Display) -> Failure {
    Failure::Damaged { what: what.to_owned(), reason: reason.to_string() }
}

/// A failure that trying again will not mend.
pub(super) fn refused(doing: &str, reason: impl Into<String>) -> StoreError {
    StoreError::Failed { doing: doing.to_owned(), reason: reason.into(), retry: false }
}

/// Adds what was being done to a failure of the database.
pub(super) trait Doing<T> {
    /// The result as the core's.
    fn doing(self, doing: &str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Read<T> {
    fn doing(self, doing: &str) -> Result<T, StoreError> {
        self.map_err(|failure| store_error(doing, failure))
    }
}

fn store_error(doing: &str, failure: Failure) -> StoreError {
    let doing = doing.to_owned();
    let error = match failure {
        Failure::Damaged { what, reason } => return StoreError::Corrupt { doing, what, reason },
        Failure::Stopped(reason) => return StoreError::Unknown { doing, reason },
        Failure::Said(error) => error,
    };
    if is_conflict(&error) {
        let reason = "another writer was in the way".to_owned();
        return StoreError::Failed { doing, reason, retry: true };
    }
    if is_unknown(&error) {
        return StoreError::Unknown { doing, reason: error.message().to_owned() };
    }
    // The message names the record, whose id may be a person's name.
    if error.is_already_exists() {
        return StoreError::Failed { doing, reason: "a record is there already".to_owned(), retry: false };
    }
    let timed_out = matches!(error.query_details(), Some(QueryError::TimedOut { .. }));
    let retry = error.is_connection() || timed_out;
    StoreError::Failed { doing, reason: one_line(error.message()), retry }
}

/// A message without the picture of the statement that some have below their first line.
pub(super) fn one_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: Error) -> StoreError {
        store_error("append", error.into())
    }

    #[test]
    fn conflicts_are_known_with_and_without_their_type() {
        let typed = Error::query("x".to_owned(), QueryError::TransactionConflict);
        let plain = Error::internal("Transaction conflict: x. This transaction can be retried".to_owned());
        assert!(told(typed).may_retry() && told(plain).may_retry());
    }

    #[test]
    fn an_unknown_outcome_is_not_tried_again() {
        let text = "The transaction's commit outcome is unknown; it may or may not have been applied: x";
        let unknown = told(Error::internal(text.to_owned()));
        assert!(matches!(unknown, StoreError::Unknown { .. }) && !unknown.may_retry());
    }

    #[test]
    fn names_and_pictures_are_left_out() {
        let there = told(Error::already_exists("Database record `name:ana` already exists".to_owned(), None));
        assert!(!there.to_string().contains("ana"), "{there}");
        let parse = told(Error::internal("Parse error: no\n --> [1:2]\n | words".to_owned()));
        assert!(parse.to_string().ends_with("Parse error: no") && !parse.may_retry(), "{parse}");
    }
}
