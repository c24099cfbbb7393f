//! Answers about the server and the ledger.

use serde::Serialize;
use signal_core::engine::CheckpointAnswer;
use signal_core::ledger::{SignedCheckpoint, SigningKey};
use signal_core::model::Timestamp;
use utoipa::ToSchema;

use super::{Versioned, instant};
use crate::Kind;

/// The process is alive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    pub(crate) status: &'static str,
}

impl Versioned for Health {
    const SCHEMA: &'static str = "signal.health/1";
}

/// The server takes requests.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Always `ready`.
    #[schema(example = "ready")]
    pub(crate) status: &'static str,
    /// Entries in the ledger.
    pub(crate) entries: u64,
}

impl Versioned for Readiness {
    const SCHEMA: &'static str = "signal.readiness/1";
}

/// What a kind of problem is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemType {
    /// For programs.
    #[schema(example = "not-found")]
    code: &'static str,
    /// For people.
    #[schema(example = "There is no such thing")]
    title: &'static str,
    /// The HTTP status it comes with.
    #[schema(example = 404)]
    status: u16,
}

impl Versioned for ProblemType {
    const SCHEMA: &'static str = "signal.problem/1";
}

impl From<Kind> for ProblemType {
    fn from(kind: Kind) -> Self {
        Self { code: kind.code(), title: kind.title(), status: kind.status().as_u16() }
    }
}

/// The newest state of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Checkpoint {
    /// How many entries there are.
    entries: u64,
    /// The Merkle root over them, as 64 hexadecimal digits.
    #[schema(min_length = 64, max_length = 64)]
    root: String,
    /// Instant of the newest; null for an empty ledger.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// The same, signed: a note as c2sp.org/tlog-checkpoint has it. Null where the server has no key.
    note: Option<String>,
    /// The public key that the note is checked with. Whoever checks one knows the key from elsewhere.
    #[schema(example = "signal.example/ledger+8ec7a3cf+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c")]
    key: Option<String>,
}

impl Versioned for Checkpoint {
    const SCHEMA: &'static str = "signal.checkpoint/1";
}

impl Checkpoint {
    /// What the engine says, and the same of that moment under a signature.
    pub(crate) fn new(answer: CheckpointAnswer, key: Option<&SigningKey>, now: Timestamp) -> Self {
        let sign =
            |key: &SigningKey| SignedCheckpoint::sign(key, answer.entries, answer.root, now).to_string();
        Self {
            entries: answer.entries,
            root: answer.root.to_string(),
            at: answer.at.map(instant),
            note: key.map(sign),
            key: key.map(|key| key.public().to_string()),
        }
    }
}
