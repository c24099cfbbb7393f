//! Accounts: registering, claiming, verifying, freezing, naming seeds, blocking.

use super::{Command, Decision, Refusal, World};
use crate::ledger::{Event, UserStatus};
use crate::model::{Account, Claim, Handle, Hash, Move, Points, Pseudonym, UserId, Verification};

pub(super) fn decide(command: &Command, world: &World) -> Result<Decision, Refusal> {
    match command {
        Command::Register { user, pseudonym, handle, claims, claimed } => {
            register(world, *user, *pseudonym, handle.clone(), claims.clone(), *claimed)
        }
        Command::Claim { user, handle, claims } => claim(world, *user, handle.clone(), claims.clone()),
        Command::Verify { user, level, token } => verify(world, *user, *level, *token),
        Command::Freeze { user, frozen } => freeze(world, *user, *frozen),
        Command::Seed { user, seed } => self::seed(world, *user, *seed),
        Command::Block { user, target, blocked } => block(world, *user, *target, *blocked),
        _ => Ok(Decision::default()),
    }
}

fn minted(pseudonym: Pseudonym, points: Points) -> Vec<Move> {
    vec![Move(Account::Mint, -points), Move(Account::Available(pseudonym), points)]
}

fn check_claims(world: &World, held: u32, more: &[Claim]) -> Result<(), Refusal> {
    let limit = world.policy().limits.claims_per_user;
    if held as usize + more.len() > limit as usize {
        return Err(Refusal::Limit { what: "claims of one person", limit: u64::from(limit) });
    }
    Ok(())
}

fn register(
    world: &World,
    user: UserId,
    pseudonym: Pseudonym,
    handle: Option<Handle>,
    claims: Vec<Claim>,
    claimed: bool,
) -> Result<Decision, Refusal> {
    if world.user(user).is_some() {
        return Err(Refusal::Exists { what: "this user id".to_owned() });
    }
    check_claims(world, 0, &claims)?;
    let opening = if claimed { world.policy().stakes.opening(Verification::None) } else { Points::ZERO };
    let event = Event::UserRegistered { user, pseudonym, handle, claims, claimed };
    Ok(Decision::moving(claimed.then_some(user), event, minted(pseudonym, opening)))
}

fn claim(world: &World, id: UserId, handle: Option<Handle>, claims: Vec<Claim>) -> Result<Decision, Refusal> {
    let user = world.known(id)?;
    if user.has_handle && handle.is_some() {
        return Err(Refusal::Exists { what: "a handle of this account".to_owned() });
    }
    check_claims(world, user.claims, &claims)?;
    let opening = match user.status {
        UserStatus::Frozen => return Err(Refusal::Frozen),
        UserStatus::Unclaimed => world.policy().stakes.opening(Verification::None),
        UserStatus::Claimed | UserStatus::Erased => Points::ZERO,
    };
    let event = Event::UserClaimed { user: id, handle, claims };
    Ok(Decision::moving(Some(id), event, minted(user.pseudonym, opening)))
}

/// A higher level tops the opening balance up to its own.
fn verify(world: &World, id: UserId, level: Verification, token: Hash) -> Result<Decision, Refusal> {
    let user = world.actor(id)?;
    if level <= user.verification {
        return Err(Refusal::Exists { what: format!("a verification of level {}", user.verification) });
    }
    let policy = world.policy();
    let more = policy.stakes.opening(level) - policy.stakes.opening(user.verification);
    let event = Event::UserVerified { user: id, level, token };
    Ok(Decision::moving(None, event, minted(user.pseudonym, more.max(Points::ZERO))))
}

fn freeze(world: &World, id: UserId, frozen: bool) -> Result<Decision, Refusal> {
    let user = world.known(id)?;
    match (user.status, frozen) {
        (UserStatus::Unclaimed, _) => Err(Refusal::Unclaimed),
        (UserStatus::Frozen, true) | (UserStatus::Claimed, false) => Ok(Decision::default()),
        _ => Ok(Decision::one(None, Event::UserFrozen { user: id, frozen })),
    }
}

/// Only people can be seeds, and who stands for the community must be able to act in it.
fn seed(world: &World, id: UserId, seed: bool) -> Result<Decision, Refusal> {
    if world.known(id)?.seed == seed {
        return Ok(Decision::default());
    }
    if seed {
        world.actor(id)?;
    }
    Ok(Decision::one(None, Event::UserSeeded { user: id, seed }))
}

fn block(world: &World, id: UserId, target: UserId, blocked: bool) -> Result<Decision, Refusal> {
    let user = world.actor(id)?;
    world.known(target)?;
    if id == target {
        return Err(Refusal::Oneself { what: "block themselves" });
    }
    let limit = world.policy().limits.blocks;
    if blocked && user.blocks >= limit {
        return Err(Refusal::Limit { what: "people one can block", limit: u64::from(limit) });
    }
    Ok(Decision::one(Some(id), Event::UserBlocked { user: id, target, blocked }))
}
