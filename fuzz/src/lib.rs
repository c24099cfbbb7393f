//! What the targets share: a file is written, recognised and read, and what must hold of any file is looked at.
//!
//! A reader may refuse whatever it likes; it may not panic, disagree with itself, or speak of places that are not there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use signal_adapters::import::{Format, Import, ImportError, ImportItem, ImportOptions};
use tempfile::TempDir;

/// The longest error that fits a terminal.
const ERROR_CHARS_MAX: usize = 1_000;

/// Reads a file that begins as one of `format` does, and goes on in any way.
pub fn file_of(format: Format, head: &str, rest: &[u8]) {
    let path = folder().join("file");
    write(&path, &[head.as_bytes(), rest].concat());
    for import in survive(&path) {
        assert_eq!(import.format(), format, "the first row says what a file is");
    }
}

/// Reads a file of any bytes.
pub fn file(bytes: &[u8]) {
    let path = folder().join("file");
    write(&path, bytes);
    survive(&path);
}

/// Reads a folder of tables, each `(name, content)`.
pub fn tables(tables: &[(&str, Vec<u8>)]) {
    for (name, content) in tables {
        write(&folder().join(name), content);
    }
    survive(folder());
}

/// Reads what there is, and gives what it was taken for.
fn survive(path: &Path) -> Vec<Import> {
    let imports = match Import::open_all(path, &ImportOptions::default()) {
        Ok(imports) => imports,
        Err(error) => return told(&error),
    };
    for import in &imports {
        match (import.check(), import.records()) {
            (Ok(()), Ok(mut records)) => {
                for item in records.by_ref() {
                    look_at(&item.expect("what was checked can be read"));
                }
                assert!(records.bytes_read() >= import.bytes(), "all of it was read");
            }
            (Err(error), Ok(mut records)) => {
                told::<()>(&error);
                assert!(records.any(|item| item.is_err()), "what was refused is refused again: {error}");
            }
            (Ok(()), Err(error)) => panic!("what was checked cannot be opened: {error}"),
            (Err(error), Err(_)) => drop(told::<()>(&error)),
        }
    }
    imports
}

/// A row that is told has a place, and words that fit a line.
fn look_at(item: &ImportItem) {
    if let ImportItem::Unknown { line, what, .. } = item {
        assert!(*line >= 1, "lines count from one");
        assert!(!what.contains('\n') && what.chars().count() <= ERROR_CHARS_MAX, "{what}");
    }
}

/// An error fits a line, and so does its hint.
fn told<T>(error: &ImportError) -> Vec<T> {
    for words in [error.to_string(), error.hint().unwrap_or_default()] {
        assert!(!words.contains('\n') && words.chars().count() <= ERROR_CHARS_MAX, "{words}");
    }
    Vec::new()
}

fn write(path: &PathBuf, bytes: &[u8]) {
    fs::write(path, bytes).expect("the folder for temporary files can be written");
}

/// A folder of this process.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder for temporary files")).path()
}
