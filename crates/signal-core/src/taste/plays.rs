//! People compared by the artists they play.
//!
//! A person is a row of artists, weighted by tf-idf (Salton and Buckley 1988; Manning, Raghavan and Schütze 2008,
//! chapter 6), so that an artist whom everybody plays says little about anybody:
//!
//! ```text
//! tf(u, i)  = ln(1 + effective plays)      a hundredfold play count is not a hundredfold liking
//! idf(i)    = ln((1 + N) / (1 + n_i)) + 1      N people, n_i of whom play i; always at least 1
//! w(u, i)   = tf · idf, each row scaled to length 1
//! similarity(a, b) = Σ_i w(a, i) · w(b, i)     the cosine of the rows, in [0, 1]
//! ```

use super::heard::ArtistHeard;
use crate::model::{ArtistId, UserId};
use crate::policy::TastePolicy;

/// One artist in a person's row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlayCell {
    /// The artist's number in the matrix.
    pub artist: u32,
    /// What the plays are worth: see [`effective_plays`](super::effective_plays).
    pub effective: f32,
    /// How often the person played the artist, at least 1; more than fits counts as the most that does.
    pub plays: u32,
    /// For how many minutes.
    pub minutes: f32,
    /// tf-idf, scaled so that the squares of a row sum to 1.
    pub weight: f64,
}

/// Who played whom, how often: a sparse matrix of people and artists with tf-idf weights.
///
/// Takes 24 bytes a cell. Artists are numbered in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct PlayMatrix {
    /// People by id, each with the end of their row in `cells`.
    users: Vec<(UserId, usize)>,
    artists: Vec<ArtistId>,
    idf: Vec<f64>,
    cells: Vec<PlayCell>,
}

/// An artist whom two people play.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharedArtist {
    /// The artist.
    pub artist: ArtistId,
    /// How often the first person played them.
    pub plays_a: u64,
    /// How often the second person played them.
    pub plays_b: u64,
    /// min(plays) · idf: how much this artist says about the two.
    pub weight: f64,
}

impl PlayMatrix {
    /// Builds the matrix from bare counts in any order: plays of unknown length at unknown times, by the default policy.
    /// Counts of the same person and artist add up; zeros are ignored.
    ///
    /// Takes O(n log n) for n counts.
    ///
    /// ```
    /// use signal_core::model::{ArtistId, Timestamp, UserId};
    /// use signal_core::taste::{PlayMatrix, similarity};
    ///
    /// let [ann, ben] = [1, 2].map(|n| UserId::new(Timestamp::from_seconds(n), [0; 10]));
    /// let [low, high] = [1, 2].map(|n| ArtistId::new(Timestamp::from_seconds(n), [0; 10]));
    /// let matrix = PlayMatrix::build([(ann, low, 9), (ben, low, 9), (ben, high, 1)]);
    /// let match_ = similarity(&matrix, ann, ben).expect("both play something");
    /// assert!(match_ > 0.9 && match_ < 1.0);
    /// ```
    pub fn build(plays: impl IntoIterator<Item = (UserId, ArtistId, u64)>) -> Self {
        let policy = TastePolicy::default();
        let counted = |(user, artist, plays)| (user, ArtistHeard::counted(artist, plays, &policy));
        Self::of_heard(plays.into_iter().map(counted))
    }

