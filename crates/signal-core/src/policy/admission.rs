//! How privileges grow with an account.

use serde::{Deserialize, Serialize};

use super::Range;
use crate::model::Millionths;

/// What a newcomer may do, and when an account is settled. Written only where it is not the default, so that a policy of
/// before there was any stays the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdmissionPolicy {
    /// The share of all privileges that a newcomer has.
    pub newcomer_share: Millionths,
    /// Days after which an account is settled, unless half of those who are verified or trusted are younger.
    pub settled_days: i64,
    /// Standing from which on an account that is not verified can have all privileges; 1,000,000 is the average.
    pub full_standing: u64,
    /// Where an epoch knows fewer people, everybody has all privileges.
    pub least_people: usize,
    /// Ratings that a person may give on one UTC day.
    pub ratings_a_day: u32,
    /// Trust edges that a person may set on one UTC day.
    pub trust_edges_a_day: u32,
}

impl AdmissionPolicy {
    /// Whether nothing was changed.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn ranges(&self) -> Vec<Range> {
        vec![
            (self.newcomer_share > Millionths::ZERO, "admission.newcomer_share", "above 0"),
            ((0..=3_650).contains(&self.settled_days), "admission.settled_days", "0 to 3,650"),
            (
                (1..=1_000_000_000).contains(&self.full_standing),
                "admission.full_standing",
                "1 to 1,000,000,000 millionths",
            ),
            (
                self.ratings_a_day > 0 && self.trust_edges_a_day > 0,
                "admission.ratings_a_day and trust_edges_a_day",
                "above 0",
            ),
        ]
    }
}

impl Default for AdmissionPolicy {
    fn default() -> Self {
        Self {
            newcomer_share: Millionths::clamped(400_000),
            settled_days: 14,
            full_standing: 250_000,
            least_people: 25,
            ratings_a_day: 250,
            trust_edges_a_day: 250,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    #[test]
    fn only_what_was_changed_is_written_and_what_is_out_of_range_is_refused() {
        let mut policy = Policy::default();
        assert!(!serde_json::to_string(&policy).expect("writes").contains("admission"));
        policy.admission.settled_days = 30;
        let written = serde_json::to_string(&policy).expect("writes");
        assert_eq!(Policy::from_json(&written).expect("reads"), policy);
        for wrong in [
            r#"{"admission":{"newcomer_share":0}}"#,
            r#"{"admission":{"newcomer_share":1000001}}"#,
            r#"{"admission":{"settled_days":-1}}"#,
            r#"{"admission":{"full_standing":0}}"#,
            r#"{"admission":{"ratings_a_day":0}}"#,
            r#"{"admission":{"trust_edges_a_day":0}}"#,
            r#"{"admission":{"newcomers":1}}"#,
        ] {
            assert!(Policy::from_json(wrong).is_err(), "{wrong}");
        }
    }
}
