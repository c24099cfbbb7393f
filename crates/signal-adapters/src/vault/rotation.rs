//! A newer key in a file of keys, whoever else is at it, and whatever was cut off before.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::keys::{KEYS_MAX, VaultKey, VaultKeyError, VaultKeys};
use crate::keyfile;

impl VaultKeys {
    /// Puts a newer key behind those of a file, which is replaced at once: whoever reads it finds the old keys or all. Nothing is
    /// sealed with a key before that. Of two programs that do so at the same time one waits, and keeps the other's key.
    ///
    /// Where a program was ended before the file was replaced, its key is the newer one, and `key` is none.
    pub fn add(path: &Path, key: VaultKey) -> Result<Self, VaultKeyError> {
        let _alone = keyfile::lock(&named(path, ".lock"))?;
        let kept = Self::open(path)?;
        let beside = named(path, ".new");
        if let Some(finished) = finish(&kept, path, &beside)? {
            return Ok(finished);
        }
        if kept.all().count() >= KEYS_MAX {
            return Err(VaultKeyError::Number { place: path.display().to_string() });
        }
        let keys = kept.with(key);
        let lines: Vec<_> = keys.all().map(VaultKey::reveal).collect();
        let lines: Vec<&str> = lines.iter().map(|line| line.as_str()).collect();
        let text = Zeroizing::new(lines.join("\n"));
        keyfile::replace_text(path, &beside, &text)?;
        Ok(keys)
    }
}

/// Makes an end of what a program that was killed left beside the file, and gives the keys where that made one newer. Only
/// what holds no key of its own is removed.
fn finish(kept: &VaultKeys, path: &Path, beside: &Path) -> Result<Option<VaultKeys>, VaultKeyError> {
    let Some(bytes) = keyfile::read_left_over(beside)? else { return Ok(None) };
    let words = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let parsed: Vec<Option<VaultKey>> =
        words.map(|word| std::str::from_utf8(word).ok().and_then(|word| word.parse().ok())).collect();
    let whole = parsed.iter().all(Option::is_some);
    let found: Vec<VaultKey> = parsed.into_iter().flatten().collect();
    let is_kept = |key: &VaultKey| kept.all().any(|known| known == key);
    if found.iter().all(is_kept) {
        keyfile::remove(beside)?;
        return Ok(None);
    }
    let has_all = kept.all().all(|key| found.contains(key));
    let is_newer = found.last().is_some_and(|newest| !is_kept(newest));
    match VaultKeys::new(found).filter(|_| whole && has_all && is_newer) {
        Some(keys) => {
            keyfile::replace(path, beside)?;
            Ok(Some(keys))
        }
        None => Err(VaultKeyError::LeftOver {
            place: path.display().to_string(),
            beside: beside.display().to_string(),
        }),
    }
}

/// A file beside another, whose name goes on so.
fn named(path: &Path, end: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(end);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;

    fn key(byte: u8) -> VaultKey {
        VaultKey::from_bytes([byte; 32])
    }

    fn lines(keys: &[u8]) -> String {
        let lines: Vec<_> = keys.iter().map(|byte| format!("{}\n", *key(*byte).reveal())).collect();
        lines.concat()
    }

    /// A folder with a file of keys, and what a program that was killed left beside it.
    fn left(keys: &[u8], beside: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vault.key");
        for (path, bytes) in [(&path, lines(keys).as_bytes()), (&named(&path, ".new"), beside)] {
            keyfile::create_private(path).expect("is made").write_all(bytes).expect("writes");
        }
        (folder, path)
    }

    fn kept(path: &Path) -> Vec<VaultKey> {
        VaultKeys::open(path).expect("reads").all().cloned().collect()
    }

    #[test]
    fn a_rotation_that_was_cut_off_before_its_end_is_finished() {
        let (_folder, path) = left(&[1, 2], lines(&[1, 2, 3]).as_bytes());
        let keys = VaultKeys::add(&path, key(9)).expect("is finished");
        assert_eq!(keys.newest(), &key(3), "the key that was made already is the new one");
        assert_eq!(kept(&path), [key(1), key(2), key(3)]);
        assert!(!named(&path, ".new").exists());
        VaultKeys::add(&path, key(4)).expect("takes another");
        assert_eq!(kept(&path), [key(1), key(2), key(3), key(4)]);
    }

    #[test]
    fn a_rotation_that_was_cut_off_while_it_wrote_begins_anew() {
        let whole = lines(&[1, 2, 3]);
        // Wherever it broke off; with the last digit the key is whole, and the end of the line tells nothing more.
        for cut in 0..whole.len() - 1 {
            let (_folder, path) = left(&[1, 2], &whole.as_bytes()[..cut]);
            VaultKeys::add(&path, key(9)).unwrap_or_else(|error| panic!("{cut}: {error}"));
            assert_eq!(kept(&path), [key(1), key(2), key(9)], "{cut}");
        }
        for nonsense in [&[0_u8; 200][..], &[0xff; 9], b""] {
            let (_folder, path) = left(&[1, 2], nonsense);
            VaultKeys::add(&path, key(9)).expect("takes another");
            assert_eq!(kept(&path), [key(1), key(2), key(9)]);
        }
    }

    #[test]
    fn a_key_that_the_file_does_not_know_is_never_removed() {
        // The file was set back, or changed by hand.
        for beside in [lines(&[2, 3]), lines(&[3, 1, 2]), format!("{}signal-vault-1:5", lines(&[1, 2, 3]))] {
            let (_folder, path) = left(&[1, 2], beside.as_bytes());
            let refused = VaultKeys::add(&path, key(9)).expect_err("would lose a key");
            assert!(matches!(refused, VaultKeyError::LeftOver { .. }), "{refused}");
            assert!(refused.hint().is_some());
            assert_eq!(fs::read_to_string(named(&path, ".new")).expect("is there"), beside);
            assert_eq!(kept(&path), [key(1), key(2)]);
        }
    }

    #[test]
    fn of_two_rotations_at_once_neither_loses_the_others_key() {
        let (_folder, path) = left(&[1], b"");
        std::thread::scope(|scope| {
            for byte in 2..10 {
                let path = &path;
                scope.spawn(move || VaultKeys::add(path, key(byte)).expect("takes another"));
            }
        });
        let keys = kept(&path);
        assert_eq!(keys.len(), 9);
        assert!((1..10).all(|byte| keys.contains(&key(byte))));
    }
}
