//! Finding out what a file or folder is, by what is in it.

use std::borrow::Cow;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::elements::Elements;
use super::error::{ImportError, Problem};
use super::lines::{BYTE_ORDER_MARK, CountedFile};
use super::table::Table;
use super::{Format, edges, hetrec, plays, spotify};

/// The most files of one folder that are looked at.
const FILES_MAX: usize = 10_000;

const FORMATS: &str = "import reads a HetRec folder, Spotify's streaming history (JSON), an edge list \
                       (from,to,weight[,time]) and a plays table (user,artist,plays)";

/// What was found: the format, and the files with a format of their own.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) format: Format,
    pub(super) files: Vec<(PathBuf, Format)>,
}

/// Recognises a file or a folder.
pub(super) fn recognise(path: &Path) -> Result<Found, ImportError> {
    let kind = fs::metadata(path).map_err(|cause| ImportError::unreadable(path, cause))?;
    if kind.is_dir() {
        return folder(path);
    }
    if !kind.is_file() {
        return Err(unknown(path, "name a plain file or a folder"));
    }
    let format = match start_of(path)? {
        Start::List => history(path)?.ok_or_else(|| unknown(path, FORMATS))?,
        Start::Text => text(path)?,
        Start::Archive => return Err(unknown(path, "unpack the archive and name the folder it gives")),
        Start::Other => return Err(unknown(path, FORMATS)),
    };
    Ok(Found { format, files: vec![(path.to_owned(), format)] })
}

/// How a file begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// With a bracket: a JSON list.
    List,
    /// With the marks of a ZIP or gzip archive.
    Archive,
    /// With an opening brace, or not at all.
    Other,
    Text,
}

fn start_of(path: &Path) -> Result<Start, ImportError> {
    const LOOKED_AT: u64 = 4_096;
    let mut start = Vec::new();
    CountedFile::open(path, &Arc::default())?
        .take(LOOKED_AT)
        .read_to_end(&mut start)
        .map_err(|cause| ImportError::unreadable(path, cause))?;
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"\x1f\x8b") {
        return Ok(Start::Archive);
    }
    let text = start.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&start);
    Ok(match text.trim_ascii_start().first() {
        Some(b'[') => Start::List,
        Some(b'{') => Start::Other,
        Some(_) => Start::Text,
        None if start.len() as u64 == LOOKED_AT => Start::Text,
        None => Start::Other,
    })
}

/// Which streaming history a JSON list is; an empty list is none.
fn history(path: &Path) -> Result<Option<Format>, ImportError> {
    Ok(Elements::open(path, &Arc::default())?.next_object()?.and_then(spotify::history_of))
}

/// Which table a text file is.
fn text(path: &Path) -> Result<Format, ImportError> {
    let mut table = Table::open(path, &Arc::default())?;
    let first = table.next_row(|columns| Ok(table_of(columns)))?;
    match first {
        Some(First::Plays) => Ok(Format::PlaysTable),
        Some(First::Edge) => Ok(Format::EdgeList),
        // Any three words could be a header: an edge must follow.
        Some(First::MaybeHeader) => match table.next_row(|columns| Ok(edges::number(columns).is_some()))? {
            Some(true) => Ok(Format::EdgeList),
            _ => Err(unknown(path, FORMATS)),
        },
        Some(First::HetRec) => Err(unknown(path, "name the folder that holds it and the other tables")),
        Some(First::OtherTable) => {
            let what = format!("{} or the header user,artist,plays", edges::EXPECTED);
            Err(Problem::new(what).at(path, table.line()))
        }
        Some(First::NoTable) | None => Err(unknown(path, FORMATS)),
    }
}

/// What the first row of a text file looks like.
enum First {
    Plays,
    Edge,
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

fn folder(path: &Path) -> Result<Found, ImportError> {
    if path.join(hetrec::SHEETS[0].file).is_file() {
        let files = hetrec::SHEETS.iter().map(|sheet| (path.join(sheet.file), Format::HetRec)).collect();
        return Ok(Found { format: Format::HetRec, files });
    }
    let mut files = Vec::new();
    for file in json_files(path)? {
        if start_of(&file)? == Start::List
            && let Some(format) = history(&file)?
        {
            files.push((file, format));
        }
    }
    let formats = || files.iter().map(|(_, format)| *format);
    let extended = formats().find(|format| *format == Format::SpotifyExtended);
    match extended.or_else(|| formats().next()) {
        Some(format) => Ok(Found { format, files }),
        None => Err(unknown(path, FORMATS)),
    }
}

/// The JSON files of a folder and of the folders in it, in order of their paths.
fn json_files(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let mut files = Vec::new();
    for entry in entries(folder)? {
        if entry.is_dir() {
            files.extend(entries(&entry)?);
        } else {
            files.push(entry);
        }
        if files.len() > FILES_MAX {
            return Err(ImportError::TooManyFiles { path: folder.to_owned(), limit: FILES_MAX });
        }
    }
    files.retain(|file| {
        file.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("json")) && file.is_file()
    });
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
