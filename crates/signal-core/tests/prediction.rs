//! Laws of trust prediction, on networks of any shape.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use signal_core::trust::predict::{
    EvaluateError, HeldOut, Method, Predictor, Ratings, SignedEdge, Split, evaluate, predict_held_out,
};

const PEOPLE: u32 = 9;

fn edges() -> impl Strategy<Value = Vec<SignedEdge>> {
    let edge = (0..PEOPLE, 0..PEOPLE, -10i8..=10, prop::option::of(0i64..5))
        .prop_map(|(from, to, tenths, time)| SignedEdge { from, to, weight: f32::from(tenths) / 10.0, time });
    prop::collection::vec(edge, 0..60)
}

fn predictions(method: Method, edges: &[SignedEdge]) -> Vec<u64> {
    let predictor = Predictor::fit(method, Arc::new(Ratings::new(edges.iter().copied())));
    let pairs = (0..PEOPLE + 2).flat_map(|a| (0..PEOPLE + 2).map(move |b| (a, b)));
    pairs.map(|(a, b)| predictor.predict(a, b).to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn predictions_are_finite_and_between_the_given_weights(edges in edges()) {
        for method in Method::ALL {
            let ratings = Arc::new(Ratings::new(edges.iter().copied()));
            let least = ratings.edges().map(|e| e.weight).fold(f32::INFINITY, f32::min);
            let most = ratings.edges().map(|e| e.weight).fold(f32::NEG_INFINITY, f32::max);
            for bits in predictions(method, &edges) {
                let guess = f64::from_bits(bits);
                let inside = (f64::from(least)..=f64::from(most)).contains(&guess);
                prop_assert!(inside || (ratings.len() < 2 && guess == 0.0) || inside_parts(&ratings, guess), "{guess}");
            }
        }
    }

    #[test]
    fn the_order_of_edges_changes_no_bit(edges in edges(), turn in 0usize..60) {
        let mut other = edges.clone();
        other.reverse();
        let len = other.len().max(1);
        other.rotate_left(turn % len);
        for method in Method::ALL {
            prop_assert_eq!(predictions(method, &edges), predictions(method, &other));
        }
    }

    #[test]
    fn a_pair_is_predicted_without_its_own_weight(edges in edges(), at in any::<prop::sample::Index>(), tenths in -10i8..=10) {
        prop_assume!(!edges.is_empty());
        let pair = *at.get(&edges);
        let mut other = edges.clone();
        for edge in other.iter_mut().filter(|e| (e.from, e.to) == (pair.from, pair.to)) {
            edge.weight = f32::from(tenths) / 10.0;
        }
        for method in Method::ALL {
            let guess = |edges: &[SignedEdge]| {
                let ratings = Arc::new(Ratings::new(edges.iter().copied()));
                Predictor::fit(method, ratings).predict(pair.from, pair.to).to_bits()
            };
            prop_assert_eq!(guess(&edges), guess(&other), "{}", method.name());
        }
    }

    #[test]
    fn evaluation_is_finite_or_says_why(edges in edges(), folds in 0usize..12, time in any::<bool>()) {
        let split = if time { Split::Time } else { Split::Random { folds, seed: 1 } };
        match evaluate(&edges, &names(), split, &Method::ALL) {
            Ok(scores) => for score in scores {
                prop_assert!(score.rmse.is_finite() && score.rmse >= 0.0 && score.rmse <= 2.0);
                prop_assert!((-1.0..=1.0).contains(&score.pcc));
            },
            Err(EvaluateError::NoTime) => prop_assert!(time && edges.iter().any(|e| e.time.is_none())),
            Err(EvaluateError::Folds { folds }) => prop_assert!(!time && !(2..10).contains(&folds)),
            Err(EvaluateError::TooFewEdges { found }) => prop_assert!(found < 10),
            Err(EvaluateError::NoName { .. }) => prop_assert!(false, "all have names"),
        }
    }
}

/// A pair that has an edge is predicted from the other parts: without edges left, that is 0.
fn inside_parts(ratings: &Ratings, guess: f64) -> bool {
    guess == 0.0 && ratings.len() < 10
}

fn names() -> Vec<String> {
    (0..PEOPLE).map(|n| format!("person {n}")).collect()
}

/// A community of 120 people who know about 15 others each: good and bad people, generous and strict ones, friends
/// who return what they got.
fn community(unsigned: bool) -> (Vec<SignedEdge>, Vec<String>) {
    let hash = |a: u32, b: u32| {
        (a.wrapping_mul(2_654_435_761) ^ b.wrapping_mul(40_503)).wrapping_mul(2_246_822_519) >> 8
    };
    let unit = |a, b| f64::from(hash(a, b) % 1000) / 1000.0;
    let mut edges = Vec::new();
    for from in 0..120 {
        for to in (0..120).filter(|&to| to != from && hash(from.min(to), from.max(to)) % 8 == 0) {
            let bond = unit(from.min(to) + 1000, from.max(to)) - 0.5;
            let (kind, good) = (unit(from, 5000) - 0.5, unit(to, 6000) - 0.5);
            let signed = 0.3 * kind + 0.7 * good + 0.5 * bond + 0.2 * (unit(from, to) - 0.5) + 0.2;
            let weight = if unsigned { f64::midpoint(signed, 1.0) } else { signed };
            let time = Some(i64::from(hash(from, to + 77) % 9000));
            #[allow(clippy::cast_possible_truncation, reason = "in [-1, 1]")]
            let weight = weight.clamp(-1.0, 1.0) as f32;
            edges.push(SignedEdge { from, to, weight, time });
        }
    }
    (edges, (0..120).map(|n| format!("{}", n * 7 % 120)).collect())
}

#[test]
fn test_weights_reach_no_prediction() {
    let (edges, names) = community(false);
    for split in [Split::Random { folds: 2, seed: 3 }, Split::Time] {
        let all = predict_held_out(&edges, &names, split, &Method::ALL).unwrap();
        let folds = if split == Split::Time { 1 } else { 2 };
        let first: Vec<HeldOut> = all[..all.len().div_ceil(folds)].to_vec();
        let tested: BTreeSet<(u32, u32)> = first.iter().map(|out| (out.from, out.to)).collect();
        let mut noisy = edges.clone();
        for (n, edge) in noisy.iter_mut().enumerate().filter(|(_, e)| tested.contains(&(e.from, e.to))) {
            edge.weight = if n % 3 == 0 { 1.0 } else { -0.77 };
        }
        let again = predict_held_out(&noisy, &names, split, &Method::ALL).unwrap();
        for (before, after) in first.iter().zip(&again) {
            assert_eq!((before.from, before.to), (after.from, after.to));
            assert_ne!(before.weight.to_bits(), after.weight.to_bits(), "noise was given");
            let bits = |out: &HeldOut| out.predictions.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(before), bits(after));
        }
    }
}

