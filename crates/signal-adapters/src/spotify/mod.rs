//! Spotify. People bring a client id of their own: an app in development mode lets in five listed accounts.
//!
//! The 50 newest plays are all that can be asked for, with a time that is mostly their end; starts are estimates therefore.
//! A permission ends six months after the person agreed, whatever is renewed.

mod auth;
mod history;
mod track;
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

use crate::http::{Answer, Call, Http, Limits, Pace, Pkce, Service, SetupError};

const NAME: &str = "spotify";
/// Spotify publishes no numbers; its window is 30 seconds long.
const PACE: Pace = Pace { burst: 10, every: Duration::from_millis(500) };
const SCOPES: &[&str] = &["user-read-recently-played", "user-library-read"];

/// How Spotify is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpotifyConfig {
    /// The client id of the app, from Spotify's dashboard. It is no secret.
    pub client_id: String,
    /// Where people agree and tokens are given.
    pub accounts_url: String,
    /// Where questions are asked.
    pub api_url: String,
    /// What a call may take.
    pub limits: Limits,
}

impl SpotifyConfig {
    /// The real Spotify, for an app.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            accounts_url: "https://accounts.spotify.com".to_owned(),
            api_url: "https://api.spotify.com/v1".to_owned(),
            limits: Limits::default(),
        }
    }
}

/// The adapter of Spotify.
#[derive(Debug)]
pub struct Spotify {
    http: Http,
    api: Url,
    pkce: Pkce,
}

impl Spotify {
    /// An adapter for one app.
    pub fn new(config: &SpotifyConfig, host: Arc<dyn Host>) -> Result<Self, SetupError> {
        if config.client_id.is_empty() {
            return Err(SetupError { platform: NAME, what: "the client id", reason: "is empty" });
        }
        let http = Http::new(Service { platform: NAME, pace: PACE }, config.limits, host)?;
        let accounts = http.base("the address of accounts", &config.accounts_url)?;
        let api = http.base("the address of the API", &config.api_url)?;
        let wrong =
            |_| SetupError { platform: NAME, what: "the address of accounts", reason: "is no address" };
        let authorize = accounts.join("authorize").map_err(wrong)?;
        let token = accounts.join("api/token").map_err(wrong)?;
        let pkce = Pkce::new(NAME, &config.client_id, (&authorize, &token), SCOPES);
        Ok(Self { http, api, pkce })
    }

    /// A question with a permission.
    fn question(
        &self,
        authorization: &Authorization,
        what: &'static str,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<Call, PlatformError> {
        let call =
            self.http.get(what, &self.api, path).authorization("Bearer", authorization.access.reveal())?;
        Ok(query.iter().fold(call, |call, (name, value)| call.query(name, value)))
    }

    /// Asks with a permission; `None` for what does not exist.
    async fn ask(
        &self,
        authorization: &Authorization,
        what: &'static str,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<Option<Answer>, PlatformError> {
        judged(self.http.send(&self.question(authorization, what, path, query)?).await?)
    }
}

/// Sorts the answers that are none.
fn judged(answer: Answer) -> Result<Option<Answer>, PlatformError> {
    match answer.status.as_u16() {
        200..300 => Ok(Some(answer)),
        401 => Err(PlatformError::Expired { platform: NAME }),
        404 => Ok(None),
        403 => Err(answer.failed(forbidden(&answer), false)),
        _ => Err(answer.refused()),
    }
}

/// Why Spotify forbids something. What it says is plain text at times.
fn forbidden(answer: &Answer) -> &'static str {
    let text = String::from_utf8_lossy(&answer.body);
    if text.contains("not registered") {
        "the account is not among those that the app's owner listed in Spotify's dashboard"
    } else if text.contains("remium subscription") {
        "the app's owner needs an active premium subscription"
    } else {
        "it forbids that to this app"
    }
}

fn unsupported(what: &'static str) -> PlatformError {
    PlatformError::Unsupported { platform: NAME, what }
}

#[async_trait]
impl Platform for Spotify {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> PlatformCapabilities {
        PlatformCapabilities {
            needs_redirect: true,
            refresh: true,
            history: true,
            // The newest 50 plays alone are told, which may take 25 minutes: one look may fail, and nothing is lost.
            poll_seconds: 10 * 60,
            track: true,
            isrc: true,
            saved: true,
            ..PlatformCapabilities::default()
        }
    }

    async fn authorize(&self, request: ConsentRequest<'_>) -> Result<Consent, PlatformError> {
        self.pkce.begin(request)
    }

    async fn complete(
        &self,
        attempt: &Attempt,
        answer: ConsentAnswer<'_>,
        now: Timestamp,
    ) -> Result<Authorization, PlatformError> {
        self.grant(attempt, answer, now).await
    }

    async fn refresh(
        &self,
        authorization: &Authorization,
        now: Timestamp,
    ) -> Result<Authorization, PlatformError> {
        self.pkce.renew(&self.http, authorization, now).await
    }

    async fn history(
        &self,
        authorization: &Authorization,
        from: HistoryFrom<'_>,
        _now: Timestamp,
    ) -> Result<History, PlatformError> {
        self.recently_played(authorization, from).await
    }

    async fn track(
        &self,
        authorization: Option<&Authorization>,
        id: &str,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        self.track_by_id(authorization, id).await
    }

    async fn track_by_isrc(
        &self,
        authorization: Option<&Authorization>,
        isrc: &Isrc,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        self.search(authorization, isrc).await
    }

    async fn saved(
        &self,
        authorization: &Authorization,
        page: Option<&SavedPage>,
    ) -> Result<SavedTracks, PlatformError> {
        self.library(authorization, page).await
    }

    async fn follows(&self, _authorization: &Authorization) -> Result<Vec<ImportRecord>, PlatformError> {
        Err(unsupported("say whom a person follows"))
    }
}
