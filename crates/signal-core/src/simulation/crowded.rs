//! A community of any size as a process holds it, without the months that led there.

use std::collections::BTreeMap;

use super::dice::Dice;
use crate::ledger::{EpochTables, Event, Standing};
use crate::live::{Ears, Live};
use crate::model::{
    ArtistId, CircleId, DropId, GenreExpertise, Millionths, ModelId, Points, Pseudonym, TasteProfile, Text,
    Timestamp, TrackId, UserId, VECTOR_DIMENSIONS,
};
use crate::taste::{Packing, PlayMatrix};
use crate::trust::TrustGraph;

/// When the made-up community is looked at.
const NOW: i64 = 1_798_761_600;
/// Days within which its drops were made.
const DAYS: i64 = 60;
/// One in so many people made a drop.
const PEOPLE_PER_DROP: usize = 10;
/// Members of every circle.
const CIRCLE: usize = 50;
/// Artists whom one person plays, and whom there are.
const ARTISTS_EACH: usize = 10;
const ARTISTS: usize = 100_000;
/// Tastes that people have, more or less.
const TASTES: usize = 64;
/// Genres of one person, and in all.
const GENRES_EACH: usize = 10;
const GENRES: usize = 200;

/// What a process holds of a community.
#[derive(Debug, Clone)]
pub struct Crowded {
    /// People, circles and drops, with trust as it was given.
    pub live: Live,
    /// Plays, vectors and genres of everybody.
    pub ears: Ears,
    /// Everybody's standing.
    pub tables: EpochTables,
    /// The instant it is looked at.
    pub now: Timestamp,
}

/// Gives people who trust each other plays, tastes, circles, drops and standings, all drawn from the seed.
///
/// Takes O(people), and about 2.5 KB a person beside the graph.
pub fn crowded(people: &[UserId], graph: TrustGraph, seed: u64) -> Crowded {
    let now = Timestamp::from_seconds(NOW);
    let mut live = Live::default();
    live.graph = graph;
    let mut packing = Packing::default();
    let mut standings = Vec::with_capacity(people.len());
    let mut dice = Dice::new(seed, u64::MAX - 1);
    let tastes: Vec<Vec<f32>> = (0..TASTES).map(|_| direction(&mut dice)).collect();
    for (n, user) in (0u64..).zip(people) {
        let mut dice = Dice::new(seed, n);
        let pseudonym = Pseudonym::from_bytes(user.uuid().into_bytes());
        let registered =
            Event::UserRegistered { user: *user, pseudonym, handle: None, claims: Vec::new(), claimed: true };
        live.fold(registered, now, 0);
        packing.add(taste(*user, &tastes, &mut dice, now));
        let standing = 100_000 + dice.below(1_900_000) as u64;
        let half = Millionths::clamped(500_000);
        let privilege = Millionths::ONE;
        standings.push(Standing { who: pseudonym, standing, reliability: half, suspicion: half, privilege });
    }
    standings.sort_by_key(|row| row.who);
    gather(&mut live, people, seed, now);
    let plays = (0u64..).zip(people).flat_map(|(n, user)| plays(*user, Dice::new(!seed, n)));
    let ears = Ears { version: Vec::new(), matrix: PlayMatrix::build(plays), profiles: packing.finish() };
    let (v, at) = (EpochTables::VERSION, Some(now));
    let (findings, stances) = (Vec::new(), Vec::new());
    let tables = EpochTables { v, position: 0, policy: 0, at, standings, findings, stances };
    Crowded { live, ears, tables, now }
}

