//! The ways in which exports write a time.

use signal_core::model::{Exactness, Timestamp};

/// What is earlier is a clock that was not set: nobody scrobbled before 2000-01-01.
const EARLIEST_SECONDS: f64 = 946_684_800.0;
/// What is later, 2100-01-01, is no time of a play.
const LATEST_SECONDS: f64 = 4_102_444_800.0;
/// Larger numbers count milliseconds.
const MILLISECONDS_ABOVE: f64 = 1e11;

/// A time as a number since 1970: seconds or milliseconds, by its size.
pub(super) fn unix(number: f64) -> Option<Timestamp> {
    let seconds = if number > MILLISECONDS_ABOVE { number / 1e3 } else { number };
    let sensible = (EARLIEST_SECONDS..LATEST_SECONDS).contains(&seconds);
    #[expect(clippy::cast_possible_truncation, reason = "a time between 2000 and 2100 fits")]
    sensible.then(|| Timestamp::from_micros((seconds * 1e6).round() as i64))
}

/// A time as text, in UTC where it says no offset: a number, RFC 3339, `2020-01-31 14:05[:06]`, or `31 Jan 2020[,] 14:05`.
pub(super) fn text(text: &str) -> Option<(Timestamp, Exactness)> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return unix(number).map(|time| (time, Exactness::Exact));
    }
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) if date.len() == 10 => (date.to_owned(), time),
        _ => worded(text)?,
    };
    let time = time.trim();
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time.trim_end_matches("UTC").trim_end(), "Z"),
    };
    let minute = clock.len() == 5;
    let seconds = if minute { ":00" } else { "" };
    let time: Timestamp = format!("{date}T{clock}{seconds}{offset}").parse().ok()?;
    Some((time, if minute { Exactness::Minute } else { Exactness::Exact }))
}

/// A date with the month's name, and what follows it.
fn worded(text: &str) -> Option<(String, &str)> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let (day, rest) = text.split_once(' ')?;
    let (month, rest) = rest.split_once(' ')?;
    let (year, rest) = rest.split_once(' ')?;
    let day: u8 = day.parse().ok()?;
    let month = month.get(..3)?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let year: u16 = year.trim_end_matches(',').parse().ok()?;
    Some((format!("{year:04}-{month:02}-{day:02}"), rest))
}

/// The instant `millis` milliseconds before `end`.
pub(super) fn before(end: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_micros(end.micros().saturating_sub(millis.saturating_mul(1_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &str) -> Option<(String, Exactness)> {
        text(given).map(|(time, exactness)| (time.to_string(), exactness))
    }

    #[test]
    fn all_ways_to_write_a_time_are_read() {
        let at = |second: &str, exactness| Some((format!("2020-01-31T14:05:{second}Z"), exactness));
        for given in [
            "1580479506",
            "1580479506000",
            "1580479506.0",
            "2020-01-31T14:05:06Z",
            "2020-01-31 14:05:06",
            "2020-01-31T15:05:06+01:00",
            "31 Jan 2020, 14:05:06",
        ] {
            assert_eq!(read(given), at("06", Exactness::Exact), "{given}");
        }
        for given in ["2020-01-31 14:05", "31 Jan 2020 14:05", "31 Jan 2020, 14:05", "2020-01-31 14:05 UTC"] {
            assert_eq!(read(given), at("00", Exactness::Minute), "{given}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for given in
            ["", "soon", "0", "-5", "1e300", "NaN", "inf", "2020-13-01 10:00", "01 Xyz 2020 10:00", "é é é é"]
        {
            assert_eq!(read(given), None, "{given}");
        }
    }
}
