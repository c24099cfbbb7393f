//! ZIP archives. The `zip` crate reads their directory; an entry is read where it lies, so that it can be held and sent on.

use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::super::error::ImportError;
use super::origin::{Budget, Origin};
use super::stream::refused;
use super::{Inner, Look, Part, Place, first_bytes, inner};

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
    pub(super) fn reader(&self, origin: &Origin, read: &Arc<AtomicU64>) -> Result<Checked, ImportError> {
        let mut file = origin.open(read)?;
        let sought = file.seek(SeekFrom::Start(self.start));
        sought.map_err(|cause| ImportError::unreadable(origin.shown(), cause))?;
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

/// Shows all entries to `look`, those of the ZIP archives in it as well; it lies itself `depth` deep.
pub(super) fn entries(
    origin: &Origin,
    (depth, budget): (usize, &mut Budget),
    head: usize,
    look: &mut impl Look,
) -> Result<(), ImportError> {
    let path = origin.shown();
    let unreadable = |cause| ImportError::unreadable(path, cause);
    let damaged = |error: zip::result::ZipError| unreadable(refused(format!("damaged archive ({error})")));
    let mut archive = ZipArchive::new(BufReader::new(origin.open(&Arc::default())?)).map_err(damaged)?;
    budget.look_at(archive.len())?;
    for number in 0..archive.len() {
        let entry = archive.by_index_raw(number).map_err(damaged)?;
        let shown = path.join(String::from_utf8_lossy(entry.name_raw()).as_ref());
        if !entry.is_file() {
            continue;
        }
        let deflated = match entry.compression() {
            _ if entry.encrypted() => {
                look.pass_over(&shown, "encrypted".to_owned());
                continue;
            }
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            other => {
                look.pass_over(&shown, format!("packed with {other}, which is not read"));
                continue;
            }
        };
        budget.tell(entry.size())?;
        let (packed, size, crc) = (entry.compressed_size(), entry.size(), entry.crc32());
        let start = entry
            .data_start()
            .ok_or_else(|| unreadable(refused("damaged archive (an entry lies nowhere)")))?;
        drop(entry);
        let zipped = Zipped { start, packed, size, crc, deflated };
        let place = Place::Zipped(origin.clone(), zipped);
        let part = Part { file: path.to_owned(), place, shown, bytes: packed };
        let reader = || zipped.reader(origin, &Arc::default());
        let start = first_bytes(&mut reader()?, head, part.path())?;
        match inner(&part, &start, (depth, budget), |_| reader())? {
            Inner::None => drop(look.part(&part, start)),
            Inner::PassedOver(what) => look.pass_over(part.path(), what),
            Inner::Archive(origin) => entries(&origin, (depth + 1, budget), head, look)?,
        }
    }
    Ok(())
}
