//! A small story, told to the program as a person would, and what it prints.

mod support;

use serde_json::Value;
use support::{LATER, PLAYS, Place, START, WEEK_LATER, first_drop, rated, story, without_ids};

#[test]
fn an_import_says_what_was_new() {
    let place = Place::new();
    let plays = place.file("plays.csv", PLAYS);
    without_ids(|| insta::assert_snapshot!("import", place.ok(START, &["import", &plays])));
    let again = place.json(LATER, &["import", &plays]);
    for name in ["users", "artists", "play_counts", "plays"] {
        assert!(again[name].as_u64() > Some(0), "{again}");
        assert_eq!(again[format!("{name}_new")], 0, "{again}");
    }
}

#[test]
fn a_match_shows_its_arithmetic_and_its_reasons() {
    let place = story();
    without_ids(|| insta::assert_snapshot!("compat", place.ok(LATER, &["compat", "ana", "bo"])));
    let answer = place.json(LATER, &["compat", "ana", "bo"]);
    assert_eq!(answer["schema"], "signal.compat/1");
    let number = |value: &Value| value.as_f64().expect("a number");
    let mut sum = 0.0;
    for part in ["trust_path", "taste", "genre_overlap"] {
        let terms = &answer["parts"][part];
        assert_eq!(answer[part], terms["value"], "{answer}");
        sum += number(&terms["value"]) * number(&terms["weight"]);
    }
    assert!((number(&answer["score"]) - sum).abs() < 1e-9, "{answer}");
    assert!((number(&answer["trust_path"]) - 0.8).abs() < 1e-9, "{answer}");
    assert!(answer["basis"].is_string() && answer["reasons"].is_array(), "{answer}");
}

#[test]
fn a_taste_that_is_not_shown_gives_a_coarse_score_and_no_parts() {
    let place = story();
    let answer = place.json(LATER, &["--as", "ana", "compat", "bo"]);
    let steps = answer["score"].as_f64().expect("a score") / 0.05;
    assert!((steps - steps.round()).abs() < 1e-9, "{answer}");
    assert_eq!((&answer["detailed"], &answer["taste"]), (&Value::Bool(false), &Value::Null), "{answer}");
    without_ids(|| {
        insta::assert_snapshot!("compat_coarse", place.ok(LATER, &["--as", "ana", "compat", "bo"]));
    });
}

#[test]
fn a_feed_says_why_and_numbers_its_drops() {
    let place = story();
    without_ids(|| insta::assert_snapshot!("feed", place.ok(LATER, &["--as", "ana", "feed"])));
    without_ids(|| insta::assert_snapshot!("drop_list", place.ok(LATER, &["drop", "list"])));
    let before = place.ledger(LATER);
    place.ok(LATER, &["--as", "ana", "feed", "--limit", "1"]);
    assert_eq!(place.ledger(LATER), before, "reading changes nothing");
    place.ok(LATER, &["--as", "ana", "drop", "rate", "1", "5"]);
    assert!(place.ledger(LATER).0 > before.0);
    let shown = place.json(LATER, &["--as", "ana", "drop", "show", &first_drop(&place)]);
    assert_eq!(shown["my_stars"], 5.0, "{shown}");
    assert_eq!(shown["ratings"], Value::Null, "hidden while open: {shown}");
}

#[test]
fn a_drop_settles_when_its_week_is_over() {
    let place = rated();
    assert_eq!(place.json(LATER, &["settle"])["settled"], Value::Array(Vec::new()));
    without_ids(|| insta::assert_snapshot!("settle", place.ok(WEEK_LATER, &["settle"])));
    without_ids(|| {
        insta::assert_snapshot!("drop_show", place.ok(WEEK_LATER, &["drop", "show", &first_drop(&place)]));
    });
    without_ids(|| insta::assert_snapshot!("trust_score", place.ok(WEEK_LATER, &["trust", "score", "bo"])));
    without_ids(|| {
        insta::assert_snapshot!("audit_explain", place.ok(WEEK_LATER, &["audit", "explain", "bo"]));
    });
    let replay = place.json(WEEK_LATER, &["audit", "replay"]);
    assert_eq!((&replay["equal"], &replay["books_sum_millipoints"]), (&Value::Bool(true), &Value::from(0)));
}

#[test]
fn people_trust_taste_and_circles_are_shown() {
    let place = story();
    let create = ["--as", "ana", "circle", "create", "Night Owls", "--focus", "jazz"];
    place.ok(LATER, &create);
    place.ok(LATER, &["--as", "bo", "circle", "join", "Night Owls"]);
    without_ids(|| {
        insta::assert_snapshot!("taste", place.ok(LATER, &["taste", "show", "ana"]));
        insta::assert_snapshot!("trust_path", place.ok(LATER, &["trust", "path", "cy", "bo"]));
        insta::assert_snapshot!("user_show", place.ok(LATER, &["user", "show", "bo"]));
        insta::assert_snapshot!("circle_show", place.ok(LATER, &["circle", "show", "Night Owls"]));
        insta::assert_snapshot!("circle_list", place.ok(LATER, &["circle", "list"]));
        insta::assert_snapshot!("search", place.ok(LATER, &["search", "whisper"]));
        insta::assert_snapshot!(
            "privacy",
            place.ok(LATER, &["--as", "bo", "user", "privacy", "--taste", "public"])
        );
        insta::assert_snapshot!("epoch", place.ok(LATER, &["epoch"]));
        insta::assert_snapshot!("audit_verify", place.ok(LATER, &["audit", "verify"]));
        insta::assert_snapshot!("audit_replay", place.ok(LATER, &["audit", "replay"]));
    });
}

