//! `signal eval guard`: how long a full scan for abuse takes, beside one pass that reads and sorts the same ratings.

use std::collections::BTreeSet;
use std::hint::black_box;

use clap::Args;
use serde::Serialize;
use signal_core::integrity::{CountedRatings, RatingFact, abnormal_rates, lockstep, mutual_praise, one_way};
use signal_core::model::{DropId, Timestamp, UserId};
use signal_core::policy::Policy;
use signal_core::simulation::{crowded, random_graph, random_ratings};
use signal_core::trust::TrustGraph;

use super::apart;
use super::scale::{peak_memory, timed};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::progress::Progress;

/// How large the community is.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct GuardArgs {
    /// People
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(2..=16_777_216))]
    users: u32,
    /// Ratings to draw; the few that somebody would give twice are left out
    #[arg(long, value_name = "M", default_value_t = 5_000_000, value_parser = clap::value_parser!(u32).range(1..=200_000_000))]
    ratings: u32,
    /// Another seed makes another community
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// What was measured, in seconds.
#[derive(Debug, Serialize)]
struct GuardAnswer {
    users: u32,
    ratings: usize,
    threads: usize,
    /// Reading every rating as the ledger has them, and sorting them by drop.
    pass_s: f64,
    /// Numbering and sorting what counts.
    count_s: f64,
    /// The same where it is known of before, and the drops of one rating in a hundred, the newest, have changed since.
    follow_s: f64,
    mutual_praise_s: f64,
    lockstep_s: f64,
    one_way_s: f64,
    abnormal_rates_s: f64,
    /// All of it.
    scan_s: f64,
    /// How many passes that is.
    passes: f64,
    findings: usize,
    /// The most memory this process had at once.
    rss_bytes: u64,
}

/// Measures it.
pub(super) async fn run(args: GuardArgs, context: &Context) -> Result<Exit, Failure> {
    let progress = Progress::spinner("rating and looking for abuse");
    let answer = apart(move || measure(args)).await?;
    drop(progress);
    context.output.answer("eval.guard", &answer, table)?;
    Ok(Exit::Done)
}

fn measure(args: GuardArgs) -> GuardAnswer {
    let people = random_graph(args.users, 1, args.seed).people;
    let ears = crowded(&people, TrustGraph::default(), args.seed).ears;
    let ratings = random_ratings(&people, args.ratings as usize, args.seed);
    let policy = Policy::default().integrity;
    let (pass_s, _) = timed(|| black_box(pass(&ratings)));
    let similar = |a: UserId, b: UserId| ears.similarity(a, b).map(|(value, _)| value);
    let (count_s, counted) = timed(|| CountedRatings::new(&ratings));
    let (changed, theirs) = newest(&ratings);
    let (follow_s, _) = timed(|| black_box(counted.with(&changed, &theirs)));
    let (mutual_praise_s, praise) = timed(|| mutual_praise(&counted, &similar, &policy));
    let (lockstep_s, step) = timed(|| lockstep(&counted, &similar, &policy));
    let (one_way_s, way) = timed(|| one_way(&counted, &policy));
    let (abnormal_rates_s, rates) = timed(|| abnormal_rates(&counted, &policy));
    let scan_s = count_s + mutual_praise_s + lockstep_s + one_way_s + abnormal_rates_s;
    let groups = praise.iter().chain(&step).chain(&way).chain(&rates.pace).chain(&rates.share);
    let sure = |group: &&_| -> bool {
        let group: &signal_core::integrity::GroupFinding = group;
        group.probability >= policy.collusion.least_probability
    };
    GuardAnswer {
        users: args.users,
        ratings: ratings.len(),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        pass_s,
        count_s,
        follow_s,
        mutual_praise_s,
        lockstep_s,
        one_way_s,
        abnormal_rates_s,
        scan_s,
        passes: scan_s / pass_s,
        findings: groups.filter(sure).count(),
        rss_bytes: peak_memory(),
    }
}

/// The drops of the newest hundredth of all ratings, and all of their ratings.
fn newest(ratings: &[RatingFact]) -> (Vec<DropId>, Vec<RatingFact>) {
    let mut by_time: Vec<(Timestamp, DropId)> = ratings.iter().map(|fact| (fact.at, fact.drop)).collect();
    by_time.sort_unstable();
    let newest = by_time.len() - by_time.len() / 100;
    let changed: BTreeSet<DropId> = by_time.drain(newest..).map(|(_, drop)| drop).collect();
    let theirs = ratings.iter().filter(|fact| changed.contains(&fact.drop)).copied().collect();
    (changed.into_iter().collect(), theirs)
}

/// The ratings, read one by one and sorted by drop, time and rater.
fn pass(ratings: &[RatingFact]) -> Vec<RatingFact> {
    let mut read: Vec<RatingFact> = ratings.to_vec();
    read.sort_unstable_by_key(|fact| (fact.drop, fact.at, fact.rater));
    read
}

fn table(answer: &GuardAnswer) -> String {
    let mebibytes = answer.rss_bytes as f64 / f64::from(1 << 20);
    format!(
        "{} people, {} ratings, {} threads\n  one pass        {:.2} s\n  scan            {:.2} s, {:.1} passes\n    count         \
         {:.2} s; {:.2} s where 1 rating in 100 is new\n    mutual praise {:.2} s\n    lockstep      {:.2} s\n    one-way       {:.2} s\n    rates         {:.2} s\n  \
         findings        {}\n  memory          {mebibytes:.0} MiB at most\n",
        answer.users,
        answer.ratings,
        answer.threads,
        answer.pass_s,
        answer.scan_s,
        answer.passes,
        answer.count_s,
        answer.follow_s,
        answer.mutual_praise_s,
        answer.lockstep_s,
        answer.one_way_s,
        answer.abnormal_rates_s,
        answer.findings,
    )
}
