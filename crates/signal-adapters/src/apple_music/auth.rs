//! Permissions: MusicKit's page on loopback, or a token that is pasted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use signal_core::model::Timestamp;
use signal_core::platform::{
    Attempt, Authorization, Consent, ConsentAnswer, ConsentRequest, ConsentStep, PlatformError, Secret,
};
use url::Url;

use super::developer::Developer;
use super::wire::Storefronts;
use super::{AppleMusic, NAME};

const AGREE: &str = "say how to agree";
const COMPLETE: &str = "complete the permission";

/// What is remembered until the answer comes.
#[derive(Serialize, Deserialize)]
struct Memory {
    /// What the page sends back with the token; none where the token is pasted.
    state: Option<String>,
}

fn failed(what: &'static str, reason: &str) -> PlatformError {
    PlatformError::Failed { platform: NAME, what, reason: reason.to_owned(), retry: false }
}

pub(super) fn begin(developer: &Developer, request: ConsentRequest<'_>) -> Result<Consent, PlatformError> {
    let (step, state) = match request.redirect {
        None => (ConsentStep::Paste { url: None, what: "a music user token from MusicKit" }, None),
        Some(redirect) => {
            let address =
                Url::parse(redirect).map_err(|_| failed(AGREE, "the address to come back to is none"))?;
            let state = URL_SAFE_NO_PAD.encode(&request.entropy[..32]);
            let token = developer.token(request.now, Some(&address.origin().ascii_serialization()))?;
            (ConsentStep::Serve { page: page(token.reveal(), &state) }, Some(state))
        }
    };
    let memory = serde_json::to_string(&Memory { state })
        .map_err(|_| failed(AGREE, "what has to be remembered cannot be written"))?;
    let attempt = Attempt { platform: NAME.to_owned(), began_at: request.now, memory: Secret::new(memory) };
    Ok(Consent { step, attempt })
}

/// The page that asks through MusicKit and posts the token back to where it came from. Both parts are made of letters, digits,
/// `-`, `_` and `.` alone.
fn page(developer: &str, state: &str) -> String {
    format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Signal and Apple Music</title>
<meta name="referrer" content="no-referrer"></head>
<body><h1>Signal and Apple Music</h1>
<p>Signal asks to see what you played lately.</p>
<p><button id="agree" disabled>Sign in with Apple Music</button></p><p id="said" role="status"></p>
<form id="back" method="post"><input type="hidden" name="state" value="{state}"><input type="hidden" name="token"></form>
<script>
document.addEventListener("musickitloaded", async () => {{
  const said = document.getElementById("said");
  try {{
    await MusicKit.configure({{ developerToken: "{developer}", app: {{ name: "Signal", build: "1" }} }});
    const agree = document.getElementById("agree");
    agree.disabled = false;
    agree.onclick = async () => {{
      try {{
        const back = document.getElementById("back");
        back.elements.token.value = await MusicKit.getInstance().authorize();
        back.submit();
      }} catch (error) {{ said.textContent = "Apple Music gave no permission."; }}
    }};
  }} catch (error) {{ said.textContent = "MusicKit could not be set up."; }}
}});
</script>
<script src="https://js-cdn.music.apple.com/musickit/v3/musickit.js" async></script>
</body></html>
"#
    )
}

impl AppleMusic {
    pub(super) async fn grant(
        &self,
        attempt: &Attempt,
        answer: ConsentAnswer<'_>,
        now: Timestamp,
    ) -> Result<Authorization, PlatformError> {
        let memory: Option<Memory> = serde_json::from_str(attempt.memory.reveal()).ok();
        let Some(memory) = memory.filter(|_| attempt.platform == NAME) else {
            return Err(failed(COMPLETE, "the attempt is of another service"));
        };
        if now > attempt.began_at.plus_seconds(Attempt::VALID_SECONDS) {
            return Err(failed(COMPLETE, "the attempt is too old: begin again"));
        }
        let token = Secret::new(match memory.state {
            None => answer.0.trim().to_owned(),
            Some(state) => {
                let part = |name: &str| {
                    let mut parts = url::form_urlencoded::parse(answer.0.as_bytes());
                    parts.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
                };
                if part("state") != Some(state) {
                    return Err(failed(COMPLETE, "the answer belongs to another attempt"));
                }
                part("token").unwrap_or_default()
            }
        });
        if token.reveal().is_empty() {
            return Err(PlatformError::NeedsConsent { platform: NAME });
        }
        // The only question about the person that every token may ask.
        let call = self.question("say which shop is the account's", &["me", "storefront"], Some(&token))?;
        let answer = self.ask(&call).await?.ok_or(PlatformError::NeedsConsent { platform: NAME })?;
        let shops: Storefronts = answer.json()?;
        Ok(Authorization {
            access: token,
            refresh: None,
            expires_at: None,
            consented_at: now,
            consent_ends_at: None,
            account: None,
            region: shops.data.into_iter().next().map(|shop| shop.id),
        })
    }
}
