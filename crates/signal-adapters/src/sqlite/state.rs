//! Profiles, small values and leases, and the vault.

use async_trait::async_trait;
use signal_core::model::{ModelId, TasteProfile, Timestamp, UserId};
use signal_core::store::{Lease, Page, ProfileStore, Result, StateStore, VaultStore};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::bulk::Insert;
use super::error::Doing;
use super::row::{self, after, bytes, damaged, signed, time, unsigned, user};
use super::{SqliteStore, ledger};

const PROFILES: Insert = Insert {
    into: "profiles (user, model, trained, vector, genres, hours, plays, built_at)",
    columns: 8,
    tail: "ON CONFLICT DO UPDATE SET model = excluded.model, trained = excluded.trained, vector = excluded.vector, \
           genres = excluded.genres, hours = excluded.hours, plays = excluded.plays, built_at = excluded.built_at",
};

pub(super) fn profile(row: &SqliteRow) -> Result<TasteProfile, sqlx::Error> {
    let vector: &[u8] = row.try_get("vector")?;
    let (numbers, rest) = vector.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(damaged("vector", "it is cut off"));
    }
    let genres: &str = row.try_get("genres")?;
    Ok(TasteProfile {
        user: user(row, "user")?,
        model: ModelId::new(row.try_get::<&str, _>("model")?),
        trained: row.try_get("trained")?,
        vector: numbers.iter().map(|number| f32::from_le_bytes(*number)).collect(),
        genres: serde_json::from_str(genres).map_err(|error| damaged("genres", error))?,
        hours: row.try_get("hours")?,
        plays: unsigned(row, "plays")?,
        built_at: time(row, "built_at")?,
    })
}

/// Writes profiles, but those of erased people.
pub(super) async fn write_profiles(
    connection: &mut SqliteConnection,
    profiles: &[TasteProfile],
) -> Result<(), sqlx::Error> {
    let people = profiles.iter().map(|profile| profile.user);
    let erased = ledger::erased(&mut *connection, people).await?;
    let mut rows = Vec::with_capacity(profiles.len());
    for profile in profiles.iter().filter(|profile| !erased.contains(&profile.user)) {
        let genres = serde_json::to_string(&profile.genres);
        rows.push((profile, genres.map_err(|error| sqlx::Error::Encode(error.into()))?));
    }
    PROFILES
        .all(connection, rows, |values, (profile, genres)| {
            let vector: Vec<u8> = profile.vector.iter().flat_map(|number| number.to_le_bytes()).collect();
            values
                .push(bytes(profile.user.uuid()))
                .push(profile.model.as_str())
                .push(profile.trained)
                .push(vector)
                .push(genres)
                .push(profile.hours)
                .push(signed(profile.plays))
                .push(profile.built_at.micros());
        })
        .await?;
    Ok(())
}

#[async_trait]
impl ProfileStore for SqliteStore {
    async fn put_profiles(&self, profiles: &[TasteProfile]) -> Result<()> {
        const DOING: &str = "put profiles";
        let mut work = self.begin(DOING).await?;
        write_profiles(&mut work, profiles).await.doing(DOING)?;
        work.commit().await.doing(DOING)
    }

    async fn profile(&self, user: UserId) -> Result<Option<TasteProfile>> {
        const DOING: &str = "read a profile";
        let query = sqlx::query("SELECT * FROM profiles WHERE user = ?").bind(bytes(user.uuid()));
        let row = query.fetch_optional(&self.readers).await.doing(DOING)?;
        row.map(|row| profile(&row)).transpose().doing(DOING)
    }

    async fn profiles(&self, page: Page<UserId>) -> Result<Vec<TasteProfile>> {
        const DOING: &str = "list profiles";
        let query = sqlx::query("SELECT * FROM profiles WHERE user > ? ORDER BY user LIMIT ?");
        let query = query.bind(after(page.after.map(UserId::uuid))).bind(page.limit);
        row::all(&query.fetch_all(&self.readers).await.doing(DOING)?, profile).doing(DOING)
    }
}

