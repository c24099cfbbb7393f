//! Counts as others are told them: fixed when an epoch closes and told until the next one does, so that nobody can
//! watch a number move and know who moved it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::attribution::Dropped;
use super::{Engine, Result, corrupt, locked};
use crate::ledger::EpochRef;
use crate::live::Live;
use crate::model::{DropId, Pseudonym};
use crate::policy::{Policy, PrivacyPolicy};
use crate::privacy::shown_count;

/// The state value that keeps them.
const COUNTS: &str = "counts";
/// Version of the format written by this code.
const VERSION: u8 = 1;
/// Drops asked about at once.
const CHUNK: usize = 1_000;

/// How far a drop came, in people, as far as that may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Reach {
    pub(super) shown: Option<u64>,
    pub(super) played: Option<u64>,
    pub(super) kept: Option<u64>,
}

impl Reach {
    /// Without counts that are too small to be told.
    pub(super) fn large(self, policy: &PrivacyPolicy) -> Self {
        let large = |count: Option<u64>| count.and_then(|count| shown_count(count, policy));
        Self { shown: large(self.shown), played: large(self.played), kept: large(self.kept) }
    }
}

/// The counts of one epoch. Small ones are left out, and people appear by pseudonym, so that an erasure need not touch
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Counts {
    v: u8,
    epoch: u64,
    trusts: BTreeMap<Pseudonym, u64>,
    trusted_by: BTreeMap<Pseudonym, u64>,
    conversions: BTreeMap<DropId, u64>,
    #[serde(default)]
    shown: BTreeMap<DropId, u64>,
    #[serde(default)]
    kept: BTreeMap<DropId, u64>,
}

impl Counts {
    /// How many people someone trusts.
    pub(super) fn trusts(&self, who: Pseudonym) -> u64 {
        self.trusts.get(&who).copied().unwrap_or(0)
    }

    /// How many people trust someone.
    pub(super) fn trusted_by(&self, who: Pseudonym) -> u64 {
        self.trusted_by.get(&who).copied().unwrap_or(0)
    }

    /// How many people were shown a drop, played its track after, and played it on several days.
    pub(super) fn reach(&self, drop: DropId) -> Reach {
        let of = |counts: &BTreeMap<DropId, u64>| counts.get(&drop).copied();
        Reach { shown: of(&self.shown), played: of(&self.conversions), kept: of(&self.kept) }
    }
}

impl Engine {
    /// The counts of an epoch, which is the newest one; before the first there are none. Where a process ended between
    /// closing the epoch and counting, those of the epoch before.
    pub(super) async fn counts(&self, epoch: Option<EpochRef>) -> Result<Arc<Counts>> {
        let Some(epoch) = epoch else {
            return Ok(Arc::default());
        };
        if let Some(counts) = locked(&self.inner.counts).as_ref().filter(|c| c.epoch == epoch.number) {
            return Ok(Arc::clone(counts));
        }
        let Some(bytes) = self.store().state(COUNTS).await? else {
            return Ok(Arc::default());
        };
        let counts: Counts = serde_json::from_slice(&bytes)
            .map_err(|error| corrupt("tell counts", "what the last epoch counted", error))?;
        let counts = Arc::new(counts);
        *locked(&self.inner.counts) = Some(Arc::clone(&counts));
        Ok(counts)
    }

    /// Counts what others are told until the next epoch.
    pub(super) async fn fix_counts(&self, live: &Live, epoch: u64, policy: &Policy) -> Result<()> {
        let large = |count: u64| shown_count(count, &policy.privacy);
        let mut counts = Counts { v: VERSION, epoch, ..Counts::default() };
        for (user, person) in &live.people {
            let Some(index) = live.graph.index(*user) else { continue };
            let who = person.pseudonym;
            counts.trusts.extend(large(live.graph.outgoing(index).degree() as u64).map(|n| (who, n)));
            counts.trusted_by.extend(large(live.graph.incoming(index).degree() as u64).map(|n| (who, n)));
        }
        let drops: Vec<_> = live.drops.keys().copied().collect();
        for chunk in drops.chunks(CHUNK) {
            let shown = chunk.iter().zip(self.store().shown_counts(chunk).await?);
            counts.shown.extend(shown.filter_map(|(drop, n)| Some((*drop, large(n)?))));
        }
        let dropped = Dropped::of(live, &self.all_merges().await?, None);
        for (drop, response) in self.responses(&dropped, policy).await? {
            counts.conversions.extend(large(response.played).map(|n| (drop, n)));
            counts.kept.extend(large(response.kept).map(|n| (drop, n)));
        }
        let bytes = serde_json::to_vec(&counts)
            .map_err(|error| corrupt("close an epoch", "what it counted", error))?;
        Ok(self.store().put_state(COUNTS, &bytes).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_yesterday_are_read() {
        let bytes = r#"{"v":1,"epoch":4,"trusts":{"000102030405060708090a0b0c0d0e0f":7},
            "trusted_by":{"000102030405060708090a0b0c0d0e0f":12},
            "conversions":{"01890a5d-ac96-774b-bcce-b302099a8057":5}}"#;
        let counts: Counts = serde_json::from_str(bytes).expect("reads");
        let who = "000102030405060708090a0b0c0d0e0f".parse().expect("a pseudonym");
        let drop = "01890a5d-ac96-774b-bcce-b302099a8057".parse().expect("an id");
        assert_eq!((counts.v, counts.epoch), (1, 4));
        assert_eq!((counts.trusts(who), counts.trusted_by(who), counts.reach(drop).played), (7, 12, Some(5)));
        assert_eq!(counts.reach(drop).kept, None, "was not counted then");
        let other = Pseudonym::from_bytes([9; 16]);
        assert_eq!((counts.trusts(other), counts.trusted_by(other)), (0, 0));
    }
}
