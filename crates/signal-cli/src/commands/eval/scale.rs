//! `signal eval scale`: a random community of a given size, in memory.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use signal_core::feed::{paginate, rank};
use signal_core::live::{FeedView, Peers, Sources, trusted};
use signal_core::model::{TrustWeight, UserId};
use signal_core::policy::Policy;
use signal_core::simulation::{Crowded, RandomGraph, crowded, random_graph};
use signal_core::trust::{
    PathLimits, Restart, RestartKind, Spread, Stop, Tracker, TrustGraph, reach, standing, strength,
};

use super::apart;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::progress::Progress;

/// Questions of each kind that are timed.
const QUESTIONS: usize = 2_000;
/// Questions about reach: they take longer.
const SURROUNDINGS: usize = 300;
/// Changes that are timed.
const CHANGES: usize = 2_000;
/// Iterations of the timed propagation.
const ITERATIONS: u32 = 20;
/// People whom a question about reach names.
const REACHED: usize = 50;
/// How exactly standing is tracked.
const TOLERANCE: f64 = 1e-6;

/// How large the community is.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ScaleArgs {
    /// People
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=16_777_216))]
    users: u32,
    /// Trust edges to draw; the few that are drawn twice count once
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    edges: u64,
    /// Another seed makes another community
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Half of all took no longer than `p50` microseconds, all but one in a hundred no longer than `p99`.
#[derive(Debug, Serialize)]
struct Times {
    p50: f64,
    p99: f64,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct ScaleAnswer {
    users: usize,
    edges: usize,
    threads: usize,
    build_s: f64,
    graph_bytes: usize,
    path_us: Times,
    reach_us: Times,
    propagate_s: f64,
    /// One change of an edge: the graph, and standing in its surroundings.
    update_us: Times,
    /// A score with its parts and its percentile, out of memory.
    compat_us: Times,
    /// The first page of a feed, ranked out of memory.
    feed_us: Times,
    /// What all those changes left open, spread through the whole graph.
    settle_s: f64,
    /// The most memory this process had at once.
    rss_bytes: u64,
}

/// Measures it.
pub(super) async fn run(args: ScaleArgs, context: &Context) -> Result<Exit, Failure> {
    let progress = Progress::spinner("building and asking a random community");
    let answer = apart(move || measure(args)).await?;
    drop(progress);
    context.output.answer("eval.scale", &answer, table)?;
    Ok(Exit::Done)
}

fn measure(args: ScaleArgs) -> ScaleAnswer {
    let RandomGraph { people, edges } = random_graph(args.users, args.edges, args.seed);
    let (build_s, graph) = timed(|| TrustGraph::from_numbered(people.clone(), &edges));
    drop(edges);
    let mut dice = Dice(args.seed);
    let limits =
        PathLimits { hops: Policy::default().trust.max_hops, edges: Policy::default().limits.path_edges };
    let path_us = times(QUESTIONS, || {
        let (a, b) = (dice.of(&people), dice.of(&people));
        timed(|| black_box(strength(&graph, a, b, limits))).0
    });
    let reach_us = times(SURROUNDINGS, || {
        let a = dice.of(&people);
        timed(|| black_box(reach(&graph, a, limits, REACHED))).0
    });
    let restart =
        Restart { weights: people.iter().map(|user| (*user, 1.0)).collect(), kind: RestartKind::AllClaimed };
    let spread = Spread { damping: Policy::default().integrity.damping, stop: Stop::After(ITERATIONS) };
    let (propagate_s, standings) = timed(|| standing(&graph, &restart, spread));
    let leaders: Vec<UserId> =
        standings.top(people.len().div_ceil(100)).into_iter().map(|row| row.0).collect();
    let graph_bytes = graph.bytes();
    let (users, count) = (graph.users(), graph.edges());
    let tracker = Tracker::new(&graph, &restart, spread.damping, TOLERANCE);
    let (compat_us, feed_us) = answers(&people, graph, args.seed);
    let (mut update_us, mut settle_s) = (Times { p50: 0.0, p99: 0.0 }, 0.0);
    if let Some(mut tracker) = tracker {
        update_us = times(CHANGES, || {
            let from = if dice.roll(2) == 0 { dice.of(&people) } else { dice.of(&leaders) };
            let (to, weight) = (dice.of(&people), dice.weight());
            timed(|| tracker.set(from, to, weight)).0
        });
        settle_s = timed(|| tracker.settle()).0;
    }
    ScaleAnswer {
        users,
        edges: count,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        build_s,
        graph_bytes,
        path_us,
        reach_us,
        propagate_s,
        update_us,
        compat_us,
        feed_us,
        settle_s,
        rss_bytes: peak_memory(),
    }
}

/// Asks the community, once its people have plays, tastes, circles and drops, for matches and for feeds.
fn answers(people: &[UserId], graph: TrustGraph, seed: u64) -> (Times, Times) {
    let policy = Policy::default();
    let Crowded { live, ears, tables, now } = crowded(people, graph, seed);
    let graph = Arc::new(live.graph.clone());
    let mut dice = Dice(seed);
    let ears = Arc::new(ears);
    let size = policy.compatibility.percentile_sample;
    let peers = Peers::gather(Arc::clone(&graph), Arc::clone(&ears), live.crowd(), size);
    let compat_us = times(QUESTIONS, || {
        let (a, b) = (dice.of(people), dice.of(people));
        timed(|| black_box(peers.compare(&policy, a, b))).0
    });
    let leaders = tables.leaders(policy.limits.feed_leaders);
    let muted = BTreeSet::new();
    let page = |viewer: UserId| {
        let trusted = trusted(&graph, viewer, &policy);
        let mut authors = live.circle_mates(viewer);
        authors.extend(trusted.keys());
        authors.extend(leaders.iter().filter_map(|who| live.called(*who)));
        let oldest = now.plus_days(-policy.feed.horizon_days);
        let newest = policy.limits.feed_newest;
        let sources = Sources { authors: &authors, newest, muted: &muted, oldest, before: live.position };
        let drops = live.young_drops(viewer, &sources).into_iter().map(|drop| (drop, false, false));
        let view = FeedView {
            live: &live,
            graph: &graph,
            ears: &ears,
            tables: Some(&tables),
            policy: &policy,
            at: now,
        };
        let ranked = rank(&view.candidates(viewer, drops, &trusted), &policy.feed);
        paginate(ranked, policy.feed.page, policy.feed.per_author).into_iter().next()
    };
    let feed_us = times(SURROUNDINGS, || {
        let viewer = dice.of(people);
        timed(|| black_box(page(viewer))).0
    });
    (compat_us, feed_us)
}

/// How long something took in seconds, and what came of it.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed().as_secs_f64(), result)
}

