//! The parts of a compatibility and their sum.

use serde::{Deserialize, Serialize};

use crate::policy::CompatibilityPolicy;

/// What the taste part was computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The cosine of two trained vectors of one model.
    Vectors,
    /// Shared artists, by tf-idf.
    Artists,
    /// Shared genres only.
    Genres,
    /// Nothing: one of the two is not known to listen to anything.
    None,
}

/// One part of a score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The part itself, in [0, 1]; where unknown, what policy makes a missing part count.
    pub value: f64,
    /// What it is multiplied with.
    pub weight: f64,
    /// Whether it could be computed at all.
    pub known: bool,
}

impl Part {
    /// What this part adds to the score.
    pub fn contribution(&self) -> f64 {
        self.value * self.weight
    }
}

/// A compatibility with all its terms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Compatibility {
    /// The sum of the parts, in [0, 1].
    pub score: f64,
    /// How far *a*'s trust carries to *b*. Always known in practice: no path is a 0.
    pub trust_path: Part,
    /// How alike their tastes are; opposite tastes count 0.
    pub taste: Part,
    /// How much their genres overlap.
    pub genre_overlap: Part,
    /// What `taste` was computed from.
    pub basis: Basis,
}

/// What is known about two people; `None` for a part that cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Strength of the best trust path, in [0, 1].
    pub trust_path: Option<f64>,
    /// Likeness of taste, in [−1, 1], and what it was computed from.
    pub taste: Option<(f64, Basis)>,
    /// Overlap of genres, in [0, 1].
    pub genre_overlap: Option<f64>,
}

/// Weighs the evidence. A part that cannot be computed counts what policy says, 0 by default, unless it says to
/// renormalise: then the part's weight is spread over the others in proportion. Values are clamped to [0, 1]; NaN and infinities count as unknown.
///
/// ```
/// use signal_core::compatibility::{Basis, Evidence, combine};
/// use signal_core::policy::Policy;
///
/// let evidence =
///     Evidence { trust_path: Some(0.72), taste: Some((0.5, Basis::Artists)), genre_overlap: Some(0.375) };
/// let found = combine(&evidence, &Policy::default().compatibility);
/// assert!((found.score - 0.563).abs() < 1e-12); // 0.288 + 0.2 + 0.075
/// ```
pub fn combine(evidence: &Evidence, policy: &CompatibilityPolicy) -> Compatibility {
    let usable =
        |value: Option<f64>| value.filter(|value| value.is_finite()).map(|value| value.clamp(0.0, 1.0));
    let taste = usable(evidence.taste.map(|taste| taste.0));
    let weighed = [
        (usable(evidence.trust_path), policy.trust_path),
        (taste, policy.taste),
        (usable(evidence.genre_overlap), policy.genre_overlap),
    ];
    let known: f64 = weighed.iter().filter(|(value, _)| value.is_some()).map(|(_, weight)| weight).sum();
    let [trust_path, taste_part, genre_overlap] = weighed.map(|(value, weight)| Part {
        value: value.unwrap_or(if policy.renormalise { 0.0 } else { policy.missing }),
        weight: match (policy.renormalise && known > 0.0, value.is_some()) {
            (false, _) => weight,
            (true, true) => weight / known,
            (true, false) => 0.0,
        },
        known: value.is_some(),
    });
    let sum = trust_path.contribution() + taste_part.contribution() + genre_overlap.contribution();
    Compatibility {
        score: sum.clamp(0.0, 1.0),
        trust_path,
        taste: taste_part,
        genre_overlap,
        basis: taste.and(evidence.taste).map_or(Basis::None, |taste| taste.1),
    }
}

