//! Attacks and their honest twins, groups of real friends, and a stream of events made elsewhere.

use pollster::block_on;
use serde_json::json;
use signal_core::simulation::{AttackKind, AttackTrial, Planted, TraceEvent, judge_trace, try_attack};

#[test]
fn attackers_are_found_and_do_not_win() {
    let trial = AttackTrial { size: 300, percent: 5, days: 50, seed: 1 };
    let twin = block_on(trial.twin()).unwrap();
    assert!(twin.flagged.is_empty() && twin.caught.is_empty(), "{:?}", twin.tally);
    for kind in [AttackKind::SybilRandom, AttackKind::ForgedHistories, AttackKind::Camouflage] {
        let row = block_on(try_attack(&trial, kind, &twin)).unwrap();
        assert!(row.detected_precision >= Some(0.95) && row.detected_recall >= 0.8, "{row:?}");
        assert!(row.attacker_gain_points <= 0.0 && row.honest_flagged <= 0.005, "{row:?}");
    }
}

/// For measuring, all kinds against ten seeds, with the bounds that the threat model gives: `-- --ignored --nocapture every_kind`.
#[test]
#[ignore = "a measurement of a quarter of an hour"]
#[expect(clippy::disallowed_macros, reason = "somebody measures, and wants to read")]
fn every_kind_of_attack_is_measured() {
    let (mut recalls, mut gaining) = (0.0, Vec::new());
    let twins: Vec<_> = (1..=10)
        .map(|seed| AttackTrial { size: 400, percent: 5, days: 60, seed })
        .map(|trial| (trial, block_on(trial.twin()).unwrap()))
        .collect();
    for kind in AttackKind::ALL {
        let (mut recall, mut gain) = (0.0, 0.0);
        for (trial, twin) in &twins {
            let row = block_on(try_attack(trial, kind, twin)).unwrap();
            assert!(row.detected_precision.is_none_or(|precision| precision >= 0.95), "{row:?}");
            assert!(row.honest_flagged <= 0.005, "{row:?}");
            recall += row.detected_recall / twins.len() as f64;
            gain += row.attacker_gain_points / twins.len() as f64;
        }
        println!("{kind:?}: recall {recall:.2}, gain {gain:+.2}");
        recalls += recall / AttackKind::ALL.len() as f64;
        gaining.extend((gain > 0.0).then_some((kind, gain)));
    }
    assert!(recalls >= 0.8, "{recalls}");
    assert!(gaining.len() <= 2 && gaining.iter().all(|(_, gain)| *gain <= 10.0), "{gaining:?}");
}

#[test]
fn groups_of_real_friends_are_left_alone() {
    // About 14 groups of 8 to 20 in each.
    for seed in [4, 5] {
        let trial = AttackTrial { size: 400, percent: 5, days: 30, seed };
        let lived = block_on(trial.live(Planted::Friends, 200)).unwrap();
        assert_eq!((lived.truth.friends.len(), lived.flagged.len()), (200, 0), "seed {seed}");
        // What was made in the last week cannot have ended.
        let theirs = lived.of_friends;
        assert!(theirs.drops > 300 && theirs.settled * 3 > theirs.drops * 2, "{theirs:?}");
    }
}

/// For measuring, some 200 groups in five communities: `-- --ignored --nocapture every_group`.
#[test]
#[ignore = "a measurement of minutes"]
#[expect(clippy::disallowed_macros, reason = "somebody measures, and wants to read")]
fn every_group_of_friends_is_measured() {
    let (mut friends, mut flagged, mut drops, mut settled) = (0, 0, 0, 0);
    for seed in 1..=5 {
        let trial = AttackTrial { size: 1_200, percent: 5, days: 45, seed };
        let lived = block_on(trial.live(Planted::Friends, 560)).unwrap();
        friends += lived.truth.friends.len();
        flagged += lived.truth.friends.iter().filter(|friend| lived.flagged.contains(friend)).count();
        drops += lived.of_friends.drops;
        settled += lived.of_friends.settled;
    }
    println!("{flagged} of {friends} friends in a finding; {settled} of their {drops} drops ended");
    assert_eq!(flagged, 0, "of {friends}");
    assert!(settled * 4 > drops * 3, "{settled} of {drops}");
}

#[test]
fn a_stream_is_judged_by_its_labels_only_at_the_end() {
    let mut events = Vec::new();
    let mut tell = |seconds: i64, mut event: serde_json::Value, label: &str| {
        event["at"] = json!(1_780_300_000 + seconds);
        event["label"] = json!(label);
        events.push(serde_json::from_value::<TraceEvent>(event).unwrap());
    };
    for n in 0..40 {
        let (drop, quality) = (format!("d{n}"), f64::from(n % 3) + 1.5);
        tell(i64::from(n) * 900, json!({"kind": "drop", "actor": format!("p{n}"), "drop": drop}), "honest");
        for k in 1..9 {
            let rater = format!("p{}", (n * 3 + k * 5) % 40);
            tell(
                i64::from(n) * 900 + i64::from(k) * 40_000,
                json!({"kind": "rate", "actor": rater, "drop": drop, "stars": quality}),
                "honest",
            );
        }
        for ring in (0..6).filter(|_| n % 4 == 0) {
            let rate = json!({"kind": "rate", "actor": format!("ring{ring}"), "drop": drop, "stars": 5});
            tell(i64::from(n) * 900 + 600 + i64::from(ring) * 60, rate, "attacker");
        }
    }
    let answer = block_on(judge_trace(events.clone())).unwrap();
    assert_eq!((answer.people, answer.attackers), (46, 6));
    assert_eq!((answer.detected_precision, answer.detected_recall), (Some(1.0), Some(1.0)), "{answer:?}");
    for event in &mut events {
        event.label = false;
    }
    let unlabelled = block_on(judge_trace(events)).unwrap();
    assert_eq!((unlabelled.findings, unlabelled.attackers), (answer.findings, 0));
}
