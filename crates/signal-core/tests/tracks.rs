//! One track under two names, through the engine: merged by what a source says, and taken back.

use std::sync::Arc;

use pollster::block_on;
use signal_core::engine::{Engine, ImportOptions, Imported};
use signal_core::model::{Exactness, Merge, Same, Timestamp, TrackId, TrackRef, UserId, Viewer};
use signal_core::platform::ImportRecord;
use signal_core::simulation::SimulatedHost;
use signal_core::store::{HistoryStore, MemoryStore, Page};

const LINK: &str = "spotify:track:4uLU6hMCjMI75M1A2tKUQC";

struct Town {
    engine: Engine,
    store: Arc<MemoryStore>,
    ann: UserId,
}

impl Town {
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let host = Arc::new(SimulatedHost::new(3, "2026-01-01T00:00:00Z".parse().expect("a time")));
        let engine = Engine::new(Arc::<MemoryStore>::clone(&store), host);
        let ann = engine.register(&"ann".parse().expect("a handle")).await.expect("joins");
        Self { engine, store, ann }
    }

    /// Ann plays the track, as a source says.
    async fn hear(&self, track: TrackRef, seconds: i64) {
        let listen = ImportRecord::Listen {
            person: None,
            track,
            start: Timestamp::from_seconds(seconds),
            exactness: Exactness::Exact,
            played_ms: None,
        };
        let options = ImportOptions { source: "test".to_owned(), person: Some(self.ann) };
        let mut records = [Imported::Record(listen)].into_iter();
        self.engine.import(&mut records, &options, &|_| {}).await.expect("imports");
    }

    async fn track(&self, track: &TrackRef) -> TrackId {
        let found = self.store.find_items(&[track.claim().clone()]).await.expect("answers");
        TrackId::from_uuid(found[0].expect("a known track"))
    }

    async fn merges(&self) -> Vec<Merge> {
        self.store.merges(Page { after: None, limit: 9 }).await.expect("answers")
    }

    async fn played(&self, track: TrackId) -> bool {
        self.store.played(self.ann, &[track]).await.expect("answers")[0]
    }
}

#[test]
fn a_link_that_gets_a_name_is_the_track_of_that_name_until_that_is_taken_back() {
    block_on(async {
        let town = Town::new().await;
        let link: TrackRef = LINK.parse().expect("a link");
        let named = TrackRef::named("Nina Simone", "Sinnerman").expect("a name");
        town.hear(link.clone(), 1).await;
        let by_link = town.track(&link).await;
        // Somebody else made the name known: Ann did not play it.
        let by_name = town.engine.make_drop(town.ann, &named, "listen", None, None, None).await;
        by_name.expect("drops");
        let by_name = town.track(&named).await;
        assert!(by_link != by_name && !town.played(by_name).await);
        town.hear(link.clone().with_names("Nina Simone feat. Nobody", "Sinnerman - 2013 Remaster"), 2).await;
        let merges = town.merges().await;
        assert_eq!(
            merges.iter().map(|m| (m.from, m.into, m.why)).collect::<Vec<_>>(),
            [(by_link, by_name, Same::Name)]
        );
        assert!(town.played(by_name).await);
        assert!(town.engine.unmerge_track(Viewer::Operator, by_link).await.expect("undone"));
        assert!(!town.played(by_name).await && town.played(by_link).await);
        assert_eq!((town.track(&link).await, town.track(&named).await), (by_link, by_name));
    });
}

#[test]
fn the_operator_merges_and_nobody_else() {
    block_on(async {
        let town = Town::new().await;
        let songs = ["One", "Two"].map(|title| TrackRef::named("Some Band", title).expect("a name"));
        for (song, seconds) in songs.iter().zip(1..) {
            town.hear(song.clone(), seconds).await;
        }
        let (one, two) = (town.track(&songs[0]).await, town.track(&songs[1]).await);
        let merge = async |viewer, from, into| town.engine.merge_tracks(viewer, from, into).await;
        assert!(merge(Viewer::User(town.ann), one, two).await.is_err());
        assert!(merge(Viewer::Operator, one, one).await.is_err());
        merge(Viewer::Operator, one, two).await.expect("merges");
        let circle = merge(Viewer::Operator, two, one).await.expect_err("one track already");
        assert!(circle.to_string().contains("one track already"), "{circle}");
        assert!(town.engine.unmerge_track(Viewer::User(town.ann), one).await.is_err());
        assert!(town.engine.unmerge_track(Viewer::Operator, one).await.expect("undone"));
        assert!(!town.engine.unmerge_track(Viewer::Operator, one).await.expect("nothing to undo"));
    });
}

#[test]
fn a_live_version_is_another_track_and_a_remaster_is_none() {
    block_on(async {
        let town = Town::new().await;
        let song = |title: &str| TrackRef::named("Nina Simone", title).expect("a name");
        for (title, seconds) in ["Sinnerman", "Sinnerman (Live)", "SINNERMAN - Remastered"].iter().zip(1..) {
            town.hear(song(title), seconds).await;
        }
        let (plain, live) =
            (town.track(&song("Sinnerman")).await, town.track(&song("Sinnerman - Live")).await);
        assert_eq!(plain, town.track(&song("Sinnerman [2013 Remaster]")).await);
        assert_ne!(plain, live);
    });
}
