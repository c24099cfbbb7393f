//! `signal doctor`: whether everything is in order.

use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{bold, wrap};

/// How far a clock may be behind the newest entry.
const TOLERANCE_SECONDS: i64 = 600;

/// What was looked at. What could not be seen is `None`.
#[derive(Debug, Default, Serialize)]
struct Answer {
    healthy: bool,
    version: &'static str,
    store: String,
    capabilities: Vec<&'static str>,
    entries: Option<u64>,
    root: Option<String>,
    last_entry_at: Option<String>,
    clock: Option<String>,
    policy: Option<u32>,
    problems: Vec<String>,
}

/// Looks at everything it can.
pub(crate) async fn run(context: &Context) -> Result<Exit, Failure> {
    let mut answer = Answer { version: env!("CARGO_PKG_VERSION"), ..Answer::default() };
    if let Err(failure) = look(context, &mut answer).await {
        answer.problems.push(failure.message().to_owned());
    }
    answer.healthy = answer.problems.is_empty();
    context.output.answer("doctor", &answer, table)?;
    Ok(if answer.healthy { Exit::Done } else { Exit::World })
}

async fn look(context: &Context, answer: &mut Answer) -> Result<(), Failure> {
    answer.store = context.store()?;
    let session = context.open().await?;
    let can = session.engine.store().capabilities();
    let named = [
        ("full-text search", can.full_text_search),
        ("vector search", can.vector_search),
        ("graph reach", can.graph_reach),
        ("notifications", can.notifications),
        ("several processes", can.several_processes),
        ("durable", can.durable),
    ];
    answer.capabilities = named.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect();
    let newest = session.engine.checkpoint().await?;
    let now = session.engine.now();
    (answer.entries, answer.root) = (Some(newest.entries), Some(newest.root.to_string()));
    (answer.last_entry_at, answer.clock) = (newest.at.map(|at| at.to_string()), Some(now.to_string()));
    if let Some(last) = newest.at.filter(|last| now.plus_seconds(TOLERANCE_SECONDS) < *last) {
        answer
            .problems
            .push(format!("the clock says {now}, more than 10 minutes before the newest entry ({last})"));
    }
    answer.policy = Some(session.engine.policy().await?.0);
    Ok(())
}

fn table(answer: &Answer) -> String {
    let instant = |at: &Option<String>| at.clone().unwrap_or_else(|| "unknown".to_owned());
    let number =
        |number: Option<u64>| number.map_or_else(|| "unknown".to_owned(), |number| number.to_string());
    let rows = [
        ("version", answer.version.to_owned()),
        ("store", answer.store.clone()),
        ("can do", answer.capabilities.join(", ")),
        ("entries", number(answer.entries)),
        ("newest at", instant(&answer.last_entry_at)),
        ("clock", instant(&answer.clock)),
        ("policy", number(answer.policy.map(u64::from))),
    ];
    let lines: String = rows.iter().map(|(name, value)| format!("  {name:<10} {value}\n")).collect();
    let problems: String = answer.problems.iter().map(|problem| wrap(problem, "  ! ")).collect();
    let verdict = if answer.healthy { "in order" } else { "something is wrong" };
    format!("{}\n{lines}{problems}", bold(verdict))
}
