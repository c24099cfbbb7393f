//! The commands of CONTRIBUTING.md, run as `cargo xtask COMMAND`.
//!
//! `cargo xtask test` is everything that CI runs. It needs Rust, a C compiler and Python; whatever else it needs it
//! installs into the checkout.

mod checkout;
mod conformance;
mod fuzz;
mod rules;
mod shell;
mod soak;
mod test;
mod tools;

use std::process::ExitCode;

use checkout::Checkout;
use shell::Failure;

/// What one call of the program was asked to do.
#[derive(Debug, PartialEq, Eq)]
enum Request {
    Help,
    Test { only: Option<String> },
    Soak { events: Option<u64>, seed: Option<u64> },
    Conformance,
    Fuzz { seconds: Option<u64>, target: Option<String> },
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match parse(&arguments) {
        Ok(Request::Help) => {
            print!("{}", help());
            ExitCode::SUCCESS
        }
        Ok(Request::Test { only }) => run_tests(only.as_deref()),
        Ok(Request::Soak { events, seed }) => told(|checkout| soak::run(checkout, events, seed)),
        Ok(Request::Conformance) => told(conformance::run),
        Ok(Request::Fuzz { seconds, target }) => {
            told(|checkout| fuzz::run(checkout, seconds, target.as_deref()))
        }
        Err(wrong) => {
            eprintln!("xtask: {wrong}\n\n{}", help());
            ExitCode::from(2)
        }
    }
}

fn run_tests(only: Option<&str>) -> ExitCode {
    match Checkout::find() {
        Ok(checkout) if test::run(&checkout, only) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(failure) => report(&failure),
    }
}

fn told(run: impl FnOnce(&Checkout) -> Result<(), Failure>) -> ExitCode {
    match Checkout::find().and_then(|checkout| run(&checkout)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure),
    }
}

fn report(failure: &Failure) -> ExitCode {
    eprintln!("xtask: {failure}");
    ExitCode::FAILURE
}

/// Reads the command line; the error says what is wrong with it.
fn parse(arguments: &[String]) -> Result<Request, String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["help" | "--help" | "-h", ..] | ["test" | "soak" | "conformance" | "fuzz", "--help" | "-h"] => {
            Ok(Request::Help)
        }
        ["conformance"] => Ok(Request::Conformance),
        ["conformance", other, ..] => Err(format!("conformance does not take {other}")),
        ["fuzz", options @ ..] => fuzz_options(options),
        ["soak", options @ ..] => soak_options(options),
        ["test"] => Ok(Request::Test { only: None }),
        ["test", "--only"] => Err("--only wants the name of a step".to_owned()),
        ["test", "--only", name] if test::is_step(name) => {
            Ok(Request::Test { only: Some((*name).to_owned()) })
        }
        ["test", "--only", name] => Err(format!("no step is called {name}")),
        ["test", other, ..] => Err(format!("test does not take {other}")),
        [other, ..] => Err(format!("no command is called {other}")),
    }
}

fn soak_options(options: &[&str]) -> Result<Request, String> {
    let [events, seed] = values("soak", ["--events", "--seed"], options)?;
    Ok(Request::Soak { events: number("--events", events)?, seed: number("--seed", seed)? })
}

fn fuzz_options(options: &[&str]) -> Result<Request, String> {
    let [seconds, target] = values("fuzz", ["--seconds", "--target"], options)?;
    Ok(Request::Fuzz { seconds: number("--seconds", seconds)?, target: target.map(str::to_owned) })
}

/// The values of options that come in pairs, in the order of `names`.
fn values<'a, const N: usize>(
    command: &str,
    names: [&str; N],
    options: &[&'a str],
) -> Result<[Option<&'a str>; N], String> {
    let mut values = [None; N];
    for pair in options.chunks(2) {
        let place = names.iter().position(|name| pair.first() == Some(name));
        match (place.and_then(|place| values.get_mut(place)), pair) {
            (Some(value), [_, given]) => *value = Some(*given),
            (Some(_), _) => return Err(format!("{} wants a value", pair.concat())),
            (None, _) => return Err(format!("{command} does not take {}", pair.join(" "))),
        }
    }
    Ok(values)
}

fn number(name: &str, value: Option<&str>) -> Result<Option<u64>, String> {
    let read = |value: &str| value.parse().map_err(|_| format!("{name} wants a number, not {value}"));
    value.map(read).transpose()
}

fn help() -> String {
    let steps: Vec<String> =
        test::catalogue().map(|(name, about)| format!("  {name:<9} {about}\n")).collect();
    let steps = steps.concat();
    format!(
        "cargo xtask test               check everything that CI checks, in this order
cargo xtask test --only STEP   run one step
cargo xtask soak               ten million random entries, with the books looked at after each
                               [--events N] [--seed N]
cargo xtask conformance        run the public suite on every store, and write the table into docs/stores.md
cargo xtask fuzz               fuzz everything that reads files of strangers, each target for a minute
                               [--seconds N] [--target NAME]
cargo xtask help               show this

steps
{steps}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str) -> Result<Request, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn reads_the_commands() {
        assert_eq!(request(""), Ok(Request::Help));
        assert_eq!(request("help"), Ok(Request::Help));
        assert_eq!(request("test"), Ok(Request::Test { only: None }));
        assert_eq!(request("conformance"), Ok(Request::Conformance));
        assert_eq!(request("soak"), Ok(Request::Soak { events: None, seed: None }));
        assert_eq!(request("fuzz"), Ok(Request::Fuzz { seconds: None, target: None }));
        let fuzz = Request::Fuzz { seconds: Some(5), target: Some("apple".to_owned()) };
        assert_eq!(request("fuzz --target apple --seconds 5"), Ok(fuzz));
        let soak = Request::Soak { events: Some(1_000), seed: Some(3) };
        assert_eq!(request("soak --seed 3 --events 1000"), Ok(soak));
        assert_eq!(request("test --only deny"), Ok(Request::Test { only: Some("deny".to_owned()) }));
    }

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(request("tset"), Err("no command is called tset".to_owned()));
        assert_eq!(request("test --only speed"), Err("no step is called speed".to_owned()));
        assert_eq!(request("test --only"), Err("--only wants the name of a step".to_owned()));
        assert_eq!(request("soak --events"), Err("--events wants a value".to_owned()));
        assert_eq!(request("soak --events many"), Err("--events wants a number, not many".to_owned()));
        assert_eq!(request("soak --long 3"), Err("soak does not take --long 3".to_owned()));
        assert_eq!(request("test --fast"), Err("test does not take --fast".to_owned()));
    }

    #[test]
    fn help_lists_every_step() {
        let text = help();
        for (name, about) in test::catalogue() {
            assert!(text.contains(name) && text.contains(about), "{name} is missing from the help");
        }
    }
}
