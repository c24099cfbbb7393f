//! Profiles, small values and leases, and the vault.

use std::collections::BTreeMap;

use async_trait::async_trait;
use signal_core::model::{ModelId, TasteProfile, Timestamp, UserId};
use signal_core::store::{Lease, Page, ProfileStore, Result, StateStore, VaultStore};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::error::Doing;
use super::row::{self, after, damaged, signed, time, unsigned, user};
use super::{PostgresStore, ledger};

/// Profiles in one statement: an array has its limits.
const PROFILES: usize = 1_000;

pub(super) fn profile(row: &PgRow) -> Result<TasteProfile, sqlx::Error> {
    let genres: &str = row.try_get("genres")?;
    Ok(TasteProfile {
        user: user(row, "user_id")?,
        model: ModelId::new(row.try_get::<&str, _>("model")?),
        trained: row.try_get("trained")?,
        vector: row.try_get("numbers")?,
        genres: serde_json::from_str(genres).map_err(|error| damaged("genres", error))?,
        hours: row.try_get("hours")?,
        plays: unsigned(row, "plays")?,
        built_at: time(row, "built_at")?,
    })
}

/// Writes profiles, but those of erased people.
pub(super) async fn write_profiles(
    connection: &mut PgConnection,
    profiles: &[TasteProfile],
) -> Result<(), sqlx::Error> {
    let people = profiles.iter().map(|profile| profile.user);
    let erased = ledger::erased(&mut *connection, people).await?;
    let mut rows = BTreeMap::new();
    for profile in profiles.iter().filter(|profile| !erased.contains(&profile.user)) {
        let genres = serde_json::to_string(&profile.genres);
        let genres = genres.map_err(|error| sqlx::Error::Encode(error.into()))?;
        rows.insert(profile.user, (profile, genres));
    }
    let rows: Vec<_> = rows.into_values().collect();
    for part in rows.chunks(PROFILES) {
        write_part(connection, part).await?;
    }
    Ok(())
}

