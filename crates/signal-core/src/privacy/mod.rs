//! What a viewer may know of a person, from the person's dials and how the two stand to each other.
//!
//! Three dials (`history`, `taste`, `trust`) say who sees what; design §5.7 sets their defaults. Nothing here looks
//! anything up: the engine states the [`Relation`], this room answers yes or no.

use crate::model::{Audience, TrustAudience};
use crate::policy::PrivacyPolicy;

/// How a viewer stands to the person looked at. The default is a stranger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts, each a yes or no")]
pub struct Relation {
    /// The viewer is the person.
    pub same_person: bool,
    /// The viewer runs this Signal.
    pub operator: bool,
    /// The two are members of one circle.
    pub shares_circle: bool,
    /// The person trusts the viewer. The other direction opens nothing: anybody can trust anybody.
    pub subject_trusts_viewer: bool,
}

/// Whether the viewer sees what the person opened to this audience.
///
/// ```
/// use signal_core::model::Audience;
/// use signal_core::privacy::{Relation, visible};
///
/// let friend = Relation { subject_trusts_viewer: true, ..Relation::default() };
/// assert!(visible(Audience::Friends, &friend));
/// assert!(!visible(Audience::Private, &friend));
/// ```
pub fn visible(audience: Audience, relation: &Relation) -> bool {
    let owner = relation.same_person || relation.operator;
    match audience {
        Audience::Private => owner,
        Audience::Friends => owner || relation.shares_circle || relation.subject_trusts_viewer,
        Audience::Public => true,
    }
}

/// Whether the viewer sees a person's single trust edges; who does not, sees [counts](shown_count) at most.
pub fn sees_trust(audience: TrustAudience, relation: &Relation) -> bool {
    match audience {
        TrustAudience::Counts => relation.same_person || relation.operator,
        TrustAudience::Public => true,
    }
}

/// A count as others may see it: `None` below policy's `least_count`, where a number would point at people.
pub fn shown_count(count: u64, policy: &PrivacyPolicy) -> Option<u64> {
    (count >= policy.least_count).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    /// Every relation there is.
    fn relations() -> impl Iterator<Item = Relation> {
        (0u8..16).map(|bits| Relation {
            same_person: bits & 1 != 0,
            operator: bits & 2 != 0,
            shares_circle: bits & 4 != 0,
            subject_trusts_viewer: bits & 8 != 0,
        })
    }

    #[test]
    fn each_dial_opens_exactly_what_it_says() {
        for relation in relations() {
            let owner = relation.same_person || relation.operator;
            let friend = owner || relation.shares_circle || relation.subject_trusts_viewer;
            assert_eq!(visible(Audience::Private, &relation), owner, "{relation:?}");
            assert_eq!(visible(Audience::Friends, &relation), friend, "{relation:?}");
            assert!(visible(Audience::Public, &relation), "{relation:?}");
            assert_eq!(sees_trust(TrustAudience::Counts, &relation), owner, "{relation:?}");
            assert!(sees_trust(TrustAudience::Public, &relation), "{relation:?}");
        }
    }

    #[test]
    fn a_stranger_sees_only_what_is_public() {
        let stranger = Relation::default();
        assert!(!visible(Audience::Private, &stranger) && !visible(Audience::Friends, &stranger));
        assert!(!sees_trust(TrustAudience::Counts, &stranger));
    }

    #[test]
    fn a_wider_dial_never_hides() {
        for relation in relations() {
            let seen =
                [Audience::Private, Audience::Friends, Audience::Public].map(|a| visible(a, &relation));
            assert!(seen.is_sorted(), "{relation:?}: {seen:?}");
        }
    }

    #[test]
    fn small_counts_are_not_shown() {
        let policy = Policy::default().privacy;
        let shown = [0, 1, 4, 5, 6].map(|count| shown_count(count, &policy));
        assert_eq!(shown, [None, None, None, Some(5), Some(6)]);
    }
}
