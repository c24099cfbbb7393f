//! Writes a dump into a file.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use signal_core::ledger::Head;
use signal_core::store::transfer::{Dump, ROW_VERSION};

use super::{BackupError, Header, MAGIC};

/// How hard zstd tries: its own default, which is about as fast as a disk.
const LEVEL: i32 = 3;

/// A backup that is whole and on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The newest state of the ledger in it.
    pub head: Head,
    /// Rows in it.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Writes a dump into a new file, which only its owner may read; a file that is there already is left alone. `progress`
/// is told how many rows are done.
///
/// ```
/// # async fn example() -> Result<(), signal_adapters::backup::BackupError> {
/// use signal_core::store::MemoryStore;
/// use signal_core::store::transfer::TransferStore;
/// let folder = std::env::temp_dir();
/// let file = folder.join("example.signal-backup");
/// let mut dump = MemoryStore::new().dump().await?;
/// let written = signal_adapters::backup::write(&mut *dump, &file, &|_| {}).await?;
/// assert_eq!((written.rows, written.head.size), (0, 0));
/// # Ok(())
/// # }
/// ```
pub async fn write(
    dump: &mut dyn Dump,
    path: &Path,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Written, BackupError> {
    if path.try_exists().map_err(BackupError::file("look at", path))? {
        return Err(BackupError::Exists { path: path.to_owned() });
    }
    let unfinished = Unfinished::make(path)?;
    let told = || BackupError::file("write", path);
    let mut out = Hashing::new(BufWriter::new(&unfinished.file));
    out.write_all(MAGIC).map_err(told())?;
    let mut stream = zstd::Encoder::new(out, LEVEL).map_err(told())?;
    stream.include_checksum(true).map_err(told())?;
    let header = Header { rows_version: ROW_VERSION, rows: dump.rows(), head: dump.head().clone() };
    line(&mut stream, &header).map_err(told())?;
    let mut rows = 0;
    loop {
        let piece = dump.next().await?;
        if piece.is_empty() {
            break;
        }
        piece.iter().try_for_each(|row| line(&mut stream, row)).map_err(told())?;
        rows += piece.len() as u64;
        progress(rows);
    }
    if rows != header.rows {
        let reason = format!("the store said {} rows and gave {rows}", header.rows);
        return Err(BackupError::damaged(path, reason));
    }
    let mut out = stream.finish().map_err(told())?;
    let checksum = out.hasher.finalize_reset();
    out.write_all(&checksum).and_then(|()| out.flush()).map_err(told())?;
    drop(out);
    unfinished.finish(path)?;
    let bytes = fs::metadata(path).map_err(told())?.len();
    Ok(Written { head: header.head, rows, bytes })
}

fn line<T: serde::Serialize>(out: &mut impl Write, value: &T) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Hashes what goes through.
struct Hashing<W> {
    inner: W,
    hasher: Sha256,
}

impl<W: Write> Hashing<W> {
    fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256::new() }
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A file under a name that says that it is not whole; gone when dropped.
struct Unfinished {
    file: File,
    path: Option<PathBuf>,
}

impl Unfinished {
    fn make(path: &Path) -> Result<Self, BackupError> {
        let mut name = path.file_name().map_or_else(OsString::new, ToOwned::to_owned);
        name.push(format!(".{}.unfinished", std::process::id()));
        let temporary = path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&temporary).map_err(BackupError::file("write", path))?;
        Ok(Self { file, path: Some(temporary) })
    }

    /// Gives it its own name, once all of it is on the disk.
    fn finish(mut self, path: &Path) -> Result<(), BackupError> {
        let told = || BackupError::file("write", path);
        self.file.sync_all().map_err(told())?;
        if let Some(temporary) = &self.path {
            // Unlike a rename, a link replaces no file that came meanwhile.
            match fs::hard_link(temporary, path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(BackupError::Exists { path: path.to_owned() });
                }
                Err(_) => {
                    fs::rename(temporary, path).map_err(told())?;
                    self.path = None;
                }
            }
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(told())?;
        }
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Where it cannot be removed, its name says what it is.
            drop(fs::remove_file(path));
        }
    }
}
