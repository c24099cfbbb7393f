//! What words cost: stakes, quorums, validation scores and settlements (`docs/algorithms.md` §5.3, §5.4).
//!
//! Everything here is exact in integers and rounds down, so that two stores, two machines and two years agree.

mod admission;
pub mod bridging;
mod outlook;
mod settle;
mod stakes;
mod validation;

pub use admission::{Admission, Applicant, Newcomer, privilege, settled_age};
pub use outlook::{RaisedMinimum, Regrowth, raised_minimum, regrowth};
pub use settle::{SettlementFacts, annulled, fade_end, settle, window_end};
pub use stakes::{
    Quorum, drop_allowed_at, faded, minimum_stake, quorum, recent_failures, regrowth_due, reward,
};
pub use validation::{Validation, WeighedRating, admitted_weight, rater_weight, validate};
