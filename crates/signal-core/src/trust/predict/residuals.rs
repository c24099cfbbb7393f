//! What biases leave over, and what of it lies around a pair.
//!
//! The kinds of evidence are named in [`super::neighbours`], which weighs them.

use super::biases::Biases;
use super::ratings::{Ratings, Row};

/// How many raters of a target, and targets of a rater, are compared with the pair in question.
pub const NEIGHBOURS: usize = 64;
/// How many entries of the shorter of two lists are read when neighbours in common are sought.
pub const SHARED: usize = 256;
/// Pairs in common that are assumed to agree in nothing: two people who agree on one target are not alike yet.
const PRIOR_SHARED: f64 = 2.0;

/// A weighted sum of neighbours' residuals.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sum {
    /// Σ s·e.
    pub(super) said: f64,
    /// Σ |s|.
    pub(super) strength: f64,
    /// Σ s².
    pub(super) squares: f64,
    /// Neighbours with a strength.
    pub(super) count: u32,
}

impl Sum {
    pub(super) fn add(&mut self, strength: f64, residual: f64) {
        self.said += strength * residual;
        self.strength += strength.abs();
        self.squares += strength * strength;
        self.count += 1;
    }

    /// The weighted mean, drawn to 0 by `damping` units of strength that say nothing.
    pub(super) fn damped(&self, damping: f64) -> f64 {
        self.said / (self.strength + damping)
    }
}

/// Everything around a pair, none of it from the pair's own weight.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Evidence {
    /// The damped bias of the rater.
    pub(super) rater: f64,
    /// The damped bias of the target.
    pub(super) target: f64,
    /// The residual of the opposite direction, 0 where there is none.
    pub(super) reciprocal: f64,
    /// Raters whom the rater trusts or who trust the rater; the strength is that trust.
    pub(super) trusted: Sum,
    /// Raters whom the rater distrusts or who distrust the rater.
    pub(super) distrusted: Sum,
    pub(super) similar_raters: Sum,
    pub(super) similar_targets: Sum,
}

/// Biases and residuals of some ratings: what evidence is gathered from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Residuals {
    pub(super) biases: Biases,
    /// ρ: the correlation of the two residuals of mutual pairs, not below 0.
    pub(super) reciprocity: f64,
    given: Vec<f32>,
    received: Vec<f32>,
}

impl Residuals {
    /// Biases, reciprocity and residuals, in O(E).
    pub(super) fn of(ratings: &Ratings) -> Self {
        let biases = Biases::of(ratings);
        let reciprocity = reciprocity(ratings, &biases);
        let (mut given, mut received) =
            (Vec::with_capacity(ratings.len()), Vec::with_capacity(ratings.len()));
        #[allow(clippy::cast_possible_truncation, reason = "residuals of f32 weights")]
        for (person, _) in (0u32..).zip(0..ratings.people()) {
            let left = |from, to, weight: f64, back: Option<f64>| {
                let mutual = back.map_or(0.0, |back| back - biases.expected(to, from));
                (weight - biases.expected(from, to) - reciprocity * mutual) as f32
            };
            let (out, into) = (ratings.given(person), ratings.received(person));
            given.extend(out.iter().map(|(to, weight)| left(person, to, weight, into.value(to))));
            received.extend(into.iter().map(|(from, weight)| left(from, person, weight, out.value(from))));
        }
        Self { biases, reciprocity, given, received }
    }

    /// Biases and reciprocity alone.
    pub(super) fn simply(&self, evidence: &Evidence) -> f64 {
        self.biases.mean + evidence.rater + evidence.target + self.reciprocity * evidence.reciprocal
    }

    /// Gathers what the ratings around (`from`, `to`) say. Reads at most a fixed number of edges, see [`NEIGHBOURS`]
    /// and [`SHARED`]. `own` is the pair's own weight where the ratings have it: it is taken out of both biases.
    pub(super) fn around(&self, ratings: &Ratings, from: u32, to: u32, own: Option<f64>) -> Evidence {
        let mut evidence = self.biases_without(ratings, from, to, own);
        let rater_moves = self.biases.rater_bias(from) - evidence.rater;
        let target_moves = self.biases.target_bias(to) - evidence.target;
        if let Some(back) = ratings.weight(to, from) {
            evidence.reciprocal = f64::from(back) - self.biases.expected(to, from);
        }
        let heard = ratings.received_with(to, &self.received);
        for linked in [ratings.given(from), ratings.received(from)] {
            for (_, trust, residual) in linked.shared(heard, SHARED) {
                let side = if trust > 0.0 { &mut evidence.trusted } else { &mut evidence.distrusted };
                side.add(trust.abs(), residual + target_moves);
            }
        }
        let said = ratings.given_with(from, &self.given);
        for (other, residual) in heard.sample(NEIGHBOURS).filter(|&(other, _)| other != from) {
            let theirs = ratings.given_with(other, &self.given);
            if let Some(strength) = self.agreement(said, rater_moves, theirs, to) {
                evidence.similar_raters.add(strength, residual + target_moves);
            }
        }
        for (other, residual) in said.sample(NEIGHBOURS).filter(|&(other, _)| other != to) {
            let theirs = ratings.received_with(other, &self.received);
            if let Some(strength) = self.agreement(heard, target_moves, theirs, from) {
                evidence.similar_targets.add(strength, residual + rater_moves);
            }
        }
        evidence
    }

