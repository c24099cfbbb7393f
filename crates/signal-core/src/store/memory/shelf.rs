//! The contents of the reference store, and the one write path over them.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::ledger::{
    AppendError, Batch, ContentChange, Doc, DocKind, Head, KeyChange, NodeId, Sealed, Sealer, StoredEntry,
    StreamId, StreamRow, erases_key,
};
use crate::model::{
    ArtistId, CircleId, Claim, DropId, Hash, Listen, Merge, PlayCount, PlayedItem, PrivacyDials, Role, Span,
    TasteProfile, Timestamp, TrackId, TrustWeight, UserId,
};
use crate::store::{Appended, ItemKind, Lease};

/// One artist or track.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    pub(super) name: String,
}

type CountKey = (UserId, PlayedItem, String, Option<Span>);
type ListenKey = (UserId, TrackId, Timestamp);

/// Everything a store holds.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub(super) head: Head,
    pub(super) entries: Vec<StoredEntry>,
    pub(super) times: Vec<Timestamp>,
    pub(super) nodes: BTreeMap<NodeId, Hash>,
    pub(super) rows: BTreeMap<StreamId, StreamRow>,
    pub(super) by_stream: BTreeMap<(StreamId, u64), u64>,
    pub(super) by_person: BTreeMap<UserId, BTreeSet<u64>>,
    pub(super) tables: BTreeMap<Hash, Vec<u8>>,
    pub(super) keys: BTreeMap<String, Uuid>,
    pub(super) docs: BTreeMap<(DocKind, Uuid), Doc>,
    pub(super) edges: BTreeMap<(UserId, UserId), TrustWeight>,
    pub(super) edges_to: BTreeSet<(UserId, UserId)>,
    pub(super) seats: BTreeMap<(CircleId, UserId), Role>,
    pub(super) dials: BTreeMap<UserId, PrivacyDials>,
    pub(super) items: BTreeMap<Uuid, Item>,
    pub(super) item_claims: BTreeMap<Claim, Uuid>,
    pub(super) merges: BTreeMap<TrackId, Merge>,
    pub(super) genres: BTreeMap<(ArtistId, String), f64>,
    pub(super) listens: BTreeMap<ListenKey, Listen>,
    pub(super) counts: BTreeMap<CountKey, PlayCount>,
    pub(super) seen: BTreeMap<(UserId, DropId), Timestamp>,
    pub(super) mutes: BTreeMap<UserId, BTreeSet<UserId>>,
    pub(super) profiles: BTreeMap<UserId, TasteProfile>,
    pub(super) states: BTreeMap<String, Vec<u8>>,
    pub(super) leases: BTreeMap<String, Lease>,
    pub(super) secrets: BTreeMap<(UserId, String, String), Vec<u8>>,
}

impl Shelf {
    /// Appends batches as [`crate::store::LedgerStore::append`] says.
    pub(crate) fn append(&mut self, batches: &[Batch]) -> Vec<Appended> {
        batches.iter().map(|batch| self.append_one(batch)).collect()
    }

    fn append_one(&mut self, batch: &Batch) -> Appended {
        let mut sealer = Sealer::new(&self.head);
        for stream in sealer.missing(batch) {
            sealer.load(stream, self.rows.get(&stream).cloned());
        }
        for user in sealer.unlisted(batch) {
            sealer.list(user, self.naming(user));
        }
        sealer.check(batch)?;
        let before: Vec<_> = batch
            .keys
            .iter()
            .map(|change| {
                let (KeyChange::Take { key, .. } | KeyChange::Release { key }) = change;
                let key = key.to_string();
                let owner = self.keys.get(&key).copied();
                (key, owner)
            })
            .collect();
        let result = self.change_keys(&batch.keys).and_then(|()| sealer.add(batch));
        if result.is_ok() {
            self.write(sealer.finish());
            batch.content.iter().for_each(|change| self.change(change));
        } else {
            for (key, owner) in before {
                match owner {
                    Some(owner) => self.keys.insert(key, owner),
                    None => self.keys.remove(&key),
                };
            }
        }
        result
    }

    /// Positions of all entries that name a person.
    pub(super) fn naming(&self, user: UserId) -> Vec<u64> {
        self.by_person.get(&user).into_iter().flatten().copied().collect()
    }

