//! Artists a person may like next, from what they play and whom they trust; and how good such lists are.
//!
//! - [`Recommender`] fits one [`Method`] and scores all artists for a [`Listener`], known to the fit or not.
//! - [`Ease`] and the yardsticks [`popularity`] and [`knn_scores`] are its parts beside [factors](super::factors).
//! - [`Repertoire`] has the artists that may be recommended at all, and suggests them with reasons.
//! - [`exams`] holds plays out in the way of a [`Protocol`]; [`Quality`] scores lists against them.
//!
//! Formulas, protocols and figures: `docs/algorithms.md`, "Recommendation".

mod ease;
mod exam;
mod listeners;
mod metrics;
mod recommender;
mod repertoire;
mod simple;
mod suggest;

pub use ease::{EASE_PEOPLE_MAX, Ease};
pub use exam::{Case, Exam, ExamError, FOLDS, Listening, Protocol, exams};
pub use listeners::also_played;
pub use metrics::{Quality, best};
pub use recommender::{Blend, Listener, Method, Recommender};
pub use repertoire::{FULL_FIT_PEOPLE, POPULAR, Repertoire};
pub use simple::{KNN_LISTENERS_MAX, knn_scores, popularity};
pub use suggest::{Asking, Ground, Suggestion, Why};

#[cfg(test)]
mod tests;
