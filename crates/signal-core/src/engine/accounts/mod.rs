//! Accounts of platforms: connecting them, reading their histories, letting go of them.
//!
//! All that is kept of an account lies sealed in the store's vault: the permission, an attempt to get one, and how far its
//! history was read. An erasure deletes it with the rest.

mod connect;
mod error;
mod hold;
mod kept;
mod permission;
mod rotate;
mod suggest;
mod sync;
mod watch;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

pub use error::{AccountError, AccountResult};
pub use watch::Watch;

use super::answer::{AccountAnswer, AccountStatus, SyncAnswer, SyncOutcome};
use super::{Engine, locked};
use crate::model::{Timestamp, UserId};
use crate::platform::Platform;
use crate::vault::Vault;

/// Days before the end of a consent from which on it is told.
const CONSENT_SOON_DAYS: i64 = 30;

/// The least between two readings of a history that was read to its end, whatever a service says of itself.
const POLL_MICROS_MIN: u64 = 30 * MICROS;
/// After a service failed in passing, or while another program is at an account.
const AGAIN_MICROS: u64 = 60 * MICROS;
const MICROS: u64 = 1_000_000;
/// The shortest and the longest that anybody rests between two readings.
pub const REST_MICROS_MIN: u64 = 1_000_000;
/// See [`REST_MICROS_MIN`].
pub const REST_MICROS_MAX: u64 = 15 * 60 * 1_000_000;

/// Accounts of people on platforms. Clones share everything.
#[derive(Clone)]
pub struct Accounts {
    engine: Engine,
    vault: Arc<dyn Vault>,
    platforms: BTreeMap<String, Arc<dyn Platform>>,
    /// Gates that are not written yet, of accounts that a service lets nobody ask about now.
    gates: Arc<Mutex<BTreeMap<(UserId, String), Timestamp>>>,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("platforms", &self.platforms.keys()).finish_non_exhaustive()
    }
}

impl Accounts {
    /// Accounts of the given platforms, whose secrets the vault seals.
    pub fn new(
        engine: Engine,
        vault: Arc<dyn Vault>,
        platforms: impl IntoIterator<Item = Arc<dyn Platform>>,
    ) -> Self {
        let platforms =
            platforms.into_iter().map(|platform| (platform.name().to_owned(), platform)).collect();
        Self { engine, vault, platforms, gates: Arc::default() }
    }

    /// The platforms that are known, by name.
    pub fn platforms(&self) -> impl Iterator<Item = &dyn Platform> {
        self.platforms.values().map(AsRef::as_ref)
    }

    /// The platform of a name.
    pub fn platform(&self, name: &str) -> AccountResult<&dyn Platform> {
        let known = self.platforms.get(name).map(AsRef::as_ref);
        known.ok_or_else(|| AccountError::UnknownPlatform { name: name.to_owned() })
    }

    /// The platforms that a person has connected.
    async fn connected(&self, user: UserId) -> AccountResult<Vec<String>> {
        let mut connected = Vec::new();
        for name in self.platforms.keys() {
            if self.engine.store().secret(user, name, kept::AUTHORIZATION).await?.is_some() {
                connected.push(name.clone());
            }
        }
        Ok(connected)
    }

    /// The connected accounts of a person, and how they stand. Asks no service.
    pub async fn accounts(&self, user: UserId) -> AccountResult<Vec<AccountAnswer>> {
        self.engine.state_of(user).await?;
        let mut answers = Vec::new();
        for platform in self.connected(user).await? {
            answers.push(match self.account(user, &platform).await {
                Err(AccountError::Vault(error)) => AccountAnswer::unreadable(&platform, error.to_string()),
                Err(AccountError::Unreadable(error)) => {
                    AccountAnswer::unreadable(&platform, error.to_string())
                }
                answer => answer?,
            });
        }
        Ok(answers)
    }

    async fn account(&self, user: UserId, platform: &str) -> AccountResult<AccountAnswer> {
        let permission = self.permission(user, platform).await?;
        let permission =
            permission.ok_or_else(|| AccountError::NotConnected { platform: platform.to_owned() })?;
        let reading = self.reading(user, platform).await?;
        let now = self.engine.now();
        let ends_by = |at: Timestamp| permission.consent_ends_at.is_some_and(|end| end <= at);
        let waiting_until = reading.closed_until(now);
        let status = if reading.needs_consent || ends_by(now) {
            AccountStatus::NeedsConsent
        } else if ends_by(now.plus_days(CONSENT_SOON_DAYS)) {
            AccountStatus::ConsentEndsSoon
        } else if waiting_until.is_some() {
            AccountStatus::Waiting
        } else {
            AccountStatus::Connected
        };
        Ok(AccountAnswer {
            platform: platform.to_owned(),
            status,
            account: permission.account.as_ref().map(|account| account.id.clone()),
            name: permission.account.and_then(|account| account.name),
            consented_at: Some(permission.consented_at),
            consent_ends_at: permission.consent_ends_at,
            synced_at: reading.synced_at,
            complete_since: reading.complete_since,
            gap_at: reading.gap_at,
            waiting_until,
            reason: None,
        })
    }

    /// How long to rest after readings, in microseconds: until the first of the accounts may be worth asking again, but within
    /// [`REST_MICROS_MIN`] and [`REST_MICROS_MAX`].
    pub fn rest_micros(&self, answers: &[SyncAnswer]) -> u64 {
        let now = self.engine.now();
        let rest = |answer: &SyncAnswer| match answer.outcome {
            SyncOutcome::Synced => self.poll_micros(&answer.platform),
            SyncOutcome::More => 0,
            SyncOutcome::Failed if !answer.may_retry => REST_MICROS_MAX,
            SyncOutcome::Busy | SyncOutcome::Failed => AGAIN_MICROS,
            SyncOutcome::Waiting => answer.until.map_or(AGAIN_MICROS, |until| {
                u64::try_from(until.micros().saturating_sub(now.micros())).unwrap_or(0)
            }),
            SyncOutcome::NeedsConsent | SyncOutcome::Unsupported => REST_MICROS_MAX,
        };
        let soonest = answers.iter().map(rest).min().unwrap_or(REST_MICROS_MAX);
        soonest.clamp(REST_MICROS_MIN, REST_MICROS_MAX)
    }

    /// How long after a reading to its end a history is worth reading again, as the service says.
    fn poll_micros(&self, platform: &str) -> u64 {
        let known = self.platforms.get(platform);
        let seconds = known.map_or(0, |service| service.capabilities().poll_seconds);
        (u64::from(seconds) * MICROS).max(POLL_MICROS_MIN)
    }
}
