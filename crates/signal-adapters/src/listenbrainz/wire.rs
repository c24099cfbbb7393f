//! What ListenBrainz answers: what is read of it.

use serde::Deserialize;
use signal_core::model::{Exactness, Timestamp, TrackRef};
use signal_core::platform::{PlatformTrack, PlayedTrack};

use crate::http::rows;

/// The longest length that is believed, in milliseconds: the 24 days that the server takes.
pub(super) const LENGTH_MS_MAX: u32 = 24 * 86_400_000;

#[derive(Deserialize)]
pub(super) struct Validated {
    #[serde(default)]
    pub(super) valid: bool,
    pub(super) user_name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Listens {
    pub(super) payload: Payload,
}

#[derive(Deserialize)]
pub(super) struct Payload {
    #[serde(deserialize_with = "rows")]
    pub(super) listens: Vec<Option<Listen>>,
    pub(super) oldest_listen_ts: Option<i64>,
    pub(super) latest_listen_ts: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Listen {
    /// Seconds since 1970 when it began.
    pub(super) listened_at: i64,
    #[serde(default)]
    pub(super) recording_msid: String,
    track_metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    artist_name: Option<String>,
    track_name: Option<String>,
    additional_info: Option<Info>,
    mbid_mapping: Option<Mapping>,
}

/// What the client said and nobody checked: lengths are taken from it, identifiers are not.
#[derive(Deserialize)]
struct Info {
    duration: Option<serde_json::Value>,
    duration_ms: Option<serde_json::Value>,
    duration_played: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Mapping {
    recording_mbid: Option<String>,
}

impl Listen {
    /// The play; none where nothing tells what was played.
    pub(super) fn play(&self) -> Option<PlayedTrack> {
        let data = &self.track_metadata;
        let (artist, title) =
            (data.artist_name.as_deref().unwrap_or_default(), data.track_name.as_deref().unwrap_or_default());
        let mapped = data.mbid_mapping.as_ref().and_then(|mapping| mapping.recording_mbid.as_deref());
        let track = match mapped.and_then(|mbid| format!("mbid:{mbid}").parse::<TrackRef>().ok()) {
            Some(track) if artist.is_empty() || title.is_empty() => track,
            Some(track) => track.with_names(artist, title),
            None => TrackRef::named(artist, title).ok()?,
        };
        let info = data.additional_info.as_ref();
        let length_ms = info.and_then(|info| {
            millis(info.duration_ms.as_ref(), 1.0).or_else(|| millis(info.duration.as_ref(), 1_000.0))
        });
        Some(PlayedTrack {
            track: PlatformTrack { track, isrc: None, length_ms, genres: Vec::new() },
            start: Timestamp::from_seconds(self.listened_at),
            exactness: Exactness::Exact,
            played_ms: info.and_then(|info| millis(info.duration_played.as_ref(), 1_000.0)),
        })
    }
}

/// A length in milliseconds; clients write numbers and texts.
fn millis(value: Option<&serde_json::Value>, unit: f64) -> Option<u32> {
    let number = match value? {
        serde_json::Value::Number(number) => number.as_f64()?,
        serde_json::Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    let millis = number * unit;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "above 0 and below 24 days")]
    (millis > 0.0 && millis <= f64::from(LENGTH_MS_MAX)).then(|| millis.round() as u32)
}

#[derive(Deserialize)]
pub(super) struct Followers {
    pub(super) followers: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Following {
    pub(super) following: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Similar {
    pub(super) payload: Vec<SimilarUser>,
}

#[derive(Deserialize)]
pub(super) struct SimilarUser {
    pub(super) user_name: String,
}
