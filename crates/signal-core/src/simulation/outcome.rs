//! What came of it.

use serde::Serialize;

use crate::model::{Points, Timestamp, UserId};

/// Who was planted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Truth {
    /// The false accounts, the one they work for first.
    pub sybils: Vec<UserId>,
    /// Those who praise each other whatever they drop.
    pub praise_ring: Vec<UserId>,
    /// Real friends, who are no attackers.
    pub friends: Vec<UserId>,
    /// Those of a planted attack, or the same people in its honest twin.
    pub plotters: Vec<UserId>,
}

impl Truth {
    /// Everybody who attacks.
    pub fn attackers(&self) -> impl Iterator<Item = UserId> + '_ {
        self.sybils.iter().chain(&self.praise_ring).chain(&self.plotters).copied()
    }
}

/// What a group of people had and has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Gain {
    /// How many people.
    pub people: usize,
    /// Opening balances of all of them.
    pub opening_millipoints: Points,
    /// What they hold at the end, available and staked.
    pub holdings_millipoints: Points,
}

impl Gain {
    /// What they won, or lost.
    pub fn net(&self) -> Points {
        self.holdings_millipoints - self.opening_millipoints
    }

    /// The same for one of them on average, rounded down.
    pub fn mean(&self) -> Points {
        i64::try_from(self.people)
            .ok()
            .filter(|people| *people > 0)
            .map_or(Points::ZERO, |people| self.net().scaled(1, people))
    }

    pub(super) fn add(&mut self, opening: Points, holdings: Points) {
        self.people += 1;
        self.opening_millipoints = self.opening_millipoints + opening;
        self.holdings_millipoints = self.holdings_millipoints + holdings;
    }
}

/// How much was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// People who claimed their account.
    pub joined: u64,
    /// Drops made.
    pub drops: u64,
    /// Ratings given.
    pub ratings: u64,
    /// Comments written.
    pub comments: u64,
    /// Drops that ended.
    pub settled: u64,
    /// Plays brought in day by day.
    pub listens: u64,
    /// Epochs closed.
    pub epochs: u64,
    /// Wishes that the rules refused: a stake above the balance, a full circle.
    pub refused: u64,
}

/// How drops ended, of which so many were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Ended {
    /// Drops made.
    pub drops: u64,
    /// Those that ended.
    pub settled: u64,
}

/// A life that was lived, with what only the simulation knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The instant at which it stopped.
    pub end: Timestamp,
    /// How much was done.
    pub tally: Tally,
    /// What friends in groups made of it.
    pub of_friends: Ended,
    /// Who was planted.
    pub truth: Truth,
    /// The attackers' money.
    pub attackers: Gain,
    /// Everybody else's.
    pub honest: Gain,
    /// Attackers who were in a finding of any epoch.
    pub caught: Vec<UserId>,
    /// Attackers who never were.
    pub missed: Vec<UserId>,
    /// Honest people who were.
    pub flagged: Vec<UserId>,
}
