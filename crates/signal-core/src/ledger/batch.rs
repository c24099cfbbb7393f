//! What a decision hands to a store: one unit that commits whole or not at all.

use super::entry::Salt;
use super::event::Event;
use super::project::{Doc, DocKind, Key};
use super::state::StreamId;
use crate::model::{CircleId, Hash, Move, PrivacyDials, Role, Timestamp, TrustWeight, UserId};
use uuid::Uuid;

/// The version of a stream that a decision looked at; 0 when it did not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// Which stream.
    pub stream: StreamId,
    /// Its version then.
    pub version: u64,
}

/// Which entries a decision took for all that name a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// Who.
    pub user: UserId,
    /// The positions of those entries, in order.
    pub positions: Vec<u64>,
}

/// A name taken or released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange {
    /// The name must be free, and belongs to the owner from now on.
    Take {
        /// The name.
        key: Key,
        /// Whose it is; nil for names that outlive their taker.
        owner: Uuid,
    },
    /// The name must be taken, and is free from now on.
    Release {
        /// The name.
        key: Key,
    },
}

/// An event that a decision proposes.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftEvent {
    /// Who acts; none for the operator and for jobs.
    pub actor: Option<UserId>,
    /// What happens.
    pub event: Event,
    /// What moves between accounts; the sum is zero.
    pub moves: Vec<Move>,
    /// Random bytes for the body's hash.
    pub salt: Salt,
}

/// A change of the rows that lie beside the ledger and can be erased.
#[derive(Debug, Clone, PartialEq)]
pub enum ContentChange {
    /// Puts a document, replacing one with the same kind and id.
    PutDoc(Doc),
    /// Deletes a document; one that is not there is no error.
    DeleteDoc {
        /// Its kind.
        kind: DocKind,
        /// Its id.
        id: Uuid,
    },
    /// Sets a trust edge.
    SetEdge {
        /// Who trusts.
        from: UserId,
        /// Whom.
        to: UserId,
        /// How much.
        weight: TrustWeight,
    },
    /// Removes a trust edge.
    RemoveEdge {
        /// Who trusted.
        from: UserId,
        /// Whom.
        to: UserId,
    },
    /// Puts a member into a circle, or changes their role.
    SetMember {
        /// The circle.
        circle: CircleId,
        /// Who.
        user: UserId,
        /// As what.
        role: Role,
    },
    /// Takes a member out of a circle.
    RemoveMember {
        /// The circle.
        circle: CircleId,
        /// Who.
        user: UserId,
    },
    /// Sets a person's privacy dials; those of a person who was erased stay away.
    SetDials {
        /// Whose.
        user: UserId,
        /// To what.
        dials: PrivacyDials,
    },
    /// Keeps the tables of an epoch under their digest.
    PutTables {
        /// Their digest.
        hash: Hash,
        /// Their bytes.
        bytes: Vec<u8>,
    },
    /// Deletes everything that leads to a person: documents they own, edges in both directions, seats, names
    /// ([`super::erases_key`]), dials, history, profile, seen marks, tokens, and the bodies and salts at the given positions.
    Erase {
        /// Who.
        user: UserId,
        /// Which bodies.
        redacted: Vec<u64>,
        /// Whether the words of their drops stay, owned by nobody.
        keep_drops: bool,
    },
}

/// The only write there is: events and the content they speak of commit together.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// When it was decided.
    pub at: Timestamp,
    /// Every stream the decision looked at; those that events write must be among them.
    pub reads: Vec<Read>,
    /// Which entries name the people that an erasure is about: exactly these when the batch commits, so that nobody
    /// can slip in another one.
    pub naming: Vec<Naming>,
    /// Names taken and released.
    pub keys: Vec<KeyChange>,
    /// Events in order.
    pub events: Vec<DraftEvent>,
    /// Content, in order.
    pub content: Vec<ContentChange>,
}

impl Batch {
    /// Whether it deletes what earlier batches wrote. A store has written all of those when it applies this one, and
    /// judges what comes after by what is left.
    pub fn erases(&self) -> bool {
        self.content.iter().any(|change| matches!(change, ContentChange::Erase { .. }))
    }
}
