//! The program on a `PostgreSQL` database says what it says on a file.
#![cfg(all(feature = "postgres", unix))]

#[path = "../../signal-adapters/tests/postgres/server.rs"]
mod server;
mod support;

use support::{LATER, Place, START, WEEK_LATER, first_drop, ran, story, story_at};

/// What the program says of a story, without ids.
fn told(place: &Place) -> Vec<String> {
    let drop = first_drop(place);
    place.ok(LATER, &["--as", "ana", "drop", "rate", &drop, "5"]);
    place.ok(LATER, &["--as", "cy", "drop", "rate", &drop, "4.5"]);
    let mut told: Vec<_> = [
        &["compat", "ana", "bo"][..],
        &["compat", "bo", "cy"],
        &["trust", "score", "bo"],
        &["taste", "show", "ana"],
        &["trust", "rank", "--top", "3"],
    ]
    .iter()
    .map(|args| place.ok(LATER, args))
    .collect();
    place.ok(WEEK_LATER, &["settle"]);
    told.push(place.ok(WEEK_LATER, &["trust", "score", "bo"]));
    told.push(place.ok(WEEK_LATER, &["maintain", "--keep-listens", "90"]));
    let answer = place.json(WEEK_LATER, &["audit", "replay"]);
    assert_eq!(answer["equal"], true, "{answer}");
    let (entries, _) = place.ledger(WEEK_LATER);
    told.push(entries.to_string());
    place.ok(WEEK_LATER, &["erase", "cy", "--yes"]);
    told.push(place.run(WEEK_LATER, &["user", "show", "cy"]).err);
    place.ledger(WEEK_LATER);
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_database_is_as_good_as_a_file() {
    if !server::is_there() {
        return;
    }
    let database = server::Database::empty().await;
    let there = told(&story_at(Place::at(&database.url)));
    assert_eq!(there, told(&story()));
}

#[test]
fn a_server_that_is_not_there_is_named_without_the_password() {
    let place = Place::at("postgres://ana:s3cret@127.0.0.1:1/music");
    let ran = ran(&mut place.command(START, &["user", "list"]));
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("postgres://***@127.0.0.1:1/music"), "{ran:?}");
    assert!(!ran.err.contains("s3cret"), "{ran:?}");
}

/// A file, a database, and a file again: whoever looks at the last one cannot tell it from the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_store_goes_to_a_database_and_comes_back() {
    if !server::is_there() {
        return;
    }
    let database = server::Database::empty().await;
    let place = story();
    place.ok(LATER, &["erase", "cy", "--yes"]);
    let (from, back) = (place.store(), place.path("back.db"));
    let paths = [&from, &back].map(|path| path.to_str().expect("UTF-8"));
    let moved = |args: &[&str]| {
        let moved = place.json(LATER, args);
        assert_eq!(moved["replay_equal"], true, "{moved}");
        (moved["root"].clone(), moved["rows"].clone())
    };
    let there = moved(&["migrate", "--from", paths[0], "--to", &database.url]);
    let here = moved(&["migrate", "--from", &database.url, "--to", paths[1]]);
    assert_eq!(there, here);
    let files = ["first", "between", "last"].map(|name| place.path(name));
    for (store, file) in [paths[0], &database.url, paths[1]].into_iter().zip(&files) {
        place.ok(LATER, &["backup", store, file.to_str().expect("UTF-8")]);
    }
    let [first, between, last] = files.map(|file| std::fs::read(file).expect("reads"));
    assert!(first == between && first == last, "the backups differ");
    let export = |store: &str| {
        let mut command = support::bare();
        let ran = ran(command.args(["--db", store, "--now", LATER, "export", "ana"]));
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.out
    };
    assert_eq!(export(paths[0]), export(paths[1]));
    let refused = place.run(LATER, &["migrate", "--from", paths[0], "--to", &database.url]);
    assert_eq!(refused.code, 2, "{refused:?}");
}
