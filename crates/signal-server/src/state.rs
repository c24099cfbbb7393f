//! What every request shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_core::engine::Engine;
use signal_core::ledger::SigningKey;

/// The engine, and whether the server takes requests. Clones share both.
#[derive(Debug, Clone)]
pub struct AppState {
    engine: Engine,
    starting: Arc<AtomicBool>,
    stopping: Arc<AtomicBool>,
    timeout: Duration,
    ledger_key: Option<Arc<SigningKey>>,
}

impl AppState {
    /// Serves this engine; a request that takes longer than `timeout` is answered with a problem.
    pub fn new(engine: Engine, timeout: Duration) -> Self {
        Self { engine, starting: Arc::default(), stopping: Arc::default(), timeout, ledger_key: None }
    }

    /// The same, and signs the ledger's checkpoints.
    #[must_use]
    pub fn signing(mut self, key: SigningKey) -> Self {
        self.ledger_key = Some(Arc::new(key));
        self
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Says "not ready" until [`started`](Self::started), while requests are answered once the ledger was read for them.
    pub fn start(&self) {
        self.starting.store(true, Ordering::Relaxed);
    }

    /// The ledger has been followed to its end once.
    pub fn started(&self) {
        self.starting.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_starting(&self) -> bool {
        self.starting.load(Ordering::Relaxed)
    }

    /// Says "not ready" from now on, while requests are still answered.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn ledger_key(&self) -> Option<&SigningKey> {
        self.ledger_key.as_deref()
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }
}
