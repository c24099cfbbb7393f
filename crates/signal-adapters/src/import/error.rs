//! What can be wrong with a file.

use std::io;
use std::path::{Path, PathBuf};

use super::packed::Refused;

/// Why a file or folder cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file system refused.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// An archive or a compressed file that is damaged, or larger than is sensible.
    #[error("{}: {what}", path.display())]
    Archive {
        /// The archive and the entry within it.
        path: PathBuf,
        /// What is wrong with it, and after how many bytes.
        what: String,
    },
    /// Several exports where one was asked for.
    #[error("{}: exports of several sources", path.display())]
    Several {
        /// The folder or archive that holds them.
        path: PathBuf,
    },
    /// A line or entry breaks the rules of its format.
    #[error("{} line {line}: {what}", path.display())]
    Malformed {
        /// Where.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
        /// What may help.
        hint: Option<String>,
    },
    /// Bytes that are no text.
    #[error("{} line {line} is not UTF-8 text (byte {byte})", path.display())]
    NotText {
        /// Where.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The first wrong byte, from 0 at the start of the file.
        byte: u64,
    },
    /// Nothing that Signal knows how to read.
    #[error("{}: no known format", path.display())]
    UnknownFormat {
        /// What was looked at.
        path: PathBuf,
        /// What may help.
        hint: String,
    },
    /// Something in a form that is not read.
    #[error("{}: {what}", path.display())]
    OtherForm {
        /// The file, and the entry within it.
        path: PathBuf,
        /// Which form.
        what: String,
    },
    /// A folder of more files than anybody's export has.
    #[error("{}: more than {limit} files", path.display())]
    TooManyFiles {
        /// The folder.
        path: PathBuf,
        /// How many are looked at.
        limit: usize,
    },
    /// A scale that weights cannot be divided by.
    #[error("scale {scale} is not a number above 0")]
    Scale {
        /// What was given.
        scale: f64,
    },
}

impl ImportError {
    /// What may help, for a line of its own.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => Some("check the path and its permissions".to_owned()),
            Self::Archive { .. } => Some("fetch the export again".to_owned()),
            Self::Several { .. } => Some("name one of them".to_owned()),
            Self::Malformed { hint, .. } => hint.clone(),
            Self::NotText { .. } => Some("save it as UTF-8 and import it again".to_owned()),
            Self::UnknownFormat { hint, .. } => Some(hint.clone()),
            Self::OtherForm { .. } => Some(
                "unpack archives, or pack them as .zip, .tar.gz or .tar.zst; save texts as UTF-8".to_owned(),
            ),
            Self::TooManyFiles { .. } => Some("name the folder that holds the export itself".to_owned()),
            Self::Scale { .. } => {
                Some("--scale takes the largest weight there can be, such as 10".to_owned())
            }
        }
    }

    pub(super) fn other_form(path: &Path, what: String) -> Self {
        Self::OtherForm { path: path.to_owned(), what }
    }

    pub(super) fn unreadable(path: &Path, cause: io::Error) -> Self {
        if let Some(Refused(what)) = cause.get_ref().and_then(|inner| inner.downcast_ref()) {
            return Self::Archive { path: path.to_owned(), what: what.clone() };
        }
        Self::Unreadable { path: path.to_owned(), cause }
    }
}

/// What is wrong with a row, before its place is known.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) what: String,
    pub(super) hint: Option<String>,
}

impl Problem {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn at(self, path: &Path, line: u64) -> ImportError {
        ImportError::Malformed { path: path.to_owned(), line, what: self.what, hint: self.hint }
    }
}

/// A piece of a file as an error shows it: quoted, and short however long it is.
pub(super) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}
