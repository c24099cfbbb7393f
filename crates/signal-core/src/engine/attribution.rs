//! What became of drops: how many people were shown them, played the track after, and kept it.
//!
//! Single listens fold into monthly counts in time, which no longer say when a play was. Before that happens, the
//! conversions of everybody who was shown a drop so long ago are booked as numbers; later ones are counted anew each time.
//! So every showing is counted once, by its own instant.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Engine, Result, corrupt};
use crate::feed::conversions;
use crate::live::Live;
use crate::model::{DropId, Span, Timestamp, TrackId, UserId};
use crate::policy::Policy;
use crate::store::StoreError;
use crate::taste::identity::Merges;

/// The state value that keeps what was booked.
const BOOKED: &str = "conversions";
/// Version of the format written by this code.
const VERSION: u8 = 1;
/// Drops and tracks asked about at once.
const CHUNK: usize = 1_000;

/// How many people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Response {
    /// Played the track after they were shown the drop.
    pub(super) played: u64,
    /// Played it on several days.
    pub(super) kept: u64,
}

/// Conversions of showings before an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Booked {
    v: u8,
    until: Timestamp,
    drops: BTreeMap<DropId, Response>,
}

impl Default for Booked {
    fn default() -> Self {
        Self { v: VERSION, until: Timestamp::MIN, drops: BTreeMap::new() }
    }
}

/// What conversions depend on besides plays: who dropped what, and which tracks are one.
#[derive(Debug)]
pub(super) struct Dropped {
    /// By the track they are read as.
    drops: BTreeMap<TrackId, Vec<DropId>>,
    authors: BTreeMap<DropId, UserId>,
    /// The tracks that are read as one.
    tracks: BTreeMap<TrackId, Vec<TrackId>>,
}

impl Dropped {
    /// All drops, or those of the same tracks as the ones asked for.
    pub(super) fn of(live: &Live, merges: &Merges, asked: Option<&BTreeSet<DropId>>) -> Self {
        let mut tracks: BTreeMap<TrackId, Vec<TrackId>> = BTreeMap::new();
        for merge in merges.all() {
            let root = merges.root(merge.from);
            tracks.entry(root).or_insert_with(|| vec![root]).push(merge.from);
        }
        let root_of = |id: &DropId| live.drops.get(id).map(|drop| merges.root(drop.track));
        let wanted: Option<BTreeSet<_>> = asked.map(|asked| asked.iter().filter_map(root_of).collect());
        let mut dropped = Self { drops: BTreeMap::new(), authors: BTreeMap::new(), tracks };
        for (id, drop) in &live.drops {
            let root = merges.root(drop.track);
            if wanted.as_ref().is_none_or(|wanted| wanted.contains(&root)) {
                dropped.drops.entry(root).or_default().push(*id);
                dropped.authors.insert(*id, drop.author);
            }
        }
        dropped
    }

    /// Pairs to ask for, all of one track together.
    fn chunks(&self) -> Vec<Vec<(DropId, TrackId)>> {
        let mut chunks: Vec<Vec<_>> = Vec::new();
        for (root, drops) in &self.drops {
            let own = [*root];
            let tracks = self.tracks.get(root).map_or(own.as_slice(), Vec::as_slice);
            let pairs = drops.iter().flat_map(|drop| tracks.iter().map(|track| (*drop, *track)));
            match chunks.last_mut().filter(|chunk| chunk.len() < CHUNK) {
                Some(chunk) => chunk.extend(pairs),
                None => chunks.push(pairs.collect()),
            }
        }
        chunks
    }
}

impl Engine {
    /// What people made of drops, those without any conversion left out.
    pub(super) async fn responses(
        &self,
        dropped: &Dropped,
        policy: &Policy,
    ) -> Result<BTreeMap<DropId, Response>> {
        let Booked { until, drops: mut responses, .. } = self.booked().await?;
        for chunk in dropped.chunks() {
            self.count(&chunk, dropped, policy, (until, Timestamp::MAX), &mut responses).await?;
        }
        responses.retain(|drop, _| dropped.authors.contains_key(drop));
        Ok(responses)
    }

    /// Adds conversions of those who were shown a drop from the first instant on, before the second.
    async fn count(
        &self,
        asked: &[(DropId, TrackId)],
        dropped: &Dropped,
        policy: &Policy,
        (from, to): (Timestamp, Timestamp),
        responses: &mut BTreeMap<DropId, Response>,
    ) -> Result<()> {
        let plays = self.store().plays_after(asked, policy.feed.attribution_days).await?;
        let short_ms = policy.taste.skip_seconds.saturating_mul(1_000);
        let is_author = |user, drop| dropped.authors.get(&drop) == Some(&user);
        for found in conversions(&plays, short_ms, is_author) {
            if found.shown_at >= from && found.shown_at < to {
                let response = responses.entry(found.drop).or_default();
                response.played += 1;
                response.kept += u64::from(found.kept);
            }
        }
        Ok(())
    }

    /// Books the conversions of showings before the month that holds the instant: listens older than that are about to
    /// fold. Doing it again changes nothing.
    pub(super) async fn book_conversions(&self, before: Timestamp, policy: &Policy) -> Result<()> {
        let mut booked = self.booked().await?;
        let Some(until) = Span::month_of(before).map(|month| month.from) else { return Ok(()) };
        if until <= booked.until {
            return Ok(());
        }
        self.catch_up().await?;
        let merges = self.all_merges().await?;
        let dropped = self.live(|live| Dropped::of(live, &merges, None));
        for chunk in dropped.chunks() {
            self.count(&chunk, &dropped, policy, (booked.until, until), &mut booked.drops).await?;
        }
        booked.until = until;
        booked.drops.retain(|drop, _| dropped.authors.contains_key(drop));
        let bytes = serde_json::to_vec(&booked).map_err(|error| unreadable("book conversions", error))?;
        Ok(self.store().put_state(BOOKED, &bytes).await?)
    }

    async fn booked(&self) -> Result<Booked> {
        let Some(bytes) = self.store().state(BOOKED).await? else { return Ok(Booked::default()) };
        Ok(serde_json::from_slice(&bytes).map_err(|error| unreadable("count conversions", error))?)
    }
}

fn unreadable(doing: &str, error: serde_json::Error) -> StoreError {
    corrupt(doing, "what was booked of drops", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_booked_yesterday_is_read() {
        let bytes = r#"{"v":1,"until":1767225600000000,
            "drops":{"01890a5d-ac96-774b-bcce-b302099a8057":{"played":5,"kept":2}}}"#;
        let booked: Booked = serde_json::from_str(bytes).expect("reads");
        assert_eq!(booked.until.to_string(), "2026-01-01T00:00:00Z");
        let response = booked.drops.values().next().expect("a drop");
        assert_eq!((response.played, response.kept), (5, 2));
        let again: Booked =
            serde_json::from_slice(&serde_json::to_vec(&booked).expect("writes")).expect("reads");
        assert_eq!(again, booked);
    }
}
