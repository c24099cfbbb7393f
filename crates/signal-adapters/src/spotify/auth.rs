//! Permissions.

use signal_core::model::Timestamp;
use signal_core::platform::{Attempt, Authorization, ConsentAnswer, PlatformAccount, PlatformError};

use super::wire::Me;
use super::{NAME, Spotify};

/// Six months after the person agreed, reckoned short, no refresh token holds any longer.
const CONSENT_DAYS: i64 = 180;

impl Spotify {
    /// A permission for a code, with the account it is for.
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
            consent_ends_at: Some(now.plus_days(CONSENT_DAYS)),
            account: None,
            region: None,
        };
        let asked = self.ask(&authorization, "say whose account it is", &["me"], &[]).await;
        // A new token that does not hold is no token to renew.
        let me = match asked {
            Err(PlatformError::Expired { platform }) => return Err(PlatformError::NeedsConsent { platform }),
            asked => asked?.ok_or(PlatformError::NeedsConsent { platform: NAME })?.json::<Me>()?,
        };
        // The account id never changes; older answers lack it.
        let account = PlatformAccount { id: me.account_id.unwrap_or(me.id), name: me.display_name };
        Ok(Authorization { account: Some(account), ..authorization })
    }
}
