//! `signal taste`: what a person listens to, and who listens alike.

use clap::Subcommand;
use signal_core::compatibility::Basis;
use signal_core::engine::{NeighboursAnswer, Reason, TasteAnswer};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{bar, bold, dim, fit, wrap};
use crate::progress::Progress;
use unicode_width::UnicodeWidthStr;

/// Genres and artists that are shown.
const ROWS: usize = 12;
/// Columns of a name, and of a bar.
const NAME: usize = 30;
const BAR: usize = 30;

/// What to do with taste.
#[derive(Debug, Subcommand)]
pub(crate) enum TasteCommand {
    /// A person's genres and artists
    Show {
        /// Whose [default: yours]
        user: Option<String>,
    },
    /// The people whose taste is nearest, of those who show it
    Neighbours {
        /// Whose neighbours [default: yours]
        user: Option<String>,
        /// How many people, 100 at most
        #[arg(long, value_name = "K", default_value_t = 10, value_parser = super::top)]
        top: usize,
    },
}

/// Does it.
pub(crate) async fn run(command: &TasteCommand, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let viewer = session.viewer().await?;
    match command {
        TasteCommand::Show { user } => {
            let user = session.user_or_me(user.as_deref()).await?;
            let answer = session.engine.taste(viewer, user).await?;
            context.output.answer("taste", &answer, table)?;
        }
        TasteCommand::Neighbours { user, top } => {
            let user = session.user_or_me(user.as_deref()).await?;
            let progress = Progress::spinner("comparing tastes");
            let answer = session.engine.taste_neighbours(viewer, user, *top).await?;
            drop(progress);
            context.output.answer("taste.neighbours", &answer, neighbours)?;
        }
    }
    Ok(Exit::Done)
}

fn table(answer: &TasteAnswer) -> String {
    let plays = answer.plays.map(|plays| format!("{plays} plays, ")).unwrap_or_default();
    let mut out = bold(&answer.user.name) + &format!("  {plays}{}\n", hours(answer.hours));
    if answer.genres.is_empty() && answer.artists.is_empty() {
        return out + "  nothing is known of what they listen to, or they do not show it\n";
    }
    for genre in answer.genres.iter().take(ROWS) {
        let value = format!("{:.2}  {}", genre.confidence, hours(genre.hours));
        out += &line(&genre.genre, genre.confidence, &value);
    }
    if !answer.artists.is_empty() {
        out += &format!("\n{}\n", bold("artists"));
    }
    let most = answer.artists.first().map_or(1, |artist| artist.plays.max(1));
    for artist in answer.artists.iter().take(ROWS) {
        out += &line(&artist.artist, artist.plays as f64 / most as f64, &artist.plays.to_string());
    }
    let compared = match answer.basis {
        Basis::Vectors => "compared by trained vectors",
        Basis::Artists => "compared by artists",
        Basis::Genres => "compared by genres alone",
        Basis::None => "nothing to compare by",
    };
    out + &dim(&format!("{compared}, model {}", answer.model)) + "\n"
}

/// Hours, to a tenth where they are few.
fn hours(hours: f64) -> String {
    match hours {
        ..10.0 => format!("{hours:.1} h"),
        _ => format!("{hours:.0} h"),
    }
}

fn neighbours(answer: &NeighboursAnswer) -> String {
    let name = &answer.user.name;
    if answer.people.is_empty() {
        return format!("nobody near {name} shows them their taste\n");
    }
    let mut out = format!("{}\n", bold(&format!("{name}  nearest tastes")));
    for near in &answer.people {
        out += &line(&near.user.name, near.similarity, &format!("{:.2}", near.similarity));
        let why: Vec<String> = near.reasons.iter().map(joins).collect();
        out += &wrap(&why.join("; "), "      ");
    }
    out
}

fn joins(reason: &Reason) -> String {
    match reason {
        Reason::SharedArtist { artist, plays_a, plays_b } => {
            let theirs = plays_b.map(|plays| format!(" and {plays} ×")).unwrap_or_default();
            format!("both play {artist} ({plays_a} ×{theirs})")
        }
        Reason::SharedGenre { genre, .. } => format!("both are at home in {genre}"),
        Reason::TrustedPath { .. } | Reason::SimilarTaste => "similar taste".to_owned(),
    }
}

fn line(name: &str, fraction: f64, value: &str) -> String {
    let name = fit(name, NAME);
    let gap = " ".repeat(NAME.saturating_sub(name.width()));
    format!("  {name}{gap}  {} {value}\n", bar(fraction, BAR))
}
