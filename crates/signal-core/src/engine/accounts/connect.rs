//! Connecting an account, and letting go of it.

use super::hold::Hold;
use super::kept::Reading;
use super::{AccountError, AccountResult, Accounts};
use crate::host::random;
use crate::ledger::Key;
use crate::model::{Claim, Timestamp, UserId};
use crate::platform::{Authorization, ConsentAnswer, ConsentRequest, ConsentStep, Platform, PlatformError};

impl Accounts {
    /// Begins to connect an account: what the person does next. What completing it needs is kept, sealed, until then; a new
    /// beginning ends the one before. `redirect` is the address they come back to, where the service needs one.
    pub async fn begin_connect(
        &self,
        user: UserId,
        platform: &str,
        redirect: Option<&str>,
    ) -> AccountResult<ConsentStep> {
        let service = self.platform(platform)?;
        self.engine.state_of(user).await?;
        let (entropy, now) = (random(self.engine.host()), self.engine.now());
        self.pass_gate(user, service, now).await?;
        let consent = match service.authorize(ConsentRequest { redirect, entropy, now }).await {
            Err(error) => {
                self.remember(user, platform, &error);
                // Whoever holds the account meanwhile writes the gate.
                if let Some(hold) = self.hold(user, platform).await? {
                    let noted = self.note_refusal(user, platform, &hold, &error).await;
                    self.release(hold, noted).await?;
                }
                return Err(error.into());
            }
            consent => consent?,
        };
        self.keep_attempt(user, platform, Some(&consent.attempt)).await?;
        Ok(consent.step)
    }

    /// Completes it with what came back. The account there becomes a name of the person here, which no other user may have;
    /// then the permission is kept. Of an account that was connected before, what was read of it stays read.
    pub async fn complete_connect(
        &self,
        user: UserId,
        platform: &str,
        answer: ConsentAnswer<'_>,
    ) -> AccountResult<()> {
        let service = self.platform(platform)?;
        let hold = self.hold_soon(user, platform).await?;
        let done = async {
            let attempt = self.attempt(user, platform).await?;
            let attempt = attempt.ok_or_else(|| AccountError::NoAttempt { platform: platform.to_owned() })?;
            let now = self.engine.now();
            self.pass_gate(user, service, now).await?;
            let permission = service.complete(&attempt, answer, now).await;
            // Nothing was read before that would be written now: what an answer is for is not asked for again.
            self.hold_again(&hold, platform).await?;
            let permission = match permission {
                Err(error) => {
                    self.note_refusal(user, platform, &hold, &error).await?;
                    return Err(error.into());
                }
                permission => permission?,
            };
            self.bind(user, platform, &permission).await?;
            let before = match self.permission(user, platform).await {
                // What cannot be opened any more is replaced.
                Err(AccountError::Vault(_) | AccountError::Unreadable(_)) => None,
                before => before?,
            };
            let reading = self.reading_after(user, platform, before.as_ref(), &permission).await?;
            self.keep_reading(user, platform, &reading).await?;
            self.keep_permission(user, platform, &permission).await?;
            self.keep_attempt(user, platform, None).await
        };
        let done = done.await;
        self.release(hold, done).await
    }

    /// Keeps a wish to wait; what else a refusal says of an account concerns one that is not connected yet.
    async fn note_refusal(
        &self,
        user: UserId,
        platform: &str,
        hold: &Hold,
        error: &PlatformError,
    ) -> AccountResult<()> {
        if !matches!(error, PlatformError::RateLimited { .. }) {
            return Ok(());
        }
        let mut reading = match self.reading(user, platform).await {
            // It stays as it is until somebody can open it.
            Err(AccountError::Vault(_)) => return Ok(()),
            reading => reading?,
        };
        self.note(user, platform, hold, &mut reading, error).await
    }

    /// Asks nothing before a service allows it. What cannot be opened any more says nothing of that.
    async fn pass_gate(&self, user: UserId, service: &dyn Platform, now: Timestamp) -> AccountResult<()> {
        let reading = match self.reading(user, service.name()).await {
            Err(AccountError::Vault(_)) => return Ok(()),
            reading => reading?,
        };
        match reading.closed_until(now) {
            Some(until) => Err(PlatformError::RateLimited { platform: service.name(), until }.into()),
            None => Ok(()),
        }
    }

    /// Makes the account there a name of the person here.
    async fn bind(&self, user: UserId, platform: &str, permission: &Authorization) -> AccountResult<()> {
        let Some(account) = &permission.account else { return Ok(()) };
        let claim = Claim::new(platform, &account.id)
            .map_err(|error| super::super::EngineError::invalid("the account's name", error))?;
        let owner = self.engine.store().key(&Key::Claim(claim.clone()).to_string()).await?;
        match owner.map(UserId::from_uuid) {
            Some(owner) if owner == user => Ok(()),
            Some(_) => Err(AccountError::Taken { platform: platform.to_owned() }),
            // Where somebody else is faster, the store says so.
            None => Ok(self.engine.claim(user, None, vec![claim]).await?),
        }
    }

    /// How far the account was read that is connected now: not at all where another one was before, or may have been.
    async fn reading_after(
        &self,
        user: UserId,
        platform: &str,
        before: Option<&Authorization>,
        now: &Authorization,
    ) -> AccountResult<Reading> {
        let account = |permission: &Authorization| permission.account.as_ref().map(|known| known.id.clone());
        let same = before.and_then(account).is_some_and(|before| Some(before) == account(now));
        let known = match self.reading(user, platform).await {
            Err(AccountError::Vault(_)) => Reading::default(),
            known => known?,
        };
        let wait_until = known.wait_until;
        let kept = if same { known } else { Reading::default() };
        Ok(Reading { needs_consent: false, wait_until, ..kept })
    }

    /// Deletes all that is kept of an account; gives whether one was connected. What was read of it stays in the history, and
    /// the name that it gave stays with the person. The service is not asked, and need not be known here.
    pub async fn disconnect(&self, user: UserId, platform: &str) -> AccountResult<bool> {
        self.engine.state_of(user).await?;
        let hold = self.hold_soon(user, platform).await?;
        let done = async {
            let store = self.engine.store();
            let connected = store.secret(user, platform, super::kept::AUTHORIZATION).await?.is_some();
            store.remove_secrets(user, platform).await?;
            Ok(connected)
        };
        let done = done.await;
        self.release(hold, done).await
    }
}
