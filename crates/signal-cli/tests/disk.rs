//! A disk that is full: a clear error, nothing by half, and a store that opens again.
#![cfg(unix)]

mod support;

use std::fmt::Write as _;
use std::process::Command;

use support::{LATER, Place, program, ran, rated};

/// The program in a shell that lets no file grow beyond so many bytes.
fn limited(place: &Place, bytes: u64, args: &[&str]) -> support::Ran {
    let mut command = assert_cmd::Command::from_std(Command::new("sh"));
    // Blocks of 512 bytes; the signal that comes with the error is ignored, as it is on a full disk.
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", bytes / 512);
    command
        .args(["-c", script.as_str()])
        .arg(program())
        .arg("--db")
        .arg(place.store())
        .args(["--now", LATER])
        .args(args);
    command.env_remove("SIGNAL_DB").env_remove("SIGNAL_AS").env("NO_COLOR", "1").current_dir(place.path(""));
    ran(&mut command)
}

#[test]
fn a_full_disk_is_told_and_leaves_the_store_whole() {
    let place = rated();
    let before = place.ledger(LATER);
    let mut plays = String::from("user,artist,plays\n");
    for row in 0..40_000 {
        writeln!(plays, "p{},Artist {},{}", row % 900, row % 4_000, 1 + row % 90).expect("writes");
    }
    let file = place.file("plays.csv", plays);
    let size = std::fs::metadata(place.store()).expect("the file").len();
    for room in [40_000, 200_000, 900_000] {
        let full = limited(&place, size + room, &["import", &file]);
        assert_eq!(full.code, 3, "with room for {room} bytes: {full:?}");
        assert!(full.err.starts_with("error: cannot "), "{full:?}");
        assert!(full.err.contains("disk"), "{full:?}");
        let after = place.ledger(LATER);
        assert!(after.0 >= before.0, "{after:?}");
        assert_eq!(place.json(LATER, &["audit", "replay"])["equal"], true);
    }
    let whole = place.json(LATER, &["import", &file]);
    assert!(whole["play_counts_new"].as_u64().is_some_and(|new| new > 0), "{whole}");
    assert_eq!(place.json(LATER, &["import", &file])["play_counts_new"], 0, "all of it is there");
    // A backup that does not fit leaves no file behind.
    let full = limited(&place, 100_000, &["backup", "signal.db", "small.signal-backup"]);
    assert_eq!(full.code, 3, "{full:?}");
    assert!(full.err.contains("small.signal-backup"), "{full:?}");
    let names: Vec<_> = std::fs::read_dir(place.path(""))
        .expect("a folder")
        .map(|file| file.expect("a file").file_name())
        .collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("small")), "{names:?}");
}
