//! Who is vouched for by whom, and how far the neighbourhoods of two linked people overlap.

use std::ops::Range;

use rayon::prelude::*;

use crate::model::UserId;
use crate::trust::TrustGraph;

/// Rows that a thread takes at a time.
pub(super) const ROWS: usize = 512;
/// From this many times the length on, a longer row is searched rather than read through.
const SEARCH_FROM: usize = 16;

/// People by number, each with the sorted list of those who vouch for them. Where links have no direction, everybody
/// vouches for whom they are linked with.
///
/// Who vouches is in the row of who is vouched for, because a stranger can point at anybody, but not make anybody point
/// back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    starts: Vec<usize>,
    ends: Vec<u32>,
}

impl Links {
    /// Links without direction between people numbered below `people`. Links to oneself, repeated ones and those to
    /// other numbers are left out. O(links · log).
    pub fn undirected(people: u32, pairs: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let pairs = pairs.into_iter().flat_map(|(a, b)| [(a, b), (b, a)]).collect();
        Self::of_pairs(people, pairs)
    }

    /// Links that point: of each pair the second one vouches for the first.
    pub fn directed(people: u32, pairs: impl IntoIterator<Item = (u32, u32)>) -> Self {
        Self::of_pairs(people, pairs.into_iter().collect())
    }

    /// Trust edges, and the people in the order of their numbers here, which is that of their ids. What a person says is
    /// left out where `speaks` of the person and whom they trust is false.
    pub fn of_trust(graph: &TrustGraph, speaks: impl Fn(UserId, UserId) -> bool) -> (Self, Vec<UserId>) {
        let graph = graph.merged();
        let (everyone, places) = graph.in_order();
        let mut pairs = Vec::with_capacity(graph.edges());
        for (&(user, number), place) in everyone.iter().zip(0u32..) {
            for (voucher, _) in graph.incoming(number) {
                let known = graph.user(voucher).is_some_and(|by| speaks(by, user));
                let end = places.get(voucher as usize).copied().filter(|_| known);
                pairs.extend(end.map(|end| (place, end)));
            }
        }
        let people: Vec<UserId> = everyone.into_iter().map(|one| one.0).collect();
        (Self::of_pairs(u32::try_from(people.len()).unwrap_or(u32::MAX), pairs), people)
    }

    fn of_pairs(people: u32, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.retain(|&(a, b)| a != b && a < people && b < people);
        pairs.par_sort_unstable();
        pairs.dedup();
        let mut starts = vec![0; people as usize + 1];
        for &(owner, _) in &pairs {
            if let Some(count) = starts.get_mut(owner as usize + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        Self { starts, ends: pairs.into_iter().map(|pair| pair.1).collect() }
    }

    /// How many people there are.
    pub fn people(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// How many links there are; one without direction counts twice.
    pub fn links(&self) -> usize {
        self.ends.len()
    }

    /// Who vouches for a person, by number.
    pub fn row(&self, person: usize) -> &[u32] {
        self.ends.get(self.range(person)).unwrap_or_default()
    }

    /// Where the row of a person lies in lists that are parallel to all links.
    pub(super) fn range(&self, person: usize) -> Range<usize> {
        let start = |at: usize| self.starts.get(at).copied();
        start(person).zip(start(person + 1)).map_or(0..0, |(from, to)| from..to)
    }

    /// All links in one list, row by row.
    pub(super) fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// For every link, how many people vouch for both of its ends, and the smaller number of vouchers of the two.
    ///
    /// O(Σ over links of the shorter row · log), in parallel.
    pub(super) fn overlaps(&self) -> Vec<(u32, u32)> {
        let of_row = |person: usize| {
            let row = self.row(person);
            row.iter().map(move |end| {
                let other = self.row(*end as usize);
                let smaller = u32::try_from(row.len().min(other.len())).unwrap_or(u32::MAX);
                (shared(row, other), smaller)
            })
        };
        let pieces: Vec<Vec<_>> = (0..self.people().div_ceil(ROWS))
            .into_par_iter()
            .map(|piece| (piece * ROWS..self.people().min((piece + 1) * ROWS)).flat_map(of_row).collect())
            .collect();
        pieces.concat()
    }
}

/// How many numbers two sorted lists share.
fn shared(a: &[u32], b: &[u32]) -> u32 {
    let (short, mut long) = if a.len() > b.len() { (b, a) } else { (a, b) };
    let search = long.len() >= SEARCH_FROM * short.len();
    let mut count = 0;
    for one in short {
        let before = if search {
            long.partition_point(|other| other < one)
        } else {
            long.iter().take_while(|other| *other < one).count()
        };
        long = long.get(before..).unwrap_or_default();
        count += u32::from(long.first() == Some(one));
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Timestamp, TrustWeight};

    #[test]
    fn rows_are_sorted_and_hold_no_link_twice() {
        let links = Links::undirected(4, [(2, 0), (0, 2), (1, 1), (0, 9), (3, 0)]);
        assert_eq!((links.people(), links.links()), (4, 4));
        assert_eq!(
            [0, 1, 2, 3, 4].map(|n| links.row(n).to_vec()),
            [vec![2, 3], vec![], vec![0], vec![0], vec![]]
        );
    }

    #[test]
    fn overlaps_count_shared_vouchers() {
        // A triangle 0 1 2 with a tail 2 3.
        let links = Links::undirected(4, [(0, 1), (1, 2), (2, 0), (2, 3)]);
        let found = links.overlaps();
        assert_eq!(found, [(1, 2), (1, 2), (1, 2), (1, 2), (1, 2), (1, 2), (0, 1), (0, 1)]);
        let long: Vec<u32> = (0..100).collect();
        assert_eq!(
            (shared(&long, &[5, 70, 200]), shared(&[5, 70, 200], &long), shared(&[], &long)),
            (2, 2, 0)
        );
    }

    #[test]
    fn trust_points_from_the_voucher() {
        let user = |n: i64| UserId::new(Timestamp::from_seconds(n), [0; 10]);
        let mut graph = TrustGraph::default();
        for (from, to) in [(3, 1), (2, 1), (1, 2)] {
            graph.set(user(from), user(to), Some(TrustWeight::FULL));
        }
        let (links, people) = Links::of_trust(&graph, |by, _| by != user(3));
        assert_eq!(people, [user(1), user(2), user(3)]);
        assert_eq!([0, 1, 2].map(|n| links.row(n).to_vec()), [vec![1], vec![0], vec![]]);
    }
}
