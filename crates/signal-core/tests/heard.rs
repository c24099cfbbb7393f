//! What plays are worth, from an import to profiles: skips, age, merges, hours.

use std::sync::Arc;

use pollster::block_on;
use signal_core::engine::{Engine, ImportOptions, Imported, TasteAnswer};
use signal_core::model::{Exactness, Timestamp, TrackRef, UserId, Viewer};
use signal_core::platform::{ImportRecord, ImportedArtist};
use signal_core::simulation::SimulatedHost;
use signal_core::store::MemoryStore;

const NOW: &str = "2026-01-01T00:00:00Z";

struct Town {
    engine: Engine,
    ann: UserId,
}

impl Town {
    async fn new() -> Self {
        let host = Arc::new(SimulatedHost::new(3, NOW.parse().expect("a time")));
        let engine = Engine::new(Arc::new(MemoryStore::new()), host);
        let ann = engine.register(&"ann".parse().expect("a handle")).await.expect("joins");
        Self { engine, ann }
    }

    /// Ann hears a track of a band so often, a day apart, from so many days ago on.
    async fn hear(&self, band: &str, plays: i64, days_ago: i64, seconds: Option<u32>) {
        let track = TrackRef::named(band, "A Song").expect("a name");
        let now: Timestamp = NOW.parse().expect("a time");
        let listens = (0..plays).map(|n| {
            Imported::Record(ImportRecord::Listen {
                person: None,
                track: track.clone(),
                start: now.plus_days(-days_ago - n),
                exactness: Exactness::Exact,
                played_ms: seconds.map(|seconds| seconds * 1_000),
            })
        });
        self.import(listens).await;
    }

    /// Ann counts plays of a band, times unknown.
    async fn count(&self, band: &str, plays: u64) {
        let artist = ImportedArtist { id: None, name: band.to_owned() };
        let record = ImportRecord::ArtistPlays { person: None, artist, plays };
        self.import([Imported::Record(record)]).await;
    }

    async fn tag(&self, band: &str, genre: &str) {
        let artist = ImportedArtist { id: None, name: band.to_owned() };
        let record = ImportRecord::ArtistTag { artist, tag: genre.to_owned() };
        self.import([Imported::Record(record)]).await;
    }

    async fn import(&self, records: impl IntoIterator<Item = Imported, IntoIter: Send>) {
        let options = ImportOptions { source: "test".to_owned(), person: Some(self.ann) };
        let answer = self.engine.import(&mut records.into_iter(), &options, &|_| {}).await;
        answer.expect("imports");
    }

    /// Ann's taste, as a build makes it now.
    async fn taste(&self) -> TasteAnswer {
        self.engine.build_profiles().await.expect("profiles");
        self.engine.taste(Viewer::User(self.ann), self.ann).await.expect("her own taste")
    }
}

fn confidence(taste: &TasteAnswer, genre: &str) -> f64 {
    taste.genres.iter().find(|one| one.genre == genre).map_or(0.0, |one| one.confidence)
}

#[test]
fn skips_say_little_and_are_counted_all_the_same() {
    block_on(async {
        let town = Town::new().await;
        town.tag("Heard", "jazz").await;
        town.tag("Skipped", "metal").await;
        town.hear("Heard", 9, 1, Some(240)).await;
        town.hear("Skipped", 30, 1, Some(12)).await;
        let taste = town.taste().await;
        let (jazz, metal) = (confidence(&taste, "jazz"), confidence(&taste, "metal"));
        // ln(1 + 9) and ln(1 + 3), but for the age of a few days.
        assert!((metal / jazz - libm::log(4.0) / libm::log(10.0)).abs() < 0.01, "{jazz} {metal}");
        assert_eq!(taste.artists.iter().map(|one| one.plays).collect::<Vec<_>>(), [30, 9]);
        let hours = |genre: &str| taste.genres.iter().find(|one| one.genre == genre).map(|one| one.hours);
        assert!(hours("jazz").is_some_and(|hours| (hours - 0.6).abs() < 1e-6), "{:?}", hours("jazz"));
        assert!(hours("metal").is_some_and(|hours| (hours - 0.1).abs() < 1e-6), "{:?}", hours("metal"));
        assert!((taste.hours - (9.0 * 240.0 + 30.0 * 12.0) / 3_600.0).abs() < 1e-6, "{}", taste.hours);
    });
}

#[test]
fn the_past_fades_as_the_policy_says() {
    block_on(async {
        let town = Town::new().await;
        town.tag("Now", "jazz").await;
        town.tag("Once", "metal").await;
        town.hear("Now", 1, 0, None).await;
        town.hear("Once", 1, 730, None).await;
        let taste = town.taste().await;
        let share = confidence(&taste, "metal") / confidence(&taste, "jazz");
        // Half a week of 730 days is 0.3 % of the decay.
        assert!((share - libm::log(1.5) / libm::log(2.0)).abs() < 0.01, "{share}");
        let mut policy = town.engine.policy().await.expect("the policy").1;
        policy.taste.half_life_days = 73.0;
        town.engine.set_policy(policy).await.expect("set");
        let taste = town.taste().await;
        let share = confidence(&taste, "metal") / confidence(&taste, "jazz");
        assert!(share < 0.01, "a thousandth of a play is left: {share}");
    });
}

