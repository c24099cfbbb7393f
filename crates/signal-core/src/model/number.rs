//! Numbers that carry their unit and range: points, trust weights, stars and exact fractions.

use std::fmt;
use std::ops::{Add, Neg, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A number outside the range of the thing it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text} is not a {what} ({range})")]
pub struct InvalidNumber {
    what: &'static str,
    range: &'static str,
    text: String,
}

impl InvalidNumber {
    fn new(what: &'static str, range: &'static str, text: impl ToString) -> Self {
        Self { what, range, text: text.to_string().chars().take(40).collect() }
    }
}

/// Reputation points, in whole milli-points. Arithmetic saturates; balances are far from the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Points(i64);

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);

    /// Points from whole milli-points.
    pub const fn from_milli(milli: i64) -> Self {
        Self(milli)
    }

    /// Points from whole points.
    pub const fn whole(points: i64) -> Self {
        Self(points.saturating_mul(1_000))
    }

    /// Whole milli-points.
    pub const fn milli(self) -> i64 {
        self.0
    }

    /// Points as a float, for formulas that are not money.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// ⌊self · numerator / denominator⌋, exact in 128 bits; a zero denominator gives zero.
    #[must_use]
    pub fn scaled(self, numerator: i64, denominator: i64) -> Self {
        if denominator == 0 {
            return Self::ZERO;
        }
        let product = i128::from(self.0) * i128::from(numerator);
        Self(i64::try_from(product.div_euclid(i128::from(denominator))).unwrap_or(i64::MAX))
    }
}

impl Add for Points {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Points {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Points {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl std::iter::Sum for Points {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Points {
    /// Three decimals: `12.500`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let milli = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:03}", milli / 1_000, milli % 1_000))
    }
}

impl FromStr for Points {
    type Err = InvalidNumber;

    /// Reads `12`, `12.5` or `12.125`.
    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        let invalid = || InvalidNumber::new("number of points", "up to three decimals", text);
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || fraction.len() > 3 || !all_digits(whole) || !all_digits(fraction) {
            return Err(invalid());
        }
        let whole: i64 = whole.parse().map_err(|_| invalid())?;
        let milli: i64 = format!("{fraction:0<3}").parse().map_err(|_| invalid())?;
        let total = whole.checked_mul(1_000).and_then(|w| w.checked_add(milli)).ok_or_else(invalid)?;
        Ok(Self(sign * total))
    }
}

/// How much one person trusts another: (0, 1] in whole ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct TrustWeight(u16);

impl TrustWeight {
    /// Ten-thousandths in a weight of 1.
    pub const ONE: u16 = 10_000;
    /// Full trust.
    pub const FULL: Self = Self(Self::ONE);

    /// A weight from ten-thousandths, 1 to 10,000.
    pub fn from_ten_thousandths(value: u16) -> Result<Self, InvalidNumber> {
        if (1..=Self::ONE).contains(&value) { Ok(Self(value)) } else { Err(Self::invalid(value)) }
    }

    /// A weight from a fraction in (0, 1], rounded to the nearest ten-thousandth and never to 0.
    pub fn from_fraction(value: f64) -> Result<Self, InvalidNumber> {
        if !(value > 0.0 && value <= 1.0) {
            return Err(Self::invalid(value));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in 0..=10,000")]
        let rounded = (value * f64::from(Self::ONE)).round() as u16;
        Ok(Self(rounded.max(1)))
    }

    /// Ten-thousandths.
    pub const fn ten_thousandths(self) -> u16 {
        self.0
    }

    /// The weight as a fraction in (0, 1].
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / f64::from(Self::ONE)
    }

    fn invalid(value: impl ToString) -> InvalidNumber {
        InvalidNumber::new("trust weight", "above 0, at most 1", value)
    }
}

impl TryFrom<u16> for TrustWeight {
    type Error = InvalidNumber;
    fn try_from(value: u16) -> Result<Self, InvalidNumber> {
        Self::from_ten_thousandths(value)
    }
}

impl From<TrustWeight> for u16 {
    fn from(weight: TrustWeight) -> Self {
        weight.0
    }
}

impl FromStr for TrustWeight {
    type Err = InvalidNumber;
    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        text.parse().map_err(|_| Self::invalid(text)).and_then(Self::from_fraction)
    }
}

impl fmt::Display for TrustWeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_f64())
    }
}

