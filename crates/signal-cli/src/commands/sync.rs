//! `signal sync`: what people played elsewhere since the last time.

use std::io::{self, Write as _};

use clap::Args;
use signal_core::engine::{AccountResult, SyncAnswer, SyncOutcome, Watch};

use super::accounts::{accounts_of, platform};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, columns, minute};
use crate::progress::Progress;
use crate::session::Session;

/// The arguments of `signal sync`.
#[derive(Debug, Args)]
#[command(after_help = "\
A reading can end at any moment: the next one goes on where it was, and no play is lost or taken twice. \
Where a service asks to wait, nothing is asked of it until then, also not by another program. \
With `--watch` each account is read as often as its service is worth it: Apple Music every minute while you \
listen, the others every ten minutes.")]
pub(crate) struct SyncArgs {
    /// One account; else all that are connected
    platform: Option<String>,
    /// Go on reading until stopped
    #[arg(long)]
    watch: bool,
}

/// Reads once, or again and again.
pub(crate) async fn run(args: &SyncArgs, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let me = session.actor().await?;
    let accounts = accounts_of(&session, context)?;
    if let Some(name) = &args.platform {
        platform(&accounts, name)?;
    }
    if args.watch {
        let watch = accounts.watch(me, args.platform.as_deref());
        return go_on(&session, watch, context).await;
    }
    let answers = {
        let reading = Progress::counter("reading plays");
        let progress = |read| reading.at(read);
        match &args.platform {
            Some(platform) => vec![accounts.sync(me, platform, &progress).await?],
            None => accounts.sync_all(me, &progress).await?,
        }
    };
    if answers.is_empty() {
        return Err(Failure::wrong("no account is connected").hint("`signal connect PLATFORM` connects one"));
    }
    learn(&session, &answers).await?;
    context.output.list("sync", &answers, table)?;
    Ok(exit(&answers))
}

/// Reads again and again, until stopped, or until trying again would not help.
async fn go_on(session: &Session<'_>, mut watch: Watch, context: &Context) -> Result<Exit, Failure> {
    loop {
        match read(session, &mut watch).await {
            Err(error) if error.may_retry() => writeln!(io::stderr().lock(), "{error}")?,
            answers => {
                let answers = answers?;
                if answers.iter().any(|answer| answer.pages > 0 || answer.reason.is_some()) {
                    context.output.list("sync", &answers, table)?;
                }
            }
        }
        watch.rest().await;
    }
}

async fn read(session: &Session<'_>, watch: &mut Watch) -> AccountResult<Vec<SyncAnswer>> {
    let answers = {
        let reading = Progress::counter("reading plays");
        watch.read(&|read| reading.at(read)).await?
    };
    learn(session, &answers).await?;
    Ok(answers)
}

/// Builds tastes where there is something new.
async fn learn(session: &Session<'_>, answers: &[SyncAnswer]) -> AccountResult<()> {
    if answers.iter().any(|answer| answer.new > 0) {
        let _building = Progress::spinner("learning tastes");
        session.engine.build_profiles().await?;
    }
    Ok(())
}

/// Whether all went well, a person has something to do, or the world failed.
fn exit(answers: &[SyncAnswer]) -> Exit {
    let ended = |outcome| answers.iter().any(|answer| answer.outcome == outcome);
    if ended(SyncOutcome::Failed) {
        Exit::World
    } else if ended(SyncOutcome::NeedsConsent) {
        Exit::No
    } else {
        Exit::Done
    }
}

fn table(answers: &[SyncAnswer]) -> String {
    let heads = [
        ("platform", Align::Left),
        ("plays", Align::Right),
        ("new", Align::Right),
        ("known", Align::Right),
        ("", Align::Left),
    ];
    let rows: Vec<_> = answers
        .iter()
        .map(|answer| {
            let counts = [answer.read, answer.new, answer.known].map(|count| count.to_string());
            let mut row = vec![answer.platform.clone()];
            row.extend(counts);
            row.push(ended(answer));
            row
        })
        .collect();
    let mut out = columns(&heads, &rows);
    for answer in answers.iter().filter(|answer| answer.gap_suspected) {
        out += &format!(
            "{}: plays since the last reading may be missing; an export has them\n",
            answer.platform
        );
    }
    for (platform, reason) in answers.iter().filter_map(|a| Some((&a.platform, a.reason.as_ref()?))) {
        out += &format!("{platform}: {reason}\n");
    }
    out
}

fn ended(answer: &SyncAnswer) -> String {
    match answer.outcome {
        SyncOutcome::Synced => "read to the end".to_owned(),
        SyncOutcome::More => "there is more".to_owned(),
        SyncOutcome::Waiting => answer
            .until
            .map_or_else(|| "waiting".to_owned(), |until| format!("waiting until {}", minute(until))),
        SyncOutcome::NeedsConsent => format!("agree again: signal connect {}", answer.platform),
        SyncOutcome::Busy => "another program is at it".to_owned(),
        SyncOutcome::Unsupported => "tells no history".to_owned(),
        SyncOutcome::Failed => "failed".to_owned(),
    }
}
