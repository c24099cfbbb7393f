//! Apple Music's play activity.

use signal_adapters::import::{Format, Import, ImportItem, ImportOptions};
use signal_core::model::Exactness;

use super::{folder, listen, named, read, read_path, skipped, unknown};

const HEADER: &str = "Apple ID Number,Client IP Address,Artist Name,Song Name,Event Type,\
                      Event Start Timestamp,Event End Timestamp,Item Type,Media Duration In Milliseconds,\
                      Play Duration Milliseconds\n";

/// A row under the header.
fn row(artist: &str, song: &str, start: &str, length: i64, played: i64) -> String {
    format!("7,192.0.2.7,{artist},{song},PLAY_END,{start},,ITUNES_STORE_CONTENT,{length},{played}\n")
}

fn items(rows: &str) -> Vec<ImportItem> {
    let (format, items) = read(format!("{HEADER}{rows}")).expect("a table");
    assert_eq!(format, Format::AppleActivity);
    items
}

fn play(song: &str, start: &str, played_ms: u32) -> ImportItem {
    listen(named("The Invented", song), start, Exactness::Exact, Some(played_ms))
}

#[test]
fn apple_headers_match_in_any_case_order_and_with_a_byte_order_mark() {
    let text = "\u{feff}PLAY DURATION MILLISECONDS,song name,Event start timestamp,ARTIST NAME\r\n\
                200000,One,2023-05-01T10:00:00.5Z,The Invented\r\n";
    assert_eq!(read(text).expect("a table").1, [play("One", "2023-05-01T10:00:00.5Z", 200_000)]);
}

#[test]
fn apple_durations_are_clamped_and_those_not_above_zero_are_no_plays() {
    let at = "2023-05-01T10:00:00Z";
    let rows = [
        row("The Invented", "One", at, 240_000, 9_999_999_999),
        row("The Invented", "Two", at, 240_000, -5),
        row("The Invented", "Three", at, 240_000, 0),
        row("The Invented", "Four", at, 240_000, 29_999),
    ];
    let expected = vec![
        skipped("not played"),
        skipped("not played"),
        play("One", at, 240_000),
        skipped("shorter than 30 seconds"),
    ];
    assert_eq!(items(&rows.concat()), expected);
}

#[test]
fn apple_radio_and_other_events_are_left_out() {
    let radio = "7,x,,Station,PLAY_END,2023-05-01T10:00:00Z,,ORIGINAL_CONTENT_SHOWS,0,600000\n";
    let other =
        "7,x,The Invented,One,LYRIC_DISPLAY,2023-05-01T10:00:00Z,,ITUNES_STORE_CONTENT,240000,200000\n";
    let nothing = "7,x,The Invented,,PLAY_END,2023-05-01T10:00:00Z,,ITUNES_STORE_CONTENT,240000,200000\n";
    assert_eq!(
        items(&[radio, other, nothing].concat()),
        [skipped("not music"), skipped("not the end of a play"), skipped("nothing named")]
    );
}

#[test]
fn apple_rows_of_one_session_within_three_minutes_are_one_play() {
    let part = "part of a play told in several rows";
    let rows = [
        row("The Invented", "One", "2023-05-01T10:00:00Z", 240_000, 20_000),
        row("The Invented", "One", "2023-05-01T10:03:19Z", 240_000, 100_000),
        row("The Invented", "One", "2023-05-01T10:08:00Z", 240_000, 40_000),
    ];
    let expected = vec![
        skipped(part),
        play("One", "2023-05-01T10:00:00Z", 120_000),
        play("One", "2023-05-01T10:08:00Z", 40_000),
    ];
    assert_eq!(items(&rows.concat()), expected);
    let backwards: Vec<&str> = rows.iter().rev().map(String::as_str).collect();
    let mut all = items(&backwards.concat());
    all.sort_by_key(|item| format!("{item:?}"));
    let mut expected = expected;
    expected.sort_by_key(|item| format!("{item:?}"));
    assert_eq!(all, expected);
}

#[test]
fn apple_starts_that_are_missing_are_worked_out() {
    let end = "7,x,The Invented,One,PLAY_END,,2023-05-01T10:03:20Z,ITUNES_STORE_CONTENT,240000,200000\n";
    let never = "7,x,The Invented,One,PLAY_END,,,ITUNES_STORE_CONTENT,240000,200000\n";
    let odd = "7,x,The Invented,One,PLAY_END,soon,,ITUNES_STORE_CONTENT,240000,200000\n";
    let estimated =
        listen(named("The Invented", "One"), "2023-05-01T10:00:00Z", Exactness::Estimated, Some(200_000));
    let all = items(&[end, never, odd].concat());
    assert_eq!((&all[0], all.last()), (&skipped("no time"), Some(&estimated)));
    assert_eq!(unknown(&all[1]), Some((4, "\"soon\" is not a time")));
}

