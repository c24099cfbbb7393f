//! Appends that come at once share transactions.

use std::time::Instant;

use signal_core::ledger::AppendError;
use signal_core::store::LedgerStore;
use sqlx::Connection;

use crate::fixtures::{content, doc, register, trust};
use crate::server::{self, Database};

const CALLERS: u128 = 64;
const EACH: u128 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_at_once_share_transactions() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let store = database.open().await;
    let started = Instant::now();
    let tasks: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut positions = Vec::new();
                for n in 0..EACH {
                    let done = store.append(&[register(caller * EACH + n)]).await.expect("an append");
                    positions.extend(done.into_iter().map(|position| position.expect("it is accepted")));
                }
                positions
            })
        })
        .collect();
    let mut positions = Vec::new();
    for task in tasks {
        positions.extend(task.await.expect("the caller ends"));
    }
    positions.sort_unstable();
    let calls = u64::try_from(CALLERS * EACH).expect("few");
    assert_eq!(positions, (0..calls).collect::<Vec<_>>(), "everybody was told a place of their own");
    let transactions: i64 = sqlx::query_scalar("SELECT count(DISTINCT xmin::text) FROM entries")
        .fetch_one(&mut database.connect().await)
        .await
        .expect("transactions");
    println!("{calls} appends in {transactions} transactions, {:?}", started.elapsed());
    assert!(transactions < i64::try_from(calls / 4).expect("few"), "{transactions} transactions");
}

/// What the database cannot take is refused to the one who brought it, whoever shares the transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_suffers_for_anothers_append() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let store = database.open().await;
    store.append(&[register(0)]).await.expect("an append");
    let tasks: Vec<_> = (1..40u128)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                match n % 4 {
                    0 => store.append(&[content(vec![doc(n, "a text with \0 in it")])]).await,
                    1 => store.append(&[trust(0, 1, 77)]).await,
                    _ => store.append(&[register(n)]).await,
                }
            })
        })
        .collect();
    let mut accepted = 1;
    for (n, task) in (1u128..).zip(tasks) {
        match (n % 4, task.await.expect("the task ends")) {
            (0, done) => {
                let error = done.expect_err("no text holds NUL");
                assert!(error.to_string().contains("NUL") && !error.may_retry(), "{error}");
            }
            (1, done) => {
                let done = done.expect("an append").remove(0);
                assert!(matches!(done, Err(AppendError::Conflict { .. })), "{done:?}");
            }
            (_, done) => {
                done.expect("an append").remove(0).expect("it is accepted");
                accepted += 1;
            }
        }
    }
    assert_eq!(store.head().await.expect("head").size, accepted);
}

/// Entries a second, beside plain statements that put the same bytes into one table with the same durability.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, for a server whose disk counts"]
async fn how_quick_appends_are() {
    const ROUNDS: u64 = 100;
    let database = Database::prepared().await;
    let store = database.open().await;
    let people: Vec<_> = (0..CALLERS).map(register).collect();
    store.append(&people).await.expect("an append");
    let started = Instant::now();
    let tasks: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                for version in 1..=ROUNDS {
                    let other = CALLERS + u128::from(version);
                    let done = store.append(&[trust(caller, other, version)]).await.expect("an append");
                    assert!(done.iter().all(Result::is_ok), "{done:?}");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("the caller ends");
    }
    let appends = started.elapsed();
    let entries = store.entries(u64::try_from(CALLERS).expect("few"), u32::MAX).await.expect("entries");
    database.execute("CREATE TABLE plain (LIKE entries INCLUDING ALL)").await;
    let mut connection = database.connect().await;
    let started = Instant::now();
    for part in entries.chunks(64) {
        let mut work = connection.begin().await.expect("a transaction");
        for entry in part {
            let (body, salt) = entry.body.as_ref().expect("a body");
            sqlx::query("INSERT INTO plain VALUES ($1, 0, $2, $3, $4)")
                .bind(i64::try_from(entry.position).expect("few"))
                .bind(&entry.leaf)
                .bind(body)
                .bind(salt.as_slice())
                .execute(&mut *work)
                .await
                .expect("a row");
        }
        work.commit().await.expect("a commit");
    }
    let plain = started.elapsed();
    let rate = |took: std::time::Duration| entries.len() as f64 / took.as_secs_f64();
    println!("{:.0} appends a second, {:.0} plain rows a second", rate(appends), rate(plain));
    assert!(rate(appends) * 2.0 > rate(plain), "half as quick as plain statements");
}
