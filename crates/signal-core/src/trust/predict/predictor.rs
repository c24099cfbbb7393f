//! Methods, and predictors fitted by them.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::biases::Biases;
use super::boost::Boosted;
use super::fairness::Fairness;
use super::features::{FEATURES, Surroundings};
use super::mix;
use super::neighbours::Neighbours;
use super::ratings::{Ratings, SignedEdge};

/// Into how many parts pairs are dealt: a pair that is in the ratings is predicted by what the other parts taught.
pub const PARTS: usize = 10;
/// How many pairs at most the fitted model learns from.
pub const TRAINING_PAIRS: usize = 100_000;
/// Under so many pairs nothing is fitted: [`Method::Fitted`] answers as [`Method::Neighbours`].
pub const LEAST_TRAINING_PAIRS: usize = 500;

/// A way to predict weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// The mean of all weights: the baseline.
    Mean,
    /// What the other said about the rater, else the mean.
    Reciprocal,
    /// How good the target is judged to be, by fair raters.
    Goodness,
    /// Goodness of the target times fairness of the rater.
    FairnessGoodness,
    /// Mean plus damped biases of rater and target.
    Bias,
    /// Biases, reciprocity, and residuals of trusted and similar people.
    Neighbours,
    /// Boosted trees on features of the pair.
    Fitted,
}

impl Method {
    /// All methods, the simplest first.
    pub const ALL: [Self; 7] = [
        Self::Mean,
        Self::Reciprocal,
        Self::Goodness,
        Self::FairnessGoodness,
        Self::Bias,
        Self::Neighbours,
        Self::Fitted,
    ];

    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Reciprocal => "reciprocal",
            Self::Goodness => "goodness",
            Self::FairnessGoodness => "fairness-goodness",
            Self::Bias => "bias",
            Self::Neighbours => "neighbours",
            Self::Fitted => "fitted",
        }
    }

    /// Whether it minimises an error of prediction on the ratings it is given.
    pub const fn is_fitted(self) -> bool {
        matches!(self, Self::Fitted)
    }
}

/// Predicts weights from some ratings by one method.
#[derive(Debug)]
pub struct Predictor {
    method: Method,
    ratings: Arc<Ratings>,
    model: Model,
    /// The least and the largest weight: predictions stay between.
    range: (f64, f64),
    /// For pairs that are in the ratings: predictors that never saw the pair's part, made when first needed.
    blind: [OnceLock<Box<Predictor>>; PARTS],
}

#[derive(Debug)]
enum Model {
    Mean(f64),
    Reciprocal(f64),
    Fairness(Fairness, f64),
    Bias(Biases),
    Neighbours(Box<Neighbours>),
    Fitted(Box<Surroundings>, Boosted),
}

impl Predictor {
    /// Learns from ratings. O(E) for all but [`Method::Fitted`], which is O(E) ten times over and grows trees on at
    /// most [`TRAINING_PAIRS`] pairs. Uses the current rayon pool; any number of threads gives the same bits.
    pub fn fit(method: Method, ratings: Arc<Ratings>) -> Self {
        let (mut sum, mut range) = (0.0, (f64::INFINITY, f64::NEG_INFINITY));
        for edge in ratings.edges() {
            let weight = f64::from(edge.weight);
            sum += weight;
            range = (f64::min(range.0, weight), f64::max(range.1, weight));
        }
        let mean = if ratings.is_empty() { 0.0 } else { sum / ratings.len() as f64 };
        let model = match method {
            Method::Mean => Model::Mean(mean),
            Method::Reciprocal => Model::Reciprocal(mean),
            Method::Goodness | Method::FairnessGoodness => {
                Model::Fairness(Fairness::of(&ratings, mean), mean)
            }
            Method::Bias => Model::Bias(Biases::of(&ratings)),
            Method::Fitted if ratings.len() >= LEAST_TRAINING_PAIRS => fit_trees(&ratings),
            Method::Neighbours | Method::Fitted => Model::Neighbours(Box::new(Neighbours::of(&ratings))),
        };
        let range = if ratings.is_empty() { (0.0, 0.0) } else { range };
        Self { method, ratings, model, range, blind: Default::default() }
    }

