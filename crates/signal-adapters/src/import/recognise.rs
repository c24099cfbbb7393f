//! Finding out what a file, an archive or a folder is, by what is in it.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::elements::Elements;
use super::error::{ImportError, Problem};
use super::histories::Piece;
use super::json::{self, Shape};
use super::lines::BYTE_ORDER_MARK;
use super::packed::{Look, Opener, Packed, Part, Text, first_bytes, look_into, look_into_zip};
use super::scrobbles::{self, HEADER_WITHIN};
use super::table::Table;
use super::{Format, apple, edges, forms, hetrec, plays};

/// The most files of one folder that are looked at, and how deep folders may lie in each other.
const FILES_MAX: usize = 10_000;
const FOLDERS_MAX: usize = 8;

/// How much of a file in a folder or archive is looked at, and how many of its rows.
const HEAD_BYTES: usize = 1 << 16;
const ROWS_LOOKED_AT: usize = 16;

const FORMATS: &str = "import reads histories of Spotify, Apple Music, ListenBrainz, Last.fm, Maloja, \
                       Libre.fm and Pano Scrobbler, a HetRec folder, an edge list (from,to,weight[,time]) \
                       and a plays table (user,artist,plays)";

/// How many files that cannot be read are told.
const PASSED_OVER_MAX: usize = 1_000;

/// One source that was found: its format, its files, and those beside them that say who plays a song.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) format: Format,
    pub(super) pieces: Vec<Piece>,
    pub(super) beside: Vec<Part>,
    /// Files that could be a history and cannot be read, and why; the first source of a path tells them.
    pub(super) passed_over: Vec<(PathBuf, String)>,
}

impl Found {
    fn of(format: Format, pieces: Vec<Piece>) -> Self {
        Self { format, pieces, beside: Vec::new(), passed_over: Vec::new() }
    }

    /// Takes in another part of the same history.
    pub(super) fn join(&mut self, other: Self) {
        self.format = whole(self.format, other.format);
        self.pieces.extend(other.pieces);
        self.beside.extend(other.beside);
        self.passed_over.extend(other.passed_over);
    }
}

/// What two parts of a history are together: a lifetime's history if any of it is one; pins only where there is nothing else.
fn whole(known: Format, other: Format) -> Format {
    if other == Format::SpotifyExtended || known == Format::ListenBrainzPins { other } else { known }
}

/// Recognises a file, an archive or a folder: each source in it is one, and there is at least one.
pub(super) fn recognise(path: &Path) -> Result<Vec<Found>, ImportError> {
    let kind = fs::metadata(path).map_err(|cause| ImportError::unreadable(path, cause))?;
    let mut heap = Heap::default();
    if kind.is_dir() {
        if path.join(hetrec::SHEETS[0].file).is_file() {
            return Ok(vec![hetrec_folder(path)?]);
        }
        for file in files(path)? {
            heap.look_at(&file)?;
        }
        return heap.sort(path);
    }
    if !kind.is_file() {
        return Err(unknown(path, "name a plain file or a folder"));
    }
    if heap.look_into(path)? {
        return heap.sort(path);
    }
    let found = plain(path, kind.len())?;
    let looked_up = found.format == Format::AppleActivity;
    let beside = if looked_up { siblings(path) } else { Vec::new() };
    Ok(vec![Found { beside, ..found }])
}

fn hetrec_folder(path: &Path) -> Result<Found, ImportError> {
    let piece = |sheet: &hetrec::Sheet| {
        let file = path.join(sheet.file);
        let bytes = file.metadata().map_err(|cause| ImportError::unreadable(&file, cause))?.len();
        Ok(Piece { part: Part::plain(&file, bytes), format: Format::HetRec, table: true })
    };
    let pieces = hetrec::SHEETS.iter().map(piece).collect::<Result<_, ImportError>>()?;
    Ok(Found::of(Format::HetRec, pieces))
}

/// What was found so far.
#[derive(Debug, Default)]
struct Heap {
    pieces: Vec<Piece>,
    beside: Vec<Part>,
    passed_over: Vec<(PathBuf, String)>,
}

impl Heap {
    /// Looks at a file of a folder, whatever it is.
    fn look_at(&mut self, path: &Path) -> Result<(), ImportError> {
        match self.look_into(path) {
            Err(ImportError::OtherForm { path, what }) => self.pass_over(&path, what),
            looked_into => {
                if !looked_into? {
                    let bytes = path.metadata().map_err(|cause| ImportError::unreadable(path, cause))?.len();
                    let part = Part::plain(path, bytes);
                    self.part(&part, head(&part)?);
                }
            }
        }
        Ok(())
    }

    /// Looks into an archive or a compressed file; false for any other.
    fn look_into(&mut self, path: &Path) -> Result<bool, ImportError> {
        let packed = look_into(path, HEAD_BYTES, self)?;
        if let Packed::Coded(part) = &packed {
            self.part(part, head(part)?);
        }
        Ok(!matches!(packed, Packed::Plain))
    }
}

