//! How well do the methods predict edges that they have not seen?
//!
//! Edges are held out, the methods learn from the others alone, and their predictions of the held-out pairs are
//! compared with the weights. A held-out weight reaches nothing but that comparison.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::predictor::{Method, Predictor};
use super::ratings::{Ratings, SignedEdge, newest_of_each_pair};

/// Which edges are held out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Every edge once: edges in the order of SHA-256 over `"{seed},{source},{target}"` are dealt to the folds in turn.
    Random {
        /// From 2 to [`MAX_FOLDS`].
        folds: usize,
        /// Another seed deals other folds.
        seed: u64,
    },
    /// The latest fifth of the edges, once; of equally late ones those with the larger (source, target) names.
    Time,
}

/// More folds than this answer no other question, and each costs a fit of every method.
pub const MAX_FOLDS: usize = 100;
/// Fewer edges than this are no network.
pub const LEAST_EDGES: usize = 10;

/// Why edges cannot be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// Too few different pairs.
    #[error("{found} different pairs are too few to hold some out: give at least {LEAST_EDGES}")]
    TooFewEdges {
        /// How many there are.
        found: usize,
    },
    /// A number of folds that cannot be dealt.
    #[error("{folds} folds cannot be dealt: choose from 2 to {MAX_FOLDS}, at most one a pair")]
    Folds {
        /// How many were asked for.
        folds: usize,
    },
    /// An edge has no time.
    #[error("a split by time needs a time for each edge: add a fourth column, or split at random")]
    NoTime,
    /// A person's number has no name.
    #[error("person {number} has no name")]
    NoName {
        /// The number.
        number: u32,
    },
}

/// How well one method predicted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MethodScore {
    /// The method.
    pub method: Method,
    /// The root of the mean squared error over all held-out pairs.
    pub rmse: f64,
    /// Pearson's correlation of predictions and weights over all held-out pairs; 0 where one of the two is constant.
    pub pcc: f64,
}

/// One held-out pair with all methods' predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// The number of the rater.
    pub from: u32,
    /// The number of the rated person.
    pub to: u32,
    /// What was given.
    pub weight: f64,
    /// What each method said, in the order in which the methods were named.
    pub predictions: Vec<f64>,
}

/// Scores methods on edges; `names` holds the name of each person by number, as in the file.
///
/// Names alone decide who lies in which fold, so anybody can repeat it, and neither the order of the edges nor that
/// of the numbers changes a bit. Costs a fit of each method a fold; uses the current rayon pool.
pub fn evaluate(
    edges: &[SignedEdge],
    names: &[String],
    split: Split,
    methods: &[Method],
) -> Result<Vec<MethodScore>, EvaluateError> {
    let held_out = predict_held_out(edges, names, split, methods)?;
    let score = |(place, &method)| {
        let pair = |out: &HeldOut| Some((out.weight, *out.predictions.get(place)?));
        let pairs: Vec<(f64, f64)> = held_out.iter().filter_map(pair).collect();
        MethodScore { method, rmse: rmse(&pairs), pcc: pcc(&pairs) }
    };
    Ok(methods.iter().enumerate().map(score).collect())
}

/// The predictions that [`evaluate`] scores, fold by fold.
pub fn predict_held_out(
    edges: &[SignedEdge],
    names: &[String],
    split: Split,
    methods: &[Method],
) -> Result<Vec<HeldOut>, EvaluateError> {
    let order = by_name(edges, names)?;
    let rank: BTreeMap<u32, u32> = (0u32..).zip(&order).map(|(rank, &person)| (person, rank)).collect();
    let of = |person| rank.get(&person).copied().unwrap_or_default();
    let ranked = edges.iter().map(|e| SignedEdge { from: of(e.from), to: of(e.to), ..*e });
    let edges = newest_of_each_pair(ranked.collect());
    if edges.len() < LEAST_EDGES {
        return Err(EvaluateError::TooFewEdges { found: edges.len() });
    }
    let person = |rank: u32| order.get(rank as usize).copied().unwrap_or_default();
    let name = |rank: u32| names.get(person(rank) as usize).map_or("", String::as_str);
    let folds = deal(&edges, split, name)?;
    let mut all = Vec::new();
    for fold in 0..=folds.iter().copied().flatten().max().unwrap_or(0) {
        let with_fold = || edges.iter().zip(&folds);
        let train = with_fold().filter(|(_, f)| **f != Some(fold)).map(|(edge, _)| *edge);
        let train = Arc::new(Ratings::new(train));
        let test = with_fold().filter(|(_, f)| **f == Some(fold)).map(|(e, _)| e);
        let (from, mut found): (Vec<(u32, u32)>, Vec<HeldOut>) =
            test.map(|e| ((e.from, e.to), HeldOut::new(person(e.from), person(e.to), e.weight))).unzip();
        for &method in methods {
            let predictor = Predictor::fit(method, Arc::clone(&train));
            found.par_iter_mut().zip(&from).for_each(|(out, &(from, to))| {
                out.predictions.push(predictor.predict(from, to));
            });
        }
        all.append(&mut found);
    }
    Ok(all)
}