/// An export without artists, and the files that say who plays what.
fn newer_export() -> [(&'static str, &'static [u8]); 4] {
    [
        (
            "Activity/Play Activity.csv",
            b"Song Name,Event Start Timestamp,Play Duration Milliseconds\n\
              One,2023-05-01T10:00:00Z,200000\n\
              Two,2023-05-01T11:00:00Z,200000\n\
              Both,2023-05-01T12:00:00Z,200000\n\
              Nobody's,2023-05-01T13:00:00Z,200000\n",
        ),
        (
            "Activity/Daily Tracks.csv",
            b"Date Played,Hours,Track Description\n20230501,10,The Invented - One\n20230501,12,The Invented - Both\n",
        ),
        (
            "Activity/Library Tracks.json",
            br#"[{"Title": "Two", "Artist": "The Invented", "Album": "A"}, {"Title": "both", "Artist": "Others"}]"#,
        ),
        ("Activity/Container Details.csv", b"a,b,c\n1,2,3\n"),
    ]
}

fn recovered() -> Vec<ImportItem> {
    vec![
        play("One", "2023-05-01T10:00:00Z", 200_000),
        skipped("artist not known"),
        skipped("artist not known"),
        play("Two", "2023-05-01T11:00:00Z", 200_000),
    ]
}

fn sorted(mut items: Vec<ImportItem>) -> Vec<ImportItem> {
    items.sort_by_key(|item| format!("{item:?}"));
    items
}

#[test]
fn apple_artists_come_from_the_files_beside_where_a_title_has_exactly_one() {
    let folder = folder(&newer_export());
    let (format, items) = read_path(folder.path(), None).expect("an export");
    assert_eq!((format, sorted(items)), (Format::AppleActivity, sorted(recovered())));
    let alone = folder.path().join("Activity/Play Activity.csv");
    assert_eq!(sorted(read_path(&alone, None).expect("a table").1), sorted(recovered()));
}

#[test]
fn apple_artists_come_from_the_same_archive_too() {
    let folder = folder(&[("x", &super::containers::zip(&newer_export()))]);
    let import = Import::open(&folder.path().join("x"), &ImportOptions::default()).expect("an export");
    let items = import.records().expect("opens").collect::<Result<_, _>>().expect("reads");
    assert_eq!(sorted(items), sorted(recovered()));
}

/// `Apple Media Services information Part 1 of 2.zip`, and what lies in it.
#[test]
fn apple_downloads_are_archives_inside_archives() {
    let [activity, daily, library, other] = newer_export();
    let library = super::containers::zip(&[("Apple Music Library Tracks.json", library.1)]);
    let inner: [(&str, &[u8]); 4] = [
        ("Apple_Media_Services/Apple Music Activity/Apple Music Play Activity.csv", activity.1),
        ("Apple_Media_Services/Apple Music Activity/Apple Music Library Tracks.json.zip", &library),
        ("Apple_Media_Services/Apple Music Activity/Daily Tracks.csv", daily.1),
        ("Apple_Media_Services/Apple Music Activity/Container Details.csv", other.1),
    ];
    let services = super::containers::zip(&inner);
    let outer =
        [("Apple_Media_Services.zip", services.as_slice()), ("Other_Part.zip", &super::containers::zip(&[]))];
    let download = folder(&[("Part 1 of 2.zip", &super::containers::zip(&outer))]);
    for path in [download.path(), &download.path().join("Part 1 of 2.zip")] {
        let (format, items) = read_path(path, None).expect("an export");
        assert_eq!((format, sorted(items)), (Format::AppleActivity, sorted(recovered())));
    }
    let unpacked = folder(&inner);
    let alone = unpacked.path().join(inner[0].0);
    assert_eq!(sorted(read_path(&alone, None).expect("a table").1), sorted(recovered()));
}

#[test]
fn apple_files_that_only_name_artists_are_no_history() {
    let error = read(newer_export()[1].1).expect_err("no history");
    assert!(error.hint().is_some_and(|hint| hint.contains("play activity")), "{error}");
}

#[test]
fn apple_rows_of_two_devices_may_come_in_turn() {
    let part = "part of a play told in several rows";
    let rows = [
        row("The Invented", "One", "2023-05-01T10:00:00Z", 240_000, 100_000),
        row("The Invented", "Two", "2023-05-01T10:00:30Z", 200_000, 60_000),
        row("The Invented", "One", "2023-05-01T10:02:00Z", 240_000, 100_000),
        row("The Invented", "Two", "2023-05-01T10:02:30Z", 200_000, 60_000),
    ];
    let expected = vec![
        skipped(part),
        skipped(part),
        play("One", "2023-05-01T10:00:00Z", 200_000),
        play("Two", "2023-05-01T10:00:30Z", 120_000),
    ];
    assert_eq!(items(&rows.concat()), expected);
    // A song that was played to its end and comes again after another one was played twice.
    let rows = [
        row("The Invented", "One", "2023-05-01T10:00:00Z", 120_000, 120_000),
        row("The Invented", "Two", "2023-05-01T10:02:00Z", 60_000, 60_000),
        row("The Invented", "One", "2023-05-01T10:03:00Z", 120_000, 120_000),
    ];
    assert_eq!(items(&rows.concat()).len(), 3);
    assert!(!items(&rows.concat()).contains(&skipped(part)));
}

