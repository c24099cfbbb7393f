//! Taste cards: a person's top artists and genres as one signed file, which two people compare with no server and no
//! shared model.
//!
//! ```text
//! { "schema": "signal.card/1",
//!   "name":    "ana",
//!   "artists": [ { "name": "Sigur Rós", "key": "sigur ros", "claims": ["mbid:…"], "share": 20 } ],
//!   "genres":  [ { "name": "post-rock", "confidence": 65 } ],
//!   "signer":    64 hex digits of an ed25519 key,
//!   "signature": 128 hex digits over the bytes "signal.card/1\n" and the JSON of name, artists, genres and signer }
//! ```
//!
//! A card holds no times, no counts and no platform's id of a person. A share is a percentage of all plays in the steps 1, 2,
//! 5, 10, 20, 50; a confidence is a percentage in steps of 5. All numbers are whole, so that what is signed has one
//! spelling. The signature (RFC 8032) shows that a card is as its signer made it; who the signer is, the key's
//! [fingerprint](TasteCard::fingerprint) tells those who know it.

mod compare;
mod key;

use std::collections::BTreeSet;
use std::fmt;

use ed25519_dalek::{Signature, Signer, VerifyingKey};
use serde::{Deserialize, Serialize};

pub use self::compare::{CardArtists, CardComparison, CardGenres, compare};
pub use self::key::{CardKey, InvalidKey};
use crate::model::{Claim, normalise_name};

/// Bytes of the largest file that is read as a card.
pub const CARD_BYTES_MAX: usize = 128 * 1024;
/// Artists on a card.
pub const CARD_ARTISTS_MAX: usize = 100;
/// Genres on a card.
pub const CARD_GENRES_MAX: usize = 32;
/// Claims of an artist on a card.
pub const CARD_CLAIMS_MAX: usize = 8;
/// Characters of any name on a card.
pub const CARD_NAME_CHARS: usize = 200;

/// The schema, and the context of the signature.
const SCHEMA: &str = "signal.card/1";
/// Steps that a share is rounded to, in percent.
const SHARES: [u8; 6] = [1, 2, 5, 10, 20, 50];
/// Step that a confidence is rounded to, in percent.
const CONFIDENCE_STEP: u8 = 5;

/// What stands on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    name: String,
    artists: Vec<CardArtist>,
    genres: Vec<CardGenre>,
    signer: String,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    name: String,
    artists: Vec<CardArtist>,
    genres: Vec<CardGenre>,
    signer: String,
    signature: String,
}

/// An artist on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardArtist {
    /// The name as it is written.
    pub name: String,
    /// Its normal form, under which artists of two cards meet.
    pub key: String,
    /// Other systems' names, where they are known: `mbid:…`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// About what part of all plays, in percent: 1, 2, 5, 10, 20 or 50.
    pub share: u8,
}

/// A genre on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardGenre {
    /// Its name.
    pub name: String,
    /// How sure it is, in percent: 5 to 100 in steps of 5.
    pub confidence: u8,
}

/// An artist that may go on a card: name, claims, plays.
pub type Heard = (String, Vec<Claim>, u64);

/// A card whose signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TasteCard {
    content: Content,
    signature: [u8; 64],
}

/// Why a file is no card that can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// More than a card can have.
    #[error("reading a taste card: it is larger than {CARD_BYTES_MAX} bytes")]
    TooLarge,
    /// Not JSON, or not a card's.
    #[error("reading a taste card: {reason}")]
    Malformed {
        /// What the reader found.
        reason: String,
    },
    /// A card of another version.
    #[error("reading a taste card: its schema is not {SCHEMA}")]
    Schema,
    /// A part that no card has.
    #[error("reading a taste card: {what} cannot be")]
    Content {
        /// Which part.
        what: &'static str,
    },
    /// The signature does not fit what stands there.
    #[error("the card of {name} was changed after it was signed, or its signature was: it is not genuine")]
    Tampered {
        /// The name on it.
        name: String,
    },
}

impl TasteCard {
    /// Makes and signs a card: at most [`CARD_ARTISTS_MAX`] artists with the most plays and [`CARD_GENRES_MAX`] genres with
    /// the highest confidence, in [0, 1]. Names that cannot stand on a card are left out; one that is too long is cut.
    ///
    /// ```
    /// use signal_core::compatibility::card::{CardKey, TasteCard};
    ///
    /// let key = CardKey::from_bytes([7; 32]);
    /// let card = TasteCard::make("ana", vec![("Nina Simone".to_owned(), vec![], 40)], &[], &key);
    /// let file = card.to_json();
    /// assert_eq!(TasteCard::from_json(file.as_bytes()).as_ref(), Ok(&card));
    /// assert!(TasteCard::from_json(file.replace("Nina", "Tina").as_bytes()).is_err());
    /// ```
    pub fn make(name: &str, mut heard: Vec<Heard>, genres: &[(String, f64)], key: &CardKey) -> Self {
        heard.retain(|(_, _, plays)| *plays > 0);
        heard.sort_by(|x, y| y.2.cmp(&x.2).then_with(|| x.0.cmp(&y.0)));
        let total = heard.iter().map(|(_, _, plays)| *plays as f64).sum::<f64>();
        let artists = heard.into_iter().filter_map(|(name, mut claims, plays)| {
            let name = written(&name)?;
            claims.truncate(CARD_CLAIMS_MAX);
            Some(CardArtist { key: normalise_name(&name), name, claims, share: share(plays as f64 / total) })
        });
        let mut sure: Vec<_> = genres.iter().filter(|(_, confidence)| confidence.is_finite()).collect();
        sure.sort_by(|x, y| y.1.total_cmp(&x.1).then_with(|| x.0.cmp(&y.0)));
        let mut once = BTreeSet::new();
        let genres = sure.into_iter().filter_map(|(name, confidence)| {
            let (name, confidence) = (written(name)?, percent(*confidence));
            (confidence > 0 && once.insert(name.clone())).then_some(CardGenre { name, confidence })
        });
        let content = Content {
            name: written(name).unwrap_or_else(|| "somebody".to_owned()),
            artists: artists.take(CARD_ARTISTS_MAX).collect(),
            genres: genres.take(CARD_GENRES_MAX).collect(),
            signer: hex::encode(key.signing().verifying_key().as_bytes()),
        };
        let signature = key.signing().sign(&content.signed()).to_bytes();
        Self { content, signature }
    }

