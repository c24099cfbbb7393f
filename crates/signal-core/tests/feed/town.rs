//! A community of numbered people who trust, play and drop as a test tells them to.

use std::sync::Arc;

use signal_core::engine::{Engine, FeedAnswer, ImportOptions, Imported};
use signal_core::live::Live;
use signal_core::model::{CircleId, DropId, Stars, TrackRef, TrustWeight, UserId};
use signal_core::platform::{ImportRecord, ImportedArtist};
use signal_core::policy::Policy;
use signal_core::simulation::SimulatedHost;
use signal_core::store::MemoryStore;

pub(crate) struct Town {
    pub(crate) engine: Engine,
    pub(crate) host: Arc<SimulatedHost>,
    pub(crate) people: Vec<UserId>,
}

impl Town {
    pub(crate) async fn of(people: usize, policy: Policy) -> Self {
        let host = Arc::new(SimulatedHost::new(7, "2026-01-01T00:00:00Z".parse().expect("a time")));
        let engine = Engine::new(Arc::new(MemoryStore::new()), Arc::<SimulatedHost>::clone(&host));
        engine.set_policy(policy).await.expect("a policy");
        let mut town = Self { engine, host, people: Vec::new() };
        for number in 0..people {
            let handle = format!("person{number}").parse().expect("a handle");
            town.people.push(town.engine.register(&handle).await.expect("joins"));
        }
        town
    }

    /// Lets minutes pass.
    pub(crate) fn pass(&self, minutes: i64) {
        let now = self.engine.now();
        self.host.set_now(now.plus_seconds(minutes * 60));
    }

    pub(crate) async fn trust(&self, from: usize, to: usize, tenths: usize) {
        if from != to {
            let weight = TrustWeight::from_fraction(tenths as f64 / 10.0).expect("a weight");
            let set = self.engine.set_trust(self.people[from], self.people[to], Some(weight));
            set.await.expect("trusts");
        }
    }

    /// Plays of numbered bands.
    pub(crate) async fn plays(&self, person: usize, bands: impl IntoIterator<Item = (usize, u64)>) {
        let rows = bands.into_iter().map(|(band, plays)| {
            let artist = ImportedArtist { id: None, name: format!("Band {band}") };
            Imported::Record(ImportRecord::ArtistPlays { person: None, artist, plays })
        });
        let options = ImportOptions { source: "test".to_owned(), person: Some(self.people[person]) };
        self.engine
            .import(&mut rows.collect::<Vec<_>>().into_iter(), &options, &|_| {})
            .await
            .expect("imports");
    }

    /// A song that nobody else drops or plays.
    pub(crate) async fn drop(&self, author: usize, song: usize) -> DropId {
        let track = TrackRef::named("Some Singer", &format!("Song {song}")).expect("a track");
        let made = self.engine.make_drop(self.people[author], &track, "listen", None, None, None);
        made.await.expect("drops")
    }

    /// So many people give a drop their stars, in halves; not its author.
    pub(crate) async fn rate(&self, raters: std::ops::Range<usize>, drop: DropId, halves: u8) {
        for rater in raters {
            let stars = Stars::from_halves(halves).expect("stars");
            self.engine.rate(self.people[rater], drop, stars).await.expect("rates");
        }
    }

    pub(crate) async fn circle(&self, members: &[usize]) -> Option<CircleId> {
        let (first, rest) = members.split_first()?;
        let made = self.engine.create_circle(self.people[*first], "friends", &[], false);
        let circle = made.await.expect("a circle");
        for member in rest {
            self.engine.join(self.people[*member], circle).await.expect("joins");
        }
        Some(circle)
    }

    /// Closes an epoch; what is asked from then on knows of it.
    pub(crate) async fn close(&self) {
        self.engine.close_epoch().await.expect("closes");
        self.pass(1);
    }

    pub(crate) async fn page(&self, viewer: usize, cursor: Option<&str>, size: usize) -> FeedAnswer {
        self.engine.feed(self.people[viewer], cursor, Some(size)).await.expect("a feed")
    }

    /// The ledger, read by itself.
    pub(crate) async fn live(&self) -> Live {
        let mut live = Live::default();
        for entry in self.engine.store().entries(0, u32::MAX).await.expect("entries") {
            live.apply(&entry).expect("folds");
        }
        live
    }
}
