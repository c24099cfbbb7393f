//! Makes an SQLite store as large as the largest hosts' of one file: people join, trust each other, vouch for tracks and rate
//! what others vouched for, one entry each. What a program then needs to begin over it is measured with the programs themselves.
//!
//! `cargo bench -p signal-adapters --bench large -- FILE [PEOPLE] [ENTRIES]`; a line of JSON. The file must not exist.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use signal_adapters::sqlite::{SqliteOptions, SqliteStore};
use signal_core::ledger::{Batch, DraftEvent, Event, Read, StreamId, content_of, keys_of};
use signal_core::model::{
    Account, ArtistId, Claim, DropId, Move, Points, Pseudonym, Stars, Text, Timestamp, TrackId, TrustWeight,
    UserId,
};
use signal_core::store::{HistoryStore, ItemKind, LedgerStore, NewItem, Store};
use uuid::Uuid;

/// Appends of one transaction.
const TOGETHER: u64 = 32_768;
const TRACKS: u64 = 10_000;
const START: i64 = 1_767_225_600;
/// Seconds between two entries: ten million take 289 days.
const STEP_MICROS: i64 = 2_500_000;
const OPENING: Points = Points::from_milli(20_000);
const STAKE: Points = Points::from_milli(10_000);

/// Who there is, what was done, and how often each stream was written.
struct Community {
    dice: ChaCha8Rng,
    at: Timestamp,
    tracks: Vec<TrackId>,
    /// Versions, and points that may be staked, by person.
    people: Vec<(u64, Points)>,
    /// Authors and versions, by drop.
    drops: Vec<(u64, u64)>,
    /// Who rated which drop.
    rated: HashSet<(u64, usize)>,
}

fn user(n: u64) -> UserId {
    UserId::new(Timestamp::from_seconds(START), scattered(n, 1))
}

fn drop_id(n: u64) -> DropId {
    DropId::new(Timestamp::from_seconds(START), scattered(n, 2))
}

fn pseudonym(n: u64) -> Pseudonym {
    let mut bytes = [0; 16];
    bytes[..10].copy_from_slice(&scattered(n, 3));
    bytes[10..].copy_from_slice(&n.to_be_bytes()[2..]);
    Pseudonym::from_bytes(bytes)
}

/// Ten bytes that look random, each once for a number.
fn scattered(n: u64, salt: u8) -> [u8; 10] {
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    let mut bytes = [salt; 10];
    bytes[..8].copy_from_slice(&mixed);
    bytes
}

impl Community {
    fn batch(&self, actor: u64, streams: Vec<(StreamId, u64)>, event: Event, moves: Vec<Move>) -> Batch {
        let reads = streams.into_iter().map(|(stream, version)| Read { stream, version }).collect();
        let salt = scattered(actor, 4).iter().copied().chain([0; 6]).collect::<Vec<_>>();
        Batch {
            at: self.at,
            reads,
            naming: vec![],
            keys: keys_of(&event),
            content: content_of(&event, self.at),
            events: vec![DraftEvent {
                actor: Some(user(actor)),
                event,
                moves,
                salt: salt.try_into().expect("sixteen bytes"),
            }],
        }
    }

    /// Raises a person's version and gives what it was.
    fn touch(&mut self, who: u64) -> (StreamId, u64) {
        let slot = &mut self.people[usize::try_from(who).expect("small")].0;
        *slot += 1;
        (StreamId::User(user(who)), *slot - 1)
    }

    fn join(&mut self) -> Batch {
        let who = self.people.len() as u64;
        self.people.push((0, OPENING));
        let read = self.touch(who);
        let name = pseudonym(who);
        let event = Event::UserRegistered {
            user: user(who),
            pseudonym: name,
            handle: Some(format!("user-{who}").parse().expect("a handle")),
            claims: vec![],
            claimed: true,
        };
        let moves = vec![Move(Account::Mint, -OPENING), Move(Account::Available(name), OPENING)];
        self.batch(who, vec![read], event, moves)
    }

    fn somebody(&mut self) -> u64 {
        let known = self.people.len() as u64;
        // Some are more active than others: of two drawn, whoever came earlier.
        self.dice.random_range(0..known).min(self.dice.random_range(0..known))
    }

    fn trust(&mut self) -> Batch {
        let (from, to) = loop {
            let pair = (self.somebody(), self.somebody());
            if pair.0 != pair.1 {
                break pair;
            }
        };
        let weight = self.dice.random_range(1..=10_000);
        let weight = TrustWeight::from_ten_thousandths(weight).expect("in range");
        let read = self.touch(from);
        self.batch(from, vec![read], Event::TrustSet { from: user(from), to: user(to), weight }, vec![])
    }

