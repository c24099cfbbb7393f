//! Groups that praise each other far beyond what shared taste explains.
//!
//! The search, in words; the constants are policy's, `docs/algorithms.md` gives the reasons:
//!
//! 1. *u* praises *v* when *u*'s counted ratings of *v*'s drops have a mean of at least `inward_praise`.
//! 2. An **inward** set is one whose members each give at least `inward_share` of all their counted ratings as praise to
//!    the set, and who can all reach each other along praise. Dropping whoever gives less, again and again, leaves the
//!    largest inward sets.
//! 3. A community as a whole is inward and proves nothing. So each person of a large inward set is asked anew with the
//!    64, 32, 16 … people nearest (`neighbourhood`) to them.
//! 4. An inward set is a finding when it has `least_group` to 64 members and `least_ratings` ratings inside, is at most
//!    half of all who rate or are rated (a majority has nobody to be compared with), when those outside give it a
//!    smaller share of their ratings than it gives itself, and when its mean pairwise taste similarity is below
//!    `taste_explains`.

use rayon::prelude::*;

use super::counted::CountedRatings;
use super::inward::Praise;
use super::neighbourhood::{Ground, Walk};
use crate::model::{DropId, Timestamp, UserId};
use crate::policy::IntegrityPolicy;

/// One rating, as far as this room needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatingFact {
    /// Who rated.
    pub rater: UserId,
    /// Whose drop.
    pub author: UserId,
    /// Which drop.
    pub drop: DropId,
    /// The stars, in [0, 1].
    pub value: f64,
    /// When.
    pub at: Timestamp,
    /// Whether it counts towards the drop's score. What does not count is neither praise nor camouflage.
    pub counted: bool,
    /// Whether everybody could rate the drop; only members could where it was made for a circle.
    pub open: bool,
}

/// A group that raises a flag.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupFinding {
    /// Its members, by id.
    pub members: Vec<UserId>,
    /// How sure the finding is, in (0, 1).
    pub probability: f64,
    /// What was found, for a moderator to read: numbers, no names.
    pub evidence: String,
}

/// The largest group that is looked for around one person; larger ones show as several.
const LARGEST_GROUP: usize = 64;

/// No finding is surer: the numbers cannot tell a conspiracy from an odd but honest habit.
pub(super) const SUREST: f64 = 0.99;

/// People around whom groups are looked for at once, by each thread.
const AT_ONCE: usize = 32;

/// What the taste similarity of two people in [0, 1] is known by.
pub type Similarity<'a> = dyn Fn(UserId, UserId) -> Option<f64> + Sync + 'a;

/// Finds groups of mutual praise. No person is in two findings; they come in the order of their smallest member.
///
/// `similarity` is the taste similarity of two people in [0, 1]; unknown counts as 0, since nothing explains the praise
/// then. Costs O(ratings · log) and, for each person who could belong to a group, a walk of bounded size; on the current
/// rayon pool, with the same result on any number of threads.
pub fn mutual_praise(
    ratings: &CountedRatings,
    similarity: &Similarity<'_>,
    policy: &IntegrityPolicy,
) -> Vec<GroupFinding> {
    let praise = Praise::new(ratings, policy);
    let everyone: Vec<usize> = (0..praise.people.len()).collect();
    let judge = |group: &[usize]| praise.judge(group, similarity, policy);
    let mut findings = Vec::new();
    for set in praise.inward_sets(&everyone) {
        match judge(&set) {
            Some(finding) => findings.push(finding),
            None => findings.extend(praise.groups_inside(&set, policy.least_group, &judge)),
        }
    }
    findings.sort_by(|x, y| x.members.cmp(&y.members));
    findings
}

/// Says whether an inward set is a finding.
type Judge<'a> = dyn Fn(&[usize]) -> Option<GroupFinding> + Sync + 'a;

