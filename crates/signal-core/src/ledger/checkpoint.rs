//! Signed checkpoints (c2sp.org/tlog-checkpoint): origin, size and root of a ledger, as a signed note.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fault::{Fault, ProofError};
use super::note::{InvalidNote, Note, NoteSignature, PublicKey, Signed, SigningKey};
use crate::model::{Hash, Timestamp};

/// Why a text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCheckpoint {
    /// It is no signed note.
    #[error(transparent)]
    Note(#[from] InvalidNote),
    /// Its text is not that of a checkpoint.
    #[error("a checkpoint is its origin, its size and its root in base64, each on a line of its own")]
    Text,
}

/// What a ledger says of itself: so many entries, this root. Its size and root mean nothing before
/// [`SignedCheckpoint::check`] said so.
///
/// ```
/// use signal_core::ledger::{KeyKind, SignedCheckpoint, SigningKey};
/// use signal_core::model::{Hash, Timestamp};
///
/// let key = SigningKey::from_seed("signal.example/ledger", KeyKind::Log, &[1; 32])?;
/// let signed = SignedCheckpoint::sign(&key, 8, Hash::from_bytes([2; 32]), Timestamp::from_seconds(0));
/// let read: SignedCheckpoint = signed.to_string().parse()?;
/// assert!(read.check(key.public()).is_ok());
/// assert_eq!(read.size(), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    note: Note,
    size: u64,
    root: Hash,
}

/// A whole number without leading zeros.
pub(super) fn number(text: &str) -> Option<u64> {
    let value: u64 = text.parse().ok()?;
    (value.to_string() == text).then_some(value)
}

/// A hash in base64.
pub(super) fn hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok().and_then(|bytes| Hash::from_slice(&bytes))
}

impl SignedCheckpoint {
    /// Signs size and root in the name of the key, which is the origin.
    pub fn sign(key: &SigningKey, size: u64, root: Hash, now: Timestamp) -> Self {
        let text = format!("{}\n{size}\n{}\n", key.public().name(), STANDARD.encode(root.as_bytes()));
        let signature = key.sign(&text, now);
        Self { note: Note::unsigned(text).with(signature), size, root }
    }

    /// A line that says that a witness saw this; who says it must have checked that it is consistent.
    pub(super) fn cosign(&self, key: &SigningKey, now: Timestamp) -> NoteSignature {
        key.sign(self.note.text(), now)
    }

    /// Checks that the ledger of this key signed it.
    pub fn check(&self, key: &PublicKey) -> Result<(), ProofError> {
        let forged = |reason: String| Err(ProofError::new(Fault::ForgedCheckpoint, reason));
        if self.origin() != key.name() {
            return forged(format!("it is one of {}, not of {}", self.origin(), key.name()));
        }
        match self.note.signed_by(key) {
            Signed::Yes => Ok(()),
            Signed::No => forged(format!("it is not signed with the key of {}", key.name())),
            Signed::Forged => forged(format!("the signature of {} does not belong to this text", key.name())),
        }
    }

    /// Checks that a witness cosigned it.
    pub fn check_witness(&self, witness: &PublicKey) -> Result<(), ProofError> {
        let reason = match self.note.signed_by(witness) {
            Signed::Yes => return Ok(()),
            Signed::No => format!("{} has not cosigned the checkpoint", witness.name()),
            Signed::Forged => format!("the cosignature of {} does not belong to this text", witness.name()),
        };
        Err(ProofError::new(Fault::MissingCosignature, reason))
    }

    /// Checks what an earlier checkpoint of the same ledger and this one say of each other: the ledger has not become
    /// shorter, and one size has one root. That all else is as it was takes a [`super::ConsistencyProof`].
    pub fn follows(&self, seen: &Self) -> Result<(), ProofError> {
        if self.size < seen.size {
            let reason = format!("the ledger had {} entries, and now has {}", seen.size, self.size);
            return Err(ProofError::new(Fault::Truncation, reason));
        }
        if self.size == seen.size && self.root != seen.root {
            let reason = format!("two roots over {} entries are signed", self.size);
            return Err(ProofError::new(Fault::SplitView, reason));
        }
        Ok(())
    }

    /// Which ledger it speaks of.
    pub fn origin(&self) -> &str {
        self.note.text().split('\n').next().unwrap_or_default()
    }

    /// How many entries it speaks of.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root over them.
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// The note that it is.
    pub const fn note(&self) -> &Note {
        &self.note
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

impl FromStr for SignedCheckpoint {
    type Err = InvalidCheckpoint;

    fn from_str(text: &str) -> Result<Self, InvalidCheckpoint> {
        let note: Note = text.parse()?;
        let mut lines = note.text().trim_end_matches('\n').split('\n');
        let origin = lines.next().filter(|line| !line.is_empty());
        let size = lines.next().and_then(number);
        let root = lines.next().and_then(hash);
        let extensions = lines.all(|line| !line.is_empty()) && !note.text().ends_with("\n\n");
        match (origin, size, root, extensions) {
            (Some(_), Some(size), Some(root), true) => Ok(Self { note, size, root }),
            _ => Err(InvalidCheckpoint::Text),
        }
    }
}
