//! What design §5.7 withholds stays withheld after any sequence of commands: every read × every viewer, held against rules
//! that are written here once more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pollster::block_on;
use proptest::prelude::*;
use serde::Serialize;
use signal_core::engine::{Engine, RecommendReason, UserAnswer};
use signal_core::live::{Live, LiveDrop};
use signal_core::model::{Audience, DropId, PrivacyDials, TrustAudience, UserId, Viewer};
use signal_core::store::conformance::{Raw, Story};
use signal_core::store::{LedgerStore, MemoryStore};

/// Fewest people that a count of others may tell.
const LEAST_COUNT: u64 = 5;

/// A few people, verified and trusting each other, in a circle and with plays, so that random steps find something to do.
fn opening() -> Vec<Raw> {
    let arrivals = (0..8u8).map(|i| (0, i, 0, 0));
    let verified = (0..8u8).map(|i| (4, i, 0, u16::from(i)));
    let trust = (0..8u8).map(|i| (7, i, i.wrapping_add(1), 8_000));
    let circle = [(20, 0, 0, 1), (21, 1, 0, 1), (21, 2, 0, 1)];
    arrivals.chain(verified).chain(trust).chain(circle).collect()
}

/// A community as it stands, with all there is to know.
struct Town {
    engine: Engine,
    live: Live,
    people: Vec<UserId>,
    /// Whom each plays, by name.
    heard: BTreeMap<UserId, BTreeSet<String>>,
}

impl Town {
    async fn after(steps: &[Raw], seed: u64) -> Self {
        let store = MemoryStore::new();
        let mut story = Story::new(Arc::new(store.clone()), seed);
        for step in opening().iter().chain(steps) {
            story.step(*step).await;
        }
        story.engine.build_profiles().await.expect("profiles");
        let mut live = Live::default();
        for entry in store.entries(0, u32::MAX).await.expect("entries") {
            live.apply(&entry).expect("folds");
        }
        let people: Vec<UserId> = live.people.keys().copied().collect();
        let mut heard = BTreeMap::new();
        for &user in &people {
            let taste = story.engine.taste(Viewer::Operator, user).await.expect("a taste");
            heard.insert(user, taste.artists.into_iter().map(|one| one.artist).collect());
        }
        Self { engine: story.engine, live, people, heard }
    }

    fn viewers(&self) -> impl Iterator<Item = Viewer> {
        let people = self.people.iter().map(|user| Viewer::User(*user));
        people.chain([Viewer::Public, Viewer::Operator])
    }

    async fn dials(&self, user: UserId) -> PrivacyDials {
        self.about(user).await.dials.expect("the operator sees them")
    }

    async fn about(&self, user: UserId) -> UserAnswer {
        self.engine.user(Viewer::Operator, user).await.expect("a person")
    }

    /// Whether `audience`, a dial of `whose`, lets this viewer in.
    fn lets_in(&self, audience: Audience, whose: UserId, viewer: Viewer) -> bool {
        let near = |user| {
            let shared = |circle: &signal_core::live::LiveCircle| {
                circle.members.contains(&whose) && circle.members.contains(&user)
            };
            self.live.graph.weight(whose, user).is_some() || self.live.circles.values().any(shared)
        };
        is_own(whose, viewer)
            || audience == Audience::Public
            || audience == Audience::Friends && viewer.user().is_some_and(near)
    }

    fn is_in_circle_of(&self, drop: &LiveDrop, user: UserId) -> bool {
        let circle = drop.circle.and_then(|circle| self.live.circles.get(&circle));
        drop.circle.is_none() || circle.is_some_and(|circle| circle.members.contains(&user))
    }

    fn moderates(&self, drop: &LiveDrop, viewer: Viewer) -> bool {
        let circle = drop.circle.and_then(|circle| self.live.circles.get(&circle));
        circle.zip(viewer.user()).is_some_and(|(circle, user)| circle.moderators.contains(&user))
    }

