//! What Apple Music answers: what is read of it.

use serde::Deserialize;
use signal_core::model::{Isrc, TrackRef};
use signal_core::platform::PlatformTrack;

use crate::http::{Answer, or_default, rows};

/// A genre that all music has.
const ALL_MUSIC: &str = "Music";

#[derive(Deserialize)]
pub(super) struct Storefronts {
    pub(super) data: Vec<Storefront>,
}

#[derive(Deserialize)]
pub(super) struct Storefront {
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct Songs {
    /// An answer without it is none: an empty list would be one that lost all its songs.
    #[serde(deserialize_with = "rows")]
    pub(super) data: Vec<Option<Song>>,
    /// Where the next page begins; of all that was asked it keeps the offset alone.
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Song {
    pub(super) id: String,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    pub(super) attributes: Option<Attributes>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attributes {
    name: Option<String>,
    artist_name: Option<String>,
    isrc: Option<String>,
    duration_in_millis: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    genre_names: Vec<String>,
    play_params: Option<PlayParams>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlayParams {
    catalog_id: Option<String>,
}

impl Song {
    /// The song as Signal knows it; none where nothing tells which it is. Songs of a person's library have an id of their own,
    /// and beside it that of the catalogue.
    pub(super) fn known(&self) -> Option<PlatformTrack> {
        let attributes = self.attributes.as_ref()?;
        let catalogue = match self.kind.as_str() {
            "songs" => Some(self.id.as_str()),
            _ => attributes.play_params.as_ref().and_then(|params| params.catalog_id.as_deref()),
        };
        let (artist, title) = (
            attributes.artist_name.as_deref().unwrap_or_default(),
            attributes.name.as_deref().unwrap_or_default(),
        );
        let by_id = catalogue
            .and_then(|id| format!("https://music.apple.com/song/x/1?i={id}").parse::<TrackRef>().ok());
        let track = match by_id {
            Some(track) if artist.is_empty() || title.is_empty() => track,
            Some(track) => track.with_names(artist, title),
            None => TrackRef::named(artist, title).ok()?,
        };
        Some(PlatformTrack {
            track,
            isrc: attributes.isrc.as_deref().and_then(|isrc| isrc.parse::<Isrc>().ok()),
            length_ms: attributes.duration_in_millis,
            genres: attributes.genre_names.iter().filter(|genre| *genre != ALL_MUSIC).cloned().collect(),
        })
    }

    pub(super) fn length_ms(&self) -> Option<u32> {
        self.attributes.as_ref()?.duration_in_millis
    }
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<Error>,
}

#[derive(Deserialize)]
struct Error {
    code: Option<String>,
}

/// The code of an error, where the body has one.
pub(super) fn code(answer: &Answer) -> Option<String> {
    answer.maybe::<Errors>()?.errors.into_iter().next()?.code
}
