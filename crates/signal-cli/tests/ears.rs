//! Artists that a person may like next, and whose taste is near: the doors of `recommend` and `taste neighbours`.

mod support;

use serde_json::Value;
use support::{LATER, Place, START, story, without_ids};

/// A dozen people of two scenes; the last one plays little, and `gil` of them claimed the account.
fn scenes() -> Place {
    let place = Place::new();
    let mut rows = vec!["user,artist,plays".to_owned()];
    let bands = ["Nina Simone", "Portishead", "Massive Attack", "Tricky", "Morcheeba"];
    for (person, name) in ["ann", "ben", "cam", "dot", "eve", "fay"].iter().enumerate() {
        for (number, band) in bands.iter().enumerate().filter(|(number, _)| *number != person) {
            rows.push(format!("{name},{band},{}", 10 * number + 5 + person));
        }
    }
    for name in ["hal", "ivo"] {
        rows.push(format!("{name},Moondog,40\n{name},Sun Ra,20\n{name},Nina Simone,2"));
    }
    // No two artists are alike: of equals the id decides, which differs from store to store.
    for name in ["jil", "kim", "leo"] {
        rows.push(format!("{name},Nina Simone,9\n{name},Massive Attack,8"));
    }
    rows.push("jil,Portishead,7\nkim,Portishead,6\njil,Tricky,5".to_owned());
    rows.push("gil,Portishead,12\ngil,Tricky,9\n".to_owned());
    let plays = place.file("plays.csv", rows.join("\n"));
    place.ok(START, &["import", &plays]);
    place.ok(START, &["user", "claim", "plays:gil", "--handle", "gil"]);
    place.ok(START, &["--as", "gil", "trust", "set", "plays:hal", "0.9"]);
    place.ok(START, &["--as", "gil", "trust", "set", "plays:ann", "0.5"]);
    place
}

#[test]
fn artists_are_recommended_with_reasons() {
    let place = scenes();
    without_ids(|| {
        insta::assert_snapshot!("recommend", place.ok(LATER, &["--as", "gil", "recommend"]));
    });
    let answer = place.json(LATER, &["recommend", "gil", "--top", "2"]);
    assert_eq!((&answer["schema"], &answer["basis"]), (&"signal.recommend/1".into(), &"listening".into()));
    let artists = answer["artists"].as_array().expect("artists");
    assert_eq!(artists.len(), 2, "{answer}");
    assert!(artists.iter().all(|one| one["reasons"][0]["kind"].is_string()), "{answer}");
    let line = place.ok(LATER, &["--as", "gil", "--format", "jsonl", "recommend"]);
    assert_eq!(line.lines().count(), 1, "{line}");
}

#[test]
fn who_is_new_gets_what_friends_show_or_what_many_play() {
    let place = scenes();
    place.ok(START, &["user", "add", "new"]);
    let basis = |place: &Place| place.json(LATER, &["--as", "new", "recommend"])["basis"].clone();
    assert_eq!(basis(&place), "popularity");
    place.ok(START, &["--as", "new", "trust", "set", "plays:ivo", "1"]);
    assert_eq!(basis(&place), "friends");
    without_ids(|| {
        insta::assert_snapshot!("recommend_friends", place.ok(LATER, &["--as", "new", "recommend"]));
    });
    let few = story();
    without_ids(|| insta::assert_snapshot!("recommend_nothing", few.ok(LATER, &["recommend", "ana"])));
}

#[test]
fn the_nearest_tastes_are_listed_with_what_is_shared() {
    let place = scenes();
    without_ids(|| {
        insta::assert_snapshot!("neighbours", place.ok(LATER, &["taste", "neighbours", "gil", "--top", "3"]));
    });
    let answer = place.json(LATER, &["--as", "plays:ann", "taste", "neighbours"]);
    assert_eq!(answer["schema"], "signal.taste.neighbours/1");
    let people = answer["people"].as_array().expect("people");
    // gil claimed the account and shows nothing to ann, whom he trusts: his taste is open to her, his plays are not.
    let gil = people.iter().find(|near| near["user"]["name"] == "gil").expect("gil trusts ann");
    assert_eq!(gil["reasons"][0]["plays_b"], Value::Null, "{gil}");
    let others = place.json(LATER, &["--as", "plays:ben", "taste", "neighbours"]);
    assert!(!others.to_string().contains("\"gil\""), "{others}");
    let alone = story();
    without_ids(|| {
        insta::assert_snapshot!("neighbours_none", alone.ok(LATER, &["--as", "cy", "taste", "neighbours"]));
    });
}
