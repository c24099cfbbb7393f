//! Where the bytes of an archive lie: in a file of the disk, or in a temporary one that was filled from another archive.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::error::ImportError;
use super::stream::{refused, too_much};
use super::{ENTRIES_MAX, HELD_MAX_BYTES};

/// An archive as a whole.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// What errors call it.
    shown: PathBuf,
    /// Its bytes, where it was taken out of another archive: a file without a name, which goes when nobody holds it.
    held: Option<Arc<Mutex<File>>>,
}

impl Origin {
    pub(super) fn file(path: &Path) -> Self {
        Self { shown: path.to_owned(), held: None }
    }

    pub(super) fn shown(&self) -> &Path {
        &self.shown
    }

    /// Opens it at its start; `read` grows as it is read.
    pub(super) fn open(&self, read: &Arc<AtomicU64>) -> Result<CountedFile, ImportError> {
        match &self.held {
            None => CountedFile::open(&self.shown, read),
            Some(file) => {
                let bytes = Bytes::Held { file: Arc::clone(file), at: 0 };
                Ok(CountedFile { bytes, read: Arc::clone(read) })
            }
        }
    }
}

/// A file that counts what is read from it.
#[derive(Debug)]
pub(super) struct CountedFile {
    bytes: Bytes,
    read: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Bytes {
    Own(File),
    /// A file that others read at other places.
    Held {
        file: Arc<Mutex<File>>,
        at: u64,
    },
}

impl CountedFile {
    pub(super) fn open(path: &Path, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        let file = File::open(path).map_err(|cause| ImportError::unreadable(path, cause))?;
        Ok(Self { bytes: Bytes::Own(file), read: Arc::clone(read) })
    }
}

impl Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Own(file) => file.read(buffer),
            Self::Held { file, at } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(*at))?;
                let count = file.read(buffer)?;
                *at += count as u64;
                Ok(count)
            }
        }
    }
}

impl Read for CountedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            match self.bytes.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => break done?,
            }
        };
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for CountedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.bytes {
            Bytes::Own(file) => file.seek(to),
            Bytes::Held { file, at } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let to = match to {
                    SeekFrom::Current(ahead) => {
                        file.seek(SeekFrom::Start(*at))?;
                        SeekFrom::Current(ahead)
                    }
                    other => other,
                };
                *at = file.seek(to)?;
                Ok(*at)
            }
        }
    }
}

/// What a file and all archives within it have given so far.
#[derive(Debug)]
pub(super) struct Budget {
    path: PathBuf,
    /// How long the file itself is.
    bytes: u64,
    entries: usize,
    told: u64,
    held: u64,
}

impl Budget {
    pub(super) fn new(path: &Path, bytes: u64) -> Self {
        Self { path: path.to_owned(), bytes, entries: 0, told: 0, held: 0 }
    }

    /// Counts entries that are looked at.
    pub(super) fn look_at(&mut self, entries: usize) -> Result<(), ImportError> {
        self.entries = self.entries.saturating_add(entries);
        if self.entries > ENTRIES_MAX {
            return Err(ImportError::TooManyFiles { path: self.path.clone(), limit: ENTRIES_MAX });
        }
        Ok(())
    }

    /// Counts an entry's bytes. Entries that lie over each other give far more than the file is long, too.
    pub(super) fn tell(&mut self, size: u64) -> Result<(), ImportError> {
        self.told = self.told.saturating_add(size);
        match too_much(self.told, self.bytes) {
            Some(what) => Err(ImportError::unreadable(&self.path, refused(what))),
            None => Ok(()),
        }
    }

    /// Puts an inner archive into a temporary file.
    pub(super) fn hold(&mut self, shown: &Path, reader: impl Read) -> Result<Origin, ImportError> {
        let unreadable = |cause| ImportError::unreadable(shown, cause);
        let mut file = tempfile::tempfile().map_err(unreadable)?;
        let left = HELD_MAX_BYTES.saturating_sub(self.held);
        let copied = io::copy(&mut reader.take(left.saturating_add(1)), &mut file).map_err(unreadable)?;
        if copied > left {
            let what = format!("archives inside archives of more than {HELD_MAX_BYTES} bytes");
            return Err(ImportError::unreadable(&self.path, refused(what)));
        }
        self.held += copied;
        Ok(Origin { shown: shown.to_owned(), held: Some(Arc::new(Mutex::new(file))) })
    }
}
