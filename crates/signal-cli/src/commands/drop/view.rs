//! How drops look.

use signal_core::engine::DropAnswer;

use crate::layout::{bold, dim, fit, minute, wrap};

/// Drops with their numbers.
pub(crate) fn list(drops: &[DropAnswer]) -> String {
    if drops.is_empty() {
        return "no drops\n".to_owned();
    }
    drops.iter().enumerate().map(|(place, drop)| summary(place + 1, drop)).collect()
}

/// A drop in two or three lines: number, track, who and how it stands; the words.
pub(crate) fn summary(number: usize, drop: &DropAnswer) -> String {
    let head = bold(&fit(&track(drop), 74));
    let by = format!(
        "by {}, {} points, {}, {}",
        drop.author.name,
        drop.stake_millipoints,
        status(drop),
        drop.short
    );
    let words = drop.words.as_ref().map_or_else(String::new, |words| wrap(words, "     "));
    format!("{number:>3}  {head}\n     {}\n{words}", dim(&fit(&by, 75)))
}

/// What was dropped, by name where it has one.
pub(crate) fn track(drop: &DropAnswer) -> String {
    match &drop.track {
        Some(track) if !track.title.is_empty() => track.to_string(),
        Some(track) if !track.artist_name.is_empty() => track.artist_name.clone(),
        Some(track) => format!("track {}", track.id.short()),
        None => "a track".to_owned(),
    }
}

fn status(drop: &DropAnswer) -> String {
    match drop.score {
        Some(score) => format!("{} at {:.2}", drop.status, score.as_f64()),
        None => drop.status.clone(),
    }
}

/// All about one drop.
pub(crate) fn show(drop: &DropAnswer) -> String {
    let mut out = bold(&fit(&track(drop), 80)) + "\n";
    if let Some(words) = &drop.words {
        out += &wrap(words, "  ");
    }
    out.push('\n');
    let mut rows = vec![
        ("id", drop.id.to_string()),
        ("by", drop.author.name.clone()),
        ("made", minute(drop.made_at)),
        ("stake", drop.stake_millipoints.to_string()),
        ("status", status(drop)),
    ];
    if let Some(settled) = &drop.settlement {
        rows.push(("decided", minute(settled.effective_at)));
        rows.push(("left then", settled.left_millipoints.to_string()));
        if let (Some(method), Some(error)) = (settled.method, settled.uncertainty) {
            rows.push(("decided by", format!("{method}, give or take {:.3}", error.as_f64())));
        }
    }
    if drop.hidden {
        rows.push(("hidden", "by a moderator".to_owned()));
    }
    rows.extend(drop.circle.map(|circle| ("circle", circle.short())));
    rows.extend(drop.ratings.map(|ratings| ("ratings", ratings.to_string())));
    rows.extend(drop.my_stars.map(|stars| ("your stars", stars.to_string())));
    let counts = [("shown to", drop.shown), ("played by", drop.conversions), ("kept by", drop.kept)];
    rows.extend(counts.into_iter().filter_map(|(name, people)| Some((name, people?.to_string()))));
    out.extend(rows.iter().map(|(name, value)| format!("  {name:<11} {value}\n")));
    for comment in &drop.comments {
        out += &format!("\n  {} {}\n", comment.author.name, dim(&minute(comment.at)));
        out += &wrap(&comment.text, "  ");
    }
    out
}
