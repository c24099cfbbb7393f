//! What people play.

use serde::{Deserialize, Serialize};

use super::{ArtistId, DropId, Timestamp, TrackId, UserId};

/// How well the start of a listen is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exactness {
    /// Some time within a day: of a list without times that was looked at seldom.
    Day,
    /// Worked out from other facts, such as an upload time; minutes off at most.
    Estimated,
    /// Known to the minute.
    Minute,
    /// Known to the second or better.
    Exact,
}

/// One play of one track by one user. Unique by (user, track, start).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listen {
    /// Who listened.
    pub user: UserId,
    /// To what.
    pub track: TrackId,
    /// When the play began.
    pub start: Timestamp,
    /// How exact `start` is.
    pub exactness: Exactness,
    /// How long it played, in milliseconds, where known.
    pub played_ms: Option<u32>,
    /// Where the play was read from, such as `spotify`.
    pub source: String,
}

/// A listen that is known better now: which one, and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// What was written of the person: the track.
    pub track: TrackId,
    /// And the start.
    pub start: Timestamp,
    /// The same play of the same person, as it is known now.
    pub by: Listen,
}

/// A play of a drop's track by somebody who had been shown the drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlayAfter {
    /// The drop that was shown.
    pub drop: DropId,
    /// What was played.
    pub track: TrackId,
    /// By whom.
    pub user: UserId,
    /// When the drop was shown to them, the first time.
    pub shown_at: Timestamp,
    /// When the play began.
    pub start: Timestamp,
    /// How long it played, in milliseconds, where known.
    pub played_ms: Option<u32>,
}

/// The days that a play count covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First instant covered.
    pub from: Timestamp,
    /// First instant no longer covered.
    pub to: Timestamp,
}

impl Span {
    /// The calendar month of UTC that holds an instant; none beyond the years that a calendar knows.
    ///
    /// ```
    /// # use signal_core::model::Span;
    /// let month = Span::month_of("2026-02-17T12:00:00Z".parse()?).expect("a month");
    /// assert_eq!(month.to.to_string(), "2026-03-01T00:00:00Z");
    /// assert!(month.is_month());
    /// # Ok::<(), signal_core::model::InvalidTime>(())
    /// ```
    pub fn month_of(at: Timestamp) -> Option<Self> {
        let utc = jiff::tz::TimeZone::UTC;
        let instant = jiff::Timestamp::from_microsecond(at.micros()).ok()?;
        let first = instant.to_zoned(utc.clone()).date().first_of_month();
        let next = first.checked_add(jiff::Span::new().months(1)).ok()?;
        let begin = |day: jiff::civil::Date| {
            let instant = day.to_zoned(utc.clone()).ok()?.timestamp();
            Some(Timestamp::from_micros(instant.as_microsecond()))
        };
        Some(Self { from: begin(first)?, to: begin(next)? })
    }

    /// Whether it is a calendar month of UTC. Counts over months add up; of other counts the largest is what is known.
    pub fn is_month(self) -> bool {
        Self::month_of(self.from) == Some(self)
    }
}

/// What was played: an artist when no more is known, else a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlayedItem {
    /// Only the artist is known.
    Artist(ArtistId),
    /// The track is known.
    Track(TrackId),
}

/// Plays of an artist or track by one user over a span. Unique by (user, item, source, span).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayCount {
    /// Who listened.
    pub user: UserId,
    /// To what.
    pub item: PlayedItem,
    /// How often.
    pub plays: u64,
    /// Over which days, where known.
    pub span: Option<Span>,
    /// Where the count was read from, such as `hetrec`.
    pub source: String,
}