/// A score in whole steps, for a viewer who may not see what it is made of. Without a usable step it stays as it is.
///
/// ```
/// # use signal_core::compatibility::coarse;
/// assert_eq!([0.563, 0.174, 0.02].map(|score| coarse(score, 0.05)), [0.55, 0.15, 0.0]);
/// ```
pub fn coarse(score: f64, step: f64) -> f64 {
    let score = if score.is_nan() { 0.0 } else { score.clamp(0.0, 1.0) };
    if !(step > 0.0 && step <= 1.0) {
        return score;
    }
    // Dividing by the steps in 1 gives 0.15 where multiplying by 0.05 would give 0.15000000000000002.
    ((score / step).round() / (1.0 / step)).min(1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::Policy;

    fn scored(
        trust: Option<f64>,
        taste: Option<f64>,
        genres: Option<f64>,
        renormalise: bool,
    ) -> Compatibility {
        let policy = CompatibilityPolicy { renormalise, ..Policy::default().compatibility };
        let taste = taste.map(|taste| (taste, Basis::Artists));
        combine(&Evidence { trust_path: trust, taste, genre_overlap: genres }, &policy)
    }

    #[test]
    fn golden_compatibilities() {
        // docs/algorithms.md, "Compatibility": trust, taste, genres → score, and score when renormalised.
        let table = [
            (Some(0.72), Some(0.5), Some(0.375), 0.563, 0.563),
            (Some(0.0), Some(0.5), Some(0.375), 0.275, 0.275),
            (Some(1.0), Some(1.0), Some(1.0), 1.0, 1.0),
            (Some(0.72), Some(-0.5), Some(0.375), 0.363, 0.363),
            (Some(0.72), None, None, 0.288, 0.72),
            (Some(0.72), None, Some(0.375), 0.363, 0.605),
            (None, Some(0.5), Some(0.375), 0.275, 0.458_333_333),
            (None, None, None, 0.0, 0.0),
        ];
        for (trust, taste, genres, plain, renormalised) in table {
            let found = [false, true].map(|renormalise| scored(trust, taste, genres, renormalise).score);
            assert!((found[0] - plain).abs() < 1e-9, "{trust:?} {taste:?} {genres:?}: {found:?}");
            assert!((found[1] - renormalised).abs() < 1e-9, "{trust:?} {taste:?} {genres:?}: {found:?}");
        }
    }

    #[test]
    fn an_unknown_part_says_so() {
        let found = scored(Some(0.5), None, Some(f64::NAN), true);
        assert_eq!((found.taste.known, found.genre_overlap.known, found.basis), (false, false, Basis::None));
        assert_eq!((found.trust_path.weight, found.taste.weight), (1.0, 0.0));
        assert_eq!(scored(Some(0.5), Some(0.0), None, false).basis, Basis::Artists);
    }

    #[test]
    fn policy_says_what_a_missing_part_counts() {
        let policy = CompatibilityPolicy { missing: 0.25, ..Policy::default().compatibility };
        let evidence = Evidence { trust_path: Some(0.5), taste: None, genre_overlap: Some(1.0) };
        let found = combine(&evidence, &policy);
        assert!((found.score - 0.5).abs() < 1e-12, "0.2 + 0.4 · 0.25 + 0.2: {}", found.score);
        assert!(!found.taste.known && found.basis == Basis::None);
        let spread = combine(&evidence, &CompatibilityPolicy { renormalise: true, ..policy });
        assert!((spread.score - 2.0 / 3.0).abs() < 1e-12, "(0.2 + 0.2) / 0.6: {}", spread.score);
    }

    #[test]
    fn coarse_scores_are_whole_steps() {
        let table = [(0.563, 0.55), (0.575_1, 0.6), (0.15, 0.15), (0.024_9, 0.0), (0.99, 1.0), (7.0, 1.0)];
        for (score, expected) in table {
            assert_eq!(Some(coarse(score, 0.05)), Some(expected), "{score}");
        }
        assert_eq!((coarse(0.563, 0.0), coarse(0.9, 0.7), coarse(f64::NAN, 0.05)), (0.563, 0.7, 0.0));
    }

    proptest! {
        /// In [0, 1], the sum of its own parts, and never lower for more of anything.
        #[test]
        fn the_parts_add_up(
            trust in prop::option::of(0.0f64..1.0), taste in prop::option::of(-1.0f64..1.0),
            genres in prop::option::of(0.0f64..1.0), renormalise: bool, more in 0.0f64..1.0,
        ) {
            let found = scored(trust, taste, genres, renormalise);
            let parts = [found.trust_path, found.taste, found.genre_overlap];
            prop_assert!((0.0..=1.0).contains(&found.score));
            prop_assert!((parts.iter().map(Part::contribution).sum::<f64>() - found.score).abs() < 1e-12);
            prop_assert!(scored(trust.map(|x| x + more), taste, genres, renormalise).score >= found.score);
            prop_assert!(scored(trust, taste.map(|x| x + more), genres, renormalise).score >= found.score);
        }
    }
}
