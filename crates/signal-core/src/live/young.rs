//! The drops that a feed is chosen from.

use std::collections::BTreeSet;

use super::community::{Live, LiveDrop};
use crate::ledger::Outcome;
use crate::model::{DropId, Millionths, Timestamp, TrackId, UserId};

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
    /// Only drops that entries before this one made.
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
    /// Its score and the instant from which that is known.
    pub scored: Option<(Millionths, Timestamp)>,
}

impl Live {
    /// Drops of others that a person may be shown, by id: those of the authors, and the newest of all.
    ///
    /// Takes O(authors · log drops + drops looked at); a community with no more drops than `newest` is looked at whole.
    pub fn young_drops(&self, viewer: UserId, sources: &Sources<'_>) -> Vec<YoungDrop> {
        let fits = |drop: &LiveDrop| drop.made_at >= sources.oldest && drop.position < sources.before;
        let newest = self.drops_since(sources.oldest).filter(|(_, drop)| fits(drop)).take(sources.newest);
        let theirs = sources.authors.iter().flat_map(|author| self.drops_of(*author));
        let mut found: Vec<YoungDrop> = newest
            .chain(theirs.filter(|(_, drop)| fits(drop)))
            .filter(|(_, drop)| {
                drop.author != viewer
                    && !drop.hidden
                    && !sources.muted.contains(&drop.author)
                    && !matches!(drop.ended, Some((Outcome::Withdrawn | Outcome::Annulled, ..)))
                    && self.sees(viewer, drop)
            })
            .map(|(id, drop)| YoungDrop {
                id,
                author: drop.author,
                track: drop.track,
                made_at: drop.made_at,
                scored: drop.ended.and_then(|(_, score, _, at)| Some((score?, at))),
            })
            .collect();
        found.sort_unstable_by_key(|drop| drop.id);
        found.dedup_by_key(|drop| drop.id);
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
