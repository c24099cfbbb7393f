//! The rules of design §5.3 as people meet them, through the engine, with the numbers of `docs/algorithms.md`.

use std::sync::Arc;

use pollster::block_on;
use signal_core::decide::{Authority, Refusal};
use signal_core::engine::{Engine, EngineError};
use signal_core::ledger::Outcome;
use signal_core::model::{
    CircleId, DropId, Millionths, Points, Role, Stars, Timestamp, TrackRef, TrustWeight, UserId, UtcDay,
    Verification, Viewer,
};
use signal_core::policy::{Limits, Policy, StakePolicy};
use signal_core::reputation::regrowth_due;
use signal_core::simulation::SimulatedHost;
use signal_core::store::MemoryStore;

struct Town {
    engine: Engine,
    host: Arc<SimulatedHost>,
    people: Vec<UserId>,
    start: Timestamp,
}

impl Town {
    /// So many people, phone-verified, who all trust the next one.
    async fn of(people: usize) -> Self {
        let start = "2026-01-01T00:00:00Z".parse().expect("a time");
        let host = Arc::new(SimulatedHost::new(7, start));
        let engine = Engine::new(Arc::new(MemoryStore::new()), Arc::<SimulatedHost>::clone(&host));
        let mut town = Self { engine, host, people: Vec::new(), start };
        for number in 0..people {
            let person = town
                .engine
                .register(&format!("person{number}").parse().expect("a handle"))
                .await
                .expect("joins");
            town.engine
                .verify(person, Verification::Phone, &format!("token {number}"))
                .await
                .expect("verifies");
            town.people.push(person);
        }
        for pair in town.people.windows(2) {
            town.engine.set_trust(pair[0], pair[1], Some(TrustWeight::FULL)).await.expect("trusts");
        }
        town
    }

    fn at(&self, days: i64, seconds: i64) {
        self.host.set_now(self.start.plus_days(days).plus_seconds(seconds));
    }

    /// So many days and microseconds after the start.
    fn at_micros(&self, days: i64, micros: i64) {
        self.host.set_now(Timestamp::from_micros(self.start.plus_days(days).micros() + micros));
    }

    /// Another process over the same store, whose clock stands elsewhere: simulated time itself never runs backwards.
    fn with_clock(&self, days: i64, seconds: i64) -> Self {
        let now = self.start.plus_days(days).plus_seconds(seconds);
        // Entropy of its own, so that ids differ.
        let host = Arc::new(SimulatedHost::new(now.micros().unsigned_abs(), now));
        let engine = Engine::new(Arc::clone(self.engine.store()), Arc::<SimulatedHost>::clone(&host));
        Self { engine, host, people: self.people.clone(), start: self.start }
    }

    async fn drop(&self, author: usize, milli: i64) -> Result<DropId, EngineError> {
        self.drop_in(None, author, milli).await
    }

    async fn drop_in(
        &self,
        circle: Option<CircleId>,
        author: usize,
        milli: i64,
    ) -> Result<DropId, EngineError> {
        let song =
            TrackRef::named("Some Band", &format!("Song {}", self.engine.now().micros())).expect("a track");
        let stake = Some(Points::from_milli(milli));
        self.engine.make_drop(self.people[author], &song, "listen", stake, circle, None).await
    }

    /// A circle of so many of them, the first being its creator.
    async fn circle(&self, members: usize) -> CircleId {
        let circle = self.engine.create_circle(self.people[0], "Cellar", &[], false).await.expect("a circle");
        for person in &self.people[1..members] {
            self.engine.join(*person, circle).await.expect("joins");
        }
        circle
    }

    async fn outcome(&self, drop: DropId) -> (Outcome, Timestamp) {
        let drop = self.engine.drop(Viewer::Operator, drop).await.expect("a drop");
        drop.settlement.map(|s| (s.outcome, s.effective_at)).expect("settled")
    }

