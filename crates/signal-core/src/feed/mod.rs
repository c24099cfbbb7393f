//! The feed: which drops a viewer sees first, and why.
//!
//! ```text
//! affinity = max(trust to the author, taste match, circle_affinity if in one circle, 0.1 · min(1, standing))
//! score    = affinity · validation · ½ ^ (age / 3 days) · (0.1 if seen before)
//! ```
//!
//! A track that was played already is out, and so is a drop that nothing brings near, unless it is one of the newest. The
//! rank is rearranged into pages on which no author has more than two drops: [`paginate`]. Who is muted, blocked, hidden
//! or too old never becomes a candidate; that is the engine's part.

mod attribution;

use std::collections::BTreeMap;

pub use attribution::{Conversion, conversions};

use crate::model::{DropId, UserId};
use crate::policy::FeedPolicy;

/// A drop that could be shown, with all that its score depends on.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the drop")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The drop.
    pub drop: DropId,
    /// Its author.
    pub author: UserId,
    /// How far the viewer's trust carries to the author, in [0, 1]; 0 where it does not.
    pub trust: f64,
    /// How well the author's taste matches the viewer's, in [0, 1].
    pub taste: f64,
    /// Whether viewer and author are members of one circle.
    pub same_circle: bool,
    /// The author's standing relative to the average: 1 is average, more counts as 1.
    pub standing: f64,
    /// The drop's validation score in [0, 1], or the prior until it settles.
    pub validation: f64,
    /// Days since the drop was made.
    pub age_days: f64,
    /// Whether the viewer played the track already.
    pub played: bool,
    /// Whether the viewer was shown the drop before.
    pub seen: bool,
    /// Whether it is one of the newest drops of the whole community.
    pub newest: bool,
}

/// Through what a drop is near to the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AffinityKind {
    /// The viewer trusts the author, directly or through others.
    Trust,
    /// The two like the same music.
    Taste,
    /// They are members of one circle.
    Circle,
    /// The author has standing in the community.
    Standing,
    /// Nothing of these: the drop is one of the newest of the whole community.
    New,
}

/// A drop with its place in the feed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// The drop, and all that its score depends on.
    pub candidate: Candidate,
    /// What the feed is ordered by, in [0, 1].
    pub score: f64,
    /// How near the author is to the viewer, in [0, 1].
    pub affinity: f64,
    /// Through what; of equals the first in the order of [`AffinityKind`].
    pub because: AffinityKind,
}

/// The score of one drop; `None` when the viewer played the track already, or when nothing brings the drop near and it is
/// none of the newest. Values outside their range are clamped, NaN counts as 0.
pub fn score(candidate: &Candidate, policy: &FeedPolicy) -> Option<Ranked> {
    if candidate.played {
        return None;
    }
    let circle = if candidate.same_circle { policy.circle_affinity } else { 0.0 };
    let kinds = [
        (unit(candidate.trust), AffinityKind::Trust),
        (unit(candidate.taste), AffinityKind::Taste),
        (unit(circle), AffinityKind::Circle),
        (unit(policy.standing_share) * unit(candidate.standing), AffinityKind::Standing),
    ];
    let none = (0.0, AffinityKind::New);
    let (affinity, because) =
        kinds.into_iter().fold(none, |best, kind| if kind.0 > best.0 { kind } else { best });
    if because == AffinityKind::New && !candidate.newest {
        return None;
    }
    let age = if candidate.age_days > 0.0 { candidate.age_days } else { 0.0 };
    let recency = libm::exp2(-age / policy.half_life_days);
    let novelty = if candidate.seen { unit(policy.seen_factor) } else { 1.0 };
    let score = affinity * unit(candidate.validation) * recency * novelty;
    Some(Ranked { candidate: *candidate, score, affinity, because })
}

/// All drops that have a [`score`](fn@score), best first, of equals the younger, then by id.
pub fn rank(candidates: &[Candidate], policy: &FeedPolicy) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> =
        candidates.iter().filter_map(|candidate| score(candidate, policy)).collect();
    ranked.sort_by(|x, y| {
        let (a, b) = (&x.candidate, &y.candidate);
        y.score.total_cmp(&x.score).then(a.age_days.total_cmp(&b.age_days)).then(a.drop.cmp(&b.drop))
    });
    ranked
}

/// Lays a rank out in pages of `size` drops with at most `per_author` of one author (both at least 1).
///
/// Each drop goes, in the order of the rank, to the first page that has room for it and for its author, so nothing is
/// lost: what a page has no place for opens the next ones. Pages are short only where an author has more than the rest
/// can fill up. The layout depends on nothing but the rank, so that a cursor needs two numbers: the instant for which
/// the first page was ranked, and the number of the page. Takes O(drops · log authors), and a little more where one
/// author fills many pages.
pub fn paginate(ranked: Vec<Ranked>, size: usize, per_author: usize) -> Vec<Vec<Ranked>> {
    let (size, per_author) = (size.max(1), per_author.max(1));
    let mut pages: Vec<Vec<Ranked>> = Vec::new();
    let mut open = 0;
    // For each author the page they are at, and their drops on it.
    let mut places: BTreeMap<UserId, (usize, usize)> = BTreeMap::new();
    for item in ranked {
        let place = places.entry(item.candidate.author).or_insert((open, 0));
        if place.1 >= per_author {
            *place = (place.0 + 1, 0);
        }
        while pages.get(place.0).is_some_and(|page| page.len() >= size) {
            *place = (place.0.max(open) + usize::from(place.0 >= open), 0);
        }
        while pages.len() <= place.0 {
            pages.push(Vec::new());
        }
        if let Some(page) = pages.get_mut(place.0) {
            page.push(item);
            place.1 += 1;
        }
        while pages.get(open).is_some_and(|page| page.len() >= size) {
            open += 1;
        }
    }
    pages
}

fn unit(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests;
