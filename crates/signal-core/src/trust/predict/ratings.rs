//! Signed edges in memory, by rater and by target.

use std::ops::Range;

/// One person's word about another: a trust edge, or a rating that may also say distrust.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignedEdge {
    /// The number of the rater.
    pub from: u32,
    /// The number of the rated person.
    pub to: u32,
    /// From −1 (full distrust) to 1 (full trust); what lies outside is clamped, what is not a number is ignored.
    pub weight: f32,
    /// When it was given, in any unit that only grows. Only the order counts.
    pub time: Option<i64>,
}

/// An immutable set of [`SignedEdge`]s, one a pair, readable in both directions.
///
/// An edge costs 16 bytes. The order in which edges were given changes nothing: of a pair that comes more than once
/// the newest edge counts, of equally new ones their mean. Edges to oneself are ignored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ratings {
    given: Lists,
    received: Lists,
}

/// One sorted list of neighbours a person, all in one piece of memory.
#[derive(Debug, Clone, Default, PartialEq)]
struct Lists {
    starts: Vec<usize>,
    ids: Vec<u32>,
    weights: Vec<f32>,
}

/// The neighbours of one person by number, with a value for each.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Row<'a> {
    pub(super) ids: &'a [u32],
    pub(super) values: &'a [f32],
}

impl<'a> Row<'a> {
    fn pairs(self) -> impl Iterator<Item = (&'a u32, &'a f32)> {
        self.ids.iter().zip(self.values)
    }

    /// Neighbours with their values, by number.
    pub(super) fn iter(self) -> impl Iterator<Item = (u32, f64)> + 'a {
        self.pairs().map(|(&id, &value)| (id, f64::from(value)))
    }

    /// The value of one neighbour, in O(log degree).
    pub(super) fn value(self, id: u32) -> Option<f64> {
        let place = self.ids.binary_search(&id).ok()?;
        self.values.get(place).map(|&value| f64::from(value))
    }

    /// How many neighbours there are.
    pub(super) fn len(self) -> usize {
        self.ids.len()
    }

    /// At most `limit` neighbours with their values, spread evenly over the list: a hub does not stall its readers.
    pub(super) fn sample(self, limit: usize) -> impl Iterator<Item = (u32, f64)> + 'a {
        let step = self.len().div_ceil(limit.max(1)).max(1);
        self.iter().step_by(step)
    }

    /// Neighbours that both rows have, with both values, by number; reads at most `limit` entries of the shorter row.
    pub(super) fn shared(self, other: Row<'a>, limit: usize) -> impl Iterator<Item = (u32, f64, f64)> + 'a {
        let swap = self.len() > other.len();
        let (short, long) = if swap { (other, self) } else { (self, other) };
        short.sample(limit).filter_map(move |(id, value)| {
            let found = long.value(id)?;
            Some(if swap { (id, found, value) } else { (id, value, found) })
        })
    }
}

impl Ratings {
    /// Sorts edges into rows, in O(E log E) for E edges and O(n) for people numbered below n.
    pub fn new(edges: impl IntoIterator<Item = SignedEdge>) -> Self {
        let edges = newest_of_each_pair(edges.into_iter().collect());
        let people = edges.iter().map(|e| e.from.max(e.to) as usize + 1).max().unwrap_or(0);
        Self::of_sorted(people, edges.into_iter().map(|e| (e.from, e.to, e.weight)))
    }

    /// The same people, without the edges that `drop` names by rater and target. O(E).
    pub(super) fn without(&self, drop: impl Fn(u32, u32) -> bool) -> Self {
        let kept = self.edges().filter(|e| !drop(e.from, e.to));
        Self::of_sorted(self.people(), kept.map(|e| (e.from, e.to, e.weight)))
    }

    fn of_sorted(people: usize, edges: impl Iterator<Item = (u32, u32, f32)>) -> Self {
        let given = Lists::of_sorted(people, edges);
        Self { received: given.reversed(), given }
    }

    /// The largest number of a person, plus one.
    pub fn people(&self) -> usize {
        self.given.starts.len().saturating_sub(1)
    }

