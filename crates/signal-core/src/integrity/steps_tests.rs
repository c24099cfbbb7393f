use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::integrity::RatingFact;
use crate::model::{DropId, Timestamp, UserId};
use crate::policy::Policy;

fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n))
}

/// Ratings of one's own drops are left out with what does not count.
fn facts(drawn: &[(u8, u8, u8, u16)]) -> Vec<RatingFact> {
    let mut seen = std::collections::BTreeSet::new();
    let mut facts = Vec::new();
    for &(rater, drop, halves, minutes) in drawn {
        if seen.insert((rater, drop)) {
            facts.push(RatingFact {
                rater: user(u128::from(rater)),
                author: user(1_000 + u128::from(drop % 3)),
                drop: DropId::from_uuid(Uuid::from_u128(u128::from(drop))),
                value: f64::from(halves) / 10.0,
                at: Timestamp::from_seconds(i64::from(minutes) * 60),
                counted: true,
                open: true,
            });
        }
    }
    facts
}

/// Every pair of ratings of a drop, as the definition has it: each is compared with the next ones.
fn pair_by_pair(steps: &Steps<'_>, how: Alike) -> BTreeMap<(u32, u32), u32> {
    let mut met = BTreeMap::new();
    for drop in 0..20 {
        let range = steps.ratings.of_drop(drop);
        for place in range.clone() {
            let one = steps.ratings.rows[place];
            let alike: Vec<usize> = match how {
                Alike::InTime => (place + 1..range.end)
                    .take_while(|other| steps.ratings.rows[*other].at < one.at.plus_seconds(steps.window))
                    .take(COMPARED)
                    .filter(|other| (steps.ratings.rows[*other].value - one.value).abs() <= HALF_STAR)
                    .collect(),
                Alike::Away if steps.sides[place] == 0 => Vec::new(),
                Alike::Away => (place + 1..range.end)
                    .filter(|other| steps.sides[*other] == steps.sides[place])
                    .take(COMPARED)
                    .collect(),
            };
            for other in alike.into_iter().map(|other| steps.ratings.rows[other].rater) {
                *met.entry((one.rater.min(other), one.rater.max(other))).or_insert(0) += 1;
            }
        }
    }
    met
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Person by person comes to the same as pair by pair.
    #[test]
    fn streams_find_every_pair(
        drawn in prop::collection::vec((0u8..90, 0u8..6, 0u8..=10, 0u16..400), 0..500),
        least in 1usize..4,
    ) {
        let counted = CountedRatings::new(&facts(&drawn));
        let steps = Steps::new(&counted, &Policy::default().integrity);
        for how in [Alike::InTime, Alike::Away] {
            let all = pair_by_pair(&steps, how);
            let found = steps.pairs(how, least);
            prop_assert_eq!(found.alike, all.values().map(|times| u64::from(*times)).sum::<u64>());
            let often: Vec<Pair> = all.into_iter().filter(|pair| pair.1 as usize >= least).collect();
            prop_assert_eq!(found.often, often);
        }
    }
}

#[test]
fn a_crowd_in_step_is_held_by_some_of_its_links() {
    // Four hundred rate four drops within a minute and alike, in four orders; each is compared with 64 before and behind.
    let drawn = (0_u128..).zip([7, 11, 13, 17]);
    let drawn = drawn.flat_map(|(drop, step)| (0..400_u128).map(move |place| (place, step, drop)));
    let facts: Vec<RatingFact> = drawn
        .map(|(place, step, drop)| RatingFact {
            rater: user(place * step % 400),
            author: user(1_000),
            drop: DropId::from_uuid(Uuid::from_u128(drop)),
            value: 0.6,
            at: Timestamp::from_micros(i64::try_from(place).unwrap()),
            counted: true,
            open: true,
        })
        .collect();
    let counted = CountedRatings::new(&facts);
    let steps = Steps::new(&counted, &Policy::default().integrity);
    let mut links: BTreeMap<u32, usize> = BTreeMap::new();
    for pair in steps.pairs(Alike::InTime, 1).often {
        *links.entry(pair.0.0).or_default() += 1;
    }
    assert_eq!(links.values().max(), Some(&MOST_LINKS));
}
