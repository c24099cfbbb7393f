//! What concerns everybody: policy, epochs, findings, reversals.

use super::{Command, Decision, Refusal, World};
use crate::ledger::{Event, EventKind};
use crate::model::{Account, Hash, Move, Points, Text};
use crate::policy::Policy;

pub(super) fn decide(command: &Command, world: &World) -> Result<Decision, Refusal> {
    match command {
        Command::SetPolicy { policy } => set_policy(world, policy),
        Command::CloseEpoch { tables } => Ok(close_epoch(world, *tables)),
        Command::ResolveFinding { .. } => resolve(world, command),
        Command::Reverse { position, reason } => reverse(world, *position, reason.clone()),
        _ => Ok(Decision::default()),
    }
}

fn set_policy(world: &World, policy: &Policy) -> Result<Decision, Refusal> {
    policy.check().map_err(|error| Refusal::Policy { reason: error.to_string() })?;
    if world.policy() == *policy {
        return Ok(Decision::default());
    }
    let number = world.community().map_or(0, |c| c.policy_number) + 1;
    Ok(Decision::one(None, Event::PolicySet { number, policy: Box::new(policy.clone()) }))
}

fn close_epoch(world: &World, tables: Hash) -> Decision {
    let number = world.community().and_then(|c| c.epoch).map_or(0, |e| e.number) + 1;
    Decision::one(None, Event::EpochClosed { number, tables })
}

/// Writes down what the operator makes of a finding, once for each change of mind.
fn resolve(world: &World, command: &Command) -> Result<Decision, Refusal> {
    let Command::ResolveFinding { finding, kind, members, probability, resolution, note } = command else {
        return Ok(Decision::default());
    };
    if members.is_empty() || !world.facts.erased.is_empty() {
        return Err(Refusal::NotFound { what: "finding" });
    }
    if world.facts.resolved == Some(*resolution) {
        return Err(Refusal::Exists { what: format!("the word that this finding is {resolution}") });
    }
    let event = Event::FindingResolved {
        finding: *finding,
        kind: *kind,
        members: members.clone(),
        probability: *probability,
        resolution: *resolution,
        note: note.clone(),
    };
    Ok(Decision::one(None, event))
}

/// Undoes what an entry gave and took. A stake that it released stays released: only its gain or loss is undone.
fn reverse(world: &World, position: u64, reason: Text) -> Result<Decision, Refusal> {
    let (leaf, people) = world
        .facts
        .reversal
        .as_ref()
        .ok_or(Refusal::NotReversible { position, reason: "there is no such entry" })?;
    if world.facts.reversed {
        return Err(Refusal::NotReversible { position, reason: "it was reversed already" });
    }
    let reversible = [
        EventKind::UserVerified,
        EventKind::UserAllowancePaid,
        EventKind::DropSettled,
        EventKind::DropFaded,
        EventKind::DropAnnulled,
    ];
    if !reversible.contains(&leaf.kind) || leaf.moves.is_empty() {
        return Err(Refusal::NotReversible {
            position,
            reason: "it gave and took nothing that can be undone",
        });
    }
    let mut moves: Vec<Move> = Vec::new();
    for Move(account, points) in &leaf.moves {
        let account = match account {
            Account::Staked(who) => Account::Available(*who),
            other => *other,
        };
        match moves.iter_mut().find(|m| m.0 == account) {
            Some(booked) => booked.1 = booked.1 - *points,
            None => moves.push(Move(account, -*points)),
        }
    }
    let mut users = Vec::new();
    for Move(account, points) in &moves {
        let Account::Available(who) = account else {
            continue;
        };
        let user = people
            .get(who)
            .and_then(|id| world.user(*id))
            .ok_or(Refusal::NotReversible { position, reason: "a person it concerns is gone" })?;
        if user.available + *points < Points::ZERO {
            return Err(Refusal::NotReversible { position, reason: "the points were spent" });
        }
        users.push(user.id);
    }
    Ok(Decision::moving(None, Event::Reversed { position, users, reason }, moves))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Body;

    /// Every float of a policy.
    fn floats(policy: &mut Policy) -> Vec<&mut f64> {
        let Policy { trust, taste, compatibility, integrity, feed, .. } = policy;
        vec![
            &mut trust.base_per_period,
            &mut trust.base_days,
            &mut trust.base_cap,
            &mut trust.decay_factor,
            &mut trust.decay_days,
            &mut taste.skip_share,
            &mut taste.half_life_days,
            &mut taste.parent_share,
            &mut compatibility.trust_path,
            &mut compatibility.taste,
            &mut compatibility.genre_overlap,
            &mut compatibility.missing,
            &mut compatibility.coarse_step,
            &mut integrity.damping,
            &mut integrity.restart_phone,
            &mut integrity.restart_paid,
            &mut integrity.inward_share,
            &mut integrity.inward_praise,
            &mut integrity.taste_explains,
            &mut feed.half_life_days,
            &mut feed.standing_share,
            &mut feed.seen_factor,
            &mut feed.circle_affinity,
        ]
    }

    fn floats_in(value: &serde_json::Value) -> usize {
        match value {
            serde_json::Value::Object(fields) => fields.values().map(floats_in).sum(),
            other => usize::from(other.is_f64()),
        }
    }

    #[test]
    fn an_accepted_policy_reads_back_equal_from_its_entry() {
        let count = floats(&mut Policy::default()).len();
        let written = serde_json::to_value(Policy::default()).expect("serialises");
        assert_eq!(floats_in(&written), count, "each float has its place in the list above");
        let lost = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let kept =
            [f64::MAX, f64::MIN_POSITIVE, 5e-324, -0.0, 0.1 + 0.2, 1.0 / 3.0, 1.0 - f64::EPSILON / 2.0];
        let mut accepted = 0;
        for place in 0..count {
            for value in lost.into_iter().chain(kept) {
                let mut policy = Policy::default();
                *floats(&mut policy)[place] = value;
                let Ok(decision) = set_policy(&World::default(), &policy) else { continue };
                assert!(value.is_finite(), "float {place} may not be {value}");
                for proposal in decision.events {
                    let body = Body { v: 1, actor: None, streams: vec![], event: proposal.event };
                    let bytes = serde_json::to_vec(&body).expect("serialises");
                    let read: Body = serde_json::from_slice(&bytes).expect("reads back");
                    assert_eq!(read, body, "float {place} as {value}");
                    accepted += 1;
                }
            }
        }
        assert!(accepted > 3 * count, "most of the finite values are in range: {accepted}");
    }
}
