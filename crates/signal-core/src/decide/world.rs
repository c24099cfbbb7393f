//! What a decision looks at, and what it says.

use std::collections::{BTreeMap, BTreeSet};

use super::Refusal;
use crate::ledger::{
    CircleState, CommunityState, DropState, Event, Leaf, Naming, Read, Resolution, StreamId, StreamState,
    UserState, UserStatus,
};
use crate::model::{CircleId, DropId, Move, Pseudonym, Timestamp, TrustWeight, UserId};
use crate::policy::Policy;
use crate::reputation::{Admission, SettlementFacts};

/// What must be known to erase a person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ErasureFacts {
    /// Positions of all entries whose body names the person.
    pub positions: Vec<u64>,
    /// People erased earlier whose erasure entry speaks of the person, and whether their drops stayed.
    pub earlier: Vec<(UserId, bool)>,
    /// All streams those entries wrote.
    pub streams: Vec<StreamId>,
    /// Those whose imports name the person, each with the trust edges they have now but for the one to the person.
    pub imports: Vec<(UserId, Vec<(UserId, TrustWeight)>)>,
    /// How many people block the person, each once.
    pub blocked_by: Vec<UserId>,
    /// Open or settled drops of others that carry the person's rating.
    pub rated: Vec<DropId>,
    /// Comments of the person by drop.
    pub commented: BTreeMap<DropId, u32>,
    /// Reports of the person.
    pub reported: Vec<DropId>,
}

/// What does not fit into a state row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Trust edges of the one who trusts.
    pub edges: BTreeMap<UserId, TrustWeight>,
    /// Of the people whom an import or a finding names, those who were erased.
    pub erased: BTreeSet<UserId>,
    /// Which entries the facts took for all that name a person.
    pub naming: Vec<Naming>,
    /// Comments of the one who comments under this drop.
    pub comments: u32,
    /// Whether the author of the drop blocks the one who acts, or the other way round.
    pub blocked: bool,
    /// Which share of all privileges the one who acts has.
    pub admission: Admission,
    /// Whether the one who rates this drop has rated it before.
    pub rated: bool,
    /// What a settlement looks at.
    pub settlement: SettlementFacts,
    /// The policy of the drop's creation, where it is not the one in force.
    pub drop_policy: Option<Policy>,
    /// What an erasure looks at.
    pub erasure: Option<ErasureFacts>,
    /// What the operator last made of the finding to resolve.
    pub resolved: Option<Resolution>,
    /// Whether the entry to reverse was reversed before.
    pub reversed: bool,
    /// The entry to reverse, and the people whose accounts it moved.
    pub reversal: Option<(Leaf, BTreeMap<Pseudonym, UserId>)>,
}

/// Everything a decision may look at. `now` is when it decides.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// The instant of the decision.
    pub now: Timestamp,
    /// Streams with their versions; `None` where a stream has no entry.
    pub streams: BTreeMap<StreamId, (u64, Option<StreamState>)>,
    /// What does not fit into a state row.
    pub facts: Facts,
}

/// One event with what it moves and who acts.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Who acts; none for the operator and for jobs.
    pub actor: Option<UserId>,
    /// What happens.
    pub event: Event,
    /// What moves between accounts.
    pub moves: Vec<Move>,
}

/// What is to be appended. No events means that everything is as wished already.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decision {
    /// Events in order.
    pub events: Vec<Proposal>,
}

impl Decision {
    /// A decision with one event that moves nothing.
    pub(super) fn one(actor: Option<UserId>, event: Event) -> Self {
        Self { events: vec![Proposal { actor, event, moves: Vec::new() }] }
    }

    /// A decision with one event and its moves.
    pub(super) fn moving(actor: Option<UserId>, event: Event, moves: Vec<Move>) -> Self {
        let moves = moves.into_iter().filter(|m| m.1 != crate::model::Points::ZERO).collect();
        Self { events: vec![Proposal { actor, event, moves }] }
    }

    /// The same with one more event.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.events.extend(other.events);
        self
    }
}

impl World {
    /// A world at an instant, with no stream loaded.
    pub fn at(now: Timestamp) -> Self {
        Self { now, ..Self::default() }
    }

    /// Whether the stream was loaded.
    pub fn holds(&self, stream: StreamId) -> bool {
        self.streams.contains_key(&stream)
    }

    /// The versions looked at.
    pub fn reads(&self) -> Vec<Read> {
        self.streams
            .iter()
            .map(|(stream, (version, _))| Read { stream: *stream, version: *version })
            .collect()
    }

    /// A user's state.
    pub fn user(&self, id: UserId) -> Option<&UserState> {
        match self.streams.get(&StreamId::User(id)) {
            Some((_, Some(StreamState::User(user)))) => Some(user),
            _ => None,
        }
    }

    /// A drop's state.
    pub fn drop(&self, id: DropId) -> Option<&DropState> {
        match self.streams.get(&StreamId::Drop(id)) {
            Some((_, Some(StreamState::Drop(drop)))) => Some(drop),
            _ => None,
        }
    }

    /// A circle's state.
    pub fn circle(&self, id: CircleId) -> Option<&CircleState> {
        match self.streams.get(&StreamId::Circle(id)) {
            Some((_, Some(StreamState::Circle(circle)))) => Some(circle),
            _ => None,
        }
    }

    /// The community's state, where anything was ever set.
    pub fn community(&self) -> Option<&CommunityState> {
        match self.streams.get(&StreamId::Community) {
            Some((_, Some(StreamState::Community(community)))) => Some(community),
            _ => None,
        }
    }

    /// The policy in force.
    pub fn policy(&self) -> Policy {
        self.community().map(|c| c.policy.clone()).unwrap_or_default()
    }

    /// A person who exists and is not erased.
    pub(super) fn known(&self, id: UserId) -> Result<&UserState, Refusal> {
        self.user(id).filter(|u| u.status != UserStatus::Erased).ok_or(Refusal::NotFound { what: "user" })
    }

    /// A person who may act.
    pub(super) fn actor(&self, id: UserId) -> Result<&UserState, Refusal> {
        let user = self.known(id)?;
        match user.status {
            UserStatus::Claimed => Ok(user),
            UserStatus::Unclaimed => Err(Refusal::Unclaimed),
            UserStatus::Frozen => Err(Refusal::Frozen),
            UserStatus::Erased => Err(Refusal::NotFound { what: "user" }),
        }
    }

    /// A circle that exists and is not closed.
    pub(super) fn open_circle(&self, id: CircleId) -> Result<&CircleState, Refusal> {
        let circle = self.circle(id).ok_or(Refusal::NotFound { what: "circle" })?;
        if circle.closed_at.is_some() { Err(Refusal::CircleIs { is: "closed" }) } else { Ok(circle) }
    }
}
