//! When raters are in step, whose rate is abnormal, how sure a finding must be, and what follows from one.

use serde::{Deserialize, Serialize};

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingEffect {
    /// The votes of its members on one drop count as one, and somebody should look.
    #[default]
    Merge,
    /// The same, and its members must stake more on their drops, as if drops of theirs had failed lately.
    Raise,
    /// Somebody should look; nothing else.
    Flag,
    /// Nothing.
    Nothing,
}

impl FindingEffect {
    /// Whether votes are merged.
    pub const fn merges(&self) -> bool {
        matches!(self, Self::Merge | Self::Raise)
    }

    /// Whether the minimum stake of its members is raised.
    pub const fn raises(&self) -> bool {
        matches!(self, Self::Raise)
    }

    /// Whether it is what every finding had before there was a choice; not written then.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
    pub(crate) const fn is_merge(&self) -> bool {
        matches!(self, Self::Merge)
    }
}

/// What follows from a finding of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FindingEffects {
    /// Of groups that praise each other.
    pub mutual_praise: FindingEffect,
    /// Of raters in lockstep.
    pub lockstep: FindingEffect,
    /// Of those who shout the same against all others.
    pub one_way: FindingEffect,
    /// Of people who rate far more in a day than others.
    pub abnormal_pace: FindingEffect,
    /// Of people who rate one author far more than others do.
    pub abnormal_share: FindingEffect,
}

impl Default for FindingEffects {
    /// Groups merge votes. A rate alone says nothing of what was meant by it: enthusiasts have one too.
    fn default() -> Self {
        let (merge, flag) = (FindingEffect::Merge, FindingEffect::Flag);
        Self {
            mutual_praise: merge,
            lockstep: merge,
            one_way: merge,
            abnormal_pace: flag,
            abnormal_share: flag,
        }
    }
}

/// Raters in step, and abnormal rates. Written only where it is not the default, so that a policy of before there was any stays the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CollusionPolicy {
    /// Seconds within which ratings of one drop come together.
    pub lockstep_seconds: i64,
    /// Drops on which two raters must have done the same to be in step.
    pub lockstep_drops: usize,
    /// How far from what moderate raters of a drop say is against them, in [0, 1].
    pub far_from_others: f64,
    /// Ratings of one UTC day from which a pace can be abnormal.
    pub pace_ratings: usize,
    /// Ratings of one author from which a person's share for them can be abnormal.
    pub share_ratings: usize,
    /// Of all findings of an abnormal rate, the share that may be chance, in (0, 1).
    pub false_discoveries: f64,
    /// How sure a finding of any kind must be to be one, in [0, 1].
    pub least_probability: f64,
    /// What follows from a finding.
    pub effects: FindingEffects,
    /// Failed drops that a finding counts for where it raises the minimum stake of its members.
    pub raised_failures: u32,
}

impl CollusionPolicy {
    pub(super) const NAME: &str = "integrity.collusion";
    pub(super) const RANGE: &str = "shares in [0, 1], false_discoveries inside, counts and times above 0";

    /// Whether nothing was changed.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether every value is in its range: shares in [0, 1], the share of false discoveries neither 0 nor 1, counts and
    /// times above 0.
    pub fn is_sound(&self) -> bool {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let far = share(self.far_from_others) && self.far_from_others > 0.0;
        let counts =
            [self.lockstep_drops, self.pace_ratings, self.share_ratings].iter().all(|count| *count > 0);
        let chance = self.false_discoveries > 0.0 && self.false_discoveries < 1.0;
        self.lockstep_seconds > 0 && counts && far && chance && share(self.least_probability)
    }
}

impl Default for CollusionPolicy {
    fn default() -> Self {
        Self {
            lockstep_seconds: 3_600,
            lockstep_drops: 3,
            far_from_others: 0.35,
            pace_ratings: 30,
            share_ratings: 12,
            false_discoveries: 0.05,
            least_probability: 0.8,
            effects: FindingEffects::default(),
            raised_failures: 1,
        }
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
            let chance = CollusionPolicy { false_discoveries: lost, ..sound };
            for collusion in [far, sure, chance] {
                policy.integrity.collusion = collusion;
                assert!(policy.check().is_err(), "{collusion:?}");
            }
        }
        for chance in [0.0, 1.0] {
            policy.integrity.collusion =
                CollusionPolicy { false_discoveries: chance, ..CollusionPolicy::default() };
            assert!(policy.check().is_err(), "{chance}");
        }
    }

    #[test]
    fn a_policy_of_before_there_were_rates_and_effects_reads() {
        let text = r#"{"integrity":{"collusion":{"lockstep_seconds":60,"lockstep_drops":5,"far_from_others":0.5,"least_probability":0.9}}}"#;
        let read = Policy::from_json(text).expect("reads").integrity.collusion;
        let default = CollusionPolicy::default();
        assert_eq!((read.lockstep_drops, read.pace_ratings, read.effects), (5, 30, default.effects));
        let quiet = Policy::from_json(r#"{"integrity":{"collusion":{"effects":{"lockstep":"nothing"}}}}"#);
        let quiet = quiet.expect("reads").integrity.collusion;
        assert_eq!(quiet.effects.lockstep, FindingEffect::Nothing);
        assert!(quiet.effects.one_way.merges() && !quiet.effects.abnormal_pace.merges());
        let dear = Policy::from_json(r#"{"integrity":{"collusion":{"effects":{"lockstep":"raise"}}}}"#);
        let dear = dear.expect("reads").integrity.collusion;
        assert!(dear.effects.lockstep.raises() && dear.effects.lockstep.merges());
        assert!(!dear.effects.one_way.raises() && dear.raised_failures == 1);
    }
}
