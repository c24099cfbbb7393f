//! `signal audit witness`: somebody else watches a ledger grow, remembers how far, and cosigns.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use signal_adapters::SystemHost;
use signal_core::host::Host;
use signal_core::ledger::{
    ConsistencyProof, Fault, KeyKind, ProofError, ProofFile, PublicKey, SignedCheckpoint, WitnessError,
    cosign,
};

use super::check::{read, read_checkpoint};
use super::prove::signing_key;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::wrap;

/// What to cosign, and what is remembered.
#[derive(Debug, Args)]
pub(crate) struct WitnessArgs {
    /// What `signal audit prove --since ENTRIES` made, from the last checkpoint seen on (from 0 the first time)
    file: PathBuf,
    /// The ledger's public key, NAME+ID+KEY
    #[arg(long, value_name = "KEY", env = "SIGNAL_LEDGER_PUBLIC_KEY", hide_env_values = true)]
    key: PublicKey,
    /// The witness's private key, in a file of mode 600; or its text in `SIGNAL_WITNESS_KEY`
    #[arg(long, value_name = "FILE", env = "SIGNAL_WITNESS_KEY_FILE", hide_env_values = true)]
    key_file: Option<PathBuf>,
    /// Where the last checkpoint seen is kept, one file for each ledger; made the first time
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct WitnessAnswer {
    cosigned: bool,
    origin: String,
    /// Entries of the last checkpoint seen before.
    seen: Option<u64>,
    entries: Option<u64>,
    /// The line to append to the checkpoint.
    line: Option<String>,
    fault: Option<Fault>,
    reason: Option<String>,
}

/// Cosigns it.
pub(super) fn run(args: &WitnessArgs, context: &Context) -> Result<Exit, Failure> {
    let witness = signing_key(args.key_file.as_ref(), "SIGNAL_WITNESS_KEY", KeyKind::Witness)?;
    // Two at once could each check against the same past and then forget the longer of their two presents.
    let _lock = lock(&args.state)?;
    let seen = match args.state.try_exists() {
        Ok(false) => None,
        _ => Some(read_checkpoint(&args.state)?),
    };
    let mut answer = WitnessAnswer {
        cosigned: false,
        origin: args.key.name().to_owned(),
        seen: seen.as_ref().map(SignedCheckpoint::size),
        entries: None,
        line: None,
        fault: None,
        reason: None,
    };
    let now = context.global.now.unwrap_or_else(|| SystemHost::new().now());
    let cosigned = request(&args.file)?.and_then(|request| {
        answer.entries = Some(request.checkpoint.size());
        cosign(&request, seen.as_ref(), &args.key, &witness, now).map(|line| (request, line))
    });
    match cosigned {
        Ok((request, line)) => {
            remember(&args.state, &request.checkpoint.to_string())?;
            (answer.cosigned, answer.line) = (true, Some(line.to_string()));
        }
        Err(WitnessError::Fault(ProofError { fault, reason })) => {
            (answer.fault, answer.reason) = (Some(fault), Some(reason));
        }
        Err(stale @ WitnessError::Stale { seen, .. }) => {
            let hint = format!("ask for `signal audit prove --since {seen}`");
            return Err(Failure::wrong(stale.to_string()).hint(hint));
        }
        Err(other @ WitnessError::Key { .. }) => return Err(Failure::wrong(other.to_string())),
    }
    context.output.answer("audit.witness", &answer, table)?;
    Ok(if answer.cosigned { Exit::Done } else { Exit::No })
}

fn request(path: &Path) -> Result<Result<ConsistencyProof, WitnessError>, Failure> {
    let wrong = |reason: String| {
        Failure::wrong(format!("{}: {reason}", path.display()))
            .hint("ask for `signal audit prove --since ENTRIES`")
    };
    match read(path)?.parse() {
        Ok(ProofFile::Consistency(request)) => Ok(Ok(request)),
        Ok(_) => Err(wrong("this does not prove that a ledger grew".to_owned())),
        Err(error) => match error.fault() {
            Some(fault) => Ok(Err(fault.into())),
            None => Err(wrong(error.to_string())),
        },
    }
}

/// A path beside the state.
fn beside(state: &Path, ending: &str) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn failed<'a>(doing: &'static str, path: &'a Path) -> impl Fn(io::Error) -> Failure + 'a {
    move |error| Failure::world(format!("cannot {doing} {}: {error}", path.display()))
}

/// Waits until nobody else works with this state; the lock ends with the process.
fn lock(state: &Path) -> Result<File, Failure> {
    let path = beside(state, ".lock");
    let file = File::create(&path).map_err(failed("make", &path))?;
    file.lock().map_err(failed("lock", &path))?;
    Ok(file)
}

/// Keeps the checkpoint before anybody hears of the cosignature: all of it, or the one before.
fn remember(state: &Path, note: &str) -> Result<(), Failure> {
    let new = beside(state, ".new");
    let mut file = File::create(&new).map_err(failed("make", &new))?;
    file.write_all(note.as_bytes()).and_then(|()| file.sync_all()).map_err(failed("write", &new))?;
    fs::rename(&new, state).map_err(failed("replace", state))
}

fn table(answer: &WitnessAnswer) -> String {
    match (&answer.line, answer.fault, &answer.reason) {
        (Some(line), ..) => line.clone(),
        (None, Some(fault), Some(reason)) => format!("NOT COSIGNED: {fault}\n{}", wrap(reason, "  ")),
        _ => "NOT COSIGNED\n".to_owned(),
    }
}