    /// Reads a card and checks its signature.
    pub fn from_json(bytes: &[u8]) -> Result<Self, CardError> {
        if bytes.len() > CARD_BYTES_MAX {
            return Err(CardError::TooLarge);
        }
        let malformed = |error: serde_json::Error| CardError::Malformed { reason: error.to_string() };
        let value: serde_json::Value = serde_json::from_slice(bytes).map_err(malformed)?;
        if value.get("schema").and_then(serde_json::Value::as_str) != Some(SCHEMA) {
            return Err(CardError::Schema);
        }
        // From the bytes again: a value would hide that a field stands there twice.
        let file: File = serde_json::from_slice(bytes).map_err(malformed)?;
        let File { name, artists, genres, signer, signature, .. } = file;
        let content = Content { name, artists, genres, signer };
        content.check()?;
        let tampered = || CardError::Tampered { name: content.name.clone() };
        let signature: [u8; 64] =
            hex::decode(&signature).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(tampered)?;
        let signer = hex::decode(&content.signer).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let signer = signer.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok()).ok_or_else(tampered)?;
        signer
            .verify_strict(&content.signed(), &Signature::from_bytes(&signature))
            .map_err(|_| tampered())?;
        Ok(Self { content, signature })
    }

    /// The file, for [`Self::from_json`].
    pub fn to_json(&self) -> String {
        let Content { name, artists, genres, signer } = self.content.clone();
        let signature = hex::encode(self.signature);
        let file = File { schema: SCHEMA.to_owned(), name, artists, genres, signer, signature };
        // Names, whole numbers and lists always serialise.
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }

    /// The name on it: what its signer calls themselves.
    pub fn name(&self) -> &str {
        &self.content.name
    }

    /// The artists, most played first.
    pub fn artists(&self) -> &[CardArtist] {
        &self.content.artists
    }

    /// The genres, surest first.
    pub fn genres(&self) -> &[CardGenre] {
        &self.content.genres
    }

    /// The first 16 hex digits of the signer's key, for people to compare.
    pub fn fingerprint(&self) -> &str {
        self.content.signer.get(..16).unwrap_or("")
    }
}

impl Content {
    /// The bytes that are signed.
    fn signed(&self) -> Vec<u8> {
        let mut bytes = format!("{SCHEMA}\n").into_bytes();
        bytes.extend(serde_json::to_vec(self).unwrap_or_default());
        bytes
    }

    /// What every card that Signal makes keeps to.
    fn check(&self) -> Result<(), CardError> {
        let artist = |artist: &CardArtist| {
            is_written(&artist.name)
                && artist.key == normalise_name(&artist.name)
                && artist.claims.len() <= CARD_CLAIMS_MAX
                && SHARES.contains(&artist.share)
        };
        let genre = |genre: &CardGenre| {
            let confidence = genre.confidence;
            is_written(&genre.name)
                && confidence.is_multiple_of(CONFIDENCE_STEP)
                && (1..=100).contains(&confidence)
        };
        let names: BTreeSet<&str> = self.genres.iter().map(|genre| genre.name.as_str()).collect();
        let rules = [
            (is_written(&self.name), "its name"),
            (self.artists.len() <= CARD_ARTISTS_MAX, "its number of artists"),
            (self.genres.len() <= CARD_GENRES_MAX, "its number of genres"),
            (self.artists.iter().all(artist), "one of its artists"),
            (self.genres.iter().all(genre), "one of its genres"),
            (names.len() == self.genres.len(), "a genre that stands on it twice"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, what)) => Err(CardError::Content { what }),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TasteCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.fingerprint())
    }
}

/// A name as it stands on a card, if anything of it can.
fn written(name: &str) -> Option<String> {
    let plain: String = name.chars().filter(|c| !is_hidden(*c)).take(CARD_NAME_CHARS).collect();
    let name = plain.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn is_written(name: &str) -> bool {
    written(name).as_deref() == Some(name)
}

/// Characters that steer a terminal or turn the direction of a line.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The step nearest to a fraction, by ratio.
fn share(fraction: f64) -> u8 {
    let percent = fraction * 100.0;
    // Between two steps, their geometric mean decides.
    let far =
        |step: u8| if percent > 0.0 { (libm::log(percent / f64::from(step))).abs() } else { f64::from(step) };
    SHARES.into_iter().min_by(|x, y| far(*x).total_cmp(&far(*y))).unwrap_or(1)
}

/// A fraction as a percentage in steps.
fn percent(fraction: f64) -> u8 {
    let steps = (fraction.clamp(0.0, 1.0) * 100.0 / f64::from(CONFIDENCE_STEP)).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 20")]
    let steps = steps as u8;
    steps * CONFIDENCE_STEP
}

#[cfg(test)]
mod tests;
