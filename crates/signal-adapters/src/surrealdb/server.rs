//! A server, through SurrealDB's client.

use std::time::Duration;

use async_trait::async_trait;
use surrealdb::Surreal;
use surrealdb::engine::any::{self, Any};
use surrealdb::method;
use surrealdb::opt::auth;
use surrealdb_types::{Object, Value};

use super::error::{Read, one_line};
use super::link::{Asks, Database, Link, Open, last};
use super::place::Server;

/// How long opening waits for a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// The first version of a server that has all we ask for.
const OLDEST_SERVER: (u64, u64) = (3, 3);

struct There(Surreal<Any>);

/// Connects to a server and signs in, as one of its root users or of the database's own.
pub(super) async fn connect(server: &Server) -> Result<Link, String> {
    let told = |error: surrealdb::Error| one_line(error.message());
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, any::connect(server.address.as_str())).await;
    let link = connected
        .map_err(|_| format!("it does not answer within {} seconds", CONNECT_TIMEOUT.as_secs()))?
        .map_err(told)?;
    if let Some((username, password)) = &server.user {
        let root = auth::Root { username: username.clone(), password: password.clone() };
        if link.signin(root).await.is_err() {
            let own = auth::Database {
                namespace: server.namespace.clone(),
                database: server.database.clone(),
                username: username.clone(),
                password: password.clone(),
            };
            link.signin(own).await.map_err(told)?;
        }
    }
    let version = link.version().await.map_err(told)?;
    if (version.major, version.minor) < OLDEST_SERVER {
        let (major, minor) = OLDEST_SERVER;
        return Err(format!("its SurrealDB is {version}: Signal needs {major}.{minor} or newer"));
    }
    link.use_ns(&server.namespace).use_db(&server.database).await.map_err(told)?;
    Ok(Link::new(There(link)))
}

async fn ask(query: method::Query<'_, Any>, with: Object) -> Read<Value> {
    let mut answers = query.bind(Value::Object(with)).await?;
    let count = answers.num_statements();
    let mut errors = answers.take_errors();
    last((0..count).map(|n| match errors.remove(&n) {
        Some(error) => Err(error),
        None => answers.take(n),
    }))
}

#[async_trait]
impl Asks for There {
    async fn ask(&self, text: &'static str, with: Object) -> Read<Value> {
        ask(self.0.query(text), with).await
    }
}

#[async_trait]
impl Database for There {
    async fn begin(&self) -> Read<Box<dyn Open>> {
        Ok(Box::new(OpenThere(self.0.clone().begin().await?)))
    }

    /// The connection ends with the last handle.
    async fn close(&self) {}

    fn is_remote(&self) -> bool {
        true
    }
}

struct OpenThere(method::Transaction<Any>);

#[async_trait]
impl Asks for OpenThere {
    async fn ask(&self, text: &'static str, with: Object) -> Read<Value> {
        ask(self.0.query(text), with).await
    }
}

#[async_trait]
impl Open for OpenThere {
    async fn commit(self: Box<Self>) -> Read<()> {
        Ok(self.0.commit().await.map(drop)?)
    }

    async fn cancel(self: Box<Self>) -> Read<()> {
        Ok(self.0.cancel().await.map(drop)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use signal_core::store::conformance;

    use super::*;
    use crate::surrealdb::place::Place;
    use crate::surrealdb::{SurrealOptions, SurrealStore, open};

    /// The client that speaks to servers, with an engine behind it: all but the wire.
    async fn through_the_client() -> SurrealStore {
        let client = any::connect("mem://").await.expect("a client");
        client.use_ns("music").use_db("one").await.expect("a database");
        let link = Link::new(There(client));
        open::migrate(&link).await.expect("the schema").expect("it is ours");
        let place = Place::parse("ws://nowhere/music/one").expect("a place");
        let options = SurrealOptions::default();
        SurrealStore { link, appends: Arc::default(), place: Arc::new(place), options }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_public_suite_passes_through_the_client() {
        let report = conformance::all(through_the_client).await;
        assert_eq!(report.skipped, [], "SurrealDB can do all of it");
    }
}
