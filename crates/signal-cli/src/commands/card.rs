//! `signal card`: taste as one signed file, compared with no server.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;
use signal_core::compatibility::Basis;
use signal_core::compatibility::card::{CARD_BYTES_MAX, CardComparison, CardError, TasteCard, compare};
use signal_core::policy::Policy;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::keys;
use crate::layout::{bold, count, plain, wrap};
use crate::output;

/// Names in a line.
const NAMES: usize = 10;

/// What to do with cards.
#[derive(Debug, Subcommand)]
pub(crate) enum CardCommand {
    /// Write your top artists and genres, without times, as a signed file (--as says who you are)
    Make {
        /// Where [default: standard output]
        file: Option<PathBuf>,
    },
    /// Compare two cards, or one with yourself (--as says who you are)
    Compare {
        /// A card
        file: PathBuf,
        /// Another [default: yours]
        other: Option<PathBuf>,
    },
}

/// What was written.
#[derive(Debug, Serialize)]
struct Made {
    file: String,
    name: String,
    signer: String,
    artists: usize,
    genres: usize,
}

/// Does it.
pub(crate) async fn run(command: &CardCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        CardCommand::Make { file: Some(file) } => {
            let card = own(context).await?;
            std::fs::write(file, card.to_json())
                .map_err(|error| Failure::world(format!("cannot write {}: {error}", file.display())))?;
            let made = Made {
                file: file.display().to_string(),
                name: card.name().to_owned(),
                signer: card.fingerprint().to_owned(),
                artists: card.artists().len(),
                genres: card.genres().len(),
            };
            context.output.answer("card.make", &made, |made| {
                let (artists, genres) = (count(made.artists, "artist"), count(made.genres, "genre"));
                format!("{} has {artists} and {genres}; signed by {}\n", made.file, made.signer)
            })?;
        }
        CardCommand::Make { file: None } => output::text(&own(context).await?.to_json())?,
        CardCommand::Compare { file, other } => {
            // A file that is no card is said before a store is opened.
            let first = read(file)?;
            let found = if let Some(other) = other {
                compare(&first, &read(other)?, &Policy::default().compatibility)
            } else {
                let policy = context.open().await?.engine.policy().await?.1;
                compare(&own(context).await?, &first, &policy.compatibility)
            };
            context.output.answer("card.compare", &found, table)?;
        }
    }
    Ok(Exit::Done)
}

/// The card of whoever acts.
async fn own(context: &Context) -> Result<TasteCard, Failure> {
    let session = context.open().await?;
    let user = session.actor().await?;
    let key = keys::key_of(context, user)?;
    let card = session.engine.card(session.viewer().await?, user, &key).await?;
    if card.artists().is_empty() && card.genres().is_empty() {
        return Err(Failure::wrong(format!("nothing is known of what {} plays", plain(card.name())))
            .hint("`signal import FILE --as USER` reads a listening history"));
    }
    Ok(card)
}

fn read(path: &Path) -> Result<TasteCard, Failure> {
    let unreadable = |error| Failure::world(format!("cannot read {}: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(CARD_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    TasteCard::from_json(&bytes).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        match error {
            CardError::Tampered { .. } => Failure::refuted(message).hint("ask for the card again"),
            _ => Failure::wrong(message).hint("`signal card make FILE` writes one"),
        }
    })
}

/// The score, what it is made of, and what joins and parts the two.
fn table(found: &CardComparison) -> String {
    let (a, b) = (plain(&found.a), plain(&found.b));
    let mut out = bold(&format!("{a} and {b}  {:.2}", found.score)) + "\n";
    out += match found.basis {
        Basis::Artists | Basis::Vectors => {
            "  from the artists and genres on the cards; trust is not on a card\n"
        }
        Basis::Genres => "  from genres alone; trust is not on a card\n",
        Basis::None => "  the cards have nothing that can be compared\n",
    };
    let parts = [("artists", found.taste), ("genres", found.genre_overlap)];
    for (name, value) in parts.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        out += &format!("  {name} {value:.2}\n");
    }
    let artists: Vec<_> = found.artists.iter().take(NAMES).map(|one| plain(&one.artist)).collect();
    let genres: Vec<_> = found.genres.iter().take(NAMES).map(|one| plain(&one.genre)).collect();
    let lines = [
        ("both play".to_owned(), artists),
        ("both are at home in".to_owned(), genres),
        (format!("{a} could introduce {b} to"), found.a_introduces.iter().map(|name| plain(name)).collect()),
        (format!("{b} could introduce {a} to"), found.b_introduces.iter().map(|name| plain(name)).collect()),
    ];
    for (what, names) in lines.iter().filter(|(_, names)| !names.is_empty()) {
        out += &wrap(&format!("{what} {}", names.join(", ")), "  ");
    }
    out + &format!("  signed by {} and {}\n", found.a_signer, found.b_signer)
}
