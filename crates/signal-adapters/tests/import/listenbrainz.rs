//! Listens of ListenBrainz: exports, pages of its API, and dumps.

use signal_adapters::import::{Format, Import, ImportItem, ImportOptions};
use signal_core::model::{Exactness, TrackRef};
use signal_core::platform::ImportRecord;

use super::{folder, listen, named, read, read_path, skipped, unknown};

/// One line of an export.
const LINE: &str = r#"{"listened_at": 1682935200.0, "inserted_at": 1682935300.5, "track_metadata": {"artist_name": "The Invented", "track_name": "First", "release_name": "Album", "additional_info": {"recording_mbid": "11111111-1111-4111-8111-111111111111", "media_player": "left alone", "duration_played": 200}, "recording_msid": "x", "mbid_mapping": {"recording_mbid": "22222222-2222-4222-8222-222222222222", "artists": []}}}"#;

fn first() -> ImportItem {
    let track: TrackRef = "mbid:22222222-2222-4222-8222-222222222222".parse().expect("a track");
    listen(track.with_names("The Invented", "First"), "2023-05-01T10:00:00Z", Exactness::Exact, Some(200_000))
}

/// A listen in the form of the API, of somebody, at a second.
fn api(user: &str, second: u32) -> String {
    format!(
        r#"{{"user_name": "{user}", "listened_at": {second}, "recording_msid": "x", "track_metadata": {{"artist_name": "A", "track_name": "T", "mbid_mapping": null}}}}"#
    )
}

fn second(start: &str) -> ImportItem {
    listen(named("A", "T"), start, Exactness::Exact, None)
}

#[test]
fn listenbrainz_times_are_the_start_and_the_mapped_recording_counts_not_the_clients() {
    assert_eq!(
        read(format!("{LINE}\n{LINE}\n")).expect("lines"),
        (Format::ListenBrainz, vec![first(), first()])
    );
}

#[test]
fn listenbrainz_lists_lines_and_pages_are_the_same() {
    let (a, b) = (api("ana", 1_682_935_200), api("ana", 1_682_935_260));
    let expected = vec![second("2023-05-01T10:00:00Z"), second("2023-05-01T10:01:00Z")];
    for text in [
        format!("{a}\n{b}"),
        format!("[{a},\n{b}]"),
        format!(r#"{{"payload": {{"count": 2, "listens": [{a}, {b}], "user_id": "ana"}}}}"#),
    ] {
        assert_eq!(read(&text).expect("listens"), (Format::ListenBrainz, expected.clone()), "{text}");
    }
}

#[test]
fn listenbrainz_playing_now_has_no_time() {
    let now = r#"{"track_metadata": {"artist_name": "A", "track_name": "T"}, "playing_now": true}"#;
    assert_eq!(read(now).expect("a listen").1, [skipped("no time")]);
}

/// A pin in the form of an export.
fn exported(recording: &str, words: &str, second: f64) -> String {
    format!(
        r#"{{"created": {second}, "pinned_until": 1683540000.0, "blurb_content": {words}, "recording_mbid": {recording}, "recording_msid": "x"}}"#
    )
}

fn pin(track: TrackRef, words: Option<&str>, at: &str) -> ImportItem {
    let (words, at) = (words.map(str::to_owned), at.parse().expect("a time"));
    ImportItem::Record(ImportRecord::Pin { track, words, at })
}

#[test]
fn listenbrainz_pins_are_told_beside_the_listens() {
    let recording = r#""22222222-2222-4222-8222-222222222222""#;
    let pins = [
        exported(recording, r#""Loud.""#, 1_682_935_200.25),
        exported("null", "null", 1_682_935_260.0),
        exported(recording, "null", 0.0),
    ]
    .join("\n");
    let folder = folder(&[
        ("listens/2023/5.jsonl", LINE.as_bytes()),
        ("pinned_recording.jsonl", pins.as_bytes()),
        ("user.json", br#"{"user_id": 7, "username": "ana"}"#),
    ]);
    let track: TrackRef = "mbid:22222222-2222-4222-8222-222222222222".parse().expect("a track");
    let told = pin(track, Some("Loud."), "2023-05-01T10:00:00.25Z");
    let expected = vec![first(), told, skipped("nothing named"), skipped("no time")];
    assert_eq!(read_path(folder.path(), None).expect("an export"), (Format::ListenBrainz, expected.clone()));
    // Alone they are a history of nothing but pins.
    let (format, items) = read(&pins).expect("pins");
    assert_eq!((format, items.as_slice()), (Format::ListenBrainzPins, &expected[1..]));
    assert!(format.is_personal() && format.default_source() == "listenbrainz");
}

#[test]
fn listenbrainz_pages_of_pins_name_the_tracks() {
    let page = r#"{"count": 1, "offset": 0, "total_count": 1, "user_name": "ana", "pinned_recordings": [
        {"blurb_content": null, "created": 1682935200, "pinned_until": 1683540000, "recording_mbid": null, "row_id": 1,
         "recording_msid": "x", "track_metadata": {"artist_name": "A", "track_name": "T"}}]}"#;
    let expected = vec![pin(named("A", "T"), None, "2023-05-01T10:00:00Z")];
    assert_eq!(read(page).expect("a page"), (Format::ListenBrainzPins, expected));
}

#[test]
fn listenbrainz_pins_of_followed_people_are_nobodys_own() {
    let page = r#"{"count": 1, "pinned_recordings": [{"blurb_content": "theirs", "created": 1682935200, "pinned_until": 1683540000,
        "recording_mbid": null, "row_id": 1, "user_name": "bo", "track_metadata": {"artist_name": "A", "track_name": "T"}}]}"#;
    let refused = read(page).expect_err("nothing is understood");
    assert!(refused.to_string().contains("what somebody else pinned"), "{refused}");
}

