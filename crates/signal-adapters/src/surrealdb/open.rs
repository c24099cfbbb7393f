//! Opens a database: is it ours, and which tables does it lack?

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use signal_core::store::StoreError;
use surrealdb::engine::any;
use surrealdb::opt::auth::{Database, Root};
use surrealdb_cnf::ConfigMap;
use surrealdb_core::dbs::Session;
use surrealdb_core::kvs::Datastore;
use surrealdb_types::{Bytes, RecordId, RecordIdKey, SurrealValue, Value, object};

use super::error::{Doing, Read, damaged, one_line};
use super::link::{Asks, Here, Link, Tries, Work};
use super::place::{Place, Server};
use super::{SurrealOptions, SurrealStore, rewrite, row};

/// Namespace and database of an engine in this process.
const SIGNAL: &str = "signal";
/// How long opening waits for a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// The first version of a server that has all we ask for.
const OLDEST_SERVER: (u64, u64) = (3, 3);
const MIB: u64 = 1024 * 1024;

/// A numbered step of the schema. A step that was shipped never changes.
struct Migration {
    version: i64,
    name: &'static str,
    text: &'static str,
}

const MIGRATIONS: [Migration; 1] =
    [Migration { version: 1, name: "foundation", text: include_str!("migrations/0001_foundation.surql") }];

impl Migration {
    fn checksum(&self) -> Vec<u8> {
        Sha256::digest(self.text.as_bytes()).to_vec()
    }
}

pub(super) async fn open(url: &str, how: SurrealOptions) -> Result<SurrealStore, StoreError> {
    let place = match Place::parse(url)? {
        Place::Folder(path) => Place::Folder(std::path::absolute(&path).unwrap_or(path)),
        place => place,
    };
    let shown = place.shown();
    let unusable = |reason: String| StoreError::Unusable { what: shown.clone(), reason };
    let link = match &place {
        Place::Memory => engine("mem://".to_owned(), how).await.map_err(unusable)?,
        Place::Folder(path) => {
            rewrite::mend(path).map_err(unusable)?;
            let text = prepare(path).map_err(unusable)?;
            rewrite::rewrite(path, how).await.map_err(|error| unusable(started(error)))?;
            engine(format!("surrealkv://{text}"), how).await.map_err(unusable)?
        }
        Place::Server(server) => connect(server).await.map_err(unusable)?,
    };
    match migrate(&link).await.doing("prepare the database")? {
        Ok(()) => Ok(SurrealStore { link, appends: Arc::default(), place: Arc::new(place), options: how }),
        Err(reason) => {
            close(&link).await;
            Err(unusable(reason))
        }
    }
}

/// Lets go of what the way to the database holds.
pub(super) async fn close(link: &Link) {
    if let Link::Here(here) = link
        && let Err(error) = here.engine.shutdown().await
    {
        tracing::warn!(%error, "the database was not closed in order");
    }
}

/// Makes the folders for what is not there, and gives the path of what may be there: nothing, an empty folder or ours.
fn prepare(path: &Path) -> Result<String, String> {
    if path.exists() && !path.is_dir() {
        return Err("it is a file: SurrealKV keeps its files in a folder".to_owned());
    }
    if !path.exists() {
        std::fs::create_dir_all(path).map_err(|error| format!("its folder cannot be made: {error}"))?;
    }
    let mut files = std::fs::read_dir(path).map_err(|error| error.to_string())?;
    if !path.join("manifest").exists() && files.next().is_some() {
        return Err("the folder holds something else".to_owned());
    }
    let text = path.to_str().ok_or("its path is no text")?;
    // The engine takes what follows a question mark for settings.
    if text.contains('?') {
        return Err("its path holds a question mark".to_owned());
    }
    Ok(text.to_owned())
}

/// Starts an engine in this process. Its caches would take half of the machine's memory where nobody caps them.
async fn engine(path: String, how: SurrealOptions) -> Result<Link, String> {
    let (cache, memtable) = (u64::from(how.cache_mib) * MIB, u64::from(how.memtable_mib) * MIB);
    let config = ConfigMap::empty()
        .with_key_value("surrealkv_block_cache_capacity", cache.to_string())
        .with_key_value("surrealkv_max_memtable_size", memtable.to_string())
        // What is deleted must not wait in a log of values for somebody to collect it.
        .with_key_value("surrealkv_enable_vlog", "false")
        .with_key_value("datastore_sync", "every");
    let engine = Datastore::builder().with_config(config).without_maintenance_tasks();
    let engine = engine.build_with_path(&path).await.map_err(started)?;
    // In the order of the embedded SDK: maintenance writes, and must find the version there.
    engine.check_version().await.map_err(started)?;
    engine.bootstrap().await.map_err(started)?;
    engine.start_maintenance_tasks();
    let mut session = Session::owner();
    let (namespace, database) = (Some(SIGNAL.to_owned()), Some(SIGNAL.to_owned()));
    let used = engine.process_use(None, &mut session, namespace, database).await;
    used.and_then(|used| used.result).map_err(|error| one_line(error.message()))?;
    Ok(Link::Here(Arc::new(Here { engine, session })))
}

/// Why an engine does not start, for a person.
fn started(error: impl std::fmt::Display) -> String {
    let reason = one_line(&error.to_string());
    if reason.to_ascii_lowercase().contains("lock") {
        return "another process has it open: SurrealKV serves one at a time".to_owned();
    }
    reason
}

