//! What the streaming services share: one HTTP client with timeouts, a cap on answers, no redirects, retries of what is safe,
//! and a gate that no call passes before its time. It knows no service.
//!
//! A gate stands before all calls of one adapter, because services count by program (client id, developer key) or by address,
//! not by person.

mod call;
mod client;
mod gate;
#[cfg(any(feature = "spotify", feature = "tidal"))]
mod pkce;
#[cfg(any(
    feature = "apple_music",
    feature = "lastfm",
    feature = "listenbrainz",
    feature = "spotify",
    feature = "tidal"
))]
mod rows;
mod setup;

pub use setup::{Limits, SetupError};

pub(crate) use call::{Answer, Call};
pub(crate) use client::{Http, Service};
pub(crate) use gate::Pace;
#[cfg(any(feature = "spotify", feature = "tidal"))]
pub(crate) use pkce::Pkce;
#[cfg(any(feature = "apple_music", feature = "lastfm", feature = "listenbrainz"))]
pub(crate) use rows::or_default;
#[cfg(feature = "lastfm")]
pub(crate) use rows::row;
#[cfg(any(feature = "apple_music", feature = "listenbrainz", feature = "spotify", feature = "tidal"))]
pub(crate) use rows::rows;
