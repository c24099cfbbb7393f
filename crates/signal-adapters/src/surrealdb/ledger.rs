//! The ledger side.

use std::collections::BTreeSet;
use std::ops::Bound;

use async_trait::async_trait;
use signal_core::ledger::{Batch, Head, NodeId, StoredEntry, StreamId, StreamRow};
use signal_core::model::{Hash, Timestamp, UserId};
use signal_core::store::{Appended, LedgerStore, Result};
use surrealdb_types::{Bytes, RecordId, RecordIdKey, SurrealValue, object};

use super::error::{Doing, Read, damaged};
use super::link::Asks;
use super::row::{self, Parts, Row, below, between, found, int, record, record_named, signed, text, uuid};
use super::{SurrealStore, append};

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
struct HeadRow {
    size: i64,
    last_at: Option<i64>,
    frontier: Bytes,
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct EntryRow {
    id: RecordId,
    leaf: Bytes,
    body: Option<Bytes>,
    salt: Option<Bytes>,
}

impl Row for EntryRow {
    fn id(&self) -> &RecordId {
        &self.id
    }
}

impl EntryRow {
    pub(super) fn entry(self) -> Read<StoredEntry> {
        let RecordIdKey::Number(position) = self.id.key else {
            return Err(damaged("entry", "its key is no number"));
        };
        let body = match (self.body, self.salt) {
            (Some(body), Some(salt)) => {
                let salt = salt.as_ref().try_into().map_err(|_| damaged("salt", "it is cut off"))?;
                Some((body.to_vec(), salt))
            }
            _ => None,
        };
        Ok(StoredEntry { position: row::unsigned("entry", position)?, leaf: self.leaf.to_vec(), body })
    }
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct StateRow {
    id: RecordId,
    version: i64,
    state: Bytes,
}

impl Row for StateRow {
    fn id(&self) -> &RecordId {
        &self.id
    }
}

impl StateRow {
    fn row(&self) -> Read<StreamRow> {
        Ok(StreamRow { version: row::unsigned("version", self.version)?, state: self.state.to_vec() })
    }

