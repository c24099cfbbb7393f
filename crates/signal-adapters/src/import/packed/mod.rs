//! What lies in archives, read in place: nothing is ever written to disk, and nothing is trusted to be as small as it says.
//!
//! A [`Part`] is one text: a plain file, a compressed one, or an entry of a ZIP or tar archive. An archive inside an archive
//! is not opened.

mod stream;
mod tape;
mod zipped;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::ImportError;
pub(super) use stream::Refused;
use stream::{Coding, Unpacked};
use tape::{Tape, TapeEntry};
use zipped::Zipped;

/// The most entries of one archive that are looked at.
const ENTRIES_MAX: usize = 10_000;

/// How often an archive may hold its own size, once it has given [`UNPACKED_FREE_BYTES`]: histories shrink to a tenth or a
/// thirtieth, what shrinks to a thousandth is made to fill disks.
const RATIO_MAX: u64 = 200;
const UNPACKED_FREE_BYTES: u64 = 64 << 20;

/// The most bytes that one archive may give.
const UNPACKED_MAX_BYTES: u64 = 1 << 40;

/// Bytes of any kind, behind a buffer.
pub(super) type Reader = BufReader<Stream>;

/// A file or an entry being read.
pub(super) struct Stream(Box<dyn Read + Send>);

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stream")
    }
}

/// A text that can be read, and what errors call it.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) path: PathBuf,
    pub(super) reader: Reader,
}

impl Text {
    /// A plain file; `read` grows as it is read.
    pub(super) fn plain(path: &Path, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        Part::plain(path, 0).open(&mut Opener::default(), read)
    }

    /// Bytes in memory.
    pub(super) fn head(path: &Path, bytes: Vec<u8>) -> Self {
        Self::of(path, io::Cursor::new(bytes))
    }

    fn of(path: &Path, reader: impl Read + Send + 'static) -> Self {
        let reader = BufReader::with_capacity(1 << 16, Stream(Box::new(reader)));
        Self { path: path.to_owned(), reader }
    }
}

/// A file that counts what is read from it.
#[derive(Debug)]
struct CountedFile {
    file: File,
    read: Arc<AtomicU64>,
}

impl CountedFile {
    fn open(path: &Path, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        let file = File::open(path).map_err(|cause| ImportError::unreadable(path, cause))?;
        Ok(Self { file, read: Arc::clone(read) })
    }
}

impl Read for CountedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            match self.file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => break done?,
            }
        };
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// One text, wherever it lies.
#[derive(Debug, Clone)]
pub(super) struct Part {
    file: PathBuf,
    place: Place,
    /// What errors call it: the file, and the entry within it.
    shown: PathBuf,
    /// How many bytes of the file are read for it.
    bytes: u64,
}

#[derive(Debug, Clone)]
enum Place {
    Plain,
    Coded(Coding),
    Zipped(Zipped),
    /// An entry of a tar archive: where it begins and how long it is, both unpacked.
    Taped(Coding, TapeEntry),
}

impl Part {
    /// A plain file of so many bytes.
    pub(super) fn plain(path: &Path, bytes: u64) -> Self {
        Self { file: path.to_owned(), place: Place::Plain, shown: path.to_owned(), bytes }
    }

    pub(super) fn path(&self) -> &Path {
        &self.shown
    }

    /// How many bytes of the disk are read for it.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether it is an entry of a tar archive.
    pub(super) fn is_taped(&self) -> bool {
        matches!(self.place, Place::Taped(..))
    }

    /// Reads from its start.
    pub(super) fn open(&self, opener: &mut Opener, read: &Arc<AtomicU64>) -> Result<Text, ImportError> {
        match &self.place {
            Place::Plain => Ok(Text::of(&self.shown, CountedFile::open(&self.file, read)?)),
            Place::Coded(coding) => Ok(Text::of(&self.shown, Unpacked::open(*coding, &self.file, read)?)),
            Place::Zipped(zipped) => Ok(Text::of(&self.shown, zipped.reader(&self.file, read)?)),
            Place::Taped(coding, entry) => {
                let tape = opener.tape(&self.file, *coding, *entry, read)?;
                Ok(Text::of(&self.shown, Played { tape, left: entry.size }))
            }
        }
    }
}

