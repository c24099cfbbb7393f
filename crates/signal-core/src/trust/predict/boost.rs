//! Gradient-boosted regression trees over binned features: small, exact and the same on any number of threads.
//!
//! Source: Friedman, *Greedy Function Approximation: A Gradient Boosting Machine*, Annals of Statistics 29, 2001, for
//! squared error, where the negative gradient is the residual; half of the rows for each tree: Friedman, *Stochastic
//! Gradient Boosting*, 2002; leaves with a ridge penalty and the gain of a split: Chen and Guestrin, *`XGBoost`*, KDD
//! 2016, equations 5 to 7; binning: Ke et al., *`LightGBM`*, NIPS 2017.

use rayon::prelude::*;

/// Trees.
const TREES: u32 = 300;
/// Splits between the root and a leaf, at most.
const DEPTH: u32 = 5;
/// How much of a tree's correction is taken.
const RATE: f64 = 0.05;
/// Rows a leaf needs.
const LEAF_ROWS: f64 = 20.0;
/// Rows that say 0, added to each leaf.
const LEAF_PRIOR: f64 = 5.0;
/// Bins a feature, the one for "not known" included.
const BINS: usize = 64;

/// A sum of trees.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Boosted {
    trees: Vec<Vec<Node>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Node {
    /// Rows whose feature is at most `limit`, or not known, go to `below`, the others to the node after it.
    Split {
        feature: usize,
        limit: f32,
        below: usize,
    },
    Leaf(f64),
}

/// One feature of all rows, each as the number of its bin; bin 0 holds what is not known.
struct Column {
    /// The largest value of each bin but the first and the last.
    limits: Vec<f32>,
    bins: Vec<u8>,
}

/// Rows that share a bin.
#[derive(Clone, Copy, Default)]
struct Bin {
    /// What they want, summed.
    sum: f64,
    rows: f64,
}

type Histogram = [Bin; BINS];

impl Boosted {
    /// Fits trees to rows of equally many features. NaN means "not known". Deterministic.
    ///
    /// O(trees · depth · rows · features), the features in parallel.
    pub(super) fn fit<const N: usize>(rows: &[[f32; N]], wanted: &[f64]) -> Self {
        let columns: Vec<Column> = (0..N).into_par_iter().map(|feature| Column::new(rows, feature)).collect();
        let mut left = wanted.to_vec();
        let mut trees = Vec::new();
        for number in 0..TREES {
            let drawn = (0u32..).zip(rows).map(|(row, _)| row).filter(|&row| coin(number, row)).collect();
            let tree = grow(&columns, &left, drawn);
            left.par_iter_mut().zip(rows).for_each(|(left, row)| *left -= value(&tree, row));
            trees.push(tree);
        }
        Self { trees }
    }

    /// What the trees say about a row.
    pub(super) fn predict(&self, row: &[f32]) -> f64 {
        self.trees.iter().map(|tree| value(tree, row)).sum()
    }
}

impl Column {
    fn new<const N: usize>(rows: &[[f32; N]], feature: usize) -> Self {
        let value = |row: &[f32; N]| row.get(feature).copied().unwrap_or(f32::NAN);
        let mut sorted: Vec<f32> = rows.iter().map(value).filter(|v| !v.is_nan()).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let mut limits: Vec<f32> =
            (1..BINS - 1).filter_map(|bin| sorted.get(sorted.len() * bin / (BINS - 1)).copied()).collect();
        limits.dedup();
        let bin = |v: f32| if v.is_nan() { 0 } else { 1 + limits.partition_point(|&limit| limit < v) };
        #[allow(clippy::cast_possible_truncation, reason = "fewer than BINS")]
        let bins = rows.iter().map(|row| bin(value(row)) as u8).collect();
        Self { limits, bins }
    }

    /// The largest value that falls into a bin or below. The first bin holds what is not known, which is below all.
    fn limit(&self, bin: u8) -> f32 {
        let place = usize::from(bin).checked_sub(1);
        place.and_then(|place| self.limits.get(place)).copied().unwrap_or(f32::NEG_INFINITY)
    }

