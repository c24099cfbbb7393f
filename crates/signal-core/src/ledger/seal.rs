//! Turns decided batches into leaves, tree nodes and folded states, under a store's lock.

use std::collections::{BTreeMap, BTreeSet};

use super::batch::{Batch, DraftEvent, Naming};
use super::entry::{Body, CorruptEntry, Entry, Leaf, StoredEntry, body_hash};
use super::event::EventKind;
use super::fold::{FoldContext, fold};
use super::merkle::{Head, NodeId, Tree};
use super::state::{CommunityState, StreamId, StreamRow, StreamState};
use crate::model::{Hash, Points, Timestamp, UserId};

/// Seconds by which a clock may lie behind the newest entry before writing is refused.
const CLOCK_TOLERANCE_SECONDS: i64 = 600;

/// Why one batch, or all of them, cannot be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// A stream moved on since the decision looked at it, or the person behind it is named by other entries, or gone;
    /// decide again.
    #[error("{stream} has changed since the decision")]
    Conflict {
        /// Which stream.
        stream: StreamId,
    },
    /// A name is taken already.
    #[error("{key} is taken")]
    KeyTaken {
        /// The name, as stores spell it.
        key: String,
    },
    /// A name to release is not taken.
    #[error("{key} is not taken")]
    KeyMissing {
        /// The name, as stores spell it.
        key: String,
    },
    /// The clock lies too far behind the newest entry.
    #[error("the clock says {now}, more than 10 minutes before the newest entry ({last})")]
    ClockBehind {
        /// What the clock says.
        now: Timestamp,
        /// Instant of the newest entry.
        last: Timestamp,
    },
    /// A batch that no decision makes.
    #[error("the batch cannot be sealed: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
}

/// One entry, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEntry {
    /// The exact bytes.
    pub stored: StoredEntry,
    /// Instant of the entry, for an index.
    pub at: Timestamp,
    /// The streams written, each with its version after this entry, for an index.
    pub streams: Vec<(StreamId, u64)>,
    /// Everyone the body names, each once, for an index.
    pub people: Vec<UserId>,
}

impl SealedEntry {
    /// An entry that was sealed before, ready to be written once more as it is. What its indexes need is in its bytes.
    pub fn of(stored: StoredEntry) -> Result<Self, CorruptEntry> {
        let Entry { leaf, body } = stored.read()?;
        let (streams, people) = body.map_or_else(Default::default, |body| {
            let people = body.people();
            (body.streams, people)
        });
        Ok(Self { stored, at: leaf.at, streams, people })
    }
}

/// Everything an append writes besides names and content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The entries in order.
    pub entries: Vec<SealedEntry>,
    /// Every tree node they finish.
    pub nodes: Vec<(NodeId, Hash)>,
    /// The rows of the streams they write.
    pub rows: Vec<(StreamId, StreamRow)>,
    /// The new head.
    pub head: Head,
}

/// Seals batches one after the other. A batch that is refused leaves no trace.
///
/// The store holds its lock, reads its head, and for each batch loads the rows of [`Sealer::missing`] streams and the
/// entries that name [`Sealer::unlisted`] people, calls [`Sealer::check`], checks and writes the names, then calls
/// [`Sealer::add`]. What a batch erases is gone for the next one: a batch that [`Batch::erases`] is a sealer's last.
#[derive(Debug)]
pub struct Sealer {
    tree: Tree,
    last_at: Option<Timestamp>,
    rows: BTreeMap<StreamId, StreamRow>,
    naming: BTreeMap<UserId, Vec<u64>>,
    entries: Vec<SealedEntry>,
    nodes: Vec<(NodeId, Hash)>,
}

impl Sealer {
    /// Goes on from a head.
    pub fn new(head: &Head) -> Self {
        Self {
            tree: Tree::from_head(head),
            last_at: head.last_at,
            rows: BTreeMap::new(),
            naming: BTreeMap::new(),
            entries: Vec::new(),
            nodes: Vec::new(),
        }
    }

