//! Reading an account's history, page by page, so that a crash at any moment loses and doubles nothing.
//!
//! A page is kept, sealed, as soon as it is read; then its plays are taken in; then the cursor moves behind it, and the page
//! is gone. Whoever comes after a crash finds the page and takes it in once more, which changes nothing where it was in.

use super::super::answer::{SyncAnswer, SyncOutcome};
use super::hold::Hold;
use super::kept::{Page, Reading};
use super::suggest::for_good;
use super::{AccountError, AccountResult, Accounts};
use crate::model::UserId;
use crate::platform::{
    Authorization, History, HistoryCursor, HistoryFrom, ImportRecord, PLAYS_PER_ANSWER_MAX, Platform,
    PlatformError,
};

/// Pages that one reading takes at most; the next one goes on.
const PAGES_MAX: u64 = 2_000;

impl Accounts {
    /// Reads what is new of one account. That a service cannot be asked now is an answer; an error is what Signal itself could
    /// not do. `progress` hears how many plays were read so far.
    pub async fn sync(
        &self,
        user: UserId,
        platform: &str,
        progress: &(dyn Fn(u64) + Sync),
    ) -> AccountResult<SyncAnswer> {
        let service = self.platform(platform)?;
        let mut answer = SyncAnswer::new(platform);
        if !service.capabilities().history {
            return Ok(answer.ending(SyncOutcome::Unsupported));
        }
        let Some(hold) = self.hold(user, platform).await? else {
            return Ok(answer.ending(SyncOutcome::Busy));
        };
        let done = self.read(user, service, &hold, &mut answer, progress).await;
        match self.release(hold, done).await {
            // Whoever was away for too long has lost the account to another.
            Err(AccountError::Busy { .. }) => Ok(answer.ending(SyncOutcome::Busy)),
            done => done.map(|()| answer),
        }
    }

    /// Reads what is new of every connected account, one after the other. What is kept of one and cannot be opened keeps no
    /// other from being read: its answer says so.
    pub async fn sync_all(
        &self,
        user: UserId,
        progress: &(dyn Fn(u64) + Sync),
    ) -> AccountResult<Vec<SyncAnswer>> {
        let mut answers = Vec::new();
        for platform in self.connected(user).await? {
            answers.push(self.sync_or_say(user, &platform, progress).await?);
        }
        Ok(answers)
    }

    /// Reads what is new of one account; what cannot be opened is an answer.
    pub(super) async fn sync_or_say(
        &self,
        user: UserId,
        platform: &str,
        progress: &(dyn Fn(u64) + Sync),
    ) -> AccountResult<SyncAnswer> {
        match self.sync(user, platform, progress).await {
            Err(error @ (AccountError::Vault(_) | AccountError::Unreadable(_))) => {
                let mut answer = SyncAnswer::new(platform);
                answer.reason = Some(error.to_string());
                Ok(answer.ending(SyncOutcome::Failed))
            }
            answer => answer,
        }
    }

    /// Reads pages until there is no more, and writes into the answer how it ended.
    async fn read(
        &self,
        user: UserId,
        service: &dyn Platform,
        hold: &Hold,
        answer: &mut SyncAnswer,
        progress: &(dyn Fn(u64) + Sync),
    ) -> AccountResult<()> {
        let platform = service.name();
        let kept = self.permission(user, platform).await?;
        let mut kept = kept.ok_or_else(|| AccountError::NotConnected { platform: platform.to_owned() })?;
        let mut reading = self.reading(user, platform).await?;
        self.take_page(user, platform, hold, &mut reading, answer).await?;
        let ended = loop {
            if reading.needs_consent {
                break SyncOutcome::NeedsConsent;
            }
            if reading.closed_until(self.engine.now()).is_some() {
                self.write_gate(user, platform, hold, &reading).await?;
                break SyncOutcome::Waiting;
            }
            if answer.pages == PAGES_MAX {
                break SyncOutcome::More;
            }
            let page = match self.next_page(user, service, &mut kept, &reading).await {
                Ok(page) => page,
                Err(AccountError::Platform(error)) => {
                    self.note(user, platform, hold, &mut reading, &error).await?;
                    break self.outcome(&reading, error, answer);
                }
                Err(error) => return Err(error),
            };
            // Whoever was erased meanwhile is not read any further.
            self.engine.state_of(user).await?;
            reading.page = Some(page);
            self.keep_held(user, platform, hold, &reading).await?;
            let more = self.take_page(user, platform, hold, &mut reading, answer).await?;
            progress(answer.read);
            if !more {
                break SyncOutcome::Synced;
            }
        };
        answer.outcome = ended;
        answer.until = reading.closed_until(self.engine.now());
        answer.complete_since = reading.complete_since;
        Ok(())
    }

