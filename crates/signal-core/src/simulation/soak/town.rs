//! The states of a soak: what a store would keep, as far as the next decision needs it.

use std::collections::{BTreeMap, VecDeque};

use super::super::dice::Dice;
use super::books::Books;
use super::{SoakError, SoakPlan, SoakReport};
use crate::decide::{self, Command, Decision, ErasureFacts, World};
use crate::ledger::{
    Batch, DraftEvent, Event, Fault, Head, Leaf, Sealed, Sealer, Stance, StreamId, StreamRow, StreamState,
    Tree,
};
use crate::model::{Account, CircleId, DropId, Millionths, Pseudonym, Stars, Timestamp, TrustWeight, UserId};
use crate::policy::Policy;
use crate::reputation::{SettlementFacts, WeighedRating};

/// Entries that can still be reversed.
const REMEMBERED: usize = 500;

/// A person of the soak.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) pseudonym: Pseudonym,
}

/// A drop whose stake is locked.
#[derive(Debug)]
pub(super) struct OpenDrop {
    pub(super) id: DropId,
    pub(super) author: UserId,
    pub(super) ratings: Vec<WeighedRating>,
    /// People who were shown it, and people who acted in its time.
    shown: u64,
    active: u32,
}

/// Everybody and everything that goes on.
#[derive(Debug)]
pub(super) struct Town {
    pub(super) dice: Dice,
    pub(super) now: Timestamp,
    pub(super) most: usize,
    pub(super) people: Vec<Person>,
    pub(super) open: Vec<OpenDrop>,
    pub(super) circles: Vec<CircleId>,
    /// Entries that moved points, with whom they concern.
    pub(super) moved: VecDeque<(Leaf, Vec<UserId>)>,
    rows: BTreeMap<StreamId, StreamRow>,
    edges: BTreeMap<UserId, BTreeMap<UserId, TrustWeight>>,
    policies: Vec<Policy>,
    pub(super) head: Head,
    tree: Tree,
    refused: u64,
    ended: u64,
    erased: u64,
    reversed: u64,
}

impl Town {
    pub(super) fn new(plan: &SoakPlan) -> Self {
        Self {
            dice: Dice::new(plan.seed, 0),
            now: Timestamp::from_seconds(1_767_225_600),
            most: plan.people.max(3),
            people: Vec::new(),
            open: Vec::new(),
            circles: Vec::new(),
            moved: VecDeque::new(),
            rows: BTreeMap::new(),
            edges: BTreeMap::new(),
            policies: vec![Policy::default()],
            head: Head::default(),
            tree: Tree::default(),
            refused: 0,
            ended: 0,
            erased: 0,
            reversed: 0,
        }
    }

    /// Entries so far.
    pub(super) const fn size(&self) -> u64 {
        self.head.size
    }

    pub(super) fn report(&self, books: &Books) -> SoakReport {
        SoakReport {
            events: self.head.size,
            refused: self.refused,
            moving: books.moving,
            ended: self.ended,
            erased: self.erased,
            reversed: self.reversed,
            minted_millipoints: -books.of(Account::Mint),
            burnt_millipoints: books.of(Account::Burn),
            root: self.head.root(),
        }
    }

    /// One command: decided, sealed, booked.
    pub(super) fn step(&mut self, books: &mut Books) -> Result<(), SoakError> {
        let Some(command) = self.wish() else { return Ok(()) };
        let world = self.world(&command);
        let Ok(decision) = decide::decide(&command, &world) else {
            self.refused += 1;
            return Ok(());
        };
        if decision.events.is_empty() {
            return Ok(());
        }
        let sealed = self.seal(&world, &decision)?;
        self.keep(decision, sealed, books)
    }

    pub(super) fn state(&self, stream: StreamId) -> Option<StreamState> {
        self.rows.get(&stream).and_then(|row| StreamState::from_bytes(&row.state).ok())
    }

    fn world(&mut self, command: &Command) -> World {
        let mut world = World::at(self.now);
        self.facts(command, &mut world);
        loop {
            let wanted = decide::streams(command, &world);
            if wanted.is_empty() {
                return world;
            }
            for stream in wanted {
                let version = self.rows.get(&stream).map_or(0, |row| row.version);
                world.streams.insert(stream, (version, self.state(stream)));
            }
            self.drop_policy(command, &mut world);
        }
    }

