//! The artists that may be recommended, with what was learnt from who plays them.

use super::recommender::{Method, Recommender};
use crate::model::ArtistId;
use crate::taste::factors::{FactorsError, Interactions};
use crate::taste::genre_masses::ArtistGenres;
use crate::taste::model::MODEL_ARTISTS_MAX;
use crate::taste::plays::PlayMatrix;

/// People up to whom [`Method::Signal`] is fitted; more have 64 factors alone, a quarter of the memory.
pub const FULL_FIT_PEOPLE: usize = 100_000;
/// How many artists count as popular.
pub const POPULAR: usize = 100;
/// Genres of an artist that are said of them, the strongest first.
const ARTIST_GENRES: usize = 3;

/// Artists that at least so many people play, and a recommender that was fitted to those plays alone: what fewer people
/// play can be read from no list, and from no order of one.
///
/// ```
/// use signal_core::model::{ArtistId, Timestamp, UserId};
/// use signal_core::taste::recommend::{Asking, Ground, Repertoire, Why};
/// use signal_core::taste::{ArtistGenres, PlayMatrix};
///
/// let user = |n| UserId::new(Timestamp::from_seconds(n), [0; 10]);
/// let artist = |n| ArtistId::new(Timestamp::from_seconds(n), [1; 10]);
/// // Six people play artists 0 and 1, and each one artist that nobody else does.
/// let plays = (0..6).flat_map(|u| [(user(u), artist(0), 9), (user(u), artist(1), 9), (user(u), artist(9 + u), 9)]);
/// let matrix = PlayMatrix::build(plays);
/// let repertoire = Repertoire::fit(&matrix, &ArtistGenres::new(), 5)?;
/// let (ground, found) = repertoire.suggest(&matrix, &Asking::of(user(99)), 10);
/// assert_eq!(ground, Ground::Popularity);
/// assert_eq!(found.iter().map(|one| one.artist).collect::<Vec<_>>(), [artist(0), artist(1)]);
/// assert_eq!(found[0].why, [Why::Popular]);
/// # Ok::<(), signal_core::taste::factors::FactorsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Repertoire {
    /// By id; their places are the numbers of the fit.
    pub(super) artists: Vec<ArtistId>,
    /// The strongest genres of each, with their shares of all of the artist's.
    pub(super) genres: Vec<Vec<(String, f64)>>,
    pub(super) fitted: Recommender<Interactions>,
    /// Listeners that the last of the popular ones has.
    popular_from: usize,
    pub(super) least: usize,
}

impl Repertoire {
    /// Fits it to plays, on the current rayon pool, with the same bits on any number of threads. `least` are the fewest
    /// people of whom may be told that they play something; at most [`MODEL_ARTISTS_MAX`] artists take part.
    pub fn fit(matrix: &PlayMatrix, genres: &ArtistGenres, least: usize) -> Result<Self, FactorsError> {
        let numbers = chosen(matrix, least);
        let mut places: Vec<Option<u32>> = vec![None; matrix.artists()];
        for (place, number) in (0u32..).zip(&numbers) {
            if let Some(slot) = places.get_mut(*number as usize) {
                *slot = Some(place);
            }
        }
        let place = |number: u32| places.get(number as usize).copied().flatten();
        let cells = (0u32..).zip(matrix.people()).flat_map(|(person, user)| {
            let row = matrix.row(user).iter();
            row.filter_map(move |cell| Some((person, place(cell.artist)?, 1.0)))
        });
        let plays = Interactions::new(matrix.users(), numbers.len(), cells)?;
        let artists: Vec<ArtistId> = numbers.iter().filter_map(|number| matrix.artist(*number)).collect();
        let mut listeners: Vec<usize> =
            (0u32..).zip(&artists).map(|(place, _)| plays.item(place).len()).collect();
        listeners.sort_unstable_by(|x, y| y.cmp(x));
        let popular_from = listeners.get(POPULAR - 1).copied().unwrap_or(0);
        let method = if matrix.users() > FULL_FIT_PEOPLE { Method::Ials64 } else { Method::Signal };
        Ok(Self {
            genres: artists.iter().map(|artist| strongest(genres.get(artist))).collect(),
            artists,
            fitted: Recommender::fit(method, plays)?,
            popular_from,
            least,
        })
    }

    /// How many artists there are.
    pub fn len(&self) -> usize {
        self.artists.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.artists.is_empty()
    }

    /// The number of an artist in the fit.
    pub(super) fn place(&self, artist: ArtistId) -> Option<u32> {
        self.artists.binary_search(&artist).ok().and_then(|place| u32::try_from(place).ok())
    }

    /// Whether no more than [`POPULAR`] artists, those with as many listeners aside, have more listeners.
    pub(super) fn is_popular(&self, place: u32) -> bool {
        self.fitted.plays().item(place).len() >= self.popular_from
    }
}

/// The numbers of artists with enough listeners, ascending.
fn chosen(matrix: &PlayMatrix, least: usize) -> Vec<u32> {
    let mut listeners = vec![0usize; matrix.artists()];
    for cell in matrix.people().flat_map(|user| matrix.row(user)) {
        if let Some(count) = listeners.get_mut(cell.artist as usize) {
            *count += 1;
        }
    }
    let enough = (0u32..).zip(&listeners).filter(|(_, count)| **count >= least.max(1));
    let mut numbers: Vec<(usize, u32)> = enough.map(|(number, count)| (*count, number)).collect();
    numbers.sort_unstable_by(|x, y| y.0.cmp(&x.0).then(x.1.cmp(&y.1)));
    numbers.truncate(MODEL_ARTISTS_MAX);
    let mut numbers: Vec<u32> = numbers.into_iter().map(|(_, number)| number).collect();
    numbers.sort_unstable();
    numbers
}

/// The strongest of an artist's genres with their shares of all; equals by name.
fn strongest(genres: Option<&Vec<(String, f64)>>) -> Vec<(String, f64)> {
    let positive = genres.into_iter().flatten().filter(|(_, weight)| weight.is_finite() && *weight > 0.0);
    let mut genres: Vec<(String, f64)> = positive.cloned().collect();
    let total: f64 = genres.iter().map(|(_, weight)| weight).sum();
    genres.sort_by(|x, y| y.1.total_cmp(&x.1).then_with(|| x.0.cmp(&y.0)));
    genres.truncate(ARTIST_GENRES);
    genres.into_iter().map(|(name, weight)| (name, weight / total)).collect()
}
