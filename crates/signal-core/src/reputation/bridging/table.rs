//! Ratings by rater and by drop, in an order that does not hang on how they came.

use std::collections::BTreeMap;

use super::fit::RatedDrop;
use crate::model::{DropId, Pseudonym};
use crate::policy::BridgingPolicy;

/// One side of the table: for each row, which columns it has, and what they say.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    starts: Vec<usize>,
    cells: Vec<(u32, f64)>,
}

impl Rows {
    fn new(rows: usize, cells: impl Iterator<Item = (u32, u32, f64)>) -> Self {
        let mut sorted: Vec<_> = cells.collect();
        sorted.sort_unstable_by_key(|(row, column, _)| (*row, *column));
        let mut starts = vec![0; rows + 1];
        for (row, ..) in &sorted {
            if let Some(count) = starts.get_mut(*row as usize + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        Self { starts, cells: sorted.into_iter().map(|(_, column, value)| (column, value)).collect() }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The cells of a row, by column.
    pub(super) fn row(&self, row: usize) -> &[(u32, f64)] {
        let (start, end) = (self.starts.get(row), self.starts.get(row + 1));
        let range = start.zip(end).map(|(start, end)| *start..*end);
        range.and_then(|range| self.cells.get(range)).unwrap_or_default()
    }

    /// The mean of all cells; 0 of none.
    pub(super) fn mean(&self) -> f64 {
        let sum: f64 = self.cells.iter().map(|(_, value)| value).sum();
        if self.cells.is_empty() { 0.0 } else { sum / self.cells.len() as f64 }
    }
}

/// Who rated what: raters by pseudonym, drops by id.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) raters: Vec<Pseudonym>,
    pub(super) by_rater: Rows,
    pub(super) by_drop: Rows,
    pub(super) ratings: usize,
}

impl Table {
    /// The newest ratings, of drops and by raters with enough of them; none where too little is left.
    pub(super) fn new(mut ratings: Vec<RatedDrop>, policy: &BridgingPolicy) -> Option<Self> {
        ratings.sort_unstable_by_key(|rating| (rating.at, rating.drop, rating.rater));
        let surplus = ratings.len().saturating_sub(policy.most_ratings);
        ratings.drain(..surplus);
        let of_drop = counts(&ratings, |rating| rating.drop);
        ratings
            .retain(|rating| of_drop.get(&rating.drop).is_some_and(|count| *count >= policy.least_of_drop));
        let by_rater = counts(&ratings, |rating| rating.rater);
        ratings.retain(|rating| {
            by_rater.get(&rating.rater).is_some_and(|count| *count >= policy.least_by_rater)
        });
        let table = Self::of(&ratings);
        let enough = table.ratings >= policy.from_ratings.max(1)
            && table.raters.len() >= policy.from_raters
            && table.by_drop.len() >= policy.from_drops;
        enough.then_some(table)
    }

    fn of(ratings: &[RatedDrop]) -> Self {
        let raters = names(ratings.iter().map(|rating| rating.rater));
        let drops: Vec<DropId> = names(ratings.iter().map(|rating| rating.drop));
        let place = |at: Result<usize, usize>| u32::try_from(at.unwrap_or_else(|at| at)).unwrap_or(u32::MAX);
        let cells: Vec<_> = ratings
            .iter()
            .map(|rating| {
                let (rater, drop) = (raters.binary_search(&rating.rater), drops.binary_search(&rating.drop));
                (place(rater), place(drop), rating.value.as_f64())
            })
            .collect();
        let by_rater = Rows::new(raters.len(), cells.iter().copied());
        let by_drop =
            Rows::new(drops.len(), cells.iter().map(|(rater, drop, value)| (*drop, *rater, *value)));
        Self { raters, by_rater, by_drop, ratings: ratings.len() }
    }

    /// The raters who rated most, equals by pseudonym, sorted by number.
    pub(super) fn top(&self, policy: &BridgingPolicy) -> Vec<u32> {
        let part = self.raters.len() as u64 * u64::from(policy.top_share.get());
        let wanted = usize::try_from(part.div_ceil(1_000_000)).unwrap_or(usize::MAX);
        let mut ranked: Vec<_> = (0u32..).take(self.raters.len()).collect();
        ranked.sort_by_key(|rater| (std::cmp::Reverse(self.by_rater.row(*rater as usize).len()), *rater));
        ranked.truncate(wanted);
        ranked.sort_unstable();
        ranked
    }

    /// The table in which some raters, sorted by number, never rated.
    pub(super) fn without(&self, raters: &[u32]) -> Self {
        let mut cells = Vec::with_capacity(self.ratings);
        for rater in (0u32..).take(self.raters.len()).filter(|rater| raters.binary_search(rater).is_err()) {
            cells
                .extend(self.by_rater.row(rater as usize).iter().map(|(drop, value)| (rater, *drop, *value)));
        }
        Self {
            raters: self.raters.clone(),
            by_rater: Rows::new(self.raters.len(), cells.iter().copied()),
            by_drop: Rows::new(
                self.by_drop.len(),
                cells.iter().map(|(rater, drop, value)| (*drop, *rater, *value)),
            ),
            ratings: cells.len(),
        }
    }
}

fn counts<K: Ord>(ratings: &[RatedDrop], key: impl Fn(&RatedDrop) -> K) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for rating in ratings {
        *counts.entry(key(rating)).or_default() += 1;
    }
    counts
}

fn names<K: Ord>(keys: impl Iterator<Item = K>) -> Vec<K> {
    let mut names: Vec<K> = keys.collect();
    names.sort_unstable();
    names.dedup();
    names
}
