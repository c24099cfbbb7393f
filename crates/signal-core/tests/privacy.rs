//! Every personal read × every viewer: nobody receives what design §5.7 withholds.

use std::collections::BTreeSet;
use std::sync::Arc;

use pollster::block_on;
use serde::Serialize;
use signal_core::decide::Authority;
use signal_core::engine::{Engine, EngineError, FeedReason, ImportOptions, Imported, Person};
use signal_core::model::{
    Audience, CircleId, DropId, PrivacyDials, Role, Stars, TrackRef, TrustAudience, TrustWeight, UserId,
    Viewer,
};
use signal_core::platform::{ImportRecord, ImportedArtist};
use signal_core::policy::{Limits, Policy};
use signal_core::simulation::SimulatedHost;
use signal_core::store::MemoryStore;

/// Alice is who all ask about. She trusts Fred, shares a circle with Mia, and no one else is near to her.
struct Town {
    engine: Engine,
    host: Arc<SimulatedHost>,
    alice: UserId,
    fred: UserId,
    mia: UserId,
    stranger: UserId,
    circle: CircleId,
    elsewhere: CircleId,
    open_drop: DropId,
    circle_drop: DropId,
}

async fn user(engine: &Engine, handle: &str) -> UserId {
    engine.register(&handle.parse().expect("a handle")).await.expect("registers")
}

async fn plays(engine: &Engine, person: UserId, artists: &[(&str, u64)]) {
    let rows: Vec<_> = artists
        .iter()
        .map(|(name, plays)| {
            let artist = ImportedArtist { id: None, name: (*name).to_owned() };
            Imported::Record(ImportRecord::ArtistPlays { person: None, artist, plays: *plays })
        })
        .collect();
    let options = ImportOptions { source: "test".to_owned(), person: Some(person) };
    engine.import(&mut rows.into_iter(), &options, &|_| {}).await.expect("imports");
}

async fn town() -> Town {
    let host = Arc::new(SimulatedHost::new(1, "2026-01-01T00:00:00Z".parse().expect("a time")));
    let engine = Engine::new(Arc::new(MemoryStore::new()), Arc::<SimulatedHost>::clone(&host));
    let alice = user(&engine, "alice").await;
    let fred = user(&engine, "fred").await;
    let mia = user(&engine, "mia").await;
    let stranger = user(&engine, "stranger").await;
    let full = Some(TrustWeight::FULL);
    engine.set_trust(alice, fred, full).await.expect("trusts");
    engine.set_trust(fred, alice, full).await.expect("trusts");
    engine.set_trust(stranger, alice, full).await.expect("trusts");
    plays(&engine, alice, &[("Shared Band", 7_340_533), ("Secret Guilty Pleasure", 90_417_261)]).await;
    for other in [fred, mia, stranger] {
        plays(&engine, other, &[("Shared Band", 40), ("Elsewhere", 5)]).await;
    }
    engine
        .claim(alice, None, vec!["spotify:alice.elsewhere".parse().expect("a claim")])
        .await
        .expect("claims");
    engine.build_profiles().await.expect("profiles");
    let circle = engine.create_circle(alice, "The Cellar", &[], true).await.expect("a circle");
    engine.invite(alice, circle, mia).await.expect("invites");
    engine.join(mia, circle).await.expect("joins");
    let song = TrackRef::named("Shared Band", "Song").expect("a track");
    let open_drop = engine.make_drop(alice, &song, "words for all", None, None, None).await.expect("a drop");
    let circle_drop = engine
        .make_drop(alice, &song, "cellarwords for few", None, Some(circle), None)
        .await
        .expect("a drop");
    engine.rate(fred, open_drop, Stars::from_halves(9).expect("stars")).await.expect("rates");
    let elsewhere = engine.create_circle(stranger, "Elsewhere", &[], true).await.expect("a circle");
    Town { engine, host, alice, fred, mia, stranger, circle, elsewhere, open_drop, circle_drop }
}

impl Town {
    fn viewers(&self) -> Vec<(&'static str, Viewer)> {
        vec![
            ("public", Viewer::Public),
            ("stranger", Viewer::User(self.stranger)),
            ("fred", Viewer::User(self.fred)),
            ("mia", Viewer::User(self.mia)),
            ("moderator elsewhere", Viewer::Moderator(self.stranger, self.elsewhere)),
            ("alice", Viewer::User(self.alice)),
            ("operator", Viewer::Operator),
        ]
    }

