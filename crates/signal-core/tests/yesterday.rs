//! Yesterday's bytes are read: leaves, bodies and states as an earlier Signal wrote them, in `data/ledger-v1.jsonl`.

use std::collections::BTreeSet;

use serde_json::Value;
use signal_core::ledger::{Body, EventKind, Leaf, StreamState};

const BYTES: &str = include_str!("data/ledger-v1.jsonl");

/// The lines of one kind, each `{"leaf": …}`, `{"body": …}` or `{"state": …}`, as the exact text of the value.
fn texts(part: &'static str) -> impl Iterator<Item = &'static str> {
    BYTES.lines().filter_map(move |line| {
        let inner = line.strip_prefix('{')?.strip_suffix('}')?;
        inner.strip_prefix(&format!("\"{part}\":"))
    })
}

#[test]
fn every_kind_of_entry_reads_and_writes_the_same_bytes() {
    let mut kinds = BTreeSet::new();
    for text in texts("body") {
        let body: Body = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(serde_json::to_string(&body).expect("writes"), text);
        kinds.insert(body.event.kind());
    }
    let missing: Vec<_> = EventKind::ALL.iter().filter(|kind| !kinds.contains(*kind)).collect();
    assert_eq!(missing, Vec::<&EventKind>::new());
    let mut leaves = 0;
    for text in texts("leaf") {
        let leaf: Leaf = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(serde_json::to_string(&leaf).expect("writes"), text);
        leaves += 1;
    }
    assert!(leaves >= 3, "{leaves}");
}

#[test]
fn every_kind_of_state_reads_and_writes_the_same_bytes() {
    let mut kinds = BTreeSet::new();
    for text in texts("state") {
        let state =
            StreamState::from_bytes(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(String::from_utf8(state.to_bytes()).expect("text"), text);
        kinds.extend(
            serde_json::from_str::<Value>(text).expect("JSON").as_object().expect("a kind").keys().cloned(),
        );
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["circle", "community", "drop", "user"]);
}

/// Before seeds and counted claims there were fewer fields.
#[test]
fn a_person_of_before_there_were_seeds_reads() {
    for text in texts("state").filter(|text| text.starts_with("{\"user\"")) {
        let mut state: Value = serde_json::from_str(text).expect("JSON");
        let user = state["user"].as_object_mut().expect("a user");
        for field in ["seed", "claims", "has_handle"] {
            assert!(user.remove(field).is_some(), "{field}");
        }
        let Ok(StreamState::User(user)) = StreamState::from_bytes(state.to_string().as_bytes()) else {
            panic!("{state}");
        };
        assert_eq!((user.seed, user.claims, user.has_handle), (false, 0, false));
    }
}
