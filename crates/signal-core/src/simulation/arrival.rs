//! Before the first day: histories and friendships are imported; then people join one by one.

use super::agenda::Deed;
use super::catalogue::Catalogue;
use super::{SOURCE, Simulation};
use crate::engine::{ImportOptions, Imported, Result};
use crate::model::{Audience, Handle, PrivacyDials, Verification, Viewer};
use crate::platform::{ImportRecord, ImportedArtist};

/// Seconds between two people who join on one day.
const JOIN_SECONDS: i64 = 7;
/// Share of the people who show everybody their taste and whom they trust.
const OPEN: f64 = 0.25;
/// Share of the people who look for a circle.
const SOCIABLE: f64 = 0.35;

impl Simulation {
    /// Imports everybody, and plans when they join.
    pub(super) async fn arrive(&mut self) -> Result<()> {
        self.bring_in(self.history()).await?;
        self.engine.build_profiles().await?;
        for who in 0..self.people.len() {
            let user = self.engine.find_user(Viewer::Operator, &format!("{SOURCE}:{who}")).await?;
            let mut joins_on = None;
            if let Some(person) = self.people.get_mut(who) {
                person.user = Some(user);
                joins_on = person.joins_on;
            }
            let Some(day) = joins_on else { continue };
            let second = i64::try_from(who).unwrap_or(0) * JOIN_SECONDS % 25_000;
            let at = self.plan.start.plus_days(i64::from(day)).plus_seconds(3_600 + second);
            self.agenda.plan(at, Deed::Join { who });
            if self.dice.chance(SOCIABLE) {
                self.agenda.plan(at.plus_seconds(40_000), Deed::Gather { who });
            }
        }
        Ok(())
    }

    /// Gives records to the engine, as a file of a platform would.
    pub(super) async fn bring_in(&self, records: Vec<ImportRecord>) -> Result<()> {
        let options = ImportOptions { source: SOURCE.to_owned(), person: None };
        let mut records = records.into_iter().map(Imported::Record);
        self.engine.import(&mut records, &options, &|_| ()).await?;
        Ok(())
    }

    /// What everybody played before, which genres that is, and who trusts whom.
    fn history(&self) -> Vec<ImportRecord> {
        let artist = |number: usize| {
            let name = self.catalogue.artist(number).map_or_else(String::new, |artist| artist.name.clone());
            ImportedArtist { id: Some(number.to_string()), name }
        };
        let mut records = Vec::new();
        for (number, scene_artist) in self.catalogue.artists() {
            let tag = Catalogue::genre(scene_artist.scene).to_owned();
            records.push(ImportRecord::ArtistTag { artist: artist(number), tag });
        }
        for (who, person) in self.people.iter().enumerate() {
            records.push(ImportRecord::Person { person: who.to_string() });
            for (number, plays) in &person.favourites {
                let person = Some(who.to_string());
                records.push(ImportRecord::ArtistPlays { person, artist: artist(*number), plays: *plays });
            }
        }
        for ((from, to), weight) in &self.bonds {
            let (from, to) = (from.to_string(), to.to_string());
            records.push(ImportRecord::Trust { from, to, weight: Some(*weight), mutual: false });
        }
        records
    }

    /// A person claims their account, and some have their identity checked.
    pub(super) async fn join(&mut self, who: usize) -> Result<()> {
        let Some(person) = self.person(who) else {
            return Ok(());
        };
        let (Some(user), verification) = (person.user, person.verification) else {
            return Ok(());
        };
        let Ok(handle) = person.handle.parse::<Handle>() else {
            return Ok(());
        };
        let claimed = self.engine.claim(user, Some(handle), Vec::new()).await;
        if self.accept(claimed)?.is_none() {
            return Ok(());
        }
        if verification != Verification::None {
            let verified = self.engine.verify(user, verification, &self.token(who)).await;
            self.accept(verified)?;
        }
        if self.dice.chance(OPEN) {
            let dials = PrivacyDials { history: Audience::Private, ..PrivacyDials::OPEN };
            self.engine.set_dials(user, dials).await?;
        }
        if let Some(person) = self.people.get_mut(who) {
            person.joined = true;
        }
        self.tally.joined += 1;
        Ok(())
    }

    /// A person joins the circle of their scene, or founds it.
    pub(super) async fn gather(&mut self, who: usize) -> Result<()> {
        let Some(user) = self.member(who) else {
            return Ok(());
        };
        let scene = self.person(who).map_or(0, super::Resident::home);
        let circle = if let Some(circle) = self.circles.get(&scene) {
            let joined = self.engine.join(user, *circle).await;
            let circle = *circle;
            self.accept(joined)?.map(|()| circle)
        } else {
            let genre = Catalogue::genre(scene);
            let created =
                self.engine.create_circle(user, &format!("{genre} corner"), &[genre.to_owned()], false).await;
            self.accept(created)?
        };
        if let Some(circle) = circle {
            self.circles.insert(scene, circle);
            self.members.entry(circle).or_default().push(who);
        }
        Ok(())
    }
}
