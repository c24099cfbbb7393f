//! The words of Signal as types. Nothing here imports anything else of ours.
//!
//! Every value is checked where it is made, so that a function that takes a [`TrustWeight`] or a
//! [`Handle`] need not ask again whether it is one.

mod account;
mod id;
mod listen;
mod name;
mod number;
mod profile;
mod time;
mod title;
mod track;
mod viewer;

pub use account::{Account, Move};
pub use id::{ArtistId, CircleId, CommentId, DropId, FindingId, Hash, InvalidId, Pseudonym, TrackId, UserId};
pub use listen::{Correction, Exactness, Listen, PlayAfter, PlayCount, PlayedItem, Span};
pub use name::{Claim, Handle, InvalidName, Text, TextTooLong, normalise_name};
pub use number::{InvalidNumber, Millionths, Points, Stars, TrustWeight};
pub use profile::{GenreExpertise, ModelId, TasteProfile, VECTOR_DIMENSIONS};
pub use time::{InvalidTime, SECONDS_PER_DAY, Timestamp, UtcDay};
pub use title::{Title, Version, artist_key};
pub use track::{Artist, InvalidTrack, Isrc, Merge, Same, Track, TrackRef};
pub use viewer::{Audience, PrivacyDials, Role, TrustAudience, Verification, Viewer};
