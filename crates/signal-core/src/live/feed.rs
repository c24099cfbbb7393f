//! What a feed is chosen from, out of what is in memory.

use std::collections::{BTreeMap, BTreeSet};

use super::community::{Live, LiveDrop};
use super::ears::Ears;
use crate::feed::Candidate;
use crate::ledger::EpochTables;
use crate::model::{DropId, Millionths, Timestamp, TrackId, UserId};
use crate::policy::Policy;
use crate::trust::{PathLimits, Targets, TrustGraph, reach};

/// Where to look for drops.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// People whose drops are looked at.
    pub authors: &'a BTreeSet<UserId>,
    /// How many of the newest drops are looked at besides, whoever made them.
    pub newest: usize,
    /// Whose drops are never looked at.
    pub muted: &'a BTreeSet<UserId>,
    /// Only drops made since then.
    pub oldest: Timestamp,
    /// Only drops that entries before this one made, and only scores that they told.
    pub before: u64,
}

/// A drop as far as a feed depends on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct YoungDrop {
    /// The drop.
    pub id: DropId,
    /// Who vouches.
    pub author: UserId,
    /// For what.
    pub track: TrackId,
    /// When.
    pub made_at: Timestamp,
    /// Its score, where an entry that the page knows of told it.
    pub score: Option<Millionths>,
    /// Whether it is one of the newest of all.
    pub newest: bool,
}

impl Live {
    /// Drops of others that a person may be shown, by id: those of the authors, and the newest of all.
    ///
    /// Takes O(authors · log drops + drops looked at); a community with no more drops than `newest` is looked at whole.
    pub fn young_drops(&self, viewer: UserId, sources: &Sources<'_>) -> Vec<YoungDrop> {
        let fits = |drop: &LiveDrop| drop.made_at >= sources.oldest && drop.position < sources.before;
        let newest: BTreeMap<DropId, &LiveDrop> =
            self.drops_since(sources.oldest).filter(|(_, drop)| fits(drop)).take(sources.newest).collect();
        let theirs = sources.authors.iter().flat_map(|author| self.drops_of(*author));
        let theirs = theirs.filter(|(id, drop)| fits(drop) && !newest.contains_key(id));
        let mut found: Vec<YoungDrop> = newest
            .iter()
            .map(|(id, drop)| (*id, *drop))
            .chain(theirs)
            .filter(|(_, drop)| {
                drop.author != viewer
                    && !drop.keeps_words_back()
                    && !sources.muted.contains(&drop.author)
                    && !drop.is_gone()
                    && self.sees(viewer, drop)
            })
            .map(|(id, drop)| YoungDrop {
                id,
                author: drop.author,
                track: drop.track,
                made_at: drop.made_at,
                // A page under an old cursor keeps its order: settlements are often written long after the instant they
                // were decided at.
                score: drop
                    .ended
                    .filter(|_| drop.end_position.is_some_and(|entry| entry < sources.before))
                    .and_then(|(_, score, ..)| score),
                newest: newest.contains_key(&id),
            })
            .collect();
        found.sort_unstable_by_key(|drop| drop.id);
        found
    }

    /// Whether a person may know of a drop: circle drops are for members, and blocks hide both ways.
    pub fn sees(&self, user: UserId, drop: &LiveDrop) -> bool {
        let inside = |id| self.circles.get(&id).is_some_and(|circle| circle.members.contains(&user));
        let blocked =
            || self.blocks.contains(&(user, drop.author)) || self.blocks.contains(&(drop.author, user));
        drop.author == user || (drop.circle.is_none_or(inside) && !blocked())
    }
}

/// All that a person's feed depends on, but for what the store knows: which tracks they played and which drops they
/// were shown.
#[derive(Debug, Clone, Copy)]
pub struct FeedView<'a> {
    /// The community.
    pub live: &'a Live,
    /// Trust, as published.
    pub graph: &'a TrustGraph,
    /// What people hear.
    pub ears: &'a Ears,
    /// The standings of the newest epoch before the instant.
    pub tables: Option<&'a EpochTables>,
    /// The constants.
    pub policy: &'a Policy,
    /// The instant the feed is ranked for.
    pub at: Timestamp,
}

/// What a viewer has to do with an author.
#[derive(Debug, Clone, Copy)]
struct Nearness {
    trust: f64,
    taste: f64,
    same_circle: bool,
    standing: f64,
}

/// The people whom a person's trust reaches most strongly, at most `feed_people` of the policy, and how strongly.
pub fn trusted(graph: &TrustGraph, viewer: UserId, policy: &Policy) -> BTreeMap<UserId, f64> {
    let around = reach(graph, viewer, PathLimits::of(policy), policy.limits.feed_people);
    around.people.iter().map(|reached| (reached.user, reached.strength)).collect()
}

impl FeedView<'_> {
    /// Drops with all that their place in a viewer's feed depends on; whether the viewer played the track and saw the
    /// drop comes with each.
    ///
    /// Takes O(drops · log authors + edges that end at authors who are not among the `trusted`).
    pub fn candidates(
        &self,
        viewer: UserId,
        drops: impl IntoIterator<Item = (YoungDrop, bool, bool)>,
        trusted: &BTreeMap<UserId, f64>,
    ) -> Vec<Candidate> {
        let drops: Vec<_> = drops.into_iter().collect();
        let near = self.nearness(viewer, drops.iter().map(|(drop, ..)| drop.author).collect(), trusted);
        let candidates = drops.into_iter().filter_map(|(drop, played, seen)| {
            let near = near.get(&drop.author)?;
            Some(Candidate {
                drop: drop.id,
                author: drop.author,
                trust: near.trust,
                taste: near.taste,
                same_circle: near.same_circle,
                standing: near.standing,
                validation: drop.score.unwrap_or(self.policy.validation.prior).as_f64(),
                age_days: self.at.days_since(drop.made_at),
                played,
                seen,
                newest: drop.newest,
            })
        });
        candidates.collect()
    }

    fn nearness(
        &self,
        viewer: UserId,
        authors: BTreeSet<UserId>,
        trusted: &BTreeMap<UserId, f64>,
    ) -> BTreeMap<UserId, Nearness> {
        // Those whom trust reaches less strongly are not among `trusted`.
        let rest: Vec<UserId> =
            authors.iter().filter(|author| !trusted.contains_key(author)).copied().collect();
        let targets = Targets::new(self.graph, rest);
        let limits = PathLimits { edges: self.policy.limits.survey_edges, ..PathLimits::of(self.policy) };
        let weak = targets.strengths(self.graph, viewer, limits).strengths;
        let weak: BTreeMap<UserId, f64> = targets.people().iter().copied().zip(weak).collect();
        let mates = self.live.circle_mates(viewer);
        let ours = self.ears.of(viewer);
        let near = |author: UserId| {
            let theirs = self.ears.beside(&ours, author, self.ears.profiles.row(author));
            let who = self.live.people.get(&author).map(|person| person.pseudonym);
            let row = self.tables.zip(who).and_then(|(tables, who)| tables.standing(who));
            Nearness {
                trust: trusted.get(&author).or_else(|| weak.get(&author)).copied().unwrap_or(0.0),
                taste: ours.taste(&theirs).map_or(0.0, |(value, _)| value.max(0.0)),
                same_circle: mates.contains(&author),
                standing: row.map_or(0.0, |row| row.standing as f64 / 1e6),
            }
        };
        authors.into_iter().map(|author| (author, near(author))).collect()
    }
}
