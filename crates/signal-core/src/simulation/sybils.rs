//! A graph of people, and a copy of it in one attacker's hands: how well are the two told apart?
//!
//! The protocol of `SybilRank` and its successors (Cao, Sirivianos, Yang and Pregueiro, NSDI 2012; Wang, Zhang and Gong,
//! INFOCOM 2017): the attacker's region has the shape of the honest one, so that nothing but its links to honest people
//! gives it away.

use std::collections::{BTreeSet, VecDeque};

use super::dice::Dice;
use crate::integrity::sybil::{Labels, Links};

/// Where the attacker's links go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attacker {
    /// Anywhere.
    Random,
    /// To a victim, and then to one to three of the victim's friends.
    Triangles,
    /// From an account and up to three of its friends to a victim and up to three of theirs, all with all.
    Bicliques,
    /// Anywhere; and as many links inside the region that close no triangle, to spoil what links without one say.
    Poison,
}

/// What to plant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SybilPlan {
    /// Where the attacker's links go.
    pub attacker: Attacker,
    /// Links between the two regions.
    pub attack_edges: usize,
    /// The size of the attacker's region as a share of the honest one, in (0, 1]: below 1 a connected part is copied.
    pub region: f64,
    /// How many people are known of each kind.
    pub labels: usize,
    /// Another seed plants another attack.
    pub seed: u64,
}

/// Why nothing can be planted.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PlantError {
    /// More links than a random attacker finds in reasonable time.
    #[error("{wanted} attack edges between {honest} people and {sybils} accounts: at most {most} fit")]
    TooManyEdges {
        /// How many were asked for.
        wanted: usize,
        /// People.
        honest: usize,
        /// The attacker's accounts.
        sybils: usize,
        /// Half of all pairs.
        most: usize,
    },
    /// Nobody would be left to judge.
    #[error(
        "{wanted} labels of each kind among {honest} people and {sybils} accounts: leave one of each to judge"
    )]
    TooManyLabels {
        /// How many were asked for.
        wanted: usize,
        /// People.
        honest: usize,
        /// The attacker's accounts.
        sybils: usize,
    },
    /// A region that is no share.
    #[error("a region of {region} is not in (0, 1]")]
    Region {
        /// What was asked for.
        region: f64,
    },
}

/// Both regions, under shuffled numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct PlantedSybils {
    /// All links.
    pub links: Links,
    /// Whose each number is: true for the attacker's.
    pub is_sybil: Vec<bool>,
    /// What is known; of both kinds.
    pub labels: Labels,
}

impl PlantedSybils {
    /// The area under the ROC curve of suspicions over everybody who has no label. `None` where one kind is missing.
    pub fn auc(&self, suspicions: &[f64]) -> Option<f64> {
        let known: BTreeSet<usize> = self
            .labels
            .honest
            .iter()
            .map(|label| label.0 as usize)
            .chain(self.labels.sybil.iter().map(|person| *person as usize))
            .collect();
        let judged = suspicions.iter().zip(&self.is_sybil).enumerate().filter(|one| !known.contains(&one.0));
        let scores: Vec<(f64, bool)> = judged.map(|(_, (score, truth))| (*score, *truth)).collect();
        crate::integrity::auc(&scores)
    }
}

/// Copies a graph (links without direction between people numbered below `people`) and attacks it. The same arguments
/// give the same attack everywhere. O(links · log).
pub fn plant_sybils(
    people: u32,
    pairs: &[(u32, u32)],
    plan: &SybilPlan,
) -> Result<PlantedSybils, PlantError> {
    if !(plan.region > 0.0 && plan.region <= 1.0) {
        return Err(PlantError::Region { region: plan.region });
    }
    let mut dice = Dice::new(plan.seed, 1);
    let honest = Links::undirected(people, pairs.iter().copied());
    let sybil = if plan.region < 1.0 { part(&honest, plan.region, &mut dice) } else { honest.clone() };
    let (number, copies) = (honest.people(), sybil.people());
    let most = number.saturating_mul(copies) / 2;
    if plan.attack_edges > most {
        let wanted = plan.attack_edges;
        return Err(PlantError::TooManyEdges { wanted, honest: number, sybils: copies, most });
    }
    if plan.labels >= number.min(copies) {
        return Err(PlantError::TooManyLabels { wanted: plan.labels, honest: number, sybils: copies });
    }
    let attack = attack(&honest, &sybil, plan, &mut dice);
    let poison = if plan.attacker == Attacker::Poison {
        poison(&sybil, plan.attack_edges, &mut dice)
    } else {
        Vec::new()
    };
    Ok(shuffled(&honest, &sybil, &attack, &poison, plan.labels, &mut dice))
}

