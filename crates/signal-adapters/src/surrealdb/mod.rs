//! One SurrealDB per community: an engine in this process over a folder or memory, or a server for as many processes as like.
//!
//! Every write is one transaction, done again while another writer is in the way. Appends raise the one record of the
//! head, so of two at once only one commits; whatever else is written about a person raises the person's record, so that
//! nothing slips in beside an erasure.
//!
//! SurrealDB is licensed under the Business Source License 1.1: free to use, but not for a database service.

mod append;
mod catalogue;
mod change;
mod content;
mod engine;
mod error;
mod fold;
mod history;
mod ledger;
mod link;
mod merges;
mod mutes;
mod open;
mod place;
mod plays;
mod reach;
mod readout;
mod rewrite;
mod row;
mod server;
mod state;
mod sums;
mod transfer;
mod vectors;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use signal_core::model::{ModelId, Timestamp, UserId};
use signal_core::store::{Capabilities, Store, StoreError};
use surrealdb_types::object;
use tokio::sync::Mutex;

use error::{Doing, refused};
use link::{Asks, Link};
use place::Place;

/// How an engine in this process is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurrealOptions {
    /// Most memory for blocks that were read from the folder, in MiB.
    pub cache_mib: u32,
    /// Most memory for what was written and is not in its place yet, in MiB. A single write must fit in.
    pub memtable_mib: u32,
}

impl Default for SurrealOptions {
    fn default() -> Self {
        Self { cache_mib: 128, memtable_mib: 64 }
    }
}

/// A store in a SurrealDB database. Clones share it.
///
/// ```no_run
/// # async fn example() -> Result<(), signal_core::store::StoreError> {
/// use signal_adapters::surrealdb::SurrealStore;
/// use signal_core::store::LedgerStore;
/// let store = SurrealStore::open("surrealkv:community").await?;
/// println!("{} entries", store.head().await?.size);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SurrealStore {
    link: Link,
    /// Held while this process appends.
    appends: Arc<Mutex<()>>,
    place: Arc<Place>,
    options: SurrealOptions,
}

impl fmt::Debug for SurrealStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SurrealStore").field("place", &self.place.shown()).finish_non_exhaustive()
    }
}

impl SurrealStore {
    /// Opens the database of a URL: `surrealkv:FOLDER`, `surreal-mem:` or `ws://USER:PASSWORD@HOST:PORT/NAMESPACE/DATABASE`
    /// (`wss:` with TLS). Namespace and database are `signal` where the URL does not say; a password that it lacks comes from
    /// `SURREAL_PASS`. Tables that are missing are made; a database that another program uses, or a newer Signal, is left
    /// alone and refused. A folder serves one process at a time.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, SurrealOptions::default()).await
    }

    /// The same, with options.
    pub async fn open_with(url: &str, options: SurrealOptions) -> Result<Self, StoreError> {
        open::open(url, options).await
    }

    /// The people whose vectors of a model point most nearly where a vector does, nearest first, with the cosine; at most
    /// 1,000. By an index that may miss some.
    pub async fn nearest(
        &self,
        model: &ModelId,
        vector: &[f32],
        most: u32,
    ) -> Result<Vec<(UserId, f64)>, StoreError> {
        vectors::nearest(&self.link, model, vector, most).await.doing("find the nearest vectors")
    }
}

#[async_trait]
impl Store for SurrealStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            full_text_search: true,
            vector_search: true,
            graph_reach: true,
            notifications: false,
            several_processes: matches!(*self.place, Place::Server(_)),
            durable: *self.place != Place::Memory,
        }
    }

    /// Nothing is left to do: an engine in this process looks after its files, and so does a server.
    async fn upkeep(&self, _now: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }

    /// A folder is written anew when it is closed, or before it is opened next; until then deleted values are still on the
    /// disk. A server compacts its storage where that can.
    async fn compact(&self) -> Result<(), StoreError> {
        const DOING: &str = "compact the database";
        match &*self.place {
            Place::Memory => Ok(()),
            Place::Folder(folder) => rewrite::order(folder).map_err(|reason| refused(DOING, reason)),
            Place::Server(_) => {
                self.link.ask("ALTER SYSTEM COMPACT", object! {}).await.map(drop).doing(DOING)
            }
        }
    }

    async fn close(&self) {
        self.link.close().await;
        if let Place::Folder(folder) = &*self.place
            && let Err(reason) = rewrite::rewrite(folder, self.options).await
        {
            tracing::warn!(reason, "the database was not compacted; it will be when it is opened next");
        }
    }
}