    /// The weight that `from` would give `to`, between the least and the largest weight that were given; 0 where
    /// nothing was. Someone without a rating is expected at the mean.
    ///
    /// Never uses the pair's own weight: where the ratings hold it, the answer comes from a predictor fitted without
    /// that pair's part, one in [`PARTS`]. The first such question about a part costs that fit; to ask for a single
    /// known pair it is cheaper to leave the pair out of the ratings. Else the cost is bounded whatever the degrees:
    /// it reads at most 2 · [`SHARED`](super::SHARED) entries for trusted raters and 2 ·
    /// [`NEIGHBOURS`](super::NEIGHBOURS) · `SHARED` for similar people, each with one binary search.
    pub fn predict(&self, from: u32, to: u32) -> f64 {
        if self.ratings.weight(from, to).is_some() {
            return self.blind_to(part(from, to)).predict(from, to);
        }
        let ratings = &self.ratings;
        let guess = match &self.model {
            Model::Mean(mean) => *mean,
            Model::Reciprocal(mean) => ratings.weight(to, from).map_or(*mean, f64::from),
            Model::Fairness(state, mean) => {
                let goodness = state.goodness.get(to as usize).copied().unwrap_or(*mean);
                let fairness = state.fairness.get(from as usize).copied().unwrap_or(1.0);
                if self.method == Method::Goodness { goodness } else { fairness * goodness }
            }
            Model::Bias(biases) => biases.expected(from, to),
            Model::Neighbours(model) => model.predict(&model.residuals.around(ratings, from, to, None)),
            Model::Fitted(surroundings, trees) => {
                let (evidence, features) = surroundings.features(ratings, from, to);
                surroundings.residuals.simply(&evidence) + trees.predict(&features)
            }
        };
        guess.clamp(self.range.0, self.range.1)
    }

    /// This predictor, fitted without one part of the pairs.
    ///
    /// It is made outside the lock: fitting runs on the rayon pool, whose threads may come here for the same part
    /// meanwhile. Then one part is fitted twice, to the same bits.
    fn blind_to(&self, blind: usize) -> &Self {
        let Some(slot) = self.blind.get(blind) else { return self };
        if let Some(made) = slot.get() {
            return made;
        }
        let fewer = self.ratings.without(|from, to| part(from, to) == blind);
        let made = Box::new(Self::fit(self.method, Arc::new(fewer)));
        slot.get_or_init(|| made)
    }
}

/// Fits trees to what biases and reciprocity leave over. Each pair's features come from ratings without its part.
fn fit_trees(ratings: &Ratings) -> Model {
    let step = ratings.len().div_ceil(TRAINING_PAIRS).max(1);
    let chosen: Vec<SignedEdge> = ratings.edges().step_by(step).collect();
    let mut features: Vec<[f32; FEATURES]> = Vec::with_capacity(chosen.len());
    let mut left = Vec::with_capacity(chosen.len());
    for blind in 0..PARTS {
        let fewer = ratings.without(|from, to| part(from, to) == blind);
        let surroundings = Surroundings::of(&fewer);
        let pairs: Vec<&SignedEdge> = chosen.iter().filter(|e| part(e.from, e.to) == blind).collect();
        let seen: Vec<(f64, [f32; FEATURES])> = pairs
            .into_par_iter()
            .map(|edge| {
                let (evidence, features) = surroundings.features(&fewer, edge.from, edge.to);
                (f64::from(edge.weight) - surroundings.residuals.simply(&evidence), features)
            })
            .collect();
        left.extend(seen.iter().map(|(left, _)| left));
        features.extend(seen.into_iter().map(|(_, features)| features));
    }
    Model::Fitted(Box::new(Surroundings::of(ratings)), Boosted::fit(&features, &left))
}

/// The part that a pair is dealt to.
fn part(from: u32, to: u32) -> usize {
    usize::try_from(mix(from, to) % PARTS as u64).unwrap_or_default()
}
