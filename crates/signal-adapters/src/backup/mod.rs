//! A whole store in one file: the rows of a dump, compressed, with a checksum over everything.
//!
//! The file is a line of text that names the format, one zstd stream of JSON lines (a header, then the rows in the order of
//! the dump), and the SHA-256 of all before it. It holds everything that Signal knows of people, so only its owner may
//! read it. [`write()`] makes it under another name and gives it its own when it is whole.

mod error;
mod read;
mod write;

use serde::{Deserialize, Serialize};
use signal_core::ledger::Head;

pub use error::BackupError;
pub use read::Backup;
pub use write::{Written, write};

/// How every backup begins; the number is the version of everything in the file but the rows.
const MAGIC: &[u8] = b"signal-backup 1\n";
/// Bytes of the checksum at the end.
const CHECKSUM: usize = 32;

/// The first line of the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    /// Version of the rows.
    rows_version: u32,
    /// How many rows follow.
    rows: u64,
    /// The newest state of the ledger.
    head: Head,
}