#[test]
fn listenbrainz_feedback_is_no_listen() {
    let folder = folder(&[
        ("user.json", br#"{"user_id": 7, "username": "ana"}"#),
        ("listens/2023/5.jsonl", LINE.as_bytes()),
        (
            "feedback.jsonl",
            br#"{"recording_msid": "x", "recording_mbid": null, "score": 1, "created": 1682935200}"#,
        ),
    ]);
    assert_eq!(read_path(folder.path(), None).expect("an export"), (Format::ListenBrainz, vec![first()]));
}

#[test]
fn listenbrainz_exports_hold_the_listens_of_one_person() {
    let text = format!("{}\n{}\n", api("ana", 1_682_935_200), api("bo", 1_682_935_260));
    let (_, items) = read(text).expect("listens");
    assert_eq!(items[0], second("2023-05-01T10:00:00Z"));
    assert_eq!(unknown(&items[1]), Some((2, "a listen of a second person")));
}

#[test]
fn listenbrainz_dumps_name_the_person_of_each_listen() {
    let row = |user: &str| {
        format!(
            r#"{{"user_id": 7, "user_name": "{user}", "timestamp": 1682935200, "track_metadata": {{"artist_name": "A", "track_name": "T"}}}}"#
        )
    };
    let (format, items) = read(format!("{}\n{}\n{}\n", row("ana"), row("bo"), row(""))).expect("a dump");
    let people: Vec<_> = items
        .iter()
        .map(|item| match item {
            ImportItem::Record(ImportRecord::Listen { person, .. }) => person.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!((format, people), (Format::ListenBrainzDump, vec![Some("ana"), Some("bo"), None]));
    assert!(!format.is_personal() && Format::ListenBrainz.is_personal());
}

#[test]
fn a_broken_line_is_an_error_and_an_odd_one_is_told() {
    let folder = folder(&[("x", format!("{LINE}\n{{\"listened_at\": 5}}\n{LINE}\n{{\"track\n").as_bytes())]);
    let import = Import::open(&folder.path().join("x"), &ImportOptions::default()).expect("listens");
    let items: Vec<_> = import.records().expect("opens").collect();
    assert_eq!(unknown(items[1].as_ref().expect("a row")), Some((2, "missing field `track_metadata`")));
    let error = items[3].as_ref().expect_err("a broken line").to_string();
    assert!(error.ends_with("x line 5: the file ends inside an entry"), "{error}");
    assert!(import.check().is_err());
}

#[test]
fn listenbrainz_lengths_are_what_clients_wrote() {
    for (told, played) in [
        ("200", Some(200_000)),
        ("200.5", Some(200_500)),
        (r#""200""#, Some(200_000)),
        (r#"" 200 ""#, Some(200_000)),
        (r#""3:20""#, None),
        ("-5", None),
        ("1e300", None),
        ("null", None),
        ("true", None),
        ("[200]", None),
        (r#"{"seconds": 200}"#, None),
    ] {
        let line = LINE.replace(r#""duration_played": 200"#, &format!(r#""duration_played": {told}"#));
        let (_, items) = read(line).expect("a listen");
        let ImportItem::Record(ImportRecord::Listen { played_ms, .. }) = &items[0] else {
            panic!("{told}: {items:?}");
        };
        assert_eq!(*played_ms, played, "{told}");
    }
}
