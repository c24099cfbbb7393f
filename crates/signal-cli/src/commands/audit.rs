//! `signal audit`: whether the ledger holds, what is behind a balance, and proof of it for others.

mod check;
mod explain;
mod prove;
mod witness;

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;
use signal_core::engine::{ReplayAnswer, VerifyAnswer};
use signal_core::ledger::PublicKey;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::wrap;
use crate::progress::Progress;

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check every entry, every body and the tree over them (exit code 1 where something is wrong)
    Verify {
        /// A checkpoint that was kept: the ledger must still hold all that it held
        #[arg(long, value_name = "FILE", requires = "key")]
        checkpoint: Option<PathBuf>,
        /// The ledger's public key, NAME+ID+KEY
        #[arg(long, value_name = "KEY", env = "SIGNAL_LEDGER_PUBLIC_KEY", hide_env_values = true)]
        key: Option<PublicKey>,
    },
    /// The entries behind a person's points and trust score
    Explain {
        /// Whose [default: yours]
        user: Option<String>,
    },
    /// Recompute everything stored from the entries (exit code 1 where something differs)
    Replay,
    /// Make a private key, in a file of its own, and tell its public key
    Key(prove::KeyArgs),
    /// The newest state of the ledger, signed (operator)
    Checkpoint(prove::CheckpointArgs),
    /// A file that proves an entry, or that the ledger only grew (operator)
    Prove(prove::ProveArgs),
    /// Check a checkpoint or a proof; needs no store (exit code 1 where it does not hold)
    Check(check::CheckArgs),
    /// Cosign a checkpoint as somebody else who watches; needs no store (exit code 1 where it does not hold)
    Witness(witness::WitnessArgs),
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
    // These are for people who may have no store at all.
    match command {
        AuditCommand::Key(args) => return prove::key(args, context),
        AuditCommand::Check(args) => return check::run(args, context),
        AuditCommand::Witness(args) => return witness::run(args, context),
        _ => {}
    }
    let session = context.open().await?;
    let engine = &session.engine;
    let holds = match command {
        AuditCommand::Key(_) | AuditCommand::Check(_) | AuditCommand::Witness(_) => true,
        AuditCommand::Checkpoint(args) => return prove::checkpoint(args, &session, context).await,
        AuditCommand::Prove(args) => return prove::prove(args, &session, context).await,
        AuditCommand::Verify { checkpoint, key } => {
            let seen = match (checkpoint, key) {
                (Some(path), Some(key)) => Some((check::read_checkpoint(path)?, key)),
                _ => None,
            };
            let progress = Progress::counter("entries checked");
            let tell = |entries| progress.at(entries);
            let answer = match &seen {
                Some((seen, key)) => engine.verify_against(seen, key, &tell).await?,
                None => engine.verify_ledger(&tell).await?,
            };
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
            context.output.answer("audit.explain", &answer, explain::table)?;
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
    let fault = answer.fault.map(|fault| format!("{fault}: ")).unwrap_or_default();
    let problem = answer.problem.as_deref().unwrap_or("the ledger does not hold");
    format!("NOT VERIFIED after {entries}\n{}", wrap(&format!("{fault}{place}{problem}"), "  "))
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

pub(crate) fn entries(number: u64) -> String {
    match number {
        1 => "1 entry".to_owned(),
        number => format!("{number} entries"),
    }
}
