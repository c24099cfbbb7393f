//! Apple Music's "Play Activity" table from the privacy export.
//!
//! Its columns change from year to year and are found by name. Newer exports do not say who plays a song; the other files of
//! the same export say it of many. Addresses, devices and places, which the table holds too, are never looked at.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde::Deserialize;
use signal_core::model::{Exactness, Timestamp};

use super::elements::Elements;
use super::error::{ImportError, Problem, excerpt};
use super::item::{ImportItem, Skip, listen, reason, track};
use super::packed::{Opener, Part, Text};
use super::spotify::SHORTEST_PLAY_MS;
use super::table::Table;
use super::{json, times};

/// Rows of one song no further apart than this are one play.
const SAME_PLAY_WITHIN_MS: i64 = 3 * 60 * 1_000;
/// How much longer than the song the parts of one play may be together.
const WOUND_BACK_MS: i64 = 10_000;
/// What the end of a play is called, in older exports too.
const EVENTS: [&str; 2] = ["PLAY_END", "PLAY"];
/// How many plays the next row may belong to: so many devices can play in turn.
const OPEN_MAX: usize = 8;
/// No play is longer than a day.
const LONGEST_PLAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The most songs whose artist is looked up.
const TITLES_MAX: usize = 1_000_000;

/// The columns that say `Artist - Title`: of the daily history, and of the history by track, which has a column beside it.
const DESCRIPTION: &str = "track description";
const TRACK_NAME: [&str; 2] = ["track name", "last played date"];

/// Where the columns stand that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places {
    song: usize,
    artist: Option<usize>,
    /// Who made what it was played from, and whether that is an album: of a playlist it would be whoever made the list.
    container_artist: Option<usize>,
    container_type: Option<usize>,
    container_album: Option<usize>,
    start: Option<usize>,
    end: Option<usize>,
    played: usize,
    length: Option<usize>,
    event: Option<usize>,
    item: Option<usize>,
    media: Option<usize>,
}

