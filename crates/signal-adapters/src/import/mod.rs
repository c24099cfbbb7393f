//! Files that people export elsewhere, as [`ImportRecord`](signal_core::platform::ImportRecord)s.
//!
//! A file is recognised by what is in it, whatever its name; archives are read in place. It is read row by row, so that memory does
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
//!         ImportItem::Unknown { path, line, what } => println!("{} line {line}: {what}", path.display()),
//!     }
//! }
//! # Ok::<(), signal_adapters::import::ImportError>(())
//! ```

mod ahead;
mod apple;
mod edges;
mod elements;
mod error;
mod forms;
mod hetrec;
mod histories;
mod item;
mod json;
mod lastfm;
mod lines;
mod links;
mod listenbrainz;
mod listening;
mod maloja;
mod packed;
mod pano;
mod plays;
mod recognise;
mod samples;
mod scrobbles;
mod signed;
mod spotify;
mod table;
mod times;

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

pub use ahead::ReadAhead;
pub use error::ImportError;
use error::Problem;
use histories::Histories;
pub use item::ImportItem;
pub use links::{LinkList, link_list, trust_labels};
pub use listening::listening;
use recognise::Found;
pub use samples::{PlaysSample, TagsSample, TrustSample, plays_sample, tags_sample, trust_sample};
pub use signed::{SignedNetwork, signed_edges};

/// What a file or folder can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The folder of the `HetRec` 2011 Last.fm data set.
    HetRec,
    /// Spotify's extended streaming history.
    SpotifyExtended,
    /// The streaming history among Spotify's account data.
    SpotifyAccount,
    /// The play activity of Apple Music's privacy export.
    AppleActivity,
    /// Listens of one person from ListenBrainz.
    ListenBrainz,
    /// What one person pinned at ListenBrainz, without listens.
    ListenBrainzPins,
    /// Listens of many people from ListenBrainz, each named.
    ListenBrainzDump,
    /// Scrobbles of Last.fm: pages of its API, its archive, or tables of the tools that fetch from it.
    Lastfm,
    /// Scrobbles of Maloja.
    Maloja,
    /// Scrobbles of Libre.fm.
    Librefm,
    /// Scrobbles of Pano Scrobbler.
    PanoScrobbler,
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
            Self::AppleActivity => "apple_activity",
            Self::ListenBrainz => "listenbrainz",
            Self::ListenBrainzPins => "listenbrainz_pins",
            Self::ListenBrainzDump => "listenbrainz_dump",
            Self::Lastfm => "lastfm",
            Self::Maloja => "maloja",
            Self::Librefm => "librefm",
            Self::PanoScrobbler => "pano_scrobbler",
            Self::EdgeList => "edge_list",
            Self::PlaysTable => "plays_table",
        }
    }

    /// Whether it is the history of one person, who must be named by whoever imports it.
    pub fn is_personal(self) -> bool {
        !matches!(self, Self::HetRec | Self::ListenBrainzDump | Self::EdgeList | Self::PlaysTable)
    }

    /// What its people are called by, unless the person who imports says otherwise: `hetrec:2`.
    pub fn default_source(self) -> &'static str {
        match self {
            Self::HetRec => "hetrec",
            Self::SpotifyExtended | Self::SpotifyAccount => "spotify",
            Self::AppleActivity => "apple",
            Self::ListenBrainz | Self::ListenBrainzPins | Self::ListenBrainzDump => "listenbrainz",
            Self::Lastfm => "lastfm",
            Self::Maloja => "maloja",
            Self::Librefm => "librefm",
            Self::PanoScrobbler => "pano",
            Self::EdgeList => "edges",
            Self::PlaysTable => "plays",
        }
    }

    /// Formats that are read as one history.
    fn family(self) -> (&'static str, bool) {
        (self.default_source(), self.is_personal())
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
    /// Whether plays of Spotify's private sessions are taken, too.
    pub private_too: bool,
}

/// A recognised source: a file, or what belongs together in a folder or an archive.
#[derive(Debug)]
pub struct Import {
    path: PathBuf,
    found: Found,
    options: ImportOptions,
    /// Lines of an edge list that newer rows replace, once they are known.
    replaced: OnceLock<Arc<HashSet<u64>>>,
}

impl Import {
    /// Recognises a file, an archive or a folder that holds one source.
    pub fn open(path: &Path, options: &ImportOptions) -> Result<Self, ImportError> {
        let mut all = Self::open_all(path, options)?;
        match all.pop() {
            Some(only) if all.is_empty() => Ok(only),
            _ => Err(ImportError::Several { path: path.to_owned() }),
        }
    }

