//! `signal eval neighbours`: how fast the nearest of random tastes are found, and how many of them.

use std::hint::black_box;
use std::time::Instant;

use clap::{Args, ValueEnum};
use serde::Serialize;
use signal_core::model::{ModelId, UserId};
use signal_core::policy::NeighbourPolicy;
use signal_core::simulation::{RandomTastes, TasteShape, random_person};
use signal_core::taste::neighbours::{ExactScan, Hnsw, NeighbourError, Neighbours, TasteVector, Vectors};

use super::apart;
use super::scale::peak_memory;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::progress::Progress;

/// Neighbours of a question.
const NEAREST: usize = 20;
/// Questions that are timed.
const QUESTIONS: usize = 1_000;
/// Questions of which the truth is worked out, number by number.
const CHECKED: usize = 200;
/// Vectors that are drawn and kept at once.
const PORTION: usize = 8_192;
/// Where the numbers of the vectors of questions begin: none of them is among those kept.
const FIRST_QUESTION: u64 = 1 << 40;

/// How many vectors, and of what kind.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct NeighboursArgs {
    /// People with a vector
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=16_777_216))]
    vectors: u32,
    /// Numbers in a vector
    #[arg(long, value_name = "D", default_value_t = 384, value_parser = clap::value_parser!(u16).range(1..=4_096))]
    dim: u16,
    /// Another seed draws other vectors
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How the vectors lie
    #[arg(long, value_enum, default_value_t)]
    data: Data,
}

/// How the vectors lie.
#[derive(Debug, Clone, Copy, Default, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
enum Data {
    /// In 256 overlapping clusters
    #[default]
    Clustered,
    /// In every direction alike
    Uniform,
}

/// Half of all took no longer than `p50` microseconds, all but one in a hundred no longer than `p99`.
#[derive(Debug, Serialize)]
struct Times {
    p50: f64,
    p99: f64,
}

/// How one kind of index did.
#[derive(Debug, Serialize)]
struct IndexAnswer {
    build_s: f64,
    /// Share of the true nearest that were found.
    recall_at_20: f64,
    query_us: Times,
    bytes: usize,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct NeighboursAnswer {
    vectors: u32,
    dim: u16,
    data: Data,
    threads: usize,
    exact: IndexAnswer,
    index: IndexAnswer,
    /// The most memory this process had at once.
    rss_bytes: u64,
}

/// Measures it.
pub(super) async fn run(args: NeighboursArgs, context: &Context) -> Result<Exit, Failure> {
    let progress = Progress::spinner("keeping and asking random tastes");
    let answer = apart(move || Bench::new(args).measure()).await?;
    drop(progress);
    let answer = answer.map_err(|error| Failure::wrong(error.to_string()))?;
    context.output.answer("eval.neighbours", &answer, table)?;
    Ok(Exit::Done)
}

/// The vectors of one measurement, drawn when they are needed.
struct Bench {
    args: NeighboursArgs,
    dim: usize,
    model: ModelId,
    tastes: RandomTastes,
    questions: Vec<f32>,
}

impl Bench {
    fn new(args: NeighboursArgs) -> Self {
        let dim = usize::from(args.dim);
        let shape = match args.data {
            Data::Clustered => TasteShape::Clustered,
            Data::Uniform => TasteShape::Uniform,
        };
        let tastes = RandomTastes::new(shape, dim, args.seed);
        let mut questions = vec![0.0; dim * QUESTIONS];
        tastes.fill(FIRST_QUESTION, &mut questions);
        Self { args, dim, model: ModelId::new("random-1"), tastes, questions }
    }

    fn measure(&self) -> Result<NeighboursAnswer, NeighbourError> {
        let truth = self.truth();
        let mut exact = ExactScan::new(Vectors::new(self.model.clone(), self.dim));
        let build_s = self.keep_all(&mut exact)?;
        let exact_answer = self.ask(&exact, build_s, &truth)?;
        let vectors = exact.into_vectors();
        let (link_s, index) = timed(|| Hnsw::new(vectors, &NeighbourPolicy::default()));
        Ok(NeighboursAnswer {
            vectors: self.args.vectors,
            dim: self.args.dim,
            data: self.args.data,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            index: self.ask(&index, build_s + link_s, &truth)?,
            exact: exact_answer,
            rss_bytes: peak_memory(),
        })
    }

    /// The vectors, a portion at a time, and whose they are.
    fn portions(&self, mut each: impl FnMut(&[UserId], &[f32])) {
        let mut numbers = vec![0.0; self.dim * PORTION];
        let people: Vec<u32> = (0..self.args.vectors).collect();
        for portion in people.chunks(PORTION) {
            numbers.truncate(portion.len() * self.dim);
            self.tastes.fill(u64::from(portion[0]), &mut numbers);
            let people: Vec<UserId> = portion.iter().copied().map(random_person).collect();
            each(&people, &numbers);
        }
    }