    async fn check_person(&self, whose: UserId, viewer: Viewer) {
        let dials = self.dials(whose).await;
        let own = is_own(whose, viewer);
        let case = format!("{viewer:?} on {whose}");
        if let Ok(answer) = self.engine.user(viewer, whose).await {
            let tells = (answer.available_millipoints.is_some(), answer.staked_millipoints.is_some());
            assert!(own || tells == (false, false), "{case}");
            assert!(own || (answer.dials.is_none() && answer.seed.is_none()), "{case}");
            let edges = own || dials.trust != TrustAudience::Counts;
            for count in [answer.trusts.filter(|_| !own), answer.trusted_by] {
                let enough = count.is_none_or(|count| count >= LEAST_COUNT);
                assert!(enough || edges && (viewer == Viewer::Operator || !own), "{case}: {count:?}");
            }
        }
        if let Ok(answer) = self.engine.trust_score(viewer, whose).await {
            assert!(own || (answer.bonus.is_none() && answer.penalty.is_none()), "{case}");
        }
        let refused = [
            self.engine.export(viewer, whose).await.is_err(),
            self.engine.explain(viewer, whose).await.is_err(),
            self.engine.mutes(viewer, whose).await.is_err(),
            self.engine.recommend(viewer, whose, 10).await.is_err(),
            self.engine.taste_neighbours(viewer, whose, 10).await.is_err(),
        ];
        assert!(own || refused == [true; 5], "{case}: {refused:?}");
        if let Ok(answer) = self.engine.taste(viewer, whose).await {
            assert!(self.lets_in(dials.taste, whose, viewer), "{case}");
            assert!(self.lets_in(dials.history, whose, viewer) || !tells_number(&answer, "plays"), "{case}");
        }
    }

    async fn check_match(&self, a: UserId, b: UserId) {
        let viewer = Viewer::User(a);
        let Ok(answer) = self.engine.compatibility(viewer, a, b).await else { return };
        let dials = self.dials(b).await;
        let case = format!("{a} with {b}");
        if !self.lets_in(dials.history, b, viewer) {
            // What joins them may still be an artist, whom taste tells of anyway.
            let said = serde_json::to_string(&answer.reasons).expect("serialises");
            assert!(answer.bridge.as_ref().is_none_or(|name| said.contains(name.as_str())), "{case}: {said}");
            assert!(answer.b_introduces.is_empty(), "{case}");
            assert!(!tells_number(&answer, "plays_b"), "{case}");
        }
        if !self.lets_in(dials.taste, b, viewer) {
            assert!(!answer.detailed && answer.parts.is_none() && answer.percentile.is_none(), "{case}");
            let steps = answer.score / 0.05;
            assert!((steps - steps.round()).abs() < 1e-9, "{case}: {}", answer.score);
            assert!(answer.a_introduces.is_empty(), "{case}");
            let reasons = serde_json::to_string(&answer.reasons).expect("serialises");
            assert!(!reasons.contains("shared_"), "{case}: {reasons}");
        }
    }

    /// Nobody is near who does not show it, and nothing is recommended that too few play, unless a friend shows it.
    async fn check_ears(&self, user: UserId) {
        let viewer = Viewer::User(user);
        let near = self.engine.taste_neighbours(viewer, user, 100).await.expect("an answer");
        for one in near.people {
            let (whose, case) = (one.user.id, format!("{user}: {one:?}"));
            let dials = self.dials(whose).await;
            assert!(self.lets_in(dials.taste, whose, viewer), "{case}");
            assert!(
                self.lets_in(dials.history, whose, viewer) || !tells_number(&one.reasons, "plays_b"),
                "{case}"
            );
            let blocks = [(user, whose), (whose, user)];
            assert!(blocks.iter().all(|pair| !self.live.blocks.contains(pair)), "{case}");
            let steps = one.similarity / 0.05;
            assert!((steps - steps.round()).abs() < 1e-9, "{case}");
        }
        let answer = self.engine.recommend(viewer, user, 100).await.expect("an answer");
        for one in answer.artists {
            let mut listeners = (0u64, 0u64);
            for (&whose, heard) in &self.heard {
                if heard.contains(&one.artist) {
                    let trusted = self.live.graph.weight(user, whose).is_some();
                    let shown = self.lets_in(self.dials(whose).await.history, whose, viewer);
                    listeners = (listeners.0 + 1, listeners.1 + u64::from(trusted && shown));
                }
            }
            assert!(listeners.0 >= LEAST_COUNT || listeners.1 > 0, "{user}: {one:?}");
            let told = one.reasons.iter().map(|reason| match reason {
                RecommendReason::Trusted { people } => *people,
                _ => 0,
            });
            assert!(told.max().unwrap_or(0) <= listeners.1, "{user}: {one:?}");
        }
    }

