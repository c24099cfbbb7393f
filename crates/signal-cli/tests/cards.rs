//! Taste cards, and a person alone with one listening history.

mod support;

use std::fmt::Write as _;

use support::{LATER, Place, START};

/// A streaming history of a few hundred plays, as Spotify exports one.
fn history(artists: &[(&str, u32)]) -> String {
    let mut rows = Vec::new();
    let mut second = 0;
    for (artist, plays) in artists {
        for play in 0..*plays {
            second += 241;
            let start = format!(
                "2025-06-{:02}T{:02}:{:02}:{:02}Z",
                1 + second / 86_400,
                second / 3_600 % 24,
                second / 60 % 60,
                second % 60
            );
            let mut row = String::new();
            let title = play % 7;
            write!(
                row,
                r#"{{"ts":"{start}","ms_played":240000,"master_metadata_track_name":"Song {title}","#
            )
            .expect("a string");
            write!(
                row,
                r#""master_metadata_album_artist_name":"{artist}","spotify_track_uri":null,"incognito_mode":false,"offline_timestamp":null}}"#
            )
            .expect("a string");
            rows.push(row);
        }
    }
    format!("[{}]", rows.join(","))
}

/// Somebody with a store, a history and nobody else.
fn alone(name: &str, artists: &[(&str, u32)]) -> Place {
    let place = Place::new();
    place.ok(START, &["user", "add", name]);
    let file = place.file("Streaming_History_Audio_2025_0.json", history(artists));
    place.ok(START, &["--as", name, "import", &file]);
    place
}

fn ana() -> Place {
    alone(
        "ana",
        &[("Massive Attack", 120), ("Nina Simone", 90), ("Portishead", 60), ("The Neighbours Upstairs", 30)],
    )
}

fn bo() -> Place {
    alone("bo", &[("nina simone", 80), ("Portishead", 20), ("Moondog", 150)])
}

fn made(place: &Place, name: &str) -> String {
    let path = place.path(&format!("{name}.card")).to_str().expect("UTF-8").to_owned();
    place.ok(LATER, &["--as", name, "card", "make", &path]);
    path
}

#[test]
fn a_person_alone_has_a_taste_with_genres_and_a_card_to_compare() {
    let (here, there) = (ana(), bo());
    let taste = here.json(LATER, &["taste", "show", "ana"]);
    assert_eq!(taste["plays"], 300, "{taste}");
    let genres: Vec<_> =
        taste["genres"].as_array().expect("genres").iter().map(|g| g["genre"].as_str()).collect();
    assert!(genres.contains(&Some("trip hop")) && genres.contains(&Some("soul")), "{genres:?}");
    let card = made(&there, "bo");
    let found = here.json(LATER, &["--as", "ana", "card", "compare", &card]);
    assert_eq!(
        (&found["schema"], &found["basis"]),
        (&"signal.card.compare/1".into(), &"artists".into()),
        "{found}"
    );
    let names: Vec<_> =
        found["artists"].as_array().expect("artists").iter().map(|a| a["artist"].as_str()).collect();
    assert_eq!(names, [Some("Nina Simone"), Some("Portishead")]);
    let score = found["score"].as_f64().expect("a score");
    assert!(score > 0.2 && score < 0.9, "{score}");
    assert!(!found["genres"].as_array().expect("genres").is_empty());
    // Two files need no store, and give the same from either side.
    let other = made(&here, "ana");
    let elsewhere = Place::new();
    let ways = [[&other, &card], [&card, &other]];
    let scores = ways.map(|[a, b]| elsewhere.json(LATER, &["card", "compare", a, b])["score"].clone());
    assert_eq!(scores, [found["score"].clone(), found["score"].clone()]);
    assert!(!elsewhere.store().exists());
    let text = here.ok(LATER, &["--as", "ana", "card", "compare", &card]);
    assert!(text.contains("both play Nina Simone, Portishead"), "{text}");
}

#[test]
fn a_card_holds_no_times_and_is_signed_by_the_same_key_each_time() {
    let place = ana();
    let text = place.ok(LATER, &["--as", "ana", "card", "make"]);
    // The key and the signature are random digits, which may be any.
    let told = text.split("\"signer\"").next().unwrap_or_default();
    assert!(!told.contains("2025") && !told.contains("120"), "{text}");
    assert_eq!(text, place.ok(LATER, &["--as", "ana", "card", "make"]));
    let keys: Vec<_> = std::fs::read_dir(place.path("signal.db.keys")).expect("keys").collect();
    assert_eq!(keys.len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = keys.into_iter().next().expect("one").expect("a file").path();
        assert_eq!(path.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("sets");
        let ran = place.run(LATER, &["--as", "ana", "card", "make"]);
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{}", ran.err);
        assert!(ran.err.contains("others can read the key") && ran.err.contains("chmod 600"), "{}", ran.err);
    }
}

#[test]
fn tampering_and_files_that_are_no_card_are_named() {
    let place = ana();
    let card = made(&place, "ana");
    let text = std::fs::read_to_string(&card).expect("a card");
    let changed = place.file("changed.card", text.replacen("\"ana\"", "\"eve\"", 1));
    let ran = place.run(LATER, &["card", "compare", &card, &changed]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("the card of eve was changed after it was signed"), "{}", ran.err);
    let large = place.file("large.card", vec![b' '; 200_000]);
    let other = place.file("other.card", "{\"schema\":\"signal.card/9\"}");
    for (file, what) in [(&large, "larger than"), (&other, "its schema is not")] {
        let ran = place.run(LATER, &["card", "compare", file, &card]);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains(what) && ran.err.contains("hint: `signal card make FILE`"), "{}", ran.err);
    }
    let ran = place.run(LATER, &["card", "compare", &card, "nowhere.card"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let ran = place.run(LATER, &["card", "compare", &card]);
    assert!(ran.code == 2 && ran.err.contains("--as"), "{}", ran.err);
    place.ok(START, &["user", "add", "silent"]);
    let ran = place.run(LATER, &["--as", "silent", "card", "make"]);
    assert!(ran.code == 2 && ran.err.contains("nothing is known of what silent plays"), "{}", ran.err);
}

#[test]
fn who_leaves_takes_their_key_along() {
    let place = ana();
    made(&place, "ana");
    place.ok(LATER, &["erase", "ana", "--yes"]);
    assert_eq!(std::fs::read_dir(place.path("signal.db.keys")).expect("keys").count(), 0);
}
