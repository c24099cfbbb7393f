//! Which plays are one and the same, told by several sources.
//!
//! Plays of under 30 seconds are no listens, so nobody begins the same track twice within that time: closer starts are one
//! play, or closer than the shorter of both took where that is known. Times that are known less well get more room, but not within one source, whose own clock tells its plays apart.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Exactness, Listen, Timestamp, TrackId};

const SECOND: i64 = 1_000_000;

/// How far apart two exact starts of one play may be: players and services start their clocks differently.
const EXACT_WITHIN: i64 = 30 * SECOND;
/// How far an exact start may be from one known to the minute.
const MINUTE_WITHIN: i64 = 90 * SECOND;
/// How far any start may be from an estimated one.
const ESTIMATED_WITHIN: i64 = 300 * SECOND;

/// The farthest that two starts of one play can be apart, in microseconds.
pub(super) const WITHIN_MAX: i64 = ESTIMATED_WITHIN;

/// A play that is known.
#[derive(Debug, Clone)]
struct Play {
    exactness: Exactness,
    source: String,
    played_ms: Option<u32>,
    /// Its place among those that are not written yet.
    waiting: Option<usize>,
}

impl Play {
    fn of(listen: &Listen, waiting: Option<usize>) -> Self {
        let Listen { exactness, played_ms, .. } = *listen;
        Self { exactness, source: listen.source.clone(), played_ms, waiting }
    }

    /// How far from this one's start that of another telling may be, in microseconds.
    fn within(&self, other: &Listen) -> i64 {
        let shortest = self.played_ms.into_iter().chain(other.played_ms).min();
        match self.exactness.min(other.exactness) {
            Exactness::Exact => {
                shortest.map_or(EXACT_WITHIN, |millis| EXACT_WITHIN.min(i64::from(millis) * 1_000))
            }
            _ if self.source == other.source && self.exactness == other.exactness => 0,
            Exactness::Minute => MINUTE_WITHIN,
            Exactness::Estimated => ESTIMATED_WITHIN,
        }
    }
}

/// Plays of one person that are known, and those that are new.
#[derive(Debug, Default)]
pub(super) struct Plays {
    known: HashMap<TrackId, BTreeMap<Timestamp, Play>>,
    new: Vec<Listen>,
}

impl Plays {
    /// A play that is written already; `track` is what its track is read as.
    pub(super) fn know(&mut self, track: TrackId, listen: &Listen) {
        self.known.entry(track).or_default().insert(listen.start, Play::of(listen, None));
    }

    /// Takes a play in, unless it is one of those that are known. Of two that are not written yet, the more exact one stays.
    pub(super) fn add(&mut self, track: TrackId, listen: Listen) {
        let starts = self.known.entry(track).or_default();
        let at = |micros: i64| Timestamp::from_micros(listen.start.micros().saturating_add(micros));
        let apart = |start: &Timestamp| (start.micros() - listen.start.micros()).abs();
        let same = starts
            .range(at(-WITHIN_MAX)..=at(WITHIN_MAX))
            .filter(|(start, play)| apart(start) == 0 || apart(start) < play.within(&listen))
            .min_by_key(|(start, _)| apart(start))
            .map(|(start, play)| (*start, play.clone()));
        match same {
            // The store itself knows what to do with equal starts: the more exact one wins.
            Some((start, play)) if start == listen.start && play.waiting.is_none() => self.new.push(listen),
            Some((start, Play { exactness, waiting: Some(place), .. })) => {
                if listen.exactness > exactness
                    && let Some(known) = self.new.get_mut(place)
                {
                    starts.remove(&start);
                    starts.insert(listen.start, Play::of(&listen, Some(place)));
                    *known = listen;
                }
            }
            Some(_) => {}
            None => {
                starts.insert(listen.start, Play::of(&listen, Some(self.new.len())));
                self.new.push(listen);
            }
        }
    }

    /// What is to be written.
    pub(super) fn into_new(self) -> Vec<Listen> {
        self.new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserId;
    use uuid::Uuid;

    fn listen(second: i64, exactness: Exactness, source: &str) -> Listen {
        Listen {
            user: UserId::from_uuid(Uuid::nil()),
            track: TrackId::from_uuid(Uuid::nil()),
            start: Timestamp::from_micros((1_000 + second) * SECOND),
            exactness,
            played_ms: None,
            source: source.to_owned(),
        }
    }

    /// The starts that stay of plays of one track, in seconds.
    fn starts(written: &[Listen], told: &[Listen]) -> Vec<i64> {
        let mut plays = Plays::default();
        let track = TrackId::from_uuid(Uuid::nil());
        for listen in written {
            plays.know(track, listen);
        }
        for listen in told {
            plays.add(track, listen.clone());
        }
        plays.into_new().iter().map(|listen| listen.start.micros() / SECOND - 1_000).collect()
    }

    #[test]
    fn near_starts_are_one_play_and_others_are_not() {
        use Exactness::{Estimated, Exact, Minute};
        let cases = [
            ((Exact, "a"), (Exact, "a"), 29, true),
            ((Exact, "a"), (Exact, "b"), 30, false),
            ((Exact, "a"), (Minute, "a"), 89, true),
            ((Minute, "a"), (Minute, "b"), 89, true),
            ((Minute, "a"), (Minute, "b"), 90, false),
            ((Minute, "a"), (Minute, "a"), 60, false),
            ((Minute, "a"), (Minute, "a"), 0, true),
            ((Estimated, "a"), (Exact, "b"), 299, true),
            ((Estimated, "a"), (Estimated, "a"), 100, false),
            ((Estimated, "a"), (Minute, "a"), 300, false),
        ];
        for ((one, from), (other, to), apart, same) in cases {
            for sign in [1, -1] {
                let told = [listen(0, one, from), listen(sign * apart, other, to)];
                assert_eq!(starts(&[], &told).len(), if same { 1 } else { 2 }, "{told:?}");
            }
        }
    }

    #[test]
    fn the_more_exact_time_wins_among_those_not_written() {
        let (minute, exact) = (listen(0, Exactness::Minute, "a"), listen(40, Exactness::Exact, "b"));
        assert_eq!(starts(&[], &[minute.clone(), exact.clone()]), [40]);
        assert_eq!(starts(&[], &[exact.clone(), minute.clone()]), [40]);
        let later = listen(50, Exactness::Exact, "c");
        assert_eq!(starts(&[], &[minute.clone(), exact.clone(), later]), [40]);
        assert_eq!(starts(&[minute], &[exact]), Vec::<i64>::new());
    }

    #[test]
    fn a_skip_and_the_play_after_it_are_two() {
        let of = |second, millis| Listen { played_ms: Some(millis), ..listen(second, Exactness::Exact, "a") };
        assert_eq!(starts(&[], &[of(0, 12_000), of(12, 200_000)]), [0, 12]);
        assert_eq!(starts(&[], &[of(0, 200_000), of(12, 200_000)]), [0]);
    }

    #[test]
    fn an_equal_start_is_left_to_the_store() {
        let minute = listen(0, Exactness::Minute, "a");
        assert_eq!(starts(std::slice::from_ref(&minute), &[listen(0, Exactness::Exact, "b")]), [0]);
        assert_eq!(starts(std::slice::from_ref(&minute), std::slice::from_ref(&minute)), [0]);
    }
}
