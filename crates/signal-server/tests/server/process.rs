//! The program itself, as the operating system sees it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use signal_adapters::SystemHost;
use signal_core::engine::{Engine, ImportOptions, Imported};
use signal_core::live::Snapshot;
use signal_core::platform::ImportRecord;

const PATIENCE: Duration = Duration::from_secs(20);

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_signal-server"));
    command.args(arguments).env_remove("SIGNAL_DB").env_remove("SIGNAL_LISTEN").env_remove("SIGNAL_LOG");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running server; killed when the test ends early.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = program(arguments).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("the program wrote {line:?}")).to_owned();
        Self { child, address }
    }

    /// Status line and body of a request over a connection of its own.
    fn ask(&self, request: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }

    fn get(&self, path: &str) -> (String, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address))
    }

    fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// The exit code, and what was logged.
    fn ended(mut self) -> (Option<i32>, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < PATIENCE, "the server does not end");
            sleep(Duration::from_millis(20));
        };
        let mut log = String::new();
        self.child.stderr.as_mut().unwrap().read_to_string(&mut log).unwrap();
        (status.code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = program(arguments).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&stdout), "");
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn it_serves_a_file_and_stops_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signal.db");
    let db = file.to_str().unwrap();

    let server = Running::start(&["--db", db, "--listen", "127.0.0.1:0"]);
    let body = r#"{"handle":"ana"}"#;
    let (status, made) = server.ask(&format!(
        "POST /v1/users HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        server.address,
        body.len()
    ));
    assert_eq!(status, "HTTP/1.1 201 Created", "{made}");
    server.terminate();
    let (code, log) = server.ended();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("ana"), "the log names people: {log}");

    let again = Running::start(&["--db", db, "--listen", "127.0.0.1:0"]);
    let (status, shown) = again.get("/v1/users/ana");
    assert_eq!(status, "HTTP/1.1 200 OK", "{shown}");
}

#[test]
fn what_was_followed_is_kept_for_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signal.db");
    let (db, live) = (file.to_str().unwrap(), folder.path().join("signal.db.live"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let engine = Engine::new(signal_adapters::open(db).await.unwrap(), Arc::new(SystemHost::new()));
        let import = |n: u32| Imported::Record(ImportRecord::Person { person: n.to_string() });
        let options = ImportOptions { source: "t".to_owned(), person: None };
        engine.import(&mut (0..1_500).map(import), &options, &|_| {}).await.unwrap();
        assert_eq!(engine.store().head().await.unwrap().size, 1_500);
        engine.store().close().await;
    });
    let server = Running::start(&["--db", db, "--listen", "127.0.0.1:0"]);
    assert!(!live.exists(), "so few are not worth it yet");
    server.terminate();
    let (code, log) = server.ended();
    assert_eq!(code, Some(0), "{log}");
    let kept = Snapshot::from_bytes(&std::fs::read(&live).unwrap()).unwrap();
    let entries = runtime.block_on(async {
        let store = signal_adapters::open(db).await.unwrap();
        let size = store.head().await.unwrap().size;
        store.close().await;
        size
    });
    assert_eq!(kept.position(), entries, "with what the server's own jobs wrote");

    // One that is damaged is no harm.
    let whole = std::fs::read(&live).unwrap();
    std::fs::write(&live, &whole[..whole.len() / 2]).unwrap();
    let again = Running::start(&["--db", db, "--listen", "127.0.0.1:0"]);
    let start = Instant::now();
    while again.get("/readyz").0 != "HTTP/1.1 200 OK" {
        assert!(start.elapsed() < Duration::from_mins(1), "not ready");
    }
    assert!(!live.exists());
    again.terminate();
    assert_eq!(again.ended().0, Some(0));
    let elsewhere = folder.path().join("elsewhere");
    std::fs::remove_file(&live).unwrap();
    let named =
        Running::start(&["--db", db, "--listen", "127.0.0.1:0", "--snapshot", elsewhere.to_str().unwrap()]);
    named.terminate();
    assert_eq!(named.ended().0, Some(0));
    assert!(elsewhere.exists() && !live.exists());
}

#[test]
fn it_is_not_ready_first_and_gone_later() {
    let server = Running::start(&["--db", "mem:", "--listen", "127.0.0.1:0", "--drain", "2"]);
    let start = Instant::now();
    while server.get("/readyz").0 != "HTTP/1.1 200 OK" {
        assert!(start.elapsed() < Duration::from_secs(10), "the ledger is empty, and not read");
    }
    server.terminate();
    let start = Instant::now();
    while server.get("/readyz").0 != "HTTP/1.1 503 Service Unavailable" {
        assert!(start.elapsed() < Duration::from_secs(2), "still ready");
    }
    assert_eq!(server.get("/healthz").0, "HTTP/1.1 200 OK");
    assert_eq!(server.ended().0, Some(0));
}

#[test]
fn a_connection_that_says_nothing_does_not_hold_up_the_end() {
    let server = Running::start(&["--db", "mem:", "--listen", "127.0.0.1:0", "--deadline", "1"]);
    let mut silent = TcpStream::connect(&server.address).unwrap();
    silent.write_all(b"GET /healthz HTTP/1.1\r\n").unwrap();
    assert_eq!(server.get("/healthz").0, "HTTP/1.1 200 OK");
    let start = Instant::now();
    server.terminate();
    let (code, log) = server.ended();
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(code, Some(3), "{log}");
}

#[test]
fn it_listens_nowhere_but_on_this_machine() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let (code, text) = refused(&["--db", "mem:", "--listen", address]);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("other machines could reach it"), "{text}");
    }
    let (code, text) = refused(&["--listen", "127.0.0.1:0"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("--db"), "{text}");
}

#[test]
fn a_store_that_does_not_open_is_an_error_of_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "not a database, and long enough to look at").unwrap();
    let (code, text) = refused(&["--db", file.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.starts_with("error: cannot open ") && text.trim_end().lines().count() == 1, "{text}");
}

#[test]
fn a_port_in_use_is_an_error_of_one_line() {
    let server = Running::start(&["--db", "mem:", "--listen", "127.0.0.1:0"]);
    let (code, text) = refused(&["--db", "mem:", "--listen", &server.address]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.starts_with(&format!("error: cannot listen on {}", server.address)), "{text}");
}
