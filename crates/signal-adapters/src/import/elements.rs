//! JSON, one row at a time: only the row at hand is in memory.
//!
//! A row is an object that stands in a list, or an object that stands alone, as those of JSON lines do. Lists may lie in
//! lists, and in the few objects that services wrap theirs in (`scrobbles`, `listens`, `recenttracks`, …).

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use super::error::{ImportError, Problem};
use super::lines::{BYTE_ORDER_MARK, LINE_MAX_BYTES};
use super::packed::{Reader, Text};

/// How many lists and wrappers may lie in each other.
const WRAPPERS_MAX: usize = 8;

const NO_LIST: &str = "expected a list of objects";
const CUT_SHORT: &str = "the file ends inside its list";
const CUT_ENTRY: &str = "the file ends inside an entry";

/// The rows of a JSON text.
#[derive(Debug)]
pub(super) struct Elements {
    path: PathBuf,
    reader: Reader,
    /// The lists and wrappers that are open.
    open: Vec<Wrapper>,
    place: Place,
    /// Where reading is: the line from 1, and the byte from 0.
    line: u64,
    byte: u64,
    /// The row read last, and where it begins.
    object: Vec<u8>,
    object_line: u64,
    object_byte: u64,
}

/// What rows lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrapper {
    List,
    Object {
        /// Whether it is what Last.fm answers, in which a single track stands without a list.
        recent: bool,
    },
}

/// How far a text has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    /// Just inside the innermost wrapper.
    Opened,
    /// Behind a value.
    After,
    /// Behind the list that was all of it.
    Done,
}

