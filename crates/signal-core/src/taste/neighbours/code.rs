//! A direction as 16-bit numbers, each split into a coarse and a fine byte.
//!
//! ```text
//! q_i    = round(x_i / max |x| · 127 · 256)                      whole, in [−32,512, 32,512]
//! q_i    = 256 · coarse_i + fine_i                               coarse in [−127, 127], fine in [−128, 127]
//! unit   = 1 / √(Σ q²)                                           unit · q has length 1: this is what is stored
//! rough  = unit · √(Σ fine²)                                     what the coarse bytes leave out
//! ```

use super::NeighbourError;

/// Largest coarse byte.
const COARSE: f64 = 127.0;
/// Fine steps in a coarse one.
const STEPS: f64 = 256.0;
/// Added to every bound: more than single precision loses in a dot product of 1,000 numbers.
pub(super) const SLACK: f32 = 2e-5;

/// A vector as it is kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Code {
    pub(super) coarse: Vec<i8>,
    pub(super) fine: Vec<i8>,
    pub(super) unit: f32,
    pub(super) rough: f32,
}

/// A vector as it is asked about.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    /// The numbers as 16-bit ones, for the first look.
    pub(super) wide: Vec<i16>,
    /// What a product of `wide` and coarse bytes, times that vector's `unit`, has to be multiplied by.
    pub(super) step: f32,
    /// The numbers, scaled to length 1, for the second.
    pub(super) exact: Vec<f32>,
    /// Length of what `wide` leaves out.
    pub(super) rough: f32,
}

/// The numbers scaled to length 1.
fn direction(numbers: &[f32], dimensions: usize) -> Result<Vec<f64>, NeighbourError> {
    if numbers.len() != dimensions {
        return Err(NeighbourError::OtherLength { expected: dimensions, found: numbers.len() });
    }
    if let Some(place) = numbers.iter().position(|x| !x.is_finite()) {
        return Err(NeighbourError::NotFinite { place });
    }
    let length = numbers.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
    if length == 0.0 {
        return Err(NeighbourError::NoDirection);
    }
    Ok(numbers.iter().map(|x| f64::from(*x) / length).collect())
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest, x| x.abs().max(largest))
}

impl Code {
    /// Codes a vector, padded with zeros to `stride` bytes. Fails where it has no direction or another length.
    pub(super) fn of(numbers: &[f32], dimensions: usize, stride: usize) -> Result<Self, NeighbourError> {
        let unit = direction(numbers, dimensions)?;
        let scale = COARSE * STEPS / largest(&unit);
        let mut code = Self { coarse: vec![0; stride], fine: vec![0; stride], unit: 0.0, rough: 0.0 };
        let (mut squares, mut left) = (0.0, 0.0);
        for ((x, coarse), fine) in unit.iter().zip(&mut code.coarse).zip(&mut code.fine) {
            let whole = (x * scale).round();
            let high = ((whole + STEPS / 2.0) / STEPS).floor();
            let low = whole - high * STEPS;
            (*coarse, *fine) = (byte(high), byte(low));
            squares += whole * whole;
            left += low * low;
        }
        code.unit = single(1.0 / squares.sqrt());
        code.rough = single(left.sqrt() / squares.sqrt());
        Ok(code)
    }
}

impl Query {
    /// Prepares a question about a vector. Fails where it has no direction or another length.
    pub(super) fn of(numbers: &[f32], dimensions: usize, stride: usize) -> Result<Self, NeighbourError> {
        let unit = direction(numbers, dimensions)?;
        // A product with coarse bytes is summed in 32 bits, however many dimensions there are.
        let most = (f64::from(i32::MAX) / (COARSE * stride.max(1) as f64)).min(COARSE * STEPS).floor();
        let scale = most / largest(&unit);
        let mut query = Self { wide: vec![0; stride], exact: vec![0.0; stride], ..Self::default() };
        let mut left = 0.0;
        for ((x, wide), exact) in unit.iter().zip(&mut query.wide).zip(&mut query.exact) {
            let whole = (x * scale).round();
            *wide = word(whole);
            *exact = single(*x);
            left += (x - whole / scale) * (x - whole / scale);
        }
        query.step = single(STEPS / scale);
        query.rough = single(left.sqrt());
        Ok(query)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "in the range of a byte by construction")]
