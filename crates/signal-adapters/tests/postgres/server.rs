//! A real `PostgreSQL` for the tests: the one of `SIGNAL_TEST_POSTGRES_URL`, whose user may create databases, else one
//! of their own that ends with the test program.
#![allow(dead_code, reason = "each test program uses its part")]

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use signal_adapters::postgres::{PostgresOptions, PostgresStore};
use signal_core::store::Store;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

/// A server of somebody else.
pub(crate) const URL: &str = "SIGNAL_TEST_POSTGRES_URL";
/// The folder of `initdb` and `postgres`.
const PROGRAMS: &str = "SIGNAL_TEST_POSTGRES_PROGRAMS";
/// `skip` where there is no server and none is wanted.
const SKIP: &str = "SIGNAL_TEST_POSTGRES";

/// The server of this test program.
struct Server {
    /// The URL of a database on it, whose name stands between the two parts.
    before: String,
    after: String,
    /// Databases are dropped where the server is somebody else's.
    tidy: bool,
    /// The server ends when this does: its standard input is a pipe that we hold.
    process: Option<Child>,
}

/// A server that nobody else uses, and that may be killed.
pub(crate) struct Mortal {
    server: Server,
    output: BufReader<ChildStdout>,
}

impl Mortal {
    /// None where the tests run on somebody else's server, or on none.
    pub(crate) fn start() -> Option<Self> {
        if env::var(URL).is_ok() || !is_there() {
            return None;
        }
        let (server, output) = Server::launch(&programs()?);
        Some(Self { server, output })
    }

    /// The URL of the database that is there from the beginning.
    pub(crate) fn url(&self) -> String {
        self.server.url("postgres")
    }

    /// Kills the server without warning, and starts it again.
    pub(crate) fn kill(&mut self) {
        let process = self.server.process.as_mut().expect("a process of ours");
        let orders = process.stdin.as_mut().expect("its input");
        orders.write_all(b"kill\n").expect("it reads");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it writes a line");
        assert_eq!(line, "again\n", "it did not start again: see above");
    }
}

/// A database that is there until this is dropped.
pub(crate) struct Database {
    pub(crate) url: String,
    name: String,
    logins: Mutex<Vec<String>>,
}

/// The server, or none where the tests are to be left out.
fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(find).as_ref()
}

/// Whether there is a server; where there is none, the test that asks fails, or says that it is left out.
pub(crate) fn is_there() -> bool {
    let there = server().is_some();
    if !there {
        println!("left out: {SKIP}=skip");
    }
    there
}

fn find() -> Option<Server> {
    if let Ok(url) = env::var(URL) {
        return Some(Server::of(&url));
    }
    if env::var(SKIP).is_ok_and(|value| value == "skip") {
        return None;
    }
    let programs = programs().unwrap_or_else(|| {
        panic!(
            "no PostgreSQL to test with: install one (initdb and postgres), name its folder in {PROGRAMS} or a \
             running one in {URL}, or leave these tests out with {SKIP}=skip"
        )
    });
    Some(Server::start(&programs))
}

/// Where the programs of a server are.
fn programs() -> Option<PathBuf> {
    let named = env::var_os(PROGRAMS).map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    debian.sort_unstable();
    let mut folders = named.into_iter().chain(env::split_paths(&path)).chain(debian.into_iter().rev());
    folders.find(|folder| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file()))
}

impl Server {
    /// A running server, by the URL of one of its databases.
    fn of(url: &str) -> Self {
        let (start, parameters) = url.split_once('?').unwrap_or((url, ""));
        let slash = start.rfind('/').expect("the URL names a database");
        let after = if parameters.is_empty() { String::new() } else { format!("?{parameters}") };
        Self { before: start[..=slash].to_owned(), after, tidy: true, process: None }
    }

    fn start(programs: &Path) -> Self {
        Self::launch(programs).0
    }

    /// A server of its own, and what it says.
    fn launch(programs: &Path) -> (Self, BufReader<ChildStdout>) {
        let mut command = as_somebody();
        // The script comes as an argument: whoever runs it need not be able to read this folder.
        command.args(["sh", "-c", include_str!("server.sh")]);
        command.arg("server.sh").arg(programs).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a shell starts");
        let mut folder = String::new();
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        output.read_line(&mut folder).expect("it writes a line");
        let folder = folder.trim();
        assert!(!folder.is_empty(), "PostgreSQL did not start: see above");
        let after = format!("?host={folder}&user=signal");
        (Self { before: "postgres:///".to_owned(), after, tidy: false, process: Some(process) }, output)
    }