    /// Everything there is to read about Alice, as this viewer gets it: the name of the read, and the answer as text.
    async fn everything(&self, viewer: Viewer) -> Vec<(&'static str, Result<String, EngineError>)> {
        fn text<T: Serialize>(answer: Result<T, EngineError>) -> Result<String, EngineError> {
            answer.map(|answer| serde_json::to_string(&answer).expect("serialises"))
        }
        let engine = &self.engine;
        let me = viewer.user().unwrap_or(self.stranger);
        vec![
            ("user", text(engine.user(viewer, self.alice).await)),
            ("users", text(engine.users(viewer, None, 100).await)),
            ("export", text(engine.export(viewer, self.alice).await)),
            ("trust score", text(engine.trust_score(viewer, self.alice).await)),
            ("trust path", text(engine.trust_path(viewer, self.alice, self.fred).await)),
            ("compatibility from", text(engine.compatibility(viewer, self.alice, self.fred).await)),
            ("compatibility to", text(engine.compatibility(viewer, me, self.alice).await)),
            ("taste", text(engine.taste(viewer, self.alice).await)),
            ("profiles", text(engine.profiles(viewer).await)),
            ("drop", text(engine.drop(viewer, self.open_drop).await)),
            ("circle drop", text(engine.drop(viewer, self.circle_drop).await)),
            ("drops", text(engine.drops(viewer, Some(self.alice), 100).await)),
            ("circle", text(engine.circle(viewer, self.circle).await)),
            ("circles", text(engine.circles(viewer).await)),
            ("circle feed", text(engine.circle_feed(viewer, self.circle, 100).await)),
            ("feed", text(engine.feed(me, None, None).await)),
            ("search", text(engine.search(viewer, "cellarwords", 10).await)),
            ("search open", text(engine.search(viewer, "words", 10).await)),
            ("explain", text(engine.explain(viewer, self.alice).await)),
            ("mutes", text(engine.mutes(viewer, self.alice).await)),
            ("recommend", text(engine.recommend(viewer, self.alice, 100).await)),
            ("recommend me", text(engine.recommend(viewer, me, 100).await)),
            ("neighbours", text(engine.taste_neighbours(viewer, self.alice, 100).await)),
            ("neighbours of me", text(engine.taste_neighbours(viewer, me, 100).await)),
            ("trust rank", text(engine.trust_rank(viewer, Some(self.alice), 10).await)),
            ("trust predict", text(engine.trust_predict(viewer, self.alice, self.fred).await)),
            ("find by claim", text(engine.find_user(viewer, "spotify:alice.elsewhere").await)),
        ]
    }

    /// The same with refusals as text too, to be compared.
    async fn told(&self, viewer: Viewer) -> Vec<(&'static str, Result<String, String>)> {
        let answers = self.everything(viewer).await.into_iter();
        answers.map(|(read, answer)| (read, answer.map_err(|error| error.to_string()))).collect()
    }

    async fn leaks(&self, secret: &str, allowed: &[&str]) -> Vec<String> {
        let mut leaks = Vec::new();
        for (name, viewer) in self.viewers() {
            for (read, answer) in self.everything(viewer).await {
                if answer.is_ok_and(|text| text.contains(secret)) && !allowed.contains(&name) {
                    leaks.push(format!("{read} tells {name} {secret:?}"));
                }
            }
        }
        leaks
    }
}

