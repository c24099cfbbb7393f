//! How a stake ends (`docs/algorithms.md` §5.3): a pure function of the drop, its ratings and the instant.

use std::collections::BTreeSet;

use super::bridging::decide_score;
use super::stakes::{Quorum, faded, quorum, reward};
use super::validation::{Validation, WeighedRating, validate};
use crate::ledger::{BridgingTrial, DropState, Method, Outcome, Settlement};
use crate::model::{Millionths, Points, Timestamp};
use crate::policy::{Policy, StakePolicy, ValidationPolicy};

/// What a settlement looks at besides the drop: everything as it was at the instants that the rules name, so that a
/// late sweep decides the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettlementFacts {
    /// Ratings in the order they came.
    pub ratings: Vec<WeighedRating>,
    /// People active in the 30 days before the window closed, or before the drop's circle did if that was earlier; above the
    /// full quorum's need any number will do.
    pub active: u32,
    /// The same for the whole community, where the drop is a circle's; a drop for everybody has it in `active`.
    pub community: u32,
    /// People who were shown the drop before the fading ended.
    pub shown: u64,
    /// The epoch whose standings weighed the ratings.
    pub epoch: Option<u64>,
}

/// The first instant at which ratings no longer gather for the regular settlement.
pub fn window_end(drop: &DropState, policy: &StakePolicy) -> Timestamp {
    drop.made_at.plus_days(policy.window_days)
}

/// The first instant at which nothing is left to fade.
pub fn fade_end(drop: &DropState, policy: &StakePolicy) -> Timestamp {
    drop.made_at.plus_days(policy.window_days + policy.fade_days)
}

/// How the stake ended by `now`, or `None` while it is undecided.
///
/// `policy` is the one of the drop's creation. `closed` is when the drop's circle ended: nobody can rate it from then
/// on. Its window ends when it would have ended, so that nothing is paid sooner: what a quorum had said decides, else the
/// stake returns. While it fades, it returns at the closing. At the same instant the ratings come first, because a sweep
/// may have come before the closing. A rating at the very end of the window is late; the quorum is that of the window's
/// end, also while the stake fades.
pub fn settle(
    drop: &DropState,
    facts: &SettlementFacts,
    closed: Option<Timestamp>,
    policy: &Policy,
    now: Timestamp,
) -> Option<Settlement> {
    let by_ratings = by_ratings(drop, facts, policy, now);
    let Some(closed) = closed else {
        return by_ratings;
    };
    // Nothing that is said after the closing, or after the window's end if that is later, can be an answer to it.
    let last = closed.max(window_end(drop, &policy.stakes));
    match by_ratings {
        Some(settled) if settled.effective_at <= last => Some(settled),
        _ => (now >= last).then(|| annulled(drop, last)),
    }
}

/// A drop that ended undecided, or was removed: its whole stake returns.
pub fn annulled(drop: &DropState, at: Timestamp) -> Settlement {
    let nothing = SettlementFacts::default();
    Settlement { returned: drop.stake, ..blank(drop, &nothing, Outcome::Annulled, at, 0) }
}

