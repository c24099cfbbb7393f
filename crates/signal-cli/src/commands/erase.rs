//! `signal erase`: a person leaves for good.

use std::io::{IsTerminal, Write};

use clap::Args;
use serde::Serialize;
use signal_core::model::UserId;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::{keys, recall};

/// The arguments of `signal erase`.
#[derive(Debug, Args)]
pub(crate) struct EraseArgs {
    /// Who leaves
    user: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Keep the words of their drops, without the person
    #[arg(long)]
    keep_drops: bool,
}

/// Who left.
#[derive(Debug, Serialize)]
struct Answer {
    user: UserId,
    kept_drops: bool,
}

/// Erases a person, who must be oneself unless the operator does it.
pub(crate) async fn run(args: &EraseArgs, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let user = session.user(&args.user).await?;
    if session.me().await?.is_some_and(|me| me != user) {
        return Err(
            Failure::wrong("only the person or the operator can erase an account").hint("leave out `--as`")
        );
    }
    if !args.yes {
        ask(&session.engine.user(session.viewer().await?, user).await?.user.name)?;
    }
    if args.keep_drops {
        session.engine.anonymise(user).await?;
    } else {
        session.engine.erase(user).await?;
    }
    recall::forget(&session, user).await?;
    keys::forget(context, user)?;
    session.engine.store().compact().await.map_err(|error| {
        Failure::world(format!("the person is erased, but old bytes may be left in the file: {error}"))
            .hint("close other programs that use the file; their next write clears the rest")
    })?;
    let answer = Answer { user, kept_drops: args.keep_drops };
    context.output.answer("erase", &answer, |_| "erased; the ledger still verifies\n".to_owned())?;
    Ok(Exit::Done)
}

fn ask(name: &str) -> Result<(), Failure> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Err(Failure::wrong("erasing cannot be undone, and nobody is here to ask").hint("add `--yes`"));
    }
    let mut screen = std::io::stderr().lock();
    let mut typed = String::new();
    write!(screen, "This cannot be undone. Type {name} to erase: ")
        .and_then(|()| screen.flush())
        .and_then(|()| input.read_line(&mut typed))
        .map_err(|error| Failure::world(format!("cannot ask: {error}")))?;
    if typed.trim() == name {
        Ok(())
    } else {
        Err(Failure::wrong("the name does not match; nothing was erased"))
    }
}
