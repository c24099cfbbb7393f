//! Every reason of every item of random communities, held against trust, plays, circles and standings as they are stored.

use std::collections::{BTreeMap, BTreeSet};

use pollster::block_on;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use signal_core::engine::{FeedItem, FeedReason};
use signal_core::feed::AffinityKind;
use signal_core::ledger::{EpochTables, Event};
use signal_core::live::Live;
use signal_core::model::{
    Audience, DropId, PrivacyDials, TrustAudience, TrustWeight, UserId, Verification, Viewer,
};
use signal_core::policy::{Limits, Policy};

use super::town::Town;

const PEOPLE: usize = 10;
/// Newest drops that count as new; fewer than there are.
const NEWEST: usize = 4;
/// Towns that are drawn.
const TOWNS: usize = 24;

/// What happens in a town, by the numbers of people.
#[derive(Debug, Clone)]
struct Plan {
    trust: Vec<(usize, usize, usize)>,
    plays: Vec<(usize, usize, u64)>,
    circle: BTreeSet<usize>,
    open: BTreeSet<usize>,
    verified: BTreeSet<usize>,
    authors: Vec<usize>,
}

/// Half of the people are strangers to everything but dropping.
fn plan() -> impl Strategy<Value = Plan> {
    let near = || 0..PEOPLE / 2;
    let some = || prop::collection::btree_set(near(), 0..4);
    let twice: Vec<usize> = (0..PEOPLE).chain(0..PEOPLE).collect();
    (
        prop::collection::vec((near(), near(), 1usize..=10), 0..8),
        prop::collection::vec((near(), 0usize..8, prop_oneof![1u64..3, 200u64..400]), 0..28),
        some(),
        some(),
        some(),
        Just(twice).prop_shuffle(),
    )
        .prop_map(|(trust, plays, circle, open, verified, authors)| Plan {
            trust,
            plays,
            circle,
            open,
            verified,
            authors,
        })
}

impl Plan {
    async fn town(&self) -> Town {
        let limits = Limits { feed_newest: NEWEST, ..Limits::default() };
        let town = Town::of(PEOPLE, Policy { limits, ..Policy::default() }).await;
        for (from, to, tenths) in &self.trust {
            town.trust(*from, *to, *tenths).await;
        }
        let mut rows: BTreeMap<usize, BTreeMap<usize, u64>> = BTreeMap::new();
        for (person, band, plays) in &self.plays {
            rows.entry(*person).or_default().insert(*band, *plays);
        }
        for (person, bands) in rows {
            town.plays(person, bands).await;
        }
        town.circle(&self.circle.iter().copied().collect::<Vec<_>>()).await;
        for person in &self.open {
            town.engine.set_dials(town.people[*person], PrivacyDials::OPEN).await.expect("opens");
        }
        for person in &self.verified {
            let token = person.to_string();
            let verified = town.engine.verify(town.people[*person], Verification::Phone, &token);
            verified.await.expect("verifies");
        }
        for (song, author) in self.authors.iter().enumerate() {
            town.drop(*author, song).await;
            town.pass(7 * 60);
        }
        town.engine.build_profiles().await.expect("profiles");
        town
    }
}

/// What is stored, read as plainly as can be.
struct Facts {
    town: Town,
    live: Live,
    tables: Option<EpochTables>,
    heard: BTreeMap<UserId, BTreeSet<String>>,
    dials: BTreeMap<UserId, PrivacyDials>,
}

impl Facts {
    async fn of(town: Town) -> Self {
        let live = town.live().await;
        let mut tables = None;
        for entry in town.engine.store().entries(0, u32::MAX).await.expect("entries") {
            if let Some(Event::EpochClosed { tables: hash, .. }) =
                entry.read().expect("an entry").body.map(|body| body.event)
            {
                let bytes = town.engine.store().tables(hash).await.expect("reads").expect("tables");
                tables = Some(EpochTables::from_bytes(&bytes).expect("tables"));
            }
        }
        let (mut heard, mut dials) = (BTreeMap::new(), BTreeMap::new());
        for user in &town.people {
            let taste = town.engine.taste(Viewer::Operator, *user).await.expect("a taste");
            heard.insert(*user, taste.artists.into_iter().map(|one| one.artist).collect());
            let set = town.engine.user(Viewer::Operator, *user).await.expect("a person").dials;
            dials.insert(*user, set.expect("the operator sees them"));
        }
        Self { town, live, tables, heard, dials }
    }

