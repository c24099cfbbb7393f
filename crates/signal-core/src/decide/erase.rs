//! Someone leaves: everything that leads to them goes, and the ledger still verifies.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::circle::successor;
use super::world::ErasureFacts;
use super::{Decision, Refusal, World};
use crate::ledger::{
    Checkpoint, CircleState, DropState, DropStatus, Event, FoldContext, Outcome, StreamId, StreamState,
    UserState, UserStatus, fold,
};
use crate::model::{Account, Move, Points, Pseudonym, Role, Text, Timestamp, TrackId, UserId, Verification};

/// What a circle is called that closed before one of its people was erased.
const CLOSED: &str = "closed";

/// Burns the points, passes circles on, records again what others' imports lose, and fixes the state of every
/// stream that loses a body.
pub(super) fn decide(id: UserId, keep_drops: bool, world: &World) -> Result<Decision, Refusal> {
    let user = world.known(id)?;
    let nothing = ErasureFacts::default();
    let facts = world.facts.erasure.as_ref().unwrap_or(&nothing);
    let before = facts
        .imports
        .iter()
        .filter(|(_, edges)| !edges.is_empty())
        .map(|(from, edges)| Event::TrustImported { from: *from, edges: edges.clone() });
    let before: Vec<_> = before.chain(succession(id, world, facts)).collect();
    let states = states_after(&before, world);
    let mut streams = facts.streams.clone();
    streams.push(StreamId::User(id));
    streams.sort_unstable();
    streams.dedup();
    let checkpoints = streams
        .iter()
        .filter_map(|stream| {
            let state =
                states.get(stream).or_else(|| world.streams.get(stream).and_then(|(_, s)| s.as_ref()))?;
            Some(Checkpoint { stream: *stream, state: redacted(state.clone(), id, keep_drops, facts) })
        })
        .collect();
    let burnt = user.available + user.staked;
    let moves = vec![
        Move(Account::Available(user.pseudonym), -user.available),
        Move(Account::Staked(user.pseudonym), -user.staked),
        Move(Account::Burn, burnt),
    ];
    let mut decision = Decision::default();
    for event in before {
        decision = decision.and(Decision::one(None, event));
    }
    let event = Event::UserErased {
        user: id,
        redacted: facts.positions.clone(),
        keep_drops,
        checkpoints,
        earlier: facts.earlier.clone(),
    };
    Ok(decision.and(Decision::moving(None, event, moves)))
}

/// A circle passes to its senior moderator, else senior member, else closes.
fn succession<'a>(id: UserId, world: &'a World, facts: &'a ErasureFacts) -> impl Iterator<Item = Event> + 'a {
    let circles = facts.streams.iter().filter_map(|stream| match stream {
        StreamId::Circle(circle) => world.circle(*circle),
        _ => None,
    });
    circles.filter(|c| c.closed_at.is_none()).filter_map(move |circle| {
        let creator = circle.member(id)?.role == Role::Creator;
        match successor(circle, id) {
            None => Some(Event::CircleClosed { circle: circle.id, members: Vec::new() }),
            Some(next) => creator.then_some(Event::CircleRoleSet {
                circle: circle.id,
                user: next.user,
                role: Role::Creator,
                by: None,
            }),
        }
    })
}

/// The states that the events before the erasure itself leave behind.
fn states_after(events: &[Event], world: &World) -> BTreeMap<StreamId, StreamState> {
    let policy = world.policy();
    let policy_number = world.community().map_or(0, |c| c.policy_number);
    let context = FoldContext { at: world.now, policy_number, policy: &policy };
    let mut states: BTreeMap<StreamId, StreamState> = BTreeMap::new();
    for event in events {
        for stream in event.streams() {
            let loaded = world.streams.get(&stream).and_then(|(_, state)| state.clone());
            let state = states.get(&stream).cloned().or(loaded);
            if let Ok(state) = fold(state, stream, event, &[], &context) {
                states.insert(stream, state);
            }
        }
    }
    states
}

fn redacted(state: StreamState, id: UserId, keep_drops: bool, facts: &ErasureFacts) -> StreamState {
    match state {
        StreamState::User(user) if user.id == id => StreamState::User(tombstone(id)),
        StreamState::User(mut user) => {
            let blocks = facts.blocked_by.iter().filter(|who| **who == user.id).count();
            user.blocks = user.blocks.saturating_sub(u32::try_from(blocks).unwrap_or(u32::MAX));
            StreamState::User(user)
        }
        StreamState::Drop(drop) => StreamState::Drop(redacted_drop(drop, id, keep_drops, facts)),
        StreamState::Circle(circle) => StreamState::Circle(redacted_circle(circle, id)),
        community @ StreamState::Community(_) => community,
    }
}

fn tombstone(id: UserId) -> UserState {
    UserState {
        id,
        pseudonym: Pseudonym::from_bytes([0; 16]),
        status: UserStatus::Erased,
        has_handle: false,
        verification: Verification::None,
        registered_at: Timestamp::from_micros(0),
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
        claims: 0,
        seed: false,
        blocks: 0,
        circles: 0,
    }
}

fn redacted_drop(mut drop: DropState, id: UserId, keep_drops: bool, facts: &ErasureFacts) -> DropState {
    if drop.author == id && keep_drops {
        if drop.is_open() {
            drop.status = DropStatus::Ended {
                outcome: Outcome::Annulled,
                score: None,
                left: Points::ZERO,
                effective_at: drop.made_at,
            };
        }
        return drop;
    }
    if drop.author == id {
        drop.author = UserId::from_uuid(Uuid::nil());
        drop.track = TrackId::from_uuid(Uuid::nil());
        drop.circle = None;
        drop.stake = Points::ZERO;
        drop.status = DropStatus::Erased;
        return drop;
    }
    let count =
        |drops: &[crate::model::DropId]| u32::try_from(drops.iter().filter(|d| **d == drop.id).count());
    let ratings = count(&facts.rated).unwrap_or(0);
    let reports = count(&facts.reported).unwrap_or(0);
    drop.ratings = drop.ratings.saturating_sub(ratings);
    drop.reports = drop.reports.saturating_sub(reports);
    drop.comments = drop.comments.saturating_sub(facts.commented.get(&drop.id).copied().unwrap_or(0));
    drop
}

fn redacted_circle(mut circle: CircleState, id: UserId) -> CircleState {
    circle.members.retain(|m| m.user != id);
    circle.invited.retain(|u| *u != id);
    // Nobody is left whose circle it could be; its name is the words of somebody who may be the one to forget.
    if circle.closed_at.is_some()
        && let Ok(name) = Text::new(CLOSED, CLOSED.len())
    {
        circle.name = name;
    }
    circle
}
