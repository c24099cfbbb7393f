//! How one event changes the state of one stream: the only place where states change.

use super::event::{Event, Outcome, Settlement};
use super::state::{
    CircleState, CommunityState, DayCounts, DropState, DropStatus, EpochRef, Member, StreamId, StreamState,
    UserState, UserStatus,
};
use crate::model::{Account, Claim, Move, Points, Role, Timestamp, UserId, Verification};
use crate::policy::Policy;

/// Most failures that a state remembers; the minimum stake reaches its ceiling far earlier.
const FAILURES_KEPT: usize = 64;

/// What an entry knows besides its event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoldContext<'a> {
    /// Instant of the entry.
    pub(crate) at: Timestamp,
    /// Number of the policy in force.
    pub(crate) policy_number: u32,
    /// The policy in force.
    pub(crate) policy: &'a Policy,
}

/// An event that does not fit the state it meets.
#[derive(Debug, thiserror::Error)]
#[error("{event} does not fit the state of {stream}")]
pub struct FoldError {
    event: &'static str,
    stream: StreamId,
}

/// The state of `stream` after `event`.
pub(crate) fn fold(
    state: Option<StreamState>,
    stream: StreamId,
    event: &Event,
    moves: &[Move],
    context: &FoldContext<'_>,
) -> Result<StreamState, FoldError> {
    let misfit = || FoldError { event: event.kind().as_str(), stream };
    if let Event::UserErased { checkpoints, .. } = event {
        let checkpoint = checkpoints.iter().find(|c| c.stream == stream).ok_or_else(misfit)?;
        return Ok(checkpoint.state.clone());
    }
    match (stream, state) {
        (StreamId::User(id), state) => {
            let mut user = match state {
                Some(StreamState::User(user)) => user,
                None => first_user(id, event, context.at).ok_or_else(misfit)?,
                Some(_) => return Err(misfit()),
            };
            fold_user(&mut user, event, context);
            book(&mut user, moves);
            Ok(StreamState::User(user))
        }
        (StreamId::Drop(_), state) => {
            let mut drop = match state {
                Some(StreamState::Drop(drop)) => drop,
                None => first_drop(event, context).ok_or_else(misfit)?,
                Some(_) => return Err(misfit()),
            };
            fold_drop(&mut drop, event);
            Ok(StreamState::Drop(drop))
        }
        (StreamId::Circle(_), state) => {
            let mut circle = match state {
                Some(StreamState::Circle(circle)) => circle,
                None => first_circle(event, context.at).ok_or_else(misfit)?,
                Some(_) => return Err(misfit()),
            };
            fold_circle(&mut circle, event, context.at);
            Ok(StreamState::Circle(circle))
        }
        (StreamId::Community, state) => {
            let mut community = match state {
                Some(StreamState::Community(community)) => *community,
                None => CommunityState::default(),
                Some(_) => return Err(misfit()),
            };
            fold_community(&mut community, event, context.at);
            Ok(StreamState::Community(Box::new(community)))
        }
    }
}

fn first_user(id: UserId, event: &Event, at: Timestamp) -> Option<UserState> {
    let Event::UserRegistered { pseudonym, claimed, handle, claims, .. } = event else {
        return None;
    };
    Some(UserState {
        id,
        pseudonym: *pseudonym,
        status: if *claimed { UserStatus::Claimed } else { UserStatus::Unclaimed },
        has_handle: handle.is_some(),
        verification: Verification::None,
        registered_at: at,
        available: Points::ZERO,
        staked: Points::ZERO,
        active_days: 0,
        last_active_day: None,
        last_drop_at: None,
        recent_drops: Vec::new(),
        failures: Vec::new(),
        bonus: 0,
        penalty: Points::ZERO,
        drops: 0,
        settled: 0,
        succeeded: 0,
        allowance_day: None,
        day_counts: None,
        claims: number(claims),
        seed: false,
        blocks: 0,
        circles: 0,
    })
}

fn number(claims: &[Claim]) -> u32 {
    u32::try_from(claims.len()).unwrap_or(u32::MAX)
}

/// Books the moves that concern this person.
fn book(user: &mut UserState, moves: &[Move]) {
    for Move(account, points) in moves {
        match account {
            Account::Available(who) if *who == user.pseudonym => user.available = user.available + *points,
            Account::Staked(who) if *who == user.pseudonym => user.staked = user.staked + *points,
            _ => {}
        }
    }
}

fn fold_user(user: &mut UserState, event: &Event, context: &FoldContext<'_>) {
    let at = context.at;
    if event.deliberate_actor() == Some(user.id) && user.last_active_day != Some(at.utc_day()) {
        user.active_days += 1;
        user.last_active_day = Some(at.utc_day());
    }
    count_day(user, event, at);
    if let Event::UserClaimed { handle, claims, .. } = event {
        user.has_handle |= handle.is_some();
        user.claims = user.claims.saturating_add(number(claims));
    }
    match event {
        Event::UserClaimed { .. } if user.status == UserStatus::Unclaimed => {
            user.status = UserStatus::Claimed;
        }
        Event::UserVerified { level, .. } => user.verification = user.verification.max(*level),
        Event::UserFrozen { frozen, .. } => {
            user.status = if *frozen { UserStatus::Frozen } else { UserStatus::Claimed };
        }
        Event::UserSeeded { seed, .. } => user.seed = *seed,
        Event::UserBlocked { blocked: true, .. } => user.blocks += 1,
        Event::UserBlocked { blocked: false, .. } => user.blocks = user.blocks.saturating_sub(1),
        Event::UserAllowancePaid { day, .. } => user.allowance_day = Some(*day),
        Event::DropMade { .. } => {
            user.drops += 1;
            user.last_drop_at = Some(at);
            let horizon = at.plus_seconds(-context.policy.stakes.rate_hours.saturating_mul(3_600));
            user.recent_drops.retain(|made| *made > horizon);
            user.recent_drops.push(at);
        }
        Event::DropSettled { settlement, .. } => fold_settlement(user, settlement),
        Event::CircleCreated { .. } | Event::CircleJoined { .. } => user.circles += 1,
        Event::CircleLeft { .. } | Event::CircleRemoved { .. } | Event::CircleClosed { .. } => {
            user.circles = user.circles.saturating_sub(1);
        }
        _ => {}
    }
}