/// One person's stars for a drop: 0 to 10 half-stars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Stars(u8);

impl Stars {
    /// Stars from half-stars, 0 to 10.
    pub fn from_halves(halves: u8) -> Result<Self, InvalidNumber> {
        if halves <= 10 { Ok(Self(halves)) } else { Err(Self::invalid(f64::from(halves) / 2.0)) }
    }

    /// Half-stars, 0 to 10.
    pub const fn halves(self) -> u8 {
        self.0
    }

    /// The rating in [0, 1] as millionths.
    pub const fn millionths(self) -> Millionths {
        Millionths(self.0 as u32 * 100_000)
    }

    fn invalid(value: impl ToString) -> InvalidNumber {
        InvalidNumber::new("rating", "0 to 5 stars in steps of a half", value)
    }
}

impl TryFrom<u8> for Stars {
    type Error = InvalidNumber;
    fn try_from(value: u8) -> Result<Self, InvalidNumber> {
        Self::from_halves(value)
    }
}

impl From<Stars> for u8 {
    fn from(stars: Stars) -> Self {
        stars.0
    }
}

impl FromStr for Stars {
    type Err = InvalidNumber;

    /// Reads stars: `4`, `4.5`.
    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        let halves = text.parse::<f64>().map_err(|_| Self::invalid(text))? * 2.0;
        (0..=10u8)
            .find(|h| (f64::from(*h) - halves).abs() < 1e-9)
            .map(Self)
            .ok_or_else(|| Self::invalid(text))
    }
}

impl fmt::Display for Stars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / 2.0)
    }
}

/// A fraction in [0, 1] held exactly, in millionths: what the ledger records instead of floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Millionths(u32);

impl Millionths {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(1_000_000);

    /// A fraction from millionths; above a million is refused.
    pub fn new(value: u32) -> Result<Self, InvalidNumber> {
        if value <= 1_000_000 {
            Ok(Self(value))
        } else {
            Err(InvalidNumber::new("fraction in millionths", "0 to 1,000,000", value))
        }
    }

    /// A fraction from an integer that is clamped into range.
    pub fn clamped(value: i128) -> Self {
        Self(u32::try_from(value.clamp(0, 1_000_000)).unwrap_or(0))
    }

    /// The nearest fraction to a float; out of range is clamped, NaN counts as 0.
    pub fn from_f64(value: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "clamped to 0..=1,000,000 first")]
        let rounded = (value * 1e6).round().clamp(0.0, 1e6) as i64;
        Self::clamped(i128::from(rounded))
    }

    /// Millionths, 0 to 1,000,000.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The fraction as a float in [0, 1].
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 1e6
    }
}

impl TryFrom<u32> for Millionths {
    type Error = InvalidNumber;
    fn try_from(value: u32) -> Result<Self, InvalidNumber> {
        Self::new(value)
    }
}

impl From<Millionths> for u32 {
    fn from(value: Millionths) -> Self {
        value.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_round_down_and_read_back() {
        assert_eq!(Points::from_milli(-1).scaled(1, 2), Points::from_milli(-1));
        assert_eq!(Points::from_milli(10).scaled(1, 3), Points::from_milli(3));
        assert_eq!(Points::from_milli(12_500).to_string(), "12.500");
        assert_eq!("12.5".parse(), Ok(Points::from_milli(12_500)));
        assert_eq!("-0.001".parse(), Ok(Points::from_milli(-1)));
        for wrong in ["", ".", "1.2345", "NaN", "1e3", "--1", "99999999999999999999"] {
            assert!(wrong.parse::<Points>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn weights_stay_in_range() {
        assert_eq!(TrustWeight::from_fraction(0.5).map(TrustWeight::ten_thousandths), Ok(5_000));
        assert_eq!(TrustWeight::from_fraction(1e-9).map(TrustWeight::ten_thousandths), Ok(1));
        for wrong in [0.0, -0.1, 1.000_1, f64::NAN, f64::INFINITY] {
            assert!(TrustWeight::from_fraction(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn stars_come_in_halves() {
        assert_eq!("4.5".parse::<Stars>().map(Stars::halves), Ok(9));
        for wrong in ["4.4", "5.5", "-1", "NaN", "five"] {
            assert!(wrong.parse::<Stars>().is_err(), "{wrong}");
        }
    }
}
