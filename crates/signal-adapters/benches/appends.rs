//! How fast 64 callers append at once and how fast listens go in, each beside plain statements that write as many rows of as
//! many bytes into a table without indexes, with the same durability: what appends wrote by 64 statements a transaction;
//! listens by one prepared statement in one transaction into SQLite, by `COPY` into PostgreSQL.
//!
//! `cargo bench -p signal-adapters --features postgres --bench appends -- [POSTGRES_URL]`; a line of JSON for each store. The
//! database that the URL names must be empty; the tables `plain` and `plain_listens` are dropped at the end.

use std::sync::Arc;
use std::time::Instant;

use signal_core::ledger::{Batch, DraftEvent, Event, Read, StreamId, content_of, keys_of};
use signal_core::model::{Exactness, Listen, Pseudonym, Timestamp, TrackId, TrustWeight, UserId};
use signal_core::store::Store;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, PgConnection, SqliteConnection};
use uuid::Uuid;

/// Callers at once, and appends of each.
const CALLERS: u64 = 64;
const EACH: u64 = 100;
const APPENDS: usize = 6_400;
/// Statements of a plain transaction.
const PLAIN: usize = 64;
/// Listens, and how many a call brings.
const LISTENS: u64 = 100_000;
const CALL: usize = 10_000;

/// How many bytes each row has that an append of trust wrote.
const WRITTEN: &str = "SELECT 16 + octet_length(leaf) + octet_length(body) + octet_length(salt) AS bytes FROM entries \
    UNION ALL SELECT 16 + octet_length(stream) FROM entry_streams UNION ALL SELECT 24 FROM entry_people \
    UNION ALL SELECT 16 + octet_length(hash) FROM nodes UNION ALL SELECT 8 + octet_length(stream) + octet_length(state) FROM streams \
    UNION ALL SELECT 34 FROM edges";

const AT: i64 = 1_767_225_600;

fn user(n: u64) -> UserId {
    UserId::from_uuid(Uuid::from_u128(u128::from(n) + 1))
}

fn batch(n: u64, version: u64, event: Event) -> Batch {
    let at = Timestamp::from_seconds(AT);
    Batch {
        at,
        reads: vec![Read { stream: StreamId::User(user(n)), version }],
        naming: vec![],
        keys: keys_of(&event),
        content: content_of(&event, at),
        events: vec![DraftEvent { actor: None, event, moves: vec![], salt: *Uuid::from_u128(77).as_bytes() }],
    }
}

fn register(n: u64) -> Batch {
    let pseudonym = Pseudonym::from_bytes(user(n).uuid().into_bytes());
    let handle = Some(format!("user-{n}").parse().expect("a handle"));
    batch(n, 0, Event::UserRegistered { user: user(n), pseudonym, handle, claims: vec![], claimed: true })
}

fn trust(from: u64, version: u64) -> Batch {
    let to = user(CALLERS + version);
    batch(from, version, Event::TrustSet { from: user(from), to, weight: TrustWeight::FULL })
}

/// Plays over three months by a hundred people of a thousand tracks.
fn listens() -> Vec<Listen> {
    let listen = |n: u64| Listen {
        user: user(n % 100),
        track: TrackId::from_uuid(Uuid::from_u128(u128::from(n * 7_919 % 1_000) + 1)),
        start: Timestamp::from_seconds(AT + i64::try_from(n).unwrap_or_default() * 70),
        exactness: Exactness::Exact,
        played_ms: Some(200_000),
        source: "spotify".to_owned(),
    };
    (0..LISTENS).map(listen).collect()
}

/// Things a second.
fn rate(things: usize, started: Instant) -> f64 {
    things as f64 / started.elapsed().as_secs_f64()
}

/// Appends a second.
async fn appends(store: &Arc<dyn Store>) -> f64 {
    let people: Vec<_> = (0..CALLERS).map(register).collect();
    store.append(&people).await.expect("people");
    let started = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                for version in 1..=EACH {
                    let done = store.append(&[trust(caller, version)]).await.expect("an append");
                    assert!(done.iter().all(Result::is_ok), "{done:?}");
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("the caller ends");
    }
    rate(APPENDS, started)
}

/// A row of so many bytes.
fn row(bytes: i64) -> Vec<u8> {
    vec![7; usize::try_from(bytes).unwrap_or_default()]
}

/// Listens a second.
async fn plays(store: &Arc<dyn Store>, listens: &[Listen]) -> f64 {
    let started = Instant::now();
    let mut new = 0;
    for call in listens.chunks(CALL) {
        new += store.add_listens(call).await.expect("listens");
    }
    assert_eq!(new, LISTENS);
    rate(listens.len(), started)
}