    async fn rate(&self, raters: std::ops::Range<usize>, drop: DropId, halves: u8) {
        for rater in raters {
            let stars = Stars::from_halves(halves).expect("stars");
            self.engine.rate(self.people[rater], drop, stars).await.expect("rates");
        }
    }

    async fn purse(&self, person: usize) -> (i64, i64) {
        let user = self.engine.user(Viewer::Operator, self.people[person]).await.expect("a user");
        let milli = |points: Option<Points>| points.expect("the operator sees it").milli();
        (milli(user.available_millipoints), milli(user.staked_millipoints))
    }
}

#[test]
fn a_drop_can_be_taken_back_for_ten_minutes() {
    block_on(async {
        let town = Town::of(3).await;
        let (early, late) =
            (town.drop(0, 10_001).await.expect("drops"), town.drop(0, 10_000).await.expect("drops"));
        assert_eq!(town.purse(0).await, (39_999, 20_001));
        town.at(0, 599);
        assert!(town.engine.withdraw(town.people[0], early).await.expect("withdraws"));
        assert_eq!(town.purse(0).await, (50_000, 10_000));
        town.at(0, 600);
        assert!(!town.engine.withdraw(town.people[0], late).await.expect("withdraws the words"));
        assert_eq!(town.purse(0).await, (50_000, 10_000));
    });
}

#[test]
fn a_rated_drop_keeps_its_stake() {
    block_on(async {
        let town = Town::of(3).await;
        let drop = town.drop(0, 10_000).await.expect("drops");
        town.rate(1..2, drop, 10).await;
        assert!(!town.engine.withdraw(town.people[0], drop).await.expect("withdraws the words"));
        assert_eq!(town.purse(0).await, (50_000, 10_000));
        let seen = town.engine.drop(Viewer::User(town.people[1]), drop).await.expect("a drop");
        assert_eq!(seen.words, None);
    });
}

#[test]
fn the_sixth_drop_waits_for_the_first_to_be_a_day_old() {
    block_on(async {
        let town = Town::of(1).await;
        for minute in 0..5 {
            town.at(0, minute * 60);
            town.drop(0, 10_000).await.expect("drops");
        }
        town.at(0, 86_399);
        match town.drop(0, 10_000).await {
            Err(EngineError::Refused(Refusal::TooManyDrops { until, .. })) => {
                assert_eq!(until, town.start.plus_days(1));
            }
            other => panic!("{other:?}"),
        }
        town.at(1, 0);
        town.drop(0, 10_000).await.expect("the first is a day old");
    });
}

#[test]
fn a_failure_raises_the_minimum_for_ninety_days() {
    block_on(async {
        let town = Town::of(6).await;
        let drop = town.drop(0, 10_000).await.expect("drops");
        town.rate(1..6, drop, 0).await;
        town.at(7, 0);
        assert!(town.engine.settle_drop(drop).await.expect("settles"));
        let settled = town.engine.drop(Viewer::Operator, drop).await.expect("a drop");
        assert_eq!(settled.settlement.expect("settled").outcome, Outcome::Failure);
        assert_eq!(town.purse(0).await, (50_000, 0));
        let refused = town.drop(0, 14_999).await.expect_err("below the minimum").to_string();
        assert_eq!(refused, "the stake of 14.999 points is below the minimum of 15.000");
        town.at(97, -1);
        assert!(town.drop(0, 14_999).await.is_err());
        town.at(97, 0);
        town.drop(0, 10_000).await.expect("forgotten");
    });
}

