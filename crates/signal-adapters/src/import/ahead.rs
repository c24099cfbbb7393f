//! Reading in a thread of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::{fmt, panic, vec};

use super::{ImportError, ImportItem, Records};

/// Rows that are handed over together, and how many such batches may wait: some megabytes.
const BATCH: usize = 512;
const BATCHES: usize = 16;

type Row = Result<ImportItem, ImportError>;

/// Rows that were read.
struct Batch {
    rows: Vec<Row>,
    /// Whether no more follow.
    last: bool,
}

/// The rows of an [`Import`](super::Import), read by a thread of its own. An error is the last of them. The thread ends
/// with the file, or soon after this is dropped.
pub struct ReadAhead {
    reader: Option<(Receiver<Batch>, JoinHandle<()>)>,
    rows: vec::IntoIter<Row>,
    read: Arc<AtomicU64>,
}

impl ReadAhead {
    pub(super) fn begin(records: Records, path: &Path) -> Result<Self, ImportError> {
        let read = Arc::clone(&records.read);
        let (to, from) = sync_channel(BATCHES);
        let thread = Builder::new().name("import".to_owned()).spawn(move || read_all(records, &to));
        let thread = thread.map_err(|cause| ImportError::unreadable(path, cause))?;
        Ok(Self { reader: Some((from, thread)), rows: Vec::new().into_iter(), read })
    }

    /// How many bytes have been read so far, those of rows that wait included.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

/// Hands rows over until they end, or nobody wants them.
fn read_all(mut records: Records, to: &SyncSender<Batch>) {
    loop {
        let rows: Vec<_> = records.by_ref().take(BATCH).collect();
        let last = rows.len() < BATCH;
        if to.send(Batch { rows, last }).is_err() || last {
            return;
        }
    }
}

impl Iterator for ReadAhead {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(row);
            }
            let (from, _) = self.reader.as_ref()?;
            let batch = from.recv().ok();
            if batch.as_ref().is_none_or(|batch| batch.last)
                && let Some((_, thread)) = self.reader.take()
                && let Err(broken) = thread.join()
            {
                panic::resume_unwind(broken);
            }
            self.rows = batch?.rows.into_iter();
        }
    }
}

impl fmt::Debug for ReadAhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadAhead").field("bytes_read", &self.bytes_read()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Import, ImportOptions};
    use super::*;

    fn file(rows: usize, end: &str) -> (tempfile::TempDir, Import) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plays");
        let rows = (0..rows).map(|n| format!("a{n},b{n},5\n")).collect::<Vec<_>>().concat();
        std::fs::write(&path, format!("user,artist,plays\n{rows}{end}")).expect("a file");
        let import = Import::open(&path, &ImportOptions::default()).expect("a table of plays");
        (folder, import)
    }

    #[test]
    fn the_rows_are_those_of_the_file_in_its_order() {
        for rows in [1, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH] {
            let (_folder, import) = file(rows, "");
            let mut ahead = import.read_ahead().expect("begins");
            let read: Vec<_> = ahead.by_ref().collect::<Result<_, _>>().expect("rows");
            let alone: Vec<_> = import.records().expect("begins").collect::<Result<_, _>>().expect("rows");
            assert_eq!(read, alone);
            assert!(ahead.next().is_none(), "the end stays the end");
            assert_eq!(ahead.bytes_read(), import.bytes());
        }
    }

    #[test]
    fn an_error_is_the_last_row() {
        let (_folder, import) = file(BATCH, "a,b,many\n");
        let mut ahead = import.read_ahead().expect("begins");
        let rows: Vec<_> = ahead.by_ref().collect();
        assert!(rows.last().is_some_and(Result::is_err), "{:?}", rows.last());
        assert!(ahead.next().is_none());
    }

    #[test]
    fn whoever_has_enough_lets_the_reader_end() {
        let (_folder, import) = file(20 * BATCH * BATCHES, "");
        let mut ahead = import.read_ahead().expect("begins");
        assert!(ahead.next().is_some_and(|row| row.is_ok()));
        let (from, thread) = ahead.reader.take().expect("reads");
        drop(from);
        thread.join().expect("ends");
    }
}