    /// The streams whose rows must be loaded before the batch can be checked: those it looked at, those of everyone
    /// whom its entries name, and the community's.
    pub fn missing(&self, batch: &Batch) -> Vec<StreamId> {
        let mut streams: BTreeSet<_> = batch.reads.iter().map(|r| r.stream).collect();
        streams.extend(named_by(batch));
        streams.insert(StreamId::Community);
        streams.into_iter().filter(|stream| !self.rows.contains_key(stream)).collect()
    }

    /// The people of whom it must be loaded which entries name them, before the batch can be checked.
    pub fn unlisted(&self, batch: &Batch) -> Vec<UserId> {
        let people = batch.naming.iter().map(|naming| naming.user);
        people.filter(|user| !self.naming.contains_key(user)).collect()
    }

    /// Takes a row that the store loaded; a stream without one has version 0.
    pub fn load(&mut self, stream: StreamId, row: Option<StreamRow>) {
        self.rows.entry(stream).or_insert_with(|| row.unwrap_or(StreamRow { version: 0, state: Vec::new() }));
    }

    /// Takes the positions of all stored entries that name a person, in order.
    pub fn list(&mut self, user: UserId, positions: Vec<u64>) {
        self.naming.entry(user).or_insert(positions);
    }

    /// Checks the clock, what the batch looked at, whom it names, and its books.
    pub fn check(&self, batch: &Batch) -> Result<(), AppendError> {
        if let Some(last) = self.last_at
            && !batch.events.is_empty()
            && batch.at.plus_seconds(CLOCK_TOLERANCE_SECONDS) < last
        {
            return Err(AppendError::ClockBehind { now: batch.at, last });
        }
        self.check_reads(batch)?;
        check_books(batch)
    }

    /// Checks that all is as the decision saw it, and that those whom its entries name unseen are still there.
    fn check_reads(&self, batch: &Batch) -> Result<(), AppendError> {
        let stale = batch.reads.iter().find(|read| self.version(read.stream) != Some(read.version));
        let other = batch.naming.iter().find(|naming| !self.is_exact(naming));
        let looked_at: BTreeSet<_> = batch.reads.iter().map(|read| read.stream).collect();
        let stale = stale
            .map(|read| read.stream)
            .or_else(|| other.map(|naming| StreamId::User(naming.user)))
            .map_or_else(|| self.gone(named_by(batch).difference(&looked_at)), |stream| Ok(Some(stream)))?;
        stale.map_or(Ok(()), |stream| Err(AppendError::Conflict { stream }))
    }

