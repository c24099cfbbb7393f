//! Files that the SQLite adapter must refuse, and faults it must name.
#![cfg(feature = "sqlite")]

use std::path::{Path, PathBuf};

use signal_adapters::sqlite::SqliteStore;
use signal_core::ledger::{Batch, ContentChange};
use signal_core::model::{PrivacyDials, Timestamp, UserId};
use signal_core::store::{
    ContentStore, HistoryStore, LedgerStore, StateStore, Store, StoreError, VaultStore,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("signal.db");
    (folder, path)
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.expect("a connection")
}

async fn execute(path: &Path, statement: &'static str) {
    let mut connection = connect(path).await;
    sqlx::raw_sql(statement).execute(&mut connection).await.expect("the statement runs");
    connection.close().await.expect("it closes");
}

/// A store with one row in it, closed again.
async fn filled(path: &Path) {
    let store = SqliteStore::open(path).await.expect("the store opens");
    store.append(&[dials(1)]).await.expect("an append");
    store.close().await;
}

fn dials(n: u128) -> Batch {
    let user = UserId::from_uuid(Uuid::from_u128(n));
    let change = ContentChange::SetDials { user, dials: PrivacyDials::OPEN };
    let (reads, naming, keys, events) = (vec![], vec![], vec![], vec![]);
    Batch { at: Timestamp::default(), reads, naming, keys, events, content: vec![change] }
}

