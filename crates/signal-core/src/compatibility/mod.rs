//! Compatibility: how well *b*'s ears serve *a*, always with its parts and reasons.
//!
//! ```text
//! score = 0.4 · trust_path + 0.4 · max(0, taste) + 0.2 · genre_overlap
//! ```
//!
//! Directed: trust is *a*'s trust in *b*. The evidence comes from `trust::path` and `taste`; here it is weighed
//! ([`combine`]), compared with other people's ([`percentile`] over a [`Crowd`]), made coarse where the other's taste
//! is not visible ([`coarse`]), and put into [`reasons`]. Golden vectors: `docs/algorithms.md`, "Compatibility".

mod crowd;
mod parts;
mod percentile;
mod reasons;

pub use crowd::Crowd;
pub use parts::{Basis, Compatibility, Evidence, Part, coarse, combine};
pub use percentile::percentile;
pub use reasons::{Reason, Shared, reasons};
