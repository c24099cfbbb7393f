//! The people whose taste is nearest to a person's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::answer::{NeighbourAnswer, NeighboursAnswer, Reason};
use super::{Engine, EngineError, Result, TAIL_CHUNK, locked};
use crate::compatibility::{Basis, coarse};
use crate::host::offload;
use crate::live::Ears;
use crate::model::{ArtistId, ModelId, TasteProfile, UserId, Viewer};
use crate::policy::{NeighbourPolicy, Policy};
use crate::privacy::visible;
use crate::store::Page;
use crate::taste::neighbours::{Neighbours, TasteVector, for_size};
use crate::taste::{SharedArtist, shared, shared_artists};

/// The nearest whose dials are looked at: of everybody, and again of those whom circles and trust join with the person.
const LOOKED_AT: usize = 512;
/// People whose drops a feed looks at because their taste is near.
const NEAR_AUTHORS: usize = 100;
/// Shared artists, and shared genres, told of one neighbour.
const REASONS: usize = 2;

/// Everybody's vectors by model, of one build of the profiles. After a build all are of one model, but profiles of
/// people who play nothing any more stay as they were.
#[derive(Debug)]
pub(super) struct Nearby {
    ears: Arc<Ears>,
    policy: NeighbourPolicy,
    models: Models,
}

type Models = BTreeMap<ModelId, Box<dyn Neighbours>>;

/// Somebody near, with all that may be a reason.
struct Near {
    user: UserId,
    similarity: f64,
    basis: Basis,
    history: bool,
    artists: Vec<SharedArtist>,
    genres: Vec<(String, f64)>,
}

impl Engine {
    /// At most `most` people whose taste is nearest to a person's, for them and the operator.
    ///
    /// Only who shows the person their taste is listed, and nobody whom they mute, or who blocks or is blocked. For the
    /// operator, dials hide nobody. Similarities come in steps of the policy's `coarse_step`; plays of the other are told
    /// where their history is visible. Of the whole community the nearest few hundred are looked at; people in circles
    /// with the person, and those who trust them, beside these.
    pub async fn taste_neighbours(
        &self,
        viewer: Viewer,
        user: UserId,
        most: usize,
    ) -> Result<NeighboursAnswer> {
        self.own(viewer, user).await?;
        self.state_of(user).await?;
        let policy = self.policy().await?.1;
        let ears = self.ears().await?;
        let (most, step) = (most.min(policy.limits.page), policy.compatibility.coarse_step);
        let apart = self.apart(user).await?;
        let mut people: BTreeSet<UserId> = self.joined(user).into_iter().collect();
        if let Some(profile) = self.pointing(user).await? {
            let nearby = self.nearby(&ears, &policy.neighbours).await?;
            people.extend(self.nearest_ears(nearby, profile, LOOKED_AT, apart.clone()).await?);
        }
        let eyes = if viewer == Viewer::Operator { viewer } else { Viewer::User(user) };
        let mut open = Vec::new();
        for other in people.into_iter().filter(|other| !apart.contains(other)) {
            let (relation, dials) = (self.stands(eyes, other), self.dials_of(other).await?);
            if visible(dials.taste, &relation) {
                open.push((other, visible(dials.history, &relation)));
            }
        }
        let work = move || ranked(&ears, user, open, most);
        let found =
            offload(self.host(), work).await.ok_or(EngineError::Lost { what: "the nearest tastes" })?;
        let ids = found.iter().flat_map(|near| near.artists.iter().map(|shared| shared.artist));
        let names = self.artist_names(ids.collect::<BTreeSet<_>>()).await?;
        let people = found.into_iter().map(|near| NeighbourAnswer {
            user: self.person(near.user),
            similarity: coarse(near.similarity, step),
            basis: near.basis,
            reasons: reasons(&near, &names),
        });
        Ok(NeighboursAnswer { user: self.person(user), people: people.collect() })
    }

    /// The people whose taste is nearest to the viewer's, for their feed. `None` in a community whose vectors need a graph
    /// while nobody has asked for it since the profiles were built: a feed does not wait for that.
    pub(super) async fn near_authors(
        &self,
        viewer: UserId,
        ears: &Arc<Ears>,
        policy: &Policy,
    ) -> Result<Option<Vec<UserId>>> {
        let policy = &policy.neighbours;
        let nearby = match self.nearby_at_hand(ears, policy) {
            Some(nearby) => nearby,
            None if ears.profiles.len() < policy.index_from => self.nearby(ears, policy).await?,
            None => return Ok(None),
        };
        let Some(profile) = self.pointing(viewer).await? else {
            return Ok(Some(Vec::new()));
        };
        let apart = self.apart(viewer).await?;
        Ok(Some(self.nearest_ears(nearby, profile, NEAR_AUTHORS, apart).await?))
    }

    /// A person's profile, where its vector can be near to another.
    async fn pointing(&self, user: UserId) -> Result<Option<TasteProfile>> {
        Ok(self.store().profile(user).await?.filter(points))
    }

    /// The people whose vectors are nearest to a profile's, without those who are `apart`; whoever may know of it.
    async fn nearest_ears(
        &self,
        nearby: Arc<Nearby>,
        profile: TasteProfile,
        most: usize,
        apart: BTreeSet<UserId>,
    ) -> Result<Vec<UserId>> {
        let work = move || {
            let Some(index) = nearby.models.get(&profile.model) else { return Ok(Vec::new()) };
            index.nearest(TasteVector::from(&profile), most, &|other| !apart.contains(&other))
        };
        let found =
            offload(self.host(), work).await.ok_or(EngineError::Lost { what: "the nearest tastes" })?;
        let found = found.map_err(|error| EngineError::invalid("profiles", error))?;
        Ok(found.into_iter().map(|near| near.user).collect())
    }

