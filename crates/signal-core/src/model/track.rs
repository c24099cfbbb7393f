//! Artists, tracks, and the ways people name them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{ArtistId, Claim, Timestamp, Title, TrackId, artist_key};

/// An artist that Signal knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artist {
    /// Its identifier.
    pub id: ArtistId,
    /// The name as first seen.
    pub name: String,
}

/// A track that Signal knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// Its identifier.
    pub id: TrackId,
    /// Who plays it.
    pub artist: ArtistId,
    /// The artist's name as first seen.
    pub artist_name: String,
    /// The title as first seen; empty when only a platform id is known.
    pub title: String,
}

impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} - {}", self.artist_name, self.title)
    }
}

/// Why two recordings are one track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Same {
    /// The same recording MBID.
    Mbid,
    /// The same ISRC.
    Isrc,
    /// The same artist and title, and no length that speaks against it.
    Name,
    /// The operator said so.
    Operator,
}

impl Same {
    /// All reasons.
    const ALL: [Self; 4] = [Self::Mbid, Self::Isrc, Self::Name, Self::Operator];

    /// The word under which stores keep it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mbid => "mbid",
            Self::Isrc => "isrc",
            Self::Name => "name",
            Self::Operator => "operator",
        }
    }
}

impl FromStr for Same {
    type Err = InvalidTrack;

    fn from_str(text: &str) -> Result<Self, InvalidTrack> {
        Self::ALL.into_iter().find(|same| same.as_str() == text).ok_or_else(|| InvalidTrack::new(text))
    }
}

/// A record that two tracks are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// The track that is read as the other from now on. What was claimed and played of it stays its own.
    pub from: TrackId,
    /// The track that it is read as.
    pub into: TrackId,
    /// Why.
    pub why: Same,
    /// Since when.
    pub at: Timestamp,
}

/// An International Standard Recording Code in its normal form: twelve characters, upper case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Isrc(String);

impl Isrc {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Isrc {
    type Err = InvalidTrack;

    fn from_str(text: &str) -> Result<Self, InvalidTrack> {
        let code: String = text
            .chars()
            .filter(|c| *c != '-' && !c.is_whitespace())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let fits = code.len() == 12
            && code.bytes().enumerate().all(|(i, b)| match i {
                0 | 1 => b.is_ascii_uppercase(),
                2..=4 => b.is_ascii_uppercase() || b.is_ascii_digit(),
                _ => b.is_ascii_digit(),
            });
        if fits { Ok(Self(code)) } else { Err(InvalidTrack::new(text)) }
    }
}

impl TryFrom<String> for Isrc {
    type Error = InvalidTrack;
    fn try_from(text: String) -> Result<Self, InvalidTrack> {
        text.parse()
    }
}

impl From<Isrc> for String {
    fn from(isrc: Isrc) -> Self {
        isrc.0
    }
}

/// A text that names no track.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} names no track: use a platform link, isrc:CODE, mbid:UUID or \"Artist - Title\"")]
pub struct InvalidTrack {
    text: String,
}

impl InvalidTrack {
    fn new(text: &str) -> Self {
        Self { text: text.chars().take(80).collect() }
    }
}

/// A track as a person writes it: a platform link or URI, `isrc:`, `mbid:`, or `Artist - Title`.
///
/// ```
/// # use signal_core::model::TrackRef;
/// let link: TrackRef = "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC?si=x".parse()?;
/// assert_eq!(link, "spotify:track:4uLU6hMCjMI75M1A2tKUQC".parse()?);
/// let named: TrackRef = "Nina Simone - Sinnerman".parse()?;
/// assert_eq!(named.claim().as_str(), "name:nina simone|sinnerman");
/// # Ok::<(), signal_core::model::InvalidTrack>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TrackRef {
    claim: Claim,
    /// Artist and title, where the text said them.
    named: Option<(String, String)>,
}