fn byte(whole: f64) -> i8 {
    whole as i8
}

#[expect(clippy::cast_possible_truncation, reason = "in the range of a word by construction")]
fn word(whole: f64) -> i16 {
    whole as i16
}

#[expect(clippy::cast_possible_truncation, reason = "seven digits are kept")]
fn single(number: f64) -> f32 {
    number as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_vector_worked_out_by_hand() {
        // (3, 4) / 5 = (0.6, 0.8); 0.6 / 0.8 · 32,512 = 24,384 = 95 · 256 + 64.
        let code = Code::of(&[3.0, 4.0], 2, 4).unwrap();
        assert_eq!((code.coarse, code.fine), (vec![95, 127, 0, 0], vec![64, 0, 0, 0]));
        // √(24,384² + 32,512²) = 40,640.
        assert!((code.unit - 1.0 / 40_640.0).abs() < 1e-12);
        assert!((code.rough - 64.0 / 40_640.0).abs() < 1e-9);
        let query = Query::of(&[3.0, 4.0], 2, 4).unwrap();
        assert_eq!(query.wide, [24_384, 32_512, 0, 0]);
        assert_eq!(query.exact, [0.6, 0.8, 0.0, 0.0]);
        assert!((query.step - 256.0 / 40_640.0).abs() < 1e-9);
    }

    #[test]
    fn what_has_no_direction_is_refused() {
        let refusal = |numbers: &[f32]| Code::of(numbers, 3, 4).unwrap_err();
        assert_eq!(refusal(&[1.0]), NeighbourError::OtherLength { expected: 3, found: 1 });
        assert_eq!(refusal(&[0.0, f32::NAN, 1.0]), NeighbourError::NotFinite { place: 1 });
        assert_eq!(refusal(&[0.0, 1.0, f32::INFINITY]), NeighbourError::NotFinite { place: 2 });
        assert_eq!(refusal(&[0.0, -0.0, 0.0]), NeighbourError::NoDirection);
        assert!(Query::of(&[0.0; 3], 3, 4).is_err());
    }

    #[test]
    fn huge_and_tiny_numbers_have_a_direction() {
        for size in [f32::MAX, f32::MIN_POSITIVE, 1e-45] {
            let code = Code::of(&[size, -size, 0.0], 3, 4).unwrap();
            assert_eq!(code.coarse, [127, -127, 0, 0]);
        }
    }

    proptest! {
        /// Coarse and fine bytes are the vector to within half a step, and `rough` is what the coarse ones miss.
        #[test]
        fn bytes_give_the_vector_back(numbers in prop::collection::vec(-1.0f32..1.0, 1..400)) {
            let n = numbers.len();
            prop_assume!(numbers.iter().any(|x| *x != 0.0));
            let (unit, code) = (direction(&numbers, n).unwrap(), Code::of(&numbers, n, n).unwrap());
            let kept = |coarse: i8, fine: i8| (f64::from(coarse) * STEPS + f64::from(fine)) * f64::from(code.unit);
            let missed: f64 = code.fine.iter().map(|fine| libm::pow(f64::from(*fine) * f64::from(code.unit), 2.0)).sum();
            prop_assert!((missed.sqrt() - f64::from(code.rough)).abs() < 1e-6);
            for ((x, coarse), fine) in unit.iter().zip(&code.coarse).zip(&code.fine) {
                prop_assert!((x - kept(*coarse, *fine)).abs() < 1e-4, "{x} {coarse} {fine}");
            }
        }
    }
}
