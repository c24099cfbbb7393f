//! Signal over HTTP: one router over one [`Engine`](signal_core::engine::Engine), described by `OpenAPI`.
//!
//! The program `signal-server` is [`config`] and [`lifecycle`] around [`router`]. What a request may contain and what
//! an answer looks like on the wire are types of their own, so that a change inside the engine changes no answer.

pub mod config;
mod extract;
mod guard;
pub mod lifecycle;
mod openapi;
mod problem;
mod routes;
mod state;
mod wire;

pub use openapi::spec;
pub use problem::{Kind, Problem};
pub use routes::router;
pub use state::AppState;

/// The longest body of a request, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// The longest page of a list, and the most drops one call may report as seen.
pub const PAGE_MAX: usize = 100;

/// How long a list is when the request does not say.
pub const PAGE_DEFAULT: usize = 20;
