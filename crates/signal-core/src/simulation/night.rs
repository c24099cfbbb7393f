//! A night: what was shown and played is written down, stakes end, epochs close; and the reckoning after the last one.

use std::collections::BTreeSet;

use super::people::Part;
use super::{Gain, Outcome, Simulation, Truth};
use crate::engine::Result;
use crate::model::{DropId, Points, Timestamp, UserId, Viewer};

/// Days from one import of plays to the next.
const IMPORT_DAYS: u32 = 7;
/// Days from one sweep over everything that fades to the next. A late sweep decides the same as an early one.
const SWEEP_DAYS: u32 = 7;
/// Plays of a day beside those that drops bring about, for a hundred people.
const PLAYS_PER_HUNDRED: usize = 12;
/// Seconds before midnight at which the night's work is done.
const BEFORE_MIDNIGHT: i64 = 60;

impl Simulation {
    /// Closes a day.
    pub(super) async fn sleep(&mut self, day: u32) -> Result<()> {
        let midnight = self.plan.start.plus_days(i64::from(day) + 1);
        let now = midnight.plus_seconds(-BEFORE_MIDNIGHT);
        let last = day + 1 == self.plan.days;
        self.host.set_now(now);
        // The engine's `seen` is one person's page; a whole day of everybody's pages goes to the store at once.
        let marks = std::mem::take(&mut self.marks);
        self.engine.store().mark_seen(&marks).await?;
        self.listen(day);
        if last || (day + 1).is_multiple_of(IMPORT_DAYS) {
            self.import_plays(now).await?;
            self.engine.build_profiles().await?;
        }
        self.settle(now, last || (day + 1).is_multiple_of(SWEEP_DAYS)).await?;
        if last || (day + 1).is_multiple_of(self.plan.epoch_days.max(1)) {
            let epoch = self.engine.close_epoch().await?;
            self.tally.epochs += 1;
            self.found
                .extend(epoch.findings.iter().flat_map(|finding| &finding.members).map(|person| person.id));
        }
        if last {
            self.host.set_now(midnight);
        }
        Ok(())
    }

    /// Ends the drops whose window closed, and at times whatever else is due.
    async fn settle(&mut self, now: Timestamp, everything: bool) -> Result<()> {
        while let Some((_, drop)) = self.closing.first().copied().filter(|(closes, _)| *closes <= now) {
            self.closing.pop_first();
            // Whoever left took their drops along.
            let settled = self.engine.settle_drop(drop).await;
            if self.accept(settled)?.unwrap_or(false) {
                self.ended(drop);
            }
        }
        if everything {
            let swept = self.engine.settle_due().await?;
            swept.settled.into_iter().for_each(|drop| self.ended(drop));
        }
        Ok(())
    }

    fn ended(&mut self, drop: DropId) {
        self.tally.settled += 1;
        self.of_friends.settled += u64::from(self.friendly.remove(&drop));
    }

    /// People play what they like anyway.
    fn listen(&mut self, day: u32) {
        let morning = self.plan.start.plus_days(i64::from(day));
        for _ in 0..self.people.len() * PLAYS_PER_HUNDRED / 100 {
            let who = self.dice.below(self.people.len());
            let favourites =
                self.people.get(who).map(|person| person.favourites.as_slice()).unwrap_or_default();
            let Some((artist, _)) = self.dice.pick(favourites).copied() else {
                continue;
            };
            let song = super::Catalogue::song_of(artist, &mut self.dice);
            let second = self.dice.whole(6 * 3_600, 23 * 3_600);
            self.plays(who, song, morning.plus_seconds(i64::try_from(second).unwrap_or(0)));
        }
    }

    async fn import_plays(&mut self, now: Timestamp) -> Result<()> {
        let (played, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.listens).into_iter().partition(|l| l.0 < now);
        self.listens = later;
        self.tally.listens += played.len() as u64;
        self.bring_in(played.into_iter().map(|(_, record)| record).collect()).await
    }

    /// Who was planted, what everybody has, and who was found.
    pub(super) async fn outcome(&self) -> Result<Outcome> {
        let truth = self.truth();
        let attackers: BTreeSet<UserId> = truth.attackers().collect();
        let former = self.people.iter().filter(|person| person.watched).flat_map(|person| &person.former);
        let known: BTreeSet<UserId> = attackers.iter().chain(former).copied().collect();
        let (policy, mut theirs, mut others) =
            (self.engine.policy().await?.1, Gain::default(), Gain::default());
        for who in 0..self.people.len() {
            let Some(user) = self.member(who) else { continue };
            let answer = self.engine.user(Viewer::Operator, user).await?;
            let held = |points: Option<Points>| points.unwrap_or(Points::ZERO);
            let holdings = held(answer.available_millipoints) + held(answer.staked_millipoints);
            let side = if attackers.contains(&user) { &mut theirs } else { &mut others };
            // Who came back under a new name is measured by what they had at first.
            let first = self.person(who).filter(|person| !person.former.is_empty());
            let level = first.map_or(answer.verification, |person| person.verification);
            side.add(policy.stakes.opening(level), holdings);
        }
        let (caught, missed) = truth.attackers().partition(|user| self.was_found(*user));
        Ok(Outcome {
            end: self.plan.end(),
            tally: self.tally,
            of_friends: self.of_friends,
            attackers: theirs,
            honest: others,
            caught,
            missed,
            flagged: self.found.difference(&known).copied().collect(),
            truth,
        })
    }

    /// Whether somebody was in a finding under any of their names.
    fn was_found(&self, user: UserId) -> bool {
        let former = self.people.iter().filter(|person| person.user == Some(user)).flat_map(|p| &p.former);
        self.found.contains(&user) || former.into_iter().any(|user| self.found.contains(user))
    }

    fn truth(&self) -> Truth {
        let of = |part: Part| self.people.iter().filter(move |p| p.part == part).filter_map(|p| p.user);
        let watched = self.people.iter().filter(|person| person.watched);
        let friendly = self.plan.plant.is_some_and(|plant| plant.what == super::Planted::Friends);
        Truth {
            sybils: of(Part::Leader).chain(of(Part::Sybil)).collect(),
            praise_ring: of(Part::Praiser).collect(),
            friends: of(Part::Friend).chain(of(Part::Clubmate)).collect(),
            plotters: if friendly { Vec::new() } else { watched.filter_map(|p| p.user).collect() },
        }
    }
}
