//! `signal import`: histories and trust from files.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use signal_adapters::import::{self, Format, Import, ImportError, ImportItem, ReadAhead};
use signal_core::engine::{ImportAnswer, ImportOptions, Imported, PINS_MAX};

use super::suggestions;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, WIDTH, columns, fit};
use crate::progress::Progress;
use crate::session::Session;

/// How many rows that are nothing their format has are told of one by one.
const UNKNOWN_TOLD: usize = 20;
/// What they are called among the rows that are left out.
const UNKNOWN: &str = "not understood";

/// Rows between two looks at how far a file is.
const ROWS: u64 = 512;

/// The arguments of `signal import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Histories of Spotify, Apple Music, ListenBrainz, Last.fm, Maloja, Libre.fm and Pano Scrobbler (with \
--as USER), a ListenBrainz dump, a HetRec folder, an edge list (from,to,weight[,time]) and a plays \
table (user,artist,plays) are recognised by what is in them. Histories may lie in folders and in ZIP, \
tar, gzip and zstd archives, which are read in place.")]
pub(crate) struct ImportArgs {
    /// Files, archives and folders, recognised by what is in them
    #[arg(required = true)]
    path: Vec<PathBuf>,
    /// What their people are called by: NAME:2 [default: after the format]
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// The largest weight that an edge list can give [default: 1]
    #[arg(long, value_name = "MAX")]
    scale: Option<f64>,
    /// Take plays of Spotify's private sessions, too
    #[arg(long)]
    private_sessions: bool,
}

/// What was read, and what of it was new.
#[derive(Debug, Serialize)]
struct Answer {
    files: Vec<FileAnswer>,
    #[serde(flatten)]
    sum: ImportAnswer,
    /// Rows that are nothing their format has: the first of them.
    unknown: Vec<UnknownRow>,
    unknown_rows: u64,
    profiles: usize,
}

/// A row that is nothing its format has.
#[derive(Debug, Clone, Serialize)]
struct UnknownRow {
    path: String,
    line: u64,
    what: String,
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
    let (files, imports) = open(args)?;
    if context.global.person.is_none() && imports.iter().any(|file| file.format().is_personal()) {
        return Err(Failure::wrong("this is the history of one person, and nobody is named")
            .hint("`signal user add HANDLE` adds a person, `--as HANDLE` says who it is"));
    }
    // A person must be there before their history: then so must the store.
    let session = match context.global.person {
        Some(_) => context.open().await?,
        None => context.open_or_create().await?,
    };
    let person = session.me().await?;
    let sum = ImportAnswer::default();
    let mut answer = Answer { files, sum, unknown: Vec::new(), unknown_rows: 0, profiles: 0 };
    for import in &imports {
        let options = ImportOptions { source: source(args, import), person };
        let read = read(&session, import, &options, &mut answer.unknown).await?;
        add(&mut answer.sum, read);
    }
    answer.unknown_rows = answer.sum.skipped.get(UNKNOWN).copied().unwrap_or(0);
    let building = Progress::spinner("learning tastes");
    answer.profiles = session.engine.build_profiles().await?;
    drop(building);
    context.output.answer("import", &answer, table)?;
    Ok(Exit::Done)
}

/// What people are called by.
fn source(args: &ImportArgs, import: &Import) -> String {
    args.source.clone().unwrap_or_else(|| import.default_source().to_owned())
}

/// Opens and checks everything. The most exact histories come first: what they tell need not be corrected later.
fn open(args: &ImportArgs) -> Result<(Vec<FileAnswer>, Vec<Import>), Failure> {
    let options = import::ImportOptions { scale: args.scale, private_too: args.private_sessions };
    let checking = Progress::spinner("checking");
    let (mut files, mut imports) = (Vec::new(), Vec::new());
    for path in &args.path {
        for import in Import::open_all(path, &options)? {
            let (path, format) = (path.display().to_string(), import.format().as_str());
            files.push(FileAnswer { path, format, source: source(args, &import) });
            imports.push(import);
        }
    }
    let mut imports = Import::together(imports);
    imports.iter().try_for_each(Import::check)?;
    imports.sort_by_key(|import| import.format() == Format::SpotifyAccount);
    drop(checking);
    Ok((files, imports))
}

