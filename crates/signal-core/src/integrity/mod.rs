//! Who might be cheating: findings that raise flags and merge votes, and never ban by themselves.
//!
//! - [`CountedRatings`] are what every search starts from.
//! - [`mutual_praise`] finds groups that praise each other far beyond what shared taste explains.
//! - [`lockstep`] finds raters who do the same at the same time, [`one_way`] those who shout the same against all others.
//! - [`abnormal_rates`] finds people who rate far more in a day, or one author far more, than what others do explains.
//! - [`suspicion`] ranks people by how little honest trust reaches them.
//! - [`reliability`] is a rater's record.
//! - [`sybil`] tells one attacker's many accounts from people, by what is known of some.
//! - [`validators`] scores raters by what they rated alone.
//! - [`auc`] and [`average_precision`] measure such scores.
//!
//! All three enter money only through `EpochClosed` entries. Formulas, sources and golden vectors:
//! `docs/algorithms.md`, "Integrity".

mod components;
mod counted;
mod discovery;
mod facts;
mod inward;
mod join;
mod lockstep;
mod measure;
mod neighbourhood;
mod praise;
mod rank;
mod rates;
mod steps;
pub mod sybil;
mod tail;
pub mod validators;

pub use counted::CountedRatings;
pub use join::join_overlapping;
pub use lockstep::{lockstep, one_way};
pub use measure::{auc, average_precision};
pub use praise::{GroupFinding, RatingFact, Similarity, mutual_praise};
pub use rank::{reliability, suspicion};
pub use rates::{AbnormalRates, abnormal_rates};