#[test]
fn late_sweeps_decide_what_sweeps_on_time_decided() {
    block_on(async {
        let mut outcomes = Vec::new();
        for nightly in [true, false] {
            let town = Town::of(8).await;
            let mut drops = Vec::new();
            for (author, halves, raters) in [(0, 9, 1..7), (1, 0, 2..8), (2, 5, 3..8), (3, 10, 4..6)] {
                let drop = town.drop(author, 10_001).await.expect("drops");
                town.rate(raters, drop, halves).await;
                drops.push(drop);
            }
            let people = town.people.clone();
            for day in 1..=60 {
                town.at(day, 0);
                if day == 6 {
                    town.engine.close_epoch().await.expect("closes");
                }
                if day == 16 {
                    // A third rater of the drop that nobody cared for.
                    town.engine
                        .rate(people[7], drops[3], Stars::from_halves(10).expect("stars"))
                        .await
                        .expect("rates");
                }
                if nightly || day == 60 {
                    town.engine.settle_due().await.expect("sweeps");
                }
            }
            let mut said = Vec::new();
            for drop in &drops {
                let drop = town.engine.drop(Viewer::Operator, *drop).await.expect("a drop");
                said.push((drop.status, drop.score, drop.settlement));
            }
            outcomes.push((
                said,
                town.purse(0).await,
                town.purse(1).await,
                town.purse(2).await,
                town.purse(3).await,
            ));
        }
        assert_eq!(outcomes[0], outcomes[1]);
        let kinds: Vec<_> = outcomes[0].0.iter().map(|(status, ..)| status.as_str()).collect();
        assert_eq!(kinds, ["success", "failure", "neutral", "success"]);
    });
}

#[test]
fn sweeping_again_changes_nothing() {
    block_on(async {
        let town = Town::of(6).await;
        let drop = town.drop(0, 10_000).await.expect("drops");
        town.rate(1..6, drop, 8).await;
        town.at(7, 0);
        assert_eq!(town.engine.settle_due().await.expect("sweeps").settled, [drop]);
        let root = town.engine.checkpoint().await.expect("a head");
        assert_eq!(town.engine.settle_due().await.expect("sweeps").settled, []);
        assert!(!town.engine.settle_drop(drop).await.expect("is settled"));
        assert_eq!(town.engine.checkpoint().await.expect("a head"), root);
    });
}

#[test]
fn a_circle_that_closes_gives_undecided_stakes_back_when_the_window_ends() {
    block_on(async {
        let town = Town::of(5).await;
        let circle = town.circle(5).await;
        let inside = town.drop_in(Some(circle), 1, 10_001).await.expect("drops");
        let outside = town.drop(1, 10_000).await.expect("drops");
        town.at(0, 3_600);
        town.engine.close_circle(Authority::Operator, circle).await.expect("closes");
        town.at(6, 86_399);
        assert_eq!(town.engine.settle_due().await.expect("sweeps").settled, []);
        assert_eq!(town.purse(1).await, (39_999, 20_001));
        town.at(7, 0);
        assert!(town.engine.settle_due().await.expect("sweeps").settled.contains(&inside));
        assert_eq!(town.outcome(inside).await, (Outcome::Annulled, town.start.plus_days(7)));
        // Another process that sweeps too finds nothing to do.
        let other = Engine::new(town.engine.store().clone(), town.host.clone());
        assert!(!other.settle_drop(inside).await.expect("is settled"));
        assert!(!other.settle_drop(outside).await.expect("is settled or not due"));
        let replay = town.engine.replay_ledger(&|_| {}).await.expect("replays");
        assert!(replay.equal, "{:?}", replay.differences);
    });
}

