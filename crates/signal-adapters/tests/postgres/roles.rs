//! Who may see which rows: real logins ask for somebody else's.

use signal_adapters::postgres::{PostgresOptions, PostgresStore};
use signal_core::ledger::ContentChange;
use signal_core::model::{Exactness, Listen, PrivacyDials, Timestamp, TrackId, TrustWeight, UserId};
use signal_core::store::{ContentStore, HistoryStore, LedgerStore, ProfileStore, Store, VaultStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::fixtures::{content, doc, register, user};
use crate::server::{self, Database};

/// The tables in which people have rows of their own.
const OWN: [(&str, &str); 10] = [
    ("keys", "owner"),
    ("docs", "owner"),
    ("edges", "from_user"),
    ("seats", "user_id"),
    ("dials", "user_id"),
    ("listens", "user_id"),
    ("play_counts", "user_id"),
    ("seen", "user_id"),
    ("mutes", "user_id"),
    ("profiles", "user_id"),
];
/// The tables that hold what people did, and that no program beside Signal reads.
const CLOSED: [&str; 6] = ["entries", "entry_streams", "entry_people", "streams", "secrets", "listens_rest"];

/// Gives persons 1 and 2 something of everything.
async fn furnish(database: &Database) -> PostgresStore {
    use signal_core::model::{ArtistId, CircleId, DropId, PlayCount, PlayedItem, Role};
    let store = database.open().await;
    store.append(&[register(1), register(2)]).await.expect("an append");
    for n in [1, 2] {
        let changes = vec![
            doc(n, "in my own words"),
            ContentChange::SetEdge { from: user(n), to: user(3 - n), weight: TrustWeight::FULL },
            ContentChange::SetMember {
                circle: CircleId::from_uuid(Uuid::from_u128(9)),
                user: user(n),
                role: Role::Member,
            },
            ContentChange::SetDials { user: user(n), dials: PrivacyDials::default() },
        ];
        store.append(&[content(changes)]).await.expect("an append");
        let listen = Listen {
            user: user(n),
            track: TrackId::from_uuid(Uuid::from_u128(5)),
            start: Timestamp::from_seconds(1_767_225_600),
            exactness: Exactness::Exact,
            played_ms: None,
            source: "test".to_owned(),
        };
        store.add_listens(&[listen]).await.expect("listens");
        let item = PlayedItem::Artist(ArtistId::from_uuid(Uuid::from_u128(6)));
        let count = PlayCount { user: user(n), item, plays: 3, span: None, source: "test".to_owned() };
        store.add_play_counts(&[count]).await.expect("play counts");
        let at = Timestamp::from_seconds(1_767_225_600);
        let mark =
            signal_core::store::SeenMark { user: user(n), drop: DropId::from_uuid(Uuid::from_u128(n)), at };
        store.mark_seen(&[mark]).await.expect("marks");
        store.mute(user(n), user(3 - n), 9).await.expect("mutes");
        store.put_profiles(&[profile(user(n))]).await.expect("profiles");
        store.put_secret(user(n), "spotify", "refresh", b"sealed").await.expect("a ciphertext");
    }
    store
}

fn profile(user: UserId) -> signal_core::model::TasteProfile {
    signal_core::model::TasteProfile {
        user,
        model: signal_core::model::ModelId::new("test"),
        trained: true,
        vector: vec![0.5; signal_core::model::VECTOR_DIMENSIONS],
        genres: std::collections::BTreeMap::new(),
        hours: 1.0,
        plays: 1,
        built_at: Timestamp::from_seconds(1_767_225_600),
    }
}

async fn count(connection: &mut PgConnection, query: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(connection).await
}

async fn rows(connection: &mut PgConnection, query: &str) -> i64 {
    count(connection, query).await.unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// Whether the database says that it is not allowed.
fn is_denied(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("42501"))
}

#[tokio::test]
async fn a_program_beside_signal_sees_one_persons_rows() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    furnish(&database).await;
    let url = database.login("signal_app").await;
    let mut app = PgConnection::connect(&url).await.expect("it logs in");
    for (table, owned) in OWN {
        let all = format!("SELECT count(*) FROM {table}");
        let theirs = format!("SELECT count(*) FROM {table} WHERE {owned} = '{}'", user(2));
        assert_eq!(rows(&mut app, &all).await, 0, "{table}: nobody is told who looks");
        let mut work = app.begin().await.expect("a transaction");
        let look = format!("SET LOCAL signal.viewer = '{}'", user(1));
        sqlx::raw_sql(AssertSqlSafe(look)).execute(&mut *work).await.expect("the viewer is set");
        let own = rows(&mut work, &all).await;
        assert!(own > 0, "{table}: one's own rows");
        assert_eq!(rows(&mut work, &theirs).await, 0, "{table}: somebody else's rows");
        work.commit().await.expect("it ends");
        assert_eq!(rows(&mut app, &all).await, 0, "{table}: the viewer went with the transaction");
        let both = rows(&mut database.connect().await, &all).await;
        assert!(both > own, "{table}: there are others' rows");
        let delete = format!("WITH gone AS (DELETE FROM {table} RETURNING 1) SELECT count(*) FROM gone");
        let error = count(&mut app, &delete).await.expect_err("it may only read");
        assert!(is_denied(&error), "{table}: {error}");
    }
    for table in CLOSED {
        let error = count(&mut app, &format!("SELECT count(*) FROM {table}")).await;
        assert!(is_denied(&error.expect_err("it is closed")), "{table}");
    }
}

