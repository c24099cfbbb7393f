use super::*;
use crate::integrity::RatingFact;
use crate::model::{DropId, Timestamp};
use crate::policy::Policy;
use uuid::Uuid;

fn user(n: u16) -> UserId {
    let mut random = [0; 10];
    random[..2].copy_from_slice(&n.to_be_bytes());
    UserId::new(Timestamp::from_seconds(1), random)
}

/// Drop `n` is made by person `n % 50`, and rated so many seconds after the epoch.
fn rated(rater: u16, drop: u16, value: f64, at: i64) -> RatingFact {
    let id = DropId::from_uuid(Uuid::from_u128(u128::from(drop)));
    let at = Timestamp::from_seconds(at);
    RatingFact { rater: user(rater), author: user(drop % 50), drop: id, value, at, counted: true, open: true }
}

/// 50 people, of whom each rates every third drop at an hour of their own, as good as it is or a little off.
fn community() -> Vec<RatingFact> {
    let quality = |drop: u16| 0.3 + 0.1 * f64::from(drop * 7 % 5);
    let one = |rater: u16| {
        (0..60).filter(move |drop| (drop + rater).is_multiple_of(3)).map(move |drop| {
            let hour = i64::from(rater * 37 % 150);
            rated(rater, drop, quality(drop) + 0.1 * f64::from((rater + drop) % 3) - 0.1, hour * 3_600)
        })
    };
    (0..50).flat_map(one).filter(|fact| fact.rater != fact.author).collect()
}

fn together(members: std::ops::Range<u16>, value: f64, apart: i64) -> impl Iterator<Item = RatingFact> {
    members.flat_map(move |rater| {
        (0..6).map(move |drop| rated(rater, drop * 9, value, 9_000 + i64::from(rater) * apart))
    })
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that the search asks for")]
fn strangers(_: UserId, _: UserId) -> Option<f64> {
    Some(0.05)
}

fn in_step(
    ratings: &[RatingFact],
    similarity: &Similarity<'_>,
    policy: &IntegrityPolicy,
) -> Vec<GroupFinding> {
    lockstep(&CountedRatings::new(ratings), similarity, policy)
}

fn shouting(ratings: &[RatingFact], policy: &IntegrityPolicy) -> Vec<GroupFinding> {
    one_way(&CountedRatings::new(ratings), policy)
}

fn members(findings: &[GroupFinding]) -> Vec<Vec<UserId>> {
    findings.iter().map(|finding| finding.members.clone()).collect()
}

#[test]
fn raters_in_step_are_found_and_taste_explains_them() {
    let policy = Policy::default().integrity;
    let mut ratings = community();
    ratings.extend(together(200..206, 0.7, 60));
    let found = in_step(&ratings, &strangers, &policy);
    assert_eq!(members(&found), [(200..206).map(user).collect::<Vec<_>>()], "{found:?}");
    assert!(found[0].probability > 0.9 && found[0].probability < 1.0, "{found:?}");
    assert!(found[0].evidence.starts_with("6 people rated the same 6 drops; where"), "{}", found[0].evidence);
    assert_eq!(in_step(&ratings, &|_, _| Some(0.4), &policy), []);
    ratings.reverse();
    assert_eq!(in_step(&ratings, &strangers, &policy), found);
}

#[test]
fn who_rates_the_same_at_other_times_is_not_in_step() {
    let policy = Policy::default().integrity;
    let mut ratings = community();
    ratings.extend(together(200..206, 0.7, 40_000));
    assert_eq!(in_step(&ratings, &strangers, &policy), []);
    assert_eq!(shouting(&ratings, &policy), []);
}

#[test]
fn those_who_shout_against_others_are_found_whatever_their_pace() {
    let policy = Policy::default().integrity;
    for value in [1.0, 0.0] {
        let mut ratings = community();
        ratings.extend(together(200..206, value, 40_000));
        let found = shouting(&ratings, &policy);
        assert_eq!(members(&found), [(200..206).map(user).collect::<Vec<_>>()], "{value}: {found:?}");
    }
}

#[test]
fn three_are_no_group_and_nobody_is_found_among_honest_people() {
    let policy = Policy::default().integrity;
    let mut ratings = community();
    assert_eq!((in_step(&ratings, &strangers, &policy), shouting(&ratings, &policy)), (vec![], vec![]));
    ratings.extend(together(200..203, 1.0, 60));
    assert_eq!((in_step(&ratings, &strangers, &policy), shouting(&ratings, &policy)), (vec![], vec![]));
    assert_eq!((in_step(&[], &strangers, &policy), shouting(&[], &policy)), (vec![], vec![]));
}
