//! Eight writers in two processes on shared people, drops and one circle: nothing is lost, nothing is there twice.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use signal_adapters::SystemHost;
use signal_adapters::postgres::PostgresStore;
use signal_core::decide::Refusal;
use signal_core::engine::{Engine, EngineError};
use signal_core::ledger::{Event, Verifier};
use signal_core::model::{CircleId, DropId, Points, Stars, TrackRef, TrustWeight, UserId, Viewer};
use signal_core::store::LedgerStore;

use crate::server::{self, Database};

const PROCESSES: usize = 2;
const TASKS: usize = 4;
/// People who want to join the circle beside its creator: more than it has seats for.
const PEOPLE: usize = 160;
const DROPS: usize = 6;
/// Everybody trusts one of so few that writers meet.
const TRUSTERS: usize = 5;
const SEATS: usize = 150;
/// The URL and the number of the process.
const TOLD: &str = "SIGNAL_TEST_WRITER";

/// One thing that a writer does, and was told to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Join(usize),
    Rate(usize, usize),
    Trust(usize, usize),
}

impl Act {
    fn told(self) -> String {
        match self {
            Self::Join(who) => format!("join {who} 0"),
            Self::Rate(who, drop) => format!("rate {who} {drop}"),
            Self::Trust(from, to) => format!("trust {from} {to}"),
        }
    }

    fn heard(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("done ")?.split(' ');
        let kind = words.next()?;
        let (one, other) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        match kind {
            "join" => Some(Self::Join(one)),
            "rate" => Some(Self::Rate(one, other)),
            "trust" => Some(Self::Trust(one, other)),
            _ => None,
        }
    }

    /// All that one of the writers does, mixed so that all of them meet on the same things.
    fn of(writer: usize) -> Vec<Self> {
        let mine = |n: &usize| n % (PROCESSES * TASKS) == writer;
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
    async fn find(url: &str, drops: &str) -> Self {
        let store = PostgresStore::open(url).await.expect("the store opens");
        let engine = Engine::new(Arc::new(store), Arc::new(SystemHost::new()));
        let mut people = Vec::new();
        for n in 0..PEOPLE {
            people.push(engine.find_user(Viewer::Operator, &handle(n)).await.expect("a person"));
        }
        let circle = engine.find_circle("The Cellar").await.expect("the circle");
        let drops = drops.split(',').map(|drop| drop.parse().expect("a drop")).collect();
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

/// What the test below starts twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "half of eight_writers_in_two_processes_lose_nothing"]
async fn one_process_of_writers() {
    let told = env::var(TOLD).expect("the other half starts this one");
    let mut told = told.splitn(3, ' ');
    let process: usize = told.next().and_then(|number| number.parse().ok()).expect("a number");
    let drops = told.next().expect("drops");
    let place = Arc::new(Place::find(told.next().expect("a URL"), drops).await);
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let place = Arc::clone(&place);
            tokio::spawn(async move {
                for act in Act::of(process * TASKS + task) {
                    if place.act(act).await {
                        println!("done {}", act.told());
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("the writer ends");
    }
}

fn start(process: usize, drops: &str, url: &str) -> Child {
    let program = env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.args(["--exact", "writers::one_process_of_writers", "--ignored", "--nocapture"]);
    command.env(TOLD, format!("{process} {drops} {url}")).stdout(Stdio::piped());
    command.spawn().expect("a process of writers starts")
}

/// Registers everybody, makes the circle and the drops, and gives the drops.
async fn prepare(engine: &Engine) -> String {
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
        drops.push(drop.to_string());
    }
    drops.join(",")
}

/// What the entries say was done, and how often.
async fn recorded(place: &Place, store: &PostgresStore) -> BTreeMap<Act, usize> {
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
async fn eight_writers_in_two_processes_lose_nothing() {
    if !server::is_there() {
        return;
    }
    let database = Database::prepared().await;
    let store = PostgresStore::open(&database.url).await.expect("the store opens");
    let engine = Engine::new(Arc::new(store.clone()), Arc::new(SystemHost::new()));
    let drops = prepare(&engine).await;
    let processes: Vec<_> = (0..PROCESSES).map(|process| start(process, &drops, &database.url)).collect();
    let mut told = Vec::new();
    for process in processes {
        let output = process.wait_with_output().expect("the process ends");
        let text = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success(), "{text}");
        told.extend(text.lines().filter_map(Act::heard));
    }
    let acts: BTreeSet<_> = told.iter().copied().collect();
    assert_eq!(acts.len(), told.len(), "nobody was told twice");
    let joined = acts.iter().filter(|act| matches!(act, Act::Join(_))).count();
    assert_eq!(joined, SEATS - 1, "the creator has the last seat");
    assert_eq!(acts.len() - joined, PEOPLE * DROPS + TRUSTERS * (PEOPLE - TRUSTERS), "all else was done");
    let place = Place::find(&database.url, &drops).await;
    let recorded = recorded(&place, &store).await;
    assert!(recorded.values().all(|times| *times == 1), "no entry is there twice");
    assert_eq!(recorded.into_keys().collect::<BTreeSet<_>>(), acts, "what was told is what is there");
    let circle = engine.circle(Viewer::Operator, place.circle).await.expect("the circle");
    assert_eq!((circle.size, circle.members.len()), (SEATS, SEATS));
    for person in &place.people {
        let answer = engine.user(Viewer::Operator, *person).await.expect("a person");
        assert!(answer.available_millipoints.expect("told to the operator") >= Points::ZERO);
    }
    let replay = engine.replay_ledger(&|_| {}).await.expect("replays");
    assert!(replay.equal, "{:?}", replay.differences);
}