#[test]
fn apple_songs_played_again_and_again_are_so_many_plays() {
    let start = |minute: u32| format!("2023-05-01T10:{minute:02}:00Z");
    let rows: Vec<_> = (0..15).map(|n| row("The Invented", "One", &start(4 * n), 240_000, 240_000)).collect();
    let plays: Vec<_> = (0..15).map(|n| play("One", &start(4 * n), 240_000)).collect();
    assert_eq!(items(&rows.concat()), plays);
    // Somebody winds back a little, and a row is there twice.
    let rows = [
        row("The Invented", "One", "2023-05-01T10:00:00Z", 240_000, 200_000),
        row("The Invented", "One", "2023-05-01T10:00:00Z", 240_000, 200_000),
        row("The Invented", "One", "2023-05-01T10:03:20Z", 240_000, 45_000),
    ];
    let part = skipped("part of a play told in several rows");
    assert_eq!(items(&rows.concat()), [part.clone(), part, play("One", "2023-05-01T10:00:00Z", 240_000)]);
}

#[test]
fn apple_albums_say_who_plays_where_nothing_else_does_and_playlists_do_not() {
    let table = "Song Name,Artist Name,Container Artist Name,Container Album Name,Container Type,Event Type,\
                 Event Start Timestamp,Play Duration Milliseconds\n\
                 One,,The Invented,First,ALBUM,PLAY,2023-05-01T10:00:00Z,200000\n\
                 Two,The Invented,Various Artists,Many,ALBUM,PLAY_END,2023-05-01T10:05:00Z,200000\n\
                 Three,,Curator,,PLAYLIST,PLAY_END,2023-05-01T10:10:00Z,200000\n";
    let plays = vec![
        skipped("artist not known"),
        play("One", "2023-05-01T10:00:00Z", 200_000),
        play("Two", "2023-05-01T10:05:00Z", 200_000),
    ];
    assert_eq!(read(table).expect("a table").1, plays);
}

#[test]
fn apple_many_songs_in_turn_are_all_plays() {
    let many = |number: u32| {
        row(
            "The Invented",
            &format!("Song {number}"),
            &format!("2023-05-01T10:{number:02}:00Z"),
            60_000,
            60_000,
        )
    };
    let rows: Vec<String> = (0..30).map(many).collect();
    let all = items(&rows.concat());
    assert_eq!(all[0], play("Song 0", "2023-05-01T10:00:00Z", 60_000));
    assert_eq!(all.len(), 30);
}

#[test]
fn apple_videos_are_no_music() {
    let table = "Song Name,Artist Name,Media Type,Event Start Timestamp,Play Duration Milliseconds\n\
                 One,The Invented,VIDEO,2023-05-01T10:00:00Z,200000\n\
                 One,The Invented,AUDIO,2023-05-01T10:00:00Z,200000\n\
                 Two,The Invented,,2023-05-01T11:00:00Z,200000\n";
    let (_, items) = read(table).expect("a table");
    let plays = [play("One", "2023-05-01T10:00:00Z", 200_000), play("Two", "2023-05-01T11:00:00Z", 200_000)];
    assert_eq!(items, [[skipped("not music")].as_slice(), &plays].concat());
}

#[test]
fn apple_artists_come_from_the_history_by_track_too() {
    let folder = folder(&[
        ("Apple Music Play Activity.csv", newer_export()[0].1),
        (
            "Apple Music - Track Play History.csv",
            b"\"Track Name\",\"Last Played Date\",\"Is User Initiated\"\n\"The Invented - One\",1682935200000,true\n",
        ),
    ]);
    let (format, items) = read_path(folder.path(), None).expect("an export");
    assert_eq!(format, Format::AppleActivity);
    assert!(items.contains(&play("One", "2023-05-01T10:00:00Z", 200_000)), "{items:?}");
}

/// Everything that the table holds and that is nobody's business.
#[test]
fn apple_personal_columns_are_not_kept() {
    let table = "Apple ID Number,Apple Music Subscription,Artist Name,Build Version,Client IP Address,Device Identifier,\
                 Device Type,Event Start Timestamp,ISO Country,IP Latitude,IP Longitude,Play Duration Milliseconds,\
                 Song Name,User’s Playback Format,UTC Offset In Seconds\n\
                 left-alone,left-alone,The Invented,left-alone,left-alone,left-alone,left-alone,2023-05-01T10:00:00Z,\
                 left-alone,left-alone,left-alone,200000,One,left-alone,left-alone\n\
                 left-alone,left-alone,The Invented,left-alone,left-alone,left-alone,left-alone,soon,\
                 left-alone,left-alone,left-alone,200000,One,left-alone,left-alone\n";
    let (_, items) = read(table).expect("a table");
    assert!(items.contains(&play("One", "2023-05-01T10:00:00Z", 200_000)));
    assert!(!format!("{items:?}").contains("left-alone"), "{items:?}");
}
