//! Edges brought into rows: a bucket sort in parallel.

use rayon::prelude::*;

use super::rows::{Keyed, NEAR, Rows};

/// Sorts edges by key into rows, keeping the order in which equal keys came. Each piece of the input is dealt into
/// buckets of neighbouring keys; each bucket then fills its own part of the output, which fits a cache.
pub(super) fn group<P, I>(people: u32, pieces: &[P], edges: impl Fn(&P) -> I + Sync) -> Rows
where
    P: Sync,
    I: Iterator<Item = Keyed>,
{
    let bits = (u32::BITS - people.leading_zeros()).saturating_sub(8).min(16);
    let buckets = (people >> bits) as usize + 1;
    let dealt: Vec<Vec<Bucket>> =
        pieces.par_iter().map(|piece| deal(|| edges(piece), bits, buckets)).collect();
    let of = |bucket: usize| dealt.iter().filter_map(move |piece| piece.get(bucket));
    let sizes: Vec<(usize, usize)> = (0..buckets)
        .map(|bucket| of(bucket).fold((0, 0), |sum, part| (sum.0 + part.near, sum.1 + part.far())))
        .collect();
    let (near, far) = sizes.iter().fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
    let mut rows = Rows {
        starts: vec![(0, 0); people as usize + 1],
        near: vec![0; near],
        far: vec![0; far],
        weights: vec![0; near + far],
    };
    let mut rest = Place::all(&mut rows);
    let mut jobs = Vec::with_capacity(buckets);
    for (bucket, &size) in sizes.iter().enumerate() {
        let place;
        (place, rest) = rest.split(1 << bits, size);
        jobs.push((bucket, place));
    }
    jobs.into_par_iter().for_each(|(bucket, mut place)| {
        place.fill(|| of(bucket).flat_map(|part| part.items.iter().copied()));
    });
    rows
}

/// Edges of neighbouring keys, each as (key within the bucket, other end, weight) in 16, 32 and 16 bits.
#[derive(Default)]
struct Bucket {
    items: Vec<u64>,
    /// How many ends are near.
    near: usize,
}

impl Bucket {
    fn far(&self) -> usize {
        self.items.len() - self.near
    }
}

/// Puts each edge into the bucket of its key.
fn deal<I: Iterator<Item = Keyed>>(edges: impl Fn() -> I, bits: u32, buckets: usize) -> Vec<Bucket> {
    let mut sizes = vec![0usize; buckets];
    for (key, ..) in edges() {
        if let Some(size) = sizes.get_mut((key >> bits) as usize) {
            *size += 1;
        }
    }
    let empty = |size| Bucket { items: Vec::with_capacity(size), near: 0 };
    let mut dealt: Vec<Bucket> = sizes.into_iter().map(empty).collect();
    let mask = (1u32 << bits) - 1;
    for (key, end, weight) in edges() {
        if let Some(bucket) = dealt.get_mut((key >> bits) as usize) {
            bucket.items.push(u64::from(key & mask) << 48 | u64::from(end) << 16 | u64::from(weight));
            bucket.near += usize::from((end as usize) < NEAR);
        }
    }
    dealt
}

/// The part of the output that belongs to one bucket, or to all that are left.
struct Place<'a> {
    /// Near and far ends before it.
    base: (u32, u32),
    /// Of each row, where the next one starts.
    starts: &'a mut [(u32, u32)],
    near: &'a mut [u16],
    far: &'a mut [u32],
    weights: &'a mut [u16],
}

impl<'a> Place<'a> {
    fn all(rows: &'a mut Rows) -> Self {
        Self {
            base: (0, 0),
            starts: rows.starts.get_mut(1..).unwrap_or_default(),
            near: &mut rows.near,
            far: &mut rows.far,
            weights: &mut rows.weights,
        }
    }

    /// Cuts off the part of the first people, who have so many near and far ends.
    fn split(self, people: usize, (near, far): (usize, usize)) -> (Self, Self) {
        let (starts, later_starts) = self.starts.split_at_mut(people.min(self.starts.len()));
        let (weights, later_weights) = self.weights.split_at_mut(near + far);
        let ends = (self.near.split_at_mut(near), self.far.split_at_mut(far));
        let ((near, later_near), (far, later_far)) = ends;
        let count = |length| u32::try_from(length).unwrap_or(u32::MAX);
        let base = (self.base.0 + count(near.len()), self.base.1 + count(far.len()));
        let first = Self { base: self.base, starts, near, far, weights };
        (first, Self { base, starts: later_starts, near: later_near, far: later_far, weights: later_weights })
    }

    #[expect(clippy::cast_possible_truncation, reason = "unpacks what was packed from 16, 32 and 16 bits")]
    fn fill<I: Iterator<Item = u64>>(&mut self, items: impl Fn() -> I) {
        let mut counts = vec![(0u32, 0u32); self.starts.len()];
        for item in items() {
            if let Some(count) = counts.get_mut((item >> 48) as usize) {
                let near = ((item >> 16) as u32 as usize) < NEAR;
                *count = (count.0 + u32::from(near), count.1 + u32::from(!near));
            }
        }
        let mut sum = (0, 0);
        let mut rows: Vec<Cursor> = Vec::with_capacity(counts.len());
        for (start, (near, far)) in self.starts.iter_mut().zip(counts) {
            let middle = sum.0 + near;
            rows.push(Cursor { near: sum.0, far: sum.1, far_before: sum.1, near_until: middle });
            sum = (middle, sum.1 + far);
            *start = (self.base.0 + sum.0, self.base.1 + sum.1);
        }
        for item in items() {
            let Some(row) = rows.get_mut((item >> 48) as usize) else { continue };
            let end = (item >> 16) as u32;
            let weight = if let Ok(end) = u16::try_from(end) {
                put(self.near, row.near, end);
                row.near += 1;
                row.near - 1 + row.far_before
            } else {
                put(self.far, row.far, end);
                row.far += 1;
                row.far - 1 + row.near_until
            };
            put(self.weights, weight, item as u16);
        }
    }
}

/// Where the next ends of a row go.
struct Cursor {
    near: u32,
    far: u32,
    /// How many far ends earlier rows have; near weights come after theirs.
    far_before: u32,
    /// How many near ends earlier rows and this one have; far weights come after theirs.
    near_until: u32,
}

fn put<T>(list: &mut [T], place: u32, value: T) {
    if let Some(slot) = list.get_mut(place as usize) {
        *slot = value;
    }
}
