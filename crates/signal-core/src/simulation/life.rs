//! A day: people drop songs, others meet them, listen, and say what they think.

use super::agenda::{Deed, Encounter};
use super::catalogue::Catalogue;
use super::people::Part;
use super::{Simulation, words};
use crate::engine::Result;
use crate::model::{Exactness, Points, Stars, Timestamp, TrackRef, TrustWeight, Verification};
use crate::platform::ImportRecord;

/// Share of the drops of a circle's members that go to the circle.
const CIRCLE_SHARE: f64 = 0.12;
/// People who meet a drop, at least and at most.
const AUDIENCE: (usize, usize) = (10, 16);
/// Chance that an honest person who met a drop rates it.
const RATES: f64 = 0.55;
/// Chance that a false account is sent to a drop of another one.
const SENT: f64 = 0.5;
/// Chance that a member of the praise ring rates what a stranger dropped.
const RING_RATES: f64 = 0.2;
/// Chance that a rating comes with a comment.
const COMMENTS: f64 = 0.03;
/// From how much enjoyment people play a song again, and start to trust who brought it.
const ENJOYED: f64 = 0.62;
/// Chance that a friend notices what their scene drops.
const FRIEND_NOTICES: f64 = 0.3;
const HOUR: usize = 3_600;

impl Simulation {
    /// Does everything that is planned for a day, and what people come up with.
    pub(super) async fn live(&mut self, day: u32) -> Result<()> {
        let morning = self.plan.start.plus_days(i64::from(day));
        self.turn(day).await?;
        for who in 0..self.people.len() {
            let chance = self.person(who).map_or(0.0, |person| person.drops_a_day);
            if self.dice.chance(chance) {
                let at = self.within(morning, 12 * HOUR, 23 * HOUR);
                self.agenda.plan(at, Deed::Drop { who });
            }
        }
        while let Some((at, deed)) = self.agenda.next_before(morning.plus_days(1)) {
            self.host.set_now(at);
            match deed {
                Deed::Join { who } => self.join(who).await?,
                Deed::Gather { who } => self.gather(who).await?,
                Deed::Drop { who } => self.vouch(who, at).await?,
                Deed::See(encounter) => self.meet(encounter, at),
                Deed::Rate(encounter) => self.judge(encounter).await?,
            }
        }
        Ok(())
    }

    /// An instant some seconds after another.
    fn within(&mut self, after: Timestamp, least: usize, most: usize) -> Timestamp {
        after.plus_seconds(i64::try_from(self.dice.whole(least, most)).unwrap_or(0))
    }

    /// A person vouches for a song, and others are going to meet it.
    async fn vouch(&mut self, who: usize, at: Timestamp) -> Result<()> {
        let Some(author) = self.member(who) else {
            return Ok(());
        };
        let Some((song, track, artist)) = self.choose(who) else {
            return Ok(());
        };
        let careful = self.person(who).is_some_and(|person| person.care > 1);
        let text =
            words::of_drop(&mut self.dice, &artist, Catalogue::genre(self.catalogue.scene_of(song)), careful);
        let stake = match self.all_they_have(who).await? {
            Some(all) => Some(all),
            None => self.stake(who),
        };
        let circle = self.circles.get(&self.catalogue.scene_of(song)).copied();
        let circle =
            circle.filter(|circle| self.reaches(who, Some(*circle)) && self.dice.chance(CIRCLE_SHARE));
        let made = self.engine.make_drop(author, &track, &text, stake, circle, None).await;
        let Some(drop) = self.accept(made)? else {
            return Ok(());
        };
        self.tally.drops += 1;
        if self.person(who).is_some_and(|person| matches!(person.part, Part::Friend | Part::Clubmate)) {
            self.of_friends.drops += 1;
            self.friendly.insert(drop);
        }
        self.closing.insert((at.plus_days(self.window_days), drop));
        for who_meets in self.audience(who, song, circle.is_some()) {
            let encounter = Encounter { who: who_meets, author: who, drop, song, circle };
            let soon = self.in_league(who, who_meets);
            let usual = if soon { 3 } else { 6 * 24 };
            let last = self.hours(who, who_meets, song).unwrap_or(usual) * HOUR;
            let sees = self.within(at, HOUR / 6, last);
            self.agenda.plan(sees, Deed::See(encounter));
        }
        Ok(())
    }

