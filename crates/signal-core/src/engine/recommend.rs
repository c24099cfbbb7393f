//! Artists a person may like next, with reasons that are true and may be told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::answer::{RecommendAnswer, RecommendBasis, RecommendReason, RecommendedArtist};
use super::{Engine, EngineError, Result, locked};
use crate::host::offload;
use crate::live::Ears;
use crate::model::{ArtistId, TrustWeight, UserId, Viewer};
use crate::privacy::visible;
use crate::taste::recommend::{Asking, Ground, Repertoire, Suggestion, Why};

/// People a person trusts most, whose plays and genres are looked at.
const FRIENDS_MAX: usize = 256;
/// Genres that somebody is at home in: the surest so many.
const GENRES: usize = 10;

/// What was learnt from one build of the profiles.
#[derive(Debug, Clone)]
pub(super) struct Learnt {
    ears: Arc<Ears>,
    least: usize,
    repertoire: Arc<Repertoire>,
}

/// Somebody whom a person trusts, and what they show them.
#[derive(Debug, Clone, Copy)]
struct Friend {
    user: UserId,
    weight: TrustWeight,
    history: bool,
    taste: bool,
}

impl Engine {
    /// At most `most` artists that a person may like next, for them and the operator, each with at least one reason.
    ///
    /// Whoever asks, the answer is the one the person gets. It learns from artists alone that policy's `least_count` of
    /// people or more play; what somebody the person trusts plays counts on its own only where they show the person their
    /// history, and their genres where they show their taste. Numbers of other listeners are not told.
    ///
    /// The first question after a build of the profiles fits what the others use.
    pub async fn recommend(&self, viewer: Viewer, user: UserId, most: usize) -> Result<RecommendAnswer> {
        self.own(viewer, user).await?;
        self.state_of(user).await?;
        let policy = self.policy().await?.1;
        let most = most.min(policy.limits.page);
        let ears = self.ears().await?;
        let least = usize::try_from(policy.privacy.least_count).unwrap_or(usize::MAX);
        let repertoire = self.repertoire(&ears, least).await?;
        let asking = self.asking(user, &ears).await?;
        let work = move || repertoire.suggest(&ears.matrix, &asking, most);
        let (ground, found) =
            offload(self.host(), work).await.ok_or(EngineError::Lost { what: "the recommendation" })?;
        Ok(RecommendAnswer {
            user: self.person(user),
            basis: basis(ground),
            artists: self.recommended(found).await?,
        })
    }

    /// What recommendations come from, fitted again where the profiles were built again.
    async fn repertoire(&self, ears: &Arc<Ears>, least: usize) -> Result<Arc<Repertoire>> {
        let kept = locked(&self.inner.learnt).clone();
        if let Some(kept) = kept.filter(|kept| Arc::ptr_eq(&kept.ears, ears) && kept.least == least) {
            return Ok(kept.repertoire);
        }
        let genres = self.artist_genres(&ears.matrix).await?;
        let (engine, ears) = (self.clone(), Arc::clone(ears));
        // The work keeps what it made: it is not lost with a question that nobody waits for any more.
        let work = move || {
            let repertoire = Arc::new(Repertoire::fit(&ears.matrix, &genres, least)?);
            let learnt = Learnt { ears, least, repertoire: Arc::clone(&repertoire) };
            *locked(&engine.inner.learnt) = Some(learnt);
            Ok(repertoire)
        };
        let fitted =
            offload(self.host(), work).await.ok_or(EngineError::Lost { what: "what people play" })?;
        fitted.map_err(|error: crate::taste::factors::FactorsError| EngineError::invalid("plays", error))
    }

    /// What may be used to answer a person.
    async fn asking(&self, user: UserId, ears: &Ears) -> Result<Asking> {
        let heard = self.heard_of(user).await?;
        let friends = self.friends(user).await?;
        let genres = home(ears, user);
        let trusted_genres = if genres.is_empty() { genres_of(&friends, ears) } else { Vec::new() };
        let open = friends.iter().filter(|friend| friend.history);
        Ok(Asking {
            user,
            heard: heard.into_iter().map(|one| one.artist).collect(),
            friends: open.map(|friend| (friend.user, friend.weight)).collect(),
            genres,
            trusted_genres,
        })
    }

