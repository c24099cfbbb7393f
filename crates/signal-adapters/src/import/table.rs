//! Tables as text: a row a line, columns between commas or tabs.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::error::{ImportError, Problem};
use super::lines::{LINE_MAX_BYTES, Lines};
use super::packed::Text;

/// The longest id of a person, in bytes.
const ID_MAX_BYTES: usize = 128;

/// The most lines of one row: a quoted column may hold line breaks.
const ROW_MAX_LINES: usize = 16;

/// The rows of a table; blank lines are none. The first row says what stands between the columns:
/// tabs if it has one, else commas, else semicolons.
#[derive(Debug)]
pub(super) struct Table {
    lines: Lines,
    /// The row read last, and the line it begins in.
    row: String,
    line: u64,
    /// Lines that were read and belong to no row yet, with their numbers.
    ahead: VecDeque<(u64, String)>,
    separator: Option<char>,
    /// Whether blanks divide the columns where the first row has neither tabs nor commas.
    blanks: bool,
}

impl Table {
    pub(super) fn open(path: &Path, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        Ok(Self::of(Text::plain(path, read)?))
    }

    pub(super) fn of(text: Text) -> Self {
        let (row, ahead) = (String::new(), VecDeque::new());
        Self { lines: Lines::of(text), row, line: 0, ahead, separator: None, blanks: false }
    }

    /// A table whose columns may be divided by single blanks.
    pub(super) fn open_with_blanks(path: &Path, read: &Arc<AtomicU64>) -> Result<Self, ImportError> {
        Ok(Self { blanks: true, ..Self::open(path, read)? })
    }

    pub(super) fn path(&self) -> &Path {
        self.lines.path()
    }

    /// The line in which the row read last begins.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Lets the next row say what stands between the columns: the one before was none of the table.
    pub(super) fn decide_anew(&mut self) {
        self.separator = None;
    }

    /// Reads the next row and hands its columns, trimmed, to `parse`.
    pub(super) fn next_row<T>(
        &mut self,
        parse: impl FnOnce(&[Cow<'_, str>]) -> Result<T, Problem>,
    ) -> Result<Option<T>, ImportError> {
        while let Some((line, row)) = self.next_line()? {
            (self.line, self.row) = (line, row);
            if self.row.trim().is_empty() {
                continue;
            }
            let separator = self.separator();
            self.join(separator)?;
            let text = if separator == ' ' { self.row.trim() } else { &self.row };
            let path = self.lines.path();
            return parse(&columns(text, separator)).map(Some).map_err(|problem| problem.at(path, self.line));
        }
        Ok(None)
    }

    fn separator(&mut self) -> char {
        let (text, blanks) = (&self.row, self.blanks);
        *self.separator.get_or_insert_with(|| match text {
            _ if text.contains('\t') => '\t',
            _ if text.contains(';') && !text.contains(',') => ';',
            _ if blanks && !text.contains(',') && text.trim().contains(' ') => ' ',
            _ => ',',
        })
    }

    /// The next line and its number. The row read last gives its memory for it.
    fn next_line(&mut self) -> Result<Option<(u64, String)>, ImportError> {
        if let Some(line) = self.ahead.pop_front() {
            return Ok(Some(line));
        }
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        let Some(text) = self.lines.next_text()? else { return Ok(None) };
        row.push_str(text);
        Ok(Some((self.lines.number(), row)))
    }

    /// Adds the lines to a row that a quoted column at its end goes on in. If nothing ends that column, its quote was none.
    fn join(&mut self, separator: char) -> Result<(), ImportError> {
        if !matches!(separator, ',' | ';') || end(&self.row, separator) != End::Open {
            return Ok(());
        }
        let (first, mut whole) = (std::mem::take(&mut self.row), String::new());
        let mut taken = Vec::new();
        whole.push_str(&first);
        while taken.len() + 1 < ROW_MAX_LINES && end(&whole, separator) == End::Open {
            let Some((number, line)) = self.next_line()? else { break };
            whole.push('\n');
            whole.push_str(&line);
            taken.push((number, line));
            if whole.len() > LINE_MAX_BYTES {
                break;
            }
        }
        if whole.len() <= LINE_MAX_BYTES && end(&whole, separator) == End::Closed {
            self.row = whole.replace('\n', " ");
        } else {
            self.row = first;
            for line in taken.into_iter().rev() {
                self.ahead.push_front(line);
            }
        }
        Ok(())
    }
}

/// How a row ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// With a whole column.
    Closed,
    /// In a quoted column.
    Open,
    /// Somewhere, with a line break in a column that is not quoted.
    Broken,
}

fn end(row: &str, separator: char) -> End {
    let mut rest = Some(row);
    while let Some(text) = rest {
        if let Some((_, after)) = quoted(text, separator) {
            rest = after;
            continue;
        }
        if is_open(text) {
            return End::Open;
        }
        let (column, after) =
            text.split_once(separator).map_or((text, None), |(column, after)| (column, Some(after)));
        if column.contains('\n') {
            return End::Broken;
        }
        rest = after;
    }
    End::Closed
}

/// Whether a quote opens a column, and none ends it.
fn is_open(text: &str) -> bool {
    let Some(inside) = text.trim_start_matches(' ').strip_prefix('"') else { return false };
    // Doubled quotes stand for one.
    !inside.replace("\"\"", "").contains('"')
}

/// The columns of one line. A column is quoted when a quote opens it and another ends it, so that
/// `"Weird Al" Yankovic` keeps its quotes; a doubled quote inside stands for one.
fn columns(line: &str, separator: char) -> Vec<Cow<'_, str>> {
    let mut columns = Vec::new();
    let mut rest = Some(line);
    while let Some(text) = rest {
        let (column, after) = quoted(text, separator).unwrap_or_else(|| match text.split_once(separator) {
            Some((column, after)) => (Cow::Borrowed(column.trim()), Some(after)),
            None => (Cow::Borrowed(text.trim()), None),
        });
        columns.push(column);
        rest = after;
    }
    columns
}