/// Writes profiles, each person once. Their vectors come as one long array, of which each takes its part.
async fn write_part(
    connection: &mut PgConnection,
    rows: &[(&TasteProfile, String)],
) -> Result<(), sqlx::Error> {
    const PUT: &str = "INSERT INTO profiles (user_id, model, trained, numbers, genres, hours, plays, built_at) \
        SELECT user_id, model, trained, ($1::float4[])[begin : last], genres, hours, plays, built_at \
        FROM unnest($2::int4[], $3::int4[], $4::uuid[], $5::text[], $6::bool[], $7::text[], $8::float8[], $9::int8[], \
        $10::int8[]) AS new (begin, last, user_id, model, trained, genres, hours, plays, built_at) \
        ON CONFLICT (user_id) DO UPDATE SET model = excluded.model, trained = excluded.trained, \
        numbers = excluded.numbers, genres = excluded.genres, hours = excluded.hours, plays = excluded.plays, \
        built_at = excluded.built_at";
    let numbers: Vec<f32> = rows.iter().flat_map(|(profile, _)| &profile.vector).copied().collect();
    let lengths = rows.iter().map(|(profile, _)| i32::try_from(profile.vector.len()).unwrap_or(i32::MAX));
    let lasts: Vec<i32> = lengths
        .scan(0_i32, |end, length| {
            *end = end.saturating_add(length);
            Some(*end)
        })
        .collect();
    let begins: Vec<i32> =
        std::iter::once(1).chain(lasts.iter().map(|last| last.saturating_add(1))).collect();
    sqlx::query(PUT)
        .bind(numbers)
        .bind(begins.get(..rows.len()).unwrap_or_default())
        .bind(&lasts)
        .bind(rows.iter().map(|(profile, _)| profile.user.uuid()).collect::<Vec<_>>())
        .bind(rows.iter().map(|(profile, _)| profile.model.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|(profile, _)| profile.trained).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, genres)| genres.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|(profile, _)| profile.hours).collect::<Vec<_>>())
        .bind(rows.iter().map(|(profile, _)| signed(profile.plays)).collect::<Vec<_>>())
        .bind(rows.iter().map(|(profile, _)| profile.built_at.micros()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

#[async_trait]
impl ProfileStore for PostgresStore {
    async fn put_profiles(&self, profiles: &[TasteProfile]) -> Result<()> {
        const DOING: &str = "put profiles";
        let mut work = self.begin_about_people(DOING).await?;
        write_profiles(&mut work, profiles).await.doing(DOING)?;
        work.commit().await.doing(DOING)
    }

    async fn profile(&self, user: UserId) -> Result<Option<TasteProfile>> {
        const DOING: &str = "read a profile";
        let query = sqlx::query("SELECT * FROM profiles WHERE user_id = $1").bind(user.uuid());
        let row = query.fetch_optional(&self.pool).await.doing(DOING)?;
        row.map(|row| profile(&row)).transpose().doing(DOING)
    }

    async fn profiles(&self, page: Page<UserId>) -> Result<Vec<TasteProfile>> {
        const DOING: &str = "list profiles";
        const PROFILES: &str =
            "SELECT * FROM profiles WHERE (user_id, 0) > ($1, $2) ORDER BY user_id LIMIT $3";
        let (user, first) = after(page.after.map(UserId::uuid));
        let query = sqlx::query(PROFILES).bind(user).bind(first).bind(i64::from(page.limit));
        row::all(&query.fetch_all(&self.pool).await.doing(DOING)?, profile).doing(DOING)
    }
}

#[async_trait]
impl StateStore for PostgresStore {
    async fn state(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let query = sqlx::query_scalar("SELECT value FROM states WHERE name = $1").bind(name);
        query.fetch_optional(&self.pool).await.doing("read a value")
    }

    async fn put_state(&self, name: &str, value: &[u8]) -> Result<()> {
        const PUT: &str = "INSERT INTO states (name, value) VALUES ($1, $2) \
                           ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        let query = sqlx::query(PUT).bind(name).bind(value);
        query.execute(&self.pool).await.doing("set a value")?;
        Ok(())
    }

    async fn remove_state(&self, name: &str) -> Result<()> {
        let query = sqlx::query("DELETE FROM states WHERE name = $1").bind(name);
        query.execute(&self.pool).await.doing("remove a value")?;
        Ok(())
    }

    async fn acquire(&self, lease: &Lease, now: Timestamp) -> Result<bool> {
        const ACQUIRE: &str = "INSERT INTO leases (job, holder, until) VALUES ($1, $2, $3) \
            ON CONFLICT (job) DO UPDATE SET holder = excluded.holder, until = excluded.until \
            WHERE leases.holder = excluded.holder OR leases.until <= $4";
        let query = sqlx::query(ACQUIRE).bind(&lease.job).bind(&lease.holder).bind(lease.until.micros());
        let done = query.bind(now.micros()).execute(&self.pool).await.doing("take a lease")?;
        Ok(done.rows_affected() == 1)
    }

    async fn prolong(&self, lease: &Lease) -> Result<bool> {
        const PROLONG: &str = "UPDATE leases SET until = $1 WHERE job = $2 AND holder = $3";
        let query = sqlx::query(PROLONG).bind(lease.until.micros()).bind(&lease.job).bind(&lease.holder);
        let done = query.execute(&self.pool).await.doing("prolong a lease")?;
        Ok(done.rows_affected() == 1)
    }

    async fn release(&self, job: &str, holder: &str) -> Result<()> {
        let query = sqlx::query("DELETE FROM leases WHERE job = $1 AND holder = $2").bind(job).bind(holder);
        query.execute(&self.pool).await.doing("give a lease back")?;
        Ok(())
    }
}

#[async_trait]
impl VaultStore for PostgresStore {
    async fn secret(&self, user: UserId, platform: &str, field: &str) -> Result<Option<Vec<u8>>> {
        const SECRET: &str = "SELECT value FROM secrets WHERE user_id = $1 AND platform = $2 AND field = $3";
        let query = sqlx::query_scalar(SECRET).bind(user.uuid()).bind(platform).bind(field);
        query.fetch_optional(&self.pool).await.doing("read a ciphertext")
    }

    async fn put_secret(&self, user: UserId, platform: &str, field: &str, value: &[u8]) -> Result<()> {
        const DOING: &str = "set a ciphertext";
        const PUT: &str = "INSERT INTO secrets (user_id, platform, field, value) VALUES ($1, $2, $3, $4) \
                           ON CONFLICT (user_id, platform, field) DO UPDATE SET value = excluded.value";
        let mut work = self.begin_about_people(DOING).await?;
        if ledger::erased(&mut *work, std::iter::once(user)).await.doing(DOING)?.is_empty() {
            let query = sqlx::query(PUT).bind(user.uuid()).bind(platform).bind(field).bind(value);
            query.execute(&mut *work).await.doing(DOING)?;
        }
        work.commit().await.doing(DOING)
    }

    async fn remove_secrets(&self, user: UserId, platform: &str) -> Result<()> {
        let query = sqlx::query("DELETE FROM secrets WHERE user_id = $1 AND platform = $2");
        let query = query.bind(user.uuid()).bind(platform);
        query.execute(&self.pool).await.doing("remove ciphertexts")?;
        Ok(())
    }
}
