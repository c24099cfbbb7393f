//! A soak: random commands by the million through `decide` and the sealer, with the books looked at after every entry.
//!
//! No store keeps what happens, so that memory stays the same however long it runs: states live here, entries are
//! looked at and let go. Nothing that it asks for is arranged to succeed; what the rules refuse is counted.

mod books;
mod town;
mod wish;

use serde::Serialize;

use self::books::Books;
use self::town::Town;
use crate::ledger::{AppendError, Fault};
use crate::model::{Hash, Points};

/// How long, and which one.
#[derive(Debug, Clone, Copy)]
pub struct SoakPlan {
    /// Entries to seal.
    pub events: u64,
    /// Another seed makes another history.
    pub seed: u64,
    /// People at any time; those who are erased are replaced.
    pub people: usize,
}

impl Default for SoakPlan {
    fn default() -> Self {
        Self { events: 10_000_000, seed: 1, people: 200 }
    }
}

/// What a soak went through. Every sum and every sign held, or there would be no report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SoakReport {
    /// Entries sealed.
    pub events: u64,
    /// Commands that the rules refused.
    pub refused: u64,
    /// Entries that moved points.
    pub moving: u64,
    /// Drops whose stake ended.
    pub ended: u64,
    /// People who were erased.
    pub erased: u64,
    /// Entries reversed.
    pub reversed: u64,
    /// Points that came into being.
    pub minted_millipoints: Points,
    /// Points that went out of being.
    pub burnt_millipoints: Points,
    /// The root over all entries.
    pub root: Hash,
}

/// What did not hold, and after which entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SoakError {
    /// The books are wrong.
    #[error("after entry {position}: {what}")]
    Books {
        /// Which entry.
        position: u64,
        /// What is wrong.
        what: String,
    },
    /// A decision could not be sealed, though nobody else writes.
    #[error("after {position} entries: {source}")]
    Append {
        /// How many there were.
        position: u64,
        /// Why not.
        source: AppendError,
    },
    /// The tree is not the one over the entries.
    #[error("after {position} entries: {fault} in the tree")]
    Tree {
        /// How many there were.
        position: u64,
        /// What it is.
        fault: Fault,
    },
}

/// Runs a soak to its end, or to the first thing that does not hold. `progress` hears of the entries sealed so far.
pub fn soak(plan: &SoakPlan, progress: &mut dyn FnMut(u64)) -> Result<SoakReport, SoakError> {
    const TELL_EVERY: u64 = 10_000;
    let (mut town, mut books) = (Town::new(plan), Books::default());
    let mut told = 0;
    while town.size() < plan.events {
        town.step(&mut books)?;
        if town.size() - told >= TELL_EVERY {
            told = town.size();
            books.recount(told)?;
            progress(told);
        }
    }
    books.recount(town.size())?;
    Ok(town.report(&books))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_hold_at_every_step_and_everything_happens() {
        let plan = SoakPlan { events: 30_000, seed: 7, people: 60 };
        let report = soak(&plan, &mut |_| {}).expect("the books hold");
        assert!(report.events >= 30_000 && report.refused > 0, "{report:?}");
        assert!(report.ended > 300 && report.erased > 10 && report.reversed > 10, "{report:?}");
        assert!(report.minted_millipoints > report.burnt_millipoints, "{report:?}");
        assert!(report.moving > 3_000, "{report:?}");
        let again = soak(&plan, &mut |_| {}).expect("the books hold");
        assert_eq!(report, again, "the same seed gives the same bytes");
    }
}
