//! Who might be cheating: findings that raise flags and merge votes, and never ban by themselves.
//!
//! - [`mutual_praise`] finds groups that praise each other far beyond what shared taste explains.
//! - [`suspicion`] ranks people by how little honest trust reaches them.
//! - [`reliability`] is a rater's record.
//!
//! All three enter money only through `EpochClosed` entries. Formulas, sources and golden vectors:
//! `docs/algorithms.md`, "Integrity".

mod components;
mod facts;
mod inward;
mod neighbourhood;
mod praise;
mod rank;

pub use praise::{GroupFinding, RatingFact, mutual_praise};
pub use rank::{reliability, suspicion};