/// Circles of neighbours in the list, and drops.
fn gather(live: &mut Live, people: &[UserId], seed: u64, now: Timestamp) {
    let Ok(name) = Text::new("made up", 16) else { return };
    let mut dice = Dice::new(seed, u64::MAX);
    for members in people.chunks(CIRCLE) {
        let Some((&creator, rest)) = members.split_first() else { continue };
        let circle = CircleId::new(now, id(&mut dice));
        let made = Event::CircleCreated {
            circle,
            creator,
            name: name.clone(),
            focus: Vec::new(),
            invite_only: false,
        };
        live.fold(made, now, 0);
        for &user in rest {
            live.fold(Event::CircleJoined { circle, user }, now, 0);
        }
    }
    let drops = people.len() / PEOPLE_PER_DROP;
    for (place, back) in (0u64..).zip((1..=drops).rev()) {
        let Some(&author) = dice.pick(people) else { continue };
        let age = DAYS as f64 * 86_400.0 * back as f64 / (drops + 1) as f64;
        let at = now.plus_seconds(-seconds(age));
        let made = Event::DropMade {
            drop: DropId::new(at, id(&mut dice)),
            author,
            track: TrackId::new(at, id(&mut dice)),
            context: name.clone(),
            stake: Points::from_milli(10_000),
            circle: None,
        };
        live.fold(made, at, place);
    }
    live.position = drops as u64;
}

/// A vector near one of the tastes, and genres of which the first are that taste's own.
fn taste(user: UserId, tastes: &[Vec<f32>], dice: &mut Dice, now: Timestamp) -> TasteProfile {
    let kind = dice.below(tastes.len());
    let own = tastes.get(kind).into_iter().flatten();
    let vector: Vec<f32> = own.zip(direction(dice)).map(|(own, other)| own + other).collect();
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    let genres = (0..GENRES_EACH).map(|n| {
        let genre = if n < GENRES_EACH / 2 { (kind * 3 + n) % GENRES } else { dice.below(GENRES) };
        let confidence = Millionths::from_f64(dice.unit());
        (format!("genre {genre}"), GenreExpertise { confidence, hours: 1.0 })
    });
    TasteProfile {
        user,
        model: ModelId::new("made up"),
        trained: true,
        genres: genres.collect::<BTreeMap<_, _>>(),
        vector: vector.into_iter().map(|x| x / length).collect(),
        hours: 1.0,
        plays: 1,
        built_at: now,
    }
}

/// Plays of artists of whom the first are the most popular.
fn plays(user: UserId, mut dice: Dice) -> impl Iterator<Item = (UserId, ArtistId, u64)> {
    (0..ARTISTS_EACH).map(move |_| {
        let mut random = [0; 10];
        for (byte, from) in random.iter_mut().skip(2).zip((dice.popular(ARTISTS) as u64).to_be_bytes()) {
            *byte = from;
        }
        (user, ArtistId::new(Timestamp::from_seconds(0), random), 1 + dice.below(1_000) as u64)
    })
}

#[expect(clippy::cast_possible_truncation, reason = "some days")]
const fn seconds(age: f64) -> i64 {
    age as i64
}

fn id(dice: &mut Dice) -> [u8; 10] {
    let mut bytes = [0; 10];
    dice.fill(&mut bytes);
    bytes
}

#[expect(clippy::cast_possible_truncation, reason = "a coordinate keeps seven digits")]
fn direction(dice: &mut Dice) -> Vec<f32> {
    (0..VECTOR_DIMENSIONS).map(|_| dice.between(-1.0, 1.0) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::{RandomGraph, random_graph};

    #[test]
    fn everybody_has_a_taste_a_circle_and_a_standing() {
        let RandomGraph { people, edges } = random_graph(500, 5_000, 3);
        let graph = TrustGraph::from_numbered(people.clone(), &edges);
        let made = crowded(&people, graph, 3);
        assert_eq!((made.live.people.len(), made.live.circles.len(), made.live.drops.len()), (500, 10, 50));
        assert_eq!(
            (made.ears.profiles.len(), made.ears.matrix.users(), made.tables.standings.len()),
            (500, 500, 500)
        );
        for user in &people {
            assert_eq!(made.live.circle_mates(*user).len(), 50);
            assert!(made.ears.profiles.row(*user).is_some());
            let who = made.live.people[user].pseudonym;
            assert!(made.tables.standing(who).is_some() && made.live.called(who) == Some(*user));
        }
        let young = made.live.drops_since(made.now.plus_days(-30)).count();
        assert!((15..=35).contains(&young), "{young}");
    }
}
