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

fn minute(title: &str, start: &str) -> ImportItem {
    listen(named("The Invented", title), start, Exactness::Minute, None)
}

#[test]
fn lastfm_days_and_clocks_in_two_columns_are_one_time() {
    for text in [
        "Date,Time,Artist,Title\n2023-05-01,10:00:00,The Invented,One\n",
        "artist;title;time;date\nThe Invented;One;10:00:00;01 May 2023\n",
        "date,time,artist,track\n1 May 2023,2023-05-01T10:00:00Z,The Invented,One\n",
        "date,time,artist,track\n1 May 2023,1682935200,The Invented,One\n",
        "2023-05-01,10:00:00,The Invented,One\n",
    ] {
        assert_eq!(read(text).expect(text), (Format::Lastfm, vec![exact("One", TEN)]), "{text}");
    }
    let text = "Date,Time,Artist,Track\n1970-01-01,00:00,The Invented,One\n,,The Invented,One\n\
                2023-05-01,,The Invented,One\n2023-05-01,10:00,The Invented,One\n";
    let (_, items) = read(text).expect("a table");
    assert_eq!(items[..2], [skipped("no time"), skipped("no time")]);
    assert_eq!(unknown(&items[2]), Some((4, "time \"2023-05-01\" is not a time")));
    assert_eq!(items[3], minute("One", TEN));
}

#[test]
fn librefm_is_known_by_its_header_alone() {
    let row = "1682935200,The Invented,One,Album\n";
    for (header, format) in
        [("Time,Artist,Track,Album\n", Format::Librefm), ("time,artist,title,album\n", Format::Lastfm)]
    {
        let read = read(format!("{header}{row}")).expect(header);
        assert_eq!(read, (format, vec![exact("One", TEN)]), "{header}");
    }
    let text = "track,album,artist,time\nOne,Album,The Invented,2023-05-01 10:00:00\n";
    assert_eq!(read(text).expect("a table"), (Format::Lastfm, vec![exact("One", TEN)]));
}

