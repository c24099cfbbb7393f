//! Every constant of the formulas, and every limit that has a name, in one serialisable struct.
//!
//! [`Policy::default`] holds the numbers of `docs/algorithms.md`. A change of policy is a ledger entry;
//! drops settle under the policy of their creation.

use serde::{Deserialize, Serialize};

use crate::model::{Millionths, Points, TrustWeight, Verification};

mod admission;
mod bridging;
mod collusion;
mod limits;
mod validation;

pub use admission::AdmissionPolicy;
pub use bridging::BridgingPolicy;
pub use collusion::{CollusionPolicy, FindingEffect, FindingEffects};
pub use limits::Limits;
pub use validation::ValidationPolicy;

/// The rules of one community. Read with [`Policy::from_json`]; unknown names are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// How trust becomes a score and a path.
    pub trust: TrustPolicy,
    /// How plays become a taste.
    pub taste: TastePolicy,
    /// How a match is put together.
    pub compatibility: CompatibilityPolicy,
    /// How the nearest tastes are found.
    pub neighbours: NeighbourPolicy,
    /// How stakes live and end.
    pub stakes: StakePolicy,
    /// How ratings become a score.
    pub validation: ValidationPolicy,
    /// How standing spreads, and what counts as a finding.
    pub integrity: IntegrityPolicy,
    /// How privileges grow with an account.
    #[serde(skip_serializing_if = "AdmissionPolicy::is_default")]
    pub admission: AdmissionPolicy,
    /// How a feed is ranked.
    pub feed: FeedPolicy,
    /// What is withheld.
    pub privacy: PrivacyPolicy,
    /// What a stranger can grow, and how far.
    pub limits: Limits,
}

/// Trust score and trust paths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrustPolicy {
    /// Base score gained in `base_days` active days.
    pub base_per_period: f64,
    /// Active days that earn `base_per_period`.
    pub base_days: f64,
    /// The most that activity alone can earn.
    pub base_cap: f64,
    /// What is left of a score after `decay_days` without a drop, in (0, 1].
    pub decay_factor: f64,
    /// Days over which `decay_factor` applies once.
    pub decay_days: f64,
    /// Longest trust path, in edges.
    pub max_hops: u8,
    /// Weight of an imported friendship that has none of its own.
    pub imported_trust: TrustWeight,
}

/// What a play says about an ear, and a genre about its parents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TastePolicy {
    /// A play that stopped before so many seconds is a skip. Plays of unknown length are none.
    pub skip_seconds: u32,
    /// What a skip counts beside a play, in [0, 1].
    pub skip_share: f64,
    /// Days in which what a play says halves. Counts over an unknown span do not age.
    pub half_life_days: f64,
    /// Plays of one thing beyond which more say nothing more.
    pub most_plays: u64,
    /// What a genre's parent gets of the mass of the genre, in [0, 1); the grandparent gets this share of that.
    pub parent_share: f64,
    /// Milliseconds by which two lengths of one recording may differ.
    pub same_length_ms: u32,
}

/// Parts of a compatibility.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CompatibilityPolicy {
    /// Weight of the trust path.
    pub trust_path: f64,
    /// Weight of taste.
    pub taste: f64,
    /// Weight of shared genres.
    pub genre_overlap: f64,
    /// How shared genres are measured.
    pub overlap: GenreOverlap,
    /// What a part that cannot be computed counts, in [0, 1].
    pub missing: f64,
    /// Whether the weights of parts that cannot be computed are spread over the others; then `missing` is not used.
    pub renormalise: bool,
    /// People with plays from which on a taste model is fitted to them; fewer are compared by artists.
    pub trained_from: usize,
    /// People sampled for a percentile.
    pub percentile_sample: usize,
    /// Step to which a score is rounded where the other's taste is not visible.
    pub coarse_step: f64,
}

/// How two people's genres are measured against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GenreOverlap {
    /// Σ min / Σ max of the genre confidences.
    Jaccard,
    /// The same of how much more of each genre the two play than people do, where a taste model knows that; of the
    /// confidences elsewhere.
    Distinct,
}

/// The search for the nearest tastes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NeighbourPolicy {
    /// People from whom on a graph is built; fewer are scanned.
    pub index_from: usize,
    /// Links of a person in each layer of the graph; twice as many in the lowest.
    pub links: usize,
    /// People that a search keeps in view while the graph is built.
    pub build_beam: usize,
    /// People that a question keeps in view, or twice as many as it asks for.
    pub beam: usize,
}

