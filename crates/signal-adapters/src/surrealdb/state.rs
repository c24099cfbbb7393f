//! Profiles, small values and leases, and the vault.

use std::collections::BTreeMap;

use async_trait::async_trait;
use signal_core::model::{ModelId, TasteProfile, Timestamp, UserId};
use signal_core::store::transfer::SecretRow;
use signal_core::store::{Lease, Page, ProfileStore, Result, StateStore, StoreError, VaultStore};
use surrealdb_types::{Bytes, Object, RecordId, RecordIdKey, SurrealValue, object};

use super::change::touch_people;
use super::error::{Doing, Read, damaged};
use super::link::{Asks, Work, written};
use super::row::{
    self, below, bytes, delete, record, record_named, record_of, signed, text, uuid, uuid_of, write,
};
use super::{SurrealStore, ledger, vectors};

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct ProfileRow {
    id: RecordId,
    model: String,
    trained: bool,
    vector: Bytes,
    genres: String,
    hours: f64,
    plays: i64,
    built_at: i64,
}

impl ProfileRow {
    pub(super) fn profile(self) -> Read<TasteProfile> {
        let (numbers, rest) = self.vector.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(damaged("vector", "it is cut off"));
        }
        Ok(TasteProfile {
            user: UserId::from_uuid(uuid_of(&self.id)?),
            model: ModelId::new(self.model),
            trained: self.trained,
            vector: numbers.iter().map(|number| f32::from_le_bytes(*number)).collect(),
            genres: serde_json::from_str(&self.genres).map_err(|error| damaged("genres", error))?,
            hours: self.hours,
            plays: row::unsigned("plays", self.plays)?,
            built_at: Timestamp::from_micros(self.built_at),
        })
    }
}

fn profile_row(profile: &TasteProfile) -> Read<Object> {
    let genres = serde_json::to_string(&profile.genres).map_err(|error| damaged("genres", error))?;
    let vector: Vec<u8> = profile.vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    Ok(object! {
        id: record_of("profile", profile.user.uuid()),
        model: profile.model.as_str(),
        trained: profile.trained,
        vector: bytes(vector),
        genres: genres,
        hours: profile.hours,
        plays: signed(profile.plays),
        built_at: profile.built_at.micros(),
    })
}

/// Puts profiles and their vectors, but those of erased people.
pub(super) async fn put_profiles(work: &Work, profiles: &[TasteProfile]) -> Read<()> {
    const PROFILES: &str = "INSERT INTO profile $rows ON DUPLICATE KEY UPDATE model = $input.model, \
                            trained = $input.trained, vector = $input.vector, genres = $input.genres, \
                            hours = $input.hours, plays = $input.plays, built_at = $input.built_at RETURN NONE";
    let mut profiles: BTreeMap<_, _> = profiles.iter().map(|profile| (profile.user, profile)).collect();
    let erased = ledger::erased(work, profiles.keys().copied()).await?;
    profiles.retain(|user, _| !erased.contains(user));
    touch_people(work, profiles.keys().copied()).await?;
    vectors::put(work, profiles.values().copied()).await?;
    let rows = profiles.into_values().map(profile_row).collect::<Read<_>>()?;
    write(work, PROFILES, rows).await
}

fn kept(name: &str) -> RecordId {
    record_named("kept", name)
}

fn lease_of(job: &str) -> RecordId {
    record_named("lease", job)
}

