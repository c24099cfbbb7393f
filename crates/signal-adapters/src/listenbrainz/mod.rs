//! ListenBrainz. A person brings the user token of their settings page; it never runs out.
//!
//! The whole history can be asked for, with the second each listen began.

mod auth;
mod follows;
mod history;
mod pins;
mod submit;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use signal_core::host::Host;
use signal_core::model::{Isrc, Timestamp};
use signal_core::platform::{
    Attempt, Authorization, Consent, ConsentAnswer, ConsentRequest, History, HistoryFrom, ImportRecord,
    Platform, PlatformCapabilities, PlatformError, PlatformTrack, SavedPage, SavedTracks,
};
use url::Url;

pub use submit::Submitted;

use crate::http::{Answer, Call, Http, Limits, Pace, Service, SetupError};

const NAME: &str = "listenbrainz";
/// 30 calls in 10 seconds from one address: ten at once and two a second never are more.
const PACE: Pace = Pace { burst: 10, every: Duration::from_millis(500) };

/// How ListenBrainz is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenBrainzConfig {
    /// Where questions are asked.
    pub api_url: String,
    /// What a call may take.
    pub limits: Limits,
}

impl Default for ListenBrainzConfig {
    /// The real ListenBrainz.
    fn default() -> Self {
        Self { api_url: "https://api.listenbrainz.org".to_owned(), limits: Limits::default() }
    }
}

/// The adapter of ListenBrainz.
#[derive(Debug)]
pub struct ListenBrainz {
    http: Http,
    api: Url,
}

impl ListenBrainz {
    /// An adapter.
    pub fn new(config: &ListenBrainzConfig, host: Arc<dyn Host>) -> Result<Self, SetupError> {
        let http = Http::new(Service { platform: NAME, pace: PACE }, config.limits, host)?;
        let api = http.base("the address of the API", &config.api_url)?;
        Ok(Self { http, api })
    }

    fn question(&self, what: &'static str, path: &[&str], token: &str) -> Result<Call, PlatformError> {
        self.http.get(what, &self.api, path).authorization("Token", token)
    }

    /// Asks, and sorts the answers that are none.
    async fn ask(&self, call: &Call) -> Result<Answer, PlatformError> {
        let answer = self.http.send(call).await?;
        match answer.status.as_u16() {
            200..300 => Ok(answer),
            401 => Err(PlatformError::NeedsConsent { platform: NAME }),
            404 => Err(answer.failed("it does not know this person", false)),
            _ => Err(answer.refused()),
        }
    }
}

/// The person's name there, which is what paths are made of.
fn name(authorization: &Authorization) -> Result<&str, PlatformError> {
    let account = authorization.account.as_ref().map(|account| account.id.as_str());
    account.ok_or(PlatformError::NeedsConsent { platform: NAME })
}

fn unsupported(what: &'static str) -> PlatformError {
    PlatformError::Unsupported { platform: NAME, what }
}

#[async_trait]
impl Platform for ListenBrainz {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> PlatformCapabilities {
        PlatformCapabilities {
            takes_token: true,
            history: true,
            poll_seconds: 10 * 60,
            exact_times: true,
            follows: true,
            saved: true,
            ..PlatformCapabilities::default()
        }
    }

    async fn authorize(&self, request: ConsentRequest<'_>) -> Result<Consent, PlatformError> {
        Ok(auth::begin(request))
    }

    async fn complete(
        &self,
        attempt: &Attempt,
        answer: ConsentAnswer<'_>,
        now: Timestamp,
    ) -> Result<Authorization, PlatformError> {
        self.grant(attempt, answer, now).await
    }

    async fn refresh(&self, _: &Authorization, _: Timestamp) -> Result<Authorization, PlatformError> {
        Err(unsupported("renew a permission: it never runs out"))
    }

    async fn history(
        &self,
        authorization: &Authorization,
        from: HistoryFrom<'_>,
        now: Timestamp,
    ) -> Result<History, PlatformError> {
        self.listens(authorization, from, now).await
    }

    async fn track(
        &self,
        _: Option<&Authorization>,
        _: &str,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        Err(unsupported("look a track up"))
    }

    async fn track_by_isrc(
        &self,
        _: Option<&Authorization>,
        _: &Isrc,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        Err(unsupported("look a recording up by its code"))
    }

    async fn saved(
        &self,
        authorization: &Authorization,
        page: Option<&SavedPage>,
    ) -> Result<SavedTracks, PlatformError> {
        self.pinned(authorization, page).await
    }

    async fn follows(&self, authorization: &Authorization) -> Result<Vec<ImportRecord>, PlatformError> {
        self.suggested(authorization).await
    }
}
