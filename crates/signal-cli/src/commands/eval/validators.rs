//! `signal eval validators`: does what somebody rated tell whether to listen to them?

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use signal_adapters::import::{signed_edges, trust_labels};
use signal_core::integrity::validators::{Counted, rater_scores};
use signal_core::integrity::{auc, average_precision};

use super::apart;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, columns};
use crate::progress::Progress;

/// Whom to judge, by what.
#[derive(Debug, Args)]
pub(crate) struct ValidatorsArgs {
    /// Ratings: rater, rated, rating and perhaps time, between commas or tabs
    #[arg(long, value_name = "FILE")]
    ratings: PathBuf,
    /// Who is trustworthy: USER,+1 or USER,-1 a row; they are compared with scores, and change none
    #[arg(long, value_name = "FILE")]
    labels: PathBuf,
}

/// How well scores rank the trustworthy above the fraudulent.
#[derive(Debug, Serialize)]
struct ValidatorsAnswer {
    /// Labelled users who rated anybody.
    users: usize,
    trustworthy: usize,
    #[serde(flatten)]
    all: Measures,
    /// Only ratings given while fewer than three others had rated; nothing where ratings have no time.
    first_three: Option<Measures>,
    /// Only ratings of people who did not rate back.
    unreciprocated: Measures,
}

/// Of the trustworthy against the fraudulent.
#[derive(Debug, Serialize)]
struct Measures {
    auc: f64,
    average_precision: f64,
}

/// Measures them.
pub(super) async fn run(args: &ValidatorsArgs, context: &Context) -> Result<Exit, Failure> {
    let (ratings, labels) = (args.ratings.clone(), args.labels.clone());
    let progress = Progress::spinner("judging raters");
    let answer = apart(move || measure(&ratings, &labels)).await??;
    drop(progress);
    context.output.answer("eval.validators", &answer, table)?;
    Ok(Exit::Done)
}

fn measure(ratings: &std::path::Path, labels: &std::path::Path) -> Result<ValidatorsAnswer, Failure> {
    let network = signed_edges(ratings)?;
    let labels = trust_labels(labels)?;
    let mut rates = vec![false; network.names.len()];
    for edge in network.edges.iter().filter(|edge| edge.from != edge.to) {
        if let Some(rates) = rates.get_mut(edge.from as usize) {
            *rates = true;
        }
    }
    let judged: Vec<(usize, bool)> = network
        .names
        .iter()
        .zip(rates)
        .enumerate()
        .filter_map(|(number, (name, rates))| Some((number, *labels.get(name).filter(|_| rates)?)))
        .collect();
    let of = |counted| -> Result<Measures, Failure> {
        let scores = rater_scores(&network.edges, counted);
        let score = |number: usize| scores.get(number).copied().unwrap_or_default();
        let pairs: Vec<(f64, bool)> = judged.iter().map(|(number, label)| (score(*number), *label)).collect();
        auc(&pairs)
            .zip(average_precision(&pairs))
            .map(|(auc, average_precision)| Measures { auc, average_precision })
            .ok_or_else(|| {
                Failure::wrong("the labels name no rater of both kinds")
                    .hint("labels are USER,+1 and USER,-1 with the names of the ratings")
            })
    };
    let timed = network.edges.iter().all(|edge| edge.time.is_some());
    Ok(ValidatorsAnswer {
        users: judged.len(),
        trustworthy: judged.iter().filter(|one| one.1).count(),
        all: of(Counted::All)?,
        first_three: timed.then(|| of(Counted::FirstThree)).transpose()?,
        unreciprocated: of(Counted::Unreciprocated)?,
    })
}

fn table(answer: &ValidatorsAnswer) -> String {
    let row = |counted: &str, measures: &Measures| {
        vec![counted.to_owned(), format!("{:.4}", measures.auc), format!("{:.4}", measures.average_precision)]
    };
    let mut rows = vec![row("all", &answer.all)];
    rows.extend(answer.first_three.as_ref().map(|measures| row("first three", measures)));
    rows.push(row("unreciprocated", &answer.unreciprocated));
    let heading = [("ratings", Align::Left), ("auc", Align::Right), ("average precision", Align::Right)];
    columns(&heading, &rows)
}
