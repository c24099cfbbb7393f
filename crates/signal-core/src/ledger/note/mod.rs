//! Signed notes (c2sp.org/signed-note): a text, an empty line, and one line for each signature.
//!
//! ```text
//! signal.example/ledger
//! 8
//! Xcmn...
//!
//! — signal.example/ledger c3V0...
//! ```

mod key;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use key::{InvalidKey, KeyKind, MAX_KEY_NAME_BYTES, PublicKey, SigningKey};

/// Longest note that is read, in bytes; room for 64 signatures of any algorithm in use.
pub const MAX_NOTE_BYTES: usize = 512 * 1_024;
/// Most signatures of a note that are read.
pub const MAX_NOTE_SIGNATURES: usize = 64;
/// What a line of a signature begins with: an em dash and a space.
const SIGNATURE: &str = "\u{2014} ";

/// Why a text is no signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNote {
    /// It is longer than any note.
    #[error("a signed note has at most {MAX_NOTE_BYTES} bytes")]
    TooLarge,
    /// It holds a control character.
    #[error("a signed note holds no control characters")]
    Control,
    /// It ends before its last line is over, or has no signature at all.
    #[error("the signed note ends before its signatures do")]
    CutOff,
    /// A line after the empty one is no signature.
    #[error("a line after the last empty line is no signature")]
    Signature,
    /// There are more signatures than anybody needs.
    #[error("a signed note has at most {MAX_NOTE_SIGNATURES} signatures")]
    TooMany,
}

/// One line of a signature. Nothing is known of whether it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    pub(in crate::ledger) name: String,
    pub(in crate::ledger) id: [u8; 4],
    pub(in crate::ledger) bytes: Vec<u8>,
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.id.to_vec();
        bytes.extend(&self.bytes);
        writeln!(f, "{SIGNATURE}{} {}", self.name, STANDARD.encode(bytes))
    }
}

impl FromStr for NoteSignature {
    type Err = InvalidNote;

    /// Reads one line, with or without its newline.
    fn from_str(line: &str) -> Result<Self, InvalidNote> {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let wrong = InvalidNote::Signature;
        let (name, bytes) =
            line.strip_prefix(SIGNATURE).and_then(|line| line.split_once(' ')).ok_or(wrong)?;
        let bytes = STANDARD.decode(bytes).map_err(|_| wrong)?;
        let (id, bytes) = bytes.split_first_chunk::<4>().ok_or(wrong)?;
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') || bytes.is_empty() {
            return Err(wrong);
        }
        Ok(Self { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
    }
}

/// A text and its signatures. The text means nothing before a known key's signature was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// What the signatures of a note say about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The key signed this text.
    Yes,
    /// No signature is of this key.
    No,
    /// A signature claims to be of this key, and is not.
    Forged,
}

impl Note {
    /// A note without signatures yet; the text ends in a newline and has no empty line.
    pub(in crate::ledger) fn unsigned(text: String) -> Self {
        Self { text, signatures: Vec::new() }
    }

    /// What was signed, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, known or not.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The same with one more signature.
    #[must_use]
    pub fn with(mut self, signature: NoteSignature) -> Self {
        self.signatures.push(signature);
        self
    }

    /// Whether a key signed this: one false signature in its name is one too many.
    pub fn signed_by(&self, key: &PublicKey) -> Signed {
        let mut of_key = self.signatures.iter().filter(|signature| key.made(signature)).peekable();
        if of_key.peek().is_none() {
            Signed::No
        } else if of_key.all(|signature| key.verifies(&self.text, signature)) {
            Signed::Yes
        } else {
            Signed::Forged
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| signature.fmt(f))
    }
}

impl FromStr for Note {
    type Err = InvalidNote;

    fn from_str(note: &str) -> Result<Self, InvalidNote> {
        if note.len() > MAX_NOTE_BYTES {
            return Err(InvalidNote::TooLarge);
        }
        if note.contains(|c: char| c < ' ' && c != '\n') {
            return Err(InvalidNote::Control);
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(InvalidNote::CutOff)?;
        let lines = lines.strip_suffix('\n').ok_or(InvalidNote::CutOff)?;
        if lines.split('\n').count() > MAX_NOTE_SIGNATURES {
            return Err(InvalidNote::TooMany);
        }
        let signatures = lines.split('\n').map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: format!("{text}\n"), signatures })
    }
}