/// What the ratings, or their lack, decided by `now`.
fn by_ratings(
    drop: &DropState,
    facts: &SettlementFacts,
    policy: &Policy,
    now: Timestamp,
) -> Option<Settlement> {
    let stakes = &policy.stakes;
    let closes = window_end(drop, stakes);
    if now < closes {
        return None;
    }
    let needed = match quorum(facts.active, &policy.validation) {
        Quorum::Needs(needed) => needed,
        Quorum::TooFewActive => {
            return Some(Settlement {
                returned: drop.stake,
                ..blank(drop, facts, Outcome::Neutral, closes, 0)
            });
        }
    };
    let in_window = facts.ratings.iter().take_while(|r| r.at < closes).count();
    let ends = fade_end(drop, stakes);
    let in_time = facts.ratings.iter().take_while(|r| r.at < ends).count();
    if let Some(count) = quorum_reached(&facts.ratings, in_window, in_time, needed) {
        let last = count.checked_sub(1).and_then(|last| facts.ratings.get(last));
        let at = last.filter(|_| count > in_window).map_or(closes, |last| last.at);
        return Some(judged(drop, facts, policy, (needed, count), at));
    }
    if now < ends {
        return None;
    }
    let ignored = facts.shown >= u64::from(stakes.shown_factor) * u64::from(needed);
    let (left, returned, burnt) = if ignored {
        (Points::ZERO, Points::ZERO, drop.stake)
    } else {
        (drop.stake, drop.stake, Points::ZERO)
    };
    let (counted, _) = facts.ratings.split_at(in_time);
    let raters = validate(counted, &policy.validation).raters;
    Some(Settlement { left, returned, burnt, raters, ..blank(drop, facts, Outcome::Faded, ends, needed) })
}

/// What the first `count` ratings decide, where `needed` made a quorum.
fn judged(
    drop: &DropState,
    facts: &SettlementFacts,
    policy: &Policy,
    (needed, count): (u32, usize),
    at: Timestamp,
) -> Settlement {
    let counted = facts.ratings.get(..count).unwrap_or(&facts.ratings);
    let (validation, method, bridging) = score(drop, counted, &policy.validation);
    let judged = judge(drop, facts, policy, needed, &validation, at);
    Settlement { method: Some(method), bridging, ..judged }
}

/// The score of a drop's ratings, and by which method. Members of a circle have come together because they agree, so there
/// the mean decides.
fn score(
    drop: &DropState,
    ratings: &[WeighedRating],
    policy: &ValidationPolicy,
) -> (Validation, Method, Option<BridgingTrial>) {
    let mean = validate(ratings, policy);
    if drop.circle.is_some() { (mean, Method::ShrunkMean, None) } else { decide_score(ratings, mean, policy) }
}

/// How many ratings there were when the quorum was first there: at least those of the window, at most those in time.
fn quorum_reached(ratings: &[WeighedRating], in_window: usize, in_time: usize, needed: u32) -> Option<usize> {
    let mut groups = BTreeSet::new();
    let mut raters = 0_u32;
    let mut reached = (needed == 0).then_some(0);
    for (index, rating) in ratings.iter().enumerate().take(in_time) {
        if reached.is_some() {
            break;
        }
        if rating.weight > Millionths::ZERO && rating.group.is_none_or(|group| groups.insert(group)) {
            raters += 1;
        }
        reached = (raters >= needed).then_some(index + 1);
    }
    reached.map(|count| count.max(in_window))
}

fn judge(
    drop: &DropState,
    facts: &SettlementFacts,
    policy: &Policy,
    needed: u32,
    validation: &Validation,
    at: Timestamp,
) -> Settlement {
    let stakes = &policy.stakes;
    let days = at.whole_days_since(window_end(drop, stakes));
    let gone = faded(drop.stake, days, stakes);
    let left = drop.stake - gone;
    let score = validation.score;
    let (outcome, returned, paid) = if score >= stakes.success_from {
        let earned = if is_heard(drop, facts, policy, validation.raters) {
            reward(left, score, stakes)
        } else {
            Points::ZERO
        };
        (Outcome::Success, left, earned)
    } else if score < stakes.failure_below {
        (Outcome::Failure, Points::ZERO, Points::ZERO)
    } else {
        (Outcome::Neutral, left, Points::ZERO)
    };
    Settlement {
        score: Some(score),
        uncertainty: Some(validation.uncertainty),
        left,
        returned,
        reward: paid,
        burnt: drop.stake - returned,
        raters: validation.raters,
        weights: validation.weights.clone(),
        ..blank(drop, facts, outcome, at, needed)
    }
}

