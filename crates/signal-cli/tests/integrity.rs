//! How well attackers are told from people, and good raters from bad ones.

mod support;

use std::io::Write as _;
use std::path::PathBuf;
use std::{env, io};

use serde_json::Value;
use signal_adapters::import::{SignedNetwork, signed_edges, trust_labels};
use signal_core::integrity::validators::{Counted, rater_scores};
use signal_core::trust::predict::SignedEdge;
use support::{Place, START};

/// A file of `SIGNAL_DATA`, else of the folder that the data is kept in beside the checkout; without both, a visible skip.
fn real_data(name: &str, what: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = env::var_os("SIGNAL_DATA").map_or_else(beside, PathBuf::from).join(name);
    if !data.exists() {
        // Past the test harness, which hides what passing tests print.
        writeln!(io::stderr(), "skipped: {what} needs SIGNAL_DATA").expect("standard error");
        return None;
    }
    Some(data)
}

fn path(file: &std::path::Path) -> &str {
    file.to_str().expect("a path")
}

/// 300 people in a ring, each linked with the next four.
fn ring() -> String {
    let row = |n: u32| (1..=4).map(move |step| format!("{n} {}", (n + step) % 300));
    (0..300).flat_map(row).collect::<Vec<_>>().join("\n")
}

fn sybil(place: &Place, file: &str, more: &[&str]) -> Value {
    let base = ["eval", "sybil", "--graph", file];
    place.json(START, &[&base[..], more].concat())
}

#[test]
fn a_copied_region_is_told_apart() {
    let place = Place::new();
    let file = place.file("ring.txt", ring());
    for attacker in ["random", "triangles", "bicliques", "poison"] {
        let more = ["--attack-edges", "30", "--attacker", attacker, "--labels", "30", "--seed", "1"];
        let answer = sybil(&place, &file, &more);
        assert_eq!((&answer["people"], &answer["accounts"]), (&Value::from(300), &Value::from(300)));
        assert!(answer["auc"]["both-labels"].as_f64() > Some(0.9), "{attacker}: {answer}");
        assert!(answer["auc"]["honest-seeds"].as_f64() > Some(0.8), "{attacker}: {answer}");
        assert_eq!(answer, sybil(&place, &file, &more), "the same seed, the same attack");
    }
    let part = sybil(&place, &file, &["--attack-edges", "10", "--region", "0.2", "--labels", "20"]);
    assert_eq!(part["accounts"], 60);
}

#[test]
fn what_cannot_be_attacked_is_wrong_use() {
    let place = Place::new();
    let file = place.file("ring.txt", ring());
    for (more, what) in [
        (["--attack-edges", "90000", "--labels", "1"], "at most 45000 fit"),
        (["--attack-edges", "1", "--labels", "300"], "300 labels of each kind"),
        (["--attack-edges", "1", "--region", "1.5"], "not in (0, 1]"),
        (["--attack-edges", "-1", "--region", "1"], "--attack-edges"),
    ] {
        let answer = place.run(START, &[&["eval", "sybil", "--graph", &file], &more[..]].concat());
        assert_eq!(answer.code, 2);
        assert!(answer.err.contains(what), "{}", answer.err);
    }
    let bad = place.file("bad.txt", "1 2\n3\n");
    let answer = place.run(START, &["eval", "sybil", "--graph", &bad, "--attack-edges", "1"]);
    assert!(answer.code == 2 && answer.err.contains("line 2"), "{}", answer.err);
    let none = place.run(START, &["eval", "sybil", "--graph", "/no/such/file", "--attack-edges", "1"]);
    assert_eq!(none.code, 3);
}

#[test]
fn attacks_and_streams_are_judged() {
    let place = Place::new();
    let args = ["eval", "attack", "--kind", "vote-ring", "--size", "100", "--days", "20", "--seed", "2"];
    let answer = place.json(START, &args);
    assert_eq!(answer["schema"], "signal.eval.attack/1");
    let row = &answer["attacks"][0];
    assert_eq!((&row["kind"], &row["attackers"]), (&Value::from("vote-ring"), &Value::from(5)));
    for field in ["detected_recall", "attacker_gain_points", "honest_loss_points", "honest_flagged"] {
        assert!(row[field].is_f64(), "{row}");
    }
    let stream = r#"{"at":"2026-06-01T00:00:00Z","kind":"drop","actor":"ana","drop":"d","label":"honest"}
{"at":1780300000,"kind":"rate","actor":"ben","drop":"d","stars":4.5,"label":true}
{"at":1780300001,"kind":"rate","actor":"ben","drop":"never made","stars":4.5,"label":true}"#;
    let answer = place.json(START, &["eval", "attack", "--trace", &place.file("stream.jsonl", stream)]);
    let counted = [&answer["events"], &answer["refused"], &answer["people"], &answer["attackers"]];
    assert_eq!(counted, [3, 1, 2, 1].map(Value::from).each_ref());
    for (name, lines, code) in [("bad", "\n{}", 2), ("empty", "", 2)] {
        let run = place.run(START, &["eval", "attack", "--trace", &place.file(name, lines)]);
        assert_eq!(run.code, code, "{}", run.err);
    }
    assert_eq!(place.run(START, &["eval", "attack", "--trace", "/no/such/file"]).code, 3);
}

