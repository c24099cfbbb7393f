use std::ops::Range;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::integrity::RatingFact;
use crate::model::{DropId, SECONDS_PER_DAY, Timestamp, UserId};
use crate::policy::Policy;

fn user(n: u64) -> UserId {
    UserId::from_uuid(Uuid::from_u128(u128::from(n)))
}

/// A rating of the drop `n` of an author, at noon of a day.
fn rated(rater: u64, author: u64, n: u64, day: i64) -> RatingFact {
    RatingFact {
        rater: user(rater),
        author: user(author),
        drop: DropId::from_uuid(Uuid::from_u128(u128::from(author * 10_000 + n))),
        value: 0.6,
        at: Timestamp::from_seconds(day * SECONDS_PER_DAY + SECONDS_PER_DAY / 2),
        counted: true,
        open: true,
    }
}

/// `times` ratings on one day, each of another author from 1,000 on.
fn busy(rater: u64, times: u64, day: i64) -> impl Iterator<Item = RatingFact> {
    (0..times).map(move |n| rated(rater, 1_000 + (rater * 7 + n) % 500, n, day))
}

/// `times` ratings of one author, one a day.
fn fan(rater: u64, author: u64, times: u64) -> impl Iterator<Item = RatingFact> {
    (0..times).map(move |n| rated(rater, author, n, i64::try_from(n).unwrap_or(0)))
}

/// A hundred people, of whom 60 rate one drop a day at most and 40 rate two.
fn hundred() -> Vec<RatingFact> {
    (0..100).flat_map(|rater| busy(rater, if rater < 60 { 1 } else { 2 }, 3)).collect()
}

fn rates(ratings: &[RatingFact], policy: &IntegrityPolicy) -> AbnormalRates {
    abnormal_rates(&CountedRatings::new(ratings), policy)
}

fn policy() -> IntegrityPolicy {
    Policy::default().integrity
}

fn members(findings: &[GroupFinding]) -> Vec<Vec<UserId>> {
    findings.iter().map(|finding| finding.members.clone()).collect()
}

#[test]
fn a_golden_pace() {
    let mut ratings = hundred();
    ratings.extend(busy(200, 128, 5));
    let found = rates(&ratings, &policy());
    assert_eq!((members(&found.pace), members(&found.share)), (vec![vec![user(200)]], vec![]));
    // docs/algorithms.md, "Abnormal rates": 128 is six doublings beyond 2, and each leaves a fifth; 202 tests.
    let harmonic: f64 = (1..=202).map(|rank| 1.0 / f64::from(rank)).sum();
    let wanted = 1.0 - 0.1 / 15_625.0 * 202.0 * harmonic;
    assert!((found.pace[0].probability - wanted.min(SUREST)).abs() < 1e-9, "{found:?}");
    assert_eq!(
        found.pace[0].evidence,
        "1 person rated 128 drops on 1970-01-06; of 101 people who rate, half never rated more than 1 on one day, and \
         nine in ten never more than 2; of findings as odd as this, at most 0.76 in 100 are chance"
    );
    // Half as many could be chance too often: a fifth as odd, five times the share.
    let mut fewer = hundred();
    fewer.extend(busy(200, 64, 5));
    let less = rates(&fewer, &policy());
    assert!(less.pace.len() == 1 && less.pace[0].probability < found.pace[0].probability, "{less:?}");
    let mut fewest = hundred();
    fewest.extend(busy(200, 32, 5));
    assert_eq!(rates(&fewest, &policy()), AbnormalRates::default());
}

#[test]
fn a_golden_share() {
    // A hundred who rate one author each, ten of the authors; five give an eleventh 40 of their 44 ratings.
    let mut ratings: Vec<RatingFact> = (0..100).flat_map(|rater| fan(rater, 1_000 + rater % 10, 1)).collect();
    for rater in 200..205 {
        ratings.extend(fan(rater, 2_000, 40).chain(fan(rater, 1_000 + rater % 10, 4)));
    }
    let found = rates(&ratings, &policy());
    assert_eq!((found.pace, members(&found.share)), (vec![], vec![(200..205).map(user).collect()]));
    // Each of the four others gives the author 40/44 of theirs, 100 nothing: 44 · (4 · 40/44) / 104 = 160/104.
    let least = 40.0 / (1.0 + 160.0 / 104.0);
    let evidence = &found.share[0].evidence;
    let wanted =
        format!("5 people gave 200 of 220 ratings to one author, at least {least:.1} times one more than");
    assert!(evidence.starts_with(&wanted), "{evidence}");
    assert!(found.share[0].probability > 0.95, "{evidence}");
}

#[test]
fn what_is_common_is_explained() {
    // Everybody rates forty drops of one author: that is a popular author.
    let ratings: Vec<RatingFact> = (0..100).flat_map(|rater| fan(rater, 2_000, 40)).collect();
    assert_eq!(rates(&ratings, &policy()), AbnormalRates::default());
    // And where everybody rates a lot on one day, so does the one who rates a little more.
    let mut ratings: Vec<RatingFact> = (0..100).flat_map(|rater| busy(rater, 60, 3)).collect();
    ratings.extend(busy(200, 90, 3));
    assert_eq!(rates(&ratings, &policy()), AbnormalRates::default());
}

