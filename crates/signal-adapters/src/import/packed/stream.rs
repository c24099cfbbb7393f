//! Compressed bytes, unpacked as they are read and never beyond what is sensible.

use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder;

use super::super::error::ImportError;
use super::origin::CountedFile;
use super::{RATIO_MAX, UNPACKED_FREE_BYTES, UNPACKED_MAX_BYTES};

/// The largest window that a zstd stream may ask for, as a power of two: 64 MiB.
const WINDOW_LOG_MAX: u32 = 26;

/// How a file is compressed as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Plain,
    Gzip,
    Zstd,
}

impl Coding {
    /// By the marks that a file begins with.
    pub(super) fn of(start: &[u8]) -> Self {
        if start.starts_with(b"\x1f\x8b") {
            Self::Gzip
        } else if start.starts_with(b"\x28\xb5\x2f\xfd") {
            Self::Zstd
        } else {
            Self::Plain
        }
    }
}

/// Something wrong with an archive, as an error that carries its words.
#[derive(Debug)]
pub(in super::super) struct Refused(pub(in super::super) String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// An error of an archive.
pub(super) fn refused(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Refused(what.into()))
}

enum Decoding {
    Plain(CountedFile),
    Gzip(Box<MultiGzDecoder<BufReader<CountedFile>>>),
    Zstd(Decoder<'static, BufReader<CountedFile>>),
}

/// A file's bytes, unpacked.
pub(super) struct Unpacked {
    decoding: Decoding,
    packed: Arc<AtomicU64>,
    packed_before: u64,
    given: u64,
}

impl std::fmt::Debug for Unpacked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unpacked").field("given", &self.given).finish_non_exhaustive()
    }
}

impl Unpacked {
    pub(super) fn open(coding: Coding, path: &Path, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        let file = CountedFile::open(path, read)?;
        let packed = Arc::clone(read);
        let packed_before = packed.load(Ordering::Relaxed);
        let decoding = match coding {
            Coding::Plain => Decoding::Plain(file),
            Coding::Gzip => {
                Decoding::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file))))
            }
            Coding::Zstd => Decoding::Zstd(
                Decoder::with_buffer(BufReader::with_capacity(1 << 16, file))
                    .and_then(|mut decoder| {
                        decoder.window_log_max(WINDOW_LOG_MAX)?;
                        Ok(decoder)
                    })
                    .map_err(|cause| ImportError::unreadable(path, cause))?,
            ),
        };
        Ok(Self { decoding, packed, packed_before, given: 0 })
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.decoding {
            Decoding::Plain(file) => return file.read(buffer),
            Decoding::Gzip(decoder) => decoder.read(buffer),
            Decoding::Zstd(decoder) => decoder.read(buffer),
        };
        let count =
            read.map_err(|error| refused(format!("damaged after {} unpacked bytes ({error})", self.given)))?;
        self.given += count as u64;
        let packed = self.packed.load(Ordering::Relaxed) - self.packed_before;
        if let Some(what) = too_much(self.given, packed) {
            return Err(refused(what));
        }
        Ok(count)
    }
}

/// What is said of an archive that gives too much.
pub(super) fn too_much(given: u64, packed: u64) -> Option<String> {
    if given > UNPACKED_MAX_BYTES {
        Some(format!("unpacks to more than {UNPACKED_MAX_BYTES} bytes"))
    } else if given > UNPACKED_FREE_BYTES && given / RATIO_MAX > packed {
        Some(format!("unpacks to more than {RATIO_MAX} times its size"))
    } else {
        None
    }
}