    /// The strongest paths of at most three edges, with the people between: all that are equally strong.
    fn paths(&self, from: UserId, to: UserId) -> (f64, Vec<Vec<UserId>>) {
        let weight = |a, b| self.live.graph.weight(a, b).map_or(0.0, TrustWeight::as_f64);
        let mut found = vec![(weight(from, to), vec![])];
        for x in &self.town.people {
            found.push((weight(from, *x) * weight(*x, to), vec![*x]));
            for y in &self.town.people {
                found.push((weight(from, *x) * weight(*x, *y) * weight(*y, to), vec![*x, *y]));
            }
        }
        let best = found.iter().map(|(product, _)| *product).fold(0.0, f64::max);
        let as_strong = found.into_iter().filter(|(product, _)| (product - best).abs() < 1e-9);
        (best, as_strong.map(|(_, between)| between).collect())
    }

    async fn taste(&self, a: UserId, b: UserId) -> f64 {
        let found = self.town.engine.compatibility(Viewer::Operator, a, b).await.expect("a match");
        found.taste.expect("the operator sees it")
    }

    /// Relative to the average.
    fn standing(&self, user: UserId) -> f64 {
        let row = self.tables.as_ref().and_then(|t| t.standing(self.live.people[&user].pseudonym));
        row.map_or(0.0, |row| row.standing as f64 / 1e6)
    }

    fn shows_taste(&self, whose: UserId, to: UserId) -> bool {
        let near = self.live.graph.weight(whose, to).is_some() || self.live.share_circle(whose, to);
        match self.dials[&whose].taste {
            Audience::Public => true,
            Audience::Friends => near,
            Audience::Private => false,
        }
    }

    fn is_new(&self, drop: DropId) -> bool {
        let at = self.live.drops[&drop].made_at;
        self.live.drops.values().filter(|other| other.made_at > at).count() < NEWEST
    }

    async fn holds(&self, viewer: UserId, item: &FeedItem, reason: &FeedReason) -> bool {
        let author = item.drop.author.id;
        let (strongest, between) = self.paths(viewer, author);
        let public =
            |people: &Vec<UserId>| people.iter().all(|user| self.dials[user].trust == TrustAudience::Public);
        match reason {
            FeedReason::TrustedPath { hops, strength, through } => {
                let told = |people: &Vec<UserId>| {
                    let all = [viewer].into_iter().chain(people.iter().copied()).chain([author]);
                    all.map(|user| self.live.name(user)).eq(through.iter().cloned())
                        && people.len() + 1 == *hops
                        && public(people)
                };
                (strongest - strength).abs() < 1e-9 && strongest > 0.0 && between.iter().any(told)
            }
            FeedReason::HiddenPath => strongest > 0.0 && !between.iter().all(public),
            FeedReason::SharedArtists { artists, taste } => {
                let both = |name| self.heard[&viewer].contains(name) && self.heard[&author].contains(name);
                let found = self.taste(viewer, author).await;
                (found - taste).abs() < 1e-9
                    && found > 0.0
                    && self.shows_taste(author, viewer)
                    && !artists.is_empty()
                    && artists.iter().all(both)
            }
            FeedReason::SimilarTaste => self.taste(viewer, author).await > 0.0,
            FeedReason::SharedCircle => self.live.share_circle(viewer, author),
            FeedReason::WellTrusted => self.standing(author) >= 1.0,
            FeedReason::SomeStanding => self.standing(author) > 0.0 && self.standing(author) < 1.0,
            FeedReason::New => self.is_new(item.drop.id),
        }
    }

