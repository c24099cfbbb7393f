//! Runs a soak: `soak [EVENTS [SEED]]`. The report is one line of JSON on standard output, progress is on the other.

use std::process::ExitCode;
use std::time::Instant;

use signal_core::simulation::{SoakPlan, soak};

/// Entries between two lines of progress.
const TELL_EVERY: u64 = 500_000;

fn main() -> ExitCode {
    let mut plan = SoakPlan::default();
    for (place, text) in [&mut plan.events, &mut plan.seed].into_iter().zip(std::env::args().skip(1)) {
        let Ok(number) = text.parse() else {
            eprintln!("soak [EVENTS [SEED]]: {text} is no number");
            return ExitCode::from(2);
        };
        *place = number;
    }
    let started = Instant::now();
    let mut told = 0;
    let mut tell = |entries| {
        if entries - told >= TELL_EVERY {
            told = entries;
            eprintln!(
                "{entries} entries after {:.0} s: the books are at zero",
                started.elapsed().as_secs_f64()
            );
        }
    };
    match soak(&plan, &mut tell).map(|report| serde_json::to_string(&report)) {
        Ok(Ok(report)) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Ok(Err(error)) => {
            eprintln!("the report cannot be written: {error}");
            ExitCode::from(3)
        }
        Err(error) => {
            eprintln!("seed {}: {error}", plan.seed);
            ExitCode::FAILURE
        }
    }
}
