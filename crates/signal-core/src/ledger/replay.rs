//! Folds a whole ledger again, so that every stored projection can be compared with what it should be.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::batch::{ContentChange, KeyChange};
use super::entry::{Body, CorruptEntry, Entry, StoredEntry};
use super::event::{Event, EventKind};
use super::fold::{FoldContext, FoldError, fold};
use super::project::{Doc, DocKind, content_of, erases_key, keys_of};
use super::state::{CommunityState, EpochRef, StreamId, StreamRow, StreamState};
use crate::model::{Account, CircleId, Hash, Move, Points, Role, TrustWeight, UserId};

/// Why a ledger cannot be folded again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Bytes that are no entry.
    #[error(transparent)]
    Corrupt(#[from] CorruptEntry),
    /// An entry that does not fit what came before it.
    #[error("entry {position}: {source}")]
    Misfit {
        /// Place in the ledger.
        position: u64,
        /// What does not fit.
        source: FoldError,
    },
}

/// Everything that follows from the entries.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Replayed {
    /// State rows by stream.
    pub rows: BTreeMap<StreamId, StreamRow>,
    /// Balances by account, from the public leaves alone.
    pub balances: BTreeMap<Account, Points>,
    /// Trust edges.
    pub edges: BTreeMap<(UserId, UserId), TrustWeight>,
    /// Seats in circles.
    pub members: BTreeMap<(CircleId, UserId), Role>,
    /// Documents.
    pub docs: BTreeMap<(DocKind, Uuid), Doc>,
    /// Names and whose they are.
    pub keys: BTreeMap<String, Uuid>,
    /// Digests of the tables that epochs fixed.
    pub tables: BTreeSet<Hash>,
    /// The newest epoch.
    pub epoch: Option<EpochRef>,
    /// Position of the newest erasure.
    pub erasure: Option<u64>,
    /// Verifications whose body was erased: their tokens stay taken, though no entry says which they are.
    pub erased_verifications: usize,
    /// Streams that lack a body without an erasure having said what their state is.
    pub gaps: BTreeSet<StreamId>,
}

/// Replays entries in order.
#[derive(Debug, Default)]
pub struct Replay {
    done: Replayed,
    states: BTreeMap<StreamId, (u64, StreamState)>,
}

impl Replay {
    /// Starts at the beginning.
    pub fn new() -> Self {
        Self::default()
    }

    /// Folds the next entry.
    pub fn push(&mut self, stored: &StoredEntry) -> Result<(), ReplayError> {
        let Entry { leaf, body } = stored.read()?;
        for Move(account, points) in &leaf.moves {
            let balance = self.done.balances.entry(*account).or_default();
            *balance = *balance + *points;
        }
        if leaf.kind == EventKind::UserErased {
            self.done.erasure = Some(leaf.position);
        }
        let Some(body) = body else {
            self.done.erased_verifications += usize::from(leaf.kind == EventKind::UserVerified);
            return Ok(());
        };
        let community = match self.states.get(&StreamId::Community) {
            Some((_, StreamState::Community(state))) => (**state).clone(),
            _ => CommunityState::default(),
        };
        let context =
            FoldContext { at: leaf.at, policy_number: community.policy_number, policy: &community.policy };
        self.fold(&body, &leaf.moves, &context)
            .map_err(|source| ReplayError::Misfit { position: leaf.position, source })?;
        if let Event::UserErased { checkpoints, .. } = &body.event {
            // Removals may be among the erased entries; the checkpoint names everyone who still sits.
            for checkpoint in checkpoints {
                self.done.members.retain(|(circle, _), _| StreamId::Circle(*circle) != checkpoint.stream);
            }
        }
        for change in content_of(&body.event, leaf.at) {
            self.apply(change);
        }
        for change in keys_of(&body.event) {
            match change {
                KeyChange::Take { key, owner } => self.done.keys.insert(key.to_string(), owner),
                KeyChange::Release { key } => self.done.keys.remove(&key.to_string()),
            };
        }
        if let Event::EpochClosed { number, tables } = body.event {
            self.done.tables.insert(tables);
            self.done.epoch = Some(EpochRef { number, at: leaf.at, tables });
        }
        Ok(())
    }

    /// Everything that follows from the entries so far.
    pub fn finish(mut self) -> Replayed {
        for (stream, (version, state)) in &self.states {
            self.done.rows.insert(*stream, StreamRow { version: *version, state: state.to_bytes() });
        }
        self.done.balances.retain(|_, points| *points != Points::ZERO);
        self.done
    }

    fn fold(&mut self, body: &Body, moves: &[Move], context: &FoldContext<'_>) -> Result<(), FoldError> {
        let checkpoint = matches!(body.event, Event::UserErased { .. });
        for (stream, version) in &body.streams {
            let (before, state) = match self.states.remove(stream) {
                Some((before, state)) => (before, Some(state)),
                None => (0, None),
            };
            if checkpoint {
                self.done.gaps.remove(stream);
            } else if before + 1 != *version {
                self.done.gaps.insert(*stream);
            }
            match fold(state, *stream, &body.event, moves, context) {
                Ok(state) => {
                    self.states.insert(*stream, (*version, state));
                }
                // The entry that began the stream was erased: a later checkpoint says what it is now.
                Err(_) if self.done.gaps.contains(stream) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn apply(&mut self, change: ContentChange) {
        let done = &mut self.done;
        match change {
            ContentChange::PutDoc(doc) => {
                done.docs.insert((doc.kind, doc.id), doc);
            }
            ContentChange::DeleteDoc { kind, id } => {
                done.docs.remove(&(kind, id));
            }
            ContentChange::SetEdge { from, to, weight } => {
                done.edges.insert((from, to), weight);
            }
            ContentChange::RemoveEdge { from, to } => {
                done.edges.remove(&(from, to));
            }
            ContentChange::SetMember { circle, user, role } => {
                done.members.insert((circle, user), role);
            }
            ContentChange::RemoveMember { circle, user } => {
                done.members.remove(&(circle, user));
            }
            ContentChange::SetDials { .. } | ContentChange::PutTables { .. } => {}
            ContentChange::Erase { user, keep_drops, .. } => {
                if keep_drops {
                    let own =
                        done.docs.values_mut().filter(|d| d.owner == Some(user) && d.kind == DocKind::Drop);
                    own.for_each(|doc| doc.owner = None);
                }
                done.docs.retain(|_, doc| doc.owner != Some(user));
                done.edges.retain(|(from, to), _| *from != user && *to != user);
                done.members.retain(|(_, member), _| *member != user);
                done.keys.retain(|key, owner| !erases_key(user, key, *owner));
            }
        }
    }
}
