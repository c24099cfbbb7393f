//! What the operator does about findings: a scan at any time, and a word on a finding that the next epochs respect.

use std::sync::Arc;

use pollster::block_on;
use signal_core::decide::Refusal;
use signal_core::engine::{Engine, EngineError, FindingAnswer};
use signal_core::ledger::{EpochTables, Event, Resolution};
use signal_core::model::{DropId, Points, Stars, Timestamp, TrackRef, UserId, Viewer};
use signal_core::policy::{FindingEffect, Policy};
use signal_core::simulation::SimulatedHost;
use signal_core::store::{LedgerStore, MemoryStore};

const OPERATOR: Viewer = Viewer::Operator;

/// A town with three drops, four raters in step, and others who rate as people do.
struct Town {
    engine: Engine,
    store: MemoryStore,
    host: Arc<SimulatedHost>,
    start: Timestamp,
    people: Vec<UserId>,
    ring: Vec<UserId>,
    drops: Vec<DropId>,
}

impl Town {
    async fn new() -> Self {
        let start = "2026-01-01T00:00:00Z".parse().expect("a time");
        let host = Arc::new(SimulatedHost::new(7, start));
        let store = MemoryStore::new();
        let engine = Engine::new(Arc::new(store.clone()), Arc::<SimulatedHost>::clone(&host));
        let mut town =
            Self { engine, store, host, start, people: Vec::new(), ring: Vec::new(), drops: Vec::new() };
        for number in 0..8 {
            town.people.push(town.joins(&format!("person{number}")).await);
        }
        for number in 0..4 {
            town.ring.push(town.joins(&format!("ring{number}")).await);
        }
        for author in 0..3 {
            town.drops.push(town.drop(author).await);
        }
        for ring in town.ring.clone() {
            town.rates(ring, 1, 5).await;
        }
        for (place, person) in town.people.clone().into_iter().enumerate().skip(3) {
            let place = u8::try_from(place).expect("few");
            town.rates(person, 3 + 2 * i64::from(place), place).await;
        }
        town
    }

    async fn joins(&self, handle: &str) -> UserId {
        self.engine.register(&handle.parse().expect("a handle")).await.expect("joins")
    }

    async fn drop(&self, author: usize) -> DropId {
        let song = TrackRef::named("Some Band", &format!("Song {author}")).expect("a track");
        self.engine.make_drop(self.people[author], &song, "listen", None, None, None).await.expect("drops")
    }

    /// Rates every drop at an hour.
    async fn rates(&self, who: UserId, hour: i64, halves: u8) {
        self.host.set_now(self.start.plus_seconds(hour * 3_600).max(self.engine.now()));
        for drop in &self.drops {
            let stars = Stars::from_halves(halves).expect("stars");
            self.engine.rate(who, *drop, stars).await.expect("rates");
        }
    }

    /// What this engine finds, which counts only what changed since its last scan, and another that counts it all.
    async fn scan(&self) -> Vec<FindingAnswer> {
        let found = self.engine.scan(OPERATOR).await.expect("scans").findings;
        let other = Engine::new(self.engine.store().clone(), self.host.clone());
        assert_eq!(other.scan(OPERATOR).await.expect("scans").findings, found);
        found
    }

    async fn resolve(
        &self,
        finding: &FindingAnswer,
        as_what: Resolution,
    ) -> Result<FindingAnswer, EngineError> {
        self.engine.resolve(OPERATOR, &finding.short, as_what, "they share a flat").await
    }

    /// The tables of the newest epoch.
    async fn close(&self) -> EpochTables {
        self.engine.close_epoch().await.expect("closes");
        let entries = self.store.entries(0, u32::MAX).await.expect("entries");
        let hash = entries.iter().rev().find_map(|entry| match entry.read().expect("an entry").body?.event {
            Event::EpochClosed { tables, .. } => Some(tables),
            _ => None,
        });
        let bytes = self.store.tables(hash.expect("an epoch")).await.expect("reads").expect("tables");
        EpochTables::from_bytes(&bytes).expect("tables")
    }

