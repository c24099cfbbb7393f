//! Which tracks are one: merging them, and taking a merge back.

use std::collections::BTreeSet;

use super::answer::{MergeAnswer, MergedTrack};
use super::import::UNKNOWN_ARTIST;
use super::{Engine, EngineError, ROWS_CHUNK, Result};
use crate::model::{Claim, Merge, Same, Track, TrackId, TrackRef, Viewer};
use crate::store::Page;
use crate::taste::identity::{Merges, Recording, Verdict, judge};

impl Engine {
    /// The track that somebody names, where it is known; nothing is added to the catalogue. For the operator: a track is
    /// known because somebody played or dropped it.
    pub async fn known_track(&self, viewer: Viewer, track: &TrackRef) -> Result<TrackId> {
        self.tracks_of_operator(viewer, &[]).await?;
        let named = track.names().and_then(|(artist, title)| TrackRef::named(artist, title).ok());
        let claims: Vec<_> =
            std::iter::once(track).chain(named.as_ref()).map(|named| named.claim().clone()).collect();
        let found = self.store().find_items(&claims).await?.into_iter().flatten().next();
        found.map(TrackId::from_uuid).ok_or_else(|| EngineError::not_found("track"))
    }

    /// All merges that stand, by the track that was merged, with names. For the operator.
    pub async fn merges(&self, viewer: Viewer) -> Result<Vec<MergeAnswer>> {
        self.tracks_of_operator(viewer, &[]).await?;
        let merges: Vec<Merge> = self.all_merges().await?.all().copied().collect();
        let mut answers = Vec::with_capacity(merges.len());
        for chunk in merges.chunks(ROWS_CHUNK as usize) {
            let ids: Vec<_> = chunk.iter().flat_map(|merge| [merge.from, merge.into]).collect();
            let tracks = self.store().tracks(&ids).await?;
            for (merge, names) in chunk.iter().zip(tracks.chunks(2)) {
                let told = |id, place: usize| MergedTrack {
                    id,
                    name: names.get(place).and_then(Option::as_ref).map(Track::to_string),
                };
                let (from, into) = (told(merge.from, 0), told(merge.into, 1));
                answers.push(MergeAnswer { from, into, why: merge.why, at: merge.at });
            }
        }
        Ok(answers)
    }

    /// Reads a track as another one from now on: whoever played the one has played the other, and the other's artist. What
    /// was claimed and played stays with the track that has it, so that [`Engine::unmerge_track`] leaves everything as it
    /// was. Profiles follow when they are built again. For the operator.
    pub async fn merge_tracks(&self, viewer: Viewer, from: TrackId, into: TrackId) -> Result<()> {
        self.tracks_of_operator(viewer, &[from, into]).await?;
        let merge = Merge { from, into, why: Same::Operator, at: self.now() };
        let mut merges = self.all_merges().await?;
        merges.note(merge).map_err(|error| EngineError::invalid("merge", error.to_string()))?;
        self.store().put_merges(&[merge]).await?;
        self.store().remove_state(&kept_apart(from)).await?;
        self.forget_ears(None).await?;
        Ok(())
    }

    /// Takes the merge of a track back, and gives whether there was one. No source merges the track again. For the operator.
    pub async fn unmerge_track(&self, viewer: Viewer, from: TrackId) -> Result<bool> {
        self.tracks_of_operator(viewer, &[from]).await?;
        let merged = self.store().remove_merge(from).await?;
        if merged {
            self.store().put_state(&kept_apart(from), &[]).await?;
            self.forget_ears(None).await?;
        }
        Ok(merged)
    }

    async fn tracks_of_operator(&self, viewer: Viewer, tracks: &[TrackId]) -> Result<()> {
        let known = self.store().tracks(tracks).await?;
        if viewer == Viewer::Operator && known.iter().all(Option::is_some) {
            Ok(())
        } else {
            Err(EngineError::not_found("track"))
        }
    }

    /// All merges that stand.
    pub(super) async fn all_merges(&self) -> Result<Merges> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let rows = self.store().merges(Page { after, limit: ROWS_CHUNK }).await?;
            after = rows.last().map(|merge| merge.from);
            let done = rows.len() < ROWS_CHUNK as usize;
            all.extend(rows);
            if done {
                return Ok(Merges::standing(all));
            }
        }
    }

    /// Merges pairs of tracks that a source calls by one name, where nothing that is known of the two speaks against it.
    pub(super) async fn note_merges(&self, pairs: BTreeSet<(TrackId, TrackId)>) -> Result<()> {
        if pairs.is_empty() {
            return Ok(());
        }
        let policy = self.policy().await?.1.taste;
        let mut merges = self.all_merges().await?;
        let mut new = Vec::new();
        for (from, into) in pairs {
            if self.store().state(&kept_apart(from)).await?.is_some() {
                continue;
            }
            let tracks = self.store().tracks(&[from, into]).await?;
            let [Some(one), Some(other)] = tracks.as_slice() else { continue };
            let why = match judge(&self.recording(one).await?, &self.recording(other).await?, &policy) {
                Verdict::Same(why) => why,
                Verdict::Unrelated => Same::Name,
                Verdict::Apart(_) => continue,
            };
            let merge = Merge { from, into, why, at: self.now() };
            if merges.note(merge).is_ok() {
                new.push(merge);
            }
        }
        self.store().put_merges(&new).await?;
        Ok(())
    }

    /// What the catalogue knows of a track: its names, and what its claims say. Lengths are not kept.
    async fn recording(&self, track: &Track) -> Result<Recording> {
        let claims = self.store().item_claims(track.id.uuid()).await?;
        let mbid = claims.iter().find(|claim| claim.source() == "mbid").map(Claim::id);
        let known = track.artist_name != UNKNOWN_ARTIST;
        Ok(Recording {
            // A code belongs to one track only, so that no two could agree on one.
            isrc: None,
            mbid: mbid.and_then(|id| id.parse().ok()),
            names: known.then(|| (track.artist_name.clone(), track.title.clone())),
            length_ms: None,
        })
    }
}

/// The state value that says that the operator took the merge of a track back.
fn kept_apart(from: TrackId) -> String {
    format!("kept_apart:{from}")
}
