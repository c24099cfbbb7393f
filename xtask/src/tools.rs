//! Programs of others that a command needs: those on the path where they are new enough, else our own in `.tools`.

use std::ffi::OsString;
use std::process::Command;

use crate::checkout::Checkout;
use crate::shell::{self, Failure};

/// A program that cargo can install.
#[derive(Debug)]
pub(crate) struct Tool {
    /// The crate and the program, which are called alike.
    pub(crate) name: &'static str,
    /// Installed where no usable one is found.
    pub(crate) pinned: &'static str,
    /// The first version that does what we ask for.
    pub(crate) oldest: (u32, u32),
}

impl Tool {
    /// The program on the path or in `.tools`; installed there the first time.
    pub(crate) fn program(&self, checkout: &Checkout) -> Result<OsString, Failure> {
        let Self { name, pinned, oldest } = *self;
        let on_path = OsString::from(name);
        if version(&on_path).is_some_and(|version| shell::is_at_least(&version, oldest)) {
            return Ok(on_path);
        }
        let tools = checkout.root.join(".tools");
        let own = tools.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX)).into_os_string();
        if version(&own).as_deref() != Some(pinned) {
            println!("installing {name} {pinned} into .tools, once: some minutes");
            let mut install = checkout.cargo();
            // Built as fast as can be: it runs for seconds.
            install
                .env("CARGO_TARGET_DIR", checkout.target.join("tools"))
                .env("CARGO_PROFILE_DEV_DEBUG", "0");
            install.args(["install", name, "--version", pinned, "--locked", "--force", "--debug", "--root"]);
            install.arg(&tools);
            shell::run(&mut install)?;
        }
        Ok(own)
    }
}

fn version(program: &OsString) -> Option<String> {
    let told = shell::ask(Command::new(program).arg("--version"))?;
    told.split_whitespace().last().map(str::to_owned)
}
