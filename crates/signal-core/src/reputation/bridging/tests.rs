//! Worked examples, and what must hold for any ratings.

use proptest::prelude::*;

use super::*;
use crate::ledger::{BridgingTrial, Method, Stance};
use crate::model::{DropId, Millionths, Pseudonym, Stars, Timestamp};
use crate::policy::{BridgingPolicy, ValidationPolicy};
use crate::reputation::{WeighedRating, validate};

const SIDE: i32 = 200_000;

fn name(number: usize) -> Pseudonym {
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&(number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    Pseudonym::from_bytes(bytes)
}

fn at(seconds: usize) -> Timestamp {
    Timestamp::from_seconds(i64::try_from(seconds).unwrap())
}

fn rating(number: usize, halves: u8, side: i32) -> WeighedRating {
    let stance = Some(Stance { tendency: 0, side });
    WeighedRating {
        rater: name(number),
        stars: Stars::from_halves(halves).unwrap(),
        weight: Millionths::ONE,
        group: None,
        at: at(number),
        stance,
        stance_without_top: stance,
    }
}

fn ratings(groups: &[(usize, u8, i32)]) -> Vec<WeighedRating> {
    let all = groups.iter().flat_map(|(count, halves, side)| std::iter::repeat_n((*halves, *side), *count));
    all.enumerate().map(|(number, (halves, side))| rating(number, halves, side)).collect()
}

fn score(ratings: &[WeighedRating]) -> u32 {
    bridge(ratings, |rating| rating.stance, &ValidationPolicy::default()).score.get()
}

#[test]
fn worked_by_hand() {
    let mean = |ratings: &[WeighedRating]| validate(ratings, &ValidationPolicy::default()).score.get();
    // Five neutral raters of 4 stars: the mean, (0.9 + 4) / 7.
    let neutral = ratings(&[(5, 8, 0)]);
    assert_eq!((score(&neutral), mean(&neutral)), (700_000, 700_000));
    // Nine of one side say 5 stars, one of the other says 1. n = 12, x = 8, xx = 10.2, y = 10.1, xy = 8.8:
    // s = (10.1 · 10.2 − 8 · 8.8) / (12 · 10.2 − 8²) = 32.62 / 58.4.
    let divided = ratings(&[(9, 10, SIDE), (1, 2, -SIDE)]);
    assert_eq!((score(&divided), mean(&divided)), (558_561, 841_666));
    // The other says 5 stars too: y = 10.9, xy = 8, s = (10.9 · 10.2 − 64) / 58.4.
    let agreed = ratings(&[(9, 10, SIDE), (1, 10, -SIDE)]);
    assert_eq!((score(&agreed), mean(&agreed)), (807_876, 908_333));
    // Ten of one side alone: n = 12, x = 10, xx = 10.2, y = 10.9, xy = 10, s = (10.9 · 10.2 − 100) / (12 · 10.2 − 100).
    let alone = ratings(&[(10, 10, SIDE)]);
    assert_eq!((score(&alone), mean(&alone)), (499_107, 908_333));
    // Who gives 0.1 more than others says 0.1 less.
    let mut generous = neutral.clone();
    for rating in &mut generous {
        rating.stance = Some(Stance { tendency: 100_000, side: 0 });
    }
    assert_eq!(score(&generous), 628_571);
    assert_eq!(score(&[]), 450_000);
}

#[test]
fn the_error_of_neutral_raters_is_that_of_the_mean() {
    let neutral = ratings(&[(5, 8, 0)]);
    let policy = ValidationPolicy::default();
    let found = bridge(&neutral, |rating| rating.stance, &policy);
    assert_eq!((found.uncertainty, found.raters), (validate(&neutral, &policy).uncertainty, 5));
}

#[test]
fn linked_raters_are_one_vote() {
    let mut ring = ratings(&[(1, 2, 0), (4, 10, 0)]);
    for rating in ring.iter_mut().skip(1) {
        rating.group = Some(7);
    }
    // (0.9 + 0.2 + 1.0) / 4
    assert_eq!(score(&ring), 525_000);
}

fn decided(ratings: &[WeighedRating]) -> (u32, Method, Option<BridgingTrial>) {
    let policy = ValidationPolicy::default();
    let (validation, method, trial) = decide_score(ratings, validate(ratings, &policy), &policy);
    (validation.score.get(), method, trial)
}

#[test]
fn the_mean_decides_where_too_few_are_known() {
    let mut some = ratings(&[(9, 10, SIDE)]);
    for rating in some.iter_mut().skip(4) {
        rating.stance = None;
    }
    assert_eq!(decided(&some), (900_000, Method::ShrunkMean, None));
    for rating in &mut some {
        rating.stance = None;
    }
    assert_eq!(decided(&some), (900_000, Method::ShrunkMean, None));
}

#[test]
fn a_score_must_survive_without_those_who_rate_most() {
    let both = ratings(&[(6, 10, SIDE), (6, 10, -SIDE)]);
    let (score, method, trial) = decided(&both);
    assert_eq!((score, method), (921_428, Method::Bridging));
    assert_eq!(
        trial.map(|trial| (trial.score.get(), trial.without_top.get(), trial.raters)),
        Some((921_428, 921_428, 12))
    );
    // All of the second side are among those who rate most: without them one side is left.
    let mut carried = both.clone();
    for rating in carried.iter_mut().skip(6) {
        rating.stance_without_top = None;
    }
    let (score, method, trial) = decided(&carried);
    assert_eq!((score, method), (921_428, Method::ShrunkMean), "the mean of all is the same here");
    assert!(trial.is_some_and(|trial| trial.without_top.get() < 500_000 && trial.score.get() == 921_428));
}

/// Two camps that rate each other's music low, and music in between that all like or dislike.
fn camps(people: usize, drops: usize) -> Vec<RatedDrop> {
    let mut made = Vec::new();
    for drop in 0..drops {
        let kind = drop % 4;
        for person in 0..people {
            let camp = person % 2;
            if (person * 7 + drop * 3) % 4 == 0 {
                continue;
            }
            let stars = match kind {
                0 | 1 if kind == camp => 850_000,
                0 | 1 => 250_000,
                2 => 700_000,
                _ => 300_000,
            };
            // Whole tenths to and fro, and every ninth person gives one more to everything.
            let noise = ((person * 31 + drop * 17) % 5) as i128 * 50_000 - 100_000;
            let generous = if person % 9 == 0 { 100_000 } else { 0 };
            made.push(RatedDrop {
                rater: name(person),
                drop: DropId::from_uuid(uuid::Uuid::from_u128(drop as u128 + 1)),
                value: Millionths::clamped(stars + noise + generous),
                at: at(drop * 100 + person),
            });
        }
    }
    made
}

fn small() -> BridgingPolicy {
    BridgingPolicy { from_ratings: 500, from_raters: 20, from_drops: 20, ..BridgingPolicy::default() }
}

#[test]
fn camps_and_the_generous_are_found() {
    let found = fit(camps(40, 60), &small()).unwrap().raters;
    assert_eq!(found.len(), 40);
    assert!(found.is_sorted_by_key(|(who, ..)| *who));
    let stance = |person: usize| found.iter().find(|(who, ..)| *who == name(person)).unwrap().1;
    let first = stance(0).side.signum();
    for person in 0..40 {
        let Stance { tendency, side } = stance(person);
        let wanted = if person % 2 == 0 { first } else { -first };
        assert!(side.signum() == wanted && side.abs() > 120_000, "{person}: {side}");
        let generous = tendency > 50_000;
        assert_eq!(generous, person % 9 == 0, "{person}: {tendency}");
    }
    assert_eq!(found.iter().filter(|(_, _, without)| without.is_none()).count(), 2, "5 % of 40 rated most");
}

#[test]
fn where_people_do_not_divide_nobody_is_of_a_side() {
    let mut all = camps(40, 60);
    all.retain(|rating| rating.drop.uuid().as_u128() % 4 == 3 || rating.drop.uuid().as_u128() % 4 == 0);
    let found = fit(all, &small()).unwrap().raters;
    let zone = i32::try_from(BridgingPolicy::default().neutral_zone.get()).unwrap();
    assert!(found.iter().all(|(_, stance, _)| stance.side.abs() < zone), "{found:?}");
}

#[test]
fn too_little_teaches_nothing() {
    let all = camps(40, 60);
    assert_eq!(fit(all.clone(), &BridgingPolicy::default()), None);
    for policy in [
        BridgingPolicy { from_raters: 41, ..small() },
        BridgingPolicy { from_drops: 61, ..small() },
        BridgingPolicy { from_ratings: all.len() + 1, ..small() },
        BridgingPolicy { least_by_rater: 61, ..small() },
        BridgingPolicy { least_of_drop: 41, ..small() },
        BridgingPolicy { most_ratings: 499, ..small() },
    ] {
        assert_eq!(fit(all.clone(), &policy), None, "{policy:?}");
    }
    assert_eq!(
        fit(Vec::new(), &BridgingPolicy { from_ratings: 0, from_raters: 0, from_drops: 0, ..small() }),
        None
    );
}

#[test]
fn one_two_and_eight_threads_and_any_order_give_the_same_bits() {
    let forwards = camps(60, 80);
    let mut turned = forwards.clone();
    turned.reverse();
    turned.rotate_left(1_234);
    let on = |threads, ratings: &Vec<RatedDrop>| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit(ratings.clone(), &small()).unwrap())
    };
    let one = on(1, &forwards);
    for threads in [2, 8] {
        assert_eq!(on(threads, &forwards), one, "{threads} threads");
        assert_eq!(on(threads, &turned), one, "{threads} threads, another order");
    }
}