/// Everything under random numbers, with random labels.
fn shuffled(
    honest: &Links,
    sybil: &Links,
    attack: &BTreeSet<(usize, usize)>,
    poison: &[(usize, usize)],
    labels: usize,
    dice: &mut Dice,
) -> PlantedSybils {
    let first = honest.people();
    let all: Vec<u32> = (0u32..).take(first + sybil.people()).collect();
    let numbers = dice.sample(&all, all.len());
    let of = |place: usize| numbers.get(place).copied().unwrap_or(u32::MAX);
    let copied = |links: &Links, from: usize| -> Vec<(u32, u32)> {
        let row = |person: usize| links.row(person).iter().map(move |end| (person, *end as usize));
        (0..links.people()).flat_map(row).map(|(a, b)| (of(from + a), of(from + b))).collect()
    };
    let mut pairs = copied(honest, 0);
    pairs.extend(copied(sybil, first));
    pairs.extend(attack.iter().map(|&(victim, account)| (of(victim), of(first + account))));
    pairs.extend(poison.iter().map(|&(a, b)| (of(first + a), of(first + b))));
    let (people, accounts) = numbers.split_at_checked(first).unwrap_or_default();
    let mut is_sybil = vec![false; all.len()];
    for &account in accounts {
        if let Some(truth) = is_sybil.get_mut(account as usize) {
            *truth = true;
        }
    }
    let labels = Labels {
        honest: dice.sample(people, labels).into_iter().map(|person| (person, 1.0)).collect(),
        sybil: dice.sample(accounts, labels),
    };
    let count = u32::try_from(all.len()).unwrap_or(u32::MAX);
    PlantedSybils { links: Links::undirected(count, pairs), is_sybil, labels }
}

/// A connected part of a graph, or several where one is too small, found by walking outwards from random people.
fn part(links: &Links, share: f64, dice: &mut Dice) -> Links {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most the number of people"
    )]
    let size = (links.people() as f64 * share).round() as usize;
    let all: Vec<usize> = (0..links.people()).collect();
    let mut places = vec![None; links.people()];
    let mut found: u32 = 0;
    for start in dice.sample(&all, all.len()) {
        let mut waiting = VecDeque::from([start]);
        while let Some(person) = waiting.pop_front() {
            let Some(place) = places.get_mut(person).filter(|place| place.is_none()) else { continue };
            if found as usize == size {
                break;
            }
            *place = Some(found);
            found += 1;
            waiting.extend(links.row(person).iter().map(|end| *end as usize));
        }
    }
    let at = |person: usize| places.get(person).copied().flatten();
    let row = |person: usize| links.row(person).iter().map(move |end| (person, *end as usize));
    let pairs = all.into_iter().flat_map(row).filter_map(|(a, b)| Some((at(a)?, at(b)?)));
    Links::undirected(found, pairs)
}

/// Different links from people to accounts, as many as planned.
fn attack(honest: &Links, sybil: &Links, plan: &SybilPlan, dice: &mut Dice) -> BTreeSet<(usize, usize)> {
    let mut links = BTreeSet::new();
    while links.len() < plan.attack_edges {
        let (victim, account) = (dice.below(honest.people()), dice.below(sybil.people()));
        let victims = match plan.attacker {
            Attacker::Triangles | Attacker::Bicliques => with_friends(honest, victim, dice),
            Attacker::Random | Attacker::Poison => vec![victim],
        };
        let accounts = match plan.attacker {
            Attacker::Bicliques => with_friends(sybil, account, dice),
            _ => vec![account],
        };
        for victim in &victims {
            for account in &accounts {
                if links.len() < plan.attack_edges {
                    links.insert((*victim, *account));
                }
            }
        }
    }
    links
}

/// Somebody, and one to three of their friends where there are any.
fn with_friends(links: &Links, person: usize, dice: &mut Dice) -> Vec<usize> {
    let count = dice.whole(1, 3);
    let friends = dice.sample(links.row(person), count);
    std::iter::once(person).chain(friends.into_iter().map(|friend| friend as usize)).collect()
}