/// Counts what a day allows only so much of.
fn count_day(user: &mut UserState, event: &Event, at: Timestamp) {
    let mut counts = DayCounts::of(user.day_counts, at.utc_day());
    match event {
        Event::DropRated { .. } => counts.ratings = counts.ratings.saturating_add(1),
        Event::TrustSet { .. } => counts.trust_edges = counts.trust_edges.saturating_add(1),
        _ => return,
    }
    user.day_counts = Some(counts);
}

fn fold_settlement(user: &mut UserState, settlement: &Settlement) {
    let Some(score) = settlement.score else { return };
    user.settled += 1;
    user.bonus = user.bonus.saturating_add(settlement.left.milli().saturating_mul(i64::from(score.get())));
    match settlement.outcome {
        Outcome::Success => user.succeeded += 1,
        Outcome::Failure => {
            user.penalty = user.penalty + settlement.left;
            user.failures.push(settlement.effective_at);
            user.failures.sort_unstable();
            let surplus = user.failures.len().saturating_sub(FAILURES_KEPT);
            user.failures.drain(..surplus);
        }
        _ => {}
    }
}

fn first_drop(event: &Event, context: &FoldContext<'_>) -> Option<DropState> {
    let Event::DropMade { drop, author, track, stake, circle, .. } = event else {
        return None;
    };
    Some(DropState {
        id: *drop,
        author: *author,
        track: *track,
        circle: *circle,
        stake: *stake,
        made_at: context.at,
        policy: context.policy_number,
        ratings: 0,
        comments: 0,
        reports: 0,
        hidden: false,
        words_withdrawn: false,
        status: DropStatus::Open,
    })
}

fn fold_drop(drop: &mut DropState, event: &Event) {
    match event {
        Event::DropRated { .. } => drop.ratings += 1,
        Event::DropCommented { .. } => drop.comments += 1,
        Event::DropReported { .. } => drop.reports += 1,
        Event::DropHidden { hidden, .. } => drop.hidden = *hidden,
        Event::DropWithdrawn { refunded, .. } => {
            drop.words_withdrawn = true;
            if *refunded {
                drop.status = DropStatus::Ended {
                    outcome: Outcome::Withdrawn,
                    score: None,
                    left: drop.stake,
                    effective_at: drop.made_at,
                };
            }
        }
        Event::DropSettled { settlement, .. } | Event::DropFaded { settlement, .. } => drop.end(settlement),
        Event::DropAnnulled { settlement, .. } => {
            drop.end(settlement);
            drop.hidden = true;
        }
        _ => {}
    }
}

fn first_circle(event: &Event, at: Timestamp) -> Option<CircleState> {
    let Event::CircleCreated { circle, creator, name, focus, invite_only } = event else {
        return None;
    };
    Some(CircleState {
        id: *circle,
        name: name.clone(),
        members: vec![Member { user: *creator, role: Role::Creator, joined_at: at }],
        invited: Vec::new(),
        focus: focus.clone(),
        invite_only: *invite_only,
        frozen: false,
        closed_at: None,
        created_at: at,
    })
}

fn fold_circle(circle: &mut CircleState, event: &Event, at: Timestamp) {
    match event {
        Event::CircleInvited { user, .. } if !circle.invited.contains(user) => circle.invited.push(*user),
        Event::CircleJoined { user, .. } => {
            circle.invited.retain(|u| u != user);
            circle.members.push(Member { user: *user, role: Role::Member, joined_at: at });
        }
        Event::CircleLeft { user, .. } | Event::CircleRemoved { user, .. } => {
            circle.members.retain(|m| m.user != *user);
            circle.invited.retain(|u| u != user);
        }
        Event::CircleRoleSet { user, role, .. } => {
            if let Some(member) = circle.members.iter_mut().find(|m| m.user == *user) {
                member.role = *role;
            }
        }
        Event::CircleFrozen { frozen, .. } => circle.frozen = *frozen,
        Event::CircleClosed { .. } => {
            circle.closed_at = Some(at);
            circle.members.clear();
            circle.invited.clear();
        }
        _ => {}
    }
}

fn fold_community(community: &mut CommunityState, event: &Event, at: Timestamp) {
    match event {
        Event::PolicySet { number, policy } => {
            community.policy_number = *number;
            community.policy = (**policy).clone();
        }
        Event::EpochClosed { number, tables } => {
            community.epoch = Some(EpochRef { number: *number, at, tables: *tables });
        }
        _ => {}
    }
}
