//! `signal taste`: what a person listens to.

use clap::Subcommand;
use signal_core::engine::TasteAnswer;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{bar, bold, dim, fit};
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
}

/// Does it.
pub(crate) async fn run(command: &TasteCommand, context: &Context) -> Result<Exit, Failure> {
    let TasteCommand::Show { user } = command;
    let session = context.open().await?;
    let user = session.user_or_me(user.as_deref()).await?;
    let answer = session.engine.taste(session.viewer().await?, user).await?;
    context.output.answer("taste", &answer, table)?;
    Ok(Exit::Done)
}

fn table(answer: &TasteAnswer) -> String {
    let plays = answer.plays.map(|plays| format!("{plays} plays, ")).unwrap_or_default();
    let mut out = bold(&answer.user.name) + &format!("  {plays}{:.0} hours\n", answer.hours);
    if answer.genres.is_empty() && answer.artists.is_empty() {
        return out + "  nothing is known of what they listen to, or they do not show it\n";
    }
    for genre in answer.genres.iter().take(ROWS) {
        out += &line(&genre.genre, genre.confidence, &format!("{:.2}", genre.confidence));
    }
    if !answer.artists.is_empty() {
        out += &format!("\n{}\n", bold("artists"));
    }
    let most = answer.artists.first().map_or(1, |artist| artist.plays.max(1));
    for artist in answer.artists.iter().take(ROWS) {
        out += &line(&artist.artist, artist.plays as f64 / most as f64, &artist.plays.to_string());
    }
    out + &dim(&format!("model {}", answer.model)) + "\n"
}

fn line(name: &str, fraction: f64, value: &str) -> String {
    let name = fit(name, NAME);
    let gap = " ".repeat(NAME.saturating_sub(name.width()));
    format!("  {name}{gap}  {} {value}\n", bar(fraction, BAR))
}
