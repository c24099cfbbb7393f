//! `signal settle`: a sweep over the drops that are due.

use signal_core::engine::SettleAnswer;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::count;
use crate::progress::Progress;

/// Settles them.
pub(crate) async fn run(context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let settling = Progress::spinner("settling");
    let answer = session.engine.settle_due().await?;
    drop(settling);
    context.output.answer("settle", &answer, table)?;
    Ok(Exit::Done)
}

fn table(answer: &SettleAnswer) -> String {
    let ended: String = answer.settled.iter().map(|drop| format!("{}\n", drop.short())).collect();
    ended + &format!("{} settled, {} open\n", count(answer.settled.len(), "drop"), answer.open)
}
