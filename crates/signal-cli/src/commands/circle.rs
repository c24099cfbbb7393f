//! `signal circle`: communities of at most 150 members.

use clap::{Subcommand, ValueEnum};
use serde::Serialize;
use signal_core::engine::CircleAnswer;
use signal_core::model::{CircleId, Role};

use super::drop;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, bold, columns, fit};
use crate::recall;

/// What to do with circles.
#[derive(Debug, Subcommand)]
pub(crate) enum CircleCommand {
    /// Start one
    Create {
        /// Its name
        name: String,
        /// A genre that it cares about; may be given again
        #[arg(long, value_name = "GENRE")]
        focus: Vec<String>,
        /// Only who is invited may join
        #[arg(long)]
        invite_only: bool,
    },
    /// Invite a person
    Invite {
        /// Where to
        circle: String,
        /// Whom
        user: String,
    },
    /// Become a member
    Join {
        /// Of which
        circle: String,
    },
    /// Be a member no longer
    Leave {
        /// Which
        circle: String,
    },
    /// Remove a member (moderators, operator)
    Remove {
        /// From which
        circle: String,
        /// Whom
        user: String,
    },
    /// Give a member a role (creator, operator)
    Role {
        /// In which
        circle: String,
        /// Whom
        user: String,
        /// Which role
        role: RoleArg,
    },
    /// Take no drops and members for a while (creator, operator)
    Freeze {
        /// Which
        circle: String,
        /// Take them again
        #[arg(long)]
        off: bool,
    },
    /// Close it for good (creator, operator)
    Close {
        /// Which
        circle: String,
    },
    /// All about one circle
    Show {
        /// Which
        circle: String,
    },
    /// Every circle
    List,
    /// The newest drops of one circle
    Feed {
        /// Which
        circle: String,
        /// The most drops
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
    },
}

/// A role that can be given.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RoleArg {
    /// Sees, drops and rates
    Member,
    /// May also remove members and hide drops
    Moderator,
    /// May also name moderators
    Creator,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Member => Self::Member,
            RoleArg::Moderator => Self::Moderator,
            RoleArg::Creator => Self::Creator,
        }
    }
}

/// The circle something was done to.
#[derive(Debug, Serialize)]
struct Done {
    id: CircleId,
    short: String,
}

/// Does it.
pub(crate) async fn run(command: &CircleCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        CircleCommand::Show { .. } | CircleCommand::List | CircleCommand::Feed { .. } => {
            read(command, context).await?;
        }
        CircleCommand::Create { .. }
        | CircleCommand::Invite { .. }
        | CircleCommand::Join { .. }
        | CircleCommand::Leave { .. } => act(command, context).await?,
        _ => moderate(command, context).await?,
    }
    Ok(Exit::Done)
}

fn say(context: &Context, name: &str, id: CircleId, what: &str) -> Result<(), Failure> {
    context
        .output
        .answer(name, &Done { id, short: id.short() }, |done| format!("circle {} {what}\n", done.short))
}

async fn act(command: &CircleCommand, context: &Context) -> Result<(), Failure> {
    let session = context.open().await?;
    let (me, engine) = (session.actor().await?, &session.engine);
    match command {
        CircleCommand::Create { name, focus, invite_only } => {
            let id = engine.create_circle(me, name, focus, *invite_only).await?;
            say(context, "circle.create", id, "is open")
        }
        CircleCommand::Invite { circle, user } => {
            let (id, guest) = (session.circle(circle).await?, session.user(user).await?);
            engine.invite(me, id, guest).await?;
            say(context, "circle.invite", id, &format!("invites {user}"))
        }
        CircleCommand::Join { circle } => {
            let id = session.circle(circle).await?;
            engine.join(me, id).await?;
            say(context, "circle.join", id, "has you as a member")
        }
        CircleCommand::Leave { circle } => {
            let id = session.circle(circle).await?;
            engine.leave(me, id).await?;
            say(context, "circle.leave", id, "is without you")
        }
        _ => Ok(()),
    }
}

async fn moderate(command: &CircleCommand, context: &Context) -> Result<(), Failure> {
    let session = context.open().await?;
    let (by, engine) = (session.authority().await?, &session.engine);
    match command {
        CircleCommand::Remove { circle, user } => {
            let (id, member) = (session.circle(circle).await?, session.user(user).await?);
            engine.remove_member(by, id, member).await?;
            say(context, "circle.remove", id, &format!("is without {user}"))
        }
        CircleCommand::Role { circle, user, role } => {
            let (id, member) = (session.circle(circle).await?, session.user(user).await?);
            let role = Role::from(*role);
            engine.set_role(by, id, member, role).await?;
            say(context, "circle.role", id, &format!("has {user} as its {role}"))
        }
        CircleCommand::Freeze { circle, off } => {
            let id = session.circle(circle).await?;
            engine.freeze_circle(by, id, !off).await?;
            say(context, "circle.freeze", id, if *off { "is no longer frozen" } else { "is frozen" })
        }
        CircleCommand::Close { circle } => {
            let id = session.circle(circle).await?;
            engine.close_circle(by, id).await?;
            say(context, "circle.close", id, "is closed")
        }
        _ => Ok(()),
    }
}

async fn read(command: &CircleCommand, context: &Context) -> Result<(), Failure> {
    let session = context.open().await?;
    let viewer = session.viewer().await?;
    match command {
        CircleCommand::Show { circle } => {
            let answer = session.engine.circle(viewer, session.circle(circle).await?).await?;
            context.output.answer("circle", &answer, show)
        }
        CircleCommand::List => context.output.list("circle", &session.engine.circles(viewer).await?, list),
        CircleCommand::Feed { circle, limit } => {
            let circle = session.circle(circle).await?;
            let answers = session.engine.circle_feed(viewer, circle, *limit).await?;
            context.output.list("circle.feed", &answers, drop::list)?;
            recall::remember(&session, &answers.iter().map(|drop| drop.id).collect::<Vec<_>>()).await
        }
        _ => Ok(()),
    }
}

fn list(circles: &[CircleAnswer]) -> String {
    if circles.is_empty() {
        return "no circles\n".to_owned();
    }
    let heading =
        [("circle", Align::Left), ("name", Align::Left), ("members", Align::Right), ("", Align::Left)];
    let rows: Vec<Vec<String>> = circles
        .iter()
        .map(|circle| {
            let name = fit(&circle.name, 30);
            vec![circle.short.clone(), name, circle.size.to_string(), standing(circle)]
        })
        .collect();
    columns(&heading, &rows)
}

fn standing(circle: &CircleAnswer) -> String {
    let mut words = circle.focus.clone();
    if circle.invite_only {
        words.push("by invitation".to_owned());
    }
    if circle.frozen {
        words.push("frozen".to_owned());
    }
    words.join(", ")
}

fn show(circle: &CircleAnswer) -> String {
    let mut out = bold(&fit(&circle.name, 60)) + &format!("  {}, {} members\n", circle.short, circle.size);
    let standing = standing(circle);
    if !standing.is_empty() {
        out += &format!("  {}\n", fit(&standing, 78));
    }
    if circle.members.is_empty() {
        return out;
    }
    let heading = [("member", Align::Left), ("role", Align::Left), ("contribution", Align::Right)];
    let row = |member: &signal_core::engine::MemberAnswer| {
        vec![member.user.name.clone(), member.role.to_string(), format!("{:.3}", member.contribution)]
    };
    out + "\n" + &columns(&heading, &circle.members.iter().map(row).collect::<Vec<_>>())
}
