//! Whom people trust: the graph, paths through it, standing in it, and the score beside a name.
//!
//! - [`graph`] holds the edges, both ways, ready to be walked while they change.
//! - [`path`](mod@path) answers "how far does *a*'s trust carry to *b*": the best product of weights over a few edges.
//! - [`standing`](mod@standing) spreads trust through the whole community by personalised `PageRank`.
//! - [`predict`](mod@predict) answers "what weight would *a* give *b*?" from the rest of the network.
//! - [`score`] is the number people see beside a name, with its terms.
//!
//! Formulas and golden vectors: `docs/algorithms.md`, "Trust score", "Compatibility", "Standing" and
//! "Trust prediction".

pub mod graph;
pub mod path;
pub mod predict;
pub mod score;
pub mod standing;

pub use graph::{Row, SharedGraph, TrustGraph};
pub use path::{
    MAX_HOPS, PathLimits, PathSearch, Reach, Reached, Strengths, Targets, TrustPath, reach, strength,
};
pub use score::{ScoreInput, TrustScore, trust_score};
pub use standing::{
    Ranked, Ranking, Restart, RestartKind, Spread, Standings, Stop, Tracker, discount, rank_from, standing,
};