    /// Asks for the next page; where the permission has run out, renews it once and asks again.
    async fn next_page(
        &self,
        user: UserId,
        service: &dyn Platform,
        kept: &mut Authorization,
        reading: &Reading,
    ) -> AccountResult<Page> {
        let from = reading.cursor.as_ref().map_or(HistoryFrom::Beginning, HistoryFrom::Cursor);
        *kept = self.fresh(user, service, kept.clone()).await?;
        let history = match service.history(kept, from, self.engine.now()).await {
            Err(PlatformError::Expired { .. }) => {
                *kept = self.renew(user, service, kept).await?;
                service.history(kept, from, self.engine.now()).await.map_err(for_good)
            }
            history => history,
        };
        within_limits(service, history?)
    }

    /// Takes the kept page in and moves behind it; gives whether there is more. Without a page nothing is done.
    async fn take_page(
        &self,
        user: UserId,
        platform: &str,
        hold: &Hold,
        reading: &mut Reading,
        answer: &mut SyncAnswer,
    ) -> AccountResult<bool> {
        let Some(page) = reading.page.clone() else { return Ok(true) };
        let record = |play: super::kept::KeptPlay| ImportRecord::Listen {
            person: None,
            track: play.track,
            start: play.start,
            exactness: play.exactness,
            played_ms: play.played_ms,
        };
        let records: Vec<_> = page.plays.iter().cloned().map(record).collect();
        let read = records.len() as u64;
        let taken = self.engine.take_plays(user, platform, records).await?;
        let more = page.more;
        answer.gap_suspected |= page.gap_suspected;
        reading.turn(page, self.engine.now());
        self.keep_held(user, platform, hold, reading).await?;
        answer.pages += 1;
        answer.read += read;
        answer.new += taken.listens_new;
        answer.known += taken.listens.saturating_sub(taken.listens_new);
        Ok(more)
    }

    /// Keeps how far an account was read, for whoever still holds it.
    async fn keep_held(
        &self,
        user: UserId,
        platform: &str,
        hold: &Hold,
        reading: &Reading,
    ) -> AccountResult<()> {
        self.keep_hold(hold, platform).await?;
        self.keep_reading(user, platform, reading).await
    }

    /// Keeps what a refusal says of the next call. A gate is remembered here first, so that it holds in this process also
    /// where it cannot be written.
    pub(super) async fn note(
        &self,
        user: UserId,
        platform: &str,
        hold: &Hold,
        reading: &mut Reading,
        error: &PlatformError,
    ) -> AccountResult<()> {
        self.remember(user, platform, error);
        match error {
            PlatformError::RateLimited { until, .. } => {
                reading.wait_until = Some(*until);
                self.write_gate(user, platform, hold, reading).await
            }
            PlatformError::NeedsConsent { .. } => {
                reading.needs_consent = true;
                self.keep_held(user, platform, hold, reading).await
            }
            _ => Ok(()),
        }
    }

    /// Remembers a gate in this process, until whoever holds the account writes it.
    pub(super) fn remember(&self, user: UserId, platform: &str, error: &PlatformError) {
        if let PlatformError::RateLimited { until, .. } = error {
            let now = self.engine.now();
            let mut gates = super::locked(&self.gates);
            // Those that have opened hold nobody back any more.
            gates.retain(|_, until| *until > now);
            gates.insert((user, platform.to_owned()), *until);
        }
    }

