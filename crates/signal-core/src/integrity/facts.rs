//! The numbers of one group, and what they say.

/// Ratings of and around a group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// Ratings among members.
    pub(super) inside: usize,
    /// The sum of their values.
    pub(super) sum: f64,
    /// Ratings that members gave, to anybody.
    pub(super) given: usize,
    /// Ratings that others gave, to anybody.
    pub(super) others: usize,
    /// Ratings that others gave to members.
    pub(super) from_others: usize,
}

impl Facts {
    /// The mean of the ratings among members, in [0, 1].
    pub(super) fn mean(&self) -> f64 {
        self.sum / self.inside.max(1) as f64
    }

    /// The share of their ratings that people outside give the group. One rating each way is added, so that a group which
    /// nobody else rates is not infinitely odd.
    fn expected(&self) -> f64 {
        (self.from_others as f64 + 1.0) / (self.others as f64 + 2.0)
    }

    /// One minus Chernoff's bound exp(−n · KL(observed ‖ expected)) on the chance that people who rate as others do would
    /// give so many of their n ratings to the group; 0 where they give it no more than others do.
    pub(super) fn surprise(&self) -> f64 {
        divergence_bound(self.given, self.inside as f64 / self.given.max(1) as f64, self.expected())
    }

    /// The numbers for a moderator: `members` people whose taste agrees by `alike`, where `explained` would explain it.
    pub(super) fn sentence(&self, members: usize, alike: f64, explained: f64) -> String {
        format!(
            "{members} people gave {} of their {} ratings to each other, {:.1} of 5 stars on average; others gave them \
             {} of {} ratings; their taste agrees by {alike:.2}, and {explained:.2} would explain it",
            self.inside,
            self.given,
            self.mean() * 5.0,
            self.from_others,
            self.others,
        )
    }
}

/// One minus Chernoff's bound exp(−n · KL(observed ‖ expected)) on the chance that a share of n comes out so far above
/// what is expected; 0 where it is not above.
pub(super) fn divergence_bound(n: usize, observed: f64, expected: f64) -> f64 {
    if observed <= expected {
        return 0.0;
    }
    let term = |p: f64, q: f64| if p > 0.0 { p * libm::log(p / q) } else { 0.0 };
    let divergence = term(observed, expected) + term(1.0 - observed, 1.0 - expected);
    1.0 - libm::exp(-(n as f64) * divergence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(inside: usize, given: usize, from_others: usize, others: usize) -> Facts {
        Facts { inside, sum: inside as f64, given, others, from_others }
    }

    #[test]
    fn golden_surprises() {
        // docs/algorithms.md, "Integrity": inside, given, from others, others → surprise.
        let table = [
            (3, 4, 1, 6, 8.0 / 9.0),
            (4, 4, 1, 6, 0.996_093_75),
            (1, 4, 1, 6, 0.0),
            (1, 4, 5, 6, 0.0),
            (4, 4, 0, 0, 0.937_5),
        ];
        for (inside, given, from_others, others, expected) in table {
            let found = facts(inside, given, from_others, others).surprise();
            assert!(
                (found - expected).abs() < 1e-9,
                "{inside} of {given}, {from_others} of {others}: {found}"
            );
        }
    }

    #[test]
    fn more_inside_is_never_less_surprising() {
        let found: Vec<f64> = (0..=40).map(|inside| facts(inside, 40, 10, 100).surprise()).collect();
        assert!(found.is_sorted() && found.iter().all(|p| (0.0..=1.0).contains(p)), "{found:?}");
    }
}
