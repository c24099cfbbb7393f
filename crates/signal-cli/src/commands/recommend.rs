//! `signal recommend`: artists a person may like next, and why.

use clap::Args;
use signal_core::engine::{RecommendAnswer, RecommendBasis, RecommendReason};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{bold, wrap};
use crate::progress::Progress;

/// The arguments of `signal recommend`.
#[derive(Debug, Args)]
pub(crate) struct RecommendArgs {
    /// For whom [default: you]
    user: Option<String>,
    /// How many artists, 100 at most
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = super::top)]
    top: usize,
}

/// Answers it.
pub(crate) async fn run(args: &RecommendArgs, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let user = session.user_or_me(args.user.as_deref()).await?;
    let progress = Progress::spinner("learning from who plays what");
    let answer = session.engine.recommend(session.viewer().await?, user, args.top).await?;
    drop(progress);
    context.output.answer("recommend", &answer, table)?;
    Ok(Exit::Done)
}

fn table(answer: &RecommendAnswer) -> String {
    let name = &answer.user.name;
    if answer.artists.is_empty() {
        return format!(
            "nothing to recommend to {name} yet: too few people play the same artists, and nobody\n\
             whom {name} trusts shows what they play\n"
        );
    }
    let from = match answer.basis {
        RecommendBasis::Listening => "from what they play",
        RecommendBasis::Friends => "from what people they trust play",
        RecommendBasis::Genres => "from genres",
        RecommendBasis::Popularity => "from what most people play",
    };
    let mut out = bold(name) + &format!("  {from}\n");
    for (artist, place) in answer.artists.iter().zip(1usize..) {
        let why: Vec<String> = artist.reasons.iter().map(said).collect();
        out += &wrap(&format!("{place}. {}", artist.artist), "  ");
        out += &wrap(&why.join("; "), "       ");
    }
    out
}

fn said(reason: &RecommendReason) -> String {
    match reason {
        RecommendReason::Trusted { people: 1 } => "1 person they trust plays it".to_owned(),
        RecommendReason::Trusted { people } => format!("{people} people they trust play it"),
        RecommendReason::AlsoPlayed { of } => format!("listeners of {of} also play it"),
        RecommendReason::Genre { genre } => format!("in their genre {genre}"),
        RecommendReason::TrustedGenre { genre, people: 1 } => {
            format!("in {genre}, the genre of 1 person they trust")
        }
        RecommendReason::TrustedGenre { genre, people } => {
            format!("in {genre}, the genre of {people} people they trust")
        }
        RecommendReason::Popular => "popular here".to_owned(),
    }
}