    /// How many pairs have an edge.
    pub fn len(&self) -> usize {
        self.given.ids.len()
    }

    /// Whether there is no edge at all.
    pub fn is_empty(&self) -> bool {
        self.given.ids.is_empty()
    }

    /// All edges by rater, then by target; times are not kept.
    pub fn edges(&self) -> impl Iterator<Item = SignedEdge> + '_ {
        (0u32..).zip(0..self.people()).flat_map(move |(from, _)| {
            let row = self.given(from);
            row.pairs().map(move |(&to, &weight)| SignedEdge { from, to, weight, time: None })
        })
    }

    /// What `from` said about `to`, if anything, in O(log degree).
    pub fn weight(&self, from: u32, to: u32) -> Option<f32> {
        let row = self.given(from);
        row.ids.binary_search(&to).ok().and_then(|place| row.values.get(place).copied())
    }

    /// Whom `rater` rated, with weights.
    pub(super) fn given(&self, rater: u32) -> Row<'_> {
        self.given.row(rater, &self.given.weights)
    }

    /// Who rated `target`, with weights.
    pub(super) fn received(&self, target: u32) -> Row<'_> {
        self.received.row(target, &self.received.weights)
    }

    /// Whom `rater` rated, with values from a table that is parallel to the edges by rater.
    pub(super) fn given_with<'a>(&'a self, rater: u32, values: &'a [f32]) -> Row<'a> {
        self.given.row(rater, values)
    }

    /// Who rated `target`, with values from a table that is parallel to the edges by target.
    pub(super) fn received_with<'a>(&'a self, target: u32, values: &'a [f32]) -> Row<'a> {
        self.received.row(target, values)
    }
}

impl Lists {
    /// Lays out edges that come sorted by owner, then by neighbour.
    fn of_sorted(people: usize, edges: impl Iterator<Item = (u32, u32, f32)>) -> Self {
        let mut lists = Self { starts: vec![0; people + 1], ..Self::default() };
        for (owner, neighbour, weight) in edges {
            if let Some(count) = lists.starts.get_mut(owner as usize + 1) {
                *count += 1;
            }
            lists.ids.push(neighbour);
            lists.weights.push(weight);
        }
        add_up(&mut lists.starts);
        lists
    }

    /// The same edges by neighbour. Owners are met in order, so that the new rows come out sorted.
    fn reversed(&self) -> Self {
        let mut starts = vec![0; self.starts.len()];
        for &neighbour in &self.ids {
            if let Some(count) = starts.get_mut(neighbour as usize + 1) {
                *count += 1;
            }
        }
        add_up(&mut starts);
        let mut next = starts.clone();
        let (mut ids, mut weights) = (vec![0; self.ids.len()], vec![0.0; self.ids.len()]);
        for (owner, _) in (0u32..).zip(self.starts.iter().skip(1)) {
            for (&neighbour, &weight) in self.row(owner, &self.weights).pairs() {
                let Some(place) = next.get_mut(neighbour as usize) else { continue };
                if let (Some(id), Some(value)) = (ids.get_mut(*place), weights.get_mut(*place)) {
                    (*id, *value) = (owner, weight);
                }
                *place += 1;
            }
        }
        Self { starts, ids, weights }
    }

    fn range(&self, person: u32) -> Range<usize> {
        let start = |at: usize| self.starts.get(at).copied();
        let person = person as usize;
        start(person).zip(start(person + 1)).map_or(0..0, |(from, to)| from..to)
    }

    fn row<'a>(&'a self, person: u32, values: &'a [f32]) -> Row<'a> {
        let range = self.range(person);
        let ids = self.ids.get(range.clone()).unwrap_or_default();
        Row { ids, values: values.get(range).unwrap_or_default() }
    }
}

/// Turns counts, each behind its place, into starts.
fn add_up(counts: &mut [usize]) {
    let mut total = 0;
    for count in counts {
        total += *count;
        *count = total;
    }
}