    fn url(&self, database: &str) -> String {
        format!("{}{database}{}", self.before, self.after)
    }
}

/// A command as somebody who is not root: `PostgreSQL` refuses to run as root.
fn as_somebody() -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if !root {
        return Command::new("env");
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("the users");
    let known = |name: &&&str| users.lines().any(|line| line.split(':').next() == Some(name));
    let user = ["postgres", "nobody"].iter().find(known).expect("a user who is not root");
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", &group(&users, user), "--clear-groups", "env", "-u", "TMPDIR"]);
    command
}

/// The first group of a user.
fn group(users: &str, user: &str) -> String {
    let line = users.lines().find(|line| line.split(':').next() == Some(user)).expect("the user");
    line.split(':').nth(3).expect("its group").to_owned()
}

async fn administer(statement: String) {
    let server = server().expect("a server");
    let mut connection = PgConnection::connect(&server.url("postgres")).await.expect("the server answers");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.expect("the statement runs");
    connection.close().await.expect("it closes");
}

impl Database {
    /// An empty database.
    pub(crate) async fn empty() -> Self {
        Self::create("TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'").await
    }

    /// An empty database that sorts texts by the rules of a language, where the server knows some.
    pub(crate) async fn in_english() -> Self {
        let mut connection =
            PgConnection::connect(&server().expect("a server").url("postgres")).await.expect("a server");
        let knows: bool = sqlx::query_scalar(
            "SELECT current_setting('server_version_num')::int4 >= 150000 \
             AND EXISTS (SELECT FROM pg_collation WHERE collname LIKE 'en%' AND collprovider = 'i')",
        )
        .fetch_one(&mut connection)
        .await
        .expect("an answer");
        let how = if knows { "LOCALE_PROVIDER icu ICU_LOCALE 'en'" } else { "" };
        Self::create(&format!("TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' {how}")).await
    }

    /// A database with the tables of a store that is empty: a copy of one that was opened.
    pub(crate) async fn prepared() -> Self {
        static TEMPLATE: OnceCell<Database> = OnceCell::const_new();
        if server().expect("a server").tidy {
            let database = Self::empty().await;
            database.open().await.close().await;
            return database;
        }
        let opened = async || {
            let database = Self::empty().await;
            database.open().await.close().await;
            database
        };
        let template = TEMPLATE.get_or_init(opened).await;
        Self::create(&format!("TEMPLATE {} STRATEGY file_copy", template.name)).await
    }

    async fn create(how: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("signal_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        administer(format!("CREATE DATABASE {name} {how}")).await;
        Self { url: server().expect("a server").url(&name), name, logins: Mutex::default() }
    }

    /// Runs statements in it.
    pub(crate) async fn execute(&self, statements: &str) {
        let mut connection = self.connect().await;
        let done = sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await;
        done.expect("the statements run");
    }

    /// The URL for somebody who is a member of a role.
    pub(crate) async fn login(&self, role: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("signal_test_login_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        administer(format!("CREATE ROLE {name} LOGIN PASSWORD 'test' IN ROLE {role}")).await;
        let url = match self.url.split_once("://").and_then(|(_, rest)| rest.split_once('@')) {
            Some((_, rest)) => format!("postgres://{name}:test@{rest}"),
            None => self.url.replace("user=signal", &format!("user={name}")),
        };
        assert!(url.contains(&name), "the URL names a user");
        self.logins.lock().unwrap_or_else(PoisonError::into_inner).push(name);
        url
    }

    pub(crate) async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.expect("the database answers")
    }

    /// Opens it, for entries of any time.
    pub(crate) async fn open(&self) -> PostgresStore {
        let options = PostgresOptions { any_clock: true, connections: 4, ..PostgresOptions::default() };
        PostgresStore::open_with(&self.url, options).await.expect("the store opens")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !server().is_some_and(|server| server.tidy) {
            return;
        }
        let mut statements = vec![format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)];
        let logins = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        statements.extend(logins.iter().map(|login| format!("DROP ROLE IF EXISTS {login}")));
        let dropped = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                for statement in statements {
                    administer(statement).await;
                }
            });
        });
        // A panic here while another one unwinds would hide that one.
        if dropped.join().is_err() {
            eprintln!("the database {} was left behind", self.name);
        }
    }
}
