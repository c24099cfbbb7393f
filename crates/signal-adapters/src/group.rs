//! Appends that come at once share a transaction: the lock, and the wait for the disk, are paid for once.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use signal_core::ledger::Batch;
use signal_core::store::{Appended, Result, StoreError};
use tokio::sync::oneshot;

/// Most batches in one transaction, but for a single call that brings more.
const MOST_BATCHES: usize = 512;

/// A store that can append what several callers bring in one transaction. Clones share the queue.
pub(crate) trait Together: Clone + Send + Sync + 'static {
    /// What an append is called where it fails.
    const APPEND: &'static str;

    /// The calls that wait.
    fn queue(&self) -> &Queue;

    /// Appends batches in one transaction, as [`signal_core::store::LedgerStore::append`] says.
    fn append_together(&self, batches: &[Batch]) -> impl Future<Output = Result<Vec<Appended>>> + Send;
}

/// One call of append, and who waits for its answer.
#[derive(Debug)]
struct Call {
    batches: Vec<Batch>,
    answer: oneshot::Sender<Result<Vec<Appended>>>,
}

/// Calls that wait, and whether somebody is taking them to the database.
#[derive(Debug, Default)]
struct Waiting {
    calls: Vec<Call>,
    served: bool,
}

/// The calls of one process.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a call, and gives whether somebody has to begin serving.
    fn add(&self, call: Call) -> bool {
        let mut waiting = self.lock();
        waiting.calls.push(call);
        !std::mem::replace(&mut waiting.served, true)
    }

    /// The calls that go next, or none, and then nobody serves any more.
    fn take(&self) -> Option<Vec<Call>> {
        let mut waiting = self.lock();
        let mut batches = 0;
        let fits = |call: &&Call| {
            batches += call.batches.len();
            batches <= MOST_BATCHES
        };
        let count = waiting.calls.iter().take_while(fits).count().max(1).min(waiting.calls.len());
        waiting.served = count > 0;
        (count > 0).then(|| waiting.calls.drain(..count).collect())
    }
}

/// Serving calls until none is left. Where it is cut off, by a panic or with its runtime, the next call begins anew.
struct Serving<'a> {
    queue: &'a Queue,
    done: bool,
}

impl Serving<'_> {
    async fn run(mut self, store: &impl Together) {
        while let Some(calls) = self.queue.take() {
            serve(store, calls).await;
            // Whoever was answered and has more to append shall come along with the next.
            tokio::task::yield_now().await;
        }
        self.done = true;
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.queue.lock().served = false;
        }
    }
}

/// Appends as [`signal_core::store::LedgerStore::append`] says, together with who else is there. Whoever stops waiting
/// for the answer does not stop the append.
pub(crate) async fn append<S: Together>(store: &S, batches: &[Batch]) -> Result<Vec<Appended>> {
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    let (answer, told) = oneshot::channel();
    if store.queue().add(Call { batches: batches.to_vec(), answer }) {
        let store = store.clone();
        tokio::spawn(async move { Serving { queue: store.queue(), done: false }.run(&store).await });
    }
    told.await.unwrap_or_else(|_| {
        let reason = "the program stopped before the database answered".to_owned();
        Err(StoreError::Unknown { doing: S::APPEND.to_owned(), reason })
    })
}

/// Appends calls together and answers each.
async fn serve(store: &impl Together, calls: Vec<Call>) {
    let sizes: Vec<_> = calls.iter().map(|call| call.batches.len()).collect();
    let (batches, answers): (Vec<_>, Vec<_>) =
        calls.into_iter().map(|call| (call.batches, call.answer)).unzip();
    let batches = batches.concat();
    let done = store.append_together(&batches).await;
    match done {
        Ok(results) => {
            let mut results = results.into_iter();
            for (size, answer) in sizes.into_iter().zip(answers) {
                tell(answer, Ok(results.by_ref().take(size).collect()));
            }
        }
        // What the database will never take may be one call's: the others shall not suffer for it.
        Err(StoreError::Failed { retry: false, .. }) if sizes.len() > 1 => {
            let mut rest = batches.as_slice();
            for (size, answer) in sizes.into_iter().zip(answers) {
                let (own, others) = rest.split_at(size.min(rest.len()));
                rest = others;
                tell(answer, store.append_together(own).await);
            }
        }
        Err(error) => {
            for answer in answers {
                tell(answer, Err(error.clone()));
            }
        }
    }
}

/// Answers a call; one that nobody waits for any more is answered in vain.
fn tell(answer: oneshot::Sender<Result<Vec<Appended>>>, result: Result<Vec<Appended>>) {
    drop(answer.send(result));
}
