//! When raters are in step, and how sure a finding must be.

use serde::{Deserialize, Serialize};

/// Raters in step. Written only where it is not the default, so that a policy of before there was any stays the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CollusionPolicy {
    /// Seconds within which ratings of one drop come together.
    pub lockstep_seconds: i64,
    /// Drops on which two raters must have done the same to be in step.
    pub lockstep_drops: usize,
    /// How far from what moderate raters of a drop say is against them, in [0, 1].
    pub far_from_others: f64,
    /// How sure a finding of any kind must be to be one, in [0, 1].
    pub least_probability: f64,
}

impl CollusionPolicy {
    pub(super) const NAME: &str = "integrity.collusion";
    pub(super) const RANGE: &str = "shares in [0, 1], counts and times above 0";

    /// Whether nothing was changed.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether every value is in its range: shares in [0, 1], counts and times above 0.
    pub fn is_sound(&self) -> bool {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let far = share(self.far_from_others) && self.far_from_others > 0.0;
        self.lockstep_seconds > 0 && self.lockstep_drops > 0 && far && share(self.least_probability)
    }
}

impl Default for CollusionPolicy {
    fn default() -> Self {
        Self { lockstep_seconds: 3_600, lockstep_drops: 3, far_from_others: 0.35, least_probability: 0.8 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    #[test]
    fn only_what_was_changed_is_written_and_what_is_out_of_range_is_refused() {
        let mut policy = Policy::default();
        assert!(policy.check().is_ok());
        assert!(!serde_json::to_string(&policy).expect("writes").contains("collusion"));
        policy.integrity.collusion.lockstep_drops = 5;
        let read: Policy =
            serde_json::from_str(&serde_json::to_string(&policy).expect("writes")).expect("reads");
        assert_eq!(read, policy);
        for lost in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
            let sound = CollusionPolicy::default();
            let far = CollusionPolicy { far_from_others: lost, ..sound };
            let sure = CollusionPolicy { least_probability: lost, ..sound };
            for collusion in [far, sure] {
                policy.integrity.collusion = collusion;
                assert!(policy.check().is_err(), "{collusion:?}");
            }
        }
    }
}
