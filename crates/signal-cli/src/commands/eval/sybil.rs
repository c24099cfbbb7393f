//! `signal eval sybil`: a graph, a copy of it in one attacker's hands, and how well the two are told apart.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use signal_adapters::import::link_list;
use signal_core::integrity::sybil::{Labels, suspicions};
use signal_core::simulation::{Attacker, SybilPlan, plant_sybils};

use super::apart;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, columns};
use crate::progress::Progress;

/// Whom to attack, and how.
#[derive(Debug, Args)]
pub(crate) struct SybilArgs {
    /// A graph: two names a row, between spaces, commas or tabs; links have no direction
    #[arg(long, value_name = "FILE")]
    graph: PathBuf,
    /// Links from the attacker's accounts to people
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(0..=100_000_000))]
    attack_edges: u32,
    /// Where those links go
    #[arg(long, value_enum, default_value_t)]
    attacker: Kind,
    /// The size of the attacker's region as a share of the graph; below 1 a connected part is copied
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    region: f64,
    /// How many are known of each kind; they are not scored
    #[arg(long, value_name = "N", default_value_t = 100)]
    labels: usize,
    /// Another seed makes another attack
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Where the attacker's links go.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Kind {
    /// Anywhere
    #[default]
    Random,
    /// To a victim and one to three of the victim's friends
    Triangles,
    /// From an account and its friends to a victim and the victim's friends, all with all
    Bicliques,
    /// Anywhere, and as many inside the region that close no triangle
    Poison,
}

impl From<Kind> for Attacker {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Random => Self::Random,
            Kind::Triangles => Self::Triangles,
            Kind::Bicliques => Self::Bicliques,
            Kind::Poison => Self::Poison,
        }
    }
}

/// How well accounts are told from people.
#[derive(Debug, Serialize)]
struct SybilAnswer {
    people: usize,
    accounts: usize,
    links: usize,
    auc: Areas,
}

/// By what is known.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Areas {
    honest_seeds: f64,
    both_labels: f64,
}

/// Measures both.
pub(super) async fn run(args: &SybilArgs, context: &Context) -> Result<Exit, Failure> {
    let plan = SybilPlan {
        attacker: args.attacker.into(),
        attack_edges: usize::try_from(args.attack_edges).unwrap_or(usize::MAX),
        region: args.region,
        labels: args.labels,
        seed: args.seed,
    };
    let path = args.graph.clone();
    let progress = Progress::spinner("attacking a copy");
    let answer = apart(move || measure(&path, &plan)).await??;
    drop(progress);
    context.output.answer("eval.sybil", &answer, table)?;
    Ok(Exit::Done)
}

fn measure(path: &std::path::Path, plan: &SybilPlan) -> Result<SybilAnswer, Failure> {
    let graph = link_list(path)?;
    let people = u32::try_from(graph.names.len()).unwrap_or(u32::MAX);
    let planted =
        plant_sybils(people, &graph.pairs, plan).map_err(|error| Failure::wrong(error.to_string()))?;
    let judge = |labels: &Labels| {
        let area = planted.auc(&suspicions(&planted.links, labels));
        area.ok_or_else(|| Failure::wrong("there is nobody to judge"))
    };
    let honest = Labels { sybil: Vec::new(), ..planted.labels.clone() };
    Ok(SybilAnswer {
        people: graph.names.len(),
        accounts: planted.is_sybil.len() - graph.names.len(),
        links: planted.links.links() / 2,
        auc: Areas { honest_seeds: judge(&honest)?, both_labels: judge(&planted.labels)? },
    })
}

fn table(answer: &SybilAnswer) -> String {
    let row = |known: &str, auc: f64| vec![known.to_owned(), format!("{auc:.4}")];
    let rows = [row("honest seeds", answer.auc.honest_seeds), row("both labels", answer.auc.both_labels)];
    columns(&[("known", Align::Left), ("auc", Align::Right)], &rows)
}
