//! Spotify's streaming history: the extended one (a lifetime, to the second) and the one among the
//! account data (a year, to the minute).
//!
//! Address, device, country and user name, which the extended history holds too, are never looked at.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use signal_core::model::{Exactness, Timestamp};
use signal_core::platform::ImportRecord;

use super::elements::Elements;
use super::error::{ImportError, Problem, excerpt};
use super::item::{ImportItem, Skip, reason, track};
use super::{Format, Source};

/// What Spotify itself counts as a stream.
const SHORTEST_PLAY_MS: i64 = 30_000;

/// All plays of one export.
#[derive(Debug)]
pub(super) struct Spotify {
    files: std::vec::IntoIter<(PathBuf, Format)>,
    current: Option<(Elements, Format)>,
    /// What the export counts as: account plays beside an extended history are in it already.
    format: Format,
    read: Arc<AtomicU64>,
}

impl Spotify {
    pub(super) fn new(files: Vec<(PathBuf, Format)>, format: Format, read: &Arc<AtomicU64>) -> Self {
        Self { files: files.into_iter(), current: None, format, read: Arc::clone(read) }
    }
}

impl Source for Spotify {
    fn next_item(&mut self) -> Result<Option<ImportItem>, ImportError> {
        loop {
            let Some((elements, format)) = &mut self.current else {
                let Some((path, format)) = self.files.next() else {
                    return Ok(None);
                };
                self.current = Some((Elements::open(&path, &self.read)?, format));
                continue;
            };
            let Some(text) = elements.next_object()? else {
                self.current = None;
                continue;
            };
            let play = match *format {
                Format::SpotifyExtended => read::<ExtendedPlay>(text).and_then(ExtendedPlay::record),
                _ if self.format == Format::SpotifyExtended => Ok(Err(Skip(reason::BESIDE_EXTENDED))),
                _ => read::<AccountPlay>(text).and_then(AccountPlay::record),
            };
            return match play {
                Ok(row) => Ok(Some(row.into())),
                Err(Unread { problem, below }) => Err(elements.error(problem, below)),
            };
        }
    }
}

/// Which history an object belongs to, going by its fields.
pub(super) fn history_of(object: &str) -> Option<Format> {
    #[derive(Deserialize)]
    struct Fields {
        ts: Option<IgnoredAny>,
        ms_played: Option<IgnoredAny>,
        #[serde(rename = "endTime")]
        end_time: Option<IgnoredAny>,
        #[serde(rename = "msPlayed")]
        account_ms_played: Option<IgnoredAny>,
    }
    let fields: Fields = serde_json::from_str(object).ok()?;
    if fields.ts.and(fields.ms_played).is_some() {
        Some(Format::SpotifyExtended)
    } else if fields.end_time.and(fields.account_ms_played).is_some() {
        Some(Format::SpotifyAccount)
    } else {
        None
    }
}

/// A play, unless its row stays out.
type Row = Result<ImportRecord, Skip>;

/// An object that is no play: what is wrong, and how many lines below its first.
struct Unread {
    problem: Problem,
    below: u64,
}

impl From<Problem> for Unread {
    fn from(problem: Problem) -> Self {
        Self { problem, below: 0 }
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unread> {
    serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        // The parser counts lines within the object; the whole file's line is named instead.
        let what = said.split_once(" at line ").map_or(said.as_str(), |(what, _)| what);
        Unread { problem: Problem::new(what), below: error.line().saturating_sub(1) as u64 }
    })
}

/// A row of the extended history: what is read of it.
#[derive(Deserialize)]
struct ExtendedPlay {
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
    fn record(self) -> Result<Row, Unread> {
        let end: Timestamp = self.ts.parse().map_err(|_| not_a_time("ts", &self.ts))?;
        Ok(self.listen(end))
    }

    fn listen(&self, end: Timestamp) -> Row {
        let spoken = self.episode_name.is_some()
            || self.spotify_episode_uri.is_some()
            || self.audiobook_title.is_some()
            || self.audiobook_uri.is_some()
            || self.audiobook_chapter_uri.is_some();
        if self.incognito_mode == Some(true) {
            return Err(Skip(reason::PRIVATE));
        }
        if spoken && self.spotify_track_uri.is_none() {
            return Err(Skip(reason::NOT_MUSIC));
        }
        let track = track(
            self.spotify_track_uri.as_deref(),
            self.master_metadata_album_artist_name.as_deref(),
            self.master_metadata_track_name.as_deref(),
        )?;
        if self.ms_played < SHORTEST_PLAY_MS {
            return Err(Skip(reason::SHORT));
        }
        let offline = self.offline == Some(true);
        let start = self.offline_start().filter(|_| offline);
        Ok(ImportRecord::Listen {
            person: None,
            track,
            start: start.unwrap_or_else(|| before(end, self.ms_played)),
            exactness: if offline { Exactness::Estimated } else { Exactness::Exact },
            played_ms: u32::try_from(self.ms_played).ok(),
        })
    }

    /// When an offline play began. Old exports count milliseconds, new ones seconds.
    fn offline_start(&self) -> Option<Timestamp> {
        const MILLISECONDS_ABOVE: f64 = 1e11;
        let stamp = self.offline_timestamp.filter(|stamp| *stamp > 0.0)?;
        let micros = if stamp > MILLISECONDS_ABOVE { stamp * 1e3 } else { stamp * 1e6 };
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        Some(Timestamp::from_micros(micros.round() as i64))
    }
}

/// A row of the history among the account data.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountPlay {
    end_time: String,
    ms_played: i64,
    artist_name: Option<String>,
    track_name: Option<String>,
    podcast_name: Option<IgnoredAny>,
    episode_name: Option<IgnoredAny>,
}

impl AccountPlay {
    fn record(self) -> Result<Row, Unread> {
        let end = self
            .end_time
            .split_once(' ')
            .and_then(|(date, time)| format!("{date}T{time}:00Z").parse::<Timestamp>().ok())
            .ok_or_else(|| not_a_time("endTime", &self.end_time))?;
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
        Ok(ImportRecord::Listen {
            person: None,
            track,
            start: before(end, self.ms_played),
            exactness: Exactness::Minute,
            played_ms: u32::try_from(self.ms_played).ok(),
        })
    }
}

/// The instant `millis` milliseconds before `end`.
fn before(end: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_micros(end.micros().saturating_sub(millis.saturating_mul(1_000)))
}

fn not_a_time(field: &str, text: &str) -> Problem {
    Problem::new(format!("{field} {} is not a time", excerpt(text)))
}