fn some_ratings() -> impl Strategy<Value = Vec<WeighedRating>> {
    let one = (0u8..=10, -400_000i32..400_000, -150_000i32..150_000, 0i128..=1_000_000, 0usize..12);
    prop::collection::vec(one, 0..60).prop_map(|all| {
        let made = all.into_iter().enumerate().map(|(number, (halves, side, tendency, weight, group))| {
            let stance = Some(Stance { tendency, side });
            let weight = Millionths::clamped(weight);
            let group = (group < 2).then_some(group);
            WeighedRating { weight, group, stance, ..rating(number, halves, side) }
        });
        made.collect()
    })
}

proptest! {
    /// Whoever they are and however many, people of one side alone neither lift a drop to success nor make it fail.
    #[test]
    fn one_side_alone_decides_nothing(
        mut block in some_ratings(), sign in prop::sample::select(vec![-1, 1]), halves in prop::sample::select(vec![0u8, 10]),
    ) {
        let zone = i32::try_from(BridgingPolicy::default().neutral_zone.get()).unwrap();
        for rating in &mut block {
            rating.stars = Stars::from_halves(halves).unwrap();
            for stance in [&mut rating.stance, &mut rating.stance_without_top].into_iter().flatten() {
                stance.side = sign * stance.side.abs().max(zone);
            }
        }
        let (score, method, _) = decided(&block);
        prop_assume!(bridge(&block, |r| r.stance, &ValidationPolicy::default()).raters >= 5);
        prop_assert_eq!(method, Method::Bridging);
        prop_assert!((300_000..=500_000).contains(&score), "{}", score);
    }

    /// Nor do they against others: a drop that all the rest gave no star stays far from success.
    #[test]
    fn one_side_does_not_outvote_the_other(block in 1usize..200, others in 3usize..20) {
        let divided = ratings(&[(block, 10, SIDE), (others, 0, -SIDE)]);
        prop_assert!(score(&divided) < 600_000);
    }

    #[test]
    fn the_order_of_ratings_changes_nothing(ratings in some_ratings(), turn in 0usize..60) {
        let mut turned = ratings.clone();
        turned.reverse();
        if !turned.is_empty() {
            let by = turn % turned.len();
            turned.rotate_left(by);
        }
        let policy = ValidationPolicy::default();
        let of = |ratings: &[WeighedRating]| bridge(ratings, |rating| rating.stance, &policy);
        prop_assert_eq!(of(&ratings), of(&turned));
    }

    /// Neutral raters who are not generous are judged as the mean judges them.
    #[test]
    fn without_sides_it_is_the_mean(mut ratings in some_ratings()) {
        for rating in &mut ratings {
            rating.stance = Some(Stance { tendency: 0, side: 0 });
        }
        let mean = validate(&ratings, &ValidationPolicy::default());
        // Linked raters are merged in whole millionths there, and in floats here.
        prop_assert!(score(&ratings).abs_diff(mean.score.get()) <= 1);
    }

    /// A fraction each, whatever the ratings.
    #[test]
    fn scores_stay_in_range_and_errors_are_finite(ratings in some_ratings()) {
        let found = bridge(&ratings, |rating| rating.stance, &ValidationPolicy::default());
        prop_assert!(found.score <= Millionths::ONE && found.uncertainty <= Millionths::ONE);
        prop_assert!(found.raters as usize <= ratings.len());
    }
}