/// Finds the columns in a header.
pub(super) fn places(header: &[Cow<'_, str>]) -> Option<Places> {
    let place = |name: &str| header.iter().position(|column| column.trim().eq_ignore_ascii_case(name));
    let (start, end) = (place("event start timestamp"), place("event end timestamp"));
    start.or(end)?;
    Some(Places {
        song: place("song name").or_else(|| place("content name"))?,
        artist: place("artist name"),
        container_artist: place("container artist name"),
        container_type: place("container type"),
        container_album: place("container album name"),
        start,
        end,
        played: place("play duration milliseconds")?,
        length: place("media duration in milliseconds"),
        event: place("event type"),
        item: place("item type"),
        media: place("media type"),
    })
}

/// Whether a header is that of a history that names artists.
pub(super) fn names_artists(header: &[Cow<'_, str>]) -> bool {
    description(header).is_some()
}

/// The column that says `Artist - Title`.
fn description(header: &[Cow<'_, str>]) -> Option<usize> {
    let place = |name: &str| header.iter().position(|column| column.trim().eq_ignore_ascii_case(name));
    let [track, beside] = TRACK_NAME;
    place(DESCRIPTION).or_else(|| place(beside).and(place(track)))
}

/// Who plays a song, for songs that one artist alone plays.
#[derive(Debug, Default)]
pub(super) struct Titles {
    artists: HashMap<String, Option<String>>,
}

impl Titles {
    /// Reads the files that lie beside the table.
    pub(super) fn read(beside: &[Part]) -> Result<Self, ImportError> {
        let (mut titles, mut opener) = (Self::default(), Opener::default());
        for part in beside {
            let start = super::packed::first_bytes(
                &mut part.open(&mut opener, &Arc::default())?.reader,
                64,
                part.path(),
            )?;
            let text = part.open(&mut opener, &Arc::default())?;
            if super::recognise::is_json(&start) { titles.library(text)? } else { titles.daily(text)? }
        }
        Ok(titles)
    }

    fn library(&mut self, text: Text) -> Result<(), ImportError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Song {
            title: Option<String>,
            artist: Option<String>,
        }
        let mut songs = Elements::of(text);
        while let Some(song) = songs.next_object()? {
            let Ok(Song { title: Some(title), artist: Some(artist) }) = json::read(song) else { continue };
            self.learn(&title, &artist).map_err(|problem| songs.error(problem, 0))?;
        }
        Ok(())
    }

    fn daily(&mut self, text: Text) -> Result<(), ImportError> {
        let mut table = Table::of(text);
        let Some(Some(place)) = table.next_row(|header| Ok(description(header)))? else { return Ok(()) };
        while let Some(()) =
            table.next_row(|row| match row.get(place).and_then(|both| both.split_once(" - ")) {
                Some((artist, title)) => self.learn(title, artist),
                None => Ok(()),
            })?
        {}
        Ok(())
    }

    fn learn(&mut self, title: &str, artist: &str) -> Result<(), Problem> {
        let artist = artist.trim();
        if artist.is_empty() {
            return Ok(());
        }
        let known = self.artists.entry(key(title)).or_insert_with(|| Some(artist.to_owned()));
        if known.as_ref().is_some_and(|known| key(known) != key(artist)) {
            *known = None;
        }
        if self.artists.len() > TITLES_MAX {
            return Err(Problem::new(format!("more than {TITLES_MAX} songs")));
        }
        Ok(())
    }

    fn artist(&self, title: &str) -> Option<&str> {
        self.artists.get(&key(title))?.as_deref()
    }
}

fn key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The plays of a table.
#[derive(Debug)]
pub(super) struct Activity {
    table: Table,
    places: Places,
    titles: Arc<Titles>,
    /// The plays that the next row may belong to, the newest last.
    open: VecDeque<Play>,
    ready: VecDeque<ImportItem>,
}

/// One play, perhaps of several rows.
#[derive(Debug)]
struct Play {
    artist: String,
    song: String,
    start: Timestamp,
    end: Timestamp,
    exactness: Exactness,
    played_ms: i64,
    /// What the first of its rows says of that.
    first_ms: i64,
    /// How long the song is, 0 where nothing says so.
    length_ms: i64,
}

impl Activity {
    pub(super) fn open(text: Text, titles: Arc<Titles>) -> Result<Self, ImportError> {
        let mut table = Table::of(text);
        let expected = || Problem::new("expected the header of a play activity");
        let places = table.next_row(|header| places(header).ok_or_else(expected))?;
        let places = places.ok_or_else(|| expected().at(table.path(), 1))?;
        Ok(Self { table, places, titles, open: VecDeque::new(), ready: VecDeque::new() })
    }

    pub(super) fn next_item(&mut self) -> Result<Option<ImportItem>, ImportError> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            let (places, titles) = (self.places, &self.titles);
            match self.table.next_row(|row| Ok(play(row, places, titles)))? {
                Some(Ok(Ok(play))) => self.add(play),
                Some(Ok(Err(Skip(reason)))) => return Ok(Some(ImportItem::Skipped { reason })),
                Some(Err(what)) => {
                    let (path, line) = (self.table.path().to_owned(), self.table.line());
                    return Ok(Some(ImportItem::Unknown { path, line, what }));
                }
                None => return Ok(self.open.pop_front().map(Play::item)),
            }
        }
    }

    /// Takes a row in: as a part of a play before it, or as the next one.
    fn add(&mut self, next: Play) {
        // A row that is there twice says nothing new.
        if self.open.iter().any(|play| play.is_told_by(&next)) {
            self.ready.push_back(ImportItem::Skipped { reason: reason::PART_OF_A_PLAY });
            return;
        }
        let newest = self.open.len().saturating_sub(1);
        let same = self.open.iter_mut().enumerate().rev().find(|(place, play)| {
            // A whole song is another play of it; where rows lie between, also one whose length nobody knows.
            play.goes_on_with(&next) && (play.has_room_for(&next) || *place == newest && play.length_ms == 0)
        });
        if let Some((_, play)) = same {
            play.start = play.start.min(next.start);
            play.end = play.end.max(next.end);
            play.exactness = play.exactness.min(next.exactness);
            let longest = if play.length_ms > 0 { play.length_ms } else { LONGEST_PLAY_MS };
            play.played_ms = (play.played_ms + next.played_ms).min(longest);
            self.ready.push_back(ImportItem::Skipped { reason: reason::PART_OF_A_PLAY });
            return;
        }
        self.open.push_back(next);
        if self.open.len() > OPEN_MAX {
            self.ready.extend(self.open.pop_front().map(Play::item));
        }
    }
}