impl Look for Heap {
    /// Keeps a part if its first bytes tell what it is.
    fn part(&mut self, part: &Part, head: Vec<u8>) -> bool {
        let is_json = is_json(&head);
        let unread = forms::unread(&head);
        let text = Text::head(part.path(), head);
        let what = if is_json { json_of(text).ok().flatten() } else { table_of_head(text) };
        let format = match what {
            Some(Shape::Play(format)) => format,
            // The files of a dump hold the listens of many people, each named.
            Some(Shape::NamedListen) if part.is_taped() => Format::ListenBrainzDump,
            Some(Shape::NamedListen) => Format::ListenBrainz,
            Some(Shape::LibraryTrack) => {
                self.beside.push(part.clone());
                return true;
            }
            None => {
                if let Some(what) = unread {
                    self.pass_over(part.path(), what.to_owned());
                }
                return false;
            }
        };
        self.pieces.push(Piece { part: part.clone(), format, table: !is_json });
        true
    }

    fn pass_over(&mut self, path: &Path, what: String) {
        if self.passed_over.len() < PASSED_OVER_MAX {
            self.passed_over.push((path.to_owned(), what));
        }
    }
}

impl Heap {
    /// Source by source, each with its files in order.
    fn sort(self, path: &Path) -> Result<Vec<Found>, ImportError> {
        let mut found: Vec<Found> = Vec::new();
        for piece in self.pieces {
            let format = piece.format;
            match found.iter_mut().find(|known| known.format.family() == format.family()) {
                Some(known) => {
                    known.format = whole(known.format, format);
                    known.pieces.push(piece);
                }
                None => found.push(Found::of(format, vec![piece])),
            }
        }
        let Some(first) = found.first_mut() else {
            let passed_over = self.passed_over.into_iter().next();
            return Err(passed_over.map_or_else(
                || unknown(path, FORMATS),
                |(path, what)| ImportError::OtherForm { path, what },
            ));
        };
        first.passed_over = self.passed_over;
        for apple in found.iter_mut().filter(|found| found.format == Format::AppleActivity) {
            apple.beside.clone_from(&self.beside);
        }
        Ok(found)
    }
}

fn head(part: &Part) -> Result<Vec<u8>, ImportError> {
    let mut text = part.open(&mut Opener::default(), &Arc::default())?;
    first_bytes(&mut text.reader, HEAD_BYTES, part.path())
}

/// The files of the same folder that say who plays a song; what cannot be read says nothing.
fn siblings(path: &Path) -> Vec<Part> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut heap = Heap::default();
    for file in entries(folder).unwrap_or_default() {
        if file.is_file() && file != path {
            let part = Part::plain(&file, 0);
            // Apple packs its library once more: `Library Tracks.json.zip`.
            if let Ok(false) = look_into_zip(&file, HEAD_BYTES, &mut heap)
                && let Ok(head) = head(&part)
            {
                heap.part(&part, head);
            }
        }
    }
    heap.beside
}

/// Whether a text begins as JSON does.
pub(super) fn is_json(head: &[u8]) -> bool {
    matches!(first(head), Some(b'[' | b'{'))
}

fn first(head: &[u8]) -> Option<u8> {
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    text.trim_ascii_start().first().copied()
}

/// What JSON is, going by its first rows.
fn json_of(text: Text) -> Result<Option<Shape>, ImportError> {
    let mut elements = Elements::of(text);
    for _ in 0..ROWS_LOOKED_AT {
        match elements.next_object()? {
            Some(row) => {
                if let Some(shape) = json::shape(row) {
                    return Ok(Some(shape));
                }
            }
            None => break,
        }
    }
    Ok(None)
}

/// What a table is that lies among other files.
fn table_of_head(text: Text) -> Option<Shape> {
    let mut table = Table::of(text);
    for place in 0..HEADER_WITHIN {
        table.decide_anew();
        let shape = table.next_row(|row| Ok(history(row, place == 0))).ok()??;
        if shape.is_some() {
            return shape;
        }
    }
    None
}

