//! Opens a database: is it ours, and which tables does it lack?

use std::sync::Arc;
use std::time::Duration;

use signal_core::store::StoreError;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};

use super::error::Doing;
use super::{BEGIN, MIGRATING, PostgresOptions, PostgresStore, months, vectors};
use crate::registry::without_secrets;

/// The first version that has all we ask for and is still looked after.
const OLDEST_SERVER: i32 = 140_000;
/// How long opening waits for the server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// A connection that lay idle for longer is tried before it is used.
const IDLE: Duration = Duration::from_secs(5);

/// What a connection gets where neither server, role nor URL say otherwise: nothing runs or waits for ever, and what was
/// committed is on the disk.
const SETTINGS: &str = "SELECT set_config(name, value, false) FROM (VALUES \
    ('statement_timeout', '30s', '0'), ('lock_timeout', '10s', '0'), \
    ('idle_in_transaction_session_timeout', '60s', '0'), ('synchronous_commit', 'on', 'off') \
    ) AS wanted (name, value, instead_of) WHERE current_setting(name) = instead_of";

static MIGRATIONS: Migrator = sqlx::migrate!("src/postgres/migrations");

pub(super) async fn open(url: &str, how: PostgresOptions) -> Result<PostgresStore, StoreError> {
    let place = without_secrets(url);
    let unusable = |reason: String| StoreError::Unusable { what: place.clone(), reason };
    let options: PgConnectOptions = url.parse().map_err(|error| unusable(reason(&error)))?;
    let mut options = options.disable_statement_logging();
    if options.get_application_name().is_none() {
        options = options.application_name("signal");
    }
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, options.connect()).await;
    let mut connection = connected
        .map_err(|_| unusable(format!("it does not answer within {} seconds", CONNECT_TIMEOUT.as_secs())))?
        .map_err(|error| unusable(reason(&error)))?;
    let server = Server::look(&mut connection).await.map_err(|error| unusable(reason(&error)))?;
    server.judge().map_err(unusable)?;
    if applied(&mut connection).await?.map_err(unusable)? < newest() {
        if server.standby {
            return Err(unusable("it lacks tables, and may only be read".to_owned()));
        }
        migrate(&mut connection).await?.map_err(unusable)?;
    }
    connection.close().await.doing("open the database")?;
    let pool = pool(options, how);
    let any_clock = how.any_clock;
    let (queue, months, news) = (Arc::default(), Arc::default(), Arc::default());
    let mut store = PostgresStore { place, pool, any_clock, queue, months, news, vectors: false };
    if !server.standby {
        months::keep(&store).await;
    }
    store.vectors = vectors::prepare(&store).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "nearest vectors are left to the core");
        false
    });
    Ok(store)
}

fn pool(options: PgConnectOptions, how: PostgresOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(how.connections.max(2))
        .acquire_timeout(how.patience)
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                // A server that was restarted meanwhile costs a new connection, not an error.
                Ok(about.idle_for < IDLE || connection.ping().await.is_ok())
            })
        })
        .after_connect(|connection, _| {
            Box::pin(async move { sqlx::raw_sql(SETTINGS).execute(connection).await.map(drop) })
        })
        .connect_lazy_with(options)
}

/// What a server and a database are.
#[derive(Debug, sqlx::FromRow)]
struct Server {
    version: i32,
    encoding: String,
    standby: bool,
    schema: Option<String>,
    ours: bool,
    tables: i64,
}

impl Server {
    async fn look(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        // Tables of extensions belong to no program.
        const LOOK: &str = "SELECT current_setting('server_version_num')::int4 AS version, \
            current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby, \
            current_schema()::text AS schema, to_regclass('signal_migrations') IS NOT NULL AS ours, \
            (SELECT count(*) FROM pg_class c \
             WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relkind IN ('r', 'p') \
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')) AS tables";
        sqlx::query_as(LOOK).fetch_one(connection).await
    }

    fn judge(&self) -> Result<(), String> {
        if self.version < OLDEST_SERVER {
            return Err(format!(
                "its server is PostgreSQL {}: Signal needs {} or newer",
                self.version / 10_000,
                OLDEST_SERVER / 10_000
            ));
        }
        if self.encoding != "UTF8" {
            return Err(format!("its encoding is {}, not UTF8", self.encoding));
        }
        let Some(schema) = &self.schema else {
            return Err("no schema of its search path exists".to_owned());
        };
        if self.tables > 0 && !self.ours {
            return Err(format!(
                "its schema {schema} has tables of another program: give Signal a schema or database of its own"
            ));
        }
        Ok(())
    }
}

fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// How far the schema is; the inner error says why it cannot be ours.
async fn applied(connection: &mut PgConnection) -> Result<Result<i64, String>, StoreError> {
    const DOING: &str = "read which tables there are";
    let there: bool = sqlx::query_scalar("SELECT to_regclass('signal_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await
        .doing(DOING)?;
    if !there {
        return Ok(Ok(0));
    }
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM signal_migrations ORDER BY version")
            .fetch_all(connection)
            .await
            .doing(DOING)?;
    Ok(judge(&rows))
}

fn judge(rows: &[(i64, Vec<u8>)]) -> Result<i64, String> {
    for (version, checksum) in rows {
        let known = MIGRATIONS.iter().find(|migration| migration.version == *version);
        match known {
            Some(known) if *known.checksum == **checksum => {}
            Some(_) => return Err(format!("step {version} of its schema is not the one this Signal knows")),
            None => {
                return Err(format!(
                    "a newer Signal wrote it (schema {version}, this one knows up to {}): use the newer one",
                    newest()
                ));
            }
        }
    }
    Ok(rows.last().map_or(0, |(version, _)| *version))
}

/// Adds what is missing, all or nothing, while others who open wait.
async fn migrate(connection: &mut PgConnection) -> Result<Result<(), String>, StoreError> {
    const DOING: &str = "prepare the database";
    const LOCK: &str = "SELECT pg_advisory_xact_lock($1, hashtext(current_schema()))";
    const TABLE: &str = "CREATE TABLE IF NOT EXISTS signal_migrations (version int8 PRIMARY KEY, name text NOT NULL, \
                         checksum bytea NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";
    const NOTE: &str = "INSERT INTO signal_migrations (version, name, checksum) VALUES ($1, $2, $3)";
    let mut work = connection.begin_with(BEGIN).await.doing(DOING)?;
    let patient = sqlx::raw_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0");
    patient.execute(&mut *work).await.doing(DOING)?;
    sqlx::query(LOCK).bind(MIGRATING).execute(&mut *work).await.doing(DOING)?;
    // Another process may have been here since we looked.
    let version = match applied(&mut work).await? {
        Ok(version) => version,
        Err(reason) => return Ok(Err(reason)),
    };
    sqlx::raw_sql(TABLE).execute(&mut *work).await.doing(DOING)?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > version) {
        sqlx::raw_sql(migration.sql.clone()).execute(&mut *work).await.doing(DOING)?;
        let note = sqlx::query(NOTE).bind(migration.version).bind(migration.description.as_ref());
        note.bind(migration.checksum.as_ref()).execute(&mut *work).await.doing(DOING)?;
    }
    work.commit().await.doing(DOING)?;
    Ok(Ok(()))
}

/// What the server or the network said, for a person.
fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Configuration(error) => format!("the URL cannot be read: {error}"),
        sqlx::Error::Io(error) => format!("its server cannot be reached: {error}"),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Server {
        Server {
            version: 150_007,
            encoding: "UTF8".to_owned(),
            standby: false,
            schema: Some("public".to_owned()),
            ours: false,
            tables: 0,
        }
    }

    #[test]
    fn servers_and_databases_are_judged() {
        assert_eq!(server().judge(), Ok(()));
        assert_eq!(Server { ours: true, tables: 30, ..server() }.judge(), Ok(()));
        let refusal = |server: Server| server.judge().expect_err("it is refused");
        assert!(refusal(Server { tables: 1, ..server() }).contains("another program"));
        assert!(refusal(Server { version: 130_012, ..server() }).contains("PostgreSQL 13"));
        assert!(refusal(Server { encoding: "LATIN1".to_owned(), ..server() }).contains("LATIN1"));
        assert!(refusal(Server { schema: None, ..server() }).contains("search path"));
    }

    #[test]
    fn schemas_are_judged_step_by_step() {
        let known: Vec<_> =
            MIGRATIONS.iter().map(|migration| (migration.version, migration.checksum.to_vec())).collect();
        assert_eq!(judge(&[]), Ok(0));
        assert_eq!(judge(&known), Ok(newest()));
        let newer = [known.clone(), vec![(900, vec![1])]].concat();
        assert!(judge(&newer).expect_err("it is newer").contains("schema 900"));
        let other = [(known[0].0, vec![1])];
        assert!(judge(&other).expect_err("it is another").contains("step 1"));
    }
}
