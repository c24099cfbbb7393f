//! `signal audit key`, `checkpoint` and `prove`: what the operator hands out.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use signal_adapters::SystemHost;
use signal_adapters::keyfile;
use signal_core::host::random;
use signal_core::ledger::{KeyKind, ProofFile, PublicKey, SignedCheckpoint, SigningKey};

use super::check::read_checkpoint;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Which key to make.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Its name: of a ledger, where it can be found, such as example.com/signal
    name: String,
    /// Where to keep it; the file must not be there
    file: PathBuf,
    /// A key for a witness of other people's ledgers
    #[arg(long)]
    witness: bool,
}

/// Whose signature.
#[derive(Debug, Args)]
pub(crate) struct LedgerKey {
    /// The ledger's private key, in a file of mode 600; or its text in `SIGNAL_LEDGER_KEY`
    #[arg(long, value_name = "FILE", env = "SIGNAL_LEDGER_KEY_FILE", hide_env_values = true)]
    key_file: Option<PathBuf>,
}

/// What to sign with.
#[derive(Debug, Args)]
pub(crate) struct CheckpointArgs {
    #[command(flatten)]
    key: LedgerKey,
}

/// What to prove.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["position", "since"])))]
pub(crate) struct ProveArgs {
    /// That this entry is in the ledger
    #[arg(value_name = "ENTRY")]
    position: Option<u64>,
    /// That the first so many entries are as they were
    #[arg(long, value_name = "ENTRIES")]
    since: Option<u64>,
    /// For a checkpoint that was signed before, with its cosignatures [default: a new one]
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    #[command(flatten)]
    key: LedgerKey,
}

/// A new key's public half.
#[derive(Debug, Serialize)]
struct KeyAnswer {
    name: String,
    key: String,
}

/// A checkpoint, and the note that says so.
#[derive(Debug, Serialize)]
struct CheckpointAnswer {
    origin: String,
    entries: u64,
    root: signal_core::model::Hash,
    key: String,
    note: String,
}

/// A proof, as its file.
#[derive(Debug, Serialize)]
struct ProofAnswer {
    proves: &'static str,
    origin: String,
    entries: u64,
    file: String,
}

/// What a key file says no with.
pub(super) fn of_key(error: &keyfile::KeyFileError) -> Failure {
    let failure = if error.is_world() { Failure::world } else { Failure::wrong };
    let failure: Failure = failure(error.to_string());
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// A private key of this kind, from a file or from a variable of the environment.
pub(super) fn signing_key(
    file: Option<&PathBuf>,
    variable: &str,
    kind: KeyKind,
) -> Result<SigningKey, Failure> {
    let key = match (file, std::env::var(variable)) {
        (Some(path), _) => keyfile::read(path).map_err(|error| of_key(&error))?,
        (None, Ok(text)) if !text.is_empty() => {
            text.parse().map_err(|error| Failure::wrong(format!("{variable}: {error}")))?
        }
        _ => {
            return Err(Failure::wrong("there is no key to sign with").hint(format!(
                "name its file with `--key-file FILE`, or set {variable}; `signal audit key` makes one"
            )));
        }
    };
    if key.public().kind() == kind {
        return Ok(key);
    }
    let (is, hint) = match kind {
        KeyKind::Log => ("a witness's, and signs no checkpoints of a ledger", "leave out `--witness`"),
        KeyKind::Witness => {
            ("a ledger's, and cosigns nothing", "`signal audit key NAME FILE --witness` makes one")
        }
    };
    Err(Failure::wrong(format!("the key of {} is {is}", key.public().name())).hint(hint))
}

impl LedgerKey {
    fn read(&self) -> Result<SigningKey, Failure> {
        signing_key(self.key_file.as_ref(), "SIGNAL_LEDGER_KEY", KeyKind::Log)
    }
}

/// Makes a key and keeps it.
pub(super) fn key(args: &KeyArgs, context: &Context) -> Result<Exit, Failure> {
    let kind = if args.witness { KeyKind::Witness } else { KeyKind::Log };
    let seed = random::<32>(&SystemHost::new());
    let key =
        SigningKey::from_seed(&args.name, kind, &seed).map_err(|error| Failure::wrong(error.to_string()))?;
    keyfile::create(&args.file, &key).map_err(|error| of_key(&error))?;
    let answer = KeyAnswer { name: args.name.clone(), key: key.public().to_string() };
    context.output.answer("audit.key", &answer, |answer| format!("{}\n", answer.key))?;
    Ok(Exit::Done)
}

/// Signs the newest state.
pub(super) async fn checkpoint(
    args: &CheckpointArgs,
    session: &Session<'_>,
    context: &Context,
) -> Result<Exit, Failure> {
    session.operator()?;
    let key = args.key.read()?;
    let checkpoint = session.engine.sign_checkpoint(&key).await?;
    let answer = CheckpointAnswer {
        origin: checkpoint.origin().to_owned(),
        entries: checkpoint.size(),
        root: checkpoint.root(),
        key: key.public().to_string(),
        note: checkpoint.to_string(),
    };
    context.output.answer("audit.checkpoint", &answer, |answer| answer.note.clone())?;
    Ok(Exit::Done)
}

/// Proves it.
pub(super) async fn prove(
    args: &ProveArgs,
    session: &Session<'_>,
    context: &Context,
) -> Result<Exit, Failure> {
    session.operator()?;
    let key = args.key.read()?;
    let engine = &session.engine;
    let checkpoint = match &args.checkpoint {
        Some(path) => read_checkpoint(path)?,
        None => engine.sign_checkpoint(&key).await?,
    };
    let (proves, file) = prove_with(args, session, checkpoint, key.public()).await?;
    let answer = ProofAnswer {
        proves,
        origin: file.checkpoint().origin().to_owned(),
        entries: file.checkpoint().size(),
        file: file.to_string(),
    };
    context.output.answer("audit.prove", &answer, |answer| answer.file.clone())?;
    Ok(Exit::Done)
}

async fn prove_with(
    args: &ProveArgs,
    session: &Session<'_>,
    checkpoint: SignedCheckpoint,
    key: &PublicKey,
) -> Result<(&'static str, ProofFile), Failure> {
    let engine = &session.engine;
    if let Some(position) = args.position {
        let proof = engine.prove_inclusion(position, checkpoint, key).await?;
        return Ok(("inclusion", ProofFile::Inclusion(proof)));
    }
    let proof = engine.prove_consistency(args.since.unwrap_or(0), checkpoint, key).await?;
    Ok(("consistency", ProofFile::Consistency(proof)))
}
