//! A scan: what the ratings look like beside what people hear, and what the operator made of it before. It follows the
//! ledger: of what was counted before, only the drops that changed since are counted anew.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::{Engine, locked};
use crate::integrity::{
    CountedRatings, GroupFinding, RatingFact, abnormal_rates, join_overlapping, lockstep, mutual_praise,
    one_way,
};
use crate::ledger::{Finding, FindingKind, Resolution, finding_id};
use crate::live::{Ears, Live, LiveDrop, LiveResolution};
use crate::model::{DropId, FindingId, Millionths, Pseudonym, UserId};
use crate::policy::{CollusionPolicy, FindingEffect, IntegrityPolicy};

/// A pattern.
type Pattern = (FindingKind, GroupFinding);

/// A pattern, or several joined, with what follows.
#[derive(Debug, Clone)]
struct Found {
    kind: FindingKind,
    group: GroupFinding,
    effect: FindingEffect,
}

/// The ratings as they were counted up to an entry.
#[derive(Debug)]
pub(in crate::engine) struct Counted {
    position: u64,
    ratings: CountedRatings,
}

impl Counted {
    /// Counts what `live` has: all of it, or what changed since `before`. Both come to the same.
    pub(super) fn follow(before: Option<&Self>, live: &Live) -> Self {
        let position = live.position;
        let Some(before) = before.filter(|before| before.position <= position) else {
            return Self { position, ratings: CountedRatings::new(&facts(live.drops.iter())) };
        };
        let changed = live.drops.iter().filter(|(_, drop)| drop.changed >= before.position);
        let gone = before.ratings.rated().filter(|drop| !live.drops.contains_key(drop));
        let drops: Vec<DropId> = changed.clone().map(|(drop, _)| *drop).chain(gone).collect();
        Self { position, ratings: before.ratings.with(&drops, &facts(changed)) }
    }
}

impl Engine {
    /// What an earlier scan counted.
    pub(super) fn counted(&self) -> Option<Arc<Counted>> {
        locked(&self.inner.counted).clone()
    }

    /// Keeps what a scan counted, for the next one, unless another came further, or somebody left meanwhile.
    pub(super) fn keep_counted(&self, counted: Counted) {
        let mut kept = locked(&self.inner.counted);
        let is_newest = kept.as_ref().is_none_or(|kept| kept.position <= counted.position);
        if is_newest && self.live(|live| live.left_by) <= counted.position {
            *kept = Some(Arc::new(counted));
        }
    }

    /// Forgets what was counted: somebody who left is in it.
    pub(in crate::engine) fn forget_counted(&self) {
        *locked(&self.inner.counted) = None;
    }

    /// The same where it was counted before an entry by which somebody left.
    pub(in crate::engine) fn forget_counted_before(&self, left_by: u64) {
        let mut kept = locked(&self.inner.counted);
        if kept.as_ref().is_some_and(|kept| kept.position < left_by) {
            *kept = None;
        }
    }
}

/// Everything that is found, in the order of members and kinds. Nobody is in two findings that merge votes.
pub(super) fn findings(
    live: &Live,
    counted: &Counted,
    ears: &Ears,
    policy: &IntegrityPolicy,
) -> Vec<Finding> {
    let scan = Scan { live, policy: &policy.collusion };
    let patterns = patterns(&counted.ratings, ears, policy);
    let mut found = join(patterns.into_iter().map(|pattern| scan.weigh(pattern)).collect());
    let kept = scan.confirmed(&found);
    if !kept.is_empty() {
        found.extend(kept.into_iter().map(|pattern| scan.weigh(pattern)));
        found = join(found);
    }
    let mut findings: Vec<Finding> = found.into_iter().map(|one| scan.finding(one)).collect();
    findings.sort_by(|a, b| a.members.cmp(&b.members).then(a.kind.cmp(&b.kind)));
    findings
}

/// Joins patterns that merge votes and share people; what follows is the strongest of what follows from any of them. What
/// was dismissed takes nobody along, and what is a flag alone joins nothing: it would lend its members to a merger.
fn join(found: Vec<Found>) -> Vec<Found> {
    let (merging, apart): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.effect.merges());
    let raising: BTreeSet<UserId> = merging
        .iter()
        .filter(|one| one.effect.raises())
        .flat_map(|one| one.group.members.iter().copied())
        .collect();
    let joined = join_overlapping(merging.into_iter().map(|one| (one.kind, one.group)).collect());
    let joined = joined.into_iter().map(|(kind, group)| {
        let raises = group.members.iter().any(|member| raising.contains(member));
        Found { kind, group, effect: if raises { FindingEffect::Raise } else { FindingEffect::Merge } }
    });
    joined.chain(apart).collect()
}

