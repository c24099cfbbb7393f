//! The way to the database: an engine in this process, or a server.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use signal_core::store::StoreError;
use surrealdb::Surreal;
use surrealdb::engine::any::Any;
use surrealdb::method;
use surrealdb_core::dbs::Session;
use surrealdb_core::err::anyhow_to_types_error;
use surrealdb_core::kvs::{Datastore, QueryRequest};
use surrealdb_datastore::{Transaction, TransactionType};
use surrealdb_types::{Error, Object, Value, Variables};

use super::error::{Doing, Failure, Read, is_aftermath, is_conflict};

/// How often work is done anew because another writer was in the way, and how far apart, at first and at most.
const TRIES: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// An engine in this process, closed with its last handle.
pub(super) struct Here {
    pub(super) engine: Arc<Datastore>,
    pub(super) session: Session,
}

impl Drop for Here {
    fn drop(&mut self) {
        // Its maintenance would go on, and hold the files.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let engine = Arc::clone(&self.engine);
            runtime.spawn(async move {
                if let Err(error) = engine.shutdown().await {
                    tracing::warn!(%error, "the database was not closed in order");
                }
            });
        }
    }
}

/// The database. Clones share it.
#[derive(Clone)]
pub(super) enum Link {
    Here(Arc<Here>),
    There(Surreal<Any>),
}

/// Who answers statements.
#[async_trait]
pub(super) trait Asks: Sync {
    /// Runs statements and gives the value of the last one.
    async fn ask(&self, text: &'static str, with: Object) -> Read<Value>;
}

#[async_trait]
impl Asks for Link {
    async fn ask(&self, text: &'static str, with: Object) -> Read<Value> {
        match self {
            Self::Here(here) => {
                let request = QueryRequest::new(text, &here.session);
                run(here, request.with_variables(Some(Variables::from(with)))).await
            }
            Self::There(server) => ask_server(server.query(text), with).await,
        }
    }
}

async fn run(here: &Here, request: QueryRequest<'_>) -> Read<Value> {
    last(here.engine.run(request).await?.into_iter().map(|answer| answer.result))
}

async fn ask_server(query: method::Query<'_, Any>, with: Object) -> Read<Value> {
    let mut answers = query.bind(Value::Object(with)).await?;
    let count = answers.num_statements();
    let mut errors = answers.take_errors();
    last((0..count).map(|n| match errors.remove(&n) {
        Some(error) => Err(error),
        None => answers.take(n),
    }))
}

/// The last value, or the error that explains the others.
fn last(answers: impl Iterator<Item = Result<Value, Error>>) -> Read<Value> {
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

impl Link {
    /// Begins to write. What is not committed is undone.
    pub(super) fn begin(&self) -> Pin<Box<dyn Future<Output = Read<Work>> + Send + '_>> {
        Box::pin(async move {
            let open = match self {
                Self::Here(here) => {
                    let open = here.engine.transaction(TransactionType::Write).await;
                    Open::Here(Arc::clone(here), Arc::new(open.map_err(anyhow_to_types_error)?))
                }
                Self::There(server) => Open::There(server.clone().begin().await?),
            };
            Ok(Work { open: Some(open) })
        })
    }

    pub(super) async fn begin_to(&self, doing: &str) -> Result<Work, StoreError> {
        self.begin().await.doing(doing)
    }
}

enum Open {
    Here(Arc<Here>, Arc<Transaction>),
    There(method::Transaction<Any>),
}

impl Open {
    async fn commit(self) -> Read<()> {
        match self {
            Self::Here(_, open) => open.commit().await.map_err(|error| anyhow_to_types_error(error).into()),
            Self::There(open) => Ok(open.commit().await.map(drop)?),
        }
    }

    async fn cancel(self) -> Read<()> {
        match self {
            Self::Here(_, open) => open.cancel().await.map_err(|error| anyhow_to_types_error(error).into()),
            Self::There(open) => Ok(open.cancel().await.map(drop)?),
        }
    }
}

/// A transaction that writes. Dropped, it is undone.
pub(super) struct Work {
    /// None once it has ended.
    open: Option<Open>,
}

#[async_trait]
impl Asks for Work {
    async fn ask(&self, text: &'static str, with: Object) -> Read<Value> {
        match &self.open {
            Some(Open::Here(here, open)) => {
                let request = QueryRequest::new(text, &here.session).with_transaction(Arc::clone(open));
                run(here, request.with_variables(Some(Variables::from(with)))).await
            }
            Some(Open::There(open)) => ask_server(open.query(text), with).await,
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
