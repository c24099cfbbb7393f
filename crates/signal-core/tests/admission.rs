//! Newcomers have a share of all privileges, as people meet it through the engine.

use std::sync::Arc;

use pollster::block_on;
use signal_core::decide::Refusal;
use signal_core::engine::{Engine, EngineError, Result};
use signal_core::ledger::{EpochTables, Event};
use signal_core::model::{DropId, Points, Stars, Timestamp, TrackRef, TrustWeight, UserId, Verification};
use signal_core::policy::{AdmissionPolicy, Policy};
use signal_core::reputation::Newcomer;
use signal_core::simulation::SimulatedHost;
use signal_core::store::{LedgerStore, MemoryStore};

struct Town {
    engine: Engine,
    store: MemoryStore,
    host: Arc<SimulatedHost>,
    people: Vec<UserId>,
    start: Timestamp,
}

impl Town {
    async fn of(people: usize, admission: AdmissionPolicy) -> Self {
        let start = "2026-01-01T00:00:00Z".parse().expect("a time");
        let host = Arc::new(SimulatedHost::new(7, start));
        let store = MemoryStore::new();
        let engine = Engine::new(Arc::new(store.clone()), Arc::<SimulatedHost>::clone(&host));
        let mut town = Self { engine, store, host, people: Vec::new(), start };
        town.engine.set_policy(Policy { admission, ..Policy::default() }).await.expect("sets");
        for _ in 0..people {
            town.join(true).await;
        }
        town
    }

    async fn join(&mut self, verified: bool) -> usize {
        let number = self.people.len();
        let handle = format!("person{number}").parse().expect("a handle");
        let person = self.engine.register(&handle).await.expect("joins");
        if verified {
            let token = format!("token {number}");
            self.engine.verify(person, Verification::Phone, &token).await.expect("verifies");
        }
        self.people.push(person);
        number
    }

    fn at(&self, days: i64, seconds: i64) {
        self.host.set_now(self.start.plus_days(days).plus_seconds(seconds));
    }

    async fn drop(&self, author: usize, song: usize) -> Result<DropId> {
        let track = TrackRef::named("Moondog", &format!("Song {song}")).expect("a track");
        let stake = Some(Points::whole(10));
        self.engine.make_drop(self.people[author], &track, "Hear this.", stake, None, None).await
    }

    async fn trust(&self, from: usize, to: usize, weight: u16) -> Result<()> {
        let weight = TrustWeight::from_ten_thousandths(weight).expect("a weight");
        self.engine.set_trust(self.people[from], self.people[to], Some(weight)).await
    }

    async fn tables(&self) -> EpochTables {
        let entries = self.store.entries(0, u32::MAX).await.expect("entries");
        let events = entries.iter().rev().filter_map(|entry| entry.read().expect("an entry").body);
        let hash = events.map(|body| body.event).find_map(|event| match event {
            Event::EpochClosed { tables, .. } => Some(tables),
            _ => None,
        });
        let bytes = self.store.tables(hash.expect("an epoch")).await.expect("reads").expect("tables");
        EpochTables::from_bytes(&bytes).expect("tables")
    }
}