    /// What rows want, summed by bin; `wanted` is parallel to `rows`.
    fn histogram(&self, rows: &[u32], wanted: &[f64]) -> Histogram {
        let mut bins = [Bin::default(); BINS];
        for (&row, wanted) in rows.iter().zip(wanted) {
            let bin = self.bins.get(row as usize).copied().unwrap_or_default();
            if let Some(bin) = bins.get_mut(bin as usize) {
                bin.sum += wanted;
                bin.rows += 1.0;
            }
        }
        bins
    }

    /// The best split by this feature: gain and the last bin that goes below.
    fn best(&self, bins: &Histogram) -> Option<(f64, u8)> {
        let whole = bins.iter().fold(Bin::default(), Bin::plus);
        let mut below = Bin::default();
        let mut best: Option<(f64, u8)> = None;
        for (last, bin) in (0u8..).zip(bins).take(self.limits.len() + 1) {
            below = below.plus(bin);
            let above = whole.minus(&below);
            if below.rows < LEAF_ROWS || above.rows < LEAF_ROWS {
                continue;
            }
            let gain = below.score() + above.score() - whole.score();
            if gain > best.map_or(0.0, |(gain, _)| gain) {
                best = Some((gain, last));
            }
        }
        best
    }
}

impl Bin {
    fn plus(self, other: &Self) -> Self {
        Self { sum: self.sum + other.sum, rows: self.rows + other.rows }
    }

    fn minus(self, other: &Self) -> Self {
        Self { sum: self.sum - other.sum, rows: self.rows - other.rows }
    }

    fn score(&self) -> f64 {
        self.sum * self.sum / (self.rows + LEAF_PRIOR)
    }
}

/// A node that may yet be split.
struct Open {
    place: usize,
    rows: Vec<u32>,
    histograms: Vec<Histogram>,
}

/// Grows one tree, level by level. Of two children only the smaller is counted, the other is what remains.
fn grow(columns: &[Column], left: &[f64], rows: Vec<u32>) -> Vec<Node> {
    let mut nodes = vec![leaf(left, &rows)];
    let mut open = vec![Open { place: 0, histograms: histograms(columns, left, &rows), rows }];
    for depth in 1..=DEPTH {
        for Open { place, rows, histograms: whole } in std::mem::take(&mut open) {
            let Some((feature, last)) = best_split(columns, &whole) else { continue };
            let Some(column) = columns.get(feature) else { continue };
            let goes_below = |row: &u32| column.bins.get(*row as usize).is_some_and(|&bin| bin <= last);
            let (under, over): (Vec<u32>, Vec<u32>) = rows.into_iter().partition(goes_below);
            let below = nodes.len();
            nodes.extend([leaf(left, &under), leaf(left, &over)]);
            if let Some(node) = nodes.get_mut(place) {
                *node = Node::Split { feature, limit: column.limit(last), below };
            }
            if depth < DEPTH {
                let under_is_less = under.len() <= over.len();
                let less = histograms(columns, left, if under_is_less { &under } else { &over });
                let more = remaining(&whole, &less);
                let (a, b) = if under_is_less { (less, more) } else { (more, less) };
                open.push(Open { place: below, rows: under, histograms: a });
                open.push(Open { place: below + 1, rows: over, histograms: b });
            }
        }
    }
    nodes
}

fn leaf(left: &[f64], rows: &[u32]) -> Node {
    let sum: f64 = rows.iter().filter_map(|&row| left.get(row as usize)).sum();
    Node::Leaf(RATE * sum / (rows.len() as f64 + LEAF_PRIOR))
}

fn histograms(columns: &[Column], left: &[f64], rows: &[u32]) -> Vec<Histogram> {
    let wanted: Vec<f64> =
        rows.iter().map(|&row| left.get(row as usize).copied().unwrap_or_default()).collect();
    columns.par_iter().map(|column| column.histogram(rows, &wanted)).collect()
}

