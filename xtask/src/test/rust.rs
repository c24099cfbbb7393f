//! The steps that cargo itself can do.

use std::process::Command;

use super::{Outcome, UNOPTIMISED, postgres, python};
use crate::checkout::Checkout;
use crate::shell::{self, Failure};

/// The store that takes most of half an hour to build as the others are built.
const SURREALDB: &str = "surrealdb";

pub(super) fn format(checkout: &Checkout) -> Result<Outcome, Failure> {
    let checked = shell::run(checkout.cargo().args(["fmt", "--all", "--check"]));
    checked.map_err(|failure| failure.hint("cargo fmt --all"))?;
    Ok(Outcome::Passed)
}

pub(super) fn clippy(checkout: &Checkout) -> Result<Outcome, Failure> {
    let lints = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    shell::run(cargo_with_python(checkout)?.args(lints))?;
    Ok(Outcome::Passed)
}

/// The Python crate has no tests of its own here: an extension module links only inside Python.
pub(super) fn tests(checkout: &Checkout) -> Result<Outcome, Failure> {
    // All that fails is told at once: a run takes minutes.
    let what = ["--lib", "--bins", "--tests", "--examples", "--no-fail-fast"];
    shell::run(workspace_tests(checkout)?.args(what))?;
    Ok(Outcome::Passed)
}

pub(super) fn doctests(checkout: &Checkout) -> Result<Outcome, Failure> {
    shell::run(workspace_tests(checkout)?.arg("--doc"))?;
    Ok(Outcome::Passed)
}

pub(super) fn docs(checkout: &Checkout) -> Result<Outcome, Failure> {
    let mut command = cargo_with_python(checkout)?;
    command.args(["doc", "--workspace", "--no-deps", "--all-features"]);
    shell::run(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Passed)
}

/// The tests of `SurrealDB`.
pub(super) fn surrealdb(checkout: &Checkout) -> Result<Outcome, Failure> {
    shell::run(surrealdb_tests(checkout).args(["--lib", "--test", SURREALDB]))?;
    Ok(Outcome::Passed)
}

pub(crate) fn surrealdb_tests(checkout: &Checkout) -> Command {
    let mut command = checkout.cargo();
    command.args(["test", "--profile", UNOPTIMISED, "--package", "signal-adapters", "--features", SURREALDB]);
    command
}

/// All crates with all their features but `SurrealDB`, and the `PostgreSQL` that they are tested on.
pub(crate) fn workspace_tests(checkout: &Checkout) -> Result<Command, Failure> {
    let mut command = checkout.cargo();
    command.args(["test", "--workspace", "--exclude", &checkout.python_crate, "--features"]);
    command.arg(all_but_surrealdb(checkout).join(","));
    if let Some(programs) = postgres::programs(checkout)? {
        command.env(postgres::PROGRAMS, programs);
    }
    Ok(command)
}

fn all_but_surrealdb(checkout: &Checkout) -> Vec<&str> {
    let features = checkout.features.iter().filter_map(|feature| {
        let (owner, name) = feature.split_once('/')?;
        (owner != checkout.python_crate && name != SURREALDB).then_some(feature.as_str())
    });
    features.collect()
}

/// The Python crate asks a Python what it is built for: always the one that will load it.
fn cargo_with_python(checkout: &Checkout) -> Result<Command, Failure> {
    let mut command = checkout.cargo();
    command.env("PYO3_PYTHON", python::environment(checkout)?.python());
    Ok(command)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn all_features_but_surrealdb_are_tested_together() {
        let named =
            ["adapters/default", "adapters/sqlite", "adapters/surrealdb", "cli/surrealdb", "python/abi"];
        let checkout = Checkout {
            root: PathBuf::new(),
            target: PathBuf::new(),
            crates: Vec::new(),
            features: named.map(str::to_owned).to_vec(),
            python_crate: "python".to_owned(),
        };
        assert_eq!(all_but_surrealdb(&checkout), ["adapters/default", "adapters/sqlite"]);
    }
}
