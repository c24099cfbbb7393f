//! The virtual environment of the checkout, and the tests of the Python package in it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Outcome, UNOPTIMISED};
use crate::checkout::{Checkout, PYTHON_BINDINGS};
use crate::shell::{self, Failure};

const OLDEST: (u32, u32) = (3, 10);
const PACKAGE: &str = "signal_music";
const REQUIREMENTS: &str = "requirements-test.txt";

/// A Python that can make our environment.
#[derive(Debug, PartialEq, Eq)]
struct Interpreter {
    program: OsString,
    version: String,
}

/// The virtual environment `.venv` of the checkout.
#[derive(Debug)]
pub(super) struct Environment {
    folder: PathBuf,
}

impl Environment {
    pub(super) fn python(&self) -> PathBuf {
        self.program("python")
    }

    fn program(&self, name: &str) -> PathBuf {
        if cfg!(windows) {
            self.folder.join("Scripts").join(format!("{name}.exe"))
        } else {
            self.folder.join("bin").join(name)
        }
    }
}

pub(super) fn prepare(checkout: &Checkout) -> Result<Outcome, Failure> {
    let environment = environment(checkout)?;
    println!("{} is ready", environment.folder.display());
    Ok(Outcome::Passed)
}

pub(super) fn check(checkout: &Checkout) -> Result<Outcome, Failure> {
    let bindings = checkout.root.join(PYTHON_BINDINGS);
    if !bindings.join("pyproject.toml").exists() {
        return Ok(Outcome::Skipped("no pyproject.toml".to_owned()));
    }
    let environment = environment(checkout)?;
    let program = |name| {
        let mut command = Command::new(environment.program(name));
        command.current_dir(&checkout.root).env("VIRTUAL_ENV", &environment.folder);
        command
    };
    shell::run(program("maturin").current_dir(&bindings).args(["develop", "--profile", UNOPTIMISED]))?;
    let tests = format!("{PYTHON_BINDINGS}/tests");
    shell::run(program("python").args(["-m", "pytest", &tests]))?;
    let cache = checkout.target.join("mypy");
    shell::run(program("python").env("MYPY_CACHE_DIR", cache).args(["-m", "mypy.stubtest", PACKAGE]))?;
    Ok(Outcome::Passed)
}

/// The environment as the requirements ask for it; made anew when they or the Python behind it changed.
pub(super) fn environment(checkout: &Checkout) -> Result<Environment, Failure> {
    let path = checkout.root.join(PYTHON_BINDINGS).join(REQUIREMENTS);
    let requirements = fs::read_to_string(&path)
        .map_err(|error| Failure::new(format!("reading {} failed: {error}", path.display())))?;
    let environment = Environment { folder: checkout.root.join(".venv") };
    let stamp = environment.folder.join("requirements.stamp");
    let current = version(environment.python().as_os_str()).is_some_and(|version| {
        fs::read_to_string(&stamp).is_ok_and(|kept| kept == stamped(&version, &requirements))
    });
    if !current {
        let interpreter = find_interpreter(&candidates(), version)?;
        build(checkout, &environment, &interpreter, &path)?;
        fs::write(&stamp, stamped(&interpreter.version, &requirements))
            .map_err(|error| Failure::new(format!("writing {} failed: {error}", stamp.display())))?;
    }
    Ok(environment)
}

fn build(
    checkout: &Checkout,
    venv: &Environment,
    made_by: &Interpreter,
    wanted: &Path,
) -> Result<(), Failure> {
    println!("making .venv with Python {}", made_by.version);
    let mut command = Command::new(&made_by.program);
    shell::run(command.current_dir(&checkout.root).args(["-m", "venv", "--clear", ".venv"])).map_err(
        |failure| {
            failure.hint("this Python lacks its venv module; Debian and Ubuntu package it as python3-venv")
        },
    )?;
    let mut command = Command::new(venv.python());
    command.current_dir(&checkout.root);
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    shell::run(command.arg(wanted.strip_prefix(&checkout.root).unwrap_or(wanted)))
}

fn stamped(version: &str, requirements: &str) -> String {
    format!("# Python {version}\n{requirements}")
}

/// `PYTHON` first, then the usual names.
fn candidates() -> Vec<OsString> {
    let named = std::env::var_os("PYTHON").filter(|name| !name.is_empty());
    let newer = (OLDEST.1..=15).rev().map(|minor| format!("python{}.{minor}", OLDEST.0));
    let usual = ["python3".to_owned(), "python".to_owned()].into_iter().chain(newer);
    named.into_iter().chain(usual.map(OsString::from)).collect()
}

/// The first candidate that is new enough.
fn find_interpreter(
    candidates: &[OsString],
    version: impl Fn(&OsStr) -> Option<String>,
) -> Result<Interpreter, Failure> {
    let mut too_old = Vec::new();
    for program in candidates {
        match version(program) {
            Some(version) if shell::is_at_least(&version, OLDEST) => {
                return Ok(Interpreter { program: program.clone(), version });
            }
            Some(version) => too_old.push(format!("{} is {version}", program.to_string_lossy())),
            None => {}
        }
    }
    let (major, minor) = OLDEST;
    let seen = if too_old.is_empty() { String::new() } else { format!(" ({})", too_old.join(", ")) };
    Err(Failure::new(format!("no Python {major}.{minor} or newer found{seen}"))
        .hint("install one, or name it: PYTHON=/path/to/python cargo xtask test"))
}

/// The version that a program calls its own, like `3.12.1`; `None` when it is no Python.
fn version(program: &OsStr) -> Option<String> {
    shell::ask(Command::new(program).args(["-c", "import platform; print(platform.python_version())"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(installed: &[(&str, &str)]) -> Result<Interpreter, Failure> {
        let names: Vec<OsString> = installed.iter().map(|(name, _)| OsString::from(name)).collect();
        find_interpreter(&names, |asked| {
            installed.iter().find(|(name, _)| asked == *name).map(|(_, version)| (*version).to_owned())
        })
    }

    #[test]
    fn takes_the_first_that_is_new_enough() {
        let interpreter =
            found(&[("python3", "3.9.2"), ("python3.13", "3.13.0"), ("python3.12", "3.12.1")]).unwrap();
        assert_eq!(interpreter.program, "python3.13");
        assert_eq!(interpreter.version, "3.13.0");
    }

    #[test]
    fn says_what_it_found_too_old() {
        let told = found(&[("python3", "3.9.2"), ("python", "2.7.18")]).unwrap_err().to_string();
        assert!(
            told.starts_with("no Python 3.10 or newer found (python3 is 3.9.2, python is 2.7.18)\n  hint: "),
            "{told}"
        );
        assert!(found(&[]).unwrap_err().to_string().starts_with("no Python 3.10 or newer found\n"));
    }
}