    /// Whom a person trusts most, without those they mute, and those who block or are blocked; strongest first.
    async fn friends(&self, user: UserId) -> Result<Vec<Friend>> {
        let apart = self.apart(user).await?;
        let graph = self.graph();
        let row = graph.index(user).into_iter().flat_map(|index| graph.outgoing(index));
        let mut edges: Vec<(TrustWeight, UserId)> = row
            .filter_map(|(to, weight)| {
                Some((TrustWeight::from_ten_thousandths(weight).ok()?, graph.user(to)?))
            })
            .filter(|(_, to)| !apart.contains(to))
            .collect();
        self.live(|live| edges.retain(|(_, to)| live.people.contains_key(to)));
        edges.sort_unstable_by(|x, y| y.0.cmp(&x.0).then(x.1.cmp(&y.1)));
        edges.truncate(FRIENDS_MAX);
        let mut friends = Vec::with_capacity(edges.len());
        for (weight, to) in edges {
            let (relation, dials) = (self.stands(Viewer::User(user), to), self.dials_of(to).await?);
            let (history, taste) = (visible(dials.history, &relation), visible(dials.taste, &relation));
            friends.push(Friend { user: to, weight, history, taste });
        }
        Ok(friends)
    }

    /// Suggestions by name; those whose artist has none are left out.
    async fn recommended(&self, found: Vec<Suggestion>) -> Result<Vec<RecommendedArtist>> {
        let mut ids: BTreeSet<ArtistId> = BTreeSet::new();
        for suggestion in &found {
            ids.insert(suggestion.artist);
            ids.extend(suggestion.why.iter().filter_map(|why| match why {
                Why::AlsoPlayed { of } => Some(*of),
                _ => None,
            }));
        }
        let names = self.artist_names(ids).await?;
        let named = found.into_iter().filter_map(|suggestion| {
            let reasons: Vec<_> = suggestion.why.into_iter().filter_map(|why| reason(why, &names)).collect();
            let artist = names.get(&suggestion.artist)?.clone();
            (!reasons.is_empty()).then_some(RecommendedArtist { artist, reasons })
        });
        Ok(named.collect())
    }
}

/// The genres that somebody is surest in.
fn home(ears: &Ears, user: UserId) -> Vec<(String, f64)> {
    let genres = ears.profiles.genres(user).map(|(name, sure)| (name.to_owned(), sure.as_f64()));
    let mut genres: Vec<(String, f64)> = genres.filter(|(_, sure)| *sure > 0.0).collect();
    genres.sort_by(|x, y| y.1.total_cmp(&x.1).then_with(|| x.0.cmp(&y.0)));
    genres.truncate(GENRES);
    genres
}

/// The genres of those who show their taste: the mean of how sure they are, weighed by trust, and how many people are.
fn genres_of(friends: &[Friend], ears: &Ears) -> Vec<(String, f64, u64)> {
    let mut sums: BTreeMap<String, (f64, u64)> = BTreeMap::new();
    let mut total = 0.0;
    for friend in friends.iter().filter(|friend| friend.taste) {
        total += friend.weight.as_f64();
        for (name, sure) in home(ears, friend.user) {
            let sum = sums.entry(name).or_default();
            *sum = (sum.0 + friend.weight.as_f64() * sure, sum.1 + 1);
        }
    }
    let mut genres: Vec<_> =
        sums.into_iter().map(|(name, (sum, people))| (name, sum / total, people)).collect();
    genres.sort_by(|x, y| y.1.total_cmp(&x.1).then_with(|| x.0.cmp(&y.0)));
    genres.truncate(GENRES);
    genres
}

const fn basis(ground: Ground) -> RecommendBasis {
    match ground {
        Ground::Listening => RecommendBasis::Listening,
        Ground::Friends => RecommendBasis::Friends,
        Ground::Genres => RecommendBasis::Genres,
        Ground::Popularity => RecommendBasis::Popularity,
    }
}

/// A reason in names; `None` where the artist it speaks of has none.
fn reason(why: Why, names: &BTreeMap<ArtistId, String>) -> Option<RecommendReason> {
    Some(match why {
        Why::Trusted { people } => RecommendReason::Trusted { people },
        Why::AlsoPlayed { of } => RecommendReason::AlsoPlayed { of: names.get(&of)?.clone() },
        Why::Genre { name } => RecommendReason::Genre { genre: name },
        Why::TrustedGenre { name, people } => RecommendReason::TrustedGenre { genre: name, people },
        Why::Popular => RecommendReason::Popular,
    })
}
