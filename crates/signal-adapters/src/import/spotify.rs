//! Spotify's streaming history: the extended one (a lifetime, to the second) and the one among the
//! account data (a year, to the minute).
//!
//! Address, device, country and user name, which the extended history holds too, are never looked at.

use serde::Deserialize;
use serde::de::IgnoredAny;
use signal_core::model::{Exactness, Timestamp, TrackRef};

use super::error::{Problem, excerpt};
use super::item::{Skip, listen, reason, track};
use super::json::{Odd, Row};
use super::times;

/// What Spotify itself counts as a stream.
pub(super) const SHORTEST_PLAY_MS: i64 = 30_000;

/// A row of the extended history: what is read of it.
#[derive(Deserialize)]
pub(super) struct ExtendedPlay {
    /// When the play ended; for an offline play perhaps when it was uploaded.
    ts: String,
    ms_played: i64,
    master_metadata_track_name: Option<String>,
    master_metadata_album_artist_name: Option<String>,
    spotify_track_uri: Option<String>,
    episode_name: Option<IgnoredAny>,
    spotify_episode_uri: Option<IgnoredAny>,
    audiobook_title: Option<IgnoredAny>,
    audiobook_uri: Option<IgnoredAny>,
    audiobook_chapter_uri: Option<IgnoredAny>,
    offline: Option<bool>,
    offline_timestamp: Option<f64>,
    incognito_mode: Option<bool>,
}

impl ExtendedPlay {
    pub(super) fn record(&self, private_too: bool) -> Result<Row, Odd> {
        let end: Timestamp = self.ts.parse().map_err(|_| not_a_time("ts", &self.ts))?;
        Ok(self.listen(end, private_too))
    }

    fn listen(&self, end: Timestamp, private_too: bool) -> Row {
        let spoken = self.episode_name.is_some()
            || self.spotify_episode_uri.is_some()
            || self.audiobook_title.is_some()
            || self.audiobook_uri.is_some()
            || self.audiobook_chapter_uri.is_some();
        if self.incognito_mode == Some(true) && !private_too {
            return Err(Skip(reason::PRIVATE));
        }
        if spoken && self.spotify_track_uri.is_none() {
            return Err(Skip(reason::NOT_MUSIC));
        }
        let track = track(
            self.spotify_track_uri.as_deref().and_then(by_uri),
            self.master_metadata_album_artist_name.as_deref(),
            self.master_metadata_track_name.as_deref(),
        )?;
        if self.ms_played < SHORTEST_PLAY_MS {
            return Err(Skip(reason::SHORT));
        }
        let offline = self.offline == Some(true);
        let start = self.offline_timestamp.and_then(times::unix).filter(|_| offline);
        let start = start.unwrap_or_else(|| times::before(end, self.ms_played));
        let exactness = if offline { Exactness::Estimated } else { Exactness::Exact };
        Ok(listen(track, (start, exactness), u32::try_from(self.ms_played).ok()))
    }
}

/// A row of the history among the account data.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountPlay {
    end_time: String,
    ms_played: i64,
    artist_name: Option<String>,
    track_name: Option<String>,
    podcast_name: Option<IgnoredAny>,
    episode_name: Option<IgnoredAny>,
}

impl AccountPlay {
    pub(super) fn record(&self) -> Result<Row, Odd> {
        let (end, _) = times::text(&self.end_time).ok_or_else(|| not_a_time("endTime", &self.end_time))?;
        Ok(self.listen(end))
    }

    fn listen(&self, end: Timestamp) -> Row {
        if self.podcast_name.is_some() || self.episode_name.is_some() {
            return Err(Skip(reason::NOT_MUSIC));
        }
        let track = track(None, self.artist_name.as_deref(), self.track_name.as_deref())?;
        if self.ms_played < SHORTEST_PLAY_MS {
            return Err(Skip(reason::SHORT));
        }
        let start = times::before(end, self.ms_played);
        Ok(listen(track, (start, Exactness::Minute), u32::try_from(self.ms_played).ok()))
    }
}

fn by_uri(uri: &str) -> Option<TrackRef> {
    uri.parse().ok().filter(|_| uri.starts_with("spotify:track:"))
}

fn not_a_time(field: &str, text: &str) -> Problem {
    Problem::new(format!("{field} {} is not a time", excerpt(text)))
}
