//! One at a time: whoever reads, renews or removes what is kept of an account holds it meanwhile, across all processes of a
//! store.

use sha2::{Digest, Sha256};

use super::{AccountError, AccountResult, Accounts};
use crate::host::random;
use crate::model::UserId;
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
        Ok(self.still_holds(&hold).await?.then_some(hold))
    }

    /// Holds an account as soon as nobody else does.
    pub(super) async fn hold_soon(&self, user: UserId, platform: &str) -> AccountResult<Hold> {
        for _ in 0..LOOKS {
            if let Some(hold) = self.hold(user, platform).await? {
                return Ok(hold);
            }
            self.engine.host().sleep(LOOK_MICROS).await;
        }
        Err(AccountError::Busy { platform: platform.to_owned() })
    }

    /// Prolongs a hold; gives whether it is still there.
    pub(super) async fn still_holds(&self, hold: &Hold) -> AccountResult<bool> {
        let now = self.engine.now();
        let (job, holder) = (hold.job.clone(), hold.holder.clone());
        let lease = Lease { job, holder, until: now.plus_seconds(HOLD_SECONDS) };
        Ok(self.engine.store().acquire(&lease, now).await?)
    }

    /// Gives an account back, also where what was done with it failed; that failure is what the caller hears of.
    pub(super) async fn release<T>(&self, hold: Hold, done: AccountResult<T>) -> AccountResult<T> {
        let released = self.engine.store().release(&hold.job, &hold.holder).await;
        let done = done?;
        released?;
        Ok(done)
    }
}