/// Asks so many times, each of which says how many seconds it took.
fn times(count: usize, ask: impl FnMut() -> f64) -> Times {
    let mut seconds: Vec<f64> = std::iter::repeat_with(ask).take(count).collect();
    seconds.sort_unstable_by(f64::total_cmp);
    let at = |share: usize| 1e6 * seconds.get(count * share / 100).copied().unwrap_or(0.0);
    Times { p50: at(50), p99: at(99) }
}

/// The process's largest resident size as Linux tells it; 0 where nobody does.
pub(super) fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1_024
}

/// Whom to ask about: the same people for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % below.max(1)
    }

    /// One of a list, which is not empty.
    fn of(&mut self, people: &[UserId]) -> UserId {
        people[self.roll(people.len())]
    }

    fn weight(&mut self) -> Option<TrustWeight> {
        let hundredths = u16::try_from(self.roll(100)).unwrap_or(0) + 1;
        TrustWeight::from_ten_thousandths(hundredths * 100).ok()
    }
}

fn table(answer: &ScaleAnswer) -> String {
    let times = |times: &Times| format!("{:.1} µs, one in a hundred over {:.1} µs", times.p50, times.p99);
    let mebibytes = |bytes: f64| format!("{:.0} MiB", bytes / f64::from(1 << 20));
    format!(
        "{} people, {} edges, {} threads\n  build      {:.2} s\n  graph      {}\n  path       {}\n  reach      {}\n  \
         propagate  {:.2} s for {ITERATIONS} iterations\n  update     {}\n  match      {}\n  feed       {}\n  settle     {:.2} s after {CHANGES} changes\n  \
         memory     {} at most\n",
        answer.users,
        answer.edges,
        answer.threads,
        answer.build_s,
        mebibytes(answer.graph_bytes as f64),
        times(&answer.path_us),
        times(&answer.reach_us),
        answer.propagate_s,
        times(&answer.update_us),
        times(&answer.compat_us),
        times(&answer.feed_us),
        answer.settle_s,
        mebibytes(answer.rss_bytes as f64),
    )
}
