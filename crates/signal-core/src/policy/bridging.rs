//! When agreement across people who usually disagree weighs more than the mean, and what guards it.

use serde::{Deserialize, Serialize};

use super::Range;
use crate::model::Millionths;

/// The bridging model. Written only where it is not the default, so that a policy of before there was any stays the same
/// bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BridgingPolicy {
    /// Ratings from which on an epoch fits the model.
    pub from_ratings: usize,
    /// Raters from whom on it does.
    pub from_raters: usize,
    /// Drops from which on it does.
    pub from_drops: usize,
    /// Ratings that a drop needs to teach the model anything.
    pub least_of_drop: usize,
    /// Ratings that a rater must have given to be known to the model.
    pub least_by_rater: usize,
    /// Newest ratings that the model is fitted to.
    pub most_ratings: usize,
    /// Rounds of the fit.
    pub rounds: u32,
    /// Ratings at the mean, in millionths, that a rater's and a drop's tendency are shrunk by.
    pub tendency_ridge: u32,
    /// The same for the side of a rater and of a drop.
    pub side_ridge: u32,
    /// Raters known to the model whom a drop needs, for the model to decide.
    pub known_raters: u32,
    /// How far the sides must move a rater's stars for the rater to be of a side, as a share of all stars.
    pub neutral_zone: Millionths,
    /// How many ratings, in millionths, hold a drop's own side at nothing. The less, the more of what one side says alone is
    /// put down to its side.
    pub drop_side_ridge: u32,
    /// The share of raters who rated most and without whom a score must survive.
    pub top_share: Millionths,
    /// How far a score may lie from the one without them.
    pub tolerance: Millionths,
}

impl BridgingPolicy {
    /// Whether nothing was changed.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn ranges(&self) -> Vec<Range> {
        let ridge = |n: u32| (1..=1_000_000_000).contains(&n);
        vec![
            (
                self.least_of_drop > 0 && self.least_by_rater > 0 && self.most_ratings > 0,
                "validation.bridging.least_* and most_ratings",
                "above 0",
            ),
            ((1..=1_000).contains(&self.rounds), "validation.bridging.rounds", "1 to 1,000"),
            (
                ridge(self.tendency_ridge) && ridge(self.side_ridge) && ridge(self.drop_side_ridge),
                "validation.bridging ridges",
                "1 to 1,000,000,000 millionths",
            ),
            (self.known_raters > 0, "validation.bridging.known_raters", "above 0"),
            (
                self.top_share > Millionths::ZERO && self.top_share < Millionths::ONE,
                "validation.bridging.top_share",
                "above 0, below 1",
            ),
        ]
    }
}

impl Default for BridgingPolicy {
    fn default() -> Self {
        Self {
            from_ratings: 20_000,
            from_raters: 500,
            from_drops: 1_000,
            least_of_drop: 5,
            least_by_rater: 10,
            most_ratings: 5_000_000,
            rounds: 30,
            tendency_ridge: 2_000_000,
            side_ridge: 400_000,
            known_raters: 5,
            neutral_zone: Millionths::clamped(50_000),
            drop_side_ridge: 200_000,
            top_share: Millionths::clamped(50_000),
            tolerance: Millionths::clamped(100_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    #[test]
    fn only_what_was_changed_is_written_and_what_is_out_of_range_is_refused() {
        let mut policy = Policy::default();
        assert!(!serde_json::to_string(&policy).expect("writes").contains("bridging"));
        policy.validation.bridging.from_raters = 30;
        let written = serde_json::to_string(&policy).expect("writes");
        assert_eq!(Policy::from_json(&written).expect("reads"), policy);
        for wrong in [
            r#"{"rounds":0}"#,
            r#"{"side_ridge":0}"#,
            r#"{"drop_side_ridge":0}"#,
            r#"{"top_share":0}"#,
            r#"{"top_share":1000000}"#,
            r#"{"known_raters":0}"#,
            r#"{"most_ratings":0}"#,
            r#"{"tolerance":1000001}"#,
            r#"{"sides":2}"#,
        ] {
            let policy = format!(r#"{{"validation":{{"bridging":{wrong}}}}}"#);
            assert!(Policy::from_json(&policy).is_err(), "{wrong}");
        }
    }
}
