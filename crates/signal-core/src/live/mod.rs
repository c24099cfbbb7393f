//! What readers hold in memory: the ledger's tail folded into a graph, drops and circles, and the ears of people.
//!
//! It may lag behind the store, so no write ever decides from it. Deleting it changes nothing but the wait.

mod community;
mod ears;
mod feed;
mod index;
mod matching;
mod snapshot;

pub use community::{Live, LiveCircle, LiveDrop, LivePerson, LiveResolution};
pub use ears::Ears;
pub use feed::{FeedView, Sources, YoungDrop, trusted};
pub use matching::{Match, Peers};
pub use snapshot::{Snapshot, UnreadableSnapshot};
