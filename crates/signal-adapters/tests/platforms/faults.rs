//! Thousands of looks at a history, of which many go wrong on the way.

use std::collections::BTreeSet;

use fake_platforms::{Fault, Service, Song, State};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use signal_core::model::Timestamp;
use signal_core::platform::{Authorization, HistoryCursor, HistoryFrom, PlatformError};

use crate::world::World;

/// Looks at each of three histories. `SIGNAL_TEST_FAULTY_SYNCS` asks for another number.
const SYNCS: u32 = 3_400;
/// The longest wait that a call may sit through, in microseconds.
const WAIT_MAX: u64 = 10_000_000;
/// What goes wrong at most before somebody looks again without a fault, so that no play leaves Spotify's fifty.
const ROUNDS_BEFORE_REST: u32 = 12;

/// Something that goes wrong.
fn fault(dice: &mut ChaCha8Rng) -> Fault {
    match dice.random_range(0..8) {
        0 => Fault::html(502),
        1 => Fault::text(503, "").with("retry-after", dice.random_range(1..40)),
        2 => Fault::text(429, "Too many requests").with("retry-after", dice.random_range(1..90_000)),
        3 => Fault::json(429, r#"{"error":{"status":429}}"#),
        4 => Fault::Cut,
        5 => Fault::Broken,
        6 => Fault::json(200, r#"{"error":29,"message":"Rate Limit Exceeded"}"#),
        _ => Fault::text(401, ""),
    }
}

/// A person who listens, and the one who looks.
struct Story<'a> {
    world: &'a World,
    name: &'static str,
    service: Service,
    dice: ChaCha8Rng,
    authorization: Authorization,
    cursor: Option<HistoryCursor>,
    played: BTreeSet<String>,
    told: BTreeSet<(String, Timestamp)>,
    next: u32,
    failed: u32,
}

impl Story<'_> {
    /// Songs are played, one after another, each once.
    fn listen(&mut self) {
        for _ in 0..self.dice.random_range(0..4) {
            self.world.fakes.advance(200);
            let song = Song::new(self.next);
            self.next += 1;
            self.played.insert(song.title.clone());
            self.world.fakes.with(|state| {
                let now = state.now();
                match self.service {
                    Service::Spotify => state.spotify.play(song, now),
                    Service::ListenBrainz => state.listenbrainz.listen(song, now.plus_seconds(-190)),
                    _ => state.lastfm.scrobble(song, now.plus_seconds(-190)),
                }
            });
        }
    }

    /// One look; whether it went well and there is no more.
    async fn look(&mut self) -> bool {
        let from = self.cursor.as_ref().map_or(HistoryFrom::Beginning, HistoryFrom::Cursor);
        match self.world.ask(self.name, &self.authorization, from).await {
            Ok(history) => {
                assert!(!history.coverage.gap_suspected, "nothing left the horizon");
                let plays = history.plays.iter();
                let named =
                    plays.filter_map(|play| Some((play.track.track.names()?.1.to_owned(), play.start)));
                self.told.extend(named);
                self.cursor = Some(history.cursor);
                return !history.more;
            }
            Err(error) => self.recover(error).await,
        }
        false
    }

    /// Does what an error asks for.
    async fn recover(&mut self, error: PlatformError) {
        self.failed += 1;
        match error {
            PlatformError::RateLimited { until, .. } => self.wait(until).await,
            PlatformError::Expired { .. } => self.renew().await,
            PlatformError::NeedsConsent { .. } => self.agree_again().await,
            PlatformError::Failed { .. } => {}
            PlatformError::Unsupported { .. } => panic!("{}: {error}", self.name),
        }
    }

    /// Asks too early now and then, which must ask nobody, and waits.
    async fn wait(&mut self, until: Timestamp) {
        if self.dice.random() && until > self.world.now().plus_seconds(60) {
            let calls = self.world.asked(self.service);
            let early = self.world.ask(self.name, &self.authorization, HistoryFrom::Beginning).await;
            assert!(matches!(early, Err(PlatformError::RateLimited { .. })), "{early:?}");
            assert_eq!(self.world.asked(self.service), calls, "nobody was asked");
        }
        self.world.fakes.set_now(until);
    }

    async fn renew(&mut self) {
        match self.world.platform(self.name).refresh(&self.authorization, self.world.now()).await {
            Ok(renewed) => self.authorization = renewed,
            Err(PlatformError::RateLimited { until, .. }) => self.world.fakes.set_now(until),
            Err(PlatformError::NeedsConsent { .. }) => self.agree_again().await,
            Err(_) => {}
        }
    }

    async fn agree_again(&mut self) {
        self.world.fakes.with(State::forget_faults);
        self.authorization = self.world.connect(self.name).await;
    }
}

#[tokio::test]
async fn no_play_is_lost_or_doubled_and_no_gate_is_run_whatever_goes_wrong() {
    let syncs =
        std::env::var("SIGNAL_TEST_FAULTY_SYNCS").ok().and_then(|count| count.parse().ok()).unwrap_or(SYNCS);
    for (seed, (name, service)) in
        [("spotify", Service::Spotify), ("listenbrainz", Service::ListenBrainz), ("lastfm", Service::LastFm)]
            .into_iter()
            .enumerate()
    {
        let world = World::start().await;
        let mut story = Story {
            world: &world,
            name,
            service,
            dice: ChaCha8Rng::seed_from_u64(seed as u64),
            authorization: world.connect(name).await,
            cursor: None,
            played: BTreeSet::new(),
            told: BTreeSet::new(),
            next: 0,
            failed: 0,
        };
        for sync in 0..syncs {
            story.listen();
            for _ in 0..story.dice.random_range(0..4) {
                let fault = fault(&mut story.dice);
                world.fakes.fail_next(service, fault);
            }
            if story.dice.random_range(0..40) == 0 {
                world.fakes.with(|state| state.spotify.oauth.revoke());
            }
            let rotates = story.dice.random();
            world.fakes.with(|state| state.spotify.oauth.rotates = rotates);
            story.look().await;
            if sync % ROUNDS_BEFORE_REST == 0 || sync + 1 == syncs {
                world.fakes.with(State::forget_faults);
                let mut tries = 0;
                while !story.look().await {
                    tries += 1;
                    assert!(tries < 100, "{name}: it never goes well again");
                }
            }
        }
        let told: BTreeSet<_> = story.told.iter().map(|(title, _)| title.clone()).collect();
        assert_eq!(story.told.len(), told.len(), "{name}: a play was told at two starts");
        assert_eq!(told, story.played, "{name}");
        assert!(story.failed > syncs / 4, "{name}: {} failed", story.failed);
        assert!(world.host.sleeps().iter().all(|wait| *wait <= WAIT_MAX), "{name}");
    }
}
