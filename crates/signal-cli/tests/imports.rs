//! `signal import` with people's own exports: what it says, and that nothing of a wrong file is taken.

mod support;

use support::{Place, START, without_ids};

/// A listener with a table whose rows are of every kind.
fn listener() -> (Place, String) {
    let place = Place::new();
    place.ok(START, &["user", "add", "ana"]);
    let table = "uts,utc_time,artist,album,track\n\
                 1682935200,\"01 May 2023, 10:00\",Moondog,,Bird's Lament\n\
                 1682935210,\"01 May 2023, 10:00\",Moondog,,Bird's Lament\n\
                 1682935500,\"01 May 2023, 10:05\",Nina Simone,,Sinnerman\n\
                 0,\"01 Jan 1970, 00:00\",Nina Simone,,Sinnerman\n\
                 soon,,Nina Simone,,Sinnerman\n\
                 1682935800\n\
                 1682935900,\"01 May 2023, 10:11\",,,\n";
    let table = place.file("my scrobbles.txt", table);
    (place, table)
}

#[test]
fn a_report_tells_what_was_read_taken_known_and_left_out_and_why() {
    let (place, table) = listener();
    without_ids(|| {
        insta::assert_snapshot!("import_report", place.ok(START, &["--as", "ana", "import", &table]));
    });
    let again = place.ok(START, &["--as", "ana", "import", &table]);
    assert!(again.lines().all(|line| line.chars().count() <= 80), "{again}");
    let again = place.json(START, &["--as", "ana", "import", &table]);
    assert_eq!(
        (&again["rows"], &again["listens"], &again["duplicates"]),
        (&7.into(), &3.into(), &3.into()),
        "{again}"
    );
    assert_eq!((&again["listens_new"], &again["unknown_rows"]), (&0.into(), &2.into()), "{again}");
    assert_eq!(again["skipped"]["no time"], 1, "{again}");
    let unknown = &again["unknown"][0];
    assert_eq!(
        (&unknown["line"], &unknown["what"]),
        (&6.into(), &"time \"soon\" is not a time".into()),
        "{again}"
    );
    assert_eq!(again["files"][0]["format"], "lastfm", "{again}");
}

#[test]
fn a_history_needs_a_person() {
    let (place, table) = listener();
    let ran = place.run(START, &["import", &table]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(
        ran.err.starts_with("error: this is the history of one person, and nobody is named\n"),
        "{}",
        ran.err
    );
}

#[test]
fn of_several_paths_nothing_is_taken_when_one_is_wrong() {
    let (place, table) = listener();
    let cut = place.file(
        "cut.json",
        r#"[{"endTime": "2023-05-01 10:04", "msPlayed": 40000, "artistName": "A", "trackName": "T"}, {"#,
    );
    let ran = place.run(START, &["--as", "ana", "import", &table, &cut]);
    assert!(
        ran.code != 0 && ran.err.contains("cut.json line 1: the file ends inside its list"),
        "{}",
        ran.err
    );
    assert_eq!(place.json(START, &["--as", "ana", "import", &table])["listens_new"], 2);
}

#[test]
fn a_folder_with_exports_of_several_services_gives_all_of_them() {
    let (place, _) = listener();
    std::fs::create_dir(place.path("exports")).expect("a folder");
    place.file(
        "exports/listens.jsonl",
        r#"{"listened_at": 1682935203, "track_metadata": {"artist_name": "Moondog", "track_name": "Bird's Lament"}}"#,
    );
    std::fs::rename(place.path("my scrobbles.txt"), place.path("exports/scrobbles")).expect("moves");
    let answer =
        place.json(START, &["--as", "ana", "import", place.path("exports").to_str().expect("UTF-8")]);
    let formats: Vec<_> =
        answer["files"].as_array().expect("a list").iter().map(|file| &file["format"]).collect();
    assert_eq!(formats, ["listenbrainz", "lastfm"], "{answer}");
    assert_eq!((&answer["listens_new"], &answer["duplicates"]), (&2.into(), &2.into()), "{answer}");
}
