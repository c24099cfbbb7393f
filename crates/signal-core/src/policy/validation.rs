//! How ratings make a score, how many it takes, and what makes a rater reliable.

use serde::{Deserialize, Serialize};

use super::{BridgingPolicy, Range, days};
use crate::model::Millionths;

/// How ratings make a validation score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValidationPolicy {
    /// Score to which few ratings are shrunk.
    pub prior: Millionths,
    /// How many full ratings the prior is worth, in millionths.
    pub prior_weight: u64,
    /// Distinct, unlinked raters of non-zero weight that make a quorum.
    pub quorum: u32,
    /// Fewest active people for a full quorum.
    pub full_quorum_active: u32,
    /// Smallest quorum of a small community.
    pub small_quorum: u32,
    /// Under this many active people a stake simply returns.
    pub least_active: u32,
    /// Days over which activity counts for the quorum.
    pub active_days: i64,
    /// Weights below this count as zero.
    pub least_weight: Millionths,
    /// How far a rating may lie from the outcome, as a share of all stars, to agree with it. Written only where it is not the
    /// default, so that a policy of before it was one of the constants stays the same bytes.
    #[serde(skip_serializing_if = "is_a_quarter")]
    pub agreement: Millionths,
    /// When agreement across sides weighs more than the mean.
    #[serde(skip_serializing_if = "BridgingPolicy::is_default")]
    pub bridging: BridgingPolicy,
}

impl Default for ValidationPolicy {
    fn default() -> Self {
        Self {
            prior: Millionths::clamped(450_000),
            prior_weight: 2_000_000,
            quorum: 5,
            full_quorum_active: 25,
            small_quorum: 2,
            least_active: 3,
            active_days: 30,
            least_weight: Millionths::clamped(10_000),
            agreement: a_quarter(),
            bridging: BridgingPolicy::default(),
        }
    }
}

impl ValidationPolicy {
    pub(super) fn ranges(&self) -> Vec<Range> {
        let own = [
            (self.prior_weight > 0, "validation.prior_weight", "above 0"),
            (self.quorum > 0 && self.small_quorum > 0, "validation.quorum and small_quorum", "above 0"),
            (days(self.active_days), "validation.active_days", "1 to 3,650"),
        ];
        own.into_iter().chain(self.bridging.ranges()).collect()
    }
}

fn a_quarter() -> Millionths {
    Millionths::clamped(250_000)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_a_quarter(agreement: &Millionths) -> bool {
    *agreement == a_quarter()
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    #[test]
    fn nobody_is_no_quorum() {
        for wrong in
            [r#"{"quorum":0}"#, r#"{"small_quorum":0}"#, r#"{"prior_weight":0}"#, r#"{"active_days":0}"#]
        {
            assert!(Policy::from_json(&format!(r#"{{"validation":{wrong}}}"#)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn agreement_is_written_where_it_was_changed() {
        let mut policy = Policy::default();
        assert!(!serde_json::to_string(&policy).expect("writes").contains("agreement"));
        policy.validation.agreement = crate::model::Millionths::clamped(100_000);
        let written = serde_json::to_string(&policy).expect("writes");
        assert_eq!(Policy::from_json(&written).expect("reads"), policy);
    }
}