    fn facts(&mut self, command: &Command, world: &mut World) {
        match command {
            Command::SetTrust { from, .. } => {
                world.facts.edges = self.edges.get(from).cloned().unwrap_or_default();
            }
            Command::Settle { drop } => {
                if let Some(open) = self.open.iter().find(|open| open.id == *drop) {
                    let (ratings, active, shown) = (open.ratings.clone(), open.active, open.shown);
                    world.facts.settlement =
                        SettlementFacts { ratings, active, community: 0, shown, epoch: None };
                }
            }
            Command::Reverse { position, .. } => {
                let Some((leaf, users)) = self.moved.iter().find(|(leaf, _)| leaf.position == *position)
                else {
                    return;
                };
                let mut people = BTreeMap::new();
                for user in users {
                    let stream = StreamId::User(*user);
                    let Some(StreamState::User(state)) = self.state(stream) else { continue };
                    people.insert(state.pseudonym, *user);
                    let version = self.rows.get(&stream).map_or(0, |row| row.version);
                    world.streams.insert(stream, (version, Some(StreamState::User(state))));
                }
                world.facts.reversal = Some((leaf.clone(), people));
            }
            Command::Erase { user, .. } => {
                let own =
                    self.open.iter().filter(|open| open.author == *user).map(|open| StreamId::Drop(open.id));
                let circles = self.circles.iter().map(|circle| StreamId::Circle(*circle));
                let streams = own.chain(circles).chain([StreamId::User(*user)]).collect();
                world.facts.erasure = Some(ErasureFacts { streams, ..ErasureFacts::default() });
            }
            _ => {}
        }
    }

    /// The policy of the drop's creation, as soon as the drop is loaded.
    fn drop_policy(&self, command: &Command, world: &mut World) {
        let (Command::Settle { drop } | Command::Annul { drop, .. } | Command::Withdraw { drop, .. }) =
            command
        else {
            return;
        };
        let number = world.drop(*drop).and_then(|drop| usize::try_from(drop.policy).ok());
        world.facts.drop_policy = number.and_then(|number| self.policies.get(number).cloned());
    }

    fn seal(&mut self, world: &World, decision: &Decision) -> Result<Sealed, SoakError> {
        let events = decision.events.iter().map(|proposal| {
            let mut salt = [0; 16];
            self.dice.fill(&mut salt);
            DraftEvent {
                actor: proposal.actor,
                event: proposal.event.clone(),
                moves: proposal.moves.clone(),
                salt,
            }
        });
        let events = events.collect();
        let batch = Batch {
            at: world.now,
            reads: world.reads(),
            naming: Vec::new(),
            keys: Vec::new(),
            events,
            content: Vec::new(),
        };
        let mut sealer = Sealer::new(&self.head);
        for stream in sealer.missing(&batch) {
            sealer.load(stream, self.rows.get(&stream).cloned());
        }
        let position = self.head.size;
        let failed = |source| SoakError::Append { position, source };
        sealer.check(&batch).map_err(failed)?;
        sealer.add(&batch).map_err(failed)?;
        Ok(sealer.finish())
    }

    /// Takes over what was sealed, and looks whether all holds.
    fn keep(&mut self, decision: Decision, sealed: Sealed, books: &mut Books) -> Result<(), SoakError> {
        let Sealed { entries, rows, head, .. } = sealed;
        for (entry, proposal) in entries.iter().zip(&decision.events) {
            let position = entry.stored.position;
            let damaged = |_| SoakError::Tree { position, fault: Fault::BitFlip };
            let leaf = entry.stored.leaf().map_err(damaged)?;
            books.book(&leaf)?;
            self.tree.push(&entry.stored.leaf);
            if !leaf.moves.is_empty() {
                self.moved.push_back((leaf, proposal.event.people()));
            }
        }
        self.moved.drain(..self.moved.len().saturating_sub(REMEMBERED));
        if self.tree.root() != head.root() || self.tree.size() != head.size {
            return Err(SoakError::Tree { position: head.size, fault: Fault::BitFlip });
        }
        for (stream, row) in rows {
            let state = StreamState::from_bytes(&row.state)
                .map_err(|_| SoakError::Tree { position: head.size, fault: Fault::BitFlip })?;
            books.agree(head.size, &state)?;
            self.rows.insert(stream, row);
        }
        self.head = head;
        for proposal in decision.events {
            self.follow(proposal.event);
        }
        Ok(())
    }

