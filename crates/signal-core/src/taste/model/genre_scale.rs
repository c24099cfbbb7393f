//! Genres as numbers that can be compared: how much more of a genre a person plays than people do.

use std::collections::BTreeMap;

/// Genres that fewer people play have no spread worth dividing by.
const LEAST_LISTENERS: u64 = 5;

/// Longer names, in bytes, are no genres.
const LONGEST_NAME: usize = u8::MAX as usize;

/// Square roots of genre shares by name; the squares sum to 1.
pub(super) type Roots = BTreeMap<String, f64>;

/// How much people play of one genre.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GenreSpread {
    pub(super) name: String,
    /// The mean of √share.
    pub(super) mean: f32,
    /// The standard deviation of √share; above 0.
    pub(super) deviation: f32,
}

/// The genres of a model, those with the most listeners first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct GenreScale(pub(super) Vec<GenreSpread>);

impl GenreScale {
    /// The spreads of the `most` genres that most people play, over all who have genres.
    pub(super) fn fit(people: &[Roots], most: usize) -> Self {
        let mut sums: BTreeMap<&str, (u64, f64, f64)> = BTreeMap::new();
        let mut count = 0.0;
        for roots in people.iter().filter(|roots| !roots.is_empty()) {
            count += 1.0;
            for (name, root) in roots {
                let (listeners, sum, squares) = sums.entry(name).or_default();
                *listeners += 1;
                *sum += root;
                *squares += root * root;
            }
        }
        let fits = |name: &str, listeners: u64| listeners >= LEAST_LISTENERS && name.len() <= LONGEST_NAME;
        let mut genres: Vec<_> =
            sums.into_iter().filter(|(name, (listeners, ..))| fits(name, *listeners)).collect();
        genres.sort_by(|x, y| y.1.0.cmp(&x.1.0).then(x.0.cmp(y.0)));
        let spreads = genres.into_iter().take(most).filter_map(|(name, (_, sum, squares))| {
            let mean = sum / count;
            #[expect(clippy::cast_possible_truncation, reason = "spreads are single-precision")]
            let (mean, deviation) = (mean as f32, (squares / count - mean * mean).max(0.0).sqrt() as f32);
            // A genre that all play alike says nothing about anybody.
            (deviation > 1e-6).then(|| GenreSpread { name: name.to_owned(), mean, deviation })
        });
        Self(spreads.collect())
    }

    /// A person's standard scores, in the order of the genres; all zero for someone without genres.
    pub(super) fn standardised(&self, roots: &Roots) -> Vec<f64> {
        let score = |genre: &GenreSpread| {
            let root = roots.get(&genre.name).copied().unwrap_or(0.0);
            if roots.is_empty() { 0.0 } else { (root - f64::from(genre.mean)) / f64::from(genre.deviation) }
        };
        self.0.iter().map(score).collect()
    }
}

/// The square roots of what each genre shares of all mass.
pub(super) fn roots<N: AsRef<str>>(masses: impl IntoIterator<Item = (N, f64)>) -> Roots {
    let masses: Vec<_> = masses.into_iter().filter(|(_, mass)| mass.is_finite() && *mass > 0.0).collect();
    let total: f64 = masses.iter().map(|(_, mass)| mass).sum();
    masses.into_iter().map(|(name, mass)| (name.as_ref().to_owned(), (mass / total).sqrt())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_scores() {
        // docs/algorithms.md, "Taste": jazz is played by all five, its roots 1, 1, 1, 0.6 and 0.6.
        let loud = roots([("jazz", 4.0)]);
        let both = roots([("jazz", 9.0), ("soul", 16.0)]);
        assert_eq!((loud["jazz"], both["jazz"], both["soul"]), (1.0, 0.6, 0.8));
        let people = [loud.clone(), loud.clone(), loud.clone(), both.clone(), both.clone()];
        let scale = GenreScale::fit(&people, 8);
        // Soul has two listeners alone.
        assert_eq!(scale.0.iter().map(|genre| genre.name.as_str()).collect::<Vec<_>>(), ["jazz"]);
        let (mean, deviation) = (scale.0[0].mean, scale.0[0].deviation);
        assert!((mean - 0.84).abs() < 1e-6 && (deviation - 0.195_959_18).abs() < 1e-6, "{mean} {deviation}");
        let score = |roots: &Roots| scale.standardised(roots)[0];
        assert!((score(&loud) - 0.816_496_6).abs() < 1e-5, "{}", score(&loud));
        assert!((score(&both) + 1.224_744_9).abs() < 1e-5, "{}", score(&both));
        assert_eq!(scale.standardised(&Roots::new()).first(), Some(&0.0));
    }

    #[test]
    fn what_all_play_alike_says_nothing() {
        let people = vec![roots([("jazz", 1.0)]); 9];
        assert_eq!(GenreScale::fit(&people, 8), GenreScale::default());
        assert_eq!(GenreScale::fit(&[], 8), GenreScale::default());
    }
}
