//! What is going to happen, in the order of time.

use std::collections::BTreeMap;

use crate::model::{CircleId, DropId, Timestamp};

/// Something a person will do. People are meant by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// They claim their account.
    Join {
        /// Who.
        who: usize,
    },
    /// They look for a circle of their scene, and found it where there is none.
    Gather {
        /// Who.
        who: usize,
    },
    /// They vouch for a song.
    Drop {
        /// Who.
        who: usize,
    },
    /// A drop is on their screen.
    See(Encounter),
    /// They say what they think of it.
    Rate(Encounter),
}

/// A person in front of a drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encounter {
    /// Who.
    pub(super) who: usize,
    /// Whose drop.
    pub(super) author: usize,
    /// The drop.
    pub(super) drop: DropId,
    /// The song in it.
    pub(super) song: usize,
    /// Its circle.
    pub(super) circle: Option<CircleId>,
}

/// Deeds by their instant; those of one instant in the order in which they were planned.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    deeds: BTreeMap<(Timestamp, u64), Deed>,
    planned: u64,
}

impl Agenda {
    /// Plans a deed.
    pub(super) fn plan(&mut self, at: Timestamp, deed: Deed) {
        self.deeds.insert((at, self.planned), deed);
        self.planned += 1;
    }

    /// The next deed before an instant, taken off the agenda.
    pub(super) fn next_before(&mut self, end: Timestamp) -> Option<(Timestamp, Deed)> {
        let next = self.deeds.first_entry().filter(|entry| entry.key().0 < end)?;
        let ((at, _), deed) = next.remove_entry();
        Some((at, deed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_come_in_the_order_of_time() {
        let mut agenda = Agenda::default();
        for (seconds, who) in [(5, 0), (3, 1), (5, 2), (9, 3)] {
            agenda.plan(Timestamp::from_seconds(seconds), Deed::Join { who });
        }
        let mut order = Vec::new();
        while let Some((_, Deed::Join { who })) = agenda.next_before(Timestamp::from_seconds(9)) {
            order.push(who);
        }
        assert_eq!(order, [1, 0, 2]);
    }
}
