//! Compatibility: how well *b*'s ears serve *a*, always with its parts and reasons.
//!
//! ```text
//! score = 0.4 · trust_path + 0.4 · max(0, taste) + 0.2 · genre_overlap
//! ```
//!
//! Directed: trust is *a*'s trust in *b*. The evidence comes from `trust::path` and `taste`; here it is weighed
//! ([`combine`]; the ears' part of it is [`Ear`]'s), for one pair or many ([`one_to_many`], [`many_to_many`]), compared
//! with other people's ([`percentile`] over a [`Crowd`]), made coarse where the other's taste is not visible ([`coarse`]),
//! and put into [`reasons`]. [`affinity`] measures how well taste knows who trusts whom. Golden vectors:
//! `docs/algorithms.md`, "Compatibility".

mod affinity;
mod batch;
pub mod card;
mod crowd;
mod ear;
mod parts;
mod percentile;
mod reasons;

pub use affinity::{AffinityError, AffinityScore, AffinitySignal, TrustedPairs, affinity, area_under_curve};
pub use batch::{many_to_many, one_to_many};
pub use crowd::Crowd;
pub use ear::Ear;
pub use parts::{Basis, Compatibility, Evidence, Part, coarse, combine};
pub use percentile::percentile;
pub use reasons::{Reason, Shared, reasons};
