//! Leaves and bodies, and the bytes they are stored as.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::event::{Event, EventKind};
use super::state::StreamId;
use crate::model::{Hash, Move, Timestamp, UserId};

/// Sixteen random bytes that keep a body's hash from being guessed.
pub type Salt = [u8; 16];

/// Version of the leaf and body formats written by this code.
const VERSION: u8 = 1;

/// The public part of an entry, kept for ever. It holds no personal word and no readable relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// Version of this format.
    pub v: u8,
    /// Place in the ledger, from 0 and without gaps.
    pub position: u64,
    /// When it happened; never before the entry before it.
    pub at: Timestamp,
    /// What kind of thing happened.
    pub kind: EventKind,
    /// Number of the policy in force.
    pub policy: u32,
    /// What moved between accounts; the sum is zero.
    pub moves: Vec<Move>,
    /// SHA-256 of salt and body.
    pub body: Hash,
}

/// The erasable part of an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// Version of this format.
    pub v: u8,
    /// Who acted; none for the operator and for jobs.
    pub actor: Option<UserId>,
    /// The streams written, each with its version after this entry.
    pub streams: Vec<(StreamId, u64)>,
    /// What happened.
    pub event: Event,
}

/// An entry as a store keeps it: the exact bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Place in the ledger.
    pub position: u64,
    /// The leaf's bytes, which the tree hashes.
    pub leaf: Vec<u8>,
    /// The body's bytes and salt, until erased.
    pub body: Option<(Vec<u8>, Salt)>,
}

/// An entry that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The public part.
    pub leaf: Leaf,
    /// The erasable part, until erased.
    pub body: Option<Body>,
}

/// Bytes in a store that are not an entry.
#[derive(Debug, thiserror::Error)]
#[error("the {part} of entry {position} cannot be read: {source}")]
pub struct CorruptEntry {
    /// Place in the ledger.
    pub position: u64,
    part: &'static str,
    source: serde_json::Error,
}

impl Leaf {
    pub(super) const VERSION: u8 = VERSION;

    /// The bytes that are hashed and stored: JSON with its fields in the order of the struct.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        to_json(self)
    }
}

impl Body {
    pub(super) const VERSION: u8 = VERSION;

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        to_json(self)
    }

    /// Everyone whom it names, each once, sorted.
    pub(super) fn people(&self) -> Vec<UserId> {
        let people: BTreeSet<_> = self.event.people().into_iter().chain(self.actor).collect();
        people.into_iter().collect()
    }
}

/// JSON of a type whose maps have text keys and whose floats are finite, which cannot fail.
pub(super) fn to_json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// SHA-256 of salt and body, as a leaf carries it.
pub fn body_hash(salt: &Salt, body: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(body);
    Hash::from_bytes(hasher.finalize().into())
}

impl StoredEntry {
    /// Reads the leaf alone.
    pub fn leaf(&self) -> Result<Leaf, CorruptEntry> {
        serde_json::from_slice(&self.leaf).map_err(|source| CorruptEntry {
            position: self.position,
            part: "leaf",
            source,
        })
    }

    /// Reads leaf and body.
    pub fn read(&self) -> Result<Entry, CorruptEntry> {
        let body = match &self.body {
            None => None,
            Some((bytes, _)) => Some(serde_json::from_slice(bytes).map_err(|source| CorruptEntry {
                position: self.position,
                part: "body",
                source,
            })?),
        };
        Ok(Entry { leaf: self.leaf()?, body })
    }
}