fn refused(answer: Result<impl std::fmt::Debug>) -> Refusal {
    match answer {
        Err(EngineError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn small() -> AdmissionPolicy {
    AdmissionPolicy { ratings_a_day: 10, trust_edges_a_day: 5, ..AdmissionPolicy::default() }
}

#[test]
fn a_newcomer_drops_less_and_is_told_when_and_why() {
    block_on(async {
        let mut town = Town::of(30, small()).await;
        // Before the first epoch nobody is a newcomer, and who was there at the first is none either.
        town.at(20, 0);
        town.engine.close_epoch().await.expect("closes");
        let late = town.join(true).await;
        town.drop(late, 1).await.expect("drops");
        town.drop(late, 2).await.expect("drops");
        let no = refused(town.drop(late, 3).await);
        let until = town.start.plus_days(21);
        let newcomer = Some(Newcomer { full: 5, settled_days: 14 });
        assert_eq!(no, Refusal::TooManyDrops { limit: 2, hours: 24, until, newcomer });
        assert_eq!(no.retry_at(), Some(until));
        assert!(no.hint().expect("a hint").contains("5 once you have been here 14 days"), "{no:?}");
        // The first ones still make five.
        for song in 10..15 {
            town.drop(0, song).await.expect("drops");
        }
        assert!(matches!(
            refused(town.drop(0, 15).await),
            Refusal::TooManyDrops { limit: 5, newcomer: None, .. }
        ));
        // After a fortnight the newcomer does, too.
        town.at(34, 1);
        town.engine.close_epoch().await.expect("closes");
        for song in 20..23 {
            town.drop(late, song).await.expect("drops");
        }
        let replay = town.engine.replay_ledger(&|_| {}).await.expect("reads");
        assert!(replay.equal && replay.standings_of_epoch == Some(2), "{:?}", replay.differences);
    });
}

#[test]
fn ratings_and_trust_edges_have_a_limit_on_each_day() {
    block_on(async {
        let mut town = Town::of(30, small()).await;
        let mut drops = Vec::new();
        for author in 0..11 {
            drops.push(town.drop(author, author).await.expect("drops"));
        }
        town.at(2, 0);
        town.engine.close_epoch().await.expect("closes");
        let late = town.join(false).await;
        let stars = Stars::from_halves(8).expect("stars");
        for (who, limit) in [(late, 4), (29, 10)] {
            for drop in &drops[..limit] {
                town.engine.rate(town.people[who], *drop, stars).await.expect("rates");
            }
            let no = refused(town.engine.rate(town.people[who], drops[limit], stars).await);
            let until = town.start.plus_days(3);
            let newcomer = (who == late).then_some(Newcomer { full: 10, settled_days: 14 });
            let limit = u32::try_from(limit).expect("few");
            assert_eq!(no, Refusal::TooManyToday { what: "ratings", limit, until, newcomer });
        }
        for (who, limit) in [(late, 2), (29, 5)] {
            for to in 0..limit {
                town.trust(who, to, 5_000).await.expect("trusts");
            }
            let no = refused(town.trust(who, limit, 5_000).await);
            assert!(matches!(no, Refusal::TooManyToday { what: "trust edges", .. }), "{no:?}");
            // What changes nothing, and taking trust away, is always possible.
            town.trust(who, 0, 5_000).await.expect("is so already");
            town.engine.set_trust(town.people[who], town.people[0], None).await.expect("takes it away");
        }
        // The next day has its own, from its first instant on.
        town.at(3, -1);
        assert!(town.engine.rate(town.people[late], drops[4], stars).await.is_err());
        town.at(3, 0);
        town.engine.rate(town.people[late], drops[4], stars).await.expect("rates");
        town.trust(late, 2, 5_000).await.expect("trusts");
        let replay = town.engine.replay_ledger(&|_| {}).await.expect("reads");
        assert!(replay.equal, "{:?}", replay.differences);
    });
}

#[test]
fn a_few_friends_have_everything_at_once() {
    block_on(async {
        let mut town = Town::of(5, AdmissionPolicy::default()).await;
        town.at(60, 0);
        town.engine.close_epoch().await.expect("closes");
        let late = town.join(true).await;
        for song in 0..5 {
            town.drop(late, song).await.expect("drops");
        }
        let tables = town.tables().await;
        assert!(tables.standings.iter().all(|row| row.privilege.get() == 1_000_000));
    });
}

#[test]
fn standing_stands_in_for_a_check_and_a_flood_without_it_stays_small() {
    block_on(async {
        let mut town = Town::of(30, AdmissionPolicy::default()).await;
        let trusted = town.join(false).await;
        for from in 0..30 {
            town.trust(from, trusted, 10_000).await.expect("trusts");
        }
        let flood: Vec<_> = {
            let mut flood = Vec::new();
            for _ in 0..20 {
                flood.push(town.join(false).await);
            }
            flood
        };
        for (from, to) in flood.iter().zip(flood.iter().skip(1)) {
            town.trust(*from, *to, 10_000).await.expect("trusts");
        }
        town.at(40, 0);
        town.engine.close_epoch().await.expect("closes");
        let mut shares: Vec<_> =
            town.tables().await.standings.iter().map(|row| row.privilege.get()).collect();
        shares.sort_unstable();
        let small = shares.iter().filter(|share| **share == 400_000).count();
        let all = shares.iter().filter(|share| **share == 1_000_000).count();
        assert_eq!((small, all), (20, 31), "{shares:?}");
    });
}
