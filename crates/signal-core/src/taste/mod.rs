//! What people play, and what that says about their ears.
//!
//! - [`plays`] compares people by the artists they play: tf-idf rows and their cosine.
//! - [`factors`] fits people and artists as a few dozen numbers each, and folds in one person from their history.
//! - [`genres`] is the vocabulary of genres and reads listeners' tags.
//! - [`genre_profile`] turns plays into genre expertise and compares people by it.
//! - [`TasteModel`] turns plays and genres into a vector of fixed length, fitted to a community; [`vector`] does
//!   so without training, and compares vectors.
//!
//! Formulas and golden vectors: `docs/algorithms.md`, "Compatibility".

mod build;
pub mod factors;
pub mod genre_profile;
pub mod genres;
mod known_artists;
mod model;
pub mod plays;
pub mod stable_hash;
pub mod vector;

pub use build::profiles;
pub use genre_profile::{ArtistGenres, MINUTES_PER_PLAY, expertise, overlap, shared};
pub use known_artists::known_genres;
pub use model::{
    FACTORS, GENRES, MODEL_ARTISTS_MAX, ModelBytesError, SPECTRUM, TasteModel, distinct_overlap,
};
pub use plays::{PlayCell, PlayMatrix, SharedArtist, introduces, row_similarity, shared_artists, similarity};
pub use vector::{cosine, model, profile};
