//! Licences, bans and sources of the dependencies, by cargo-deny.

use std::process::Command;

use super::Outcome;
use crate::checkout::Checkout;
use crate::shell::{self, Failure};
use crate::tools::Tool;

/// The oldest is the first that reads our `deny.toml`.
const CARGO_DENY: Tool = Tool { name: "cargo-deny", pinned: "0.20.2", oldest: (0, 18) };

pub(super) fn check(checkout: &Checkout) -> Result<Outcome, Failure> {
    let mut command = Command::new(CARGO_DENY.program(checkout)?);
    command.current_dir(&checkout.root).args(["--all-features", "--log-level", "error"]);
    shell::run(command.args(["check", "licenses", "bans", "sources"]))?;
    Ok(Outcome::Passed)
}
