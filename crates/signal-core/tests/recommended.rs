//! Every reason of every recommended artist, held against the stored plays and trust; and whom dials keep out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pollster::block_on;
use signal_core::engine::{
    Engine, ImportOptions, Imported, RecommendAnswer, RecommendBasis, RecommendReason,
};
use signal_core::live::Live;
use signal_core::model::{
    ArtistId, Audience, Claim, Handle, PrivacyDials, TrustAudience, TrustWeight, UserId, Viewer,
};
use signal_core::platform::{ImportRecord, ImportedArtist};
use signal_core::simulation::SimulatedHost;
use signal_core::store::{MemoryStore, Page};

/// Fewest people of whom may be told that they play something.
const LEAST: usize = 5;
/// How many artists count as popular, and how many genres somebody is at home in.
const POPULAR: usize = 100;
const HOME: usize = 10;
/// People of the town; from `OPEN` on they claimed their accounts, so that their history is their own.
const PEOPLE: u32 = 60;
const OPEN: u32 = 30;

/// What is stored, read as plainly as can be.
struct Facts {
    engine: Engine,
    live: Live,
    plays: BTreeMap<UserId, BTreeMap<ArtistId, u64>>,
    named: BTreeMap<String, ArtistId>,
    tags: BTreeMap<ArtistId, Vec<(String, f64)>>,
}

fn band(number: u32) -> ImportedArtist {
    ImportedArtist { id: None, name: format!("Band {number}") }
}

/// What person `number` plays: eight or nine of the twelve bands of their scene, some of the other's, and one band alone.
fn bands_of(number: u32) -> Vec<u32> {
    let scene = number % 2 * 12;
    let own = (0..12).filter(|n| !(number / 2 + n).is_multiple_of(4)).map(|n| scene + n);
    let other = (0..12).filter(|n| (number * 5 + n * 3).is_multiple_of(17)).map(|n| 12 - scene + n);
    own.chain(other).chain([100 + number]).collect()
}

async fn town() -> Facts {
    let start = "2026-01-01T00:00:00Z".parse().expect("a time");
    let engine = Engine::new(Arc::new(MemoryStore::new()), Arc::new(SimulatedHost::new(7, start)));
    let tag = |n: u32| if n < 12 { "jazz" } else { "metal" }.to_owned();
    let mut records: Vec<ImportRecord> =
        (0..24).map(|n| ImportRecord::ArtistTag { artist: band(n), tag: tag(n) }).collect();
    for person in 0..PEOPLE {
        records.extend(bands_of(person).into_iter().map(|n| ImportRecord::ArtistPlays {
            person: Some(format!("p{person}")),
            artist: band(n),
            plays: u64::from(n % 7 + 3),
        }));
    }
    let options = ImportOptions { source: "town".to_owned(), person: None };
    engine.import(&mut records.into_iter().map(Imported::Record), &options, &|_| ()).await.expect("imports");
    for number in OPEN..PEOPLE {
        let user = person(&engine, number).await;
        engine.claim(user, Some(handle(&format!("p{number}"))), Vec::new()).await.expect("claims");
    }
    for from in OPEN..PEOPLE {
        for to in [from - OPEN, (from * 7 + 3) % PEOPLE, (from * 11 + 1) % PEOPLE, from - 1, from - 2] {
            trust(&engine, person(&engine, from).await, person(&engine, to).await, to % 9 + 1).await;
        }
    }
    engine.build_profiles().await.expect("profiles");
    Facts::of(engine).await
}

fn handle(name: &str) -> Handle {
    name.parse().expect("a handle")
}

async fn person(engine: &Engine, number: u32) -> UserId {
    let claim: Claim = format!("town:p{number}").parse().expect("a claim");
    engine.find_user(Viewer::Operator, claim.as_str()).await.expect("a person")
}

async fn trust(engine: &Engine, from: UserId, to: UserId, tenths: u32) {
    if from != to {
        let weight = TrustWeight::from_fraction(f64::from(tenths) / 10.0).expect("a weight");
        engine.set_trust(from, to, Some(weight)).await.expect("trusts");
    }
}

