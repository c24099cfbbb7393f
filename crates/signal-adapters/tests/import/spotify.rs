//! Both of Spotify's streaming histories.

use std::path::Path;

use signal_adapters::import::{Format, Import, ImportItem, ImportOptions};
use signal_core::model::{Exactness, TrackRef};
use signal_core::platform::ImportRecord;

use super::{folder, read, read_path, skipped};

const EXTENDED: &[u8] = include_bytes!("../data/extended.json");
const ACCOUNT: &[u8] = include_bytes!("../data/account.json");

fn listen(track: TrackRef, start: &str, exactness: Exactness, played_ms: u32) -> ImportItem {
    let start = start.parse().expect("a time");
    let played_ms = Some(played_ms);
    ImportItem::Record(ImportRecord::Listen { person: None, track, start, exactness, played_ms })
}

fn numbered(number: u32) -> TrackRef {
    format!("spotify:track:AAAAAAAAAAAAAAAAAAAA{number:02}").parse().expect("a track")
}

fn named(artist: &str, title: &str) -> TrackRef {
    TrackRef::named(artist, title).expect("a track")
}

fn extended_plays() -> Vec<ImportItem> {
    let by_the_invented = |number, title| numbered(number).with_names("The Invented", title);
    let estimated = Exactness::Estimated;
    vec![
        listen(
            by_the_invented(1, "Braces } and \"quotes\" \\"),
            "2023-05-01T10:00:00Z",
            Exactness::Exact,
            240_000,
        ),
        listen(by_the_invented(2, "Old Train"), "2023-05-01T10:00:00.123Z", estimated, 60_000),
        listen(by_the_invented(3, "New Train"), "2023-05-01T10:00:00Z", estimated, 60_000),
        listen(by_the_invented(4, "Untimed Train"), "2023-05-02T08:59:00Z", Exactness::Day, 60_000),
        listen(named("A Local File", "Tape"), "2023-05-03T09:00:00Z", Exactness::Exact, 30_000),
        listen(numbered(5), "2023-05-03T09:00:30Z", Exactness::Exact, 30_000),
        skipped("shorter than 30 seconds"),
        skipped("private session"),
        skipped("not music"),
        skipped("not music"),
        skipped("nothing named"),
    ]
}

fn account_plays() -> Vec<ImportItem> {
    vec![
        listen(named("The Invented", "Sõng"), "2023-05-01T10:00:00Z", Exactness::Minute, 240_000),
        skipped("shorter than 30 seconds"),
        skipped("not music"),
        skipped("nothing named"),
    ]
}

#[test]
fn the_extended_history_is_read_to_the_second() {
    assert_eq!(read(EXTENDED).expect("a history"), (Format::SpotifyExtended, extended_plays()));
}

#[test]
fn the_account_history_is_read_to_the_minute() {
    assert_eq!(read(ACCOUNT).expect("a history"), (Format::SpotifyAccount, account_plays()));
    let with_mark = [b"\xef\xbb\xbf \r\n".as_slice(), ACCOUNT].concat();
    assert_eq!(read(with_mark).expect("a history").1, account_plays());
}

