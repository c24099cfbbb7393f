//! Why a store could not answer.

use crate::ledger::AppendError;

/// The result of every store call.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// What was being done, why it failed, and whether the same call may be made again. "Not found" is not here.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("cannot {doing}: {reason}")]
    Failed {
        /// What was being done.
        doing: String,
        /// What the database said, without secrets.
        reason: String,
        /// Whether the same call may succeed later.
        retry: bool,
    },
    /// The connection was lost while a write was being committed, and nobody can tell whether it was. Who tries again
    /// looks first whether it is there.
    #[error("cannot tell what became of the attempt to {doing}: {reason}")]
    Unknown {
        /// What was being done.
        doing: String,
        /// What is known.
        reason: String,
    },
    /// Bytes in the store that the core cannot read.
    #[error("cannot {doing}: {what} is damaged: {reason}")]
    Corrupt {
        /// What was being done.
        doing: String,
        /// Which thing.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store is not ours, or was written by a newer version.
    #[error("cannot open {what}: {reason}")]
    Unusable {
        /// Which store, without secrets.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The whole append was refused.
    #[error("cannot append: {0}")]
    Append(#[from] AppendError),
}

impl StoreError {
    /// Whether the same call may succeed later.
    pub const fn may_retry(&self) -> bool {
        matches!(self, Self::Failed { retry: true, .. } | Self::Append(AppendError::Conflict { .. }))
    }
}
