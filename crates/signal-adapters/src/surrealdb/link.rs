//! The way to the database, whichever it is, and transactions that are done again while another writer is in the way.
//!
//! What lies behind is hidden in trait objects: SurrealDB's own types are so deep that every future which held one would take
//! the compiler seconds.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use signal_core::store::StoreError;
use surrealdb_types::{Error, Object, Value};

use super::error::{Doing, Failure, Read, is_aftermath, is_conflict};

/// How often work is done anew because another writer was in the way, and how far apart, at first and at most.
const TRIES: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Who answers statements.
#[async_trait]
pub(super) trait Asks: Send + Sync {
    /// Runs statements and gives the value of the last one.
    async fn ask(&self, text: &'static str, with: Object) -> Read<Value>;
}

/// A database.
#[async_trait]
pub(super) trait Database: Asks {
    /// Begins to write.
    async fn begin(&self) -> Read<Box<dyn Open>>;

    /// Lets go of what it holds.
    async fn close(&self);

    /// Whether it is somebody else's process, which may have done what it did not tell.
    fn is_remote(&self) -> bool;
}

/// An open transaction.
#[async_trait]
pub(super) trait Open: Asks {
    async fn commit(self: Box<Self>) -> Read<()>;

    async fn cancel(self: Box<Self>) -> Read<()>;
}

/// The database. Clones share it.
#[derive(Clone)]
pub(super) struct Link(Arc<dyn Database>);

impl Link {
    pub(super) fn new(database: impl Database + 'static) -> Self {
        Self(Arc::new(database))
    }

    /// Begins to write. What is not committed is undone.
    pub(super) async fn begin(&self) -> Read<Work> {
        Ok(Work { open: Some(self.0.begin().await?) })
    }

    pub(super) async fn begin_to(&self, doing: &str) -> Result<Work, StoreError> {
        self.begin().await.doing(doing)
    }

    pub(super) async fn close(&self) {
        self.0.close().await;
    }

    pub(super) fn is_remote(&self) -> bool {
        self.0.is_remote()
    }
}

#[async_trait]
impl Asks for Link {
    async fn ask(&self, text: &'static str, with: Object) -> Read<Value> {
        self.0.ask(text, with).await
    }
}

/// The last value, or the error that explains the others.
pub(super) fn last(answers: impl Iterator<Item = Result<Value, Error>>) -> Read<Value> {
    let mut value = Value::None;
    let mut worst: Option<Error> = None;
    for answer in answers {
        match answer {
            Ok(answer) => value = answer,
            Err(error) => {
                let explains = worst.as_ref().is_none_or(|worst| {
                    is_conflict(&error) || (is_aftermath(worst) && !is_aftermath(&error))
                });
                if explains {
                    worst = Some(error);
                }
            }
        }
    }
    worst.map_or(Ok(value), |error| Err(error.into()))
}

/// A transaction that writes. Dropped, it is undone.
pub(super) struct Work {
    /// None once it has ended.
    open: Option<Box<dyn Open>>,
}

#[async_trait]
impl Asks for Work {
    async fn ask(&self, text: &'static str, with: Object) -> Read<Value> {
        match &self.open {
            Some(open) => open.ask(text, with).await,
            None => Err(Failure::Stopped("the transaction has ended".to_owned())),
        }
    }
}

impl Work {
    /// Commits, even where nobody waits for it any more: half a commit must not be left to whoever comes next.
    pub(super) async fn commit(mut self) -> Read<()> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let task = tokio::spawn(open.commit());
        task.await.unwrap_or_else(|error| Err(Failure::Stopped(error.to_string())))
    }

    async fn cancel(mut self) {
        if let Some(open) = self.open.take()
            && let Err(failure) = open.cancel().await
        {
            tracing::debug!(%failure, "a transaction that was given up was not undone at once");
        }
    }

    /// Ends the work as it went. `None` where another writer was in the way and all of it is to be done again.
    pub(super) async fn finish<T>(self, done: Read<T>, tries: &mut Tries) -> Read<Option<T>> {
        let done = match done {
            Ok(done) => self.commit().await.map(|()| done),
            Err(failure) => {
                self.cancel().await;
                Err(failure)
            }
        };
        match done {
            Ok(done) => Ok(Some(done)),
            Err(failure) => tries.again(failure).await.map(|()| None),
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Some(open) = self.open.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(open.cancel());
        }
    }
}

/// How often work has been done in vain.
#[derive(Debug, Default)]
pub(super) struct Tries {
    done: u32,
}

impl Tries {
    /// Waits a little where the same work is worth another try, longer each time and never two writers alike.
    pub(super) async fn again(&mut self, failure: Failure) -> Read<()> {
        self.done += 1;
        if !failure.is_conflict() || self.done >= TRIES {
            return Err(failure);
        }
        let most = FIRST_PAUSE.saturating_mul(1 << self.done.min(10)).min(LONGEST_PAUSE);
        let share = RandomState::new().hash_one(self.done) % 1_000;
        tokio::time::sleep(most.mul_f64(0.5 + share as f64 / 2_000.0)).await;
        Ok(())
    }
}

/// Does work in a transaction, again while another writer is in the way.
macro_rules! written {
    ($store:expr, $doing:expr, |$work:ident| $done:expr) => {{
        let mut tries = $crate::surrealdb::link::Tries::default();
        loop {
            let $work = $store.link.begin_to($doing).await?;
            let done = $done;
            let finished = $work.finish(done, &mut tries).await;
            if let Some(done) = $crate::surrealdb::error::Doing::doing(finished, $doing)? {
                break done;
            }
        }
    }};
}
pub(super) use written;