#[test]
fn taste_and_history_stay_with_whom_they_are_for() {
    block_on(async {
        let town = town().await;
        // What Alice plays alone, and how often she plays anything, is history: private unless she opens it.
        let secrets = ["Secret Guilty Pleasure", "7340533", "90417261", "97757794"];
        for secret in secrets {
            assert_eq!(town.leaks(secret, &["alice", "operator"]).await, Vec::<String>::new());
        }
        // That both play the one band is taste: told to her circles and people she trusts.
        let match_of = async |viewer: UserId| {
            let answer = town.engine.compatibility(Viewer::User(viewer), viewer, town.alice).await;
            serde_json::to_string(&answer.expect("a match").reasons)
                .expect("serialises")
                .contains("Shared Band")
        };
        assert_eq!((match_of(town.fred).await, match_of(town.stranger).await), (true, false));
        let open = PrivacyDials { history: Audience::Friends, ..PrivacyDials::default() };
        town.engine.set_dials(town.alice, open).await.expect("sets");
        for secret in secrets {
            let friends = ["fred", "mia", "alice", "operator"];
            assert_eq!(town.leaks(secret, &friends).await, Vec::<String>::new());
        }
        let private = PrivacyDials {
            history: Audience::Private,
            taste: Audience::Private,
            trust: TrustAudience::Counts,
        };
        town.engine.set_dials(town.alice, private).await.expect("sets");
        assert_eq!(town.leaks("Secret Guilty Pleasure", &["alice", "operator"]).await, Vec::<String>::new());
    });
}

#[test]
fn what_is_said_in_a_circle_stays_there() {
    block_on(async {
        let town = town().await;
        assert_eq!(town.leaks("cellarwords", &["mia", "alice", "operator"]).await, Vec::<String>::new());
        let inside = town.engine.search(Viewer::User(town.mia), "cellarwords", 10).await.expect("searches");
        assert_eq!(inside.len(), 1);
        assert!(town.engine.circle_feed(Viewer::User(town.fred), town.circle, 10).await.is_err());
        let circle = town.engine.circle(Viewer::User(town.fred), town.circle).await.expect("a circle");
        assert!(circle.members.is_empty());
        // Whoever leaves no longer sees it, and is refused like someone who asks for nothing.
        town.engine.remove_member(Authority::User(town.alice), town.circle, town.mia).await.expect("removes");
        let gone = town.engine.drop(Viewer::User(town.mia), town.circle_drop).await.expect_err("hidden");
        let nothing = DropId::new(town.engine.now(), [9; 10]);
        let nowhere = town.engine.drop(Viewer::User(town.mia), nothing).await.expect_err("not there");
        assert_eq!(gone.to_string(), nowhere.to_string());
    });
}

#[test]
fn ratings_stay_hidden_from_everybody_until_the_outcome() {
    block_on(async {
        let town = town().await;
        for (name, viewer) in town.viewers() {
            let drop = town.engine.drop(viewer, town.open_drop).await.expect("a drop");
            assert_eq!((drop.ratings, drop.score), (None, None), "{name}");
            let own = (name == "fred").then(|| Stars::from_halves(9).expect("stars"));
            assert_eq!(drop.my_stars, own, "{name}");
        }
    });
}

#[test]
fn money_and_edges_are_the_persons_own() {
    block_on(async {
        let town = town().await;
        for (name, viewer) in town.viewers() {
            let own = matches!(name, "alice" | "operator");
            let alice = town.engine.user(viewer, town.alice).await.expect("a user");
            assert_eq!(alice.available_millipoints.is_some(), own, "{name}");
            assert_eq!(alice.trusts, own.then_some(1), "{name}");
            // Two people trust Alice: fewer than five, so only the operator may know.
            assert_eq!(alice.trusted_by, (name == "operator").then_some(2), "{name}");
            let answers = town.everything(viewer).await;
            for read in [
                "export",
                "trust path",
                "compatibility from",
                "explain",
                "mutes",
                "trust rank",
                "trust predict",
                "recommend",
                "neighbours",
                "find by claim",
            ] {
                let (_, answer) = answers.iter().find(|(n, _)| *n == read).expect("a read");
                assert_eq!(answer.is_ok(), own, "{read} for {name}");
            }
        }
    });
}

