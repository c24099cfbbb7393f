//! Which of several settings to take, by how well they place those who are known while these are kept aside.

/// Parts into which those who are known are dealt; each is kept aside once.
pub(super) const FOLDS: usize = 4;
/// Fewer of a kind than this choose nothing.
pub(super) const LEAST: usize = 16;
/// Standard errors by which a setting may fall behind the best one and still be as good.
const WITHIN: f64 = 0.5;
/// A mean that differs by no more than rounding does not differ.
const ROUNDING: f64 = 1e-9;

/// The place of the last setting that is not clearly worse than the best. `marks` has a row for each setting and in it a
/// mark for each person kept aside, the same people in the same order; settings come from the boldest to the most
/// careful, so that the most careful one is taken that nothing speaks against. The rule of the standard error (Breiman,
/// Friedman, Olshen and Stone, *Classification and Regression Trees*, 1984, §3.4.3), with half of one and in pairs.
///
/// With marks of (1, 1, 0.5) and (0.9, 0.8, 0.6) the second is behind by 0.1, 0.2 and −0.1, 0.066 667 on average, with
/// the standard error 0.088 192: more than half of it, so the first is taken.
pub(super) fn most_careful(marks: &[Vec<f64>]) -> usize {
    let mean = |marks: &[f64]| marks.iter().sum::<f64>() / marks.len().max(1) as f64;
    let best = marks.iter().max_by(|a, b| mean(a).total_cmp(&mean(b)));
    let Some(best) = best else { return 0 };
    let as_good = |marks: &Vec<f64>| {
        let behind: Vec<f64> = best.iter().zip(marks).map(|(best, mark)| best - mark).collect();
        mean(&behind) <= WITHIN * standard_error(&behind, mean(&behind)) + ROUNDING
    };
    marks.iter().rposition(as_good).unwrap_or(0)
}

/// The standard error of a mean.
fn standard_error(values: &[f64], mean: f64) -> f64 {
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let count = values.len() as f64;
    libm::sqrt(squares / (count - 1.0).max(1.0) / count.max(1.0))
}

/// The sources of one setting's trials: what is known, without the part that each trial keeps aside. `dealt` are lists
/// of people, each dealt in turn.
pub(super) fn kept_aside(known: &[f64], dealt: &[&[u32]]) -> Vec<[f64; FOLDS]> {
    let mut sources: Vec<[f64; FOLDS]> = known.iter().map(|value| [*value; FOLDS]).collect();
    for (turn, person) in dealt.iter().flat_map(|list| list.iter().enumerate()) {
        let source = sources.get_mut(*person as usize).and_then(|trials| trials.get_mut(turn % FOLDS));
        if let Some(value) = source {
            *value = 0.0;
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_choices() {
        let far = vec![vec![1.0, 1.0, 0.5], vec![0.9, 0.8, 0.6]];
        assert!((standard_error(&[0.1, 0.2, -0.1], 0.2 / 3.0) - 0.088_192).abs() < 1e-6);
        assert_eq!(most_careful(&far), 0);
        // Behind by 0.1, 0.1 and −0.1: 0.033 333, half the standard error of 0.066 667 and no more.
        assert_eq!(most_careful(&[vec![1.0, 1.0, 0.5], vec![0.9, 0.9, 0.6]]), 1);
        // All alike, one alone, and nobody kept aside.
        assert_eq!(most_careful(&[vec![0.7; 4], vec![0.7; 4], vec![0.7; 4]]), 2);
        assert_eq!(most_careful(&[vec![0.2]]), 0);
        assert_eq!(most_careful(&[Vec::new(), Vec::new()]), 1);
        assert_eq!(most_careful(&[]), 0);
    }

    #[test]
    fn everybody_is_kept_aside_once() {
        let sources = kept_aside(&[1.0, -1.0, 0.0, 1.0, 1.0], &[&[4, 0, 3], &[1]]);
        assert_eq!(sources[4].to_vec(), [0.0, 1.0, 1.0, 1.0]);
        assert_eq!(sources[0].to_vec(), [1.0, 0.0, 1.0, 1.0]);
        assert_eq!(sources[3].to_vec(), [1.0, 1.0, 0.0, 1.0]);
        assert_eq!(sources[1].to_vec(), [0.0, -1.0, -1.0, -1.0]);
        assert_eq!(sources[2].to_vec(), [0.0; FOLDS]);
    }
}
