//! Eight writers on shared people, drops and one circle: nothing is lost, nothing is there twice. A folder serves one process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use signal_adapters::SystemHost;
use signal_adapters::surrealdb::SurrealStore;
use signal_core::decide::Refusal;
use signal_core::engine::{Engine, EngineError};
use signal_core::ledger::{Event, Verifier};
use signal_core::model::{CircleId, DropId, Points, Stars, TrackRef, TrustWeight, UserId, Viewer};
use signal_core::store::{LedgerStore, Store};
use tempfile::TempDir;

use crate::contract::open;

const TASKS: usize = 8;
/// People who want to join the circle beside its creator: more than it has seats for.
const PEOPLE: usize = 160;
const DROPS: usize = 6;
/// Everybody trusts one of so few that writers meet.
const TRUSTERS: usize = 5;
const SEATS: usize = 150;

/// One thing that a writer does, and was told to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Join(usize),
    Rate(usize, usize),
    Trust(usize, usize),
}

impl Act {
    /// All that one of the writers does, mixed so that all of them meet on the same things.
    fn of(writer: usize) -> Vec<Self> {
        let mine = |n: &usize| n % TASKS == writer;
        let joins = (0..PEOPLE).filter(mine).map(Self::Join);
        let ratings = (0..PEOPLE).flat_map(|who| (0..DROPS).map(move |drop| (who, drop)));
        let ratings =
            ratings.enumerate().filter(|(n, _)| mine(n)).map(|(_, (who, drop))| Self::Rate(who, drop));
        let trusts = (0..TRUSTERS).flat_map(|from| (TRUSTERS..PEOPLE).map(move |to| (from, to)));
        let trusts = trusts.enumerate().filter(|(n, _)| mine(n)).map(|(_, (from, to))| Self::Trust(from, to));
        let mut acts: Vec<_> = joins.chain(ratings).chain(trusts).collect();
        acts.sort_by_key(|act| match act {
            Self::Join(who) => who * 7 % 101,
            Self::Rate(who, drop) => (who * 31 + drop * 17) % 101,
            Self::Trust(from, to) => (from * 13 + to) % 101,
        });
        acts
    }
}

fn handle(n: usize) -> String {
    format!("person{n}")
}

/// Everybody and everything, found by name.
struct Place {
    engine: Engine,
    people: Vec<UserId>,
    drops: Vec<DropId>,
    circle: CircleId,
}

impl Place {
    async fn find(engine: Engine, drops: Vec<DropId>) -> Self {
        let mut people = Vec::new();
        for n in 0..PEOPLE {
            people.push(engine.find_user(Viewer::Operator, &handle(n)).await.expect("a person"));
        }
        let circle = engine.find_circle("The Cellar").await.expect("the circle");
        Self { engine, people, drops, circle }
    }

    /// Does one thing until it is done or refused; gives whether it is done. Whoever loses a race too often tries again.
    async fn act(&self, act: Act) -> bool {
        loop {
            let engine = &self.engine;
            let done = match act {
                Act::Join(who) => engine.join(self.people[who], self.circle).await,
                Act::Rate(who, drop) => {
                    let stars = Stars::from_halves(u8::try_from(who % 11).expect("small")).expect("stars");
                    engine.rate(self.people[who], self.drops[drop], stars).await
                }
                Act::Trust(from, to) => {
                    engine.set_trust(self.people[from], self.people[to], Some(TrustWeight::FULL)).await
                }
            };
            match done {
                Ok(()) => return true,
                Err(EngineError::Refused(Refusal::CircleFull { limit })) => {
                    assert_eq!(limit, SEATS);
                    return false;
                }
                Err(error) if error.may_retry() => {}
                Err(error) => panic!("{act:?}: {error}"),
            }
        }
    }
}

