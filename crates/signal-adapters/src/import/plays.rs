//! Plays tables: how often who played whom, under a header with `user`, `artist` and `plays`.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use signal_core::platform::{ImportRecord, ImportedArtist};

use super::Source;
use super::error::{ImportError, Problem, excerpt};
use super::item::{ImportItem, Skip, name, reason};
use super::table::{Table, id};

const EXPECTED: &str = "expected user,artist,plays";

/// The rows of a plays table.
#[derive(Debug)]
pub(super) struct Plays {
    table: Table,
    places: Places,
}

impl Plays {
    pub(super) fn open(path: &Path, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        let mut table = Table::open(path, read)?;
        let places = table.next_row(|header| places(header).ok_or_else(|| Problem::new(EXPECTED)))?;
        // A file that has lost even its header since it was recognised has no rows either.
        Ok(Self { table, places: places.unwrap_or(Places { user: 0, artist: 1, plays: 2 }) })
    }
}

impl Source for Plays {
    fn next_item(&mut self) -> Result<Option<ImportItem>, ImportError> {
        let places = self.places;
        let row = self.table.next_row(|columns| record(columns, places))?;
        Ok(row.map(ImportItem::from))
    }
}

/// Where the three columns stand. Others may stand beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places {
    user: usize,
    artist: usize,
    plays: usize,
}

/// Finds the three columns in a header.
pub(super) fn places(header: &[Cow<'_, str>]) -> Option<Places> {
    let place = |name| header.iter().position(|column| column.eq_ignore_ascii_case(name));
    Some(Places { user: place("user")?, artist: place("artist")?, plays: place("plays")? })
}

fn record(columns: &[Cow<'_, str>], places: Places) -> Result<Result<ImportRecord, Skip>, Problem> {
    let column = |place| columns.get(place).ok_or_else(|| Problem::new(EXPECTED));
    let person = id("user", column(places.user)?)?;
    let plays = count("plays", column(places.plays)?)?;
    let artist = name(column(places.artist)?, reason::NOTHING_NAMED);
    Ok(artist.and_then(|name| artist_plays(person, ImportedArtist { id: None, name }, plays)))
}

/// A number of plays as it stands in the column `what`.
pub(super) fn count(what: &str, text: &str) -> Result<u32, Problem> {
    text.parse().map_err(|_| {
        Problem::new(format!("{what} {} is not a whole number from 0 to {}", excerpt(text), u32::MAX))
    })
}

/// Plays of an artist, where there are any.
pub(super) fn artist_plays(person: String, artist: ImportedArtist, plays: u32) -> Result<ImportRecord, Skip> {
    if plays == 0 {
        return Err(Skip(reason::NO_PLAYS));
    }
    Ok(ImportRecord::ArtistPlays { person: Some(person), artist, plays: plays.into() })
}
