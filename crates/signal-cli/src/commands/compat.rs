//! `signal compat`: how well two people match, and why.

use clap::Args;
use signal_core::compatibility::Basis;
use signal_core::engine::{CompatibilityAnswer, Introduction, PartAnswer, Reason};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{bold, plain, wrap};

/// Names in a line of introductions.
const NAMES: usize = 5;

/// The arguments of `signal compat`.
#[derive(Debug, Args)]
#[command(override_usage = "signal compat [OPTIONS] [A] <B>")]
pub(crate) struct CompatArgs {
    /// What is B worth to A? A is you unless it is named
    #[arg(value_name = "USER", num_args = 1..=2, required = true)]
    users: Vec<String>,
}

/// Answers it.
pub(crate) async fn run(args: &CompatArgs, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let (a, b) = match args.users.as_slice() {
        [a, b] => (session.user(a).await?, session.user(b).await?),
        [b] => {
            let a = session.user_or_me(None).await?;
            (a, session.user(b).await?)
        }
        _ => return Err(Failure::wrong("compat takes one or two people")),
    };
    let answer = session.engine.compatibility(session.viewer().await?, a, b).await?;
    context.output.answer("compat", &answer, table)?;
    Ok(Exit::Done)
}

/// The score, its arithmetic, and its reasons.
pub(crate) fn table(answer: &CompatibilityAnswer) -> String {
    let (a, b) = (&answer.a.name, &answer.b.name);
    let mut out = bold(&format!("{a} → {b}  {:.2}", answer.score));
    if let Some(percentile) = answer.percentile {
        out += &format!("  {:.0} of 100 people match no better", percentile * 100.0);
    }
    out.push('\n');
    if let Some(parts) = answer.parts {
        out += &arithmetic([parts.trust_path, parts.taste, parts.genre_overlap], answer);
    }
    for reason in &answer.reasons {
        out += &wrap(&said(reason, a, b), "  ");
    }
    if let Some(bridge) = &answer.bridge {
        out += &wrap(&format!("what joins you: {bridge}"), "  ");
    }
    out += &introduces(b, a, &answer.b_introduces);
    out + &introduces(a, b, &answer.a_introduces)
}

fn arithmetic(parts: [PartAnswer; 3], answer: &CompatibilityAnswer) -> String {
    let terms: Vec<String> =
        parts.iter().map(|part| format!("{:.2} × {:.2}", part.weight, part.value)).collect();
    let sum = format!("  {} = {:.2}\n", terms.join(" + "), answer.score);
    let names = format!("  {:<14}{:<14}{}\n", "trust path", "taste", "genre overlap");
    let taste = match answer.basis {
        Basis::Vectors => "  taste is the cosine of two trained vectors\n",
        Basis::Artists => "  taste is from the artists you both play\n",
        Basis::Genres => "  taste is from genres alone\n",
        Basis::None => "",
    };
    let unknown: String = ["trust path", "taste", "genre overlap"]
        .iter()
        .zip(parts)
        .filter(|(_, part)| !part.known)
        .map(|(name, _)| format!("  {name} cannot be computed and counts 0\n"))
        .collect();
    sum + &names + taste + &unknown
}

fn said(reason: &Reason, a: &str, b: &str) -> String {
    match reason {
        Reason::SharedArtist { artist, plays_a, plays_b } => {
            let theirs = plays_b.map(|plays| format!(", {b} {plays} ×")).unwrap_or_default();
            format!("both play {artist}: {a} {plays_a} ×{theirs}")
        }
        Reason::SharedGenre { genre, confidence } => {
            format!("both are at home in {genre} ({confidence:.2})")
        }
        Reason::TrustedPath { hops: 1, strength, .. } => format!("{a} trusts {b} with {strength:.2}"),
        Reason::TrustedPath { strength, through, .. } if through.is_empty() => {
            format!("trust leads there (about {strength:.2})")
        }
        Reason::TrustedPath { strength, through, .. } => {
            format!("trust leads there through {} ({strength:.2})", through.join(", "))
        }
        Reason::SimilarTaste => "similar taste".to_owned(),
    }
}

fn introduces(who: &str, whom: &str, artists: &[Introduction]) -> String {
    if artists.is_empty() {
        return String::new();
    }
    let names: Vec<String> = artists.iter().take(NAMES).map(|one| plain(&one.artist)).collect();
    wrap(&format!("{who} could introduce {whom} to {}", names.join(", ")), "  ")
}
