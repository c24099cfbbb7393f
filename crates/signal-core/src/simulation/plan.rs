//! What is simulated.

use super::attack::Plant;
use crate::model::Timestamp;

/// Midnight of 1 June 2026, UTC.
const FIRST_DAY: i64 = 1_780_272_000;

/// A community to be lived. The same plan gives the same ledger, byte for byte, on every store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Decides everything that chance decides.
    pub seed: u64,
    /// How many people there are, the planted ones included.
    pub people: usize,
    /// How many days they live.
    pub days: u32,
    /// The first instant.
    pub start: Timestamp,
    /// False accounts of one person, who trust each other and rate each other up, one of them above all.
    pub sybils: usize,
    /// Real people who give each other five stars whatever they drop.
    pub praise_ring: usize,
    /// Real friends of one taste, who trust each other and say what they think. They must not be found.
    pub friends: usize,
    /// Days from one epoch to the next.
    pub epoch_days: u32,
    /// People planted for a measurement, beside those above.
    pub plant: Option<Plant>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 7,
            people: 2_400,
            days: 90,
            start: Timestamp::from_seconds(FIRST_DAY),
            sybils: 30,
            praise_ring: 7,
            friends: 7,
            epoch_days: 7,
            plant: None,
        }
    }
}

impl Plan {
    /// The instant at which the simulation stops.
    pub fn end(&self) -> Timestamp {
        self.start.plus_days(i64::from(self.days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_a_summer() {
        let plan = Plan::default();
        assert_eq!(plan.start.to_string(), "2026-06-01T00:00:00Z");
        assert_eq!(plan.end().to_string(), "2026-08-30T00:00:00Z");
    }
}
