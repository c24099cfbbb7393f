//! Which tracks are read as others.

use signal_core::model::{Merge, TrackId};
use signal_core::store::Page;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqliteExecutor, SqlitePool};

use super::bulk::Insert;
use super::row::{self, after, bytes, damaged, id, time};

const MERGES: Insert =
    Insert { into: "merges (track, into_track, why, at)", columns: 4, tail: "ON CONFLICT DO NOTHING" };

/// Adds merges and gives how many are new.
pub(super) async fn put(connection: &mut SqliteConnection, merges: &[Merge]) -> Result<u64, sqlx::Error> {
    MERGES
        .all(connection, merges.iter().collect(), |values, merge| {
            values
                .push(bytes(merge.from.uuid()))
                .push(bytes(merge.into.uuid()))
                .push(merge.why.as_str())
                .push(merge.at.micros());
        })
        .await
}

/// Removes a merge and gives whether there was one.
pub(super) async fn remove(writer: &SqlitePool, from: TrackId) -> Result<bool, sqlx::Error> {
    let query = sqlx::query("DELETE FROM merges WHERE track = ?").bind(bytes(from.uuid()));
    Ok(query.execute(writer).await?.rows_affected() > 0)
}

/// A page of merges.
pub(super) async fn page(
    executor: impl SqliteExecutor<'_>,
    page: Page<TrackId>,
) -> Result<Vec<Merge>, sqlx::Error> {
    let query = sqlx::query("SELECT * FROM merges WHERE track > ? ORDER BY track LIMIT ?");
    let query = query.bind(after(page.after.map(TrackId::uuid))).bind(page.limit);
    row::all(&query.fetch_all(executor).await?, merge)
}

pub(super) fn merge(row: &SqliteRow) -> Result<Merge, sqlx::Error> {
    let why = row.try_get::<&str, _>("why")?;
    Ok(Merge {
        from: TrackId::from_uuid(id(row, "track")?),
        into: TrackId::from_uuid(id(row, "into_track")?),
        why: why.parse().map_err(|error| damaged("merge", error))?,
        at: time(row, "at")?,
    })
}
