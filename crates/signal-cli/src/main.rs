//! The `signal` program: trust-based music discovery in a terminal.
//!
//! It parses, asks the engine, and prints. Results go to standard output, everything else to standard error.
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "a screen of text: clear before frugal"
)]

mod args;
mod commands;
mod context;
mod failure;
mod keys;
mod layout;
mod loopback;
mod output;
mod progress;
mod recall;
mod session;

use std::process::ExitCode;

use args::Cli;
use context::Context;
use failure::{Exit, Failure};

fn main() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => return failure::explain_arguments(&error).into(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::world(format!("cannot start: {error}")).report().into(),
    };
    let context = Context::new(cli.global);
    let done = runtime.block_on(async {
        let done = commands::run(&cli.command, &context).await;
        context.close().await;
        done
    });
    match done {
        Ok(exit) => exit.into(),
        // Whoever read our output has seen enough.
        Err(Failure::Pipe) => Exit::Done.into(),
        Err(failure) => failure.report().into(),
    }
}
