//! What the adapter says when the server, the network or the clock fail.

use std::time::{Duration, Instant};

use signal_adapters::postgres::{PostgresOptions, PostgresStore};
use signal_core::ledger::Batch;
use signal_core::model::Timestamp;
use signal_core::store::{LedgerStore, StateStore, StoreError};
use sqlx::{Connection, Row};

use crate::fixtures::{register, trust};
use crate::server::{self, Database};
use crate::wire::{Cut, Wire};

/// A store at the other end of a wire, for servers that are reached by a socket.
async fn wired(database: &Database) -> Option<(PostgresStore, Wire)> {
    let (start, rest) = database.url.split_once("host=")?;
    let (folder, rest) = rest.split_once('&').unwrap_or((rest, ""));
    let wire = Wire::to(std::path::Path::new(folder));
    let url = format!("{start}host={}&{rest}", wire.folder().display());
    let options = PostgresOptions { any_clock: true, patience: Duration::from_secs(1), connections: 2 };
    Some((PostgresStore::open_with(&url, options).await.expect("the store opens"), wire))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_to_a_commit_is_looked_up() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let Some((store, wire)) = wired(&database).await else {
        println!("left out: the server is not reached by a socket");
        return;
    };
    store.append(&[register(1), register(2)]).await.expect("an append");
    wire.cut(Cut::After);
    let results = store.append(&[trust(1, 2, 1)]).await.expect("it was committed, and that was found out");
    assert_eq!(results, [Ok(2)]);
    wire.cut(Cut::Before);
    let error = store.append(&[trust(1, 2, 2)]).await.expect_err("it was not committed");
    assert!(error.may_retry(), "{error:?}");
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    assert_eq!(store.append(&[trust(1, 2, 2)]).await.expect("an append"), [Ok(3)], "nothing of it is there");
    wire.cut(Cut::AfterForGood);
    let error = store.append(&[trust(1, 2, 3)]).await.expect_err("nobody can tell");
    assert!(matches!(error, StoreError::Unknown { .. }), "{error:?}");
    assert!(!error.may_retry(), "not before somebody has looked");
    wire.cut(Cut::No);
    assert_eq!(store.head().await.expect("head").size, 5, "it was there after all");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_were_ended_are_made_anew() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let store = database.open().await;
    store.append(&[register(1)]).await.expect("an append");
    let mut other = database.connect().await;
    let ended = sqlx::query(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    let ended: i64 = ended.fetch_one(&mut other).await.expect("they are ended").get(0);
    assert!(ended > 0);
    let mut failed = 0;
    while let Err(error) = store.append(&[register(2)]).await {
        assert!(error.may_retry(), "{error:?}");
        failed += 1;
        assert!(failed <= ended, "{error}");
    }
    assert_eq!(store.head().await.expect("head").size, 2);
}

/// The parameter of a URL, whatever others it has.
fn with(url: &str, parameter: &str) -> String {
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}{parameter}")
}

#[tokio::test]
async fn who_waits_too_long_for_another_writer_is_told() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let url = with(&database.url, "options=-c%20lock_timeout%3D200ms");
    let store = PostgresStore::open(&url).await.expect("the store opens");
    let mut other = database.connect().await;
    let mut work = other.begin().await.expect("a transaction");
    sqlx::query("SELECT * FROM head FOR UPDATE").execute(&mut *work).await.expect("the lock");
    let started = Instant::now();
    let error = store.append(&[register(1)]).await.expect_err("another holds the lock");
    assert!(error.may_retry() && error.to_string().contains("another writer"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    work.rollback().await.expect("it is given back");
    assert_eq!(store.append(&[register(1)]).await.expect("an append"), [Ok(0)]);
}

#[tokio::test]
async fn statements_end_in_time_unless_the_operator_says_otherwise() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let quick = with(&database.url, "options=-c%20statement_timeout%3D100ms");
    let store = PostgresStore::open(&quick).await.expect("the store opens");
    let mut other = database.connect().await;
    let mut work = other.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE states").execute(&mut *work).await.expect("the lock");
    let error = store.state("cursor").await.expect_err("it takes too long");
    assert!(error.to_string().contains("statement_timeout"), "{error}");
    work.rollback().await.expect("it is given back");
    assert_eq!(store.state("cursor").await.expect("a value"), None);
}

#[tokio::test]
async fn a_database_that_may_only_be_read_is_read() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    database.open().await.append(&[register(1)]).await.expect("an append");
    let url = with(&database.url, "options=-c%20default_transaction_read_only%3Don");
    let store = PostgresStore::open(&url).await.expect("the store opens");
    assert_eq!(store.head().await.expect("head").size, 1);
    for error in [
        store.append(&[register(2)]).await.expect_err("it may not be written"),
        store.put_state("cursor", b"1").await.expect_err("it may not be written"),
    ] {
        assert!(error.to_string().contains("read-only") && !error.may_retry(), "{error}");
    }
}

/// An entry of tomorrow would settle what is due until then.
#[tokio::test]
async fn an_instant_that_has_not_come_is_refused() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let store = PostgresStore::open(&database.url).await.expect("the store opens");
    let now: i64 = sqlx::query_scalar("SELECT (extract(epoch FROM now()) * 1000000)::int8")
        .fetch_one(&mut database.connect().await)
        .await
        .expect("the server's clock");
    let early = |seconds| Batch { at: Timestamp::from_micros(now).plus_seconds(seconds), ..register(1) };
    let error = store.append(&[early(60)]).await.expect_err("it has not come");
    assert!(!error.may_retry() && error.to_string().contains("database server's clock"), "{error}");
    assert_eq!(store.head().await.expect("head").size, 0);
    assert_eq!(store.append(&[early(0)]).await.expect("an append"), [Ok(0)]);
}

#[tokio::test]
async fn a_text_that_cannot_be_kept_is_named() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let error = database.open().await.put_state("a\0b", b"1").await.expect_err("no text holds NUL");
    assert!(!error.may_retry() && error.to_string().contains("NUL"), "{error}");
}

/// A caller that gives up leaves neither half an append nor a lock behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_append_leaves_no_lock() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let (store, other) = (database.open().await, database.open().await);
    for micros in (0..20_000).step_by(1_000) {
        let group: Vec<_> = (0..50).map(|n| register(micros * 1_000 + n)).collect();
        let size = store.head().await.expect("head").size;
        let limit = Duration::from_micros(u64::try_from(micros).expect("few"));
        let done = tokio::time::timeout(limit, store.append(&group)).await.is_ok();
        // Another may write at once, and sees the group whole or not at all.
        let late = other.append(&[register(micros * 1_000 + 999)]).await.expect("an append").remove(0);
        late.expect("it is accepted");
        let now = other.head().await.expect("head").size;
        assert!(now == size + 51 || (!done && now == size + 1), "{size} became {now}");
        // Whatever is still on its way comes before this.
        store
            .append(&[register(micros * 1_000 + 998)])
            .await
            .expect("an append")
            .remove(0)
            .expect("accepted");
    }
}
