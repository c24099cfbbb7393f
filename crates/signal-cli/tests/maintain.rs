//! What a server does by itself, done by hand.

mod support;

use support::{LATER, Place, START, WEEK_LATER, rated};

fn job(answer: &serde_json::Value, name: &str) -> serde_json::Value {
    let items = answer["items"].as_array().expect("items");
    items.iter().find(|item| item["job"] == name).cloned().unwrap_or(serde_json::Value::Null)
}

#[test]
fn every_job_runs_and_tells_what_it_did() {
    let place = rated();
    let done = place.json(WEEK_LATER, &["maintain"]);
    assert_eq!(done["schema"], "signal.maintain.list/1");
    assert_eq!(job(&done, "settle")["counts"], serde_json::json!({"settled": 1, "open": 0}));
    assert_eq!(job(&done, "epoch")["counts"]["number"], 1);
    assert_eq!(job(&done, "profiles")["counts"]["built"], 3);
    assert_eq!(job(&done, "upkeep")["ran"], true);
    assert!(job(&done, "retention").is_null(), "a personal file keeps what was heard");
    let again = place.json(WEEK_LATER, &["maintain", "--job", "epoch"]);
    assert_eq!(job(&again, "epoch")["ran"], false, "once a day");
    assert_eq!(again["items"].as_array().map(Vec::len), Some(1));
    let text = place.ok(WEEK_LATER, &["maintain", "--job", "settle"]);
    assert_eq!(text, "settle     settled 0, 0 open\n");
    let refused = place.run(LATER, &["--as", "ana", "maintain"]);
    assert_eq!(refused.code, 2, "{refused:?}");
}

#[test]
fn old_listens_fold_into_months_and_stay_so() {
    let place = Place::new();
    place.ok(START, &["user", "add", "ana"]);
    let listen = |day: &str, minute: u32, song: u32| {
        format!(
            r#"{{"endTime":"{day} 12:{minute:02}","artistName":"Moondog","trackName":"Movement {song}","msPlayed":120000}}"#
        )
    };
    let mut listens: Vec<_> = (0..10).map(|n| listen("2025-08-20", n * 3, n % 2)).collect();
    listens.extend((0..5).map(|n| listen("2026-02-20", n * 3, n)));
    let file = place.file("StreamingHistory0.json", format!("[{}]", listens.join(",")));
    let import = ["--as", "ana", "import", &file];
    assert_eq!(place.json(START, &import)["listens_new"], 15);
    let plays = |place: &Place| place.json(START, &["taste", "show", "ana"])["artists"][0]["plays"].clone();
    let before = plays(&place);
    let refused = place.run(START, &["maintain", "--job", "retention"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("--keep-listens 90"), "{refused:?}");
    let done = place.json(START, &["maintain", "--keep-listens", "90"]);
    assert_eq!(job(&done, "retention")["counts"]["folded"], 10);
    assert_eq!(plays(&place), before, "as many as before");
    assert_eq!(place.json(START, &import)["listens_new"], 0, "importing again changes nothing");
    assert_eq!(plays(&place), before);
}
