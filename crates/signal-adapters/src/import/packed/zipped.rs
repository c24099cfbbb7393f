//! ZIP archives. The `zip` crate reads their directory; an entry is read where it lies, so that it can be held and sent on.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::super::error::ImportError;
use super::stream::{refused, too_much};
use super::{CountedFile, ENTRIES_MAX, Look, Part, Place, first_bytes};

/// Where an entry lies and what it should give.
#[derive(Debug, Clone, Copy)]
pub(super) struct Zipped {
    start: u64,
    packed: u64,
    size: u64,
    crc: u32,
    deflated: bool,
}

impl Zipped {
    pub(super) fn reader(&self, path: &Path, read: &Arc<AtomicU64>) -> Result<Checked, ImportError> {
        let mut file = CountedFile::open(path, read)?;
        file.file.seek(SeekFrom::Start(self.start)).map_err(|cause| ImportError::unreadable(path, cause))?;
        let packed = BufReader::with_capacity(1 << 16, file.take(self.packed));
        let inner: Box<dyn Read + Send> =
            if self.deflated { Box::new(DeflateDecoder::new(packed)) } else { Box::new(packed) };
        Ok(Checked { inner, entry: *self, given: 0, crc: Crc::new() })
    }
}

/// An entry whose length and checksum are those that the archive tells.
pub(super) struct Checked {
    inner: Box<dyn Read + Send>,
    entry: Zipped,
    given: u64,
    crc: Crc,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer);
        let count =
            read.map_err(|error| refused(format!("damaged after {} unpacked bytes ({error})", self.given)))?;
        self.given += count as u64;
        self.crc.update(buffer.get(..count).unwrap_or_default());
        if self.given > self.entry.size {
            return Err(refused("longer than the archive says"));
        }
        if count == 0
            && !buffer.is_empty()
            && (self.given < self.entry.size || self.crc.sum() != self.entry.crc)
        {
            return Err(refused(format!(
                "damaged: its {} unpacked bytes are not those that were packed",
                self.given
            )));
        }
        Ok(count)
    }
}

/// Shows all entries to `look`.
pub(super) fn entries(path: &Path, head: usize, look: &mut Look<'_>) -> Result<(), ImportError> {
    let unreadable = |cause| ImportError::unreadable(path, cause);
    let damaged = |error: zip::result::ZipError| unreadable(refused(format!("damaged archive ({error})")));
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    if archive.len() > ENTRIES_MAX {
        return Err(ImportError::TooManyFiles { path: path.to_owned(), limit: ENTRIES_MAX });
    }
    let mut told = 0_u64;
    for number in 0..archive.len() {
        let entry = archive.by_index_raw(number).map_err(damaged)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let deflated = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            _ => continue,
        };
        if !entry.is_file() || entry.encrypted() {
            continue;
        }
        told = told.saturating_add(entry.size());
        // Entries that lie over each other give far more than the archive is long, too.
        if let Some(what) = too_much(told, bytes) {
            return Err(unreadable(refused(what)));
        }
        let (packed, size, crc) = (entry.compressed_size(), entry.size(), entry.crc32());
        let start = entry
            .data_start()
            .ok_or_else(|| unreadable(refused("damaged archive (an entry lies nowhere)")))?;
        drop(entry);
        let zipped = Zipped { start, packed, size, crc, deflated };
        let part = Part {
            file: path.to_owned(),
            place: Place::Zipped(zipped),
            shown: path.join(name),
            bytes: packed,
        };
        let start = first_bytes(&mut zipped.reader(path, &Arc::default())?, head, part.path())?;
        look(&part, start);
    }
    Ok(())
}
