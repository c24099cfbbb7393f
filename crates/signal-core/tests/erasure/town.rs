//! A few people, what they do to each other, and what must not be left of one of them.

use std::sync::Arc;

use signal_core::decide::Authority;
use signal_core::engine::{Engine, EngineError, ImportAnswer, ImportOptions, Imported, Result};
use signal_core::ledger::EventKind;
use signal_core::model::{
    CircleId, DropId, Exactness, PrivacyDials, Role, Stars, Timestamp, TrackRef, TrustWeight, UserId,
};
use signal_core::platform::{ImportRecord, ImportedArtist};
use signal_core::simulation::SimulatedHost;
use signal_core::store::{ContentStore, LedgerStore, MemoryStore, Store};

use super::slip::Slip;

/// Ann is the one who leaves. Dan has had nothing to do with her.
#[derive(Clone)]
pub(crate) struct Town {
    pub(crate) memory: MemoryStore,
    /// Everything right away.
    pub(crate) engine: Engine,
    /// The same, through the store in which somebody slips in.
    pub(crate) slipping: Engine,
    pub(crate) slip: Arc<Slip>,
    pub(crate) host: Arc<SimulatedHost>,
    pub(crate) ann: UserId,
    pub(crate) bob: UserId,
    pub(crate) cy: UserId,
    pub(crate) dan: UserId,
    bobs_circle: CircleId,
    cys_circle: CircleId,
    anns_drop: DropId,
    bobs_drop: DropId,
}

fn song() -> TrackRef {
    TrackRef::named("Shared Band", "Song").expect("a track")
}

fn stars() -> Stars {
    Stars::from_halves(8).expect("stars")
}

fn trusts(from: &str, to: &str, weight: u16) -> ImportRecord {
    let weight = TrustWeight::from_ten_thousandths(weight).ok();
    ImportRecord::Trust { from: from.to_owned(), to: to.to_owned(), weight, mutual: false }
}

fn plays(person: &str) -> [ImportRecord; 2] {
    let artist = ImportedArtist { id: None, name: "Shared Band".to_owned() };
    let person = Some(person.to_owned());
    let start = Timestamp::from_seconds(1_767_225_600);
    [
        ImportRecord::ArtistPlays { person: person.clone(), artist, plays: 7 },
        ImportRecord::Listen { person, track: song(), start, exactness: Exactness::Exact, played_ms: None },
    ]
}

async fn import(engine: &Engine, records: Vec<ImportRecord>) -> Result<ImportAnswer> {
    let options = ImportOptions { source: "test".to_owned(), person: None };
    engine.import(&mut records.into_iter().map(Imported::Record), &options, &|_| {}).await
}

async fn user(engine: &Engine, name: &str) -> UserId {
    let user = engine.register(&name.parse().expect("a handle")).await.expect("registers");
    let claim = format!("test:{name}").parse().expect("a claim");
    engine.claim(user, None, vec![claim]).await.expect("claims");
    user
}

impl Town {
    pub(crate) async fn new() -> Self {
        let host = Arc::new(SimulatedHost::new(1, "2026-01-01T00:00:00Z".parse().expect("a time")));
        let memory = MemoryStore::new();
        let slip = Arc::new(Slip::new(memory.clone()));
        let engine = Engine::new(Arc::new(memory.clone()), Arc::<SimulatedHost>::clone(&host));
        let slipping = Engine::new(Arc::<Slip>::clone(&slip), Arc::<SimulatedHost>::clone(&host));
        let (ann, bob) = (user(&engine, "ann").await, user(&engine, "bob").await);
        let (cy, dan) = (user(&engine, "cy").await, user(&engine, "dan").await);
        let records =
            vec![trusts("bob", "ann", 5_000), trusts("bob", "cy", 5_000), trusts("ann", "bob", 9_000)];
        let records = records.into_iter().chain(plays("ann")).chain(plays("bob")).collect();
        import(&engine, records).await.expect("imports");
        let town = async {
            let bobs_circle = engine.create_circle(bob, "The Cellar", &[], true).await?;
            let cys_circle = engine.create_circle(cy, "Late Trains", &[], false).await?;
            engine.join(ann, cys_circle).await?;
            let anns_drop = engine.make_drop(ann, &song(), "ann's words", None, None, None).await?;
            let bobs_drop = engine.make_drop(bob, &song(), "bob's words", None, None, None).await?;
            engine.rate(ann, bobs_drop, stars()).await?;
            engine.comment(ann, bobs_drop, "a remark").await?;
            engine.block(cy, ann, true).await?;
            Ok::<_, EngineError>((bobs_circle, cys_circle, anns_drop, bobs_drop))
        };
        let (bobs_circle, cys_circle, anns_drop, bobs_drop) = town.await.expect("a town");
        Self {
            memory,
            engine,
            slipping,
            slip,
            host,
            ann,
            bob,
            cy,
            dan,
            bobs_circle,
            cys_circle,
            anns_drop,
            bobs_drop,
        }
    }

