//! `signal maintain`: what a server does by itself.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use serde::Serialize;
use signal_core::jobs::{self, Done, Job};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::progress::Progress;

/// The arguments of `signal maintain`.
#[derive(Debug, Args)]
pub(crate) struct MaintainArgs {
    /// Only this one
    #[arg(long, value_name = "NAME", value_enum)]
    job: Option<Name>,
    /// Fold listens older than so many days into monthly counts; without it they are kept for ever
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    keep_listens: Option<u32>,
}

/// The jobs, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Settle every drop that is due
    Settle,
    /// Close the day
    Epoch,
    /// Build everybody's profile
    Profiles,
    /// Fold old listens; needs --keep-listens
    Retention,
    /// Do what the store wants done now and then
    Upkeep,
}

/// What a job did.
#[derive(Debug, Serialize)]
struct JobAnswer {
    job: &'static str,
    /// Not where nothing was due, or another process is at it.
    ran: bool,
    counts: BTreeMap<&'static str, u64>,
}

/// Runs all jobs, or one.
pub(crate) async fn run(args: &MaintainArgs, context: &Context) -> Result<Exit, Failure> {
    if args.job == Some(Name::Retention) && args.keep_listens.is_none() {
        return Err(Failure::wrong("it is not said how long listens are kept")
            .hint("`--keep-listens 90` folds those older than 90 days into monthly counts"));
    }
    let session = context.open().await?;
    session.operator()?;
    let mut answers = Vec::new();
    for name in Name::value_variants().iter().filter(|name| args.job.is_none_or(|only| only == **name)) {
        let job = match name {
            Name::Settle => Job::Settle,
            Name::Epoch => Job::Epoch,
            Name::Profiles => Job::Profiles,
            Name::Retention => match args.keep_listens {
                Some(keep_days) => Job::Retention { keep_days },
                None => continue,
            },
            Name::Upkeep => Job::Upkeep,
        };
        let running = Progress::spinner("maintaining");
        let done = jobs::run(&session.engine, job).await?;
        drop(running);
        answers.push(JobAnswer { job: job.name(), ran: done != Done::Nothing, counts: counts(&done) });
    }
    context.output.list("maintain", &answers, |answers| answers.iter().map(line).collect())?;
    Ok(Exit::Done)
}

fn counts(done: &Done) -> BTreeMap<&'static str, u64> {
    match done {
        Done::Settled(sweep) => [("settled", sweep.settled.len() as u64), ("open", sweep.open as u64)].into(),
        Done::Closed(epoch) => [("number", epoch.number), ("findings", epoch.findings.len() as u64)].into(),
        Done::Built(profiles) => [("built", *profiles as u64)].into(),
        Done::Folded(listens) => [("folded", *listens)].into(),
        Done::Tended | Done::Nothing => BTreeMap::new(),
    }
}

fn line(answer: &JobAnswer) -> String {
    let did = |name: &str| answer.counts.get(name).copied().unwrap_or_default();
    let told = match (answer.job, answer.ran) {
        (_, false) => "nothing was due, or another process is at it".to_owned(),
        ("settle", _) => format!("settled {}, {} open", did("settled"), did("open")),
        ("epoch", _) => format!("closed number {}, findings: {}", did("number"), did("findings")),
        ("profiles", _) => format!("built {}", did("built")),
        ("retention", _) => format!("folded listens: {}", did("folded")),
        (_, true) => "done".to_owned(),
    };
    format!("{:<10} {told}\n", answer.job)
}
