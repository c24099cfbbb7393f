//! What lies beside the ledger and can be erased: names, words, edges, seats, dials.

use async_trait::async_trait;
use uuid::Uuid;

use super::Result;
use crate::ledger::{Doc, DocKind};
use crate::model::{CircleId, PrivacyDials, Role, TrustWeight, UserId};
use crate::trust::{PathLimits, Reach};

/// One trust edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Who trusts.
    pub from: UserId,
    /// Whom.
    pub to: UserId,
    /// How much.
    pub weight: TrustWeight,
}

/// One seat in a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    /// The circle.
    pub circle: CircleId,
    /// Who sits.
    pub user: UserId,
    /// As what.
    pub role: Role,
}

/// Which page of a list: what comes after a key, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<K> {
    /// The last key of the page before.
    pub after: Option<K>,
    /// Most rows.
    pub limit: u32,
}

/// One answer of a search, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// What was found.
    pub doc: Doc,
    /// How well it fits; only the order means something.
    pub rank: f64,
}

/// Names, words, edges and seats.
#[async_trait]
pub trait ContentStore: Send + Sync {
    /// Whose a name is. The key is spelled as [`crate::ledger::Key`] prints it.
    async fn key(&self, key: &str) -> Result<Option<Uuid>>;

    /// Whose names are, in the order asked for.
    async fn keys(&self, keys: &[String]) -> Result<Vec<Option<Uuid>>>;

    /// All names of an owner, sorted.
    async fn keys_of(&self, owner: Uuid) -> Result<Vec<String>>;

    /// All names and owners in order of the name.
    async fn all_keys(&self, page: Page<String>) -> Result<Vec<(String, Uuid)>>;

    /// Documents of a kind by id, in the order asked for.
    async fn docs(&self, kind: DocKind, ids: &[Uuid]) -> Result<Vec<Option<Doc>>>;

    /// Documents of a kind in order of their id.
    async fn all_docs(&self, kind: DocKind, page: Page<Uuid>) -> Result<Vec<Doc>>;

    /// Documents of a kind under a parent (comments of a drop, drops of a circle), oldest first.
    async fn docs_under(&self, kind: DocKind, parent: Uuid, limit: u32) -> Result<Vec<Doc>>;

    /// Documents of one owner, sorted by kind, then id.
    async fn docs_of(&self, owner: UserId) -> Result<Vec<Doc>>;

    /// Documents of the given kinds that contain all words, each at least as the beginning of a word. Case and
    /// accents do not matter. At most `limit`, best first; ties by id.
    async fn search(&self, words: &str, kinds: &[DocKind], limit: u32) -> Result<Vec<SearchHit>>;

    /// Trust edges from a person, sorted by whom.
    async fn edges_from(&self, user: UserId) -> Result<Vec<Edge>>;

    /// Trust edges to a person, sorted by who.
    async fn edges_to(&self, user: UserId) -> Result<Vec<Edge>>;

    /// All trust edges, sorted by (from, to).
    async fn all_edges(&self, page: Page<(UserId, UserId)>) -> Result<Vec<Edge>>;

    /// The `most` people whom a person's trust reaches most strongly within the limits, as [`crate::trust::reach`] says,
    /// bit for bit where both are complete. For a process that does not hold the graph; whether the store searches
    /// by itself, or reads all edges to answer, is [`Capabilities::graph_reach`](super::Capabilities::graph_reach).
    async fn reach(&self, user: UserId, limits: PathLimits, most: u32) -> Result<Reach>;

    /// Seats of a person, sorted by circle.
    async fn seats_of(&self, user: UserId) -> Result<Vec<Seat>>;

    /// All seats, sorted by (circle, user).
    async fn all_seats(&self, page: Page<(CircleId, UserId)>) -> Result<Vec<Seat>>;

    /// A person's dials; `None` where none were set.
    async fn dials(&self, user: UserId) -> Result<Option<PrivacyDials>>;
}
