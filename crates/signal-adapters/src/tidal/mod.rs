//! Tidal. It tells third parties nothing of what was played; saved tracks are a signal of their own.

mod auth;
mod saved;
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

use crate::http::{Answer, Http, Limits, Pace, Pkce, Service, SetupError};

const NAME: &str = "tidal";
/// The kind of all documents.
const KIND: &str = "application/vnd.api+json";
/// Two calls in ten seconds: a call costs 5 of a bucket of 10 into which one falls each second.
const PACE: Pace = Pace { burst: 2, every: Duration::from_secs(5) };
const SCOPES: &[&str] = &["user.read", "collection.read"];

/// How Tidal is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TidalConfig {
    /// The client id of the app. It is no secret.
    pub client_id: String,
    /// Where people agree.
    pub login_url: String,
    /// Where tokens are given.
    pub token_url: String,
    /// Where questions are asked.
    pub api_url: String,
    /// What a call may take.
    pub limits: Limits,
}

impl TidalConfig {
    /// The real Tidal, for an app.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            login_url: "https://login.tidal.com".to_owned(),
            token_url: "https://auth.tidal.com/v1/oauth2/token".to_owned(),
            api_url: "https://openapi.tidal.com/v2".to_owned(),
            limits: Limits::default(),
        }
    }
}

/// The adapter of Tidal.
#[derive(Debug)]
pub struct Tidal {
    http: Http,
    api: Url,
    pkce: Pkce,
}

impl Tidal {
    /// An adapter for one app.
    pub fn new(config: &TidalConfig, host: Arc<dyn Host>) -> Result<Self, SetupError> {
        let wrong = |what, reason| SetupError { platform: NAME, what, reason };
        if config.client_id.is_empty() {
            return Err(wrong("the client id", "is empty"));
        }
        let http = Http::new(Service { platform: NAME, pace: PACE }, config.limits, host)?;
        let api = http.base("the address of the API", &config.api_url)?;
        let login = http.base("the address of consent", &config.login_url)?;
        let authorize =
            login.join("authorize").map_err(|_| wrong("the address of consent", "is no address"))?;
        let mut token = http.base("the address of tokens", &config.token_url)?;
        if let Ok(mut segments) = token.path_segments_mut() {
            segments.pop_if_empty();
        }
        let pkce = Pkce::new(NAME, &config.client_id, (&authorize, &token), SCOPES);
        Ok(Self { http, api, pkce })
    }

    /// Asks with a permission; `None` for what does not exist, or is not to be seen, which looks the same.
    async fn ask(
        &self,
        authorization: &Authorization,
        what: &'static str,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<Answer>, PlatformError> {
        let call = self.http.get(what, &self.api, path).accept(KIND);
        let call = call.authorization("Bearer", authorization.access.reveal())?;
        let call = query.iter().fold(call, |call, (name, value)| call.query(name, value));
        let answer = self.http.send(&call).await?;
        match answer.status.as_u16() {
            200..300 => Ok(Some(answer)),
            401 => Err(PlatformError::Expired { platform: NAME }),
            404 => Ok(None),
            _ => Err(answer.refused()),
        }
    }
}

fn unsupported(what: &'static str) -> PlatformError {
    PlatformError::Unsupported { platform: NAME, what }
}

#[async_trait]
impl Platform for Tidal {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> PlatformCapabilities {
        PlatformCapabilities {
            needs_redirect: true,
            refresh: true,
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
        _: &Authorization,
        _: HistoryFrom<'_>,
        _: Timestamp,
    ) -> Result<History, PlatformError> {
        Err(unsupported("list what was played"))
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
        self.track_by_code(authorization, isrc).await
    }

    async fn saved(
        &self,
        authorization: &Authorization,
        page: Option<&SavedPage>,
    ) -> Result<SavedTracks, PlatformError> {
        self.collection(authorization, page).await
    }

    async fn follows(&self, _: &Authorization) -> Result<Vec<ImportRecord>, PlatformError> {
        Err(unsupported("say whom a person follows"))
    }
}