/// Connects to a server and signs in, as one of its root users or of the database's own.
async fn connect(server: &Server) -> Result<Link, String> {
    let told = |error: surrealdb::Error| one_line(error.message());
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, any::connect(server.address.as_str())).await;
    let link = connected
        .map_err(|_| format!("it does not answer within {} seconds", CONNECT_TIMEOUT.as_secs()))?
        .map_err(told)?;
    if let Some((username, password)) = &server.user {
        let root = Root { username: username.clone(), password: password.clone() };
        if link.signin(root).await.is_err() {
            let own = Database {
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
    Ok(Link::There(link))
}

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
struct MigrationRow {
    id: RecordId,
    checksum: Bytes,
}

impl MigrationRow {
    fn step(self) -> Read<(i64, Vec<u8>)> {
        match self.id.key {
            RecordIdKey::Number(version) => Ok((version, self.checksum.to_vec())),
            _ => Err(damaged("migration", "its key is no number")),
        }
    }
}

/// Adds what is missing, all or nothing; the inner error says why the database cannot be ours.
async fn migrate(link: &Link) -> Read<Result<(), String>> {
    let mut tries = Tries::default();
    loop {
        let work = link.begin().await?;
        let done = migrate_once(&work).await;
        if let Some(done) = work.finish(done, &mut tries).await? {
            return Ok(done);
        }
    }
}

async fn migrate_once(work: &Work) -> Read<Result<(), String>> {
    const TABLE: &str = "DEFINE TABLE IF NOT EXISTS migration SCHEMAFULL; \
        DEFINE FIELD IF NOT EXISTS name ON migration TYPE string; \
        DEFINE FIELD IF NOT EXISTS checksum ON migration TYPE bytes;";
    let tables = tables(work).await?;
    let mut rows = Vec::new();
    if tables.iter().any(|table| table == "migration") {
        let found = work.ask("SELECT id, checksum FROM migration", object! {}).await?;
        let found = row::rows::<MigrationRow>(found)?;
        rows = found.into_iter().map(MigrationRow::step).collect::<Read<_>>()?;
    } else if !tables.is_empty() {
        let reason = "it has tables of another program: give Signal a database of its own";
        return Ok(Err(reason.to_owned()));
    }
    let version = match judge(&rows) {
        Ok(version) => version,
        Err(reason) => return Ok(Err(reason)),
    };
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > version) {
        work.ask(TABLE, object! {}).await?;
        work.ask(migration.text, object! {}).await?;
        let id = RecordId::new("migration", RecordIdKey::Number(migration.version));
        let row = object! { id: id, name: migration.name, checksum: row::bytes(migration.checksum()) };
        row::write(work, "INSERT INTO migration $rows RETURN NONE", vec![row]).await?;
    }
    Ok(Ok(()))
}

/// The names of all tables.
async fn tables(work: &Work) -> Read<Vec<String>> {
    let Value::Object(about) = work.ask("INFO FOR DB", object! {}).await? else {
        return Err(damaged("the database", "it tells nothing about itself"));
    };
    match about.into_inner().remove("tables") {
        Some(Value::Object(tables)) => Ok(tables.into_inner().into_keys().collect()),
        _ => Err(damaged("the database", "it does not tell its tables")),
    }
}

fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

fn judge(rows: &[(i64, Vec<u8>)]) -> Result<i64, String> {
    for (version, checksum) in rows {
        let known = MIGRATIONS.iter().find(|migration| migration.version == *version);
        match known {
            Some(known) if known.checksum() == *checksum => {}
            Some(_) => return Err(format!("step {version} of its schema is not the one this Signal knows")),
            None => {
                return Err(format!(
                    "a newer Signal wrote it (schema {version}, this one knows up to {}): use the newer one",
                    newest()
                ));
            }
        }
    }
    Ok(rows.iter().map(|(version, _)| *version).max().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use signal_core::store::conformance;

    use super::*;

    /// The client that speaks to servers, with an engine behind it: all but the wire.
    async fn through_the_client() -> SurrealStore {
        let client = any::connect("mem://").await.expect("a client");
        client.use_ns("music").use_db("one").await.expect("a database");
        let link = Link::There(client);
        migrate(&link).await.expect("the schema").expect("it is ours");
        let place = Place::parse("ws://nowhere/music/one").expect("a place");
        let options = SurrealOptions::default();
        SurrealStore { link, appends: Arc::default(), place: Arc::new(place), options }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_public_suite_passes_through_the_client() {
        let report = conformance::all(through_the_client).await;
        assert_eq!(report.skipped, [], "SurrealDB can do all of it");
    }

    #[test]
    fn schemas_are_judged_step_by_step() {
        let known: Vec<_> =
            MIGRATIONS.iter().map(|migration| (migration.version, migration.checksum())).collect();
        assert_eq!(judge(&[]), Ok(0));
        assert_eq!(judge(&known), Ok(newest()));
        let newer = [known.clone(), vec![(900, vec![1])]].concat();
        assert!(judge(&newer).expect_err("it is newer").contains("schema 900"));
        let other = [(known[0].0, vec![1])];
        assert!(judge(&other).expect_err("it is another").contains("step 1"));
    }
}
