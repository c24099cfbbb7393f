//! Text files line by line, in flat memory, with a count of what has been read.

use std::borrow::Cow;
use std::io::{BufRead as _, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::error::{ImportError, Problem};
use super::packed::{Reader, Text};

/// The longest line, and the longest entry of a JSON list, in bytes.
pub(super) const LINE_MAX_BYTES: usize = 1 << 20;

/// What some editors put at the start of a UTF-8 file.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a file, without their endings and without a byte order mark.
#[derive(Debug)]
pub(super) struct Lines {
    path: PathBuf,
    reader: Reader,
    line: Vec<u8>,
    number: u64,
    /// Where in the file `line` begins, and where the next one does.
    start: u64,
    end: u64,
}

impl Lines {
    pub(super) fn open(path: &Path, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        Ok(Self::of(Text::plain(path, read)?))
    }

    pub(super) fn of(Text { path, reader }: Text) -> Self {
        Self { path, reader, line: Vec::new(), number: 0, start: 0, end: 0 }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The number of the line read last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line; bytes that are not UTF-8 are an error.
    pub(super) fn next_text(&mut self) -> Result<Option<&str>, ImportError> {
        if !self.advance()? {
            return Ok(None);
        }
        match std::str::from_utf8(&self.line) {
            Ok(text) => Ok(Some(text)),
            Err(error) => Err(ImportError::NotText {
                path: self.path.clone(),
                line: self.number,
                byte: self.start + error.valid_up_to() as u64,
            }),
        }
    }

    /// The next line of a file that is read as published: a line that is not UTF-8 is taken as Latin-1,
    /// which has a character for every byte.
    pub(super) fn next_as_published(&mut self) -> Result<Option<Cow<'_, str>>, ImportError> {
        if !self.advance()? {
            return Ok(None);
        }
        Ok(Some(match std::str::from_utf8(&self.line) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(self.line.iter().copied().map(char::from).collect()),
        }))
    }

    /// An error about the line read last; an empty file lacks its first.
    pub(super) fn error(&self, problem: Problem) -> ImportError {
        problem.at(&self.path, self.number.max(1))
    }

    fn advance(&mut self) -> Result<bool, ImportError> {
        const LONGEST_WITH_ENDING: u64 = LINE_MAX_BYTES as u64 + 2;
        self.line.clear();
        let count = (&mut self.reader)
            .take(LONGEST_WITH_ENDING)
            .read_until(b'\n', &mut self.line)
            .map_err(|cause| ImportError::unreadable(&self.path, cause))?;
        if count == 0 {
            return Ok(false);
        }
        self.number += 1;
        self.start = self.end;
        self.end += count as u64;
        if self.line.pop_if(|byte| *byte == b'\n').is_some() {
            self.line.pop_if(|byte| *byte == b'\r');
        }
        if self.line.len() > LINE_MAX_BYTES {
            let problem = Problem::new(format!("line longer than {LINE_MAX_BYTES} bytes"));
            return Err(self.error(problem.with_hint("is this a text file with one row a line?")));
        }
        if self.number == 1 && self.line.starts_with(BYTE_ORDER_MARK) {
            self.line.drain(..BYTE_ORDER_MARK.len());
            self.start += BYTE_ORDER_MARK.len() as u64;
        }
        Ok(true)
    }
}
