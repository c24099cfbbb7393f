//! Permissions: a token is asked for, the person agrees to it on Last.fm's page, and it is changed for a session.

use signal_core::model::Timestamp;
use signal_core::platform::{
    Attempt, Authorization, Consent, ConsentRequest, ConsentStep, PlatformAccount, PlatformError, Secret,
};

use super::wire::{SessionAnswer, TokenAnswer};
use super::{LastFm, NAME, Way};

const BEGIN: &str = "begin a permission";
const COMPLETE: &str = "complete the permission";

impl LastFm {
    pub(super) async fn begin(&self, request: ConsentRequest<'_>) -> Result<Consent, PlatformError> {
        let asked = self.ask::<TokenAnswer>(BEGIN, "auth.getToken", &[], Way::Signed).await;
        let token = asked.map_err(|refusal| self.meant(BEGIN, refusal))?.token;
        let mut url = self.auth.clone();
        url.query_pairs_mut().append_pair("api_key", &self.api_key).append_pair("token", token.reveal());
        let attempt = Attempt { platform: NAME.to_owned(), began_at: request.now, memory: token };
        Ok(Consent { step: ConsentStep::Approve { url: url.into() }, attempt })
    }

    pub(super) async fn grant(
        &self,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<Authorization, PlatformError> {
        let failed = |reason: &str| PlatformError::Failed {
            platform: NAME,
            what: COMPLETE,
            reason: reason.to_owned(),
            retry: false,
        };
        if attempt.platform != NAME {
            return Err(failed("the attempt is of another service"));
        }
        if now > attempt.began_at.plus_seconds(Attempt::VALID_SECONDS) {
            return Err(failed("the attempt is too old: begin again"));
        }
        // A token is changed for one session, once.
        let parts = [("token", attempt.memory.reveal())];
        let asked = self.ask::<SessionAnswer>(COMPLETE, "auth.getSession", &parts, Way::Once).await;
        let session = asked.map_err(|refusal| self.meant(COMPLETE, refusal))?.session;
        Ok(Authorization {
            access: Secret::new(session.key),
            refresh: None,
            expires_at: None,
            consented_at: now,
            consent_ends_at: None,
            account: Some(PlatformAccount { name: Some(session.name.clone()), id: session.name }),
            region: None,
        })
    }
}
