//! Five friends alone live for a year: points run short now and then, for nobody for good.

use std::sync::Arc;

use pollster::block_on;
use signal_core::engine::Engine;
use signal_core::model::{DropId, Points, Stars, Timestamp, TrackRef, UserId, Viewer};
use signal_core::policy::Policy;
use signal_core::reputation::minimum_stake;
use signal_core::simulation::SimulatedHost;
use signal_core::store::MemoryStore;

const DAYS: i64 = 365;
/// Longest time, in days, that anybody may have to wait until they can drop again: by then their failures are forgotten.
const LONGEST_WAIT: i64 = 90;
/// One drop of so many is a bad one.
const BAD_EVERY: usize = 5;
const START: Timestamp = Timestamp::from_seconds(1_780_272_000);

struct Friends {
    host: Arc<SimulatedHost>,
    engine: Engine,
    people: Vec<UserId>,
    /// Drops with their author and whether they are any good, until everybody has rated them.
    open: Vec<(DropId, usize, bool)>,
    made: usize,
}

impl Friends {
    fn meet() -> Self {
        let host = Arc::new(SimulatedHost::new(11, START));
        let engine = Engine::new(
            Arc::new(MemoryStore::default()),
            Arc::clone(&host) as Arc<dyn signal_core::host::Host>,
        );
        let names = ["ana", "ben", "cem", "dia", "eve"];
        let people = names.map(|name| block_on(engine.register(&name.parse().unwrap())).unwrap());
        for from in people {
            for to in people.into_iter().filter(|to| *to != from) {
                block_on(engine.set_trust(from, to, Some("0.8".parse().unwrap()))).unwrap();
            }
        }
        Self { host, engine, people: people.to_vec(), open: Vec::new(), made: 0 }
    }

    fn at(&self, day: i64, hour: i64) {
        self.host.set_now(START.plus_days(day).plus_seconds(hour * 3_600));
    }

    /// What a person may stake, and what they would have to.
    fn purse(&self, who: usize, failures: u32) -> (Points, Points) {
        let answer = block_on(self.engine.user(Viewer::Operator, self.people[who])).unwrap();
        let held = answer.available_millipoints.unwrap() + answer.staked_millipoints.unwrap();
        (held, minimum_stake(failures, &Policy::default().stakes))
    }

    /// Each of them drops every fifth day if the rules let them; some of those drops are bad ones.
    fn drop_songs(&mut self, day: i64) {
        for who in 0..self.people.len() {
            if (day + i64::try_from(who).unwrap()) % 5 != 0 {
                continue;
            }
            let track = TrackRef::named("Orvane", &format!("Song {day} {who}")).unwrap();
            if let Ok(drop) =
                block_on(self.engine.make_drop(self.people[who], &track, "Hear this.", None, None, None))
            {
                self.made += 1;
                self.open.push((drop, who, !self.made.is_multiple_of(BAD_EVERY)));
            }
        }
    }

    fn rate_songs(&mut self) {
        for (drop, author, good) in std::mem::take(&mut self.open) {
            for (who, rater) in self.people.iter().enumerate().filter(|(who, _)| *who != author) {
                let halves = if good { 8 + u8::from(who % 2 == 0) } else { 0 };
                block_on(self.engine.rate(*rater, drop, Stars::from_halves(halves).unwrap())).unwrap();
            }
        }
    }

    fn failures(&self, who: usize, now: Timestamp) -> u32 {
        let drops = block_on(self.engine.drops(Viewer::Operator, Some(self.people[who]), 100)).unwrap();
        let recent = drops.iter().filter_map(|drop| drop.settlement.as_ref()).filter(|settlement| {
            settlement.outcome == signal_core::ledger::Outcome::Failure
                && settlement.effective_at > now.plus_days(-90)
        });
        u32::try_from(recent.count()).unwrap()
    }
}

