//! `cargo xtask test`: the steps, their order and their report.

mod deny;
mod postgres;
mod python;
pub(crate) mod rust;

use std::time::{Duration, Instant};

use crate::checkout::Checkout;
use crate::rules;
use crate::shell::Failure;

/// The profile of what is built once more for its tests alone.
const UNOPTIMISED: &str = "unoptimised";

/// How a step ended.
#[derive(Debug)]
enum Outcome {
    Passed,
    Skipped(String),
    Failed(Failure),
}

struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&Checkout) -> Result<Outcome, Failure>,
}

struct Report {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

/// Cheap steps first, so that a slip is told within seconds.
const STEPS: &[Step] = &[
    Step { name: "format", about: "every file is as rustfmt writes it", run: rust::format },
    Step { name: "rules", about: "the core depends on and imports only what it may", run: keep_rules },
    Step { name: "venv", about: "a virtual environment with the pinned Python tools", run: python::prepare },
    Step { name: "clippy", about: "lints of all crates, targets and features", run: rust::clippy },
    Step { name: "tests", about: "unit, property, conformance and program tests", run: rust::tests },
    Step {
        name: "surrealdb",
        about: "the tests of the SurrealDB store, built unoptimised",
        run: rust::surrealdb,
    },
    Step { name: "doctests", about: "the examples in the documentation", run: rust::doctests },
    Step { name: "docs", about: "the documentation builds without a warning", run: rust::docs },
    Step { name: "deny", about: "licences, banned crates and sources of all dependencies", run: deny::check },
    Step { name: "python", about: "the Python package: pytest and its type stubs", run: python::check },
];

/// The steps by name, for the help.
pub(crate) fn catalogue() -> impl Iterator<Item = (&'static str, &'static str)> {
    STEPS.iter().map(|step| (step.name, step.about))
}

pub(crate) fn is_step(name: &str) -> bool {
    STEPS.iter().any(|step| step.name == name)
}

/// Runs all steps, or one, up to the first failure, and tells the outcome; `true` when nothing failed.
pub(crate) fn run(checkout: &Checkout, only: Option<&str>) -> bool {
    let steps: Vec<&Step> = STEPS.iter().filter(|step| only.is_none_or(|name| name == step.name)).collect();
    let reports = run_in_order(checkout, &steps);
    print!("\n{}", summary(&reports));
    reports.iter().all(|report| !matches!(report.outcome, Outcome::Failed(_)))
}

fn run_in_order(checkout: &Checkout, steps: &[&Step]) -> Vec<Report> {
    let mut failed: Option<&str> = None;
    let mut reports = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let started = Instant::now();
        let outcome = if let Some(earlier) = failed {
            Outcome::Skipped(format!("not reached: {earlier} failed"))
        } else {
            println!("\n== {}/{} {}: {}", index + 1, steps.len(), step.name, step.about);
            let outcome = (step.run)(checkout).unwrap_or_else(Outcome::Failed);
            println!("== {} {}", step.name, told(&outcome, started.elapsed()));
            outcome
        };
        if matches!(outcome, Outcome::Failed(_)) {
            failed = Some(step.name);
        }
        reports.push(Report { name: step.name, outcome, took: started.elapsed() });
    }
    reports
}

fn keep_rules(checkout: &Checkout) -> Result<Outcome, Failure> {
    rules::check(checkout).map(|()| Outcome::Passed)
}

fn told(outcome: &Outcome, took: Duration) -> String {
    match outcome {
        Outcome::Passed => format!("passed in {}", spoken(took)),
        Outcome::Skipped(why) => format!("skipped: {why}"),
        Outcome::Failed(failure) => format!("FAILED after {}: {failure}", spoken(took)),
    }
}

/// The closing table; its last line is the one that machines read.
fn summary(reports: &[Report]) -> String {
    let mut table = Vec::new();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for report in reports {
        let (count, result) = match &report.outcome {
            Outcome::Passed => (&mut passed, format!("passed   {:>12}", spoken(report.took))),
            Outcome::Failed(failure) => {
                (&mut failed, format!("FAILED   {:>12}  {failure}", spoken(report.took)))
            }
            Outcome::Skipped(why) => (&mut skipped, format!("skipped  {:>12}  {why}", "")),
        };
        *count += 1;
        table.push(format!("{:<9} {result}\n", report.name));
    }
    table.push(format!("{passed} passed, {failed} failed, {skipped} skipped\n"));
    table.concat()
}

fn spoken(took: Duration) -> String {
    let seconds = took.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {:02} s", took.as_secs() / 60, took.as_secs() % 60)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const PASSES: Step = Step { name: "passes", about: "", run: |_| Ok(Outcome::Passed) };
    const FAILS: Step =
        Step { name: "fails", about: "", run: |_| Err(Failure::new("it broke").hint("mend it")) };
    const SKIPS: Step =
        Step { name: "skips", about: "", run: |_| Ok(Outcome::Skipped("nothing there".to_owned())) };

    fn checkout() -> Checkout {
        Checkout {
            root: PathBuf::new(),
            target: PathBuf::new(),
            crates: Vec::new(),
            features: Vec::new(),
            python_crate: String::new(),
        }
    }

    fn lines(steps: &[&Step]) -> Vec<String> {
        summary(&run_in_order(&checkout(), steps)).lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_skip_is_told_with_its_reason_and_is_no_failure() {
        let told = lines(&[&PASSES, &SKIPS, &PASSES]);
        assert!(told[1].starts_with("skips") && told[1].ends_with("nothing there"), "{told:?}");
        assert_eq!(told[3], "2 passed, 0 failed, 1 skipped");
    }

    #[test]
    fn nothing_runs_after_a_failure() {
        let told = lines(&[&PASSES, &FAILS, &PASSES, &SKIPS]);
        assert!(told[1].contains("FAILED") && told[1].ends_with("it broke"), "{told:?}");
        assert_eq!(told[2], "  hint: mend it");
        assert!(told[3].ends_with("not reached: fails failed"), "{told:?}");
        assert_eq!(told.last().map(String::as_str), Some("1 passed, 1 failed, 2 skipped"));
    }

    #[test]
    fn times_are_readable() {
        assert_eq!(spoken(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(spoken(Duration::from_secs(187)), "3 min 07 s");
    }
}
