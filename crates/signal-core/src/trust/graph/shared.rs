//! One graph for many readers and one writer at a time.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::TrustGraph;

/// A graph that is read while it is written.
///
/// Readers never wait: [`load`](Self::load) gives the newest published graph, whole, and it stays as it is for as
/// long as they hold it. Writers take turns; what one [`update`](Self::update) does appears at once or not at all.
///
/// ```
/// use signal_core::model::{Timestamp, TrustWeight, UserId};
/// use signal_core::trust::{SharedGraph, TrustGraph};
///
/// let [ann, ben] = [1, 2].map(|n| UserId::new(Timestamp::from_seconds(n), [0; 10]));
/// let shared = SharedGraph::new(TrustGraph::default());
/// shared.update(|graph| {
///     graph.set(ann, ben, Some(TrustWeight::FULL));
///     graph.set(ben, ann, Some(TrustWeight::FULL));
/// });
/// assert_eq!(shared.load().edges(), 2);
/// ```
#[derive(Debug, Default)]
pub struct SharedGraph {
    published: ArcSwap<TrustGraph>,
    writing: Mutex<()>,
}

impl SharedGraph {
    /// Publishes a first graph.
    pub fn new(graph: TrustGraph) -> Self {
        Self { published: ArcSwap::from_pointee(graph), writing: Mutex::default() }
    }

    /// The newest graph.
    pub fn load(&self) -> Arc<TrustGraph> {
        self.published.load_full()
    }

    /// Changes a copy and publishes it. The copy costs a few reference counts.
    pub fn update<T>(&self, change: impl FnOnce(&mut TrustGraph) -> T) -> T {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut graph = TrustGraph::clone(&self.published.load());
        let result = change(&mut graph);
        self.published.store(Arc::new(graph));
        result
    }

    /// Publishes another graph in place of the one there is.
    pub fn publish(&self, graph: TrustGraph) {
        self.update(|current| *current = graph);
    }

    /// Packs the overlay into a new snapshot. The work is done beside readers and writers; only taking it over,
    /// which repeats the changes that came meanwhile, is a writer's turn. Of two merges at once the later to finish
    /// is dropped when the other has already replaced what it started from.
    pub fn merge(&self) {
        let start = self.load();
        let merged = start.merged();
        self.update(|graph| graph.adopt(&start, merged));
    }
}
