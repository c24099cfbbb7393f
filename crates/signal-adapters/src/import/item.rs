//! What a file gives: records, and the rows that give none.

use std::path::PathBuf;

use signal_core::model::{Exactness, Timestamp, TrackRef};
use signal_core::platform::ImportRecord;

/// The longest name of an artist, a track or a tag, in bytes.
const NAME_MAX_BYTES: usize = 1_000;

/// One row of a source.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportItem {
    /// It says something.
    Record(ImportRecord),
    /// It is left out.
    Skipped {
        /// Why, in words that stay the same from row to row, so that they can be counted.
        reason: &'static str,
    },
    /// It is whole, but nothing that its format has; or a file beside the others that looks like a history and cannot be read.
    Unknown {
        /// The file, and the entry within it.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
}

/// Why rows are left out.
pub(super) mod reason {
    pub(crate) const ANOTHER_EVENT: &str = "not the end of a play";
    pub(crate) const ARTIST_WITHOUT_NAME: &str = "artist without a name";
    pub(crate) const ARTIST_NOT_KNOWN: &str = "artist not known";
    pub(crate) const BESIDE_EXTENDED: &str = "account history beside the extended one";
    pub(crate) const DISTRUST: &str = "distrust (negative weight)";
    pub(crate) const NAME_TOO_LONG: &str = "name too long";
    pub(crate) const NOTHING_NAMED: &str = "nothing named";
    pub(crate) const NOT_MUSIC: &str = "not music";
    pub(crate) const NO_PLAYS: &str = "no plays";
    pub(crate) const NOT_PLAYED: &str = "not played";
    pub(crate) const NO_TIME: &str = "no time";
    pub(crate) const NO_TRUST: &str = "no trust (weight 0)";
    pub(crate) const PART_OF_A_PLAY: &str = "part of a play told in several rows";
    pub(crate) const PRIVATE: &str = "private session";
    pub(crate) const REPLACED: &str = "replaced by a newer row";
    pub(crate) const SHORT: &str = "shorter than 30 seconds";
    pub(crate) const TAG_WITHOUT_NAME: &str = "tag without a name";
    pub(crate) const TRUST_IN_ONESELF: &str = "trust in oneself";
    pub(crate) const UNUSABLE_NAME: &str = "unusable name";
}

/// A row that stays out, and why.
#[derive(Debug, PartialEq)]
pub(super) struct Skip(pub(super) &'static str);

/// The item of a row that may stay out.
impl From<Result<ImportRecord, Skip>> for ImportItem {
    fn from(row: Result<ImportRecord, Skip>) -> Self {
        match row {
            Ok(record) => Self::Record(record),
            Err(Skip(reason)) => Self::Skipped { reason },
        }
    }
}

/// A name that is there and not too long; `missing` is the reason if it is not there.
pub(super) fn name(text: &str, missing: &'static str) -> Result<String, Skip> {
    match text.trim() {
        "" => Err(Skip(missing)),
        name if name.len() > NAME_MAX_BYTES => Err(Skip(reason::NAME_TOO_LONG)),
        name => Ok(name.to_owned()),
    }
}

/// A track by its id where it has one, and by its names where it has both.
pub(super) fn track(
    id: Option<TrackRef>,
    artist: Option<&str>,
    title: Option<&str>,
) -> Result<TrackRef, Skip> {
    let given = |text: Option<&str>| name(text.unwrap_or_default(), reason::NOTHING_NAMED);
    let names = given(artist).and_then(|artist| Ok((artist, given(title)?)));
    match (id, names) {
        (Some(track), Ok((artist, title))) => Ok(track.with_names(&artist, &title)),
        (Some(track), Err(Skip(reason::NOTHING_NAMED))) => Ok(track),
        (None, Ok((artist, title))) => {
            TrackRef::named(&artist, &title).map_err(|_| Skip(reason::UNUSABLE_NAME))
        }
        (_, Err(skip)) => Err(skip),
    }
}

/// The play of the person who imports.
pub(super) fn listen(
    track: TrackRef,
    (start, exactness): (Timestamp, Exactness),
    played_ms: Option<u32>,
) -> ImportRecord {
    ImportRecord::Listen { person: None, track, start, exactness, played_ms }
}
