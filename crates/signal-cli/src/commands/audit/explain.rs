//! `signal audit explain`: the entries, the drops that count, and the sums.

use signal_core::engine::{ExplainAnswer, ExplainDrop, ExplainLine};
use signal_core::model::Points;

use super::super::trust;
use crate::layout::{Align, columns, count, minute, wrap};

/// Everything behind a balance and a score, for people.
pub(super) fn table(answer: &ExplainAnswer) -> String {
    let drops = if answer.drops.is_empty() { String::new() } else { settled(&answer.drops) + "\n" };
    booked(&answer.lines) + "\n" + &drops + &trust::score(&answer.score) + "\n" + &sums(answer)
}

/// What moved points, and the running sums.
fn booked(lines: &[ExplainLine]) -> String {
    let heading = [
        ("entry", Align::Right),
        ("when", Align::Left),
        ("what", Align::Left),
        ("change", Align::Right),
        ("available", Align::Right),
        ("staked", Align::Right),
    ];
    let row = |line: &ExplainLine| {
        vec![
            line.position.to_string(),
            minute(line.at).chars().take(10).collect(),
            line.kind.as_str().to_owned(),
            change(&line.moves),
            line.available_millipoints.to_string(),
            line.staked_millipoints.to_string(),
        ]
    };
    columns(&heading, &lines.iter().map(row).collect::<Vec<_>>())
}

/// The terms of bonus and penalty, and their running sums.
fn settled(drops: &[ExplainDrop]) -> String {
    let heading = [
        ("entry", Align::Right),
        ("outcome", Align::Left),
        ("stake", Align::Right),
        ("× score", Align::Right),
        ("= bonus", Align::Right),
        ("penalty", Align::Right),
        ("Σ bonus", Align::Right),
        ("Σ penalty", Align::Right),
    ];
    let nano = |nano: i64| format!("{:.6}", nano as f64 / 1e9);
    let row = |drop: &ExplainDrop| {
        vec![
            drop.position.to_string(),
            drop.outcome.to_string(),
            drop.stake_millipoints.to_string(),
            drop.score.map(|score| format!("{:.6}", score.as_f64())).unwrap_or_default(),
            nano(drop.bonus_nanopoints),
            drop.penalty_millipoints.to_string(),
            nano(drop.bonus_sum_nanopoints),
            drop.penalty_sum_millipoints.to_string(),
        ]
    };
    columns(&heading, &drops.iter().map(row).collect::<Vec<_>>())
}

/// Whether the sums over the entries are what is stored.
fn sums(answer: &ExplainAnswer) -> String {
    let entries = count(answer.lines.len(), "entry").replace("entrys", "entries");
    if answer.equal {
        return format!("equal: {entries} sum to what is stored\n");
    }
    // What went with people who left is no longer there to be summed.
    let verdict = if answer.erased_entries > 0 { "cannot be told" } else { "NOT EQUAL" };
    let mut out = format!("{verdict}: {entries} do not sum to what is stored\n");
    for sum in answer.sums.iter().filter(|sum| !sum.equal) {
        out += &wrap(&format!("{}: stored {}, from the entries {}", sum.what, sum.stored, sum.entries), "  ");
    }
    if answer.erased_entries > 0 {
        let erased = answer.erased_entries;
        out += &wrap(
            &format!("{erased} entries went with people who left, and their part is missing here"),
            "  ",
        );
    }
    out
}

/// What an entry did to the points that may be staked.
fn change(moves: &[(String, Points)]) -> String {
    let sum: Points =
        moves.iter().filter(|(account, _)| account == "available").map(|(_, points)| *points).sum();
    match sum.milli() {
        0 => String::new(),
        1.. => format!("+{sum}"),
        _ => sum.to_string(),
    }
}
