//! Who was in a circle at an instant.

use std::collections::BTreeSet;

use super::{Engine, Result, corrupt};
use crate::ledger::{CircleState, Event, StreamId, StreamState};
use crate::model::{CircleId, Timestamp, UserId};

/// Entries read at once.
const CHUNK: u32 = 500;

/// Members at an instant, as the entries before and after it tell.
#[derive(Default)]
struct Seats {
    members: BTreeSet<UserId>,
    /// Who went after the instant.
    went: BTreeSet<UserId>,
}

impl Seats {
    fn follow(&mut self, circle: CircleId, event: &Event, before: bool) {
        match event {
            Event::CircleCreated { creator: user, .. } | Event::CircleJoined { user, .. } if before => {
                self.members.insert(*user);
            }
            Event::CircleLeft { user, .. } | Event::CircleRemoved { user, .. } if before => {
                self.members.remove(user);
            }
            Event::CircleLeft { user, .. } | Event::CircleRemoved { user, .. } => {
                self.went.insert(*user);
            }
            Event::UserErased { checkpoints, .. } => {
                let state = checkpoints.iter().find_map(|checkpoint| match &checkpoint.state {
                    StreamState::Circle(state) if state.id == circle => Some(state),
                    _ => None,
                });
                if let Some(state) = state.filter(|state| state.closed_at.is_none()) {
                    self.correct(state, before);
                }
            }
            _ => {}
        }
    }

    /// An erasure takes along that the person removed others. Whoever does not sit in the circle any more, though no
    /// entry says that they went, was removed by one who was erased.
    fn correct(&mut self, state: &CircleState, before: bool) {
        if before {
            self.members = state.members.iter().map(|member| member.user).collect();
        } else {
            let went = &self.went;
            self.members.retain(|user| state.member(*user).is_some() || went.contains(user));
        }
    }
}

impl Engine {
    /// The members of a circle right before an instant, of those who are not erased.
    pub(super) async fn members_at(&self, circle: CircleId, at: Timestamp) -> Result<BTreeSet<UserId>> {
        let stream = StreamId::Circle(circle);
        let mut seats = Seats::default();
        let mut version = 0;
        loop {
            let entries = self.store().stream_entries(stream, version, CHUNK).await?;
            for stored in &entries {
                let entry = stored.read().map_err(|error| corrupt("count members", "an entry", error))?;
                let Some(body) = entry.body else { continue };
                version = body.streams.iter().find(|(s, _)| *s == stream).map_or(version, |(_, v)| *v);
                seats.follow(circle, &body.event, entry.leaf.at < at);
            }
            if entries.len() < CHUNK as usize {
                return Ok(seats.members);
            }
        }
    }
}