    async fn check_drop(&self, id: DropId, drop: &LiveDrop, viewer: Viewer) {
        let Ok(answer) = self.engine.drop(viewer, id).await else { return };
        let case = format!("{viewer:?} on {id}");
        let own = is_own(drop.author, viewer);
        assert!(
            own || drop.circle.is_none()
                || viewer.user().is_some_and(|user| self.is_in_circle_of(drop, user))
        );
        assert!(
            answer.words.is_none() || !drop.keeps_words_back() || own || self.moderates(drop, viewer),
            "{case}"
        );
        assert!(drop.ended.is_some() || (answer.score, answer.ratings) == (None, None), "{case}");
        let mine = drop.ratings.iter().find(|rating| Some(rating.0) == viewer.user()).map(|rating| rating.1);
        assert_eq!(answer.my_stars, mine, "{case}");
        let counts = [answer.shown, answer.conversions, answer.kept];
        let few = counts.into_iter().flatten().any(|count| count < LEAST_COUNT);
        assert!(!few || viewer == Viewer::Operator, "{case}: {counts:?}");
    }

    async fn check_feed(&self, user: UserId) {
        let Ok(feed) = self.engine.feed(user, None, None).await else { return };
        for item in feed.items {
            let drop = &self.live.drops[&item.drop.id];
            assert!(self.is_in_circle_of(drop, user), "{user} in the feed: {item:?}");
            let blocks = [(user, drop.author), (drop.author, user)];
            assert!(blocks.iter().all(|pair| !self.live.blocks.contains(pair)), "{user}: {item:?}");
            assert!(drop.ended.is_some() || item.drop.ratings.is_none(), "{user}: {item:?}");
        }
    }
}

/// Oneself, or the operator, who see everything.
fn is_own(whose: UserId, viewer: Viewer) -> bool {
    viewer == Viewer::Operator || viewer == Viewer::User(whose)
}

/// Whether an answer has a number somewhere under this name.
fn tells_number(answer: &impl Serialize, name: &str) -> bool {
    fn look(value: &serde_json::Value, name: &str) -> bool {
        match value {
            serde_json::Value::Object(fields) => {
                fields.iter().any(|(key, value)| key == name && value.is_number() || look(value, name))
            }
            serde_json::Value::Array(values) => values.iter().any(|value| look(value, name)),
            _ => false,
        }
    }
    look(&serde_json::to_value(answer).expect("serialises"), name)
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn nobody_receives_what_is_withheld(
        steps in prop::collection::vec(any::<Raw>(), 40..160),
        seed in any::<u64>(),
    ) {
        block_on(async {
            let town = Town::after(&steps, seed).await;
            for &whose in &town.people {
                for viewer in town.viewers() {
                    town.check_person(whose, viewer).await;
                }
                for &other in &town.people {
                    town.check_match(whose, other).await;
                }
                town.check_feed(whose).await;
                town.check_ears(whose).await;
            }
            for (&id, drop) in &town.live.drops {
                for viewer in town.viewers() {
                    town.check_drop(id, drop, viewer).await;
                }
            }
        });
    }
}
