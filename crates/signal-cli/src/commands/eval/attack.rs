//! `signal eval attack`: communities under attack, each beside its honest twin; or a labelled stream of events.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde::Serialize;
use signal_core::engine::EngineError;
use signal_core::simulation::{
    AttackKind, AttackRow, AttackTrial, TraceAnswer, TraceEvent, judge_trace, try_attack,
};

use super::apart;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, columns};
use crate::progress::Progress;

/// What to try.
#[derive(Debug, Args)]
pub(crate) struct AttackArgs {
    /// One attack alone
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(AttackKind::ALL.map(AttackKind::name)))]
    kind: Option<String>,
    /// How many people there are; 5 of 100 attack
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u32).range(100..=20_000))]
    size: u32,
    /// How many days they live
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(20..=400))]
    days: u32,
    /// Another seed makes another community
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// So many seeds from that one on; rows tell means
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    seeds: u32,
    /// Judge this stream instead: JSON lines of at, kind, actor, to, weight, drop, stars, label
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "size", "days", "seed", "seeds"])]
    trace: Option<PathBuf>,
}

/// What came of each attack.
#[derive(Debug, Serialize)]
struct AttackAnswer {
    people: u32,
    seeds: u32,
    attacks: Vec<AttackRow>,
}

/// Lives attacks, or a stream.
pub(super) async fn run(args: &AttackArgs, context: &Context) -> Result<Exit, Failure> {
    let progress = Progress::spinner("attacking");
    if let Some(path) = args.trace.clone() {
        let events = read(&path)?;
        let answer = judge_trace(events).await?;
        drop(progress);
        context.output.answer("eval.attack.trace", &answer, trace_table)?;
        return Ok(Exit::Done);
    }
    let kinds: Vec<AttackKind> = AttackKind::ALL
        .into_iter()
        .filter(|kind| args.kind.as_deref().is_none_or(|wanted| wanted == kind.name()))
        .collect();
    let mut attacks: Vec<Vec<AttackRow>> = vec![Vec::new(); kinds.len()];
    for seed in (0..args.seeds).map(|step| args.seed.wrapping_add(u64::from(step))) {
        let trial = AttackTrial { size: args.size as usize, percent: 5, days: args.days, seed };
        let kinds = kinds.clone();
        let handle = tokio::runtime::Handle::current();
        let rows = apart(move || {
            handle.block_on(async {
                let twin = trial.twin().await?;
                let mut rows = Vec::new();
                for kind in kinds {
                    rows.push(try_attack(&trial, kind, &twin).await?);
                }
                Ok::<_, EngineError>(rows)
            })
        });
        for (all, row) in attacks.iter_mut().zip(rows.await??) {
            all.push(row);
        }
    }
    drop(progress);
    let attacks = attacks.iter().filter_map(|rows| AttackRow::mean(rows)).collect();
    context.output.answer(
        "eval.attack",
        &AttackAnswer { people: args.size, seeds: args.seeds, attacks },
        table,
    )?;
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<Vec<TraceEvent>, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::world(format!("cannot read {}: {error}", path.display())))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let event = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| Failure::wrong(format!("line {}: {error}", number + 1)))
    };
    lines.map(event).collect()
}

fn table(answer: &AttackAnswer) -> String {
    let row = |row: &AttackRow| {
        vec![
            row.kind.to_owned(),
            row.detected_precision.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}")),
            format!("{:.3}", row.detected_recall),
            format!("{:+.2}", row.attacker_gain_points),
            format!("{:+.2}", row.honest_loss_points),
            format!("{:.2} %", row.honest_flagged * 100.0),
        ]
    };
    let heading = [
        ("attack", Align::Left),
        ("precision", Align::Right),
        ("recall", Align::Right),
        ("gain", Align::Right),
        ("loss", Align::Right),
        ("flagged", Align::Right),
    ];
    columns(&heading, &answer.attacks.iter().map(row).collect::<Vec<_>>())
}

fn trace_table(answer: &TraceAnswer) -> String {
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"));
    let rows = [
        vec!["events".to_owned(), answer.events.to_string()],
        vec!["refused".to_owned(), answer.refused.to_string()],
        vec!["people".to_owned(), answer.people.to_string()],
        vec!["attackers".to_owned(), answer.attackers.to_string()],
        vec!["precision".to_owned(), share(answer.detected_precision)],
        vec!["recall".to_owned(), share(answer.detected_recall)],
        vec!["honest flagged".to_owned(), share(answer.honest_flagged)],
        vec!["gain".to_owned(), share(answer.attacker_gain_points)],
    ];
    columns(&[("trace", Align::Left), ("", Align::Right)], &rows)
}
