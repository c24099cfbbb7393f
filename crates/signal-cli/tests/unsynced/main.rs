//! The power fails: the program dies, and what it wrote and never synced is gone. Every acknowledged operation is there.
#![cfg(target_os = "linux")]

#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{Place, START};

const ROUNDS: usize = 20;
/// Drops that one paid person can make in a day.
const DROPS: usize = 5;

/// What stood in a file before a write, or that it was synced.
#[derive(Debug)]
struct Note {
    synced: bool,
    path: PathBuf,
    offset: u64,
    size: u64,
    bytes: Vec<u8>,
}

/// The layer, compiled into the folder of a store.
fn layer(place: &Place) -> PathBuf {
    let library = place.path("layer.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/unsynced/layer.c");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .arg(&library)
        .arg(source)
        .arg("-ldl")
        .status()
        .expect("the C compiler that the linker of Rust is");
    assert!(compiled.success());
    library
}

fn spawn(place: &Place, layer: &Path, args: &[&str]) -> Child {
    Command::new(support::program())
        .arg("--db")
        .arg(place.store())
        .args(["--now", START, "--format", "json"])
        .args(args)
        .env_remove("SIGNAL_DB")
        .env_remove("SIGNAL_AS")
        .env("LD_PRELOAD", layer)
        .env("UNSYNCED_FILE", fs::canonicalize(place.store()).expect("a store"))
        .env("UNSYNCED_NOTES", place.path("notes"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("runs")
}

/// The notes, in order. A last one that was cut off was of a write that never began.
fn notes(place: &Place) -> Vec<Note> {
    let bytes = fs::read(place.path("notes")).unwrap_or_default();
    let (mut rest, mut notes) = (bytes.as_slice(), Vec::new());
    while let Some((head, tail)) = rest.split_first_chunk::<40>() {
        let number = |at: usize| u64::from_ne_bytes(head[at * 8..][..8].try_into().expect("eight bytes"));
        let bytes_of = |at: usize| usize::try_from(number(at)).expect("a length");
        let (name, length) = (bytes_of(1), bytes_of(4));
        let Some((body, tail)) = tail.split_at_checked(name + length) else { break };
        let (path, bytes) = body.split_at(name);
        let path = PathBuf::from(std::str::from_utf8(path).expect("a path"));
        notes.push(Note {
            synced: number(0) == 2,
            path,
            offset: number(2),
            size: number(3),
            bytes: bytes.to_vec(),
        });
        rest = tail;
    }
    notes
}

/// A companion of the store's file.
fn companion(place: &Place, ending: &str) -> PathBuf {
    let mut path = fs::canonicalize(place.store()).expect("a store").into_os_string();
    path.push(ending);
    path.into()
}

/// Takes back what no sync has followed, newest first. Gives how many writes and how many syncs there had been.
fn cut_power(place: &Place) -> (usize, usize) {
    // Memory that processes share: it is made anew, and never synced.
    let shared = companion(place, "-shm");
    let notes = notes(place);
    let mut safe = BTreeSet::new();
    for note in notes.iter().rev() {
        if note.synced {
            safe.insert(&note.path);
        } else if note.path != shared && !safe.contains(&note.path) {
            // Removed since: its directory was synced, or it was of no more use.
            let Ok(file) = OpenOptions::new().write(true).open(&note.path) else { continue };
            file.write_all_at(&note.bytes, note.offset).expect("puts back");
            file.set_len(note.size).expect("cuts off");
        }
    }
    for gone in [shared, place.path("notes")] {
        if gone.exists() {
            fs::remove_file(gone).expect("removes");
        }
    }
    let syncs = notes.iter().filter(|note| note.synced).count();
    (notes.len() - syncs, syncs)
}

#[test]
fn what_was_acknowledged_outlives_a_power_cut() {
    let place = Place::new();
    let mut random = ChaCha8Rng::seed_from_u64(20_261_128);
    let people: Vec<String> = (0..=ROUNDS * 2 / DROPS).map(|number| format!("person{number}")).collect();
    for person in &people {
        place.ok(START, &["user", "add", person]);
        place.ok(START, &["user", "verify", person, "paid", "--token", person]);
    }
    let layer = layer(&place);
    let mut authors = people.iter().flat_map(|person| std::iter::repeat_n(person.as_str(), DROPS));
    let (mut acknowledged, mut writes, mut syncs) = (BTreeSet::new(), 0, 0);
    let mut typical = Duration::from_millis(40);
    for round in 0..ROUNDS {
        for dies in [false, true] {
            let author = authors.next().expect("an author");
            let track = format!("Moondog - Movement {round}{dies}");
            let began = Instant::now();
            let mut child = spawn(&place, &layer, &["--as", author, "drop", "add", &track, "It walks."]);
            if dies {
                std::thread::sleep(typical.mul_f64(random.random_range(0.0..1.0)));
                child.kill().expect("kills");
            }
            let output = child.wait_with_output().expect("ends");
            typical = if dies { typical } else { began.elapsed() };
            let answer = serde_json::from_slice::<serde_json::Value>(&output.stdout).ok();
            assert!(dies || answer.is_some(), "round {round}");
            acknowledged.extend(answer.and_then(|answer| answer["id"].as_str().map(ToOwned::to_owned)));
            let (written, synced) = cut_power(&place);
            (writes, syncs) = (writes + written, syncs + synced);
            place.ledger(START);
        }
    }
    let replay = place.json(START, &["audit", "replay"]);
    assert_eq!(replay["equal"], true, "{replay}");
    let list = place.json(START, &["drop", "list", "--limit", "100"]);
    let stored: BTreeSet<String> = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|drop| drop["id"].as_str().map(ToOwned::to_owned))
        .collect();
    let missing: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
    // The layer saw what the store does; how much a kill finds unsynced is chance.
    assert!(syncs >= ROUNDS && writes > syncs, "{writes} writes, {syncs} syncs");
}
