//! A store of its own for a test, and the program run on it.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// The instant that stories begin at.
pub(crate) const START: &str = "2026-03-01T12:00:00Z";

/// A folder with a store in it, which is not made yet.
pub(crate) struct Place {
    folder: TempDir,
    /// The store where it is no file of the folder.
    url: Option<String>,
}

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder"), url: None }
    }

    /// The same with the store of a URL.
    pub(crate) fn at(url: &str) -> Self {
        Self { url: Some(url.to_owned()), ..Self::new() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("signal.db")
    }

    /// Writes a file beside the store.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("writes");
        path.to_str().expect("UTF-8").to_owned()
    }

    /// The program with this store, in an environment without settings.
    pub(crate) fn command(&self, now: &str, args: &[&str]) -> Command {
        let mut command = bare();
        let store = self.url.as_ref().map_or_else(|| self.store().into_os_string(), Into::into);
        command.arg("--db").arg(store).args(["--now", now]).args(args).current_dir(self.folder.path());
        command
    }

    pub(crate) fn run(&self, now: &str, args: &[&str]) -> Ran {
        ran(&mut self.command(now, args))
    }

    pub(crate) fn run_with(&self, now: &str, args: &[&str], input: Vec<u8>) -> Ran {
        ran(self.command(now, args).write_stdin(input))
    }

    /// Runs what must succeed, and gives its answer.
    pub(crate) fn ok(&self, now: &str, args: &[&str]) -> String {
        let ran = self.run(now, args);
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
        ran.out
    }

    /// The JSON answer of what must succeed.
    pub(crate) fn json(&self, now: &str, args: &[&str]) -> serde_json::Value {
        let text = self.ok(now, &[args, &["--format", "json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{args:?} gave no JSON ({error}): {text}"))
    }

    /// Entries and root of a ledger that holds.
    pub(crate) fn ledger(&self, now: &str) -> (u64, String) {
        let answer = self.json(now, &["audit", "verify"]);
        assert_eq!(answer["verified"], true, "{answer}");
        (answer["entries"].as_u64().expect("a number"), answer["root"].as_str().expect("a root").to_owned())
    }
}

/// The program without any settings of whoever runs the tests.
pub(crate) fn bare() -> Command {
    let mut command = Command::new(program());
    command.env_remove("SIGNAL_DB").env_remove("SIGNAL_AS").env("NO_COLOR", "1").env("COLUMNS", "80");
    command
}

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_signal"))
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().expect("runs");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    Ran { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}

/// Ids are random: snapshots hold their kind only.
pub(crate) fn without_ids(check: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[id]");
    settings.add_filter(r"\b[0-9a-f]{64}\b", "[root]");
    settings.add_filter(r"\b[0-9a-f]{8}\b", "[short id]");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(check);
}

/// Five minutes into a story.
pub(crate) const LATER: &str = "2026-03-01T12:05:00Z";
/// When its drops are due.
pub(crate) const WEEK_LATER: &str = "2026-03-09T12:00:00Z";
/// What its people play.
pub(crate) const PLAYS: &str = "user,artist,plays\n\
    ana,Nina Simone,40\nana,Portishead,25\nana,Massive Attack,8\n\
    bo,Nina Simone,12\nbo,Portishead,30\nbo,Moondog,9\n\
    cy,Moondog,50\ncy,Nina Simone,3\n";

/// Three people with histories: ana trusts bo, bo drops, and the others rate it.
pub(crate) fn story() -> Place {
    story_at(Place::new())
}

/// The same story in a place.
pub(crate) fn story_at(place: Place) -> Place {
    let plays = place.file("plays.csv", PLAYS);
    place.ok(START, &["import", &plays]);
    for name in ["ana", "bo", "cy"] {
        place.ok(START, &["user", "claim", &format!("plays:{name}"), "--handle", name]);
    }
    place.ok(START, &["--as", "ana", "trust", "set", "bo", "0.8"]);
    place.ok(START, &["--as", "cy", "trust", "set", "ana", "0.5"]);
    let words = "It starts as a whisper and ends as a storm; listen to the piano at nine minutes, \
                 where she stops singing and everything is said.";
    place.ok(START, &["--as", "bo", "drop", "add", "Nina Simone - Sinnerman", words, "--stake", "12"]);
    place
}

/// The story with its ratings given.
pub(crate) fn rated() -> Place {
    let place = story();
    place.ok(LATER, &["drop", "list"]);
    let id = first_drop(&place);
    place.ok(LATER, &["--as", "ana", "drop", "rate", &id, "5"]);
    place.ok(LATER, &["--as", "cy", "drop", "rate", &id, "4.5"]);
    place
}

pub(crate) fn first_drop(place: &Place) -> String {
    let list = place.json(LATER, &["drop", "list"]);
    list["items"][0]["id"].as_str().expect("a drop").to_owned()
}