/// Opens, and gives why that is refused. The error is one line and names the file.
async fn refusal(path: &Path) -> String {
    let error = SqliteStore::open(path).await.expect_err("the file is refused");
    let StoreError::Unusable { what, reason } = &error else { panic!("{error:?}") };
    assert_eq!(what, &path.display().to_string());
    assert!(!error.to_string().contains('\n'), "{error}");
    assert!(!error.may_retry());
    reason.clone()
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let (_folder, path) = folder();
    filled(&path).await;
    execute(&path, "PRAGMA user_version = 900").await;
    let before = std::fs::read(&path).expect("the file");
    let reason = refusal(&path).await;
    assert!(reason.contains("newer Signal wrote it (schema 900"), "{reason}");
    assert_eq!(std::fs::read(&path).expect("the file"), before);
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_alone() {
    for statement in [
        "CREATE TABLE contacts (name TEXT); INSERT INTO contacts VALUES ('Ana')",
        "PRAGMA application_id = 42; CREATE TABLE contacts (name TEXT)",
        "PRAGMA journal_mode = WAL; PRAGMA application_id = 42",
        "PRAGMA user_version = 3",
    ] {
        let (_folder, path) = folder();
        execute(&path, statement).await;
        let before = std::fs::read(&path).expect("the file");
        let reason = refusal(&path).await;
        assert!(reason.contains("another program"), "{statement}: {reason}");
        assert_eq!(std::fs::read(&path).expect("the file"), before, "{statement}");
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    for bytes in [&b"from,to,weight\n1,2,0.5\n"[..], b"x", b"SQLite format 2\0and more", &[0; 4_096]] {
        let (_folder, path) = folder();
        std::fs::write(&path, bytes).expect("a file");
        let reason = refusal(&path).await;
        assert!(reason.contains("not an SQLite database"), "{reason}");
        assert_eq!(std::fs::read(&path).expect("the file"), bytes);
    }
}

#[tokio::test]
async fn a_broken_database_is_refused() {
    let (_folder, path) = folder();
    let mut bytes = b"SQLite format 3\0".to_vec();
    bytes.resize(4_096, 0xa5);
    std::fs::write(&path, &bytes).expect("a file");
    let reason = refusal(&path).await;
    assert!(!reason.is_empty());
}

#[tokio::test]
async fn folders_and_devices_are_refused() {
    let (folder, _) = folder();
    assert_eq!(refusal(folder.path()).await, "it is a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "x").expect("a file");
    let below = refusal(&file.join("below.db")).await;
    assert!(!below.is_empty());
    #[cfg(unix)]
    assert_eq!(refusal(Path::new("/dev/null")).await, "it is not a file");
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let (_folder, path) = folder();
    std::fs::write(&path, "").expect("a file");
    filled(&path).await;
    let store = SqliteStore::open(&path).await.expect("the store opens");
    assert_eq!(
        store.dials(UserId::from_uuid(Uuid::from_u128(1))).await.expect("dials"),
        Some(PrivacyDials::OPEN)
    );
}

/// Files of the first schema: some have the table of the second step, some lack it.
#[tokio::test]
async fn files_of_yesterday_are_opened() {
    for statement in [
        "ALTER TABLE play_counts DROP COLUMN monthly; DROP TABLE merges; PRAGMA user_version = 1",
        "ALTER TABLE play_counts DROP COLUMN monthly; DROP TABLE merges; DROP TABLE mutes; PRAGMA user_version = 1",
    ] {
        let (_folder, path) = folder();
        filled(&path).await;
        execute(&path, statement).await;
        let store = SqliteStore::open(&path).await.expect("the store opens");
        let (user, target) = (UserId::from_uuid(Uuid::from_u128(1)), UserId::from_uuid(Uuid::from_u128(2)));
        assert!(store.mute(user, target, 9).await.expect("mutes"), "{statement}");
        assert_eq!(store.muted_by(user).await.expect("a list"), [target]);
        assert_eq!(store.dials(user).await.expect("dials"), Some(PrivacyDials::OPEN));
    }
}

/// A row that cannot be read may be that of somebody who was erased: nothing is written about them.
#[tokio::test]
async fn an_unreadable_person_is_not_taken_for_one_who_is_there() {
    let (_folder, path) = folder();
    filled(&path).await;
    let user = UserId::from_uuid(Uuid::from_u128(1));
    let stream = format!("INSERT INTO streams VALUES ('user:{user}', 1, x'7b')");
    execute(&path, Box::leak(stream.into_boxed_str())).await;
    let store = SqliteStore::open(&path).await.expect("the store opens");
    let error = store.put_secret(user, "spotify", "refresh", b"sealed").await.expect_err("it is damaged");
    assert!(error.to_string().contains("column state is damaged"), "{error}");
}

fn set_read_only(path: &Path, read_only: bool) {
    let mut permissions = std::fs::metadata(path).expect("the file").permissions();
    permissions.set_readonly(read_only);
    std::fs::set_permissions(path, permissions).expect("its permissions");
}

#[tokio::test]
async fn a_read_only_file_is_read_and_not_written() {
    let (_folder, path) = folder();
    filled(&path).await;
    set_read_only(&path, true);
    let before = std::fs::read(&path).expect("the file");
    let store = SqliteStore::open(&path).await.expect("the store opens");
    assert_eq!(
        store.dials(UserId::from_uuid(Uuid::from_u128(1))).await.expect("dials"),
        Some(PrivacyDials::OPEN)
    );
    assert_eq!(store.head().await.expect("head").size, 0);
    let append = store.append(&[dials(2)]).await.expect_err("an append is refused");
    assert_eq!(append.to_string(), "cannot append to the ledger: the database is read-only");
    let put = store.put_state("x", b"y").await.expect_err("a write is refused");
    assert_eq!(put.to_string(), "cannot set a value: the database is read-only");
    assert!(!append.may_retry() && !put.may_retry());
    store.vacuum().await.expect_err("a vacuum is refused");
    store.close().await;
    assert_eq!(std::fs::read(&path).expect("the file"), before);
    set_read_only(&path, false);
}

#[tokio::test]
async fn an_empty_read_only_file_is_refused() {
    let (_folder, path) = folder();
    std::fs::write(&path, "").expect("a file");
    set_read_only(&path, true);
    assert_eq!(refusal(&path).await, "it lacks tables, and may only be read");
    set_read_only(&path, false);
}

#[tokio::test]
async fn a_writer_that_holds_the_lock_makes_others_wait_and_then_say_so() {
    let (_folder, path) = folder();
    filled(&path).await;
    let store = SqliteStore::open(&path).await.expect("the store opens");
    let mut other = connect(&path).await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect("the lock");
    assert_eq!(store.head().await.expect("reading goes on").size, 0);
    let started = std::time::Instant::now();
    let error = store.append(&[dials(2)]).await.expect_err("the lock is held");
    assert!(error.may_retry(), "{error:?}");
    assert!(error.to_string().contains("busy"), "{error}");
    assert!(started.elapsed().as_secs() >= 4, "it waited {:?}", started.elapsed());
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("the lock is let go");
    store.append(&[dials(2)]).await.expect("the same call succeeds later");
}

#[tokio::test]
async fn damaged_rows_are_named() {
    let (_folder, path) = folder();
    filled(&path).await;
    execute(&path, "UPDATE dials SET taste = 9; INSERT INTO keys VALUES ('handle:x', x'0102')").await;
    execute(&path, "INSERT INTO head VALUES (1, 1, 0, x'00')").await;
    let store = SqliteStore::open(&path).await.expect("the store opens");
    let texts = [
        store
            .dials(UserId::from_uuid(Uuid::from_u128(1)))
            .await
            .expect_err("a number without a meaning")
            .to_string(),
        store.key("handle:x").await.expect_err("half an id").to_string(),
        store.head().await.expect_err("half a hash").to_string(),
    ];
    assert_eq!(texts[0], "cannot read a person's dials: column taste is damaged: 9 means nothing here");
    assert!(texts[1].starts_with("cannot look up a name: column owner is damaged"), "{}", texts[1]);
    assert_eq!(texts[2], "cannot read the head of the ledger: column frontier is damaged: cut off");
    let appended = store.append(&[dials(1)]).await.expect_err("nothing is written on a damaged head");
    assert!(matches!(appended, StoreError::Corrupt { .. }), "{appended:?}");
}

/// What a crash leaves: the file and its write-ahead log, without the shared index.
#[tokio::test]
async fn a_log_that_a_crash_left_is_read() {
    let (folder, path) = folder();
    let store = SqliteStore::open(&path).await.expect("the store opens");
    store.append(&[dials(1)]).await.expect("an append");
    store.put_state("cursor", b"7").await.expect("a value is set");
    let crashed = folder.path().join("crashed.db");
    std::fs::copy(&path, &crashed).expect("a copy");
    std::fs::copy(folder.path().join("signal.db-wal"), folder.path().join("crashed.db-wal")).expect("a log");
    let after = SqliteStore::open(&crashed).await.expect("the store opens");
    assert_eq!(after.state("cursor").await.expect("a value"), Some(b"7".to_vec()));
    after.append(&[dials(2)]).await.expect("an append");
    after.close().await;
    assert!(!folder.path().join("crashed.db-wal").exists(), "closing folds the log into the file");
    assert_eq!(store.state("cursor").await.expect("a value"), Some(b"7".to_vec()));
}

#[tokio::test]
async fn cut_off_pages_are_damage_and_not_a_panic() {
    let (_folder, path) = folder();
    filled(&path).await;
    let bytes = std::fs::read(&path).expect("the file");
    std::fs::write(&path, &bytes[..8_192]).expect("half a file");
    let failed = match SqliteStore::open(&path).await {
        Err(error) => error,
        Ok(store) => store.append(&[dials(2)]).await.expect_err("half a file cannot be written to"),
    };
    assert!(!failed.may_retry(), "{failed:?}");
}
