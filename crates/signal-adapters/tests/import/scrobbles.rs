//! Scrobbles: Last.fm, Libre.fm, Maloja and Pano Scrobbler.

use signal_adapters::import::{Format, ImportItem};
use signal_core::model::Exactness;

use super::{listen, named, read, skipped, unknown};

fn exact(title: &str, start: &str) -> ImportItem {
    listen(named("The Invented", title), start, Exactness::Exact, None)
}

const TEN: &str = "2023-05-01T10:00:00Z";

/// A track as Last.fm answers it.
fn track(title: &str, uts: &str) -> String {
    format!(
        r##"{{"artist": {{"mbid": "", "#text": "The Invented"}}, "streamable": "0", "image": [{{"size": "small", "#text": ""}}], "mbid": "", "album": {{"mbid": "", "#text": "Album"}}, "name": "{title}", "url": "u", "date": {{"uts": "{uts}", "#text": "01 May 2023, 10:00"}}}}"##
    )
}

const PLAYING: &str =
    r##"{"artist": {"#text": "The Invented"}, "name": "Now", "@attr": {"nowplaying": "true"}}"##;

#[test]
fn lastfm_pages_in_any_wrapping_are_read() {
    let (a, b) = (track("One", "1682935200"), track("Two", "1682935260"));
    let page = |tracks: &str| {
        format!(r#"{{"recenttracks": {{"@attr": {{"user": "ana", "page": "1"}}, "track": {tracks}}}}}"#)
    };
    let expected = vec![exact("One", TEN), exact("Two", "2023-05-01T10:01:00Z")];
    for text in [
        page(&format!("[{a}, {b}]")),
        format!("[{}, {}]", page(&format!("[{a}]")), page(&format!("[{b}]"))),
        format!("{}\n{}\n", page(&format!("[{a}]")), page(&format!("[{b}]"))),
        format!(r#"[{{"track": [{a}], "@attr": {{}}}}, {{"@attr": {{}}, "track": [{b}]}}]"#),
        format!("[[{a}], [{b}]]"),
        format!("[{a}, {b}]"),
    ] {
        assert_eq!(read(&text).expect("pages"), (Format::Lastfm, expected.clone()), "{text}");
    }
}

#[test]
fn lastfm_a_single_track_stands_without_a_list() {
    let text = format!(r#"{{"recenttracks": {{"track": {}, "@attr": {{}}}}}}"#, track("One", "1682935200"));
    assert_eq!(read(text).expect("a page").1, [exact("One", TEN)]);
}

#[test]
fn lastfm_playing_now_comes_first_on_every_page_and_has_no_date() {
    let text = format!(r#"{{"recenttracks": {{"track": [{PLAYING}, {}]}}}}"#, track("One", "1682935200"));
    assert_eq!(read(text).expect("a page").1, [skipped("no time"), exact("One", TEN)]);
}

#[test]
fn lastfm_numbers_are_text_or_numbers_and_unset_clocks_are_no_time() {
    let number = track("One", "1682935200").replace("\"1682935200\"", "1682935200");
    let text = format!("[{number}, {}, {}]", track("Old", "0"), track("Older", "3600"));
    assert_eq!(read(text).expect("tracks").1, [exact("One", TEN), skipped("no time"), skipped("no time")]);
}

#[test]
fn lastfm_extended_answers_name_the_artist_differently() {
    let text = r#"[{"artist": {"url": "u", "name": "The Invented", "mbid": ""}, "loved": "0", "name": "One", "date": {"uts": "1682935200"}}]"#;
    assert_eq!(read(text).expect("a track").1, [exact("One", TEN)]);
}

#[test]
fn lastfm_tables_of_all_makers_are_read() {
    for text in [
        "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n\
         \"1682935200\",\"01 May 2023, 10:00\",\"The Invented\",\"\",\"Album\",\"\",\"One\",\"\"\n",
        "Artist;Album;AlbumId;Track;Date#ana\n\"The Invented\";\"Album\";\"x\";\"One\";\"1682935200000\"\n",
        "ISO time\tunixtime\ttrack name\ttrack mbid\tartist name\tartist mbid\n\
         2023-05-01T10:00:00\t1682935200\tOne\t\tThe Invented\t\n",
        "\u{feff}title,artist,album,date\r\nOne,The Invented,Album,1682935200\r\n",
    ] {
        assert_eq!(read(text).expect(text), (Format::Lastfm, vec![exact("One", TEN)]), "{text}");
    }
}

#[test]
fn lastfm_tables_without_a_header_know_the_minute() {
    let (format, items) =
        read("The Invented,Album,One,01 May 2023 10:00\nThe Invented,,Two,01 May 2023 10:05\n")
            .expect("a table");
    let minute = |title: &str, start| listen(named("The Invented", title), start, Exactness::Minute, None);
    assert_eq!(
        (format, items),
        (Format::Lastfm, vec![minute("One", TEN), minute("Two", "2023-05-01T10:05:00Z")])
    );
}

#[test]
fn lastfm_rows_of_statistics_tools_are_flat() {
    let text = r#"{"username": "ana", "scrobbles": [{"track": "One", "artist": "The Invented", "album": "Album", "albumId": "x", "date": 1682935200000}]}"#;
    assert_eq!(read(text).expect("scrobbles"), (Format::Lastfm, vec![exact("One", TEN)]));
}

#[test]
fn librefm_headers_may_come_after_a_few_lines() {
    let text = "Libre.fm data of ana\n\nTime,Artist,Track,Album\n1682935200,The Invented,One,Album\n\
                soon,The Invented,Two,\n,The Invented,Three,\n1682935200\n";
    let (format, items) = read(text).expect("a table");
    assert_eq!((format, &items[0]), (Format::Librefm, &exact("One", TEN)));
    assert_eq!(unknown(&items[1]), Some((5, "time \"soon\" is not a time")));
    assert_eq!(items[2], skipped("no time"));
    assert_eq!(unknown(&items[3]), Some((7, "too few columns")));
}

#[test]
fn maloja_scrobbles_lie_in_an_object_and_list_their_artists() {
    let text = r#"{"maloja": {"export_time": 1700000000}, "scrobbles": [
        {"time": 1682935200, "track": {"artists": ["The Invented", "Guest"], "title": "One", "album": {"artists": [], "albumtitle": "A"}, "length": 240}, "duration": 200, "origin": "client:left alone"},
        {"time": 1682935260, "track": {"artists": [], "title": "Two", "length": null}, "duration": null}]}"#;
    let one = listen(named("The Invented", "One"), TEN, Exactness::Exact, Some(200_000));
    assert_eq!(read(text).expect("scrobbles"), (Format::Maloja, vec![one, skipped("nothing named")]));
}

#[test]
fn pano_scrobbler_lines_and_tables_count_milliseconds() {
    let lines = r#"{"timeHuman": "x", "timeMs": 1682935200000, "artist": "The Invented", "track": "One", "album": "A", "durationMs": 200000, "mediaPlayerPackage": "left alone", "event": "scrobble"}
{"timeMs": 1682935200000, "artist": "The Invented", "track": "One", "event": "love"}
"#;
    let table = "timeHuman,timeMs,artist,track,album,albumArtist,durationMs,event\n\
                 x,1682935200000,The Invented,One,A,,200000,scrobble\n\
                 x,1682935200000,The Invented,One,A,,200000,love\n";
    for text in [lines, table] {
        let expected = vec![exact("One", TEN), skipped("not played")];
        assert_eq!(read(text).expect(text), (Format::PanoScrobbler, expected), "{text}");
    }
}
