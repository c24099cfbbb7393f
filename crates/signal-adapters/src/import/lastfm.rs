//! Tracks as Last.fm and Libre.fm answer them (pages of `user.getRecentTracks` that somebody saved), and the flatter rows of
//! tools that write their own.

use serde::Deserialize;
use signal_core::model::Exactness;

use super::error::Problem;
use super::item::{Skip, listen, reason, track};
use super::json::{Odd, Row};
use super::times;

/// One track: what is read of it.
#[derive(Deserialize)]
pub(super) struct Track {
    artist: Option<Named>,
    /// The title; flat rows call it `track` or `title`.
    name: Option<String>,
    #[serde(rename = "track")]
    inner: Option<Inner>,
    title: Option<String>,
    date: Option<Date>,
    /// The time in flat rows, which may have it in two ways.
    uts: Option<Date>,
    timestamp: Option<Date>,
    utc_time: Option<Date>,
    #[serde(rename = "@attr")]
    attributes: Option<Attributes>,
}

/// What `track` holds: a title, or, in a page of one track that lost its wrapping, all of the track.
#[derive(Deserialize)]
#[serde(untagged)]
enum Inner {
    Title(String),
    Track(Box<Track>),
}

#[derive(Deserialize)]
struct Attributes {
    nowplaying: Option<Truth>,
}

/// `"true"` or `true`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Truth {
    Text(String),
    Said(bool),
}

/// An artist: its name alone, `#text`, or `name` in extended answers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    Text(String),
    Object {
        #[serde(rename = "#text")]
        text: Option<String>,
        name: Option<String>,
    },
}

/// When it began: `uts` as text or number, or the time itself.
#[derive(Deserialize)]
#[serde(untagged)]
enum Date {
    Number(f64),
    Text(String),
    Object { uts: Option<Uts> },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Uts {
    Number(f64),
    Text(String),
}

impl Track {
    pub(super) fn record(&self) -> Result<Row, Odd> {
        if let Some(Inner::Track(track)) = &self.inner {
            return track.record();
        }
        let playing = self.attributes.as_ref().and_then(|attributes| attributes.nowplaying.as_ref());
        if playing.is_some_and(|playing| {
            matches!(playing, Truth::Said(true)) || matches!(playing, Truth::Text(text) if text == "true")
        }) {
            return Ok(Err(Skip(reason::NO_TIME)));
        }
        let artist = self.artist.as_ref().ok_or_else(|| Problem::new("missing field `artist`"))?;
        let time = self.time()?;
        Ok(self.listen(artist, time))
    }

    fn listen(&self, artist: &Named, time: times::Told) -> Row {
        let artist = match artist {
            Named::Text(name) => Some(name.as_str()),
            Named::Object { text, name } => text.as_deref().or(name.as_deref()),
        };
        let title = match &self.inner {
            Some(Inner::Title(title)) => Some(title.as_str()),
            _ => self.name.as_deref().or(self.title.as_deref()),
        };
        let track = track(None, artist, title)?;
        Ok(listen(track, time.ok_or(Skip(reason::NO_TIME))?, None))
    }

    /// When it began; a number that is no sensible time is none, other text is odd.
    fn time(&self) -> Result<times::Told, Problem> {
        let date =
            [&self.uts, &self.timestamp, &self.date, &self.utc_time].into_iter().find_map(Option::as_ref);
        let text = match date {
            None | Some(Date::Object { uts: None }) => return Ok(None),
            Some(Date::Number(number) | Date::Object { uts: Some(Uts::Number(number)) }) => {
                return Ok(times::unix(*number).map(|time| (time, Exactness::Exact)));
            }
            Some(Date::Text(text) | Date::Object { uts: Some(Uts::Text(text)) }) => text,
        };
        times::text("date", text)
    }
}
