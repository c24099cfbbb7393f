//! `signal drop`: tracks that people vouch for.

mod view;

use clap::Subcommand;
use serde::Serialize;
use signal_core::model::{CommentId, DropId, Points, Stars, TrackRef};

use super::words;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::recall;

pub(crate) use view::{list, summary};

/// What to do with drops.
#[derive(Debug, Subcommand)]
pub(crate) enum DropCommand {
    /// Vouch for a track
    Add {
        /// A platform link, isrc:CODE, mbid:UUID, or "Artist - Title"
        track: TrackRef,
        /// Why, in your own words; - reads them from standard input
        words: String,
        /// Points that you lose where others disagree [default: the least there must be]
        #[arg(long, value_name = "POINTS", allow_negative_numbers = true)]
        stake: Option<Points>,
        /// For this circle alone
        #[arg(long)]
        circle: Option<String>,
    },
    /// Say how good it is, once
    Rate {
        /// Which
        drop: String,
        /// 0 to 5, in halves
        #[arg(allow_negative_numbers = true)]
        stars: Stars,
    },
    /// Say something about it
    Comment {
        /// Which
        drop: String,
        /// The words; - reads them from standard input
        text: String,
    },
    /// Tell the moderators about it
    Report {
        /// Which
        drop: String,
        /// Why; - reads it from standard input
        reason: String,
    },
    /// Take it back; within ten minutes and before any rating, the stake returns
    Withdraw {
        /// Which
        drop: String,
    },
    /// All about one drop
    Show {
        /// Which
        drop: String,
    },
    /// The newest drops
    List {
        /// Of this person
        #[arg(long, value_name = "USER")]
        by: Option<String>,
        /// The most drops
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
    },
    /// Hide its words (moderators, operator)
    Hide {
        /// Which
        drop: String,
        /// Show them again
        #[arg(long)]
        off: bool,
    },
    /// Remove it; the stake returns (moderators, operator)
    Annul {
        /// Which
        drop: String,
        /// The stake is lost
        #[arg(long)]
        abuse: bool,
    },
}

/// The drop something was done to.
#[derive(Debug, Serialize)]
struct Done {
    id: DropId,
    short: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<CommentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stake_returned: Option<bool>,
}

impl Done {
    fn to(id: DropId) -> Self {
        Self { id, short: id.short(), comment: None, stake_returned: None }
    }
}

/// Does it.
pub(crate) async fn run(command: &DropCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        DropCommand::Show { .. } | DropCommand::List { .. } => read(command, context).await?,
        DropCommand::Hide { .. } | DropCommand::Annul { .. } => moderate(command, context).await?,
        _ => act(command, context).await?,
    }
    Ok(Exit::Done)
}

async fn act(command: &DropCommand, context: &Context) -> Result<(), Failure> {
    let session = context.open().await?;
    let (me, engine) = (session.actor().await?, &session.engine);
    let say = |name: &str, done: Done, what: &str| {
        context.output.answer(name, &done, |done| format!("{} {what}\n", done.short))
    };
    match command {
        DropCommand::Add { track, words, stake, circle } => {
            let circle = match circle {
                Some(name) => Some(session.circle(name).await?),
                None => None,
            };
            let id = engine.make_drop(me, track, &words::read(words)?, *stake, circle, None).await?;
            say("drop.add", Done::to(id), "is dropped")
        }
        DropCommand::Rate { drop, stars } => {
            let id = session.drop(drop).await?;
            engine.rate(me, id, *stars).await?;
            say(
                "drop.rate",
                Done::to(id),
                &format!("has {stars} stars from you; others see it when it settles"),
            )
        }
        DropCommand::Comment { drop, text } => {
            let id = session.drop(drop).await?;
            let comment = Some(engine.comment(me, id, &words::read(text)?).await?);
            say("drop.comment", Done { comment, ..Done::to(id) }, "has your comment")
        }
        DropCommand::Report { drop, reason } => {
            let id = session.drop(drop).await?;
            engine.report(me, id, &words::read(reason)?).await?;
            say("drop.report", Done::to(id), "is reported")
        }
        DropCommand::Withdraw { drop } => {
            let id = session.drop(drop).await?;
            let back = engine.withdraw(me, id).await?;
            let what = if back { "is withdrawn, its stake is back" } else { "is hidden; its stake runs on" };
            say("drop.withdraw", Done { stake_returned: Some(back), ..Done::to(id) }, what)
        }
        DropCommand::Show { .. }
        | DropCommand::List { .. }
        | DropCommand::Hide { .. }
        | DropCommand::Annul { .. } => Ok(()),
    }
}

async fn moderate(command: &DropCommand, context: &Context) -> Result<(), Failure> {
    let session = context.open().await?;
    let by = session.authority().await?;
    let (name, id, what) = match command {
        DropCommand::Hide { drop, off } => {
            let id = session.drop(drop).await?;
            session.engine.hide(by, id, !off).await?;
            ("drop.hide", id, if *off { "shows its words again" } else { "is hidden" })
        }
        DropCommand::Annul { drop, abuse } => {
            let id = session.drop(drop).await?;
            session.engine.annul(by, id, *abuse).await?;
            (
                "drop.annul",
                id,
                if *abuse { "is removed, its stake is lost" } else { "is removed, its stake is back" },
            )
        }
        _ => return Ok(()),
    };
    context.output.answer(name, &Done::to(id), |done| format!("{} {what}\n", done.short))
}

async fn read(command: &DropCommand, context: &Context) -> Result<(), Failure> {
    let session = context.open().await?;
    let viewer = session.viewer().await?;
    match command {
        DropCommand::Show { drop } => {
            let answer = session.engine.drop(viewer, session.drop(drop).await?).await?;
            context.output.answer("drop", &answer, view::show)
        }
        DropCommand::List { by, limit } => {
            let author = match by {
                Some(name) => Some(session.user(name).await?),
                None => None,
            };
            let answers = session.engine.drops(viewer, author, *limit).await?;
            context.output.list("drop", &answers, list)?;
            recall::remember(&session, &answers.iter().map(|drop| drop.id).collect::<Vec<_>>()).await
        }
        _ => Ok(()),
    }
}
