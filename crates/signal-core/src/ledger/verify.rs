//! Checks a ledger entry by entry: gaps, order, books, body hashes, tree nodes, and missing bodies.

use std::collections::BTreeSet;

use super::entry::{StoredEntry, body_hash};
use super::event::Event;
use super::fault::Fault;
use super::merkle::{Head, NodeId, Tree};
use crate::model::{Hash, Points, Timestamp};

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {position}: {reason}")]
pub struct VerifyError {
    /// Place in the ledger.
    pub position: u64,
    /// What that is called.
    pub fault: Fault,
    /// What is wrong with it.
    pub reason: String,
}

/// The result of a whole pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Entries checked.
    pub entries: u64,
    /// The root over them.
    pub root: Hash,
    /// Bodies that were erased, each under an erasure entry.
    pub erased_bodies: u64,
}

/// Goes through a ledger in order. Costs two hashes an entry; memory grows only with erased bodies.
#[derive(Debug, Default)]
pub struct Verifier {
    tree: Tree,
    last_at: Option<Timestamp>,
    missing: BTreeSet<u64>,
    redacted: BTreeSet<u64>,
}

impl Verifier {
    /// Starts at the beginning.
    pub fn new() -> Self {
        Self::default()
    }

    /// Checks the next entry and gives the tree nodes it finishes, to be compared with the stored ones.
    pub fn push(&mut self, stored: &StoredEntry) -> Result<Vec<(NodeId, Hash)>, VerifyError> {
        let position = self.tree.size();
        let wrong = |fault, reason: &str| VerifyError { position, fault, reason: reason.to_owned() };
        if stored.position != position {
            let reason = format!("the next stored entry has position {}", stored.position);
            return Err(wrong(Fault::Truncation, &reason));
        }
        let entry = stored.read().map_err(|error| wrong(Fault::BitFlip, &error.to_string()))?;
        let leaf = entry.leaf;
        if leaf.position != position {
            return Err(wrong(Fault::Reorder, &format!("the leaf says it is entry {}", leaf.position)));
        }
        if self.last_at.is_some_and(|last| leaf.at < last) {
            return Err(wrong(Fault::Reorder, "time runs backwards"));
        }
        if leaf.moves.iter().map(|m| m.1).sum::<Points>() != Points::ZERO {
            return Err(wrong(Fault::Unbalanced, "the moves do not sum to zero"));
        }
        match (&stored.body, entry.body) {
            (Some((bytes, salt)), Some(body)) => {
                if body_hash(salt, bytes) != leaf.body {
                    return Err(wrong(Fault::BitFlip, "the body does not match the leaf's hash"));
                }
                if body.event.kind() != leaf.kind {
                    return Err(wrong(Fault::BitFlip, "the body is of another kind than the leaf"));
                }
                if let Event::UserErased { redacted, .. } = body.event {
                    self.redacted.extend(redacted);
                }
            }
            _ => {
                self.missing.insert(position);
            }
        }
        self.last_at = Some(leaf.at);
        Ok(self.tree.push(&stored.leaf))
    }

    /// The head after what was checked so far.
    pub fn head(&self) -> Head {
        self.tree.head(self.last_at)
    }

    /// Checks the head, and that every missing body was erased by an entry that says so.
    pub fn finish(self, head: &Head) -> Result<Verification, VerifyError> {
        let position = self.tree.size();
        if let Some(lost) = self.missing.difference(&self.redacted).next() {
            return Err(VerifyError {
                position: *lost,
                fault: Fault::Truncation,
                reason: "the body is missing, and no erasure names it".into(),
            });
        }
        if head.size != position || head.root() != self.tree.root() {
            // A head that speaks of more or fewer entries than there are says that some were taken away or added.
            let fault = if head.size == position { Fault::BitFlip } else { Fault::Truncation };
            return Err(VerifyError {
                position,
                fault,
                reason: "the stored head does not match the entries".into(),
            });
        }
        let erased_bodies = self.missing.len() as u64;
        Ok(Verification { entries: position, root: self.tree.root(), erased_bodies })
    }
}
