//! Artists for somebody, each with reasons that are true and may be told.

use std::collections::{BTreeMap, BTreeSet};

use super::listeners::also_played;
use super::metrics::best;
use super::recommender::Listener;
use super::repertoire::Repertoire;
use crate::model::{ArtistId, TrustWeight, UserId};
use crate::taste::factors::Cells;
use crate::taste::plays::PlayMatrix;

/// Somebody who asks for artists, and what may be used for the answer.
#[derive(Debug, Clone)]
pub struct Asking {
    /// Who.
    pub user: UserId,
    /// Whom they play; none of these is suggested.
    pub heard: Vec<ArtistId>,
    /// Whom they trust, of those who show them what they play: each of their artists may be told.
    pub friends: Vec<(UserId, TrustWeight)>,
    /// The genres that they are at home in, with how sure each is.
    pub genres: Vec<(String, f64)>,
    /// Genres of people they trust who show their taste: how sure, and how many people.
    pub trusted_genres: Vec<(String, f64, u64)>,
}

impl Asking {
    /// Somebody of whom nothing else is known.
    pub const fn of(user: UserId) -> Self {
        Self { user, heard: Vec::new(), friends: Vec::new(), genres: Vec::new(), trusted_genres: Vec::new() }
    }
}

/// What a list is made from: the first of these that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// What they play.
    Listening,
    /// What people they trust play.
    Friends,
    /// Their genres, or those of people they trust.
    Genres,
    /// What most people play.
    Popularity,
}

/// Why an artist is suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// So many of the friends play it.
    Trusted {
        /// How many.
        people: u64,
    },
    /// Enough listeners of one of their artists play it too: see [`also_played`].
    AlsoPlayed {
        /// The artist they play.
        of: ArtistId,
    },
    /// One of its strongest genres is one of theirs.
    Genre {
        /// Which.
        name: String,
    },
    /// One of its strongest genres is one of people they trust.
    TrustedGenre {
        /// Which.
        name: String,
        /// How many of them.
        people: u64,
    },
    /// No more than [`POPULAR`](super::POPULAR) artists are played by more people, equals aside.
    Popular,
}

/// An artist for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Which.
    pub artist: ArtistId,
    /// At least one reason, the strongest first.
    pub why: Vec<Why>,
}

impl Repertoire {
    /// The `most` best artists for somebody, best first, and what they are chosen from: what they play, else what
    /// friends play, else genres, else what most people play. An artist for whom no reason is true is passed over.
    ///
    /// `matrix` is the one that was fitted to. What friends show is suggested even where too few people play it for the
    /// fit, after the rest where there is something to learn from. Costs what a
    /// [`Recommender`](super::Recommender)'s scores do, and for each artist that is looked at what [`also_played`] does.
    pub fn suggest(&self, matrix: &PlayMatrix, asking: &Asking, most: usize) -> (Ground, Vec<Suggestion>) {
        let view = View::new(self, matrix, asking);
        let (ground, order) = view.order();
        let mut met: BTreeSet<ArtistId> = asking.heard.iter().copied().collect();
        let suggestions = order
            .into_iter()
            .filter(|artist| met.insert(*artist))
            .map(|artist| Suggestion { artist, why: view.why(artist) })
            .filter(|suggestion| !suggestion.why.is_empty());
        (ground, suggestions.take(most).collect())
    }
}

/// What friends tell of an artist, in sum.
#[derive(Default)]
struct Told {
    people: u64,
    trust: u64,
    plays: u64,
}

/// What is looked at for one person.
struct View<'a> {
    repertoire: &'a Repertoire,
    asking: &'a Asking,
    /// The person's number in the fit.
    me: Option<u32>,
    /// Places of what they play, ascending.
    history: Vec<u32>,
    /// Friends' numbers in the fit, with the weights of the trust.
    friends: (Vec<u32>, Vec<f32>),
    /// Artists of friends that the person does not play.
    told: BTreeMap<ArtistId, Told>,
}

impl<'a> View<'a> {
    fn new(repertoire: &'a Repertoire, matrix: &PlayMatrix, asking: &'a Asking) -> Self {
        let mut history: Vec<u32> =
            asking.heard.iter().filter_map(|artist| repertoire.place(*artist)).collect();
        history.sort_unstable();
        history.dedup();
        let heard: BTreeSet<ArtistId> = asking.heard.iter().copied().collect();
        let mut told: BTreeMap<ArtistId, Told> = BTreeMap::new();
        let mut friends = (Vec::new(), Vec::new());
        for (friend, weight) in &asking.friends {
            let row = matrix.row(*friend).iter();
            let row = row.filter_map(|cell| Some((matrix.artist(cell.artist)?, u64::from(cell.plays))));
            for (artist, plays) in row.filter(|(artist, _)| !heard.contains(artist)) {
                let sum = told.entry(artist).or_default();
                sum.people += 1;
                sum.trust += u64::from(weight.ten_thousandths());
                sum.plays = sum.plays.saturating_add(plays);
            }
            if let Some(number) = matrix.person(*friend) {
                friends.0.push(number);
                friends.1.push(f32::from(weight.ten_thousandths()));
            }
        }
        Self { repertoire, asking, me: matrix.person(asking.user), history, friends, told }
    }

