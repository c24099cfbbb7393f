//! Bridging through the engine: fitted in an epoch, decided by a settlement, told to readers, and the same for an auditor.

use std::sync::Arc;

use pollster::block_on;
use signal_core::engine::{DropAnswer, Engine};
use signal_core::ledger::{Method, Outcome};
use signal_core::model::{DropId, Points, Stars, Timestamp, TrackRef, UserId, Viewer};
use signal_core::policy::{BridgingPolicy, Policy, ValidationPolicy};
use signal_core::simulation::SimulatedHost;
use signal_core::store::MemoryStore;

const PEOPLE: usize = 30;

/// Two camps of fifteen: each gives the other's music one star.
struct Camps {
    engine: Engine,
    host: Arc<SimulatedHost>,
    people: Vec<UserId>,
    start: Timestamp,
    songs: usize,
}

impl Camps {
    async fn meet(bridging: BridgingPolicy) -> Self {
        let start = "2026-01-01T00:00:00Z".parse().expect("a time");
        let host = Arc::new(SimulatedHost::new(7, start));
        let engine = Engine::new(Arc::new(MemoryStore::new()), Arc::<SimulatedHost>::clone(&host));
        let validation = ValidationPolicy { bridging, ..ValidationPolicy::default() };
        engine.set_policy(Policy { validation, ..Policy::default() }).await.expect("sets");
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let handle = format!("person{number}").parse().expect("a handle");
            people.push(engine.register(&handle).await.expect("joins"));
        }
        Self { engine, host, people, start, songs: 0 }
    }

    fn at(&self, days: i64, seconds: i64) {
        self.host.set_now(self.start.plus_days(days).plus_seconds(seconds));
    }

    async fn drop(&mut self, author: usize) -> DropId {
        self.songs += 1;
        let track = TrackRef::named("Moondog", &format!("Song {}", self.songs)).expect("a track");
        let made = self.engine.make_drop(self.people[author], &track, "Hear this.", None, None, None);
        made.await.expect("drops")
    }

    /// Everybody comes by, more than an hour after the last one so that nobody is in step, and rates these drops.
    async fn rate(&self, day: i64, drops: &[(DropId, usize, Liked)]) {
        for rater in 0..PEOPLE {
            self.at(day, i64::try_from(rater).expect("few") * 4_000);
            for (drop, author, liked) in drops {
                if let Some(halves) = liked.stars(rater).filter(|_| rater != *author) {
                    let stars = Stars::from_halves(halves).expect("stars");
                    self.engine.rate(self.people[rater], *drop, stars).await.expect("rates");
                }
            }
        }
    }

    /// A month in which everybody drops once: camp music, and music that all like.
    async fn a_month(&mut self) {
        let liked = [Liked::Even, Liked::Odd, Liked::All];
        let mut drops = Vec::new();
        for author in 0..PEOPLE {
            drops.push((self.drop(author).await, author, liked[author % 3]));
        }
        self.rate(0, &drops).await;
        self.at(8, 0);
        self.engine.settle_due().await.expect("settles");
        self.engine.close_epoch().await.expect("closes");
    }

    async fn settled(&self, drop: DropId) -> DropAnswer {
        self.engine.settle_due().await.expect("settles");
        self.engine.drop(Viewer::Operator, drop).await.expect("a drop")
    }
}

/// Which people like a drop.
#[derive(Clone, Copy)]
enum Liked {
    Even,
    Odd,
    All,
    /// Praised by one camp; the other says nothing.
    EvenAlone,
}

impl Liked {
    /// What a person says, in half-stars, if anything.
    fn stars(self, rater: usize) -> Option<u8> {
        let even = rater.is_multiple_of(2);
        match self {
            Self::Even => Some(if even { 8 } else { 2 }),
            Self::Odd => Some(if even { 2 } else { 8 }),
            Self::All => Some(7 + u8::from(rater.is_multiple_of(3))),
            Self::EvenAlone => even.then_some(10),
        }
    }
}

fn small() -> BridgingPolicy {
    BridgingPolicy { from_ratings: 500, from_raters: 20, from_drops: 20, ..BridgingPolicy::default() }
}