impl Elements {
    pub(super) fn of(Text { path, reader }: Text) -> Self {
        Self {
            path,
            reader,
            open: Vec::new(),
            place: Place::Start,
            line: 1,
            byte: 0,
            object: Vec::new(),
            object_line: 1,
            object_byte: 0,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The line of the row read last.
    pub(super) fn row_line(&self) -> u64 {
        self.object_line
    }

    /// The text of the next row.
    pub(super) fn next_object(&mut self) -> Result<Option<&str>, ImportError> {
        if !self.advance()? {
            return Ok(None);
        }
        match std::str::from_utf8(&self.object) {
            Ok(text) => Ok(Some(text)),
            Err(error) => {
                let good = error.valid_up_to();
                let breaks = self.object.iter().take(good).filter(|byte| **byte == b'\n').count();
                Err(ImportError::NotText {
                    path: self.path.clone(),
                    line: self.object_line + breaks as u64,
                    byte: self.object_byte + good as u64,
                })
            }
        }
    }

    /// An error about the row read last, in the line `below` its first.
    pub(super) fn error(&self, problem: Problem, below: u64) -> ImportError {
        problem.at(&self.path, self.object_line + below)
    }

    /// Goes on until a row has been read; false at the end.
    fn advance(&mut self) -> Result<bool, ImportError> {
        if self.place == Place::Start && self.chunk()?.starts_with(BYTE_ORDER_MARK) {
            self.consume(BYTE_ORDER_MARK.len());
        }
        loop {
            let row = match self.open.last().copied() {
                None => match self.token()? {
                    None if self.place == Place::Start => return Err(self.here(CUT_SHORT)),
                    None => return Ok(false),
                    Some(_) if self.place == Place::Done => {
                        return Err(self.here("text after the end of the list"));
                    }
                    Some(_) => self.value()?,
                },
                Some(Wrapper::List) => self.go_on_in_list()?,
                Some(Wrapper::Object { recent }) => self.go_on_in_object(recent)?,
            };
            if row {
                return Ok(true);
            }
        }
    }

    /// One step in a list; true when a row has been read.
    fn go_on_in_list(&mut self) -> Result<bool, ImportError> {
        match (self.token()?, self.place) {
            (Some(b']'), _) => {
                self.close();
                Ok(false)
            }
            (_, Place::Opened) => self.value(),
            _ => {
                self.expect(b',', "expected a comma or the end of the list")?;
                self.value()
            }
        }
    }

    /// A list or a row.
    fn value(&mut self) -> Result<bool, ImportError> {
        match self.token()? {
            Some(b'[') => {
                self.consume(1);
                self.enter(Wrapper::List)?;
                Ok(false)
            }
            Some(b'{') => self.take_object(),
            Some(_) => Err(self.here(NO_LIST)),
            None => Err(self.here(CUT_SHORT)),
        }
    }

    /// One step in an object that wraps a list; true when a row has been read.
    fn go_on_in_object(&mut self, recent: bool) -> Result<bool, ImportError> {
        if self.token()? == Some(b'}') {
            self.close();
            return Ok(false);
        }
        if self.place == Place::After {
            self.expect(b',', "expected a comma or the end of the object")?;
        }
        let key = self.key()?;
        self.expect(b':', "expected a colon")?;
        let opener = self.token()?.unwrap_or_default();
        match wrapper(&key, opener, recent) {
            Some(Wrapped::Row) => self.take_object(),
            Some(Wrapped::Wrapper(wrapper)) => {
                self.consume(1);
                self.enter(wrapper)?;
                Ok(false)
            }
            None => {
                self.skip_value()?;
                self.place = Place::After;
                Ok(false)
            }
        }
    }

    fn enter(&mut self, wrapper: Wrapper) -> Result<(), ImportError> {
        if self.open.len() >= WRAPPERS_MAX {
            return Err(self.here(&format!("more than {WRAPPERS_MAX} lists inside each other")));
        }
        self.open.push(wrapper);
        self.place = Place::Opened;
        Ok(())
    }

    fn close(&mut self) {
        self.consume(1);
        let closed = self.open.pop();
        let all = self.open.is_empty() && closed == Some(Wrapper::List);
        self.place = if all { Place::Done } else { Place::After };
    }

    /// Reads an object to its closing brace, or, where it turns out to be a wrapper, into what it wraps. Whether what lies
    /// between is JSON, the parser decides. True for a row.
    fn take_object(&mut self) -> Result<bool, ImportError> {
        self.expect(b'{', NO_LIST)?;
        (self.object_line, self.object_byte) = (self.line, self.byte - 1);
        self.object.clear();
        self.object.push(b'{');
        let mut nesting = Nesting { depth: 1, in_string: false, escaped: false };
        loop {
            let chunk = self.reader.fill_buf().map_err(|cause| ImportError::unreadable(&self.path, cause))?;
            if chunk.is_empty() {
                return Err(self.here(if self.open.is_empty() { CUT_ENTRY } else { CUT_SHORT }));
            }
            let step =
                chunk.iter().enumerate().find_map(|(at, byte)| Some((at, *byte, nesting.step(*byte)?)));
            let taken = step.map_or(chunk.len(), |(at, ..)| at + 1);
            self.object.extend(chunk.iter().take(taken));
            self.consume(taken);
            if self.object.len() > LINE_MAX_BYTES {
                let problem = Problem::new(format!("entry longer than {LINE_MAX_BYTES} bytes"));
                return Err(self.error(problem.with_hint("is this a streaming history?"), 0));
            }
            match step {
                Some((_, _, Step::Closed)) => {
                    self.place = Place::After;
                    return Ok(true);
                }
                Some((_, opener, Step::Opened)) => {
                    if let Some(Wrapped::Wrapper(inner)) = self.wrapped(opener) {
                        self.object.clear();
                        self.enter(Wrapper::Object { recent: false })?;
                        self.enter(inner)?;
                        return Ok(false);
                    }
                }
                None => {}
            }
        }
    }

    /// What the bracket at the end of the object read so far opens, going by the key before it.
    fn wrapped(&self, opener: u8) -> Option<Wrapped> {
        let before = self.object.strip_suffix(&[opener])?.trim_ascii_end().strip_suffix(b":")?;
        let quoted = before.trim_ascii_end().strip_suffix(b"\"")?;
        let start = quoted.iter().rposition(|byte| *byte == b'"')?;
        wrapper(quoted.get(start + 1..)?, opener, false)
    }

    /// The key that comes next, without its quotes; a long one is cut.
    fn key(&mut self) -> Result<Vec<u8>, ImportError> {
        const KEPT: usize = 64;
        self.expect(b'"', "expected a key")?;
        let mut key = Vec::new();
        let mut nesting = Nesting { depth: 1, in_string: true, escaped: false };
        loop {
            let byte = self.next_byte()?;
            nesting.step(byte);
            if !nesting.in_string {
                return Ok(key);
            }
            if key.len() < KEPT {
                key.push(byte);
            }
        }
    }

    /// Passes over a value that nothing is read of.
    fn skip_value(&mut self) -> Result<(), ImportError> {
        let mut nesting = Nesting { depth: 0, in_string: false, escaped: false };
        loop {
            let Some(next) = self.chunk()?.first().copied() else {
                return Err(self.here(CUT_SHORT));
            };
            if nesting.depth == 0 && !nesting.in_string && matches!(next, b',' | b'}' | b']') {
                return Ok(());
            }
            self.consume(1);
            nesting.step(next);
        }
    }

    fn next_byte(&mut self) -> Result<u8, ImportError> {
        match self.chunk()?.first().copied() {
            Some(byte) => {
                self.consume(1);
                Ok(byte)
            }
            None => Err(self.here(CUT_SHORT)),
        }
    }

    /// Takes the next byte that is no white space, which must be `byte`.
    fn expect(&mut self, byte: u8, otherwise: &str) -> Result<(), ImportError> {
        match self.token()? {
            Some(found) if found == byte => {
                self.consume(1);
                Ok(())
            }
            Some(_) => Err(self.here(otherwise)),
            None => Err(self.here(CUT_SHORT)),
        }
    }

    /// The next byte that is no white space, left where it is.
    fn token(&mut self) -> Result<Option<u8>, ImportError> {
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let blanks = chunk.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let found = chunk.get(blanks).copied();
            self.consume(blanks);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    fn chunk(&mut self) -> Result<&[u8], ImportError> {
        self.reader.fill_buf().map_err(|cause| ImportError::unreadable(&self.path, cause))
    }

    fn consume(&mut self, count: usize) {
        let taken = self.reader.buffer().iter().take(count);
        self.line += taken.filter(|byte| **byte == b'\n').count() as u64;
        self.byte += count as u64;
        self.reader.consume(count);
    }

    fn here(&self, what: &str) -> ImportError {
        Problem::new(what).at(&self.path, self.line)
    }
}

/// What lies behind a key of a wrapper.
enum Wrapped {
    Row,
    Wrapper(Wrapper),
}

/// The keys behind which services keep their rows.
fn wrapper(key: &[u8], opener: u8, recent: bool) -> Option<Wrapped> {
    match (key, opener) {
        (b"scrobbles" | b"listens" | b"pinned_recordings" | b"list" | b"track", b'[') => {
            Some(Wrapped::Wrapper(Wrapper::List))
        }
        (b"recenttracks", b'{') => Some(Wrapped::Wrapper(Wrapper::Object { recent: true })),
        (b"payload", b'{') => Some(Wrapped::Wrapper(Wrapper::Object { recent: false })),
        (b"track", b'{') if recent => Some(Wrapped::Row),
        _ => None,
    }
}

/// How deep in braces, brackets and quotes reading is.
struct Nesting {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

/// What a byte does to an object at its outermost level.
#[derive(Clone, Copy)]
enum Step {
    /// Closes it.
    Closed,
    /// Opens a value directly inside it.
    Opened,
}

impl Nesting {
    /// Takes one more byte.
    fn step(&mut self, byte: u8) -> Option<Step> {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' | b'[' => {
                self.depth += 1;
                return (self.depth == 2).then_some(Step::Opened);
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return (self.depth == 0).then_some(Step::Closed);
            }
            _ => {}
        }
        None
    }
}
