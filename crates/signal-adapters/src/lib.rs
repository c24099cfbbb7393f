//! Everything of Signal that talks to the outside: one folder per adapter, each behind a cargo feature.
//!
//! [`open`] finds the store that a URL names. Nothing outside an adapter's folder asks which adapter it is.

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
#[cfg(feature = "import")]
pub mod import;
#[cfg(feature = "host")]
pub mod keyfile;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "surrealdb"))]
mod names;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "surrealdb"))]
mod pipe;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod registry;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "surrealdb")]
#[expect(
    clippy::mutable_key_type,
    reason = "what could change in a value is no part of the ids that are keys here"
)]
pub mod surrealdb;
#[cfg(feature = "vault")]
pub mod vault;
#[cfg(feature = "verification")]
pub mod verification;

#[cfg(feature = "host")]
pub use host::SystemHost;
pub use registry::{Registry, StoreOpener, open};