    /// Recognises a file, an archive or a folder. Of an archive, and of a folder that is no `HetRec` folder, all histories
    /// are taken, those in the folders and archives in it as well: one import for each source, at least one.
    pub fn open_all(path: &Path, options: &ImportOptions) -> Result<Vec<Self>, ImportError> {
        if let Some(scale) = options.scale
            && !(scale.is_finite() && scale > 0.0)
        {
            return Err(ImportError::Scale { scale });
        }
        let import = |found| Self {
            path: path.to_owned(),
            found,
            options: options.clone(),
            replaced: OnceLock::new(),
        };
        Ok(recognise::recognise(path)?.into_iter().map(import).collect())
    }

    /// Makes one import of Spotify's account data and extended history of one person, wherever they lie: a play that both hold
    /// is told once. Everything else stays as it is.
    pub fn together(imports: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let is_spotify =
            |import: &Self| matches!(import.format(), Format::SpotifyAccount | Format::SpotifyExtended);
        let mut together: Vec<Self> = Vec::new();
        for import in imports {
            match together.iter_mut().find(|known| is_spotify(known) && is_spotify(&import)) {
                Some(known) => known.found.join(import.found),
                None => together.push(import),
            }
        }
        together
    }

    /// What it is.
    pub fn format(&self) -> Format {
        self.found.format
    }

    /// What its people are called by, unless the person who imports says otherwise: `hetrec:2`.
    pub fn default_source(&self) -> &'static str {
        self.format().default_source()
    }

    /// How many bytes of the disk [`Records`] will read.
    pub fn bytes(&self) -> u64 {
        self.found.pieces.iter().map(|piece| piece.part.bytes()).sum()
    }

    /// Reads everything once, so that an error shows before anything is written.
    pub fn check(&self) -> Result<(), ImportError> {
        self.records()?.try_for_each(|item| item.map(drop))
    }

    /// Reads from the start.
    pub fn records(&self) -> Result<Records, ImportError> {
        let read = Arc::new(AtomicU64::new(0));
        let source: Box<dyn Source> = match self.format() {
            Format::HetRec => Box::new(hetrec::HetRec::open(&self.path, &read)?),
            Format::EdgeList => {
                Box::new(edges::Edges::open(&self.path, self.scale(), self.replaced()?, &read)?)
            }
            Format::PlaysTable => Box::new(plays::Plays::open(&self.path, &read)?),
            _ => {
                let (pieces, beside) = (self.found.pieces.clone(), &self.found.beside);
                Box::new(Histories::open(pieces, beside, self.options.private_too, &read)?)
            }
        };
        let told = self.found.passed_over.iter().map(|(path, what)| ImportItem::Unknown {
            path: path.clone(),
            line: 1,
            what: what.clone(),
        });
        Ok(Records { source: Some(source), told: told.collect(), sense: Sense::Nothing, read })
    }

    /// Reads from the start in a thread of its own, while whoever asks does something with the rows before.
    pub fn read_ahead(&self) -> Result<ReadAhead, ImportError> {
        ReadAhead::begin(self.records()?, &self.path)
    }

    fn scale(&self) -> f64 {
        self.options.scale.unwrap_or(1.0)
    }

    fn replaced(&self) -> Result<Arc<HashSet<u64>>, ImportError> {
        if let Some(known) = self.replaced.get() {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(edges::replaced(&self.path, self.scale())?);
        Ok(Arc::clone(self.replaced.get_or_init(|| found)))
    }
}

/// A format being read.
trait Source: Send {
    /// The next row; `None` at the end.
    fn next_item(&mut self) -> Result<Option<ImportItem>, ImportError>;
}

/// The rows of an [`Import`], after those files beside it that cannot be read. An error is the last of them.
pub struct Records {
    source: Option<Box<dyn Source>>,
    /// What was passed over and is still to be told.
    told: VecDeque<ImportItem>,
    sense: Sense,
    read: Arc<AtomicU64>,
}

/// What the rows read so far made.
enum Sense {
    /// There was none.
    Nothing,
    /// None was understood; the first of them.
    None { path: PathBuf, line: u64, what: String },
    /// One was understood.
    Some,
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
        if let Some(told) = self.told.pop_front() {
            return Some(Ok(told));
        }
        let item = self.source.as_mut()?.next_item().transpose();
        match &item {
            Some(Ok(ImportItem::Unknown { path, line, what })) => {
                if matches!(self.sense, Sense::Nothing) {
                    self.sense = Sense::None { path: path.clone(), line: *line, what: what.clone() };
                }
            }
            Some(Ok(_)) => self.sense = Sense::Some,
            Some(Err(_)) => self.source = None,
            None => {
                self.source = None;
                return self.sense.error().map(Err);
            }
        }
        item
    }
}

impl Sense {
    /// Rows of which none is understood are not what they were taken for.
    fn error(&self) -> Option<ImportError> {
        let Self::None { path, line, what } = self else { return None };
        let problem = Problem::new(format!("no row is understood: {what}"));
        Some(problem.with_hint("is it as it was exported?").at(path, *line))
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("bytes_read", &self.bytes_read()).finish_non_exhaustive()
    }
}