    /// Keeps all vectors; in how many seconds, not counting those that drawing them takes.
    fn keep_all(&self, index: &mut dyn Neighbours) -> Result<f64, NeighbourError> {
        let mut outcome = Ok(());
        let mut seconds = 0.0;
        self.portions(|people, numbers| {
            let vectors = people.iter().copied().zip(self.vectors(numbers)).collect::<Vec<_>>();
            let (took, kept) = timed(|| index.insert_many(&vectors));
            seconds += took;
            if kept.is_err() {
                outcome = kept;
            }
        });
        outcome.map(|()| seconds)
    }

    fn vectors<'a>(&'a self, numbers: &'a [f32]) -> impl Iterator<Item = TasteVector<'a>> {
        numbers.chunks_exact(self.dim).map(|numbers| TasteVector { model: &self.model, numbers })
    }

    /// The nearest of the checked questions among the vectors as they were drawn.
    fn truth(&self) -> Vec<Vec<UserId>> {
        let mut nearest: Vec<Vec<(f32, UserId)>> = vec![Vec::new(); CHECKED];
        self.portions(|people, numbers| {
            for (question, nearest) in self.questions.chunks_exact(self.dim).zip(&mut nearest) {
                let least = if nearest.len() < NEAREST { f32::MIN } else { nearest[NEAREST - 1].0 };
                let cosines = numbers.chunks_exact(self.dim).map(|vector| product(question, vector));
                nearest.extend(cosines.zip(people.iter().copied()).filter(|(cosine, _)| *cosine > least));
                nearest.sort_by(|a, b| b.0.total_cmp(&a.0));
                nearest.truncate(NEAREST);
            }
        });
        nearest.into_iter().map(|nearest| nearest.into_iter().map(|(_, user)| user).collect()).collect()
    }

    fn ask(
        &self,
        index: &dyn Neighbours,
        build_s: f64,
        truth: &[Vec<UserId>],
    ) -> Result<IndexAnswer, NeighbourError> {
        let mut seconds = Vec::with_capacity(QUESTIONS);
        let mut truth_of = truth.iter();
        let (mut found, mut sought) = (0, 0);
        for question in self.vectors(&self.questions) {
            let (took, near) = timed(|| black_box(index.nearest(question, NEAREST, &|_| true)));
            let near = near?;
            seconds.push(took);
            if let Some(truth) = truth_of.next() {
                sought += truth.len();
                found += near.iter().filter(|near| truth.contains(&near.user)).count();
            }
        }
        seconds.sort_unstable_by(f64::total_cmp);
        let at = |share: usize| 1e6 * seconds[QUESTIONS * share / 100];
        Ok(IndexAnswer {
            build_s,
            recall_at_20: f64::from(u32::try_from(found).unwrap_or(0)) / sought.max(1) as f64,
            query_us: Times { p50: at(50), p99: at(99) },
            bytes: index.bytes(),
        })
    }
}

/// Σ x · y in eight sums, so that it takes a fraction of the time.
fn product(x: &[f32], y: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (x, left) = x.as_chunks::<8>();
    let (y, right) = y.as_chunks::<8>();
    for (x, y) in x.iter().zip(y) {
        sums.iter_mut().zip(x).zip(y).for_each(|((sum, x), y)| *sum += x * y);
    }
    sums.iter().sum::<f32>() + left.iter().zip(right).map(|(x, y)| x * y).sum::<f32>()
}

/// How long something took in seconds, and what came of it.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed().as_secs_f64(), result)
}

fn table(answer: &NeighboursAnswer) -> String {
    let mebibytes = |bytes: f64| format!("{:.0} MiB", bytes / f64::from(1 << 20));
    let row = |name: &str, index: &IndexAnswer| {
        format!(
            "  {name:<8}built in {:.2} s, {}; {:.4} of the nearest {NEAREST} found in {:.0} µs, one in a hundred over {:.0} µs\n",
            index.build_s,
            mebibytes(index.bytes as f64),
            index.recall_at_20,
            index.query_us.p50,
            index.query_us.p99,
        )
    };
    format!(
        "{} vectors of {} numbers, {} threads\n{}{}  memory  {} at most\n",
        answer.vectors,
        answer.dim,
        answer.threads,
        row("exact", &answer.exact),
        row("index", &answer.index),
        mebibytes(answer.rss_bytes as f64),
    )
}
