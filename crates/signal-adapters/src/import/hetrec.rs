//! The Last.fm data set of `HetRec` 2011: a folder of tab-separated tables, read as published.

use std::array;
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use signal_core::platform::{ImportRecord, ImportedArtist};

use super::Source;
use super::error::{ImportError, Problem};
use super::item::{ImportItem, Skip, name, reason};
use super::lines::Lines;
use super::plays::{artist_plays, count};
use super::table::id;

/// The most artists, tags and people.
const NAMES_MAX: usize = 1_000_000;

/// One of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sheet {
    /// The file's name.
    pub(super) file: &'static str,
    /// How its header begins: the columns that are read.
    pub(super) columns: &'static [&'static str],
}

const ARTISTS: Sheet = Sheet { file: "artists.dat", columns: &["id", "name"] };
pub(super) const TAGS: Sheet = Sheet { file: "tags.dat", columns: &["tagID", "tagValue"] };
const PLAYS: Sheet = Sheet { file: "user_artists.dat", columns: &["userID", "artistID", "weight"] };
const FRIENDS: Sheet = Sheet { file: "user_friends.dat", columns: &["userID", "friendID"] };
pub(super) const TAGGED: Sheet =
    Sheet { file: "user_taggedartists.dat", columns: &["userID", "artistID", "tagID"] };

/// All tables; the first makes a folder one of these.
pub(super) const SHEETS: [Sheet; 5] = [PLAYS, FRIENDS, TAGGED, TAGS, ARTISTS];

/// The data set, a row at a time; only names and ids stay in memory.
#[derive(Debug)]
pub(super) struct HetRec {
    folder: PathBuf,
    read: Arc<AtomicU64>,
    names: Names,
    sheets: array::IntoIter<Sheet, 3>,
    current: Option<Rows>,
    people: HashSet<String>,
    ready: VecDeque<ImportItem>,
}

impl HetRec {
    pub(super) fn open(folder: &Path, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        let names = Names { artists: names(folder, ARTISTS, read)?, tags: names(folder, TAGS, read)? };
        Ok(Self {
            folder: folder.to_owned(),
            read: Arc::clone(read),
            names,
            sheets: [PLAYS, FRIENDS, TAGGED].into_iter(),
            current: None,
            people: HashSet::new(),
            ready: VecDeque::new(),
        })
    }

    /// Says once of everybody that they exist.
    fn meet(&mut self, person: &str) {
        if self.people.insert(person.to_owned()) {
            let person = person.to_owned();
            self.ready.push_back(ImportItem::Record(ImportRecord::Person { person }));
        }
    }
}

impl Source for HetRec {
    fn next_item(&mut self) -> Result<Option<ImportItem>, ImportError> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            let Some(rows) = &mut self.current else {
                let Some(sheet) = self.sheets.next() else {
                    return Ok(None);
                };
                self.current = Some(Rows::open(&self.folder, sheet, &self.read)?);
                continue;
            };
            let sheet = rows.sheet;
            let Some(row) = rows.next_row(|row| self.names.read(sheet, row))? else {
                self.current = None;
                continue;
            };
            if self.people.len() >= NAMES_MAX {
                return Err(rows.error(Problem::new(format!("more than {NAMES_MAX} people"))));
            }
            for person in &row.people {
                self.meet(person);
            }
            self.ready.push_back(row.said.into());
        }
    }
}

/// A row: the people it makes known, and what it says.
struct Row {
    people: Vec<String>,
    said: Result<ImportRecord, Skip>,
}

/// What the ids of artists and tags stand for.
#[derive(Debug)]
struct Names {
    artists: HashMap<String, String>,
    tags: HashMap<String, String>,
}

impl Names {
    fn read(&self, sheet: Sheet, row: &[&str]) -> Result<Row, Problem> {
        match row {
            [user, artist, plays] if sheet == PLAYS => {
                let user = id("userID", user)?;
                let plays = count("weight", plays)?;
                let said = self.artist(artist).and_then(|artist| artist_plays(user.clone(), artist, plays));
                Ok(Row { people: vec![user], said })
            }
            [user, friend] if sheet == FRIENDS => {
                let (from, to) = (id("userID", user)?, id("friendID", friend)?);
                Ok(Row { people: vec![from.clone(), to.clone()], said: friendship(from, to) })
            }
            // Who only tags is nobody that Signal could say anything about.
            [_, artist, tag] if sheet == TAGGED => {
                Ok(Row { people: Vec::new(), said: self.tag(artist, tag) })
            }
            _ => Err(Problem::new(format!("expected {}", sheet.columns.join(", ")))),
        }
    }

    fn artist(&self, artist: &str) -> Result<ImportedArtist, Skip> {
        let known = self.artists.get(artist).map_or("", String::as_str);
        let name = name(known, reason::ARTIST_WITHOUT_NAME)?;
        Ok(ImportedArtist { id: Some(artist.to_owned()), name })
    }

    fn tag(&self, artist: &str, tag: &str) -> Result<ImportRecord, Skip> {
        let artist = self.artist(artist)?;
        let known = self.tags.get(tag).map_or("", String::as_str);
        Ok(ImportRecord::ArtistTag { artist, tag: name(known, reason::TAG_WITHOUT_NAME)? })
    }
}

fn friendship(from: String, to: String) -> Result<ImportRecord, Skip> {
    if from == to {
        return Err(Skip(reason::TRUST_IN_ONESELF));
    }
    Ok(ImportRecord::Trust { from, to, weight: None, mutual: true })
}

/// A table of names by id.
pub(super) fn names(
    folder: &Path,
    sheet: Sheet,
    read: &Arc<AtomicU64>,
) -> Result<HashMap<String, String>, ImportError> {
    let mut rows = Rows::open(folder, sheet, read)?;
    let mut names = HashMap::new();
    let entry = |row: &[&str]| match row {
        [key, name] => Ok((id("id", key)?, (*name).to_owned())),
        _ => Err(Problem::new(format!("expected {}", sheet.columns.join(", ")))),
    };
    while let Some((key, name)) = rows.next_row(entry)? {
        names.insert(key, name);
        if names.len() > NAMES_MAX {
            return Err(rows.error(Problem::new(format!("more than {NAMES_MAX} names"))));
        }
    }
    Ok(names)
}

/// The rows of one table under its header. Quotes mean nothing here.
#[derive(Debug)]
struct Rows {
    sheet: Sheet,
    lines: Lines,
}

impl Rows {
    fn open(folder: &Path, sheet: Sheet, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        let mut rows = Self { sheet, lines: Lines::open(&folder.join(sheet.file), read)? };
        let is_header = |row: &[&str]| Ok(row == sheet.columns);
        if rows.next_row(is_header)? == Some(true) {
            return Ok(rows);
        }
        Err(rows.error(Problem::new(format!("expected the header {}", sheet.columns.join(", ")))))
    }

    /// Reads the next row and hands the columns that matter, trimmed, to `parse`.
    fn next_row<T>(
        &mut self,
        parse: impl FnOnce(&[&str]) -> Result<T, Problem>,
    ) -> Result<Option<T>, ImportError> {
        loop {
            let Some(text) = self.lines.next_as_published()? else {
                return Ok(None);
            };
            if text.trim().is_empty() {
                continue;
            }
            let columns: Vec<&str> = text.split('\t').take(self.sheet.columns.len()).map(str::trim).collect();
            return parse(&columns).map(Some).map_err(|problem| self.lines.error(problem));
        }
    }

    fn error(&self, problem: Problem) -> ImportError {
        self.lines.error(problem)
    }
}
