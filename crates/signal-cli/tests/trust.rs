//! What trust says of people, and how well it says it.

mod support;

use serde_json::Value;
use support::{LATER, Place, START, story};

#[test]
fn people_are_ranked_by_standing() {
    let place = story();
    let everyone = place.json(LATER, &["trust", "rank", "--top", "2"]);
    assert_eq!((&everyone["schema"], &everyone["from"]), (&Value::from("signal.trust.rank/1"), &Value::Null));
    let standings: Vec<f64> = everyone["people"]
        .as_array()
        .expect("people")
        .iter()
        .map(|one| one["standing"].as_f64().expect("a standing"))
        .collect();
    assert!(matches!(standings[..], [first, second] if first >= second && second > 0.0), "{everyone}");

    let around = place.json(LATER, &["--as", "ana", "trust", "rank", "--from", "me"]);
    assert_eq!(around["people"][0]["user"]["name"], "bo", "whom ana trusts: {around}");
    assert!(around["people"][0]["standing"].as_f64() > Some(0.0), "by her own edges: {around}");
    assert_eq!(place.run(LATER, &["--as", "ana", "trust", "rank"]).code, 2);
    assert_eq!(place.run(LATER, &["--as", "ana", "trust", "rank", "--from", "bo"]).code, 2);
}

#[test]
fn a_weight_is_predicted_without_the_weight_that_was_given() {
    let place = story();
    let answer = place.json(LATER, &["trust", "predict", "ana", "bo"]);
    let before = answer["weight"].clone();
    assert!(answer["given"].is_f64(), "{answer}");
    place.ok(LATER, &["--as", "ana", "trust", "set", "bo", "0.01"]);
    let answer = place.json(LATER, &["trust", "predict", "ana", "bo"]);
    assert_eq!((&answer["weight"], &answer["given"]), (&before, &Value::from(0.01)), "{answer}");
}

#[test]
fn held_out_trust_is_predicted() {
    let place = Place::new();
    // Raters 0 to 9 rate everybody alike but for their own level, which biases find and the mean does not.
    let rows = (0..10).flat_map(|rater| {
        (10..30).map(move |target| format!("{rater},{target},{},{}", rater - 4 + target % 3, rater * target))
    });
    let file = place.file("ratings.csv", rows.collect::<Vec<_>>().join("\n"));
    for split in ["random", "time"] {
        let answer =
            place.json(START, &["eval", "trust", "--edges", &file, "--split", split, "--folds", "5"]);
        let rmse = |method: &str| {
            let items = answer["items"].as_array().expect("rows");
            let row = items.iter().find(|row| row["method"] == method).expect("the method");
            assert_eq!(row["fitted"], method == "fitted", "{row}");
            row["rmse"].as_f64().expect("an error")
        };
        assert!(rmse("bias") < 0.5 * rmse("mean"), "{answer}");
    }
    assert_eq!(place.run(START, &["eval", "trust", "--edges", &file, "--folds", "1"]).code, 2);
    let file = place.file("bad.csv", "1,2,0.5\n1,x");
    assert_eq!(place.run(START, &["eval", "trust", "--edges", &file]).code, 2);
}

#[test]
fn a_random_community_is_measured() {
    let place = Place::new();
    let answer = place.json(START, &["eval", "scale", "--users", "500", "--edges", "5000", "--seed", "3"]);
    assert_eq!(answer["users"], 500);
    assert!((3_000..=5_000).contains(&answer["edges"].as_u64().expect("edges")), "{answer}");
    for name in ["path_us", "reach_us", "update_us"] {
        let [half, most] = ["p50", "p99"].map(|at| answer[name][at].as_f64().expect("a time"));
        assert!(0.0 < half && half <= most, "{answer}");
    }
    for name in ["build_s", "propagate_s", "settle_s"] {
        assert!(answer[name].as_f64() > Some(0.0), "{answer}");
    }
    // Two bytes an end and two a weight, both ways; and the process holds more than the graph.
    assert!(answer["graph_bytes"].as_u64() > Some(8 * 3_000), "{answer}");
    assert!(answer["rss_bytes"].as_u64() > answer["graph_bytes"].as_u64(), "{answer}");
    assert_eq!(place.run(START, &["eval", "scale", "--users", "1", "--edges", "5"]).code, 2);
}
