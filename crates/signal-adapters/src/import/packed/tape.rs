//! tar archives, entry by entry (POSIX ustar; of pax the sizes, which say what ustar has no room for; long names are passed over).

use std::io::{self, Read};

use super::stream::refused;

/// Everything in a tar archive is a multiple of this.
pub(super) const BLOCK: usize = 512;
const BLOCK_BYTES: u64 = BLOCK as u64;

/// The longest extended header of pax that is read.
const EXTENDED_MAX_BYTES: u64 = 1 << 20;

/// Where the data of an entry begins and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TapeEntry {
    pub(super) start: u64,
    pub(super) size: u64,
}

/// A tar archive and how far it has been read.
#[derive(Debug)]
pub(super) struct Tape<R> {
    reader: R,
    position: u64,
    /// Where the next header lies.
    next: u64,
}

impl<R: Read> Tape<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, position: 0, next: 0 }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Reads on to a place that lies ahead.
    pub(super) fn skip_to(&mut self, place: u64) -> io::Result<()> {
        let ahead = place.saturating_sub(self.position);
        let skipped = io::copy(&mut (&mut self.reader).take(ahead), &mut io::sink())?;
        self.position += skipped;
        if skipped < ahead {
            return Err(refused(format!("cut short after {} unpacked bytes", self.position)));
        }
        Ok(())
    }

    /// The next plain file.
    pub(super) fn next_entry(&mut self) -> io::Result<Option<(String, TapeEntry)>> {
        let mut extended = None;
        loop {
            self.skip_to(self.next)?;
            let mut block = Vec::with_capacity(BLOCK);
            (&mut self.reader).take(BLOCK_BYTES).read_to_end(&mut block)?;
            self.position += block.len() as u64;
            if block.len() < BLOCK && !block.is_empty() {
                return Err(refused(format!("cut short after {} unpacked bytes", self.position)));
            }
            if block.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            let damaged =
                || refused(format!("no tar header at unpacked byte {}", self.position - BLOCK_BYTES));
            if !is_header(&block) {
                return Err(damaged());
            }
            let kind = block.get(156).copied().unwrap_or_default();
            let own = || block.get(124..136).and_then(number);
            // An extended header speaks of the next entry that is none itself.
            let size = match kind {
                b'x' | b'g' | b'L' | b'K' => own(),
                _ => extended.take().or_else(own),
            };
            let size = size.ok_or_else(damaged)?;
            let padded = size.checked_next_multiple_of(BLOCK_BYTES).ok_or_else(damaged)?;
            self.next = self.position.checked_add(padded).ok_or_else(damaged)?;
            if kind == b'x' {
                if size > EXTENDED_MAX_BYTES {
                    return Err(refused(format!("a tar header of more than {EXTENDED_MAX_BYTES} bytes")));
                }
                let mut records = Vec::new();
                self.by_ref().take(size).read_to_end(&mut records)?;
                extended = extended_size(&records);
            }
            if matches!(kind, b'0' | 0) {
                let name = text(block.get(..100).unwrap_or_default());
                let prefix = text(block.get(345..500).unwrap_or_default());
                let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
                return Ok(Some((name, TapeEntry { start: self.position, size })));
            }
        }
    }
}

impl<R: Read> Read for Tape<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

/// The size that an extended header of pax tells, if it does: records are `LENGTH KEY=VALUE` and a line's end.
fn extended_size(mut records: &[u8]) -> Option<u64> {
    let mut size = None;
    while let Some(blank) = records.iter().position(|byte| *byte == b' ') {
        let length: usize = text(records.get(..blank)?).parse().ok()?;
        let record = records.get(blank + 1..length)?;
        if let Some(value) = record.strip_prefix(b"size=") {
            size = text(value).trim_end().parse().ok();
        }
        records = records.get(length..)?;
    }
    size
}

/// Whether a block is the header of an entry: its own checksum decides.
pub(super) fn is_header(block: &[u8]) -> bool {
    let Some(told) = block.get(148..156).and_then(number) else {
        return false;
    };
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(place, byte)| if (148..156).contains(&place) { 32 } else { u64::from(*byte) })
        .sum();
    block.len() == BLOCK && sum == told
}

/// A number in octal digits, or, for large ones, in bytes after a mark.
fn number(field: &[u8]) -> Option<u64> {
    if field.first().is_some_and(|byte| byte & 0x80 != 0) {
        let low = field.get(field.len().checked_sub(8)?..)?;
        return Some(u64::from_be_bytes(low.try_into().ok()?));
    }
    let digits = text(field);
    let digits = digits.trim();
    if digits.is_empty() { None } else { u64::from_str_radix(digits, 8).ok() }
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
}
