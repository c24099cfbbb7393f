//! `cargo xtask soak`: the books over a long random history, optimised and on one core.

use crate::checkout::Checkout;
use crate::shell::{self, Failure};

/// Entries where none are asked for.
const EVENTS: u64 = 10_000_000;

/// Runs it; whatever does not hold is a failure that names the entry, and the seed that leads there again.
pub(crate) fn run(checkout: &Checkout, events: Option<u64>, seed: Option<u64>) -> Result<(), Failure> {
    let mut command = checkout.cargo();
    command.args(["run", "--release", "-p", "signal-adapters", "--example", "soak", "--"]);
    command.args([events.unwrap_or(EVENTS).to_string(), seed.unwrap_or(1).to_string()]);
    shell::run(&mut command)
}
