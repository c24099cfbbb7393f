//! `signal guard`: what is found, shown and resolved, and who may ask.

mod support;

use serde_json::Value;
use support::{Place, START, without_ids};

const LATER: &str = "2026-03-02T12:00:00Z";

/// Three drops; four people rate them within minutes and alike, five others as they please.
fn ring() -> Place {
    let place = Place::new();
    let hour = |hours: u32| format!("2026-03-01T{:02}:30:00Z", 12 + hours);
    let people = ["ana", "bo", "cy", "dee", "eli", "fay", "gus", "hal"];
    let ring = ["rex1", "rex2", "rex3", "rex4"];
    for name in people.iter().chain(&ring) {
        place.ok(START, &["user", "add", name]);
    }
    for (author, song) in people.iter().zip(["One", "Two", "Three"]) {
        place.ok(START, &["--as", author, "drop", "add", &format!("Moondog - {song}"), "It walks."]);
    }
    let drops = place.json(START, &["drop", "list"]);
    let drops: Vec<&str> =
        drops["items"].as_array().expect("a list").iter().filter_map(|drop| drop["id"].as_str()).collect();
    let rate = |at: &str, who: &str, stars: &str| {
        for drop in &drops {
            place.ok(at, &["--as", who, "drop", "rate", drop, stars]);
        }
    };
    for who in ring {
        rate(&hour(0), who, "2.5");
    }
    for ((who, hours), stars) in people[3..].iter().zip([2, 4, 6, 8, 10]).zip(["1", "2", "3", "4", "1.5"]) {
        rate(&hour(hours), who, stars);
    }
    place
}

fn finding(place: &Place) -> Value {
    let ran = place.run(LATER, &["guard", "scan", "--format", "json"]);
    assert_eq!(ran.code, 1, "a finding is a no: {}", ran.err);
    let answer: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(answer["schema"], "signal.guard.scan/1");
    answer["findings"][0].clone()
}

#[test]
fn a_ring_is_found_shown_and_resolved() {
    let place = ring();
    let scan = place.run(LATER, &["guard", "scan"]);
    assert_eq!((scan.code, scan.err.as_str()), (1, ""));
    without_ids(|| insta::assert_snapshot!("guard_scan", scan.out));
    let found = finding(&place);
    let short = found["short"].as_str().expect("an id");
    assert!(found["id"].as_str().is_some_and(|id| id.len() == 32 && id.ends_with(short)), "{found}");
    assert_eq!((&found["effect"], &found["resolution"]), (&Value::from("merge"), &Value::Null), "{found}");
    let shown = place.json(LATER, &["guard", "show", short]);
    assert_eq!(shown["schema"], "signal.guard.finding/1");
    for field in ["id", "kind", "members", "probability", "evidence", "effect"] {
        assert_eq!(shown[field], found[field], "{field}");
    }
    assert_eq!(place.ok(LATER, &["guard", "suspects"]), "no epoch was closed yet: `signal epoch`\n");
    assert_eq!(place.run(LATER, &["epoch"]).code, 1);
    insta::assert_snapshot!("guard_suspects", place.ok(LATER, &["guard", "suspects", "--top", "5"]));
    let suspects = place.json(LATER, &["guard", "suspects"]);
    let rows = suspects["suspects"].as_array().expect("rows");
    assert_eq!(suspects["accounts"].as_u64(), u64::try_from(rows.len()).ok(), "{suspects}");
    assert!(rows.is_sorted_by(|a, b| a["suspicion"].as_f64() >= b["suspicion"].as_f64()), "{suspects}");
    assert_eq!(rows.iter().filter(|row| row["found"] == true).count(), 4, "{suspects}");

    let note = "They share a flat and one pair of speakers, and say so; we met all four of them at the spring party.";
    let resolve = ["guard", "resolve", short, "dismissed", "--note", note];
    without_ids(|| insta::assert_snapshot!("guard_resolve", place.ok(LATER, &resolve)));
    let again = place.run(LATER, &resolve);
    assert_eq!((again.code, again.err.lines().count()), (2, 3), "{}", again.err);
    let scan = place.run(LATER, &["guard", "scan"]);
    assert_eq!(scan.code, 0, "what was dismissed is no finding any more");
    let shown =
        place.ok(LATER, &["guard", "show", short]).replace(found["id"].as_str().expect("an id"), "[id]");
    without_ids(|| {
        insta::assert_snapshot!("guard_scan_dismissed", scan.out);
        insta::assert_snapshot!("guard_show", shown);
    });
    for out in [&scan.out, &shown] {
        assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    }
    let epoch = place.json(LATER, &["epoch"]);
    assert_eq!(
        (&epoch["findings"][0]["effect"], &epoch["number"]),
        (&"nothing".into(), &2.into()),
        "{epoch}"
    );
    let confirmed = place.json(LATER, &["guard", "resolve", short, "confirmed", "--note", "It was a lie."]);
    assert_eq!(confirmed["schema"], "signal.guard.resolve/1");
    assert_eq!(
        (&confirmed["effect"], &confirmed["resolution"]["note"]),
        (&"merge".into(), &"It was a lie.".into())
    );
    assert_eq!(place.json(LATER, &["audit", "replay"])["equal"], true);
    place.ledger(LATER);
}

#[test]
fn nobody_but_the_operator_hears_of_it() {
    let place = ring();
    let found = finding(&place);
    let short = found["short"].as_str().expect("an id");
    let hidden = place.run(LATER, &["--as", "ana", "guard", "show", short]);
    let missing = place.run(LATER, &["guard", "show", "00000000"]);
    assert_eq!((hidden.code, missing.code), (2, 2));
    assert_eq!(hidden.err.replace(short, "00000000"), missing.err, "like one that is not there");
    let resolve = ["guard", "resolve", short, "dismissed", "--note", "mine"];
    for args in [&["guard", "scan"][..], &["guard", "suspects"], &resolve, &["epoch"]] {
        let ran = place.run(LATER, &[&["--as", "rex1"], args].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.starts_with("error: only the operator can do this"), "{}", ran.err);
    }
    let wrong = place.run(LATER, &["guard", "resolve", short, "maybe", "--note", "so so"]);
    assert!(wrong.code == 2 && wrong.err.contains("dismissed, confirmed"), "{}", wrong.err);
}

#[test]
fn where_nothing_is_wrong_nothing_is_found() {
    let place = support::rated();
    assert_eq!(place.json(support::LATER, &["guard", "scan"])["findings"], Value::Array(Vec::new()));
    assert!(place.ok(support::LATER, &["guard", "scan"]).starts_with("0 findings in "));
}
