//! What the listeners of an artist play beside them.

use super::simple::KNN_LISTENERS_MAX;
use crate::taste::factors::Interactions;

/// The artist of a history that says most for another one: of those that at least `least` listeners of `item` play, and
/// a larger share of them than of everybody, the one with the largest cosine. `but`, who asks, is not counted.
///
/// ```text
/// cosine = |listeners of both| / √(|listeners of it| · |listeners of item|)
/// ```
///
/// `history` is sorted. Looks at no more than [`KNN_LISTENERS_MAX`] listeners, spread evenly over more, and counts those
/// alone. Costs O(listeners · row · log history).
///
/// ```
/// use signal_core::taste::factors::Interactions;
/// use signal_core::taste::recommend::also_played;
///
/// // Artists 0 and 1 share their two listeners; everybody plays artist 2.
/// let cells = [(0, 0, 1.0), (1, 0, 1.0), (0, 1, 1.0), (1, 1, 1.0), (0, 2, 1.0), (1, 2, 1.0), (2, 2, 1.0)];
/// let plays = Interactions::new(3, 3, cells)?;
/// assert_eq!(also_played(&plays, &[1, 2], 0, None, 2), Some(1));
/// assert_eq!(also_played(&plays, &[1, 2], 0, None, 3), None);
/// assert_eq!(also_played(&plays, &[2], 0, None, 1), None);
/// # Ok::<(), signal_core::taste::factors::FactorsError>(())
/// ```
pub fn also_played(
    plays: &Interactions,
    history: &[u32],
    item: u32,
    but: Option<u32>,
    least: usize,
) -> Option<u32> {
    let listeners = plays.item(item).ids();
    let step = listeners.len().div_ceil(KNN_LISTENERS_MAX).max(1);
    let (mut seen, mut shared) = (0usize, vec![0usize; history.len()]);
    for person in listeners.iter().step_by(step).filter(|person| Some(**person) != but) {
        seen += 1;
        for place in plays.user(*person).ids().iter().filter_map(|other| history.binary_search(other).ok()) {
            if let Some(count) = shared.get_mut(place) {
                *count += 1;
            }
        }
    }
    let strength = |(&other, &count): (&u32, &usize)| {
        let all = plays.item(other).len();
        let more = count as u128 * plays.users() as u128 > all as u128 * seen as u128;
        (count >= least.max(1) && more).then(|| (count as f64 / (all.max(1) as f64).sqrt(), other))
    };
    let found = history.iter().zip(&shared).filter_map(strength);
    found.max_by(|x, y| x.0.total_cmp(&y.0).then(y.1.cmp(&x.1))).map(|(_, other)| other)
}
