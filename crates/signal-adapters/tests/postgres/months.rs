//! Listens in their months.

use signal_core::model::{Exactness, Listen, Timestamp, TrackId};
use signal_core::store::{HistoryStore, Store};
use uuid::Uuid;

use crate::fixtures::user;
use crate::server::{self, Database};

fn listen(start: &str) -> Listen {
    Listen {
        user: user(1),
        track: TrackId::from_uuid(Uuid::from_u128(5)),
        start: start.parse().expect("a time"),
        exactness: Exactness::Exact,
        played_ms: None,
        source: "test".to_owned(),
    }
}

/// Rows by partition, those of no row left out.
async fn rows(database: &Database) -> Vec<(String, i64)> {
    const ROWS: &str = "SELECT tableoid::regclass::text, count(*) FROM listens GROUP BY tableoid ORDER BY tableoid::regclass::text";
    sqlx::query_as(ROWS).fetch_all(&mut database.connect().await).await.expect("rows")
}

#[tokio::test]
async fn months_are_made_ahead_and_dropped_whole() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let store = database.open().await;
    let plays = [
        "2019-05-05T00:00:00Z",
        "2020-01-31T23:59:59Z",
        "2020-02-01T00:00:00Z",
        "2020-02-29T23:59:59Z",
        "2020-03-01T00:00:00Z",
        "2020-04-01T00:00:00Z",
    ]
    .map(listen);
    assert_eq!(store.add_listens(&plays).await.expect("listens"), 6);
    assert_eq!(rows(&database).await, [("listens_rest".to_owned(), 6)], "no month has them yet");
    let now: Timestamp = "2020-01-15T12:00:00Z".parse().expect("a time");
    store.upkeep(now).await.expect("months are made");
    store.upkeep(now).await.expect("they are there already");
    let expected = [
        ("listens_2020_01".to_owned(), 1),
        ("listens_2020_02".to_owned(), 2),
        ("listens_2020_03".to_owned(), 1),
        ("listens_rest".to_owned(), 2),
    ];
    assert_eq!(rows(&database).await, expected, "what lay in the rest moved there");
    assert_eq!(store.add_listens(&plays).await.expect("listens"), 0, "all of them are known");
    assert_eq!(store.history_totals().await.expect("totals").listens, 6);
    let before: Timestamp = "2020-03-01T00:00:00Z".parse().expect("a time");
    for gone in [1, 1, 2] {
        assert_eq!(store.fold_listens(before, 30_000).await.expect("old listens go"), gone, "month by month");
    }
    let expected = [("listens_2020_03".to_owned(), 1), ("listens_rest".to_owned(), 1)];
    assert_eq!(rows(&database).await, expected);
    let there: bool = sqlx::query_scalar("SELECT to_regclass('listens_2020_01') IS NOT NULL")
        .fetch_one(&mut database.connect().await)
        .await
        .expect("an answer");
    assert!(!there, "the month was dropped, not emptied");
    assert_eq!(store.fold_listens(before, 30_000).await.expect("nothing is left"), 0);
    assert_eq!(store.history_totals().await.expect("totals").counted_plays, 4);
}

#[tokio::test]
async fn opening_makes_the_months_to_come() {
    if !server::is_there() {
        return;
    }
    let database = Database::empty().await;
    let store = database.open().await;
    let now: String =
        sqlx::query_scalar("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
            .fetch_one(&mut database.connect().await)
            .await
            .expect("the server's clock");
    assert_eq!(store.add_listens(&[listen(&now)]).await.expect("listens"), 1);
    let month = format!("listens_{}_{}", &now[..4], &now[5..7]);
    assert_eq!(rows(&database).await, [(month, 1)]);
}
