//! A JSON list of objects, one object at a time: only the object at hand is in memory.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::error::{ImportError, Problem};
use super::lines::{BYTE_ORDER_MARK, CountedFile, LINE_MAX_BYTES};

const NO_LIST: &str = "expected a list of objects";
const CUT_SHORT: &str = "the file ends inside its list";

/// The objects of a JSON list.
#[derive(Debug)]
pub(super) struct Elements {
    path: PathBuf,
    reader: BufReader<CountedFile>,
    place: Place,
    /// Where reading is: the line from 1, and the byte from 0.
    line: u64,
    byte: u64,
    /// The object read last, and where it begins.
    object: Vec<u8>,
    object_line: u64,
    object_byte: u64,
}

/// How far the list has been read.
#[derive(Debug, Clone, Copy)]
enum Place {
    Before,
    Inside,
    After,
}

impl Elements {
    pub(super) fn open(path: &Path, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        Ok(Self {
            path: path.to_owned(),
            reader: CountedFile::open(path, read)?,
            place: Place::Before,
            line: 1,
            byte: 0,
            object: Vec::new(),
            object_line: 1,
            object_byte: 0,
        })
    }

    /// The text of the next object.
    pub(super) fn next_object(&mut self) -> Result<Option<&str>, ImportError> {
        let more = match self.place {
            Place::Before => self.begin_list()?,
            Place::Inside => self.go_on()?,
            Place::After => false,
        };
        if !more {
            self.place = Place::After;
            return Ok(None);
        }
        self.place = Place::Inside;
        self.take_object()?;
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

    /// An error about the object read last, in the line `below` its first.
    pub(super) fn error(&self, problem: Problem, below: u64) -> ImportError {
        problem.at(&self.path, self.object_line + below)
    }

    /// Goes from the start of the file to the first object; false when the list is empty.
    fn begin_list(&mut self) -> Result<bool, ImportError> {
        if self.chunk()?.starts_with(BYTE_ORDER_MARK) {
            self.consume(BYTE_ORDER_MARK.len());
        }
        self.expect(b'[', NO_LIST)?;
        if self.token()? == Some(b']') { self.end_list() } else { Ok(true) }
    }

    /// Goes from the end of an object to the next one; false at the end of the list.
    fn go_on(&mut self) -> Result<bool, ImportError> {
        if self.token()? == Some(b']') {
            return self.end_list();
        }
        self.expect(b',', "expected a comma or the end of the list")?;
        Ok(true)
    }

    fn end_list(&mut self) -> Result<bool, ImportError> {
        self.consume(1);
        match self.token()? {
            None => Ok(false),
            Some(_) => Err(self.here("text after the end of the list")),
        }
    }

    /// Reads an object to its closing brace. Whether what lies between is JSON, the parser decides.
    fn take_object(&mut self) -> Result<(), ImportError> {
        self.expect(b'{', NO_LIST)?;
        (self.object_line, self.object_byte) = (self.line, self.byte - 1);
        self.object.clear();
        self.object.push(b'{');
        let mut nesting = Nesting { depth: 1, in_string: false, escaped: false };
        while nesting.depth > 0 {
            let chunk = self.reader.fill_buf().map_err(|cause| ImportError::unreadable(&self.path, cause))?;
            if chunk.is_empty() {
                return Err(self.here(CUT_SHORT));
            }
            let end = chunk.iter().position(|byte| nesting.ends_with(*byte));
            let taken = end.map_or(chunk.len(), |end| end + 1);
            self.object.extend(chunk.iter().take(taken));
            self.consume(taken);
            if self.object.len() > LINE_MAX_BYTES {
                let problem = Problem::new(format!("entry longer than {LINE_MAX_BYTES} bytes"));
                return Err(self.error(problem.with_hint("is this a streaming history?"), 0));
            }
        }
        Ok(())
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

/// How deep in braces, brackets and quotes reading is.
struct Nesting {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    /// Takes one more byte; true when it closes the outermost brace.
    fn ends_with(&mut self, byte: u8) -> bool {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
        self.depth == 0
    }
}
