//! `signal user`: who people are, what they show, and whom they do not want to see.

mod check;
mod dials;
mod view;

use clap::Subcommand;
use serde::Serialize;
use signal_core::model::{Claim, Handle, UserId, Verification};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// What to do with people.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add a person
    Add {
        /// 2 to 32 of a-z, 0-9, _ and -
        handle: Handle,
    },
    /// What may be seen of a person
    Show {
        /// Who [default: you]
        user: Option<String>,
    },
    /// Everybody, in order of their ids
    List {
        /// The most people
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
        /// Begin after this person
        #[arg(long, value_name = "USER")]
        after: Option<String>,
    },
    /// With --as: a claim is you. Without: an imported person gets a handle
    Claim {
        /// A claim of yours such as spotify:ana, or an imported person
        #[arg(value_name = "CLAIM|USER")]
        name: String,
        /// The handle from now on
        #[arg(long)]
        handle: Option<Handle>,
    },
    /// See a person no longer
    Block {
        /// Whom
        user: String,
        /// See them again
        #[arg(long)]
        off: bool,
    },
    /// Leave a person's drops out of your feed; nobody else knows. Without USER, whom you muted
    Mute {
        /// Whom
        user: Option<String>,
        /// Let them in again
        #[arg(long, requires = "user")]
        off: bool,
    },
    /// Check your telephone or payment with the provider for development (--as says who you are)
    Check(check::CheckArgs),
    /// Record that an identity was checked (operator)
    Verify {
        /// Whose
        user: String,
        /// phone or paid
        level: Verification,
        /// What proves it; it counts once
        #[arg(long)]
        token: String,
    },
    /// Stop a person from acting (operator)
    Freeze {
        /// Whom
        user: String,
        /// Let them act again
        #[arg(long)]
        off: bool,
    },
    /// Let standing spring from a person while nobody is verified (operator)
    Seed {
        /// From whom
        user: String,
        /// No longer
        #[arg(long)]
        off: bool,
    },
    /// What others see of you; without options, what they see now
    Privacy(dials::Dials),
}

/// Somebody something was done to.
#[derive(Debug, Serialize)]
struct Done {
    id: UserId,
    name: String,
}

/// Does it.
pub(crate) async fn run(command: &UserCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        UserCommand::Add { handle } => {
            let id = context.open_or_create().await?.engine.register(handle).await?;
            let say = |done: &Done| format!("{} is here: act with `--as {}`\n", done.name, done.name);
            context.output.answer("user.add", &Done { id, name: handle.to_string() }, say)?;
        }
        UserCommand::Show { user } => {
            let session = context.open().await?;
            let user = session.user_or_me(user.as_deref()).await?;
            let answer = session.engine.user(session.viewer().await?, user).await?;
            context.output.answer("user", &answer, view::show)?;
        }
        UserCommand::List { limit, after } => {
            let session = context.open().await?;
            let after = match after {
                Some(name) => Some(session.user(name).await?),
                None => None,
            };
            let answers = session.engine.users(session.viewer().await?, after, *limit).await?;
            context.output.list("user", &answers, view::list)?;
        }
        UserCommand::Claim { name, handle } => claim(context, name, handle.as_ref()).await?,
        UserCommand::Block { user, off } => {
            let session = context.open().await?;
            let (me, id) = (session.actor().await?, session.user(user).await?);
            session.engine.block(me, id, !off).await?;
            done(context, "user.block", id, user, if *off { "no longer blocked" } else { "blocked" })?;
        }
        UserCommand::Mute { user, off } => mute(context, user.as_deref(), *off).await?,
        UserCommand::Check(args) => check::run(args, context).await?,
        UserCommand::Verify { user, level, token } => {
            let (session, id) = operated(context, user).await?;
            session.engine.verify(id, *level, token).await?;
            done(context, "user.verify", id, user, &format!("verified: {level}"))?;
        }
        UserCommand::Freeze { user, off } => {
            let (session, id) = operated(context, user).await?;
            session.engine.freeze(id, !off).await?;
            done(context, "user.freeze", id, user, if *off { "no longer frozen" } else { "frozen" })?;
        }
        UserCommand::Seed { user, off } => {
            let (session, id) = operated(context, user).await?;
            session.engine.seed(id, !off).await?;
            done(context, "user.seed", id, user, if *off { "no longer a seed" } else { "a seed" })?;
        }
        UserCommand::Privacy(dials) => dials::run(context, dials).await?,
    }
    Ok(Exit::Done)
}

async fn operated<'c>(context: &'c Context, user: &str) -> Result<(Session<'c>, UserId), Failure> {
    let session = context.open().await?;
    session.operator()?;
    let user = session.user(user).await?;
    Ok((session, user))
}

fn done(context: &Context, name: &str, id: UserId, user: &str, what: &str) -> Result<(), Failure> {
    context
        .output
        .answer(name, &Done { id, name: user.to_owned() }, |done| format!("{} is {what}\n", done.name))
}

async fn mute(context: &Context, user: Option<&str>, off: bool) -> Result<(), Failure> {
    let session = context.open().await?;
    let (me, viewer) = (session.actor().await?, session.viewer().await?);
    let Some(user) = user else {
        let muted = session.engine.mutes(viewer, me).await?;
        return context.output.list("user.mute", &muted, view::muted);
    };
    let id = session.user(user).await?;
    session.engine.mute(viewer, me, id, !off).await?;
    done(context, "user.mute", id, user, if off { "no longer muted" } else { "muted" })
}

async fn claim(context: &Context, name: &str, handle: Option<&Handle>) -> Result<(), Failure> {
    let session = context.open().await?;
    let (id, claims) = match session.me().await? {
        Some(me) => {
            let claim: Claim = name.parse().map_err(|error| Failure::wrong(format!("{error}")))?;
            (me, vec![claim])
        }
        None => (session.user(name).await?, Vec::new()),
    };
    session.engine.claim(id, handle.cloned(), claims).await?;
    let shown = handle.map_or_else(|| name.to_owned(), ToString::to_string);
    done(context, "user.claim", id, &shown, "claimed")
}