#[test]
fn a_fitted_pair_is_predicted_without_its_own_weight() {
    let (mut edges, _) = community(false);
    let pair = edges[100];
    let guess = |edges: &[SignedEdge]| {
        let ratings = Arc::new(Ratings::new(edges.iter().copied()));
        Predictor::fit(Method::Fitted, ratings).predict(pair.from, pair.to)
    };
    let before = guess(&edges);
    edges[100].weight = -edges[100].weight;
    assert_eq!(before.to_bits(), guess(&edges).to_bits());
    edges[101].weight = -edges[101].weight;
    assert_ne!(before.to_bits(), guess(&edges).to_bits(), "other weights count");
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (edges, names) = community(false);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let split = Split::Random { folds: 2, seed: 1 };
        pool.install(|| {
            predict_held_out(&edges, &names, split, &[Method::Neighbours, Method::Fitted]).unwrap()
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(8));
}

#[test]
fn numbers_and_order_do_not_matter_to_an_evaluation() {
    let (edges, names) = community(false);
    let split = Split::Random { folds: 5, seed: 9 };
    let renamed: Vec<String> = names.iter().rev().cloned().collect();
    let mut renumbered: Vec<SignedEdge> =
        edges.iter().map(|e| SignedEdge { from: 119 - e.from, to: 119 - e.to, ..*e }).collect();
    renumbered.reverse();
    let methods = [Method::FairnessGoodness, Method::Neighbours];
    assert_eq!(evaluate(&edges, &names, split, &methods), evaluate(&renumbered, &renamed, split, &methods));
    let other = evaluate(&edges, &names, Split::Random { folds: 5, seed: 10 }, &methods);
    assert_ne!(evaluate(&edges, &names, split, &methods), other, "the seed deals the folds");
}

#[test]
fn better_methods_are_better_where_their_patterns_are_planted() {
    for unsigned in [false, true] {
        let (edges, names) = community(unsigned);
        let scores = evaluate(&edges, &names, Split::Random { folds: 10, seed: 1 }, &Method::ALL).unwrap();
        let rmse = |method| scores.iter().find(|s| s.method == method).unwrap().rmse;
        assert!(rmse(Method::Bias) < 0.8 * rmse(Method::Mean), "{scores:?}");
        assert!(rmse(Method::Neighbours) < 0.85 * rmse(Method::Bias), "{scores:?}");
        assert!(rmse(Method::Fitted) < 0.85 * rmse(Method::Bias), "{scores:?}");
    }
}

#[test]
fn equal_weights_are_predicted_exactly() {
    let (mut edges, names) = community(false);
    for edge in &mut edges {
        edge.weight = 0.7;
    }
    for score in evaluate(&edges, &names, Split::Random { folds: 2, seed: 1 }, &Method::ALL).unwrap() {
        assert_eq!((score.rmse, score.pcc), (0.0, 0.0), "{}", score.method.name());
    }
}
