//! `signal eval neighbours`: the nearest of random tastes, by scan and by graph.

mod support;

use serde_json::Value;
use support::{Place, START};

#[test]
fn the_scan_finds_all_of_the_nearest_and_the_graph_most() {
    let place = Place::new();
    for data in ["clustered", "uniform"] {
        let args = ["eval", "neighbours", "--vectors", "600", "--dim", "32", "--seed", "3", "--data", data];
        let answer = place.json(START, &args);
        assert_eq!(answer["schema"], "signal.eval.neighbours/1", "{answer}");
        assert_eq!(
            (&answer["vectors"], &answer["dim"], &answer["data"]),
            (&600.into(), &32.into(), &data.into())
        );
        assert!(answer["threads"].as_u64() > Some(0) && answer["rss_bytes"].is_u64(), "{answer}");
        let figure = |kind: &str, path: &[&str]| {
            let found = path.iter().fold(&answer[kind], |value, name| &value[*name]);
            found.as_f64().unwrap_or_else(|| panic!("{kind} {path:?} of {answer}"))
        };
        for kind in ["exact", "index"] {
            assert!(figure(kind, &["build_s"]) >= 0.0 && figure(kind, &["bytes"]) > 600.0 * 32.0, "{answer}");
            let (half, most) = (figure(kind, &["query_us", "p50"]), figure(kind, &["query_us", "p99"]));
            assert!(0.0 < half && half <= most, "{answer}");
        }
        assert_eq!(figure("exact", &["recall_at_20"]).to_bits(), 1.0_f64.to_bits(), "{answer}");
        assert!((0.95..=1.0).contains(&figure("index", &["recall_at_20"])), "{answer}");
        assert!(figure("index", &["build_s"]) >= figure("exact", &["build_s"]), "linking comes on top");
    }
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let place = Place::new();
    for wrong in
        [&["--vectors", "0"][..], &["--vectors", "9", "--dim", "0"], &["--vectors", "9", "--data", "round"]]
    {
        let ran = place.run(START, &[&["eval", "neighbours"], wrong].concat());
        assert_eq!(ran.code, 2, "{wrong:?}");
        assert!(ran.err.contains(wrong[wrong.len() - 2]), "{}", ran.err);
    }
    let few = place.json(START, &["eval", "neighbours", "--vectors", "3"]);
    assert_eq!(few["exact"]["recall_at_20"], Value::from(1.0), "fewer than were asked for");
}