impl NeighbourPolicy {
    fn ranges(&self) -> Vec<Range> {
        let beam = |n: usize| (1..=4_096).contains(&n);
        vec![
            ((2..=64).contains(&self.links), "neighbours.links", "2 to 64"),
            (
                beam(self.build_beam) && beam(self.beam),
                "neighbours.build_beam and neighbours.beam",
                "1 to 4,096",
            ),
        ]
    }
}

/// Money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StakePolicy {
    /// Smallest stake of a person without recent failures.
    pub minimum: Points,
    /// Numerator of the factor by which each recent failure raises the minimum.
    pub failure_numerator: u32,
    /// Denominator of that factor.
    pub failure_denominator: u32,
    /// Days that a failure is remembered.
    pub failure_memory_days: i64,
    /// Largest stake.
    pub maximum: Points,
    /// Minutes in which an unrated drop can be withdrawn with its stake.
    pub withdrawal_minutes: i64,
    /// Days in which ratings gather, hidden.
    pub window_days: i64,
    /// Days over which an unrated stake fades, after the window.
    pub fade_days: i64,
    /// Score from which a drop succeeds.
    pub success_from: Millionths,
    /// Score below which a drop fails.
    pub failure_below: Millionths,
    /// A success pays ⌊left · score / this⌋ on top.
    pub reward_divisor: u32,
    /// A drop shown to fewer than this times the quorum was not ignored.
    pub shown_factor: u32,
    /// Drops a person may make in `rate_hours`.
    pub rate_drops: u32,
    /// Hours over which `rate_drops` counts.
    pub rate_hours: i64,
    /// Opening balance of an unverified person.
    pub opening_unverified: Points,
    /// Opening balance of a phone-verified person.
    pub opening_phone: Points,
    /// Opening balance of a paid person.
    pub opening_paid: Points,
    /// Points that a day with a counted rating mints for a person who is short of points.
    pub regrowth: Points,
}

/// Days that a window may last.
fn days(n: i64) -> bool {
    (1..=3_650).contains(&n)
}

/// Whether a range holds, the constant's name, and the range.
type Range = (bool, &'static str, &'static str);

impl StakePolicy {
    fn ranges(&self) -> Vec<Range> {
        let stakes = self;
        let paid = |points: Points| points >= Points::ZERO && points <= Points::whole(1_000_000);
        vec![
            (stakes.minimum > Points::ZERO, "stakes.minimum", "above 0"),
            (stakes.maximum >= stakes.minimum, "stakes.maximum", "at least stakes.minimum"),
            (stakes.failure_denominator > 0, "stakes.failure_denominator", "above 0"),
            (
                stakes.failure_numerator >= stakes.failure_denominator,
                "stakes.failure_numerator",
                "at least its denominator",
            ),
            (
                days(stakes.window_days) && days(stakes.fade_days),
                "stakes.window_days and fade_days",
                "1 to 3,650",
            ),
            (days(stakes.failure_memory_days), "stakes.failure_memory_days", "1 to 3,650"),
            (
                paid(stakes.opening_unverified)
                    && paid(stakes.opening_phone)
                    && paid(stakes.opening_paid)
                    && paid(stakes.regrowth)
                    && paid(stakes.maximum),
                "stakes.opening_*, regrowth and maximum",
                "0 to 1,000,000 points",
            ),
            (
                stakes.rate_drops > 0 && (1..=8_760).contains(&stakes.rate_hours),
                "stakes.rate_drops and rate_hours",
                "above 0",
            ),
            (stakes.reward_divisor > 0, "stakes.reward_divisor", "above 0"),
            (stakes.failure_below <= stakes.success_from, "stakes.failure_below", "at most success_from"),
        ]
    }

    /// The opening balance of a verification level.
    pub const fn opening(&self, level: Verification) -> Points {
        match level {
            Verification::None => self.opening_unverified,
            Verification::Phone => self.opening_phone,
            Verification::Paid => self.opening_paid,
        }
    }
}

/// Standing and findings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IntegrityPolicy {
    /// Share of standing that flows along trust edges.
    pub damping: f64,
    /// Restart weight of a phone-verified person.
    pub restart_phone: f64,
    /// Restart weight of a paid person.
    pub restart_paid: f64,
    /// Iterations of the propagation.
    pub iterations: u32,
    /// Fewest people in a finding.
    pub least_group: usize,
    /// Share of its ratings that a group must give its own members to be a finding.
    pub inward_share: f64,
    /// Mean stars within the group, in [0, 1], from which praise is mutual.
    pub inward_praise: f64,
    /// Fewest ratings among a group's members.
    pub least_ratings: usize,
    /// Taste similarity above which praise is explained by shared taste.
    pub taste_explains: f64,
    /// Raters in step, abnormal rates, how sure a finding must be, and what follows from one.
    #[serde(skip_serializing_if = "CollusionPolicy::is_default")]
    pub collusion: CollusionPolicy,
}