/// Reads the entries of a tar archive one after the other without starting again for each.
#[derive(Debug, Default)]
pub(super) struct Opener {
    at: Option<(PathBuf, SharedTape)>,
}

type SharedTape = Arc<Mutex<Tape<Unpacked>>>;

impl Opener {
    fn tape(
        &mut self,
        path: &Path,
        coding: Coding,
        entry: TapeEntry,
        read: &Arc<AtomicU64>,
    ) -> Result<SharedTape, ImportError> {
        let reusable = self.at.take().filter(|(known, tape)| {
            known == path && tape.lock().unwrap_or_else(PoisonError::into_inner).position() <= entry.start
        });
        let tape = match reusable {
            Some((_, tape)) => tape,
            None => Arc::new(Mutex::new(Tape::new(Unpacked::open(coding, path, read)?))),
        };
        tape.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .skip_to(entry.start)
            .map_err(|cause| ImportError::unreadable(path, cause))?;
        self.at = Some((path.to_owned(), Arc::clone(&tape)));
        Ok(tape)
    }
}

/// One entry of a tar archive being read.
struct Played {
    tape: SharedTape,
    left: u64,
}

impl Read for Played {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        let count = tape.read(buffer.get_mut(..most).unwrap_or_default())?;
        if count == 0 {
            return Err(stream::refused("the archive ends inside this entry"));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// What a file holds.
pub(super) enum Packed {
    /// A text of its own.
    Plain,
    /// One compressed text.
    Coded(Part),
    /// The entries of an archive, all of which have been looked at.
    Archive,
}

/// What sees the parts of an archive.
pub(super) type Look<'a> = dyn FnMut(&Part, Vec<u8>) -> bool + 'a;

/// Looks at the first bytes of a file, and into it where it is an archive. `look` sees the parts of an archive as they are
/// found, with their first `head` bytes, and says whether it keeps them.
pub(super) fn look_into(path: &Path, head: usize, look: &mut Look<'_>) -> Result<Packed, ImportError> {
    let unread = Arc::default();
    let bytes = path.metadata().map_err(|cause| ImportError::unreadable(path, cause))?.len();
    let start = first_bytes(&mut CountedFile::open(path, &unread)?, 8, path)?;
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        zipped::entries(path, head, look)?;
        return Ok(Packed::Archive);
    }
    let coding = Coding::of(&start);
    let mut unpacked = Unpacked::open(coding, path, &unread)?;
    let block = first_bytes(&mut unpacked, tape::BLOCK, path)?;
    if tape::is_header(&block) {
        let unpacked = Unpacked::open(coding, path, &unread)?;
        taped(path, (coding, bytes), Tape::new(unpacked), head, look)?;
        return Ok(Packed::Archive);
    }
    if coding == Coding::Plain {
        return Ok(Packed::Plain);
    }
    let place = Place::Coded(coding);
    Ok(Packed::Coded(Part { file: path.to_owned(), place, shown: path.to_owned(), bytes }))
}

fn taped(
    path: &Path,
    (coding, bytes): (Coding, u64),
    mut tape: Tape<Unpacked>,
    head: usize,
    look: &mut Look<'_>,
) -> Result<(), ImportError> {
    let unreadable = |cause| ImportError::unreadable(path, cause);
    let (mut seen, mut kept) = (0, false);
    while let Some((name, entry)) = tape.next_entry().map_err(unreadable)? {
        seen += 1;
        if seen > ENTRIES_MAX {
            return Err(ImportError::TooManyFiles { path: path.to_owned(), limit: ENTRIES_MAX });
        }
        let shown = path.join(name);
        // The file is read once however many of its entries are.
        let bytes = if kept { 0 } else { bytes };
        let part = Part { file: path.to_owned(), place: Place::Taped(coding, entry), shown, bytes };
        let most = head.min(usize::try_from(entry.size).unwrap_or(usize::MAX));
        let start = first_bytes(&mut tape, most, path)?;
        kept |= look(&part, start);
    }
    Ok(())
}

/// At most so many bytes from where a reader is.
pub(super) fn first_bytes(reader: &mut impl Read, most: usize, path: &Path) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    reader.take(most as u64).read_to_end(&mut bytes).map_err(|cause| ImportError::unreadable(path, cause))?;
    Ok(bytes)
}