    /// The song a person drops: good ears listen to several and take the best, attackers take what they find.
    fn choose(&mut self, who: usize) -> Option<(usize, TrackRef, String)> {
        let person = self.people.get(who)?;
        let care = person.care;
        let mut best: Option<(f64, usize)> = None;
        for _ in 0..care.max(4) {
            let artist = match self.dice.pick(&person.favourites) {
                Some((artist, _)) if self.dice.chance(0.7) => *artist,
                _ => Catalogue::artist_in(person.home(), &mut self.dice),
            };
            let song = Catalogue::song_of(artist, &mut self.dice);
            let quality = self.catalogue.song(song)?.quality;
            let appeal = match care {
                // Nothing good, nothing so bad that it would be noticed.
                0 => -(quality - 0.3).abs(),
                // The first that comes along, if it is not a hit that everybody knows.
                1 => -(quality - self.dice.between(0.0, 0.7)).abs(),
                _ => quality,
            };
            if best.is_none_or(|(so_far, _)| appeal > so_far) {
                best = Some((appeal, song));
            }
        }
        let (_, number) = best?;
        let song = self.catalogue.song(number)?;
        let artist = self.catalogue.artist(song.artist)?.name.clone();
        let track = TrackRef::named(&artist, &song.title).ok()?;
        Some((number, track, artist))
    }

    /// Who has points to spare sometimes stakes more than the least.
    fn stake(&mut self, who: usize) -> Option<Points> {
        let verification = self.person(who).map(|person| person.verification);
        let most = match verification {
            Some(Verification::Paid) => 40,
            Some(Verification::Phone) => 25,
            _ => return None,
        };
        let bold = self.dice.chance(0.3);
        let points = self.dice.whole(11, most);
        bold.then(|| Points::whole(i64::try_from(points).unwrap_or(10)))
    }

    /// Whether two people are of one ring.
    fn in_league(&self, a: usize, b: usize) -> bool {
        let ring = |who| match self.person(who).map(|person| person.part) {
            Some(Part::Leader | Part::Sybil) => 1,
            Some(Part::Praiser) => 2,
            _ => 0,
        };
        ring(a) != 0 && ring(a) == ring(b)
    }

    /// Who will meet a drop: the author's ring, those who trust the author, and people of the scene.
    fn audience(&mut self, author: usize, song: usize, in_circle: bool) -> Vec<usize> {
        let scene = self.catalogue.scene_of(song);
        let size = self.dice.whole(AUDIENCE.0, AUDIENCE.1);
        let pool = if in_circle {
            self.circles.get(&scene).and_then(|circle| self.members.get(circle)).cloned().unwrap_or_default()
        } else {
            self.fans.get(&scene).cloned().unwrap_or_default()
        };
        let followers = self.followers.get(&author).cloned().unwrap_or_default();
        let mut audience = self.dice.sample(&followers, size / 2);
        let rest = self.dice.sample(&pool, size - audience.len());
        audience.extend(rest);
        for who in 0..self.people.len() {
            let friend = self.person(who).is_some_and(|p| p.part == Part::Friend && p.fit(scene) > 0.5);
            if self.in_league(author, who) || (friend && self.dice.chance(FRIEND_NOTICES)) {
                audience.push(who);
            }
        }
        audience.extend(self.planted_audience(author, song));
        audience.sort_unstable();
        audience.dedup();
        let circle = if in_circle { self.circles.get(&scene).copied() } else { None };
        audience.retain(|who| *who != author && self.member(*who).is_some() && self.reaches(*who, circle));
        audience
    }

