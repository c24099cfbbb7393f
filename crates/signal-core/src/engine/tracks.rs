//! Which tracks are one: merging them, and taking a merge back.

use std::collections::BTreeSet;

use super::import::UNKNOWN_ARTIST;
use super::{Engine, EngineError, ROWS_CHUNK, Result};
use crate::model::{Merge, Same, Track, TrackId, Viewer};
use crate::store::Page;
use crate::taste::identity::{Merges, Recording, Verdict, judge};

impl Engine {
    /// Reads a track as another one from now on: whoever played the one has played the other. What was claimed and
    /// played stays with the track that has it, so that [`Engine::unmerge_track`] leaves everything as it was. For the
    /// operator.
    pub async fn merge_tracks(&self, viewer: Viewer, from: TrackId, into: TrackId) -> Result<()> {
        self.tracks_of_operator(viewer, &[from, into]).await?;
        let merge = Merge { from, into, why: Same::Name, at: self.now() };
        let mut merges = self.all_merges().await?;
        merges.note(merge).map_err(|error| EngineError::invalid("merge", error.to_string()))?;
        self.store().put_merges(&[merge]).await?;
        Ok(())
    }

    /// Takes the merge of a track back, and gives whether there was one. For the operator.
    pub async fn unmerge_track(&self, viewer: Viewer, from: TrackId) -> Result<bool> {
        self.tracks_of_operator(viewer, &[from]).await?;
        Ok(self.store().remove_merge(from).await?)
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
    async fn all_merges(&self) -> Result<Merges> {
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
            let tracks = self.store().tracks(&[from, into]).await?;
            let [Some(one), Some(other)] = tracks.as_slice() else { continue };
            let recording = |track: &Track| Recording {
                names: (track.artist_name != UNKNOWN_ARTIST)
                    .then(|| (track.artist_name.clone(), track.title.clone())),
                ..Recording::default()
            };
            let contrary = matches!(judge(&recording(one), &recording(other), &policy), Verdict::Apart(_));
            let merge = Merge { from, into, why: Same::Name, at: self.now() };
            if !contrary && merges.note(merge).is_ok() {
                new.push(merge);
            }
        }
        self.store().put_merges(&new).await?;
        Ok(())
    }
}
