//! One person with many exports: each play is one listen, however many files tell of it.

use std::sync::Arc;

use signal_adapters::import::{Import, ImportItem, ImportOptions};
use signal_core::engine::{self, Engine, ImportAnswer, Imported};
use signal_core::model::{Exactness, Timestamp, UserId};
use signal_core::simulation::SimulatedHost;
use signal_core::store::{HistoryStore as _, MemoryStore};

use super::folder;

/// Somebody who imports.
struct Listener {
    store: MemoryStore,
    engine: Engine,
    person: UserId,
}

impl Listener {
    async fn new() -> Self {
        let store = MemoryStore::new();
        let host = SimulatedHost::new(1, "2026-03-01T12:00:00Z".parse().expect("a time"));
        let engine = Engine::new(Arc::new(store.clone()), Arc::new(host));
        let person = engine.register(&"ana".parse().expect("a handle")).await.expect("registers");
        Self { store, engine, person }
    }

    /// Imports a file as the program does.
    async fn import(&self, content: &str) -> ImportAnswer {
        self.import_files(&[("file", content.as_bytes())]).await
    }

    /// Imports a folder of one source as the program does.
    async fn import_files(&self, files: &[(&str, &[u8])]) -> ImportAnswer {
        let folder = folder(files);
        let import = Import::open(folder.path(), &ImportOptions::default()).expect("a history");
        let source = import.default_source().to_owned();
        let options = engine::ImportOptions { source, person: Some(self.person) };
        let mut rows = import.records().expect("opens").map(|item| match item.expect("a row") {
            ImportItem::Record(record) => Imported::Record(record),
            ImportItem::Skipped { reason } => Imported::Skipped(reason),
            ImportItem::Unknown { .. } => Imported::Skipped("not understood"),
        });
        self.engine.import(&mut rows, &options, &|_| ()).await.expect("imports")
    }

    /// When which listens began, and how exactly that is known, oldest first.
    async fn listens(&self) -> Vec<(String, Exactness)> {
        let far: Timestamp = "2100-01-01T00:00:00Z".parse().expect("a time");
        let mut rows = self.store.listens(self.person, far, 1_000).await.expect("reads");
        rows.reverse();
        rows.into_iter().map(|row| (row.listen.start.to_string(), row.listen.exactness)).collect()
    }
}

/// Three plays of two songs, as four services tell of them.
const EXTENDED: &str = r#"[
    {"ts": "2023-05-01T10:04:10Z", "ms_played": 240000, "master_metadata_track_name": "One", "master_metadata_album_artist_name": "The Invented", "spotify_track_uri": "spotify:track:AAAAAAAAAAAAAAAAAAAA01"},
    {"ts": "2023-05-01T10:08:10Z", "ms_played": 240000, "master_metadata_track_name": "Two", "master_metadata_album_artist_name": "The Invented", "spotify_track_uri": "spotify:track:AAAAAAAAAAAAAAAAAAAA02"},
    {"ts": "2023-05-01T10:12:10Z", "ms_played": 240000, "master_metadata_track_name": "One", "master_metadata_album_artist_name": "The Invented", "spotify_track_uri": "spotify:track:AAAAAAAAAAAAAAAAAAAA01"}
]"#;
const ACCOUNT: &str = r#"[
    {"endTime": "2023-05-01 10:04", "artistName": "The Invented", "trackName": "One", "msPlayed": 240000},
    {"endTime": "2023-05-01 10:08", "artistName": "The Invented", "trackName": "Two", "msPlayed": 240000},
    {"endTime": "2023-05-01 10:12", "artistName": "The Invented", "trackName": "One", "msPlayed": 240000}
]"#;
const LISTENS: &str = r#"{"listened_at": 1682935207, "track_metadata": {"artist_name": "The Invented", "track_name": "One", "mbid_mapping": {"recording_mbid": "22222222-2222-4222-8222-222222222222"}}}
{"listened_at": 1682935453, "track_metadata": {"artist_name": "The Invented", "track_name": "Two"}}
{"listened_at": 1682935694, "track_metadata": {"artist_name": "The Invented", "track_name": "One"}}
"#;
const SCROBBLES: &str = "uts,artist,album,track\n1682935690,The Invented,,One\n1682935450,the invented,,Two\n1682935210,The Invented,,One\n";

