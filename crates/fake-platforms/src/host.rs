//! A host whose clock is the server's, and for whom waiting is moving that clock.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use signal_core::host::{Host, Work};
use signal_core::model::Timestamp;

/// A host that shares the clock of a [`FakePlatforms`](crate::FakePlatforms) and never really waits.
#[derive(Debug)]
pub struct FakeHost {
    clock: Arc<AtomicI64>,
    drawn: AtomicU64,
    sleeps: Mutex<Vec<u64>>,
}

impl FakeHost {
    pub(crate) fn new(clock: Arc<AtomicI64>) -> Self {
        Self { clock, drawn: AtomicU64::new(0), sleeps: Mutex::default() }
    }

    /// All waits so far, in microseconds.
    pub fn sleeps(&self) -> Vec<u64> {
        self.sleeps.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Host for FakeHost {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.load(Ordering::SeqCst))
    }

    /// Bytes that follow from how many were drawn before: tests repeat.
    fn entropy(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let drawn = self.drawn.fetch_add(1, Ordering::SeqCst);
            let bytes = Sha256::digest(drawn.to_le_bytes());
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }

    async fn sleep(&self, micros: u64) {
        self.sleeps.lock().unwrap_or_else(PoisonError::into_inner).push(micros);
        self.clock.fetch_add(i64::try_from(micros).unwrap_or(i64::MAX), Ordering::SeqCst);
        tokio::task::yield_now().await;
    }

    async fn offload(&self, work: Work) {
        work();
    }
}
