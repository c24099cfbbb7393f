//! Recommendations, measured on anybody's data.

mod support;

use serde_json::Value;
use support::{Place, START};

/// Two scenes of twenty people who play eight of their scene's twelve artists and trust the next of their scene.
fn scenes(place: &Place) -> (String, String) {
    let plays = (0..40).flat_map(|user| {
        (0..8).map(move |n| format!("u{user}\ta{}\t{}", user / 20 * 12 + (user * 5 + n * 7) % 12, n + 1))
    });
    let trust = (0..40).map(|user| format!("u{user},u{}", user / 20 * 20 + (user + 1) % 20));
    let file = |name: &str, rows: Vec<String>| place.file(name, rows.join("\n"));
    let plays = std::iter::once("userID\tartistID\tweight".to_owned()).chain(plays).collect();
    (file("plays.dat", plays), file("trust.csv", trust.collect()))
}

#[test]
fn held_out_artists_are_recommended() {
    let place = Place::new();
    let (plays, trust) = scenes(&place);
    for protocol in ["split", "fold-in", "cold"] {
        let args = ["eval", "recommend", "--plays", &plays, "--trust", &trust, "--k", "4", "--seed", "7"];
        let answer = place.json(START, &[&args[..], &["--protocol", protocol]].concat());
        let figure = |method: &str, name: &str| {
            let items = answer["items"].as_array().expect("rows");
            let row = items.iter().find(|row| row["method"] == method).expect("the method");
            row[name].as_f64().unwrap_or_else(|| panic!("{name} of {row}"))
        };
        for method in ["popularity", "item-knn", "ials", "signal"] {
            for name in ["recall", "mrr", "ndcg", "hit", "precision"] {
                assert!((0.0..=1.0).contains(&figure(method, name)), "{answer}");
            }
            assert!(figure(method, "fit_s") >= 0.0 && figure(method, "per_user_us") > 0.0, "{answer}");
            assert_eq!(figure(method, "people").to_bits(), 40.0_f64.to_bits(), "{answer}");
        }
        assert!(figure("signal", "ndcg") > figure("popularity", "ndcg"), "{answer}");
        assert!(answer["items"][0]["sd"]["ndcg"].is_f64(), "{answer}");
        assert_eq!(answer["items"][0]["validation_ndcg"].is_f64(), protocol == "split", "{answer}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_said() {
    let place = Place::new();
    let (plays, _) = scenes(&place);
    let code = |args: &[&str]| place.run(START, &[&["eval", "recommend", "--plays"], args].concat()).code;
    assert_eq!(code(&[&plays, "--protocol", "cold"]), 2, "no trust");
    assert_eq!(code(&[&plays, "--k", "0"]), 2);
    assert_eq!(code(&["nowhere.csv"]), 3);
    assert_eq!(code(&[&place.file("few.csv", "a,b,1\na,c,1")]), 2);
    assert_eq!(code(&[&place.file("bad.csv", "a,b,1\na,c,x")]), 2);
    let answer = place.json(START, &["eval", "recommend", "--plays", &plays]);
    assert_eq!(answer["schema"], Value::from("signal.eval.recommend.list/1"), "plays alone are enough");
}