fn tell(store: &str, appends: (f64, f64), plays: (f64, f64)) {
    println!(
        "{{\"store\":\"{store}\",\"appends_s\":{:.0},\"plain_s\":{:.0},\"share\":{:.2},\"listens_s\":{:.0},\"plain_listens_s\":{:.0},\
         \"listens_share\":{:.2}}}",
        appends.0,
        appends.1,
        appends.0 / appends.1,
        plays.0,
        plays.1,
        plays.0 / plays.1
    );
}

async fn sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("signal.db");
    let store = signal_adapters::open(path.to_str().expect("UTF-8")).await.expect("opens");
    let appends = appends(&store).await;
    let listens = listens();
    let plays = plays(&store, &listens).await;
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("plain.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut file = SqliteConnection::connect_with(&options).await.expect("opens");
    let tables = "CREATE TABLE plain (bytes BLOB); \
                  CREATE TABLE plain_listens (user BLOB, track BLOB, start INTEGER, exactness INTEGER, played_ms INTEGER, \
                  source TEXT, PRIMARY KEY (user, track, start)) WITHOUT ROWID";
    sqlx::raw_sql(tables).execute(&mut file).await.expect("tables");
    let mut own = SqliteConnection::connect(path.to_str().expect("UTF-8")).await.expect("opens");
    let sizes: Vec<i64> = sqlx::query_scalar(WRITTEN).fetch_all(&mut own).await.expect("rows");
    let started = Instant::now();
    for part in sizes.chunks(PLAIN) {
        let mut work = file.begin().await.expect("a transaction");
        for bytes in part {
            let insert = sqlx::query("INSERT INTO plain VALUES (?)").bind(row(*bytes));
            insert.execute(&mut *work).await.expect("a row");
        }
        work.commit().await.expect("a commit");
    }
    let plain = rate(APPENDS, started);
    let started = Instant::now();
    let mut work = file.begin().await.expect("a transaction");
    for listen in &listens {
        sqlx::query("INSERT INTO plain_listens VALUES (?, ?, ?, ?, ?, ?)")
            .bind(listen.user.uuid().as_bytes().as_slice())
            .bind(listen.track.uuid().as_bytes().as_slice())
            .bind(listen.start.micros())
            .bind(0)
            .bind(listen.played_ms)
            .bind(&listen.source)
            .execute(&mut *work)
            .await
            .expect("a row");
    }
    work.commit().await.expect("a commit");
    tell("sqlite", (appends, plain), (plays, rate(listens.len(), started)));
}

async fn postgres(url: &str) {
    let store = signal_adapters::open(url).await.expect("opens");
    let appends = appends(&store).await;
    let listens = listens();
    let plays = plays(&store, &listens).await;
    let mut database = PgConnection::connect(url).await.expect("connects");
    let tables = "SET synchronous_commit = on; CREATE TABLE plain (bytes bytea); CREATE TABLE plain_listens (LIKE listens INCLUDING ALL)";
    sqlx::raw_sql(tables).execute(&mut database).await.expect("tables");
    let sizes: Vec<i32> = sqlx::query_scalar(WRITTEN).fetch_all(&mut database).await.expect("rows");
    let started = Instant::now();
    for part in sizes.chunks(PLAIN) {
        let mut work = database.begin().await.expect("a transaction");
        for bytes in part {
            let insert = sqlx::query("INSERT INTO plain VALUES ($1)").bind(row(i64::from(*bytes)));
            insert.execute(&mut *work).await.expect("a row");
        }
        work.commit().await.expect("a commit");
    }
    let plain = rate(APPENDS, started);
    let line = |listen: &Listen| {
        let (user, track, ms) =
            (listen.user.uuid(), listen.track.uuid(), listen.played_ms.unwrap_or_default());
        format!("{user}\t{track}\t{}\t0\t{ms}\t{}\n", listen.start.micros(), listen.source)
    };
    let text: String = listens.iter().map(line).collect();
    let started = Instant::now();
    let mut copy = database.copy_in_raw("COPY plain_listens FROM STDIN").await.expect("a copy");
    copy.send(text.as_bytes()).await.expect("rows");
    copy.finish().await.expect("rows");
    tell("postgres", (appends, plain), (plays, rate(listens.len(), started)));
    sqlx::raw_sql("DROP TABLE plain, plain_listens").execute(&mut database).await.expect("drops tables");
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    sqlite().await;
    // What cargo itself adds is no URL.
    if let Some(url) = std::env::args().skip(1).find(|text| text.starts_with("postgres")) {
        postgres(&url).await;
    }
}