impl HeldOut {
    fn new(from: u32, to: u32, weight: f32) -> Self {
        Self { from, to, weight: f64::from(weight), predictions: Vec::new() }
    }
}

/// The people of some edges, by name.
fn by_name(edges: &[SignedEdge], names: &[String]) -> Result<Vec<u32>, EvaluateError> {
    let mut people: Vec<u32> = edges.iter().flat_map(|e| [e.from, e.to]).collect();
    people.sort_unstable();
    people.dedup();
    let named = |&number: &u32| names.get(number as usize).ok_or(EvaluateError::NoName { number });
    let mut named: Vec<(&String, u32)> =
        people.iter().map(|number| Ok((named(number)?, *number))).collect::<Result<_, _>>()?;
    named.sort_unstable();
    Ok(named.into_iter().map(|(_, number)| number).collect())
}

/// The fold in which each edge is held out, if any.
fn deal<'a>(
    edges: &[SignedEdge],
    split: Split,
    name: impl Fn(u32) -> &'a str,
) -> Result<Vec<Option<usize>>, EvaluateError> {
    let mut dealt = vec![None; edges.len()];
    let mut put = |place: usize, fold| {
        if let Some(slot) = dealt.get_mut(place) {
            *slot = Some(fold);
        }
    };
    match split {
        Split::Random { folds, .. } if folds < 2 || folds > MAX_FOLDS.min(edges.len()) => {
            return Err(EvaluateError::Folds { folds });
        }
        Split::Random { folds, seed } => {
            let hash = |e: &SignedEdge| Sha256::digest(format!("{seed},{},{}", name(e.from), name(e.to)));
            let mut order: Vec<_> = edges.iter().map(hash).zip(0..).collect();
            order.sort_unstable();
            for (turn, (_, place)) in order.into_iter().enumerate() {
                put(place, turn % folds);
            }
        }
        Split::Time => {
            let times: Option<Vec<i64>> = edges.iter().map(|e| e.time).collect();
            let mut order: Vec<_> = times.ok_or(EvaluateError::NoTime)?.into_iter().zip(0..).collect();
            order.sort_unstable_by_key(|&latest| Reverse(latest));
            for (_, place) in order.into_iter().take(edges.len().div_ceil(5)) {
                put(place, 0);
            }
        }
    }
    Ok(dealt)
}

fn rmse(pairs: &[(f64, f64)]) -> f64 {
    let squares: f64 = pairs.iter().map(|(weight, guess)| (weight - guess) * (weight - guess)).sum();
    libm::sqrt(squares / (pairs.len() as f64).max(1.0))
}

/// Pearson's correlation, 0 where it is not defined.
fn pcc(pairs: &[(f64, f64)]) -> f64 {
    let Some(&first) = pairs.first() else { return 0.0 };
    // A constant has no correlation, whatever rounding makes of its mean.
    #[allow(clippy::float_cmp, reason = "exactly constant")]
    if pairs.iter().all(|pair| pair.0 == first.0) || pairs.iter().all(|pair| pair.1 == first.1) {
        return 0.0;
    }
    let count = pairs.len() as f64;
    let sum = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs.iter().map(|pair| (pair.0 - sum.0 / count, pair.1 - sum.1 / count)) {
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    let scale = libm::sqrt(xx) * libm::sqrt(yy);
    if scale > 0.0 { (xy / scale).clamp(-1.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_by_hand() {
        // Errors 1, 0, −1, 0: rmse √(2/4). Deviations (−1.5, −.5, .5, 1.5) and (−.5, −.5, −.5, 1.5): 2.25+3 of √(5·3) = 3/√15.
        let pairs = [(1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (4.0, 4.0)];
        assert!((rmse(&pairs) - 0.5_f64.sqrt()).abs() < 1e-15);
        assert!((pcc(&pairs) - 3.0 / 15.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!(pcc(&[(1.0, 0.1), (2.0, 0.1), (3.0, 0.1)]).to_bits(), 0, "a constant guess");
        assert_eq!((rmse(&[]), pcc(&[])), (0.0, 0.0));
    }
}
