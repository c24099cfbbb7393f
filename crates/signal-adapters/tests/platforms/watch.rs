//! Whoever watches accounts asks each service as often as it is worth it. The fakes' clock goes on by the rests alone, so that
//! hours take no time.

use std::sync::Arc;

use fake_platforms::{Recorded, Service, songs};
use signal_adapters::vault::{KeyVault, VaultKey, VaultKeys};
use signal_core::engine::{Accounts, Engine, REST_MICROS_MAX, Watch};
use signal_core::host::Host;
use signal_core::model::{Timestamp, UserId};
use signal_core::platform::ConsentAnswer;
use signal_core::store::{HistoryStore, MemoryStore};

use crate::world::{REDIRECT, World};

/// Seconds between two songs.
const SONG: i64 = 240;
const HOUR: i64 = 3_600;

/// A person with accounts, and a program that watches them.
struct Listener {
    world: World,
    store: MemoryStore,
    ana: UserId,
    watch: Watch,
    /// When the person began to listen, and how many songs they heard.
    began: Timestamp,
    heard: u32,
}

impl Listener {
    async fn with(platforms: &[&str]) -> Self {
        let world = World::start().await;
        let store = MemoryStore::new();
        let engine = Engine::new(Arc::new(store.clone()), Arc::clone(&world.host) as Arc<dyn Host>);
        let ana = engine.register(&"ana".parse().expect("a handle")).await.expect("joins");
        let keys = VaultKeys::new(vec![VaultKey::from_bytes([1; 32])]).expect("a key");
        let accounts =
            Accounts::new(engine, Arc::new(KeyVault::new(keys)), world.platforms.values().cloned());
        for name in platforms {
            let step = accounts.begin_connect(ana, name, Some(REDIRECT)).await.expect("begins");
            let answer = world.take_step(name, &step).await;
            accounts.complete_connect(ana, name, ConsentAnswer(&answer)).await.expect("connects");
        }
        let (watch, began) = (accounts.watch(ana, None), world.now());
        Self { world, store, ana, watch, began, heard: 0 }
    }

    /// Lets so many seconds pass with a watch, while the person listens or not.
    async fn pass(&mut self, seconds: i64, listens: bool) {
        let end = self.world.now().plus_seconds(seconds);
        if !listens {
            self.began = end;
        }
        while self.world.now() < end {
            while listens && self.began.plus_seconds(SONG) <= self.world.now() {
                self.hear();
            }
            for answer in self.watch.read(&|_| {}).await.expect("reads") {
                assert_eq!(answer.reason, None, "{}", answer.platform);
            }
            self.watch.rest().await;
        }
    }

    /// A song ends: Apple tells it without a time, Spotify with its end.
    fn hear(&mut self) {
        let ended = self.began.plus_seconds(SONG);
        let mut both = songs([2 * self.heard, 2 * self.heard + 1]).into_iter();
        let mut song = || both.next().expect("a song");
        self.world.fakes.with(|state| {
            state.apple.play(song());
            state.spotify.play(song(), ended);
        });
        (self.began, self.heard) = (ended, self.heard + 1);
    }

    async fn listens(&self) -> usize {
        self.store.listens(self.ana, Timestamp::MAX, 10_000).await.expect("listens").len()
    }

    /// When a service was asked what was played, since then.
    fn asked(&self, service: Service, since: Timestamp) -> Vec<Timestamp> {
        let of_history = |call: &Recorded| call.path.contains("recent") && call.at >= since;
        self.world.fakes.calls(service).into_iter().filter(of_history).map(|call| call.at).collect()
    }
}

/// The pauses between looks, in seconds; calls within one second are one look, of several pages.
fn pauses(calls: &[Timestamp]) -> Vec<i64> {
    let pauses = calls.windows(2).map(|two| two[1].micros_since(two[0]) / 1_000_000);
    pauses.filter(|seconds| *seconds > 1).collect()
}

#[tokio::test]
async fn each_service_is_asked_as_often_as_it_is_worth_while_somebody_listens() {
    let mut listener = Listener::with(&["apple", "spotify"]).await;
    // Apple's first look is a baseline: a song that was played before.
    listener.world.fakes.with(|state| state.apple.play(songs([9_000]).remove(0)));
    listener.pass(60, false).await;
    let begin = listener.world.now();
    listener.pass(2 * HOUR, true).await;
    let apple = pauses(&listener.asked(Service::Apple, begin));
    assert!(apple.iter().all(|seconds| (60..=62).contains(seconds)), "{apple:?}");
    assert!((115..=120).contains(&apple.len()), "{} looks at Apple", apple.len());
    let spotify = pauses(&listener.asked(Service::Spotify, begin));
    assert!(spotify.iter().all(|seconds| *seconds <= 20 * 60), "50 short songs take 25 minutes: {spotify:?}");
    assert!((10..=12).contains(&spotify.len()), "{} looks at Spotify", spotify.len());
    // What was heard since the last looks is not known yet.
    listener.pass(40 * 60, false).await;
    assert!((29..=30).contains(&listener.heard), "{} songs", listener.heard);
    assert_eq!(listener.listens().await, 2 * listener.heard as usize);
    let sleeps = listener.world.host.sleeps();
    assert!(sleeps.iter().all(|micros| *micros <= REST_MICROS_MAX));
}

#[tokio::test]
async fn who_plays_nothing_for_a_while_is_asked_less_often() {
    let mut listener = Listener::with(&["apple"]).await;
    let begin = listener.world.now();
    listener.pass(2 * HOUR, false).await;
    let looks = pauses(&listener.asked(Service::Apple, begin));
    let (first, then) = looks.split_at(15);
    assert!(first.iter().all(|seconds| (60..=61).contains(seconds)), "{first:?}");
    assert!(then.iter().all(|seconds| (600..=601).contains(seconds)), "{then:?}");
    assert!((10..=11).contains(&then.len()), "{then:?}");
}