    async fn entries(&self) -> u64 {
        self.engine.checkpoint().await.expect("a head").entries
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, EngineError>) -> Refusal {
    match result {
        Err(EngineError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn ids(finding: &FindingAnswer) -> Vec<UserId> {
    finding.members.iter().map(|member| member.id).collect()
}

#[test]
fn a_scan_finds_what_an_epoch_would_and_changes_nothing() {
    block_on(async {
        let town = Town::new().await;
        let before = town.entries().await;
        let found = town.scan().await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].kind.as_str(), found[0].effect), ("lockstep", FindingEffect::Merge));
        assert_eq!(ids(&found[0]), town.ring, "by name");
        assert_eq!(found[0].short, found[0].id.to_string()[24..]);
        assert_eq!(town.entries().await, before);
        assert_eq!(town.scan().await, found);
        for name in [found[0].short.clone(), found[0].id.to_string(), found[0].short.to_uppercase()] {
            assert_eq!(town.engine.finding(OPERATOR, &name).await.expect("is there"), found[0]);
        }
        let tables = town.close().await;
        assert_eq!((tables.findings.len(), tables.findings[0].id()), (1, found[0].id));
        // Another process, and a ledger that went on, call it the same.
        let elsewhere = Engine::new(Arc::new(town.store.clone()), town.host.clone());
        assert_eq!(elsewhere.scan(OPERATOR).await.expect("scans").findings, found);
    });
}

#[test]
fn only_the_operator_hears_of_findings() {
    block_on(async {
        let town = Town::new().await;
        let found = &town.scan().await[0];
        let nothing = Refusal::NotFound { what: "finding" };
        for viewer in [Viewer::Public, Viewer::User(town.people[0]), Viewer::User(town.ring[0])] {
            assert_eq!(refused(town.engine.scan(viewer).await), nothing);
            assert_eq!(refused(town.engine.finding(viewer, &found.short).await), nothing);
            let resolved = town.engine.resolve(viewer, &found.short, Resolution::Dismissed, "mine").await;
            assert_eq!(refused(resolved), nothing);
        }
        for name in ["00000000", "", "no finding"] {
            assert_eq!(refused(town.engine.finding(OPERATOR, name).await), nothing, "{name}");
        }
    });
}

#[test]
fn what_is_dismissed_takes_no_effect_from_the_next_epoch_on() {
    block_on(async {
        let town = Town::new().await;
        let found = town.scan().await.remove(0);
        let member = |tables: &EpochTables| tables.findings[0].members[0];
        let before = town.close().await;
        assert_eq!(before.finding_of(member(&before)), Some(0));
        let told = town.resolve(&found, Resolution::Dismissed).await.expect("resolves");
        assert_eq!((told.effect, told.id), (FindingEffect::Nothing, found.id));
        let resolution = told.resolution.clone().expect("a resolution");
        assert_eq!(resolution.resolution, Resolution::Dismissed);
        assert_eq!((resolution.note.as_str(), resolution.at), ("they share a flat", town.engine.now()));
        assert_eq!(town.scan().await, [told]);
        let after = town.close().await;
        assert_eq!((after.findings.len(), after.findings[0].effect), (1, FindingEffect::Nothing));
        assert_eq!(after.finding_of(member(&after)), None, "their votes count alone");
        // The same again is no news; another word is.
        let size = town.entries().await;
        assert!(matches!(refused(town.resolve(&found, Resolution::Dismissed).await), Refusal::Exists { .. }));
        assert_eq!(town.entries().await, size);
        let told = town.resolve(&found, Resolution::Confirmed).await.expect("resolves");
        assert_eq!(told.effect, FindingEffect::Merge);
        let last = town.close().await;
        assert_eq!(last.finding_of(member(&last)), Some(0));
        let replay = town.engine.replay_ledger(&|_| {}).await.expect("replays");
        assert!(replay.equal, "{:?}", replay.differences);
        let verified = town.engine.verify_ledger(&|_| {}).await.expect("verifies");
        assert!(verified.verified, "{verified:?}");
    });
}

#[test]
fn what_is_confirmed_stays_when_the_ratings_no_longer_show_it() {
    block_on(async {
        let town = Town::new().await;
        let found = town.scan().await.remove(0);
        town.resolve(&found, Resolution::Confirmed).await.expect("resolves");
        // From now on nobody counts as in step.
        let mut policy = Policy::default();
        policy.integrity.collusion.lockstep_drops = 50;
        town.engine.set_policy(policy).await.expect("sets");
        let kept = town.scan().await;
        assert_eq!((kept.len(), kept[0].id, kept[0].effect), (1, found.id, FindingEffect::Merge));
        assert!((kept[0].probability - found.probability).abs() < 1e-6, "{kept:?}");
        let said =
            "the operator confirmed lockstep of 4 people, which the ratings of today alone do not show";
        assert_eq!(kept[0].evidence, said);
        let tables = town.close().await;
        assert_eq!(tables.finding_of(tables.findings[0].members[0]), Some(0));
        town.resolve(&found, Resolution::Dismissed).await.expect("resolves");
        assert_eq!(town.scan().await, []);
        assert_eq!(town.close().await.findings, []);
    });
}

#[test]
fn a_resolution_goes_with_any_of_its_people() {
    block_on(async {
        let town = Town::new().await;
        let found = town.scan().await.remove(0);
        town.resolve(&found, Resolution::Confirmed).await.expect("resolves");
        town.engine.erase(town.ring[2]).await.expect("erases");
        assert_eq!(town.scan().await, [], "three are no group");
        let elsewhere = Engine::new(Arc::new(town.store.clone()), town.host.clone());
        assert_eq!(elsewhere.scan(OPERATOR).await.expect("scans").findings, []);
        let entries = town.store.entries(0, u32::MAX).await.expect("entries");
        let bodies = entries.iter().filter_map(|entry| entry.read().expect("an entry").body);
        for body in bodies {
            assert!(!body.event.people().contains(&town.ring[2]), "{body:?}");
            assert!(!matches!(body.event, Event::FindingResolved { .. }), "the note is gone: {body:?}");
        }
        let replay = town.engine.replay_ledger(&|_| {}).await.expect("replays");
        assert!(replay.equal, "{:?}", replay.differences);
        let verified = town.engine.verify_ledger(&|_| {}).await.expect("verifies");
        assert!(verified.verified, "{verified:?}");
        town.close().await;
    });
}

#[test]
fn a_note_has_a_limit_and_must_say_something() {
    block_on(async {
        let town = Town::new().await;
        let found = town.scan().await.remove(0);
        for note in [" ".to_owned(), "x".repeat(501)] {
            let told = town.engine.resolve(OPERATOR, &found.short, Resolution::Dismissed, &note).await;
            assert!(matches!(told, Err(EngineError::Invalid { .. })), "{told:?}");
        }
    });
}

#[test]
fn an_abnormal_pace_is_a_flag_unless_policy_says_more_and_merges_nobody_along() {
    block_on(async {
        let mut town = Town::new().await;
        // A hundred people rate once; one rates each of a hundred drops on one day, and so does one of the ring.
        for number in 0..100 {
            let author = town.joins(&format!("author{number}")).await;
            town.people.push(author);
            town.host.set_now(town.start.plus_days(2));
            town.drops = vec![town.drop(town.people.len() - 1).await];
            let first = if number == 0 { town.people[3] } else { town.people[town.people.len() - 2] };
            for (who, halves) in [(first, 9), (town.people[7], 6), (town.ring[0], 3)] {
                town.rates(who, 48, halves).await;
            }
        }
        let found = town.scan().await;
        let pace: Vec<_> = found.iter().filter(|finding| finding.kind == "abnormal pace").collect();
        let flagged: Vec<UserId> = pace.iter().flat_map(|finding| ids(finding)).collect();
        assert_eq!(flagged.len(), 2, "{found:?}");
        assert!(flagged.contains(&town.people[7]) && flagged.contains(&town.ring[0]), "{found:?}");
        assert!(pace.iter().all(|finding| finding.effect == FindingEffect::Flag), "{found:?}");
        let groups: Vec<_> = found.iter().filter(|finding| finding.members.len() > 1).collect();
        assert!(!groups.is_empty(), "{found:?}");
        assert!(groups.iter().all(|finding| finding.effect == FindingEffect::Merge), "{found:?}");
        let tables = town.close().await;
        let alone = tables.findings.iter().find(|finding| finding.members.len() == 1).expect("a flag");
        assert!(!alone.effect.merges(), "{alone:?}");
        // One of the two is in the ring's finding too, and by that alone are votes merged.
        let flags = tables.findings.iter().filter(|finding| finding.members.len() == 1);
        let merged: Vec<usize> = flags.filter_map(|flag| tables.finding_of(flag.members[0])).collect();
        assert_eq!(merged.len(), 1, "{tables:?}");
        assert!(tables.findings[merged[0]].members.len() > 1, "{tables:?}");
        let mut policy = Policy::default();
        policy.integrity.collusion.effects.abnormal_pace = FindingEffect::Nothing;
        town.engine.set_policy(policy).await.expect("sets");
        let quiet = town.scan().await;
        let nothing = |finding: &&FindingAnswer| finding.effect == FindingEffect::Nothing;
        assert_eq!(quiet.iter().filter(nothing).count(), 2, "{quiet:?}");
    });
}

#[test]
fn a_finding_raises_stakes_where_policy_says_so() {
    block_on(async {
        let town = Town::new().await;
        let stakes = async |who, name: &str, points: Option<Points>| {
            let song = TrackRef::named("Another Band", name).expect("a track");
            town.engine.make_drop(who, &song, "listen", points, None, None).await
        };
        let mut policy = Policy::default();
        policy.integrity.collusion.effects.lockstep = FindingEffect::Raise;
        town.engine.set_policy(policy).await.expect("sets");
        // Nothing before an epoch has it.
        stakes(town.ring[0], "before", Some(Points::whole(10))).await.expect("drops");
        let tables = town.close().await;
        assert_eq!((tables.findings.len(), tables.findings[0].effect), (1, FindingEffect::Raise));
        assert_eq!(tables.finding_of(tables.findings[0].members[0]), Some(0), "votes are merged, too");
        let refusal = refused(stakes(town.ring[1], "after", Some(Points::from_milli(14_999))).await);
        assert!(
            matches!(refusal, Refusal::StakeTooSmall { minimum, .. } if minimum == Points::whole(15)),
            "{refusal}"
        );
        let hint = refusal.hint().expect("a hint");
        assert_eq!(
            hint,
            "stake at least 15.000; a finding raises it, as long as each night's closing has it"
        );
        let first = stakes(town.ring[1], "after", None).await.expect("drops");
        let told = town.engine.drop(Viewer::User(town.ring[1]), first).await.expect("a drop");
        assert_eq!(told.stake_millipoints, Points::whole(15));
        stakes(town.people[5], "aside", Some(Points::whole(10))).await.expect("others drop as before");
        // Dismissed, it is gone with the next epoch.
        let found = town.scan().await;
        town.resolve(&found[0], Resolution::Dismissed).await.expect("resolves");
        town.close().await;
        stakes(town.ring[2], "later", Some(Points::whole(10))).await.expect("drops");
    });
}

#[test]
fn a_dismissal_holds_for_a_part_of_the_people_and_for_every_way_of_seeing_them() {
    block_on(async {
        let mut town = Town::new().await;
        let found = town.scan().await;
        town.resolve(&found[0], Resolution::Dismissed).await.expect("resolves");
        // One of them leaves the step, which makes another finding of those who are left; and they shout, which is seen as
        // one-way praise as well.
        town.drops = Vec::new();
        for author in 3..6 {
            town.drops.push(town.drop(author).await);
        }
        for ring in town.ring.clone() {
            town.rates(ring, 60, 10).await;
        }
        for (place, person) in
            town.people.clone().into_iter().enumerate().filter(|one| !(3..6).contains(&one.0))
        {
            let place = u8::try_from(place).expect("few");
            town.rates(person, 62 + 2 * i64::from(place), 3 + place % 3).await;
        }
        let found = town.scan().await;
        let of_ring: Vec<_> =
            found.iter().filter(|one| ids(one).iter().all(|who| town.ring.contains(who))).collect();
        assert!(!of_ring.is_empty(), "{found:?}");
        assert!(of_ring.iter().all(|one| one.effect == FindingEffect::Nothing), "{of_ring:?}");
    });
}
