//! `signal demo`: what the README shows is what the program says; and it overwrites nothing but a demo.

mod support;

use std::path::Path;

use serde_json::Value;
use support::{Place, Ran};

/// As many people as are needed for a feed worth showing.
const FEW: [&str; 2] = ["--people", "300"];
/// Where the README's reader finds the program.
const BUILT: &str = "target/release/signal";
const MARKS: (&str, &str) = ("<!-- demo -->\n```text\n", "```\n<!-- /demo -->");

fn demo(place: &Place, args: &[&str]) -> Ran {
    support::ran(support::bare().arg("demo").args(args).current_dir(place.path(".")))
}

fn json(place: &Place, args: &[&str]) -> Value {
    let ran = demo(place, &[args, &["--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).expect("JSON")
}

/// The text as the README shows it: the program lies where the README says it was built.
fn shown(text: &str) -> String {
    text.replace(support::program().to_str().expect("UTF-8"), BUILT)
}

/// `UPDATE_README=1 cargo test -p signal-cli --test demo readme` writes the new text instead.
#[test]
fn the_readme_shows_what_the_demo_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(&path).expect("a README");
    let (before, rest) = readme.split_once(MARKS.0).expect("the mark before the demo");
    let (block, after) = rest.split_once(MARKS.1).expect("the mark after the demo");
    let place = Place::new();
    let ran = demo(&place, &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let text = shown(&ran.out);
    assert!(text.lines().count() <= 45, "{} lines", text.lines().count());
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "too wide: {line}");
    }
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, [before, MARKS.0, &text, MARKS.1, after].concat()).expect("writes");
    } else {
        assert_eq!(text, block, "UPDATE_README=1 puts the new text into the README");
    }
}

#[test]
fn one_seed_tells_one_story_and_the_file_bears_it_out() {
    let place = Place::new();
    let args = [&FEW[..], &["--seed", "11", "--db", "a.db"]].concat();
    let (first, again) = (json(&place, &args), json(&place, &args));
    assert_eq!(first, again, "a second demo replaces the first one");
    assert_eq!(first["schema"], "signal.demo/1");
    assert_eq!((&first["books_sum_millipoints"], &first["verified"]), (&Value::from(0), &Value::from(true)));
    let other = json(&place, &[&FEW[..], &["--seed", "12", "--db", "b.db"]].concat());
    assert_ne!(first["proof"]["root"], other["proof"]["root"]);
    let verified = support::ran(
        support::bare()
            .args(["--db", "a.db", "--format", "json", "audit", "verify"])
            .current_dir(place.path(".")),
    );
    let verified: Value = serde_json::from_str(&verified.out).expect("JSON");
    assert_eq!(verified["root"], first["proof"]["root"]);
    let left: Vec<_> =
        std::fs::read_dir(place.path(".")).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("building")), "{left:?}");
}

#[test]
fn the_commands_it_ends_with_work_on_its_file() {
    let place = Place::new();
    let text = demo(&place, &FEW);
    assert_eq!(text.code, 0, "{}", text.err);
    let program = support::program().to_str().expect("UTF-8");
    let commands: Vec<&str> = text.out.lines().filter_map(|line| line.trim().strip_prefix(program)).collect();
    assert_eq!(commands.len(), 5, "{}", text.out);
    for command in commands.iter().filter(|command| command.contains("--db signal-demo.db")) {
        let words = command.split_whitespace();
        let ran = support::ran(support::bare().args(words).current_dir(place.path(".")));
        assert_eq!((ran.code, ran.out.is_empty()), (0, false), "{command}: {}", ran.err);
    }
}

#[test]
fn nothing_but_a_demo_is_overwritten() {
    let place = Place::new();
    place.file("notes.txt", "mine");
    place.ok(support::START, &["user", "add", "ana"]);
    let own = place.ledger(support::START);
    for file in ["notes.txt", "signal.db"] {
        let ran = demo(&place, &["--db", file]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert!(ran.err.contains("is no demo") && ran.err.contains("hint: "), "{}", ran.err);
    }
    assert_eq!(std::fs::read(place.path("notes.txt")).expect("reads"), b"mine");
    assert_eq!(place.ledger(support::START), own);
    let ran = demo(&place, &["--db", "mem:"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}

#[test]
fn a_store_in_the_environment_is_somebodys_own_and_not_touched() {
    let place = Place::new();
    let own = place.path("own.db");
    let mut command = support::bare();
    command.arg("demo").args(FEW).env("SIGNAL_DB", &own).current_dir(place.path("."));
    let ran = support::ran(&mut command);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!own.exists() && place.path("signal-demo.db").exists());
}
