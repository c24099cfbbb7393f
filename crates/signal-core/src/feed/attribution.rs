//! Which drop a play is owed to.
//!
//! A play by somebody who was shown a drop of that track before counts for the drop, unless it is known to be cut short or
//! the drop is their own. Where several drops of the track were shown to them before it began, the last one has it; of two
//! shown in the same instant, the younger drop. Whoever has such plays on two UTC days or more has kept the track.

use std::collections::BTreeMap;

use crate::model::{DropId, PlayAfter, Timestamp, TrackId, UserId, UtcDay};

/// What one person made of a drop that they were shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conversion {
    /// Which drop.
    pub drop: DropId,
    /// Who played its track.
    pub user: UserId,
    /// When the drop was shown to them.
    pub shown_at: Timestamp,
    /// Whether they played it on several days.
    pub kept: bool,
}

/// The conversions among plays, each drop and person once, sorted by both. Plays of a known length below `short_ms` are
/// skips, and `is_author` knows whose drops are whose. All drops of a track must have been asked for together.
///
/// ```
/// use signal_core::feed::conversions;
/// use signal_core::model::{DropId, PlayAfter, Timestamp, TrackId, UserId};
/// use uuid::Uuid;
///
/// let after = |drop: u128, shown: i64, start: i64| PlayAfter {
///     drop: DropId::from_uuid(Uuid::from_u128(drop)),
///     track: TrackId::from_uuid(Uuid::from_u128(9)),
///     user: UserId::from_uuid(Uuid::from_u128(7)),
///     shown_at: Timestamp::from_seconds(shown),
///     start: Timestamp::from_seconds(start),
///     played_ms: None,
/// };
/// // One play, after two drops of its track were shown: the last one has it.
/// let found = conversions(&[after(1, 100, 300), after(2, 200, 300)], 30_000, |_, _| false);
/// assert_eq!(found.len(), 1);
/// assert_eq!(found[0].drop.uuid(), Uuid::from_u128(2));
/// ```
pub fn conversions(
    plays: &[PlayAfter],
    short_ms: u32,
    is_author: impl Fn(UserId, DropId) -> bool,
) -> Vec<Conversion> {
    let counted = plays
        .iter()
        .filter(|play| play.played_ms.is_none_or(|ms| ms >= short_ms) && !is_author(play.user, play.drop));
    let mut owed: BTreeMap<(UserId, TrackId, Timestamp), (Timestamp, DropId)> = BTreeMap::new();
    for play in counted {
        let shown = (play.shown_at, play.drop);
        let last = owed.entry((play.user, play.track, play.start)).or_insert(shown);
        *last = shown.max(*last);
    }
    let mut found: BTreeMap<(DropId, UserId), (Conversion, UtcDay)> = BTreeMap::new();
    for ((user, _, start), (shown_at, drop)) in owed {
        let first = Conversion { drop, user, shown_at, kept: false };
        let (conversion, day) = found.entry((drop, user)).or_insert((first, start.utc_day()));
        conversion.kept |= *day != start.utc_day();
    }
    found.into_values().map(|(conversion, _)| conversion).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const DAY: i64 = 86_400;
    const SHORT_MS: u32 = 30_000;

    fn after(user: u128, drop: u128, shown: i64, start: i64) -> PlayAfter {
        PlayAfter {
            drop: DropId::from_uuid(Uuid::from_u128(drop)),
            track: TrackId::from_uuid(Uuid::from_u128(1)),
            user: UserId::from_uuid(Uuid::from_u128(user)),
            shown_at: Timestamp::from_seconds(shown),
            start: Timestamp::from_seconds(start),
            played_ms: Some(200_000),
        }
    }

    /// Drop, person and whether they kept it.
    fn found(plays: &[PlayAfter]) -> Vec<(u128, u128, bool)> {
        let author = |user: UserId, drop: DropId| user.uuid().as_u128() == 100 + drop.uuid().as_u128();
        let found = conversions(plays, SHORT_MS, author);
        found.iter().map(|c| (c.drop.uuid().as_u128(), c.user.uuid().as_u128(), c.kept)).collect()
    }

    #[test]
    fn the_drop_shown_last_before_the_play_has_it() {
        assert_eq!(found(&[after(7, 1, 10, 30), after(7, 2, 20, 30)]), [(2, 7, false)]);
        assert_eq!(found(&[after(7, 2, 10, 30), after(7, 1, 20, 30)]), [(1, 7, false)]);
        // The second drop was shown after the first play, and has the second one alone.
        let both = [after(7, 1, 10, 15), after(7, 1, 10, 30), after(7, 2, 20, 30)];
        assert_eq!(found(&both), [(1, 7, false), (2, 7, false)]);
        assert_eq!(found(&[after(7, 2, 10, 30), after(7, 1, 10, 30)]), [(2, 7, false)], "at once");
    }

    #[test]
    fn skips_and_the_authors_own_plays_do_not_count() {
        let of = |played_ms| found(&[PlayAfter { played_ms, ..after(7, 1, 10, 30) }]).len();
        assert_eq!((of(Some(29_999)), of(Some(30_000)), of(None)), (0, 1, 1));
        assert_eq!(found(&[after(101, 1, 10, 30)]), []);
        // One's own drop does not take a play from somebody else's.
        assert_eq!(found(&[after(101, 1, 20, 30), after(101, 2, 10, 30)]), [(2, 101, false)]);
    }

    #[test]
    fn a_track_is_kept_when_it_was_played_on_two_days() {
        let day = |n: i64| after(7, 1, 0, n * DAY + 60);
        assert_eq!(found(&[day(0), after(7, 1, 0, 3_600)]), [(1, 7, false)], "twice on one day");
        assert_eq!(found(&[day(0), day(1)]), [(1, 7, true)]);
        let skip = PlayAfter { played_ms: Some(1), ..day(1) };
        assert_eq!(found(&[day(0), skip]), [(1, 7, false)]);
    }

    proptest! {
        #[test]
        fn each_play_counts_for_one_drop_whatever_the_order(
            rows in prop::collection::vec((0..3_u128, 0..4_u128, 0..5_i64, 0..9_i64), 0..40),
            turn in any::<usize>(),
        ) {
            let mut plays: Vec<_> = rows
                .into_iter()
                .filter(|(_, _, shown, start)| shown <= start)
                .map(|(user, drop, shown, start)| after(user, drop, shown * DAY, start * DAY))
                .collect();
            let straight = found(&plays);
            let people: std::collections::BTreeSet<_> = plays.iter().map(|p| (p.user, p.start)).collect();
            prop_assert!(straight.len() <= people.len());
            let middle = turn.checked_rem(plays.len()).unwrap_or(0);
            plays.rotate_left(middle);
            prop_assert_eq!(found(&plays), straight);
        }
    }
}
