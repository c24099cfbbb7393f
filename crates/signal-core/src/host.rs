//! All that the core needs of the machine it runs on: the time, randomness, waiting, and a place for long work.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::model::Timestamp;

/// Work that takes over a millisecond.
pub type Work = Box<dyn FnOnce() + Send>;

/// The machine. Doors implement it; tests use a fixed clock and counted bytes.
#[async_trait]
pub trait Host: Send + Sync + fmt::Debug {
    /// The instant it is now.
    fn now(&self) -> Timestamp;

    /// Fills the buffer with unpredictable bytes: ids, salts and keys are made of them.
    fn entropy(&self, buffer: &mut [u8]);

    /// Waits.
    async fn sleep(&self, micros: u64);

    /// Runs the work where it holds up nothing else, and returns when it is done.
    async fn offload(&self, work: Work);
}

/// A place on this machine where an engine keeps what it follows of the ledger between runs, or several engines of one store.
/// It is a cache: what is lost there costs the wait for the ledger to be read again. It names people: keep it as private as
/// the store.
///
/// The calls may take as long as a disk does; the engine makes them through [`Host::offload`]. What goes wrong is for the place
/// to tell, since no answer depends on it.
pub trait SnapshotPlace: Send + Sync + fmt::Debug {
    /// The bytes that were written last, where there are any.
    fn read(&self) -> Option<Vec<u8>>;

    /// Puts bytes in the place of those that are there, all or nothing.
    fn write(&self, bytes: &[u8]);

    /// Removes what is there.
    fn remove(&self);
}

/// Runs a computation through [`Host::offload`] and gives its result.
pub async fn offload<T: Send + 'static>(
    host: &dyn Host,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let slot = Arc::new(Mutex::new(None));
    let inside = Arc::clone(&slot);
    host.offload(Box::new(move || {
        *inside.lock().unwrap_or_else(PoisonError::into_inner) = Some(work());
    }))
    .await;
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// `N` unpredictable bytes.
pub fn random<const N: usize>(host: &dyn Host) -> [u8; N] {
    let mut bytes = [0; N];
    host.entropy(&mut bytes);
    bytes
}
