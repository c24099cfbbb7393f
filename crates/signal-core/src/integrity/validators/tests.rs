use proptest::prelude::*;

use super::*;

fn rating(from: u32, to: u32, weight: f32, time: i64) -> SignedEdge {
    SignedEdge { from, to, weight, time: Some(time) }
}

#[test]
fn golden_scores() {
    // docs/algorithms.md, "Raters": 0, 1 and 2 rate 4 by 1, 1/2 and −1; 0 and 1 also rate 5 by 1 and −1/2.
    let ratings = [
        rating(0, 4, 1.0, 1),
        rating(1, 4, 0.5, 2),
        rating(2, 4, -1.0, 3),
        rating(0, 5, 1.0, 4),
        rating(1, 5, -0.5, 5),
    ];
    let scores = rater_scores(&ratings, Counted::All);
    let wanted =
        [(-0.5 / 12.0 - 0.5 / 11.0) / 10.0, (0.0 - 1.0 / 11.0) / 10.0, -(1.5 / 12.0) / 9.0, 0.0, 0.0, 0.0];
    for (found, wanted) in scores.iter().zip(wanted) {
        assert!((found - wanted).abs() < 1e-10, "{scores:?}");
    }
}

#[test]
fn what_counts_is_early_or_not_returned() {
    let early: Vec<SignedEdge> = (0..5).map(|n| rating(n, 9, 1.0, i64::from(n.min(3)))).collect();
    assert_eq!(counting(&early, Counted::FirstThree), [true, true, true, false, false]);
    let together: Vec<SignedEdge> = (0..5).map(|n| rating(n, 9, 1.0, 7)).collect();
    assert_eq!(counting(&together, Counted::FirstThree), [true; 5]);
    let mutual = [rating(0, 1, 1.0, 1), rating(1, 0, 1.0, 2), rating(1, 2, 1.0, 3)];
    assert_eq!(counting(&mutual, Counted::Unreciprocated), [false, false, true]);
}

#[test]
fn nobody_and_one_rating_say_nothing() {
    assert!(rater_scores(&[], Counted::All).is_empty());
    assert_eq!(rater_scores(&[rating(0, 1, 1.0, 1)], Counted::All), [0.0, 0.0]);
    assert_eq!(rater_scores(&[rating(1, 1, 1.0, 1)], Counted::All), Vec::<f64>::new());
}

proptest! {
    /// What others say about a person does not move that person's score by a bit, and scores stay in range.
    #[test]
    fn incoming_ratings_change_nothing(
        drawn in prop::collection::vec((0u32..7, 0u32..7, -10i8..=10, 0i64..6), 0..40),
        judged in 0u32..7,
    ) {
        let all: Vec<SignedEdge> =
            drawn.iter().map(|&(from, to, tenths, time)| rating(from, to, f32::from(tenths) / 10.0, time)).collect();
        let without: Vec<SignedEdge> = all.iter().copied().filter(|one| one.to != judged).collect();
        let negated: Vec<SignedEdge> =
            all.iter().map(|one| if one.to == judged { SignedEdge { weight: -one.weight, ..*one } } else { *one }).collect();
        let of = |ratings: &[SignedEdge], counted| {
            rater_scores(ratings, counted).get(judged as usize).copied().unwrap_or_default().to_bits()
        };
        for counted in [Counted::All, Counted::FirstThree] {
            prop_assert_eq!(of(&all, counted), of(&without, counted));
            prop_assert_eq!(of(&all, counted), of(&negated, counted));
        }
        prop_assert_eq!(of(&all, Counted::Unreciprocated), of(&negated, Counted::Unreciprocated));
        prop_assert!(rater_scores(&all, Counted::All).iter().all(|score| score.abs() < 1.0));
    }

    /// The order of the ratings changes nothing, and other numbers move the scores with their people.
    #[test]
    fn numbers_and_order_change_nothing(
        drawn in prop::collection::vec((0u32..7, 0u32..7, -10i8..=10, 0i64..6), 0..40),
    ) {
        let of = |number: fn(u32) -> u32| {
            let ratings = drawn.iter().rev().map(|&(from, to, tenths, time)| {
                rating(number(from), number(to), f32::from(tenths) / 10.0, time)
            });
            let scores = rater_scores(&ratings.collect::<Vec<_>>(), Counted::FirstThree);
            (0..7).map(|n| scores.get(number(n) as usize).copied().unwrap_or_default()).collect::<Vec<_>>()
        };
        prop_assert_eq!(of(|n| n), of(|n| 6 - n));
    }
}