/// The feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeedPolicy {
    /// Days in which recency halves.
    pub half_life_days: f64,
    /// What standing is worth beside trust and taste.
    pub standing_share: f64,
    /// What is left of a drop that was seen already.
    pub seen_factor: f64,
    /// Affinity through a shared circle.
    pub circle_affinity: f64,
    /// Drops of one author on a page.
    pub per_author: usize,
    /// Drops on a page unless asked otherwise.
    pub page: usize,
    /// Oldest drop that can appear, in days.
    pub horizon_days: i64,
    /// Days after being shown a drop in which a play of it is a conversion.
    pub attribution_days: i64,
}

/// What is withheld.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrivacyPolicy {
    /// Counts below this are not shown.
    pub least_count: u64,
    /// Days that a server keeps single listens.
    pub raw_listen_days: i64,
}

impl Default for TrustPolicy {
    fn default() -> Self {
        Self {
            base_per_period: 10.0,
            base_days: 30.0,
            base_cap: 100.0,
            decay_factor: 0.95,
            decay_days: 7.0,
            max_hops: 3,
            imported_trust: TrustWeight::from_ten_thousandths(5_000).unwrap_or(TrustWeight::FULL),
        }
    }
}

impl Default for TastePolicy {
    fn default() -> Self {
        Self {
            skip_seconds: 30,
            skip_share: 0.1,
            half_life_days: 730.0,
            most_plays: 1_000_000,
            parent_share: 0.25,
            same_length_ms: 5_000,
        }
    }
}

impl Default for CompatibilityPolicy {
    fn default() -> Self {
        Self {
            trust_path: 0.4,
            taste: 0.4,
            genre_overlap: 0.2,
            overlap: GenreOverlap::Distinct,
            missing: 0.0,
            renormalise: false,
            trained_from: 500,
            percentile_sample: 1_024,
            coarse_step: 0.05,
        }
    }
}

impl Default for NeighbourPolicy {
    fn default() -> Self {
        Self { index_from: 50_000, links: 16, build_beam: 128, beam: 256 }
    }
}

impl Default for StakePolicy {
    fn default() -> Self {
        Self {
            minimum: Points::whole(10),
            failure_numerator: 3,
            failure_denominator: 2,
            failure_memory_days: 90,
            maximum: Points::whole(200),
            withdrawal_minutes: 10,
            window_days: 7,
            fade_days: 30,
            success_from: Millionths::clamped(600_000),
            failure_below: Millionths::clamped(300_000),
            reward_divisor: 2_000_000,
            shown_factor: 3,
            rate_drops: 5,
            rate_hours: 24,
            opening_unverified: Points::whole(20),
            opening_phone: Points::whole(60),
            opening_paid: Points::whole(120),
            regrowth: Points::whole(1),
        }
    }
}

impl Default for IntegrityPolicy {
    fn default() -> Self {
        Self {
            damping: 0.85,
            restart_phone: 1.0,
            restart_paid: 3.0,
            iterations: 50,
            least_group: 4,
            inward_share: 0.6,
            inward_praise: 0.8,
            least_ratings: 12,
            taste_explains: 0.35,
            collusion: CollusionPolicy::default(),
        }
    }
}

impl Default for FeedPolicy {
    fn default() -> Self {
        Self {
            half_life_days: 3.0,
            standing_share: 0.1,
            seen_factor: 0.1,
            circle_affinity: 0.5,
            per_author: 2,
            page: 20,
            horizon_days: 60,
            attribution_days: 14,
        }
    }
}

impl Default for PrivacyPolicy {
    fn default() -> Self {
        Self { least_count: 5, raw_listen_days: 90 }
    }
}

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPolicy {
    /// Not JSON, an unknown name, or a value of the wrong kind.
    #[error("the policy cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A value outside its range.
    #[error("policy {name} must be {range}")]
    Range {
        /// Which constant.
        name: &'static str,
        /// What it may be.
        range: &'static str,
    },
}

impl Policy {
    /// Reads a policy. Constants that are not named keep their default; unknown names are refused.
    pub fn from_json(text: &str) -> Result<Self, InvalidPolicy> {
        let policy: Self = serde_json::from_str(text)?;
        policy.check()?;
        Ok(policy)
    }

