//! Private keys in files that their owner alone can read.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use signal_core::ledger::{InvalidKey, SigningKey};
use zeroize::Zeroizing;

/// The longest file that is read as a key or several, in bytes.
const LIMIT: u64 = 8_192;

/// Why a key cannot be had from a file, or kept in one. No variant holds any part of the key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system said no.
    #[error("cannot {doing} the key file {path}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Others than the owner can read or change it.
    #[error("the key file {path} is open to others (mode {mode:03o})")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It holds no key.
    #[error("the key file {path} holds no private key: {source}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: InvalidKey,
    },
}

impl KeyFileError {
    /// What to do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io { .. } => None,
            Self::Open { path, .. } => {
                Some(format!("chmod 600 {}; a key that others read is theirs too", path.display()))
            }
            Self::Invalid { .. } => Some("`signal audit key` makes one".to_owned()),
        }
    }

    /// Whether the world failed, rather than whoever named the file.
    pub const fn is_world(&self) -> bool {
        matches!(self, Self::Io { .. })
    }
}

fn failed<'a>(doing: &'static str, path: &'a Path) -> impl Fn(io::Error) -> KeyFileError + 'a {
    move |source| KeyFileError::Io { doing, path: path.to_owned(), source }
}

/// Refuses a file that group or others can read, write or run.
#[cfg(unix)]
fn check_mode(path: &Path, file: &fs::File) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(failed("look at", path))?.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others == 0 { Ok(()) } else { Err(KeyFileError::Open { path: path.to_owned(), mode }) }
}

/// Elsewhere, permissions are not three digits, and whoever keeps the key looks after them.
#[cfg(not(unix))]
fn check_mode(_: &Path, _: &fs::File) -> Result<(), KeyFileError> {
    Ok(())
}

fn open(path: &Path) -> Result<io::Take<fs::File>, KeyFileError> {
    let file = fs::File::open(path).map_err(failed("open", path))?;
    check_mode(path, &file)?;
    Ok(file.take(LIMIT))
}

/// Reads a text from a file that its owner alone can read.
pub(crate) fn read_text(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let mut text = Zeroizing::new(String::new());
    open(path)?.read_to_string(&mut text).map_err(failed("read", path))?;
    Ok(text)
}

/// Reads what may have been cut off anywhere; none where there is no such file.
#[cfg(feature = "vault")]
pub(crate) fn read_left_over(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyFileError> {
    let mut file = match open(path) {
        Err(KeyFileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut bytes = Zeroizing::new(Vec::new());
    file.read_to_end(&mut bytes).map_err(failed("read", path))?;
    Ok(Some(bytes))
}

/// Keeps others away until what is given is dropped, in any process. The file says nothing, and stays.
#[cfg(feature = "vault")]
pub(crate) fn lock(path: &Path) -> Result<fs::File, KeyFileError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path).and_then(|file| file.lock().map(|()| file));
    file.map_err(failed("lock", path))
}

/// A new file that its owner alone can read; a file that is there is left alone.
pub(crate) fn create_private(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Keeps a line in a new file that its owner alone can read; a file that is there is left alone.
pub(crate) fn create_text(path: &Path, text: &str) -> Result<(), KeyFileError> {
    let mut file = create_private(path).map_err(failed("make", path))?;
    let written = writeln!(file, "{text}").and_then(|()| file.sync_all());
    written.map_err(failed("write", path))
}

/// Puts a new text in the place of a file at once, by way of a second file beside it, which must not be there.
#[cfg(feature = "vault")]
pub(crate) fn replace_text(path: &Path, beside: &Path, text: &str) -> Result<(), KeyFileError> {
    create_text(beside, text)?;
    replace(path, beside)
}

/// Removes what was left over.
#[cfg(feature = "vault")]
pub(crate) fn remove(path: &Path) -> Result<(), KeyFileError> {
    fs::remove_file(path).map_err(failed("remove", path))
}

/// Puts the file beside another in its place at once.
#[cfg(feature = "vault")]
pub(crate) fn replace(path: &Path, beside: &Path) -> Result<(), KeyFileError> {
    // Whoever left it may not have come that far: what is not on the disk must not take the place of what is.
    let whole = OpenOptions::new().write(true).open(beside).and_then(|file| file.sync_all());
    whole.map_err(failed("keep", beside))?;
    fs::rename(beside, path).map_err(failed("replace", path))?;
    // The new name must be on the disk before anything is sealed by what the file holds.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("keep", path))?;
    }
    Ok(())
}

/// Reads a key from a file that its owner alone can read.
pub fn read(path: &Path) -> Result<SigningKey, KeyFileError> {
    let text = read_text(path)?;
    text.parse().map_err(|source| KeyFileError::Invalid { path: path.to_owned(), source })
}

/// Keeps a key in a new file that its owner alone can read; a file that is there is left alone.
pub fn create(path: &Path, key: &SigningKey) -> Result<(), KeyFileError> {
    create_text(path, &key.reveal())
}

#[cfg(test)]
mod tests {
    use signal_core::ledger::KeyKind;

    use super::*;

    #[test]
    fn a_key_comes_back_and_is_never_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let key = SigningKey::from_seed("signal.example/ledger", KeyKind::Log, &[5; 32]).expect("a key");
        create(&path, &key).expect("is kept");
        assert_eq!(read(&path).expect("is there").reveal(), key.reveal());
        let again = create(&path, &key).expect_err("is there");
        assert!(again.is_world(), "{again}");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let key = SigningKey::from_seed("signal.example/ledger", KeyKind::Log, &[5; 32]).expect("a key");
        create(&path, &key).expect("is kept");
        for mode in [0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changes");
            let refused = read(&path).expect_err("is open");
            assert!(matches!(refused, KeyFileError::Open { .. }), "{mode:o}: {refused}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("changes");
        read(&path).expect("is closed");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("changes");
        fs::write(&path, "PRIVATE+KEY+secret").expect("writes");
        let told = read(&path).expect_err("is no key");
        assert!(!told.to_string().contains("secret"), "{told}");
    }
}
