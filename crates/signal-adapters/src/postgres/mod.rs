//! One PostgreSQL database, or a schema of one, per community, for as many processes as like.
//!
//! Appends lock the one row of `head` first, at read committed, so they follow each other and positions have no gaps.
//! What comes without a decision (plays, marks, profiles) takes no part in that; it shares a lock that an erasure takes
//! alone, so that nothing about a person slips in beside the erasure.

mod append;
mod catalogue;
mod change;
mod clock;
mod content;
mod error;
mod history;
mod ledger;
mod merges;
mod months;
mod mutes;
mod news;
mod open;
mod plays;
mod reach;
mod readout;
mod row;
mod state;
mod transfer;
mod vectors;
mod words;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use signal_core::ledger::Batch;
use signal_core::model::{ModelId, Timestamp, UserId};
use signal_core::store::{Appended, Capabilities, Store, StoreError};
use sqlx::{ConnectOptions, Connection, PgPool, Postgres, Transaction};

use crate::group::{Queue, Together};
use error::{Doing, refused};
use news::News;

/// How every transaction that writes begins, whatever the database's default is.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// The first half of every advisory lock: `Sgnl` in ASCII, and what it is for.
const MIGRATING: i32 = 0x5367_6e01;
const LEAVING: i32 = 0x5367_6e02;
const CATALOGUE: i32 = 0x5367_6e03;
const MUTING: i32 = 0x5367_6e04;
const MONTHS: i32 = 0x5367_6e05;

/// How a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostgresOptions {
    /// Most connections of this process, at least 2.
    pub connections: u32,
    /// How long a call waits for a free connection.
    pub patience: Duration,
    /// Takes entries whatever this machine's clock says: for simulated time, and for nothing that people rely on.
    pub any_clock: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { connections: 16, patience: Duration::from_secs(15), any_clock: false }
    }
}

/// A store in a PostgreSQL database. Clones share its connections.
///
/// ```no_run
/// # async fn example() -> Result<(), signal_core::store::StoreError> {
/// use signal_adapters::postgres::PostgresStore;
/// use signal_core::store::LedgerStore;
/// let store = PostgresStore::open("postgres://signal@localhost/community").await?;
/// println!("{} entries", store.head().await?.size);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresStore {
    /// The URL without secrets.
    place: String,
    pool: PgPool,
    any_clock: bool,
    queue: Arc<Queue>,
    months: Arc<months::Seen>,
    news: Arc<News>,
    /// Whether the database finds nearest vectors.
    vectors: bool,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("place", &self.place).finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Opens the database of a URL, `postgres://user:password@host:port/database?sslmode=verify-full`, or with a folder as
    /// host, `postgres:///database?host=/run/postgresql`. A password that the URL lacks comes from `PGPASSWORD` or the
    /// password file (`PGPASSFILE`, `~/.pgpass`). Tables that are missing are made, in the first schema of the
    /// search path; a schema that another program uses, or a newer Signal, is left alone and refused.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, PostgresOptions::default()).await
    }

    /// The same, with options.
    pub async fn open_with(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        open::open(url, options).await
    }

    /// The people whose vectors of a model point most nearly where a vector does, nearest first, with the cosine. By an index
    /// that may miss some; only where the capability `vector_search` is there.
    pub async fn nearest(
        &self,
        model: &ModelId,
        vector: &[f32],
        most: u32,
    ) -> Result<Vec<(UserId, f64)>, StoreError> {
        vectors::nearest(self, model, vector, most).await
    }

    /// Begins to write. What is not committed is undone when the transaction is dropped.
    async fn begin(&self, doing: &str) -> Result<Transaction<'static, Postgres>, StoreError> {
        self.pool.begin_with(BEGIN).await.doing(doing)
    }

    /// Begins to write about people: while it lasts, nobody is erased.
    async fn begin_about_people(&self, doing: &str) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut work = self.begin(doing).await?;
        let lock = sqlx::query("SELECT pg_advisory_xact_lock_shared($1, hashtext(current_schema()))");
        lock.bind(LEAVING).execute(&mut *work).await.doing(doing)?;
        Ok(work)
    }

    /// Begins to write what only one at a time may.
    async fn begin_alone(
        &self,
        lock: i32,
        doing: &str,
    ) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut work = self.begin(doing).await?;
        let query = sqlx::query("SELECT pg_advisory_xact_lock($1, hashtext(current_schema()))");
        query.bind(lock).execute(&mut *work).await.doing(doing)?;
        Ok(work)
    }
}

impl Together for PostgresStore {
    const APPEND: &'static str = append::DOING;

    fn queue(&self) -> &Queue {
        &self.queue
    }

    async fn append_together(&self, batches: &[Batch]) -> Result<Vec<Appended>, StoreError> {
        append::append(self, batches).await
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            full_text_search: true,
            vector_search: self.vectors,
            graph_reach: true,
            notifications: true,
            several_processes: true,
            durable: true,
        }
    }

    /// Makes the monthly partitions of listens for the month of the instant and the two that follow. Opening does so, and
    /// so does adding listens, once an hour.
    async fn upkeep(&self, now: Timestamp) -> Result<(), StoreError> {
        months::make(self, now).await
    }

    /// Rewrites every table and index, one after the other, each locked meanwhile. Deleted rows stay in the server's
    /// write-ahead log and its backups for as long as the server keeps those.
    async fn compact(&self) -> Result<(), StoreError> {
        const DOING: &str = "compact the database";
        const TABLES: &str = "SELECT format('VACUUM (FULL, ANALYZE) %I.%I', current_schema(), relname), \
            pg_has_role(relowner, 'USAGE') FROM pg_class \
            WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind = 'r' ORDER BY relname";
        // A connection of its own: it may take longer than others may.
        let mut connection = self.pool.connect_options().connect().await.doing(DOING)?;
        sqlx::raw_sql("SET statement_timeout = 0; SET lock_timeout = 0")
            .execute(&mut connection)
            .await
            .doing(DOING)?;
        let statements: Vec<(String, bool)> =
            sqlx::query_as(TABLES).fetch_all(&mut connection).await.doing(DOING)?;
        if !statements.iter().all(|(_, ours)| *ours) {
            // The database would only warn, and leave the table as it is.
            return Err(refused(DOING, "only the owner of the tables may"));
        }
        for (statement, _) in statements {
            // Made by the database of its own names, quoted.
            let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(statement));
            statement.execute(&mut connection).await.doing(DOING)?;
        }
        connection.close().await.doing(DOING)
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
