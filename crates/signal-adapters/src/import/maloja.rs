//! Scrobbles that Maloja exports.

use serde::Deserialize;
use signal_core::model::Exactness;

use super::item::{Skip, listen, reason, track};
use super::json::Row;
use super::times;

/// One scrobble: what is read of it.
#[derive(Deserialize)]
pub(super) struct Scrobble {
    /// Seconds since 1970.
    time: f64,
    /// How many seconds it played.
    duration: Option<f64>,
    track: Option<Track>,
    /// Older versions name artists and title here.
    artists: Option<Vec<Option<String>>>,
    title: Option<String>,
}

#[derive(Deserialize)]
struct Track {
    artists: Option<Vec<Option<String>>>,
    title: Option<String>,
}

impl Scrobble {
    pub(super) fn record(&self) -> Row {
        let (artists, title) = match &self.track {
            Some(track) => (track.artists.as_deref(), track.title.as_deref()),
            None => (self.artists.as_deref(), self.title.as_deref()),
        };
        let artists = artists.unwrap_or_default();
        // Maloja lists a track's artists; the first is the one that others know the track by.
        let artist = artists.iter().flatten().next().map(String::as_str);
        let track = track(None, artist, title)?;
        let start = times::unix(self.time).ok_or(Skip(reason::NO_TIME))?;
        let played = self.duration.filter(|seconds| *seconds > 0.0 && *seconds <= 86_400.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a day")]
        let played_ms = played.map(|seconds| (seconds * 1e3).round() as u32);
        Ok(listen(track, (start, Exactness::Exact), played_ms))
    }
}
