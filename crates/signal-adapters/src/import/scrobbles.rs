//! Tables of scrobbles: a row a play, under a header that names a time, an artist and a track.
//!
//! Last.fm's own archive, the tools that fetch from it, Libre.fm and Pano Scrobbler all write such tables; they differ in
//! the names of the columns, in what stands between them, and in how they write a time.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::Format;
use super::error::{ImportError, Problem};
use super::item::{ImportItem, Skip, listen, reason, track};
use super::packed::Text;
use super::pano::is_play;
use super::table::Table;
use super::times;

/// How far down the header may stand: Libre.fm puts a few lines before it.
pub(super) const HEADER_WITHIN: usize = 20;

/// The names of each column in small letters, the most telling first.
const TIMES: [&str; 17] = [
    "uts",
    "timems",
    "unixtime",
    "unix_time",
    "unix timestamp",
    "timestamp",
    "listened_at",
    "time",
    "date",
    "utc_time",
    "iso time",
    "datetime",
    "date_time",
    "played_at",
    "played at",
    "played time",
    "scrobbled at",
];
const ARTISTS: [&str; 4] = ["artist", "artist name", "artist_name", "artist name(s)"];
const TITLES: [&str; 9] =
    ["track", "track name", "track_name", "title", "track title", "song", "song name", "song title", "name"];

/// What Libre.fm's header begins with; others have a column called `time`, too.
const LIBREFM: [&str; 4] = ["time", "artist", "track", "album"];

/// Where the columns stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    time: usize,
    /// The day, where the column of the time may hold the clock alone.
    date: Option<usize>,
    artist: usize,
    title: usize,
    event: Option<usize>,
    pub(super) format: Format,
    /// Whether the row that told so is a play itself.
    pub(super) headless: bool,
}

/// What a row says about the columns: a header by its names, a table without a header by what stands where. `first` says
/// whether it is the first row of its file.
pub(super) fn columns(row: &[Cow<'_, str>], first: bool) -> Option<Columns> {
    header(row).or_else(|| headless(row, first))
}

fn header(row: &[Cow<'_, str>]) -> Option<Columns> {
    // One program appends the user's name to the last name: `Date#ana`.
    let names: Vec<String> = row
        .iter()
        .map(|name| name.split_once('#').map_or(name.as_ref(), |(name, _)| name).trim().to_lowercase())
        .collect();
    let place =
        |wanted: &[&str]| wanted.iter().find_map(|wanted| names.iter().position(|name| name == wanted));
    let (time, artist, title) = (place(&TIMES)?, place(&ARTISTS)?, place(&TITLES)?);
    let called = names.get(time).map(String::as_str);
    let format = match called {
        Some("timems") => Format::PanoScrobbler,
        Some("time")
            if names.iter().zip(LIBREFM).filter(|(name, known)| name == known).count() == LIBREFM.len() =>
        {
            Format::Librefm
        }
        _ => Format::Lastfm,
    };
    let date = if called == Some("time") { place(&["date"]) } else { None };
    Some(Columns { time, date, artist, title, event: place(&["event"]), format, headless: false })
}

/// The tables without a header that are known. All but the oldest are told by the first row of a file alone, lest a row of
/// another table looks like one.
fn headless(row: &[Cow<'_, str>], first: bool) -> Option<Columns> {
    let at = |time, date, artist, title| {
        let (event, format) = (None, Format::Lastfm);
        Some(Columns { time, date, artist, title, event, format, headless: true })
    };
    let is_time = |time: &str| matches!(times::text("", time), Ok(Some(_)));
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    let is_mbid = |text: &str| text.is_empty() || text.parse::<uuid::Uuid>().is_ok();
    match row {
        // Artist, album, title, `31 Jan 2020 14:05`. A number and a date of digits would be an edge with its time.
        [_, _, title, time]
            if time.starts_with(|c: char| c.is_ascii_digit())
                && time.contains(char::is_alphabetic)
                && (times::worded(time).is_some() || !is_number(title))
                && is_time(time) =>
        {
            at(3, None, 0, 2)
        }
        // Day, clock, artist, title.
        [date, time, _, _] if first && !is_time(time) && is_time(&format!("{date} {time}")) => {
            at(1, Some(0), 2, 3)
        }
        // Artist, title, album, time, album's artist, seconds.
        [artist, title, _, time, _, length]
            if first
                && !(artist.is_empty() || title.is_empty())
                && !is_number(time)
                && is_time(time)
                && (length.is_empty() || length.parse::<u32>().is_ok()) =>
        {
            at(3, None, 0, 1)
        }
        // Seconds since 1970, title, artist, album, and an id of each.
        [time, _, _, _, ids @ ..]
            if first
                && ids.len() == 3
                && time.chars().all(|c| c.is_ascii_digit())
                && is_time(time)
                && ids.iter().all(|id| is_mbid(id)) =>
        {
            at(0, None, 2, 1)
        }
        _ => None,
    }
}

/// The rows of a table of scrobbles.
#[derive(Debug)]
pub(super) struct Scrobbles {
    table: Table,
    columns: Columns,
    /// The first rows of a table without a header.
    first: VecDeque<ImportItem>,
}

impl Scrobbles {
    pub(super) fn open(text: Text) -> Result<Self, ImportError> {
        let mut table = Table::of(text);
        // What is played at the moment has no time yet, and comes first.
        let mut playing = 0;
        for place in 0..HEADER_WITHIN {
            table.decide_anew();
            let found = table.next_row(|row| {
                let columns = columns(row, place == 0);
                Ok((
                    columns.map(|columns| (columns, columns.headless.then(|| item(row, columns)))),
                    row.len(),
                ))
            })?;
            match found {
                Some((Some((columns, first)), _)) => {
                    let mut rows = VecDeque::new();
                    if let Some(first) = first {
                        rows.extend((0..playing).map(|_| ImportItem::Skipped { reason: reason::NO_TIME }));
                        rows.push_back(placed(first, &table));
                    }
                    return Ok(Self { table, columns, first: rows });
                }
                Some((None, width)) => playing += usize::from(width == 4),
                None => break,
            }
        }
        Err(Problem::new("expected a header with a time, an artist and a track").at(table.path(), 1))
    }

    pub(super) fn next_item(&mut self) -> Result<Option<ImportItem>, ImportError> {
        if let Some(first) = self.first.pop_front() {
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
    let start = start(time, columns.date.and_then(column)).map_err(|problem| problem.what)?;
    let Some(start) = start else { return Ok(Err(Skip(reason::NO_TIME))) };
    Ok(track(None, Some(artist), Some(title)).map(|track| listen(track, start, None)))
}

/// When a play began: as the column of the time says, together with that of the day where there is one.
fn start(time: &str, date: Option<&str>) -> Result<times::Told, Problem> {
    let Some(date) = date else { return times::text("time", time) };
    let both = format!("{date} {time}");
    for whole in [time, &both, date] {
        if let Ok(Some(told)) = times::text("time", whole) {
            return Ok(Some(told));
        }
    }
    times::text("time", &both)
}
