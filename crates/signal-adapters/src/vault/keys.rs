//! Keys, and the files and texts they come from.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::keyfile::{self, KeyFileError};

/// The most keys of one vault.
pub const KEYS_MAX: usize = 64;
/// Bytes of a key's name.
pub(super) const KEY_NAME_BYTES: usize = 8;
/// What a key's text begins with.
const PREFIX: &str = "signal-vault-1:";

/// A key. It is overwritten when dropped, and only its name is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultKey([u8; 32]);

impl VaultKey {
    /// A key of bytes that nobody can guess.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key's name: it follows from the key, and the key does not follow from it.
    pub(super) fn name(&self) -> [u8; KEY_NAME_BYTES] {
        let digest = Sha256::new().chain_update(b"signal vault key name").chain_update(self.0).finalize();
        let mut name = [0; KEY_NAME_BYTES];
        name.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        name
    }

    /// The key as a line of a key file. Whoever takes it out looks after it.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", hex::encode(self.0)))
    }
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultKey({})", hex::encode(self.name()))
    }
}

impl Drop for VaultKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Why there are no keys. No variant holds any part of one.
#[derive(Debug, thiserror::Error)]
pub enum VaultKeyError {
    /// The file cannot be read or written, or is open to others.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// A line is no key.
    #[error("{place}: line {line} is no vault key")]
    Invalid {
        /// Which file, or where else the text came from.
        place: String,
        /// Which line, counted from 1.
        line: usize,
    },
    /// What a rotation left over has keys of which the file knows nothing, and not all of the file's.
    #[error("{beside} holds vault keys that {place} does not, and lacks others")]
    LeftOver {
        /// Which file.
        place: String,
        /// What lies beside it.
        beside: String,
    },
    /// There is no key, or there are too many.
    #[error("{place}: there must be 1 to {KEYS_MAX} vault keys")]
    Number {
        /// Which file, or where else the text came from.
        place: String,
    },
}

impl VaultKeyError {
    /// What to do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::LeftOver { place, beside } => Some(format!(
                "put the lines of {beside} that {place} lacks before its own, and remove {beside}"
            )),
            Self::Invalid { .. } | Self::Number { .. } => {
                Some(format!("a vault key is `{PREFIX}` and 64 hexadecimal digits, one a line"))
            }
        }
    }

    /// Whether the world failed, rather than whoever named the keys.
    pub const fn is_world(&self) -> bool {
        match self {
            Self::File(error) => error.is_world(),
            Self::LeftOver { .. } | Self::Invalid { .. } | Self::Number { .. } => false,
        }
    }
}

/// One key or more, the newest last.
#[derive(Debug, Clone)]
pub struct VaultKeys {
    older: Vec<VaultKey>,
    newest: VaultKey,
}

impl VaultKeys {
    /// Keys in the order they were made. None where there is none, or more than [`KEYS_MAX`].
    pub fn new(mut keys: Vec<VaultKey>) -> Option<Self> {
        let fits = keys.len() <= KEYS_MAX;
        let newest = keys.pop().filter(|_| fits)?;
        Some(Self { older: keys, newest })
    }

    /// Reads keys from a text, such as an environment variable: one a line or between blanks. `place` is said in errors.
    pub fn read(text: &str, place: &str) -> Result<Self, VaultKeyError> {
        let mut keys = Vec::new();
        for (line, words) in text.lines().enumerate() {
            for word in words.split_whitespace() {
                let invalid = |_| VaultKeyError::Invalid { place: place.to_owned(), line: line + 1 };
                keys.push(word.parse::<VaultKey>().map_err(invalid)?);
            }
        }
        Self::new(keys).ok_or_else(|| VaultKeyError::Number { place: place.to_owned() })
    }

    /// Reads keys from a file that its owner alone can read.
    pub fn open(path: &Path) -> Result<Self, VaultKeyError> {
        let text = keyfile::read_text(path)?;
        Self::read(&text, &path.display().to_string())
    }

    /// Keeps a first key in a new file that its owner alone can read; a file that is there is left alone.
    pub fn create(path: &Path, key: VaultKey) -> Result<Self, VaultKeyError> {
        keyfile::create_text(path, &key.reveal())?;
        Ok(Self { older: Vec::new(), newest: key })
    }

    /// Puts a newer key behind the others.
    pub(super) fn with(mut self, key: VaultKey) -> Self {
        self.older.push(std::mem::replace(&mut self.newest, key));
        self
    }

    /// All keys, the newest last.
    pub(super) fn all(&self) -> impl Iterator<Item = &VaultKey> {
        self.older.iter().chain([&self.newest])
    }

    pub(super) const fn newest(&self) -> &VaultKey {
        &self.newest
    }

    pub(super) fn named(&self, name: [u8; KEY_NAME_BYTES]) -> Option<&VaultKey> {
        self.all().find(|key| key.name() == name)
    }
}

/// A text that is no key. It is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no vault key")]
pub struct NoVaultKey;

impl FromStr for VaultKey {
    type Err = NoVaultKey;

    fn from_str(text: &str) -> Result<Self, NoVaultKey> {
        let mut bytes = [0; 32];
        let digits = text.trim().strip_prefix(PREFIX).ok_or(NoVaultKey)?;
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| NoVaultKey)?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> VaultKey {
        VaultKey::from_bytes([byte; 32])
    }

    #[test]
    fn a_file_of_keys_comes_back_with_the_newest_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vault.key");
        VaultKeys::create(&path, key(1)).expect("is made");
        assert!(VaultKeys::create(&path, key(9)).is_err(), "is there already");
        VaultKeys::add(&path, key(2)).expect("takes another");
        let keys = VaultKeys::open(&path).expect("reads");
        assert_eq!(keys.newest(), &key(2));
        assert_eq!(keys.named(key(1).name()), Some(&key(1)));
        assert_eq!(keys.named(key(3).name()), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused_also_after_it_was_replaced() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vault.key");
        VaultKeys::create(&path, key(1)).expect("is made");
        let mode = || std::fs::metadata(&path).expect("is there").permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        VaultKeys::add(&path, key(2)).expect("takes another");
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("changes");
        let refused = VaultKeys::open(&path).expect_err("is open");
        assert!(refused.hint().is_some_and(|hint| hint.contains("chmod 600")), "{refused}");
    }

    #[test]
    fn texts_that_are_no_keys_are_told_by_line_and_not_repeated() {
        let good = key(1).reveal();
        for (text, told) in [
            (String::new(), "the variable: there must be 1 to 64 vault keys".to_owned()),
            (format!("{}\nsignal-vault-1:s3cret", *good), "the variable: line 2 is no vault key".to_owned()),
            ("s3cret".to_owned(), "the variable: line 1 is no vault key".to_owned()),
            (format!("{} ", *good).repeat(65), "the variable: there must be 1 to 64 vault keys".to_owned()),
        ] {
            let error = VaultKeys::read(&text, "the variable").expect_err("is refused");
            assert_eq!(error.to_string(), told);
            assert!(!format!("{error:?}").contains("s3cret"));
        }
        assert!(VaultKeys::read(&good, "the variable").is_ok());
    }

    #[test]
    fn a_key_shows_its_name_alone() {
        let shown = format!("{:?}", key(0xab));
        assert!(!shown.contains("abab") && !shown.contains("171"), "{shown}");
    }
}
