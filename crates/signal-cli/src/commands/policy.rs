//! `signal policy`: the constants of every formula.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;
use signal_core::policy::Policy;

use crate::context::Context;
use crate::failure::{Exit, Failure};

/// The largest file that is read as a policy; the default one has 3 KiB.
const LIMIT: u64 = 1 << 20;

/// What to do with the policy.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// The constants that hold now, as JSON that `set` reads
    Show,
    /// Put constants in force; what the file does not name gets its default
    Set {
        /// JSON, in the form that `show` prints
        file: PathBuf,
    },
}

/// The policy in force.
#[derive(Debug, Serialize)]
struct Answer {
    number: u32,
    policy: Policy,
}

/// Does it.
pub(crate) async fn run(command: &PolicyCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        PolicyCommand::Show => {
            let (number, policy) = context.open().await?.engine.policy().await?;
            context.output.answer("policy", &Answer { number, policy }, show)?;
        }
        PolicyCommand::Set { file } => {
            let policy = read(file)?;
            let session = context.open_or_create().await?;
            session.operator()?;
            let number = session.engine.set_policy(policy.clone()).await?;
            let say = |answer: &Answer| format!("policy {} is in force\n", answer.number);
            context.output.answer("policy.set", &Answer { number, policy }, say)?;
        }
    }
    Ok(Exit::Done)
}

fn show(answer: &Answer) -> String {
    serde_json::to_string_pretty(&answer.policy).unwrap_or_default() + "\n"
}

fn read(path: &Path) -> Result<Policy, Failure> {
    let unreadable = |error| Failure::world(format!("cannot read {}: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LIMIT {
        return Err(Failure::wrong(format!("{} is no policy: it is longer than 1 MiB", path.display())));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::wrong(format!("{} is no policy: it is not UTF-8 text", path.display())))?;
    let hint = "`signal policy show` prints one that works";
    Policy::from_json(&text)
        .map_err(|error| Failure::wrong(format!("{}: {error}", path.display())).hint(hint))
}
