//! Why a backup cannot be written or read.

use std::io;
use std::path::{Path, PathBuf};

use signal_core::store::StoreError;

/// What was being done to which file, and what is wrong.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be read or written.
    #[error("cannot {doing} {path}: {source}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is a file already.
    #[error("{path} is there already")]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{path} is no backup of Signal's")]
    Foreign {
        /// Which file.
        path: PathBuf,
    },
    /// A newer Signal wrote it.
    #[error("a newer Signal wrote {path}: use the newer one")]
    Newer {
        /// Which file.
        path: PathBuf,
    },
    /// The file is not what was written: cut off, or changed.
    #[error("{path} is damaged: {reason}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    /// Adds a file and what was being done to what the system says.
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { doing, path: path.to_owned(), source }
    }

    pub(super) fn damaged(path: &Path, reason: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.to_string() }
    }
}
