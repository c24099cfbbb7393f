//! The ledger's tail, folded.

use std::collections::{BTreeMap, BTreeSet};

use crate::compatibility::Crowd;
use crate::ledger::{
    CorruptEntry, DropStatus, Event, FindingKind, Method, Outcome, Resolution, Settlement, StoredEntry,
    StreamState, leaf_hash,
};
use crate::model::{
    CircleId, Claim, DropId, FindingId, Handle, Hash, Millionths, Points, Pseudonym, Role, Stars, Timestamp,
    TrackId, UserId, Verification,
};
use crate::trust::TrustGraph;

use super::index::Index;

/// A person as readers know them.
#[derive(Debug, Clone, PartialEq)]
pub struct LivePerson {
    /// Their name in public leaves.
    pub pseudonym: Pseudonym,
    /// Their handle, if any.
    pub handle: Option<Handle>,
    /// The first name another system gave them.
    pub claim: Option<Claim>,
    /// Whether a person stands behind the account.
    pub claimed: bool,
    /// Since when, or since when it is there.
    pub since: Timestamp,
    /// Whether the operator stopped them.
    pub frozen: bool,
    /// How far the identity was checked.
    pub verification: Verification,
    /// Whether the operator lets standing spring from them.
    pub seed: bool,
}

/// A drop as readers know it.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveDrop {
    /// Who vouches.
    pub author: UserId,
    /// For what.
    pub track: TrackId,
    /// In which circle.
    pub circle: Option<CircleId>,
    /// With how much.
    pub stake: Points,
    /// When.
    pub made_at: Timestamp,
    /// Which entry made it.
    pub position: u64,
    /// Ratings in the order they came.
    pub ratings: Vec<(UserId, Stars, Timestamp)>,
    /// How it ended: outcome, score, what was left of the stake, and the instant that the rules decided at.
    pub ended: Option<(Outcome, Option<Millionths>, Points, Timestamp)>,
    /// Which entry told how it ended, of those that are left to read.
    pub end_position: Option<u64>,
    /// The moderator who removed it.
    pub ended_by: Option<UserId>,
    /// The newest entry that changed its ratings, or whether they count.
    pub changed: u64,
    /// How its score was found, with the standard error.
    pub found: Option<(Method, Millionths)>,
    /// Hidden by a moderator, or removed.
    pub hidden: bool,
    /// Words taken back by the author.
    pub words_withdrawn: bool,
}

impl LiveDrop {
    /// Ends it by an entry. That of the first end stays: later ones only say it again.
    fn end(&mut self, how: (Outcome, Option<Millionths>, Points, Timestamp), position: u64) {
        self.ended = Some(how);
        self.end_position.get_or_insert(position);
        self.changed = position;
    }

    /// How it ends when its author leaves before it did.
    const fn gone_with_author(&self) -> (Outcome, Option<Millionths>, Points, Timestamp) {
        (Outcome::Annulled, None, Points::ZERO, self.made_at)
    }

    /// Whether its words are kept from others: hidden by a moderator, or taken back.
    pub const fn keeps_words_back(&self) -> bool {
        self.hidden || self.words_withdrawn
    }

    /// Whether it is gone from every list of drops: taken back, or removed.
    pub const fn is_gone(&self) -> bool {
        matches!(self.ended, Some((Outcome::Withdrawn | Outcome::Annulled, ..)))
    }

    /// Whether a rating of an instant says something about its rater: it came while nobody could know the outcome. The
    /// instant of the outcome is inside, for it may be that of the rating which completed the quorum.
    pub fn rated_blind(&self, at: Timestamp) -> bool {
        self.ended.is_none_or(|(.., effective_at)| at <= effective_at)
    }
}

/// A circle as readers know it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LiveCircle {
    /// Who is in it.
    pub members: BTreeSet<UserId>,
    /// Members who may moderate, its creator among them.
    pub moderators: BTreeSet<UserId>,
    /// Σ stake · score of settled drops by author, in milli-points times millionths.
    pub contributions: BTreeMap<UserId, i64>,
}

/// What the operator made of a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveResolution {
    /// What was found.
    pub kind: FindingKind,
    /// Who is part of it.
    pub members: Vec<UserId>,
    /// How sure the scan was.
    pub probability: Millionths,
    /// What it is.
    pub resolution: Resolution,
    /// Why.
    pub note: String,
    /// When the operator said so.
    pub at: Timestamp,
}

