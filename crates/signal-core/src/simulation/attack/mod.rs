//! Attacks with planted truth: who conspires, how they behave, and what came of it beside an honest twin.
//!
//! Nothing here is told to the engine. The attackers act through the same calls as everybody, and the same nights settle
//! their drops and close their epochs.

mod bonds;
mod deeds;
mod tactics;
mod trace;
mod trial;

use crate::model::Verification;

use super::catalogue::Catalogue;
use super::dice::Dice;
use super::people::{Part, Resident, favourites};
pub(super) use bonds::tie;
pub(super) use tactics::{Fooled, Ring, Tactics, Trick, Turn};
pub use trace::{TraceAnswer, TraceEvent, judge_trace};
pub use trial::{AttackRow, AttackTrial, try_attack};

/// How a group attacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttackKind {
    /// False accounts that trust each other as the people of a copied part of the community do.
    SybilReplica,
    /// False accounts that trust each other at random: the cheapest region.
    SybilRandom,
    /// False accounts that win the trust of verified people.
    SeedTargeting,
    /// False accounts that win the trust of the best-known people.
    HubTargeting,
    /// False accounts, some of them verified.
    RogueSeeds,
    /// People who drop what they find, and come back under a new name when their points are gone.
    Whitewashing,
    /// People who earn a name for weeks, then stake all they have on anything.
    StakeAndRun,
    /// Real people who praise each other's drops within hours.
    VoteRing,
    /// The same, at a human pace.
    SlowRing,
    /// Small groups of real people: I praise yours, you praise mine.
    PraiseForPraise,
    /// Real people who give good drops of others no star.
    Brigading,
    /// Colluders who also rate honestly, as much as anybody.
    Camouflage,
    /// False accounts that all show one phone.
    OneToken,
    /// False accounts with one invented listening history, so that taste explains their praise.
    ForgedHistories,
    /// Real people who know what is looked for: four stars for each other, at a human pace, and honest ones for all.
    QuietRing,
}

impl AttackKind {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::SybilReplica,
        Self::SybilRandom,
        Self::SeedTargeting,
        Self::HubTargeting,
        Self::RogueSeeds,
        Self::Whitewashing,
        Self::StakeAndRun,
        Self::VoteRing,
        Self::SlowRing,
        Self::PraiseForPraise,
        Self::Brigading,
        Self::Camouflage,
        Self::OneToken,
        Self::ForgedHistories,
        Self::QuietRing,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SybilReplica => "sybil-replica",
            Self::SybilRandom => "sybil-random",
            Self::SeedTargeting => "seed-targeting",
            Self::HubTargeting => "hub-targeting",
            Self::RogueSeeds => "rogue-seeds",
            Self::Whitewashing => "whitewashing",
            Self::StakeAndRun => "stake-and-run",
            Self::VoteRing => "vote-ring",
            Self::SlowRing => "slow-ring",
            Self::PraiseForPraise => "praise-for-praise",
            Self::Brigading => "brigading",
            Self::Camouflage => "camouflage",
            Self::OneToken => "one-token",
            Self::ForgedHistories => "forged-histories",
            Self::QuietRing => "quiet-ring",
        }
    }
}

/// What a chosen part of the community does beside what everybody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// Nothing: the honest twin, in which the same people are watched.
    Nothing,
    /// They attack.
    Attack(AttackKind),
    /// They form groups of 8 to 20 real friends of one taste, who drop often and rate each other daily, honestly.
    Friends,
}

/// A plan's planted people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plant {
    /// What they do.
    pub what: Planted,
    /// How many they are.
    pub people: usize,
}

/// Gives the planted people their parts.
pub(super) fn settle(people: &mut [Resident], plant: Plant, catalogue: &Catalogue, dice: &mut Dice) {
    let everybody: Vec<usize> = (0..people.len()).collect();
    let chosen = dice.sample(&everybody, plant.people);
    for who in &chosen {
        if let Some(person) = people.get_mut(*who) {
            person.watched = true;
            person.joins_on = Some(0);
        }
    }
    match plant.what {
        Planted::Nothing => {}
        Planted::Attack(kind) => plot(people, &chosen, &Tactics::of(kind), catalogue, dice),
        Planted::Friends => befriend(people, &chosen, catalogue, dice),
    }
}

fn plot(
    people: &mut [Resident],
    chosen: &[usize],
    tactics: &Tactics,
    catalogue: &Catalogue,
    dice: &mut Dice,
) {
    let ring = tactics.ring_size.unwrap_or(chosen.len()).max(1);
    let invented = vec![(catalogue.scenes() / 2, 1.0), (catalogue.scenes() / 3, 0.6)];
    let history = favourites(&invented, dice);
    for (place, who) in chosen.iter().enumerate() {
        let Some(person) = people.get_mut(*who) else { continue };
        person.part = Part::Plotter;
        person.group = place / ring + 1;
        person.fake = !tactics.real;
        person.drops_a_day = tactics.drops_a_day;
        if tactics.turn == Turn::Never {
            person.care = tactics.care;
        } else {
            person.care = if tactics.turn == Turn::Run { 5 } else { 0 };
        }
        if person.fake {
            person.favourites.truncate(3);
            person.verification = match tactics.verified_every {
                Some(every) if place % every.max(1) == 0 => Verification::Phone,
                _ => Verification::None,
            };
        }
        if tactics.trick == Trick::OneHistory {
            person.tastes.clone_from(&invented);
            person.favourites.clone_from(&history);
        }
    }
}

/// Real friends in groups of 8 to 20.
fn befriend(people: &mut [Resident], chosen: &[usize], catalogue: &Catalogue, dice: &mut Dice) {
    let (mut group, mut left) = (0, 0);
    let mut tastes = Vec::new();
    for who in chosen {
        if left == 0 {
            group += 1;
            left = dice.whole(8, 20);
            let scene = dice.below(catalogue.scenes());
            tastes = vec![(scene, 1.0), ((scene + 1) % catalogue.scenes(), 0.7)];
        }
        left -= 1;
        let Some(person) = people.get_mut(*who) else { continue };
        person.part = Part::Clubmate;
        person.group = group;
        person.tastes.clone_from(&tastes);
        person.favourites = favourites(&tastes, dice);
        person.care = dice.whole(2, 5);
        person.drops_a_day = 0.08;
    }
}