#[test]
fn a_merge_takes_a_link_out_of_the_unknown_and_unmerging_puts_it_back() {
    block_on(async {
        let town = Town::new().await;
        let link: TrackRef = "spotify:track:4uLU6hMCjMI75M1A2tKUQC".parse().expect("a link");
        let listen = ImportRecord::Listen {
            person: None,
            track: link.clone(),
            start: NOW.parse().expect("a time"),
            exactness: Exactness::Exact,
            played_ms: None,
        };
        town.import([Imported::Record(listen.clone())]).await;
        assert!(town.taste().await.hours.abs() < 1e-12, "an unknown artist is no taste");
        town.hear("Nina Simone", 1, 1, None).await;
        let told = |taste: &TasteAnswer| -> Vec<(String, u64)> {
            taste.artists.iter().map(|one| (one.artist.clone(), one.plays)).collect()
        };
        assert_eq!(
            told(&town.taste().await),
            [("Nina Simone".to_owned(), 1)],
            "an unknown artist is no taste"
        );
        let from = town.engine.known_track(Viewer::Operator, &link).await.expect("known");
        let named = TrackRef::named("Nina Simone", "A Song").expect("a name");
        let into = town.engine.known_track(Viewer::Operator, &named).await.expect("known");
        town.engine.merge_tracks(Viewer::Operator, from, into).await.expect("merges");
        assert_eq!(told(&town.taste().await), [("Nina Simone".to_owned(), 2)]);
        let merges = town.engine.merges(Viewer::Operator).await.expect("merges");
        assert_eq!(merges[0].into.name.as_deref(), Some("Nina Simone - A Song"));
        assert!(town.engine.merges(Viewer::User(town.ann)).await.is_err());
        assert!(town.engine.unmerge_track(Viewer::Operator, from).await.expect("undone"));
        assert_eq!(told(&town.taste().await), [("Nina Simone".to_owned(), 1)], "as it was");
        // What the operator took back, a source does not merge again; another merge by hand does.
        let ImportRecord::Listen { person, start, exactness, played_ms, .. } = listen else {
            panic!("a listen")
        };
        let track = link.with_names("Nina Simone", "A Song");
        let named = ImportRecord::Listen { person, track, start, exactness, played_ms };
        town.import([Imported::Record(named.clone())]).await;
        assert_eq!(town.engine.merges(Viewer::Operator).await.expect("merges"), []);
        town.engine.merge_tracks(Viewer::Operator, from, into).await.expect("merges");
        assert_eq!(told(&town.taste().await), [("Nina Simone".to_owned(), 2)]);
    });
}

#[test]
fn two_recordings_of_one_name_stay_apart() {
    block_on(async {
        let town = Town::new().await;
        let [one, other]: [TrackRef; 2] =
            [1, 2].map(|n| format!("mbid:6f1c7a52-0a6d-4c59-9f5e-00000000000{n}").parse().expect("an MBID"));
        let listen = |track: TrackRef, seconds| {
            Imported::Record(ImportRecord::Listen {
                person: None,
                track,
                start: Timestamp::from_seconds(seconds),
                exactness: Exactness::Exact,
                played_ms: None,
            })
        };
        town.import([listen(one.clone(), 1), listen(other.with_names("A Band", "A Song"), 2)]).await;
        town.import([listen(one.with_names("A Band", "A Song"), 3)]).await;
        assert_eq!(town.engine.merges(Viewer::Operator).await.expect("merges"), []);
    });
}

#[test]
fn who_plays_nothing_any_more_has_an_empty_profile() {
    block_on(async {
        let town = Town::new().await;
        town.tag("A Band", "jazz").await;
        let link: TrackRef = "spotify:track:4uLU6hMCjMI75M1A2tKUQC".parse().expect("a link");
        let listen = ImportRecord::Listen {
            person: None,
            track: link.clone(),
            start: NOW.parse().expect("a time"),
            exactness: Exactness::Exact,
            played_ms: None,
        };
        town.import([Imported::Record(listen)]).await;
        let named = TrackRef::named("A Band", "A Song").expect("a name");
        town.engine.make_drop(town.ann, &named, "listen", None, None, None).await.expect("drops");
        let known = async |track| town.engine.known_track(Viewer::Operator, track).await.expect("known");
        let (from, into) = (known(&link).await, known(&named).await);
        town.engine.merge_tracks(Viewer::Operator, from, into).await.expect("merges");
        assert!(confidence(&town.taste().await, "jazz") > 0.0);
        town.engine.unmerge_track(Viewer::Operator, from).await.expect("undone");
        let taste = town.taste().await;
        assert!(taste.genres.is_empty() && taste.artists.is_empty(), "{taste:?}");
    });
}

#[test]
fn histories_without_measure_have_finite_tastes() {
    block_on(async {
        let cases: [(&str, &[(&str, u64)]); 3] = [
            ("one play", &[("A", 1)]),
            ("a billion plays", &[("A", 1_000_000_000), ("B", 1)]),
            ("more than can be counted", &[("A", u64::MAX / 4), ("B", u64::MAX / 4)]),
        ];
        for (case, counts) in cases {
            let town = Town::new().await;
            town.tag("A", "jazz").await;
            for (band, plays) in counts {
                town.count(band, *plays).await;
            }
            let taste = town.taste().await;
            assert!(taste.hours.is_finite() && confidence(&taste, "jazz") > 0.0, "{case}: {taste:?}");
            assert!(confidence(&taste, "jazz") < 1.0, "{case}: {taste:?}");
            let me = Viewer::User(town.ann);
            town.engine.recommend(me, town.ann, 5).await.expect("recommends");
            let again = town.engine.compatibility(me, town.ann, town.ann).await.expect("a match");
            assert!(again.score.is_finite(), "{case}: {again:?}");
        }
        let town = Town::new().await;
        let taste = town.taste().await;
        assert!(taste.genres.is_empty() && taste.hours.abs() < 1e-12, "zero plays: {taste:?}");
    });
}
