//! Taste profiles: building and showing them.

use std::collections::BTreeMap;

use super::answer::{ArtistAnswer, GenreAnswer, TasteAnswer};
use super::{Engine, EngineError, ROWS_CHUNK, Result, corrupt};
use crate::compatibility::Basis;
use crate::host::offload;
use crate::model::{ArtistId, TasteProfile, UserId, Viewer};
use crate::privacy::visible;
use crate::store::Page;
use crate::taste::factors::FactorsError;
use crate::taste::{ArtistGenres, PlayMatrix, TasteModel, known_genres, profiles};

/// Profiles written at once.
const CHUNK: usize = 1_000;
/// The state value that holds the taste model of the newest profiles.
const TASTE_MODEL: &str = "taste_model";
/// Seed of the model: the same plays always make the same one.
const MODEL_SEED: u64 = 0x7461_7374_6521;

impl Engine {
    /// Builds everyone's profile from what they play, and gives how many there are. Where policy calls them enough, a
    /// taste model is fitted to them and kept; their vectors are then trained.
    pub async fn build_profiles(&self) -> Result<usize> {
        let now = self.now();
        let version = self.forget_ears(Some(now)).await?;
        let ears = self.ears().await?;
        let genres = self.artist_genres(&ears.matrix).await?;
        let policy = self.policy().await?.1;
        let silent = self.silent(&ears.matrix).await?;
        let build = move || {
            let (model, mut built) = profiles(&ears.matrix, &genres, &policy, MODEL_SEED, now)?;
            let empty = |user| crate::taste::profile(user, &ears.matrix, &genres, &policy.taste, now);
            built.extend(silent.into_iter().map(empty));
            Ok::<_, FactorsError>((model, built))
        };
        let built = offload(self.host(), build).await.ok_or(EngineError::Lost { what: "the profiles" })?;
        let (model, profiles) = built.map_err(|error| EngineError::invalid("plays", error))?;
        match &model {
            Some(model) => self.store().put_state(TASTE_MODEL, &model.to_bytes()).await?,
            None => self.forget_model().await?,
        }
        for chunk in profiles.chunks(CHUNK) {
            self.store().put_profiles(chunk).await?;
        }
        // Whoever was erased meanwhile is in the model.
        if self.ears_version().await? != version {
            self.forget_model().await?;
        }
        self.forget_ears(Some(now)).await?;
        Ok(profiles.len())
    }

    /// People who have a profile and play nothing any more.
    async fn silent(&self, matrix: &PlayMatrix) -> Result<Vec<UserId>> {
        let mut silent = Vec::new();
        self.each_profile(|profile| {
            if profile.plays > 0 && matrix.row(profile.user).is_empty() {
                silent.push(profile.user);
            }
        })
        .await?;
        Ok(silent)
    }

    /// The model that made the newest profiles, where they are trained and nobody was erased since: it gives new people a
    /// vector that compares with them.
    pub async fn taste_model(&self) -> Result<Option<TasteModel>> {
        let Some(bytes) = self.store().state(TASTE_MODEL).await? else {
            return Ok(None);
        };
        let read = offload(self.host(), move || TasteModel::from_bytes(&bytes)).await;
        let model = read.ok_or(EngineError::Lost { what: "the taste model" })?;
        Ok(Some(model.map_err(|error| corrupt("read the taste model", "its bytes", error))?))
    }

    /// Forgets the model, but not the profiles that it made.
    pub(super) async fn forget_model(&self) -> Result<()> {
        Ok(self.store().remove_state(TASTE_MODEL).await?)
    }

    /// The genres of artists: as people tagged them, else as everybody knows them.
    pub(super) async fn artist_genres(&self, matrix: &PlayMatrix) -> Result<ArtistGenres> {
        let mut genres: ArtistGenres = BTreeMap::new();
        let mut after = None;
        loop {
            let rows = self.store().artist_genres(Page { after, limit: ROWS_CHUNK }).await?;
            after = rows.last().map(|row| (row.artist, row.genre.clone()));
            let done = rows.len() < ROWS_CHUNK as usize;
            for row in rows {
                genres.entry(row.artist).or_default().push((row.genre, row.weight));
            }
            if done {
                break;
            }
        }
        let played = (0u32..).map_while(|number| matrix.artist(number));
        let untagged: Vec<ArtistId> = played.filter(|artist| !genres.contains_key(artist)).collect();
        for chunk in untagged.chunks(ROWS_CHUNK as usize) {
            for (artist, name) in self.artist_names(chunk.iter().copied()).await? {
                let known: Vec<_> =
                    known_genres(&name).iter().map(|genre| ((*genre).to_owned(), 1.0)).collect();
                if !known.is_empty() {
                    genres.insert(artist, known);
                }
            }
        }
        Ok(genres)
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
            let mut plays = self.heard_of(user).await?;
            plays.sort_by(|a, b| b.plays.cmp(&a.plays).then(a.artist.cmp(&b.artist)));
            let names = self.artist_names(plays.iter().map(|p| p.artist)).await?;
            let named = plays.iter().filter_map(|p| names.get(&p.artist).map(|name| (name, p.plays)));
            artists = named.map(|(name, plays)| ArtistAnswer { artist: name.clone(), plays }).collect();
        }
        let genres = profile.as_ref().map(|p| p.genres.clone()).unwrap_or_default();
        // To the minute they would tell what was heard between two builds, which is history.
        let told = |hours: f64| if history { hours } else { hours.round() };
        let mut genres: Vec<_> = genres
            .into_iter()
            .map(|(genre, e)| GenreAnswer { genre, confidence: e.confidence.as_f64(), hours: told(e.hours) })
            .collect();
        genres.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.genre.cmp(&b.genre)));
        Ok(TasteAnswer {
            user: self.person(user),
            genres,
            artists,
            hours: profile.as_ref().map_or(0.0, |p| told(p.hours)),
            basis: profile.as_ref().map_or(Basis::None, basis),
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

/// The best that is known of somebody's taste, in the order in which a comparison looks for it.
fn basis(profile: &TasteProfile) -> Basis {
    let vector = profile.trained && profile.vector.iter().any(|number| *number != 0.0);
    match (vector, profile.plays > 0, profile.genres.is_empty()) {
        (true, ..) => Basis::Vectors,
        (false, true, _) => Basis::Artists,
        (false, false, false) => Basis::Genres,
        (false, false, true) => Basis::None,
    }
}
