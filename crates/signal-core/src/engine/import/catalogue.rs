//! What is meant: artists and tracks by claim, then by name.

use std::collections::{BTreeMap, BTreeSet};

use super::super::answer::ImportAnswer;
use super::super::{Engine, Result};
use super::Progress;
use crate::host::random;
use crate::model::{ArtistId, Claim, TrackId, TrackRef, normalise_name};
use crate::platform::{ImportRecord, ImportedArtist};
use crate::store::{ItemKind, NewItem};
use uuid::Uuid;

/// What stands for the artist of a track that is known by a platform's id alone.
pub(in crate::engine) const UNKNOWN_ARTIST: &str = "Unknown artist";

/// The claim under which an artist is found by name.
pub(in crate::engine) fn name_claim(name: &str) -> Option<Claim> {
    Claim::new("artist", &format!("name:{}", normalise_name(name))).ok()
}

impl Engine {
    /// Finds every artist the records name, or puts them into the catalogue.
    pub(super) async fn know_artists(
        &self,
        records: &[ImportRecord],
        source: &str,
        state: &mut Progress,
    ) -> Result<()> {
        let named = records.iter().filter_map(|record| match record {
            ImportRecord::ArtistPlays { artist, .. } | ImportRecord::ArtistTag { artist, .. } => Some(artist),
            _ => None,
        });
        let unknown: BTreeSet<_> =
            named.filter(|artist| !state.artists.contains_key(*artist)).cloned().collect();
        let unknown: Vec<ImportedArtist> = unknown.into_iter().collect();
        let found = self.put_artists(&unknown, source).await?;
        for (artist, found) in unknown.into_iter().zip(found) {
            if let Some((id, new)) = found {
                state.answer.artists_new += u64::from(new);
                state.artists.insert(artist, id);
            }
        }
        Ok(())
    }

    /// Artists by the source's own id, else by name. A name joins an artist of another source, but never two artists
    /// of the same source: the source knows better.
    async fn put_artists(
        &self,
        artists: &[ImportedArtist],
        source: &str,
    ) -> Result<Vec<Option<(ArtistId, bool)>>> {
        let own = |artist: &ImportedArtist| {
            artist.id.as_ref().and_then(|id| Claim::new("artist", &format!("{source}:{id}")).ok())
        };
        let claims: BTreeSet<_> =
            artists.iter().flat_map(|a| own(a).into_iter().chain(name_claim(&a.name))).collect();
        let claims: Vec<_> = claims.into_iter().collect();
        let found = self.store().find_items(&claims).await?;
        let known: BTreeMap<_, _> =
            claims.into_iter().zip(found).filter_map(|(c, id)| Some((c, id?))).collect();
        let mut items = Vec::new();
        let mut results = Vec::with_capacity(artists.len());
        for artist in artists {
            let (own, name) = (own(artist), name_claim(&artist.name));
            let Some(first) = own.clone().or_else(|| name.clone()) else {
                results.push(None);
                continue;
            };
            if let Some(id) = known.get(&first) {
                results.push(Some((ArtistId::from_uuid(*id), false)));
                continue;
            }
            let mut claims: Vec<_> = own.into_iter().chain(name.clone()).collect();
            if let Some(id) = name.as_ref().and_then(|name| known.get(name)) {
                let prefix = format!("{source}:");
                let others = self.store().item_claims(*id).await?;
                if !others.iter().any(|claim| claim.id().starts_with(&prefix)) {
                    claims.reverse();
                }
            }
            let id: Uuid = ArtistId::new(self.now(), random(self.host())).uuid();
            items.push((
                results.len(),
                NewItem { id, kind: ItemKind::Artist, name: artist.name.clone(), claims },
            ));
            results.push(None);
        }
        let new: Vec<_> = items.iter().map(|(_, item)| item.clone()).collect();
        let ids = self.store().put_items(&new).await?;
        for ((place, item), id) in items.into_iter().zip(ids) {
            if let Some(result) = results.get_mut(place) {
                *result = Some((ArtistId::from_uuid(id), id == item.id));
            }
        }
        Ok(results)
    }

