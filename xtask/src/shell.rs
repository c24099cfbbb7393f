//! Running other programs, and saying clearly when one of them failed.

use std::fmt;
use std::io;
use std::process::{Command, ExitStatus, Stdio};

/// Why a step stopped, and what to do about it where we know.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\n  hint: {hint}"))
    }
}

/// Runs a program with its output on ours; anything but success is a failure.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    println!("$ {}", shown(command));
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_xtask(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    let status = command.stdin(Stdio::null()).status().map_err(|error| not_started(command, &error))?;
    if status.success() { Ok(()) } else { Err(ended(command, status)) }
}

/// Whether a variable is what cargo told xtask of itself. Build scripts look at these: handed on, they would have TLS and all
/// above it built anew whenever somebody changes between plain cargo and this.
fn is_of_xtask(name: &str) -> bool {
    name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_")
}

/// Runs a program and gives what it wrote to its standard output; its errors go to ours.
pub(crate) fn capture(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| not_started(command, &error))?;
    if !output.status.success() {
        return Err(ended(command, output.status));
    }
    String::from_utf8(output.stdout)
        .map_err(|error| Failure::new(format!("`{}` wrote no readable text: {error}", shown(command))))
}

/// What a program says of itself; `None` when it cannot be asked.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Whether a version like `3.12.1` is `oldest` or newer; what is no version is not.
pub(crate) fn is_at_least(version: &str, oldest: (u32, u32)) -> bool {
    let mut parts = version.split('.').map(str::parse::<u32>);
    matches!((parts.next(), parts.next()), (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= oldest)
}

fn not_started(command: &Command, error: &io::Error) -> Failure {
    Failure::new(format!("`{}` did not start: {error}", shown(command)))
}

fn ended(command: &Command, status: ExitStatus) -> Failure {
    Failure::new(format!("`{}` ended with {status}", shown(command)))
}

/// The command as a person would type it.
fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_program_by_its_name() {
        let mut command = Command::new("/some/where/bin/cargo");
        command.args(["fmt", "--all"]);
        assert_eq!(shown(&command), "cargo fmt --all");
    }

    #[test]
    fn compares_versions_by_number() {
        assert!(is_at_least("3.10.0", (3, 10)));
        assert!(is_at_least("3.14.0rc1", (3, 10)));
        assert!(is_at_least("4.0", (3, 10)));
        assert!(!is_at_least("3.9.18", (3, 10)));
        assert!(!is_at_least("three", (3, 10)));
    }

    #[test]
    fn a_hint_has_a_line_of_its_own() {
        let failure = Failure::new("no Python found").hint("install one");
        assert_eq!(failure.to_string(), "no Python found\n  hint: install one");
        assert_eq!(Failure::new("bare").to_string(), "bare");
    }

    #[test]
    fn programs_hear_nothing_of_the_package_that_runs_them() {
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some(), "cargo runs this");
        let mut looks = Command::new("sh");
        looks.args(["-c", r#"test -z "$CARGO_PKG_NAME$CARGO_MANIFEST_DIR$CARGO_MANIFEST_PATH""#]);
        run(&mut looks).expect("none is set");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let failure = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(failure.to_string().starts_with("`no-such-program-here` did not start"), "{failure}");
    }
}
