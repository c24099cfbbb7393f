//! The reference store: everything in sorted maps behind one lock.

mod content;
mod history;
mod ledger;
mod shelf;
mod state;
mod transfer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Capabilities, Result, Store};
use crate::model::Timestamp;
pub(crate) use shelf::Shelf;

/// A store that lives as long as its last handle. Clones share the same contents.
///
/// ```
/// use signal_core::store::{LedgerStore, MemoryStore};
/// let store = MemoryStore::new();
/// let head = pollster::block_on(store.head())?;
/// assert_eq!(head.size, 0);
/// # Ok::<(), signal_core::store::StoreError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    shelf: Arc<Mutex<Shelf>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The contents. A panic while they were held cannot leave them half-written: every change is prepared first.
    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    async fn upkeep(&self, _now: Timestamp) -> Result<()> {
        Ok(())
    }

    async fn compact(&self) -> Result<()> {
        Ok(())
    }

    async fn close(&self) {}
}
