//! `signal track`: which tracks are one, said by hand and taken back.

use clap::Subcommand;
use serde::Serialize;
use signal_core::engine::{MergeAnswer, MergedTrack};
use signal_core::model::{Same, TrackId, TrackRef};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{count, plain};
use crate::session::Session;

/// What to do with tracks.
#[derive(Debug, Subcommand)]
pub(crate) enum TrackCommand {
    /// Read a track as another one from now on
    Merge {
        /// The track that is read as the other: a link, isrc:…, mbid:…, or "Artist - Title"
        from: TrackRef,
        /// The track that it is read as
        into: TrackRef,
    },
    /// Take the merge of a track back: everything is as it was
    Unmerge {
        /// The track that was merged
        from: TrackRef,
    },
    /// All merges that stand
    Merges,
}

/// What was merged.
#[derive(Debug, Serialize)]
struct Merged {
    from: TrackId,
    into: TrackId,
}

/// What was taken back.
#[derive(Debug, Serialize)]
struct Unmerged {
    from: TrackId,
    /// Whether there was a merge.
    merged: bool,
}

/// All of them.
#[derive(Debug, Serialize)]
struct Merges {
    merges: Vec<MergeAnswer>,
}

/// Does it.
pub(crate) async fn run(command: &TrackCommand, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    session.operator()?;
    let viewer = session.viewer().await?;
    match command {
        TrackCommand::Merge { from, into } => {
            let answer = Merged { from: known(&session, from).await?, into: known(&session, into).await? };
            session.engine.merge_tracks(viewer, answer.from, answer.into).await?;
            context.output.answer("track.merge", &answer, |_| {
                "merged; profiles follow when they are built again\n".to_owned()
            })?;
        }
        TrackCommand::Unmerge { from } => {
            let from = known(&session, from).await?;
            let merged = session.engine.unmerge_track(viewer, from).await?;
            let said = if merged { "taken back" } else { "it was not merged" };
            context.output.answer("track.unmerge", &Unmerged { from, merged }, |_| format!("{said}\n"))?;
        }
        TrackCommand::Merges => {
            let answer = Merges { merges: session.engine.merges(viewer).await? };
            context.output.answer("track.merges", &answer, list)?;
        }
    }
    Ok(Exit::Done)
}

async fn known(session: &Session<'_>, track: &TrackRef) -> Result<TrackId, Failure> {
    let found = session.engine.known_track(session.viewer().await?, track).await;
    found.map_err(|error| Failure::from(error).hint("name it as it was imported or dropped"))
}

fn list(answer: &Merges) -> String {
    let lines = answer.merges.iter().map(|merge| {
        let why = match merge.why {
            Same::Mbid => "same MBID",
            Same::Isrc => "same ISRC",
            Same::Name => "same name",
            Same::Operator => "by hand",
        };
        format!("{}\n  is read as {} ({why})\n", name(&merge.from), name(&merge.into))
    });
    lines.collect::<String>() + &format!("{}\n", count(answer.merges.len(), "merge"))
}

fn name(track: &MergedTrack) -> String {
    track.name.as_deref().map_or_else(|| track.id.to_string(), plain)
}
