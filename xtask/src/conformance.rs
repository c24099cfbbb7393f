//! `cargo xtask conformance`: which case of the public suite passes on which store, as a table in docs/stores.md.

use std::collections::BTreeMap;
use std::fs;

use crate::checkout::Checkout;
use crate::shell::{self, Failure};
use crate::test::rust;

const PAGE: &str = "docs/stores.md";
/// The table lies between these lines.
const BEGIN: &str = "<!-- cargo xtask conformance writes the table -->";
const END: &str = "<!-- up to here -->";
/// The stores, in the order of the columns, as their tests call them.
const STORES: [&str; 4] = ["memory", "SQLite", "PostgreSQL", "SurrealDB"];
/// Tests that run the suite and print what became of each case begin so.
const SUITE: &str = "the_public_suite_passes";

/// What became of each case on each store, and the cases in the order of the suite.
#[derive(Debug, Default, PartialEq, Eq)]
struct Results {
    cases: Vec<String>,
    outcomes: BTreeMap<(String, String), String>,
}

/// Runs the suite on every store and writes the table.
pub(crate) fn run(checkout: &Checkout) -> Result<(), Failure> {
    let mut command = rust::workspace_tests(checkout)?;
    command.args(["--test", "conformance", "--test", "sqlite", "--test", "postgres", "--", SUITE]);
    let mut told = shell::capture(command.args(["--nocapture", "--test-threads", "1"]))?;
    let mut command = rust::surrealdb_tests(checkout);
    command.args(["--test", "surrealdb", "--", SUITE, "--nocapture", "--test-threads", "1"]);
    told.push_str(&shell::capture(&mut command)?);
    let results = read(&told);
    let path = checkout.root.join(PAGE);
    let wrong = |error: std::io::Error| Failure::new(format!("{PAGE}: {error}"));
    let page = fs::read_to_string(&path).map_err(wrong)?;
    let page = put(&page, &table(&results))
        .ok_or_else(|| Failure::new(format!("{PAGE} lacks the lines {BEGIN} and {END}")))?;
    fs::write(&path, page).map_err(wrong)?;
    println!("{} cases are in {PAGE}", results.cases.len());
    Ok(())
}

fn read(told: &str) -> Results {
    let mut results = Results::default();
    // The harness may have begun a line before the test prints its first.
    for line in told.lines().filter_map(|line| line.split_once("conformance\t")) {
        let words: Vec<_> = line.1.splitn(3, '\t').map(str::to_owned).collect();
        if let [store, case, how] = words.as_slice() {
            if !results.cases.contains(case) {
                results.cases.push(case.clone());
            }
            results.outcomes.insert((case.clone(), store.clone()), how.clone());
        }
    }
    results
}

fn table(results: &Results) -> String {
    let head = format!("| case | {} |\n|---|{}\n", STORES.join(" | "), "---|".repeat(STORES.len()));
    let mut table = vec![head];
    for case in &results.cases {
        let cells = STORES.map(|store| {
            let how = results.outcomes.get(&(case.clone(), store.to_owned()));
            match how.map(String::as_str) {
                Some("passed") => "passed".to_owned(),
                Some(why) => format!("left out: {why}"),
                None => "not run".to_owned(),
            }
        });
        table.push(format!("| `{case}` | {} |\n", cells.join(" | ")));
    }
    table.concat()
}

/// The page with another table; none where it has no place for one.
fn put(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_read_and_put_into_the_page() {
        let told = "running 1 test\ntest x ... conformance\tmemory\ta::one\tpassed\n\
                    conformance\tmemory\tb::two\tit cannot\nok\nconformance\tSQLite\tb::two\tpassed\n";
        let results = read(told);
        assert_eq!(results.cases, ["a::one", "b::two"]);
        let table = table(&results);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines[0], "| case | memory | SQLite | PostgreSQL | SurrealDB |");
        assert_eq!(lines[2], "| `a::one` | passed | not run | not run | not run |");
        assert_eq!(lines[3], "| `b::two` | left out: it cannot | passed | not run | not run |");
        let page = format!("above\n{BEGIN}\nold\n{END}\nbelow\n");
        let new = put(&page, &table).unwrap();
        assert!(new.starts_with("above\n") && new.ends_with("below\n") && !new.contains("old"));
        assert_eq!(put(&new, &table), Some(new.clone()), "twice is once");
        assert_eq!(put("no place", &table), None);
    }
}