/// Registers everybody, makes the circle and the drops, and gives the drops.
async fn prepare(engine: &Engine) -> Vec<DropId> {
    for n in 0..PEOPLE {
        engine.register(&handle(n).parse().expect("a handle")).await.expect("registers");
    }
    let creator = engine.register(&"creator".parse().expect("a handle")).await.expect("registers");
    engine.create_circle(creator, "The Cellar", &[], false).await.expect("a circle");
    let mut drops = Vec::new();
    for n in 0..DROPS {
        let author =
            engine.register(&format!("author{n}").parse().expect("a handle")).await.expect("registers");
        let track = TrackRef::named("Artist", &format!("Song {n}")).expect("a track");
        let drop = engine.make_drop(author, &track, "listen", None, None, None).await.expect("a drop");
        drops.push(drop);
    }
    drops
}

/// What the entries say was done, and how often.
async fn recorded(place: &Place, store: &SurrealStore) -> BTreeMap<Act, usize> {
    let number = |who: UserId| place.people.iter().position(|person| *person == who);
    let mut acts: BTreeMap<Act, usize> = BTreeMap::new();
    let mut verifier = Verifier::new();
    for (n, entry) in store.entries(0, u32::MAX).await.expect("entries").into_iter().enumerate() {
        assert_eq!(entry.position, n as u64, "positions have no gaps");
        verifier.push(&entry).expect("the entry verifies");
        let act = match entry.read().expect("it can be read").body.expect("a body").event {
            Event::CircleJoined { user, .. } => number(user).map(Act::Join),
            Event::DropRated { drop, rater, .. } => {
                let drop = place.drops.iter().position(|known| *known == drop).expect("a drop");
                number(rater).map(|who| Act::Rate(who, drop))
            }
            Event::TrustSet { from, to, .. } => number(from).zip(number(to)).map(|(a, b)| Act::Trust(a, b)),
            _ => None,
        };
        if let Some(act) = act {
            *acts.entry(act).or_default() += 1;
        }
    }
    verifier.finish(&store.head().await.expect("head")).expect("the ledger verifies");
    acts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_lose_nothing() {
    let folder = TempDir::new().expect("a folder");
    let store = open(folder.path()).await;
    let engine = Engine::new(Arc::new(store.clone()), Arc::new(SystemHost::new()));
    let drops = prepare(&engine).await;
    let place = Arc::new(Place::find(engine, drops).await);
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let place = Arc::clone(&place);
            tokio::spawn(async move {
                let mut done = Vec::new();
                for act in Act::of(task) {
                    if place.act(act).await {
                        done.push(act);
                    }
                }
                done
            })
        })
        .collect();
    let mut told = Vec::new();
    for task in tasks {
        told.extend(task.await.expect("the writer ends"));
    }
    let acts: BTreeSet<_> = told.iter().copied().collect();
    assert_eq!(acts.len(), told.len(), "nobody was told twice");
    let joined = acts.iter().filter(|act| matches!(act, Act::Join(_))).count();
    assert_eq!(joined, SEATS - 1, "the creator has the last seat");
    assert_eq!(acts.len() - joined, PEOPLE * DROPS + TRUSTERS * (PEOPLE - TRUSTERS), "all else was done");
    let recorded = recorded(&place, &store).await;
    assert!(recorded.values().all(|times| *times == 1), "no entry is there twice");
    assert_eq!(recorded.into_keys().collect::<BTreeSet<_>>(), acts, "what was told is what is there");
    let engine = &place.engine;
    let circle = engine.circle(Viewer::Operator, place.circle).await.expect("the circle");
    assert_eq!((circle.size, circle.members.len()), (SEATS, SEATS));
    for person in &place.people {
        let answer = engine.user(Viewer::Operator, *person).await.expect("a person");
        assert!(answer.available_millipoints.expect("told to the operator") >= Points::ZERO);
    }
    let replay = engine.replay_ledger(&|_| {}).await.expect("replays");
    assert!(replay.equal, "{:?}", replay.differences);
    store.close().await;
}
