//! One SQLite file per community.
//!
//! Write-ahead log, one writing connection that begins with `BEGIN IMMEDIATE`, and a few reading ones. Appends that come
//! at once share a transaction. Several processes may open the same file: they wait for each other for five seconds, then say that it is busy.

mod append;
mod bulk;
mod catalogue;
mod change;
mod content;
mod error;
mod history;
mod ledger;
mod merges;
mod mutes;
mod open;
mod plays;
mod reach;
mod readout;
mod row;
mod state;
mod transfer;

use async_trait::async_trait;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use signal_core::ledger::Batch;
use signal_core::model::Timestamp;
use signal_core::store::{Appended, Capabilities, Store, StoreError};
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::group::{Queue, Together};
use error::{Doing, READ_ONLY, refused};

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SqliteOptions {
    /// Nothing waits for the disk: for building a file that can be thrown away and built again. A crash of the machine
    /// may leave it damaged; one of the program does not.
    pub bulk: bool,
}

/// A store in one SQLite file. Clones share its connections.
///
/// ```no_run
/// # async fn example() -> Result<(), signal_core::store::StoreError> {
/// use signal_adapters::sqlite::SqliteStore;
/// use signal_core::store::LedgerStore;
/// let store = SqliteStore::open("community.db").await?;
/// println!("{} entries", store.head().await?.size);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    path: PathBuf,
    readers: SqlitePool,
    /// None where the file may only be read.
    writer: Option<SqlitePool>,
    queue: Arc<Queue>,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .field("writes", &self.writer.is_some())
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens a file, and makes it and its folders where they are missing. A file that lacks newer tables gets them;
    /// one that is not Signal's, or that a newer Signal wrote, is left alone and refused. A file without write
    /// permission opens for reading.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, SqliteOptions::default()).await
    }

    /// The same, with options.
    pub async fn open_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, StoreError> {
        open::open(path.as_ref(), options).await
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Rebuilds the file without unused space and empties the write-ahead log: what was erased before is then
    /// nowhere in the folder.
    pub async fn vacuum(&self) -> Result<(), StoreError> {
        const DOING: &str = "vacuum the database";
        let writer = self.writer(DOING)?;
        sqlx::query("VACUUM").execute(writer).await.doing(DOING)?;
        let done = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(writer).await.doing(DOING)?;
        let busy: i64 = done.try_get(0).doing(DOING)?;
        if busy == 0 {
            return Ok(());
        }
        let reason = "a reader holds on to the write-ahead log".to_owned();
        Err(StoreError::Failed { doing: DOING.to_owned(), reason, retry: true })
    }

    fn writer(&self, doing: &str) -> Result<&SqlitePool, StoreError> {
        self.writer.as_ref().ok_or_else(|| refused(doing, READ_ONLY))
    }

    /// Begins to write. What is not committed is undone when the transaction is dropped.
    async fn begin(&self, doing: &str) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer(doing)?.begin_with("BEGIN IMMEDIATE").await.doing(doing)
    }
}

impl Together for SqliteStore {
    const APPEND: &'static str = "append to the ledger";

    fn queue(&self) -> &Queue {
        &self.queue
    }

    async fn append_together(&self, batches: &[Batch]) -> Result<Vec<Appended>, StoreError> {
        let mut work = self.begin(Self::APPEND).await?;
        let connection: &mut SqliteConnection = &mut work;
        let results = append::append(connection, batches).await.doing(Self::APPEND)?;
        work.commit().await.doing(Self::APPEND)?;
        Ok(results)
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            full_text_search: true,
            vector_search: false,
            graph_reach: true,
            notifications: false,
            several_processes: true,
            durable: true,
        }
    }

    /// Lets the planner look at what changed, and folds the write-ahead log into the file as far as readers allow.
    async fn upkeep(&self, _now: Timestamp) -> Result<(), StoreError> {
        const DOING: &str = "look after the database";
        let writer = self.writer(DOING)?;
        sqlx::raw_sql("PRAGMA optimize; PRAGMA wal_checkpoint(PASSIVE)")
            .execute(writer)
            .await
            .doing(DOING)?;
        Ok(())
    }

    async fn compact(&self) -> Result<(), StoreError> {
        self.vacuum().await
    }

    /// The last connection to close folds the write-ahead log into the file, which then is all there is of the store.
    async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }
}
