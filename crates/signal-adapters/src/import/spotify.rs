//! Spotify's streaming history: the extended one (a lifetime, to the second) and the one among the
//! account data (a year, to the minute).
//!
//! Address, device, country and user name, which the extended history holds too, are never looked at.

use serde::Deserialize;
use serde::de::IgnoredAny;
use signal_core::model::{Exactness, Timestamp, TrackRef};

use super::item::{Skip, listen, reason, track};
use super::json::{Odd, Row};
use super::times;

/// What Spotify itself counts as a stream.
pub(super) const SHORTEST_PLAY_MS: i64 = 30_000;

/// What time an extended history reaches over: from the end of its first song to that of its last.
#[derive(Debug, Default)]
pub(super) struct Span(Option<(Timestamp, Timestamp)>);

impl Span {
    fn add(&mut self, end: Timestamp) {
        let (first, last) = self.0.unwrap_or((end, end));
        self.0 = Some((first.min(end), last.max(end)));
    }

    /// Whether it holds an end that is known to the minute.
    fn holds(&self, minute: Timestamp) -> bool {
        const MINUTE_MS: i64 = 60_000;
        self.0.is_some_and(|(first, last)| times::before(first, MINUTE_MS) < minute && minute <= last)
    }
}

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
    /// The play; the end of a song is added to `span`.
    pub(super) fn record(&self, private_too: bool, span: Option<&mut Span>) -> Result<Row, Odd> {
        let end = times::text("ts", &self.ts)?;
        if let (Some(span), Some((end, _)), Some(_)) = (span, end, &self.master_metadata_track_name) {
            span.add(end);
        }
        Ok(self.listen(end, private_too))
    }

    fn listen(&self, end: times::Told, private_too: bool) -> Row {
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
        let (end, exactness) = end.ok_or(Skip(reason::NO_TIME))?;
        let offline = self.offline == Some(true);
        let start = self.offline_timestamp.and_then(times::unix).filter(|_| offline);
        let told = start.is_some();
        let start = start.unwrap_or_else(|| times::before(end, self.ms_played));
        // Without a time of its own, an offline play has that of its upload.
        let exactness = match (offline, told) {
            (false, _) => exactness,
            (true, true) => Exactness::Estimated,
            (true, false) => Exactness::Day,
        };
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
    /// The play, unless an extended history of that time holds it.
    pub(super) fn record(&self, extended: &Span) -> Result<Row, Odd> {
        let end = times::text("endTime", &self.end_time)?;
        if end.is_some_and(|(end, _)| extended.holds(end)) {
            return Ok(Err(Skip(reason::BESIDE_EXTENDED)));
        }
        Ok(self.listen(end))
    }

    fn listen(&self, end: times::Told) -> Row {
        if self.podcast_name.is_some() || self.episode_name.is_some() {
            return Err(Skip(reason::NOT_MUSIC));
        }
        let track = track(None, self.artist_name.as_deref(), self.track_name.as_deref())?;
        if self.ms_played < SHORTEST_PLAY_MS {
            return Err(Skip(reason::SHORT));
        }
        let start = times::before(end.ok_or(Skip(reason::NO_TIME))?.0, self.ms_played);
        Ok(listen(track, (start, Exactness::Minute), u32::try_from(self.ms_played).ok()))
    }
}

fn by_uri(uri: &str) -> Option<TrackRef> {
    uri.parse().ok().filter(|_| uri.starts_with("spotify:track:"))
}
