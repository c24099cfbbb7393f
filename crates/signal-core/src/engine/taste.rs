//! Taste profiles: building and showing them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answer::{ArtistAnswer, GenreAnswer, TasteAnswer};
use super::{Engine, EngineError, PROFILES_VERSION, ROWS_CHUNK, Result, locked};
use crate::host::{offload, random};
use crate::model::{ArtistId, TasteProfile, UserId, Viewer};
use crate::privacy::visible;
use crate::store::Page;
use crate::taste::{ArtistGenres, profile};

/// Profiles written at once.
const CHUNK: usize = 1_000;

impl Engine {
    /// Builds everyone's profile from what they play, and gives how many there are.
    pub async fn build_profiles(&self) -> Result<usize> {
        self.forget_ears().await?;
        let ears = self.ears().await?;
        let genres = self.artist_genres().await?;
        let now = self.now();
        let table = Arc::clone(&ears);
        let built = offload(self.host(), move || {
            let people = table.matrix.people().collect::<Vec<_>>();
            people
                .into_iter()
                .map(|user| profile(user, &table.matrix, &genres, None, now))
                .collect::<Vec<_>>()
        });
        let profiles: Vec<TasteProfile> = built.await.ok_or(EngineError::Lost { what: "the profiles" })?;
        for chunk in profiles.chunks(CHUNK) {
            self.store().put_profiles(chunk).await?;
        }
        self.forget_ears().await?;
        Ok(profiles.len())
    }

    /// Makes every process read plays and profiles again.
    pub(super) async fn forget_ears(&self) -> Result<()> {
        let version: [u8; 16] = random(self.host());
        self.store().put_state(PROFILES_VERSION, &version).await?;
        *locked(&self.inner.ears) = None;
        Ok(())
    }

    async fn artist_genres(&self) -> Result<ArtistGenres> {
        let mut genres: BTreeMap<ArtistId, Vec<(String, f64)>> = BTreeMap::new();
        let mut after = None;
        loop {
            let rows = self.store().artist_genres(Page { after, limit: ROWS_CHUNK }).await?;
            after = rows.last().map(|row| (row.artist, row.genre.clone()));
            let done = rows.len() < ROWS_CHUNK as usize;
            for row in rows {
                genres.entry(row.artist).or_default().push((row.genre, row.weight));
            }
            if done {
                return Ok(genres);
            }
        }
    }

    /// A person's taste, for whom they show it to. Whoever may not see it gets the answer for nobody. Artists and plays
    /// are history: they follow the other dial.
    pub async fn taste(&self, viewer: Viewer, user: UserId) -> Result<TasteAnswer> {
        self.state_of(user).await?;
        let relation = self.relation(viewer, user).await?;
        let dials = self.dials_of(user).await?;
        if !visible(dials.taste, &relation) {
            return Err(EngineError::not_found("user"));
        }
        let profile = self.store().profile(user).await?;
        let mut artists = Vec::new();
        let history = visible(dials.history, &relation);
        if history {
            let mut plays = self.store().artist_plays_of(user).await?;
            plays.sort_by(|a, b| b.plays.cmp(&a.plays).then(a.artist.cmp(&b.artist)));
            let names = self.artist_names(plays.iter().map(|p| p.artist)).await?;
            let named = plays.iter().filter_map(|p| names.get(&p.artist).map(|name| (name, p.plays)));
            artists = named.map(|(name, plays)| ArtistAnswer { artist: name.clone(), plays }).collect();
        }
        let genres = profile.as_ref().map(|p| p.genres.clone()).unwrap_or_default();
        let mut genres: Vec<_> = genres
            .into_iter()
            .map(|(genre, e)| GenreAnswer { genre, confidence: e.confidence.as_f64(), hours: e.hours })
            .collect();
        genres.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.genre.cmp(&b.genre)));
        Ok(TasteAnswer {
            user: self.person(user),
            genres,
            artists,
            hours: profile.as_ref().map_or(0.0, |p| p.hours),
            plays: history.then(|| profile.as_ref().map_or(0, |p| p.plays)),
            model: profile.map(|p| p.model.to_string()).unwrap_or_default(),
        })
    }

    /// Everyone's profile, for the operator.
    pub async fn profiles(&self, viewer: Viewer) -> Result<Vec<TasteProfile>> {
        if viewer != Viewer::Operator {
            return Err(EngineError::not_found("profiles"));
        }
        let mut profiles = Vec::new();
        self.each_profile(|profile| profiles.push(profile)).await?;
        Ok(profiles)
    }
}
