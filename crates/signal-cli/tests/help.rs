//! What the program says of itself.

mod support;

use support::{bare, ran};

/// Every command that has commands of its own, and every one that has not.
const COMMANDS: [&str; 30] = [
    "demo",
    "import",
    "connect",
    "sync",
    "accounts",
    "user",
    "trust",
    "compat",
    "recommend",
    "card",
    "taste",
    "track",
    "drop",
    "circle",
    "feed",
    "settle",
    "epoch",
    "maintain",
    "search",
    "policy",
    "audit",
    "guard",
    "export",
    "erase",
    "migrate",
    "backup",
    "restore",
    "eval",
    "doctor",
    "completions",
];

fn help(args: &[&str]) -> String {
    let ran = ran(bare().args(args).arg("-h"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
    ran.out
}

/// The part of a help that is its own: what every command takes stands in the program's.
fn own(text: &str) -> &str {
    text.split("\nEverywhere:\n").next().unwrap_or(text)
}

#[test]
fn the_program_explains_itself() {
    insta::assert_snapshot!("help", help(&[]));
}

#[test]
fn every_command_explains_itself() {
    let all: Vec<String> =
        COMMANDS.iter().map(|name| format!("# signal {name}\n\n{}", own(&help(&[name])))).collect();
    insta::assert_snapshot!("help_of_commands", all.join("\n"));
}

#[test]
fn the_list_above_is_complete() {
    let text = help(&[]);
    let listed =
        text.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = listed
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty())
        .filter(|name| *name != "help")
        .collect();
    assert_eq!(names, COMMANDS);
}

#[test]
fn wrong_arguments_are_wrong_use() {
    for args in [&["nonsense"][..], &["drop", "add"], &[], &["feed", "--limit", "many"]] {
        let ran = ran(bare().args(args));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {}", ran.err);
    }
}