#[test]
fn a_folder_gives_the_histories_in_it_in_order() {
    let folder = folder(&[
        ("My Data/a.json", ACCOUNT),
        ("My Data/b.JSON", ACCOUNT),
        ("My Data/Userdata.json", br#"{"username": "left-alone"}"#),
        ("My Data/Empty.json", b"[]"),
        ("My Data/Other.json", br#"[{"a": 1}]"#),
        ("My Data/ReadMe.pdf", b"%PDF"),
        ("My Data/deeper/c.json", ACCOUNT),
    ]);
    let twice = [account_plays(), account_plays()].concat();
    let thrice = [account_plays(), twice].concat();
    for path in [folder.path(), &folder.path().join("My Data")] {
        assert_eq!(read_path(path, None).expect("an export"), (Format::SpotifyAccount, thrice.clone()));
    }
}

#[test]
fn account_history_beside_the_extended_one_is_not_counted_twice() {
    let folder = folder(&[("1.json", ACCOUNT), ("2.json", EXTENDED)]);
    let import = Import::open(folder.path(), &ImportOptions::default()).expect("an export");
    assert_eq!((import.format(), import.default_source()), (Format::SpotifyExtended, "spotify"));
    let (_, items) = read_path(folder.path(), None).expect("an export");
    let beside = vec![skipped("account history beside the extended one"); account_plays().len()];
    assert_eq!(items, [extended_plays(), beside].concat());
}

#[test]
fn names_that_cannot_be_used_stay_out() {
    let row = |artist: &str, title: &str| {
        format!(
            r#"{{"endTime":"2023-05-01 10:04","artistName":"{artist}","trackName":"{title}","msPlayed":60000}}"#
        )
    };
    let long = "x".repeat(1_001);
    let rows = [row(&long, "y"), row(&"x".repeat(600), "y"), row("\\u0007", "y")].join(",");
    let (_, items) = read(format!("[{rows}]")).expect("a history");
    assert_eq!(items, [skipped("name too long"), skipped("unusable name"), skipped("unusable name")]);
}

/// Far more plays than a buffer holds, cut at every place of an object.
#[test]
fn a_long_history_streams() {
    let play = |number: usize| {
        format!(
            r#"{{"endTime":"2023-05-01 10:04","artistName":"{}","trackName":"{number}","msPlayed":60000}}"#,
            "é".repeat(number % 97 + 1)
        )
    };
    let plays: Vec<String> = (0..5_000).map(play).collect();
    let (_, items) = read(format!("[{}]", plays.join(",\n"))).expect("a history");
    let titles: Vec<String> = items
        .iter()
        .map(|item| match item {
            ImportItem::Record(ImportRecord::Listen { track, .. }) => {
                track.names().expect("names").1.to_owned()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(titles, (0..5_000).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[test]
fn records_can_be_sent_to_another_thread() {
    let folder = folder(&[("x", ACCOUNT)]);
    let path: &Path = &folder.path().join("x");
    let records = Import::open(path, &ImportOptions::default()).and_then(|import| import.records());
    let count = std::thread::spawn(move || records.expect("a history").count()).join().expect("no panic");
    assert_eq!(count, account_plays().len());
}

#[test]
fn spotify_private_sessions_are_taken_only_when_asked_for() {
    let folder = folder(&[("x", EXTENDED)]);
    let options = ImportOptions { private_too: true, ..ImportOptions::default() };
    let import = Import::open(&folder.path().join("x"), &options).expect("a history");
    let items: Vec<_> = import.records().expect("opens").map(|item| item.expect("a row")).collect();
    let there = |reason| items.contains(&skipped(reason));
    assert!(!there("private session") && there("not music"));
    assert_eq!(items.len(), extended_plays().len());
}

/// Everything that old exports name differently, and that is nobody's business.
#[test]
fn spotify_old_exports_have_personal_fields_under_other_names_and_none_is_kept() {
    let row = r#"{"ts": "2023-05-01T10:04:00Z", "username": "left-alone", "ip_addr_decrypted": "192.0.2.7",
        "user_agent_decrypted": "left-alone", "conn_country": "left-alone", "platform": "left-alone", "ms_played": 240000,
        "city": null, "region": null, "metro_code": 7, "longitude": 1.5, "latitude": 1.5, "episode_name": null,
        "master_metadata_track_name": "One", "master_metadata_album_artist_name": "The Invented",
        "master_metadata_album_album_name": "First", "spotify_track_uri": null, "skipped": null, "offline": null,
        "offline_timestamp": 0, "incognito_mode": null}"#;
    let (_, items) = read(format!("[{row}]")).expect("a history");
    let one = listen(named("The Invented", "One"), "2023-05-01T10:00:00Z", Exactness::Exact, 240_000);
    assert_eq!(items, [one]);
    assert!(!format!("{items:?}").contains("left-alone"));
}

#[test]
fn account_and_extended_history_of_two_paths_are_one_history() {
    let places = [
        folder(&[("StreamingHistory0.json", &list(&[account_song("2023-05-01 10:01", "One")]))]),
        folder(&[(
            "endsong_0.json",
            &list(&[song("2023-05-01T10:01:00Z", "One"), song("2023-05-01T11:00:00Z", "Two")]),
        )]),
        folder(&[("scrobbles.csv", b"uts,artist,track\n1682935200,The Invented,One\n")]),
    ];
    let open =
        |place: &tempfile::TempDir| Import::open(place.path(), &ImportOptions::default()).expect("opens");
    let together = Import::together(places.iter().map(open));
    let formats: Vec<_> = together.iter().map(Import::format).collect();
    assert_eq!(formats, [Format::SpotifyExtended, Format::Lastfm]);
    let items: Vec<_> = together[0].records().expect("begins").collect::<Result<_, _>>().expect("rows");
    assert_eq!(items.len(), 3);
    assert_eq!(items[2], skipped("account history beside the extended one"));
    assert_eq!(together[0].bytes(), places[..2].iter().map(|place| open(place).bytes()).sum::<u64>());
}

#[test]
fn spotify_offline_plays_without_a_time_of_their_own_are_known_to_the_day() {
    let row = r#"{"ts": "2023-05-01T10:04:00Z", "ms_played": 240000, "offline": true, "offline_timestamp": 0,
        "master_metadata_track_name": "One", "master_metadata_album_artist_name": "The Invented"}"#;
    let one = listen(named("The Invented", "One"), "2023-05-01T10:00:00Z", Exactness::Day, 240_000);
    assert_eq!(read(format!("[{row}]")).expect("a history").1, [one]);
}

/// A song of the extended history.
fn song(end: &str, title: &str) -> String {
    format!(
        r#"{{"ts": "{end}", "ms_played": 60000, "master_metadata_track_name": "{title}", "master_metadata_album_artist_name": "The Invented"}}"#
    )
}

/// A song of the account history.
fn account_song(end: &str, title: &str) -> String {
    format!(
        r#"{{"endTime": "{end}", "artistName": "The Invented", "trackName": "{title}", "msPlayed": 60000}}"#
    )
}

fn list(rows: &[String]) -> Vec<u8> {
    format!("[{}]", rows.join(",")).into_bytes()
}

#[test]
fn spotify_times_may_lack_their_letters_and_unset_clocks_are_no_time() {
    let rows = [
        song("2023-05-01 13:31:30", "One"),
        song("2023-05-01T13:31:30Z", "One"),
        song("1970-01-01T00:00:00Z", "One"),
        song("0001-01-01T00:00:00Z", "One"),
        song("2101-01-01 00:00:00", "One"),
    ];
    let one = listen(named("The Invented", "One"), "2023-05-01T13:30:30Z", Exactness::Exact, 60_000);
    let unset = skipped("no time");
    let expected = [one.clone(), one, unset.clone(), unset.clone(), unset];
    assert_eq!(read(list(&rows)).expect("a history").1, expected);
    let rows = [account_song("1970-01-01 00:00", "One")];
    assert_eq!(read(list(&rows)).expect("a history").1, [skipped("no time")]);
}

#[test]
fn account_plays_outside_the_span_of_the_extended_history_are_taken() {
    let account = list(&[
        account_song("2023-04-30 23:59", "Before"),
        account_song("2023-05-01 10:04", "First"),
        account_song("2023-05-02 10:00", "Between"),
        account_song("2023-05-03 10:00", "Last"),
        account_song("2023-05-03 10:01", "After"),
    ]);
    let extended = list(&[song("2023-05-03T10:00:59Z", "Last"), song("2023-05-01T10:04:30Z", "First")]);
    let minute = |title, start| listen(named("The Invented", title), start, Exactness::Minute, 60_000);
    let exact = |title, start| listen(named("The Invented", title), start, Exactness::Exact, 60_000);
    let beside = skipped("account history beside the extended one");
    let folder = folder(&[("StreamingHistory_music_0.json", &account), ("later.json", &extended)]);
    let (_, items) = read_path(folder.path(), None).expect("an export");
    let expected = [
        exact("Last", "2023-05-03T09:59:59Z"),
        exact("First", "2023-05-01T10:03:30Z"),
        minute("Before", "2023-04-30T23:58:00Z"),
        beside.clone(),
        beside.clone(),
        beside,
        minute("After", "2023-05-03T10:00:00Z"),
    ];
    assert_eq!(items, expected);
}

/// Videos and talks of the same years say nothing about songs.
#[test]
fn account_plays_beside_extended_files_without_songs_are_taken() {
    let talk = |end: &str| format!(r#"{{"ts": "{end}", "ms_played": 60000, "episode_name": "Talk"}}"#);
    let talks = list(&[talk("2020-01-01T10:00:00Z"), talk("2024-01-01T10:00:00Z")]);
    let videos = list(&[song("2020-01-01T10:00:00Z", "A Video"), song("2024-01-01T10:00:00Z", "A Video")]);
    let account = list(&[account_song("2023-05-01 10:04", "One")]);
    for (name, other) in [("talks.json", &talks), ("Streaming_History_Video_2020-2024.json", &videos)] {
        let folder = folder(&[("StreamingHistory_music_0.json", &account), (name, other)]);
        let (_, items) = read_path(folder.path(), None).expect("an export");
        let one = listen(named("The Invented", "One"), "2023-05-01T10:03:00Z", Exactness::Minute, 60_000);
        assert_eq!((items.len(), items.last()), (3, Some(&one)), "{name}");
    }
}
