//! Who trusts whom before the first day: taste brings people together, and so does chance.

use std::collections::BTreeMap;

use super::attack;
use super::dice::Dice;
use super::people::{Part, Resident};
use super::plan::Plan;
use crate::model::TrustWeight;

/// Share of a person's trust that goes to people of the same scene.
const SAME_SCENE: f64 = 0.75;
/// Share of trust that is returned.
const RETURNED: f64 = 0.45;
/// Honest people whom the false accounts have fooled.
const FOOLED: usize = 3;

/// Trust edges by (from, to), as numbers of people.
pub(super) type Bonds = BTreeMap<(usize, usize), TrustWeight>;

/// All trust at the beginning.
pub(super) fn tie(plan: &Plan, people: &[Resident], dice: &mut Dice) -> Bonds {
    let mut bonds = Bonds::new();
    let who = |wanted: fn(Part) -> bool| -> Vec<usize> {
        people.iter().enumerate().filter(|(_, person)| wanted(person.part)).map(|(who, _)| who).collect()
    };
    let real: Vec<usize> =
        people.iter().enumerate().filter(|(_, person)| !person.fake).map(|(who, _)| who).collect();
    honest_trust(people, &real, &mut bonds, dice);
    mutual(&who(|part| part == Part::Friend), 0.85, 1.0, &mut bonds, dice);
    mutual(&who(|part| part == Part::Praiser), 0.9, 1.0, &mut bonds, dice);
    false_accounts(&who(|part| matches!(part, Part::Leader | Part::Sybil)), &real, people, &mut bonds, dice);
    if let Some(plant) = plan.plant {
        attack::tie(people, plant, &mut bonds, dice);
    }
    bonds
}

pub(super) fn weight(dice: &mut Dice, low: f64, high: f64) -> TrustWeight {
    TrustWeight::from_fraction(dice.between(low, high)).unwrap_or(TrustWeight::FULL)
}

fn honest_trust(people: &[Resident], real: &[usize], bonds: &mut Bonds, dice: &mut Dice) {
    let mut by_scene: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for who in real {
        by_scene.entry(people.get(*who).map_or(0, Resident::home)).or_default().push(*who);
    }
    for from in real {
        let home = people.get(*from).map_or(0, Resident::home);
        for _ in 0..dice.whole(4, 11) {
            let same = dice.chance(SAME_SCENE);
            let pool = by_scene.get(&home).filter(|_| same).map_or(real, Vec::as_slice);
            // The first of a scene are its well-known ears.
            let Some(to) = pool.get(dice.popular(pool.len())).copied().filter(|to| to != from) else {
                continue;
            };
            let weight_there = weight(dice, 0.3, 1.0);
            bonds.insert((*from, to), weight_there);
            if dice.chance(RETURNED) {
                let weight_back = weight(dice, 0.3, 1.0);
                bonds.entry((to, *from)).or_insert(weight_back);
            }
        }
    }
}

pub(super) fn mutual(group: &[usize], low: f64, high: f64, bonds: &mut Bonds, dice: &mut Dice) {
    for from in group {
        for to in group.iter().filter(|to| *to != from) {
            bonds.insert((*from, *to), weight(dice, low, high));
        }
    }
}

/// Each false account trusts its like and, to look real, a few well-known people; few of those trust back.
fn false_accounts(ring: &[usize], real: &[usize], people: &[Resident], bonds: &mut Bonds, dice: &mut Dice) {
    let leader = ring.iter().find(|who| people.get(**who).is_some_and(|person| person.part == Part::Leader));
    for from in ring {
        for to in dice.sample(ring, 9).into_iter().chain(leader.copied()).filter(|to| to != from) {
            bonds.insert((*from, to), TrustWeight::FULL);
        }
        for to in dice.sample(real, 3) {
            bonds.insert((*from, to), weight(dice, 0.5, 1.0));
        }
    }
    for from in dice.sample(real, FOOLED) {
        if let Some(to) = dice.pick(ring) {
            bonds.insert((from, *to), weight(dice, 0.2, 0.4));
        }
    }
}
