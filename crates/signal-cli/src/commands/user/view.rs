//! How people look.

use signal_core::engine::{Person, UserAnswer};
use signal_core::model::Verification;

use crate::layout::{Align, bold, columns, minute, plain};

/// People in a table.
pub(super) fn list(people: &[UserAnswer]) -> String {
    let heading = [
        ("name", Align::Left),
        ("trust score", Align::Right),
        ("drops", Align::Right),
        ("since", Align::Left),
        ("", Align::Left),
    ];
    let rows: Vec<Vec<String>> = people
        .iter()
        .map(|person| {
            let since = minute(person.registered_at).chars().take(10).collect();
            let score = format!("{:.1}", person.trust_score);
            vec![person.user.name.clone(), score, person.drops.to_string(), since, standing(person)]
        })
        .collect();
    columns(&heading, &rows)
}

fn standing(person: &UserAnswer) -> String {
    let mut words = Vec::new();
    if !person.claimed {
        words.push("unclaimed".to_owned());
    }
    if person.frozen {
        words.push("frozen".to_owned());
    }
    if person.verification != Verification::None {
        words.push(person.verification.to_string());
    }
    if person.seed == Some(true) {
        words.push("seed".to_owned());
    }
    words.join(", ")
}

/// Whom a person has muted, one a line.
pub(super) fn muted(people: &[Person]) -> String {
    match people {
        [] => "you have muted nobody\n".to_owned(),
        people => people.iter().map(|person| plain(&person.name) + "\n").collect(),
    }
}

/// All about one person.
pub(super) fn show(person: &UserAnswer) -> String {
    let mut rows = vec![
        ("id", person.user.id.to_string()),
        ("since", minute(person.registered_at)),
        ("trust score", format!("{:.1}", person.trust_score)),
        ("drops", person.drops.to_string()),
    ];
    let standing = standing(person);
    if !standing.is_empty() {
        rows.push(("standing", standing));
    }
    if !person.claims.is_empty() {
        rows.push(("claims", person.claims.join(", ")));
    }
    let points = [("available", person.available_millipoints), ("staked", person.staked_millipoints)];
    rows.extend(points.iter().filter_map(|(name, points)| points.map(|points| (*name, points.to_string()))));
    let edges = [("trusts", person.trusts), ("trusted by", person.trusted_by)];
    rows.extend(edges.iter().filter_map(|(name, edges)| edges.map(|edges| (*name, edges.to_string()))));
    let lines: String = rows.iter().map(|(name, value)| format!("  {name:<12} {value}\n")).collect();
    format!("{}\n{lines}", bold(&person.user.name))
}
