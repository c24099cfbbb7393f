//! What Last.fm answers: what is read of it. Numbers are texts, and a list of one is no list.

use serde::{Deserialize, Deserializer};
use signal_core::model::{Exactness, Timestamp, TrackRef};
use signal_core::platform::{PlatformTrack, PlayedTrack, Secret};

use crate::http::{or_default, row};

/// Nobody told Last.fm of a play before 2002; earlier times are of clocks that were never set.
const EARLIEST: i64 = 1_009_843_200;

#[derive(Deserialize)]
pub(super) struct Told {
    #[serde(deserialize_with = "number")]
    pub(super) error: i64,
}

#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    pub(super) token: Secret,
}

#[derive(Deserialize)]
pub(super) struct SessionAnswer {
    pub(super) session: Session,
}

#[derive(Deserialize)]
pub(super) struct Session {
    pub(super) name: String,
    pub(super) key: String,
}

#[derive(Deserialize)]
pub(super) struct RecentAnswer {
    pub(super) recenttracks: Recent,
}

#[derive(Deserialize)]
pub(super) struct Recent {
    #[serde(default, deserialize_with = "list")]
    pub(super) track: Vec<Track>,
    #[serde(rename = "@attr")]
    pub(super) attributes: Attributes,
}

#[derive(Deserialize)]
pub(super) struct Attributes {
    pub(super) user: String,
    #[serde(rename = "totalPages", deserialize_with = "number")]
    pub(super) pages: i64,
    #[serde(deserialize_with = "number")]
    pub(super) total: i64,
}

#[derive(Deserialize)]
pub(super) struct Track {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    artist: Option<Artist>,
    date: Option<Date>,
}

/// `#text`; `name` in extended answers.
#[derive(Deserialize)]
struct Artist {
    #[serde(rename = "#text")]
    text: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Date {
    #[serde(deserialize_with = "number")]
    uts: i64,
}

impl Track {
    pub(super) fn artist(&self) -> &str {
        let artist = self.artist.as_ref();
        artist.and_then(|artist| artist.text.as_deref().or(artist.name.as_deref())).unwrap_or_default()
    }

    /// Seconds since 1970 when it began; none for what plays now, which comes first on every page, and for unset clocks.
    pub(super) fn began(&self) -> Option<i64> {
        self.date.as_ref().map(|date| date.uts).filter(|uts| *uts >= EARLIEST)
    }

    /// The play; none where nothing tells what was played, or when.
    pub(super) fn play(&self) -> Option<PlayedTrack> {
        Some(PlayedTrack {
            track: PlatformTrack {
                track: TrackRef::named(self.artist(), &self.name).ok()?,
                isrc: None,
                length_ms: None,
                genres: Vec::new(),
            },
            start: Timestamp::from_seconds(self.began()?),
            exactness: Exactness::Exact,
            played_ms: None,
        })
    }
}

/// `7` or `"7"`.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Number(i64),
        Text(String),
    }
    match Number::deserialize(deserializer)? {
        Number::Number(number) => Ok(number),
        Number::Text(text) => text.trim().parse().map_err(|_| serde::de::Error::custom("no number")),
    }
}

/// A list, or the one thing that would be in it. What cannot be read is passed over.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Track>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Array(tracks) => tracks.into_iter().filter_map(row).collect(),
        one => row(one).into_iter().collect(),
    })
}