impl TrackRef {
    /// A track known by its artist's name and its title. Guests, remasters and the like make no difference; versions do:
    /// see [`Title`].
    pub fn named(artist: &str, title: &str) -> Result<Self, InvalidTrack> {
        let (artist, title) = (artist.trim(), title.trim());
        let both = format!("{artist} - {title}");
        if artist.is_empty() || title.is_empty() {
            return Err(InvalidTrack::new(&both));
        }
        let key = format!("{}|{}", artist_key(artist), Title::read(title).canonical());
        let claim = Claim::new("name", &key).map_err(|_| InvalidTrack::new(&both))?;
        Ok(Self { claim, named: Some((artist.to_owned(), title.to_owned())) })
    }

    /// The same track with artist and title added, for a platform id whose names are known.
    #[must_use]
    pub fn with_names(mut self, artist: &str, title: &str) -> Self {
        self.named = Some((artist.trim().to_owned(), title.trim().to_owned()));
        self
    }

    /// The claim that finds the track.
    pub fn claim(&self) -> &Claim {
        &self.claim
    }

    /// Artist and title, where known.
    pub fn names(&self) -> Option<(&str, &str)> {
        self.named.as_ref().map(|(artist, title)| (artist.as_str(), title.as_str()))
    }
}

impl FromStr for TrackRef {
    type Err = InvalidTrack;

    fn from_str(text: &str) -> Result<Self, InvalidTrack> {
        let text = text.trim();
        let invalid = || InvalidTrack::new(text);
        let by = |source: &str, id: &str| {
            let claim = Claim::new(source, id).map_err(|_| invalid())?;
            Ok(Self { claim, named: None })
        };
        if let Some(code) = text.strip_prefix("isrc:") {
            return by("isrc", code.parse::<Isrc>()?.as_str());
        }
        if let Some(id) = text.strip_prefix("mbid:") {
            let id: uuid::Uuid = id.parse().map_err(|_| invalid())?;
            return by("mbid", &id.to_string());
        }
        if let Some((source, id)) = platform_track(text) {
            return by(source, id);
        }
        let (artist, title) = text.split_once(" - ").ok_or_else(invalid)?;
        Self::named(artist, title)
    }
}

/// The platform and its track id in a link or URI.
fn platform_track(text: &str) -> Option<(&'static str, &str)> {
    const FORMS: [(&str, &str); 6] = [
        ("spotify:track:", "spotify"),
        ("open.spotify.com/track/", "spotify"),
        ("tidal.com/browse/track/", "tidal"),
        ("tidal.com/track/", "tidal"),
        ("listen.tidal.com/track/", "tidal"),
        ("music.apple.com/", "apple"),
    ];
    let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let bare = bare.strip_prefix("www.").unwrap_or(bare);
    let (rest, platform) =
        FORMS.iter().find_map(|(start, platform)| bare.strip_prefix(start).map(|rest| (rest, *platform)))?;
    // Apple links carry the song as ?i=ID, everything else as the next part of the path.
    let id = if platform == "apple" {
        rest.split_once("?i=")
            .map(|(_, id)| id)
            .or_else(|| rest.split_once("/song/")?.1.rsplit('/').next())?
    } else {
        rest
    };
    let id = id.split(['?', '&', '#', '/']).next()?;
    let fits = !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric());
    fits.then_some((platform, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isrcs_have_one_form() {
        assert_eq!("us-rc1-76 07839".parse::<Isrc>().map(String::from), Ok("USRC17607839".to_owned()));
        assert!("USRC1760783".parse::<Isrc>().is_err());
        assert!("1SRC17607839".parse::<Isrc>().is_err());
    }

    #[test]
    fn links_of_three_platforms_are_read() {
        let claim = |text: &str| text.parse::<TrackRef>().map(|t| t.claim().to_string());
        assert_eq!(claim("https://tidal.com/browse/track/123?u"), Ok("tidal:123".to_owned()));
        assert_eq!(claim("https://music.apple.com/gb/album/x/1?i=987&l=en"), Ok("apple:987".to_owned()));
        assert_eq!(claim("https://music.apple.com/gb/song/x/987"), Ok("apple:987".to_owned()));
        assert_eq!(claim("isrc:USRC17607839"), Ok("isrc:USRC17607839".to_owned()));
        for wrong in ["", "Sinnerman", " - ", "isrc:nope", "mbid:nope", "https://open.spotify.com/track/"] {
            assert!(claim(wrong).is_err(), "{wrong}");
        }
    }
}
