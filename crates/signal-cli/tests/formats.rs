//! What programs and pipes get.

mod support;

use serde_json::Value;
use support::{LATER, rated, story};

#[test]
fn a_verification_is_one_object_with_its_schema_first() {
    let place = story();
    let line = place.ok(LATER, &["audit", "verify", "--format", "json"]);
    let start = r#"{"schema":"signal.audit.verify/1","verified":true,"entries":"#;
    assert!(line.starts_with(start) && line.contains(r#","root":""#) && line.ends_with("}\n"), "{line}");
}

#[test]
fn a_list_is_one_object_or_one_a_line() {
    let place = story();
    let list = place.json(LATER, &["user", "list"]);
    assert_eq!(
        (list["schema"].as_str(), list["items"].as_array().map(Vec::len)),
        (Some("signal.user.list/1"), Some(3))
    );
    let lines = place.ok(LATER, &["user", "list", "--format", "jsonl"]);
    let names: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .inspect(|one| assert_eq!(one["schema"], "signal.user/1"))
        .map(|one| one["user"]["name"].clone())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn colour_is_for_terminals_alone() {
    let place = story();
    let mut command = place.command(LATER, &["compat", "ana", "bo"]);
    let plain = support::ran(command.env_remove("NO_COLOR"));
    assert!(!plain.out.contains('\u{1b}'), "{}", plain.out);
    let coloured = support::ran(command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1"));
    assert!(coloured.out.contains('\u{1b}'), "{}", coloured.out);
}

#[test]
fn every_table_fits_eighty_columns() {
    let place = rated();
    for args in [
        &["--as", "ana", "feed"][..],
        &["drop", "list"],
        &["compat", "ana", "bo"],
        &["trust", "score", "bo"],
        &["audit", "explain", "bo"],
        &["audit", "verify"],
        &["taste", "show", "ana"],
        &["user", "list"],
    ] {
        let out = place.ok(LATER, args);
        assert!(out.lines().all(|line| line.chars().count() <= 80), "{args:?}:\n{out}");
    }
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    use std::process::{Command, Stdio};
    let place = story();
    let mut child = Command::new(support::program())
        .args(["export", "bo", "--now", LATER, "--db"])
        .arg(place.store())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn completions_are_there_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = support::ran(support::bare().args(["completions", shell]));
        assert!(ran.code == 0 && ran.out.contains("signal"), "{shell}");
    }
}
