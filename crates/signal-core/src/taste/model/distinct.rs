//! How much two people's genres overlap where they differ from everybody's.

use super::{FACTORS, SPECTRUM};
use crate::model::TasteProfile;

/// Σ min / Σ max of the genres that each plays more of than people do, in the standard scores of their model: the
/// weighted Jaccard index (Ružička 1958) of max(0, z), each person's scores scaled to length 1. In [0, 1].
///
/// That both play some rock where everybody does counts nothing here; that both play more of it than others does. `None`
/// where the profiles are not trained, not of one model, or one of them knows no genre.
pub fn distinct_overlap(a: &TasteProfile, b: &TasteProfile) -> Option<f64> {
    if !(a.trained && b.trained && a.model == b.model) {
        return None;
    }
    let (x, y) = (scores(a)?, scores(b)?);
    let (least, most) =
        x.zip(y).fold((0.0, 0.0), |(least, most), (x, y)| (least + x.min(y), most + x.max(y)));
    (most > 0.0).then(|| f64::min(least / most, 1.0))
}

/// The positive scores of a profile, divided by the length of all of them.
fn scores(profile: &TasteProfile) -> Option<impl Iterator<Item = f64>> {
    let block = profile.vector.get(SPECTRUM + FACTORS..)?;
    let length = block.iter().map(|z| f64::from(*z) * f64::from(*z)).sum::<f64>().sqrt();
    let directed = length.is_finite() && length > 0.0;
    directed.then(|| block.iter().map(move |z| f64::from(*z).max(0.0) / length))
}