const STARTS: [&str; 3] = ["2023-05-01T10:00:10Z", "2023-05-01T10:04:10Z", "2023-05-01T10:08:10Z"];

#[tokio::test]
async fn the_same_play_from_many_sources_is_one_listen() {
    let listener = Listener::new().await;
    for (place, export) in [EXTENDED, ACCOUNT, LISTENS, SCROBBLES, EXTENDED, LISTENS].into_iter().enumerate()
    {
        let answer = listener.import(export).await;
        let new = if place == 0 { 3 } else { 0 };
        assert_eq!((answer.rows, answer.listens), (3, 3), "{export}");
        assert_eq!((answer.listens_new, answer.duplicates), (new, 3 - new), "{export}");
    }
    assert_eq!(listener.listens().await, STARTS.map(|start| (start.to_owned(), Exactness::Exact)));
}

#[tokio::test]
async fn in_whatever_order_they_come_they_are_three_plays() {
    for exports in
        [[ACCOUNT, EXTENDED, LISTENS], [SCROBBLES, ACCOUNT, EXTENDED], [LISTENS, EXTENDED, ACCOUNT]]
    {
        let listener = Listener::new().await;
        for export in exports.into_iter().chain(exports) {
            listener.import(export).await;
        }
        assert_eq!(listener.listens().await.len(), 3, "{exports:?}");
    }
}

#[tokio::test]
async fn near_duplicates_within_a_file_are_one_and_a_repeated_song_is_two() {
    let listener = Listener::new().await;
    let row = |end: &str, ms: u32| {
        format!(
            r#"{{"ts": "2023-05-01T{end}Z", "ms_played": {ms}, "master_metadata_track_name": "One", "master_metadata_album_artist_name": "The Invented"}}"#
        )
    };
    let rows = [
        row("10:04:10", 240_000),
        row("10:04:10", 240_000),
        row("10:04:12", 240_000),
        row("10:04:50", 40_000),
    ];
    let answer = listener.import(&format!("[{}]", rows.join(","))).await;
    assert_eq!((answer.listens, answer.listens_new, answer.duplicates), (4, 2, 2));
    assert_eq!(listener.import(&format!("[{}]", rows.join(","))).await.listens_new, 0);
}

/// A song of Spotify's extended history.
fn played(title: &str, end: &str, ms: u32) -> String {
    format!(
        r#"{{"ts": "2023-05-01T{end}Z", "ms_played": {ms}, "master_metadata_track_name": "{title}", "master_metadata_album_artist_name": "The Invented"}}"#
    )
}

#[tokio::test]
async fn plays_of_two_songs_within_a_minute_are_two() {
    let listener = Listener::new().await;
    let rows = [played("One", "10:04:10", 30_000), played("Two", "10:04:40", 30_000)];
    let answer = listener.import(&format!("[{}]", rows.join(","))).await;
    assert_eq!((answer.listens, answer.listens_new, answer.duplicates), (2, 2, 0));
}

/// Two requests of one history, whose files overlap by two plays that were written a little differently.
#[tokio::test]
async fn near_duplicates_across_overlapping_files_are_one() {
    let listener = Listener::new().await;
    let list = |rows: &[String]| format!("[{}]", rows.join(",")).into_bytes();
    let old = list(&[
        played("One", "10:04:10", 240_000),
        played("Two", "10:08:10", 240_000),
        played("Three", "10:12:10", 240_000),
    ]);
    let new = list(&[
        played("Two", "10:08:11", 240_000),
        played("Three", "10:12:10", 239_500),
        played("Four", "10:16:10", 240_000),
    ]);
    let answer = listener.import_files(&[("endsong_0.json", &old), ("endsong_1.json", &new)]).await;
    assert_eq!((answer.listens, answer.listens_new, answer.duplicates), (6, 4, 2));
}

/// More plays than are looked at together, in an order that no service would write.
#[tokio::test]
async fn a_long_history_in_any_order_is_taken_once() {
    let listener = Listener::new().await;
    let row = |number: u32| format!("{},The Invented,Song {}\n", 1_500_000_000 + number * 240, number % 97);
    let rows: Vec<String> = (0..25_000).map(|number| row(number * 7_919 % 25_000)).collect();
    let export = format!("uts,artist,track\n{}", rows.concat());
    assert_eq!(listener.import(&export).await.listens_new, 25_000);
    assert_eq!(listener.import(&export).await.listens_new, 0);
}
