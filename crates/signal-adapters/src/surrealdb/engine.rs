//! An engine in this process.
//!
//! It is driven below SurrealDB's SDK, which lets nobody cap the caches, and tells nobody when the engine has closed.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use surrealdb_cnf::ConfigMap;
use surrealdb_core::dbs::Session;
use surrealdb_core::err::anyhow_to_types_error;
use surrealdb_core::kvs::{Datastore, QueryRequest};
use surrealdb_datastore::{Transaction, TransactionType};
use surrealdb_types::{Object, Value, Variables};

use super::SurrealOptions;
use super::error::{Read, one_line};
use super::link::{Asks, Database, Link, Open, last};

/// Namespace and database.
const SIGNAL: &str = "signal";
const MIB: u64 = 1024 * 1024;

/// The engine and whom it takes us for.
struct Engine {
    engine: Arc<Datastore>,
    session: Session,
}

/// An engine, closed with its last handle.
struct Here(Arc<Engine>);

impl Drop for Engine {
    fn drop(&mut self) {
        // Its maintenance would go on, and hold the files.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let engine = Arc::clone(&self.engine);
            runtime.spawn(async move { shut_down(&engine).await });
        }
    }
}

async fn shut_down(engine: &Datastore) {
    if let Err(error) = engine.shutdown().await {
        tracing::warn!(%error, "the database was not closed in order");
    }
}

/// Starts an engine. Its caches would take half of the machine's memory where nobody caps them.
pub(super) fn start(
    path: String,
    how: SurrealOptions,
) -> Pin<Box<dyn Future<Output = Result<Link, String>> + Send>> {
    Box::pin(async move {
        let (cache, memtable) = (u64::from(how.cache_mib) * MIB, u64::from(how.memtable_mib) * MIB);
        let config = ConfigMap::empty()
            .with_key_value("surrealkv_block_cache_capacity", cache.to_string())
            .with_key_value("surrealkv_max_memtable_size", memtable.to_string())
            // What is deleted must not wait in a log of values for somebody to collect it.
            .with_key_value("surrealkv_enable_vlog", "false")
            .with_key_value("datastore_sync", "every");
        let engine = Datastore::builder().with_config(config).without_maintenance_tasks();
        let engine = engine.build_with_path(&path).await.map_err(told)?;
        // In the order of the embedded SDK: maintenance writes, and must find the version there.
        engine.check_version().await.map_err(told)?;
        engine.bootstrap().await.map_err(told)?;
        engine.start_maintenance_tasks();
        let mut session = Session::owner();
        let (namespace, database) = (Some(SIGNAL.to_owned()), Some(SIGNAL.to_owned()));
        let used = engine.process_use(None, &mut session, namespace, database).await;
        used.and_then(|used| used.result).map_err(|error| one_line(error.message()))?;
        Ok(Link::new(Here(Arc::new(Engine { engine, session }))))
    })
}

/// Why an engine does not start, for a person.
pub(super) fn told(error: impl std::fmt::Display) -> String {
    let reason = one_line(&error.to_string());
    if reason.to_ascii_lowercase().contains("lock") {
        return "another process has it open: SurrealKV serves one at a time".to_owned();
    }
    reason
}

impl Engine {
    async fn run(&self, request: QueryRequest<'_>, with: Object) -> Read<Value> {
        let request = request.with_variables(Some(Variables::from(with)));
        last(self.engine.run(request).await?.into_iter().map(|answer| answer.result))
    }
}

#[async_trait]
impl Asks for Here {
    async fn ask(&self, text: &'static str, with: Object) -> Read<Value> {
        self.0.run(QueryRequest::new(text, &self.0.session), with).await
    }
}

#[async_trait]
impl Database for Here {
    async fn begin(&self) -> Read<Box<dyn Open>> {
        let open = self.0.engine.transaction(TransactionType::Write).await;
        let open = Arc::new(open.map_err(anyhow_to_types_error)?);
        Ok(Box::new(OpenHere { engine: Arc::clone(&self.0), open }))
    }

    async fn close(&self) {
        shut_down(&self.0.engine).await;
    }

    fn is_remote(&self) -> bool {
        false
    }
}

struct OpenHere {
    engine: Arc<Engine>,
    open: Arc<Transaction>,
}

#[async_trait]
impl Asks for OpenHere {
    async fn ask(&self, text: &'static str, with: Object) -> Read<Value> {
        let request = QueryRequest::new(text, &self.engine.session);
        self.engine.run(request.with_transaction(Arc::clone(&self.open)), with).await
    }
}

#[async_trait]
impl Open for OpenHere {
    async fn commit(self: Box<Self>) -> Read<()> {
        Ok(self.open.commit().await.map_err(anyhow_to_types_error)?)
    }

    async fn cancel(self: Box<Self>) -> Read<()> {
        Ok(self.open.cancel().await.map_err(anyhow_to_types_error)?)
    }
}