    /// Everybody's vectors as they were read for somebody, where the profiles were not built again since.
    fn nearby_at_hand(&self, ears: &Arc<Ears>, policy: &NeighbourPolicy) -> Option<Arc<Nearby>> {
        let kept = locked(&self.inner.nearby).clone();
        kept.filter(|kept| Arc::ptr_eq(&kept.ears, ears) && kept.policy == *policy)
    }

    /// Everybody's vectors, read again where the profiles were built again.
    async fn nearby(&self, ears: &Arc<Ears>, policy: &NeighbourPolicy) -> Result<Arc<Nearby>> {
        if let Some(kept) = self.nearby_at_hand(ears, policy) {
            return Ok(kept);
        }
        let (people, mut models, mut after) = (ears.profiles.len(), Models::new(), None);
        loop {
            let rows = self.store().profiles(Page { after, limit: TAIL_CHUNK }).await?;
            after = rows.last().map(|profile| profile.user);
            let done = rows.len() < TAIL_CHUNK as usize;
            let policy = policy.clone();
            let work = move || learn(models, &rows, people, &policy);
            models = offload(self.host(), work).await.ok_or(EngineError::Lost { what: "the vectors" })??;
            if done {
                break;
            }
        }
        let nearby = Arc::new(Nearby { ears: Arc::clone(ears), policy: policy.clone(), models });
        *locked(&self.inner.nearby) = Some(Arc::clone(&nearby));
        Ok(nearby)
    }

    /// The person, whom they mute, and who blocks them or is blocked.
    pub(super) async fn apart(&self, user: UserId) -> Result<BTreeSet<UserId>> {
        let mut apart = self.muted(Viewer::User(user)).await?;
        apart.insert(user);
        self.live(|live| {
            for (from, to) in &live.blocks {
                apart.extend((*from == user).then_some(*to));
                apart.extend((*to == user).then_some(*from));
            }
        });
        Ok(apart)
    }

    /// People who may well show a person their taste, near or not: they are in a circle with them, or trust them.
    fn joined(&self, user: UserId) -> Vec<UserId> {
        let graph = self.graph();
        let trusting = graph.index(user).into_iter().flat_map(|index| graph.incoming(index));
        let trusting = trusting.filter_map(|(from, _)| graph.user(from));
        self.live(|live| {
            let joined = live.circle_mates(user).into_iter().chain(trusting).take(LOOKED_AT);
            joined.filter(|other| live.people.contains_key(other)).collect()
        })
    }
}

/// Whether a profile has a vector that can be near to another.
fn points(profile: &TasteProfile) -> bool {
    profile.vector.iter().all(|number| number.is_finite())
        && profile.vector.iter().any(|number| *number != 0.0)
}

/// Adds profiles to the vectors of their models.
fn learn(
    mut models: Models,
    rows: &[TasteProfile],
    people: usize,
    policy: &NeighbourPolicy,
) -> Result<Models> {
    let mut by_model: BTreeMap<&ModelId, Vec<(UserId, TasteVector<'_>)>> = BTreeMap::new();
    for profile in rows.iter().filter(|profile| points(profile)) {
        by_model.entry(&profile.model).or_default().push((profile.user, profile.into()));
    }
    for (model, vectors) in by_model {
        let length = vectors.first().map_or(0, |(_, vector)| vector.numbers.len());
        let new = || for_size(people, model.clone(), length, policy);
        let index = models.entry(model.clone()).or_insert_with(new);
        index.insert_many(&vectors).map_err(|error| EngineError::invalid("profiles", error))?;
    }
    Ok(models)
}

/// Those who share anything, most alike first, equals by id.
fn ranked(ears: &Ears, user: UserId, open: Vec<(UserId, bool)>, most: usize) -> Vec<Near> {
    let alike = |(other, history)| {
        let (similarity, basis) = ears.similarity(user, other).filter(|(value, _)| *value > 0.0)?;
        Some((similarity, basis, other, history))
    };
    let mut found: Vec<(f64, Basis, UserId, bool)> = open.into_iter().filter_map(alike).collect();
    found.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.2.cmp(&y.2)));
    found.truncate(most);
    let near = |(similarity, basis, other, history)| Near {
        user: other,
        similarity,
        basis,
        history,
        artists: shared_artists(&ears.matrix, user, other, REASONS),
        genres: shared(ears.profiles.genres(user), ears.profiles.genres(other), REASONS),
    };
    found.into_iter().map(near).collect()
}

/// What the two share, as far as it may be told.
fn reasons(near: &Near, names: &BTreeMap<ArtistId, String>) -> Vec<Reason> {
    let artists = near.artists.iter().filter_map(|one| {
        let plays_b = near.history.then_some(one.plays_b);
        Some(Reason::SharedArtist { artist: names.get(&one.artist)?.clone(), plays_a: one.plays_a, plays_b })
    });
    let genres = near
        .genres
        .iter()
        .map(|(genre, confidence)| Reason::SharedGenre { genre: genre.clone(), confidence: *confidence });
    let mut told: Vec<Reason> = artists.chain(genres).collect();
    if told.is_empty() {
        told.push(Reason::SimilarTaste);
    }
    told
}
