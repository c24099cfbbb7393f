//! The program is killed at random moments, fifty times: the file opens, verifies and replays, holds every
//! acknowledged operation, and none by half.
#![cfg(unix)]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{Place, START};

const SEED: u64 = 20_260_301;
const KILLS: usize = 25;
/// People of one generated edge list, and whom each of them trusts.
const PEOPLE: usize = 60;
const TRUSTED: usize = 4;
/// Drops that one paid person can make in a day.
const DROPS: usize = 5;

fn spawn(place: &Place, args: &[&str]) -> Child {
    Command::new(support::program())
        .arg("--db")
        .arg(place.store())
        .args(["--now", START, "--format", "json"])
        .args(args)
        .env_remove("SIGNAL_DB")
        .env_remove("SIGNAL_AS")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("runs")
}

/// Kills it after a while, unless it ends before. Gives its answer where it acknowledged one.
fn kill_after(mut child: Child, wait: Duration) -> Option<serde_json::Value> {
    thread::sleep(wait);
    child.kill().expect("kills");
    let output = child.wait_with_output().expect("ends");
    // An answer that was written in full was acknowledged, whether or not the program lived on.
    serde_json::from_slice(&output.stdout).ok()
}

/// What must hold after every death. Gives how many trust edges there are.
fn holds(place: &Place, round: usize) -> u64 {
    place.ledger(START);
    let replay = place.json(START, &["audit", "replay"]);
    assert_eq!(replay["equal"], true, "round {round}: {replay}");
    assert_eq!(replay["books_sum_millipoints"], 0, "round {round}: {replay}");
    replay["edges"].as_u64().expect("a number")
}

/// Edges of people that no other round has.
fn edges(round: usize) -> String {
    let mut text = String::from("from,to,weight\n");
    for person in 0..PEOPLE {
        for step in 1..=TRUSTED {
            let other = (person + step * 7) % PEOPLE;
            writeln!(text, "r{round}p{person},r{round}p{other},0.{step}").expect("writes");
        }
    }
    text
}

#[test]
fn an_import_that_dies_leaves_whole_people_and_can_be_run_again() {
    let place = Place::new();
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    place.ok(START, &["user", "add", "ana"]);
    let timed = place.file("timed.csv", edges(KILLS));
    let began = Instant::now();
    place.ok(START, &["import", &timed]);
    let whole = began.elapsed();
    let mut acknowledged = 1;
    for round in 0..KILLS {
        let file = place.file("edges.csv", edges(round));
        let wait = whole.mul_f64(random.random_range(0.0..1.0));
        if kill_after(spawn(&place, &["import", &file]), wait).is_some() {
            acknowledged += 1;
        }
        let edges = holds(&place, round);
        assert!(
            edges >= (acknowledged * PEOPLE * TRUSTED) as u64,
            "round {round} lost what was acknowledged"
        );
        assert_eq!(edges % TRUSTED as u64, 0, "round {round} left half a person's trust");
    }
    assert!(acknowledged <= KILLS, "every import ended before it was killed");
    finish(&place);
}

/// Every import run again is whole, and everybody trusts exactly whom their file says.
fn finish(place: &Place) {
    for round in 0..=KILLS {
        let file = place.file("edges.csv", edges(round));
        place.ok(START, &["import", &file]);
    }
    let replay = place.json(START, &["audit", "replay"]);
    assert_eq!(replay["edges"], (KILLS + 1) * PEOPLE * TRUSTED, "{replay}");
    holds(place, KILLS);
}

#[test]
fn a_burst_of_drops_that_dies_keeps_every_acknowledged_one() {
    let place = Place::new();
    let mut random = ChaCha8Rng::seed_from_u64(SEED + 1);
    let people: Vec<String> = (0..=KILLS * 2 / DROPS).map(|number| format!("person{number}")).collect();
    for person in &people {
        place.ok(START, &["user", "add", person]);
        place.ok(START, &["user", "verify", person, "paid", "--token", person]);
    }
    let mut authors = people.iter().flat_map(|person| std::iter::repeat_n(person.as_str(), DROPS));
    let mut acknowledged = BTreeSet::new();
    let mut attempts = 0;
    let mut typical = Duration::from_millis(40);
    for round in 0..KILLS {
        for last in [false, true] {
            let author = authors.next().expect("an author");
            let track = format!("Moondog - Movement {attempts}");
            attempts += 1;
            let began = Instant::now();
            let child = spawn(&place, &["--as", author, "drop", "add", &track, "It walks."]);
            let answer = if last {
                kill_after(child, typical.mul_f64(random.random_range(0.0..1.0)))
            } else {
                let output = child.wait_with_output().expect("ends");
                typical = began.elapsed();
                Some(serde_json::from_slice(&output.stdout).expect("an answer"))
            };
            acknowledged.extend(answer.and_then(|answer| answer["id"].as_str().map(ToOwned::to_owned)));
        }
        holds(&place, round);
    }
    assert!(acknowledged.len() >= KILLS, "{}", acknowledged.len());
    let list = place.json(START, &["drop", "list", "--limit", "100"]);
    let stored: BTreeSet<String> = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|drop| drop["id"].as_str().map(ToOwned::to_owned))
        .collect();
    let missing: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
    assert!(stored.len() <= attempts, "a drop was made twice");
}

/// Plays of people that no other round has.
fn plays(round: usize) -> String {
    let mut text = String::from("user,artist,plays\n");
    for person in 0..PEOPLE {
        for artist in 0..TRUSTED {
            writeln!(text, "r{round}p{person},Artist {artist},{}", 1 + person + artist).expect("writes");
        }
    }
    text
}

/// A streaming history of a day that no other round has.
fn listens(round: usize) -> String {
    let listen = |minute: usize| {
        format!(
            r#"{{"endTime":"2026-01-{:02} {:02}:{:02}","artistName":"Artist {}","trackName":"Song {minute}","msPlayed":120000}}"#,
            round + 1,
            minute / 60,
            minute % 60,
            minute % 7,
        )
    };
    format!("[{}]", (0..PEOPLE * TRUSTED).map(listen).collect::<Vec<_>>().join(","))
}

#[test]
fn a_history_that_dies_halfway_is_whole_when_it_is_imported_again() {
    const ROUNDS: usize = 10;
    let place = Place::new();
    let mut random = ChaCha8Rng::seed_from_u64(SEED + 2);
    place.ok(START, &["user", "add", "ana"]);
    let file = place.file("plays.csv", plays(ROUNDS));
    let began = Instant::now();
    place.ok(START, &["import", &file]);
    let whole = began.elapsed();
    for round in 0..ROUNDS {
        let (file, new) = if round % 2 == 0 {
            (place.file("plays.csv", plays(round)), "play_counts_new")
        } else {
            (place.file("StreamingHistory0.json", listens(round)), "listens_new")
        };
        let args = ["--as", "ana", "import", file.as_str()];
        let args = if round % 2 == 0 { &args[2..] } else { &args[..] };
        let acknowledged = kill_after(spawn(&place, args), whole.mul_f64(random.random_range(0.0..1.0)));
        holds(&place, round);
        let rows = (PEOPLE * TRUSTED) as u64;
        let again = place.json(START, args)[new].as_u64().expect("a number");
        match acknowledged {
            Some(answer) => {
                assert_eq!((answer[new].as_u64(), again), (Some(rows), 0), "round {round} lost rows");
            }
            None => assert!(again <= rows, "round {round}: {again} new rows"),
        }
        assert_eq!(place.json(START, args)[new], 0, "round {round}: all of it is there now");
    }
}
