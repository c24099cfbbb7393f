//! The five acts as text: 80 columns, at most 45 lines.

use std::path::Path;

use signal_core::engine::{CompatibilityAnswer, Reason};
use signal_core::model::Points;

use super::place::typable;
use super::play::{Attack, Costs, Finds, Matches, Play, Proof, Ring};
use crate::layout::{bold, minute, plain, wrap};

/// Before every line of an act.
const INDENT: &str = "   ";
/// Before people's words.
const QUOTE: &str = "     ";

/// The whole play.
pub(super) fn text(play: &Play, program: &str, file: &Path) -> String {
    let opening = format!(
        "{} listeners, {} days, {} drops, {} ratings, in five acts.",
        grouped(play.people as u64),
        play.days,
        grouped(play.proof.drops),
        grouped(play.proof.ratings),
    );
    [
        wrap(&opening, ""),
        finds(&play.finds),
        matches(&play.matches),
        costs(&play.costs),
        attack(&play.attack),
        proof(play, &play.proof),
        commands(play, program, &typable(file)),
    ]
    .join("\n")
}

fn heading(number: u8, title: &str) -> String {
    bold(&format!("{number}  {title}")) + "\n"
}

fn finds(act: &Finds) -> String {
    let drop = &act.item.drop;
    let track = drop.track.as_ref().map(ToString::to_string).unwrap_or_default();
    let shown = format!(
        "{} of {} drops in the feed of {}: {}, from {}, who put {} points on it:",
        ordinal(act.place),
        grouped(act.considered as u64),
        act.listener.name,
        track,
        drop.author.name,
        drop.stake_millipoints,
    );
    let words = drop.words.as_deref().unwrap_or_default();
    heading(1, "A track finds its listener")
        + &wrap(&shown, INDENT)
        + &wrap(&format!("\"{words}\""), QUOTE)
        + &wrap(&format!("Why: {}.", act.item.why().join("; ")), INDENT)
}

fn matches(act: &Matches) -> String {
    let names = (&act.there.a.name, &act.there.b.name);
    let width = 2 * names.0.chars().count().max(names.1.chars().count()) + 3;
    let head = format!("{INDENT}{:<width$}  score    {:<17}{:<17}shared genres\n", "", "trust path", "taste");
    let percent = act.there.percentile.map(|percentile| match percentile {
        0.995.. => format!("Nobody in a sample of the community matches {} better.", names.0),
        _ => format!("{:.0} of 100 people match {} no better.", percentile * 100.0, names.0),
    });
    let artist = act.there.reasons.iter().find_map(|reason| match reason {
        Reason::SharedArtist { artist, plays_a, plays_b } => {
            let times =
                plays_b.map_or_else(|| plays_a.to_string(), |plays_b| format!("{plays_a} and {plays_b}"));
            Some(format!("Both play {artist}, {times} times."))
        }
        _ => None,
    });
    let joins = act.there.bridge.as_ref().map(|bridge| format!("What joins them: {bridge}."));
    let sentence = [percent, artist, joins].into_iter().flatten().collect::<Vec<_>>().join(" ");
    heading(2, "How well two people match, in each direction")
        + &head
        + &arithmetic(&act.there, width)
        + &arithmetic(&act.back, width)
        + &wrap(&plain(&sentence), INDENT)
}

fn arithmetic(answer: &CompatibilityAnswer, width: usize) -> String {
    let terms: Vec<String> = answer
        .parts
        .iter()
        .flat_map(|parts| [parts.trust_path, parts.taste, parts.genre_overlap])
        .map(|part| format!("{:.1} × {:.4}", part.weight, part.value))
        .collect();
    let pair = format!("{} → {}", answer.a.name, answer.b.name);
    format!("{INDENT}{pair:<width$}  {:.4} = {}\n", answer.score, terms.join("  +  "))
}

