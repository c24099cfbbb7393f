//! The append-only, Merkle-hashed list of everything that can change a reputation.
//!
//! A [`Leaf`] is public and kept for ever; its [`Body`] and salt lie beside it and can be erased. [`Sealer`]
//! turns decided batches into leaves, tree nodes and folded stream states under a store's lock, so that all
//! stores hold the same bytes. [`Verifier`] checks the tree, [`Replay`] folds everything again.

mod batch;
mod entry;
mod epoch;
mod event;
mod fold;
mod merkle;
mod project;
mod replay;
mod seal;
mod state;
mod verify;

pub use batch::{Batch, ContentChange, DraftEvent, KeyChange, Naming, Read};
pub use entry::{Body, CorruptEntry, Entry, Leaf, Salt, StoredEntry, body_hash};
pub use epoch::{EpochTables, Finding, FindingKind, Standing};
pub use event::{Checkpoint, Event, EventKind, Method, Outcome, Redacted, Settlement};
pub use fold::FoldError;
pub(crate) use fold::{FoldContext, fold};
pub use merkle::{Head, NodeId, Tree, leaf_hash, node_hash, root_of};
pub use project::{Doc, DocKind, Key, content_of, erases_key, keys_of};
pub use replay::{Replay, ReplayError, Replayed};
pub use seal::{AppendError, Sealed, SealedEntry, Sealer};
pub use state::{
    CircleState, CommunityState, DropState, DropStatus, EpochRef, Member, StreamId, StreamRow, StreamState,
    UserState, UserStatus,
};
pub use verify::{Verification, Verifier, VerifyError};
