//! `signal eval trust`: predictions of trust, measured on edges that were held out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use signal_adapters::import::signed_edges;
use signal_core::trust::predict::{Method, MethodScore, Split, evaluate};

use super::apart;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, columns};
use crate::progress::Progress;

/// What to predict.
#[derive(Debug, Args)]
pub(crate) struct TrustArgs {
    /// An edge list: source, target, weight and perhaps time, between commas or tabs
    #[arg(long, value_name = "FILE")]
    edges: PathBuf,
    /// Into how many parts the edges are dealt; each is held out once
    #[arg(long, value_name = "N", default_value_t = 10)]
    folds: usize,
    /// Another seed deals other parts
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Which edges are held out
    #[arg(long, value_enum, default_value_t)]
    split: Which,
}

/// Which edges are held out.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Which {
    /// Each part once, at random
    #[default]
    Random,
    /// The latest fifth
    Time,
}

/// How well one method predicted.
#[derive(Debug, Serialize)]
struct Row {
    method: &'static str,
    /// Whether it was fitted to edges of this very network.
    fitted: bool,
    rmse: f64,
    pcc: f64,
}

impl From<MethodScore> for Row {
    fn from(score: MethodScore) -> Self {
        let MethodScore { method, rmse, pcc } = score;
        Self { method: method.name(), fitted: method.is_fitted(), rmse, pcc }
    }
}

/// Measures all methods.
pub(super) async fn run(args: &TrustArgs, context: &Context) -> Result<Exit, Failure> {
    let split = match args.split {
        Which::Random => Split::Random { folds: args.folds, seed: args.seed },
        Which::Time => Split::Time,
    };
    let path = args.edges.clone();
    let progress = Progress::spinner("predicting held-out trust");
    let scores = apart(move || {
        let network = signed_edges(&path)?;
        evaluate(&network.edges, &network.names, split, &Method::ALL)
            .map_err(|error| Failure::wrong(error.to_string()))
    });
    let rows: Vec<Row> = scores.await??.into_iter().map(Row::from).collect();
    drop(progress);
    context.output.list("eval.trust", &rows, table)?;
    Ok(Exit::Done)
}

fn table(rows: &[Row]) -> String {
    let heading =
        [("method", Align::Left), ("fitted", Align::Left), ("rmse", Align::Right), ("pcc", Align::Right)];
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let fitted = if row.fitted { "yes" } else { "no" };
            vec![
                row.method.to_owned(),
                fitted.to_owned(),
                format!("{:.4}", row.rmse),
                format!("{:.4}", row.pcc),
            ]
        })
        .collect();
    columns(&heading, &rows)
}
