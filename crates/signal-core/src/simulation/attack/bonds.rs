//! Whom attackers trust, and who is fooled into trusting them.

use std::collections::BTreeMap;

use super::super::bonds::{Bonds, mutual, weight};
use super::super::dice::Dice;
use super::super::people::{Part, Resident};
use super::{Fooled, Plant, Planted, Ring, Tactics};
use crate::model::Verification;

/// Accounts that a false one trusts at random.
const TRUSTED: usize = 6;
/// Honest people that a false account trusts, to look real.
const COURTED: usize = 3;
/// How many of the best-known people are worth courting.
const HUBS: usize = 20;

/// The trust that planted people add.
pub(in crate::simulation) fn tie(people: &[Resident], plant: Plant, bonds: &mut Bonds, dice: &mut Dice) {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (who, person) in people.iter().enumerate().filter(|(_, person)| person.group > 0) {
        groups.entry(person.group).or_default().push(who);
    }
    let tactics = match plant.what {
        Planted::Nothing => return,
        Planted::Friends => {
            for group in groups.values() {
                mutual(group, 0.6, 1.0, bonds, dice);
            }
            return;
        }
        Planted::Attack(kind) => Tactics::of(kind),
    };
    let honest: Vec<usize> = (0..people.len()).filter(|who| is_honest(people, *who)).collect();
    for group in groups.values() {
        match tactics.ring {
            Ring::AsBefore => {}
            Ring::Mutual => mutual(group, 0.9, 1.0, bonds, dice),
            Ring::Random => random(group, bonds, dice),
            Ring::Replica => replica(group, &honest, bonds, dice),
        }
        court(group, &honest, &tactics, people, bonds, dice);
    }
}

fn is_honest(people: &[Resident], who: usize) -> bool {
    people.get(who).is_some_and(|person| person.part != Part::Plotter)
}

fn random(group: &[usize], bonds: &mut Bonds, dice: &mut Dice) {
    for from in group {
        for to in dice.sample(group, TRUSTED).into_iter().filter(|to| to != from) {
            bonds.insert((*from, to), weight(dice, 0.5, 1.0));
        }
    }
}

/// Copies the trust among as many honest people who are close to each other.
fn replica(group: &[usize], honest: &[usize], bonds: &mut Bonds, dice: &mut Dice) {
    let mut copied = vec![dice.pick(honest).copied().unwrap_or(0)];
    let mut place = 0;
    while copied.len() < group.len() && place < copied.len() {
        let from = copied.get(place).copied().unwrap_or(0);
        for ((_, to), _) in bonds.range((from, 0)..=(from, usize::MAX)) {
            if copied.len() < group.len() && !copied.contains(to) {
                copied.push(*to);
            }
        }
        place += 1;
    }
    let double: BTreeMap<usize, usize> = copied.iter().copied().zip(group.iter().copied()).collect();
    let inside = bonds
        .iter()
        .filter_map(|((from, to), weight)| Some(((*double.get(from)?, *double.get(to)?), *weight)));
    let inside: Vec<_> = inside.collect();
    bonds.extend(inside);
}

/// False accounts court people at random; of the people whom the tactics name, as many are fooled as there are accounts.
fn court(
    group: &[usize],
    honest: &[usize],
    tactics: &Tactics,
    people: &[Resident],
    bonds: &mut Bonds,
    dice: &mut Dice,
) {
    if !tactics.real {
        for from in group {
            for to in dice.sample(honest, COURTED) {
                bonds.insert((*from, to), weight(dice, 0.5, 1.0));
            }
        }
    }
    let targets: Vec<usize> = match tactics.fooled {
        Fooled::Nobody => return,
        Fooled::Anyone => honest.to_vec(),
        Fooled::Seeds => {
            let verified =
                |who: &usize| people.get(*who).is_some_and(|p| p.verification != Verification::None);
            honest.iter().copied().filter(verified).collect()
        }
        Fooled::Hubs => hubs(honest, bonds),
    };
    for to in group {
        if let Some(from) = dice.pick(&targets).copied() {
            bonds.insert((from, *to), weight(dice, 0.2, 0.5));
        }
    }
}

/// The honest people whom most trust.
fn hubs(honest: &[usize], bonds: &Bonds) -> Vec<usize> {
    let mut trusted: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, to) in bonds.keys() {
        *trusted.entry(*to).or_default() += 1;
    }
    let mut ranked = honest.to_vec();
    ranked.sort_by_key(|who| (std::cmp::Reverse(trusted.get(who).copied().unwrap_or(0)), *who));
    ranked.truncate(HUBS);
    ranked
}