#[test]
fn friends_who_rate_each_other_daily_are_not_abnormal() {
    // Twelve friends among 400 who rate a drop or two in their lives; each of them drops 30 times.
    let mut ratings: Vec<RatingFact> = (0..400).flat_map(|rater| busy(rater, 1 + rater % 2, 3)).collect();
    for rater in 500..512 {
        ratings
            .extend((500..512).filter(|author| *author != rater).flat_map(|author| fan(rater, author, 30)));
    }
    assert_eq!(rates(&ratings, &policy()), AbnormalRates::default());
}

#[test]
fn drops_of_circles_and_what_does_not_count_are_left_out() {
    let mut circle = hundred();
    circle.extend(
        (200..205).flat_map(|rater| fan(rater, 2_000, 40)).map(|fact| RatingFact { open: false, ..fact }),
    );
    assert_eq!(rates(&circle, &policy()).share, []);
    let mut late = hundred();
    late.extend(busy(200, 500, 5).map(|fact| RatingFact { counted: false, ..fact }));
    assert_eq!(rates(&late, &policy()), AbnormalRates::default());
    let few: Vec<RatingFact> =
        (0..40).flat_map(|rater| busy(rater, 1, 3)).chain(busy(200, 5_000, 3)).collect();
    assert_eq!(rates(&few, &policy()), AbnormalRates::default(), "41 people are no base");
    assert_eq!(rates(&[], &policy()), AbnormalRates::default());
}

#[test]
fn a_twentieth_of_all_being_false_accounts_hide_nobody() {
    let mut ratings = hundred();
    for range in [100..400, 500..900] {
        ratings.extend(range.flat_map(|rater| busy(rater, 1 + rater % 2, 3)));
    }
    ratings.extend((2_000..2_040).flat_map(|rater| busy(rater, 150, 5)));
    let found = rates(&ratings, &policy());
    assert_eq!(members(&found.pace), (2_000..2_040).map(|n| vec![user(n)]).collect::<Vec<_>>());
}

/// Numbers in (0, 1) that depend on two others alone.
fn chance(seed: u64, n: u64) -> f64 {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ n.wrapping_mul(0xD1B5_4A32_D192_ED03);
    for _ in 0..3 {
        x = (x ^ (x >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    }
    ((x >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// Honest people, some of whom rate very much more than others: their busiest day falls off as a power law.
fn honest(people: Range<u64>, seed: u64, power: f64) -> impl Iterator<Item = RatingFact> {
    people.flat_map(move |rater| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 2,000")]
        let most = libm::pow(chance(seed, rater), -1.0 / power).min(2_000.0) as u64;
        busy(rater, most, 3)
    })
}

/// Any count may be abnormal, so that nothing but the false-discovery control stands between enthusiasts and a finding.
fn bare() -> IntegrityPolicy {
    let mut policy = policy();
    policy.collusion.pace_ratings = 1;
    policy.collusion.share_ratings = 1;
    policy
}

#[test]
fn honest_communities_have_findings_no_more_often_than_was_chosen() {
    let communities = 120;
    for power in [1.2, 2.0, 3.0] {
        let odd = (0..communities).filter(|seed| {
            let found = rates(&honest(0..200, *seed, power).collect::<Vec<_>>(), &bare());
            !found.pace.is_empty() || !found.share.is_empty()
        });
        let odd = odd.count() as u64;
        assert!(odd * 20 <= communities, "power {power}: {odd} of {communities}");
    }
}

#[test]
fn more_honest_people_add_no_findings() {
    let bots = || (5_000..5_010).flat_map(|rater| busy(rater, 1_500, 4));
    let mut added = 0;
    for seed in 0..40 {
        for people in [150, 300, 600] {
            let ratings: Vec<RatingFact> = honest(0..people, seed, 3.0).chain(bots()).collect();
            let found = rates(&ratings, &bare()).pace;
            let of_bots = |finding: &&GroupFinding| finding.members[0] >= user(5_000);
            assert_eq!(found.iter().filter(of_bots).count(), 10, "seed {seed}, {people} people");
            added += found.len() - 10;
        }
    }
    // Of all findings at most a twentieth: 1,200 are right.
    assert!(added * 19 <= 1_200, "{added}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Who is called what, and in what order ratings come, changes nothing.
    #[test]
    fn names_and_order_do_not_matter(seed in 0u64..1_000, turn in 1u64..900) {
        let mut ratings: Vec<RatingFact> = honest(0..120, seed, 3.0).collect();
        ratings.extend(busy(200, 4_000, 4).chain((300..304).flat_map(|rater| fan(rater, 2_000, 50))));
        let found = rates(&ratings, &policy());
        prop_assert!(!found.pace.is_empty() && !found.share.is_empty());
        let renamed = |id: UserId| user((u64::try_from(id.uuid().as_u128()).unwrap_or(0) * 7 + turn) % 10_007);
        let turned: Vec<RatingFact> = ratings
            .iter()
            .rev()
            .map(|fact| RatingFact { rater: renamed(fact.rater), author: renamed(fact.author), ..*fact })
            .collect();
        let again = rates(&turned, &policy());
        for (before, after) in [(&found.pace, &again.pace), (&found.share, &again.share)] {
            let mut wanted: Vec<GroupFinding> = before.clone();
            for finding in &mut wanted {
                finding.members = finding.members.iter().map(|id| renamed(*id)).collect();
                finding.members.sort_unstable();
            }
            wanted.sort_by(|a, b| a.members.cmp(&b.members));
            prop_assert_eq!(&wanted, after);
        }
    }
}
