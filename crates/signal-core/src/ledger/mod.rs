//! The append-only, Merkle-hashed list of everything that can change a reputation.
//!
//! A [`Leaf`] is public and kept for ever; its [`Body`] and salt lie beside it and can be erased. [`Sealer`]
//! turns decided batches into leaves, tree nodes and folded stream states under a store's lock, so that all
//! stores hold the same bytes. [`Verifier`] checks the tree, [`Replay`] folds everything again.
//!
//! Whoever has no access to the store checks a [`SignedCheckpoint`], an [`InclusionProof`] or a [`ConsistencyProof`]
//! with a [`PublicKey`] and nothing else (`docs/ledger.md`).

mod batch;
mod checkpoint;
mod entry;
mod epoch;
mod event;
mod fault;
mod finding;
mod fold;
mod merkle;
mod note;
mod project;
mod proof;
mod proof_file;
#[cfg(test)]
mod proof_file_tests;
mod replay;
mod seal;
mod state;
mod verify;
mod witness;

pub use batch::{Batch, ContentChange, DraftEvent, KeyChange, Naming, Read};
pub use checkpoint::{InvalidCheckpoint, SignedCheckpoint};
pub use entry::{Body, CorruptEntry, Entry, Leaf, Salt, StoredEntry, body_hash};
pub use epoch::{EpochTables, RaterStance, Stance, Standing};
pub use event::{BridgingTrial, Checkpoint, Event, EventKind, Method, Outcome, Redacted, Settlement};
pub use fault::{Fault, ProofError};
pub use finding::{Finding, FindingKind, Resolution, finding_id};
pub use fold::FoldError;
pub(crate) use fold::{FoldContext, fold};
pub use merkle::{Head, NodeId, Tree, leaf_hash, node_hash, root_of};
pub use note::{
    InvalidKey, InvalidNote, KeyKind, MAX_KEY_NAME_BYTES, MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES, Note,
    NoteSignature, PublicKey, Signed, SigningKey,
};
pub use project::{Doc, DocKind, Key, content_of, erases_key, keys_of};
pub use proof::{MAX_PROOF_HASHES, ProofPlan, is_consistent, root_from_inclusion};
pub use proof_file::{ConsistencyProof, InclusionProof, InvalidProof, MAX_PROOF_BYTES, ProofFile};
pub use replay::{Replay, ReplayError, Replayed};
pub use seal::{AppendError, Sealed, SealedEntry, Sealer};
pub use state::{
    CircleState, CommunityState, DayCounts, DropState, DropStatus, EpochRef, Member, StreamId, StreamRow,
    StreamState, UserState, UserStatus,
};
pub use verify::{Verification, Verifier, VerifyError};
pub use witness::{WitnessError, cosign};