/// Everything readers hold of the ledger.
#[derive(Debug, Clone)]
pub struct Live {
    /// Entries folded so far.
    pub position: u64,
    /// The hash of the newest leaf that was folded.
    pub last: Hash,
    /// How many entries there were when somebody last left.
    pub left_by: u64,
    /// Who trusts whom.
    pub graph: TrustGraph,
    /// Everyone who is not erased.
    pub people: BTreeMap<UserId, LivePerson>,
    /// Every drop that is not erased.
    pub drops: BTreeMap<DropId, LiveDrop>,
    /// Every circle that is not closed.
    pub circles: BTreeMap<CircleId, LiveCircle>,
    /// Who blocks whom.
    pub blocks: BTreeSet<(UserId, UserId)>,
    /// What the operator last made of each finding whose people are all still there.
    pub resolved: BTreeMap<FindingId, LiveResolution>,
    pub(super) index: Index,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            position: 0,
            last: Hash::from_bytes([0; 32]),
            left_by: 0,
            graph: TrustGraph::default(),
            people: BTreeMap::new(),
            drops: BTreeMap::new(),
            circles: BTreeMap::new(),
            blocks: BTreeSet::new(),
            resolved: BTreeMap::new(),
            index: Index::default(),
        }
    }
}

impl Live {
    /// Folds the next entry. Entries whose body was erased only move the position on.
    pub fn apply(&mut self, stored: &StoredEntry) -> Result<(), CorruptEntry> {
        let entry = stored.read()?;
        if let Some(body) = entry.body {
            self.fold(body.event, entry.leaf.at, stored.position);
        }
        self.last = leaf_hash(&stored.leaf);
        self.position = stored.position + 1;
        Ok(())
    }

    /// What people call a person: a name of another system only while nobody stands behind the account.
    pub fn name(&self, user: UserId) -> String {
        let known = self.people.get(&user);
        let handle = known.and_then(|person| person.handle.as_ref()).map(ToString::to_string);
        let claim = || known.filter(|person| !person.claimed)?.claim.as_ref().map(ToString::to_string);
        handle.or_else(claim).unwrap_or_else(|| user.short())
    }

