//! Rows sorted by what a store does with them.

use uuid::Uuid;

use super::Row;
use super::row::stored;
use crate::ledger::{ContentChange, CorruptEntry, NodeId, Sealed, SealedEntry, StreamId, StreamRow};
use crate::model::{ArtistId, Claim, Hash, Listen, Merge, PlayCount, TasteProfile, UserId};
use crate::store::{ArtistGenre, SeenMark};

/// An artist, or a track of one, under the id that it has elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueItem {
    /// Its id.
    pub id: Uuid,
    /// Of a track, who plays it.
    pub artist: Option<ArtistId>,
    /// Name or title.
    pub name: String,
}

/// A ciphertext of a person's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRow {
    /// Whose.
    pub user: UserId,
    /// For which platform.
    pub platform: String,
    /// Which part of the token.
    pub field: String,
    /// The ciphertext.
    pub value: Vec<u8>,
}

/// Rows to be taken in together. Each list is in the order of its rows, without duplicates.
#[derive(Debug, Clone, Default)]
pub struct Intake {
    /// Entries that follow the store's newest one with the tree nodes they finish, state rows, and the head after both.
    pub ledger: Option<Sealed>,
    /// Names and owners.
    pub keys: Vec<(String, Uuid)>,
    /// Documents, edges, seats, dials, and tables of epochs, as the changes that put them.
    pub content: Vec<ContentChange>,
    /// Artists and tracks.
    pub items: Vec<CatalogueItem>,
    /// Claims with the items that they find.
    pub claims: Vec<(Claim, Uuid)>,
    /// Genres of artists.
    pub genres: Vec<ArtistGenre>,
    /// Merges of tracks.
    pub merges: Vec<Merge>,
    /// Listens.
    pub listens: Vec<Listen>,
    /// Play counts.
    pub counts: Vec<PlayCount>,
    /// What people were shown.
    pub seen: Vec<SeenMark>,
    /// Who mutes whom.
    pub mutes: Vec<(UserId, UserId)>,
    /// Taste profiles.
    pub profiles: Vec<TasteProfile>,
    /// Named values.
    pub states: Vec<(String, Vec<u8>)>,
    /// Ciphertexts.
    pub secrets: Vec<SecretRow>,
}

/// What goes into [`Intake::ledger`].
#[derive(Debug, Default)]
pub(super) struct LedgerRows {
    pub(super) entries: Vec<SealedEntry>,
    pub(super) nodes: Vec<(NodeId, Hash)>,
    pub(super) streams: Vec<(StreamId, StreamRow)>,
}

impl Intake {
    /// Sorts one row in; those of the ledger go to `ledger`.
    pub(super) fn add(&mut self, row: Row, ledger: &mut LedgerRows) -> Result<(), CorruptEntry> {
        match row {
            Row::Entry { position, leaf, body } => {
                ledger.entries.push(SealedEntry::of(stored(position, leaf, body))?);
            }
            Row::Stream { stream, version, state } => {
                ledger.streams.push((stream, StreamRow { version, state }));
            }
            Row::Key { key, owner } => self.keys.push((key, owner)),
            Row::Item { id, artist, name } => self.items.push(CatalogueItem { id, artist, name }),
            Row::Claim { claim, item } => self.claims.push((claim, item)),
            Row::Genre { artist, genre, weight } => self.genres.push(ArtistGenre { artist, genre, weight }),
            Row::Merge(merge) => self.merges.push(merge),
            Row::Listen(listen) => self.listens.push(listen),
            Row::Count(count) => self.counts.push(count),
            Row::Seen { user, drop, at } => self.seen.push(SeenMark { user, drop, at }),
            Row::Mute { user, target } => self.mutes.push((user, target)),
            Row::Profile(profile) => self.profiles.push(profile),
            Row::State { name, value } => self.states.push((name, value)),
            Row::Secret { user, platform, field, value } => {
                self.secrets.push(SecretRow { user, platform, field, value });
            }
            Row::Tables { hash, bytes } => self.content.push(ContentChange::PutTables { hash, bytes }),
            Row::Doc(doc) => self.content.push(ContentChange::PutDoc(doc)),
            Row::Edge { from, to, weight } => self.content.push(ContentChange::SetEdge { from, to, weight }),
            Row::Seat { circle, user, role } => {
                self.content.push(ContentChange::SetMember { circle, user, role });
            }
            Row::Dials { user, dials } => self.content.push(ContentChange::SetDials { user, dials }),
        }
        Ok(())
    }
}