fn remaining(whole: &[Histogram], part: &[Histogram]) -> Vec<Histogram> {
    let minus = |(whole, part): (&Histogram, &Histogram)| {
        let mut rest = *whole;
        for (bin, part) in rest.iter_mut().zip(part) {
            *bin = bin.minus(part);
        }
        rest
    };
    whole.iter().zip(part).map(minus).collect()
}

/// The feature with the largest gain (the first of equals), and the last bin that goes below.
fn best_split(columns: &[Column], histograms: &[Histogram]) -> Option<(usize, u8)> {
    let mut best: Option<(f64, usize, u8)> = None;
    for (feature, (column, bins)) in columns.iter().zip(histograms).enumerate() {
        if let Some((gain, last)) = column.best(bins)
            && best.is_none_or(|(most, ..)| gain > most)
        {
            best = Some((gain, feature, last));
        }
    }
    best.map(|(_, feature, last)| (feature, last))
}

/// The leaf that a row falls into.
fn value(tree: &[Node], row: &[f32]) -> f64 {
    let mut place = 0;
    loop {
        match tree.get(place) {
            Some(&Node::Split { feature, limit, below }) => {
                let value = row.get(feature).copied().unwrap_or(f32::NAN);
                // Children lie behind their parent, so this ends.
                place = if value > limit { below + 1 } else { below };
            }
            Some(&Node::Leaf(value)) => return value,
            None => return 0.0,
        }
    }
}

/// Whether a tree sees a row: heads for about half of them, the same ones each time.
fn coin(tree: u32, row: u32) -> bool {
    super::mix(tree, row) & 1 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_the_damped_mean_and_a_step_is_found() {
        // 100 rows want −1 where the feature is at most 49, else 1; the other feature says nothing.
        let rows: Vec<[f32; 2]> = (0u8..100).map(|n| [f32::from(n % 7), f32::from(n)]).collect();
        let wanted: Vec<f64> = (0..100).map(|n| if n < 50 { -1.0 } else { 1.0 }).collect();
        let columns = [Column::new(&rows, 0), Column::new(&rows, 1)];
        let tree = grow(&columns, &wanted, (0..100).collect());
        let Node::Split { feature, limit, below } = tree[0] else { panic!("no split: {tree:?}") };
        assert_eq!((feature, below), (1, 1));
        assert!((48.0..=50.0).contains(&limit), "{limit}");
        assert_eq!(leaf(&wanted, &[0, 1, 99]), Node::Leaf(-RATE / 8.0), "−1 − 1 + 1 over 3 rows and 5 more");
    }

    #[test]
    fn what_is_not_known_goes_its_own_way() {
        let rows: Vec<[f32; 1]> = (0u8..200).map(|n| [if n % 2 == 0 { f32::NAN } else { 0.0 }]).collect();
        let wanted: Vec<f64> = (0..200).map(|n| if n % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let trees = Boosted::fit(&rows, &wanted);
        assert!(trees.predict(&[f32::NAN]) > 0.9 && trees.predict(&[0.0]) < -0.9);
    }

    #[test]
    fn what_remains_of_a_histogram_is_the_other_child() {
        let rows: Vec<[f32; 1]> = (0u8..60).map(|n| [f32::from(n)]).collect();
        let wanted: Vec<f64> = (0..60).map(f64::from).collect();
        let columns = [Column::new(&rows, 0)];
        let (all, some): (Vec<u32>, Vec<u32>) = ((0..60).collect(), (0..20).collect());
        let rest = remaining(&histograms(&columns, &wanted, &all), &histograms(&columns, &wanted, &some));
        let (sum, count) =
            rest[0].iter().fold((0.0, 0.0), |(sum, count), bin| (sum + bin.sum, count + bin.rows));
        assert!((sum - f64::from((20..60).sum::<i32>())).abs() < 1e-9 && (count - 40.0_f64).abs() < 1e-9);
    }

    #[test]
    fn no_rows_no_trees_that_speak() {
        assert!(Boosted::fit::<3>(&[], &[]).predict(&[1.0, 2.0, 3.0]).abs() < 1e-300);
    }
}
