//! All that the core needs of a database: small traits by concern, and one that has them all.
//!
//! [`MemoryStore`] is the reference. An adapter implements the traits, runs the public suite of the feature
//! `conformance`, and is done. There are no default methods: what a store cannot do, its
//! [`Capabilities`] say.

use async_trait::async_trait;

use crate::model::Timestamp;

mod content;
mod error;
mod history;
mod ledger;
mod memory;
mod state;
pub mod transfer;

#[cfg(feature = "conformance")]
pub mod conformance;

pub use content::{ContentStore, Edge, Page, SearchHit, Seat};
pub use error::{Result, StoreError};
pub use history::{
    ArtistGenre, ArtistPlays, ArtistPlaysKey, HistoryStore, HistoryTotals, ItemKind, NewItem, PlayLength,
    PlayedTrackRow, SeenMark, middle_week,
};
pub use ledger::{Appended, LedgerStore};
pub use memory::MemoryStore;
pub use state::{Lease, ProfileStore, StateStore, VaultStore};
pub use transfer::TransferStore;

/// What a store can do beyond the minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct Capabilities {
    /// Search ranks by relevance instead of plain containment.
    pub full_text_search: bool,
    /// It finds nearest vectors itself.
    pub vector_search: bool,
    /// It answers who is within reach over trust edges itself.
    pub graph_reach: bool,
    /// It tells readers of new entries without being asked.
    pub notifications: bool,
    /// Several processes may write at once.
    pub several_processes: bool,
    /// What it holds survives the process.
    pub durable: bool,
}

/// A whole store: everything Signal keeps.
///
/// Whoever was erased stays so: within the transaction of its write, a store asks the stream row of the person
/// ([`crate::ledger::StreamRow::is_erased`]) and leaves out plays, marks, profiles, tokens and dials that come late.
#[async_trait]
pub trait Store:
    LedgerStore + ContentStore + HistoryStore + ProfileStore + StateStore + VaultStore + TransferStore
{
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Does what the store wants done now and then, such as making room for the months to come. It changes no answer.
    async fn upkeep(&self, now: Timestamp) -> Result<()>;

    /// Gives back the space of what was deleted, so that nothing of it is left where the store keeps its bytes.
    /// May take as long as writing everything anew.
    async fn compact(&self) -> Result<()>;

    /// Lets go of files and connections once what runs on them is done. Whoever stops without it loses nothing, but may
    /// leave work to the next who opens. Nothing can be asked afterwards.
    async fn close(&self);
}