/// New links inside a region whose ends have no neighbour in common, about as many as asked for.
fn poison(links: &Links, wanted: usize, dice: &mut Dice) -> Vec<(usize, usize)> {
    let mut rows: Vec<BTreeSet<usize>> = (0..links.people())
        .map(|person| links.row(person).iter().map(|end| *end as usize).collect())
        .collect();
    let mut new = Vec::new();
    for _ in 0..wanted.saturating_mul(20) {
        if new.len() == wanted {
            break;
        }
        let (a, b) = (dice.below(rows.len()), dice.below(rows.len()));
        let (Some(one), Some(other)) = (rows.get(a), rows.get(b)) else { break };
        if a == b || one.contains(&b) || !one.is_disjoint(other) {
            continue;
        }
        for (from, to) in [(a, b), (b, a)] {
            if let Some(row) = rows.get_mut(from) {
                row.insert(to);
            }
        }
        new.push((a, b));
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring of 100 in which everybody also knows the next but one.
    fn ring() -> Vec<(u32, u32)> {
        (0..100).flat_map(|n| [(n, (n + 1) % 100), (n, (n + 2) % 100)]).collect()
    }

    fn plan(attacker: Attacker) -> SybilPlan {
        SybilPlan { attacker, attack_edges: 60, region: 1.0, labels: 10, seed: 3 }
    }

    #[test]
    fn every_attacker_makes_as_many_links_as_planned() {
        for attacker in [Attacker::Random, Attacker::Triangles, Attacker::Bicliques, Attacker::Poison] {
            let planted = plant_sybils(100, &ring(), &plan(attacker)).unwrap();
            assert_eq!(planted, plant_sybils(100, &ring(), &plan(attacker)).unwrap());
            assert_eq!(planted.is_sybil.iter().filter(|truth| **truth).count(), 100);
            let across = (0..200).flat_map(|a| planted.links.row(a).iter().map(move |b| (a, *b as usize)));
            let across = across.filter(|&(a, b)| planted.is_sybil[a] != planted.is_sybil[b]).count();
            assert_eq!(across, 2 * 60, "{attacker:?}");
            let inside = planted.links.links() - across;
            let poison = if attacker == Attacker::Poison { 2 * 60 } else { 0 };
            assert_eq!(inside, 2 * 2 * 200 + poison, "{attacker:?}");
            assert!(planted.labels.honest.iter().all(|label| !planted.is_sybil[label.0 as usize]));
            assert!(planted.labels.sybil.iter().all(|person| planted.is_sybil[*person as usize]));
            assert_eq!((planted.labels.honest.len(), planted.labels.sybil.len()), (10, 10));
        }
    }

    #[test]
    fn a_part_is_connected_and_as_large_as_planned() {
        let planted =
            plant_sybils(100, &ring(), &SybilPlan { region: 0.2, ..plan(Attacker::Random) }).unwrap();
        assert_eq!(planted.is_sybil.len(), 120);
        let inside =
            |a: usize| planted.links.row(a).iter().filter(|b| planted.is_sybil[**b as usize]).count();
        let links: usize = (0..120).filter(|a| planted.is_sybil[*a]).map(inside).sum();
        assert_eq!(links, 2 * (19 + 18), "twenty in a row");
    }

    #[test]
    fn truth_is_told_apart_and_labels_are_not_scored() {
        let planted = plant_sybils(100, &ring(), &plan(Attacker::Random)).unwrap();
        let mut scores: Vec<f64> = planted.is_sybil.iter().map(|truth| f64::from(u8::from(*truth))).collect();
        for label in &planted.labels.honest {
            scores[label.0 as usize] = 9.0;
        }
        assert_eq!(planted.auc(&scores), Some(1.0));
        assert_eq!(planted.auc(&vec![0.0; 200]), Some(0.5));
    }

    #[test]
    fn what_cannot_be_planted_is_refused() {
        let refused = |change: fn(&mut SybilPlan)| {
            let mut plan = plan(Attacker::Random);
            change(&mut plan);
            plant_sybils(100, &ring(), &plan).unwrap_err().to_string()
        };
        assert!(refused(|plan| plan.attack_edges = 5_001).contains("at most 5000 fit"));
        assert!(refused(|plan| plan.labels = 100).contains("100 labels"));
        assert!(refused(|plan| plan.region = f64::NAN).contains("not in (0, 1]"));
        assert!(refused(|plan| (plan.region, plan.labels) = (0.0, 0)).contains("not in (0, 1]"));
        assert!(
            plant_sybils(0, &[], &SybilPlan { attack_edges: 0, labels: 0, ..plan(Attacker::Random) })
                .is_err()
        );
    }
}
