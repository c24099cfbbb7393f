//! `signal audit check`: what a stranger does with a checkpoint or a proof, without any store.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use signal_core::ledger::{Fault, Leaf, MAX_PROOF_BYTES, ProofError, ProofFile, PublicKey, SignedCheckpoint};
use signal_core::model::Move;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::wrap;

/// What to check, and with what.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// A checkpoint, or a proof that `prove` made
    file: PathBuf,
    /// The ledger's public key, NAME+ID+KEY, as you know it from elsewhere
    #[arg(long, value_name = "KEY", env = "SIGNAL_LEDGER_PUBLIC_KEY", hide_env_values = true)]
    key: PublicKey,
    /// The checkpoint that you kept, for a proof that the ledger only grew
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// The public key of a witness who must have cosigned; can be repeated
    #[arg(long, value_name = "KEY")]
    witness: Vec<PublicKey>,
}

/// What was found.
#[derive(Debug, Serialize)]
struct CheckAnswer {
    holds: bool,
    /// `checkpoint`, `inclusion` or `consistency`; none where the file cannot be read that far.
    proves: Option<&'static str>,
    origin: String,
    entries: Option<u64>,
    /// Entries of the checkpoint that was kept.
    since: Option<u64>,
    entry: Option<Leaf>,
    fault: Option<Fault>,
    reason: Option<String>,
}

/// Reads a small text file.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let unreadable = |error| Failure::world(format!("cannot read {}: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_PROOF_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    // What is not UTF-8 any more is read as text that was changed, and found out as such.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads a checkpoint; nothing is known of its signatures yet.
pub(super) fn read_checkpoint(path: &Path) -> Result<SignedCheckpoint, Failure> {
    let hint = "`signal audit checkpoint` prints one";
    read(path)?
        .parse()
        .map_err(|error| Failure::wrong(format!("{} is no checkpoint: {error}", path.display())).hint(hint))
}

/// Checks it.
pub(super) fn run(args: &CheckArgs, context: &Context) -> Result<Exit, Failure> {
    let mut answer = CheckAnswer {
        holds: false,
        proves: None,
        origin: args.key.name().to_owned(),
        entries: None,
        since: None,
        entry: None,
        fault: None,
        reason: None,
    };
    let checked = match read(&args.file)?.parse::<ProofFile>() {
        Ok(file) => check(&file, args, &mut answer)?,
        Err(error) => Err(error.fault().ok_or_else(|| {
            Failure::wrong(format!("{}: {error}", args.file.display()))
                .hint("`signal audit checkpoint` and `signal audit prove` print such files")
        })?),
    };
    match checked {
        Ok(()) => answer.holds = true,
        Err(ProofError { fault, reason }) => (answer.fault, answer.reason) = (Some(fault), Some(reason)),
    }
    context.output.answer("audit.check", &answer, table)?;
    Ok(if answer.holds { Exit::Done } else { Exit::No })
}

fn check(
    file: &ProofFile,
    args: &CheckArgs,
    answer: &mut CheckAnswer,
) -> Result<Result<(), ProofError>, Failure> {
    let since = match &args.since {
        Some(path) => Some(read_checkpoint(path)?),
        None => None,
    };
    answer.entries = Some(file.checkpoint().size());
    answer.since = since.as_ref().map(SignedCheckpoint::size);
    let (key, witnesses) = (&args.key, args.witness.as_slice());
    Ok(match (file, &since) {
        (ProofFile::Inclusion(proof), seen) => {
            answer.proves = Some("inclusion");
            let leaf = proof.check(key, witnesses);
            let follows =
                |seen: &SignedCheckpoint| seen.check(key).and_then(|()| file.checkpoint().follows(seen));
            seen.as_ref().map_or(Ok(()), follows).and(leaf).map(|leaf| answer.entry = Some(leaf))
        }
        (ProofFile::Consistency(proof), Some(seen)) => {
            answer.proves = Some("consistency");
            proof.check(seen, key, witnesses)
        }
        (ProofFile::Consistency(proof), None) => {
            let hint = format!("name the checkpoint of {} entries that you kept: `--since FILE`", proof.old);
            return Err(Failure::wrong("this proves that a ledger grew since a checkpoint").hint(hint));
        }
        (ProofFile::Checkpoint(checkpoint), seen) => {
            answer.proves = Some("checkpoint");
            let signed = checkpoint
                .check(key)
                .and_then(|()| witnesses.iter().try_for_each(|witness| checkpoint.check_witness(witness)));
            let follows = |seen: &SignedCheckpoint| seen.check(key).and_then(|()| checkpoint.follows(seen));
            signed.and_then(|()| seen.as_ref().map_or(Ok(()), follows))
        }
    })
}

fn table(answer: &CheckAnswer) -> String {
    let origin = &answer.origin;
    if let (Some(fault), Some(reason)) = (answer.fault, &answer.reason) {
        return format!("DOES NOT HOLD: {fault}\n{}", wrap(reason, "  "));
    }
    let entries = answer.entries.map_or_else(String::new, super::entries);
    match (&answer.entry, answer.proves, answer.since) {
        (Some(leaf), ..) => {
            let moves: Vec<_> =
                leaf.moves.iter().map(|Move(account, points)| format!("{account} {points}")).collect();
            let moves = if moves.is_empty() { String::new() } else { wrap(&moves.join(", "), "  ") };
            let (position, at, kind) = (leaf.position, leaf.at, leaf.kind.as_str());
            format!("holds: entry {position} is in {origin}, which had {entries}\n  {kind} at {at}\n{moves}")
        }
        (None, Some("consistency"), Some(since)) => {
            format!("holds: {origin} has {entries}, and the first {since} are as they were\n")
        }
        (None, _, Some(since)) => format!(
            "holds: {origin} signed {entries}\n  a proof that the first {since} are as they were is another file\n"
        ),
        (None, ..) => format!("holds: {origin} signed {entries}\n"),
    }
}
