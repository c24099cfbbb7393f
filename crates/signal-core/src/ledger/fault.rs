//! What can be wrong with a ledger or a proof, by name.

use std::fmt;

use serde::Serialize;

/// What was done to a ledger, a checkpoint or a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The checkpoint is not what the ledger's key signed.
    ForgedCheckpoint,
    /// Something was changed, be it one bit.
    BitFlip,
    /// Things are not in their order.
    Reorder,
    /// Something is missing that was there, or the end is.
    Truncation,
    /// The ledger signed two histories that cannot both be.
    SplitView,
    /// The proof begins at another checkpoint than the one that it is held against; it may be sound.
    OtherCheckpoint,
    /// A witness that must have seen the checkpoint did not cosign it.
    MissingCosignature,
    /// What an entry moves does not sum to zero.
    Unbalanced,
}

impl Fault {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForgedCheckpoint => "forged checkpoint",
            Self::BitFlip => "bit flip",
            Self::Reorder => "reorder",
            Self::Truncation => "truncation",
            Self::SplitView => "split view",
            Self::OtherCheckpoint => "other checkpoint",
            Self::MissingCosignature => "missing cosignature",
            Self::Unbalanced => "unbalanced books",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a proof or a checkpoint is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}: {reason}")]
pub struct ProofError {
    /// What it is.
    pub fault: Fault,
    /// Where it shows.
    pub reason: String,
}

impl ProofError {
    pub(super) fn new(fault: Fault, reason: impl Into<String>) -> Self {
        Self { fault, reason: reason.into() }
    }
}
