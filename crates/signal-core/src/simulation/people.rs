//! Who lives in the community: what they like, how well they choose, how active they are, and what they are up to.

use super::attack;
use super::catalogue::Catalogue;
use super::dice::Dice;
use super::names;
use super::plan::Plan;
use crate::model::{UserId, Verification};

/// What a person is up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Says what they think.
    Honest,
    /// Honest too, and one of a group of real friends.
    Friend,
    /// The account that a ring of false accounts works for.
    Leader,
    /// A false account.
    Sybil,
    /// One of a ring of real people who praise each other whatever they drop.
    Praiser,
    /// Takes part in a planted attack.
    Plotter,
    /// Honest, and one of many groups of real friends.
    Clubmate,
}

impl Part {
    /// Whether the person tries to gain points that they did not earn.
    pub(super) const fn attacks(self) -> bool {
        matches!(self, Self::Leader | Self::Sybil | Self::Praiser | Self::Plotter)
    }
}

/// A person of the simulation.
#[derive(Debug, Clone)]
pub(super) struct Resident {
    pub(super) handle: String,
    pub(super) part: Part,
    /// Scenes with how much they are liked, best first; the best has 1.
    pub(super) tastes: Vec<(usize, f64)>,
    /// Artists with plays before the community began.
    pub(super) favourites: Vec<(usize, u64)>,
    /// Songs looked at before one is dropped: many make a good ear, one a careless one.
    pub(super) care: usize,
    /// Chance of a drop on a day.
    pub(super) drops_a_day: f64,
    /// The day on which they claim their account; none for those who never do.
    pub(super) joins_on: Option<u32>,
    /// How far their identity is checked when they join.
    pub(super) verification: Verification,
    /// Their id, once imported.
    pub(super) user: Option<UserId>,
    /// Whether they have joined.
    pub(super) joined: bool,
    /// Whether the account was made for an attack: nobody trusts it who was not fooled.
    pub(super) fake: bool,
    /// Whether they are among those who are compared with their honest twins.
    pub(super) watched: bool,
    /// The number of their planted group; 0 for none.
    pub(super) group: usize,
    /// Ids they had before.
    pub(super) former: Vec<UserId>,
}

impl Resident {
    /// How much they like a scene, in [0, 1].
    pub(super) fn fit(&self, scene: usize) -> f64 {
        self.tastes.iter().find(|(liked, _)| *liked == scene).map_or(0.1, |(_, weight)| *weight)
    }

    /// The scene they like best.
    pub(super) fn home(&self) -> usize {
        self.tastes.first().map_or(0, |(scene, _)| *scene)
    }
}

/// Everybody, in the order of their numbers.
pub(super) fn settle(plan: &Plan, catalogue: &Catalogue, dice: &mut Dice) -> Vec<Resident> {
    let mut people: Vec<Resident> =
        (0..plan.people).map(|index| resident(index, plan, catalogue, dice)).collect();
    for (index, part) in parts(plan, dice) {
        if let Some(person) = people.get_mut(index) {
            take_part(person, part, plan, catalogue, dice);
        }
    }
    if let Some(plant) = plan.plant {
        attack::settle(&mut people, plant, catalogue, dice);
    }
    people
}

fn resident(index: usize, plan: &Plan, catalogue: &Catalogue, dice: &mut Dice) -> Resident {
    let scenes: Vec<usize> = (0..catalogue.scenes()).collect();
    let liked = dice.whole(2, 4);
    let mut tastes: Vec<(usize, f64)> = Vec::new();
    for (place, scene) in dice.sample(&scenes, liked).into_iter().enumerate() {
        let weight = if place == 0 { 1.0 } else { dice.between(0.25, 0.85) };
        tastes.push((scene, weight));
    }
    let joins_on = match dice.below(100) {
        0..=3 => None,
        4..=19 => u32::try_from(dice.below(plan.days as usize / 3 + 1)).ok(),
        _ => Some(0),
    };
    let verification = match dice.below(100) {
        0..=5 => Verification::Paid,
        6..=39 => Verification::Phone,
        _ => Verification::None,
    };
    Resident {
        handle: names::handle(index),
        part: Part::Honest,
        favourites: favourites(&tastes, dice),
        tastes,
        care: if dice.chance(0.7) { dice.whole(3, 6) } else { 1 },
        drops_a_day: if dice.chance(0.3) { dice.between(0.008, 0.03) } else { 0.001 },
        joins_on,
        verification,
        user: None,
        joined: false,
        fake: false,
        watched: false,
        group: 0,
        former: Vec::new(),
    }
}