    /// Builds the matrix from what people heard of artists, in any order. What is said of the same person and artist twice
    /// adds up; artists without plays are ignored.
    ///
    /// Takes O(n log n) for n of them.
    pub fn of_heard(heard: impl IntoIterator<Item = (UserId, ArtistHeard)>) -> Self {
        let mut heard: Vec<_> = heard.into_iter().filter(|(_, one)| one.plays > 0).collect();
        // Sums of floats depend on their order, so that nothing of it is left to chance.
        let key = |(user, one): &(UserId, ArtistHeard)| {
            (*user, one.artist, one.plays, one.effective.to_bits(), one.minutes.to_bits())
        };
        heard.sort_unstable_by_key(key);
        heard.dedup_by(|(user, next), (whose, kept)| {
            let same = (*user, next.artist) == (*whose, kept.artist);
            if same {
                kept.plays = kept.plays.saturating_add(next.plays);
                kept.effective += next.effective;
                kept.minutes += next.minutes;
            }
            same
        });
        let mut artists: Vec<ArtistId> = heard.iter().map(|(_, one)| one.artist).collect();
        artists.sort_unstable();
        artists.dedup();
        let mut matrix = Self { artists, ..Self::default() };
        for row in heard.chunk_by(|x, y| x.0 == y.0) {
            matrix.push_row(row);
        }
        matrix.weigh();
        matrix
    }

    fn push_row(&mut self, row: &[(UserId, ArtistHeard)]) {
        for (_, one) in row {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "seven digits, and whole counts below 2^24 are exact"
            )]
            let (effective, minutes) = (one.effective as f32, one.minutes as f32);
            let plays = u32::try_from(one.plays).unwrap_or(u32::MAX);
            let artist = self.artists.number(one.artist);
            self.cells.extend(artist.map(|artist| PlayCell {
                artist,
                effective,
                plays,
                minutes,
                weight: 0.0,
            }));
        }
        self.users.extend(row.first().map(|(user, _)| (*user, self.cells.len())));
    }

    /// How many people play anything.
    pub fn users(&self) -> usize {
        self.users.len()
    }

    /// How many artists are played.
    pub fn artists(&self) -> usize {
        self.artists.len()
    }

    /// Everyone who plays anything, by id.
    pub fn people(&self) -> impl Iterator<Item = UserId> {
        self.users.iter().map(|&(user, _)| user)
    }

    /// A person's place among [`people`](Self::people); `None` for someone who plays nothing.
    pub fn person(&self, user: UserId) -> Option<u32> {
        let place = self.users.binary_search_by_key(&user, |person| person.0).ok()?;
        u32::try_from(place).ok()
    }

    /// What a person plays, by artist number; empty for someone who plays nothing.
    pub fn row(&self, user: UserId) -> &[PlayCell] {
        let Ok(place) = self.users.binary_search_by_key(&user, |person| person.0) else {
            return &[];
        };
        let end_of = |place: usize| self.users.get(place).map(|person| person.1);
        let start = place.checked_sub(1).and_then(end_of).unwrap_or(0);
        end_of(place).and_then(|end| self.cells.get(start..end)).unwrap_or(&[])
    }

    /// What a person heard, by artist; empty for someone who plays nothing.
    pub fn heard(&self, user: UserId) -> Vec<ArtistHeard> {
        let heard = self.row(user).iter().filter_map(|cell| {
            Some(ArtistHeard {
                artist: self.artist(cell.artist)?,
                plays: cell.plays.into(),
                effective: cell.effective.into(),
                minutes: cell.minutes.into(),
            })
        });
        heard.collect()
    }

    /// The artist with this number.
    pub fn artist(&self, index: u32) -> Option<ArtistId> {
        self.artists.get(index as usize).copied()
    }

    /// The number of an artist, if anybody plays them.
    pub fn index(&self, artist: ArtistId) -> Option<u32> {
        self.artists.number(artist)
    }

    /// How much an artist says about a listener: 1 for one whom all play, more for the rarer; 0 for an unknown number.
    pub fn idf(&self, index: u32) -> f64 {
        self.idf.get(index as usize).copied().unwrap_or(0.0)
    }

    /// Fills in idf and the weights of all rows.
    fn weigh(&mut self) {
        let mut listeners = vec![0u64; self.artists.len()];
        for cell in &self.cells {
            if let Some(count) = listeners.get_mut(cell.artist as usize) {
                *count += 1;
            }
        }
        let people = 1.0 + self.users.len() as f64;
        self.idf = listeners.into_iter().map(|n| libm::log(people / (1.0 + n as f64)) + 1.0).collect();
        let mut rest = self.cells.as_mut_slice();
        let mut start = 0;
        for &(_, end) in &self.users {
            let Some((row, tail)) = rest.split_at_mut_checked(end - start) else {
                return;
            };
            let mut squares = 0.0;
            for cell in &mut *row {
                let idf = self.idf.get(cell.artist as usize).copied().unwrap_or(0.0);
                cell.weight = libm::log1p(f64::from(cell.effective)) * idf;
                squares += cell.weight * cell.weight;
            }
            let length = squares.sqrt();
            for cell in row.iter_mut().filter(|_| length > 0.0) {
                cell.weight /= length;
            }
            (rest, start) = (tail, end);
        }
    }
}

