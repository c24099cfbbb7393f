//! People compared by the artists they play.
//!
//! A person is a row of artists, weighted by tf-idf (Salton and Buckley 1988; Manning, Raghavan and Schütze 2008,
//! chapter 6), so that an artist whom everybody plays says little about anybody:
//!
//! ```text
//! tf(u, i)  = ln(1 + plays)            a hundredfold play count is not a hundredfold liking
//! idf(i)    = ln((1 + N) / (1 + n_i)) + 1      N people, n_i of whom play i; always at least 1
//! w(u, i)   = tf · idf, each row scaled to length 1
//! similarity(a, b) = Σ_i w(a, i) · w(b, i)     the cosine of the rows, in [0, 1]
//! ```

use crate::model::{ArtistId, UserId};

/// One artist in a person's row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlayCell {
    /// The artist's number in the matrix.
    pub artist: u32,
    /// How often the person played the artist, at least 1.
    pub plays: u64,
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
    /// Builds the matrix from plays in any order. Counts of the same person and artist add up; zeros are ignored.
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
        let mut counts: Vec<_> = plays.into_iter().filter(|count| count.2 > 0).collect();
        counts.sort_unstable();
        counts.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 = kept.2.saturating_add(next.2);
            }
            same
        });
        let mut artists: Vec<ArtistId> = counts.iter().map(|count| count.1).collect();
        artists.sort_unstable();
        artists.dedup();
        let mut matrix = Self { artists, ..Self::default() };
        for rows in counts.chunk_by(|x, y| x.0 == y.0) {
            matrix.cells.extend(rows.iter().filter_map(|&(_, artist, plays)| {
                Some(PlayCell { artist: matrix.artists.number(artist)?, plays, weight: 0.0 })
            }));
            matrix.users.extend(rows.first().map(|row| (row.0, matrix.cells.len())));
        }
        matrix.weigh();
        matrix
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
                cell.weight = libm::log1p(cell.plays as f64) * idf;
                squares += cell.weight * cell.weight;
            }
            let length = squares.sqrt();
            for cell in row {
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
            plays_a: x.plays,
            plays_b: y.plays,
            weight: x.plays.min(y.plays) as f64 * matrix.idf(x.artist),
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
    fresh.into_iter().take(k).filter_map(|cell| Some((matrix.artist(cell.artist)?, cell.plays))).collect()
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