/// What the ratings alone show, as sure as it has to be.
fn patterns(ratings: &CountedRatings, ears: &Ears, policy: &IntegrityPolicy) -> Vec<Pattern> {
    let similar = |a: UserId, b: UserId| ears.similarity(a, b).map(|(value, _)| value);
    let of = |kind, groups: Vec<GroupFinding>| groups.into_iter().map(move |group| (kind, group));
    let rates = abnormal_rates(ratings, policy);
    of(FindingKind::MutualPraise, mutual_praise(ratings, &similar, policy))
        .chain(of(FindingKind::Lockstep, lockstep(ratings, &similar, policy)))
        .chain(of(FindingKind::OneWay, one_way(ratings, policy)))
        .chain(of(FindingKind::AbnormalPace, rates.pace))
        .chain(of(FindingKind::AbnormalShare, rates.share))
        .filter(|(_, group)| group.probability >= policy.collusion.least_probability)
        .collect()
}

/// What is known beside a pattern: who is who, what was said of it before, and what policy makes of it.
struct Scan<'a> {
    live: &'a Live,
    policy: &'a CollusionPolicy,
}

impl Scan<'_> {
    /// What the operator confirmed and the ratings no longer show.
    fn confirmed(&self, found: &[Found]) -> Vec<Pattern> {
        let shown: BTreeSet<FindingId> =
            found.iter().map(|one| self.id(one.kind, &one.group.members)).collect();
        let kept = |resolved: &LiveResolution| {
            let evidence = format!(
                "the operator confirmed {} of {} people, which the ratings of today alone do not show",
                resolved.kind.name(),
                resolved.members.len(),
            );
            let mut members = resolved.members.clone();
            members.sort_unstable();
            let probability = resolved.probability.as_f64();
            (resolved.kind, GroupFinding { members, probability, evidence })
        };
        let resolved = self.live.resolved.iter();
        resolved
            .filter(|(id, resolved)| resolved.resolution == Resolution::Confirmed && !shown.contains(id))
            .map(|(_, resolved)| kept(resolved))
            .collect()
    }

    /// A pattern with what follows: nothing where the operator dismissed it, else what policy says.
    fn weigh(&self, (kind, group): Pattern) -> Found {
        let resolved = self.live.resolved.get(&self.id(kind, &group.members));
        let effect = match resolved.map(|resolved| resolved.resolution) {
            Some(Resolution::Dismissed) => FindingEffect::Nothing,
            None if self.is_dismissed_with_others(kind, &group.members) => FindingEffect::Nothing,
            Some(Resolution::Confirmed) | None => kind.effect(&self.policy.effects),
        };
        Found { kind, group, effect }
    }

    /// Whether the operator dismissed a group of these people and perhaps more. What is seen of one group in several ways is
    /// shown as one finding, so the word on it holds for each way.
    fn is_dismissed_with_others(&self, kind: FindingKind, members: &[UserId]) -> bool {
        let covers = |resolved: &LiveResolution| {
            resolved.resolution == Resolution::Dismissed
                && resolved.kind.is_group()
                && members.iter().all(|member| resolved.members.contains(member))
        };
        kind.is_group() && self.live.resolved.values().any(covers)
    }

    fn id(&self, kind: FindingKind, members: &[UserId]) -> FindingId {
        finding_id(kind, &self.pseudonyms(members))
    }

    fn finding(&self, Found { kind, group, effect }: Found) -> Finding {
        let members = self.pseudonyms(&group.members);
        let probability = Millionths::from_f64(group.probability);
        Finding { kind, members, probability, evidence: group.evidence, effect }
    }

    /// The members' names in the tables, sorted.
    fn pseudonyms(&self, members: &[UserId]) -> Vec<Pseudonym> {
        let known = members.iter().filter_map(|id| self.live.people.get(id));
        let mut names: Vec<_> = known.map(|person| person.pseudonym).collect();
        names.sort_unstable();
        names
    }
}

fn facts<'a>(drops: impl Iterator<Item = (&'a DropId, &'a LiveDrop)>) -> Vec<RatingFact> {
    let mut facts = Vec::new();
    for (id, drop) in drops {
        facts.extend(drop.ratings.iter().map(|(rater, stars, at)| RatingFact {
            rater: *rater,
            author: drop.author,
            drop: *id,
            value: stars.millionths().as_f64(),
            at: *at,
            counted: drop.rated_blind(*at),
            open: drop.circle.is_none(),
        }));
    }
    facts
}
