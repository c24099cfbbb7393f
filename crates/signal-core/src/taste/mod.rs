//! What people play, and what that says about their ears.
//!
//! - [`plays`] compares people by the artists they play: tf-idf rows and their cosine.
//! - [`factors`] fits people and artists as a few dozen numbers each, and folds in one person from their history.
//! - [`genres`] is the vocabulary of genres and reads listeners' tags.
//! - [`genre_profile`] turns plays into genre expertise and compares people by it.
//! - [`recommend`] ranks the artists a person may like next, and measures such ranks.
//! - [`vector`] turns plays and genres into a vector of fixed length.
//!
//! Formulas and golden vectors: `docs/algorithms.md`, "Compatibility".

pub mod factors;
pub mod genre_profile;
pub mod genres;
pub mod plays;
pub mod recommend;
pub mod stable_hash;
pub mod vector;

pub use genre_profile::{ArtistGenres, MINUTES_PER_PLAY, expertise, overlap, shared};
pub use plays::{PlayCell, PlayMatrix, SharedArtist, introduces, shared_artists, similarity};
pub use vector::{cosine, model, profile};
