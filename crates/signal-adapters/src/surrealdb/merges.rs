//! Which tracks are read as others.

use std::collections::{BTreeMap, BTreeSet};

use signal_core::model::{ArtistId, Merge, Timestamp, TrackId};
use signal_core::store::Page;
use surrealdb_types::{RecordId, RecordIdKey, SurrealValue, object};
use uuid::Uuid;

use super::catalogue;
use super::error::{Read, damaged};
use super::link::{Asks, Work};
use super::row::{self, Row, delete, found, list, record_of, there, uuid_of, write};

#[derive(Debug, SurrealValue)]
#[surreal(crate = "surrealdb_types")]
pub(super) struct MergeRow {
    id: RecordId,
    into: Uuid,
    why: String,
    at: i64,
}

impl Row for MergeRow {
    fn id(&self) -> &RecordId {
        &self.id
    }
}

impl MergeRow {
    pub(super) fn merge(&self) -> Read<Merge> {
        Ok(Merge {
            from: TrackId::from_uuid(uuid_of(&self.id)?),
            into: TrackId::from_uuid(self.into),
            why: self.why.parse().map_err(|error| damaged("merge", error))?,
            at: Timestamp::from_micros(self.at),
        })
    }
}

fn merge_of(track: TrackId) -> RecordId {
    record_of("merge", track.uuid())
}

/// Adds merges and gives how many are new.
pub(super) async fn put(work: &Work, merges: &[Merge]) -> Read<u64> {
    let mut new = BTreeMap::new();
    for merge in merges {
        new.entry(merge.from).or_insert(merge);
    }
    let known: BTreeSet<_> = there(work, new.keys().copied().map(merge_of)).await?.into_iter().collect();
    new.retain(|track, _| !known.contains(&merge_of(*track)));
    let rows: Vec<_> = new
        .into_values()
        .map(|merge| {
            object! {
                id: merge_of(merge.from),
                into: merge.into.uuid(),
                why: merge.why.as_str(),
                at: merge.at.micros(),
            }
        })
        .collect();
    let count = rows.len() as u64;
    write(work, "INSERT INTO merge $rows RETURN NONE", rows).await?;
    Ok(count)
}

/// Removes a merge and gives whether there was one.
pub(super) async fn remove(work: &Work, from: TrackId) -> Read<bool> {
    let known = there(work, [merge_of(from)]).await?;
    let was = !known.is_empty();
    delete(work, known).await?;
    Ok(was)
}

/// A page of merges.
pub(super) async fn page(asks: &dyn Asks, page: Page<TrackId>) -> Read<Vec<Merge>> {
    let after = page.after.map(|track| RecordIdKey::Uuid(track.uuid().into()));
    let with = object! { range: row::after("merge", after), limit: i64::from(page.limit) };
    let rows = asks.ask("SELECT * FROM $range LIMIT $limit", with).await?;
    row::rows::<MergeRow>(rows)?.iter().map(MergeRow::merge).collect()
}

/// Merges from tracks, by the track.
async fn from(asks: &dyn Asks, tracks: &BTreeSet<TrackId>) -> Read<Vec<Merge>> {
    let rows = found::<MergeRow>(asks, tracks.iter().copied().map(merge_of)).await?;
    rows.values().map(MergeRow::merge).collect()
}

/// Merges into tracks.
async fn into(asks: &dyn Asks, tracks: &BTreeSet<TrackId>) -> Read<Vec<Merge>> {
    let tracks = list(tracks.iter().map(|track| track.uuid()));
    let rows = asks.ask("SELECT * FROM merge WHERE into IN $tracks", object! { tracks: tracks }).await?;
    row::rows::<MergeRow>(rows)?.iter().map(MergeRow::merge).collect()
}

/// For each of the tracks, all that merges make one with it, itself among them.
pub(super) async fn linked(
    asks: &dyn Asks,
    tracks: &[TrackId],
) -> Read<BTreeMap<TrackId, BTreeSet<TrackId>>> {
    let mut links: BTreeMap<TrackId, Vec<TrackId>> = BTreeMap::new();
    let mut met: BTreeSet<_> = tracks.iter().copied().collect();
    let mut open = met.clone();
    while !open.is_empty() {
        let mut next = BTreeSet::new();
        for merge in from(asks, &open).await?.into_iter().chain(into(asks, &open).await?) {
            links.entry(merge.from).or_default().push(merge.into);
            links.entry(merge.into).or_default().push(merge.from);
            next.extend([merge.from, merge.into]);
        }
        open = next.into_iter().filter(|track| met.insert(*track)).collect();
    }
    Ok(tracks.iter().map(|track| (*track, all_linked(*track, &links))).collect())
}

fn all_linked(track: TrackId, links: &BTreeMap<TrackId, Vec<TrackId>>) -> BTreeSet<TrackId> {
    let (mut all, mut open) = (BTreeSet::from([track]), vec![track]);
    while let Some(track) = open.pop() {
        let fresh = links.get(&track).into_iter().flatten().filter(|other| all.insert(**other));
        open.extend(fresh.copied().collect::<Vec<_>>());
    }
    all
}

/// The artists for whom plays of tracks count: of the last track in the chain of merges where that is known, else of
/// the track itself. Tracks that nobody knows are left out.
pub(super) async fn artists(
    asks: &dyn Asks,
    tracks: &BTreeSet<TrackId>,
) -> Read<BTreeMap<TrackId, ArtistId>> {
    let mut read_as: BTreeMap<TrackId, TrackId> = BTreeMap::new();
    let mut met = tracks.clone();
    let mut open = tracks.clone();
    while !open.is_empty() {
        let merges = from(asks, &open).await?;
        read_as.extend(merges.iter().map(|merge| (merge.from, merge.into)));
        open = merges.into_iter().map(|merge| merge.into).filter(|track| met.insert(*track)).collect();
    }
    let known = catalogue::known_tracks(asks, met).await?;
    let artist = |track: &TrackId| {
        let own = known.get(track)?.artist;
        let end = end_of_chain(*track, &read_as).and_then(|end| known.get(&end));
        Some((*track, end.map_or(own, |end| end.artist)))
    };
    Ok(tracks.iter().filter_map(artist).collect())
}

/// The track that one is read as in the end; `None` where merges go round in a circle.
fn end_of_chain(track: TrackId, read_as: &BTreeMap<TrackId, TrackId>) -> Option<TrackId> {
    let (mut met, mut end) = (BTreeSet::new(), track);
    while let Some(next) = read_as.get(&end) {
        if !met.insert(end) {
            return None;
        }
        end = *next;
    }
    Some(end)
}