    /// What the next wishes and facts need to know of an event.
    fn follow(&mut self, event: Event) {
        match event {
            Event::UserRegistered { user, pseudonym, .. } => self.people.push(Person { id: user, pseudonym }),
            Event::UserErased { user, .. } => {
                self.erased += 1;
                self.people.retain(|person| person.id != user);
                self.rows.remove(&StreamId::User(user));
                self.edges.remove(&user);
                for edges in self.edges.values_mut() {
                    edges.remove(&user);
                }
                self.moved.retain(|(_, users)| !users.contains(&user));
                self.forget(|open| open.author == user);
            }
            Event::TrustSet { from, to, weight } => {
                self.edges.entry(from).or_default().insert(to, weight);
            }
            Event::TrustRemoved { from, to } => {
                self.edges.entry(from).or_default().remove(&to);
            }
            Event::DropMade { drop, author, .. } => {
                let (shown, active) = (self.dice.below(40) as u64, self.dice.below(40));
                let active = u32::try_from(active).unwrap_or(u32::MAX);
                self.open.push(OpenDrop { id: drop, author, ratings: Vec::new(), shown, active });
            }
            Event::DropRated { drop, rater, stars } => self.rated(drop, rater, stars),
            Event::DropSettled { drop, .. }
            | Event::DropFaded { drop, .. }
            | Event::DropAnnulled { drop, .. } => {
                self.ended += 1;
                self.forget(|open| open.id == drop);
            }
            Event::DropWithdrawn { drop, refunded: true, .. } => {
                self.ended += 1;
                self.forget(|open| open.id == drop);
            }
            Event::CircleCreated { circle, .. } => self.circles.push(circle),
            Event::CircleClosed { circle, .. } => self.circles.retain(|open| *open != circle),
            Event::PolicySet { policy, .. } => self.policies.push(*policy),
            Event::Reversed { position, .. } => {
                self.reversed += 1;
                self.moved.retain(|(leaf, _)| leaf.position != position);
            }
            _ => {}
        }
    }

    fn rated(&mut self, drop: DropId, rater: UserId, stars: Stars) {
        // What an epoch would say of raters: some weigh nothing, some are linked to each other.
        let weight = [Millionths::ONE, Millionths::clamped(430_000), Millionths::ZERO];
        let weight = self.dice.pick(&weight).copied().unwrap_or(Millionths::ONE);
        let group = self.dice.chance(0.1).then_some(1);
        let at = self.head.last_at.unwrap_or(self.now);
        let rater = self.people.iter().find(|person| person.id == rater);
        if let (Some(rater), Some(open)) = (rater, self.open.iter_mut().find(|open| open.id == drop)) {
            let rater = rater.pseudonym;
            let (stance, stance_without_top) = (stance(rater), stance(rater));
            open.ratings.push(WeighedRating { rater, stars, weight, group, at, stance, stance_without_top });
        }
    }

    /// Lets drops go whose stake is gone: a store would keep them, and nothing would move on them any more.
    fn forget(&mut self, gone: impl Fn(&OpenDrop) -> bool) {
        let rows = &mut self.rows;
        self.open.retain(|open| {
            let gone = gone(open);
            if gone {
                rows.remove(&StreamId::Drop(open.id));
            }
            !gone
        });
    }
}

/// What an epoch would know of a rater: every second one, of this side or that or neither.
fn stance(rater: Pseudonym) -> Option<Stance> {
    let [first, second, ..] = *rater.as_bytes();
    let side = (i32::from(second % 3) - 1) * 100_000;
    (first % 2 == 0).then_some(Stance { tendency: i32::from(first) * 500 - 60_000, side })
}
