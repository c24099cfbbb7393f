//! File imports: every format from small invented files, every error, and the real data where it is.
#![cfg(feature = "import")]

mod apple;
mod arbitrary;
mod bad_input;
mod containers;
mod hetrec;
mod listenbrainz;
mod scrobbles;
mod sources;
mod spotify;
mod tables;

use std::fs;
use std::path::Path;

use signal_adapters::import::{Format, Import, ImportError, ImportItem, ImportOptions};
use signal_core::model::{Exactness, TrackRef, TrustWeight};
use signal_core::platform::{ImportRecord, ImportedArtist};
use tempfile::TempDir;

/// A folder with files in it.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("inside the folder")).expect("create a folder");
        fs::write(path, content).expect("write a file");
    }
    folder
}

/// Everything that a file or folder gives, and what it was taken for.
fn read_path(path: &Path, scale: Option<f64>) -> Result<(Format, Vec<ImportItem>), ImportError> {
    let import = Import::open(path, &ImportOptions { scale, ..ImportOptions::default() })?;
    import.check()?;
    let mut records = import.records()?;
    let items = records.by_ref().collect::<Result<_, _>>()?;
    assert!(records.next().is_none(), "the end stays the end");
    assert_eq!(records.bytes_read(), import.bytes());
    Ok((import.format(), items))
}

/// The same of a single file whose name says nothing.
fn read_scaled(content: &[u8], scale: Option<f64>) -> Result<(Format, Vec<ImportItem>), ImportError> {
    let folder = folder(&[("file", content)]);
    read_path(&folder.path().join("file"), scale)
}

fn read(content: impl AsRef<[u8]>) -> Result<(Format, Vec<ImportItem>), ImportError> {
    read_scaled(content.as_ref(), None)
}

fn skipped(reason: &'static str) -> ImportItem {
    ImportItem::Skipped { reason }
}

fn person(person: &str) -> ImportItem {
    ImportItem::Record(ImportRecord::Person { person: person.to_owned() })
}

/// `weight` in ten-thousandths.
fn trust(from: &str, to: &str, weight: u16) -> ImportItem {
    let weight = Some(TrustWeight::from_ten_thousandths(weight).expect("a weight"));
    ImportItem::Record(ImportRecord::Trust {
        from: from.to_owned(),
        to: to.to_owned(),
        weight,
        mutual: false,
    })
}

fn friends(from: &str, to: &str) -> ImportItem {
    let (from, to) = (from.to_owned(), to.to_owned());
    ImportItem::Record(ImportRecord::Trust { from, to, weight: None, mutual: true })
}

fn artist(id: Option<&str>, name: &str) -> ImportedArtist {
    ImportedArtist { id: id.map(str::to_owned), name: name.to_owned() }
}

fn plays(person: &str, artist: ImportedArtist, plays: u64) -> ImportItem {
    ImportItem::Record(ImportRecord::ArtistPlays { person: Some(person.to_owned()), artist, plays })
}

/// A play of the person who imports.
fn listen(track: TrackRef, start: &str, exactness: Exactness, played_ms: Option<u32>) -> ImportItem {
    let start = start.parse().expect("a time");
    ImportItem::Record(ImportRecord::Listen { person: None, track, start, exactness, played_ms })
}

fn named(artist: &str, title: &str) -> TrackRef {
    TrackRef::named(artist, title).expect("a track")
}

/// The line and the words of a row that is nothing its format has.
fn unknown(item: &ImportItem) -> Option<(u64, &str)> {
    match item {
        ImportItem::Unknown { line, what, .. } => Some((*line, what)),
        _ => None,
    }
}
