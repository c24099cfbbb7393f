//! Which plays are one and the same, told by several sources.
//!
//! Plays of under 30 seconds are no listens, so nobody begins the same track twice within that time: closer exact starts are
//! one play, or closer than the shorter of both took where that is known. Times that are known less well get more room; there,
//! a play that is known is the same as one play of each telling at most, whose own clock tells its plays apart.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Correction, Exactness, Listen, Timestamp, TrackId};

const SECOND: i64 = 1_000_000;

/// How far apart two exact starts of one play may be: players and services start their clocks differently.
const EXACT_WITHIN: i64 = 30 * SECOND;
/// How far an exact start may be from one known to the minute.
const MINUTE_WITHIN: i64 = 90 * SECOND;
/// How far any start may be from an estimated one: some services tell the end of a play, others its start, and nobody says
/// which, so that an estimate may be off by the length of a track; and of others there is only what changed between two looks.
const ESTIMATED_WITHIN: i64 = 720 * SECOND;
/// How far any start may be from one that is known to the day.
const DAY_WITHIN: i64 = 86_400 * SECOND;

/// The farthest that two starts of one play can be apart, in microseconds.
pub(super) const WITHIN_MAX: i64 = DAY_WITHIN;

/// A source in one of its ways to tell of plays: an export of a service knows other things of a play than its history does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Telling {
    /// The place of the source's name.
    source: usize,
    exactness: Exactness,
    knows_length: bool,
}

/// Where a play is.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the store.
    Written,
    /// Among those to be written.
    New(usize),
    /// In the store, with a better one to take its place.
    Better(usize),
}

/// A play that is known.
#[derive(Debug, Clone)]
struct Play {
    /// The track that it is written under.
    track: TrackId,
    played_ms: Option<u32>,
    by: Telling,
    /// Which others have told it as well, and with which start.
    too: Vec<(Telling, Timestamp)>,
    place: Place,
}

impl Play {
    /// How far from this play's start that of another telling is, in microseconds; none where they cannot be one play.
    fn apart(&self, start: Timestamp, by: Telling, listen: &Listen) -> Option<i64> {
        let apart = (start.micros() - listen.start.micros()).abs();
        if apart == 0 || self.too.contains(&(by, listen.start)) {
            return Some(0);
        }
        let within = match self.by.exactness.min(by.exactness) {
            Exactness::Exact => {
                let shortest = self.played_ms.into_iter().chain(listen.played_ms).min();
                shortest.map_or(EXACT_WITHIN, |millis| EXACT_WITHIN.min(i64::from(millis) * 1_000))
            }
            _ if self.by == by || self.too.iter().any(|(other, _)| *other == by) => 0,
            Exactness::Minute => MINUTE_WITHIN,
            Exactness::Estimated => ESTIMATED_WITHIN,
            Exactness::Day => DAY_WITHIN,
        };
        (apart < within).then_some(apart)
    }
}

/// Plays of one person that are known, and what there is to write.
#[derive(Debug, Default)]
pub(super) struct Plays {
    sources: Vec<String>,
    known: HashMap<TrackId, BTreeMap<Timestamp, Play>>,
    new: Vec<Listen>,
    better: Vec<Correction>,
}

impl Plays {
    /// A play that is written already; `track` is what its track is read as.
    pub(super) fn know(&mut self, track: TrackId, listen: &Listen) {
        let play = self.play(listen, Place::Written);
        self.known.entry(track).or_default().insert(listen.start, play);
    }

    /// Takes a play in, unless it is one of those that are known. Of two tellings the more exact one stays.
    pub(super) fn add(&mut self, track: TrackId, listen: Listen) {
        let by = self.telling(&listen);
        let starts = self.known.entry(track).or_default();
        let at = |micros: i64| Timestamp::from_micros(listen.start.micros().saturating_add(micros));
        let same = starts
            .range(at(-WITHIN_MAX)..=at(WITHIN_MAX))
            .filter_map(|(start, play)| Some((play.apart(*start, by, &listen)?, *start)))
            .min();
        if let Some((_, start)) = same {
            return self.tell_again(track, start, by, listen);
        }
        let play = self.play(&listen, Place::New(self.new.len()));
        self.known.entry(track).or_default().insert(listen.start, play);
        self.new.push(listen);
    }

    /// A known play was told once more.
    fn tell_again(&mut self, track: TrackId, start: Timestamp, by: Telling, listen: Listen) {
        let Some(starts) = self.known.get_mut(&track) else { return };
        let Some(known) = starts.get_mut(&start) else { return };
        if by.exactness <= known.by.exactness {
            if start != listen.start && !known.too.contains(&(by, listen.start)) {
                known.too.push((by, listen.start));
            }
            return;
        }
        let Some(mut play) = starts.remove(&start) else { return };
        play.too.push((play.by, start));
        (play.by, play.played_ms) = (by, listen.played_ms);
        let begun = listen.start;
        match play.place {
            Place::Written => {
                play.place = Place::Better(self.better.len());
                self.better.push(Correction { track: play.track, start, by: listen });
            }
            Place::New(place) => {
                if let Some(new) = self.new.get_mut(place) {
                    *new = listen;
                }
            }
            Place::Better(place) => {
                if let Some(better) = self.better.get_mut(place) {
                    better.by = listen;
                }
            }
        }
        starts.insert(begun, play);
    }

