//! What was played between two looks at a list that says nothing of time, holds each song once, newest first, and is wrong at
//! times: it may be old for a while, and even flip back.
//!
//! Only what a play can do to such a list counts as plays. Whatever else changed it makes a new baseline: plays may be missing
//! then, but none was invented.

/// Lists that are remembered, so that one which comes back is known as old.
const RECENT_MAX: usize = 12;

/// What a list says after another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It is the same.
    None,
    /// Songs were played: their places in the new list, newest first.
    Played(Vec<usize>),
    /// It is one that was seen before the other one, or holds nothing any more: the service is behind.
    Stale,
    /// It cannot be the other one after plays.
    Reset,
}

/// Compares a list with the one before. `recent` are marks of lists that were seen earlier, `mark` that of the new one.
pub(super) fn diff(before: &[String], list: &[String], recent: &[u64], mark: u64) -> Change {
    if before == list {
        return Change::None;
    }
    // To nothing everything is new: the account may be, or the service showed nothing for a while.
    if before.is_empty() {
        return Change::Reset;
    }
    // Plays empty no list.
    if list.is_empty() || recent.contains(&mark) {
        return Change::Stale;
    }
    let played = prepended(before, list).or_else(|| bumped(before, list)).or_else(|| rebound(before, list));
    played.map_or(Change::Reset, Change::Played)
}

/// Marks of lists seen, with one more and without the oldest.
pub(super) fn remember(mut recent: Vec<u64>, mark: u64) -> Vec<u64> {
    recent.retain(|seen| *seen != mark);
    recent.push(mark);
    let extra = recent.len().saturating_sub(RECENT_MAX);
    recent.drain(..extra);
    recent
}

/// New songs stand above all that was there.
fn prepended(before: &[String], list: &[String]) -> Option<Vec<usize>> {
    // At least one known song ties the lists together.
    let new = (1..list.len()).find(|new| continues(before, &list[*new..], *new, list.len()))?;
    // A known song is new on top only where the list keeps it below as well.
    let (above, rest) = list.split_at(new);
    let fresh = above.iter().all(|song| !before.contains(song) || rest.contains(song));
    fresh.then(|| (0..new).collect())
}

/// One known song moved to the top.
fn bumped(before: &[String], list: &[String]) -> Option<Vec<usize>> {
    let top = list.first()?;
    let place = before.iter().position(|song| song == top).filter(|place| *place > 0)?;
    let rest: Vec<_> =
        before.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, song)| song).collect();
    (list.len() == before.len() && list[1..].iter().eq(rest)).then(|| vec![0])
}

/// New songs stand right below the song that is still on top: it was played, they were, and it was again. At least one known
/// song below ties the lists together: below a list of one, songs may have come in that were played long ago.
fn rebound(before: &[String], list: &[String]) -> Option<Vec<usize>> {
    let (top, below) = list.split_first()?;
    let (old_top, old_below) = before.split_first().filter(|(old_top, _)| *old_top == top)?;
    let new = (1..below.len()).find(|new| continues(old_below, &below[*new..], *new, below.len()))?;
    let fresh = below[..new].iter().all(|song| song != old_top && !old_below.contains(song));
    fresh.then(|| (0..=new).collect())
}

/// Whether `rest` is how `before` goes on below `new` songs in a list of so many: all of it, or cut at the end by no more than
/// came in.
fn continues(before: &[String], rest: &[String], new: usize, length: usize) -> bool {
    before.starts_with(rest) && length >= before.len() && length <= before.len() + new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(songs: &str) -> Vec<String> {
        songs.chars().map(String::from).collect()
    }

    fn change(before: &str, after: &str) -> Change {
        diff(&list(before), &list(after), &[], 0)
    }

    #[test]
    fn the_same_list_is_no_play() {
        assert_eq!(change("abc", "abc"), Change::None);
        assert_eq!(change("", ""), Change::None);
    }

    #[test]
    fn songs_above_the_known_ones_are_plays() {
        assert_eq!(change("abc", "xabc"), Change::Played(vec![0]));
        assert_eq!(change("abc", "yxabc"), Change::Played(vec![0, 1]));
        assert_eq!(change("abc", "xab"), Change::Played(vec![0]), "the list has a depth");
        assert_eq!(change("abc", "yxa"), Change::Played(vec![0, 1]));
    }

    #[test]
    fn a_known_song_on_top_was_played_again() {
        assert_eq!(change("abcd", "cabd"), Change::Played(vec![0]));
        assert_eq!(change("abcd", "dabc"), Change::Played(vec![0]));
        assert_eq!(change("ab", "ba"), Change::Played(vec![0]));
    }

    #[test]
    fn songs_right_below_the_same_top_were_played_before_it_was_again() {
        assert_eq!(change("abc", "axbc"), Change::Played(vec![0, 1]));
        assert_eq!(change("abc", "ayxbc"), Change::Played(vec![0, 1, 2]));
        assert_eq!(change("abc", "axb"), Change::Played(vec![0, 1]));
    }

    #[test]
    fn a_list_that_keeps_a_song_twice_is_read_as_well() {
        assert_eq!(change("abc", "babc"), Change::Played(vec![0]));
        assert_eq!(change("abc", "aabc"), Change::Played(vec![0]));
    }

    #[test]
    fn what_plays_cannot_do_is_a_new_baseline() {
        for (before, after, why) in [
            ("abc", "abcx", "appended"),
            ("abcd", "acbd", "shuffled"),
            ("abcd", "dcba", "turned round"),
            ("abc", "xyz", "replaced"),
            ("abc", "ab", "shortened"),
            ("abc", "bc", "the top is gone"),
            ("", "a", "there was nothing, and a song was played or came back"),
            ("", "abc", "there was nothing"),
            ("a", "abc", "there was one song, and others came in below"),
            ("abcd", "cbad", "two songs moved"),
            ("abc", "xacb", "a song came and others moved"),
        ] {
            assert_eq!(change(before, after), Change::Reset, "{why}");
        }
    }

    #[test]
    fn a_list_that_flips_back_is_old_and_no_play() {
        assert_eq!(diff(&list("ba"), &list("ab"), &[7], 7), Change::Stale);
        assert_eq!(diff(&list("ba"), &list("ab"), &[8], 7), Change::Played(vec![0]));
        assert_eq!(change("abc", ""), Change::Stale, "plays empty no list");
    }

    #[test]
    fn so_many_lists_are_remembered_and_no_more() {
        let recent = (0..50).fold(Vec::new(), remember);
        assert_eq!(recent.len(), RECENT_MAX);
        assert_eq!(remember(recent.clone(), 45).last(), Some(&45));
        assert_eq!(remember(recent, 45).len(), RECENT_MAX);
    }

    proptest::proptest! {
        /// Whatever a listener does between two looks, one song at a time, is told as exactly that song.
        #[test]
        fn every_single_play_is_found(songs in proptest::collection::vec(0_u8..12, 1..40)) {
            let mut shown: Vec<String> = Vec::new();
            for song in songs {
                let mut next = shown.clone();
                let song = song.to_string();
                next.retain(|known| *known != song);
                next.insert(0, song);
                next.truncate(8);
                let change = diff(&shown, &next, &[], 0);
                let expected = match () {
                    () if shown == next => Change::None,
                    () if shown.is_empty() => Change::Reset,
                    () => Change::Played(vec![0]),
                };
                proptest::prop_assert_eq!(change, expected);
                shown = next;
            }
        }
    }
}
