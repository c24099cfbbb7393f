//! `signal eval`: how good are the answers, and how big a machine do they need?

mod affinity;
mod attack;
mod guard;
mod neighbours;
mod recommend;
mod scale;
mod sybil;
mod trust;
mod validators;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::{Exit, Failure};

/// What to measure.
#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// How well taste, built without any trust, knows who trusts whom
    Affinity(affinity::AffinityArgs),
    /// What attackers win, what honest people lose, and who is found
    Attack(attack::AttackArgs),
    /// How long a full scan for abuse takes among so many honest ratings, beside reading and sorting them
    Guard(guard::GuardArgs),
    /// How well artists are recommended whom the methods have not seen
    Recommend(recommend::RecommendArgs),
    /// How well trust is predicted that the methods have not seen
    Trust(trust::TrustArgs),
    /// How fast the nearest of random tastes are found, and how many of them
    Neighbours(neighbours::NeighboursArgs),
    /// How fast a random community of a given size is served, and how much memory it takes
    Scale(scale::ScaleArgs),
    /// How well one attacker's accounts are told from people, on a graph and an attacked copy of it
    Sybil(sybil::SybilArgs),
    /// How well ratings alone tell whose ratings are worth listening to
    Validators(validators::ValidatorsArgs),
}

/// Measures it.
pub(crate) async fn run(command: &EvalCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        EvalCommand::Affinity(args) => affinity::run(args, context).await,
        EvalCommand::Attack(args) => attack::run(args, context).await,
        EvalCommand::Guard(args) => guard::run(*args, context).await,
        EvalCommand::Recommend(args) => recommend::run(args, context).await,
        EvalCommand::Trust(args) => trust::run(args, context).await,
        EvalCommand::Neighbours(args) => neighbours::run(*args, context).await,
        EvalCommand::Scale(args) => scale::run(*args, context).await,
        EvalCommand::Sybil(args) => sybil::run(args, context).await,
        EvalCommand::Validators(args) => validators::run(args, context).await,
    }
}

/// Does long work beside everything else.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::world(format!("the measurement ended early: {error}")))
}
