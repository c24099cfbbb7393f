//! What plays say about liking: skips are weak, repeats saturate, the past fades.
//!
//! ```text
//! value(play)  = skip_share where it stopped before skip_seconds, else 1
//! decay(age)   = ½ ^ (age / half_life_days)              1 for a time in the future, and where the time is unknown
//! effective    = min(most_plays, Σ over plays  count · value · decay)
//! preference   = ln(1 + effective)
//! ```
//!
//! The logarithm is the usual one of implicit feedback (Hu, Koren and Volinsky, *Collaborative Filtering for Implicit
//! Feedback Datasets*, ICDM 2008, section 5): a hundredfold play count is no hundredfold liking. The threshold is where
//! streaming services begin to count a play. Formulas and golden vectors: `docs/algorithms.md`, "Plays".

use crate::model::{Listen, PlayCount, Timestamp};
use crate::policy::TastePolicy;

/// Plays of one thing that happened alike: one listen, or a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Played {
    /// How often.
    pub plays: u64,
    /// When, where known.
    pub at: Option<Timestamp>,
    /// How long each played, in milliseconds, where known.
    pub played_ms: Option<u32>,
}

impl From<&Listen> for Played {
    fn from(listen: &Listen) -> Self {
        Self { plays: 1, at: Some(listen.start), played_ms: listen.played_ms }
    }
}

impl From<&PlayCount> for Played {
    /// A count over a span happened in its middle; one over a whole history at no time.
    fn from(count: &PlayCount) -> Self {
        let middle = |from: i64, to: i64| i64::midpoint(from, to);
        let at = count.span.map(|span| Timestamp::from_micros(middle(span.from.micros(), span.to.micros())));
        Self { plays: count.plays, at, played_ms: None }
    }
}

/// Plays that count in full and are new, worth as much as these, in [0, `most_plays`].
///
/// ```
/// use signal_core::model::Timestamp;
/// use signal_core::policy::TastePolicy;
/// use signal_core::taste::{Played, effective_plays};
///
/// let now = Timestamp::from_seconds(1_000_000_000);
/// let heard = |at, played_ms| Played { plays: 1, at: Some(at), played_ms };
/// let policy = TastePolicy::default();
/// assert_eq!(effective_plays([heard(now, Some(12_000))], now, &policy), 0.1);
/// assert_eq!(effective_plays([heard(now.plus_days(-730), None)], now, &policy), 0.5);
/// ```
pub fn effective_plays(
    played: impl IntoIterator<Item = Played>,
    now: Timestamp,
    policy: &TastePolicy,
) -> f64 {
    let worth = |played: Played| {
        played.plays as f64
            * value(played.played_ms, policy)
            * played.at.map_or(1.0, |at| decay(at, now, policy))
    };
    played.into_iter().map(worth).sum::<f64>().min(policy.most_plays as f64)
}

/// How much somebody likes what they played: ln(1 + [`effective_plays`]), in [0, ln(1 + `most_plays`)].
pub fn preference(played: impl IntoIterator<Item = Played>, now: Timestamp, policy: &TastePolicy) -> f64 {
    libm::log1p(effective_plays(played, now, policy))
}

/// What a play counts by how long it played.
fn value(played_ms: Option<u32>, policy: &TastePolicy) -> f64 {
    let skipped = |ms: u32| u64::from(ms) < u64::from(policy.skip_seconds) * 1_000;
    if played_ms.is_some_and(skipped) { policy.skip_share } else { 1.0 }
}

