//! Ways to look up what is held other than by its id.

use std::collections::{BTreeMap, BTreeSet};

use super::community::{LiveCircle, LiveDrop, LivePerson};
use crate::compatibility::Crowd;
use crate::model::{CircleId, DropId, Pseudonym, Timestamp, UserId};

/// Seed of the sample behind a percentile: the same people for everybody's question.
const CROWD_SEED: u64 = 0x5349_474e_414c;

/// Drops by author and by age, circles by member, people by pseudonym, and a sample of people.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Index {
    by_author: BTreeMap<UserId, BTreeSet<DropId>>,
    by_age: BTreeSet<(Timestamp, DropId)>,
    by_member: BTreeMap<UserId, BTreeSet<CircleId>>,
    by_pseudonym: BTreeMap<Pseudonym, UserId>,
    crowd: Crowd,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            by_author: BTreeMap::new(),
            by_age: BTreeSet::new(),
            by_member: BTreeMap::new(),
            by_pseudonym: BTreeMap::new(),
            crowd: Crowd::new(CROWD_SEED),
        }
    }
}

impl Index {
    /// The ways to look up all of this.
    pub(super) fn of(
        people: &BTreeMap<UserId, LivePerson>,
        drops: &BTreeMap<DropId, LiveDrop>,
        circles: &BTreeMap<CircleId, LiveCircle>,
    ) -> Self {
        let mut index = Self::default();
        for (user, person) in people {
            index.person_came(*user, person.pseudonym);
        }
        for (id, drop) in drops {
            index.drop_made(*id, drop.author, drop.made_at);
        }
        for (id, circle) in circles {
            for member in &circle.members {
                index.joined(*id, *member);
            }
        }
        index
    }

    pub(super) fn person_came(&mut self, user: UserId, pseudonym: Pseudonym) {
        self.by_pseudonym.insert(pseudonym, user);
        self.crowd.insert(user);
    }

    pub(super) fn person_went<'a>(
        &mut self,
        user: UserId,
        pseudonym: Pseudonym,
        rest: impl ExactSizeIterator<Item = &'a UserId>,
    ) {
        self.by_pseudonym.remove(&pseudonym);
        self.crowd.remove(user, rest);
    }

    pub(super) fn drop_made(&mut self, drop: DropId, author: UserId, at: Timestamp) {
        self.by_author.entry(author).or_default().insert(drop);
        self.by_age.insert((at, drop));
    }

    pub(super) fn drop_went(&mut self, drop: DropId, author: UserId, at: Timestamp) {
        take(&mut self.by_author, author, drop);
        self.by_age.remove(&(at, drop));
    }

    pub(super) fn joined(&mut self, circle: CircleId, user: UserId) {
        self.by_member.entry(user).or_default().insert(circle);
    }

    pub(super) fn left(&mut self, circle: CircleId, user: UserId) {
        take(&mut self.by_member, user, circle);
    }

    pub(super) fn drops_of(&self, author: UserId) -> impl Iterator<Item = DropId> + '_ {
        self.by_author.get(&author).into_iter().flatten().copied()
    }

    /// Drops made since an instant, newest first.
    pub(super) fn drops_since(&self, oldest: Timestamp) -> impl Iterator<Item = DropId> + '_ {
        self.by_age.iter().rev().take_while(move |(at, _)| *at >= oldest).map(|(_, drop)| *drop)
    }

    pub(super) fn circles_of(&self, user: UserId) -> impl Iterator<Item = CircleId> + '_ {
        self.by_member.get(&user).into_iter().flatten().copied()
    }

    pub(super) fn called(&self, pseudonym: Pseudonym) -> Option<UserId> {
        self.by_pseudonym.get(&pseudonym).copied()
    }

    pub(super) fn crowd(&self) -> &Crowd {
        &self.crowd
    }
}

/// Takes one of somebody's things away, and the somebody with the last of them.
fn take<T: Ord>(map: &mut BTreeMap<UserId, BTreeSet<T>>, user: UserId, thing: T) {
    if let Some(things) = map.get_mut(&user) {
        things.remove(&thing);
        if things.is_empty() {
            map.remove(&user);
        }
    }
}
