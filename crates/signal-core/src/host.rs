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