impl Play {
    /// Whether a row tells of the same play. Rows come in either order.
    fn goes_on_with(&self, next: &Self) -> bool {
        let apart = |from: Timestamp, to: Timestamp| (to.micros() - from.micros()) / 1_000;
        let gap = apart(self.end, next.start).max(apart(next.end, self.start));
        self.song == next.song && self.artist == next.artist && gap <= SAME_PLAY_WITHIN_MS
            // A play that lies in the other is another device's, and another play.
            && (self.end <= next.start || next.end <= self.start || self.start == next.start)
    }

    /// Whether a row is the same as the one that began the play.
    fn is_told_by(&self, next: &Self) -> bool {
        (self.start, self.first_ms) == (next.start, next.played_ms)
            && self.song == next.song
            && self.artist == next.artist
    }

    /// Whether both together are no longer than the song, but for what somebody wound back.
    fn has_room_for(&self, next: &Self) -> bool {
        self.length_ms > 0 && self.played_ms + next.played_ms <= self.length_ms + WOUND_BACK_MS
    }

    fn item(self) -> ImportItem {
        let track = track(None, Some(&self.artist), Some(&self.song));
        let play = track.and_then(|track| {
            if self.played_ms < SHORTEST_PLAY_MS {
                return Err(Skip(reason::SHORT));
            }
            Ok(listen(track, (self.start, self.exactness), u32::try_from(self.played_ms).ok()))
        });
        play.into()
    }
}

/// A row as a play, as one that stays out, or what is odd about it.
fn play(row: &[Cow<'_, str>], places: Places, titles: &Titles) -> Result<Result<Play, Skip>, String> {
    let cell = |place: Option<usize>| place.and_then(|place| row.get(place)).map_or("", |cell| cell.trim());
    let event = cell(places.event);
    if !(event.is_empty() || EVENTS.iter().any(|known| event.eq_ignore_ascii_case(known))) {
        return Ok(Err(Skip(reason::ANOTHER_EVENT)));
    }
    let song = cell(Some(places.song));
    if song.is_empty() {
        return Ok(Err(Skip(reason::NOTHING_NAMED)));
    }
    if cell(places.media).eq_ignore_ascii_case("VIDEO") {
        return Ok(Err(Skip(reason::NOT_MUSIC)));
    }
    let length = millis("media duration", cell(places.length))?.unwrap_or(0);
    let item = cell(places.item);
    if length == 0 && !item.is_empty() && !item.eq_ignore_ascii_case("ITUNES_STORE_CONTENT") {
        return Ok(Err(Skip(reason::NOT_MUSIC)));
    }
    // Some durations are negative, others are longer than the song.
    let played = millis("play duration", cell(Some(places.played)))?.unwrap_or(0);
    let longest = if length > 0 { length.min(LONGEST_PLAY_MS) } else { LONGEST_PLAY_MS };
    let played_ms = played.min(longest);
    if played_ms <= 0 {
        return Ok(Err(Skip(reason::NOT_PLAYED)));
    }
    let Some((start, exactness)) = start(cell(places.start), cell(places.end), played_ms)? else {
        return Ok(Err(Skip(reason::NO_TIME)));
    };
    let named = Some(cell(places.artist)).filter(|artist| !artist.is_empty());
    let is_album =
        cell(places.container_type).eq_ignore_ascii_case("ALBUM") || !cell(places.container_album).is_empty();
    let of_album = Some(cell(places.container_artist)).filter(|artist| is_album && !artist.is_empty());
    let Some(artist) = named.or_else(|| titles.artist(song)).or(of_album) else {
        return Ok(Err(Skip(reason::ARTIST_NOT_KNOWN)));
    };
    let end = times::before(start, -played_ms);
    let (artist, song, length_ms) = (artist.to_owned(), song.to_owned(), length);
    Ok(Ok(Play { artist, song, start, end, exactness, played_ms, first_ms: played_ms, length_ms }))
}

/// When it began: as the table says, or as its end and its length say.
fn start(start: &str, end: &str, played_ms: i64) -> Result<Option<(Timestamp, Exactness)>, String> {
    let time = |text: &str| times::text("", text).map_err(|problem| problem.what);
    Ok(match time(start)? {
        Some(start) => Some(start),
        None => time(end)?.map(|(end, _)| (times::before(end, played_ms), Exactness::Estimated)),
    })
}

fn millis(what: &str, text: &str) -> Result<Option<i64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is clamped where it is used")]
    number
        .map(|number| Some(number as i64))
        .ok_or_else(|| format!("{what} {} is not a number", excerpt(text)))
}
