//! The one source of chance: everything a simulation draws comes from here, in a fixed order.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Seeded chance. Two dice of one seed and one stream fall alike, on every machine.
#[derive(Debug, Clone)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// Dice for one purpose: what is drawn for another purpose does not shift what falls here.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// Random bytes.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) {
        self.0.fill_bytes(buffer);
    }

    /// A number in [0, 1).
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number in [low, high).
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Whether something of this probability happens.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number below `end`; 0 for an empty range.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let product = u128::from(self.0.next_u64()) * end as u128;
        usize::try_from(product >> 64).unwrap_or(0)
    }

    /// A whole number from `low` to `high`, both included.
    pub(super) fn whole(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// About normal, with mean 0 and deviation 1: the sum of twelve uniform numbers needs no logarithm.
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// One of them, if there is one.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// An index below `end` that prefers the small ones: the first of a ranked list are chosen most.
    pub(super) fn popular(&mut self, end: usize) -> usize {
        let place = self.unit() * self.unit() * end as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in 0..end")]
        let index = place as usize;
        index.min(end.saturating_sub(1))
    }

    /// `count` different ones in random order, or all where there are no more.
    pub(super) fn sample<T: Copy>(&mut self, from: &[T], count: usize) -> Vec<T> {
        let mut pool = from.to_vec();
        let count = count.min(pool.len());
        for place in 0..count {
            let other = place + self.below(pool.len() - place);
            pool.swap(place, other);
        }
        pool.truncate(count);
        pool
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_of_one_seed_fall_alike_and_streams_apart() {
        let draw = |seed, stream| {
            let mut dice = Dice::new(seed, stream);
            (0..8).map(|_| dice.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
    }

    #[test]
    fn draws_stay_in_their_range() {
        let mut dice = Dice::new(1, 1);
        let mut sum = 0.0;
        for _ in 0..1_000 {
            assert!((0.0..1.0).contains(&dice.unit()));
            assert!((3..=5).contains(&dice.whole(3, 5)));
            assert!(dice.popular(9) < 9);
            sum += dice.normal();
        }
        assert!((sum / 1_000.0).abs() < 0.2, "mean of a thousand normal draws: {}", sum / 1_000.0);
        assert_eq!((dice.below(0), dice.popular(0), dice.pick::<u8>(&[])), (0, 0, None));
        let mut all = dice.sample(&[1, 2, 3, 4], 9);
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3, 4]);
    }
}