#[test]
fn five_friends_alone_can_run_for_a_year() {
    let mut friends = Friends::meet();
    let mut waiting = [0_i64; 5];
    let mut longest = 0;
    let mut failed = 0;
    for day in 0..DAYS {
        friends.at(day, 9);
        friends.drop_songs(day);
        friends.at(day, 20);
        friends.rate_songs();
        friends.at(day, 23);
        block_on(friends.engine.settle_due()).unwrap();
        if day % 7 == 6 {
            block_on(friends.engine.close_epoch()).unwrap();
        }
        for (who, waits) in waiting.iter_mut().enumerate() {
            let failures = friends.failures(who, START.plus_days(day));
            let (held, minimum) = friends.purse(who, failures);
            failed = failed.max(failures);
            *waits = if held >= minimum { 0 } else { *waits + 1 };
            longest = longest.max(*waits);
            assert!(
                *waits <= LONGEST_WAIT,
                "day {day}: friend {who} waits since {waits} days with {held} of {minimum}"
            );
        }
    }
    assert!(failed >= 2, "the year was too easy to show anything: {failed} failures at once");
    assert!(longest > 0, "nobody ever ran short");
    assert!(friends.made > 150, "only {} drops in a year", friends.made);
    assert_eq!(waiting, [0; 5], "somebody ends the year without enough to drop");
}

/// All of them failed at once, nothing is open, everybody has rated everything: they listen again until they can drop.
#[test]
fn friends_who_all_failed_at_once_come_back() {
    let mut friends = Friends::meet();
    friends.at(0, 9);
    for who in 0..friends.people.len() {
        let track = TrackRef::named("Orvane", &format!("Song {who}")).unwrap();
        let all = Some(Points::whole(20));
        let drop =
            block_on(friends.engine.make_drop(friends.people[who], &track, "Hear this.", all, None, None));
        friends.open.push((drop.unwrap(), who, false));
    }
    let drops: Vec<DropId> = friends.open.iter().map(|(drop, ..)| *drop).collect();
    friends.rate_songs();
    friends.at(8, 0);
    assert_eq!(block_on(friends.engine.settle_due()).unwrap().settled.len(), 5);
    let held = |friends: &Friends| [0, 1, 2, 3, 4].map(|who| friends.purse(who, 1).0);
    assert_eq!(held(&friends), [Points::ZERO; 5], "everybody lost everything");
    let records = |friends: &Friends| {
        let seen =
            |drop: &DropId| block_on(friends.engine.drop(Viewer::User(friends.people[0]), *drop)).unwrap();
        drops.iter().map(seen).map(|drop| (drop.score, drop.ratings, drop.my_stars)).collect::<Vec<_>>()
    };
    let before = records(&friends);
    let good = Stars::from_halves(10).unwrap();
    // A failure asks for 15 points, and each day mints one.
    for day in 9..24 {
        friends.at(day, 12);
        for (who, rater) in friends.people.iter().enumerate() {
            let other = drops[(who + 1) % drops.len()];
            block_on(friends.engine.rate(*rater, other, good)).unwrap();
            assert!(block_on(friends.engine.rate(*rater, other, good)).is_err(), "once a day");
            assert!(block_on(friends.engine.rate(*rater, drops[who], good)).is_err(), "never one's own");
        }
        assert_eq!(held(&friends), [Points::whole(day - 8); 5]);
    }
    friends.at(24, 12);
    for (who, rater) in friends.people.iter().enumerate() {
        let other = drops[(who + 1) % drops.len()];
        assert!(
            block_on(friends.engine.rate(*rater, other, good)).is_err(),
            "whoever can drop needs no more"
        );
    }
    assert_eq!(records(&friends), before, "it never counts");
    friends.drop_songs(25);
    assert!(!friends.open.is_empty(), "they drop again");
    let replay = block_on(friends.engine.replay_ledger(&|_| {})).unwrap();
    assert!(replay.equal, "{:?}", replay.differences);
}
