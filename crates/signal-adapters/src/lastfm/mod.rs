//! Last.fm. A program has a key and a secret; a person agrees on its page, and their session never runs out.
//!
//! The whole history can be asked for, with the second each play began.

mod auth;
mod history;
mod sign;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use signal_core::host::Host;
use signal_core::model::{Isrc, Timestamp};
use signal_core::platform::{
    Attempt, Authorization, Consent, ConsentAnswer, ConsentRequest, History, HistoryFrom, ImportRecord,
    Platform, PlatformCapabilities, PlatformError, PlatformTrack, SavedPage, SavedTracks, Secret,
};
use url::Url;

use crate::http::{Http, Limits, Pace, Service, SetupError};

const NAME: &str = "lastfm";
/// About five calls a second from one address.
const PACE: Pace = Pace { burst: 4, every: Duration::from_millis(250) };
const FORM: &str = "application/x-www-form-urlencoded";
/// How long "rate limit exceeded" is taken to last; it comes without a number.
const LIMITED_SECONDS: i64 = 60;

/// How Last.fm is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastFmConfig {
    /// The program's key. It is no secret.
    pub api_key: String,
    /// The program's secret, which signs its calls.
    pub secret: Secret,
    /// Where questions are asked.
    pub api_url: String,
    /// Where people agree.
    pub auth_url: String,
    /// What a call may take.
    pub limits: Limits,
}

impl LastFmConfig {
    /// The real Last.fm, for a program.
    pub fn new(api_key: impl Into<String>, secret: Secret) -> Self {
        Self {
            api_key: api_key.into(),
            secret,
            api_url: "https://ws.audioscrobbler.com/2.0".to_owned(),
            auth_url: "https://www.last.fm/api/auth".to_owned(),
            limits: Limits::default(),
        }
    }
}

/// The adapter of Last.fm.
#[derive(Debug)]
pub struct LastFm {
    http: Http,
    api: Url,
    auth: Url,
    api_key: String,
    secret: Secret,
}

impl LastFm {
    /// An adapter for one program.
    pub fn new(config: &LastFmConfig, host: Arc<dyn Host>) -> Result<Self, SetupError> {
        let empty = |what| SetupError { platform: NAME, what, reason: "is empty" };
        if config.api_key.is_empty() {
            return Err(empty("the API key"));
        }
        if config.secret.reveal().is_empty() {
            return Err(empty("the secret"));
        }
        let http = Http::new(Service { platform: NAME, pace: PACE }, config.limits, host)?;
        let api = http.base("the address of the API", &config.api_url)?;
        let auth = http.base("the address of consent", &config.auth_url)?;
        Ok(Self { http, api, auth, api_key: config.api_key.clone(), secret: config.secret.clone() })
    }

    /// Asks a method. Signed calls say the session or the token that is among `parts`: in their body, for an address may be
    /// written down on its way.
    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        what: &'static str,
        method: &str,
        parts: &[(&str, &str)],
        way: Way,
    ) -> Result<T, Refusal> {
        let mut all = vec![("api_key", self.api_key.as_str()), ("method", method)];
        all.extend_from_slice(parts);
        let signature = (way != Way::Open).then(|| sign::signature(&all, self.secret.reveal()));
        all.push(("format", "json"));
        all.extend(signature.as_deref().map(|signature| ("api_sig", signature)));
        // The real service answers at `/2.0/`: an empty last part keeps the slash.
        let path = [""];
        let signed = || self.http.post(what, &self.api, &path).body(FORM, form(&all));
        let call = match way {
            Way::Open => {
                let call = self.http.get(what, &self.api, &path);
                all.iter().fold(call, |call, (name, value)| call.query(name, value))
            }
            Way::Signed => signed().safe(),
            Way::Once => signed(),
        };
        let answer = self.http.send(&call).await.map_err(Refusal::Unasked)?;
        // An error may come with any status, also with 200.
        if let Some(told) = answer.maybe::<wire::Told>() {
            return Err(Refusal::Told(told.error));
        }
        if !answer.status.is_success() {
            return Err(Refusal::Unasked(answer.refused()));
        }
        answer.json().map_err(Refusal::Unasked)
    }

    /// What a refusal means to the caller.
    fn meant(&self, what: &'static str, refusal: Refusal) -> PlatformError {
        let failed = |reason: String, retry| PlatformError::Failed { platform: NAME, what, reason, retry };
        match refusal {
            Refusal::Unasked(error) => error,
            Refusal::Told(error) => match error {
                4 | 9 | 14 | 15 | 17 => PlatformError::NeedsConsent { platform: NAME },
                8 | 11 | 16 => failed(format!("it is out of order for now (error {error})"), true),
                10 | 13 | 26 => {
                    failed(format!("it does not take the program's key or secret (error {error})"), false)
                }
                29 => self.http.limited(LIMITED_SECONDS),
                _ => failed(format!("it refused (error {error})"), false),
            },
        }
    }
}

/// How a method is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By anybody.
    Open,
    /// In somebody's name.
    Signed,
    /// In somebody's name, and once: the service takes it as a change.
    Once,
}

/// Parts of a call as a form.
fn form(parts: &[(&str, &str)]) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parts).finish().into_bytes()
}

/// Why a method gave nothing.
#[derive(Debug)]
enum Refusal {
    /// It could not be asked, or answered nonsense.
    Unasked(PlatformError),
    /// It said no, with a number.
    Told(i64),
}

fn unsupported(what: &'static str) -> PlatformError {
    PlatformError::Unsupported { platform: NAME, what }
}

#[async_trait]
impl Platform for LastFm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> PlatformCapabilities {
        PlatformCapabilities {
            history: true,
            poll_seconds: 10 * 60,
            exact_times: true,
            ..PlatformCapabilities::default()
        }
    }

    async fn authorize(&self, request: ConsentRequest<'_>) -> Result<Consent, PlatformError> {
        self.begin(request).await
    }

    async fn complete(
        &self,
        attempt: &Attempt,
        _answer: ConsentAnswer<'_>,
        now: Timestamp,
    ) -> Result<Authorization, PlatformError> {
        self.grant(attempt, now).await
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
        self.scrobbles(authorization, from, now).await
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

    async fn saved(&self, _: &Authorization, _: Option<&SavedPage>) -> Result<SavedTracks, PlatformError> {
        Err(unsupported("list saved tracks"))
    }

    async fn follows(&self, _: &Authorization) -> Result<Vec<ImportRecord>, PlatformError> {
        Err(unsupported("say whom a person follows"))
    }
}