#[test]
fn a_person_can_take_everything_and_leave() {
    let place = rated();
    let export = place.json(LATER, &["export", "bo"]);
    assert_eq!(export["schema"], "signal.export/1");
    assert!(export.to_string().contains("It starts as a whisper"), "{export}");
    let refused = place.run(LATER, &["erase", "bo"]);
    assert_eq!((refused.code, refused.err.lines().count()), (2, 3), "{}", refused.err);
    let other = place.run(LATER, &["--as", "ana", "erase", "bo", "--yes"]);
    assert_eq!(other.code, 2, "{}", other.err);
    place.ok(LATER, &["erase", "bo", "--yes"]);
    assert_eq!(place.run(LATER, &["user", "show", "bo"]).code, 2);
    place.ledger(LATER);
    assert_eq!(place.json(LATER, &["audit", "replay"])["equal"], true);
}

#[test]
fn doctor_looks_at_store_clock_and_policy() {
    let place = story();
    let fine = place.json(LATER, &["doctor"]);
    assert_eq!((&fine["healthy"], &fine["problems"]), (&Value::Bool(true), &Value::Array(Vec::new())));
    let late = place.run("2026-03-01T10:00:00Z", &["doctor"]);
    assert_eq!(late.code, 3, "{}", late.out);
    assert!(late.out.contains("more than 10 minutes before"), "{}", late.out);
    let missing = Place::new();
    assert_eq!(missing.run(LATER, &["doctor"]).code, 3);
    assert!(!missing.store().exists());
}

#[test]
fn who_is_muted_is_out_of_the_feed() {
    let place = story();
    let feed = || place.json(LATER, &["--as", "ana", "feed"])["items"].as_array().map(Vec::len);
    let mute = |args: &[&str]| place.ok(LATER, &[&["--as", "ana", "user", "mute"], args].concat());
    assert_eq!(feed(), Some(1));
    assert_eq!(mute(&["bo"]), "bo is muted\n");
    assert_eq!((feed(), mute(&[])), (Some(0), "bo\n".to_owned()));
    let listed = place.json(LATER, &["--as", "ana", "user", "mute"]);
    assert_eq!(
        (&listed["schema"], &listed["items"][0]["name"]),
        (&"signal.user.mute.list/1".into(), &"bo".into())
    );
    assert_eq!(place.json(LATER, &["export", "ana"])["mutes"][0]["name"], "bo");
    assert_eq!(mute(&["bo", "--off"]), "bo is no longer muted\n");
    assert_eq!((feed(), mute(&[])), (Some(1), "you have muted nobody\n".to_owned()));
    for args in [
        &["user", "mute", "bo"][..],
        &["--as", "ana", "user", "mute", "--off"],
        &["--as", "ana", "user", "mute", "ana"],
    ] {
        assert_eq!(place.run(LATER, args).code, 2, "{args:?}");
    }
}

#[test]
fn an_epoch_says_that_standing_sprang_from_seeds() {
    let place = story();
    assert_eq!(place.ok(LATER, &["user", "seed", "ana"]), "ana is a seed\n");
    assert_eq!(place.json(LATER, &["user", "show", "ana"])["seed"], true);
    assert_eq!(place.json(LATER, &["epoch"])["restart"], "the operator's seeds");
    assert_eq!(place.ok(LATER, &["user", "seed", "ana", "--off"]), "ana is no longer a seed\n");
    assert_eq!(place.json(LATER, &["epoch"])["restart"], "everyone who claimed an account, alike");
}

#[test]
fn nobody_is_the_operator_who_names_themselves() {
    let place = story();
    for args in [["user", "freeze", "bo"], ["user", "seed", "ana"], ["audit", "reverse", "1"]] {
        let args =
            [&["--as", "ana"][..], &args, if args[0] == "audit" { &["because"] } else { &[] }].concat();
        let ran = place.run(LATER, &args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.err.starts_with("error: only the operator can do this\n\nhint: "), "{}", ran.err);
    }
}

#[test]
fn one_person_with_one_export_and_no_friends_has_a_taste_and_a_feed_that_says_its_basis() {
    let place = Place::new();
    place.ok(START, &["user", "add", "ana"]);
    let listen = |day: usize, artist: &str, title: &str| {
        format!(
            r#"{{"endTime":"2026-01-{day:02} 10:00","artistName":"{artist}","trackName":"{title}","msPlayed":180000}}"#
        )
    };
    let mut listens: Vec<String> = (1..=20).map(|day| listen(day, "Moondog", "Bird's Lament")).collect();
    listens.extend((1..=5).map(|day| listen(day, "Nina Simone", "Sinnerman")));
    let history = place.file("StreamingHistory_music_0.json", format!("[{}]", listens.join(",")));
    let answer = place.json(START, &["--as", "ana", "import", &history]);
    assert_eq!((&answer["listens_new"], &answer["tracks_new"]), (&25.into(), &2.into()), "{answer}");
    let again = place.json(START, &["--as", "ana", "import", &history]);
    assert_eq!((&again["listens"], &again["listens_new"]), (&25.into(), &0.into()), "{again}");
    without_ids(|| {
        insta::assert_snapshot!("taste_alone", place.ok(START, &["--as", "ana", "taste", "show"]));
        let taste = place.json(START, &["--as", "ana", "taste", "show"]);
        assert_eq!(taste["basis"], "artists");
        assert!(taste["genres"][0]["hours"].as_f64() > Some(0.0), "{taste}");
        insta::assert_snapshot!("feed_alone", place.ok(START, &["--as", "ana", "feed"]));
    });
}
