//! Files that people export elsewhere, as [`ImportRecord`](signal_core::platform::ImportRecord)s.
//!
//! A file is recognised by what is in it, whatever its name. It is read row by row, so that memory does
//! not grow with the length of a history; what grows with the number of people and names has a limit.
//!
//! ```no_run
//! # use signal_adapters::import::{Import, ImportItem, ImportOptions};
//! let import = Import::open("my_spotify_data".as_ref(), &ImportOptions::default())?;
//! import.check()?;
//! for item in import.records()? {
//!     match item? {
//!         ImportItem::Record(record) => println!("{record:?}"),
//!         ImportItem::Skipped { reason } => println!("left out: {reason}"),
//!     }
//! }
//! # Ok::<(), signal_adapters::import::ImportError>(())
//! ```

mod edges;
mod elements;
mod error;
mod hetrec;
mod item;
mod lines;
mod links;
mod listening;
mod plays;
mod recognise;
mod samples;
mod signed;
mod spotify;
mod table;

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

pub use error::ImportError;
pub use item::ImportItem;
pub use links::{LinkList, link_list, trust_labels};
pub use listening::listening;
pub use samples::{PlaysSample, TagsSample, TrustSample, plays_sample, tags_sample, trust_sample};
pub use signed::{SignedNetwork, signed_edges};

/// What a file or folder can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The folder of the `HetRec` 2011 Last.fm data set.
    HetRec,
    /// Spotify's extended streaming history: a file, or a folder of them.
    SpotifyExtended,
    /// The streaming history among Spotify's account data: a file, or a folder of them.
    SpotifyAccount,
    /// `from,to,weight[,time]`, between commas or tabs, with a header or without. Of the rows about one
    /// pair the one with the newest time holds; without times, the last.
    EdgeList,
    /// `user,artist,plays`, between commas or tabs, under that header.
    PlaysTable,
}

impl Format {
    /// The name in machine-readable answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HetRec => "hetrec",
            Self::SpotifyExtended => "spotify_extended",
            Self::SpotifyAccount => "spotify_account",
            Self::EdgeList => "edge_list",
            Self::PlaysTable => "plays_table",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the person who imports can choose.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportOptions {
    /// What the weights of an edge list are divided by: the largest weight there can be. The other
    /// formats have no weights.
    pub scale: Option<f64>,
}

/// A recognised file or folder.
#[derive(Debug)]
pub struct Import {
    path: PathBuf,
    format: Format,
    files: Vec<(PathBuf, Format)>,
    scale: f64,
    bytes: u64,
    /// Lines of an edge list that newer rows replace, once they are known.
    replaced: OnceLock<Arc<HashSet<u64>>>,
}

impl Import {
    /// Recognises a file or folder. Of a folder that is no `HetRec` folder, the streaming histories in it
    /// and in the folders in it are taken.
    pub fn open(path: &Path, options: &ImportOptions) -> Result<Self, ImportError> {
        let scale = options.scale.unwrap_or(1.0);
        if !(scale.is_finite() && scale > 0.0) {
            return Err(ImportError::Scale { scale });
        }
        let found = recognise::recognise(path)?;
        let mut bytes = 0;
        for (file, _) in &found.files {
            bytes += file.metadata().map_err(|cause| ImportError::unreadable(file, cause))?.len();
        }
        let (path, replaced) = (path.to_owned(), OnceLock::new());
        Ok(Self { path, format: found.format, files: found.files, scale, bytes, replaced })
    }

    /// What it is.
    pub fn format(&self) -> Format {
        self.format
    }

    /// What its people are called by, unless the person who imports says otherwise: `hetrec:2`.
    pub fn default_source(&self) -> &'static str {
        match self.format {
            Format::HetRec => "hetrec",
            Format::SpotifyExtended | Format::SpotifyAccount => "spotify",
            Format::EdgeList => "edges",
            Format::PlaysTable => "plays",
        }
    }

    /// How many bytes [`Records`] will read.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads everything once, so that an error shows before anything is written.
    pub fn check(&self) -> Result<(), ImportError> {
        self.records()?.try_for_each(|item| item.map(drop))
    }

    /// Reads from the start.
    pub fn records(&self) -> Result<Records, ImportError> {
        let read = Arc::new(AtomicU64::new(0));
        let source: Box<dyn Source> = match self.format {
            Format::HetRec => Box::new(hetrec::HetRec::open(&self.path, &read)?),
            Format::SpotifyExtended | Format::SpotifyAccount => {
                Box::new(spotify::Spotify::new(self.files.clone(), self.format, &read))
            }
            Format::EdgeList => {
                Box::new(edges::Edges::open(&self.path, self.scale, self.replaced()?, &read)?)
            }
            Format::PlaysTable => Box::new(plays::Plays::open(&self.path, &read)?),
        };
        Ok(Records { source: Some(source), read })
    }

    fn replaced(&self) -> Result<Arc<HashSet<u64>>, ImportError> {
        if let Some(known) = self.replaced.get() {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(edges::replaced(&self.path, self.scale)?);
        Ok(Arc::clone(self.replaced.get_or_init(|| found)))
    }
}

/// A format being read.
trait Source: Send {
    /// The next row; `None` at the end.
    fn next_item(&mut self) -> Result<Option<ImportItem>, ImportError>;
}

/// The rows of an [`Import`]. An error is the last of them.
pub struct Records {
    source: Option<Box<dyn Source>>,
    read: Arc<AtomicU64>,
}

impl Records {
    /// How many bytes have been read so far.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

impl Iterator for Records {
    type Item = Result<ImportItem, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.source.as_mut()?.next_item().transpose();
        if !matches!(item, Some(Ok(_))) {
            self.source = None;
        }
        item
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("bytes_read", &self.bytes_read()).finish_non_exhaustive()
    }
}
