//! `signal import`: histories and trust from files.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use signal_adapters::import::{self, Format, Import, ImportError, ImportItem, Records};
use signal_core::engine::{ImportAnswer, ImportOptions, Imported};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, columns};
use crate::progress::Progress;
use crate::session::Session;

/// Rows between two looks at how far a file is.
const ROWS: u64 = 512;

/// The arguments of `signal import`.
#[derive(Debug, Args)]
#[command(after_help = "\
A HetRec folder, Spotify's extended or account streaming history (with --as USER), an edge list \
(from,to,weight[,time]) and a plays table (user,artist,plays) are recognised by what is in them.")]
pub(crate) struct ImportArgs {
    /// Files and folders, recognised by what is in them
    #[arg(required = true)]
    path: Vec<PathBuf>,
    /// What their people are called by: NAME:2 [default: after the format]
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// The largest weight that an edge list can give [default: 1]
    #[arg(long, value_name = "MAX")]
    scale: Option<f64>,
}

/// What was read, and what of it was new.
#[derive(Debug, Serialize)]
struct Answer {
    files: Vec<FileAnswer>,
    #[serde(flatten)]
    sum: ImportAnswer,
    profiles: usize,
}

/// One file or folder.
#[derive(Debug, Serialize)]
struct FileAnswer {
    path: String,
    format: &'static str,
    source: String,
}

/// Reads all files once before anything is written.
pub(crate) async fn run(args: &ImportArgs, context: &Context) -> Result<Exit, Failure> {
    let files = open(args)?;
    if context.global.person.is_none() && files.iter().any(is_personal) {
        return Err(Failure::wrong("a Spotify export is the history of one person, and nobody is named")
            .hint("`signal user add HANDLE` adds a person, `--as HANDLE` says who it is"));
    }
    // A person must be there before their history: then so must the store.
    let session = match context.global.person {
        Some(_) => context.open().await?,
        None => context.open_or_create().await?,
    };
    let person = session.me().await?;
    let mut answer = Answer { files: Vec::new(), sum: ImportAnswer::default(), profiles: 0 };
    for (path, file) in args.path.iter().zip(&files) {
        let source = args.source.clone().unwrap_or_else(|| file.default_source().to_owned());
        let options = ImportOptions { source: source.clone(), person };
        add(&mut answer.sum, read(&session, file, &options).await?);
        let (path, format) = (path.display().to_string(), file.format().as_str());
        answer.files.push(FileAnswer { path, format, source });
    }
    let building = Progress::spinner("learning tastes");
    answer.profiles = session.engine.build_profiles().await?;
    drop(building);
    context.output.answer("import", &answer, table)?;
    Ok(Exit::Done)
}

fn open(args: &ImportArgs) -> Result<Vec<Import>, Failure> {
    let options = import::ImportOptions { scale: args.scale };
    let checking = Progress::spinner("checking");
    let files: Vec<Import> =
        args.path.iter().map(|path| Import::open(path, &options)).collect::<Result<_, _>>()?;
    files.iter().try_for_each(Import::check)?;
    drop(checking);
    Ok(files)
}

/// Whether the file is about the person who imports it.
fn is_personal(file: &Import) -> bool {
    matches!(file.format(), Format::SpotifyExtended | Format::SpotifyAccount)
}

async fn read(
    session: &Session<'_>,
    file: &Import,
    options: &ImportOptions,
) -> Result<ImportAnswer, Failure> {
    let progress = Progress::bytes("importing", file.bytes());
    let failed = Arc::new(Mutex::new(None));
    let mut rows =
        Rows { records: file.records()?, failed: Arc::clone(&failed), bar: progress.hand(), row: 0 };
    let answer = session.engine.import(&mut rows, options, &|_| ()).await?;
    // The file was right a moment ago: somebody changed it meanwhile.
    match failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(error) => Err(Failure::from(error)),
        None => Ok(answer),
    }
}

/// A file's rows as the engine takes them. An error ends them and is kept.
struct Rows {
    records: Records,
    failed: Arc<Mutex<Option<ImportError>>>,
    bar: ProgressBar,
    row: u64,
}

impl Iterator for Rows {
    type Item = Imported;

    fn next(&mut self) -> Option<Imported> {
        self.row += 1;
        if self.row.is_multiple_of(ROWS) {
            self.bar.set_position(self.records.bytes_read());
        }
        match self.records.next()? {
            Ok(ImportItem::Record(record)) => Some(Imported::Record(record)),
            Ok(ImportItem::Skipped { reason }) => Some(Imported::Skipped(reason)),
            Err(error) => {
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                None
            }
        }
    }
}

/// What several files gave together; somebody in two of them counts twice, but is new only once.
fn add(sum: &mut ImportAnswer, more: ImportAnswer) {
    sum.users += more.users;
    sum.users_new += more.users_new;
    sum.artists += more.artists;
    sum.artists_new += more.artists_new;
    sum.tracks += more.tracks;
    sum.tracks_new += more.tracks_new;
    sum.play_counts += more.play_counts;
    sum.play_counts_new += more.play_counts_new;
    sum.plays += more.plays;
    sum.plays_new += more.plays_new;
    sum.listens += more.listens;
    sum.listens_new += more.listens_new;
    sum.trust_edges += more.trust_edges;
    sum.trust_edges_new += more.trust_edges_new;
    sum.tags += more.tags;
    for (reason, rows) in more.skipped {
        *sum.skipped.entry(reason).or_default() += rows;
    }
}

fn table(answer: &Answer) -> String {
    let sum = &answer.sum;
    let counted = [
        ("people", sum.users, sum.users_new),
        ("artists", sum.artists, sum.artists_new),
        ("tracks", sum.tracks, sum.tracks_new),
        ("play counts", sum.play_counts, sum.play_counts_new),
        ("listens", sum.listens, sum.listens_new),
        ("plays", sum.plays, sum.plays_new),
        ("trust edges", sum.trust_edges, sum.trust_edges_new),
    ];
    let rows: Vec<Vec<String>> = counted
        .iter()
        .filter(|(_, read, _)| *read > 0)
        .map(|(what, read, new)| vec![(*what).to_owned(), read.to_string(), new.to_string()])
        .collect();
    let mut out = columns(&[("read", Align::Left), ("in all", Align::Right), ("new", Align::Right)], &rows);
    for (reason, rows) in &sum.skipped {
        out += &format!("left out: {rows} × {reason}\n");
    }
    let hint = answer.files.first().map_or("", |file| &file.source);
    out + &format!(
        "tastes of {} people; `signal user list` shows {hint}:… and who else there is\n",
        answer.profiles
    )
}
