//! How fast 64 callers append at once and how fast listens go in, each beside plain statements with the same durability: what
//! appends wrote, by 64 rows a transaction: row by row and, for SQLite, into tables and indexes like ours; row by row into a
//! table without an index; and as one row for each append into such a table; listens into a table like ours, by one prepared statement in one transaction into SQLite, by `COPY` into PostgreSQL.
//!
//! `cargo bench -p signal-adapters --features postgres --bench appends -- [POSTGRES_URL]`; a line of JSON for each store. The
//! database that the URL names must be empty; the tables `plain` and `plain_listens` are dropped at the end.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use signal_core::ledger::{Batch, DraftEvent, Event, Read, StreamId, content_of, keys_of};
use signal_core::model::{Exactness, Listen, Pseudonym, Timestamp, TrackId, TrustWeight, UserId};
use signal_core::store::Store;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

/// Callers at once, and appends of each.
const CALLERS: u64 = 64;
const EACH: u64 = 400;
const APPENDS: u32 = 25_600;
/// Statements of a plain transaction.
const PLAIN: usize = 64;
/// Listens, and how many a call brings.
const LISTENS: u32 = 100_000;
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
    (0..u64::from(LISTENS)).map(listen).collect()
}

/// Things a second.
fn rate(things: impl Into<f64>, started: Instant) -> f64 {
    things.into() / started.elapsed().as_secs_f64()
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
    assert_eq!(new, u64::from(LISTENS));
    rate(LISTENS, started)
}

/// How fast a store was.
struct Rates {
    store: &'static str,
    /// Appends a second.
    appends: f64,
    /// What so many appends wrote, row by row; and with one row for each append.
    plain: [f64; 2],
    /// The same rows into tables and indexes like ours, where that was measured.
    like_ours: Option<f64>,
    /// Listens a second, and with plain statements.
    listens: [f64; 2],
}

fn tell(rates: &Rates) {
    let &Rates { store, appends, plain: [rows, whole], like_ours, listens: [listens, plain] } = rates;
    let like_ours = like_ours.map_or_else(String::new, |same| {
        format!("\"rows_like_ours_s\":{same:.0},\"share_of_rows_like_ours\":{:.2},", appends / same)
    });
    println!(
        "{{\"store\":\"{store}\",\"appends_s\":{appends:.0},{like_ours}\"row_by_row_s\":{rows:.0},\"share_of_rows\":{:.2},\
         \"one_row_each_s\":{whole:.0},\"share_of_one_row\":{:.2},\"listens_s\":{listens:.0},\"plain_listens_s\":{plain:.0},\
         \"listens_share\":{:.2}}}",
        appends / rows,
        appends / whole,
        listens / plain,
    );
}

/// The bytes of each row that appends wrote, and as many bytes in one row for each append.
fn sizes(rows: Vec<i64>) -> [Vec<i64>; 2] {
    let whole = rows.iter().sum::<i64>() / i64::from(APPENDS);
    [rows, vec![whole; APPENDS as usize]]
}

async fn sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("signal.db");
    let store = signal_adapters::open(path.to_str().expect("UTF-8")).await.expect("opens");
    let appends = appends(&store).await;
    let listens = listens();
    let plays = plays(&store, &listens).await;
    store.close().await;
    let file = rusqlite::Connection::open(&path).expect("opens");
    let written =
        file.prepare(WRITTEN).and_then(|mut query| query.query_map([], |row| row.get(0))?.collect());
    let plain =
        sizes(written.expect("rows")).map(|sizes| plain_rows(&folder.path().join("plain.db"), &sizes));
    let like_ours = Some(rows_like_ours(&folder.path().join("like.db"), &file));
    let listens = [plays, plain_listens(&folder.path().join("plain.db"), &file, &listens)];
    tell(&Rates { store: "sqlite", appends, plain, like_ours, listens });
}

/// A file as durable as ours.
fn durable(path: &Path) -> rusqlite::Connection {
    let file = rusqlite::Connection::open(path).expect("opens");
    file.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").expect("is durable");
    file
}

/// Appends' worth of rows a second by a bare loop.
fn plain_rows(path: &Path, sizes: &[i64]) -> f64 {
    let file = durable(path);
    file.execute_batch("DROP TABLE IF EXISTS plain; CREATE TABLE plain (bytes BLOB)").expect("a table");
    let mut insert = file.prepare("INSERT INTO plain VALUES (?)").expect("a statement");
    let started = Instant::now();
    for part in sizes.chunks(PLAIN) {
        file.execute_batch("BEGIN").expect("begins");
        for bytes in part {
            insert.execute([row(*bytes)]).expect("a row");
        }
        file.execute_batch("COMMIT").expect("commits");
    }
    rate(APPENDS, started)
}

/// A file as durable as ours with tables and indexes like ours.
fn tables_like_ours(path: &Path, ours: &rusqlite::Connection, names: &[&str]) -> rusqlite::Connection {
    const TABLES: &str =
        "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC";
    let file = durable(path);
    let mut tables = ours.prepare(TABLES).expect("a statement");
    for name in names {
        let made = tables.query_map([name], |row| row.get::<_, String>(0)).expect("tables");
        made.for_each(|table| file.execute_batch(&table.expect("a table")).expect("a table"));
    }
    file
}

