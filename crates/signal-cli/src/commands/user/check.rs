//! `signal user check`: a telephone or a payment, checked with the provider for development.

use std::io::{self, BufRead as _, Write as _};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use signal_adapters::verification::LocalVerification;
use signal_core::engine::EngineError;
use signal_core::model::{UserId, Verification};
use signal_core::verification::{Answer, Challenge, Contact, StartedCheck, VerificationError};

use crate::context::Context;
use crate::failure::Failure;
use crate::keys;
use crate::session::Session;

/// What is checked.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// phone or paid
    level: Verification,
    /// A telephone number with its country, such as "+49 30 901820", or who pays
    contact: Contact,
}

/// Who is verified now, and how far.
#[derive(Debug, Serialize)]
struct Checked {
    id: UserId,
    level: Verification,
}

/// Begins a check, and asks for its answer until it is right or the check is over.
pub(super) async fn run(args: &CheckArgs, context: &Context) -> Result<(), Failure> {
    let session = context.open().await?;
    let me = session.actor().await?;
    let provider = LocalVerification::new(Arc::new(session.host), keys::token_key(context)?);
    let check = session.engine.begin_check(&provider, me, args.level, &args.contact).await?;
    ask(&check)?;
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| Failure::world(format!("cannot read the code: {error}")))?;
        match take(&session, &provider, me, &check, &line).await {
            Ok(level) => {
                let say = |checked: &Checked| format!("you are verified: {}\n", checked.level);
                return context.output.answer("user.check", &Checked { id: me, level }, say);
            }
            Err(EngineError::Verification(error @ VerificationError::WrongAnswer { .. })) => {
                writeln!(io::stderr().lock(), "{error}")?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::wrong("no answer came, and nobody was verified").hint("type the code, or pipe it in"))
}

async fn take(
    session: &Session<'_>,
    provider: &LocalVerification,
    me: UserId,
    check: &StartedCheck,
    line: &str,
) -> Result<Verification, EngineError> {
    match line.parse::<Answer>() {
        Ok(answer) => session.engine.complete_check(provider, me, &check.id, &answer).await,
        Err(error) => Err(EngineError::Invalid { what: "the code", reason: error.to_string() }),
    }
}

/// Says what to do, where it does not mix with the answer of the program.
fn ask(check: &StartedCheck) -> Result<(), Failure> {
    let mut err = io::stderr().lock();
    match &check.challenge {
        Challenge::Sent => writeln!(err, "a code was sent; type it before {}", check.expires_at)?,
        Challenge::Visit { url } => {
            writeln!(err, "visit {url}, and type what it says before {}", check.expires_at)?;
        }
        Challenge::Shown(code) => writeln!(
            err,
            "nothing is sent: this is for development. The code is {}; type it before {}",
            code.reveal(),
            check.expires_at
        )?,
    }
    Ok(())
}
