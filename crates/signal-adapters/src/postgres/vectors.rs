//! Taste vectors where the server has pgvector, so that the nearest ones are found by an index.

use signal_core::model::{ModelId, UserId};
use signal_core::store::Result;
use sqlx::Row;

use super::error::{Doing, refused};
use super::{MIGRATING, PostgresStore, row};

/// What makes the table, once, where the extension is offered; see there.
const TABLE: &str = include_str!("vectors.sql");
/// Candidates that the index looks at for each person who is asked for, and its limits.
const CANDIDATES: u32 = 4;
const FEWEST_CANDIDATES: u32 = 100;
const MOST_CANDIDATES: u32 = 1_000;

/// Whether the database finds nearest vectors; makes the table where it can. Before version 0.8 an index cannot go on
/// where too many of those it found are of another model.
pub(super) async fn prepare(store: &PostgresStore) -> Result<bool> {
    const DOING: &str = "prepare the table of vectors";
    const LOOK: &str = "SELECT to_regclass('profile_vectors') IS NOT NULL AS there, \
        coalesce((SELECT string_to_array(coalesce(installed_version, default_version), '.')::int[] >= '{0,8}' \
        FROM pg_available_extensions WHERE name = 'vector'), false) AS offered, \
        has_schema_privilege(current_schema(), 'CREATE') AS allowed";
    let look = sqlx::query(LOOK).fetch_one(&store.pool).await.doing(DOING)?;
    let said = |column| look.try_get::<bool, _>(column).doing(DOING);
    if said("there")? || !said("offered")? || !said("allowed")? {
        return Ok(said("there")? && said("offered")?);
    }
    let mut work = store.begin_alone(MIGRATING, DOING).await?;
    let there = "SELECT to_regclass('profile_vectors') IS NOT NULL";
    if !sqlx::query_scalar::<_, bool>(there).fetch_one(&mut *work).await.doing(DOING)? {
        let patient = sqlx::raw_sql("SET LOCAL statement_timeout = 0");
        patient.execute(&mut *work).await.doing(DOING)?;
        sqlx::raw_sql(TABLE).execute(&mut *work).await.doing(DOING)?;
        work.commit().await.doing(DOING)?;
    }
    Ok(true)
}

/// The people whose vectors of a model point most nearly where a vector does, nearest first, with the cosine.
pub(super) async fn nearest(
    store: &PostgresStore,
    model: &ModelId,
    vector: &[f32],
    most: u32,
) -> Result<Vec<(UserId, f64)>> {
    const DOING: &str = "find the nearest vectors";
    const NEAREST: &str = "SELECT user_id, 1 - (numbers <=> $1::float4[]::vector) AS cosine FROM profile_vectors \
                           WHERE model = $2 ORDER BY numbers <=> $1::float4[]::vector LIMIT $3";
    const REACH: &str = "SELECT set_config('hnsw.ef_search', $1, true), \
                         set_config('hnsw.iterative_scan', 'strict_order', true)";
    if !store.vectors {
        return Err(refused(DOING, "the server has no pgvector of version 0.8 or newer"));
    }
    let candidates = most.saturating_mul(CANDIDATES).clamp(FEWEST_CANDIDATES, MOST_CANDIDATES);
    let mut work = store.begin(DOING).await?;
    sqlx::query(REACH).bind(candidates.to_string()).execute(&mut *work).await.doing(DOING)?;
    let query = sqlx::query(NEAREST).bind(vector).bind(model.as_str()).bind(i64::from(most));
    let rows = query.fetch_all(&mut *work).await.doing(DOING)?;
    work.commit().await.doing(DOING)?;
    row::all(&rows, |row| Ok((row::user(row, "user_id")?, row.try_get("cosine")?))).doing(DOING)
}