    /// How many things there are to do.
    pub(crate) const ACTS: usize = 18;
    /// Bob no longer trusts Cy.
    pub(crate) const TAKES_BACK: usize = 2;

    /// Does one of them. It may be refused: Ann may be gone.
    pub(crate) async fn act(&self, engine: &Engine, which: usize) -> Result<()> {
        let Self { ann, bob, cy, dan, .. } = *self;
        match which {
            0 => engine.set_trust(bob, ann, Some(TrustWeight::FULL)).await,
            1 => engine.set_trust(dan, ann, Some(TrustWeight::FULL)).await,
            Self::TAKES_BACK => engine.set_trust(bob, cy, None).await,
            3 => self.import_edges(engine).await.map(drop),
            4 => engine.invite(bob, self.bobs_circle, ann).await,
            5 => engine.block(bob, ann, true).await,
            6 => engine.erase(bob).await,
            7 => engine.anonymise(bob).await,
            8 => engine.set_role(Authority::Operator, self.cys_circle, ann, Role::Creator).await,
            9 => engine.close_circle(Authority::Operator, self.cys_circle).await,
            10 => engine
                .make_drop(ann, &song(), "more words", None, Some(self.cys_circle), None)
                .await
                .map(drop),
            11 => engine.rate(bob, self.anns_drop, stars()).await,
            12 => engine.annul(Authority::Operator, self.anns_drop, true).await,
            13 => import(engine, plays("ann").into()).await.map(drop),
            14 => engine.build_profiles().await.map(drop),
            15 => engine.seen(ann, &[self.bobs_drop]).await.map(drop),
            16 => engine.set_dials(ann, PrivacyDials::OPEN).await,
            _ => Ok(engine.store().put_secret(ann, "spotify", "refresh", b"sealed").await?),
        }
    }

    /// Somebody says that Dan trusts Ann and Bob.
    pub(crate) async fn import_edges(&self, engine: &Engine) -> Result<ImportAnswer> {
        import(engine, vec![trusts("dan", "ann", 1), trusts("dan", "bob", 1)]).await
    }

    /// Panics if anything leads to Ann, if the ledger does not hold, if it says something else than is stored, or if
    /// what Bob took back is there again.
    pub(crate) async fn check(&self, act: usize, when: &str) {
        if act == Self::TAKES_BACK {
            let edges = self.memory.edges_from(self.bob).await.expect("edges");
            assert!(edges.iter().all(|edge| edge.to != self.cy), "{when}: {edges:?}");
        }
        let verified = self.engine.verify_ledger(&|_| {}).await.expect("reads");
        assert!(verified.verified, "{when}: {verified:?}");
        let replayed = self.engine.replay_ledger(&|_| {}).await.expect("reads");
        assert!(replayed.equal, "{when}: {:?}", replayed.differences);
        let id = self.ann.to_string();
        for stored in self.memory.entries(0, u32::MAX).await.expect("entries") {
            let entry = stored.read().expect("an entry");
            let body =
                stored.body.map(|(bytes, _)| String::from_utf8(bytes).expect("text")).unwrap_or_default();
            let named = body.contains(&id) && entry.leaf.kind != EventKind::UserErased;
            assert!(!named, "{when}: {body}");
        }
        let rows = self.rows().await;
        assert!(rows.iter().all(|(_, rows)| *rows == 0), "{when}: {rows:?}");
    }

    /// How many rows lead to Ann.
    async fn rows(&self) -> [(&'static str, usize); 11] {
        let (store, ann): (&dyn Store, _) = (&self.memory, self.ann);
        [
            ("names", store.keys_of(ann.uuid()).await.expect("names").len()),
            ("words", store.docs_of(ann).await.expect("words").len()),
            ("edges from", store.edges_from(ann).await.expect("edges").len()),
            ("edges to", store.edges_to(ann).await.expect("edges").len()),
            ("seats", store.seats_of(ann).await.expect("seats").len()),
            ("dials", usize::from(store.dials(ann).await.expect("dials").is_some())),
            ("listens", store.listens(ann, Timestamp::MAX, 99).await.expect("listens").len()),
            ("play counts", store.play_counts(ann).await.expect("play counts").len()),
            ("seen", store.seen_of(ann).await.expect("marks").len()),
            ("profile", usize::from(store.profile(ann).await.expect("a profile").is_some())),
            (
                "secret",
                usize::from(store.secret(ann, "spotify", "refresh").await.expect("a secret").is_some()),
            ),
        ]
    }
}
