//! What people play, and what that says about their ears.
//!
//! - [`plays`] compares people by the artists they play: tf-idf rows and their cosine.
//! - [`identity`] says which tracks are one.
//! - [`preference`](mod@preference) says what plays are worth: skips, repeats, age. [`ArtistHeard`] is what a person's
//!   plays of one artist amount to.
//! - [`factors`] fits people and artists as a few dozen numbers each, and folds in one person from their history.
//! - [`genres`] is the vocabulary of genres and reads listeners' tags.
//! - [`genre_profile`] turns plays into genre expertise and compares people by it; [`genre_masses`] has the same as
//!   numbers over all genres.
//! - [`neighbours`] finds the people whose vectors are nearest to one.
//! - [`TasteModel`] turns plays and genres into a vector of fixed length, fitted to a community; [`vector`] does
//!   so without training, and compares vectors.
//! - [`Profiles`] holds everybody's profile, packed.
//! - [`recommend`] ranks the artists a person may like next, and measures such ranks.
//!
//! Formulas and golden vectors: `docs/algorithms.md`, "Compatibility".

mod build;
pub mod factors;
pub mod genre_masses;
pub mod genre_profile;
pub mod genres;
mod heard;
pub mod identity;
mod known_artists;
mod model;
pub mod neighbours;
mod packed;
pub mod plays;
pub mod preference;
pub mod recommend;
pub mod stable_hash;
pub mod vector;

pub use build::profiles;
pub use genre_masses::{ArtistGenres, GenreIdf, GenreMass, artist_masses, masses};
pub use genre_profile::{expertise, overlap, overlap_of, shared};
pub use heard::{ArtistHeard, MINUTES_PER_PLAY};
pub use known_artists::known_genres;
pub use model::{
    FACTORS, GENRES, MODEL_ARTISTS_MAX, ModelBytesError, SPECTRUM, TasteModel, distinct_overlap,
};
pub use packed::{Packing, ProfileRow, Profiles};
pub use plays::{PlayCell, PlayMatrix, SharedArtist, introduces, row_similarity, shared_artists, similarity};
pub use preference::{Played, effective_plays, preference};
pub use vector::{cosine, model, profile};
