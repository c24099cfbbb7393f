//! Why the engine could not do it.

use crate::decide::Refusal;
use crate::ledger::AppendError;
use crate::store::StoreError;
use crate::verification::VerificationError;

/// The result of every engine call.
pub type Result<T, E = EngineError> = std::result::Result<T, E>;

/// What went wrong: the answer is no, the question is wrong, or the world failed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A decision's no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something the asker wrote cannot be read.
    #[error("{what}: {reason}")]
    Invalid {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A check gave no proof.
    #[error(transparent)]
    Verification(#[from] VerificationError),
    /// Others changed the same things again and again.
    #[error("others are changing {what} at the same time; nothing was done")]
    Busy {
        /// What.
        what: String,
    },
    /// The host lost a piece of work.
    #[error("the host did not finish {what}")]
    Lost {
        /// Which piece.
        what: &'static str,
    },
}

impl EngineError {
    pub(crate) fn invalid(what: &'static str, reason: impl ToString) -> Self {
        Self::Invalid { what, reason: reason.to_string() }
    }

    pub(crate) fn not_found(what: &'static str) -> Self {
        Self::Refused(Refusal::NotFound { what })
    }

    /// Whether the same call may succeed later.
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Store(error) => error.may_retry(),
            Self::Verification(error) => error.may_retry(),
            Self::Busy { .. } | Self::Lost { .. } => true,
            Self::Refused(_) | Self::Invalid { .. } => false,
        }
    }

    /// Whether the world failed, rather than the asker.
    pub const fn is_world(&self) -> bool {
        match self {
            Self::Store(_) | Self::Busy { .. } | Self::Lost { .. } => true,
            Self::Verification(error) => error.is_world(),
            Self::Refused(_) | Self::Invalid { .. } => false,
        }
    }

    /// What to do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Refused(refusal) => refusal.hint(),
            Self::Verification(error) => error.hint(),
            Self::Store(StoreError::Append(AppendError::ClockBehind { last, .. })) => {
                Some(format!("set the clock right, or give an instant after {last}"))
            }
            Self::Store(StoreError::Failed { reason, .. }) if reason.contains("read-only") => {
                Some("choose a store that may be written, or allow it for this file".to_owned())
            }
            Self::Store(error) if error.may_retry() => Some("try again in a moment".to_owned()),
            Self::Busy { .. } => Some("try again in a moment".to_owned()),
            Self::Store(_) | Self::Invalid { .. } | Self::Lost { .. } => None,
        }
    }
}

/// What was found; `None` for what is not there, or not any more.
pub(super) fn found<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(EngineError::Refused(Refusal::NotFound { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}
