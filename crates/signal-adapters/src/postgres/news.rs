//! Who reads the tail of the ledger is woken when another process writes.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use signal_core::store::LedgerStore;
use sqlx::postgres::PgListener;
use tokio::sync::watch;

use super::PostgresStore;

/// Every append tells its new size here; a schema beside ours may do so, too, which wakes readers in vain.
pub(super) const CHANNEL: &str = "signal_entries";
/// How long to wait before trying again where the server cannot be reached.
const PAUSE: Duration = Duration::from_secs(1);

/// The size of the ledger as far as this process has heard, and whether it listens.
#[derive(Debug, Default)]
pub(super) struct News {
    size: watch::Sender<u64>,
    listening: Mutex<bool>,
}

impl News {
    fn set_listening(&self, listening: bool) -> bool {
        let mut now = self.listening.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *now, listening)
    }

    /// Whether nobody waits any more; then nobody listens from now on.
    fn may_stop(&self) -> bool {
        let mut now = self.listening.lock().unwrap_or_else(PoisonError::into_inner);
        *now = self.size.receiver_count() > 0;
        !*now
    }

    /// Sizes never shrink, whatever order they are heard in.
    fn tell(&self, size: u64) {
        self.size.send_if_modified(|known| {
            let grown = size > *known;
            *known = size.max(*known);
            grown
        });
    }
}

/// Waits until the ledger has more entries than `size`, and gives how many it has then.
pub(super) async fn beyond(store: &PostgresStore, size: u64) -> u64 {
    let mut heard = store.news.size.subscribe();
    if !store.news.set_listening(true) {
        tokio::spawn(listen(store.clone()));
    }
    match heard.wait_for(|known| *known > size).await {
        Ok(known) => *known,
        // The sender lives as long as the store.
        Err(_) => size,
    }
}

/// Listens as long as somebody waits.
async fn listen(store: PostgresStore) {
    let mut listening = Listening { news: Arc::clone(&store.news), done: false };
    while !listening.done {
        tokio::select! {
            Err(error) = hear(&store) => {
                tracing::debug!(%error, "no news of the ledger for a moment");
                tokio::time::sleep(PAUSE).await;
            }
            () = store.news.size.closed() => listening.done = store.news.may_stop(),
        }
    }
}

/// Listening that is cut off, by a panic or with its runtime, lets the next who waits begin anew.
struct Listening {
    news: Arc<News>,
    done: bool,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if !self.done {
            self.news.set_listening(false);
        }
    }
}

/// Listens until the connection breaks.
async fn hear(store: &PostgresStore) -> Result<Infallible, String> {
    let mut listener = PgListener::connect_with(&store.pool).await.map_err(|error| error.to_string())?;
    listener.listen(CHANNEL).await.map_err(|error| error.to_string())?;
    loop {
        // What was written before we listened, or while the connection was away.
        let head = store.head().await.map_err(|error| error.to_string())?;
        store.news.tell(head.size);
        while let Some(told) = listener.try_recv().await.map_err(|error| error.to_string())? {
            match told.payload().parse() {
                Ok(size) => store.news.tell(size),
                Err(_) => break,
            }
        }
    }
}
