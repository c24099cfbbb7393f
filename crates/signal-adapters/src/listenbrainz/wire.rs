//! What ListenBrainz answers: what is read of it.

use serde::Deserialize;
use signal_core::model::{Exactness, Timestamp, TrackRef};
use signal_core::platform::{PlatformTrack, PlayedTrack, SavedTrack};

use crate::http::{or_default, rows};

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
    #[serde(default, deserialize_with = "or_default")]
    pub(super) recording_msid: String,
    track_metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    artist_name: Option<String>,
    track_name: Option<String>,
    additional_info: Option<Info>,
    mbid_mapping: Option<Mapping>,
}

/// Whole seconds since 1970; clocks that were never set say nothing.
fn instant(seconds: f64) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "of seconds above 0 and below the year 2100")]
    (seconds > 0.0 && seconds < 4_102_444_800.0).then(|| Timestamp::from_seconds(seconds as i64))
}

#[derive(Deserialize)]
pub(super) struct Pins {
    #[serde(deserialize_with = "rows")]
    pub(super) pinned_recordings: Vec<Option<Pin>>,
    pub(super) total_count: Option<usize>,
}

#[derive(Deserialize)]
pub(super) struct Pin {
    /// Seconds since 1970.
    created: Option<f64>,
    recording_mbid: Option<String>,
    blurb_content: Option<String>,
    track_metadata: Option<Metadata>,
}

impl Pin {
    /// The track; none where nothing tells which.
    pub(super) fn saved(self) -> Option<SavedTrack> {
        let track = self.track_metadata.unwrap_or_default().track(self.recording_mbid.as_deref())?;
        Some(SavedTrack {
            track: PlatformTrack { track, isrc: None, length_ms: None, genres: Vec::new() },
            saved_at: self.created.and_then(instant),
            words: self.blurb_content,
        })
    }
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

impl Metadata {
    /// By the recording that the server found, or that it is given here, and by names; none where nothing says what it is.
    fn track(&self, recording: Option<&str>) -> Option<TrackRef> {
        let (artist, title) =
            (self.artist_name.as_deref().unwrap_or_default(), self.track_name.as_deref().unwrap_or_default());
        let mapped = self.mbid_mapping.as_ref().and_then(|mapping| mapping.recording_mbid.as_deref());
        match recording.or(mapped).and_then(|mbid| format!("mbid:{mbid}").parse::<TrackRef>().ok()) {
            Some(track) if artist.is_empty() || title.is_empty() => Some(track),
            Some(track) => Some(track.with_names(artist, title)),
            None => TrackRef::named(artist, title).ok(),
        }
    }
}

impl Listen {
    /// The play; none where nothing tells what was played.
    pub(super) fn play(&self) -> Option<PlayedTrack> {
        let data = &self.track_metadata;
        let track = data.track(None)?;
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
