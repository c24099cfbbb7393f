//! Tables of scrobbles: a row a play, under a header that names a time, an artist and a track.
//!
//! Last.fm's own archive, the tools that fetch from it, Libre.fm and Pano Scrobbler all write such tables; they differ in
//! the names of the columns, in what stands between them, and in how they write a time.

use std::borrow::Cow;

use super::Format;
use super::error::{ImportError, Problem, excerpt};
use super::item::{ImportItem, Skip, listen, reason, track};
use super::packed::Text;
use super::pano::is_play;
use super::table::Table;
use super::times;

/// How far down the header may stand: Libre.fm puts a few lines before it.
pub(super) const HEADER_WITHIN: usize = 20;

/// The names of each column in small letters, the most telling first.
const TIMES: [&str; 10] = [
    "uts",
    "timems",
    "unixtime",
    "unix timestamp",
    "timestamp",
    "listened_at",
    "time",
    "date",
    "utc_time",
    "iso time",
];
const ARTISTS: [&str; 3] = ["artist", "artist name", "artist_name"];
const TITLES: [&str; 6] = ["track", "track name", "track_name", "title", "song", "name"];

/// Where the columns stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    time: usize,
    artist: usize,
    title: usize,
    event: Option<usize>,
    pub(super) format: Format,
    /// Whether the row that told so is a play itself.
    headless: bool,
}

/// What a row says about the columns: a header by its names, and the one known table without a header by its last column.
pub(super) fn columns(row: &[Cow<'_, str>]) -> Option<Columns> {
    // One program appends the user's name to the last name: `Date#ana`.
    let names: Vec<String> = row
        .iter()
        .map(|name| name.split_once('#').map_or(name.as_ref(), |(name, _)| name).trim().to_lowercase())
        .collect();
    let place =
        |wanted: &[&str]| wanted.iter().find_map(|wanted| names.iter().position(|name| name == wanted));
    if let (Some(time), Some(artist), Some(title)) = (place(&TIMES), place(&ARTISTS), place(&TITLES)) {
        let format = match names.get(time).map(String::as_str) {
            Some("timems") => Format::PanoScrobbler,
            Some("time") => Format::Librefm,
            _ => Format::Lastfm,
        };
        return Some(Columns { time, artist, title, event: place(&["event"]), format, headless: false });
    }
    let [_, _, _, time] = row else { return None };
    let worded = time.starts_with(|c: char| c.is_ascii_digit()) && time.contains(char::is_alphabetic);
    let headless = worded && times::text(time).is_some();
    headless.then_some(Columns {
        time: 3,
        artist: 0,
        title: 2,
        event: None,
        format: Format::Lastfm,
        headless,
    })
}

/// The rows of a table of scrobbles.
#[derive(Debug)]
pub(super) struct Scrobbles {
    table: Table,
    columns: Columns,
    /// The first row of a table without a header.
    first: Option<ImportItem>,
}

impl Scrobbles {
    pub(super) fn open(text: Text) -> Result<Self, ImportError> {
        let mut table = Table::of(text);
        for _ in 0..HEADER_WITHIN {
            let found = table.next_row(|row| {
                Ok(columns(row).map(|columns| (columns, columns.headless.then(|| item(row, columns)))))
            })?;
            match found {
                Some(Some((columns, first))) => {
                    let first = first.map(|row| placed(row, &table));
                    return Ok(Self { table, columns, first });
                }
                Some(None) => {}
                None => break,
            }
        }
        Err(Problem::new("expected a header with a time, an artist and a track").at(table.path(), 1))
    }

    pub(super) fn next_item(&mut self) -> Result<Option<ImportItem>, ImportError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let columns = self.columns;
        let row = self.table.next_row(|row| Ok(item(row, columns)))?;
        Ok(row.map(|row| placed(row, &self.table)))
    }
}

/// A row, or what is odd about it.
type Told = Result<Result<signal_core::platform::ImportRecord, Skip>, String>;

fn placed(row: Told, table: &Table) -> ImportItem {
    match row {
        Ok(row) => row.into(),
        Err(what) => ImportItem::Unknown { path: table.path().to_owned(), line: table.line(), what },
    }
}

fn item(row: &[Cow<'_, str>], columns: Columns) -> Told {
    let column = |place: usize| row.get(place).map(AsRef::as_ref);
    let Some((time, (artist, title))) =
        column(columns.time).zip(column(columns.artist).zip(column(columns.title)))
    else {
        return Err("too few columns".to_owned());
    };
    if !is_play(columns.event.and_then(column)) {
        return Ok(Err(Skip(reason::NOT_PLAYED)));
    }
    let start = match times::text(time) {
        None if time.is_empty() || time.parse::<f64>().is_ok() => return Ok(Err(Skip(reason::NO_TIME))),
        None => return Err(format!("time {} is not a time", excerpt(time))),
        Some(start) => start,
    };
    Ok(track(None, Some(artist), Some(title)).map(|track| listen(track, start, None)))
}
