//! Who listens to whom, by number: the sparse matrix that factors are fitted to.

use super::FactorsError;

/// More rows or columns than this fit no machine that Signal is made for.
pub const ROWS_MAX: usize = 1 << 27;

/// The most that one cell can weigh: ten thousand times a plain listener, beyond which single precision tires.
pub const WEIGHT_MAX: f32 = 1e4;

/// A sparse matrix of people and artists, readable by person and by artist.
///
/// People and artists are numbers below [`users`](Self::users) and [`items`](Self::items). A cell costs 16 bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interactions {
    by_user: Lists,
    by_item: Lists,
}

/// One row of [`Interactions`]: whom a person plays, or who plays an artist, by number, with weights.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cells<'a> {
    ids: &'a [u32],
    weights: &'a [f32],
}

/// One sorted list a row, all in one piece of memory.
#[derive(Debug, Clone, Default, PartialEq)]
struct Lists {
    /// Where each row starts, and at last where the last one ends.
    starts: Vec<usize>,
    ids: Vec<u32>,
    weights: Vec<f32>,
}

impl<'a> Cells<'a> {
    /// Joins numbers and weights, which are parallel. What is longer is cut.
    pub fn new(ids: &'a [u32], weights: &'a [f32]) -> Self {
        let len = ids.len().min(weights.len());
        Self { ids: ids.get(..len).unwrap_or(&[]), weights: weights.get(..len).unwrap_or(&[]) }
    }

    /// The numbers, ascending in a matrix.
    pub fn ids(self) -> &'a [u32] {
        self.ids
    }

    /// The weights, parallel to the numbers.
    pub fn weights(self) -> &'a [f32] {
        self.weights
    }

    /// Numbers with weights.
    pub fn iter(self) -> impl Iterator<Item = (u32, f32)> + Clone + 'a {
        self.ids.iter().copied().zip(self.weights.iter().copied())
    }

    /// How many cells there are.
    pub fn len(self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.ids.is_empty()
    }
}

impl Interactions {
    /// Sorts cells `(person, artist, weight)` in any order into rows, in O(n log n) for n cells.
    ///
    /// Weights of the same pair add up; at most [`WEIGHT_MAX`] of them counts. Weights that are not above 0, or are
    /// not numbers, are ignored. Refuses numbers that lie outside, and more than [`ROWS_MAX`] people or artists.
    pub fn new(
        users: usize,
        items: usize,
        cells: impl IntoIterator<Item = (u32, u32, f32)>,
    ) -> Result<Self, FactorsError> {
        if users > ROWS_MAX || items > ROWS_MAX {
            return Err(FactorsError::TooLarge { users, items });
        }
        let mut cells: Vec<_> = cells.into_iter().filter(|cell| cell.2 > 0.0).collect();
        if let Some(&(user, item, _)) = cells.iter().find(|c| c.0 as usize >= users || c.1 as usize >= items)
        {
            return Err(FactorsError::Outside { user, item });
        }
        // Weights are in the order too, so that their sum does not depend on that of the arguments.
        cells.sort_unstable_by(|x, y| (x.0, x.1).cmp(&(y.0, y.1)).then(x.2.total_cmp(&y.2)));
        cells.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 += next.2;
            }
            same
        });
        let by_user = Lists::of_sorted(users, cells.iter().map(|&(u, i, w)| (u, i, w.min(WEIGHT_MAX))));
        drop(cells);
        Ok(Self { by_item: by_user.reversed(items), by_user })
    }

    /// How many people there are, those without any cell included.
    pub fn users(&self) -> usize {
        self.by_user.rows()
    }

    /// How many artists there are, those without any cell included.
    pub fn items(&self) -> usize {
        self.by_item.rows()
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.by_user.ids.len()
    }

    /// Whether nobody plays anything.
    pub fn is_empty(&self) -> bool {
        self.by_user.ids.is_empty()
    }

    /// Whom a person plays, by artist; empty for an unknown number.
    pub fn user(&self, user: u32) -> Cells<'_> {
        self.by_user.row(user)
    }

    /// Who plays an artist, by person; empty for an unknown number.
    pub fn item(&self, item: u32) -> Cells<'_> {
        self.by_item.row(item)
    }

    /// All cells by person, then by artist.
    pub fn cells(&self) -> impl Iterator<Item = (u32, u32, f32)> + '_ {
        (0u32..)
            .zip(0..self.users())
            .flat_map(move |(user, _)| self.user(user).iter().map(move |(item, weight)| (user, item, weight)))
    }

    /// The rows of artists.
    pub(super) fn by_item(&self) -> Direction<'_> {
        Direction { rows: &self.by_item }
    }

    /// The rows of people.
    pub(super) fn by_user(&self) -> Direction<'_> {
        Direction { rows: &self.by_user }
    }
}

/// One direction of a matrix.
#[derive(Debug, Clone, Copy)]
pub(super) struct Direction<'a> {
    rows: &'a Lists,
}

impl<'a> Direction<'a> {
    pub(super) fn row(self, row: usize) -> Cells<'a> {
        u32::try_from(row).map_or(Cells::default(), |row| self.rows.row(row))
    }
}

impl Lists {
    /// Lays out cells that come sorted by row.
    fn of_sorted(rows: usize, cells: impl ExactSizeIterator<Item = (u32, u32, f32)>) -> Self {
        let mut lists =
            Self { starts: vec![0; rows + 1], ids: Vec::with_capacity(cells.len()), weights: Vec::new() };
        lists.weights.reserve_exact(cells.len());
        for (row, id, weight) in cells {
            if let Some(end) = lists.starts.get_mut(row as usize + 1) {
                *end += 1;
            }
            lists.ids.push(id);
            lists.weights.push(weight);
        }
        lists.sum_up();
        lists
    }

    /// Makes starts out of lengths that stand one place behind their row.
    fn sum_up(&mut self) {
        let mut sum = 0;
        for start in &mut self.starts {
            sum += *start;
            *start = sum;
        }
    }

    /// The same cells by column.
    fn reversed(&self, columns: usize) -> Self {
        let mut lists = Self {
            starts: vec![0; columns + 1],
            ids: vec![0; self.ids.len()],
            weights: vec![0.0; self.ids.len()],
        };
        for &column in &self.ids {
            if let Some(end) = lists.starts.get_mut(column as usize + 1) {
                *end += 1;
            }
        }
        lists.sum_up();
        let mut next = lists.starts.clone();
        for (row, _) in (0u32..).zip(0..self.rows()) {
            for (column, weight) in self.row(row).iter() {
                let Some(place) = next.get_mut(column as usize) else { continue };
                if let (Some(id), Some(to)) = (lists.ids.get_mut(*place), lists.weights.get_mut(*place)) {
                    (*id, *to) = (row, weight);
                }
                *place += 1;
            }
        }
        lists
    }

    fn rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    fn row(&self, row: u32) -> Cells<'_> {
        let row = row as usize;
        let (Some(&start), Some(&end)) = (self.starts.get(row), self.starts.get(row + 1)) else {
            return Cells::default();
        };
        Cells {
            ids: self.ids.get(start..end).unwrap_or(&[]),
            weights: self.weights.get(start..end).unwrap_or(&[]),
        }
    }
}
