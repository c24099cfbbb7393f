//! What readers hold comes back from bytes as it was, and an engine that kept it goes on from there.

use std::sync::{Arc, Mutex};

use pollster::block_on;
use signal_core::engine::Engine;
use signal_core::host::SnapshotPlace;
use signal_core::ledger::{Batch, DraftEvent, Event, Read, StoredEntry, StreamId, content_of, keys_of};
use signal_core::live::{Live, Snapshot};
use signal_core::model::{Pseudonym, Timestamp, TrustWeight, UserId, Viewer};
use signal_core::simulation::{Plan, SimulatedHost, Simulation};
use signal_core::store::{LedgerStore, MemoryStore};
use uuid::Uuid;

/// A place in memory.
#[derive(Debug, Default)]
struct Shelf {
    bytes: Mutex<Option<Vec<u8>>>,
}

impl Shelf {
    fn there(&self) -> Option<Vec<u8>> {
        self.bytes.lock().expect("no panic").clone()
    }

    /// How many entries the snapshot holds; none where none is there.
    fn holds(&self) -> Option<u64> {
        self.there().map(|bytes| Snapshot::from_bytes(&bytes).expect("reads").position())
    }
}

impl SnapshotPlace for Shelf {
    fn read(&self) -> Option<Vec<u8>> {
        self.there()
    }

    fn write(&self, bytes: &[u8]) {
        *self.bytes.lock().expect("no panic") = Some(bytes.to_vec());
    }

    fn remove(&self) {
        *self.bytes.lock().expect("no panic") = None;
    }
}

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().expect("a time")
}

/// An engine of its own over a store, as if its program had just begun.
fn begun(store: &Arc<MemoryStore>, shelf: &Arc<Shelf>) -> Engine {
    let host = Arc::new(SimulatedHost::new(9, start().plus_days(60)));
    Engine::resuming(Arc::<MemoryStore>::clone(store), host, Arc::<Shelf>::clone(shelf))
}

fn user(n: u64) -> UserId {
    UserId::from_uuid(Uuid::from_u128(u128::from(n) + 1))
}

/// So many people join.
async fn join(store: &MemoryStore, people: std::ops::Range<u64>) {
    let batch = |n: u64| {
        let user = user(n);
        let pseudonym = Pseudonym::from_bytes(user.uuid().into_bytes());
        let event = Event::UserRegistered {
            user,
            pseudonym,
            handle: Some(format!("user-{n}").parse().expect("a handle")),
            claims: vec![],
            claimed: true,
        };
        Batch {
            at: start(),
            reads: vec![Read { stream: StreamId::User(user), version: 0 }],
            naming: vec![],
            keys: keys_of(&event),
            content: content_of(&event, start()),
            events: vec![DraftEvent { actor: None, event, moves: vec![], salt: [7; 16] }],
        }
    };
    let batches: Vec<_> = people.map(batch).collect();
    for done in store.append(&batches).await.expect("appends") {
        done.expect("joins");
    }
}

/// A community that lived for weeks in circles, settled drops, closed epochs, and lost people, with and without their words.
async fn lived() -> (Arc<MemoryStore>, Vec<StoredEntry>) {
    let store = Arc::new(MemoryStore::new());
    let plan = Plan { people: 160, days: 24, sybils: 12, start: start(), ..Plan::default() };
    Simulation::run(&plan, Arc::<MemoryStore>::clone(&store), &|_, _| {}).await.expect("lives");
    let engine = begun(&store, &Arc::default());
    let people = engine.users(Viewer::Operator, None, 1_000).await.expect("people");
    for (person, n) in people.iter().step_by(19).zip(0..) {
        if n % 2 == 0 {
            engine.erase(person.user.id).await.expect("leaves");
        } else {
            engine.anonymise(person.user.id).await.expect("leaves");
        }
        let (from, to) = (people[n + 1].user.id, people[n + 2].user.id);
        engine.set_trust(from, to, Some(TrustWeight::FULL)).await.expect("trusts");
    }
    let entries = store.entries(0, u32::MAX).await.expect("entries");
    (store, entries)
}

/// The ways to look things up, which a snapshot does not hold.
fn looked_up(live: &Live) -> impl PartialEq + std::fmt::Debug {
    let drops: Vec<_> = live.drops_since(start()).map(|(id, _)| id).collect();
    let person = |(user, person): (&UserId, &signal_core::live::LivePerson)| {
        let of: Vec<_> = live.drops_of(*user).map(|(id, _)| id).collect();
        (live.called(person.pseudonym), of, live.circles_of(*user).collect::<Vec<_>>())
    };
    (drops, live.people.iter().map(person).collect::<Vec<_>>(), live.crowd().clone())
}

