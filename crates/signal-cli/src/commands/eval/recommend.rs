//! `signal eval recommend`: recommendations, measured on plays that were held out.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use serde::Serialize;
use signal_adapters::import::listening;
use signal_core::taste::factors::Interactions;
use signal_core::taste::recommend::{Case, Exam, Method, Protocol, Quality, Recommender, exams};

use super::apart;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, columns};
use crate::progress::Progress;

/// What to recommend from.
#[derive(Debug, Args)]
pub(crate) struct RecommendArgs {
    /// Who plays whom: user, artist and perhaps weight, between commas or tabs
    #[arg(long, value_name = "FILE")]
    plays: PathBuf,
    /// Who trusts whom: from, to and perhaps weight, between commas or tabs
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// How long a list is
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    k: u32,
    /// Another seed holds other plays out
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// What is held out
    #[arg(long, value_enum, default_value_t)]
    protocol: Which,
}

/// What is held out.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Which {
    /// A tenth of each person's artists
    #[default]
    Split,
    /// People, of whose artists four fifths are told
    FoldIn,
    /// People, of whom only their trust is told
    Cold,
}

impl From<Which> for Protocol {
    fn from(which: Which) -> Self {
        match which {
            Which::Split => Self::Split,
            Which::FoldIn => Self::FoldIn,
            Which::Cold => Self::Cold,
        }
    }
}

/// How well one method recommended.
#[derive(Debug, Serialize)]
struct Row {
    method: &'static str,
    #[serde(flatten)]
    mean: Figures,
    /// Standard deviations over the people.
    sd: Figures,
    /// People asked about.
    people: usize,
    /// The NDCG on the plays held out for validation, where there are any.
    validation_ndcg: Option<f64>,
    /// Seconds a fit takes.
    fit_s: f64,
    /// Microseconds one person's list takes on one thread, fold-in and ranking included.
    per_user_us: f64,
    /// Microseconds of them in which the person's factors are found; absent where there are none.
    fold_in_us: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Figures {
    recall: f64,
    mrr: f64,
    ndcg: f64,
    hit: f64,
    precision: f64,
}

impl From<Quality> for Figures {
    fn from(quality: Quality) -> Self {
        let Quality { recall, mrr, ndcg, hit, precision } = quality;
        Self { recall, mrr, ndcg, hit, precision }
    }
}

/// Measures all methods.
pub(super) async fn run(args: &RecommendArgs, context: &Context) -> Result<Exit, Failure> {
    let (plays, trust) = (args.plays.clone(), args.trust.clone());
    let (protocol, seed, k) = (args.protocol.into(), args.seed, usize::try_from(args.k).unwrap_or(10));
    let progress = Progress::spinner("recommending held-out artists");
    let rows = apart(move || {
        let listening = listening(&plays, trust.as_deref())?;
        let exams = exams(&listening, protocol, seed).map_err(|error| Failure::wrong(error.to_string()))?;
        Method::ALL.iter().map(|method| measure(*method, &exams, k)).collect::<Result<Vec<_>, _>>()
    });
    let rows = rows.await??;
    drop(progress);
    context.output.list("eval.recommend", &rows, table)?;
    Ok(Exit::Done)
}

/// Fits one method to each exam and asks it everything.
fn measure(method: Method, exams: &[Exam], k: usize) -> Result<Row, Failure> {
    let (mut found, mut checked) = (Vec::new(), Vec::new());
    let (mut fit_s, mut asked_s, mut fold_s) = (0.0, 0.0, 0.0);
    let mut folds = false;
    for exam in exams {
        let start = Instant::now();
        let fitted =
            Recommender::fit(method, &exam.plays).map_err(|error| Failure::wrong(error.to_string()))?;
        fit_s += start.elapsed().as_secs_f64();
        let start = Instant::now();
        found.extend(exam.cases.iter().map(|case| ask(&fitted, case, k)));
        asked_s += start.elapsed().as_secs_f64();
        checked.extend(exam.validation.iter().map(|case| ask(&fitted, case, k).ndcg));
        folds |= fitted.has_factors();
        let start = Instant::now();
        for case in &exam.cases {
            std::hint::black_box(fitted.fold_in(case.listener().history));
        }
        fold_s += start.elapsed().as_secs_f64();
    }
    let (mean, sd) = Quality::summary(&found);
    let a_person = 1e6 / (found.len() as f64).max(1.0);
    Ok(Row {
        method: method.name(),
        mean: mean.into(),
        sd: sd.into(),
        people: found.len(),
        validation_ndcg: (!checked.is_empty()).then(|| checked.iter().sum::<f64>() / checked.len() as f64),
        fit_s: fit_s / (exams.len() as f64).max(1.0),
        per_user_us: asked_s * a_person,
        fold_in_us: folds.then_some(fold_s * a_person),
    })
}

fn ask(fitted: &Recommender<&Interactions>, case: &Case, k: usize) -> Quality {
    Quality::of(&fitted.recommend(case.listener(), &case.masked, k), &case.targets, k)
}

fn table(rows: &[Row]) -> String {
    let right = |name| (name, Align::Right);
    let heading = [
        ("method", Align::Left),
        right("recall"),
        right("mrr"),
        right("ndcg"),
        right("± sd"),
        right("hit"),
        right("precision"),
        right("fit s"),
        right("a person µs"),
    ];
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let Figures { recall, mrr, ndcg, hit, precision } = &row.mean;
            let mut cells = vec![row.method.to_owned()];
            cells.extend(
                [*recall, *mrr, *ndcg, row.sd.ndcg, *hit, *precision].map(|figure| format!("{figure:.4}")),
            );
            cells.extend([format!("{:.2}", row.fit_s), format!("{:.0}", row.per_user_us)]);
            cells
        })
        .collect();
    columns(&heading, &rows)
}
