//! Trust edges. Only the stream of the one who trusts is written.

use super::{Command, Decision, Refusal, World, check_day};
use crate::ledger::{DayCounts, Event};
use crate::model::{TrustWeight, UserId};

pub(super) fn decide(command: &Command, world: &World) -> Result<Decision, Refusal> {
    match command {
        Command::SetTrust { from, to, weight } => set(world, *from, *to, *weight),
        Command::ImportTrust { from, edges } => import(world, *from, edges),
        _ => Ok(Decision::default()),
    }
}

fn set(world: &World, from: UserId, to: UserId, weight: Option<TrustWeight>) -> Result<Decision, Refusal> {
    let truster = world.actor(from)?;
    world.known(to)?;
    if from == to {
        return Err(Refusal::Oneself { what: "trust themselves" });
    }
    let now = world.facts.edges.get(&to);
    let event = match (now, weight) {
        (None, None) => return Err(Refusal::NotFound { what: "trust edge" }),
        (Some(_), None) => Event::TrustRemoved { from, to },
        (Some(old), Some(new)) if *old == new => return Ok(Decision::default()),
        (_, Some(weight)) => {
            check_limit(world, now.is_none().into())?;
            let today = DayCounts::of(truster.day_counts, world.now.utc_day());
            check_day(world, today.trust_edges, world.policy().admission.trust_edges_a_day, "trust edges")?;
            Event::TrustSet { from, to, weight }
        }
    };
    Ok(Decision::one(Some(from), event))
}

/// Only edges that are new or different are recorded, all in one entry; edges to oneself, and to people who were
/// erased, are left out.
fn import(world: &World, from: UserId, edges: &[(UserId, TrustWeight)]) -> Result<Decision, Refusal> {
    world.known(from)?;
    let mut wanted: Vec<_> = edges.iter().copied().filter(|(to, _)| *to != from).collect();
    wanted.sort_by_key(|(to, _)| *to);
    wanted.dedup_by_key(|(to, _)| *to);
    wanted
        .retain(|(to, weight)| world.facts.edges.get(to) != Some(weight) && !world.facts.erased.contains(to));
    let new = wanted.iter().filter(|(to, _)| !world.facts.edges.contains_key(to)).count();
    check_limit(world, new)?;
    if wanted.is_empty() {
        return Ok(Decision::default());
    }
    Ok(Decision::one(None, Event::TrustImported { from, edges: wanted }))
}

fn check_limit(world: &World, new: usize) -> Result<(), Refusal> {
    let limit = world.policy().limits.trust_edges;
    if world.facts.edges.len() + new > limit as usize {
        return Err(Refusal::Limit { what: "people one can trust", limit: u64::from(limit) });
    }
    Ok(())
}
