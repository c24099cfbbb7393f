//! What lies in archives, read in place; nothing is trusted to be as small as it says.
//!
//! A [`Part`] is one text: a plain file, a compressed one, or an entry of a ZIP or tar archive. A ZIP archive inside an archive
//! is the one thing that is written to disk: into a temporary file that nobody else can open and that goes by itself.

mod origin;
mod stream;
mod tape;
mod zipped;

use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::ImportError;
use origin::{Budget, CountedFile, Origin};
pub(super) use stream::Refused;
use stream::{Coding, Unpacked};
use tape::{Tape, TapeEntry};
use zipped::Zipped;

/// The most entries of one archive that are looked at, those of the archives in it included.
const ENTRIES_MAX: usize = 10_000;

/// How deep archives may lie in each other. Apple's download is three: parts, services, and the library's JSON.
const ARCHIVES_MAX: usize = 4;

/// The most bytes of inner archives that one file may have unpacked into temporary files.
const HELD_MAX_BYTES: u64 = 4 << 30;

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
    Zipped(Origin, Zipped),
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
            Place::Zipped(origin, zipped) => Ok(Text::of(&self.shown, zipped.reader(origin, read)?)),
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
pub(super) trait Look {
    /// Looks at the first bytes of a part, and says whether it is kept.
    fn part(&mut self, part: &Part, head: Vec<u8>) -> bool;

    /// Hears of an entry that cannot be read, and why.
    fn pass_over(&mut self, path: &Path, what: String);
}

/// Looks at the first bytes of a file, and into it where it is an archive. `look` sees the parts of an archive as they are
/// found, with their first `head` bytes.
pub(super) fn look_into(path: &Path, head: usize, look: &mut impl Look) -> Result<Packed, ImportError> {
    let unread = Arc::default();
    let bytes = path.metadata().map_err(|cause| ImportError::unreadable(path, cause))?.len();
    let start = first_bytes(&mut CountedFile::open(path, &unread)?, MARK_BYTES, path)?;
    if is_zip(&start) {
        let mut budget = Budget::new(path, bytes);
        zipped::entries(&Origin::file(path), (1, &mut budget), head, look)?;
        return Ok(Packed::Archive);
    }
    if let Some(how) = unknown_packing(&start) {
        return Err(ImportError::other_form(path, not_read(how)));
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

/// Looks at the entries of a file that is a ZIP archive, and not into the archives among them; false for any other file.
pub(super) fn look_into_zip(path: &Path, head: usize, look: &mut impl Look) -> Result<bool, ImportError> {
    let start = first_bytes(&mut CountedFile::open(path, &Arc::default())?, MARK_BYTES, path)?;
    if !is_zip(&start) {
        return Ok(false);
    }
    let bytes = path.metadata().map_err(|cause| ImportError::unreadable(path, cause))?.len();
    let mut budget = Budget::new(path, bytes);
    zipped::entries(&Origin::file(path), (ARCHIVES_MAX, &mut budget), head, look)?;
    Ok(true)
}

fn taped(
    path: &Path,
    (coding, bytes): (Coding, u64),
    mut tape: Tape<Unpacked>,
    head: usize,
    look: &mut impl Look,
) -> Result<(), ImportError> {
    let unreadable = |cause| ImportError::unreadable(path, cause);
    let (mut budget, mut kept) = (Budget::new(path, bytes), false);
    while let Some((name, entry)) = tape.next_entry().map_err(unreadable)? {
        budget.look_at(1)?;
        let shown = path.join(name);
        // The file is read once however many of its entries are.
        let bytes = if kept { 0 } else { bytes };
        let part = Part { file: path.to_owned(), place: Place::Taped(coding, entry), shown, bytes };
        let most = head.min(usize::try_from(entry.size).unwrap_or(usize::MAX));
        let start = first_bytes(&mut tape, most, path)?;
        let rest = (&mut tape).take(entry.size - start.len() as u64);
        match inner(&part, &start, (1, &mut budget), |start| Ok(start.chain(rest)))? {
            Inner::None => kept |= look.part(&part, start),
            Inner::PassedOver(what) => look.pass_over(part.path(), what),
            Inner::Archive(origin) => zipped::entries(&origin, (2, &mut budget), head, look)?,
        }
    }
    Ok(())
}

/// What an entry is beside a text.
enum Inner {
    None,
    PassedOver(String),
    Archive(Origin),
}

/// Takes an archive out of the archive that it lies in, `depth` deep; `whole` gives its bytes.
fn inner<'a, R: Read>(
    part: &Part,
    start: &'a [u8],
    (depth, budget): (usize, &mut Budget),
    whole: impl FnOnce(&'a [u8]) -> Result<R, ImportError>,
) -> Result<Inner, ImportError> {
    if is_zip(start) {
        return Ok(if depth >= ARCHIVES_MAX {
            Inner::PassedOver(format!("more than {ARCHIVES_MAX} archives inside each other"))
        } else {
            Inner::Archive(budget.hold(part.path(), whole(start)?)?)
        });
    }
    let how = unknown_packing(start).or_else(|| match Coding::of(start) {
        Coding::Gzip => Some("gzip inside an archive"),
        Coding::Zstd => Some("zstd inside an archive"),
        Coding::Plain => {
            start.get(..tape::BLOCK).filter(|block| tape::is_header(block)).map(|_| "tar inside an archive")
        }
    });
    Ok(how.map_or(Inner::None, |how| Inner::PassedOver(not_read(how))))
}

/// How much of a file tells how it is packed.
const MARK_BYTES: usize = 32;

/// Whether a file begins as a ZIP archive does, and is as long as an empty one at least.
fn is_zip(start: &[u8]) -> bool {
    const EMPTY_BYTES: usize = 22;
    start.len() >= EMPTY_BYTES && (start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06"))
}

/// How a file is packed that cannot be unpacked here.
fn unknown_packing(start: &[u8]) -> Option<&'static str> {
    const MARKS: [(&[u8], &str); 4] = [
        (b"\xfd7zXZ\0", "xz"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07", "rar"),
        (b"\x31\x41\x59\x26\x53\x59", "bzip2"),
    ];
    // bzip2 says its block size before the mark of its first block.
    let bzip2 = start.strip_prefix(b"BZh").and_then(|rest| rest.get(1..)).unwrap_or_default();
    MARKS
        .iter()
        .find(|(mark, how)| if *how == "bzip2" { bzip2 } else { start }.starts_with(mark))
        .map(|(_, how)| *how)
}

fn not_read(how: &str) -> String {
    format!("packed with {how}, which is not read")
}

/// At most so many bytes from where a reader is.
pub(super) fn first_bytes(reader: &mut impl Read, most: usize, path: &Path) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    reader.take(most as u64).read_to_end(&mut bytes).map_err(|cause| ImportError::unreadable(path, cause))?;
    Ok(bytes)
}
