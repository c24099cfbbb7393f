//! Reads a backup as the dump that it was made of.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use signal_core::ledger::Head;
use signal_core::store::transfer::{DUMP_ROWS, Dump, ROW_VERSION, Row};
use signal_core::store::{Result, StoreError};

use super::{BackupError, CHECKSUM, Header, MAGIC};

/// Bytes hashed at once.
const PIECE: usize = 1 << 16;
/// Most bytes of one row: the tables of an epoch of millions are the largest.
const MOST_ROW_BYTES: u64 = 1 << 30;

type Lines = BufReader<zstd::Decoder<'static, BufReader<Take<File>>>>;

/// An open backup whose checksum fits.
pub struct Backup {
    path: PathBuf,
    header: Header,
    lines: Lines,
    read: u64,
}

impl std::fmt::Debug for Backup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backup")
            .field("path", &self.path)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

impl Backup {
    /// Opens a file and checks all of it, so that nothing is taken from one that is cut off or was changed.
    pub fn open(path: &Path) -> Result<Self, BackupError> {
        let told = || BackupError::file("read", path);
        let mut file = File::open(path).map_err(told())?;
        let length = file.metadata().map_err(told())?.len();
        let mut start = [0; MAGIC.len()];
        match file.read_exact(&mut start) {
            Ok(()) if start == MAGIC => {}
            Ok(()) if start.starts_with(b"signal-backup ") => {
                return Err(BackupError::Newer { path: path.to_owned() });
            }
            Ok(()) => return Err(BackupError::Foreign { path: path.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(BackupError::Foreign { path: path.to_owned() });
            }
            Err(error) => return Err(told()(error)),
        }
        let content = length.checked_sub(CHECKSUM as u64).filter(|content| *content >= MAGIC.len() as u64);
        let content = content.ok_or_else(|| BackupError::damaged(path, "it is cut off"))?;
        file.seek(SeekFrom::Start(0)).map_err(told())?;
        check(&mut file, content, path)?;
        file.seek(SeekFrom::Start(MAGIC.len() as u64)).map_err(told())?;
        let stream = file.take(content - MAGIC.len() as u64);
        let stream = zstd::Decoder::new(stream).map_err(told())?;
        let mut lines = BufReader::new(stream);
        let header = next_line(&mut lines).map_err(told())?;
        let header: Header = header
            .ok_or_else(|| "its header is missing".to_owned())
            .and_then(|line| serde_json::from_str(&line).map_err(|error| error.to_string()))
            .map_err(|reason| BackupError::damaged(path, reason))?;
        if header.rows_version > ROW_VERSION {
            return Err(BackupError::Newer { path: path.to_owned() });
        }
        Ok(Self { path: path.to_owned(), header, lines, read: 0 })
    }

    fn next_row(&mut self) -> Result<Option<Row>, String> {
        if self.read == self.header.rows {
            return Ok(None);
        }
        let line = next_line(&mut self.lines).map_err(|error| error.to_string())?;
        let line = line.ok_or_else(|| format!("it ends after {} of {} rows", self.read, self.header.rows))?;
        let row = serde_json::from_str(&line).map_err(|error| format!("row {}: {error}", self.read))?;
        self.read += 1;
        Ok(Some(row))
    }
}

/// Compares the checksum at the end with that of what is before.
fn check(file: &mut File, content: u64, path: &Path) -> Result<(), BackupError> {
    let told = || BackupError::file("read", path);
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut rest = file.by_ref().take(content);
    loop {
        let read = rest.read(&mut piece).map_err(told())?;
        if read == 0 {
            break;
        }
        hasher.update(piece.get(..read).unwrap_or_default());
    }
    let mut stored = [0; CHECKSUM];
    file.read_exact(&mut stored).map_err(told())?;
    if hasher.finalize()[..] == stored {
        return Ok(());
    }
    Err(BackupError::damaged(path, "its checksum does not fit: it is cut off, or was changed"))
}

fn next_line(lines: &mut Lines) -> io::Result<Option<String>> {
    let mut line = String::new();
    lines.by_ref().take(MOST_ROW_BYTES).read_line(&mut line)?;
    Ok((!line.is_empty()).then_some(line))
}

#[async_trait]
impl Dump for Backup {
    fn head(&self) -> &Head {
        &self.header.head
    }

    fn rows(&self) -> u64 {
        self.header.rows
    }

    async fn next(&mut self) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        while rows.len() < DUMP_ROWS {
            match self.next_row() {
                Ok(Some(row)) => rows.push(row),
                Ok(None) => break,
                Err(reason) => {
                    return Err(StoreError::Corrupt {
                        doing: "read a backup".to_owned(),
                        what: self.path.display().to_string(),
                        reason,
                    });
                }
            }
        }
        Ok(rows)
    }
}
