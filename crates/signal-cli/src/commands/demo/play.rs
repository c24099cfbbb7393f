//! The five acts: everything the demo tells, asked of the finished file.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use signal_adapters::SystemHost;
use signal_core::engine::{CompatibilityAnswer, DropAnswer, Engine, FeedItem, Person, TrustScoreAnswer};
use signal_core::model::{Hash, Millionths, Points, Timestamp, UserId, Viewer};
use signal_core::reputation::reward;
use signal_core::simulation::{Outcome, Plan};

use super::cast;
use crate::context::Context;
use crate::failure::Failure;
use crate::progress::Progress;

/// All of it, as `--format json` shows it.
#[derive(Debug, Serialize)]
pub(super) struct Play {
    pub(super) seed: u64,
    pub(super) people: usize,
    pub(super) days: u32,
    #[serde(serialize_with = "as_text")]
    pub(super) end: Timestamp,
    pub(super) file: String,
    pub(super) finds: Finds,
    pub(super) matches: Matches,
    pub(super) costs: Costs,
    pub(super) attack: Attack,
    pub(super) proof: Proof,
    pub(super) verified: bool,
    pub(super) books_sum_millipoints: Points,
}

/// An instant as RFC 3339.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn as_text<S: serde::Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}

/// Act one: a track finds its listener.
#[derive(Debug, Serialize)]
pub(super) struct Finds {
    pub(super) listener: Person,
    pub(super) place: usize,
    pub(super) considered: usize,
    pub(super) item: FeedItem,
}

/// Act two: how well the two match.
#[derive(Debug, Serialize)]
pub(super) struct Matches {
    pub(super) there: CompatibilityAnswer,
    pub(super) back: CompatibilityAnswer,
}

/// Act three: what words cost.
#[derive(Debug, Serialize)]
pub(super) struct Costs {
    pub(super) drop: DropAnswer,
    pub(super) success_from: Millionths,
    pub(super) reward_millipoints: Points,
    pub(super) score: TrustScoreAnswer,
}

/// Act four: what the attackers got.
#[derive(Debug, Serialize)]
pub(super) struct Attack {
    pub(super) sybils: Ring,
    pub(super) praise_ring: Ring,
    pub(super) friends: Ring,
    pub(super) attackers: usize,
    pub(super) attackers_net_millipoints: Points,
    pub(super) attackers_mean_millipoints: Points,
    pub(super) honest: usize,
    pub(super) honest_mean_millipoints: Points,
    pub(super) flagged_by_mistake: usize,
}

/// A planted group, and how many of it were in a finding.
#[derive(Debug, Serialize)]
pub(super) struct Ring {
    pub(super) planted: usize,
    pub(super) found: usize,
}

/// Act five: what was checked.
#[derive(Debug, Serialize)]
pub(super) struct Proof {
    pub(super) entries: u64,
    pub(super) root: Option<Hash>,
    pub(super) equal: bool,
    pub(super) states: u64,
    pub(super) edges: u64,
    pub(super) differences: usize,
    pub(super) drops: u64,
    pub(super) ratings: u64,
    pub(super) settled: u64,
    pub(super) epochs: u64,
}

/// Opens the file as every command does, and asks.
pub(super) async fn stage(
    context: &Context,
    target: &Path,
    plan: &Plan,
    outcome: &Outcome,
) -> Result<Play, Failure> {
    let name = target.to_str().ok_or_else(|| Failure::wrong("the file's name is not UTF-8"))?;
    let progress = Progress::spinner("asking and checking");
    let store = context.connect(&format!("sqlite:{name}")).await?;
    let engine = Engine::new(store, Arc::new(SystemHost::fixed(outcome.end)));
    let cast = cast::find(&engine).await?;
    let verified = engine.verify_ledger(&|_| ()).await?;
    let replayed = engine.replay_ledger(&|_| ()).await?;
    let costs = costs(&engine, cast.settled).await?;
    drop(progress);
    let tally = outcome.tally;
    Ok(Play {
        seed: plan.seed,
        people: plan.people,
        days: plan.days,
        end: outcome.end,
        file: name.to_owned(),
        finds: Finds {
            listener: cast.listener,
            place: cast.place,
            considered: cast.considered,
            item: cast.item,
        },
        matches: Matches { there: cast.there, back: cast.back },
        costs,
        attack: attack(outcome),
        proof: Proof {
            entries: verified.entries,
            root: verified.root,
            equal: replayed.equal,
            states: replayed.states,
            edges: replayed.edges,
            differences: replayed.differences.len(),
            drops: tally.drops,
            ratings: tally.ratings,
            settled: tally.settled,
            epochs: tally.epochs,
        },
        verified: verified.verified,
        books_sum_millipoints: replayed.books_sum_millipoints,
    })
}

async fn costs(engine: &Engine, drop: DropAnswer) -> Result<Costs, Failure> {
    let stakes = engine.policy().await?.1.stakes;
    let left = drop.settlement.as_ref().map_or(Points::ZERO, |settlement| settlement.left_millipoints);
    let reward_millipoints = drop.score.map_or(Points::ZERO, |score| reward(left, score, &stakes));
    let score = engine.trust_score(Viewer::Operator, drop.author.id).await?;
    Ok(Costs { drop, success_from: stakes.success_from, reward_millipoints, score })
}

fn attack(outcome: &Outcome) -> Attack {
    let truth = &outcome.truth;
    let found = |user: &&UserId| outcome.caught.contains(user) || outcome.flagged.contains(user);
    let ring = |people: &[UserId]| Ring { planted: people.len(), found: people.iter().filter(found).count() };
    Attack {
        sybils: ring(&truth.sybils),
        praise_ring: ring(&truth.praise_ring),
        friends: ring(&truth.friends),
        attackers: outcome.attackers.people,
        attackers_net_millipoints: outcome.attackers.net(),
        attackers_mean_millipoints: outcome.attackers.mean(),
        honest: outcome.honest.people,
        honest_mean_millipoints: outcome.honest.mean(),
        flagged_by_mistake: outcome.flagged.len(),
    }
}
