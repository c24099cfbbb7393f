//! The pure heart of Signal: trust-based music discovery.
//!
//! People vouch for tracks with reputation at stake; trust, taste and reputation decide what reaches whom, and every
//! answer says why. This crate has no I/O, no clock and no randomness of its own: a [`store::Store`] keeps things, a
//! [`host::Host`] gives time and entropy, and [`engine::Engine`] has the use cases. Formulas and their sources are in
//! `docs/algorithms.md`, rooms and invariants in `docs/architecture.md`.
//!
//! ```
//! # #[cfg(feature = "simulation")] {
//! use std::sync::Arc;
//!
//! use signal_core::engine::Engine;
//! use signal_core::model::Viewer;
//! use signal_core::simulation::SimulatedHost;
//! use signal_core::store::MemoryStore;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> { pollster::block_on(async {
//! let host = Arc::new(SimulatedHost::new(1, "2026-01-01T00:00:00Z".parse()?));
//! let engine = Engine::new(Arc::new(MemoryStore::new()), host);
//! let ana = engine.register(&"ana".parse()?).await?;
//! let ben = engine.register(&"ben".parse()?).await?;
//! engine.set_trust(ana, ben, Some("0.8".parse()?)).await?;
//! engine.set_trust(ben, ana, Some("0.5".parse()?)).await?; // so that ana may see what ben's taste shares with hers
//!
//! let matched = engine.compatibility(Viewer::User(ana), ana, ben).await?;
//! assert_eq!(matched.trust_path, Some(0.8));
//! # Ok(()) }) }
//! # main().unwrap();
//! # }
//! ```
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

pub mod compatibility;
pub mod decide;
pub mod engine;
pub mod feed;
pub mod host;
pub mod integrity;
pub mod jobs;
pub mod ledger;
pub mod live;
pub mod model;
pub mod platform;
pub mod policy;
pub mod privacy;
pub mod reputation;
#[cfg(feature = "simulation")]
pub mod simulation;
pub mod store;
pub mod taste;
pub mod trust;
pub mod vault;
pub mod verification;
