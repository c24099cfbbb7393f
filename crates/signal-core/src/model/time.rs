//! Instants, in whole microseconds since 1970 UTC. There is no clock here: `now` is always an argument.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Seconds in a UTC day; leap seconds are not counted, as in Unix time.
pub const SECONDS_PER_DAY: i64 = 86_400;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;

/// A text that is not a point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time such as 2026-03-01 or 2026-03-01T12:00:00Z")]
pub struct InvalidTime {
    text: String,
}

/// An instant in UTC, in microseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest instant there is.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest instant there is.
    pub const MAX: Self = Self(i64::MAX);

    /// An instant from microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// An instant from whole seconds since the Unix epoch, clamped to the representable range.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// Milliseconds since the Unix epoch; instants before it count as 0.
    pub fn millis_since_epoch(self) -> u64 {
        u64::try_from(self.0 / 1_000).unwrap_or(0)
    }

    /// The instant `days` whole days later (or earlier when negative).
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(MICROS_PER_DAY)))
    }

    /// The instant `seconds` later (or earlier when negative).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(MICROS_PER_SECOND)))
    }

    /// Microseconds from `earlier` to here; negative when `earlier` is later.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Fractional days from `earlier` to here, never negative.
    pub fn days_since(self, earlier: Self) -> f64 {
        self.micros_since(earlier).max(0) as f64 / MICROS_PER_DAY as f64
    }

    /// Whole days from `earlier` to here, rounded down, never negative.
    pub const fn whole_days_since(self, earlier: Self) -> i64 {
        let days = self.micros_since(earlier).div_euclid(MICROS_PER_DAY);
        if days < 0 { 0 } else { days }
    }

    /// Whole weeks since the Unix epoch, rounded down; they begin on Thursdays.
    pub const fn week(self) -> i64 {
        self.0.div_euclid(7 * MICROS_PER_DAY)
    }

    /// The middle of a week as [`Self::week`] counts them.
    #[must_use]
    pub const fn middle_of_week(week: i64) -> Self {
        Self(week.saturating_mul(7 * MICROS_PER_DAY).saturating_add(7 * MICROS_PER_DAY / 2))
    }

    /// The UTC calendar day that holds this instant.
    pub const fn utc_day(self) -> UtcDay {
        UtcDay(self.0.div_euclid(MICROS_PER_DAY))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, to the second where the fraction is zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => write!(f, "{instant}"),
            Err(_) => write!(f, "{}µs", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTime;

    /// Reads RFC 3339 (`2026-03-01T12:00:00Z`, any offset) or a plain UTC date (`2026-03-01`).
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let invalid = || InvalidTime { text: text.chars().take(64).collect() };
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Ok(Self(instant.as_microsecond()));
        }
        let date: jiff::civil::Date = text.parse().map_err(|_| invalid())?;
        let start = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| invalid())?;
        Ok(Self(start.timestamp().as_microsecond()))
    }
}

/// A UTC calendar day, as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtcDay(i64);

impl UtcDay {
    /// The first instant of the day.
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(MICROS_PER_DAY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_instant_agree() {
        let noon: Timestamp = "2026-03-01T12:00:00Z".parse().expect("valid");
        assert_eq!(noon.to_string(), "2026-03-01T12:00:00Z");
        assert_eq!("2026-03-01T14:00:00+02:00".parse(), Ok(noon));
        assert_eq!("2026-03-01".parse(), Ok(noon.plus_seconds(-12 * 3600)));
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn days_before_the_epoch_count_down() {
        assert_eq!(Timestamp::from_micros(-1).utc_day(), UtcDay(-1));
        assert_eq!(Timestamp::from_micros(0).utc_day(), UtcDay(0));
        assert_eq!(Timestamp::from_seconds(SECONDS_PER_DAY - 1).utc_day(), UtcDay(0));
    }
}
