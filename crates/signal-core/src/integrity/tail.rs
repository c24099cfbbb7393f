//! How far out a number lies, by what most people do.

/// Fewest people whom somebody can be compared with.
const LEAST_PEOPLE: usize = 50;
/// Share of people up to whose value is the middle.
const MIDDLE: f64 = 0.5;
/// Share of people beyond whose value is far out. The rest move neither, so that up to a tenth of all may be false accounts.
const FAR: f64 = 0.9;
/// A tail is never taken for lighter than this power: what is common in the middle tells little of what is rare.
const LIGHTEST: f64 = 3.0;

/// The upper tail of a habit, as a power law through two of its quantiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tail {
    /// How many people it comes from.
    pub(super) people: usize,
    /// Half of them have no more than this.
    pub(super) middle: f64,
    /// Nine tenths of them have no more than this.
    pub(super) far: f64,
    /// By which power of the number its share of people falls.
    pub(super) power: f64,
}

impl Tail {
    /// Fits the tail; `None` where there are too few people. Values are above 0.
    pub(super) fn of(mut values: Vec<f64>) -> Option<Self> {
        let people = values.len();
        if people < LEAST_PEOPLE {
            return None;
        }
        values.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| values.get(rank(people, share)).copied();
        let (middle, far) = (at(MIDDLE)?, at(FAR)?);
        let steepness = libm::log((1.0 - MIDDLE) / (1.0 - FAR)) / libm::log(far / middle);
        let power = if far > middle { steepness.min(LIGHTEST) } else { LIGHTEST };
        Some(Self { people, middle, far, power })
    }

    /// The share of people who would have so much or more; 1 for whoever is not far out, of whom nothing is said.
    pub(super) fn share(&self, value: f64) -> f64 {
        if value > self.far { (1.0 - FAR) * libm::pow(self.far / value, self.power) } else { 1.0 }
    }
}

/// The place of the smallest value that so large a share of people do not exceed.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
fn rank(people: usize, share: f64) -> usize {
    ((people as f64 * share).ceil() as usize).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `counts` people with each value.
    fn people(counts: &[(usize, f64)]) -> Vec<f64> {
        counts.iter().flat_map(|(count, value)| std::iter::repeat_n(*value, *count)).collect()
    }

    #[test]
    fn golden_tails() {
        // docs/algorithms.md, "Abnormal rates".
        let table = [
            (vec![(50, 1.0), (40, 2.0), (10, 4.0)], 1.0, 2.0, libm::log(5.0) / libm::log(2.0)),
            (vec![(50, 2.0), (50, 10.0)], 2.0, 10.0, 1.0),
            (vec![(100, 3.0)], 3.0, 3.0, 3.0),
            (vec![(25, 4.0), (25, 5.0)], 4.0, 5.0, 3.0),
        ];
        for (counts, middle, far, power) in table {
            let tail = Tail::of(people(&counts)).expect("enough people");
            assert_eq!((tail.middle, tail.far), (middle, far), "{counts:?}");
            assert!((tail.power - power).abs() < 1e-12, "{tail:?}");
        }
        let tail = Tail::of(people(&[(50, 1.0), (50, 2.0)])).expect("enough people");
        // Ten times the doubling of 2 is the tenth power of a fifth.
        for (value, share) in [(2.0, 1.0), (4.0, 0.02), (64.0, 0.1 / 3_125.0), (2_048.0, 0.1 / 9_765_625.0)] {
            assert!((tail.share(value) - share).abs() < 1e-12, "{value}: {}", tail.share(value));
        }
    }

    #[test]
    fn a_few_people_are_no_base_and_a_tenth_does_not_move_it() {
        assert_eq!(Tail::of(people(&[(49, 1.0)])), None);
        let honest = people(&[(60, 1.0), (30, 3.0)]);
        let with = |value: f64| Tail::of(honest.iter().copied().chain(people(&[(10, value)])).collect());
        assert_eq!(with(5.0), with(5_000.0));
    }
}
