//! What weight would *a* give *b*? Missing trust, predicted from the rest of the network.
//!
//! Ratings may be signed (trust and distrust in [−1, 1]) or not (trust edges in (0, 1]). [`Method`] lists the ways to
//! predict: six that have their constants here and minimise no error of prediction, and one that is fitted on top of
//! them. [`Predictor`] learns from [`Ratings`] and answers for pairs; a pair's own weight never reaches its
//! prediction, even where the ratings hold it. [`evaluate()`] measures all methods on edges that they have not seen.
//!
//! Formulas, sources and measured figures: `docs/algorithms.md`, "Trust prediction".
//!
//! ```
//! use std::sync::Arc;
//!
//! use signal_core::trust::predict::{Method, Predictor, Ratings, SignedEdge};
//!
//! // Ann and Ben trust Cleo, Ann trusts Ben, and Dan trusts nobody.
//! let [ann, ben, cleo, dan] = [0, 1, 2, 3];
//! let said = [(ann, ben, 0.9), (ann, cleo, 0.8), (ben, cleo, 1.0), (dan, ben, -0.6), (dan, cleo, -0.8)];
//! let edges = said.map(|(from, to, weight)| SignedEdge { from, to, weight, time: None });
//! let predictor = Predictor::fit(Method::Bias, Arc::new(Ratings::new(edges)));
//! assert!(predictor.predict(dan, ann) < predictor.predict(ben, ann));
//! ```

mod biases;
mod boost;
mod evaluate;
mod fairness;
mod features;
mod neighbours;
mod predictor;
mod ratings;
mod residuals;

pub use evaluate::{
    EvaluateError, HeldOut, LEAST_EDGES, MAX_FOLDS, MethodScore, Split, evaluate, predict_held_out,
};
pub use neighbours::ESTIMATE_PAIRS;
pub use predictor::{LEAST_TRAINING_PAIRS, Method, PARTS, Predictor, TRAINING_PAIRS};
pub(crate) use ratings::newest_of_each_pair;
pub use ratings::{Ratings, SignedEdge};
pub use residuals::{NEIGHBOURS, SHARED};

/// Two numbers hashed into one: the finaliser of `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014).
fn mix(a: u32, b: u32) -> u64 {
    let mut x = ((u64::from(a) << 32) | u64::from(b)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
