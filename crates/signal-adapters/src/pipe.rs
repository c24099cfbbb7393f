//! A dump that a task of its own reads ahead, while its rows are written elsewhere.

use async_trait::async_trait;
use signal_core::ledger::Head;
use signal_core::store::Result;
use signal_core::store::transfer::{DUMP_ROWS, Dump, Row};
use tokio::sync::mpsc;

/// Pieces that are read ahead.
const AHEAD: usize = 2;

/// The end where rows come out.
pub(crate) struct Pipe {
    head: Head,
    rows: u64,
    pieces: mpsc::Receiver<Result<Vec<Row>>>,
}

/// The end where rows go in.
pub(crate) struct Inlet {
    piece: Vec<Row>,
    pieces: mpsc::Sender<Result<Vec<Row>>>,
}

/// Nobody reads at the other end any more.
#[derive(Debug)]
pub(crate) struct Closed;

/// Both ends of a dump with so many rows.
pub(crate) fn pipe(head: Head, rows: u64) -> (Inlet, Pipe) {
    let (inlet, pieces) = mpsc::channel(AHEAD);
    (Inlet { piece: Vec::new(), pieces: inlet }, Pipe { head, rows, pieces })
}

impl Inlet {
    /// Puts the next row in.
    pub(crate) async fn put(&mut self, row: Row) -> Result<(), Closed> {
        self.piece.push(row);
        if self.piece.len() >= DUMP_ROWS { self.send().await } else { Ok(()) }
    }

    /// Ends the dump, well or not. Where nobody reads any more there is nobody to tell.
    pub(crate) async fn end(mut self, done: Result<()>) {
        match done {
            Ok(()) if self.piece.is_empty() => {}
            Ok(()) => {
                let _ = self.send().await;
            }
            Err(error) => {
                let _ = self.pieces.send(Err(error)).await;
            }
        }
    }

    async fn send(&mut self) -> Result<(), Closed> {
        self.pieces.send(Ok(std::mem::take(&mut self.piece))).await.map_err(|_| Closed)
    }
}

#[async_trait]
impl Dump for Pipe {
    fn head(&self) -> &Head {
        &self.head
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    async fn next(&mut self) -> Result<Vec<Row>> {
        self.pieces.recv().await.unwrap_or_else(|| Ok(Vec::new()))
    }
}
