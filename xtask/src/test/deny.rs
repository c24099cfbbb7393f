//! Licences, bans and sources of the dependencies, by cargo-deny.

use std::ffi::OsString;
use std::process::Command;

use super::Outcome;
use crate::checkout::Checkout;
use crate::shell::{self, Failure};

/// Installed where no usable one is found.
const PINNED: &str = "0.20.2";
/// The first version that reads our `deny.toml`.
const OLDEST: (u32, u32) = (0, 18);

pub(super) fn check(checkout: &Checkout) -> Result<Outcome, Failure> {
    let mut command = Command::new(program(checkout)?);
    command.current_dir(&checkout.root).args(["--all-features", "--log-level", "error"]);
    shell::run(command.args(["check", "licenses", "bans", "sources"]))?;
    Ok(Outcome::Passed)
}

/// A cargo-deny from the path or from `.tools`; installed there the first time.
fn program(checkout: &Checkout) -> Result<OsString, Failure> {
    let on_path = OsString::from("cargo-deny");
    if version(&on_path).is_some_and(|version| shell::is_at_least(&version, OLDEST)) {
        return Ok(on_path);
    }
    let tools = checkout.root.join(".tools");
    let own = tools.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX)).into_os_string();
    if version(&own).as_deref() != Some(PINNED) {
        println!("installing cargo-deny {PINNED} into .tools, once: some minutes");
        let mut install = checkout.cargo();
        install.env("CARGO_TARGET_DIR", checkout.target.join("tools"));
        install
            .args(["install", "cargo-deny", "--version", PINNED, "--locked", "--force", "--root"])
            .arg(&tools);
        shell::run(&mut install)?;
    }
    Ok(own)
}

fn version(program: &OsString) -> Option<String> {
    let told = shell::ask(Command::new(program).arg("--version"))?;
    told.split_whitespace().last().map(str::to_owned)
}
