//! Stores move, and are backed up and brought back, whole or not at all.

mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{LATER, Place, START, program, ran, rated};

/// The program with this store, run beside the test.
fn spawn(place: &Place, args: &[&str]) -> Child {
    let mut command = std::process::Command::new(program());
    command.arg("--db").arg(place.store()).args(["--now", START, "--format", "json"]).args(args);
    command.env_remove("SIGNAL_DB").env_remove("SIGNAL_AS").stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().expect("runs")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A story whose people have heard much, and of whom one has left.
fn busy(people: usize) -> Place {
    let place = rated();
    place.ok(LATER, &["erase", "cy", "--yes"]);
    let mut plays = String::from("user,artist,plays\n");
    for person in 0..people {
        for artist in 0..20 {
            writeln!(plays, "p{person},Artist {},{}", (person + artist * 7) % 400, 1 + artist)
                .expect("writes");
        }
    }
    let file = place.file("many.csv", plays);
    place.ok(LATER, &["import", &file]);
    place
}

/// What a person would take with them.
fn export(store: &Path, name: &str) -> String {
    let mut command = support::bare();
    let ran = ran(command.arg("--db").arg(store).args(["--now", LATER, "export", name]));
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out
}

#[test]
fn a_store_arrives_whole_and_only_where_nothing_is() {
    let place = busy(50);
    let other = place.path("other.db");
    let (from, to) = (place.store(), text(&other).to_owned());
    let args = ["migrate", "--from", text(&from), "--to", &to];
    let moved = place.json(LATER, &args);
    let (entries, root) = place.ledger(LATER);
    assert_eq!(moved["schema"], "signal.moved/1");
    assert_eq!((moved["entries"].as_u64(), moved["root"].as_str()), (Some(entries), Some(root.as_str())));
    assert_eq!(moved["replay_equal"], true);
    assert_eq!(moved["erased_bodies"].as_u64().map(|erased| erased > 0), Some(true), "{moved}");
    for name in ["ana", "bo"] {
        assert_eq!(export(&other, name), export(&from, name));
    }
    let again = place.run(LATER, &args);
    assert_eq!(again.code, 2, "{again:?}");
    assert!(again.err.contains("not empty"), "{again:?}");
    let missing = place.run(LATER, &["migrate", "--from", "nowhere.db", "--to", "new.db"]);
    assert_eq!(missing.code, 3, "{missing:?}");
    assert!(!place.path("nowhere.db").exists() && !place.path("new.db").exists());
}

#[test]
fn a_move_that_is_killed_goes_on_where_it_was() {
    let place = busy(1_500);
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let timed = place.path("timed.db");
    let began = Instant::now();
    place.ok(LATER, &["migrate", "--from", text(&place.store()), "--to", text(&timed)]);
    let whole = began.elapsed();
    let mut interrupted = 0;
    for round in 0..6 {
        let other = place.path(&format!("round{round}.db"));
        let from = place.store();
        let args = ["migrate", "--from", text(&from), "--to", text(&other)];
        for _ in 0..2 {
            let mut child = spawn(&place, &args);
            std::thread::sleep(whole.mul_f64(random.random_range(0.05..0.9)));
            child.kill().expect("kills");
            child.wait().expect("ends");
        }
        if other.exists() {
            let mut command = support::bare();
            let half = ran(command.arg("--db").arg(&other).args(["user", "list"]));
            if half.code != 0 {
                interrupted += 1;
                assert_eq!(half.code, 3, "{half:?}");
                assert!(half.err.contains("not there yet"), "{half:?}");
            }
        }
        let done = place.run(LATER, &args);
        // A move may have been over just before it was killed.
        assert!(done.code == 0 || done.err.contains("not empty"), "{done:?}");
        assert_eq!(export(&other, "ana"), export(&from, "ana"), "round {round}");
    }
    assert!(interrupted > 0, "no move was interrupted");
}

#[test]
fn a_backup_is_brought_back_and_is_nobody_elses() {
    let place = busy(50);
    let (store, file) = (place.store(), place.path("all.signal-backup"));
    let answer = place.json(LATER, &["backup", text(&store), text(&file)]);
    assert_eq!(answer["schema"], "signal.backup/1");
    assert_eq!(answer["root"], place.ledger(LATER).1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let again = place.run(LATER, &["backup", text(&store), text(&file)]);
    assert_eq!(again.code, 2, "{again:?}");
    assert!(again.err.contains("is there already"), "{again:?}");
    let restored = place.path("restored.db");
    let moved = place.json(LATER, &["restore", text(&file), text(&restored)]);
    assert_eq!((&moved["root"], &moved["rows"]), (&answer["root"], &answer["rows"]));
    assert_eq!(export(&restored, "ana"), export(&store, "ana"));
    // The same rows are the same file.
    let second = place.path("second.signal-backup");
    place.ok(LATER, &["backup", text(&restored), text(&second)]);
    assert_eq!(std::fs::read(&second).expect("reads"), std::fs::read(&file).expect("reads"));
    let left: Vec<_> = std::fs::read_dir(place.path("")).expect("a folder").filter_map(Result::ok).collect();
    assert!(left.iter().all(|file| !file.file_name().to_string_lossy().contains("unfinished")), "{left:?}");
}

#[test]
fn a_backup_that_was_cut_off_or_changed_is_refused() {
    let place = busy(5);
    let (store, file) = (place.store(), place.path("all.signal-backup"));
    place.ok(LATER, &["backup", text(&store), text(&file)]);
    let whole = std::fs::read(&file).expect("reads");
    let mut damaged: Vec<(Vec<u8>, i32, &str)> = Vec::new();
    for length in [40, whole.len() / 2, whole.len() - 1] {
        damaged.push((whole[..length].to_vec(), 1, "cut off"));
    }
    for byte in [20, whole.len() / 2, whole.len() - 40, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[byte] ^= 4;
        damaged.push((flipped, 1, "does not fit"));
    }
    damaged.push((b"something else entirely".to_vec(), 2, "is no backup"));
    damaged.push((Vec::new(), 2, "is no backup"));
    damaged.push(([b"signal-backup 9\n", &whole[16..]].concat(), 2, "newer Signal"));
    for (number, (bytes, code, hint)) in damaged.into_iter().enumerate() {
        let file = place.file(&format!("{number}.signal-backup"), bytes);
        let refused = place.run(LATER, &["restore", &file, "restored.db"]);
        assert_eq!(refused.code, code, "{number}: {refused:?}");
        assert!(refused.err.contains(hint), "{number}: {refused:?}");
        assert!(!place.path("restored.db").exists(), "{number}: nothing is touched");
    }
}

#[test]
fn backups_are_of_one_moment_while_others_write() {
    let place = busy(5);
    let mut edges = String::from("from,to,weight\n");
    for person in 0..600 {
        writeln!(edges, "e{person},e{},0.5\ne{person},e{},0.25", (person + 1) % 600, (person + 7) % 600)
            .expect("writes");
    }
    let file = place.file("edges.csv", edges);
    let mut import = spawn(&place, &["import", &file]);
    let mut sizes = Vec::new();
    for number in 0..40 {
        let ended = import.try_wait().expect("runs").is_some();
        let (backup, restored) =
            (place.path(&format!("{number}.signal-backup")), place.path(&format!("{number}.db")));
        place.ok(LATER, &["backup", text(&place.store()), text(&backup)]);
        let moved = place.json(LATER, &["restore", text(&backup), text(&restored)]);
        assert_eq!(moved["replay_equal"], true, "{moved}");
        sizes.push(moved["entries"].as_u64().expect("a number"));
        if ended {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(import.wait().expect("ends").success());
    assert!(sizes.is_sorted() && sizes.first() < sizes.last(), "{sizes:?}");
}
