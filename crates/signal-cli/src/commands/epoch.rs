//! `signal epoch`: the nightly closing.

use signal_core::engine::EpochAnswer;

use super::guard;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{bold, count, wrap};
use crate::progress::Progress;

/// Closes an epoch. Findings are a no, as for `signal guard scan`.
pub(crate) async fn run(context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    session.operator()?;
    let closing = Progress::spinner("closing the epoch");
    let answer = session.engine.close_epoch().await?;
    drop(closing);
    context.output.answer("epoch", &answer, table)?;
    Ok(guard::exit(&answer.findings))
}

fn table(answer: &EpochAnswer) -> String {
    let people = if answer.people == 1 { "1 person".to_owned() } else { format!("{} people", answer.people) };
    let mut out = bold(&format!("epoch {}", answer.number)) + &format!("  standings of {people}\n");
    out += &wrap(&format!("restart set: {}", answer.restart), "  ");
    if !answer.findings.is_empty() {
        out.push('\n');
    }
    out.extend(answer.findings.iter().map(guard::summary));
    out + &format!("{}\n", count(answer.findings.len(), "finding"))
}
