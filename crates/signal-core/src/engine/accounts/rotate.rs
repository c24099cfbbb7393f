//! Sealing everything anew with the newest key.

use std::collections::BTreeSet;

use super::hold::Hold;
use super::kept::FIELDS;
use super::{AccountResult, Accounts};
use crate::host::random;
use crate::model::UserId;
use crate::store::transfer::Row;
use crate::vault::SecretPlace;

impl Accounts {
    /// Seals with the newest key what an older one sealed; gives how many secrets. Reads through the whole store to find
    /// them. Interrupted, it goes on when it is called again. For the operator.
    pub async fn rotate(&self) -> AccountResult<u64> {
        let mut sealed = 0;
        for (user, platform) in self.sealed_with_older_keys().await? {
            let hold = self.hold_soon(user, &platform).await?;
            let done = self.seal_anew(user, &platform, &hold).await;
            sealed += self.release(hold, done).await?;
        }
        Ok(sealed)
    }

    async fn sealed_with_older_keys(&self) -> AccountResult<BTreeSet<(UserId, String)>> {
        let mut found = BTreeSet::new();
        let mut dump = self.engine.store().dump().await?;
        loop {
            let rows = dump.next().await?;
            if rows.is_empty() {
                return Ok(found);
            }
            for row in rows {
                if let Row::Secret { user, platform, value, .. } = row
                    && !self.vault.is_newest(&value)
                {
                    found.insert((user, platform));
                }
            }
        }
    }

    /// For whoever holds the account.
    async fn seal_anew(&self, user: UserId, platform: &str, hold: &Hold) -> AccountResult<u64> {
        let store = self.engine.store();
        let mut count = 0;
        for field in FIELDS {
            let Some(old) = store.secret(user, platform, field).await? else { continue };
            if self.vault.is_newest(&old) {
                continue;
            }
            let place = SecretPlace { user, platform, field };
            let secret = self.vault.open(place, &old)?;
            let nonce = random(self.engine.host());
            self.keep_hold(hold, platform).await?;
            store.put_secret(user, platform, field, &self.vault.seal(place, &secret, nonce)?).await?;
            count += 1;
        }
        Ok(count)
    }
}