    /// Tracks in the order given; `None` where an artist's name cannot be used. A platform's id decides; where it is unknown, artist and title do.
    pub(super) async fn know_tracks(
        &self,
        tracks: &[&TrackRef],
        answer: &mut ImportAnswer,
    ) -> Result<Vec<Option<TrackId>>> {
        let by_name: Vec<_> = tracks
            .iter()
            .map(|track| {
                let (artist, title) = track.names()?;
                TrackRef::named(artist, title).ok().map(|named| named.claim().clone())
            })
            .collect();
        let claims: BTreeSet<_> =
            tracks.iter().map(|track| track.claim()).chain(by_name.iter().flatten()).cloned().collect();
        let claims: Vec<_> = claims.into_iter().collect();
        let found = self.store().find_items(&claims).await?;
        let mut known: BTreeMap<_, _> =
            claims.into_iter().zip(found).filter_map(|(c, id)| Some((c, id?))).collect();
        // A platform's id that was known without a name has one now, and another track has that name.
        let pairs = tracks.iter().zip(&by_name).filter_map(|(track, name)| {
            let (own, named) = (known.get(track.claim())?, known.get(name.as_ref()?)?);
            (own != named).then(|| (TrackId::from_uuid(*own), TrackId::from_uuid(*named)))
        });
        self.note_merges(pairs.collect()).await?;
        let missing: Vec<_> =
            tracks.iter().zip(by_name).filter(|(track, _)| !known.contains_key(track.claim())).collect();
        let artists: BTreeSet<_> = missing
            .iter()
            .map(|(t, _)| t.names().map_or(UNKNOWN_ARTIST, |(artist, _)| artist).to_owned())
            .collect();
        let artists: Vec<_> = artists.into_iter().map(|name| ImportedArtist { id: None, name }).collect();
        let artist_ids = self.put_artists(&artists, "name").await?;
        let mut ids = BTreeMap::new();
        for (artist, found) in artists.into_iter().zip(artist_ids) {
            if let Some((id, new)) = found {
                answer.artists_new += u64::from(new);
                ids.insert(artist.name, id);
            }
        }
        let mut items = Vec::new();
        let (mut wanted, mut named) = (BTreeSet::new(), BTreeSet::new());
        for (track, name) in missing.into_iter().filter(|(track, _)| wanted.insert(track.claim().clone())) {
            let (artist, title) = track.names().unwrap_or((UNKNOWN_ARTIST, track.claim().as_str()));
            let Some(artist) = ids.get(artist) else { continue };
            let mut claims = vec![track.claim().clone()];
            claims.extend(name.filter(|name| name != track.claim()));
            // A known name takes the platform's id in, also one that this very chunk made known.
            if claims.get(1).is_some_and(|name| known.contains_key(name) || !named.insert(name.clone())) {
                claims.reverse();
            }
            let id = TrackId::new(self.now(), random(self.host())).uuid();
            items.push((
                track.claim().clone(),
                NewItem { id, kind: ItemKind::Track(*artist), name: title.to_owned(), claims },
            ));
        }
        let new: Vec<_> = items.iter().map(|(_, item)| item.clone()).collect();
        for ((claim, item), id) in items.into_iter().zip(self.store().put_items(&new).await?) {
            answer.tracks_new += u64::from(id == item.id);
            known.insert(claim, id);
        }
        Ok(tracks.iter().map(|track| known.get(track.claim()).copied().map(TrackId::from_uuid)).collect())
    }

    /// The track that a person names, put into the catalogue if it is new.
    pub(crate) async fn put_track(&self, track: &TrackRef) -> Result<TrackId> {
        let found = self.know_tracks(&[track], &mut ImportAnswer::default()).await?;
        let unusable = || super::super::EngineError::invalid("track", "its artist's name cannot be used");
        found.into_iter().next().flatten().ok_or_else(unusable)
    }
}