/// One edge a pair, sorted by rater, then by target.
pub(crate) fn newest_of_each_pair(mut edges: Vec<SignedEdge>) -> Vec<SignedEdge> {
    edges.retain(|e| e.from != e.to && e.weight.is_finite());
    for edge in &mut edges {
        edge.weight = edge.weight.clamp(-1.0, 1.0);
    }
    edges.sort_unstable_by(|a, b| {
        (a.from, a.to, b.time).cmp(&(b.from, b.to, a.time)).then(a.weight.total_cmp(&b.weight))
    });
    let same_pair = |a: &SignedEdge, b: &SignedEdge| (a.from, a.to) == (b.from, b.to);
    edges.chunk_by(same_pair).filter_map(mean_of_newest).collect()
}

fn mean_of_newest(pair: &[SignedEdge]) -> Option<SignedEdge> {
    let first = *pair.first()?;
    let newest = pair.iter().take_while(|e| e.time == first.time);
    let (sum, count) = newest.fold((0.0, 0.0), |(sum, count), e| (sum + f64::from(e.weight), count + 1.0));
    #[allow(clippy::cast_possible_truncation, reason = "a mean of f32 in [-1, 1]")]
    Some(SignedEdge { weight: (sum / count) as f32, ..first })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: u32, to: u32, weight: f32, time: Option<i64>) -> SignedEdge {
        SignedEdge { from, to, weight, time }
    }

    #[test]
    fn rows_are_sorted_both_ways() {
        let ratings = Ratings::new([edge(2, 0, 0.5, None), edge(0, 2, -1.0, None), edge(0, 1, 0.25, None)]);
        assert_eq!((ratings.people(), ratings.len()), (3, 3));
        assert_eq!(ratings.given(0).iter().collect::<Vec<_>>(), [(1, 0.25), (2, -1.0)]);
        assert_eq!(ratings.received(0).iter().collect::<Vec<_>>(), [(2, 0.5)]);
        assert_eq!(ratings.weight(0, 2), Some(-1.0));
        assert_eq!(ratings.weight(1, 2), None);
        assert_eq!(ratings.weight(9, 2), None);
    }

    #[test]
    fn the_newest_edge_of_a_pair_counts_and_equally_new_ones_share() {
        let ratings = Ratings::new([
            edge(0, 1, 0.9, Some(1)),
            edge(0, 1, 0.5, Some(2)),
            edge(0, 1, 0.25, Some(2)),
            edge(0, 1, 0.1, None),
            edge(1, 1, 1.0, None),
            edge(1, 0, f32::NAN, None),
            edge(2, 0, 7.0, None),
        ]);
        assert_eq!(ratings.len(), 2);
        assert_eq!(ratings.weight(0, 1), Some(0.375));
        assert_eq!(ratings.weight(2, 0), Some(1.0));
    }

    #[test]
    fn shared_neighbours_come_with_both_values() {
        let ratings = Ratings::new([
            edge(0, 5, 0.1, None),
            edge(0, 6, 0.2, None),
            edge(0, 7, 0.3, None),
            edge(1, 6, 0.4, None),
            edge(1, 7, 0.5, None),
        ]);
        let ids = |a, b, limit| -> Vec<u32> {
            ratings.given(a).shared(ratings.given(b), limit).map(|(id, ..)| id).collect()
        };
        assert_eq!(ids(0, 1, 9), [6, 7]);
        assert_eq!(ids(1, 0, 9), [6, 7]);
        assert_eq!(ids(0, 1, 1), [6], "one entry of the shorter row is read");
        let (_, first, second) = ratings.given(0).shared(ratings.given(1), 1).next().unwrap();
        assert_eq!((first, second), (f64::from(0.2f32), f64::from(0.4f32)));
    }

    #[test]
    fn people_stay_when_their_edges_go() {
        let ratings = Ratings::new([edge(0, 1, 0.5, None), edge(1, 2, 0.5, None)]);
        let fewer = ratings.without(|from, _| from == 1);
        assert_eq!((fewer.people(), fewer.len()), (3, 1));
        assert_eq!(fewer.given(1).len() + fewer.received(2).len(), 0);
    }
}
