//! Raters in step: those who rate the same drops within one window with the same stars, and those who shout the same
//! against everybody else, drop after drop.
//!
//! Both searches have one shape; the constants are policy's, `docs/algorithms.md` gives the reasons:
//!
//! 1. Two raters are alike on a drop when their ratings came within the window and say the same (**lockstep**), or when
//!    both are as far as stars go and far from what moderate raters of the drop say, to one side (**one-way praise**,
//!    and its opposite).
//! 2. Two are linked when they were alike on at least `lockstep_drops` drops, and on half of those that both rated.
//! 3. Who has fewer than three links is dropped, again and again. What hangs together of the rest is a group, as long as
//!    it has `least_group` members and is at most half of all raters.
//! 4. Shared taste explains that people like the same, and that friends listen together; it does not explain that they
//!    like what nobody else does. So lockstep is explained by taste as mutual praise is, and shouting is not.
//!
//! Whose drops are praised is no member by that: nobody can help being praised.

use super::components::components;
use super::counted::CountedRatings;
use super::facts::divergence_bound;
use super::praise::{GroupFinding, SUREST, Similarity, mean_similarity};
use super::steps::{Alike, Pairs, Steps};
use crate::model::UserId;
use crate::policy::IntegrityPolicy;
use std::collections::BTreeMap;

/// Links that a member of a group has at least.
const LEAST_LINKS: usize = 3;
/// Share of the drops that both rated on which two linked people were alike.
const LEAST_SHARE: f64 = 0.5;

/// Finds groups that rate the same drops within one window with the same stars, beyond what shared taste explains.
///
/// `similarity` is the taste similarity of two people in [0, 1]; unknown counts as 0. Takes at most 128 comparisons a rating,
/// on the current rayon pool, with the same result on any number of threads.
pub fn lockstep(
    ratings: &CountedRatings,
    similarity: &Similarity<'_>,
    policy: &IntegrityPolicy,
) -> Vec<GroupFinding> {
    let steps = Steps::new(ratings, policy);
    let pairs = steps.pairs(Alike::InTime, policy.collusion.lockstep_drops);
    let usual = steps.usual(&pairs);
    let mut findings = Vec::new();
    for group in steps.groups(&pairs, policy) {
        let alike = mean_similarity(&group.members, similarity);
        let taste = 1.0 - alike / policy.taste_explains / 2.0;
        if alike >= policy.taste_explains {
            continue;
        }
        let evidence = format!(
            "{} people rated the same {} drops; where two of them did, {:.0} in 100 times within {} minutes and with \
             the same stars, others {:.1} in 100 times; their taste agrees by {alike:.2}, and {:.2} would explain it",
            group.members.len(),
            group.drops,
            group.share * 100.0,
            policy.collusion.lockstep_seconds / 60,
            usual * 100.0,
            policy.taste_explains,
        );
        findings.extend(group.finding(usual, taste, evidence));
    }
    findings
}

/// Finds groups that give the same drops the most stars, or the fewest, far from what moderate raters of these drops say.
///
/// Takes as long as [`lockstep`].
pub fn one_way(ratings: &CountedRatings, policy: &IntegrityPolicy) -> Vec<GroupFinding> {
    let steps = Steps::new(ratings, policy);
    let pairs = steps.pairs(Alike::Away, policy.collusion.lockstep_drops);
    let usual = steps.usual(&pairs);
    let mut findings = Vec::new();
    for group in steps.groups(&pairs, policy) {
        let (up, down, authors) = steps.shouts(&group.numbers);
        let evidence = format!(
            "{} people rated the same {} drops of {authors} authors; {up} times they gave the most stars where others \
             gave far fewer, {down} times the fewest where others gave far more; where two of them rated one drop, {:.0} \
             in 100 times both did, others {:.1} in 100 times",
            group.members.len(),
            group.drops,
            group.share * 100.0,
            usual * 100.0,
        );
        findings.extend(group.finding(usual, 1.0, evidence));
    }
    findings
}

/// People who do the same.
struct Group {
    numbers: Vec<u32>,
    members: Vec<UserId>,
    /// Drops that two or more of them rated.
    drops: usize,
    /// Of the drops that two linked members both rated, the share on which they were alike.
    share: f64,
}

impl Group {
    fn finding(self, usual: f64, taste: f64, evidence: String) -> Option<GroupFinding> {
        let probability = divergence_bound(self.drops, self.share, usual) * taste;
        let finding = GroupFinding { members: self.members, probability: probability.min(SUREST), evidence };
        (probability > 0.0).then_some(finding)
    }
}

/// For each person, whom they are linked with: on how many drops they were alike, and how many both rated.
type Links = BTreeMap<u32, BTreeMap<u32, (u32, usize)>>;

impl Steps<'_> {
    /// The groups that hang together by these pairs, in the order of their smallest member.
    fn groups(&self, pairs: &Pairs, policy: &IntegrityPolicy) -> Vec<Group> {
        let mut links = Links::new();
        for &((one, other), alike) in &pairs.often {
            let shared = self.shared(one, other);
            if f64::from(alike) >= LEAST_SHARE * shared as f64 {
                links.entry(one).or_default().insert(other, (alike, shared));
                links.entry(other).or_default().insert(one, (alike, shared));
            }
        }
        prune(&mut links);
        let linked: Vec<usize> = links.keys().map(|person| *person as usize).collect();
        let row = |person: usize| u32::try_from(person).ok().and_then(|person| links.get(&person));
        let next = |person: usize| row(person).into_iter().flatten().map(|(to, _)| *to as usize).collect();
        let raters = self.ratings.people.len();
        let fits = |group: &Vec<usize>| group.len() >= policy.least_group && group.len() * 2 <= raters;
        components(&linked, &next)
            .into_iter()
            .filter(fits)
            .map(|group| {
                let numbers: Vec<u32> =
                    group.iter().filter_map(|person| u32::try_from(*person).ok()).collect();
                let ties = numbers.iter().filter_map(|person| links.get(person)).flatten();
                let (alike, shared) =
                    ties.fold((0, 0), |(alike, shared), (_, tie)| (alike + tie.0, shared + tie.1));
                let members = self.ratings.ids(&numbers);
                let drops = self.common_drops(&numbers);
                Group { members, drops, share: f64::from(alike) / shared.max(1) as f64, numbers }
            })
            .collect()
    }

    /// How often these people shouted up and down, and about how many authors.
    fn shouts(&self, group: &[u32]) -> (usize, usize, usize) {
        let (mut up, mut down, mut authors) = (0, 0, Vec::new());
        for (row, side) in self.rows_of(group).filter(|(_, side)| *side != 0) {
            up += usize::from(side > 0);
            down += usize::from(side < 0);
            authors.push(row.author);
        }
        authors.sort_unstable();
        authors.dedup();
        (up, down, authors.len())
    }
}

/// Drops whoever has too few links, until nobody has.
fn prune(links: &mut Links) {
    let few = |row: &BTreeMap<u32, (u32, usize)>| row.len() < LEAST_LINKS;
    let mut leaving: Vec<u32> = links.iter().filter(|(_, row)| few(row)).map(|(who, _)| *who).collect();
    while let Some(who) = leaving.pop() {
        for other in links.remove(&who).into_iter().flatten().map(|(other, _)| other) {
            if let Some(row) = links.get_mut(&other) {
                row.remove(&who);
                // Exactly once: when the row becomes too short.
                if row.len() + 1 == LEAST_LINKS {
                    leaving.push(other);
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "lockstep_tests.rs"]
mod tests;
