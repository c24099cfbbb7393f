//! The use cases: load, decide, append; or read, cut for the viewer, answer.
//!
//! Writes load the streams a command names, decide, and append; a conflict loads again. Reads answer from
//! [`crate::live`], which follows the ledger's tail. Every personal read takes a viewer.

mod accounts;
mod answer;
mod attribution;
mod card;
mod circles;
mod compat;
mod counts;
mod drops;
mod ears;
mod erase;
mod error;
mod facts;
mod feed;
mod graph;
mod import;
mod ledger;
mod members;
mod mutes;
mod names;
mod nearest;
mod people;
mod recommend;
mod resume;
mod search;
mod shown;
mod suggest;
mod taste;
mod tracks;
mod trust;
mod verification;
mod view;
mod why;
mod write;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

pub use accounts::{AccountError, AccountResult, Accounts, REST_MICROS_MAX, REST_MICROS_MIN, Watch};
pub use answer::*;
pub use compat::MATCHES_MAX;
pub use error::{EngineError, Result};
pub use import::{ImportOptions, Imported, PINS_MAX};

use self::counts::Counts;
use self::feed::Leaders;
use self::ledger::findings::Counted;
use self::nearest::Nearby;
use self::recommend::Learnt;
use self::resume::Kept;
use crate::host::{Host, SnapshotPlace};
use crate::ledger::{EpochRef, EpochTables, Resolution, StoredEntry};
use crate::live::{Ears, Live, Peers};
use crate::model::{FindingId, Hash, Timestamp};
use crate::policy::Policy;
use crate::store::{Store, StoreError};
use crate::trust::SharedGraph;

/// Entries read at once while following the tail.
const TAIL_CHUNK: u32 = 2_000;
/// Microseconds between two looks at the ledger where the store tells of nothing.
const LOOK_MICROS: u64 = 250_000;
/// Rows read at once of everything else.
pub(crate) const ROWS_CHUNK: u32 = 20_000;

/// Policies, epochs and resolutions by the community's version.
#[derive(Debug, Default)]
struct Rules {
    version: u64,
    policies: BTreeMap<u32, Policy>,
    epochs: Vec<EpochRef>,
    /// What the operator last made of each finding.
    resolved: BTreeMap<FindingId, Resolution>,
}

struct Inner {
    store: Arc<dyn Store>,
    host: Arc<dyn Host>,
    place: Option<Arc<dyn SnapshotPlace>>,
    kept: Mutex<Kept>,
    at_place: Mutex<()>,
    live: RwLock<Live>,
    graph: SharedGraph,
    merging: AtomicBool,
    ears: Mutex<Option<Arc<Ears>>>,
    rules: Mutex<Rules>,
    tables: Mutex<BTreeMap<Hash, Arc<EpochTables>>>,
    counts: Mutex<Option<Arc<Counts>>>,
    peers: Mutex<Option<Arc<Peers>>>,
    leaders: Mutex<Option<Leaders>>,
    learnt: Mutex<Option<Learnt>>,
    nearby: Mutex<Option<Arc<Nearby>>>,
    counted: Mutex<Option<Arc<Counted>>>,
}

/// Signal over one store and one host. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("position", &self.live(|live| live.position)).finish_non_exhaustive()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// An engine over a store and a host. Nothing is read before the first question.
    pub fn new(store: Arc<dyn Store>, host: Arc<dyn Host>) -> Self {
        Self::build(store, host, None)
    }

    fn build(store: Arc<dyn Store>, host: Arc<dyn Host>, place: Option<Arc<dyn SnapshotPlace>>) -> Self {
        let inner = Inner {
            store,
            host,
            place,
            kept: Mutex::default(),
            at_place: Mutex::default(),
            live: RwLock::default(),
            graph: SharedGraph::default(),
            merging: AtomicBool::new(false),
            ears: Mutex::default(),
            rules: Mutex::default(),
            tables: Mutex::default(),
            counts: Mutex::default(),
            peers: Mutex::default(),
            leaders: Mutex::default(),
            learnt: Mutex::default(),
            nearby: Mutex::default(),
            counted: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The store behind it.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    pub(crate) fn host(&self) -> &dyn Host {
        self.inner.host.as_ref()
    }

    /// The instant the host says it is.
    pub fn now(&self) -> Timestamp {
        self.inner.host.now()
    }

    /// Follows the ledger to its newest entry. Every read does this by itself.
    pub async fn catch_up(&self) -> Result<()> {
        self.resume().await?;
        loop {
            let position = self.live(|live| live.position);
            let entries = self.store().entries(position, TAIL_CHUNK).await?;
            self.follow(&entries)?;
            self.merge_graph().await?;
            if entries.len() < TAIL_CHUNK as usize {
                return self.tend_snapshot().await;
            }
        }
    }

    /// Follows the ledger for as long as nothing fails, so that what other processes write is known here within a second
    /// and no question has to wait for it: woken by the store where it can (capability `notifications`), else by looking
    /// four times a second. For a task of its own that is dropped in the end.
    pub async fn keep_up(&self) -> Result<Infallible> {
        let woken = self.store().capabilities().notifications;
        loop {
            self.catch_up().await?;
            if woken {
                self.store().beyond(self.followed()).await?;
            } else {
                self.inner.host.sleep(LOOK_MICROS).await;
            }
        }
    }

    /// How many entries this engine has followed; the ledger may have more.
    pub fn followed(&self) -> u64 {
        self.live(|live| live.position)
    }

    /// Folds the next entries, and publishes the graph they leave behind.
    fn follow(&self, entries: &[StoredEntry]) -> Result<()> {
        let mut live = self.inner.live.write().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            // Another task may have followed the same entries meanwhile.
            if entry.position == live.position {
                live.apply(entry).map_err(|error| corrupt("follow the ledger", "an entry", error))?;
            }
        }
        if !live.graph.is_as_at(&self.graph()) {
            self.inner.graph.publish(live.graph.clone());
        }
        let left_by = live.left_by;
        drop(live);
        self.forget_counted_before(left_by);
        Ok(())
    }

    /// Looks at what is held in memory, without waiting for anything.
    pub(crate) fn live<T>(&self, look: impl FnOnce(&Live) -> T) -> T {
        look(&self.inner.live.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A store error for bytes that the core cannot read.
pub(crate) fn corrupt(doing: &str, what: impl ToString, reason: impl ToString) -> StoreError {
    StoreError::Corrupt { doing: doing.to_owned(), what: what.to_string(), reason: reason.to_string() }
}
