//! The ledger side.

use std::collections::BTreeSet;

use async_trait::async_trait;
use signal_core::ledger::{Batch, Head, NodeId, StoredEntry, StreamId, StreamRow};
use signal_core::model::{Hash, Timestamp, UserId};
use signal_core::store::{Appended, LedgerStore, Result};
use sqlx::{Row, SqliteExecutor};

use super::SqliteStore;
use super::bulk::{in_order, list};
use super::error::Doing;
use super::row::{self, bytes, damaged, signed};
use crate::group;

/// The newest state of the ledger.
pub(super) async fn head(executor: impl SqliteExecutor<'_>) -> Result<Head, sqlx::Error> {
    let row = sqlx::query("SELECT size, last_at, frontier FROM head").fetch_optional(executor).await?;
    let Some(row) = row else {
        return Ok(Head::default());
    };
    let frontier: &[u8] = row.try_get("frontier")?;
    let hashes = frontier
        .chunks(32)
        .map(|chunk| Hash::from_slice(chunk).ok_or_else(|| damaged("frontier", "cut off")));
    Ok(Head {
        size: row::unsigned(&row, "size")?,
        last_at: row.try_get::<Option<i64>, _>("last_at")?.map(Timestamp::from_micros),
        frontier: hashes.collect::<Result<_, _>>()?,
    })
}

/// State rows in the order asked for.
pub(super) async fn streams(
    executor: impl SqliteExecutor<'_>,
    streams: &[StreamId],
) -> Result<Vec<Option<StreamRow>>, sqlx::Error> {
    const STREAMS: &str = "SELECT j.key AS n, s.version, s.state FROM json_each(?) j CROSS JOIN streams s \
                           ON s.stream = j.value";
    let rows = sqlx::query(STREAMS).bind(list(streams)).fetch_all(executor).await?;
    in_order(streams.len(), &rows, row::stream_row)
}

/// Positions of all entries that name a person, in order.
pub(super) async fn naming(executor: impl SqliteExecutor<'_>, user: UserId) -> Result<Vec<u64>, sqlx::Error> {
    let query = sqlx::query("SELECT position FROM entry_people WHERE user = ? ORDER BY position");
    let rows = query.bind(bytes(user.uuid())).fetch_all(executor).await?;
    row::all(&rows, |row| row::unsigned(row, "position"))
}

/// Those of the people who were erased: nothing about them is written any more.
pub(super) async fn erased(
    executor: impl SqliteExecutor<'_>,
    people: impl Iterator<Item = UserId>,
) -> Result<BTreeSet<UserId>, sqlx::Error> {
    let people: BTreeSet<_> = people.collect();
    let asked: Vec<_> = people.iter().copied().map(StreamId::User).collect();
    let rows = streams(executor, &asked).await?;
    let mut gone = BTreeSet::new();
    for (user, row) in people.into_iter().zip(rows) {
        let erased = row.as_ref().map(StreamRow::is_erased).transpose();
        if erased.map_err(|error| damaged("state", error))?.unwrap_or(false) {
            gone.insert(user);
        }
    }
    Ok(gone)
}

#[async_trait]
impl LedgerStore for SqliteStore {
    async fn head(&self) -> Result<Head> {
        head(&self.readers).await.doing("read the head of the ledger")
    }

    async fn append(&self, batches: &[Batch]) -> Result<Vec<Appended>> {
        group::append(self, batches).await
    }

    async fn beyond(&self, _size: u64) -> Result<u64> {
        Ok(self.head().await?.size)
    }

    async fn entries(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>> {
        const DOING: &str = "read entries";
        const ENTRIES: &str =
            "SELECT position, leaf, body, salt FROM entries WHERE position >= ? ORDER BY position LIMIT ?";
        let query = sqlx::query(ENTRIES).bind(signed(from)).bind(limit);
        row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, row::entry).doing(DOING)
    }

    async fn stream_entries(
        &self,
        stream: StreamId,
        after_version: u64,
        limit: u32,
    ) -> Result<Vec<StoredEntry>> {
        const DOING: &str = "read the entries of a stream";
        const ENTRIES: &str = "SELECT e.position, e.leaf, e.body, e.salt FROM entry_streams s JOIN entries e \
                               ON e.position = s.position WHERE s.stream = ? AND s.version > ? \
                               ORDER BY s.version LIMIT ?";
        let query = sqlx::query(ENTRIES).bind(stream.to_string()).bind(signed(after_version)).bind(limit);
        row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, row::entry).doing(DOING)
    }

    async fn entries_naming(&self, user: UserId) -> Result<Vec<u64>> {
        naming(&self.readers, user).await.doing("find the entries that name a person")
    }

    async fn position_at(&self, at: Timestamp) -> Result<u64> {
        const DOING: &str = "find the position at an instant";
        const POSITION: &str = "SELECT coalesce((SELECT position FROM entries WHERE at >= ? \
                                ORDER BY at, position LIMIT 1), (SELECT size FROM head), 0) AS position";
        let row = sqlx::query(POSITION).bind(at.micros()).fetch_one(&self.readers).await.doing(DOING)?;
        row::unsigned(&row, "position").doing(DOING)
    }

    async fn streams(&self, streams: &[StreamId]) -> Result<Vec<Option<StreamRow>>> {
        self::streams(&self.readers, streams).await.doing("read the states of streams")
    }

    async fn all_streams(&self, after: Option<StreamId>, limit: u32) -> Result<Vec<(StreamId, StreamRow)>> {
        const DOING: &str = "read the states of all streams";
        const STREAMS: &str =
            "SELECT stream, version, state FROM streams WHERE stream > ? ORDER BY stream LIMIT ?";
        let after = after.map(|stream| stream.to_string()).unwrap_or_default();
        let rows =
            sqlx::query(STREAMS).bind(after).bind(limit).fetch_all(&self.readers).await.doing(DOING)?;
        row::all(&rows, |row| {
            let stream: &str = row.try_get("stream")?;
            Ok((stream.parse().map_err(|error| damaged("stream", error))?, row::stream_row(row)?))
        })
        .doing(DOING)
    }

    async fn nodes(&self, ids: &[NodeId]) -> Result<Vec<Option<Hash>>> {
        const DOING: &str = "read tree nodes";
        const NODES: &str = "SELECT j.key AS n, t.hash FROM json_each(?) j CROSS JOIN nodes t \
                             ON t.level = j.value ->> 0 AND t.place = j.value ->> 1";
        let asked: Vec<_> = ids.iter().map(|id| (id.level, signed(id.index))).collect();
        let rows = sqlx::query(NODES).bind(list(&asked)).fetch_all(&self.readers).await.doing(DOING)?;
        in_order(ids.len(), &rows, |row| row::hash(row, "hash")).doing(DOING)
    }

    async fn tables(&self, hash: Hash) -> Result<Option<Vec<u8>>> {
        let query = sqlx::query_scalar("SELECT bytes FROM epoch_tables WHERE hash = ?");
        query
            .bind(hash.as_bytes().to_vec())
            .fetch_optional(&self.readers)
            .await
            .doing("read the tables of an epoch")
    }
}
