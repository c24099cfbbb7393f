//! Opens a file: is it ours, may we write, which tables does it lack?

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use signal_core::store::StoreError;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, SqlitePool};

use super::error::{Doing, is_busy};
use super::{SqliteOptions, SqliteStore};

/// Marks a file as Signal's: `Sgnl` in ASCII.
const APPLICATION_ID: i64 = 0x5367_6e6c;
/// How every SQLite file begins.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// How long a writer waits for another one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How often, and how far apart, setting the journal mode is tried: SQLite does not wait by itself there.
const JOURNAL_TRIES: u32 = 50;
const JOURNAL_PAUSE: Duration = Duration::from_millis(100);
const READERS: u32 = 4;
/// Statements that a connection keeps prepared; bulk writes have one per table and power of two.
const STATEMENTS: usize = 400;
/// Rows that a connection's thread reads ahead: few of its answers then need more than one change of threads.
const ROWS_BUFFERED: usize = 1_000;

static MIGRATIONS: Migrator = sqlx::migrate!("src/sqlite/migrations");

/// What a file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    application: i64,
    version: i64,
    tables: i64,
}

/// Whether there is something in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum File {
    Missing,
    Empty,
    Database,
}

pub(super) async fn open(path: &Path, how: SqliteOptions) -> Result<SqliteStore, StoreError> {
    let unusable = |reason: String| StoreError::Unusable { what: path.display().to_string(), reason };
    let path = std::path::absolute(path).map_err(|error| unusable(error.to_string()))?;
    let (file, read_only) = look(&path).map_err(unusable)?;
    let base = options(&path);
    let mut fresh = file != File::Database;
    if !fresh {
        let marks = probe(&base).await.map_err(|error| unusable(reason(&error)))?;
        fresh = judge(marks).map_err(unusable)? < newest();
    }
    let mut writer = None;
    if read_only {
        if fresh {
            return Err(unusable("it lacks tables, and may only be read".to_owned()));
        }
    } else {
        let pool = connect_writer(base.clone(), how).await.map_err(|error| unusable(reason(&error)))?;
        if fresh {
            migrate(&pool).await?.map_err(unusable)?;
        }
        writer = Some(pool);
    }
    let readers = pool(READERS).connect_lazy_with(base.read_only(read_only).pragma("query_only", "ON"));
    Ok(SqliteStore { path, readers, writer, queue: Arc::default() })
}

/// What is there, and whether it may only be read. Makes the folders for what is not.
fn look(path: &Path) -> Result<(File, bool), String> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)
                    .map_err(|error| format!("its folder {} cannot be made: {error}", folder.display()))?;
            }
            return Ok((File::Missing, false));
        }
        Err(error) => return Err(error.to_string()),
    };
    if metadata.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    let mut start = Vec::new();
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(|error| error.to_string())?;
    // The permissions are asked, not tried: whoever may override them did not mean to do so here.
    let read_only = metadata.permissions().readonly();
    match start.as_slice() {
        [] => Ok((File::Empty, read_only)),
        MAGIC => Ok((File::Database, read_only)),
        _ => Err("it is not an SQLite database".to_owned()),
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENTS)
        .row_buffer_size(ROWS_BUFFERED)
        // Sorting must not leave personal words in temporary files.
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(0)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// Reads a file's marks without changing a byte of it: it may be somebody else's.
async fn probe(base: &SqliteConnectOptions) -> Result<Marks, sqlx::Error> {
    let mut connection = base.clone().read_only(true).connect().await?;
    let marks = marks(&mut connection).await;
    connection.close().await?;
    marks
}

async fn marks(connection: &mut SqliteConnection) -> Result<Marks, sqlx::Error> {
    const MARKS: &str = "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) \
                         FROM pragma_application_id, pragma_user_version";
    let (application, version, tables) = sqlx::query_as(MARKS).fetch_one(connection).await?;
    Ok(Marks { application, version, tables })
}

fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The version of a file that is ours or still empty.
fn judge(marks: Marks) -> Result<i64, String> {
    match marks {
        Marks { application: 0, version: 0, tables: 0 } => Ok(0),
        Marks { application: APPLICATION_ID, version, .. } if version > newest() => Err(format!(
            "a newer Signal wrote it (schema {version}, this one knows up to {}): use the newer one",
            newest()
        )),
        Marks { application: APPLICATION_ID, version, .. } => Ok(version),
        Marks { .. } => Err("it is an SQLite database of another program".to_owned()),
    }
}

/// The one writing connection. Where two processes make the same file, one may find it busy for a moment.
async fn connect_writer(base: SqliteConnectOptions, how: SqliteOptions) -> Result<SqlitePool, sqlx::Error> {
    let options = base
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(if how.bulk { SqliteSynchronous::Off } else { SqliteSynchronous::Full })
        .pragma("secure_delete", if how.bulk { "OFF" } else { "ON" })
        .pragma("cache_size", if how.bulk { "-512000" } else { "-32000" });
    let mut tries = 0;
    loop {
        let writer = pool(1).before_acquire(|connection, _| Box::pin(is_free(connection)));
        match writer.connect_with(options.clone()).await {
            Err(error) if is_busy(&error) && tries < JOURNAL_TRIES => {
                tries += 1;
                tokio::time::sleep(JOURNAL_PAUSE).await;
            }
            done => return done,
        }
    }
}

/// Whether a connection is in no transaction, once the undoing of the last one is through. Where a disk is full, SQLite ends
/// the transaction by itself, and sqlx, whose undoing then fails, would count it for ever: such a connection is replaced.
async fn is_free(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// Adds what is missing under the writer's lock; the inner error says why the file cannot be ours.
async fn migrate(writer: &SqlitePool) -> Result<Result<(), String>, StoreError> {
    const DOING: &str = "prepare the database";
    let mut work = writer.begin_with("BEGIN IMMEDIATE").await.doing(DOING)?;
    // Another process may have been here since we looked.
    let version = match judge(marks(&mut work).await.doing(DOING)?) {
        Ok(version) => version,
        Err(reason) => return Ok(Err(reason)),
    };
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > version) {
        sqlx::raw_sql(migration.sql.clone()).execute(&mut *work).await.doing(DOING)?;
    }
    let seal = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}", newest());
    sqlx::raw_sql(AssertSqlSafe(seal)).execute(&mut *work).await.doing(DOING)?;
    work.commit().await.doing(DOING)?;
    Ok(Ok(()))
}

/// What the database said, for a person.
fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) if error.code().as_deref() == Some("26") => {
            "it is not an SQLite database".into()
        }
        sqlx::Error::Database(error) => error.message().to_owned(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use signal_core::store::{HistoryStore, ItemKind, NewItem};
    use uuid::Uuid;

    use super::super::SqliteStore;
    use super::*;

    #[tokio::test]
    async fn a_store_that_was_full_keeps_nothing_of_what_failed_and_is_written_to_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(folder.path().join("signal.db")).await.expect("opens");
        let item = |n: u128| NewItem {
            id: Uuid::from_u128(n),
            kind: ItemKind::Artist,
            name: format!("Artist {n}"),
            claims: vec![format!("artist:{n}").parse().expect("a claim")],
        };
        let items: Vec<_> = (0..20_000).map(item).collect();
        let writer = store.writer("fill").expect("writes");
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(writer).await.expect("counts");
        let limit = AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 50));
        sqlx::query(limit).execute(writer).await.expect("limits");
        let full = store.put_items(&items).await.expect_err("is full");
        assert!(full.to_string().contains("full"), "{full}");
        assert_eq!(store.history_totals().await.expect("counts").artists, 0);
        assert_eq!(store.put_items(&items).await.expect("there is room again").len(), items.len());
        assert_eq!(store.history_totals().await.expect("counts").artists, 20_000);
    }
}
