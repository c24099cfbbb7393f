//! The public suite, the comparison with memory, opening and opening again.

use std::time::Duration;

use signal_adapters::postgres::PostgresStore;
use signal_core::ledger::{StreamId, Verifier};
use signal_core::store::{ContentStore, LedgerStore, MemoryStore, Store, StoreError, conformance};
use tokio::sync::Mutex;

use crate::fixtures::{register, trust, user};
use crate::server::{self, Database};

#[tokio::test]
async fn the_public_suite_passes() {
    if !server::is_there() {
        return;
    }
    // Each database stays until the next store is asked for.
    let last: Mutex<Option<(Database, PostgresStore)>> = Mutex::new(None);
    let fresh = || async {
        let database = Database::prepared().await;
        let store = database.open().await;
        if let Some((_, before)) = last.lock().await.replace((database, store.clone())) {
            before.close().await;
        }
        store
    };
    let report = conformance::all(fresh).await;
    print!("{}", report.lines("PostgreSQL"));
    assert_eq!(report.skipped, [], "PostgreSQL can do all of it");
    let memory = conformance::all(|| async { MemoryStore::new() }).await;
    let (least, all) = (memory.ran.len(), report.ran.len());
    let row = format!("| cases passed | {least} | {all} | {all} | {all} |");
    assert!(include_str!("../../../../docs/stores.md").contains(&row), "docs/stores.md has no line {row}");
}

#[tokio::test]
async fn random_calls_agree_with_memory() {
    if !server::is_there() {
        return;
    }
    for seed in 100..103 {
        let database = Database::prepared().await;
        conformance::against_memory(&database.open().await, seed, 120).await;
    }
    // A language has its own order of letters and signs; ours is that of bytes.
    let database = Database::in_english().await;
    conformance::against_memory(&database.open().await, 103, 120).await;
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    if !server::is_there() {
        return;
    }
    let database = Database::empty().await;
    let store = database.open().await;
    store.append(&[register(1), register(2)]).await.expect("an append");
    store.append(&[trust(1, 2, 1)]).await.expect("an append");
    let again = database.open().await;
    conformance::agree(&store, &again).await;
    store.close().await;
    again.close().await;
    let later = database.open().await;
    assert_eq!(later.head().await.expect("head").size, 3);
    assert_eq!(later.key("handle:user-2").await.expect("a name"), Some(user(2).uuid()));
    let mut verifier = Verifier::new();
    for entry in later.entries(0, 10).await.expect("entries") {
        verifier.push(&entry).expect("the entry verifies");
    }
    verifier.finish(&later.head().await.expect("head")).expect("the ledger verifies");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_may_open_an_empty_database_at_once() {
    if !server::is_there() {
        return;
    }
    let database = Database::empty().await;
    let tasks: Vec<_> = (0..6u128)
        .map(|n| {
            let url = database.url.clone();
            tokio::spawn(async move {
                let store = PostgresStore::open(&url).await.expect("the store opens");
                store.append(&[register(n)]).await.expect("an append").remove(0).expect("it is accepted")
            })
        })
        .collect();
    let mut positions = Vec::new();
    for task in tasks {
        positions.push(task.await.expect("the task ends"));
    }
    positions.sort_unstable();
    assert_eq!(positions, [0, 1, 2, 3, 4, 5]);
}

/// A database, and a schema of one, whatever the language its texts are sorted in.
#[tokio::test]
async fn a_schema_of_its_own_is_enough() {
    if !server::is_there() {
        return;
    }
    let database = Database::empty().await;
    database.execute("CREATE TABLE public.contacts (name text); CREATE SCHEMA community").await;
    let error = PostgresStore::open(&database.url).await.expect_err("it is somebody else's");
    assert!(error.to_string().contains("tables of another program"), "{error}");
    let url = format!("{}&options=-c%20search_path%3Dcommunity", database.url.replace('#', ""));
    let url = if url.contains('?') { url } else { url.replacen('&', "?", 1) };
    let store = PostgresStore::open(&url).await.expect("the schema is free");
    store.append(&[register(1)]).await.expect("an append").remove(0).expect("it is accepted");
    let again = PostgresStore::open(&url).await.expect("it opens again");
    assert_eq!(again.streams(&[StreamId::User(user(1))]).await.expect("streams").len(), 1);
}

#[tokio::test]
async fn the_registry_opens_it_by_url() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    database.open().await.append(&[register(1)]).await.expect("an append");
    let other = database.url.replacen("postgres:", "postgresql:", 1);
    for url in [&database.url, &other] {
        let store = signal_adapters::open(url).await.expect("a URL");
        assert_eq!(store.head().await.expect("head").size, 1, "{url}");
        assert!(store.capabilities().durable && store.capabilities().several_processes);
    }
}

#[tokio::test]
async fn what_is_not_ours_is_refused_and_left_alone() {
    if !server::is_there() {
        return;
    }
    for (statements, hint) in [
        (
            "INSERT INTO signal_migrations (version, name, checksum) VALUES (900, 'later', '')",
            "newer Signal wrote it (schema 900",
        ),
        ("UPDATE signal_migrations SET checksum = 'x' WHERE version = 1", "step 1 of its schema"),
    ] {
        let database = Database::prepared().await;
        database.execute(statements).await;
        let error = PostgresStore::open(&database.url).await.expect_err("it is refused");
        assert!(matches!(error, StoreError::Unusable { .. }) && !error.may_retry(), "{error:?}");
        assert!(error.to_string().contains(hint), "{error}");
    }
}

#[tokio::test]
async fn no_password_is_told() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let join = if database.url.contains('?') { '&' } else { '?' };
    let url = format!("{}{join}password=s3cret", database.url);
    let store = PostgresStore::open(&url).await.expect("a password that nobody asks for");
    assert!(!format!("{store:?}").contains("s3cret"), "{store:?}");
    for wrong in [
        "postgres://ana:s3cret@127.0.0.1:1/signal",
        "postgres://ana:s3cret@127.0.0.1:notaport/signal",
        "postgres://ana:s3cret@127.0.0.1:1/signal?sslmode=s3cret-mode",
        "postgres:///signal?host=/nowhere&password=s3cret",
    ] {
        let error = signal_adapters::open(wrong).await.err().unwrap_or_else(|| panic!("{wrong} was opened"));
        let told = format!("{error} {error:?}").replace("s3cret-mode", "");
        assert!(!told.contains("s3cret"), "{told}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_is_woken_by_another_writer() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let (reader, writer) = (database.open().await, database.open().await);
    assert!(reader.capabilities().notifications);
    writer.append(&[register(1)]).await.expect("an append");
    assert_eq!(reader.beyond(0).await.expect("news"), 1, "what is there already");
    let limit = Duration::from_millis(50);
    assert!(tokio::time::timeout(limit, reader.beyond(1)).await.is_err(), "nothing has come");
    for size in 1..20 {
        let waiting = reader.clone();
        let woken = tokio::spawn(async move { waiting.beyond(size).await.expect("news") });
        tokio::time::sleep(Duration::from_millis(5)).await;
        writer.append(&[register(u128::from(size) + 1)]).await.expect("an append");
        let woken = tokio::time::timeout(Duration::from_secs(1), woken).await.expect("within a second");
        assert_eq!(woken.expect("it ends"), size + 1);
    }
}