/// A quoted column at the start of `text`, and what follows its separator.
fn quoted(text: &str, separator: char) -> Option<(Cow<'_, str>, Option<&str>)> {
    let mut rest = text.trim_start_matches(' ').strip_prefix('"')?;
    let mut column = String::new();
    loop {
        let (inside, after) = rest.split_once('"')?;
        column.push_str(inside);
        if let Some(after) = after.strip_prefix('"') {
            column.push('"');
            rest = after;
            continue;
        }
        let column = Cow::Owned(column.trim().to_owned());
        let after = after.trim_start_matches(' ');
        return if after.is_empty() {
            Some((column, None))
        } else {
            Some((column, Some(after.strip_prefix(separator)?)))
        };
    }
}

/// An id as it stands in the column `what`.
pub(super) fn id(what: &str, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        Err(Problem::new(format!("{what} is empty")))
    } else if text.len() > ID_MAX_BYTES {
        Err(Problem::new(format!("{what} is longer than {ID_MAX_BYTES} bytes")))
    } else if text.chars().any(char::is_control) {
        Err(Problem::new(format!("{what} holds a control character")))
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_count_only_around_a_whole_column() {
        assert_eq!(columns("a, b ,c", ','), ["a", "b", "c"]);
        assert_eq!(columns(r#"a,"Crosby, Stills",3"#, ','), ["a", "Crosby, Stills", "3"]);
        assert_eq!(columns(r#""say ""x""" ,2"#, ','), [r#"say "x""#, "2"]);
        assert_eq!(columns("\"Weird Al\" Yankovic\t2", '\t'), ["\"Weird Al\" Yankovic", "2"]);
        assert_eq!(columns("\"open,2", ','), ["\"open", "2"]);
        assert_eq!(columns("a,,", ','), ["a", "", ""]);
    }

    #[test]
    fn ids_are_trimmed_and_bounded() {
        assert_eq!(id("from", " ana ").map_err(|p| p.what), Ok("ana".to_owned()));
        for (wrong, what) in [
            (" ".to_owned(), "from is empty"),
            ("x".repeat(129), "from is longer than 128 bytes"),
            ("a\u{0}b".to_owned(), "from holds a control character"),
        ] {
            assert_eq!(id("from", &wrong).map_err(|p| p.what), Err(what.to_owned()));
        }
    }
}
