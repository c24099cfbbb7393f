//! Rows of JSON, whoever wrote them.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use signal_core::platform::ImportRecord;

use super::Format;
use super::elements::Elements;
use super::error::{ImportError, Problem};
use super::item::{ImportItem, Skip};
use super::{lastfm, listenbrainz, maloja, pano, spotify};

/// A play, unless its row stays out.
pub(super) type Row = Result<ImportRecord, Skip>;

/// A row that is no play of its format.
#[derive(Debug)]
pub(super) struct Odd {
    problem: Problem,
    /// How many lines below its first.
    below: u64,
    /// Whether it is no JSON, so that nothing after it can be trusted.
    broken: bool,
}

impl From<Problem> for Odd {
    fn from(problem: Problem) -> Self {
        Self { problem, below: 0, broken: false }
    }
}

/// Reads one row.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Odd> {
    serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        // The parser counts lines within the object; the whole file's line is named instead.
        let what = said.split_once(" at line ").map_or(said.as_str(), |(what, _)| what);
        let below = error.line().saturating_sub(1) as u64;
        // Half of a pair of surrogates is no text, but its row ends where it says.
        let broken = error.classify() != Category::Data && serde_json::from_str::<IgnoredAny>(text).is_err();
        Odd { problem: Problem::new(what), below, broken }
    })
}

/// What a reading of rows carries along.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Whether plays of private sessions are taken, too.
    pub(super) private_too: bool,
    /// Whose listens a personal export holds, once a row has said so.
    pub(super) listener: Option<String>,
    /// What the extended history read so far reaches over.
    pub(super) span: spotify::Span,
    /// Whether the file at hand adds to that span.
    pub(super) spans: bool,
}

/// The next row of a file of this format.
pub(super) fn next_item(
    elements: &mut Elements,
    format: Format,
    reading: &mut Reading,
) -> Result<Option<ImportItem>, ImportError> {
    let Some(text) = elements.next_object()? else {
        return Ok(None);
    };
    let play = match format {
        Format::SpotifyExtended => {
            let play = read::<spotify::ExtendedPlay>(text);
            let span = reading.spans.then_some(&mut reading.span);
            play.and_then(|play| play.record(reading.private_too, span))
        }
        Format::SpotifyAccount => {
            read::<spotify::AccountPlay>(text).and_then(|play| play.record(&reading.span))
        }
        Format::ListenBrainz => {
            read::<listenbrainz::Listen>(text).and_then(|listen| listen.record(&mut reading.listener))
        }
        Format::ListenBrainzDump => read::<listenbrainz::Listen>(text).map(|listen| listen.of_its_user()),
        Format::ListenBrainzPins => read::<listenbrainz::Pin>(text).and_then(listenbrainz::Pin::record),
        Format::Maloja => read::<maloja::Scrobble>(text).map(|scrobble| scrobble.record()),
        Format::PanoScrobbler => read::<pano::Scrobble>(text).map(|scrobble| scrobble.record()),
        _ => read::<lastfm::Track>(text).and_then(|track| track.record()),
    };
    match play {
        Ok(row) => Ok(Some(row.into())),
        Err(Odd { problem, below, broken: true }) => Err(elements.error(problem, below)),
        Err(Odd { problem, below, broken: false }) => {
            let (path, line) = (elements.path().to_owned(), elements.row_line() + below);
            Ok(Some(ImportItem::Unknown { path, line, what: problem.what }))
        }
    }
}

/// What a row is, going by its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Play(Format),
    /// A listen of `ListenBrainz` that names its person, as those of its API's pages do, and those of dumps.
    NamedListen,
    /// A track of an Apple Music library: its artist is known.
    LibraryTrack,
}

/// What the fields of a row say.
pub(super) fn shape(object: &str) -> Option<Shape> {
    #[derive(Deserialize)]
    struct Fields {
        ts: Option<IgnoredAny>,
        ms_played: Option<IgnoredAny>,
        #[serde(rename = "endTime")]
        end_time: Option<IgnoredAny>,
        #[serde(rename = "msPlayed")]
        account_ms_played: Option<IgnoredAny>,
        track_metadata: Option<IgnoredAny>,
        pinned_until: Option<IgnoredAny>,
        user_id: Option<IgnoredAny>,
        user_name: Option<IgnoredAny>,
        #[serde(rename = "timeMs")]
        time_ms: Option<IgnoredAny>,
        #[serde(default)]
        time: Kind,
        #[serde(default)]
        track: Kind,
        #[serde(default)]
        artist: Kind,
        #[serde(default)]
        artists: Kind,
        name: Option<IgnoredAny>,
        #[serde(rename = "title")]
        song: Option<IgnoredAny>,
        date: Option<IgnoredAny>,
        uts: Option<IgnoredAny>,
        timestamp: Option<IgnoredAny>,
        utc_time: Option<IgnoredAny>,
        #[serde(rename = "@attr")]
        attributes: Option<IgnoredAny>,
        #[serde(rename = "Title")]
        title: Option<IgnoredAny>,
        #[serde(rename = "Artist")]
        library_artist: Option<IgnoredAny>,
    }
    let fields: Fields = serde_json::from_str(object).ok()?;
    let dated = fields.date.or(fields.attributes).is_some();
    let answered = fields.artist == Kind::Object && fields.name.is_some() && dated;
    let titled = fields.track == Kind::Text || fields.name.or(fields.song).is_some();
    let timed = fields.date.or(fields.uts).or(fields.timestamp).or(fields.utc_time).is_some();
    let of_artists = fields.artists == Kind::List && fields.song.is_some();
    let flat = fields.artist == Kind::Text && titled && timed;
    // A page of one track, without what pages are wrapped in.
    let alone = fields.track == Kind::Object && fields.attributes.is_some();
    let format = if fields.ts.and(fields.ms_played).is_some() {
        Format::SpotifyExtended
    } else if fields.end_time.and(fields.account_ms_played).is_some() {
        Format::SpotifyAccount
    } else if fields.pinned_until.is_some() {
        Format::ListenBrainzPins
    } else if fields.track_metadata.is_some() {
        match (fields.user_id, fields.user_name) {
            (Some(_), Some(_)) => Format::ListenBrainzDump,
            (None, Some(_)) => return Some(Shape::NamedListen),
            (_, None) => Format::ListenBrainz,
        }
    } else if fields.time_ms.is_some() && fields.track == Kind::Text {
        Format::PanoScrobbler
    } else if fields.time == Kind::Number && (fields.track == Kind::Object || of_artists) {
        Format::Maloja
    } else if answered || flat || alone {
        Format::Lastfm
    } else if fields.title.and(fields.library_artist).is_some() {
        return Some(Shape::LibraryTrack);
    } else {
        return None;
    };
    Some(Shape::Play(format))
}

/// What kind of value a field has.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    #[default]
    Missing,
    Text,
    Object,
    List,
    Number,
    Other,
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Kind;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("any value")
            }
            fn visit_str<E>(self, _: &str) -> Result<Kind, E> {
                Ok(Kind::Text)
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Kind::Object)
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Kind, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Kind::List)
            }
            fn visit_unit<E>(self) -> Result<Kind, E> {
                Ok(Kind::Missing)
            }
            fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
                Ok(Kind::Other)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Kind, E> {
                Ok(Kind::Number)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Kind, E> {
                Ok(Kind::Number)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
                Ok(Kind::Number)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