#[tokio::test]
async fn a_server_may_log_in_as_the_engine() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    furnish(&database).await;
    let url = database.login("signal_engine").await;
    let options = PostgresOptions { any_clock: true, ..PostgresOptions::default() };
    let store = PostgresStore::open_with(&url, options).await.expect("the store opens");
    assert_eq!(store.muted_by(user(1)).await.expect("mutes"), [user(2)]);
    assert_eq!(store.docs_of(user(2)).await.expect("documents").len(), 2);
    assert!(store.profile(user(1)).await.expect("a profile").is_some());
    store.append(&[register(3)]).await.expect("an append").remove(0).expect("it is accepted");
    store.append(&[crate::fixtures::erase(1, vec![0])]).await.expect("an append").remove(0).expect("erased");
    assert_eq!(store.muted_by(user(1)).await.expect("mutes"), []);
    let error = store.compact().await.expect_err("it owns no table");
    assert!(error.to_string().contains("owner"), "{error}");
    let mut engine = PgConnection::connect(&url).await.expect("it logs in");
    for statement in [
        "DROP TABLE mutes",
        "ALTER TABLE mutes DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE mine (a int)",
        "DELETE FROM signal_migrations",
        "UPDATE personal_tables SET owned = NULL",
    ] {
        let error = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut engine).await.expect_err(statement);
        assert!(is_denied(&error), "{statement}: {error}");
    }
}

/// Somebody who may log in, but is a member of neither role.
#[tokio::test]
async fn a_stranger_sees_nothing() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    furnish(&database).await;
    let url = database.login("pg_monitor").await;
    let mut stranger = PgConnection::connect(&url).await.expect("it logs in");
    for table in OWN.iter().map(|(table, _)| *table).chain(CLOSED) {
        let error = count(&mut stranger, &format!("SELECT count(*) FROM {table}")).await;
        assert!(is_denied(&error.expect_err("nobody let it in")), "{table}");
    }
    // Not even who may read every table sees a row that no policy shows.
    let url = database.login("pg_read_all_data").await;
    let mut reader = PgConnection::connect(&url).await.expect("it logs in");
    for table in OWN.iter().map(|(table, _)| *table).chain(CLOSED) {
        assert_eq!(rows(&mut reader, &format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
}

/// An owner who is no superuser is bound by the policies, and let in by one.
#[tokio::test]
async fn an_owner_without_powers_works_as_any_other() {
    if !server::is_there() {
        return;
    }
    let database = Database::empty().await;
    let url = database.login("pg_monitor").await;
    database.execute("GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC").await;
    let options = PostgresOptions { any_clock: true, ..PostgresOptions::default() };
    let store = PostgresStore::open_with(&url, options).await.expect("the store opens");
    signal_core::store::conformance::against_memory(&store, 7, 40).await;
    let mut owner = PgConnection::connect(&url).await.expect("it logs in");
    let forced = rows(
        &mut owner,
        "SELECT count(*) FROM personal_tables p JOIN pg_class c ON c.oid = p.name::regclass \
         WHERE c.relrowsecurity AND c.relforcerowsecurity",
    )
    .await;
    let personal = rows(&mut owner, "SELECT count(*) FROM personal_tables").await;
    assert!(forced >= 15 && forced == personal, "every personal table: {forced} of {personal}");
}
