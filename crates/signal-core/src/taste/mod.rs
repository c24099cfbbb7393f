//! What people play, and what that says about their ears.
//!
//! - [`plays`] compares people by the artists they play: tf-idf rows and their cosine.
//! - [`identity`] says which tracks are one.
//! - [`preference`] says what plays are worth: skips, repeats, age.
//! - [`genres`] is the vocabulary of genres and reads listeners' tags.
//! - [`genre_profile`] turns plays into genre expertise and compares people by it; [`genre_masses`] has the same as
//!   numbers over all genres.
//! - [`vector`] turns plays and genres into a vector of fixed length.
//!
//! Formulas and golden vectors: `docs/algorithms.md`, "Compatibility".

pub mod genre_masses;
pub mod genre_profile;
pub mod genres;
pub mod identity;
pub mod plays;
pub mod preference;
pub mod stable_hash;
pub mod vector;

pub use genre_masses::{ArtistGenres, GenreIdf, GenreMass, artist_masses, masses};
pub use genre_profile::{MINUTES_PER_PLAY, expertise, expertise_under, overlap, overlap_of, shared};
pub use plays::{PlayCell, PlayMatrix, SharedArtist, introduces, shared_artists, similarity};
pub use preference::{Played, effective_plays, preference, preference_of_count};
pub use vector::{cosine, model, profile};