#[async_trait]
impl StateStore for SqliteStore {
    async fn state(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let query = sqlx::query_scalar("SELECT value FROM states WHERE name = ?").bind(name);
        query.fetch_optional(&self.readers).await.doing("read a value")
    }

    async fn put_state(&self, name: &str, value: &[u8]) -> Result<()> {
        const DOING: &str = "set a value";
        const PUT: &str = "INSERT OR REPLACE INTO states (name, value) VALUES (?, ?)";
        let query = sqlx::query(PUT).bind(name).bind(value);
        query.execute(self.writer(DOING)?).await.doing(DOING)?;
        Ok(())
    }

    async fn remove_state(&self, name: &str) -> Result<()> {
        const DOING: &str = "remove a value";
        let query = sqlx::query("DELETE FROM states WHERE name = ?").bind(name);
        query.execute(self.writer(DOING)?).await.doing(DOING)?;
        Ok(())
    }

    async fn acquire(&self, lease: &Lease, now: Timestamp) -> Result<bool> {
        const DOING: &str = "take a lease";
        const ACQUIRE: &str = "INSERT INTO leases (job, holder, until) VALUES (?, ?, ?) ON CONFLICT DO UPDATE \
            SET holder = excluded.holder, until = excluded.until \
            WHERE leases.holder = excluded.holder OR leases.until <= ?";
        let query = sqlx::query(ACQUIRE).bind(&lease.job).bind(&lease.holder).bind(lease.until.micros());
        let done = query.bind(now.micros()).execute(self.writer(DOING)?).await.doing(DOING)?;
        Ok(done.rows_affected() == 1)
    }

    async fn prolong(&self, lease: &Lease) -> Result<bool> {
        const DOING: &str = "prolong a lease";
        const PROLONG: &str = "UPDATE leases SET until = ? WHERE job = ? AND holder = ?";
        let query = sqlx::query(PROLONG).bind(lease.until.micros()).bind(&lease.job).bind(&lease.holder);
        let done = query.execute(self.writer(DOING)?).await.doing(DOING)?;
        Ok(done.rows_affected() == 1)
    }

    async fn release(&self, job: &str, holder: &str) -> Result<()> {
        const DOING: &str = "give a lease back";
        let query = sqlx::query("DELETE FROM leases WHERE job = ? AND holder = ?").bind(job).bind(holder);
        query.execute(self.writer(DOING)?).await.doing(DOING)?;
        Ok(())
    }
}

#[async_trait]
impl VaultStore for SqliteStore {
    async fn secret(&self, user: UserId, platform: &str, field: &str) -> Result<Option<Vec<u8>>> {
        const SECRET: &str = "SELECT value FROM secrets WHERE user = ? AND platform = ? AND field = ?";
        let query = sqlx::query_scalar(SECRET).bind(bytes(user.uuid())).bind(platform).bind(field);
        query.fetch_optional(&self.readers).await.doing("read a ciphertext")
    }

    async fn put_secret(&self, user: UserId, platform: &str, field: &str, value: &[u8]) -> Result<()> {
        const DOING: &str = "set a ciphertext";
        const PUT: &str = "INSERT OR REPLACE INTO secrets (user, platform, field, value) VALUES (?, ?, ?, ?)";
        let mut work = self.begin(DOING).await?;
        if ledger::erased(&mut *work, std::iter::once(user)).await.doing(DOING)?.is_empty() {
            let query = sqlx::query(PUT).bind(bytes(user.uuid())).bind(platform).bind(field).bind(value);
            query.execute(&mut *work).await.doing(DOING)?;
        }
        work.commit().await.doing(DOING)
    }

    async fn remove_secrets(&self, user: UserId, platform: &str) -> Result<()> {
        const DOING: &str = "remove ciphertexts";
        let query = sqlx::query("DELETE FROM secrets WHERE user = ? AND platform = ?");
        let query = query.bind(bytes(user.uuid())).bind(platform);
        query.execute(self.writer(DOING)?).await.doing(DOING)?;
        Ok(())
    }
}
