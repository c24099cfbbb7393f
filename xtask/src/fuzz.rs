//! `cargo xtask fuzz`: bytes that nobody would think of, for everything that reads files of strangers.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::checkout::Checkout;
use crate::shell::{self, Failure};
use crate::tools::Tool;

/// The oldest is the first that was tried without sanitizers, which want a nightly compiler.
const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", pinned: "0.13.2", oldest: (0, 13) };

/// The folder of the targets, from the root.
const FOLDER: &str = "fuzz";
/// Seconds that each target runs where none are asked for.
const SECONDS: u64 = 60;

/// What ends a run with an error besides a panic: one input that takes so many seconds, or so many megabytes.
const INPUT_SECONDS_MAX: u32 = 10;
const MEGABYTES_MAX: u32 = 1_024;
/// The longest input in bytes: long enough for some hundred rows.
const INPUT_BYTES_MAX: u32 = 16 * 1_024;

/// Runs every target, or the named one, one after the other; the first input that breaks something is a failure, and is
/// kept in `fuzz/artifacts`.
pub(crate) fn run(checkout: &Checkout, seconds: Option<u64>, only: Option<&str>) -> Result<(), Failure> {
    let targets = targets(&checkout.root.join(FOLDER).join("fuzz_targets"))?;
    if let Some(name) = only
        && !targets.iter().any(|target| target == name)
    {
        return Err(Failure::new(format!("no target of fuzzing is called {name}"))
            .hint(format!("there are: {}", targets.join(", "))));
    }
    let program = CARGO_FUZZ.program(checkout)?;
    for target in targets.iter().filter(|target| only.is_none_or(|name| name == *target)) {
        let mut command = Command::new(&program);
        command.current_dir(checkout.root.join(FOLDER));
        let corpus = checkout.target.join("fuzz-corpus").join(target);
        fs::create_dir_all(&corpus)
            .map_err(|error| Failure::new(format!("creating {} failed: {error}", corpus.display())))?;
        command.args(["fuzz", "run", "--sanitizer", "none", "--target-dir"]);
        command.arg(checkout.target.join(FOLDER)).arg(target).arg(corpus);
        let seeds = Path::new("seeds").join(target);
        if checkout.root.join(FOLDER).join(&seeds).is_dir() {
            command.arg(seeds);
        }
        let limits = [
            format!("-max_total_time={}", seconds.unwrap_or(SECONDS)),
            format!("-max_len={INPUT_BYTES_MAX}"),
            format!("-timeout={INPUT_SECONDS_MAX}"),
            format!("-rss_limit_mb={MEGABYTES_MAX}"),
        ];
        command.args(["--", "-dict=words.dict", "-print_final_stats=1"]).args(limits);
        shell::run(&mut command).map_err(|failure| {
            failure.hint(format!("the input is in fuzz/artifacts/{target}; make it a test of the importer"))
        })?;
    }
    Ok(())
}

/// The names of all targets, in order.
fn targets(folder: &Path) -> Result<Vec<String>, Failure> {
    let unread = |error| Failure::new(format!("reading {} failed: {error}", folder.display()));
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_found_and_is_in_the_manifest() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER);
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let targets = targets(&folder.join("fuzz_targets")).unwrap();
        assert!(targets.contains(&"spotify".to_owned()), "{targets:?}");
        for target in &targets {
            assert!(
                manifest.contains(&format!("name = \"{target}\"\n")),
                "{target} is not in fuzz/Cargo.toml"
            );
        }
        assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
    }
}