#[test]
fn what_a_quorum_of_a_circle_said_decides_whatever_its_creator_does() {
    block_on(async {
        // Closed, or emptied and closed; swept at the end of the window, and long after.
        for (emptied, sweep) in [(false, 7), (false, 60), (true, 7), (true, 60)] {
            let town = Town::of(7).await;
            let circle = town.circle(7).await;
            let failed = town.drop_in(Some(circle), 0, 10_000).await.expect("drops");
            town.rate(1..6, failed, 0).await;
            let praised = town.drop_in(Some(circle), 1, 10_000).await.expect("drops");
            town.rate(2..7, praised, 10).await;
            let undecided = town.drop_in(Some(circle), 2, 10_000).await.expect("drops");
            town.rate(3..4, undecided, 0).await;
            town.at(2, 0);
            let creator = Authority::User(town.people[0]);
            for member in town.people.iter().skip(1).filter(|_| emptied) {
                town.engine.remove_member(creator, circle, *member).await.expect("removes");
            }
            town.engine.close_circle(creator, circle).await.expect("closes");
            assert_eq!(town.engine.settle_due().await.expect("sweeps").settled, []);
            let window = town.start.plus_days(7);
            town.at(sweep, 0);
            assert_eq!(town.engine.settle_due().await.expect("sweeps").settled.len(), 3);
            assert_eq!(town.outcome(failed).await, (Outcome::Failure, window), "{emptied} {sweep}");
            assert_eq!(town.outcome(praised).await, (Outcome::Success, window), "{emptied} {sweep}");
            assert_eq!(town.outcome(undecided).await.1, window, "{emptied} {sweep}");
            assert_eq!((town.purse(0).await, town.purse(2).await), ((50_000, 0), (60_000, 0)));
            assert!(town.purse(1).await.0 > 60_000);
            let replay = town.engine.replay_ledger(&|_| {}).await.expect("replays");
            assert!(replay.equal, "{:?}", replay.differences);
        }
    });
}

#[test]
fn a_circle_whose_last_member_goes_gives_the_stakes_of_others_back() {
    block_on(async {
        for erased in [false, true] {
            let town = Town::of(3).await;
            let circle = town.circle(2).await;
            let drop = town.drop_in(Some(circle), 1, 10_000).await.expect("drops");
            town.engine.leave(town.people[1], circle).await.expect("leaves");
            if erased {
                town.engine.erase(town.people[0]).await.expect("erases");
            } else {
                town.engine.leave(town.people[0], circle).await.expect("leaves");
            }
            assert_eq!(town.engine.settle_due().await.expect("sweeps").settled, []);
            town.at(7, 0);
            assert_eq!(town.engine.settle_due().await.expect("sweeps").settled, [drop], "erased: {erased}");
            assert_eq!(town.purse(1).await, (60_000, 0));
            let replay = town.engine.replay_ledger(&|_| {}).await.expect("replays");
            assert!(replay.equal, "{:?}", replay.differences);
        }
    });
}

#[test]
fn what_a_circle_decided_before_it_closed_stays_decided() {
    block_on(async {
        // Swept before the closing, after it, and long after it.
        for sweep in [7, 9, 60] {
            let town = Town::of(7).await;
            let circle = town.circle(7).await;
            let failed = town.drop_in(Some(circle), 0, 10_000).await.expect("drops");
            town.rate(1..6, failed, 0).await;
            let praised = town.drop_in(Some(circle), 1, 10_000).await.expect("drops");
            town.rate(3..4, praised, 10).await;
            if sweep == 7 {
                town.at(7, 0);
                assert_eq!(town.engine.settle_due().await.expect("sweeps").settled, [failed]);
            }
            town.at(8, 0);
            town.engine.close_circle(Authority::User(town.people[0]), circle).await.expect("closes");
            town.at(sweep.max(8), 0);
            town.engine.settle_due().await.expect("sweeps");
            assert_eq!(town.outcome(failed).await, (Outcome::Failure, town.start.plus_days(7)), "{sweep}");
            assert_eq!(town.outcome(praised).await, (Outcome::Annulled, town.start.plus_days(8)), "{sweep}");
            assert_eq!((town.purse(0).await, town.purse(1).await), ((50_000, 0), (60_000, 0)), "{sweep}");
        }
    });
}

