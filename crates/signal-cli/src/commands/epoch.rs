//! `signal epoch`: the nightly closing.

use signal_core::engine::EpochAnswer;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{bold, count, wrap};
use crate::progress::Progress;

/// Closes an epoch. Findings are a no: somebody should look.
pub(crate) async fn run(context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let closing = Progress::spinner("closing the epoch");
    let answer = session.engine.close_epoch().await?;
    drop(closing);
    context.output.answer("epoch", &answer, table)?;
    Ok(if answer.findings.is_empty() { Exit::Done } else { Exit::No })
}

fn table(answer: &EpochAnswer) -> String {
    let people = if answer.people == 1 { "1 person".to_owned() } else { format!("{} people", answer.people) };
    let mut out = bold(&format!("epoch {}", answer.number)) + &format!("  standings of {people}\n");
    out += &wrap(&format!("restart set: {}", answer.restart), "  ");
    for finding in &answer.findings {
        let names: Vec<&str> = finding.members.iter().map(|member| member.name.as_str()).collect();
        out += &format!("\n{}  probability {:.2}\n", bold(&finding.kind), finding.probability);
        out += &wrap(&names.join(", "), "  ");
        out += &wrap(&finding.evidence, "  ");
    }
    out + &format!("{}\n", count(answer.findings.len(), "finding"))
}