fn costs(act: &Costs) -> String {
    let (drop, score) = (&act.drop, &act.score);
    let track = drop.track.as_ref().map(ToString::to_string).unwrap_or_default();
    let settled = drop.settlement.as_ref();
    let left = settled.map_or(Points::ZERO, |settlement| settlement.left_millipoints);
    let value = drop.score.map_or(0.0, signal_core::model::Millionths::as_f64);
    let story = format!(
        "{} put {} points on {track} on {}. By {}, {} people had rated it, none of them seeing the others' stars: \
         {value:.6}, and {:.1} is a success. {left} came back, and {left} × {value:.6} / 2 = {} on top.",
        drop.author.name,
        drop.stake_millipoints,
        day(drop.made_at),
        settled.map(|settlement| day(settlement.effective_at)).unwrap_or_default(),
        drop.ratings.unwrap_or_default(),
        act.success_from.as_f64(),
        act.reward_millipoints,
    );
    // The operator asked, who is told every term.
    let [base, bonus, penalty, decay] =
        [score.base, score.bonus, score.penalty, score.decay].map(Option::unwrap_or_default);
    let arithmetic = format!(
        "Trust: (base {base:.3} + bonus {bonus:.3} - penalty {penalty:.3}) × decay {decay:.4} = {:.3}",
        score.score
    );
    heading(3, "Words cost something") + &wrap(&story, INDENT) + &wrap(&arithmetic, INDENT)
}

fn attack(act: &Attack) -> String {
    let found = |ring: &Ring| format!("{} of {}", ring.found, ring.planted);
    let planted = format!(
        "Planted: one person with {} accounts, of which {} were found; a ring of {} people who praise whatever the \
         others drop ({} found); {} real friends of one taste ({} flagged).",
        act.sybils.planted,
        act.sybils.found,
        act.praise_ring.planted,
        found(&act.praise_ring),
        act.friends.planted,
        act.friends.found,
    );
    let gains = format!(
        "The {} attackers' net gain: {} points, {} each; {} other people: {} each. Honest people flagged by mistake: {}.",
        act.attackers,
        signed(act.attackers_net_millipoints),
        signed(act.attackers_mean_millipoints),
        grouped(act.honest as u64),
        signed(act.honest_mean_millipoints),
        act.flagged_by_mistake,
    );
    heading(4, "We attacked it") + &wrap(&planted, INDENT) + &wrap(&gains, INDENT)
}

fn proof(play: &Play, act: &Proof) -> String {
    let root = act.root.map(|root| root.to_string()).unwrap_or_default();
    let verdict = if play.verified { "verified" } else { "NOT VERIFIED" };
    let equal = if act.equal { "all equal".to_owned() } else { format!("{} DIFFERENCES", act.differences) };
    let checked = format!(
        "{} ledger entries {verdict}, root {}…. {} states and {} trust edges recomputed from them: {equal}. The books \
         sum to {}.",
        grouped(act.entries),
        root.get(..16).unwrap_or(&root),
        grouped(act.states),
        grouped(act.edges),
        play.books_sum_millipoints,
    );
    heading(5, "Don't take our word for it") + &wrap(&checked, INDENT)
}

fn commands(play: &Play, program: &str, file: &str) -> String {
    let (listener, author) = (&play.finds.listener.name, &play.finds.item.drop.author.name);
    let lines = [
        format!("{program} --db {file} --as {listener} feed"),
        format!("{program} --db {file} compat {listener} {author}"),
        format!("{program} --db {file} audit explain {author}"),
    ];
    let tries: String = lines.iter().map(|line| format!("{INDENT}{line}\n")).collect();
    let own = format!("{INDENT}{program} user add YOU\n{INDENT}{program} import SPOTIFY-EXPORT --as YOU\n");
    let heading = format!("Try it; the file's clock stays at {} UTC", minute(play.end));
    bold(&heading) + "\n" + &tries + &bold("And with your own music") + "\n" + &own
}

fn day(at: signal_core::model::Timestamp) -> String {
    minute(at).split(' ').next().unwrap_or_default().to_owned()
}

fn ordinal(number: usize) -> String {
    match number {
        1 => "First".to_owned(),
        2 => "Second".to_owned(),
        3 => "Third".to_owned(),
        _ => format!("Number {number}"),
    }
}

fn signed(points: Points) -> String {
    if points > Points::ZERO { format!("+{points}") } else { points.to_string() }
}

/// `12,345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_signed() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(signed(Points::whole(2)), "+2.000");
        assert_eq!(signed(Points::whole(-2)), "-2.000");
        assert_eq!(signed(Points::ZERO), "0.000");
    }
}