/// Whether as many spoke as it takes in the whole community. A few members of a circle can say that a drop was good; points
/// for it, which count everywhere, they cannot make among themselves.
fn is_heard(drop: &DropState, facts: &SettlementFacts, policy: &Policy, raters: u32) -> bool {
    let everywhere = facts.community.max(facts.active);
    match quorum(everywhere, &policy.validation) {
        Quorum::Needs(needed) => drop.circle.is_none() || raters >= needed,
        Quorum::TooFewActive => true,
    }
}

fn blank(
    drop: &DropState,
    facts: &SettlementFacts,
    outcome: Outcome,
    effective_at: Timestamp,
    quorum: u32,
) -> Settlement {
    Settlement {
        outcome,
        score: None,
        uncertainty: None,
        method: None,
        left: drop.stake,
        returned: Points::ZERO,
        reward: Points::ZERO,
        burnt: Points::ZERO,
        effective_at,
        quorum,
        raters: 0,
        epoch: facts.epoch,
        weights: Vec::new(),
        bridging: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::DropStatus;
    use crate::model::{DropId, Pseudonym, Stars, TrackId, UserId};

    const DAY: i64 = 86_400_000_000;

    fn drop(stake: i64) -> DropState {
        let nil = uuid::Uuid::nil();
        DropState {
            id: DropId::from_uuid(nil),
            author: UserId::from_uuid(nil),
            track: TrackId::from_uuid(nil),
            circle: None,
            stake: Points::from_milli(stake),
            made_at: Timestamp::from_micros(0),
            policy: 0,
            ratings: 0,
            comments: 0,
            reports: 0,
            hidden: false,
            words_withdrawn: false,
            status: DropStatus::Open,
        }
    }

    /// Five raters in a community of 100, all with these stars, at these instants.
    fn facts(halves: u8, at: &[i64]) -> SettlementFacts {
        let ratings = (0u8..)
            .zip(at)
            .map(|(i, at)| WeighedRating {
                rater: Pseudonym::from_bytes([i; 16]),
                stars: Stars::from_halves(halves).expect("valid"),
                weight: Millionths::ONE,
                group: None,
                at: Timestamp::from_micros(*at),
                stance: None,
                stance_without_top: None,
            })
            .collect();
        SettlementFacts { ratings, active: 100, community: 0, shown: 100, epoch: None }
    }

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn success_pays_half_the_score() {
        // Five ratings of 4 stars: 0.7. 12.345 points return with ⌊12,345 · 700,000 / 2,000,000⌋ = 4,320.
        let settled =
            settle(&drop(12_345), &facts(8, &[1; 5]), None, &Policy::default(), at(7 * DAY)).expect("due");
        assert_eq!(settled.outcome, Outcome::Success);
        assert_eq!(
            (settled.returned.milli(), settled.reward.milli(), settled.burnt.milli()),
            (12_345, 4_320, 0)
        );
        assert_eq!(settled.effective_at, at(7 * DAY));
    }

    #[test]
    fn the_marks_belong_to_the_upper_side() {
        // 13 half-stars over five raters: (0.9 + 3.3) / 7 = 0.6 exactly needs Σ stars 3.3; 0.3 needs 1.2.
        let mut six = facts(6, &[1; 5]);
        for (rating, halves) in six.ratings.iter_mut().zip([7, 7, 7, 6, 6]) {
            rating.stars = Stars::from_halves(halves).expect("valid");
        }
        let settled = settle(&drop(10_000), &six, None, &Policy::default(), at(7 * DAY)).expect("due");
        assert_eq!((settled.score, settled.outcome), (Some(Millionths::clamped(600_000)), Outcome::Success));
        let mut three = six.clone();
        for (rating, halves) in three.ratings.iter_mut().zip([3, 3, 2, 2, 2]) {
            rating.stars = Stars::from_halves(halves).expect("valid");
        }
        let settled = settle(&drop(10_000), &three, None, &Policy::default(), at(7 * DAY)).expect("due");
        assert_eq!((settled.score, settled.outcome), (Some(Millionths::clamped(300_000)), Outcome::Neutral));
        three.ratings[0].stars = Stars::from_halves(2).expect("valid");
        let settled = settle(&drop(10_000), &three, None, &Policy::default(), at(7 * DAY)).expect("due");
        assert_eq!((settled.outcome, settled.burnt.milli()), (Outcome::Failure, 10_000));
    }

    #[test]
    fn the_last_instant_of_the_window_counts_and_the_next_does_not() {
        let in_time = facts(8, &[1, 1, 1, 1, 7 * DAY - 1]);
        assert!(settle(&drop(10_000), &in_time, None, &Policy::default(), at(7 * DAY - 1)).is_none());
        let settled = settle(&drop(10_000), &in_time, None, &Policy::default(), at(7 * DAY)).expect("due");
        assert_eq!(settled.effective_at, at(7 * DAY));
        let late = facts(8, &[1, 1, 1, 1, 7 * DAY]);
        let settled =
            settle(&drop(10_001), &late, None, &Policy::default(), at(7 * DAY)).expect("quorum while fading");
        assert_eq!((settled.effective_at, settled.left.milli()), (at(7 * DAY), 10_001));
    }

    #[test]
    fn a_quorum_while_fading_settles_what_is_left() {
        // Nine whole days gone: ⌊10,001 · 9 / 30⌋ = 3,000 of 10,001.
        let instant = 16 * DAY + DAY - 1;
        let settled =
            settle(&drop(10_001), &facts(8, &[1, 1, 1, 1, instant]), None, &Policy::default(), at(40 * DAY));
        let settled = settled.expect("due");
        assert_eq!(settled.effective_at, at(instant));
        assert_eq!(
            (settled.left.milli(), settled.returned.milli(), settled.burnt.milli()),
            (7_001, 7_001, 3_000)
        );
        assert_eq!(settled.reward.milli(), 2_450);
    }

    #[test]
    fn a_late_sweep_decides_the_same() {
        for instants in [[1; 5], [1, 1, 1, 1, 9 * DAY]] {
            let facts = facts(8, &instants);
            let on_time = settle(&drop(10_001), &facts, None, &Policy::default(), at(9 * DAY));
            let late = settle(&drop(10_001), &facts, None, &Policy::default(), at(400 * DAY));
            assert_eq!(on_time, late);
        }
    }

    #[test]
    fn nothing_comes_and_the_stake_is_gone_at_day_37() {
        let nobody = facts(8, &[1; 4]);
        assert!(settle(&drop(10_001), &nobody, None, &Policy::default(), at(37 * DAY - 1)).is_none());
        let settled = settle(&drop(10_001), &nobody, None, &Policy::default(), at(37 * DAY)).expect("due");
        assert_eq!((settled.outcome, settled.burnt.milli(), settled.score), (Outcome::Faded, 10_001, None));
        let last = facts(8, &[1, 1, 1, 1, 37 * DAY]);
        assert_eq!(settle(&drop(10_001), &last, None, &Policy::default(), at(37 * DAY)), Some(settled));
    }

    #[test]
    fn a_drop_shown_to_few_was_not_ignored() {
        let few = SettlementFacts { shown: 14, ..facts(8, &[1; 4]) };
        let settled = settle(&drop(10_001), &few, None, &Policy::default(), at(37 * DAY)).expect("due");
        assert_eq!((settled.returned.milli(), settled.burnt.milli()), (10_001, 0));
    }

    #[test]
    fn a_circle_that_ends_leaves_the_window_as_it_was() {
        let policy = Policy::default();
        let ended = |facts: &SettlementFacts, closed: i64, now: i64| {
            let settled = settle(&drop(10_001), facts, Some(at(closed)), &policy, at(now))?;
            Some((settled.outcome, settled.returned.milli(), settled.burnt.milli(), settled.effective_at))
        };
        // What a quorum said by then decides, when the window ends and not before.
        let (praised, failed) = (facts(10, &[1; 5]), facts(0, &[1, 1, 1, 1, 3 * DAY]));
        for closed in [3 * DAY, 7 * DAY - 1, 7 * DAY] {
            assert_eq!(ended(&praised, closed, 7 * DAY - 1), None);
            for now in [7 * DAY, 40 * DAY] {
                let success = (Outcome::Success, 10_001, 0, at(7 * DAY));
                assert_eq!(ended(&praised, closed, now), Some(success));
                assert_eq!(ended(&failed, closed, now), Some((Outcome::Failure, 0, 10_001, at(7 * DAY))));
            }
        }
        // Undecided then, or while it fades, however much is gone: the whole stake.
        let returned = |instant| Some((Outcome::Annulled, 10_001, 0, at(instant)));
        let few = facts(10, &[1; 4]);
        assert_eq!(ended(&few, 3 * DAY, 7 * DAY - 1), None);
        assert_eq!(ended(&few, 3 * DAY, 7 * DAY), returned(7 * DAY));
        assert_eq!(ended(&few, 20 * DAY, 20 * DAY), returned(20 * DAY));
        // What was decided before stays decided.
        let late = facts(0, &[1, 1, 1, 1, 9 * DAY]);
        for closed in [9 * DAY, 30 * DAY] {
            let settled = ended(&late, closed, 40 * DAY).expect("due");
            assert_eq!((settled.0, settled.3), (Outcome::Failure, at(9 * DAY)));
        }
        assert_eq!(ended(&few, 37 * DAY, 40 * DAY), Some((Outcome::Faded, 0, 10_001, at(37 * DAY))));
    }

    #[test]
    fn a_late_sweep_of_an_ended_circle_decides_the_same() {
        let policy = Policy::default();
        for facts in [facts(8, &[1; 5]), facts(0, &[1; 5]), facts(8, &[1; 3])] {
            for closed in [DAY, 9 * DAY] {
                let swept = |now| settle(&drop(10_001), &facts, Some(at(closed)), &policy, at(now));
                assert_eq!(swept(400 * DAY), swept(9 * DAY));
                assert!(swept(9 * DAY).is_some());
            }
        }
    }

    #[test]
    fn a_few_of_a_circle_make_no_points() {
        // Two raters are a quorum in a circle of four. Of 100 active people it takes five, so there is no reward.
        let circle =
            DropState { circle: Some(crate::model::CircleId::from_uuid(uuid::Uuid::nil())), ..drop(12_345) };
        let among = |raters: usize, community| {
            let facts = SettlementFacts { active: 4, community, ..facts(8, &[1; 5][..raters]) };
            let settled = settle(&circle, &facts, None, &Policy::default(), at(7 * DAY)).expect("due");
            (settled.outcome, settled.returned.milli(), settled.reward.milli())
        };
        // Two of 4 stars: (0.9 + 1.6) / 4 = 0.625; four: 0.683 333; five: 0.7.
        assert_eq!(among(2, 100), (Outcome::Success, 12_345, 0));
        assert_eq!(among(4, 100), (Outcome::Success, 12_345, 0));
        assert_eq!(among(5, 100), (Outcome::Success, 12_345, 4_320));
        // Where the community is no larger than the circle, the circle speaks for it.
        assert_eq!(among(2, 4), (Outcome::Success, 12_345, 3_857));
    }

    #[test]
    fn two_people_cannot_judge_each_other() {
        let two = SettlementFacts { active: 2, ..facts(0, &[1; 5]) };
        let settled = settle(&drop(10_000), &two, None, &Policy::default(), at(7 * DAY)).expect("due");
        assert_eq!(
            (settled.outcome, settled.returned.milli(), settled.score),
            (Outcome::Neutral, 10_000, None)
        );
    }
}
