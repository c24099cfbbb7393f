//! Permissions that hold: renewed by one, for all.

use super::kept::Reading;
use super::{AccountError, AccountResult, Accounts};
use crate::model::{Timestamp, UserId};
use crate::platform::{Authorization, Platform, PlatformError};

impl Accounts {
    /// A permission that holds now. However many ask at once, in however many processes, one renews it.
    pub async fn authorization(&self, user: UserId, platform: &str) -> AccountResult<Authorization> {
        let service = self.platform(platform)?;
        let kept = self.permission(user, platform).await?;
        let kept = kept.ok_or_else(|| AccountError::NotConnected { platform: platform.to_owned() })?;
        if holds(&kept, service, self.engine.now()) {
            return Ok(kept);
        }
        let hold = self.hold_soon(user, platform).await?;
        let done = async {
            // Who held it before may have renewed it.
            let (kept, mut reading) = self.open(user, service).await?;
            let renewed = self.fresh(user, service, kept).await;
            if let Err(AccountError::Platform(error)) = &renewed {
                self.note(user, platform, &hold, &mut reading, error).await?;
            }
            renewed
        };
        let done = done.await;
        self.release(hold, done).await
    }

    /// What is kept of an account whose service may be asked now.
    pub(super) async fn open(
        &self,
        user: UserId,
        service: &dyn Platform,
    ) -> AccountResult<(Authorization, Reading)> {
        let platform = service.name();
        let kept = self.permission(user, platform).await?;
        let kept = kept.ok_or_else(|| AccountError::NotConnected { platform: platform.to_owned() })?;
        let reading = self.reading(user, platform).await?;
        if reading.needs_consent {
            return Err(PlatformError::NeedsConsent { platform }.into());
        }
        match reading.closed_until(self.engine.now()) {
            Some(until) => Err(PlatformError::RateLimited { platform, until }.into()),
            None => Ok((kept, reading)),
        }
    }

    /// A permission that holds now, for whoever holds the account.
    pub(super) async fn fresh(
        &self,
        user: UserId,
        service: &dyn Platform,
        kept: Authorization,
    ) -> AccountResult<Authorization> {
        let now = self.engine.now();
        if kept.consent_ends_at.is_some_and(|end| end <= now) {
            return Err(PlatformError::NeedsConsent { platform: service.name() }.into());
        }
        if holds(&kept, service, now) { Ok(kept) } else { self.renew(user, service, &kept).await }
    }

    /// Renews a permission and keeps the new one at once: the old one may be dead. For whoever holds the account.
    pub(super) async fn renew(
        &self,
        user: UserId,
        service: &dyn Platform,
        kept: &Authorization,
    ) -> AccountResult<Authorization> {
        if !service.capabilities().refresh || kept.refresh.is_none() {
            return Err(PlatformError::NeedsConsent { platform: service.name() }.into());
        }
        let renewed = match service.refresh(kept, self.engine.now()).await {
            Err(refused @ PlatformError::NeedsConsent { .. }) => {
                // Somebody may have renewed it meanwhile, and what was held here is dead by that.
                let newest = self.permission(user, service.name()).await?;
                let other = newest.filter(|newest| newest.refresh != kept.refresh);
                return other.ok_or_else(|| refused.into());
            }
            renewed => with_old(renewed?, kept),
        };
        let mut tries = 0;
        loop {
            match self.keep_permission(user, service.name(), &renewed).await {
                // Lost, the person would have to agree again.
                Err(error) if error.may_retry() && tries < KEEP_TRIES => {
                    self.engine.wait(tries).await;
                    tries += 1;
                }
                done => break done?,
            }
        }
        Ok(renewed)
    }
}

/// How often a new permission that could not be written is written again.
const KEEP_TRIES: u32 = 8;

/// Whether a permission needs no renewing, as far as one can tell without asking.
fn holds(kept: &Authorization, service: &dyn Platform, now: Timestamp) -> bool {
    !service.capabilities().refresh || !kept.is_expired(now)
}

/// What a service does not send again stays; when the person agreed never changes.
fn with_old(renewed: Authorization, old: &Authorization) -> Authorization {
    Authorization {
        refresh: renewed.refresh.clone().or_else(|| old.refresh.clone()),
        account: renewed.account.clone().or_else(|| old.account.clone()),
        region: renewed.region.clone().or_else(|| old.region.clone()),
        consent_ends_at: renewed.consent_ends_at.or(old.consent_ends_at),
        consented_at: old.consented_at,
        ..renewed
    }
}
