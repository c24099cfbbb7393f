//! Thousands of looks at a history, of which many go wrong on the way.

use std::collections::{BTreeMap, BTreeSet};

use fake_platforms::{Fault, Service, Song, State, songs};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use signal_core::model::Timestamp;
use signal_core::platform::{Authorization, HistoryCursor, HistoryFrom, PlatformError};

use crate::world::World;

/// Looks at each of four histories. `SIGNAL_TEST_FAULTY_SYNCS` asks for another number.
const SYNCS: u32 = 3_400;
/// The longest wait that a call may sit through, in microseconds.
const WAIT_MAX: u64 = 10_000_000;
/// What goes wrong at most before somebody looks again without a fault, so that no play leaves Spotify's fifty, or Apple's.
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
    /// How often each song was played.
    played: BTreeMap<String, usize>,
    told: BTreeSet<(String, Timestamp)>,
    next: u32,
    failed: u32,
}

impl<'a> Story<'a> {
    async fn new(world: &'a World, name: &'static str, service: Service, seed: u64) -> Self {
        Self {
            world,
            name,
            service,
            dice: ChaCha8Rng::seed_from_u64(seed),
            authorization: world.connect(name).await,
            cursor: None,
            played: BTreeMap::new(),
            told: BTreeSet::new(),
            next: 0,
            failed: 0,
        }
    }

    /// Songs are played, one after another, each once.
    fn listen(&mut self) {
        for _ in 0..self.dice.random_range(0..4) {
            self.play(Song::new(self.next));
            self.next += 1;
        }
    }

    fn play(&mut self, song: Song) {
        self.world.fakes.advance(200);
        *self.played.entry(song.title.clone()).or_default() += 1;
        self.world.fakes.with(|state| {
            let now = state.now();
            match self.service {
                Service::Spotify => state.spotify.play(song, now),
                Service::ListenBrainz => state.listenbrainz.listen(song, now.plus_seconds(-190)),
                Service::Apple => state.apple.play(song),
                _ => state.lastfm.scrobble(song, now.plus_seconds(-190)),
            }
        });
    }

    /// Looks without a fault until there is no more.
    async fn catch_up(&mut self) {
        self.world.fakes.with(State::forget_faults);
        let mut tries = 0;
        while !self.look().await {
            tries += 1;
            assert!(tries < 100, "{}: it never goes well again", self.name);
        }
    }

    /// Each play was told, once.
    fn close(self, syncs: u32) {
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        for (title, _) in self.told {
            *told.entry(title).or_default() += 1;
        }
        assert_eq!(told, self.played, "{}", self.name);
        assert!(self.failed > syncs / 4, "{}: {} failed", self.name, self.failed);
        assert!(self.world.host.sleeps().iter().all(|wait| *wait <= WAIT_MAX), "{}", self.name);
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
        self.world.fakes.with(|state| {
            state.forget_faults();
            state.apple.consented = true;
        });
        self.authorization = self.world.connect(self.name).await;
    }
}

fn syncs() -> u32 {
    std::env::var("SIGNAL_TEST_FAULTY_SYNCS").ok().and_then(|count| count.parse().ok()).unwrap_or(SYNCS)
}

#[tokio::test]
async fn no_play_is_lost_or_doubled_and_no_gate_is_run_whatever_goes_wrong() {
    for (seed, (name, service)) in
        [("spotify", Service::Spotify), ("listenbrainz", Service::ListenBrainz), ("lastfm", Service::LastFm)]
            .into_iter()
            .enumerate()
    {
        let world = World::start().await;
        let mut story = Story::new(&world, name, service, seed as u64).await;
        for sync in 0..syncs() {
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
            if sync % ROUNDS_BEFORE_REST == 0 || sync + 1 == syncs() {
                story.catch_up().await;
            }
        }
        story.close(syncs());
    }
}

/// Apple's list says each song once, so what can be told of it are new songs, or one that is played again. It is two pages long;
/// permissions die between them, songs are played between them, and at times the list is an old one.
#[tokio::test]
async fn no_play_that_apples_list_shows_is_lost_or_doubled_whatever_goes_wrong() {
    let world = World::start().await;
    world.fakes.with(|state| songs(90_000..90_050).into_iter().for_each(|song| state.apple.play(song)));
    let mut story = Story::new(&world, "apple", Service::Apple, 3).await;
    // The first look is the baseline.
    story.catch_up().await;
    let mut seen = world.fakes.with(|state| state.apple.played.clone());
    for sync in 0..syncs() {
        story.listen();
        for _ in 0..story.dice.random_range(0..4) {
            let fault = match story.dice.random_range(0..12) {
                0 | 1 => Fault::Spared,
                2 => Fault::json(403, r#"{"errors":[{"status":"403","code":"40300"}]}"#),
                _ => fault(&mut story.dice),
            };
            world.fakes.fail_next(Service::Apple, fault);
        }
        match story.dice.random_range(0..20) {
            0 => world.fakes.with(|state| state.apple.consented = false),
            1 => world.fakes.with(|state| state.apple.stale = Some(seen.clone())),
            2 => {
                let song = Song::new(story.next);
                story.next += 1;
                story.played.insert(song.title.clone(), 1);
                world.fakes.with(|state| state.apple.meanwhile.push(song));
            }
            _ => {}
        }
        story.look().await;
        world.fakes.with(|state| state.apple.stale = None);
        if sync % ROUNDS_BEFORE_REST == 0 || sync + 1 == syncs() {
            // A song may have been played after the last page.
            story.catch_up().await;
            while world.fakes.with(|state| state.apple.meanwhile.len()) > 0 {
                story.catch_up().await;
            }
            story.catch_up().await;
            let again = world.fakes.with(|state| state.apple.played[story.dice.random_range(1..30)].clone());
            story.play(again);
            story.catch_up().await;
            seen = world.fakes.with(|state| state.apple.played.clone());
        }
    }
    story.close(syncs());
}
