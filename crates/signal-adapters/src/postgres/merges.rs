//! Which tracks are read as others.

use signal_core::model::{Merge, TrackId};
use signal_core::store::Page;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgExecutor, PgPool, Row};

use super::row::{self, after, damaged, time};

/// Adds merges and gives how many are new.
pub(super) async fn put(connection: &mut PgConnection, merges: &[Merge]) -> Result<u64, sqlx::Error> {
    const PUT: &str = "INSERT INTO merges (track, into_track, why, at) \
                       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int8[]) ON CONFLICT DO NOTHING";
    let done = sqlx::query(PUT)
        .bind(merges.iter().map(|merge| merge.from.uuid()).collect::<Vec<_>>())
        .bind(merges.iter().map(|merge| merge.into.uuid()).collect::<Vec<_>>())
        .bind(merges.iter().map(|merge| merge.why.as_str()).collect::<Vec<_>>())
        .bind(merges.iter().map(|merge| merge.at.micros()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Removes a merge and gives whether there was one.
pub(super) async fn remove(pool: &PgPool, from: TrackId) -> Result<bool, sqlx::Error> {
    let query = sqlx::query("DELETE FROM merges WHERE track = $1").bind(from.uuid());
    Ok(query.execute(pool).await?.rows_affected() > 0)
}

/// A page of merges.
pub(super) async fn page(
    executor: impl PgExecutor<'_>,
    page: Page<TrackId>,
) -> Result<Vec<Merge>, sqlx::Error> {
    let (track, first) = after(page.after.map(TrackId::uuid));
    let query = sqlx::query("SELECT * FROM merges WHERE (track, 0) > ($1, $2) ORDER BY track LIMIT $3");
    let query = query.bind(track).bind(first).bind(i64::from(page.limit));
    row::all(&query.fetch_all(executor).await?, merge)
}

pub(super) fn merge(row: &PgRow) -> Result<Merge, sqlx::Error> {
    let why = row.try_get::<&str, _>("why")?;
    Ok(Merge {
        from: TrackId::from_uuid(row.try_get("track")?),
        into: TrackId::from_uuid(row.try_get("into_track")?),
        why: why.parse().map_err(|error| damaged("merge", error))?,
        at: time(row, "at")?,
    })
}
