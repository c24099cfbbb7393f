//! The pure heart of Signal.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)
)]

pub mod compatibility;
pub mod decide;
pub mod engine;
pub mod feed;
pub mod host;
pub mod integrity;
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
