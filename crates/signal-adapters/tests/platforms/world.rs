//! The fakes, the adapters that ask them, and the way to a permission.

use std::sync::Arc;

use fake_platforms::{FakeHost, FakePlatforms, Service};
use reqwest::redirect::Policy;
use signal_adapters::platforms::{Platforms, configured};
use signal_core::host::{Host, random};
use signal_core::model::{Exactness, Timestamp};
use signal_core::platform::{
    Authorization, Consent, ConsentAnswer, ConsentRequest, ConsentStep, History, HistoryCursor, HistoryFrom,
    Platform, PlatformError, PlayedTrack,
};

/// Where people come back to.
pub(crate) const REDIRECT: &str = "http://127.0.0.1:43117/back";

pub(crate) struct World {
    pub(crate) fakes: FakePlatforms,
    pub(crate) host: Arc<FakeHost>,
    pub(crate) platforms: Platforms,
}

impl World {
    pub(crate) async fn start() -> Self {
        let noon = "2026-11-28T12:00:00Z".parse().expect("a time");
        let fakes = FakePlatforms::start(noon).await.expect("the fakes start");
        let host = fakes.host();
        let settings = fakes.settings();
        let set =
            |name: &str| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        let platforms = configured(&set, &(Arc::clone(&host) as Arc<dyn Host>)).expect("all five");
        Self { fakes, host, platforms }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.host.now()
    }

    pub(crate) fn platform(&self, name: &str) -> &dyn Platform {
        &**self.platforms.get(name).expect("a service of that name")
    }

    pub(crate) fn request(&self) -> ConsentRequest<'static> {
        ConsentRequest { redirect: Some(REDIRECT), entropy: random(&*self.host), now: self.now() }
    }

    /// What the person does: visits, agrees, brings what they are asked for.
    pub(crate) async fn agree(&self, name: &str, consent: &Consent) -> String {
        self.take_step(name, &consent.step).await
    }

    /// The same, for whoever is told the step alone.
    pub(crate) async fn take_step(&self, name: &str, step: &ConsentStep) -> String {
        match step {
            ConsentStep::Visit { url } => visit(url).await.expect("is sent back"),
            ConsentStep::Approve { url } => {
                assert_eq!(visit(url).await, None);
                String::new()
            }
            ConsentStep::Serve { page } => {
                let (_, rest) = page.split_once(r#"name="state" value=""#).expect("a state");
                let (state, _) = rest.split_once('"').expect("a state");
                format!("state={state}&token={}", self.fakes.with(|state| state.apple.user_token.clone()))
            }
            ConsentStep::Paste { .. } if name == "listenbrainz" => {
                self.fakes.with(|state| state.listenbrainz.token.clone())
            }
            ConsentStep::Paste { .. } => self.fakes.with(|state| state.apple.user_token.clone()),
        }
    }

    /// A permission of the person's.
    pub(crate) async fn connect(&self, name: &str) -> Authorization {
        let platform = self.platform(name);
        let consent = platform.authorize(self.request()).await.expect("a way to agree");
        let answer = self.agree(name, &consent).await;
        platform.complete(&consent.attempt, ConsentAnswer(&answer), self.now()).await.expect("a permission")
    }

    /// One answer about the history.
    pub(crate) async fn ask(
        &self,
        name: &str,
        authorization: &Authorization,
        from: HistoryFrom<'_>,
    ) -> Result<History, PlatformError> {
        self.platform(name).history(authorization, from, self.now()).await
    }

    /// Answers until there are no more.
    pub(crate) async fn all(
        &self,
        name: &str,
        authorization: &Authorization,
        cursor: Option<HistoryCursor>,
    ) -> (Vec<PlayedTrack>, HistoryCursor) {
        let (mut plays, mut cursor) = (Vec::new(), cursor);
        for _ in 0..1_000 {
            let from = cursor.as_ref().map_or(HistoryFrom::Beginning, HistoryFrom::Cursor);
            let history = self.ask(name, authorization, from).await.expect("an answer");
            assert!(history.plays.len() <= signal_core::platform::PLAYS_PER_ANSWER_MAX);
            assert!(history.cursor.as_str().len() <= HistoryCursor::BYTES_MAX);
            assert!(history.plays.is_sorted_by_key(|play| play.start), "oldest first");
            plays.extend(history.plays);
            if !history.more {
                return (plays, history.cursor);
            }
            cursor = Some(history.cursor);
        }
        panic!("a history without end");
    }

    /// How often a service was asked so far.
    pub(crate) fn asked(&self, service: Service) -> usize {
        self.fakes.calls(service).len()
    }
}

/// Where a page sends its visitor.
pub(crate) async fn visit(url: &str) -> Option<String> {
    let client = reqwest::Client::builder().redirect(Policy::none()).build().expect("a client");
    let answer = client.get(url).send().await.expect("an answer");
    let location = answer.headers().get("location")?;
    Some(location.to_str().expect("an address").to_owned())
}

/// Title, start and exactness of plays.
pub(crate) fn told(plays: &[PlayedTrack]) -> Vec<(String, String, Exactness)> {
    let title = |play: &PlayedTrack| play.track.track.names().map(|(_, title)| title.to_owned());
    plays
        .iter()
        .map(|play| (title(play).unwrap_or_default(), play.start.to_string(), play.exactness))
        .collect()
}

/// The starts of plays, in seconds.
pub(crate) fn starts(plays: &[PlayedTrack]) -> Vec<i64> {
    plays.iter().map(|play| play.start.seconds()).collect()
}
