//! What planted people do that others do not.

use super::super::agenda::Encounter;
use super::super::people::Part;
use super::super::{SOURCE, Simulation};
use super::{Planted, Tactics, Trick, Turn};
use crate::engine::Result;
use crate::model::{Handle, Points, Verification, Viewer};
use crate::policy::Policy;

/// From which quality on a drop is worth a brigade.
const ENVIED: f64 = 0.6;
/// Chance that a brigadier joins in.
const JOINS_IN: f64 = 0.7;
/// Chance that a friend meets a friend's drop, and that they rate it.
const CLUB: (f64, f64) = (0.95, 0.9);

impl Simulation {
    /// The tactics of the attack, if there is one.
    pub(in crate::simulation) fn tactics(&self) -> Option<Tactics> {
        match self.plan.plant?.what {
            Planted::Attack(kind) => Some(Tactics::of(kind)),
            Planted::Nothing | Planted::Friends => None,
        }
    }

    fn part(&self, who: usize) -> Part {
        self.person(who).map_or(Part::Honest, |person| person.part)
    }

    /// Whether two planted people are of one group.
    pub(in crate::simulation) fn one_group(&self, a: usize, b: usize) -> bool {
        let group = |who| self.person(who).map_or(0, |person| person.group);
        group(a) != 0 && group(a) == group(b)
    }

    /// Whether attackers want a drop to fail.
    pub(in crate::simulation) fn envied(&self, author: usize, song: usize) -> bool {
        self.tactics().is_some_and(|tactics| tactics.trick == Trick::Brigade)
            && self.part(author) != Part::Plotter
            && self.catalogue.song(song).is_some_and(|song| song.quality >= ENVIED)
    }

    /// Planted people who meet a drop besides those whom chance leads there.
    pub(in crate::simulation) fn planted_audience(&mut self, author: usize, song: usize) -> Vec<usize> {
        let envied = self.envied(author, song);
        if self.plan.plant.is_none()
            || (!envied && self.person(author).is_none_or(|person| person.group == 0))
        {
            return Vec::new();
        }
        let mut audience = Vec::new();
        for who in 0..self.people.len() {
            let comes = match self.part(who) {
                Part::Plotter if self.one_group(author, who) => true,
                Part::Plotter if envied => self.dice.chance(JOINS_IN),
                Part::Clubmate if self.one_group(author, who) => self.dice.chance(CLUB.0),
                _ => false,
            };
            if comes {
                audience.push(who);
            }
        }
        audience
    }

    /// Within how many hours a planted person meets a drop; none where they are as anybody.
    pub(in crate::simulation) fn hours(&self, author: usize, who: usize, song: usize) -> Option<usize> {
        match self.part(who) {
            Part::Plotter if self.one_group(author, who) => self.tactics().map(|tactics| tactics.hours),
            Part::Plotter if self.envied(author, song) => Some(3),
            Part::Clubmate if self.one_group(author, who) => Some(24),
            _ => None,
        }
    }

    /// The chance that a planted person rates what they met.
    pub(in crate::simulation) fn planted_rates(&self, encounter: Encounter) -> f64 {
        let inside = self.one_group(encounter.who, encounter.author);
        match self.tactics() {
            None => CLUB.1,
            Some(tactics) if inside => tactics.praise,
            Some(_) if self.envied(encounter.author, encounter.song) => 1.0,
            Some(tactics) => tactics.outside,
        }
    }

    /// What an attacker says whatever they think, as enjoyment; none where they say what they think.
    pub(in crate::simulation) fn feigned(&self, encounter: Encounter) -> Option<f64> {
        let tactics = self.tactics().filter(|_| self.part(encounter.who) == Part::Plotter)?;
        if tactics.turn != Turn::Never {
            return None;
        }
        if self.one_group(encounter.who, encounter.author) {
            return Some(tactics.says);
        }
        self.envied(encounter.author, encounter.song).then_some(0.0)
    }

    /// The token that proves somebody's phone.
    pub(in crate::simulation) fn token(&self, who: usize) -> String {
        match self.tactics() {
            Some(tactics) if tactics.trick == Trick::OneToken && self.part(who) == Part::Plotter => {
                format!("{SOURCE}-shared")
            }
            _ => format!("{SOURCE}-{who}"),
        }
    }

    /// All that somebody has, where they are about to run.
    pub(in crate::simulation) async fn all_they_have(&self, who: usize) -> Result<Option<Points>> {
        let running = self.tactics().is_some_and(|tactics| tactics.turn == Turn::Run)
            && self.part(who) == Part::Plotter
            && self.person(who).is_some_and(|person| person.care == 0);
        let Some(user) = self.member(who).filter(|_| running) else {
            return Ok(None);
        };
        let held = self.engine.user(Viewer::Operator, user).await?.available_millipoints;
        Ok(held.map(|held| held.min(Points::whole(200))))
    }

    /// Attackers who change their ways do so in the morning.
    pub(in crate::simulation) async fn turn(&mut self, day: u32) -> Result<()> {
        let Some(tactics) = self.tactics().filter(|tactics| tactics.turn != Turn::Never) else {
            return Ok(());
        };
        let (run, silent) = (self.plan.days * 6 / 10, self.plan.days.saturating_sub(9));
        for who in 0..self.people.len() {
            if self.part(who) != Part::Plotter {
                continue;
            }
            if tactics.turn == Turn::Return && self.wins_by_leaving(who).await? {
                self.come_back(who, day).await?;
            }
            let Some(person) = self.people.get_mut(who).filter(|_| tactics.turn == Turn::Run) else {
                continue;
            };
            if day >= silent {
                person.drops_a_day = 0.0;
            } else if day >= run {
                person.care = 0;
                person.drops_a_day = 0.4;
            }
        }
        Ok(())
    }

    /// Whether somebody has less than a stranger is given. A stranger's phone proves nothing that it proved before.
    async fn wins_by_leaving(&self, who: usize) -> Result<bool> {
        let Some(user) = self.member(who) else {
            return Ok(false);
        };
        let answer = self.engine.user(Viewer::Operator, user).await?;
        let held = |points: Option<Points>| points.unwrap_or(Points::ZERO);
        let has = held(answer.available_millipoints) + held(answer.staked_millipoints);
        Ok(has < Policy::default().stakes.opening(Verification::None))
    }

    /// Somebody has themselves erased, and registers anew.
    async fn come_back(&mut self, who: usize, day: u32) -> Result<()> {
        let Some(user) = self.member(who) else {
            return Ok(());
        };
        let Ok(handle) = format!("again{who}x{day}").parse::<Handle>() else {
            return Ok(());
        };
        self.engine.erase(user).await?;
        let again = self.engine.register(&handle).await?;
        let level = self.person(who).map_or(Verification::None, |person| person.verification);
        if level != Verification::None {
            let verified = self.engine.verify(again, level, &self.token(who)).await;
            self.accept(verified)?;
        }
        if let Some(person) = self.people.get_mut(who) {
            person.former.push(user);
            person.user = Some(again);
        }
        Ok(())
    }
}
