//! Permissions: a token that the person brings.

use signal_core::model::Timestamp;
use signal_core::platform::{
    Attempt, Authorization, Consent, ConsentAnswer, ConsentRequest, ConsentStep, PlatformAccount,
    PlatformError, Secret,
};

use super::wire::Validated;
use super::{ListenBrainz, NAME};

const WHAT: &str = "check the token";
/// Where people find their token.
const SETTINGS: &str = "https://listenbrainz.org/settings/";

pub(super) fn begin(request: ConsentRequest<'_>) -> Consent {
    let step = ConsentStep::Paste {
        url: Some(SETTINGS.to_owned()),
        what: "your user token from ListenBrainz' settings",
    };
    let attempt = Attempt { platform: NAME.to_owned(), began_at: request.now, memory: Secret::new("") };
    Consent { step, attempt }
}

impl ListenBrainz {
    pub(super) async fn grant(
        &self,
        attempt: &Attempt,
        answer: ConsentAnswer<'_>,
        now: Timestamp,
    ) -> Result<Authorization, PlatformError> {
        let failed = |reason: &str| PlatformError::Failed {
            platform: NAME,
            what: WHAT,
            reason: reason.to_owned(),
            retry: false,
        };
        if attempt.platform != NAME {
            return Err(failed("the attempt is of another service"));
        }
        let token = Secret::new(answer.0.trim());
        if token.reveal().is_empty() {
            return Err(failed("there is no token"));
        }
        // A wrong token is told in a body of an answer that went well.
        let call = self.question(WHAT, &["1", "validate-token"], token.reveal())?;
        let told: Validated = self.ask(&call).await?.json()?;
        let name =
            told.user_name.filter(|_| told.valid).ok_or(PlatformError::NeedsConsent { platform: NAME })?;
        Ok(Authorization {
            access: token,
            refresh: None,
            expires_at: None,
            consented_at: now,
            consent_ends_at: None,
            account: Some(PlatformAccount { name: Some(name.clone()), id: name }),
            region: None,
        })
    }
}