/// Looking an artist up in a sorted list.
trait Numbered {
    fn number(&self, artist: ArtistId) -> Option<u32>;
}

impl Numbered for Vec<ArtistId> {
    fn number(&self, artist: ArtistId) -> Option<u32> {
        self.binary_search(&artist).ok().and_then(|place| u32::try_from(place).ok())
    }
}

/// How alike two people's plays are, in [0, 1]: the cosine of their tf-idf rows. `None` when either plays nothing.
///
/// Takes O(length of the two rows).
pub fn similarity(matrix: &PlayMatrix, a: UserId, b: UserId) -> Option<f64> {
    row_similarity(matrix.row(a), matrix.row(b))
}

/// [`similarity`] of two rows of one matrix.
pub fn row_similarity(a: &[PlayCell], b: &[PlayCell]) -> Option<f64> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    Some(meet(a, b).map(|(x, y)| x.weight * y.weight).sum::<f64>().clamp(0.0, 1.0))
}

/// The `k` artists that say most about what two people share, by min(plays) · idf, then by id.
pub fn shared_artists(matrix: &PlayMatrix, a: UserId, b: UserId, k: usize) -> Vec<SharedArtist> {
    let shared = meet(matrix.row(a), matrix.row(b)).filter_map(|(x, y)| {
        Some(SharedArtist {
            artist: matrix.artist(x.artist)?,
            plays_a: x.plays.into(),
            plays_b: y.plays.into(),
            weight: f64::from(x.plays.min(y.plays)) * matrix.idf(x.artist),
        })
    });
    let mut shared: Vec<_> = shared.collect();
    shared.sort_unstable_by(|x, y| y.weight.total_cmp(&x.weight).then(x.artist.cmp(&y.artist)));
    shared.truncate(k);
    shared
}

/// The `k` artists that `from` could introduce to `to`: those with the highest tf-idf in `from`'s row whom `to` never
/// played, with `from`'s plays; equals by id.
pub fn introduces(matrix: &PlayMatrix, from: UserId, to: UserId, k: usize) -> Vec<(ArtistId, u64)> {
    let known = matrix.row(to);
    let mut fresh: Vec<&PlayCell> = matrix
        .row(from)
        .iter()
        .filter(|cell| known.binary_search_by_key(&cell.artist, |other| other.artist).is_err())
        .collect();
    // Artist numbers follow ids, so that the number breaks ties as the id would.
    fresh.sort_unstable_by(|x, y| y.weight.total_cmp(&x.weight).then(x.artist.cmp(&y.artist)));
    fresh
        .into_iter()
        .take(k)
        .filter_map(|cell| Some((matrix.artist(cell.artist)?, cell.plays.into())))
        .collect()
}

/// The cells of two rows that speak of the same artist.
fn meet<'a>(a: &'a [PlayCell], b: &'a [PlayCell]) -> impl Iterator<Item = (&'a PlayCell, &'a PlayCell)> {
    let mut right = b.iter().peekable();
    a.iter().filter_map(move |left| {
        while right.next_if(|cell| cell.artist < left.artist).is_some() {}
        right.next_if(|cell| cell.artist == left.artist).map(|cell| (left, cell))
    })
}

#[cfg(test)]
#[path = "plays_tests.rs"]
mod tests;
