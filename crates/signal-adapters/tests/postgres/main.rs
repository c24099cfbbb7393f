//! The PostgreSQL adapter on a real server: see `server.rs` for which.
#![cfg(all(feature = "postgres", feature = "host", unix))]

mod contract;
mod faults;
mod fixtures;
mod groups;
mod kills;
mod months;
mod people;
mod roles;
mod server;
mod vectors;
mod wire;
mod writers;
