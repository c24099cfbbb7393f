//! What Spotify answers: what is read of it. Fields come and go with the mode of the app, so what can be missed may be missing.

use serde::Deserialize;
use signal_core::model::{Isrc, TrackRef};
use signal_core::platform::PlatformTrack;

use crate::http::rows;

#[derive(Deserialize)]
pub(super) struct Me {
    pub(super) account_id: Option<String>,
    pub(super) id: String,
    pub(super) display_name: Option<String>,
}

/// Rows may be null.
#[derive(Deserialize)]
pub(super) struct Recent {
    #[serde(deserialize_with = "rows")]
    pub(super) items: Vec<Option<Play>>,
}

#[derive(Deserialize)]
pub(super) struct Play {
    pub(super) track: Option<Track>,
    pub(super) played_at: String,
}

#[derive(Deserialize)]
pub(super) struct SavedRows {
    #[serde(deserialize_with = "rows")]
    pub(super) items: Vec<Option<SavedRow>>,
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SavedRow {
    pub(super) added_at: Option<String>,
    pub(super) track: Option<Track>,
}

#[derive(Deserialize)]
pub(super) struct Found {
    pub(super) tracks: FoundTracks,
}

#[derive(Deserialize)]
pub(super) struct FoundTracks {
    #[serde(deserialize_with = "rows")]
    pub(super) items: Vec<Option<Track>>,
}

#[derive(Deserialize)]
pub(super) struct Track {
    /// None for files of the person's own.
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) duration_ms: Option<u32>,
    artists: Option<Vec<Option<Artist>>>,
    external_ids: Option<ExternalIds>,
}

#[derive(Deserialize)]
struct Artist {
    name: Option<String>,
}

#[derive(Deserialize)]
struct ExternalIds {
    isrc: Option<String>,
}

impl Track {
    /// The track as Signal knows it; none where nothing tells which it is.
    pub(super) fn known(&self) -> Option<PlatformTrack> {
        let first = self.artists.iter().flatten().flatten().next();
        let artist = first.and_then(|artist| artist.name.as_deref()).unwrap_or_default();
        let name = self.name.as_deref().unwrap_or_default();
        let by_id = self.id.as_deref().and_then(|id| format!("spotify:track:{id}").parse::<TrackRef>().ok());
        let track = match by_id {
            Some(track) if artist.is_empty() || name.is_empty() => track,
            Some(track) => track.with_names(artist, name),
            None => TrackRef::named(artist, name).ok()?,
        };
        let isrc = self.external_ids.as_ref().and_then(|ids| ids.isrc.as_deref());
        Some(PlatformTrack {
            track,
            isrc: isrc.and_then(|isrc| isrc.parse::<Isrc>().ok()),
            length_ms: self.duration_ms,
            genres: Vec::new(),
        })
    }
}