    /// The first of the streams that belongs to a person who was erased.
    fn gone<'a>(&self, streams: impl Iterator<Item = &'a StreamId>) -> Result<Option<StreamId>, AppendError> {
        for stream in streams {
            // A stream without an entry has a row without a state.
            let Some(row) = self.rows.get(stream).filter(|row| !row.state.is_empty()) else { continue };
            if row.is_erased().map_err(|error| unreadable(*stream, &error))? {
                return Ok(Some(*stream));
            }
        }
        Ok(None)
    }

    /// Whether these entries name the person and no other, of those stored and those sealed here.
    fn is_exact(&self, naming: &Naming) -> bool {
        let sealed = self.entries.iter().filter(|entry| entry.people.contains(&naming.user));
        let sealed = sealed.map(|entry| &entry.stored.position);
        self.naming.get(&naming.user).is_some_and(|stored| stored.iter().chain(sealed).eq(&naming.positions))
    }

    /// Seals a batch that was checked and gives the position of its first entry.
    pub fn add(&mut self, batch: &Batch) -> Result<u64, AppendError> {
        let before = (self.tree.clone(), self.last_at, self.entries.len(), self.nodes.len());
        let saved: Vec<_> = batch
            .reads
            .iter()
            .filter_map(|r| self.rows.get(&r.stream).map(|row| (r.stream, row.clone())))
            .collect();
        let first = self.tree.size();
        for draft in &batch.events {
            if let Err(error) = self.seal_event(draft, batch.at) {
                (self.tree, self.last_at) = (before.0, before.1);
                self.entries.truncate(before.2);
                self.nodes.truncate(before.3);
                self.rows.extend(saved);
                return Err(error);
            }
        }
        Ok(first)
    }

    /// Everything to write.
    pub fn finish(self) -> Sealed {
        let Self { tree, last_at, rows, entries, nodes, naming: _ } = self;
        // Asked of the entries, because a refused batch may have touched rows before it failed.
        let written: BTreeSet<_> =
            entries.iter().flat_map(|entry| &entry.streams).map(|(stream, _)| *stream).collect();
        let rows = rows.into_iter().filter(|(stream, _)| written.contains(stream)).collect();
        Sealed { entries, nodes, rows, head: tree.head(last_at) }
    }

    fn version(&self, stream: StreamId) -> Option<u64> {
        self.rows.get(&stream).map(|row| row.version)
    }

    fn state(&self, stream: StreamId) -> Result<Option<StreamState>, AppendError> {
        match self.rows.get(&stream) {
            Some(row) if !row.state.is_empty() => {
                StreamState::from_bytes(&row.state).map(Some).map_err(|error| unreadable(stream, &error))
            }
            _ => Ok(None),
        }
    }

    fn seal_event(&mut self, draft: &DraftEvent, decided_at: Timestamp) -> Result<(), AppendError> {
        let at = self.last_at.map_or(decided_at, |last| last.max(decided_at));
        let community = match self.state(StreamId::Community)? {
            Some(StreamState::Community(state)) => *state,
            _ => CommunityState::default(),
        };
        let context = FoldContext { at, policy_number: community.policy_number, policy: &community.policy };
        let mut streams = Vec::new();
        for stream in draft.event.streams() {
            let state = fold(self.state(stream)?, stream, &draft.event, &draft.moves, &context)
                .map_err(|error| malformed(error.to_string()))?;
            let version = self.version(stream).unwrap_or(0) + 1;
            self.rows.insert(stream, StreamRow { version, state: state.to_bytes() });
            streams.push((stream, version));
        }
        let body = Body { v: Body::VERSION, actor: draft.actor, streams, event: draft.event.clone() };
        let bytes = body.to_bytes();
        let leaf = Leaf {
            v: Leaf::VERSION,
            position: self.tree.size(),
            at,
            kind: draft.event.kind(),
            policy: community.policy_number,
            moves: draft.moves.clone(),
            body: body_hash(&draft.salt, &bytes),
        };
        let leaf_bytes = leaf.to_bytes();
        self.nodes.extend(self.tree.push(&leaf_bytes));
        let people = body.people();
        self.entries.push(SealedEntry {
            stored: StoredEntry {
                position: leaf.position,
                leaf: leaf_bytes,
                body: Some((bytes, draft.salt)),
            },
            at,
            streams: body.streams,
            people,
        });
        self.last_at = Some(at);
        Ok(())
    }
}

/// The streams of everyone whom the entries of a batch name. An erasure is left out: the states it fixes may speak of
/// people who left and whose drops stayed.
fn named_by(batch: &Batch) -> BTreeSet<StreamId> {
    let drafts = batch.events.iter().filter(|draft| draft.event.kind() != EventKind::UserErased);
    drafts.flat_map(|draft| draft.event.people().into_iter().chain(draft.actor)).map(StreamId::User).collect()
}

/// Checks that every stream written was looked at, and that each event's moves sum to zero.
fn check_books(batch: &Batch) -> Result<(), AppendError> {
    let readable: BTreeSet<_> = batch.reads.iter().map(|read| read.stream).collect();
    for draft in &batch.events {
        let kind = draft.event.kind().as_str();
        if let Some(stream) = draft.event.streams().into_iter().find(|s| !readable.contains(s)) {
            return Err(malformed(format!("{kind} writes {stream}, which was not read")));
        }
        if draft.moves.iter().map(|m| m.1).sum::<Points>() != Points::ZERO {
            return Err(malformed(format!("the moves of {kind} do not sum to zero")));
        }
    }
    Ok(())
}

fn unreadable(stream: StreamId, error: &serde_json::Error) -> AppendError {
    malformed(format!("the state of {stream} cannot be read: {error}"))
}

fn malformed(reason: String) -> AppendError {
    AppendError::Malformed { reason }
}
