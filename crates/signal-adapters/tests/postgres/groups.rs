//! Appends that come at once share transactions.

use std::time::Instant;

use signal_core::ledger::AppendError;
use signal_core::store::LedgerStore;

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
