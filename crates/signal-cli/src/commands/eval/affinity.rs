//! `signal eval affinity`: how well taste knows who trusts whom.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use signal_adapters::import::{plays_sample, tags_sample, trust_sample};
use signal_core::compatibility::{AffinityScore, Ear, TrustedPairs, affinity};
use signal_core::model::{ArtistId, Timestamp, UserId};
use signal_core::policy::Policy;
use signal_core::taste::{ArtistGenres, Packing, PlayMatrix, genres, profiles};

use super::apart;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, columns};
use crate::progress::Progress;

/// What to compare.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Files are rows between tabs, commas or single blanks, with a header or without: `user item weight`, `from to [weight]`, \
`item tag [weight]` (or HetRec's user_taggedartists.dat). Profiles are built from plays and tags alone. Trusted pairs stand \
against twice as many random pairs, and against twice as many whose ends are drawn from the ends of trusted pairs.")]
pub(crate) struct AffinityArgs {
    /// Who plays what, how often
    #[arg(long, value_name = "FILE")]
    plays: PathBuf,
    /// Who trusts whom
    #[arg(long, value_name = "FILE")]
    trust: PathBuf,
    /// What is said of what is played
    #[arg(long, value_name = "FILE")]
    tags: Option<PathBuf>,
    /// Another seed draws other pairs, and fits another model
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// How well one signal tells trusted pairs from others.
#[derive(Debug, Serialize)]
struct Row {
    signal: &'static str,
    auc: f64,
    auc_matched: f64,
    people: usize,
    pairs: usize,
    random_pairs: usize,
    matched_pairs: usize,
    /// What made the vectors.
    model: String,
}

/// Measures all signals.
pub(super) async fn run(args: &AffinityArgs, context: &Context) -> Result<Exit, Failure> {
    let args = args.clone();
    let progress = Progress::spinner("learning tastes and comparing pairs");
    let rows = apart(move || measure(&args)).await??;
    drop(progress);
    context.output.list("eval.affinity", &rows, table)?;
    Ok(Exit::Done)
}

/// Whole plays, so that 0.5 of a play is one.
fn whole(weight: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "above 0; the cast saturates"
    )]
    let whole = weight.ceil() as u64;
    whole
}

fn measure(args: &AffinityArgs) -> Result<Vec<Row>, Failure> {
    let (plays, trust) = (plays_sample(&args.plays)?, trust_sample(&args.trust)?);
    let user = |number: u32| UserId::new(Timestamp::from_seconds(i64::from(number)), [0; 10]);
    let item = |number: u32| ArtistId::new(Timestamp::from_seconds(i64::from(number)), [0; 10]);
    let mut artist_genres = ArtistGenres::new();
    if let Some(tags) = &args.tags {
        let items: HashMap<&str, u32> = plays.items.iter().map(String::as_str).zip(0u32..).collect();
        let mut counts: HashMap<(u32, &'static str), f64> = HashMap::new();
        for (name, tag, said) in &tags_sample(tags)?.rows {
            if let Some((number, genre)) = items.get(name.as_str()).zip(genres::resolve(tag)) {
                *counts.entry((*number, genre.name())).or_default() += said;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(key, _)| *key);
        for ((number, genre), said) in counts {
            artist_genres.entry(item(number)).or_default().push((genre.to_owned(), said));
        }
    }
    let matrix =
        PlayMatrix::build(plays.rows.iter().map(|&(u, i, weight)| (user(u), item(i), whole(weight))));
    let policy = Policy::default();
    let (model, profiles) = profiles(&matrix, &artist_genres, &policy, args.seed, Timestamp::from_seconds(0))
        .map_err(|error| Failure::wrong(error.to_string()))?;
    let policy = policy.compatibility;
    // Everybody in the file plays something, in the order of their numbers.
    let people: Vec<UserId> = profiles.iter().map(|profile| profile.user).collect();
    let mut packing = Packing::default();
    for profile in profiles {
        packing.add(profile);
    }
    let packed = packing.finish();
    let ears: Vec<Ear<'_>> =
        people.iter().map(|user| Ear { profile: packed.row(*user), plays: matrix.row(*user) }).collect();
    let numbers: HashMap<&str, u32> = plays.people.iter().map(String::as_str).zip(0u32..).collect();
    let edges = trust
        .rows
        .iter()
        .filter_map(|(from, to)| Some((*numbers.get(from.as_str())?, *numbers.get(to.as_str())?)));
    let people = u32::try_from(ears.len()).unwrap_or(u32::MAX);
    let pairs = TrustedPairs::draw(people, edges, args.seed)
        .map_err(|error| Failure::wrong(error.to_string()).hint("--trust names people as --plays does"))?;
    let model = model.map_or_else(|| "none".to_owned(), |model| model.id().to_string());
    let row = |AffinityScore { signal, auc, auc_matched }| Row {
        signal: signal.name(),
        auc,
        auc_matched,
        people: ears.len(),
        pairs: pairs.trusted.len(),
        random_pairs: pairs.random.len(),
        matched_pairs: pairs.matched.len(),
        model: model.clone(),
    };
    Ok(affinity(&ears, &pairs, &policy).into_iter().map(row).collect())
}

fn table(rows: &[Row]) -> String {
    let heading = [("signal", Align::Left), ("auc", Align::Right), ("matched by degree", Align::Right)];
    let told: Vec<Vec<String>> = rows
        .iter()
        .map(|row| vec![row.signal.to_owned(), format!("{:.4}", row.auc), format!("{:.4}", row.auc_matched)])
        .collect();
    let note = rows.first().map_or(String::new(), |row| {
        format!("{} trusted pairs of {} people; model {}\n", row.pairs, row.people, row.model)
    });
    columns(&heading, &told) + &note
}
