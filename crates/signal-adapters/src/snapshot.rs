//! The file in which an engine keeps what it follows of the ledger between runs.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use signal_core::host::SnapshotPlace;
use signal_core::live::Snapshot;

use crate::keyfile::create_private;
use crate::registry::file_of;

/// A file that its owner alone can read. It is a cache: what goes wrong is logged and costs the wait for the ledger to be read
/// again.
///
/// ```
/// # use signal_adapters::snapshot::SnapshotFile;
/// # use signal_core::host::SnapshotPlace;
/// # use signal_core::live::{Live, Snapshot};
/// assert_eq!(SnapshotFile::of("sqlite:music.db").map(|file| file.path().to_owned()), Some("music.db.live".into()));
/// assert_eq!(SnapshotFile::of("postgres://db/music"), None);
/// # let folder = tempfile::tempdir()?;
/// let file = SnapshotFile::new(folder.path().join("snapshot"));
/// let bytes = Snapshot::of(&Live::default()).to_bytes();
/// file.write(&bytes);
/// assert_eq!(file.read(), Some(bytes));
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
        self.refuse_foreign()?;
        self.remove_unfinished()?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        // Of two programs that write at once each has a file of its own until the whole is there.
        let beside = with(&self.path, &format!("{UNFINISHED}{:016x}", u64::from_le_bytes(random)));
        let written = write_new(&beside, bytes).and_then(|()| fs::rename(&beside, &self.path));
        if written.is_err() {
            missing_or(fs::remove_file(&beside))?;
        }
        written
    }

    fn take_away(&self) -> io::Result<()> {
        self.refuse_foreign()?;
        missing_or(fs::remove_file(&self.path))?;
        self.remove_unfinished()
    }

    /// What lies there and is no snapshot is somebody else's.
    fn refuse_foreign(&self) -> io::Result<()> {
        let mut start = Vec::new();
        match fs::File::open(&self.path) {
            Ok(file) => file.take(START).read_to_end(&mut start)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        if start.is_empty() || Snapshot::is_one(&start) {
            return Ok(());
        }
        Err(io::Error::new(ErrorKind::AlreadyExists, "another file lies there, which is no snapshot"))
    }

    /// Programs that ended while they wrote have left something behind.
    fn remove_unfinished(&self) -> io::Result<()> {
        let Some(name) = self.path.file_name() else { return Ok(()) };
        let mut begins = name.to_owned();
        begins.push(UNFINISHED);
        let begins = begins.into_encoded_bytes();
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        for entry in fs::read_dir(folder.unwrap_or_else(|| Path::new(".")))? {
            let entry = entry?;
            if entry.file_name().as_encoded_bytes().starts_with(&begins) {
                missing_or(fs::remove_file(entry.path()))?;
            }
        }
        Ok(())
    }
}

/// Between the name of the file and what tells unfinished ones apart.
const UNFINISHED: &str = ".new-";
/// Bytes that tell whose a file is.
const START: u64 = 64;

fn missing_or(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_private(path)?;
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
        if let Err(error) = self.take_away() {
            tracing::error!(path = %self.path.display(), %error, "cannot remove the snapshot, which may know somebody who left");
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
        // What a program that was killed left behind.
        fs::write(folder.path().join("music.db.live.new-0123"), "half of a snapsh").expect("writes");
        for bytes in [&b"signal-live, long, and first"[..], b"signal-live second"] {
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
        fs::write(folder.path().join("music.db.live.new-4567"), "half of a snapsh").expect("writes");
        file.remove();
        file.remove();
        assert_eq!(fs::read_dir(&folder).expect("lists").count(), 0);
    }

    #[test]
    fn what_is_no_snapshot_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = SnapshotFile::new(folder.path().join("ledger.key"));
        fs::write(file.path(), "PRIVATE+KEY+").expect("writes");
        file.write(b"signal-live");
        file.remove();
        assert_eq!(file.read().as_deref(), Some(&b"PRIVATE+KEY+"[..]));
    }

    #[test]
    fn where_nothing_can_be_written_nothing_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = SnapshotFile::new(folder.path().join("missing").join("music.db.live"));
        file.write(b"bytes");
        assert_eq!(file.read(), None);
    }
}
