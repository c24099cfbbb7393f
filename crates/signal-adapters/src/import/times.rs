//! The ways in which exports write a time.

use signal_core::model::{Exactness, Timestamp};

use super::error::{Problem, excerpt};

/// What is earlier is a clock that was not set: nobody scrobbled before 2000-01-01.
const EARLIEST_SECONDS: i64 = 946_684_800;
/// What is later, 2100-01-01, is no time of a play.
const LATEST_SECONDS: i64 = 4_102_444_800;
/// Larger numbers count milliseconds.
const MILLISECONDS_ABOVE: f64 = 1e11;

/// A time as a number since 1970: seconds or milliseconds, by its size.
pub(super) fn unix(number: f64) -> Option<Timestamp> {
    let seconds = if number > MILLISECONDS_ABOVE { number / 1e3 } else { number };
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is out of range then")]
    Some(Timestamp::from_micros((seconds * 1e6).round() as i64))
        .filter(|_| seconds.is_finite())
        .filter(|time| sensible(*time))
}

/// Whether a play can have been at that time.
fn sensible(time: Timestamp) -> bool {
    (EARLIEST_SECONDS * 1_000_000..LATEST_SECONDS * 1_000_000).contains(&time.micros())
}

/// When a play was; none for a clock that was not set and for no text at all.
pub(super) type Told = Option<(Timestamp, Exactness)>;

/// A time as text, in UTC where it says no offset: a number, RFC 3339, `2020-01-31 14:05[:06]`, or `31 Jan 2020[,] 14:05`.
/// `what` is what a text that is no time is called.
pub(super) fn text(what: &str, text: &str) -> Result<Told, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(number) = text.parse::<f64>() {
        return Ok(unix(number).map(|time| (time, Exactness::Exact)));
    }
    let time = written(text).ok_or_else(|| {
        let what = if what.is_empty() { String::new() } else { format!("{what} ") };
        Problem::new(format!("{what}{} is not a time", excerpt(text)))
    })?;
    Ok(Some(time).filter(|(time, _)| sensible(*time)))
}

/// A time that has a date and a clock.
fn written(text: &str) -> Option<(Timestamp, Exactness)> {
    let (date, time) = match text.split_once(['T', ' ']) {
        // Only with the year first does one know which is the month.
        Some((date, time)) if date.len() == 10 && date.find('/').is_none_or(|at| at == 4) => {
            (date.replace('/', "-"), time)
        }
        _ => worded(text)?,
    };
    let time = time.trim();
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time.trim_end_matches("UTC"), "Z"),
    };
    let clock = clock.trim_end();
    let minute = clock.len() <= 5;
    let clock = if clock.find(':') == Some(1) { format!("0{clock}") } else { clock.to_owned() };
    let seconds = if minute { ":00" } else { "" };
    let time: Timestamp = format!("{date}T{clock}{seconds}{offset}").parse().ok()?;
    Some((time, if minute { Exactness::Minute } else { Exactness::Exact }))
}

/// A date with the month's name, and what follows it.
pub(super) fn worded(text: &str) -> Option<(String, &str)> {
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
        let told = text("time", given).expect(given);
        told.map(|(time, exactness)| (time.to_string(), exactness))
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
            "2020-01-31 14:05:06 +0000",
            "2020/01/31 14:05:06",
        ] {
            assert_eq!(read(given), at("06", Exactness::Exact), "{given}");
        }
        for given in [
            "2020-01-31 14:05",
            "31 Jan 2020 14:05",
            "31 Jan 2020, 14:05",
            "2020-01-31 14:05 UTC",
            "2020-01-31 15:05 +0100",
            "31 January 2020 14:05",
        ] {
            assert_eq!(read(given), at("00", Exactness::Minute), "{given}");
        }
        let early = Some(("2020-01-31T09:05:00Z".to_owned(), Exactness::Minute));
        assert_eq!((read("31 Jan 2020 9:05"), read("2020-01-31 9:05")), (early.clone(), early));
    }

    #[test]
    fn clocks_that_were_not_set_are_no_time_however_they_are_written() {
        for given in [
            "",
            "0",
            "-5",
            "1e300",
            "-1e300",
            "NaN",
            "inf",
            "01 Jan 1970, 00:00",
            "1970-01-01T00:00:00Z",
            "1999-12-31 23:59:59",
            "2100-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "31 Dec 9998 23:59",
        ] {
            assert_eq!(read(given), None, "{given}");
        }
        assert_eq!(read("2000-01-01T00:00:00Z"), Some(("2000-01-01T00:00:00Z".to_owned(), Exactness::Exact)));
    }

    #[test]
    fn what_is_no_time_is_said() {
        for given in
            ["soon", "2020-13-01 10:00", "01 Xyz 2020 10:00", "é é é é", "2020-01-31", "01/02/2020 10:00"]
        {
            let problem = text("date", given).expect_err(given);
            assert_eq!(problem.what, format!("date {given:?} is not a time"));
        }
    }
}
