//! Circles: at most 150 people, a creator, moderators, members.

use super::{Authority, Command, Decision, Refusal, World};
use crate::ledger::{CircleState, Event, Member};
use crate::model::{CircleId, Role, Text, UserId};

pub(super) fn decide(command: &Command, world: &World) -> Result<Decision, Refusal> {
    match command {
        Command::CreateCircle { circle, creator, name, focus, invite_only } => {
            create(world, *circle, *creator, name.clone(), focus.clone(), *invite_only)
        }
        Command::Invite { circle, by, user } => invite(world, *circle, *by, *user),
        Command::Join { circle, user } => join(world, *circle, *user),
        Command::Leave { circle, user } => leave(world, *circle, *user),
        Command::RemoveMember { circle, user, by } => remove(world, *circle, *user, *by),
        Command::SetRole { circle, user, role, by } => set_role(world, *circle, *user, *role, *by),
        Command::FreezeCircle { circle, by, frozen } => freeze(world, *circle, *by, *frozen),
        Command::CloseCircle { circle, by } => close(world, *circle, *by),
        _ => Ok(Decision::default()),
    }
}

fn check_seats(world: &World, user: UserId) -> Result<(), Refusal> {
    let limit = world.policy().limits.circles_per_user;
    if world.actor(user)?.circles >= limit {
        return Err(Refusal::Limit { what: "circles one can be in", limit: u64::from(limit) });
    }
    Ok(())
}

fn create(
    world: &World,
    circle: CircleId,
    creator: UserId,
    name: Text,
    focus: Vec<String>,
    invite_only: bool,
) -> Result<Decision, Refusal> {
    check_seats(world, creator)?;
    if world.circle(circle).is_some() {
        return Err(Refusal::Exists { what: "this circle id".to_owned() });
    }
    let limit = world.policy().limits.focus_genres;
    if focus.len() > limit {
        return Err(Refusal::Limit { what: "focus genres", limit: limit as u64 });
    }
    Ok(Decision::one(Some(creator), Event::CircleCreated { circle, creator, name, focus, invite_only }))
}

fn invite(world: &World, id: CircleId, by: UserId, user: UserId) -> Result<Decision, Refusal> {
    world.actor(by)?;
    let circle = visible_to(world, id, by)?;
    world.known(user)?;
    if circle.member(user).is_some() || circle.invited.contains(&user) {
        return Ok(Decision::default());
    }
    let limit = world.policy().limits.circle_members;
    if circle.invited.len() >= limit {
        return Err(Refusal::Limit { what: "open invitations", limit: limit as u64 });
    }
    Ok(Decision::one(Some(by), Event::CircleInvited { circle: id, by, user }))
}

fn visible_to(world: &World, id: CircleId, member: UserId) -> Result<&CircleState, Refusal> {
    let circle = world.open_circle(id)?;
    circle.member(member).map(|_| circle).ok_or(Refusal::NotMember)
}

fn join(world: &World, id: CircleId, user: UserId) -> Result<Decision, Refusal> {
    check_seats(world, user)?;
    let circle = world.open_circle(id)?;
    if circle.member(user).is_some() {
        return Err(Refusal::Exists { what: "this membership".to_owned() });
    }
    if circle.frozen {
        return Err(Refusal::CircleIs { is: "frozen" });
    }
    if circle.invite_only && !circle.invited.contains(&user) {
        return Err(Refusal::NotInvited);
    }
    let limit = world.policy().limits.circle_members;
    if circle.members.len() >= limit {
        return Err(Refusal::CircleFull { limit });
    }
    Ok(Decision::one(Some(user), Event::CircleJoined { circle: id, user }))
}

/// Who takes over from a creator: the senior moderator, else the senior member.
pub(super) fn successor(circle: &CircleState, leaving: UserId) -> Option<Member> {
    let others = || circle.members.iter().filter(|m| m.user != leaving);
    others().find(|m| m.role == Role::Moderator).or_else(|| others().next()).copied()
}

fn leave(world: &World, id: CircleId, user: UserId) -> Result<Decision, Refusal> {
    world.known(user)?;
    let circle = visible_to(world, id, user)?;
    let left = Decision::one(Some(user), Event::CircleLeft { circle: id, user });
    let creator = circle.member(user).is_some_and(|m| m.role == Role::Creator);
    Ok(match successor(circle, user) {
        None => left.and(Decision::one(None, Event::CircleClosed { circle: id, members: Vec::new() })),
        Some(next) if creator => {
            let event = Event::CircleRoleSet { circle: id, user: next.user, role: Role::Creator, by: None };
            left.and(Decision::one(None, event))
        }
        Some(_) => left,
    })
}

/// The person who acts, with at least this part; `None` is the operator.
fn ranking(
    world: &World,
    circle: &CircleState,
    by: Authority,
    least: Role,
    who: &'static str,
) -> Result<Option<Member>, Refusal> {
    match by {
        Authority::Operator => Ok(None),
        Authority::User(user) => {
            world.actor(user)?;
            let member = circle.member(user).ok_or(Refusal::NotMember)?;
            if member.role < least { Err(Refusal::NotAllowed { who }) } else { Ok(Some(*member)) }
        }
    }
}

fn remove(world: &World, id: CircleId, user: UserId, by: Authority) -> Result<Decision, Refusal> {
    let circle = world.open_circle(id)?;
    let actor = ranking(world, circle, by, Role::Moderator, "a moderator of the circle")?;
    let target = circle.member(user).ok_or(Refusal::NotFound { what: "member" })?;
    if actor.is_some_and(|a| a.role <= target.role) || target.role == Role::Creator {
        return Err(Refusal::NotAllowed { who: "someone above them" });
    }
    let by = actor.map(|a| a.user);
    Ok(Decision::one(by, Event::CircleRemoved { circle: id, user, by }))
}

/// There is one creator: naming another makes the old one a moderator.
fn set_role(
    world: &World,
    id: CircleId,
    user: UserId,
    role: Role,
    by: Authority,
) -> Result<Decision, Refusal> {
    let circle = world.open_circle(id)?;
    let actor = ranking(world, circle, by, Role::Creator, "the circle's creator")?;
    let target = circle.member(user).ok_or(Refusal::NotFound { what: "member" })?;
    if target.role == role {
        return Ok(Decision::default());
    }
    if target.role == Role::Creator {
        return Err(Refusal::NotAllowed { who: "a new creator, by taking over" });
    }
    let by = actor.map(|a| a.user);
    let set = |user, role| Decision::one(by, Event::CircleRoleSet { circle: id, user, role, by });
    let old = circle.members.iter().find(|m| m.role == Role::Creator && role == Role::Creator);
    Ok(old.map(|m| set(m.user, Role::Moderator)).unwrap_or_default().and(set(user, role)))
}

fn freeze(world: &World, id: CircleId, by: Authority, frozen: bool) -> Result<Decision, Refusal> {
    let circle = world.open_circle(id)?;
    let actor = ranking(world, circle, by, Role::Creator, "the circle's creator")?;
    if circle.frozen == frozen {
        return Ok(Decision::default());
    }
    Ok(Decision::one(actor.map(|a| a.user), Event::CircleFrozen { circle: id, frozen }))
}

fn close(world: &World, id: CircleId, by: Authority) -> Result<Decision, Refusal> {
    let circle = world.open_circle(id)?;
    let actor = ranking(world, circle, by, Role::Creator, "the circle's creator")?;
    let members = circle.members.iter().map(|m| m.user).collect();
    Ok(Decision::one(actor.map(|a| a.user), Event::CircleClosed { circle: id, members }))
}
