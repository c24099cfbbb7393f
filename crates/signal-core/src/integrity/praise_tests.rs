use proptest::prelude::*;

use super::*;
use crate::policy::Policy;

fn user(n: u16) -> UserId {
    let mut random = [0; 10];
    random[..2].copy_from_slice(&n.to_be_bytes());
    UserId::new(Timestamp::from_seconds(1), random)
}

fn rated(rater: u16, author: u16, value: f64) -> RatingFact {
    RatingFact {
        rater: user(rater),
        author: user(author),
        drop: crate::model::DropId::from_uuid(uuid::Uuid::nil()),
        value,
        at: Timestamp::from_seconds(9),
        counted: true,
        open: true,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that the search asks for")]
fn strangers(_: UserId, _: UserId) -> Option<f64> {
    Some(0.05)
}

fn praised(
    ratings: &[RatingFact],
    similarity: &Similarity<'_>,
    policy: &IntegrityPolicy,
) -> Vec<GroupFinding> {
    mutual_praise(&CountedRatings::new(ratings), similarity, policy)
}

fn found(ratings: &[RatingFact]) -> Vec<Vec<UserId>> {
    let findings = praised(ratings, &strangers, &Policy::default().integrity);
    findings.into_iter().map(|finding| finding.members).collect()
}

/// `people` honest listeners: each rates 20 others along fixed strides, a third of them with praise.
fn community(people: u16) -> Vec<RatingFact> {
    let value = |rater: u16, step: u16| [0.9, 0.6, 0.4][usize::from((rater + step) % 3)];
    let one =
        |rater| (1..=20).map(move |step| rated(rater, (rater + step * step) % people, value(rater, step)));
    (0..people).flat_map(one).filter(|fact| fact.rater != fact.author).collect()
}

/// The members of a ring rate each other `times` over and give `outside` ratings to the community.
fn ring(members: std::ops::Range<u16>, times: usize, outside: u16) -> Vec<RatingFact> {
    let pairs = members.clone().flat_map(|a| members.clone().filter(move |b| *b != a).map(move |b| (a, b)));
    let inside = pairs.flat_map(|(a, b)| std::iter::repeat_n(rated(a, b, 1.0), times));
    let camouflage = members.clone().flat_map(|a| (0..outside).map(move |n| rated(a, (a * 7 + n) % 60, 0.9)));
    inside.chain(camouflage).collect()
}

#[test]
fn a_ring_is_found_among_honest_people() {
    let mut ratings = community(100);
    ratings.extend(ring(200..206, 2, 3));
    let findings = praised(&ratings, &strangers, &Policy::default().integrity);
    assert_eq!(findings.len(), 1, "{findings:?}");
    let finding = &findings[0];
    assert_eq!(finding.members, (200..206).map(user).collect::<Vec<_>>());
    assert!(finding.probability > 0.9 && finding.probability < 1.0, "{}", finding.probability);
    assert_eq!(
        finding.evidence,
        "6 people gave 60 of their 78 ratings to each other, 5.0 of 5 stars on average; others gave them 0 of 1800 ratings; \
         their taste agrees by 0.05, and 0.35 would explain it"
    );
}

#[test]
fn a_ring_is_found_even_where_honest_people_praise_it() {
    let mut ratings = community(100);
    ratings.extend(ring(200..208, 2, 6));
    ratings.extend((0..100).map(|n| rated(n, 200 + n % 8, 1.0)));
    assert_eq!(found(&ratings), [(200..208).map(user).collect::<Vec<_>>()]);
}

#[test]
fn a_ring_is_found_inside_a_community_that_only_praises() {
    // Everybody gives full stars, so the whole community is one inward set; the ring is still closer than the rest.
    let mut ratings = community(100);
    for fact in &mut ratings {
        fact.value = 1.0;
    }
    ratings.extend(ring(200..206, 3, 5));
    ratings.extend((0..60).map(|n| rated(n, 200 + n % 6, 1.0)));
    assert_eq!(found(&ratings), [(200..206).map(user).collect::<Vec<_>>()]);
}

#[test]
fn praise_in_a_circle_without_a_mutual_pair_is_found() {
    let mut ratings = community(100);
    for n in 0u16..6 {
        ratings.extend(std::iter::repeat_n(rated(200 + n, 200 + (n + 1) % 6, 0.9), 4));
    }
    assert_eq!(found(&ratings), [(200..206).map(user).collect::<Vec<_>>()]);
}

#[test]
fn two_rings_are_two_findings() {
    let mut ratings = community(100);
    ratings.extend(ring(200..205, 2, 0));
    ratings.extend(ring(300..306, 2, 0));
    ratings.push(rated(200, 300, 1.0));
    assert_eq!(found(&ratings), [(200..205).map(user).collect::<Vec<_>>(), (300..306).map(user).collect()]);
}

#[test]
fn honest_people_are_no_finding() {
    assert_eq!(found(&community(100)), Vec::<Vec<UserId>>::new());
    let mut friendly = community(100);
    for fact in &mut friendly {
        fact.value = 1.0;
    }
    assert_eq!(found(&friendly), Vec::<Vec<UserId>>::new());
    assert_eq!(found(&[]), Vec::<Vec<UserId>>::new());
}

#[test]
fn friends_of_one_taste_are_no_finding() {
    let mut ratings = community(100);
    ratings.extend(ring(200..206, 2, 3));
    let alike = |_: UserId, _: UserId| Some(0.4);
    assert_eq!(praised(&ratings, &alike, &Policy::default().integrity), []);
    let unknown = |_: UserId, _: UserId| None;
    assert_eq!(praised(&ratings, &unknown, &Policy::default().integrity).len(), 1);
}

#[test]
fn friends_who_rate_many_others_are_no_finding() {
    let mut ratings = community(100);
    ratings.extend(ring(200..206, 2, 7)); // 10 of 17 inside is below 0.6
    assert_eq!(found(&ratings), Vec::<Vec<UserId>>::new());
}

#[test]
fn five_friends_alone_are_no_finding() {
    assert_eq!(found(&ring(200..205, 20, 0)), Vec::<Vec<UserId>>::new());
}

#[test]
fn too_few_people_or_ratings_are_no_finding() {
    let mut ratings = community(100);
    ratings.extend(ring(200..203, 5, 0));
    ratings.extend((300..304).map(|n| rated(n, 300 + (n - 299) % 4, 1.0)));
    assert_eq!(found(&ratings), Vec::<Vec<UserId>>::new());
}

#[test]
fn what_does_not_count_is_neither_praise_nor_camouflage() {
    let mut ratings = community(100);
    ratings.extend(ring(200..206, 2, 0));
    let mut camouflage: Vec<RatingFact> =
        (200..206).flat_map(|a| (0..40).map(move |n| rated(a, n, 0.5))).collect();
    for fact in &mut camouflage {
        fact.counted = false;
    }
    ratings.extend(camouflage);
    assert_eq!(found(&ratings).len(), 1);
    for fact in &mut ratings {
        fact.counted = false;
    }
    assert_eq!(found(&ratings), Vec::<Vec<UserId>>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the ratings and their order: the same findings, disjoint, within policy.
    #[test]
    fn findings_keep_their_promises(
        drawn in prop::collection::vec((0u16..14, 0u16..14, prop::sample::select(vec![0.2, 0.8, 1.0])), 0..160),
    ) {
        let policy = Policy::default().integrity;
        let mut ratings: Vec<RatingFact> = drawn.iter().map(|&(a, b, value)| rated(a, b, value)).collect();
        ratings.extend(ring(20..25, 1, 0));
        let findings = praised(&ratings, &strangers, &policy);
        ratings.reverse();
        prop_assert_eq!(&findings, &praised(&ratings, &strangers, &policy));
        let mut members: Vec<UserId> = findings.iter().flat_map(|finding| finding.members.clone()).collect();
        let all = members.len();
        members.sort_unstable();
        members.dedup();
        prop_assert_eq!(members.len(), all);
        for finding in &findings {
            prop_assert!(finding.members.len() >= policy.least_group && finding.members.is_sorted());
            prop_assert!(finding.probability > 0.0 && finding.probability < 1.0);
        }
    }
}
