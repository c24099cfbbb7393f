//! Everything of Signal that talks to the outside: one folder per adapter, each behind a cargo feature.
//!
//! [`open`] finds the store that a URL names. Nothing outside an adapter's folder asks which adapter it is.

#[cfg(feature = "apple_music")]
pub mod apple_music;
#[cfg(feature = "backup")]
pub mod backup;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "surrealdb"))]
mod code;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "surrealdb"))]
mod folded;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod group;
#[cfg(feature = "host")]
pub mod host;
#[cfg(feature = "http")]
#[cfg_attr(not(feature = "platforms"), allow(dead_code, reason = "each service uses its part"))]
pub mod http;
#[cfg(feature = "import")]
pub mod import;
#[cfg(feature = "host")]
pub mod keyfile;
#[cfg(feature = "lastfm")]
pub mod lastfm;
#[cfg(feature = "listenbrainz")]
pub mod listenbrainz;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "surrealdb"))]
mod names;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "surrealdb"))]
mod pipe;
#[cfg(feature = "http")]
pub mod platforms;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod registry;
#[cfg(feature = "host")]
pub mod snapshot;
#[cfg(feature = "spotify")]
pub mod spotify;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "surrealdb")]
#[expect(
    clippy::mutable_key_type,
    reason = "what could change in a value is no part of the ids that are keys here"
)]
pub mod surrealdb;
#[cfg(feature = "tidal")]
pub mod tidal;
#[cfg(feature = "vault")]
pub mod vault;
#[cfg(feature = "verification")]
pub mod verification;

#[cfg(feature = "host")]
pub use host::SystemHost;
pub use registry::{Registry, StoreOpener, open};
