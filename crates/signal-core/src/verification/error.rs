//! Why a check gave no token.

use crate::model::{Timestamp, Verification};

/// What went wrong, without anything secret. [`VerificationError::hint`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerificationError {
    /// The provider does not check this level; asking again is useless.
    #[error("{provider} cannot check the level {level}")]
    Unsupported {
        /// Which provider.
        provider: &'static str,
        /// What was asked of it.
        level: Verification,
    },
    /// The contact cannot be what is checked.
    #[error("this is no {expected}")]
    WrongContact {
        /// What it should be.
        expected: &'static str,
    },
    /// The person, or the contact, began as many checks as one may.
    #[error("{limit} checks in {hours} hours is the limit; the next one is possible at {until}")]
    TooManyChecks {
        /// How many are allowed.
        limit: u32,
        /// In how long.
        hours: i64,
        /// When to come back.
        until: Timestamp,
    },
    /// There is no such check of this person, or its answer was taken already.
    #[error("no such check")]
    NoSuchCheck,
    /// The answer is not the right one.
    #[error("the answer is wrong; {left} more will be taken")]
    WrongAnswer {
        /// How many more answers the check takes.
        left: u32,
    },
    /// The answer came too late.
    #[error("this check ended at {at}")]
    Expired {
        /// When it ended.
        at: Timestamp,
    },
    /// Too many wrong answers: the check takes no more, not even the right one.
    #[error("{limit} answers to one check is the limit")]
    TooManyAttempts {
        /// How many answers a check takes.
        limit: u32,
    },
    /// The provider could not be asked, or answered nonsense.
    #[error("asking {provider} to {doing} failed: {reason}")]
    Failed {
        /// Which provider.
        provider: &'static str,
        /// What was asked of it.
        doing: &'static str,
        /// What happened, without secrets.
        reason: String,
        /// Whether the same question may be asked again.
        retry: bool,
    },
}

impl VerificationError {
    /// Whether the same call may succeed later, with nothing done in between but waiting.
    pub const fn may_retry(&self) -> bool {
        matches!(self, Self::Failed { retry: true, .. })
    }

    /// Whether the provider failed, rather than the asker.
    pub const fn is_world(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }

    /// The instant from which the same wish can come true, where time is all it takes.
    pub const fn retry_at(&self) -> Option<Timestamp> {
        match self {
            Self::TooManyChecks { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// What to do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::WrongAnswer { .. } => "look again, and answer the newest check".to_owned(),
            Self::TooManyChecks { until, .. } => format!("come back at {until}"),
            Self::NoSuchCheck | Self::Expired { .. } | Self::TooManyAttempts { .. } => {
                "begin a new check".to_owned()
            }
            Self::Failed { retry: true, .. } => "try again in a moment".to_owned(),
            Self::Unsupported { .. } | Self::WrongContact { .. } | Self::Failed { .. } => return None,
        })
    }
}