    /// A drop is on somebody's screen: they may rate it a little later, and play the song again.
    fn meet(&mut self, encounter: Encounter, at: Timestamp) {
        let Some(user) = self.member(encounter.who) else {
            return;
        };
        self.shown(user, encounter.drop, at);
        let part = self.person(encounter.who).map_or(Part::Honest, |person| person.part);
        let rates = match part {
            Part::Leader | Part::Sybil if self.in_league(encounter.who, encounter.author) => SENT,
            Part::Praiser if self.in_league(encounter.who, encounter.author) => 1.0,
            Part::Friend => 0.8,
            Part::Praiser => RING_RATES,
            Part::Leader | Part::Sybil => 0.0,
            Part::Plotter => self.planted_rates(encounter),
            Part::Clubmate if self.one_group(encounter.who, encounter.author) => {
                self.planted_rates(encounter)
            }
            Part::Honest | Part::Clubmate => RATES,
        };
        if self.dice.chance(rates) {
            let later = self.within(at, 240, 2 * HOUR);
            self.agenda.plan(later, Deed::Rate(encounter));
        }
        if self.enjoyment(encounter) > ENJOYED && self.dice.chance(0.3) {
            let later = self.within(at, 300, 3 * 24 * HOUR);
            self.plays(encounter.who, encounter.song, later);
        }
    }

    /// Notes a play for the next import.
    pub(super) fn plays(&mut self, who: usize, song: usize, start: Timestamp) {
        let Some(song) = self.catalogue.song(song) else {
            return;
        };
        let Some(artist) = self.catalogue.artist(song.artist) else {
            return;
        };
        let Ok(track) = TrackRef::named(&artist.name, &song.title) else {
            return;
        };
        let person = Some(who.to_string());
        let (exactness, played_ms) = (Exactness::Exact, Some(200_000));
        self.listens.push((start, ImportRecord::Listen { person, track, start, exactness, played_ms }));
    }

    /// How much a person likes a song, in about [0, 1]; two looks at it differ a little.
    fn enjoyment(&mut self, encounter: Encounter) -> f64 {
        let quality = self.catalogue.song(encounter.song).map_or(0.0, |song| song.quality);
        let scene = self.catalogue.scene_of(encounter.song);
        let fit = self.person(encounter.who).map_or(0.0, |person| person.fit(scene));
        0.8 * quality + 0.25 * fit - 0.08 + 0.1 * self.dice.normal()
    }

    /// A person says what they think; whoever is in league with the author says five stars.
    async fn judge(&mut self, encounter: Encounter) -> Result<()> {
        let Some(rater) = self.member(encounter.who) else {
            return Ok(());
        };
        let league = self.in_league(encounter.who, encounter.author).then_some(1.0);
        let enjoyment = match league.or_else(|| self.feigned(encounter)) {
            Some(feigned) => feigned,
            None => self.enjoyment(encounter),
        };
        let Ok(stars) = Stars::from_halves(halves(enjoyment)) else {
            return Ok(());
        };
        let rated = self.engine.rate(rater, encounter.drop, stars).await;
        if self.accept(rated)?.is_none() {
            return Ok(());
        }
        self.tally.ratings += 1;
        if self.dice.chance(COMMENTS) {
            let text = words::of_comment(&mut self.dice);
            let commented = self.engine.comment(rater, encounter.drop, text).await;
            self.tally.comments += u64::from(self.accept(commented)?.is_some());
        }
        let honest = self.person(encounter.who).is_some_and(|person| !person.part.attacks());
        if honest && enjoyment > ENJOYED + 0.15 && self.dice.chance(0.08) {
            self.begin_to_trust(encounter).await?;
        }
        Ok(())
    }

    /// A drop that was loved wins its author a little trust.
    async fn begin_to_trust(&mut self, encounter: Encounter) -> Result<()> {
        let (Some(from), Some(to)) = (self.member(encounter.who), self.member(encounter.author)) else {
            return Ok(());
        };
        if self.bonds.contains_key(&(encounter.who, encounter.author)) {
            return Ok(());
        }
        let Ok(weight) = TrustWeight::from_fraction(self.dice.between(0.2, 0.6)) else {
            return Ok(());
        };
        let set = self.engine.set_trust(from, to, Some(weight)).await;
        if self.accept(set)?.is_some() {
            self.bonds.insert((encounter.who, encounter.author), weight);
            self.followers.entry(encounter.author).or_default().push(encounter.who);
        }
        Ok(())
    }
}

/// Enjoyment as half-stars.
fn halves(enjoyment: f64) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=10 first")]
    let halves = (enjoyment * 10.0).round().clamp(0.0, 10.0) as u8;
    halves
}
