//! Witnesses: somebody else who has seen that a ledger only grows, and says so (c2sp.org/tlog-witness).

use super::checkpoint::SignedCheckpoint;
use super::fault::{Fault, ProofError};
use super::note::{KeyKind, NoteSignature, PublicKey, SigningKey};
use super::proof_file::ConsistencyProof;
use crate::model::Timestamp;

/// Why a witness does not cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// The key is not one of a witness.
    #[error("the key of {name} is not a witness's key")]
    Key {
        /// Whose key it is.
        name: String,
    },
    /// The proof does not begin where the witness last looked.
    #[error("the proof begins at {old} entries, and the last checkpoint seen has {seen}")]
    Stale {
        /// Where it begins.
        old: u64,
        /// Where it must begin.
        seen: u64,
    },
    /// The checkpoint is not to be believed.
    #[error(transparent)]
    Fault(#[from] ProofError),
}

/// A witness's line for a checkpoint, after checking that it follows the last one seen. Whoever calls this keeps the
/// checkpoint as the last one seen before showing the line to anybody.
pub fn cosign(
    request: &ConsistencyProof,
    seen: Option<&SignedCheckpoint>,
    ledger: &PublicKey,
    witness: &SigningKey,
    now: Timestamp,
) -> Result<NoteSignature, WitnessError> {
    if witness.public().kind() != KeyKind::Witness {
        return Err(WitnessError::Key { name: witness.public().name().to_owned() });
    }
    request.checkpoint.check(ledger)?;
    let size = seen.map_or(0, SignedCheckpoint::size);
    if let Some(seen) = seen {
        request.checkpoint.follows(seen)?;
    }
    if request.old != size {
        return Err(WitnessError::Stale { old: request.old, seen: size });
    }
    match seen {
        Some(seen) => request.check(seen, ledger, &[])?,
        None if request.path.is_empty() => {}
        None => return Err(ProofError::new(Fault::BitFlip, "a proof from nothing has no hashes").into()),
    }
    Ok(request.checkpoint.cosign(witness, now))
}