#[test]
fn whoever_goes_on_from_a_snapshot_holds_what_everybody_else_holds() {
    block_on(async {
        let (_, entries) = lived().await;
        let follow = |mut live: Live, entries: &[StoredEntry]| {
            for entry in entries {
                live.apply(entry).expect("applies");
            }
            live
        };
        let whole = follow(Live::default(), &entries);
        assert!(whole.left_by > 0 && !whole.circles.is_empty() && !whole.drops.is_empty());
        for part in [0, entries.len() / 3, entries.len() * 9 / 10, entries.len()] {
            let (first, rest) = entries.split_at(part);
            let bytes = Snapshot::of(&follow(Live::default(), first)).to_bytes();
            let resumed = Snapshot::from_bytes(&bytes).expect("reads").into_live().expect("comes back");
            let resumed = follow(resumed, rest);
            assert!(Snapshot::of(&resumed) == Snapshot::of(&whole), "after {part} entries");
            assert!(looked_up(&resumed) == looked_up(&whole), "after {part} entries");
        }
    });
}

#[test]
fn an_engine_goes_on_where_the_last_one_was() {
    block_on(async {
        let (store, shelf) = (Arc::new(MemoryStore::new()), Arc::new(Shelf::default()));
        join(&store, 0..999).await;
        begun(&store, &shelf).keep_snapshot().await.expect("answers");
        assert_eq!(shelf.holds(), None, "that few are read at once");
        join(&store, 999..1_500).await;
        let engine = begun(&store, &shelf);
        engine.keep_snapshot().await.expect("is kept");
        assert_eq!(shelf.holds(), Some(1_500));
        join(&store, 1_500..1_600).await;
        // The snapshot is believed, so somebody who is in it alone shows that it was read.
        let mut live = Snapshot::from_bytes(&shelf.there().expect("is there"))
            .expect("reads")
            .into_live()
            .expect("lives");
        live.graph.set(user(1), user(2), Some(TrustWeight::FULL));
        shelf.write(&Snapshot::of(&live).to_bytes());
        let engine = begun(&store, &shelf);
        let known = engine.users(Viewer::Operator, None, 2_000).await.expect("people");
        assert_eq!((known.len(), known[1].trusts, engine.followed()), (1_600, Some(1), 1_600));
    });
}

#[test]
fn a_snapshot_is_written_when_enough_has_come() {
    block_on(async {
        let (store, shelf) = (Arc::new(MemoryStore::new()), Arc::new(Shelf::default()));
        let engine = begun(&store, &shelf);
        for (people, held) in
            [(0..99_999, None), (99_999..100_000, Some(100_000)), (100_000..199_999, Some(100_000))]
        {
            join(&store, people).await;
            engine.catch_up().await.expect("follows");
            assert_eq!(shelf.holds(), held);
        }
    });
}

#[test]
fn nobody_who_left_stays_in_a_snapshot() {
    block_on(async {
        let (store, shelf) = (Arc::new(MemoryStore::new()), Arc::new(Shelf::default()));
        join(&store, 0..2_000).await;
        let engine = begun(&store, &shelf);
        engine.keep_snapshot().await.expect("is kept");
        let names = |bytes: &[u8]| bytes.windows(9).any(|part| part == b"user-1234");
        assert!(names(&shelf.there().expect("is there")));
        // Another process, which keeps its snapshot elsewhere, lets somebody go.
        begun(&store, &Arc::default()).erase(user(1_234)).await.expect("leaves");
        engine.catch_up().await.expect("follows");
        assert_eq!(shelf.holds(), None);
        // One that was written meanwhile by a program that did not know yet goes at the next start.
        let mut old = Live::default();
        for entry in store.entries(0, 2_000).await.expect("entries") {
            old.apply(&entry).expect("applies");
        }
        shelf.write(&Snapshot::of(&old).to_bytes());
        let engine = begun(&store, &shelf);
        engine.catch_up().await.expect("follows");
        assert_eq!(shelf.holds(), None);
        engine.keep_snapshot().await.expect("is kept");
        assert!(!names(&shelf.there().expect("is there")));
        // The engine that lets somebody go writes another at once, and removes one that somebody else wrote meanwhile.
        shelf.write(&Snapshot::of(&old).to_bytes());
        engine.erase(user(77)).await.expect("leaves");
        assert_eq!(shelf.holds(), Some(2_002));
        let left = shelf.there().expect("is there");
        assert!(!names(&left) && !left.windows(8).any(|part| part == b"user-77\x00"));
    });
}

#[test]
fn what_is_no_snapshot_of_this_ledger_is_removed() {
    block_on(async {
        let (store, other, shelf) =
            (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()), Arc::new(Shelf::default()));
        join(&store, 0..1_200).await;
        join(&other, 5_000..7_000).await;
        begun(&other, &shelf).keep_snapshot().await.expect("is kept");
        let foreign = shelf.there().expect("is there");
        let mut damaged = foreign.clone();
        damaged[100] ^= 1;
        for bytes in [foreign, damaged, b"something else".to_vec(), Vec::new()] {
            shelf.write(&bytes);
            let engine = begun(&store, &shelf);
            assert_eq!(engine.users(Viewer::Operator, None, 9_999).await.expect("people").len(), 1_200);
            assert_eq!(shelf.there(), None);
        }
    });
}
