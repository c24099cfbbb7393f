//! A machine made of a clock that is set by hand and counted randomness.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::dice::Dice;
use crate::host::{Host, Work};
use crate::model::Timestamp;

/// The stream of the host's randomness; people and days draw from others.
const ENTROPY: u64 = 0;

/// A host whose time stands until it is set, whose entropy follows from a seed, and that does all work at once.
pub struct SimulatedHost {
    now: AtomicI64,
    entropy: Mutex<Dice>,
}

impl SimulatedHost {
    /// A host at an instant.
    pub fn new(seed: u64, now: Timestamp) -> Self {
        Self { now: AtomicI64::new(now.micros()), entropy: Mutex::new(Dice::new(seed, ENTROPY)) }
    }

    /// Moves the clock on. A time before the clock's leaves it where it is: simulated time never runs backwards.
    pub fn set_now(&self, now: Timestamp) {
        self.now.fetch_max(now.micros(), Ordering::SeqCst);
    }
}

impl fmt::Debug for SimulatedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedHost").field("now", &self.now()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Host for SimulatedHost {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.now.load(Ordering::SeqCst))
    }

    fn entropy(&self, buffer: &mut [u8]) {
        self.entropy.lock().unwrap_or_else(PoisonError::into_inner).fill(buffer);
    }

    async fn sleep(&self, _micros: u64) {}

    async fn offload(&self, work: Work) {
        work();
    }
}
