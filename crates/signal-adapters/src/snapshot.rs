//! The file in which an engine keeps what it follows of the ledger between runs.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use signal_core::host::SnapshotPlace;

use crate::registry::file_of;

/// A file that its owner alone can read. It is a cache: what goes wrong is logged and costs the wait for the ledger to be read
/// again.
///
/// ```
/// # use signal_adapters::snapshot::SnapshotFile;
/// # use signal_core::host::SnapshotPlace;
/// assert_eq!(SnapshotFile::of("sqlite:music.db").map(|file| file.path().to_owned()), Some("music.db.live".into()));
/// assert_eq!(SnapshotFile::of("postgres://db/music"), None);
/// # let folder = tempfile::tempdir()?;
/// let file = SnapshotFile::new(folder.path().join("snapshot"));
/// file.write(b"bytes");
/// assert_eq!(file.read().as_deref(), Some(&b"bytes"[..]));
/// file.remove();
/// assert_eq!(file.read(), None);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFile {
    path: PathBuf,
}

impl SnapshotFile {
    /// A file of its own.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file `STORE.live` beside a store, where a URL names one that is a file itself.
    pub fn of(url: &str) -> Option<Self> {
        file_of(url).map(|store| Self { path: with(&store, ".live") })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        // Of two programs that write at once each has a file of its own until the whole is there.
        let beside = with(&self.path, &format!(".{}", std::process::id()));
        let written = write_new(&beside, bytes).and_then(|()| fs::rename(&beside, &self.path));
        if written.is_err() {
            // Nothing is there where it could not be made.
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

impl SnapshotPlace for SnapshotFile {
    fn read(&self) -> Option<Vec<u8>> {
        match fs::read(&self.path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(path = %self.path.display(), %error, "cannot read the snapshot; the whole ledger is read");
                None
            }
        }
    }

    fn write(&self, bytes: &[u8]) {
        match self.replace(bytes) {
            Ok(()) => tracing::info!(path = %self.path.display(), bytes = bytes.len(), "wrote the snapshot"),
            Err(error) => tracing::warn!(path = %self.path.display(), %error, "cannot write the snapshot"),
        }
    }

    fn remove(&self) {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::error!(path = %self.path.display(), %error, "cannot remove the snapshot, which knows somebody who left");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_replaces_the_one_before_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = SnapshotFile::new(folder.path().join("music.db.live"));
        assert_eq!(file.read(), None);
        for bytes in [&b"long, and first"[..], b"second"] {
            file.write(bytes);
            assert_eq!(file.read().as_deref(), Some(bytes));
        }
        let names: Vec<_> =
            fs::read_dir(&folder).expect("lists").map(|entry| entry.expect("a name").file_name()).collect();
        assert_eq!(names, ["music.db.live"], "nothing else stays");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(file.path()).expect("is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        file.remove();
        file.remove();
        assert_eq!(file.read(), None);
    }

    #[test]
    fn where_nothing_can_be_written_nothing_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = SnapshotFile::new(folder.path().join("missing").join("music.db.live"));
        file.write(b"bytes");
        assert_eq!(file.read(), None);
    }
}
