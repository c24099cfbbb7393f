//! Tracks as Last.fm and Libre.fm answer them (pages of `user.getRecentTracks` that somebody saved), and the flatter rows of
//! tools that write their own.

use serde::Deserialize;
use signal_core::model::{Exactness, Timestamp};

use super::error::{Problem, excerpt};
use super::item::{Skip, listen, reason, track};
use super::json::{Odd, Row};
use super::times;

/// One track: what is read of it.
#[derive(Deserialize)]
pub(super) struct Track {
    artist: Named,
    /// The title; flat rows call it `track`.
    #[serde(alias = "track")]
    name: Option<String>,
    date: Option<Date>,
    #[serde(rename = "@attr")]
    attributes: Option<Attributes>,
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
        let playing = self.attributes.as_ref().and_then(|attributes| attributes.nowplaying.as_ref());
        if playing.is_some_and(|playing| {
            matches!(playing, Truth::Said(true)) || matches!(playing, Truth::Text(text) if text == "true")
        }) {
            return Ok(Err(Skip(reason::NO_TIME)));
        }
        let time = self.time()?;
        Ok(self.listen(time))
    }

    fn listen(&self, time: Option<(Timestamp, Exactness)>) -> Row {
        let artist = match &self.artist {
            Named::Text(name) => Some(name.as_str()),
            Named::Object { text, name } => text.as_deref().or(name.as_deref()),
        };
        let track = track(None, artist, self.name.as_deref())?;
        Ok(listen(track, time.ok_or(Skip(reason::NO_TIME))?, None))
    }

    /// When it began; a number that is no sensible time is none, other text is odd.
    fn time(&self) -> Result<Option<(Timestamp, Exactness)>, Problem> {
        let text = match &self.date {
            None | Some(Date::Object { uts: None }) => return Ok(None),
            Some(Date::Number(number) | Date::Object { uts: Some(Uts::Number(number)) }) => {
                return Ok(times::unix(*number).map(|time| (time, Exactness::Exact)));
            }
            Some(Date::Text(text) | Date::Object { uts: Some(Uts::Text(text)) }) => text,
        };
        match times::text(text) {
            None if text.trim().is_empty() || text.trim().parse::<f64>().is_ok() => Ok(None),
            None => Err(Problem::new(format!("date {} is not a time", excerpt(text)))),
            time => Ok(time),
        }
    }
}