impl Facts {
    async fn of(engine: Engine) -> Self {
        let store = engine.store();
        let mut live = Live::default();
        for entry in store.entries(0, u32::MAX).await.expect("entries") {
            live.apply(&entry).expect("folds");
        }
        let mut plays: BTreeMap<UserId, BTreeMap<ArtistId, u64>> = BTreeMap::new();
        for row in store.artist_plays(Page { after: None, limit: u32::MAX }, 30_000).await.expect("plays") {
            *plays.entry(row.user).or_default().entry(row.artist).or_default() += row.plays;
        }
        let ids: BTreeSet<ArtistId> = plays.values().flat_map(BTreeMap::keys).copied().collect();
        let ids: Vec<ArtistId> = ids.into_iter().collect();
        let artists = store.artists(&ids).await.expect("artists");
        let named = artists.into_iter().flatten().map(|artist| (artist.name, artist.id)).collect();
        let mut tags: BTreeMap<ArtistId, Vec<(String, f64)>> = BTreeMap::new();
        for row in store.artist_genres(Page { after: None, limit: u32::MAX }).await.expect("genres") {
            tags.entry(row.artist).or_default().push((row.genre, row.weight));
        }
        Self { engine, live, plays, named, tags }
    }

    fn plays(&self, user: UserId, artist: ArtistId) -> bool {
        self.plays.get(&user).is_some_and(|row| row.contains_key(&artist))
    }

    fn listeners(&self, artist: ArtistId) -> BTreeSet<UserId> {
        self.plays.keys().filter(|user| self.plays(**user, artist)).copied().collect()
    }

    fn trusted(&self, user: UserId) -> Vec<UserId> {
        let graph = &self.live.graph;
        self.live.people.keys().filter(|to| graph.weight(user, **to).is_some()).copied().collect()
    }

    /// Whom a person trusts, of those whose dial lets them see.
    async fn showing(&self, user: UserId, dial: impl Fn(PrivacyDials) -> Audience) -> Vec<UserId> {
        let mut showing = Vec::new();
        for other in self.trusted(user) {
            let set = self.engine.user(Viewer::Operator, other).await.expect("a person").dials;
            let near = self.live.graph.weight(other, user).is_some() || self.live.share_circle(user, other);
            match dial(set.expect("the operator sees them")) {
                Audience::Public => showing.push(other),
                Audience::Friends if near => showing.push(other),
                Audience::Friends | Audience::Private => {}
            }
        }
        showing
    }

    async fn home(&self, user: UserId) -> BTreeSet<String> {
        let taste = self.engine.taste(Viewer::Operator, user).await.expect("a taste");
        taste.genres.into_iter().take(HOME).map(|genre| genre.genre).collect()
    }

    async fn holds(&self, user: UserId, artist: ArtistId, reason: &RecommendReason) -> bool {
        let of_genre = |genre: &String| self.tags[&artist].iter().any(|(tag, _)| tag == genre);
        let listeners = self.listeners(artist);
        match reason {
            RecommendReason::Trusted { people } => {
                let friends = self.showing(user, |dials| dials.history).await;
                let playing = friends.iter().filter(|friend| self.plays(**friend, artist)).count();
                *people > 0 && playing as u64 == *people
            }
            RecommendReason::AlsoPlayed { of } => {
                let of = self.named[of];
                let theirs = self.listeners(of);
                let both = listeners.intersection(&theirs).filter(|other| **other != user).count();
                let more = both * self.plays.len() > theirs.len() * listeners.len();
                self.plays(user, of) && both >= LEAST && more
            }
            RecommendReason::Genre { genre } => of_genre(genre) && self.home(user).await.contains(genre),
            RecommendReason::TrustedGenre { genre, people } => {
                let mut at_home = 0;
                for friend in self.showing(user, |dials| dials.taste).await {
                    at_home += u64::from(self.home(friend).await.contains(genre));
                }
                of_genre(genre) && at_home == *people && *people > 0
            }
            RecommendReason::Popular => {
                let more =
                    self.named.values().filter(|other| self.listeners(**other).len() > listeners.len());
                more.count() < POPULAR
            }
        }
    }