fn secret_of(user: UserId, platform: &str, field: &str) -> RecordId {
    record("secret", [uuid(user.uuid()), text(platform), text(field)])
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
struct LeaseRow {
    holder: String,
    until: i64,
}

async fn lease(asks: &dyn Asks, job: &str) -> Read<Option<LeaseRow>> {
    row::maybe(asks.ask("SELECT * FROM ONLY $id", object! { id: lease_of(job) }).await?)
}

async fn put_lease(work: &Work, lease: &Lease) -> Read<()> {
    const LEASES: &str = "INSERT INTO lease $rows ON DUPLICATE KEY UPDATE holder = $input.holder, \
                          until = $input.until RETURN NONE";
    let row = object! {
        id: lease_of(&lease.job),
        holder: lease.holder.as_str(),
        until: lease.until.micros(),
    };
    write(work, LEASES, vec![row]).await
}

/// Takes or renews a lease where nobody else holds it.
async fn acquire(work: &Work, wanted: &Lease, now: Timestamp) -> Read<bool> {
    let held = lease(work, &wanted.job).await?;
    if held.is_some_and(|held| held.holder != wanted.holder && held.until > now.micros()) {
        return Ok(false);
    }
    put_lease(work, wanted).await?;
    Ok(true)
}

/// Moves the end of a lease where its holder still has it.
async fn prolong(work: &Work, longer: &Lease) -> Read<bool> {
    if lease(work, &longer.job).await?.is_none_or(|held| held.holder != longer.holder) {
        return Ok(false);
    }
    put_lease(work, longer).await?;
    Ok(true)
}

async fn release(work: &Work, job: &str, holder: &str) -> Read<()> {
    if lease(work, job).await?.is_some_and(|held| held.holder == holder) {
        delete(work, [lease_of(job)]).await?;
    }
    Ok(())
}

/// Sets values by name.
pub(super) async fn put_values(work: &Work, values: &[(String, Vec<u8>)]) -> Read<()> {
    const KEPT: &str = "INSERT INTO kept $rows ON DUPLICATE KEY UPDATE value = $input.value RETURN NONE";
    let rows = values.iter().map(|(name, value)| object! { id: kept(name), value: bytes(value.as_slice()) });
    write(work, KEPT, rows.collect()).await
}

/// Sets ciphertexts, but those of erased people.
pub(super) async fn put_secrets(work: &Work, secrets: &[SecretRow]) -> Read<()> {
    const SECRETS: &str = "INSERT INTO secret $rows ON DUPLICATE KEY UPDATE value = $input.value RETURN NONE";
    let erased = ledger::erased(work, secrets.iter().map(|secret| secret.user)).await?;
    let kept: Vec<_> = secrets.iter().filter(|secret| !erased.contains(&secret.user)).collect();
    touch_people(work, kept.iter().map(|secret| secret.user)).await?;
    let rows = kept.into_iter().map(|secret| {
        let id = secret_of(secret.user, &secret.platform, &secret.field);
        object! { id: id, value: bytes(secret.value.as_slice()) }
    });
    write(work, SECRETS, rows.collect()).await
}

impl SurrealStore {
    async fn value(&self, id: RecordId, doing: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.link.ask("SELECT VALUE value FROM ONLY $id", object! { id: id }).await;
        let value = value.and_then(row::maybe::<Bytes>).doing(doing)?;
        Ok(value.map(|value| value.to_vec()))
    }
}

#[async_trait]
impl ProfileStore for SurrealStore {
    async fn put_profiles(&self, profiles: &[TasteProfile]) -> Result<()> {
        const DOING: &str = "put profiles";
        written!(self, DOING, |work| put_profiles(&work, profiles).await);
        Ok(())
    }

    async fn profile(&self, user: UserId) -> Result<Option<TasteProfile>> {
        const DOING: &str = "read a profile";
        let with = object! { id: record_of("profile", user.uuid()) };
        let row = self.link.ask("SELECT * FROM ONLY $id", with).await;
        let row = row.and_then(row::maybe::<ProfileRow>).doing(DOING)?;
        row.map(ProfileRow::profile).transpose().doing(DOING)
    }

    async fn profiles(&self, page: Page<UserId>) -> Result<Vec<TasteProfile>> {
        const DOING: &str = "list profiles";
        let after = page.after.map(|user| RecordIdKey::Uuid(user.uuid().into()));
        let with = object! { range: row::after("profile", after), limit: i64::from(page.limit) };
        let rows = self.link.ask("SELECT * FROM $range LIMIT $limit", with).await;
        let rows = rows.and_then(row::rows::<ProfileRow>).doing(DOING)?;
        rows.into_iter().map(ProfileRow::profile).collect::<Read<_>>().doing(DOING)
    }
}

#[async_trait]
impl StateStore for SurrealStore {
    async fn state(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.value(kept(name), "read a value").await
    }

    async fn put_state(&self, name: &str, value: &[u8]) -> Result<()> {
        let values = [(name.to_owned(), value.to_vec())];
        written!(self, "set a value", |work| put_values(&work, &values).await);
        Ok(())
    }

    async fn remove_state(&self, name: &str) -> Result<()> {
        written!(self, "remove a value", |work| delete(&work, [kept(name)]).await);
        Ok(())
    }

    async fn acquire(&self, lease: &Lease, now: Timestamp) -> Result<bool> {
        Ok(written!(self, "take a lease", |work| acquire(&work, lease, now).await))
    }

    async fn prolong(&self, lease: &Lease) -> Result<bool> {
        Ok(written!(self, "prolong a lease", |work| prolong(&work, lease).await))
    }

    async fn release(&self, job: &str, holder: &str) -> Result<()> {
        written!(self, "give a lease back", |work| release(&work, job, holder).await);
        Ok(())
    }
}

#[async_trait]
impl VaultStore for SurrealStore {
    async fn secret(&self, user: UserId, platform: &str, field: &str) -> Result<Option<Vec<u8>>> {
        self.value(secret_of(user, platform, field), "read a ciphertext").await
    }

    async fn put_secret(&self, user: UserId, platform: &str, field: &str, value: &[u8]) -> Result<()> {
        let (platform, field, value) = (platform.to_owned(), field.to_owned(), value.to_vec());
        let secrets = [SecretRow { user, platform, field, value }];
        written!(self, "set a ciphertext", |work| put_secrets(&work, &secrets).await);
        Ok(())
    }

    async fn remove_secrets(&self, user: UserId, platform: &str) -> Result<()> {
        const DOING: &str = "remove ciphertexts";
        let range = below("secret", [uuid(user.uuid()), text(platform)]);
        written!(self, DOING, |work| delete(&work, [range.clone()]).await);
        Ok(())
    }
}