    /// What brings an author nearest to a viewer.
    async fn nearest(&self, viewer: UserId, author: UserId) -> AffinityKind {
        let circle = if self.live.share_circle(viewer, author) { 0.5 } else { 0.0 };
        let kinds = [
            (self.paths(viewer, author).0, AffinityKind::Trust),
            (self.taste(viewer, author).await, AffinityKind::Taste),
            (circle, AffinityKind::Circle),
            (0.1 * self.standing(author).min(1.0), AffinityKind::Standing),
        ];
        let none = (0.0, AffinityKind::New);
        kinds.into_iter().fold(none, |best, kind| if kind.0 > best.0 { kind } else { best }).1
    }

    /// Checks all that everybody's feed says; gives the kinds of reasons that were, the one that decided marked.
    async fn check(&self) -> BTreeSet<String> {
        let mut kinds = BTreeSet::new();
        for (number, viewer) in self.town.people.iter().enumerate() {
            let feed = self.town.page(number, None, 100).await;
            assert_eq!(feed.next, None);
            assert!(feed.items.iter().filter(|item| self.is_new(item.drop.id)).count() <= NEWEST);
            for item in &feed.items {
                let case = format!("for {viewer}: {item:?}");
                assert!(!item.reasons.is_empty() && item.why().len() == item.reasons.len(), "{case}");
                assert_eq!(item.because, self.nearest(*viewer, item.drop.author.id).await, "{case}");
                for (place, reason) in item.reasons.iter().enumerate() {
                    assert!(self.holds(*viewer, item, reason).await, "{reason:?} {case}");
                    assert_eq!(place == 0, kind(reason) == item.because, "{case}");
                    let value = serde_json::to_value(reason).expect("serialises");
                    kinds.insert(value["kind"].as_str().expect("a kind").to_owned());
                }
                if item.because == AffinityKind::Taste
                    && self.taste(*viewer, item.drop.author.id).await <= 0.05
                {
                    kinds.insert("faint taste".to_owned());
                }
            }
        }
        kinds
    }
}

fn kind(reason: &FeedReason) -> AffinityKind {
    match reason {
        FeedReason::TrustedPath { .. } | FeedReason::HiddenPath => AffinityKind::Trust,
        FeedReason::SharedArtists { .. } | FeedReason::SimilarTaste => AffinityKind::Taste,
        FeedReason::SharedCircle => AffinityKind::Circle,
        FeedReason::WellTrusted | FeedReason::SomeStanding => AffinityKind::Standing,
        FeedReason::New => AffinityKind::New,
    }
}

#[test]
fn every_reason_is_true_of_what_is_stored() {
    let mut runner = TestRunner::deterministic();
    let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..TOWNS {
        let plan = plan().new_tree(&mut runner).expect("a plan").current();
        block_on(async {
            let facts = Facts::of(plan.town().await).await;
            before.extend(facts.check().await);
            facts.town.close().await;
            after.extend(Facts::of(facts.town).await.check().await);
        });
    }
    let everywhere = [
        "trusted_path",
        "hidden_path",
        "shared_artists",
        "similar_taste",
        "shared_circle",
        "new",
        "faint taste",
    ];
    assert_eq!(before, everywhere.map(ToOwned::to_owned).into(), "no epoch, no word of standing");
    let standings = ["well_trusted", "some_standing"];
    assert_eq!(after, everywhere.iter().chain(&standings).map(|kind| (*kind).to_owned()).collect());
}

#[test]
fn reasons_are_said_in_words() {
    block_on(async {
        let town = Town::of(4, Policy::default()).await;
        town.trust(0, 1, 8).await;
        town.trust(1, 2, 5).await;
        for author in 1..4 {
            town.drop(author, author).await;
            town.pass(1);
        }
        town.engine.set_dials(town.people[1], PrivacyDials::OPEN).await.expect("opens");
        let why = async || -> Vec<String> {
            town.page(0, None, 10).await.items.iter().flat_map(FeedItem::why).collect()
        };
        let path = "you trust person1, who trusts person2 (0.40)";
        let new = "among the newest drops here";
        assert_eq!(why().await, ["you trust person1 (0.80)", path, new]);
        town.engine.set_dials(town.people[1], PrivacyDials::default()).await.expect("closes");
        assert_eq!(why().await[1], "someone you trust leads to person2");
        town.close().await;
        assert_eq!(why().await[2], "person3 has some standing here");
    });
}
