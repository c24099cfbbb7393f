//! What concerns everybody: policy, epochs, reversals.

use super::{Command, Decision, Refusal, World};
use crate::ledger::{Event, EventKind};
use crate::model::{Account, Hash, Move, Points, Text};
use crate::policy::Policy;

pub(super) fn decide(command: &Command, world: &World) -> Result<Decision, Refusal> {
    match command {
        Command::SetPolicy { policy } => set_policy(world, policy),
        Command::CloseEpoch { tables } => Ok(close_epoch(world, *tables)),
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

/// Undoes what an entry gave and took. A stake that it released stays released: only its gain or loss is undone.
fn reverse(world: &World, position: u64, reason: Text) -> Result<Decision, Refusal> {
    let (leaf, people) = world
        .facts
        .reversal
        .as_ref()
        .ok_or(Refusal::NotReversible { position, reason: "there is no such entry" })?;
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
