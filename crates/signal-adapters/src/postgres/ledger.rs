//! The ledger side.

use std::collections::BTreeSet;

use async_trait::async_trait;
use signal_core::ledger::{Batch, Head, NodeId, StoredEntry, StreamId, StreamRow};
use signal_core::model::{Hash, Timestamp, UserId};
use signal_core::store::{Appended, LedgerStore, Result};
use sqlx::postgres::PgRow;
use sqlx::{PgExecutor, Row};

use super::error::Doing;
use super::row::{self, damaged, in_order, signed};
use super::{PostgresStore, news};
use crate::group;

/// The newest state of the ledger.
pub(super) async fn head(executor: impl PgExecutor<'_>) -> Result<Head, sqlx::Error> {
    read_head(&sqlx::query("SELECT size, last_at, frontier FROM head").fetch_one(executor).await?)
}

pub(super) fn read_head(row: &PgRow) -> Result<Head, sqlx::Error> {
    let frontier: &[u8] = row.try_get("frontier")?;
    let hashes = frontier
        .chunks(32)
        .map(|chunk| Hash::from_slice(chunk).ok_or_else(|| damaged("frontier", "it is cut off")));
    Ok(Head {
        size: row::unsigned(row, "size")?,
        last_at: row.try_get::<Option<i64>, _>("last_at")?.map(Timestamp::from_micros),
        frontier: hashes.collect::<Result<_, _>>()?,
    })
}

/// State rows in the order asked for.
pub(super) async fn streams(
    executor: impl PgExecutor<'_>,
    streams: &[StreamId],
) -> Result<Vec<Option<StreamRow>>, sqlx::Error> {
    const STREAMS: &str = "SELECT a.n, s.version, s.state FROM unnest($1::text[]) WITH ORDINALITY AS a (stream, n) \
                           JOIN streams s ON s.stream = a.stream";
    let asked: Vec<_> = streams.iter().map(ToString::to_string).collect();
    let rows = sqlx::query(STREAMS).bind(asked).fetch_all(executor).await?;
    in_order(streams.len(), &rows, row::stream_row)
}

/// Positions of all entries that name a person, in order.
pub(super) async fn naming(executor: impl PgExecutor<'_>, user: UserId) -> Result<Vec<u64>, sqlx::Error> {
    let query = sqlx::query("SELECT position FROM entry_people WHERE user_id = $1 ORDER BY position");
    row::all(&query.bind(user.uuid()).fetch_all(executor).await?, |row| row::unsigned(row, "position"))
}

/// Those of the people who were erased: nothing about them is written any more.
pub(super) async fn erased(
    executor: impl PgExecutor<'_>,
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
impl LedgerStore for PostgresStore {
    async fn head(&self) -> Result<Head> {
        head(&self.pool).await.doing("read the head of the ledger")
    }

    async fn append(&self, batches: &[Batch]) -> Result<Vec<Appended>> {
        group::append(self, batches).await
    }

    /// One connection of this process listens while somebody waits.
    async fn beyond(&self, size: u64) -> Result<u64> {
        Ok(news::beyond(self, size).await)
    }

    async fn entries(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>> {
        const DOING: &str = "read entries";
        const ENTRIES: &str =
            "SELECT position, leaf, body, salt FROM entries WHERE position >= $1 ORDER BY position LIMIT $2";
        let query = sqlx::query(ENTRIES).bind(signed(from)).bind(i64::from(limit));
        row::all(&query.fetch_all(&self.pool).await.doing(DOING)?, row::entry).doing(DOING)
    }

    async fn stream_entries(
        &self,
        stream: StreamId,
        after_version: u64,
        limit: u32,
    ) -> Result<Vec<StoredEntry>> {
        const DOING: &str = "read the entries of a stream";
        const ENTRIES: &str = "SELECT e.position, e.leaf, e.body, e.salt FROM entry_streams s JOIN entries e \
                               ON e.position = s.position WHERE s.stream = $1 AND s.version > $2 \
                               ORDER BY s.version LIMIT $3";
        let query = sqlx::query(ENTRIES).bind(stream.to_string()).bind(signed(after_version));
        let rows = query.bind(i64::from(limit)).fetch_all(&self.pool).await.doing(DOING)?;
        row::all(&rows, row::entry).doing(DOING)
    }

    async fn entries_naming(&self, user: UserId) -> Result<Vec<u64>> {
        naming(&self.pool, user).await.doing("find the entries that name a person")
    }

    async fn position_at(&self, at: Timestamp) -> Result<u64> {
        const DOING: &str = "find the position at an instant";
        const POSITION: &str = "SELECT coalesce((SELECT position FROM entries WHERE at >= $1 \
                                ORDER BY at, position LIMIT 1), (SELECT size FROM head)) AS position";
        let row = sqlx::query(POSITION).bind(at.micros()).fetch_one(&self.pool).await.doing(DOING)?;
        row::unsigned(&row, "position").doing(DOING)
    }

    async fn streams(&self, streams: &[StreamId]) -> Result<Vec<Option<StreamRow>>> {
        self::streams(&self.pool, streams).await.doing("read the states of streams")
    }

    async fn all_streams(&self, after: Option<StreamId>, limit: u32) -> Result<Vec<(StreamId, StreamRow)>> {
        const DOING: &str = "read the states of all streams";
        const STREAMS: &str =
            "SELECT stream, version, state FROM streams WHERE stream > $1 ORDER BY stream LIMIT $2";
        let after = after.map(|stream| stream.to_string()).unwrap_or_default();
        let query = sqlx::query(STREAMS).bind(after).bind(i64::from(limit));
        let rows = query.fetch_all(&self.pool).await.doing(DOING)?;
        row::all(&rows, |row| {
            let stream: &str = row.try_get("stream")?;
            Ok((stream.parse().map_err(|error| damaged("stream", error))?, row::stream_row(row)?))
        })
        .doing(DOING)
    }

    async fn nodes(&self, ids: &[NodeId]) -> Result<Vec<Option<Hash>>> {
        const DOING: &str = "read tree nodes";
        const NODES: &str = "SELECT a.n, t.hash FROM unnest($1::int2[], $2::int8[]) WITH ORDINALITY \
                             AS a (level, place, n) JOIN nodes t ON t.level = a.level AND t.place = a.place";
        let levels: Vec<_> = ids.iter().map(|id| i16::from(id.level)).collect();
        let places: Vec<_> = ids.iter().map(|id| signed(id.index)).collect();
        let rows = sqlx::query(NODES).bind(levels).bind(places).fetch_all(&self.pool).await.doing(DOING)?;
        in_order(ids.len(), &rows, |row| row::hash(row, "hash")).doing(DOING)
    }

    async fn tables(&self, hash: Hash) -> Result<Option<Vec<u8>>> {
        let query = sqlx::query_scalar("SELECT bytes FROM epoch_tables WHERE hash = $1");
        query
            .bind(hash.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .await
            .doing("read the tables of an epoch")
    }
}
