//! The SurrealDB adapter on engines in this process: in memory, and over a folder.
#![cfg(all(feature = "surrealdb", feature = "host"))]

mod contract;
mod fixtures;
mod kills;
mod people;
mod raw;
mod vectors;
mod writers;