impl Praise<'_> {
    /// The groups of a large inward set, each around the first of its people whom one is found around, in the order of
    /// people. Nobody is in two of them.
    fn groups_inside(&self, set: &[usize], least: usize, judge: &Judge<'_>) -> Vec<GroupFinding> {
        let threads = rayon::current_num_threads().max(1);
        let mut walks: Vec<Walk> = (0..threads).map(|_| Walk::new(self.people.len())).collect();
        let mut ground = Ground::new(self.people.len(), set);
        let (mut findings, mut next) = (Vec::new(), 0);
        while next < set.len() {
            let seeds = set.get(next..).unwrap_or(&[]);
            let seeds = seeds.get(..threads * AT_ONCE).unwrap_or(seeds);
            let look = |(seeds, walk): (&[usize], &mut Walk)| {
                let mut open = (0..).zip(seeds).filter(|(_, seed)| ground.holds(**seed));
                open.find_map(|(place, seed)| Some((place, self.around(*seed, walk, &ground, least, judge)?)))
            };
            let found: Vec<_> = seeds.par_chunks(AT_ONCE).zip(walks.par_iter_mut()).map(look).collect();
            // Whoever comes after the first group is asked again without its members.
            let first = (0..).zip(found).find_map(|(piece, found)| Some((piece, found?)));
            next += match first {
                Some((piece, (place, (group, finding)))) => {
                    ground.leave_out(&group);
                    findings.push(finding);
                    piece * AT_ONCE + place + 1
                }
                None => seeds.len(),
            };
        }
        findings
    }

    /// The largest group around one person that `judge` finds, among the people of the ground.
    fn around(
        &self,
        seed: usize,
        walk: &mut Walk,
        ground: &Ground,
        least: usize,
        judge: &Judge<'_>,
    ) -> Option<(Vec<usize>, GroupFinding)> {
        let nearest = walk.neighbourhood(seed, ground, &|person| self.praised(person));
        let mut size = LARGEST_GROUP;
        while size >= least.max(2) {
            let mut near: Vec<usize> = nearest.iter().copied().take(size).collect();
            near.sort_unstable();
            let set = self.inward_sets(&near).into_iter().find(|set| set.contains(&seed));
            if let Some((set, finding)) = set.and_then(|set| judge(&set).map(|finding| (set, finding))) {
                return Some((set, finding));
            }
            size /= 2;
        }
        None
    }

    /// Whether an inward set (sorted) is a finding.
    fn judge(
        &self,
        set: &[usize],
        similarity: &Similarity<'_>,
        policy: &IntegrityPolicy,
    ) -> Option<GroupFinding> {
        let facts = self.facts(set);
        let incomparable = set.len() > LARGEST_GROUP || set.len() * 2 > self.people.len();
        if incomparable || set.len() < policy.least_group || facts.inside < policy.least_ratings {
            return None;
        }
        let surprise = facts.surprise();
        if facts.mean() < policy.inward_praise || surprise <= 0.0 {
            return None;
        }
        // Last, for it takes by far the longest.
        let members: Vec<UserId> =
            set.iter().filter_map(|person| self.people.get(*person).copied()).collect();
        let alike = mean_similarity(&members, similarity);
        let probability = surprise * (1.0 - alike / policy.taste_explains / 2.0);
        if alike >= policy.taste_explains || probability <= 0.0 {
            return None;
        }
        let evidence = facts.sentence(set.len(), alike, policy.taste_explains);
        Some(GroupFinding { members, probability: probability.min(SUREST), evidence })
    }
}

/// The mean over all pairs; a pair of unknown similarity counts 0.
pub(super) fn mean_similarity(members: &[UserId], similarity: &Similarity<'_>) -> f64 {
    let mut sum = 0.0;
    let mut pairs = 0usize;
    for (place, a) in members.iter().enumerate() {
        for b in members.iter().skip(place + 1) {
            sum += similarity(*a, *b).filter(|value| value.is_finite()).unwrap_or(0.0).clamp(0.0, 1.0);
            pairs += 1;
        }
    }
    sum / pairs.max(1) as f64
}

#[cfg(test)]
#[path = "praise_tests.rs"]
mod tests;
