//! One at a time: whoever reads, renews or removes what is kept of an account holds it meanwhile, across all processes of a
//! store.

use sha2::{Digest, Sha256};

use super::{AccountError, AccountResult, Accounts};
use crate::host::random;
use crate::model::{Timestamp, UserId};
use crate::store::Lease;

/// Seconds that an account is held at most without a sign of life: longer than any one call to a service.
const HOLD_SECONDS: i64 = 300;
/// How often, and how long each time, one waits for whoever holds an account: 30 seconds in all.
const LOOKS: u32 = 300;
const LOOK_MICROS: u64 = 100_000;

/// A hold on an account.
#[derive(Debug)]
pub(super) struct Hold {
    job: String,
    holder: String,
}

impl Hold {
    fn lease(&self, now: Timestamp) -> Lease {
        let (job, holder) = (self.job.clone(), self.holder.clone());
        Lease { job, holder, until: now.plus_seconds(HOLD_SECONDS) }
    }
}

fn busy(platform: &str) -> AccountError {
    AccountError::Busy { platform: platform.to_owned() }
}

/// The name tells nobody who it is: it may outlive an erasure.
fn job(user: UserId, platform: &str) -> String {
    let digest = Sha256::new().chain_update(user.uuid().as_bytes()).chain_update(platform).finalize();
    format!("account:{}", hex::encode(digest))
}

impl Accounts {
    /// Holds an account if nobody does.
    pub(super) async fn hold(&self, user: UserId, platform: &str) -> AccountResult<Option<Hold>> {
        let holder = hex::encode(random::<8>(self.engine.host()));
        let hold = Hold { job: job(user, platform), holder };
        Ok(self.take(&hold).await?.then_some(hold))
    }

    /// Holds an account as soon as nobody else does.
    pub(super) async fn hold_soon(&self, user: UserId, platform: &str) -> AccountResult<Hold> {
        let holder = hex::encode(random::<8>(self.engine.host()));
        let hold = Hold { job: job(user, platform), holder };
        self.hold_again(&hold, platform).await?;
        Ok(hold)
    }

    /// Makes sure that a hold is there, also where it was lost, as soon as nobody else has it. For whoever knows nothing of the
    /// account from before.
    pub(super) async fn hold_again(&self, hold: &Hold, platform: &str) -> AccountResult<()> {
        for _ in 0..LOOKS {
            if self.take(hold).await? {
                return Ok(());
            }
            self.engine.host().sleep(LOOK_MICROS).await;
        }
        Err(busy(platform))
    }

    async fn take(&self, hold: &Hold) -> AccountResult<bool> {
        let now = self.engine.now();
        Ok(self.engine.store().acquire(&hold.lease(now), now).await?)
    }

    /// Prolongs a hold. Whoever was away for so long that another took the account meanwhile is busy, also where it is free
    /// again: what they know of it may be old.
    pub(super) async fn keep_hold(&self, hold: &Hold, platform: &str) -> AccountResult<()> {
        let lease = hold.lease(self.engine.now());
        if self.engine.store().prolong(&lease).await? { Ok(()) } else { Err(busy(platform)) }
    }

    /// Gives an account back, also where what was done with it failed; that failure is what the caller hears of.
    pub(super) async fn release<T>(&self, hold: Hold, done: AccountResult<T>) -> AccountResult<T> {
        let released = self.engine.store().release(&hold.job, &hold.holder).await;
        let done = done?;
        released?;
        Ok(done)
    }
}
