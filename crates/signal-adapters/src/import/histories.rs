//! The history of one source, which may lie in many files.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::apple::{Activity, Titles};
use super::elements::Elements;
use super::error::ImportError;
use super::item::ImportItem;
use super::json::{self, Reading};
use super::packed::{Opener, Part};
use super::scrobbles::Scrobbles;
use super::{Format, Source};

/// One file of a history.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) part: Part,
    pub(super) format: Format,
    /// Whether it is a table, and not JSON.
    pub(super) table: bool,
}

impl Part {
    /// Whether it is one of Spotify's files of videos, which their names alone tell from those of songs. They reach over years
    /// with few songs in them.
    fn is_video(&self) -> bool {
        self.path().file_name().is_some_and(|name| name.to_string_lossy().contains("_Video_"))
    }
}

/// All plays of one source, file after file.
#[derive(Debug)]
pub(super) struct Histories {
    pieces: std::vec::IntoIter<Piece>,
    opener: Opener,
    current: Option<Current>,
    titles: Arc<Titles>,
    reading: Reading,
    read: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Current {
    Rows(Elements, Format),
    Table(Scrobbles),
    Activity(Box<Activity>),
}

impl Histories {
    /// `beside` are the files that say who plays a song.
    pub(super) fn open(
        mut pieces: Vec<Piece>,
        beside: &[Part],
        private_too: bool,
        read: &Arc<AtomicU64>,
    ) -> Result<Self, ImportError> {
        // Which account plays an extended history holds is known when it has been read.
        pieces.sort_by_key(|piece| piece.format == Format::SpotifyAccount);
        Ok(Self {
            pieces: pieces.into_iter(),
            opener: Opener::default(),
            current: None,
            titles: Arc::new(Titles::read(beside)?),
            reading: Reading { private_too, ..Reading::default() },
            read: Arc::clone(read),
        })
    }

    fn next_piece(&mut self) -> Result<Option<Current>, ImportError> {
        let Some(Piece { part, format, table }) = self.pieces.next() else {
            return Ok(None);
        };
        let text = part.open(&mut self.opener, &self.read)?;
        Ok(Some(if format == Format::AppleActivity {
            Current::Activity(Box::new(Activity::open(text, Arc::clone(&self.titles))?))
        } else if table {
            Current::Table(Scrobbles::open(text)?)
        } else {
            self.reading.spans = !part.is_video();
            Current::Rows(Elements::of(text), format)
        }))
    }
}

impl Source for Histories {
    fn next_item(&mut self) -> Result<Option<ImportItem>, ImportError> {
        loop {
            let item = match &mut self.current {
                None => {
                    self.current = self.next_piece()?;
                    if self.current.is_none() {
                        return Ok(None);
                    }
                    continue;
                }
                Some(Current::Rows(elements, format)) => {
                    json::next_item(elements, *format, &mut self.reading)?
                }
                Some(Current::Table(table)) => table.next_item()?,
                Some(Current::Activity(activity)) => activity.next_item()?,
            };
            match item {
                Some(item) => return Ok(Some(item)),
                None => self.current = None,
            }
        }
    }
}
