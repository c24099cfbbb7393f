//! Listens of ListenBrainz: a person's own export, a page of its API, or a dump of many people's listens. And what somebody
//! pinned there.
//!
//! A listen's own identifiers are what clients said and nobody checked; the recording that ListenBrainz itself found counts.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use signal_core::model::{Exactness, TrackRef};
use signal_core::platform::ImportRecord;

use super::error::Problem;
use super::item::{Skip, listen, reason, track};
use super::json::{Odd, Row};
use super::table::id;
use super::times;

/// The most characters of what somebody says of a pin; the service takes 280.
const WORDS_MAX: usize = 1_000;

/// One listen: what is read of it.
#[derive(Deserialize)]
pub(super) struct Listen {
    /// Seconds since 1970 when the play began; dumps call it `timestamp`.
    #[serde(alias = "timestamp")]
    listened_at: Option<f64>,
    user_name: Option<String>,
    track_metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    artist_name: Option<String>,
    track_name: Option<String>,
    additional_info: Option<Info>,
    mbid_mapping: Option<Mapping>,
}

/// What a client said and nobody checked.
#[derive(Deserialize)]
struct Info {
    duration_played: Option<Value>,
}

#[derive(Deserialize)]
struct Mapping {
    recording_mbid: Option<String>,
}

impl Metadata {
    /// The recording that ListenBrainz itself found.
    fn recording(&self) -> Option<&str> {
        self.mbid_mapping.as_ref()?.recording_mbid.as_deref()
    }
}

fn by_mbid(mbid: &str) -> Option<TrackRef> {
    format!("mbid:{mbid}").parse().ok()
}

/// A pinned recording: exports name it by its recording alone, pages of the API with artist and title.
#[derive(Deserialize)]
pub(super) struct Pin {
    /// Seconds since 1970.
    created: Option<f64>,
    recording_mbid: Option<String>,
    blurb_content: Option<String>,
    track_metadata: Option<Metadata>,
    /// Said only where other people's pins are listed.
    user_name: Option<IgnoredAny>,
}

impl Pin {
    pub(super) fn record(self) -> Result<Row, Odd> {
        if self.user_name.is_some() {
            return Err(Problem::new("what somebody else pinned").into());
        }
        Ok(self.own())
    }

    fn own(self) -> Row {
        let data = self.track_metadata.as_ref();
        let recording = self.recording_mbid.as_deref().or(data.and_then(Metadata::recording));
        let artist = data.and_then(|data| data.artist_name.as_deref());
        let title = data.and_then(|data| data.track_name.as_deref());
        let track = track(recording.and_then(by_mbid), artist, title)?;
        let at = self.created.and_then(times::unix).ok_or(Skip(reason::NO_TIME))?;
        let words = self.blurb_content.map(|words| words.chars().take(WORDS_MAX).collect());
        Ok(ImportRecord::Pin { track, words, at })
    }
}

impl Listen {
    /// A listen of the person who imports. All of an export are one person's.
    pub(super) fn record(&self, listener: &mut Option<String>) -> Result<Row, Odd> {
        if let Some(name) = &self.user_name {
            let known = listener.get_or_insert_with(|| name.clone());
            if known != name {
                return Err(Problem::new("a listen of a second person").into());
            }
        }
        Ok(self.listen())
    }

    /// A listen of the user whom a dump names.
    pub(super) fn of_its_user(&self) -> Row {
        let name = self.user_name.as_deref().unwrap_or_default();
        let name = id("user_name", name).map_err(|_| Skip(reason::UNUSABLE_NAME))?;
        self.listen().map(|mut record| {
            if let ImportRecord::Listen { person, .. } = &mut record {
                *person = Some(name);
            }
            record
        })
    }

    fn listen(&self) -> Row {
        let data = &self.track_metadata;
        let recording = data.recording().and_then(by_mbid);
        let track = track(recording, data.artist_name.as_deref(), data.track_name.as_deref())?;
        let start = self.listened_at.and_then(times::unix).ok_or(Skip(reason::NO_TIME))?;
        Ok(listen(track, (start, Exactness::Exact), self.played_ms()))
    }

    /// How long it played, where the client said so, in seconds; clients write numbers and texts.
    fn played_ms(&self) -> Option<u32> {
        /// The 24 days that the service takes.
        const LONGEST_SECONDS: f64 = 24.0 * 86_400.0;
        let seconds = match self.track_metadata.additional_info.as_ref()?.duration_played.as_ref()? {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "above 0 and below 24 days"
        )]
        (seconds > 0.0 && seconds <= LONGEST_SECONDS).then(|| (seconds * 1e3).round() as u32)
    }
}