    fn vouch(&mut self) -> Option<Batch> {
        let author = self.somebody();
        let available = &mut self.people[usize::try_from(author).expect("small")].1;
        if *available < STAKE {
            return None;
        }
        *available = *available - STAKE;
        let n = self.drops.len() as u64;
        self.drops.push((author, 1));
        let track = self.tracks[usize::try_from(n % TRACKS).expect("small")];
        let event = Event::DropMade {
            drop: drop_id(n),
            author: user(author),
            track,
            context: Text::new(&format!("what I heard on evening {n}"), 500).expect("words"),
            stake: STAKE,
            circle: None,
        };
        let name = pseudonym(author);
        let moves = vec![Move(Account::Available(name), -STAKE), Move(Account::Staked(name), STAKE)];
        let reads = vec![(StreamId::Drop(drop_id(n)), 0), self.touch(author)];
        Some(self.batch(author, reads, event, moves))
    }

    fn rate(&mut self) -> Option<Batch> {
        // Of the newest, which are the ones that people look at.
        let newest = self.drops.len().checked_sub(1)?;
        let n = newest.saturating_sub(self.dice.random_range(0..20_000));
        let (author, version) = self.drops[n];
        let rater = self.somebody();
        if rater == author || !self.rated.insert((rater, n)) {
            return None;
        }
        self.drops[n].1 += 1;
        let drop = drop_id(n as u64);
        let stars = Stars::from_halves(self.dice.random_range(0..=10)).expect("stars");
        let reads = vec![(StreamId::Drop(drop), version), self.touch(rater)];
        Some(self.batch(rater, reads, Event::DropRated { drop, rater: user(rater), stars }, vec![]))
    }

    /// The next entry: in ten of them one person joins, one vouches, four trust and four rate.
    fn next(&mut self, n: u64, people: u64) -> Batch {
        self.at = Timestamp::from_micros(
            Timestamp::from_seconds(START).micros() + i64::try_from(n).expect("small") * STEP_MICROS,
        );
        let known = self.people.len() as u64;
        if known < 100 || (n.is_multiple_of(10) && known < people) {
            return self.join();
        }
        let done = match n % 10 {
            1 => self.vouch(),
            2..=5 => self.rate(),
            _ => None,
        };
        done.unwrap_or_else(|| self.trust())
    }
}

async fn tracks(store: &SqliteStore) -> Vec<TrackId> {
    let item = |n: u64, kind, name: String| NewItem {
        id: Uuid::from_u128(u128::from(n) + 1),
        kind,
        claims: vec![Claim::new("bench", &n.to_string()).expect("a claim")],
        name,
    };
    let artist = item(0, ItemKind::Artist, "Somebody".to_owned());
    let artist = ArtistId::from_uuid(store.put_items(&[artist]).await.expect("an artist")[0]);
    let items: Vec<_> = (1..=TRACKS).map(|n| item(n, ItemKind::Track(artist), format!("Song {n}"))).collect();
    store.put_items(&items).await.expect("tracks").into_iter().map(TrackId::from_uuid).collect()
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|text| !text.starts_with("--")).collect();
    let Some(path) = arguments.first().map(PathBuf::from) else {
        println!("usage: cargo bench -p signal-adapters --bench large -- FILE [PEOPLE] [ENTRIES]");
        return;
    };
    assert!(!path.exists(), "{} is there already", path.display());
    let number = |n: usize, default| arguments.get(n).map_or(default, |text| text.parse().expect("a number"));
    let (people, entries) = (number(1, 1_000_000_u64), number(2, 10_000_000_u64));
    let store = SqliteStore::open_with(&path, SqliteOptions { bulk: true }).await.expect("opens");
    let mut community = Community {
        dice: ChaCha8Rng::seed_from_u64(1),
        at: Timestamp::from_seconds(START),
        tracks: tracks(&store).await,
        people: Vec::new(),
        drops: Vec::new(),
        rated: HashSet::new(),
    };
    let started = Instant::now();
    let mut done = 0;
    while done < entries {
        let next = entries.min(done + TOGETHER);
        let batches: Vec<_> = (done..next).map(|n| community.next(n, people)).collect();
        for answer in store.append(&batches).await.expect("appends") {
            answer.expect("is appended");
        }
        done = next;
        if done.is_multiple_of(TOGETHER * 16) {
            eprintln!("{done} entries, {:.0} s", started.elapsed().as_secs_f64());
        }
    }
    store.close().await;
    println!(
        "{{\"people\":{},\"entries\":{done},\"drops\":{},\"made_s\":{:.0},\"bytes\":{}}}",
        community.people.len(),
        community.drops.len(),
        started.elapsed().as_secs_f64(),
        std::fs::metadata(&path).map_or(0, |file| file.len())
    );
}