/// Which history a row begins.
fn history(row: &[Cow<'_, str>], first: bool) -> Option<Shape> {
    if apple::places(row).is_some() {
        Some(Shape::Play(Format::AppleActivity))
    } else if apple::names_artists(row) {
        Some(Shape::LibraryTrack)
    } else {
        scrobbles::columns(row, first).map(|columns| Shape::Play(columns.format))
    }
}

/// Recognises a plain file; one that is almost something is told what is wrong with it.
fn plain(path: &Path, bytes: u64) -> Result<Found, ImportError> {
    let part = Part::plain(path, bytes);
    let head = head(&part)?;
    let (format, table) = if is_json(&head) {
        match json_of(Text::plain(path, &Arc::default())?)? {
            Some(Shape::Play(format)) => (format, false),
            Some(Shape::NamedListen) => (Format::ListenBrainz, false),
            Some(Shape::LibraryTrack) => return Err(unknown(path, BESIDE)),
            None => return Err(unknown(path, FORMATS)),
        }
    } else if first(&head).is_none() && head.len() < HEAD_BYTES {
        return Err(unknown(path, FORMATS));
    } else {
        (text(path)?, true)
    };
    Ok(Found::of(format, vec![Piece { part, format, table }]))
}

const BESIDE: &str = "it says who plays a song; import the play activity that lies beside it";

/// Which table a text file is.
fn text(path: &Path) -> Result<Format, ImportError> {
    let mut table = Table::open(path, &Arc::default())?;
    let first = table.next_row(|columns| Ok(table_of(columns)))?;
    match first {
        Some(First::Plays) => return Ok(Format::PlaysTable),
        // Nor has what is played at the moment a time: an edge without one may be a play, going by the next row.
        Some(First::Edge) => {
            let second = table.next_row(|row| Ok(scrobbles::columns(row, false)));
            let play = second.ok().flatten().flatten().filter(|columns| columns.headless);
            return Ok(play.map_or(Format::EdgeList, |columns| columns.format));
        }
        Some(First::History(Shape::Play(format))) => return Ok(format),
        Some(First::History(Shape::LibraryTrack)) => return Err(unknown(path, BESIDE)),
        // Any three words could be a header: an edge must follow, or a play.
        Some(First::MaybeHeader) => {
            let second = |row: &[Cow<'_, str>]| Ok((scrobbles::columns(row, false), edges::number(row)));
            match table.next_row(second)? {
                Some((Some(columns), _)) => return Ok(columns.format),
                Some((None, Some(_))) => return Ok(Format::EdgeList),
                _ => {}
            }
        }
        Some(First::HetRec) => {
            return Err(unknown(path, "name the folder that holds it and the other tables"));
        }
        Some(First::History(Shape::NamedListen) | First::OtherTable | First::NoTable) | None => {}
    }
    let line = table.line();
    for _ in 1..HEADER_WITHIN {
        table.decide_anew();
        match table.next_row(|row| Ok(scrobbles::columns(row, false))) {
            Ok(Some(Some(columns))) => return Ok(columns.format),
            Ok(Some(None)) => {}
            Ok(None) | Err(_) => break,
        }
    }
    if matches!(first, Some(First::OtherTable)) {
        let what = format!("{} or the header user,artist,plays", edges::EXPECTED);
        return Err(Problem::new(what).at(path, line));
    }
    Err(unknown(path, FORMATS))
}

/// What the first row of a text file looks like.
#[derive(Debug, Clone, Copy)]
enum First {
    Plays,
    Edge,
    History(Shape),
    MaybeHeader,
    HetRec,
    OtherTable,
    NoTable,
}

fn table_of(columns: &[Cow<'_, str>]) -> First {
    let begins = |sheet: &hetrec::Sheet| {
        columns.len() >= sheet.columns.len() && columns.iter().zip(sheet.columns).all(|(a, b)| a == b)
    };
    if plays::places(columns).is_some() {
        First::Plays
    } else if hetrec::SHEETS.iter().any(begins) {
        First::HetRec
    } else if let Some(shape) = history(columns, true) {
        First::History(shape)
    } else if edges::is_header(columns) && !edges::names_columns(columns) {
        First::MaybeHeader
    } else if edges::is_row(columns) {
        First::Edge
    } else if columns.len() > 1 {
        First::OtherTable
    } else {
        First::NoTable
    }
}

/// The files of a folder and of the folders in it, in order of their paths. Links to folders are not followed.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let (mut files, mut folders) = (Vec::new(), vec![(folder.to_owned(), 1)]);
    while let Some((here, depth)) = folders.pop() {
        for entry in entries(&here)? {
            if entry.is_dir() {
                if depth < FOLDERS_MAX && !entry.is_symlink() {
                    folders.push((entry, depth + 1));
                }
            } else if entry.is_file() {
                files.push(entry);
            }
            if files.len() + folders.len() > FILES_MAX {
                return Err(ImportError::TooManyFiles { path: folder.to_owned(), limit: FILES_MAX });
            }
        }
    }
    files.sort();
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let unreadable = |cause| ImportError::unreadable(folder, cause);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
        if paths.len() > FILES_MAX {
            return Err(ImportError::TooManyFiles { path: folder.to_owned(), limit: FILES_MAX });
        }
    }
    Ok(paths)
}

fn unknown(path: &Path, hint: &str) -> ImportError {
    ImportError::UnknownFormat { path: path.to_owned(), hint: hint.to_owned() }
}