/// Appends' worth of the rows that ours wrote a second, in the order of the entries, by a bare loop into tables like ours. The
/// states of streams, which every append replaces, are those of the end.
fn rows_like_ours(path: &Path, ours: &rusqlite::Connection) -> f64 {
    const FIRST: u64 = CALLERS;
    let tables: [(&str, &str, &str); 6] = [
        ("entries", "SELECT * FROM entries WHERE position = ?", "VALUES (?, ?, ?, ?, ?)"),
        ("entry_streams", "SELECT * FROM entry_streams WHERE position = ?", "VALUES (?, ?, ?)"),
        ("entry_people", "SELECT * FROM entry_people WHERE position = ?", "VALUES (?, ?)"),
        // An entry finishes the nodes above it whose last leaf it is.
        ("nodes", "SELECT * FROM nodes WHERE ((place + 1) << level) - 1 = ?", "VALUES (?, ?, ?)"),
        (
            "streams",
            "SELECT s.* FROM entry_streams e JOIN streams s USING (stream) WHERE e.position = ?",
            "VALUES (?, ?, ?)",
        ),
        (
            "edges",
            "SELECT e.* FROM edges e JOIN entry_people f ON f.user = e.from_user JOIN entry_people t ON t.user = e.to_user \
             AND t.position = f.position WHERE f.position = ?",
            "VALUES (?, ?, ?)",
        ),
    ];
    let names = tables.map(|(name, ..)| name);
    let file = tables_like_ours(path, ours, &names);
    let mut rows: Vec<(usize, Vec<rusqlite::types::Value>)> = Vec::new();
    let mut reads = tables.map(|(_, read, _)| ours.prepare(read).expect("a statement"));
    for position in FIRST..FIRST + u64::from(APPENDS) {
        for (table, read) in reads.iter_mut().enumerate() {
            let columns = read.column_count();
            let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
            let found = read.query_map([i64::try_from(position).unwrap_or_default()], row).expect("rows");
            rows.extend(found.map(|row| (table, row.expect("a row"))));
        }
    }
    let mut writes = tables.map(|(name, _, values)| {
        file.prepare(&format!("INSERT OR REPLACE INTO {name} {values}")).expect("a statement")
    });
    let started = Instant::now();
    for part in rows.chunks(PLAIN) {
        file.execute_batch("BEGIN").expect("begins");
        for (table, row) in part {
            writes[*table].execute(rusqlite::params_from_iter(row)).expect("a row");
        }
        file.execute_batch("COMMIT").expect("commits");
    }
    rate(APPENDS, started)
}

/// Listens a second by a bare loop into a table and an index like ours.
fn plain_listens(path: &Path, ours: &rusqlite::Connection, listens: &[Listen]) -> f64 {
    let file = tables_like_ours(path, ours, &["listens"]);
    let mut insert = file.prepare("INSERT INTO listens VALUES (?, ?, ?, ?, ?, ?)").expect("a statement");
    let started = Instant::now();
    file.execute_batch("BEGIN").expect("begins");
    for listen in listens {
        let (user, track) = (listen.user.uuid().into_bytes(), listen.track.uuid().into_bytes());
        let row = (user, track, listen.start.micros(), 0, listen.played_ms, &listen.source);
        insert.execute(row).expect("a row");
    }
    file.execute_batch("COMMIT").expect("commits");
    rate(LISTENS, started)
}

/// Appends' worth of rows a second.
async fn plain_bytea(database: &mut PgConnection, sizes: &[i64]) -> f64 {
    let started = Instant::now();
    for part in sizes.chunks(PLAIN) {
        let mut work = database.begin().await.expect("a transaction");
        for bytes in part {
            let insert = sqlx::query("INSERT INTO plain VALUES ($1)").bind(row(*bytes));
            insert.execute(&mut *work).await.expect("a row");
        }
        work.commit().await.expect("a commit");
    }
    rate(APPENDS, started)
}

async fn postgres(url: &str) {
    let store = signal_adapters::open(url).await.expect("opens");
    let appends = appends(&store).await;
    let listens = listens();
    let plays = plays(&store, &listens).await;
    let mut database = PgConnection::connect(url).await.expect("connects");
    let tables = "SET synchronous_commit = on; CREATE TABLE plain (bytes bytea); CREATE TABLE plain_listens (LIKE listens INCLUDING ALL)";
    sqlx::raw_sql(tables).execute(&mut database).await.expect("tables");
    let written: Vec<i32> = sqlx::query_scalar(WRITTEN).fetch_all(&mut database).await.expect("rows");
    let [rows, whole] = sizes(written.into_iter().map(i64::from).collect());
    let plain = [plain_bytea(&mut database, &rows).await, plain_bytea(&mut database, &whole).await];
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
    let listens = [plays, rate(LISTENS, started)];
    tell(&Rates { store: "postgres", appends, plain, like_ours: None, listens });
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