/// What is left of a play that happened at `at`, in [0, 1].
pub fn decay(at: Timestamp, now: Timestamp, policy: &TastePolicy) -> f64 {
    libm::exp2(-now.days_since(at).max(0.0) / policy.half_life_days)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{ArtistId, PlayedItem, Span, UserId};
    use crate::taste::ArtistHeard;

    fn now() -> Timestamp {
        Timestamp::from_seconds(2_000_000_000)
    }

    fn listen(days_ago: i64, seconds: Option<u32>) -> Played {
        Played { plays: 1, at: Some(now().plus_days(-days_ago)), played_ms: seconds.map(|s| s * 1_000) }
    }

    fn count(plays: u64) -> Played {
        Played { plays, at: None, played_ms: None }
    }

    #[test]
    fn golden_preferences() {
        // docs/algorithms.md, "Plays".
        let policy = TastePolicy::default();
        for (played, effective, liking) in [
            (vec![], 0.0, 0.0),
            (vec![count(1)], 1.0, std::f64::consts::LN_2),
            (vec![count(99)], 99.0, 4.605_170_186),
            (vec![listen(0, Some(29))], 0.1, 0.095_310_180),
            (vec![listen(0, Some(30))], 1.0, std::f64::consts::LN_2),
            (vec![listen(730, None)], 0.5, 0.405_465_108),
            (vec![listen(1_460, Some(5)), listen(730, Some(200)), listen(0, None)], 1.525, 0.926_241_062),
            (vec![listen(-9, None)], 1.0, std::f64::consts::LN_2),
            (vec![count(1_000_000_000)], 1_000_000.0, 13.815_511_558),
        ] {
            assert!(
                (effective_plays(played.clone(), now(), &policy) - effective).abs() < 1e-12,
                "{played:?}"
            );
            let found = preference(played.clone(), now(), &policy);
            assert!((found - liking).abs() < 1e-9, "{played:?} {found}");
        }
    }

    #[test]
    fn a_count_over_a_span_happened_in_its_middle() {
        let span = Span { from: Timestamp::from_seconds(100), to: Timestamp::from_seconds(300) };
        let user = UserId::new(now(), [1; 10]);
        let item = PlayedItem::Artist(ArtistId::new(now(), [2; 10]));
        let counted = PlayCount { user, item, plays: 7, span: Some(span), source: "x".to_owned() };
        let middle = Timestamp::from_seconds(200);
        assert_eq!(Played::from(&counted), Played { plays: 7, at: Some(middle), played_ms: None });
        assert_eq!(Played::from(&PlayCount { span: None, ..counted }), count(7));
    }

    fn played() -> impl Strategy<Value = Played> {
        let at = prop::option::of((-400i64..5_000).prop_map(|days| now().plus_days(-days)));
        (0u64..u64::MAX, at, prop::option::of(0u32..400_000)).prop_map(|(plays, at, played_ms)| Played {
            plays,
            at,
            played_ms,
        })
    }

    proptest! {
        /// One more play never takes liking away, and liking has a most.
        #[test]
        fn liking_is_monotone_and_bounded(all in prop::collection::vec(played(), 0..8), more in played()) {
            let policy = TastePolicy::default();
            let before = preference(all.clone(), now(), &policy);
            let after = preference(all.into_iter().chain([more]), now(), &policy);
            prop_assert!(before <= after && before >= 0.0);
            prop_assert!(after <= libm::log1p(1e6));
        }

        /// Waiting x and then y days fades as waiting x + y days does.
        #[test]
        fn decay_composes(x in 0i64..3_000, y in 0i64..3_000) {
            let policy = TastePolicy::default();
            let left = |days: i64| decay(now().plus_days(-days), now(), &policy);
            prop_assert!((left(x) * left(y) - left(x + y)).abs() < 1e-12);
        }

        /// A skip says less than a play, and an older play less than a newer one.
        #[test]
        fn skips_and_age_weaken(days in 0i64..3_000, older in 0i64..3_000, seconds in 0u32..30) {
            let policy = TastePolicy::default();
            let liking = |play| preference([play], now(), &policy);
            prop_assert!(liking(listen(days, Some(seconds))) < liking(listen(days, Some(30))));
            prop_assert!(liking(listen(days + older, None)) <= liking(listen(days, None)));
        }

        /// A bare count is what its plays at unknown times are.
        #[test]
        fn a_count_is_plays_at_unknown_times(plays: u64) {
            let policy = TastePolicy::default();
            let heard = ArtistHeard::counted(ArtistId::new(now(), [2; 10]), plays, &policy);
            let both = [heard.preference(), preference([count(plays)], now(), &policy)];
            prop_assert_eq!(both[0].to_bits(), both[1].to_bits());
        }
    }
}
