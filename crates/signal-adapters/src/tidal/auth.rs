//! Permissions.

use signal_core::model::Timestamp;
use signal_core::platform::{Attempt, Authorization, ConsentAnswer, PlatformAccount, PlatformError};

use super::wire::{Single, UserAttributes};
use super::{NAME, Tidal};

impl Tidal {
    /// A permission for a code, with the account it is for and its market.
    pub(super) async fn grant(
        &self,
        attempt: &Attempt,
        answer: ConsentAnswer<'_>,
        now: Timestamp,
    ) -> Result<Authorization, PlatformError> {
        let granted = self.pkce.complete(&self.http, attempt, answer, now).await?;
        let authorization = Authorization {
            access: granted.access,
            refresh: granted.refresh,
            expires_at: granted.expires_at,
            consented_at: now,
            consent_ends_at: None,
            account: None,
            region: None,
        };
        let asked = self.ask(&authorization, "say whose account it is", &["users", "me"], &[]).await;
        // A new token that does not hold is no token to renew.
        let me = match asked {
            Err(PlatformError::Expired { platform }) => return Err(PlatformError::NeedsConsent { platform }),
            asked => asked?
                .ok_or(PlatformError::NeedsConsent { platform: NAME })?
                .json::<Single<UserAttributes>>()?,
        };
        let attributes = me.data.attributes.unwrap_or_default();
        let account = PlatformAccount { id: granted.user.unwrap_or(me.data.id), name: attributes.username };
        Ok(Authorization { account: Some(account), region: attributes.country, ..authorization })
    }
}
