//! Draws vectors for all programs, and measures the ones that are Rust crates: one line of JSON each.
//!
//! `draw FOLDER N DIM SEED clustered|uniform` writes `vectors.f32` and `questions.f32`, plain little-endian numbers.
//! `measure FOLDER DIM NAME BEAM...` builds one index of them and asks it with each beam.

mod others;

use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use signal_core::simulation::{RandomTastes, TasteShape};

/// Questions, the same number as `signal eval neighbours` asks.
const QUESTIONS: usize = 1_000;
/// Where the numbers of the vectors of questions begin, as there.
const FIRST_QUESTION: u64 = 1 << 40;
/// Vectors drawn at once.
const PORTION: usize = 8_192;
/// Neighbours of a question.
pub(crate) const NEAREST: usize = 20;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["draw", folder, n, dim, seed, shape] => draw(folder, n.parse()?, dim.parse()?, seed.parse()?, shape),
        ["measure", folder, dim, name, beams @ ..] => {
            let beams: Result<Vec<usize>, _> = beams.iter().map(|beam| beam.parse()).collect();
            let data = Data::read(folder.as_ref(), dim.parse()?)?;
            others::measure(&data, name, &beams?)
        }
        _ => Err("usage: draw FOLDER N DIM SEED clustered|uniform | measure FOLDER DIM NAME BEAM...".into()),
    }
}

fn draw(folder: &str, n: usize, dim: usize, seed: u64, shape: &str) -> Outcome<()> {
    let shape = match shape {
        "clustered" => TasteShape::Clustered,
        "uniform" => TasteShape::Uniform,
        other => return Err(format!("no such kind of data: {other}").into()),
    };
    let tastes = RandomTastes::new(shape, dim, seed);
    let folder = Path::new(folder);
    fs::create_dir_all(folder)?;
    for (file, first, count) in [("vectors.f32", 0, n), ("questions.f32", FIRST_QUESTION, QUESTIONS)] {
        let mut out = BufWriter::new(fs::File::create(folder.join(file))?);
        let mut numbers = vec![0.0f32; dim * PORTION];
        for done in (0..count).step_by(PORTION) {
            numbers.truncate((count - done).min(PORTION) * dim);
            tastes.fill(first + done as u64, &mut numbers);
            let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
            out.write_all(&bytes)?;
        }
        out.flush()?;
    }
    Ok(())
}

/// The drawn vectors, and the true nearest that the driver wrote beside them.
pub(crate) struct Data {
    pub(crate) dim: usize,
    pub(crate) vectors: Vec<Vec<f32>>,
    questions: Vec<Vec<f32>>,
    truth: Vec<Vec<u32>>,
}

impl Data {
    fn read(folder: &Path, dim: usize) -> Outcome<Self> {
        let numbers = |file: &str| -> Outcome<Vec<Vec<f32>>> {
            let bytes = fs::read(folder.join(file))?;
            let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|x| f32::from_le_bytes(*x)).collect();
            Ok(numbers.chunks_exact(dim).map(<[f32]>::to_vec).collect())
        };
        let truth = fs::read(folder.join("truth.u32"))?;
        let truth: Vec<u32> = truth.as_chunks::<4>().0.iter().map(|x| u32::from_le_bytes(*x)).collect();
        Ok(Self {
            dim,
            vectors: numbers("vectors.f32")?,
            questions: numbers("questions.f32")?,
            truth: truth.chunks_exact(NEAREST).map(<[u32]>::to_vec).collect(),
        })
    }

    /// Asks every question, and prints what came of it.
    pub(crate) fn report(
        &self,
        name: &str,
        beam: usize,
        build_s: f64,
        ask: impl Fn(&[f32]) -> Outcome<Vec<u32>>,
    ) -> Outcome<()> {
        let (mut seconds, mut found) = (Vec::new(), 0);
        for (question, truth) in self.questions.iter().zip(&self.truth) {
            let start = Instant::now();
            let near = ask(question)?;
            seconds.push(start.elapsed().as_secs_f64());
            found += near.iter().filter(|place| truth.contains(place)).count();
        }
        seconds.sort_by(f64::total_cmp);
        let line = serde_json::json!({
            "name": name, "beam": beam, "build_s": build_s,
            "recall_at_20": found as f64 / (self.truth.len() * NEAREST) as f64,
            "query_us": { "p50": 1e6 * seconds[seconds.len() / 2], "p99": 1e6 * seconds[seconds.len() * 99 / 100] },
        });
        println!("{line}");
        Ok(())
    }
}

/// How long something took in seconds, and what came of it.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed().as_secs_f64(), result)
}
