//! Apple Music. A developer has a key that signs tokens; a person's token comes from MusicKit's own page, or is pasted.
//!
//! The list of what was played is short, holds no times, and is wrong at times: plays are what changed between two looks at it,
//! and their starts are estimates.

mod auth;
mod developer;
mod diff;
mod history;
mod track;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderName;
use signal_core::host::Host;
use signal_core::model::{Isrc, Timestamp};
use signal_core::platform::{
    Attempt, Authorization, Consent, ConsentAnswer, ConsentRequest, History, HistoryFrom, ImportRecord,
    Platform, PlatformCapabilities, PlatformError, PlatformTrack, SavedPage, SavedTracks, Secret,
};
use url::Url;

use crate::http::{Answer, Call, Http, Limits, Pace, Service, SetupError};
use developer::Developer;

/// What claims of tracks call it, too.
const NAME: &str = "apple";
/// Apple publishes no numbers.
const PACE: Pace = Pace { burst: 5, every: Duration::from_millis(500) };
const USER_TOKEN: HeaderName = HeaderName::from_static("music-user-token");

/// How Apple Music is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppleMusicConfig {
    /// The team of the developer programme: 10 characters.
    pub team_id: String,
    /// The name of the key: 10 characters.
    pub key_id: String,
    /// The key, as Apple's `.p8` file holds it.
    pub key: Secret,
    /// Where questions are asked.
    pub api_url: String,
    /// What a call may take.
    pub limits: Limits,
}

impl AppleMusicConfig {
    /// The real Apple Music, for a developer.
    pub fn new(team_id: impl Into<String>, key_id: impl Into<String>, key: Secret) -> Self {
        Self {
            team_id: team_id.into(),
            key_id: key_id.into(),
            key,
            api_url: "https://api.music.apple.com/v1".to_owned(),
            limits: Limits::default(),
        }
    }
}

/// The adapter of Apple Music.
#[derive(Debug)]
pub struct AppleMusic {
    http: Http,
    api: Url,
    developer: Developer,
}

impl AppleMusic {
    /// An adapter for one developer.
    pub fn new(config: &AppleMusicConfig, host: Arc<dyn Host>) -> Result<Self, SetupError> {
        let developer = Developer::new(&config.team_id, &config.key_id, &config.key)?;
        let http = Http::new(Service { platform: NAME, pace: PACE }, config.limits, host)?;
        let api = http.base("the address of the API", &config.api_url)?;
        Ok(Self { http, api, developer })
    }

    /// A question of the developer, and of a person where there is one.
    fn question(
        &self,
        what: &'static str,
        path: &[&str],
        person: Option<&Secret>,
    ) -> Result<Call, PlatformError> {
        let token = self.developer.token(self.http.now(), None)?;
        let call = self.http.get(what, &self.api, path).authorization("Bearer", token.reveal())?;
        match person {
            Some(token) => call.secret(USER_TOKEN, token.reveal()),
            None => Ok(call),
        }
    }

    /// Asks; `None` for what does not exist.
    async fn ask(&self, call: &Call) -> Result<Option<Answer>, PlatformError> {
        judged(self.http.send(call).await?)
    }
}

/// Sorts the answers that are none.
fn judged(answer: Answer) -> Result<Option<Answer>, PlatformError> {
    /// "Insufficient privileges", though the token is good.
    const NO_SUBSCRIPTION: &str = "40015";
    match answer.status.as_u16() {
        200..300 => Ok(Some(answer)),
        401 => Err(answer.failed("it does not take the developer's key", false)),
        403 => Err(PlatformError::NeedsConsent { platform: NAME }),
        404 => Ok(None),
        400 if wire::code(&answer).as_deref() == Some(NO_SUBSCRIPTION) => {
            Err(answer.failed("the account has no subscription", false))
        }
        _ => Err(answer.refused()),
    }
}

fn unsupported(what: &'static str) -> PlatformError {
    PlatformError::Unsupported { platform: NAME, what }
}

#[async_trait]
impl Platform for AppleMusic {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> PlatformCapabilities {
        PlatformCapabilities {
            needs_redirect: true,
            takes_token: true,
            history: true,
            // There are no times but those of the looks, and a song that is played again meanwhile is there once.
            poll_seconds: 60,
            track: true,
            isrc: true,
            genres: true,
            ..PlatformCapabilities::default()
        }
    }

    async fn authorize(&self, request: ConsentRequest<'_>) -> Result<Consent, PlatformError> {
        auth::begin(&self.developer, request)
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
        Err(unsupported("renew a permission: the person has to agree again"))
    }

    async fn history(
        &self,
        authorization: &Authorization,
        from: HistoryFrom<'_>,
        now: Timestamp,
    ) -> Result<History, PlatformError> {
        self.recently_played(authorization, from, now).await
    }

    async fn track(
        &self,
        authorization: Option<&Authorization>,
        id: &str,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        self.song(authorization, id).await
    }

    async fn track_by_isrc(
        &self,
        authorization: Option<&Authorization>,
        isrc: &Isrc,
    ) -> Result<Option<PlatformTrack>, PlatformError> {
        self.song_by_code(authorization, isrc).await
    }

    async fn saved(&self, _: &Authorization, _: Option<&SavedPage>) -> Result<SavedTracks, PlatformError> {
        Err(unsupported("list saved tracks"))
    }

    async fn follows(&self, _: &Authorization) -> Result<Vec<ImportRecord>, PlatformError> {
        Err(unsupported("say whom a person follows"))
    }
}
