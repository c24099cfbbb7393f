//! The tables of `docs/platforms.md` name tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Test functions in a file or a folder of files.
fn tests_in(path: &Path, found: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            tests_in(&entry.expect("an entry").path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let source = fs::read_to_string(path).expect("a source");
        let functions = source.lines().filter_map(|line| {
            let (_, rest) = line.split_once("fn ")?;
            rest.split_once('(').map(|(name, _)| name.to_owned())
        });
        found.extend(functions);
    }
}

#[test]
fn every_test_that_the_documentation_of_platforms_names_exists() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = BTreeSet::new();
    for folder in [
        "tests",
        "src",
        "../fake-platforms/src",
        "../signal-core/src/platform",
        "../signal-core/tests/accounts",
        "../signal-cli/tests",
    ] {
        tests_in(&here.join(folder), &mut tests);
    }
    let text = fs::read_to_string(here.join("../../docs/platforms.md")).expect("the documentation");
    let cells =
        text.lines().filter(|line| line.starts_with('|')).flat_map(|line| line.split('`').skip(1).step_by(2));
    // A name of three words or more is a test's: settings and fields are shorter, or not in small letters.
    let named: Vec<_> = cells
        .filter(|name| {
            name.matches('_').count() >= 3
                && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
        })
        .collect();
    assert!(named.len() > 50, "{named:?}");
    let missing: Vec<_> = named.into_iter().filter(|name| !tests.contains(*name)).collect();
    assert!(missing.is_empty(), "named in docs/platforms.md, but nowhere to be found: {missing:?}");
}