    /// What the list is made from, and artists in its order, some of them perhaps more than once.
    fn order(&self) -> (Ground, Vec<ArtistId>) {
        let plays = self.repertoire.fitted.plays();
        let followed = self.friends.0.iter().any(|friend| !plays.user(*friend).is_empty());
        let rare = self.rare();
        if !self.history.is_empty() || followed {
            let ground = if self.history.is_empty() { Ground::Friends } else { Ground::Listening };
            let ones = vec![1.0; self.history.len()];
            let listener = Listener {
                history: Cells::new(&self.history, &ones),
                friends: Cells::new(&self.friends.0, &self.friends.1),
            };
            return (ground, self.ranked(&self.repertoire.fitted.scores(listener)).chain(rare).collect());
        }
        let genres = self.by_genre();
        let ground = match (rare.is_empty(), genres.is_empty()) {
            (false, _) => Ground::Friends,
            (true, false) => Ground::Genres,
            (true, true) => Ground::Popularity,
        };
        let popular = self.repertoire.fitted.scores(Listener::default());
        (ground, rare.into_iter().chain(genres).chain(self.ranked(&popular)).collect())
    }

    /// All artists of the repertoire by score.
    fn ranked(&self, scores: &[f32]) -> impl Iterator<Item = ArtistId> + use<'a> {
        let artists = &self.repertoire.artists;
        let order = best(scores, &[], scores.len());
        order.into_iter().filter_map(|place| artists.get(place as usize).copied())
    }

    /// Artists of friends that too few people play for the repertoire: by trust, then by plays.
    fn rare(&self) -> Vec<ArtistId> {
        let outside = self.told.iter().filter(|(artist, _)| self.repertoire.place(**artist).is_none());
        let mut rare: Vec<_> = outside.map(|(artist, told)| ((told.trust, told.plays), *artist)).collect();
        rare.sort_unstable_by(|x, y| y.0.cmp(&x.0).then(x.1.cmp(&y.1)));
        rare.into_iter().map(|(_, artist)| artist).collect()
    }

    /// Artists of known genres, best first: Σ confidence · share, times ln(1 + listeners).
    fn by_genre(&self) -> Vec<ArtistId> {
        let own = self.asking.genres.iter().map(|(name, sure)| (name.as_str(), *sure));
        let others = self.asking.trusted_genres.iter().map(|(name, sure, _)| (name.as_str(), *sure));
        let mut sure: BTreeMap<&str, f64> = own.collect();
        if sure.is_empty() {
            sure = others.collect();
        }
        let plays = self.repertoire.fitted.plays();
        let artists = (0u32..).zip(&self.repertoire.artists).zip(&self.repertoire.genres);
        let scored = artists.map(|((place, artist), genres)| {
            let fit: f64 =
                genres.iter().filter_map(|(name, share)| Some(sure.get(name.as_str())? * share)).sum();
            (fit * libm::log1p(plays.item(place).len() as f64), *artist)
        });
        let mut scored: Vec<(f64, ArtistId)> = scored.filter(|(score, _)| *score > 0.0).collect();
        scored.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        scored.into_iter().map(|(_, artist)| artist).collect()
    }

    /// What is true of an artist and may be told.
    fn why(&self, artist: ArtistId) -> Vec<Why> {
        let mut why = Vec::new();
        why.extend(self.told.get(&artist).map(|told| Why::Trusted { people: told.people }));
        let Some(place) = self.repertoire.place(artist) else { return why };
        let (plays, least) = (self.repertoire.fitted.plays(), self.repertoire.least);
        let beside = also_played(plays, &self.history, place, self.me, least);
        let beside = beside.and_then(|other| self.repertoire.artists.get(other as usize));
        why.extend(beside.map(|of| Why::AlsoPlayed { of: *of }));
        why.extend(self.genre(place));
        if why.is_empty() && self.repertoire.is_popular(place) {
            why.push(Why::Popular);
        }
        why
    }

    /// The genre that joins an artist and the person, or else the people they trust: the one they are surest of.
    fn genre(&self, place: u32) -> Option<Why> {
        let genres = self.repertoire.genres.get(place as usize)?;
        let has = |name: &str| genres.iter().any(|(genre, _)| genre == name);
        let own = self.asking.genres.iter().filter(|(name, _)| has(name));
        if let Some((name, _)) = own.max_by(|x, y| x.1.total_cmp(&y.1).then_with(|| y.0.cmp(&x.0))) {
            return Some(Why::Genre { name: name.clone() });
        }
        let others = self.asking.trusted_genres.iter().filter(|(name, ..)| has(name));
        let surest = others.max_by(|x, y| x.1.total_cmp(&y.1).then_with(|| y.0.cmp(&x.0)));
        surest.map(|(name, _, people)| Why::TrustedGenre { name: name.clone(), people: *people })
    }
}