/// Artists of the liked scenes, a few played very often and many seldom.
pub(super) fn favourites(tastes: &[(usize, f64)], dice: &mut Dice) -> Vec<(usize, u64)> {
    let mut favourites = Vec::new();
    for (scene, weight) in tastes {
        for _ in 0..dice.whole(4, 10) {
            let artist = Catalogue::artist_in(*scene, dice);
            let skew = dice.unit();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 2 and 402")]
            let plays = (2.0 + 400.0 * weight * skew * skew * skew) as u64;
            if favourites.iter().all(|(known, _)| *known != artist) {
                favourites.push((artist, plays));
            }
        }
    }
    favourites
}

/// Who plays which part: strangers picked from the whole community, so that neither handle nor id gives them away.
fn parts(plan: &Plan, dice: &mut Dice) -> Vec<(usize, Part)> {
    let everybody: Vec<usize> = (0..plan.people).collect();
    let wanted = plan.sybils + plan.praise_ring + plan.friends;
    let chosen = dice.sample(&everybody, wanted);
    let part = |place: usize| match place {
        0 if plan.sybils > 0 => Part::Leader,
        place if place < plan.sybils => Part::Sybil,
        place if place < plan.sybils + plan.praise_ring => Part::Praiser,
        _ => Part::Friend,
    };
    chosen.into_iter().enumerate().map(|(place, index)| (index, part(place))).collect()
}

fn take_part(person: &mut Resident, part: Part, plan: &Plan, catalogue: &Catalogue, dice: &mut Dice) {
    person.part = part;
    person.joins_on = Some(0);
    match part {
        Part::Honest | Part::Plotter | Part::Clubmate => {}
        Part::Friend => {
            // One taste for all of them, that of the scene in the middle and its neighbours.
            let middle = catalogue.scenes() / 2;
            person.tastes = vec![(middle, 1.0), (middle + 1, 0.7)];
            person.favourites = favourites(&person.tastes, dice);
            person.care = 5;
            person.drops_a_day = 0.06;
            person.verification = Verification::Phone;
        }
        Part::Praiser => {
            person.care = 0;
            person.drops_a_day = 0.13;
            person.verification = if dice.chance(0.5) { Verification::Phone } else { Verification::None };
        }
        Part::Leader | Part::Sybil => {
            let cheap = 0.02_f64.max(1.5 / f64::from(plan.days.max(1)));
            person.care = 0;
            person.fake = true;
            person.drops_a_day = if part == Part::Leader { 0.3 } else { cheap };
            person.verification = Verification::None;
            person.favourites.truncate(3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_filled_as_planned() {
        let plan = Plan { people: 200, ..Plan::default() };
        let mut dice = Dice::new(plan.seed, 1);
        let catalogue = Catalogue::new(plan.people, &mut dice);
        let people = settle(&plan, &catalogue, &mut dice);
        let count = |part| people.iter().filter(|person| person.part == part).count();
        assert_eq!(people.len(), 200);
        assert_eq!(count(Part::Leader) + count(Part::Sybil), plan.sybils);
        assert_eq!((count(Part::Praiser), count(Part::Friend)), (plan.praise_ring, plan.friends));
        assert!(
            people.iter().all(|person| !person.favourites.is_empty() && person.home() < catalogue.scenes())
        );
    }
}
