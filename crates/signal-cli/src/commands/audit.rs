//! `signal audit`: whether the ledger holds, and what is behind a balance.

use clap::Subcommand;
use serde_json::json;
use signal_core::engine::{ExplainAnswer, ReplayAnswer, VerifyAnswer};
use signal_core::model::Points;

use super::trust;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, columns, minute, wrap};
use crate::progress::Progress;

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check every entry, every body and the tree over them (exit code 1 where something is wrong)
    Verify,
    /// The entries behind a person's points and trust score
    Explain {
        /// Whose [default: yours]
        user: Option<String>,
    },
    /// Recompute everything stored from the entries (exit code 1 where something differs)
    Replay,
    /// Undo what an entry booked (operator)
    Reverse {
        /// Which entry
        position: u64,
        /// Why
        reason: String,
    },
}

/// Does it.
pub(crate) async fn run(command: &AuditCommand, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let engine = &session.engine;
    let holds = match command {
        AuditCommand::Verify => {
            let progress = Progress::counter("entries checked");
            let answer = engine.verify_ledger(&|entries| progress.at(entries)).await?;
            drop(progress);
            context.output.answer("audit.verify", &answer, verified)?;
            answer.verified
        }
        AuditCommand::Replay => {
            let progress = Progress::counter("entries replayed");
            let answer = engine.replay_ledger(&|entries| progress.at(entries)).await?;
            drop(progress);
            context.output.answer("audit.replay", &answer, replayed)?;
            answer.equal
        }
        AuditCommand::Explain { user } => {
            let user = session.user_or_me(user.as_deref()).await?;
            let answer = engine.explain(session.viewer().await?, user).await?;
            context.output.answer("audit.explain", &answer, explained)?;
            true
        }
        AuditCommand::Reverse { position, reason } => {
            session.operator()?;
            engine.reverse(*position, reason).await?;
            let say = |_: &_| format!("entry {position} is reversed\n");
            context.output.answer("audit.reverse", &json!({ "position": position }), say)?;
            true
        }
    };
    Ok(if holds { Exit::Done } else { Exit::No })
}

fn verified(answer: &VerifyAnswer) -> String {
    let entries = entries(answer.entries);
    if answer.verified {
        let root = answer.root.map(|root| format!("root {root}\n")).unwrap_or_default();
        let erased = match answer.erased_bodies {
            0 => String::new(),
            bodies => format!(", {bodies} without the bodies of people who left"),
        };
        return format!("verified: {entries}{erased}\n{root}");
    }
    let place = answer.position.map(|position| format!("entry {position}: ")).unwrap_or_default();
    let problem = answer.problem.as_deref().unwrap_or("the ledger does not hold");
    format!("NOT VERIFIED after {entries}\n{}", wrap(&format!("{place}{problem}"), "  "))
}

fn replayed(answer: &ReplayAnswer) -> String {
    let folded = entries(answer.entries);
    let standings =
        answer.standings_of_epoch.map(|epoch| format!("standings of epoch {epoch}, ")).unwrap_or_default();
    let states = format!("{} states, {} trust edges, {standings}{folded}", answer.states, answer.edges);
    let books = format!("books sum to {}\n", answer.books_sum_millipoints);
    if answer.equal {
        return format!("equal: {states}\n{books}");
    }
    let mut out = format!("NOT EQUAL: {states}\n{books}");
    for account in &answer.negative {
        out += &format!("  {account} is below zero\n");
    }
    for one in &answer.differences {
        out += &wrap(&format!("{}: stored {}, recomputed {}", one.what, one.stored, one.recomputed), "  ");
    }
    out
}

fn entries(number: u64) -> String {
    match number {
        1 => "1 entry".to_owned(),
        number => format!("{number} entries"),
    }
}

fn explained(answer: &ExplainAnswer) -> String {
    let heading = [
        ("entry", Align::Right),
        ("when", Align::Left),
        ("what", Align::Left),
        ("change", Align::Right),
        ("available", Align::Right),
        ("staked", Align::Right),
    ];
    let rows: Vec<Vec<String>> = answer
        .lines
        .iter()
        .map(|line| {
            vec![
                line.position.to_string(),
                minute(line.at).chars().take(10).collect(),
                line.kind.as_str().to_owned(),
                change(&line.moves),
                line.available_millipoints.to_string(),
                line.staked_millipoints.to_string(),
            ]
        })
        .collect();
    columns(&heading, &rows) + "\n" + &trust::score(&answer.score)
}

/// What an entry did to the points that may be staked.
fn change(moves: &[(String, Points)]) -> String {
    let sum: Points =
        moves.iter().filter(|(account, _)| account == "available").map(|(_, points)| *points).sum();
    match sum.milli() {
        0 => String::new(),
        1.. => format!("+{sum}"),
        _ => sum.to_string(),
    }
}
