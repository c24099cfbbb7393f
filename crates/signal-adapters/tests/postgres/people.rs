//! What an erasure leaves, and what comes beside it.

use signal_core::ledger::{DocKind, StreamId};
use signal_core::model::{Exactness, Listen, Timestamp, TrackId};
use signal_core::store::{ContentStore, HistoryStore, LedgerStore, Store};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::fixtures::{content, doc, erase, register, user};
use crate::server::{self, Database};

/// Every value of every table, as text.
async fn dump(connection: &mut PgConnection) -> String {
    const COLUMNS: &str = "SELECT format('SELECT string_agg(%s, '' '') FROM %I', \
        CASE atttypid WHEN 'bytea'::regtype THEN format('encode(%I, ''escape'')', attname) \
        ELSE format('%I::text', attname) END, relname) \
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'";
    let statements: Vec<String> =
        sqlx::query_scalar(COLUMNS).fetch_all(&mut *connection).await.expect("the columns");
    assert!(statements.len() > 60, "{}", statements.len());
    let mut dump = String::new();
    for statement in statements {
        let text: Option<String> =
            sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut *connection).await.expect("a column");
        dump.push_str(&text.unwrap_or_default());
    }
    // What the planner has sampled is not in a dump, but on the disk.
    let samples: Option<String> = sqlx::query_scalar(
        "SELECT string_agg(concat(most_common_vals::text, histogram_bounds::text, most_common_elems::text), ' ') \
         FROM pg_stats WHERE schemaname = 'public'",
    )
    .fetch_one(connection)
    .await
    .expect("the samples");
    dump + &samples.unwrap_or_default()
}

#[tokio::test]
async fn an_erased_word_is_in_no_table() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let store = database.open().await;
    store.append(&[register(1), register(2)]).await.expect("an append");
    let mut docs = vec![doc(1, "Zanzibarian quokkas whisper"), doc(2, "Zanzibarian echoes")];
    docs.extend((10..500).map(|n| doc(n, &format!("filler words number {n} and {}", n * n))));
    store.append(&[content(docs)]).await.expect("an append");
    database.execute("ANALYZE").await;
    let mut connection = database.connect().await;
    let before = dump(&mut connection).await;
    assert!(before.contains("quokkas") && before.contains("handle:user-1"), "they are there at first");
    store.append(&[erase(1, vec![0])]).await.expect("an append");
    store.compact().await.expect("it is compacted");
    let after = dump(&mut connection).await;
    for word in ["quokka", "whisper", "handle:user-1", "test:1\"", "user-1\""] {
        assert!(!after.contains(word), "{word} is still there");
    }
    for word in ["zanzibarian", "echoes", "handle:user-2"] {
        assert!(after.contains(word), "{word} belongs to somebody else");
    }
    assert_eq!(store.search("zanz", &[DocKind::Drop], 9).await.expect("search").len(), 1);
    assert_eq!(store.entries(0, 1).await.expect("entries")[0].body, None);
}

fn listens(n: u128, count: i64) -> Vec<Listen> {
    let listen = |i| Listen {
        user: user(n),
        track: TrackId::from_uuid(Uuid::from_u128(5)),
        start: Timestamp::from_seconds(1_767_225_600 + i),
        exactness: Exactness::Exact,
        played_ms: None,
        source: "test".to_owned(),
    };
    (0..count).map(listen).collect()
}

/// Plays that are being added while their person is erased come before the erasure, or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_slips_in_beside_an_erasure() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let store = database.open().await;
    let mut added = 0;
    for n in 0..20 {
        store.append(&[register(n)]).await.expect("an append");
        let (adding, plays) = (store.clone(), listens(n, 50));
        let adder = tokio::spawn(async move {
            let mut new = 0;
            for chunk in plays.chunks(5) {
                new += adding.add_listens(chunk).await.expect("listens are added");
            }
            new
        });
        tokio::time::sleep(std::time::Duration::from_micros(300 * u64::try_from(n).expect("few"))).await;
        let gone = signal_core::ledger::Event::UserErased {
            user: user(n),
            redacted: store.entries_naming(user(n)).await.expect("entries naming"),
            keep_drops: false,
            checkpoints: vec![checkpoint(&store, n).await],
            earlier: vec![],
        };
        let stream = StreamId::User(user(n));
        let mut batch = crate::fixtures::batch(Timestamp::from_seconds(1_767_225_700), stream, 1, gone);
        let positions = store.entries_naming(user(n)).await.expect("entries naming");
        batch.naming = vec![signal_core::ledger::Naming { user: user(n), positions }];
        store.append(&[batch]).await.expect("an append").remove(0).expect("the person is erased");
        added += adder.await.expect("the adder ends");
        let left = store.listens(user(n), Timestamp::MAX, 99).await.expect("listens");
        assert_eq!(left, [], "person {n}");
        let mut connection = database.connect().await;
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM listens")
            .fetch_one(&mut connection)
            .await
            .expect("rows");
        assert_eq!(rows, 0, "person {n}");
    }
    assert!(added > 0, "some plays came before the erasure");
}

/// The state that an erasure fixes, with the person gone.
async fn checkpoint(store: &impl LedgerStore, n: u128) -> signal_core::ledger::Checkpoint {
    use signal_core::ledger::{Checkpoint, StreamState, UserStatus};
    let stream = StreamId::User(user(n));
    let row = store.streams(&[stream]).await.expect("streams").remove(0).expect("a row");
    let mut state = StreamState::from_bytes(&row.state).expect("a state");
    if let StreamState::User(user) = &mut state {
        user.status = UserStatus::Erased;
    }
    Checkpoint { stream, state }
}
