//! Whom people trust: the graph, paths through it, standing in it, and the score beside a name.
//!
//! - [`graph`] holds the edges, both ways, ready to be walked.
//! - [`path`](mod@path) answers "how far does *a*'s trust carry to *b*": the best product of weights over a few edges.
//! - [`standing`](mod@standing) spreads trust through the whole community by personalised `PageRank`.
//! - [`score`](mod@score) is the number people see beside a name, with its terms.
//!
//! Formulas and golden vectors: `docs/algorithms.md`, "Trust score", "Compatibility" and "Standing".

pub mod graph;
pub mod path;
pub mod score;
pub mod standing;

pub use graph::TrustGraph;
pub use path::{MAX_HOPS, TrustPath, reach, strength};
pub use score::{ScoreInput, TrustScore, trust_score};
pub use standing::{Restart, RestartKind, standing};