#[test]
fn a_window_is_open_to_its_last_instant_and_closed_from_the_next() {
    block_on(async {
        // Withdrawing, to the microsecond.
        for (micros, returns) in [(0, true), (599_999_999, true), (600_000_000, false)] {
            let town = Town::of(2).await;
            let drop = town.drop(0, 10_000).await.expect("drops");
            town.at_micros(0, micros);
            assert_eq!(
                town.engine.withdraw(town.people[0], drop).await.expect("withdraws"),
                returns,
                "{micros}"
            );
        }
        // Settling with a quorum, and fading without one.
        for (raters, days) in [(5, 7), (2, 37)] {
            let town = Town::of(7).await;
            let drop = town.drop(0, 10_001).await.expect("drops");
            town.rate(1..1 + raters, drop, 8).await;
            town.at_micros(days, -1);
            assert!(!town.engine.settle_drop(drop).await.expect("is not due"), "{days}");
            town.at_micros(days, 0);
            assert!(town.engine.settle_drop(drop).await.expect("is due"), "{days}");
            assert_eq!(town.outcome(drop).await.1, town.start.plus_days(days));
        }
        // A rating in the last microsecond of the window counts for its score, one in the next does not.
        // Five of 4 stars: (0.9 + 4) / 7; and one of none: 4.9 / 8.
        for (micros, score) in [(-1, 612_500), (0, 700_000)] {
            let town = Town::of(7).await;
            let drop = town.drop(0, 10_000).await.expect("drops");
            town.rate(1..6, drop, 8).await;
            town.at_micros(7, micros);
            town.rate(6..7, drop, 0).await;
            town.at(8, 0);
            town.engine.settle_due().await.expect("sweeps");
            let settled = town.engine.drop(Viewer::Operator, drop).await.expect("a drop");
            assert_eq!(settled.score, Some(Millionths::clamped(score)), "{micros}");
        }
    });
}

#[test]
fn a_quorum_at_the_very_deadline_counts_the_same_whoever_comes_first() {
    block_on(async {
        // The end of the window is the first instant of fading, when nothing is gone yet; at the end of fading all is.
        // So few have seen it that the stake is whole again then.
        for (days, ended, available) in [(7, Outcome::Success, 63_900), (37, Outcome::Faded, 60_000)] {
            for sweep_first in [true, false] {
                // Seven are active, so that three make a quorum.
                let town = Town::of(7).await;
                let drop = town.drop(0, 10_000).await.expect("drops");
                town.rate(1..3, drop, 10).await;
                town.at(days, 0);
                if sweep_first {
                    town.engine.settle_due().await.expect("sweeps");
                }
                town.rate(3..4, drop, 10).await;
                town.engine.settle_due().await.expect("sweeps");
                // (0.9 + 3) / 5 = 0.78: 10 points return with ⌊10,000 · 780,000 / 2,000,000⌋ where that is in time.
                assert_eq!(town.outcome(drop).await, (ended, town.start.plus_days(days)), "{sweep_first}");
                assert_eq!(town.purse(0).await, (available, 0), "{days} {sweep_first}");
                let head = town.engine.checkpoint().await.expect("a head");
                town.engine.settle_due().await.expect("sweeps");
                assert_eq!(town.engine.checkpoint().await.expect("a head"), head);
            }
        }
    });
}

#[test]
fn a_clock_that_steps_back_opens_no_window_again() {
    block_on(async {
        let town = Town::of(7).await;
        let drop = town.drop(0, 10_000).await.expect("drops");
        town.at(0, 600);
        town.engine.set_trust(town.people[3], town.people[1], Some(TrustWeight::FULL)).await.expect("trusts");
        let back = town.with_clock(0, 599);
        assert!(
            !back.engine.withdraw(town.people[0], drop).await.expect("withdraws the words"),
            "is too late"
        );
        back.rate(1..6, drop, 10).await;
        town.at(7, 0);
        town.engine.set_trust(town.people[3], town.people[2], Some(TrustWeight::FULL)).await.expect("trusts");
        // The window closed; a rating after it is late, and a sweep finds the drop due, whatever the clock says now.
        let back = town.with_clock(7, -300);
        back.rate(6..7, drop, 0).await;
        assert_eq!(back.engine.settle_due().await.expect("sweeps").settled, [drop]);
        assert_eq!(town.outcome(drop).await, (Outcome::Success, town.start.plus_days(7)));
        // Five of 5 stars without the late one: 5.9 / 7.
        let settled = town.engine.drop(Viewer::Operator, drop).await.expect("a drop");
        assert_eq!(settled.score, Some(Millionths::clamped(842_857)));
        // Further than the tolerance, nothing is written at all.
        let refused = town.with_clock(7, -601).drop(1, 10_000).await.expect_err("is too far back");
        assert!(refused.to_string().contains("the clock says"), "{refused}");
        town.with_clock(7, -600).drop(1, 10_000).await.expect("is just near enough");
    });
}