    /// The circles a person is in.
    pub fn circles_of(&self, user: UserId) -> impl Iterator<Item = CircleId> + '_ {
        self.index.circles_of(user)
    }

    /// Whether a person may moderate a circle.
    pub fn moderates(&self, circle: CircleId, user: UserId) -> bool {
        self.circles.get(&circle).is_some_and(|c| c.moderators.contains(&user))
    }

    /// Everyone who is in a circle with a person, themselves among them.
    pub fn circle_mates(&self, user: UserId) -> BTreeSet<UserId> {
        let own = self.circles_of(user).filter_map(|id| self.circles.get(&id));
        own.flat_map(|c| c.members.iter().copied()).collect()
    }

    /// Drops of an author, in no telling order.
    pub fn drops_of(&self, author: UserId) -> impl Iterator<Item = (DropId, &LiveDrop)> {
        self.index.drops_of(author).filter_map(|id| Some((id, self.drops.get(&id)?)))
    }

    /// Drops made since an instant, newest first.
    pub fn drops_since(&self, oldest: Timestamp) -> impl Iterator<Item = (DropId, &LiveDrop)> {
        self.index.drops_since(oldest).filter_map(|id| Some((id, self.drops.get(&id)?)))
    }

    /// The person of a pseudonym.
    pub fn called(&self, pseudonym: Pseudonym) -> Option<UserId> {
        self.index.called(pseudonym)
    }

    /// A uniform sample of everyone.
    pub fn crowd(&self) -> &Crowd {
        self.index.crowd()
    }

    /// Whether two people are in a circle together.
    pub fn share_circle(&self, a: UserId, b: UserId) -> bool {
        self.circles_of(a).any(|id| self.circles.get(&id).is_some_and(|c| c.members.contains(&b)))
    }

    pub(crate) fn fold(&mut self, event: Event, at: Timestamp, position: u64) {
        match event {
            Event::UserRegistered { user, pseudonym, handle, claims, claimed } => {
                let claim = claims.into_iter().next();
                let verification = Verification::None;
                let (frozen, seed) = (false, false);
                let since = at;
                let person =
                    LivePerson { pseudonym, handle, claim, claimed, since, frozen, verification, seed };
                self.people.insert(user, person);
                self.index.person_came(user, pseudonym);
            }
            Event::UserClaimed { user, handle, claims } => {
                if let Some(person) = self.people.get_mut(&user) {
                    if !person.claimed {
                        person.since = at;
                    }
                    person.claimed = true;
                    person.handle = handle.or(person.handle.take());
                    person.claim = person.claim.take().or_else(|| claims.into_iter().next());
                }
            }
            Event::UserVerified { user, level, .. } => {
                if let Some(person) = self.people.get_mut(&user) {
                    person.verification = level;
                }
            }
            Event::UserFrozen { user, frozen } => {
                if let Some(person) = self.people.get_mut(&user) {
                    person.frozen = frozen;
                }
            }
            Event::UserSeeded { user, seed } => {
                if let Some(person) = self.people.get_mut(&user) {
                    person.seed = seed;
                }
            }
            Event::UserErased { user, keep_drops, checkpoints, earlier, .. } => {
                for (user, keep_drops) in earlier {
                    self.forget(user, keep_drops, position);
                }
                self.forget(user, keep_drops, position);
                self.left_by = position + 1;
                for checkpoint in checkpoints {
                    self.restore(checkpoint.state, position);
                }
            }
            Event::UserBlocked { user, target, blocked: true } => {
                self.blocks.insert((user, target));
            }
            Event::UserBlocked { user, target, blocked: false } => {
                self.blocks.remove(&(user, target));
            }
            Event::TrustSet { from, to, weight } => self.graph.set(from, to, Some(weight)),
            Event::TrustRemoved { from, to } => self.graph.set(from, to, None),
            Event::TrustImported { from, edges } => {
                for (to, weight) in edges {
                    self.graph.set(from, to, Some(weight));
                }
            }
            Event::DropMade { drop, author, track, stake, circle, .. } => {
                let ratings = Vec::new();
                let made = LiveDrop {
                    author,
                    track,
                    circle,
                    stake,
                    made_at: at,
                    position,
                    ratings,
                    ended: None,
                    end_position: None,
                    ended_by: None,
                    changed: position,
                    found: None,
                    hidden: false,
                    words_withdrawn: false,
                };
                self.drops.insert(drop, made);
                self.index.drop_made(drop, author, at);
            }
            other => self.fold_more(other, at, position),
        }
    }

    fn fold_more(&mut self, event: Event, at: Timestamp, position: u64) {
        match event {
            Event::DropRated { drop, rater, stars } => {
                if let Some(drop) = self.drops.get_mut(&drop) {
                    drop.ratings.push((rater, stars, at));
                    drop.changed = position;
                }
            }
            Event::DropHidden { drop, hidden, .. } => {
                if let Some(drop) = self.drops.get_mut(&drop) {
                    drop.hidden = hidden;
                }
            }
            Event::DropWithdrawn { drop, refunded, .. } => {
                if let Some(drop) = self.drops.get_mut(&drop) {
                    drop.words_withdrawn = true;
                    if refunded {
                        drop.end((Outcome::Withdrawn, None, drop.stake, drop.made_at), position);
                    }
                }
            }
            Event::DropSettled { drop, author, settlement }
            | Event::DropFaded { drop, author, settlement } => {
                self.end(drop, author, &settlement, position);
            }
            Event::DropAnnulled { drop, author, by, settlement } => {
                self.end(drop, author, &settlement, position);
                if let Some(drop) = self.drops.get_mut(&drop) {
                    drop.ended_by = by;
                    drop.hidden = true;
                }
            }
            Event::CircleCreated { circle: id, creator, .. } => {
                let circle = self.circles.entry(id).or_default();
                circle.members.insert(creator);
                circle.moderators.insert(creator);
                self.index.joined(id, creator);
            }
            Event::CircleJoined { circle, user } => {
                self.circles.entry(circle).or_default().members.insert(user);
                self.index.joined(circle, user);
            }
            Event::CircleRoleSet { circle, user, role, .. } => {
                if let Some(circle) = self.circles.get_mut(&circle) {
                    if role >= Role::Moderator {
                        circle.moderators.insert(user);
                    } else {
                        circle.moderators.remove(&user);
                    }
                }
            }
            Event::CircleLeft { circle, user } | Event::CircleRemoved { circle, user, .. } => {
                self.index.left(circle, user);
                if let Some(circle) = self.circles.get_mut(&circle) {
                    circle.members.remove(&user);
                    circle.moderators.remove(&user);
                }
            }
            Event::CircleClosed { circle, .. } => self.close(circle),
            Event::FindingResolved { finding, kind, members, probability, resolution, note } => {
                let note = note.as_str().to_owned();
                let resolved = LiveResolution { kind, members, probability, resolution, note, at };
                self.resolved.insert(finding, resolved);
            }
            _ => {}
        }
    }

    fn end(&mut self, id: DropId, author: UserId, settlement: &Settlement, position: u64) {
        let Some(drop) = self.drops.get_mut(&id) else {
            return;
        };
        let Settlement { outcome, score, left, effective_at, .. } = *settlement;
        drop.end((outcome, score, left, effective_at), position);
        drop.found = settlement.method.zip(settlement.uncertainty);
        let circle = drop.circle.and_then(|id| self.circles.get_mut(&id));
        if let (Some(circle), Some(score)) = (circle, settlement.score) {
            let earned = circle.contributions.entry(author).or_default();
            *earned = earned.saturating_add(settlement.left.milli().saturating_mul(i64::from(score.get())));
        }
    }

    /// What drops and circles are after entries of their past were erased.
    fn restore(&mut self, state: StreamState, position: u64) {
        match state {
            StreamState::Drop(state) => {
                let Some(drop) = self.drops.get_mut(&state.id) else {
                    return;
                };
                drop.changed = position;
                (drop.hidden, drop.words_withdrawn) = (state.hidden, state.words_withdrawn);
                if let DropStatus::Ended { outcome, score, left, effective_at } = state.status {
                    drop.end((outcome, score, left, effective_at), position);
                }
            }
            StreamState::Circle(state) if state.closed_at.is_some() => self.close(state.id),
            StreamState::Circle(state) => {
                let moderators = state.members.iter().filter(|m| m.role >= Role::Moderator);
                let circle = self.circles.entry(state.id).or_default();
                circle.moderators = moderators.map(|m| m.user).collect();
                let members = state.members.iter().map(|m| m.user).collect();
                let before = std::mem::replace(&mut circle.members, members);
                for user in before {
                    self.index.left(state.id, user);
                }
                for member in &state.members {
                    self.index.joined(state.id, member.user);
                }
            }
            StreamState::User(_) | StreamState::Community(_) => {}
        }
    }

    fn close(&mut self, id: CircleId) {
        for user in self.circles.remove(&id).into_iter().flat_map(|circle| circle.members) {
            self.index.left(id, user);
        }
    }

    fn forget(&mut self, user: UserId, keep_drops: bool, position: u64) {
        if let Some(person) = self.people.remove(&user) {
            self.index.person_went(user, person.pseudonym, self.people.keys());
        }
        self.graph.remove_user(user);
        self.blocks.retain(|(a, b)| *a != user && *b != user);
        self.resolved.retain(|_, resolved| !resolved.members.contains(&user));
        for drop in self.drops.values_mut() {
            let ratings = drop.ratings.len();
            drop.ratings.retain(|(rater, ..)| *rater != user);
            if drop.ratings.len() < ratings {
                drop.changed = position;
            }
            // An erasure that says an earlier one again takes the place of its entry, which is not left to read.
            if drop.author == user && drop.ended.is_none_or(|ended| ended == drop.gone_with_author()) {
                drop.ended = Some(drop.gone_with_author());
                (drop.end_position, drop.changed) = (Some(position), position);
            }
            // So it is with the entry of a removal, which names the moderator.
            if drop.ended_by == Some(user) {
                drop.ended_by = None;
                (drop.end_position, drop.changed) = (Some(position), position);
            }
        }
        if !keep_drops {
            for drop in self.index.drops_of(user).collect::<Vec<_>>() {
                if let Some(gone) = self.drops.remove(&drop) {
                    self.index.drop_went(drop, user, gone.made_at);
                }
            }
        }
        for circle in self.circles_of(user).collect::<Vec<_>>() {
            self.index.left(circle, user);
        }
        for circle in self.circles.values_mut() {
            circle.members.remove(&user);
            circle.moderators.remove(&user);
            circle.contributions.remove(&user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_tells_something_until_the_outcome_is_known() {
        let nil = uuid::Uuid::nil();
        let open = LiveDrop {
            author: UserId::from_uuid(nil),
            track: TrackId::from_uuid(nil),
            circle: None,
            stake: Points::ZERO,
            made_at: Timestamp::from_seconds(0),
            position: 0,
            ratings: Vec::new(),
            ended: None,
            end_position: None,
            ended_by: None,
            changed: 0,
            found: None,
            hidden: false,
            words_withdrawn: false,
        };
        let blind = |drop: &LiveDrop| [9, 10, 11].map(|at| drop.rated_blind(Timestamp::from_seconds(at)));
        assert_eq!(blind(&open), [true; 3]);
        let ended = Some((Outcome::Success, None, Points::ZERO, Timestamp::from_seconds(10)));
        assert_eq!(blind(&LiveDrop { ended, ..open }), [true, true, false]);
    }
}
