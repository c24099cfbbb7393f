//! All that the core needs of streaming platforms and of the files that people export from them.
//!
//! The way through: [`Platform::authorize`] says how a person agrees, [`Platform::complete`] turns what came back into an
//! [`Authorization`], [`Platform::history`] is asked again and again with the cursor of the last answer, and
//! [`Platform::refresh`] renews what has run out. What an answer says
//! about time is reckoned from the caller's `now`, and what nobody may guess is made of the caller's `entropy`.

mod authorization;
mod capabilities;
mod consent;
mod error;
mod history;
mod record;
mod secret;
mod service;
mod track;

pub use authorization::{Authorization, InvalidAuthorization, PlatformAccount};
pub use capabilities::PlatformCapabilities;
pub use consent::{Attempt, Consent, ConsentAnswer, ConsentRequest, ConsentStep};
pub use error::PlatformError;
pub use history::{Coverage, History, HistoryCursor, HistoryFrom, PLAYS_PER_ANSWER_MAX, PlayedTrack};
pub use record::{ImportRecord, ImportedArtist};
pub use secret::Secret;
pub use service::Platform;
pub use track::{PlatformTrack, SAVED_PER_ANSWER_MAX, SavedPage, SavedTrack, SavedTracks};
