//! A seeded community that lives through months by calling the engine, with attackers whose truth is known.
//!
//! Nothing here decides: people wish, and the same `decide` as everywhere says yes or no. Who chooses well, who is
//! false and which song is good is known to the simulation alone; the engine has to find out.

mod agenda;
mod arrival;
mod attack;
mod bonds;
mod catalogue;
mod crowd_ratings;
mod crowded;
mod dice;
mod draft;
mod faulty;
mod host;
mod life;
mod names;
mod night;
mod outcome;
mod people;
mod plan;
mod rmat;
mod soak;
mod sybils;
mod tastes;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use attack::{
    AttackKind, AttackRow, AttackTrial, Plant, Planted, TraceAnswer, TraceEvent, judge_trace, try_attack,
};
pub use crowd_ratings::random_ratings;
pub use crowded::{Crowded, crowded};
pub use faulty::{FaultCounts, FaultPlan, FaultyStore};
pub use host::SimulatedHost;
pub use outcome::{Ended, Gain, Outcome, Tally, Truth};
pub use plan::Plan;
pub use rmat::{RandomGraph, random_graph, random_person};
pub use soak::{SoakError, SoakPlan, SoakReport, soak};
pub use sybils::{Attacker, PlantError, PlantedSybils, SybilPlan, plant_sybils};
pub use tastes::{RandomTastes, TasteShape};

use crate::engine::{Engine, EngineError, Result};
use crate::host::Host;
use crate::model::{CircleId, DropId, Timestamp, UserId};
use crate::platform::ImportRecord;
use crate::policy::Policy;
use crate::store::{SeenMark, Store};
use agenda::Agenda;
use bonds::Bonds;
use catalogue::Catalogue;
use dice::Dice;
use draft::Draft;
use people::Resident;

/// Under which name the people of the simulation are imported: `sim:17`.
const SOURCE: &str = "sim";

/// A community on its way through its days.
#[derive(Debug)]
pub struct Simulation {
    plan: Plan,
    host: Arc<SimulatedHost>,
    draft: Arc<Draft>,
    engine: Engine,
    dice: Dice,
    catalogue: Catalogue,
    people: Vec<Resident>,
    bonds: Bonds,
    /// Who trusts a person, by number.
    followers: BTreeMap<usize, Vec<usize>>,
    /// People by the scene they like best or second best.
    fans: BTreeMap<usize, Vec<usize>>,
    /// The circle of each scene.
    circles: BTreeMap<usize, CircleId>,
    /// The members of each circle, by number.
    members: BTreeMap<CircleId, Vec<usize>>,
    agenda: Agenda,
    /// How long ratings gather.
    window_days: i64,
    /// Drops by the instant at which their window closes.
    closing: BTreeSet<(Timestamp, DropId)>,
    /// What was shown since the last night.
    marks: Vec<SeenMark>,
    /// Plays that no import has brought in yet, each with its start.
    listens: Vec<(Timestamp, ImportRecord)>,
    found: BTreeSet<UserId>,
    tally: Tally,
    /// Drops of friends in groups that have not ended.
    friendly: BTreeSet<DropId>,
    of_friends: Ended,
}

impl Simulation {
    /// Lives a plan into an empty store. `progress` hears of every day that is over.
    pub async fn run(
        plan: &Plan,
        store: Arc<dyn Store>,
        progress: &(dyn Fn(u32, u32) + Sync),
    ) -> Result<Outcome> {
        if store.head().await?.size > 0 {
            return Err(EngineError::invalid("store", "a community begins in an empty one"));
        }
        let mut simulation = Self::new(*plan, store);
        simulation.arrive().await?;
        for day in 0..plan.days {
            simulation.live(day).await?;
            simulation.sleep(day).await?;
            simulation.draft.hand_over().await?;
            progress(day + 1, plan.days);
        }
        simulation.outcome().await
    }

    fn new(plan: Plan, store: Arc<dyn Store>) -> Self {
        let mut dice = Dice::new(plan.seed, 1);
        let catalogue = Catalogue::new(plan.people, &mut dice);
        let people = people::settle(&plan, &catalogue, &mut dice);
        let bonds = bonds::tie(&plan, &people, &mut dice);
        let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (from, to) in bonds.keys() {
            followers.entry(*to).or_default().push(*from);
        }
        let mut fans: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (who, person) in people.iter().enumerate() {
            for (scene, _) in person.tastes.iter().take(2) {
                fans.entry(*scene).or_default().push(who);
            }
        }
        let host = Arc::new(SimulatedHost::new(plan.seed, plan.start));
        let draft = Arc::new(Draft::new(store));
        Self {
            plan,
            engine: Engine::new(Arc::clone(&draft) as Arc<dyn Store>, Arc::clone(&host) as Arc<dyn Host>),
            draft,
            host,
            dice,
            catalogue,
            people,
            bonds,
            followers,
            fans,
            circles: BTreeMap::new(),
            members: BTreeMap::new(),
            agenda: Agenda::default(),
            window_days: Policy::default().stakes.window_days,
            closing: BTreeSet::new(),
            marks: Vec::new(),
            listens: Vec::new(),
            found: BTreeSet::new(),
            tally: Tally::default(),
            friendly: BTreeSet::new(),
            of_friends: Ended::default(),
        }
    }

    fn person(&self, who: usize) -> Option<&Resident> {
        self.people.get(who)
    }

    /// The id of somebody who has joined.
    fn member(&self, who: usize) -> Option<UserId> {
        self.person(who).filter(|person| person.joined).and_then(|person| person.user)
    }

    /// Counts a refusal as what it is, an answer; other errors end the simulation.
    fn accept<T>(&mut self, answer: Result<T>) -> Result<Option<T>> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(EngineError::Refused(_)) => {
                self.tally.refused += 1;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether a person may see a drop of a circle.
    fn reaches(&self, who: usize, circle: Option<CircleId>) -> bool {
        circle.is_none_or(|circle| self.members.get(&circle).is_some_and(|members| members.contains(&who)))
    }

    fn shown(&mut self, user: UserId, drop: DropId, at: Timestamp) {
        self.marks.push(SeenMark { user, drop, at });
    }
}