#[test]
fn lastfm_other_tables_without_a_header_are_known_by_what_stands_where() {
    const ID: &str = "11111111-1111-4111-8111-111111111111";
    for text in [
        format!("1682935200\tOne\tThe Invented\tAlbum\t{ID}\t\t{ID}\n"),
        "1682935200\tOne\tThe Invented\t\t\t\t\n".to_owned(),
        "The Invented,One,Album,2023-05-01 10:00:00,The Invented,200\n".to_owned(),
        "\"The Invented\",\"One\",\"\",\"2023-05-01 10:00:00\",\"\",\"\"\n".to_owned(),
    ] {
        assert_eq!(read(&text).expect(&text), (Format::Lastfm, vec![exact("One", TEN)]), "{text}");
    }
    // What only looks a little like them is none, nor is a row below another table's header.
    for text in [
        "1682935200\tOne\tThe Invented\tAlbum\tx\t\t\n",
        "17\tOne\tThe Invented\tAlbum\t\t\t\n",
        "a,b,c,2023-05-01 10:00:00,d,e\n",
        "a,b,c,1682935200,d,5\n",
        "id,shop,thing,when,who,price\n7,here,song,2023-05-01 10:00:00,me,5\n",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn lastfm_tables_without_a_header_may_begin_with_what_plays_now() {
    let text = "The Invented,Album,Now,\nThe Invented,Album,1979,01 May 2023 10:00\n";
    let expected = vec![skipped("no time"), minute("1979", TEN)];
    assert_eq!(read(text).expect("a table"), (Format::Lastfm, expected.clone()));
    let text = "The Invented,Album,1999,\nThe Invented,Album,1979,01 May 2023 10:00\n";
    assert_eq!(read(text).expect("a table"), (Format::Lastfm, expected));
}

#[test]
fn lastfm_flat_rows_and_pages_of_one_track_are_read() {
    for text in [
        r#"[{"artist": "The Invented", "name": "One", "date": 1682935200}]"#.to_owned(),
        r#"[{"artist": "The Invented", "track": "One", "timestamp": "1682935200"}]"#.to_owned(),
        r#"[{"artist": "The Invented", "track": "One", "uts": "1682935200", "utc_time": "01 May 2023, 10:00"}]"#.to_owned(),
        r#"{"artist": "The Invented", "title": "One", "utc_time": "2023-05-01T10:00:00"}"#.to_owned(),
        format!(r#"{{"track": {}, "@attr": {{"page": "7"}}}}"#, track("One", "1682935200")),
        format!(r#"[{{"@attr": {{"page": "7"}}, "track": {}}}]"#, track("One", "1682935200")),
    ] {
        assert_eq!(read(&text).expect(&text), (Format::Lastfm, vec![exact("One", TEN)]), "{text}");
    }
}

#[test]
fn maloja_answers_of_its_api_are_lists() {
    let text = r#"{"status": "ok", "list": [{"time": 1682935200, "track": {"artists": ["The Invented"], "title": "One"}}],
        "pagination": {"page": 0}}"#;
    assert_eq!(read(text).expect("scrobbles"), (Format::Maloja, vec![exact("One", TEN)]));
}

#[test]
fn maloja_older_answers_name_artists_and_title_without_a_track() {
    let text = r#"{"list": [{"time": 1682935200, "artists": ["The Invented", "Guest"], "title": "One", "album": "A"}]}"#;
    let one = listen(named("The Invented", "One"), TEN, Exactness::Exact, None);
    assert_eq!(read(text).expect("scrobbles"), (Format::Maloja, vec![one]));
}

#[test]
fn lastfm_tables_of_other_tools_have_other_names_for_their_columns() {
    for header in
        ["Played Time,Artist,Track Title", "datetime,Artist Name(s),song name", "Scrobbled At,artist,song"]
    {
        let text = format!("{header}\n2023-05-01 10:00:00 +0000,The Invented,One\n");
        assert_eq!(read(&text).expect(header), (Format::Lastfm, vec![exact("One", TEN)]), "{header}");
    }
}

#[test]
fn half_a_surrogate_spoils_its_row_alone() {
    let row = |title: &str| {
        format!(
            r##"{{"date": {{"uts": "1682935200"}}, "artist": {{"#text": "The Invented"}}, "name": "{title}"}}"##
        )
    };
    let text = format!("[{},\n{},\n{}]", row("One"), row("Two \\ud83d"), row("One"));
    let (_, items) = read(text).expect("rows");
    assert_eq!((&items[0], &items[2], items.len()), (&exact("One", TEN), &exact("One", TEN), 3));
    let ImportItem::Unknown { line, what, .. } = &items[1] else { panic!("{:?}", items[1]) };
    assert_eq!((*line, what.contains("surrogate") || what.contains("escape")), (2, true), "{what}");
}

#[test]
fn lines_before_a_header_do_not_say_what_stands_between_columns() {
    let text =
        "Libre.fm, data of ana\nsaved; today\nTime\tArtist\tTrack\tAlbum\n1682935200\tThe Invented\tOne\t\n";
    assert_eq!(read(text).expect("a table"), (Format::Librefm, vec![exact("One", TEN)]));
    let folder = super::folder(&[("x/table", text.as_bytes())]);
    assert_eq!(super::read_path(folder.path(), None).expect("a table").1, [exact("One", TEN)]);
}

#[test]
fn line_breaks_in_quoted_columns_end_no_row() {
    let text = "uts,artist,album,track\n\
                1682935200,The Invented,\"Songs\r\nof \"\"1979\"\",\n\nlive\",One\n\
                soon,The Invented,,Two\n\
                1682935200,The Invented,\"Open,One\n\
                1682935200,The Invented,\"In,One\" x\n";
    let (_, items) = read(text).expect("a table");
    assert_eq!(items[0], exact("One", TEN));
    assert_eq!(unknown(&items[1]), Some((6, "time \"soon\" is not a time")));
    assert_eq!(items[2..], [exact("One", TEN), exact("One\" x", TEN)]);
    let rows = "1682935200,The Invented,,One\n1682935200,The Invented,\"";
    let long = format!("uts,artist,album,track\n{rows}{}", "x\n".repeat(1_000));
    assert_eq!(read(long).expect("a table").1.len(), 1_001, "a quote that nothing ends opens nothing");
}
