//! `signal migrate`, `signal backup` and `signal restore`: a whole store goes elsewhere.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use signal_adapters::SystemHost;
use signal_adapters::backup::{self, Backup, BackupError};
use signal_adapters::registry::{file_of, without_secrets};
use signal_core::engine::Engine;
use signal_core::model::Hash;
use signal_core::store::Store;
use signal_core::store::transfer::{Dump, Moved, Table, TransferError, copy};

use super::audit;
use crate::context::{self, Context};
use crate::failure::{Exit, Failure};
use crate::layout::count;
use crate::progress::Progress;

/// The arguments of `signal migrate`.
#[derive(Args)]
pub(crate) struct MigrateArgs {
    /// The store that is there
    #[arg(long, value_name = "STORE")]
    from: String,
    /// The store to move it into: a new one, or one that was interrupted
    #[arg(long, value_name = "STORE")]
    to: String,
}

/// The arguments of `signal backup`.
#[derive(Args)]
pub(crate) struct BackupArgs {
    /// The store
    #[arg(value_name = "STORE")]
    from: String,
    /// The file to make; only you may read it
    file: PathBuf,
}

/// The arguments of `signal restore`.
#[derive(Args)]
pub(crate) struct RestoreArgs {
    /// A file that `signal backup` made
    file: PathBuf,
    /// The store to bring it back into: a new one, or one that was interrupted
    #[arg(value_name = "STORE")]
    to: String,
}

/// A store that arrived, and was compared with what was sent.
#[derive(Debug, Serialize)]
struct MovedAnswer {
    entries: u64,
    root: Hash,
    erased_bodies: u64,
    /// Rows in all, entries among them.
    rows: u64,
    listens: u64,
    /// Whether every stored state and balance follows from the entries.
    replay_equal: bool,
}

/// A backup that was made.
#[derive(Debug, Serialize)]
struct BackupAnswer {
    entries: u64,
    root: Hash,
    rows: u64,
    bytes: u64,
}

/// Moves a store into another one.
pub(crate) async fn migrate(args: &MigrateArgs, context: &Context) -> Result<Exit, Failure> {
    let (from, to) = (open(&args.from).await?, signal_adapters::open(&args.to).await?);
    let done = async { moved(&mut *from.dump().await?, &to, "moving", context).await }.await;
    from.close().await;
    to.close().await;
    done
}

/// Brings a backup back.
pub(crate) async fn restore(args: &RestoreArgs, context: &Context) -> Result<Exit, Failure> {
    let mut backup = Backup::open(&args.file)?;
    let to = signal_adapters::open(&args.to).await?;
    let done = moved(&mut backup, &to, "restoring", context).await;
    to.close().await;
    done
}

/// Writes a backup.
pub(crate) async fn back_up(args: &BackupArgs, context: &Context) -> Result<Exit, Failure> {
    let from = open(&args.from).await?;
    let done = written(&*from, args, context).await;
    from.close().await;
    done
}

async fn written(from: &dyn Store, args: &BackupArgs, context: &Context) -> Result<Exit, Failure> {
    let mut dump = from.dump().await?;
    let bar = Progress::steps("backing up", dump.rows());
    let hand = bar.hand();
    let written = backup::write(&mut *dump, &args.file, &|rows| hand.set_position(rows)).await?;
    drop(bar);
    let (entries, root) = (written.head.size, written.head.root());
    let answer = BackupAnswer { entries, root, rows: written.rows, bytes: written.bytes };
    context.output.answer("backup", &answer, |answer| {
        format!(
            "{} in {} bytes, {} of the ledger\nroot {}\n",
            rows(answer.rows, "row"),
            answer.bytes,
            audit::entries(answer.entries),
            answer.root
        )
    })?;
    Ok(Exit::Done)
}

async fn moved(
    dump: &mut dyn Dump,
    to: &Arc<dyn Store>,
    doing: &'static str,
    context: &Context,
) -> Result<Exit, Failure> {
    // Every row is taken, then compared.
    let bar = Progress::steps(doing, dump.rows().saturating_mul(2));
    let hand = bar.hand();
    let Moved { head, erased_bodies, tally } = copy(dump, &**to, &|rows| hand.set_position(rows)).await?;
    drop(bar);
    let replaying = Progress::counter("replaying");
    let hand = replaying.hand();
    let engine = Engine::new(Arc::clone(to), Arc::new(SystemHost::new()));
    let replay = engine.replay_ledger(&|position| hand.set_position(position)).await?;
    drop(replaying);
    let answer = MovedAnswer {
        entries: head.size,
        root: head.root(),
        erased_bodies,
        rows: tally.total(),
        listens: tally.rows(Table::Listens),
        replay_equal: replay.equal,
    };
    context.output.answer("moved", &answer, table)?;
    Ok(if answer.replay_equal { Exit::Done } else { Exit::No })
}

fn table(answer: &MovedAnswer) -> String {
    let replay = if answer.replay_equal {
        "every balance and state follows from the entries"
    } else {
        "SOME STATES DO NOT FOLLOW FROM THE ENTRIES: `signal audit replay` names them"
    };
    format!(
        "{}, {} of the ledger and {} among them\nboth sides hold the same; {replay}\nroot {}\n",
        rows(answer.rows, "row"),
        audit::entries(answer.entries),
        rows(answer.listens, "listen"),
        answer.root
    )
}

fn rows(number: u64, word: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), word)
}

/// Opens a store that must be there.
async fn open(store: &str) -> Result<Arc<dyn Store>, Failure> {
    if let Some(path) = file_of(store)
        && !context::exists(&path)
    {
        return Err(Failure::world(format!("no store at {}", path.display())));
    }
    Ok(signal_adapters::open(store).await?)
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::Store(error) => error.into(),
            TransferError::NotEmpty { .. } | TransferError::OtherSource { .. } => {
                Self::wrong(error.to_string()).hint("name a store that is not there yet, or is empty")
            }
            TransferError::Unfinished => {
                Self::wrong(error.to_string()).hint("finish that move first, or move from where it came")
            }
            TransferError::Ledger(_) | TransferError::Entry(_) => {
                Self::refuted(error.to_string()).hint("`signal audit verify` looks at the whole ledger")
            }
            TransferError::Differs { .. } => {
                Self::refuted(error.to_string()).hint("stop what writes, and begin again with an empty store")
            }
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Store(error) => error.into(),
            BackupError::File { .. } => Self::world(error.to_string()),
            BackupError::Exists { .. } => Self::wrong(error.to_string()).hint("give the backup another name"),
            BackupError::Foreign { .. } | BackupError::Newer { .. } => Self::wrong(error.to_string()),
            BackupError::Damaged { .. } => {
                Self::refuted(error.to_string()).hint("nothing of it was taken; take another backup")
            }
        }
    }
}

/// URLs may hold passwords.
macro_rules! shown_without_secrets {
    ($($args:ident { $($url:ident),* ; $($file:ident),* })*) => {
        $(impl std::fmt::Debug for $args {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($args))
                    $(.field(stringify!($url), &without_secrets(&self.$url)))*
                    $(.field(stringify!($file), &self.$file))*
                    .finish()
            }
        })*
    };
}
shown_without_secrets! { MigrateArgs { from, to; } BackupArgs { from; file } RestoreArgs { to; file } }
