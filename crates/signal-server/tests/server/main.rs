//! The server from outside: requests over the router, and the program as a process.

mod api;
mod harness;
mod openapi;
mod problems;
#[cfg(unix)]
mod process;
mod refusals;