    /// Checks all that is said; gives the kinds of reasons that were.
    async fn check(&self, user: UserId, answer: &RecommendAnswer) -> BTreeSet<String> {
        let open = self.showing(user, |dials| dials.history).await;
        let mut kinds = BTreeSet::new();
        for one in &answer.artists {
            let artist = self.named[&one.artist];
            let case = format!("{} for {user}: {:?}", one.artist, one.reasons);
            assert!(!self.plays(user, artist) && !one.reasons.is_empty(), "{case}");
            let shown = open.iter().any(|friend| self.plays(*friend, artist));
            assert!(shown || self.listeners(artist).len() >= LEAST, "{case}");
            for reason in &one.reasons {
                assert!(self.holds(user, artist, reason).await, "{case}");
                let value = serde_json::to_value(reason).expect("serialises");
                kinds.insert(value["kind"].as_str().expect("a kind").to_owned());
            }
        }
        kinds
    }

    async fn recommend(&self, user: UserId) -> RecommendAnswer {
        self.engine.recommend(Viewer::User(user), user, 50).await.expect("an answer")
    }
}

fn names(answer: &RecommendAnswer) -> Vec<&str> {
    answer.artists.iter().map(|one| one.artist.as_str()).collect()
}

#[test]
fn every_reason_is_true_of_the_stored_plays_and_trust() {
    block_on(async {
        let facts = town().await;
        let mut kinds = BTreeSet::new();
        for user in facts.live.people.keys() {
            let answer = facts.recommend(*user).await;
            assert_eq!(answer.basis, RecommendBasis::Listening);
            assert!(answer.artists.len() > 5, "{answer:?}");
            kinds.extend(facts.check(*user, &answer).await);
            // Whoever asks, it is what the person gets.
            assert_eq!(facts.engine.recommend(Viewer::Operator, *user, 50).await.expect("an answer"), answer);
            let few = facts.engine.recommend(Viewer::User(*user), *user, 3).await.expect("an answer");
            assert_eq!(names(&few), names(&answer)[..3]);
        }
        assert!(
            kinds.contains("trusted") && kinds.contains("also_played") && kinds.contains("genre"),
            "{kinds:?}"
        );
    });
}

#[test]
fn the_scene_somebody_hears_comes_first() {
    block_on(async {
        let facts = town().await;
        let user = person(&facts.engine, 0).await;
        let answer = facts.recommend(user).await;
        let missing: BTreeSet<String> =
            (0..12).filter(|n| !bands_of(0).contains(n)).map(|n| format!("Band {n}")).collect();
        let first: BTreeSet<String> =
            names(&answer).into_iter().take(missing.len()).map(ToOwned::to_owned).collect();
        assert_eq!(first, missing);
    });
}

#[test]
fn who_plays_nothing_gets_friends_then_genres_then_what_most_play() {
    block_on(async {
        let facts = town().await;
        let engine = &facts.engine;
        let [alone, open, hidden] = ["alone", "open", "hidden"].map(handle);
        let alone = engine.register(&alone).await.expect("registers");
        let open = engine.register(&open).await.expect("registers");
        let hidden = engine.register(&hidden).await.expect("registers");
        trust(engine, open, person(engine, 0).await, 9).await;
        // Person 40 shows their taste to whom they trust, their history to nobody.
        let secretive = person(engine, 40).await;
        trust(engine, hidden, secretive, 9).await;
        trust(engine, secretive, hidden, 9).await;
        let facts = Facts::of(facts.engine.clone()).await;
        let mut found = Vec::new();
        for user in [open, hidden, alone] {
            let answer = facts.recommend(user).await;
            found.push((answer.basis, facts.check(user, &answer).await, answer));
        }
        let kinds = |place: usize| found[place].1.iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(found[0].0, RecommendBasis::Friends);
        assert!(kinds(0).contains(&"trusted") && names(&found[0].2).contains(&"Band 100"), "{:?}", found[0]);
        assert_eq!(found[1].0, RecommendBasis::Genres);
        assert!(kinds(1).contains(&"trusted_genre") && !kinds(1).contains(&"trusted"), "{:?}", found[1]);
        assert_eq!((found[2].0, kinds(2)), (RecommendBasis::Popularity, vec!["popular"]));
    });
}