    /// Those of the people who were erased: nothing about them is written any more.
    pub(super) fn erased(&self, people: impl IntoIterator<Item = UserId>) -> BTreeSet<UserId> {
        let mut people: BTreeSet<_> = people.into_iter().collect();
        // Rows in memory are the sealer's own, so all of them can be read.
        let is_gone = |row: &StreamRow| row.is_erased().unwrap_or(false);
        people.retain(|user| self.rows.get(&StreamId::User(*user)).is_some_and(is_gone));
        people
    }

    pub(super) fn write(&mut self, sealed: Sealed) {
        for entry in sealed.entries {
            let position = entry.stored.position;
            self.by_stream
                .extend(entry.streams.into_iter().map(|(stream, version)| ((stream, version), position)));
            for person in entry.people {
                self.by_person.entry(person).or_default().insert(position);
            }
            self.times.push(entry.at);
            self.entries.push(entry.stored);
        }
        self.nodes.extend(sealed.nodes);
        self.rows.extend(sealed.rows);
        self.head = sealed.head;
    }

    fn change_keys(&mut self, changes: &[KeyChange]) -> Result<(), AppendError> {
        for change in changes {
            match change {
                KeyChange::Take { key, owner } => {
                    let key = key.to_string();
                    if self.keys.contains_key(&key) {
                        return Err(AppendError::KeyTaken { key });
                    }
                    self.keys.insert(key, *owner);
                }
                KeyChange::Release { key } => {
                    let key = key.to_string();
                    if self.keys.remove(&key).is_none() {
                        return Err(AppendError::KeyMissing { key });
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn change(&mut self, change: &ContentChange) {
        match change {
            ContentChange::PutDoc(doc) => {
                self.docs.insert((doc.kind, doc.id), doc.clone());
            }
            ContentChange::DeleteDoc { kind, id } => {
                self.docs.remove(&(*kind, *id));
            }
            ContentChange::SetEdge { from, to, weight } => {
                self.edges.insert((*from, *to), *weight);
                self.edges_to.insert((*to, *from));
            }
            ContentChange::RemoveEdge { from, to } => {
                self.edges.remove(&(*from, *to));
                self.edges_to.remove(&(*to, *from));
            }
            ContentChange::SetMember { circle, user, role } => {
                self.seats.insert((*circle, *user), *role);
            }
            ContentChange::RemoveMember { circle, user } => {
                self.seats.remove(&(*circle, *user));
            }
            ContentChange::SetDials { user, dials } => {
                if self.erased([*user]).is_empty() {
                    self.dials.insert(*user, *dials);
                }
            }
            ContentChange::PutTables { hash, bytes } => {
                self.tables.insert(*hash, bytes.clone());
            }
            ContentChange::Erase { user, redacted, keep_drops } => self.erase(*user, redacted, *keep_drops),
        }
    }

    fn erase(&mut self, user: UserId, redacted: &[u64], keep_drops: bool) {
        for position in redacted {
            let entry = usize::try_from(*position).ok().and_then(|i| self.entries.get_mut(i));
            if let Some(entry) = entry {
                entry.body = None;
            }
            for positions in self.by_person.values_mut() {
                positions.remove(position);
            }
        }
        let gone: BTreeSet<u64> = redacted.iter().copied().collect();
        self.by_stream.retain(|_, position| !gone.contains(position));
        self.by_person.remove(&user);
        if keep_drops {
            let own = self.docs.values_mut().filter(|d| d.owner == Some(user) && d.kind == DocKind::Drop);
            own.for_each(|doc| doc.owner = None);
        }
        self.docs.retain(|_, doc| doc.owner != Some(user));
        self.edges.retain(|(from, to), _| *from != user && *to != user);
        self.edges_to.retain(|(to, from)| *from != user && *to != user);
        self.seats.retain(|(_, member), _| *member != user);
        self.keys.retain(|key, owner| !erases_key(user, key, *owner));
        self.dials.remove(&user);
        self.listens.retain(|(who, ..), _| *who != user);
        self.counts.retain(|(who, ..), _| *who != user);
        self.seen.retain(|(who, _), _| *who != user);
        self.mutes.remove(&user);
        for muted in self.mutes.values_mut() {
            muted.remove(&user);
        }
        self.profiles.remove(&user);
        self.secrets.retain(|(who, ..), _| *who != user);
    }
}