#[test]
fn raters_who_agree_are_told_from_those_who_do_not() {
    let place = Place::new();
    // 0 to 9 say of 20 to 29 what is so, 10 to 14 the opposite; nobody of them is rated.
    let row = |rater: i32, target: i32| {
        let truth = if target % 2 == 0 { 5 } else { -5 };
        format!("{rater},{target},{},{}", if rater < 10 { truth } else { -truth }, 100 * target + rater)
    };
    let rows = (0..15).flat_map(|rater| (20..30).map(move |target| row(rater, target)));
    let ratings = place.file("ratings.csv", rows.collect::<Vec<_>>().join("\n"));
    let labels = (0..15).map(|rater| format!("{rater},{}", if rater < 10 { "+1" } else { "-1" }));
    let labels = place.file("labels.csv", labels.collect::<Vec<_>>().join("\n"));
    let answer = place.json(START, &["eval", "validators", "--ratings", &ratings, "--labels", &labels]);
    assert_eq!((&answer["users"], &answer["trustworthy"]), (&Value::from(15), &Value::from(10)));
    assert_eq!((&answer["auc"], &answer["average_precision"]), (&Value::from(1.0), &Value::from(1.0)));
    assert_eq!(answer["unreciprocated"]["auc"], 1.0);
    assert!(answer["first_three"]["auc"].is_f64(), "{answer}");

    let strangers = place.file("strangers.csv", "900,+1\n901,-1\n");
    let run = place.run(START, &["eval", "validators", "--ratings", &ratings, "--labels", &strangers]);
    assert!(run.code == 2 && run.err.contains("hint: "), "{}", run.err);
}

#[test]
fn real_attacks_are_seen() {
    let Some(file) = real_data("sybil-facebook/facebook_combined.txt", "the attack on a real graph") else {
        return;
    };
    let place = Place::new();
    let answer = sybil(&place, path(&file), &["--attack-edges", "1000", "--seed", "0"]);
    // One draw, not the mean of several that docs/algorithms.md gives.
    assert!(answer["auc"]["both-labels"].as_f64() >= Some(0.999), "{answer}");
    assert!(answer["auc"]["honest-seeds"].as_f64() >= Some(0.996), "{answer}");
}

#[test]
fn real_raters_are_judged() {
    let (Some(ratings), Some(labels)) = (
        real_data("bitcoin-otc/otc_network.csv", "judging real raters"),
        real_data("bitcoin-otc/otc_gt.csv", "judging real raters"),
    ) else {
        return;
    };
    let place = Place::new();
    let answer =
        place.json(START, &["eval", "validators", "--ratings", path(&ratings), "--labels", path(&labels)]);
    assert_eq!((&answer["users"], &answer["trustworthy"]), (&Value::from(240), &Value::from(125)));
    assert!(
        answer["auc"].as_f64() >= Some(0.89) && answer["average_precision"].as_f64() >= Some(0.9),
        "{answer}"
    );
    assert!(answer["first_three"]["auc"].as_f64() >= Some(0.84), "{answer}");
    assert!(answer["unreciprocated"]["auc"].as_f64() >= Some(0.8), "{answer}");
}

#[test]
fn what_is_said_about_a_real_rater_moves_no_bit() {
    let (Some(ratings), Some(labels)) = (
        real_data("bitcoin-otc/otc_network.csv", "the law of real raters"),
        real_data("bitcoin-otc/otc_gt.csv", "the law of real raters"),
    ) else {
        return;
    };
    let SignedNetwork { names, edges } = signed_edges(&ratings).expect("ratings");
    let labels = trust_labels(&labels).expect("labels");
    let bits = |edges: &[SignedEdge], counted| -> Vec<u64> {
        rater_scores(edges, counted).into_iter().map(f64::to_bits).collect()
    };
    let before = [Counted::All, Counted::FirstThree].map(|counted| bits(&edges, counted));
    let mut judged = 0;
    for (number, _) in (0u32..).zip(&names).filter(|one| labels.contains_key(one.1)) {
        let about = |edge: &SignedEdge| edge.to == number;
        let negated: Vec<SignedEdge> = edges
            .iter()
            .map(|edge| if about(edge) { SignedEdge { weight: -edge.weight, ..*edge } } else { *edge })
            .collect();
        let deleted: Vec<SignedEdge> = edges.iter().copied().filter(|edge| !about(edge)).collect();
        for (counted, before) in [Counted::All, Counted::FirstThree].into_iter().zip(&before) {
            for edges in [&negated, &deleted] {
                assert_eq!(
                    bits(edges, counted).get(number as usize),
                    before.get(number as usize),
                    "{number}"
                );
            }
        }
        judged += 1;
    }
    assert_eq!(judged, 316);
}