    /// Both biases, with the pair's own weight taken out of the damped sums.
    fn biases_without(&self, ratings: &Ratings, from: u32, to: u32, own: Option<f64>) -> Evidence {
        let biases = &self.biases;
        let (rater, target) = (biases.rater_bias(from), biases.target_bias(to));
        let without = |bias: f64, other: f64, row: Row<'_>, damping: f64| {
            let count = row.len() as f64 + damping;
            own.map_or(bias, |weight| (bias * count - (weight - biases.mean - other)) / (count - 1.0))
        };
        Evidence {
            rater: without(rater, target, ratings.given(from), biases.rater_damping),
            target: without(target, rater, ratings.received(to), biases.target_damping),
            ..Evidence::default()
        }
    }

    /// The covariance of two rows of residuals over what they share, in units of the noise, damped; `except` is left
    /// out, and `moves` is added to the first row. `None` where nothing is shared.
    fn agreement(&self, ours: Row<'_>, moves: f64, theirs: Row<'_>, except: u32) -> Option<f64> {
        let shared = ours.shared(theirs, SHARED).filter(|&(id, ..)| id != except);
        let (sum, count) =
            shared.fold((0.0, 0.0), |(sum, count), (_, a, b)| (sum + (a + moves) * b, count + 1.0));
        (count > 0.0 && self.biases.noise > 0.0).then(|| sum / self.biases.noise / (count + PRIOR_SHARED))
    }
}

/// The correlation of both residuals of mutual pairs, not below 0.
fn reciprocity(ratings: &Ratings, biases: &Biases) -> f64 {
    let (mut products, mut squares) = (0.0, 0.0);
    for (person, _) in (0u32..).zip(0..ratings.people()) {
        for (other, there, back) in ratings.given(person).shared(ratings.received(person), usize::MAX) {
            let there = there - biases.expected(person, other);
            products += there * (back - biases.expected(other, person));
            squares += there * there;
        }
    }
    if squares > 0.0 { f64::max(products / squares, 0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::predict::SignedEdge;

    /// Biases are all 0 and the noise is 1, so that weights are residuals.
    fn plain(people: usize) -> Biases {
        Biases {
            mean: 0.0,
            rater: vec![0.0; people],
            target: vec![0.0; people],
            noise: 1.0,
            rater_damping: 2.0,
            target_damping: 2.0,
        }
    }

    fn close(sum: Sum, said: f64, strength: f64, count: u32) {
        assert!((sum.said - said).abs() < 1e-7 && (sum.strength - strength).abs() < 1e-7, "{sum:?}");
        assert_eq!(sum.count, count);
    }

    #[test]
    fn evidence_by_hand() {
        let edges =
            [(0, 2, 0.5), (0, 3, 0.6), (1, 0, 0.4), (2, 1, 0.8), (2, 3, 0.5), (4, 0, -0.3), (4, 1, -1.0)];
        let ratings =
            Ratings::new(edges.map(|(from, to, weight)| SignedEdge { from, to, weight, time: None }));
        let residuals = Residuals {
            biases: plain(5),
            reciprocity: 0.5,
            given: vec![0.5, 0.6, 0.4, 0.8, 0.5, -0.3, -1.0],
            received: vec![0.4, -0.3, 0.8, -1.0, 0.5, 0.6, 0.5],
        };
        let evidence = residuals.around(&ratings, 0, 1, None);
        assert!((evidence.reciprocal - 0.4).abs() < 1e-7, "1 said .4 about 0");
        close(evidence.trusted, 0.5 * 0.8, 0.5, 1); // 0 trusts 2 by .5, who says .8
        close(evidence.distrusted, -0.3, 0.3, 1); // 4 distrusts 0 by .3 and says −1
        close(evidence.similar_raters, 0.1 * 0.8, 0.1, 1); // 0 and 2 both rated 3: .6 · .5 / (1 + 2) = .1
        close(evidence.similar_targets, 0.4 / 3.0 * 0.6, 0.4 / 3.0, 1); // 2 rated 1 and 3: .8 · .5 / (1 + 2)
        assert!((residuals.simply(&evidence) - 0.2).abs() < 1e-7, "half of the reciprocal residual");
    }

    #[test]
    fn a_pair_s_own_weight_is_taken_out_of_both_biases() {
        let edges = [(0, 1, 0.9), (0, 2, 0.3), (3, 1, 0.6)];
        let ratings =
            Ratings::new(edges.map(|(from, to, weight)| SignedEdge { from, to, weight, time: None }));
        let mut biases = plain(4);
        biases.rater[0] = (0.9 + 0.3) / 4.0;
        biases.target[1] = (0.9 + 0.6 - biases.rater[0]) / 4.0;
        let residuals = Residuals { biases, reciprocity: 0.0, given: vec![0.0; 3], received: vec![0.0; 3] };
        let evidence = residuals.biases_without(&ratings, 0, 1, Some(0.9));
        // The target's bias knows the rater's of its time: what is left is .6 over 1 + 2, and likewise for the rater.
        assert!((evidence.target - 0.6 / 3.0).abs() < 1e-12);
        assert!((evidence.rater - (0.3 + residuals.biases.target[1]) / 3.0).abs() < 1e-12);
    }
}
