//! What biases leave over, read from the neighbourhood of a pair.
//!
//! The residual of a pair (a, b) resembles four kinds of other residuals:
//!
//! - **reciprocity**: b's word about a;
//! - **trusted raters**: what people c who trust a, or whom a trusts, say about b (the triads a–c→b of `TidalTrust`,
//!   Golbeck 2005, on residuals instead of weights);
//! - **similar raters**: what people c say about b whose residuals agree with a's on the targets both rated
//!   (user-based collaborative filtering: Resnick et al., CSCW 1994; Herlocker et al., SIGIR 1999);
//! - **similar targets**: what a says about people d whose residuals agree with b's among the raters both have
//!   (item-based: Sarwar et al., WWW 2001; with global effects removed first: Bell and Koren, ICDM 2007).
//!
//! Each kind predicts `Σ s·e / (Σ |s| + λ)` over its neighbours' residuals e with strengths s. The reciprocal residual
//! counts with the correlation ρ of the two residuals of mutual pairs (dyadic reciprocity in the social relations
//! model). λ = 1/κ, where κ is how much two residuals covary, as a share of their variance, for each unit of
//! strength: an empirical Bayes estimate by moments. Where a kind of neighbour says nothing, κ is near 0, λ is large
//! and the kind falls silent by itself. All moments come from the given ratings; nothing is chosen by an error of
//! prediction.

use rayon::prelude::*;

use super::ratings::{Ratings, SignedEdge};
use super::residuals::{Evidence, Residuals, Sum};

/// From how many pairs at most the covariances are estimated.
pub const ESTIMATE_PAIRS: usize = 20_000;
/// [`Residuals`] with the damping that each kind of neighbour has earned.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Neighbours {
    pub(super) residuals: Residuals,
    trusted: f64,
    similar_raters: f64,
    similar_targets: f64,
}

impl Neighbours {
    /// Estimates the dampings from at most [`ESTIMATE_PAIRS`] pairs, each seen without its own weight.
    pub(super) fn of(ratings: &Ratings) -> Self {
        let residuals = Residuals::of(ratings);
        let step = ratings.len().div_ceil(ESTIMATE_PAIRS).max(1);
        let chosen: Vec<SignedEdge> = ratings.edges().step_by(step).collect();
        let look = |edge: SignedEdge| {
            let weight = f64::from(edge.weight);
            let evidence = residuals.around(ratings, edge.from, edge.to, Some(weight));
            (weight - residuals.simply(&evidence), evidence)
        };
        let mut pairs: Vec<(f64, Evidence)> = chosen.into_par_iter().map(look).collect();
        let variance = pairs.iter().map(|(left, _)| left * left).sum::<f64>() / (pairs.len() as f64).max(1.0);
        let trusted = damping(&pairs, variance, |evidence| evidence.trusted);
        for (left, evidence) in &mut pairs {
            *left -= evidence.trusted.damped(trusted);
        }
        Self {
            residuals,
            trusted,
            similar_raters: damping(&pairs, variance, |evidence| evidence.similar_raters),
            similar_targets: damping(&pairs, variance, |evidence| evidence.similar_targets),
        }
    }

    /// Biases, reciprocity, trusted raters, and the mean of both similarities.
    pub(super) fn predict(&self, evidence: &Evidence) -> f64 {
        let raters = evidence.similar_raters.damped(self.similar_raters);
        let targets = evidence.similar_targets.damped(self.similar_targets);
        self.residuals.simply(evidence)
            + evidence.trusted.damped(self.trusted)
            + f64::midpoint(raters, targets)
    }
}

/// λ = 1/κ by moments: κ = Σ s·e·e′ / Σ s², as a share of the variance. Infinite where neighbours do not resemble.
fn damping(pairs: &[(f64, Evidence)], variance: f64, kind: impl Fn(&Evidence) -> Sum) -> f64 {
    let (mut products, mut squares) = (0.0, 0.0);
    for (left, evidence) in pairs {
        let sum = kind(evidence);
        products += left * sum.said;
        squares += sum.squares;
    }
    if products > 0.0 { squares * variance / products } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damping_is_the_variance_over_the_covariance_for_a_unit_of_strength() {
        let seen = |left, strength: f64, residual| {
            let mut evidence = Evidence::default();
            evidence.trusted.add(strength, residual);
            (left, evidence)
        };
        // Σ s·e·e′ = .5 · .4 · .2 + 1 · .4 · .4 = .2, Σ s² = 1.25: κ·variance = .16, so λ = .16/.16 = 1.
        let pairs = [seen(0.2, 0.5, 0.4), seen(0.4, 1.0, 0.4)];
        assert!((damping(&pairs, 0.16, |evidence| evidence.trusted) - 1.0).abs() < 1e-12);
        assert!(damping(&pairs, 0.16, |evidence| evidence.distrusted).is_infinite(), "nothing was seen");
        assert!(
            damping(&[seen(-0.2, 1.0, 0.4)], 0.16, |evidence| evidence.trusted).is_infinite(),
            "they differ"
        );
    }
}