    /// Checks every range that a formula relies on. A policy that passes reads back equal from its stored bytes: all its
    /// floats are finite.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        let unit = |x: f64| (0.0..=1.0).contains(&x);
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let share = |x: f64| x.is_finite() && unit(x);
        let integrity = &self.integrity;
        let rules = [
            (positive(self.trust.base_days), "trust.base_days", "above 0"),
            (positive(self.trust.decay_days), "trust.decay_days", "above 0"),
            (
                unit(self.trust.decay_factor) && self.trust.decay_factor > 0.0,
                "trust.decay_factor",
                "in (0, 1]",
            ),
            ((1..=4).contains(&self.trust.max_hops), "trust.max_hops", "1 to 4"),
            (self.trust.base_cap >= 0.0 && self.trust.base_per_period >= 0.0, "trust.base_cap", "at least 0"),
            (
                share(self.taste.skip_share)
                    && share(self.taste.parent_share)
                    && self.taste.parent_share < 1.0,
                "taste.skip_share and parent_share",
                "in [0, 1], parent_share below 1",
            ),
            (
                positive(self.taste.half_life_days) && self.taste.most_plays > 0,
                "taste.half_life_days and most_plays",
                "above 0",
            ),
            (
                unit(self.compatibility.trust_path)
                    && unit(self.compatibility.taste)
                    && unit(self.compatibility.genre_overlap),
                "compatibility weights",
                "in [0, 1]",
            ),
            (
                (self.compatibility.trust_path + self.compatibility.taste + self.compatibility.genre_overlap
                    - 1.0)
                    .abs()
                    < 1e-9,
                "compatibility weights",
                "1 in sum",
            ),
            (share(self.compatibility.missing), "compatibility.missing", "in [0, 1]"),
            (self.compatibility.trained_from > 0, "compatibility.trained_from", "above 0"),
            (
                days(self.feed.horizon_days) && days(self.feed.attribution_days),
                "feed.horizon_days and attribution_days",
                "1 to 3,650",
            ),
            (
                share(self.feed.standing_share)
                    && share(self.feed.seen_factor)
                    && share(self.feed.circle_affinity),
                "feed shares",
                "in [0, 1]",
            ),
            (
                share(self.compatibility.coarse_step) && self.compatibility.coarse_step > 0.0,
                "compatibility.coarse_step",
                "in (0, 1]",
            ),
            (
                self.limits.page > 0 && self.feed.page > 0 && self.feed.per_author > 0,
                "limits.page, feed.page and per_author",
                "above 0",
            ),
            (
                self.trust.base_cap.is_finite() && self.trust.base_per_period.is_finite(),
                "trust.base_cap and base_per_period",
                "finite",
            ),
            (
                positive(integrity.restart_phone)
                    && positive(integrity.restart_paid)
                    && (1..=1_000).contains(&integrity.iterations),
                "integrity.restart_* and iterations",
                "above 0, at most 1,000 iterations",
            ),
            (integrity.collusion.is_sound(), CollusionPolicy::NAME, CollusionPolicy::RANGE),
            (
                share(integrity.inward_share)
                    && share(integrity.inward_praise)
                    && share(integrity.taste_explains),
                "integrity shares",
                "in [0, 1]",
            ),
            ((1..=150).contains(&self.limits.circle_members), "limits.circle_members", "1 to 150"),
            (unit(self.integrity.damping) && self.integrity.damping < 1.0, "integrity.damping", "in [0, 1)"),
            (positive(self.feed.half_life_days), "feed.half_life_days", "above 0"),
        ];
        let stakes = self.stakes.ranges();
        let neighbours = self.neighbours.ranges();
        let admission = self.admission.ranges();
        let validation = self.validation.ranges();
        let mut rules = rules.iter().chain(&stakes).chain(&neighbours).chain(&admission).chain(&validation);
        match rules.find(|(holds, _, _)| !holds) {
            Some((_, name, range)) => Err(InvalidPolicy::Range { name, range }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_reads_back_and_holds() {
        let policy = Policy::default();
        let text = serde_json::to_string(&policy).expect("serialises");
        assert_eq!(Policy::from_json(&text).expect("valid"), policy);
    }

    #[test]
    fn unknown_names_and_wild_values_are_refused() {
        assert!(Policy::from_json(r#"{"stakes":{"minimun":1}}"#).is_err());
        assert!(Policy::from_json(r#"{"trust":{"decay_days":0.0}}"#).is_err());
        assert!(Policy::from_json(r#"{"limits":{"circle_members":151}}"#).is_err());
        assert!(Policy::from_json(r#"{"limits":{"page":0}}"#).is_err());
        assert!(Policy::from_json(r#"{"feed":{"attribution_days":-1}}"#).is_err());
        assert!(Policy::from_json(r#"{"stakes":{"opening_paid":-1}}"#).is_err());
        assert!(Policy::from_json(r#"{"stakes":{"window_days":9223372036854775807}}"#).is_err());
        let mut wild = Policy::default();
        wild.feed.seen_factor = f64::NAN;
        assert!(wild.check().is_err());
    }
}