#[test]
fn a_refused_stake_says_when_to_come_back_and_why() {
    block_on(async {
        let town = Town::of(6).await;
        let drop = town.drop(0, 10_000).await.expect("drops");
        town.rate(1..6, drop, 0).await;
        town.at(7, 0);
        town.engine.settle_due().await.expect("sweeps");
        let refusal = |refused: Result<DropId, EngineError>| match refused {
            Err(EngineError::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        };
        let small = refusal(town.drop(0, 10_000).await);
        assert_eq!(small.retry_at(), Some(town.start.plus_days(97)));
        let hint = small.hint().expect("a hint");
        assert_eq!(
            hint,
            "stake at least 15.000, for 1 failed drop in 90 days; at 2026-04-08T00:00:00Z it falls to 10.000"
        );
        town.at_micros(97, 0);
        town.drop(0, 10_000).await.expect("will do from then on");
        // 40 are left of the 60; 45 take five days with a rating.
        let poor = refusal(town.drop(0, 45_000).await);
        let days = town.start.plus_days(97 + 4);
        assert_eq!(poor.retry_at(), Some(days), "{poor:?}");
        for (day, other) in (0..).zip(1..6) {
            town.at(97 + day, 0);
            let drop = town.drop(other, 10_000).await.expect("drops");
            assert!(town.drop(0, 45_000).await.is_err());
            town.rate(0..1, drop, 5).await;
        }
        town.drop(0, 45_000).await.expect("has grown back so far");
    });
}

fn limit(refused: EngineError) -> (&'static str, u64) {
    match refused {
        EngineError::Refused(Refusal::Limit { what, limit }) => (what, limit),
        other => panic!("{other}"),
    }
}

#[test]
fn comments_have_a_limit_for_each_person_and_for_the_drop() {
    block_on(async {
        let town = Town::of(4).await;
        let limits = Limits { comments_per_person: 2, comments_per_drop: 3, ..Limits::default() };
        town.engine.set_policy(Policy { limits, ..Policy::default() }).await.expect("sets");
        let drop = town.drop(0, 10_000).await.expect("drops");
        let say = async |person: usize| town.engine.comment(town.people[person], drop, "a remark").await;
        say(1).await.expect("comments");
        say(1).await.expect("comments");
        let refused = say(1).await.expect_err("twice is enough");
        assert_eq!(limit(refused), ("comments of one person under one drop", 2));
        say(2).await.expect("comments");
        assert_eq!(limit(say(3).await.expect_err("there are three")), ("comments under one drop", 3));
        town.engine.erase(town.people[2]).await.expect("erases");
        say(3).await.expect("there is room again");
    });
}

#[test]
fn nobody_collects_claims_without_end() {
    block_on(async {
        let town = Town::of(2).await;
        let limits = Limits { claims_per_user: 2, ..Limits::default() };
        town.engine.set_policy(Policy { limits, ..Policy::default() }).await.expect("sets");
        let claim = async |person: usize, names: &[&str]| {
            let names = names.iter().map(|name| name.parse().expect("a claim")).collect();
            town.engine.claim(town.people[person], None, names).await
        };
        let refused = claim(0, &["a:1", "a:2", "a:3"]).await.expect_err("three at once");
        assert_eq!(limit(refused), ("claims of one person", 2));
        claim(0, &["a:1"]).await.expect("claims");
        claim(0, &["a:2"]).await.expect("claims");
        assert_eq!(limit(claim(0, &["a:3"]).await.expect_err("a third")), ("claims of one person", 2));
        claim(1, &["a:3"]).await.expect("is another's");
    });
}

#[test]
fn the_151st_is_refused() {
    block_on(async {
        let town = Town::of(152).await;
        let circle =
            town.engine.create_circle(town.people[0], "Everybody", &[], false).await.expect("a circle");
        for person in &town.people[1..150] {
            town.engine.join(*person, circle).await.expect("joins");
        }
        let refused = town.engine.join(town.people[150], circle).await;
        assert!(
            matches!(refused, Err(EngineError::Refused(Refusal::CircleFull { limit: 150 }))),
            "{refused:?}"
        );
        town.engine.leave(town.people[3], circle).await.expect("leaves");
        town.engine.join(town.people[151], circle).await.expect("takes the seat");
        assert_eq!(town.engine.circle(Viewer::Operator, circle).await.expect("a circle").size, 150);
    });
}

#[test]
fn who_is_short_of_points_gains_one_a_day() {
    use Verification::{None as Unverified, Paid, Phone};
    let policy = StakePolicy::default();
    let today = Timestamp::from_seconds(0).utc_day();
    // Level, holdings, minimum after f failures, already paid today → due.
    let table: [(Verification, i64, u32, Option<UtcDay>, bool); 8] = [
        (Unverified, 19_999, 0, None, true),
        (Unverified, 20_000, 0, None, false),
        (Unverified, 20_000, 2, None, true),
        (Unverified, 22_500, 2, None, false),
        (Unverified, 0, 0, Some(today), false),
        (Phone, 59_999, 0, None, true),
        (Paid, 120_000, 4, None, false),
        (Paid, 120_000, 8, None, true),
    ];
    for (level, holdings, failures, paid, due) in table {
        let minimum = signal_core::reputation::minimum_stake(failures, &policy);
        let found = regrowth_due(Points::from_milli(holdings), level, minimum, paid, today, &policy);
        assert_eq!(found, due, "{level} with {holdings} after {failures}");
    }
}

/// Six are in a circle; a moderator removes one of them and is erased. Four are left, of whom two are a quorum; five
/// would need three.
#[test]
fn whom_an_erased_moderator_removed_is_no_member() {
    block_on(async {
        for erased_on in [1, 8] {
            let town = Town::of(6).await;
            let circle = town.circle(6).await;
            let creator = Authority::User(town.people[0]);
            town.engine.set_role(creator, circle, town.people[1], Role::Moderator).await.expect("names");
            let moderator = Authority::User(town.people[1]);
            town.engine.remove_member(moderator, circle, town.people[5]).await.expect("removes");
            let drop = town.drop_in(Some(circle), 0, 10_000).await.expect("drops");
            town.rate(2..4, drop, 10).await;
            town.at(erased_on, 0);
            town.engine.erase(town.people[1]).await.expect("erases");
            town.at(9, 0);
            assert!(town.engine.settle_drop(drop).await.expect("settles"), "erased on day {erased_on}");
            assert_eq!(town.outcome(drop).await.0, Outcome::Success);
        }
    });
}

#[test]
fn reversing_twice_says_so() {
    block_on(async {
        let town = Town::of(1).await;
        // The second entry is the verification, which minted 40 points.
        town.engine.reverse(1, "a mistake").await.expect("reverses");
        let again = town.engine.reverse(1, "a mistake").await.expect_err("it is undone");
        assert_eq!(again.to_string(), "entry 1 cannot be reversed: it was reversed already");
    });
}