    /// Writes a gate that this process alone knows of.
    async fn write_gate(
        &self,
        user: UserId,
        platform: &str,
        hold: &Hold,
        reading: &Reading,
    ) -> AccountResult<()> {
        let gate = (user, platform.to_owned());
        if super::locked(&self.gates).contains_key(&gate) {
            self.keep_held(user, platform, hold, reading).await?;
            super::locked(&self.gates).remove(&gate);
        }
        Ok(())
    }

    fn outcome(&self, reading: &Reading, error: PlatformError, answer: &mut SyncAnswer) -> SyncOutcome {
        match error {
            PlatformError::RateLimited { .. } if reading.closed_until(self.engine.now()).is_none() => {
                SyncOutcome::More
            }
            PlatformError::RateLimited { .. } => SyncOutcome::Waiting,
            PlatformError::NeedsConsent { .. } => SyncOutcome::NeedsConsent,
            PlatformError::Unsupported { .. } => SyncOutcome::Unsupported,
            error @ (PlatformError::Failed { .. } | PlatformError::Expired { .. }) => {
                answer.reason = Some(error.to_string());
                answer.may_retry = !matches!(error, PlatformError::Failed { retry: false, .. });
                SyncOutcome::Failed
            }
        }
    }
}

/// Refuses an answer that is larger than an adapter may give: it would be kept whole.
fn within_limits(service: &dyn Platform, history: History) -> AccountResult<Page> {
    let (plays, cursor) = (history.plays.len(), history.cursor.as_str().len());
    if plays <= PLAYS_PER_ANSWER_MAX && cursor <= HistoryCursor::BYTES_MAX {
        return Ok(history.into());
    }
    let reason = format!(
        "the adapter told {plays} plays with a cursor of {cursor} bytes, where {PLAYS_PER_ANSWER_MAX} and {} are allowed",
        HistoryCursor::BYTES_MAX
    );
    Err(PlatformError::Failed { platform: service.name(), what: "read the history", reason, retry: false }
        .into())
}

#[cfg(all(test, feature = "simulation"))]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::super::super::{Engine, locked};
    use super::*;
    use crate::host::Host;
    use crate::simulation::SimulatedHost;
    use crate::store::MemoryStore;
    use crate::vault::{NONCE_BYTES, SecretPlace, Vault, VaultError};

    /// A vault without a key: nothing is kept here.
    #[derive(Debug)]
    struct NoKey;

    impl NoKey {
        fn refusal(place: SecretPlace<'_>) -> VaultError {
            VaultError::UnknownKey { platform: place.platform.to_owned(), key: "none".to_owned() }
        }
    }

    impl Vault for NoKey {
        fn seal(
            &self,
            place: SecretPlace<'_>,
            _: &[u8],
            _: [u8; NONCE_BYTES],
        ) -> Result<Vec<u8>, VaultError> {
            Err(Self::refusal(place))
        }

        fn open(&self, place: SecretPlace<'_>, _: &[u8]) -> Result<Vec<u8>, VaultError> {
            Err(Self::refusal(place))
        }

        fn is_newest(&self, _: &[u8]) -> bool {
            false
        }
    }

    #[test]
    fn gates_that_have_opened_are_forgotten_and_shut_ones_are_not() {
        let host = Arc::new(SimulatedHost::new(1, "2026-03-01T00:00:00Z".parse().expect("a time")));
        let engine = Engine::new(Arc::new(MemoryStore::new()), host.clone());
        let accounts = Accounts::new(engine, Arc::new(NoKey), []);
        let person = |n| UserId::from_uuid(Uuid::from_u128(n));
        let shut = |n, seconds| {
            let until = host.now().plus_seconds(seconds);
            accounts.remember(person(n), "fake", &PlatformError::RateLimited { platform: "fake", until });
        };
        shut(1, 86_400);
        for n in 2..100 {
            shut(n, 10);
            host.set_now(host.now().plus_seconds(10));
        }
        let gates = locked(&accounts.gates);
        let people: Vec<_> = gates.keys().map(|(user, _)| *user).collect();
        assert_eq!(people, [person(1), person(99)]);
    }
}