    pub(super) fn stream(self) -> Read<(StreamId, StreamRow)> {
        let state = self.row()?;
        let stream = row::text_of(self.id)?.parse().map_err(|error| damaged("stream", error))?;
        Ok((stream, state))
    }
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
struct NodeRow {
    id: RecordId,
    hash: Bytes,
}

impl Row for NodeRow {
    fn id(&self) -> &RecordId {
        &self.id
    }
}

pub(super) fn entry_at(position: u64) -> RecordId {
    RecordId::new("entry", RecordIdKey::Number(signed(position)))
}

pub(super) fn node_at(id: NodeId) -> RecordId {
    record("node", [int(i64::from(id.level)), int(signed(id.index))])
}

pub(super) fn stream_of(stream: StreamId) -> RecordId {
    record_named("stream", stream.to_string())
}

/// The newest state of the ledger.
pub(super) async fn head(asks: &dyn Asks) -> Read<Head> {
    let answer = asks.ask("SELECT * FROM ONLY head:one", object! {}).await?;
    let head: HeadRow = row::maybe(answer)?.ok_or_else(|| damaged("head", "it is gone"))?;
    let hashes = head.frontier.chunks(32);
    let hashes =
        hashes.map(|hash| Hash::from_slice(hash).ok_or_else(|| damaged("frontier", "it is cut off")));
    Ok(Head {
        size: row::unsigned("size", head.size)?,
        last_at: head.last_at.map(Timestamp::from_micros),
        frontier: hashes.collect::<Read<_>>()?,
    })
}

/// State rows in the order asked for.
pub(super) async fn streams(asks: &dyn Asks, streams: &[StreamId]) -> Read<Vec<Option<StreamRow>>> {
    let rows = found::<StateRow>(asks, streams.iter().copied().map(stream_of)).await?;
    streams.iter().map(|stream| rows.get(&stream_of(*stream)).map(StateRow::row).transpose()).collect()
}

/// Positions of all entries that name a person, in order.
pub(super) async fn naming(asks: &dyn Asks, user: UserId) -> Read<Vec<u64>> {
    let range = below("entry_person", [uuid(user.uuid())]);
    let ids = asks.ask("SELECT VALUE id FROM $range", object! { range: range }).await?;
    let position = |id| {
        let mut parts = Parts::of(id)?;
        parts.user()?;
        row::unsigned("entry_person", parts.int()?)
    };
    row::rows::<RecordId>(ids)?.into_iter().map(position).collect()
}

/// Those of the people who were erased: nothing about them is written any more.
pub(super) async fn erased(asks: &dyn Asks, people: impl Iterator<Item = UserId>) -> Read<BTreeSet<UserId>> {
    let people: BTreeSet<_> = people.collect();
    let asked: Vec<_> = people.iter().copied().map(StreamId::User).collect();
    let rows = streams(asks, &asked).await?;
    let mut gone = BTreeSet::new();
    for (user, row) in people.into_iter().zip(rows) {
        let erased = row.as_ref().map(StreamRow::is_erased).transpose();
        if erased.map_err(|error| damaged("state", error))?.unwrap_or(false) {
            gone.insert(user);
        }
    }
    Ok(gone)
}

/// Entries at positions that are known to be there.
async fn entries_at(asks: &dyn Asks, positions: Vec<i64>) -> Read<Vec<StoredEntry>> {
    let ids: Vec<_> =
        positions.iter().map(|position| RecordId::new("entry", RecordIdKey::Number(*position))).collect();
    let mut rows = found::<EntryRow>(asks, ids.iter().cloned()).await?;
    ids.iter().filter_map(|id| rows.remove(id)).map(EntryRow::entry).collect()
}

/// The position of the first entry at or after an instant: instants never run backwards, so halving finds it.
async fn position_at(asks: &dyn Asks, at: Timestamp) -> Read<u64> {
    let (mut low, mut high) = (0, head(asks).await?.size);
    while low < high {
        let middle = low + (high - low) / 2;
        let found = asks.ask("SELECT VALUE at FROM ONLY $id", object! { id: entry_at(middle) }).await?;
        let found: i64 = row::maybe(found)?.ok_or_else(|| damaged("entry", "it is gone"))?;
        if found < at.micros() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

#[async_trait]
impl LedgerStore for SurrealStore {
    async fn head(&self) -> Result<Head> {
        head(&self.link).await.doing("read the head of the ledger")
    }

    async fn append(&self, batches: &[Batch]) -> Result<Vec<Appended>> {
        append::append(self, batches).await
    }

    async fn beyond(&self, _size: u64) -> Result<u64> {
        Ok(self.head().await?.size)
    }

    async fn entries(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>> {
        const DOING: &str = "read entries";
        let start = RecordIdKey::Number(signed(from));
        let range = between("entry", Bound::Included(start), Bound::Unbounded);
        let with = object! { range: range, limit: i64::from(limit) };
        let rows = self.link.ask("SELECT id, leaf, body, salt FROM $range LIMIT $limit", with).await;
        let rows = rows.and_then(row::rows::<EntryRow>).doing(DOING)?;
        rows.into_iter().map(EntryRow::entry).collect::<Read<_>>().doing(DOING)
    }

    async fn stream_entries(
        &self,
        stream: StreamId,
        after_version: u64,
        limit: u32,
    ) -> Result<Vec<StoredEntry>> {
        const DOING: &str = "read the entries of a stream";
        let stream = text(stream.to_string());
        let start = RecordIdKey::Array([stream.clone(), int(signed(after_version))].into_iter().collect());
        let range = between("entry_stream", Bound::Excluded(start), Bound::Included(row::last([stream])));
        let with = object! { range: range, limit: i64::from(limit) };
        let positions = self.link.ask("SELECT VALUE position FROM $range LIMIT $limit", with).await;
        let positions = positions.and_then(row::rows::<i64>).doing(DOING)?;
        entries_at(&self.link, positions).await.doing(DOING)
    }

    async fn entries_naming(&self, user: UserId) -> Result<Vec<u64>> {
        naming(&self.link, user).await.doing("find the entries that name a person")
    }

    async fn position_at(&self, at: Timestamp) -> Result<u64> {
        position_at(&self.link, at).await.doing("find the position at an instant")
    }

    async fn streams(&self, streams: &[StreamId]) -> Result<Vec<Option<StreamRow>>> {
        self::streams(&self.link, streams).await.doing("read the states of streams")
    }

    async fn all_streams(&self, after: Option<StreamId>, limit: u32) -> Result<Vec<(StreamId, StreamRow)>> {
        const DOING: &str = "read the states of all streams";
        let range = row::after("stream", after.map(|stream| RecordIdKey::String(stream.to_string())));
        let with = object! { range: range, limit: i64::from(limit) };
        let rows = self.link.ask("SELECT * FROM $range LIMIT $limit", with).await;
        let rows = rows.and_then(row::rows::<StateRow>).doing(DOING)?;
        rows.into_iter().map(StateRow::stream).collect::<Read<_>>().doing(DOING)
    }

    async fn nodes(&self, ids: &[NodeId]) -> Result<Vec<Option<Hash>>> {
        const DOING: &str = "read tree nodes";
        let rows = found::<NodeRow>(&self.link, ids.iter().copied().map(node_at)).await.doing(DOING)?;
        let hash =
            |row: &NodeRow| Hash::from_slice(&row.hash).ok_or_else(|| damaged("hash", "it is not a hash"));
        ids.iter().map(|id| rows.get(&node_at(*id)).map(hash).transpose()).collect::<Read<_>>().doing(DOING)
    }

    async fn tables(&self, hash: Hash) -> Result<Option<Vec<u8>>> {
        const DOING: &str = "read the tables of an epoch";
        let with = object! { id: record_named("epoch_table", hash.to_string()) };
        let bytes = self.link.ask("SELECT VALUE bytes FROM ONLY $id", with).await;
        let bytes = bytes.and_then(row::maybe::<Bytes>).doing(DOING)?;
        Ok(bytes.map(|bytes| bytes.to_vec()))
    }
}
