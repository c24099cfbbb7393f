//! `signal export`: everything Signal holds about a person.

use clap::Args;
use signal_core::engine::ExportAnswer;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};

/// The arguments of `signal export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Whose [default: yours]
    user: Option<String>,
}

/// Writes it, as JSON whatever the format: it is made to be kept.
pub(crate) async fn run(args: &ExportArgs, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let user = session.user_or_me(args.user.as_deref()).await?;
    let answer = session.engine.export(session.viewer().await?, user).await?;
    Output::new(Format::Json).answer("export", &answer, |_: &ExportAnswer| String::new())?;
    Ok(Exit::Done)
}