    fn play(&mut self, listen: &Listen, place: Place) -> Play {
        let by = self.telling(listen);
        Play { track: listen.track, played_ms: listen.played_ms, by, too: Vec::new(), place }
    }

    fn telling(&mut self, listen: &Listen) -> Telling {
        let source = self.sources.iter().position(|source| *source == listen.source).unwrap_or_else(|| {
            self.sources.push(listen.source.clone());
            self.sources.len() - 1
        });
        Telling { source, exactness: listen.exactness, knows_length: listen.played_ms.is_some() }
    }

    /// What is to be written: new plays, and better tellings of those that are written already.
    pub(super) fn into_changes(self) -> (Vec<Listen>, Vec<Correction>) {
        (self.new, self.better)
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
        let (new, better) = plays.into_changes();
        let told = new.iter().chain(better.iter().map(|correction| &correction.by));
        told.map(|listen| listen.start.micros() / SECOND - 1_000).collect()
    }

    #[test]
    fn near_starts_are_one_play_and_others_are_not() {
        use Exactness::{Day, Estimated, Exact, Minute};
        let cases = [
            ((Exact, "a"), (Exact, "a"), 29, true),
            ((Exact, "a"), (Exact, "b"), 30, false),
            ((Exact, "a"), (Minute, "a"), 89, true),
            ((Minute, "a"), (Minute, "b"), 89, true),
            ((Minute, "a"), (Minute, "b"), 90, false),
            ((Minute, "a"), (Minute, "a"), 60, false),
            ((Minute, "a"), (Minute, "a"), 0, true),
            ((Estimated, "a"), (Exact, "b"), 719, true),
            ((Estimated, "a"), (Estimated, "a"), 100, false),
            ((Estimated, "a"), (Minute, "a"), 720, false),
            ((Day, "a"), (Exact, "b"), 86_399, true),
            ((Day, "a"), (Estimated, "b"), 86_400, false),
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
    }

    #[test]
    fn the_more_exact_time_takes_the_place_of_one_that_is_written() {
        let (rough, minute) = (listen(0, Exactness::Estimated, "a"), listen(40, Exactness::Minute, "b"));
        let exact = listen(50, Exactness::Exact, "c");
        let track = TrackId::from_uuid(Uuid::nil());
        let mut plays = Plays::default();
        plays.know(track, &rough);
        for told in [&minute, &exact, &rough, &minute] {
            plays.add(track, told.clone());
        }
        let (new, better) = plays.into_changes();
        assert_eq!(new, []);
        assert_eq!(better, [Correction { track, start: rough.start, by: exact.clone() }]);
        assert_eq!(starts(std::slice::from_ref(&exact), &[minute, rough]), [0_i64; 0]);
    }

    #[test]
    fn each_play_of_one_telling_is_a_play_of_its_own() {
        let polled = |second| listen(second, Exactness::Estimated, "spotify");
        let exported =
            |second| Listen { played_ms: Some(200_000), ..listen(second, Exactness::Exact, "spotify") };
        let both = [polled(0), polled(210)];
        assert_eq!(starts(&[exported(15)], &both), [210], "one of them was in the export");
        assert_eq!(starts(&[exported(15), exported(225)], &both), [0_i64; 0]);
        assert_eq!(starts(&both, &[exported(15), exported(225)]), [15, 225], "both are known better");
        assert_eq!(starts(&both, &[exported(15)]), [15]);
        let offline = Listen { played_ms: Some(200_000), ..polled(60) };
        assert_eq!(starts(&[polled(0)], &[offline]), [0_i64; 0], "estimates of two tellings");
    }

    #[test]
    fn a_play_under_a_track_that_is_read_as_another_is_no_second_one() {
        let (track, merged) = (TrackId::from_uuid(Uuid::nil()), TrackId::from_uuid(Uuid::max()));
        let mut plays = Plays::default();
        plays.know(track, &Listen { track: merged, ..listen(0, Exactness::Minute, "a") });
        plays.add(track, listen(0, Exactness::Minute, "b"));
        assert_eq!(plays.into_changes(), (vec![], vec![]));
        let mut plays = Plays::default();
        plays.know(track, &Listen { track: merged, ..listen(0, Exactness::Minute, "a") });
        let exact = listen(0, Exactness::Exact, "b");
        plays.add(track, exact.clone());
        let corrected = Correction { track: merged, start: exact.start, by: exact };
        assert_eq!(plays.into_changes(), (vec![], vec![corrected]));
    }

    #[test]
    fn a_skip_and_the_play_after_it_are_two() {
        let of = |second, millis| Listen { played_ms: Some(millis), ..listen(second, Exactness::Exact, "a") };
        assert_eq!(starts(&[], &[of(0, 12_000), of(12, 200_000)]), [0, 12]);
        assert_eq!(starts(&[], &[of(0, 200_000), of(12, 200_000)]), [0]);
    }

    #[test]
    fn an_equal_start_is_the_same_play() {
        let minute = listen(0, Exactness::Minute, "a");
        assert_eq!(starts(std::slice::from_ref(&minute), &[listen(0, Exactness::Exact, "b")]), [0]);
        assert_eq!(starts(std::slice::from_ref(&minute), std::slice::from_ref(&minute)), [0_i64; 0]);
    }
}