#[test]
fn a_hidden_taste_gives_a_coarse_score_and_one_reason() {
    block_on(async {
        let town = town().await;
        let viewer = Viewer::User(town.stranger);
        let answer = town.engine.compatibility(viewer, town.stranger, town.alice).await.expect("a match");
        assert!(!answer.detailed);
        let steps = answer.score / 0.05;
        assert!((steps - steps.round()).abs() < 1e-9, "{}", answer.score);
        assert!(answer.trust_path.is_none() && answer.taste.is_none() && answer.genre_overlap.is_none());
        assert!(answer.percentile.is_none() && answer.bridge.is_none());
        let said = serde_json::to_string(&answer.reasons).expect("serialises");
        assert_eq!(said, r#"[{"kind":"similar_taste"}]"#);
    });
}

#[test]
fn a_feed_tells_no_exact_score_of_a_hidden_taste() {
    block_on(async {
        let town = town().await;
        let feed = town.engine.feed(town.stranger, None, None).await.expect("a feed");
        let item = feed.items.iter().find(|item| item.drop.author.id == town.alice).expect("a drop of hers");
        let steps = item.score / 0.05;
        assert!((steps - steps.round()).abs() < 1e-9, "{}", item.score);
        let names = item.reasons.iter().any(|reason| matches!(reason, FeedReason::SharedArtists { .. }));
        assert!(!names, "{:?}", item.reasons);
    });
}

#[test]
fn a_block_hides_both_from_each_other() {
    block_on(async {
        let town = town().await;
        town.engine.block(town.alice, town.stranger, true).await.expect("blocks");
        let viewer = Viewer::User(town.stranger);
        assert!(town.engine.drop(viewer, town.open_drop).await.is_err());
        let feed = town.engine.feed(town.stranger, None, None).await.expect("a feed");
        assert!(feed.items.iter().all(|item| item.drop.author.id != town.alice));
    });
}

#[test]
fn moderators_need_their_circle() {
    block_on(async {
        let town = town().await;
        let by = Authority::User(town.mia);
        assert!(town.engine.hide(by, town.circle_drop, true).await.is_err());
        town.engine
            .set_role(Authority::User(town.alice), town.circle, town.mia, Role::Moderator)
            .await
            .expect("names");
        assert!(town.engine.hide(by, town.open_drop, true).await.is_err());
        town.engine.hide(by, town.circle_drop, true).await.expect("hides");
        town.engine.invite(town.alice, town.circle, town.fred).await.expect("invites");
        town.engine.join(town.fred, town.circle).await.expect("joins");
        for (viewer, sees) in [(town.fred, false), (town.mia, true), (town.alice, true)] {
            let drop = town.engine.drop(Viewer::User(viewer), town.circle_drop).await.expect("a drop");
            assert_eq!(drop.words.is_some(), sees);
        }
        let own = town.engine.annul(Authority::User(town.alice), town.circle_drop, false).await;
        assert!(own.is_err(), "nobody takes their own risk away");
        town.host.set_now(town.engine.now().plus_days(1));
    });
}

#[test]
fn who_is_muted_is_not_heard_and_cannot_tell() {
    block_on(async {
        let town = town().await;
        let engine = &town.engine;
        let song = TrackRef::named("Some Band", "Other Song").expect("a track");
        let by_fred = engine.make_drop(town.fred, &song, "from fred", None, None, None).await.expect("drops");
        let by_mia = engine
            .make_drop(town.mia, &song, "from mia", None, Some(town.circle), None)
            .await
            .expect("drops");
        let heard = async || {
            let feed = engine.feed(town.alice, None, None).await.expect("a feed").items;
            let circle = engine.circle_feed(Viewer::User(town.alice), town.circle, 10).await.expect("a feed");
            let mut heard: Vec<_> = feed.into_iter().map(|item| item.drop.id).collect();
            heard.extend(circle.into_iter().map(|drop| drop.id).filter(|id| *id != town.circle_drop));
            heard
        };
        let alice = Viewer::User(town.alice);
        let before = heard().await;
        assert!(before.contains(&by_fred) && before.contains(&by_mia), "{before:?}");
        let seen = town.told(Viewer::User(town.fred)).await;
        for target in [town.fred, town.mia] {
            engine.mute(alice, town.alice, target, true).await.expect("mutes");
            engine.mute(alice, town.alice, target, true).await.expect("mutes again");
        }
        assert_eq!(heard().await, []);
        assert_eq!(town.told(Viewer::User(town.fred)).await, seen, "fred is told what he was told before");
        let listed =
            |people: Vec<Person>| people.into_iter().map(|person| person.id).collect::<BTreeSet<_>>();
        let both: BTreeSet<_> = [town.fred, town.mia].into();
        assert_eq!(listed(engine.mutes(alice, town.alice).await.expect("a list")), both);
        let export = engine.export(alice, town.alice).await.expect("an export");
        assert_eq!(listed(export.mutes), both);
        engine.mute(alice, town.alice, town.mia, false).await.expect("unmutes");
        assert!(heard().await.contains(&by_mia));
        engine.erase(town.fred).await.expect("erases");
        assert!(engine.mutes(Viewer::Operator, town.alice).await.expect("a list").is_empty());
    });
}

#[test]
fn one_mutes_for_oneself_and_only_so_many() {
    block_on(async {
        let town = town().await;
        let limits = Limits { mutes_per_user: 1, ..Limits::default() };
        town.engine.set_policy(Policy { limits, ..Policy::default() }).await.expect("sets");
        let mute = async |viewer, target| town.engine.mute(viewer, town.alice, target, true).await;
        let alice = Viewer::User(town.alice);
        assert!(mute(alice, town.alice).await.is_err(), "oneself");
        assert!(mute(Viewer::User(town.fred), town.mia).await.is_err(), "for another");
        assert!(mute(alice, UserId::new(town.engine.now(), [9; 10])).await.is_err(), "nobody");
        mute(alice, town.fred).await.expect("mutes");
        let refused = mute(alice, town.mia).await.expect_err("one is the limit");
        assert_eq!(refused.to_string(), "1 is the limit for people one can mute");
        mute(Viewer::Operator, town.fred).await.expect("the operator may, and it is so already");
    });
}

#[test]
fn who_moderates_nothing_is_not_let_in_as_moderator() {
    block_on(async {
        let town = town().await;
        // A stranger to the circle, and a member of it who does not moderate.
        for liar in [town.stranger, town.mia] {
            for (read, answer) in town.everything(Viewer::Moderator(liar, town.circle)).await {
                // A feed is asked for by a person, not by a viewer.
                assert_eq!(answer.is_ok(), read == "feed", "{read}");
            }
        }
        let moderator = Viewer::Moderator(town.alice, town.circle);
        assert_eq!(town.told(moderator).await, town.told(Viewer::User(town.alice)).await);
        let engine = &town.engine;
        engine.leave(town.alice, town.circle).await.expect("leaves");
        assert!(engine.circle(moderator, town.circle).await.is_err(), "no longer");
    });
}

/// Alice trusts Fred, who trusts Nora and tells nobody how much. Two towns differ in that weight alone.
#[test]
fn how_much_somebody_on_the_way_trusts_is_told_nobody() {
    block_on(async {
        let mut told = Vec::new();
        for weight in ["0.37", "0.36"] {
            let town = town().await;
            let engine = &town.engine;
            let nora = user(engine, "nora").await;
            plays(engine, nora, &[("Shared Band", 3)]).await;
            engine.set_dials(nora, PrivacyDials::OPEN).await.expect("sets");
            engine.build_profiles().await.expect("profiles");
            engine.set_trust(town.fred, nora, Some(weight.parse().expect("a weight"))).await.expect("trusts");
            let exact = engine.compatibility(Viewer::Operator, town.alice, nora).await.expect("a match");
            assert_eq!(exact.trust_path, Some(weight.parse().expect("a number")), "the operator sees it");
            let alice = Viewer::User(town.alice);
            let answer = engine.compatibility(alice, town.alice, nora).await.expect("a match");
            assert_eq!(answer.trust_path.map(|part| (part * 100.0).round()), Some(35.0));
            let parts = answer.parts.expect("parts");
            let sum: f64 =
                [parts.trust_path, parts.taste, parts.genre_overlap].iter().map(|p| p.weight * p.value).sum();
            assert!((sum - answer.score).abs() < 1e-12, "the score is that of the coarse part");
            let path = engine.trust_path(alice, town.alice, nora).await.expect("a path");
            let feed = engine.feed(town.alice, None, None).await.expect("a feed");
            let rank = engine.trust_rank(alice, Some(town.alice), 10).await.expect("a ranking");
            let texts =
                (serde_json::to_string(&answer), serde_json::to_string(&path), serde_json::to_string(&feed));
            told.push((texts.0.expect("text"), texts.1.expect("text"), texts.2.expect("text"), rank));
            // Once Fred shows his edges, she is told.
            let public = PrivacyDials { trust: TrustAudience::Public, ..PrivacyDials::default() };
            engine.set_dials(town.fred, public).await.expect("sets");
            let shown = engine.compatibility(alice, town.alice, nora).await.expect("a match");
            assert_eq!(shown.trust_path, exact.trust_path);
        }
        assert_eq!(told[0], told[1]);
    });
}

/// Alice trusts Fred; he trusts Nora and Olga and tells nobody. Two towns differ in whom he trusts more.
#[test]
fn whom_somebody_trusts_is_not_told_by_a_ranking() {
    block_on(async {
        let mut told = Vec::new();
        for (first, second) in [("0.9", "0.1"), ("0.1", "0.9")] {
            let town = town().await;
            let engine = &town.engine;
            let (nora, olga) = (user(engine, "nora").await, user(engine, "olga").await);
            for (who, weight) in [(nora, first), (olga, second)] {
                engine
                    .set_trust(town.fred, who, Some(weight.parse().expect("a weight")))
                    .await
                    .expect("trusts");
            }
            let alice = Viewer::User(town.alice);
            let named = |answer: &signal_core::engine::TrustRankAnswer| {
                answer.people.iter().map(|one| one.user.name.clone()).collect::<Vec<_>>()
            };
            let rank = engine.trust_rank(alice, Some(town.alice), 10).await.expect("a ranking");
            let names = named(&rank);
            assert!(names.iter().any(|name| name == "fred"), "her own edge: {names:?}");
            assert!(!names.iter().any(|name| name == "nora" || name == "olga"), "{names:?}");
            told.push(rank);
            let all = engine.trust_rank(Viewer::Operator, Some(town.alice), 10).await.expect("a ranking");
            assert!(named(&all).iter().any(|name| name == "nora"), "the operator sees it");
            // Once Fred shows his edges, she is told.
            let public = PrivacyDials { trust: TrustAudience::Public, ..PrivacyDials::default() };
            engine.set_dials(town.fred, public).await.expect("sets");
            let shown = engine.trust_rank(alice, Some(town.alice), 10).await.expect("a ranking");
            assert!(named(&shown).iter().any(|name| name == "olga"));
            // Who is cut off from the end of the list is asked all the same.
            for (who, weight) in [(nora, "1"), (town.fred, "0.1")] {
                engine
                    .set_trust(town.alice, who, Some(weight.parse().expect("a weight")))
                    .await
                    .expect("trusts");
            }
            let whole = engine.trust_rank(alice, Some(town.alice), 10).await.expect("a ranking");
            let first = engine.trust_rank(alice, Some(town.alice), 1).await.expect("a ranking");
            assert_eq!(first.people, whole.people[..1]);
        }
        assert_eq!(told[0], told[1]);
    });
}

/// Alice turns her own weight on Fred; what she is told of his never grows finer than the step.
#[test]
fn turning_ones_own_weight_reads_off_nobody_else_s() {
    block_on(async {
        let mut told = Vec::new();
        for weight in ["0.37", "0.36"] {
            let town = town().await;
            let engine = &town.engine;
            let nora = user(engine, "nora").await;
            engine.set_trust(town.fred, nora, Some(weight.parse().expect("a weight"))).await.expect("trusts");
            let mut answers = Vec::new();
            for own in ["1", "0.98", "0.9459", "0.9460", "0.8", "0.5", "0.1"] {
                engine
                    .set_trust(town.alice, town.fred, Some(own.parse().expect("a weight")))
                    .await
                    .expect("trusts");
                let path =
                    engine.trust_path(Viewer::User(town.alice), town.alice, nora).await.expect("a path");
                answers.push(path.strength);
            }
            told.push(answers);
        }
        assert_eq!(told[0], told[1]);
        assert!(told[0][0] > told[0][6]);
    });
}

#[test]
fn the_score_of_others_comes_without_terms() {
    block_on(async {
        let town = town().await;
        for (name, viewer) in town.viewers() {
            let score = town.engine.trust_score(viewer, town.alice).await.expect("a score");
            let own = matches!(name, "alice" | "operator");
            assert_eq!((score.base.is_some(), score.active_days.is_some()), (own, own), "{name}");
        }
    });
}

#[test]
fn claims_of_a_person_lead_nobody_else_to_them() {
    block_on(async {
        let town = town().await;
        assert_eq!(town.leaks("alice.elsewhere", &["alice", "operator"]).await, Vec::<String>::new());
        let find = async |viewer| town.engine.find_user(viewer, "spotify:alice.elsewhere").await;
        let refused = find(Viewer::User(town.fred)).await.expect_err("fred may not know");
        let nobody =
            town.engine.find_user(Viewer::User(town.fred), "spotify:nobody").await.expect_err("nobody");
        assert_eq!(refused.to_string(), nobody.to_string());
        // What was only imported is public.
        let edge = ImportRecord::Person { person: "7".to_owned() };
        let options = ImportOptions { source: "data".to_owned(), person: None };
        let mut records = std::iter::once(Imported::Record(edge));
        town.engine.import(&mut records, &options, &|_| {}).await.expect("imports");
        town.engine.find_user(Viewer::Public, "data:7").await.expect("is known");
    });
}

#[test]
fn the_words_of_a_drop_do_not_come_back() {
    block_on(async {
        let town = town().await;
        let by = Authority::Operator;
        town.engine.withdraw(town.alice, town.open_drop).await.expect("withdraws the words of a rated drop");
        town.engine.hide(by, town.open_drop, true).await.expect("hides");
        town.engine.hide(by, town.open_drop, false).await.expect("shows");
        let drop = town.engine.drop(Viewer::User(town.fred), town.open_drop).await.expect("a drop");
        assert!(drop.hidden && drop.words.is_none());
        let feed = town.engine.feed(town.fred, None, None).await.expect("a feed");
        assert!(feed.items.iter().all(|item| item.drop.id != town.open_drop));
        let inside = async || {
            let feed =
                town.engine.circle_feed(Viewer::User(town.mia), town.circle, 10).await.expect("a feed");
            feed.into_iter().map(|drop| drop.id).collect::<Vec<_>>()
        };
        assert_eq!(inside().await, [town.circle_drop]);
        town.engine.annul(by, town.circle_drop, false).await.expect("removes");
        let shown = town.engine.hide(by, town.circle_drop, false).await.expect_err("removed for good");
        assert_eq!(shown.to_string(), "this drop is removed");
        assert_eq!(inside().await, []);
        let song = TrackRef::named("Some Band", "Other Song").expect("a track");
        let taken_back = town.engine.make_drop(town.mia, &song, "oh", None, Some(town.circle), None).await;
        let taken_back = taken_back.expect("drops");
        assert_eq!(inside().await, [taken_back]);
        town.engine.withdraw(town.mia, taken_back).await.expect("takes it back");
        assert_eq!(inside().await, []);
    });
}

#[test]
fn an_export_is_everything() {
    block_on(async {
        let town = town().await;
        let engine = &town.engine;
        engine.block(town.alice, town.stranger, true).await.expect("blocks");
        let song = TrackRef::named("Some Band", "Other Song").expect("a track");
        let by_fred = engine.make_drop(town.fred, &song, "from fred", None, None, None).await.expect("drops");
        engine.comment(town.alice, by_fred, "a remark").await.expect("comments");
        engine.report(town.alice, by_fred, "a reason").await.expect("reports");
        let export = engine.export(Viewer::User(town.alice), town.alice).await.expect("an export");
        assert_eq!(export.blocks.iter().map(|person| person.id).collect::<Vec<_>>(), [town.stranger]);
        let mut counted: Vec<_> =
            export.play_counts.iter().map(|c| (c.artist.as_deref(), c.plays, c.source.as_str())).collect();
        counted.sort_unstable();
        let expected =
            [(Some("Secret Guilty Pleasure"), 90_417_261, "test"), (Some("Shared Band"), 7_340_533, "test")];
        assert_eq!(counted, expected);
        let about: std::collections::BTreeMap<_, _> =
            export.words.iter().map(|words| (words.text.as_str(), words.drop)).collect();
        let belongs = |text: &str| about.get(text).copied().flatten();
        assert_eq!(belongs("a remark"), Some(by_fred));
        assert_eq!(belongs("a reason"), Some(by_fred));
        assert_eq!(belongs("words for all"), Some(town.open_drop));
        assert_eq!(belongs("cellarwords for few"), Some(town.circle_drop));
    });
}