/// A drop that one camp praises with all its votes, and one that both like a little less.
async fn judged(camps: &mut Camps) -> (DropAnswer, DropAnswer) {
    camps.a_month().await;
    let (one_sided, shared) = (camps.drop(0).await, camps.drop(2).await);
    camps.rate(8, &[(one_sided, 0, Liked::EvenAlone), (shared, 2, Liked::All)]).await;
    camps.at(16, 0);
    (camps.settled(one_sided).await, camps.settled(shared).await)
}

#[test]
fn what_one_camp_praises_alone_does_not_succeed() {
    block_on(async {
        let mut camps = Camps::meet(small()).await;
        let (one_sided, shared) = judged(&mut camps).await;
        let said = |drop: &DropAnswer| {
            let settled = drop.settlement.clone().expect("settled");
            (settled.outcome, settled.method)
        };
        assert_eq!(said(&one_sided), (Outcome::Neutral, Some(Method::Bridging)), "{one_sided:?}");
        assert_eq!(said(&shared), (Outcome::Success, Some(Method::Bridging)), "{shared:?}");
        let error = shared.settlement.expect("settled").uncertainty.expect("an error").as_f64();
        assert!(error > 0.0 && error < 0.1, "{error}");
        let replay = camps.engine.replay_ledger(&|_| {}).await.expect("reads");
        assert!(replay.equal && replay.standings_of_epoch == Some(1), "{:?}", replay.differences);
        assert_eq!(replay.books_sum_millipoints, Points::ZERO);
    });
}

#[test]
fn with_too_little_data_the_mean_decides() {
    block_on(async {
        let mut camps = Camps::meet(BridgingPolicy::default()).await;
        let (one_sided, shared) = judged(&mut camps).await;
        for drop in [one_sided, shared] {
            let settled = drop.settlement.expect("settled");
            assert_eq!((settled.outcome, settled.method), (Outcome::Success, Some(Method::ShrunkMean)));
            assert!(settled.uncertainty.is_some());
        }
    });
}

#[test]
fn a_circle_judges_by_its_mean() {
    block_on(async {
        let mut camps = Camps::meet(small()).await;
        camps.a_month().await;
        let circle =
            camps.engine.create_circle(camps.people[0], "Even ones", &[], false).await.expect("founds");
        for person in camps.people.iter().step_by(2).skip(1) {
            camps.engine.join(*person, circle).await.expect("joins");
        }
        let track = TrackRef::named("Moondog", "Bumbo").expect("a track");
        let author = camps.people[0];
        let made = camps.engine.make_drop(author, &track, "Hear this.", None, Some(circle), None);
        let drop = made.await.expect("drops");
        camps.rate(8, &[(drop, 0, Liked::EvenAlone)]).await;
        camps.at(16, 0);
        let settled = camps.settled(drop).await.settlement.expect("settled");
        assert_eq!((settled.outcome, settled.method), (Outcome::Success, Some(Method::ShrunkMean)));
    });
}

/// The epoch of a settlement is the newest before its window closed: what was fitted since changes nothing.
#[test]
fn a_late_settlement_decides_what_one_on_time_did() {
    block_on(async {
        let mut scores = Vec::new();
        for late in [false, true] {
            let mut camps = Camps::meet(small()).await;
            camps.a_month().await;
            let drop = camps.drop(0).await;
            camps.rate(8, &[(drop, 0, Liked::EvenAlone)]).await;
            if late {
                for (day, author) in [(15, 1), (20, 3), (40, 5)] {
                    camps.at(day, 1);
                    let other = camps.drop(author).await;
                    camps.rate(day, &[(other, author, Liked::Odd)]).await;
                    camps.engine.close_epoch().await.expect("closes");
                }
            } else {
                camps.at(15, 0);
            }
            let answer = camps.settled(drop).await;
            let settled = answer.settlement.expect("settled");
            scores.push((answer.score, settled.method, settled.uncertainty, settled.effective_at));
        }
        assert_eq!(scores[0], scores[1]);
        assert_eq!(scores[0].1, Some(Method::Bridging));
    });
}
