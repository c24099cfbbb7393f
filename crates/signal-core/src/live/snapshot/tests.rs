use uuid::Uuid;

use super::*;
use crate::model::Role;

fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// Something of everything.
fn held() -> Live {
    use crate::ledger::Event;
    let (circle, drop) = (CircleId::from_uuid(Uuid::from_u128(70)), DropId::from_uuid(Uuid::from_u128(80)));
    let register = |n: u128, handle: Option<&str>, claim: Option<&str>| Event::UserRegistered {
        user: user(n),
        pseudonym: Pseudonym::from_bytes([u8::try_from(n).unwrap(); 16]),
        handle: handle.map(|handle| handle.parse().unwrap()),
        claims: claim.map(|claim| claim.parse().unwrap()).into_iter().collect(),
        claimed: handle.is_some(),
    };
    let weight = |weight| TrustWeight::from_ten_thousandths(weight).unwrap();
    let events = [
        register(3, Some("ana"), None),
        register(1, Some("ben"), None),
        register(2, None, Some("hetrec:2")),
        Event::TrustSet { from: user(3), to: user(1), weight: weight(10_000) },
        Event::TrustSet { from: user(3), to: user(2), weight: weight(1) },
        Event::TrustSet { from: user(1), to: user(3), weight: weight(2_500) },
        Event::UserBlocked { user: user(2), target: user(1), blocked: true },
        Event::UserSeeded { user: user(1), seed: true },
        Event::CircleJoined { circle, user: user(3) },
        Event::CircleJoined { circle, user: user(1) },
        Event::CircleRoleSet { circle, user: user(3), role: Role::Moderator, by: None },
        Event::DropRated { drop, rater: user(2), stars: Stars::from_halves(7).unwrap() },
    ];
    let mut live = Live { position: 12, last: Hash::from_bytes([9; 32]), left_by: 4, ..Live::default() };
    let made = LiveDrop {
        // Of somebody who left, and whose words stayed.
        author: user(5),
        track: TrackId::from_uuid(Uuid::from_u128(90)),
        circle: Some(circle),
        stake: Points::from_milli(10_000),
        made_at: at(1_767_225_600),
        position: 3,
        ratings: Vec::new(),
        ended: Some((Outcome::Success, Some(Millionths::ONE), Points::from_milli(9_000), at(1_767_830_400))),
        end_position: Some(11),
        ended_by: Some(user(3)),
        changed: 11,
        found: Some((Method::Bridging, Millionths::ONE)),
        hidden: true,
        words_withdrawn: false,
    };
    live.drops.insert(drop, made);
    for (event, position) in events.into_iter().zip(0..) {
        live.fold(event, at(1_767_225_600 + i64::try_from(position).unwrap()), position);
    }
    live.circles.get_mut(&circle).unwrap().contributions.insert(user(5), -3);
    let found = |kind, resolution| LiveResolution {
        kind,
        members: vec![user(1), user(2)],
        probability: Millionths::ONE,
        resolution,
        note: "they say so".to_owned(),
        at: at(1_767_225_700),
    };
    let kinds = [
        (FindingKind::MutualPraise, Resolution::Dismissed),
        (FindingKind::Lockstep, Resolution::Confirmed),
        (FindingKind::OneWay, Resolution::Confirmed),
        (FindingKind::AbnormalPace, Resolution::Dismissed),
        (FindingKind::AbnormalShare, Resolution::Confirmed),
    ];
    for ((kind, resolution), n) in kinds.into_iter().zip(0..) {
        live.resolved.insert(FindingId::from_bytes([n; 16]), found(kind, resolution));
    }
    let outcomes = [
        Outcome::Success,
        Outcome::Neutral,
        Outcome::Failure,
        Outcome::Faded,
        Outcome::Withdrawn,
        Outcome::Annulled,
    ];
    for (outcome, n) in outcomes.into_iter().zip(81..) {
        let ended = Some((outcome, None, Points::ZERO, at(1_767_830_400)));
        let made = live.drops[&drop].clone();
        let found = Some((Method::ShrunkMean, Millionths::ONE));
        live.drops.insert(DropId::from_uuid(Uuid::from_u128(n)), LiveDrop { ended, found, ..made });
    }
    let levels = [Verification::Phone, Verification::Paid, Verification::None];
    for (person, level) in live.people.values_mut().zip(levels) {
        person.verification = level;
    }
    live.index = Index::of(&live.people, &live.drops, &live.circles);
    live
}

#[test]
fn what_is_held_comes_back() {
    let before = held();
    let bytes = Snapshot::of(&before).to_bytes();
    let after = Snapshot::from_bytes(&bytes).unwrap().into_live().unwrap();
    assert_eq!(Snapshot::of(&after), Snapshot::of(&before));
    assert_eq!(after.index, before.index);
    assert_eq!((after.graph.users(), after.graph.edges()), (3, 3));
    assert_eq!(after.graph.weight(user(3), user(2)), TrustWeight::from_ten_thousandths(1).ok());
    assert_eq!(after.drops.values().next().unwrap().author, user(5));
    assert_eq!((after.name(user(2)), after.position, after.left_by), ("hetrec:2".to_owned(), 12, 4));
}

/// Whoever changes these bytes, or what they mean, raises the version in the mark.
#[test]
fn yesterdays_bytes_are_read() {
    let bytes = Snapshot::of(&held()).to_bytes();
    insta::assert_snapshot!("yesterday", hex::encode(&bytes));
    assert_eq!(Snapshot::from_bytes(&bytes).unwrap(), Snapshot::of(&held()));
}

#[test]
fn damage_is_noticed() {
    let bytes = Snapshot::of(&held()).to_bytes();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert!(Snapshot::from_bytes(&damaged).is_err(), "byte {at}");
        assert!(Snapshot::from_bytes(&bytes[..at]).is_err(), "{at} bytes");
    }
    assert!(Snapshot::is_one(&bytes) && Snapshot::is_one(&bytes[..20]));
    assert!(!Snapshot::is_one(b"") && !Snapshot::is_one(b"PRIVATE+KEY+"));
    // Places that nobody stands at, under a sum that is right.
    let mut snapshot = Snapshot::of(&held());
    snapshot.blocks = vec![(0, 77)];
    assert!(Snapshot::from_bytes(&snapshot.to_bytes()).unwrap().into_live().is_err());
}
