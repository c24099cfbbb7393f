//! Random taste vectors of any number, as hard to search as real ones or harder.

use rayon::prelude::*;

use super::rmat::Dice;

/// Dimensions in which clustered tastes really differ.
const LATENT: usize = 32;
/// Clusters of tastes.
const CLUSTERS: usize = 256;
/// How far people are from the middle of their cluster, where the middles are 1 from the middle of all: clusters overlap.
const SPREAD: f32 = 1.5;
/// Noise in every dimension, as a share of a vector's length.
const NOISE: f32 = 0.1;
/// Places of the dice: vectors use the ones below.
const MIDDLES: u64 = 1 << 62;
const AXES: u64 = 1 << 63;

/// How random tastes lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TasteShape {
    /// A mixture of 256 overlapping Gaussians of 32 dimensions, turned into the space of the vectors, with a little
    /// noise in every dimension: as factors of a fitted model lie.
    Clustered,
    /// Every direction alike: nobody is near to anybody, which no index can make use of.
    Uniform,
}

/// Random vectors by number: the same seed and number give the same vector, whatever else is drawn.
#[derive(Debug, Clone)]
pub struct RandomTastes {
    shape: TasteShape,
    dimensions: usize,
    seed: u64,
    middles: Vec<f32>,
    /// For each latent dimension a direction in the space of the vectors.
    axes: Vec<f32>,
}

impl RandomTastes {
    /// Tastes of so many dimensions, at least 1.
    pub fn new(shape: TasteShape, dimensions: usize, seed: u64) -> Self {
        let dimensions = dimensions.max(1);
        let mut middles = vec![0.0; CLUSTERS * LATENT];
        normals(&mut Dice::at(seed, MIDDLES), &mut middles);
        let mut axes = vec![0.0; LATENT * dimensions];
        normals(&mut Dice::at(seed, AXES), &mut axes);
        Self { shape, dimensions, seed, middles, axes }
    }

    /// Vectors `first` and up, of length 1, one after the other into `out`, in parallel on rayon's threads. What does not
    /// make a whole vector is left as it is.
    pub fn fill(&self, first: u64, out: &mut [f32]) {
        out.par_chunks_exact_mut(self.dimensions)
            .enumerate()
            .for_each(|(place, vector)| self.draw(first.wrapping_add(place as u64), vector));
    }

    fn draw(&self, number: u64, vector: &mut [f32]) {
        let mut dice = Dice::at(self.seed, number);
        normals(&mut dice, vector);
        if self.shape == TasteShape::Clustered {
            let length = (LATENT as f32 * (1.0 + SPREAD * SPREAD)).sqrt();
            for x in vector.iter_mut() {
                *x *= NOISE * length;
            }
            let cluster = usize::try_from(dice.roll() % CLUSTERS as u64).unwrap_or(0);
            let middle = self.middles.chunks_exact(LATENT).nth(cluster).unwrap_or(&[]);
            let mut own = [0.0; LATENT];
            normals(&mut dice, &mut own);
            for ((own, middle), axis) in own.iter().zip(middle).zip(self.axes.chunks_exact(self.dimensions)) {
                let latent = middle + SPREAD * own;
                vector.iter_mut().zip(axis).for_each(|(x, axis)| *x += latent * axis);
            }
        }
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        for x in vector {
            *x /= length.max(f32::MIN_POSITIVE);
        }
    }
}

/// About normal numbers with mean 0 and deviation 1: the sum of the four quarters of a draw needs no logarithm.
fn normals(dice: &mut Dice, out: &mut [f32]) {
    // Each quarter is uniform in 0..65,536, with variance 65,536² / 12.
    let scale = (3.0f32).sqrt() / 65_536.0;
    for x in out {
        let draw = dice.roll();
        let sum: u64 = (0..4).map(|quarter| draw >> (16 * quarter) & 0xffff).sum();
        *x = (sum as f32 - 131_070.0) * scale;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_the_same_however_they_are_drawn() {
        let tastes = RandomTastes::new(TasteShape::Clustered, 48, 3);
        let mut all = vec![0.0; 48 * 10];
        tastes.fill(5, &mut all);
        let mut one = vec![0.0; 48];
        tastes.fill(9, &mut one);
        assert_eq!(all[48 * 4..48 * 5], one[..]);
        RandomTastes::new(TasteShape::Clustered, 48, 4).fill(9, &mut one);
        assert_ne!(all[48 * 4..48 * 5], one[..]);
    }

    #[test]
    fn clustered_tastes_have_neighbours_and_uniform_ones_have_none() {
        let nearest = |shape| {
            let mut all = vec![0.0f32; 384 * 2_000];
            RandomTastes::new(shape, 384, 1).fill(0, &mut all);
            let (asked, others) = all.split_at(384);
            assert!((asked.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
            let cosines = others.chunks(384).map(|v| v.iter().zip(asked).map(|(x, y)| x * y).sum::<f32>());
            cosines.fold(-1.0, f32::max)
        };
        assert!(nearest(TasteShape::Clustered) > 0.5, "{}", nearest(TasteShape::Clustered));
        assert!(nearest(TasteShape::Uniform) < 0.3, "{}", nearest(TasteShape::Uniform));
    }

    #[test]
    fn draws_are_about_normal() {
        let mut drawn = vec![0.0f32; 100_000];
        normals(&mut Dice::at(1, 1), &mut drawn);
        let mean = drawn.iter().sum::<f32>() / 1e5;
        let variance = drawn.iter().map(|x| x * x).sum::<f32>() / 1e5;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }
}