async fn read(
    session: &Session<'_>,
    file: &Import,
    options: &ImportOptions,
    unknown: &mut Vec<UnknownRow>,
) -> Result<ImportAnswer, Failure> {
    let progress = Progress::bytes("importing", file.bytes());
    let aside = Arc::new(Mutex::new(Aside { failed: None, unknown: std::mem::take(unknown) }));
    let mut rows =
        Rows { records: file.read_ahead()?, aside: Arc::clone(&aside), bar: progress.hand(), row: 0 };
    let answer = session.engine.import(&mut rows, options, &|_| ()).await?;
    let mut aside = aside.lock().unwrap_or_else(PoisonError::into_inner);
    *unknown = std::mem::take(&mut aside.unknown);
    // The file was right a moment ago: somebody changed it meanwhile.
    match aside.failed.take() {
        Some(error) => Err(Failure::from(error)),
        None => Ok(answer),
    }
}

/// What a reading leaves beside the records.
struct Aside {
    failed: Option<ImportError>,
    unknown: Vec<UnknownRow>,
}

/// A file's rows as the engine takes them. An error ends them and is kept.
struct Rows {
    records: ReadAhead,
    aside: Arc<Mutex<Aside>>,
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
            Ok(ImportItem::Unknown { path, line, what }) => {
                let mut aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
                if aside.unknown.len() < UNKNOWN_TOLD {
                    aside.unknown.push(UnknownRow { path: path.display().to_string(), line, what });
                }
                Some(Imported::Skipped(UNKNOWN))
            }
            Err(error) => {
                self.aside.lock().unwrap_or_else(PoisonError::into_inner).failed = Some(error);
                None
            }
        }
    }
}

/// What several files gave together; somebody in two of them counts twice, but is new only once.
fn add(sum: &mut ImportAnswer, more: ImportAnswer) {
    sum.rows += more.rows;
    sum.duplicates += more.duplicates;
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
    sum.pins += more.pins;
    sum.suggested.extend(more.suggested);
    sum.suggested.sort_by_key(|track| Reverse(track.at));
    let mut told = HashSet::new();
    sum.suggested.retain(|track| told.insert(track.claim.clone()));
    sum.suggested.truncate(PINS_MAX);
    for (reason, rows) in more.skipped {
        *sum.skipped.entry(reason).or_default() += rows;
    }
}

fn table(answer: &Answer) -> String {
    let sum = &answer.sum;
    let counted = [
        ("rows", sum.rows, None),
        ("people", sum.users, Some(sum.users_new)),
        ("artists", sum.artists, Some(sum.artists_new)),
        ("tracks", sum.tracks, Some(sum.tracks_new)),
        ("play counts", sum.play_counts, Some(sum.play_counts_new)),
        ("listens", sum.listens, Some(sum.listens_new)),
        ("plays", sum.plays, Some(sum.plays_new)),
        ("trust edges", sum.trust_edges, Some(sum.trust_edges_new)),
        ("pins", sum.pins, None),
    ];
    let rows: Vec<Vec<String>> = counted
        .iter()
        .filter(|(_, read, _)| *read > 0)
        .map(|(what, read, new)| {
            vec![(*what).to_owned(), read.to_string(), new.map_or_else(String::new, |new| new.to_string())]
        })
        .collect();
    let mut out = columns(&[("read", Align::Left), ("in all", Align::Right), ("new", Align::Right)], &rows);
    if sum.duplicates > 0 {
        out += &format!("known already: {} listens\n", sum.duplicates);
    }
    for (reason, rows) in &sum.skipped {
        out += &format!("left out: {rows} × {reason}\n");
    }
    for row in &answer.unknown {
        let name =
            Path::new(&row.path).file_name().map_or(row.path.as_str().into(), |name| name.to_string_lossy());
        out += &format!("{}\n", fit(&format!("  {} line {}: {}", name, row.line, row.what), WIDTH));
    }
    if answer.unknown_rows > answer.unknown.len() as u64 {
        out += "  …\n";
    }
    out += &suggestions::tracks(&sum.suggested);
    let hint = answer.files.first().map_or("", |file| &file.source);
    out + &format!(
        "tastes of {} people; `signal user list` shows {hint}:… and who else there is\n",
        answer.profiles
    )
}
