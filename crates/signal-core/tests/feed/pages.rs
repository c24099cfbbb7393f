//! Pages under a cursor, while the community lives on between them.

use std::collections::BTreeSet;

use pollster::block_on;
use signal_core::engine::FeedItem;
use signal_core::model::{DropId, Verification, Viewer};
use signal_core::policy::{Limits, NeighbourPolicy, Policy};

use super::town::Town;

const PEOPLE: usize = 16;
const SIZE: usize = 5;
const MINUTES_A_DAY: i64 = 24 * 60;

/// Person 0 trusts some, hears what others hear, and is in a circle with two. All have dropped twice in four days, and
/// before that person 1 and 9 once; these two drops were rated well and badly, and are due, but nobody has settled them.
async fn town() -> (Town, [DropId; 2]) {
    let town = Town::of(PEOPLE, Policy::default()).await;
    for (person, user) in town.people.iter().enumerate() {
        let token = format!("token {person}");
        town.engine.verify(*user, Verification::Phone, &token).await.expect("verifies");
    }
    for (to, tenths) in [(1, 9), (2, 5), (3, 4)] {
        town.trust(0, to, tenths).await;
    }
    town.trust(3, 4, 8).await;
    for person in [0, 5, 6, 7] {
        town.plays(person, (0..person + 3).map(|band| (band, 40))).await;
    }
    town.circle(&[0, 8, 9]).await;
    town.engine.build_profiles().await.expect("profiles");
    town.close().await;
    let due = [town.drop(1, 1001).await, town.drop(9, 1009).await];
    town.rate(2..9, due[0], 10).await;
    town.rate(2..9, due[1], 1).await;
    town.pass(4 * MINUTES_A_DAY);
    for (song, author) in (1..PEOPLE).chain(1..PEOPLE).enumerate() {
        town.drop(author, song).await;
        town.pass(180);
    }
    (town, due)
}

/// Fans of two scenes who dropped something each; no stranger's drop is looked at because it is new.
async fn fans(index_from: usize) -> Town {
    let limits = Limits { feed_newest: 0, ..Limits::default() };
    let neighbours = NeighbourPolicy { index_from, ..NeighbourPolicy::default() };
    let town = Town::of(PEOPLE, Policy { limits, neighbours, ..Policy::default() }).await;
    for person in 0..PEOPLE {
        let bands = (0..6).filter(|band| (person / 2 + band) % 4 != 0);
        town.plays(person, bands.map(|band| (person % 2 * 100 + band, 40))).await;
        town.drop(person, person).await;
        town.pass(60);
    }
    town.engine.build_profiles().await.expect("profiles");
    town
}

/// What of an item must stay: its drop may settle meanwhile.
fn told(item: &FeedItem) -> (DropId, u64, String) {
    (item.drop.id, item.score.to_bits(), format!("{:?} {:?}", item.because, item.reasons))
}

/// All pages of person 0; `between` happens after each.
async fn pages(town: &Town, mut between: impl AsyncFnMut(usize)) -> Vec<Vec<(DropId, u64, String)>> {
    let (mut pages, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = town.page(0, cursor.as_deref(), SIZE).await;
        pages.push(page.items.iter().map(told).collect());
        cursor = page.next;
        if cursor.is_none() {
            return pages;
        }
        between(pages.len()).await;
    }
}

#[test]
fn what_happens_between_pages_moves_none_of_them() {
    block_on(async {
        let (town, due) = town().await;
        let alone = pages(&town, async |_| ()).await;
        assert!(alone.len() >= 6, "{}", alone.len());
        let again = pages(&town, async |page| {
            // The first page is seen, two drops are made, one is rated, what is due is settled, and a day is closed.
            let seen: Vec<DropId> = alone[page - 1].iter().map(|(drop, ..)| *drop).collect();
            assert!(town.engine.seen(town.people[0], &seen).await.expect("sees") > 0);
            town.pass(2 * MINUTES_A_DAY);
            let settled = town.engine.settle_due().await.expect("sweeps").settled;
            assert_eq!(page == 1, due.iter().all(|drop| settled.contains(drop)), "{settled:?}");
            let new = town.drop(page, 2000 + page).await;
            town.drop(page + 8, 3000 + page).await;
            town.rate(12..16, new, 9).await;
            town.close().await;
        })
        .await;
        assert_eq!(again, alone);
        let all: Vec<DropId> = again.iter().flatten().map(|(drop, ..)| *drop).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "no drop comes twice");
        // All of it was told anew to somebody who opens the feed now.
        for drop in due {
            let score = town.engine.drop(Viewer::Operator, drop).await.expect("a drop").score;
            assert!(score.is_some(), "it was settled with a score");
        }
        let fresh = pages(&town, async |_| ()).await;
        assert_ne!(fresh.concat(), alone.concat());
    });
}

#[test]
fn what_one_does_not_want_to_see_is_gone_at_once() {
    block_on(async {
        let (town, _) = town().await;
        let alone = pages(&town, async |_| ()).await;
        let muted = pages(&town, async |page| {
            if page == 1 {
                let viewer = town.people[0];
                town.engine.mute(Viewer::User(viewer), viewer, town.people[12], true).await.expect("mutes");
            }
        })
        .await;
        let drops = |pages: &[Vec<(DropId, u64, String)>]| -> BTreeSet<DropId> {
            pages.iter().skip(1).flatten().map(|(drop, ..)| *drop).collect()
        };
        let live = town.live().await;
        let of_others = |drop: &DropId| live.drops[drop].author != town.people[12];
        assert!(drops(&muted).iter().all(of_others) && !drops(&alone).iter().all(of_others));
        assert!(drops(&muted).is_subset(&drops(&alone)), "the rest moves up");
    });
}

#[test]
fn the_nearest_tastes_bring_drops_wherever_their_vectors_are_at_hand() {
    block_on(async {
        let small = fans(PEOPLE + 1).await;
        let scanned = pages(&small, async |_| ()).await.concat();
        assert_eq!(scanned.len(), PEOPLE / 2 - 1, "those of one's own scene");
        assert!(scanned.iter().all(|(_, _, why)| why.starts_with("Taste")), "{scanned:?}");
        let large = fans(2).await;
        assert_eq!(large.page(0, None, 100).await.items, [], "no graph is built for a feed");
        let ask = async |town: &Town| {
            let viewer = Viewer::User(town.people[1]);
            town.engine.taste_neighbours(viewer, town.people[1], 5).await.expect("neighbours");
        };
        ask(&large).await;
        assert_eq!(pages(&large, async |_| ()).await.concat(), scanned, "what a scan finds");
        large.engine.build_profiles().await.expect("profiles");
        assert_eq!(large.page(0, None, 100).await.items, [], "that graph is of yesterday");
    });
}

#[test]
fn a_graph_that_comes_between_pages_moves_none() {
    block_on(async {
        let town = fans(2).await;
        for to in [2, 3, 5, 7, 9, 11, 12] {
            town.trust(0, to, to % 9 + 1).await;
        }
        let alone = pages(&town, async |_| ()).await;
        let again = pages(&town, async |_| {
            let viewer = Viewer::User(town.people[1]);
            town.engine.taste_neighbours(viewer, town.people[1], 5).await.expect("neighbours");
        })
        .await;
        assert_eq!(again, alone);
        assert!(pages(&town, async |_| ()).await.concat().len() > alone.concat().len());
    });
}