#[test]
fn what_somebody_keeps_back_changes_no_list() {
    block_on(async {
        let facts = town().await;
        let engine = &facts.engine;
        let spy = engine.register(&handle("spy")).await.expect("registers");
        let target = person(engine, 41).await;
        let before = facts.recommend(spy).await;
        trust(engine, spy, target, 10).await;
        // Trusting somebody who shows nothing, not even their taste to the spy, tells nothing of them.
        assert_eq!(facts.recommend(spy).await, before);
        // What fewer than five people play is named by nobody but a friend who shows it.
        for user in facts.live.people.keys() {
            let open = facts.showing(*user, |dials| dials.history).await;
            for name in names(&facts.recommend(*user).await) {
                let artist = facts.named[name];
                let told = open.iter().any(|friend| facts.plays(*friend, artist));
                assert!(told || facts.listeners(artist).len() >= LEAST, "{name}");
            }
        }
        // Opened, it counts; muted or blocked, it does not.
        let open =
            PrivacyDials { history: Audience::Public, taste: Audience::Public, trust: TrustAudience::Counts };
        engine.set_dials(target, open).await.expect("sets");
        let after = facts.recommend(spy).await;
        assert_eq!(after.basis, RecommendBasis::Friends);
        assert!(names(&after).contains(&"Band 141"), "{after:?}");
        engine.mute(Viewer::User(spy), spy, target, true).await.expect("mutes");
        assert_eq!(facts.recommend(spy).await, before);
        engine.mute(Viewer::User(spy), spy, target, false).await.expect("unmutes");
        engine.block(target, spy, true).await.expect("blocks");
        assert_eq!(facts.recommend(spy).await, before);
    });
}

#[test]
fn neighbours_are_the_nearest_who_show_themselves() {
    block_on(async {
        let facts = town().await;
        let engine = &facts.engine;
        let user = person(engine, 32).await;
        let asked = engine.taste_neighbours(Viewer::User(user), user, 100).await.expect("an answer");
        assert!(asked.people.len() > 10, "{}", asked.people.len());
        let mut last = f64::INFINITY;
        for near in &asked.people {
            let steps = near.similarity / 0.05;
            assert!((steps - steps.round()).abs() < 1e-9 && near.similarity <= last, "{near:?}");
            last = near.similarity;
            assert!(!near.reasons.is_empty() && near.user.id != user, "{near:?}");
            // Shown to the person: the taste answers too, and the match says the same.
            engine.taste(Viewer::User(user), near.user.id).await.expect("is shown");
            let found = engine.compatibility(Viewer::User(user), user, near.user.id).await.expect("a match");
            assert!((found.taste.expect("is shown") - near.similarity).abs() < 0.0251, "{near:?}");
        }
        // All the others are less near, or hidden.
        let listed: BTreeSet<UserId> = asked.people.iter().map(|near| near.user.id).collect();
        for other in facts.live.people.keys().filter(|other| **other != user && !listed.contains(other)) {
            let shown = engine.taste(Viewer::User(user), *other).await.is_ok();
            let found = engine.compatibility(Viewer::Operator, user, *other).await.expect("a match");
            assert!(!shown || found.taste.is_none_or(|taste| taste <= 0.0), "{other}");
        }
        let first = asked.people[0].user.id;
        engine.mute(Viewer::User(user), user, first, true).await.expect("mutes");
        let muted = engine.taste_neighbours(Viewer::User(user), user, 100).await.expect("an answer");
        assert!(muted.people.iter().all(|near| near.user.id != first) && !muted.people.is_empty());
        let every = engine.taste_neighbours(Viewer::Operator, user, 100).await.expect("an answer");
        assert!(every.people.len() > asked.people.len(), "the operator sees whom dials hide");
    });
}
