//! The table of `data/mistakes.txt`: each mistake has its exit code, one line that says what it is, a hint where there
//! is something to do, and leaves the ledger as it was.

mod support;

use support::{Place, Ran, START};

const TABLE: &str = include_str!("data/mistakes.txt");
const LATER: &str = "2026-03-01T12:20:00Z";
/// Columns within which an error is still one line, whatever was given.
const LONGEST: usize = 240;

/// One row of the table.
#[derive(Debug)]
struct Mistake<'a> {
    what: &'a str,
    code: i32,
    typed: &'a str,
    says: &'a str,
    hint: &'a str,
}

impl<'a> Mistake<'a> {
    fn read(row: &'a str) -> Self {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [what, code, typed, says, hint] = cells[..] else { panic!("not a row: {row}") };
        Self { what, code: code.parse().expect("an exit code"), typed, says, hint }
    }

    /// Does it. What is typed later wins over the place's own store and clock.
    fn make(&self, place: &Place) -> Ran {
        let (typed, input) = self.typed.split_once(" < ").unwrap_or((self.typed, ""));
        let args = words(typed);
        let own = |option: &str| !args.contains(&option);
        let mut command = support::bare();
        command.current_dir(place.path("."));
        if own("--db") {
            command.args(["--db", "signal.db"]);
        }
        if own("--now") {
            command.args(["--now", LATER]);
        }
        let bytes =
            if input.is_empty() { Vec::new() } else { std::fs::read(place.path(input)).expect("reads") };
        support::ran(command.args(args).write_stdin(bytes))
    }

    fn check(&self, ran: &Ran) {
        let (what, err) = (self.what, &ran.err);
        assert_eq!((ran.code, ran.out.as_str()), (self.code, ""), "{what}: {err}");
        let lines: Vec<&str> = err.lines().collect();
        let (error, hint) = match lines[..] {
            [error] => (error, None),
            [error, "", hint] => (error, hint.strip_prefix("hint: ")),
            _ => panic!("{what} is not one line and a hint: {err}"),
        };
        assert!(error.starts_with("error: ") && error.contains(self.says), "{what}: {err}");
        assert!(error.len() < LONGEST, "{what}: {err}");
        assert!(self.hint.is_empty() || hint.is_some_and(|hint| hint.contains(self.hint)), "{what}: {err}");
    }
}

/// Words as a shell splits them: blanks end a word unless they are quoted.
fn words(typed: &str) -> Vec<&str> {
    let parts = typed.split('"').enumerate();
    parts
        .flat_map(|(place, part)| if place % 2 == 1 { vec![part] } else { part.split_whitespace().collect() })
        .collect()
}

/// Ana has made five drops and bo has rated the first; cy was only imported. Beside it lie files with mistakes.
fn community() -> Place {
    let place = Place::new();
    for handle in ["ana", "bo"] {
        place.ok(START, &["user", "add", handle]);
    }
    place.ok(START, &["user", "verify", "ana", "paid", "--token", "receipt 1"]);
    place.ok(START, &["--as", "ana", "trust", "set", "bo", "0.5"]);
    for title in ["One", "Two", "Three", "Four", "Five"] {
        place.ok(START, &["--as", "ana", "drop", "add", &format!("Moondog - {title}"), "It walks."]);
    }
    for person in ["ana", "bo"] {
        place.ok(START, &["--as", person, "drop", "list"]);
    }
    place.ok(START, &["--as", "bo", "drop", "rate", "1", "4"]);
    let edges = place.file("right.csv", "cy,dee,0.4\n");
    place.ok(START, &["import", &edges]);
    place.file("edges.csv", "ana,bo,0.5\nbo,ana,1.5\n");
    place.file("nan.csv", "from,to,weight\nana,bo,NaN\n");
    place.file("bytes.csv", b"user,artist,plays\nana,Sigur R\xf3s,3\n");
    place.file("long.txt", "x".repeat(600));
    place.file("huge.txt", "x".repeat(10_000_000));
    place.file("policy.json", r#"{"stakes": {"window_days": 0}}"#);
    let listen = r#"{"endTime": "2026-01-01 10:00", "artistName": "Moondog", "trackName": "Lament", "msPlayed": 120000}"#;
    place.file("StreamingHistory0.json", format!("[{listen}]"));
    let frozen = place.path("frozen.db");
    std::fs::copy(place.store(), &frozen).expect("a copy");
    let mut permissions = std::fs::metadata(&frozen).expect("a copy").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&frozen, permissions).expect("permissions");
    place
}

#[test]
fn every_mistake_is_told_in_one_line_and_changes_nothing() {
    let place = community();
    let before = place.ledger(LATER);
    let rows = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mistakes: Vec<Mistake> = rows.map(Mistake::read).collect();
    assert!(mistakes.len() >= 40, "the table was cut");
    for mistake in mistakes {
        mistake.check(&mistake.make(&place));
        assert_eq!(place.ledger(LATER), before, "{mistake:?} changed the ledger");
    }
    assert!(!place.path("typo.db").exists(), "a typo makes no store");
    assert_eq!(place.json(LATER, &["audit", "replay"])["equal"], true);
}

#[test]
fn a_file_that_may_only_be_read_is_read_and_not_written() {
    let place = community();
    let before = place.ledger(LATER);
    let mut permissions = std::fs::metadata(place.store()).expect("a store").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(place.store(), permissions).expect("permissions");
    place.ok(LATER, &["--as", "bo", "feed"]);
    for row in [
        "an edge   | 3 | --as bo trust set ana 0.5 | read | may be written",
        "a person  | 3 | user add eve              | read | may be written",
        "an import | 3 | import right.csv          | read | may be written",
    ] {
        let mistake = Mistake::read(row);
        mistake.check(&mistake.make(&place));
    }
    assert_eq!(place.ledger(LATER), before);
}

#[test]
fn only_what_begins_a_store_makes_one() {
    let place = Place::new();
    place.file("wrong.csv", "a,b,7\n");
    place.file("right.csv", "a,b,0.7\n");
    for typed in [
        "audit verify",
        "audit replay",
        "user list",
        "drop list",
        "settle",
        "epoch",
        "doctor",
        "--as ana trust set bo 0.5",
        "--as ana import right.csv",
        "import wrong.csv",
        "user add Ana!",
    ] {
        let ran = place.run(START, &words(typed));
        assert_ne!(ran.code, 0, "{typed}");
        assert!(!place.store().exists(), "{typed} made a store");
    }
    place.ok(START, &["import", "right.csv"]);
    assert!(place.store().exists());
}
