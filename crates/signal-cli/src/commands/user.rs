//! `signal user`: who people are, what they show, and whom they do not want to see.

use clap::{Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::json;
use signal_core::engine::UserAnswer;
use signal_core::model::{Audience, Claim, Handle, PrivacyDials, TrustAudience, UserId, Verification};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, bold, columns, minute};
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
    /// What others see of you; without options, what they see now
    Privacy(Dials),
}

/// The three dials.
#[derive(Debug, clap::Args)]
pub(crate) struct Dials {
    /// Who sees what you played
    #[arg(long, value_name = "WHO")]
    history: Option<Circle>,
    /// Who sees your taste, and what matches
    #[arg(long, value_name = "WHO")]
    taste: Option<Circle>,
    /// What others see of whom you trust
    #[arg(long, value_name = "WHAT")]
    trust: Option<TrustDial>,
}

/// A dial of history and taste.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Circle {
    /// You alone
    Private,
    /// Your circles, and people you trust
    Friends,
    /// Everybody
    Public,
}

/// The dial of trust.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum TrustDial {
    /// How many
    Counts,
    /// Who, and how much
    Public,
}

impl Dials {
    fn turn(&self, now: PrivacyDials) -> PrivacyDials {
        let audience = |dial: Option<Circle>, now| match dial {
            None => now,
            Some(Circle::Private) => Audience::Private,
            Some(Circle::Friends) => Audience::Friends,
            Some(Circle::Public) => Audience::Public,
        };
        let trust = match self.trust {
            None => now.trust,
            Some(TrustDial::Counts) => TrustAudience::Counts,
            Some(TrustDial::Public) => TrustAudience::Public,
        };
        PrivacyDials {
            history: audience(self.history, now.history),
            taste: audience(self.taste, now.taste),
            trust,
        }
    }

    const fn are_given(&self) -> bool {
        self.history.is_some() || self.taste.is_some() || self.trust.is_some()
    }
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
            context.output.answer(
                "user.add",
                &Done {
                    id,
                    name: handle.to_string(),
                },
                say,
            )?;
        }
        UserCommand::Show { user } => {
            let session = context.open().await?;
            let user = session.user_or_me(user.as_deref()).await?;
            let answer = session.engine.user(session.viewer().await?, user).await?;
            context.output.answer("user", &answer, show)?;
        }
        UserCommand::List { limit, after } => {
            let session = context.open().await?;
            let after = match after {
                Some(name) => Some(session.user(name).await?),
                None => None,
            };
            let answers = session
                .engine
                .users(session.viewer().await?, after, *limit)
                .await?;
            context.output.list("user", &answers, list)?;
        }
        UserCommand::Claim { name, handle } => claim(context, name, handle.as_ref()).await?,
        UserCommand::Block { user, off } => {
            let session = context.open().await?;
            let (me, id) = (session.actor().await?, session.user(user).await?);
            session.engine.block(me, id, !off).await?;
            done(
                context,
                "user.block",
                id,
                user,
                if *off { "no longer blocked" } else { "blocked" },
            )?;
        }
        UserCommand::Verify { user, level, token } => {
            let (session, id) = operated(context, user).await?;
            session.engine.verify(id, *level, token).await?;
            done(context, "user.verify", id, user, &format!("verified: {level}"))?;
        }
        UserCommand::Freeze { user, off } => {
            let (session, id) = operated(context, user).await?;
            session.engine.freeze(id, !off).await?;
            done(
                context,
                "user.freeze",
                id,
                user,
                if *off { "no longer frozen" } else { "frozen" },
            )?;
        }
        UserCommand::Privacy(dials) => privacy(context, dials).await?,
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
    context.output.answer(
        name,
        &Done {
            id,
            name: user.to_owned(),
        },
        |done| format!("{} is {what}\n", done.name),
    )
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

async fn privacy(context: &Context, dials: &Dials) -> Result<(), Failure> {
    let session = context.open().await?;
    let me = session.actor().await?;
    let now = session
        .engine
        .user(session.viewer().await?, me)
        .await?
        .dials
        .unwrap_or_default();
    let then = dials.turn(now);
    if dials.are_given() {
        session.engine.set_dials(me, then).await?;
    }
    context.output.answer("user.privacy", &then, |dials| {
        let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let (history, taste) = (word(json!(dials.history)), word(json!(dials.taste)));
        format!(
            "history  {history}\ntaste    {taste}\ntrust    {}\n",
            word(json!(dials.trust))
        )
    })
}

fn list(people: &[UserAnswer]) -> String {
    let heading = [
        ("name", Align::Left),
        ("trust score", Align::Right),
        ("drops", Align::Right),
        ("since", Align::Left),
        ("", Align::Left),
    ];
    let rows: Vec<Vec<String>> = people
        .iter()
        .map(|person| {
            let since = minute(person.registered_at).chars().take(10).collect();
            let score = format!("{:.1}", person.trust_score);
            vec![
                person.user.name.clone(),
                score,
                person.drops.to_string(),
                since,
                standing(person),
            ]
        })
        .collect();
    columns(&heading, &rows)
}

fn standing(person: &UserAnswer) -> String {
    let mut words = Vec::new();
    if !person.claimed {
        words.push("unclaimed".to_owned());
    }
    if person.frozen {
        words.push("frozen".to_owned());
    }
    if person.verification != Verification::None {
        words.push(person.verification.to_string());
    }
    words.join(", ")
}

fn show(person: &UserAnswer) -> String {
    let mut rows = vec![
        ("id", person.user.id.to_string()),
        ("since", minute(person.registered_at)),
        ("trust score", format!("{:.1}", person.trust_score)),
        ("drops", person.drops.to_string()),
    ];
    let standing = standing(person);
    if !standing.is_empty() {
        rows.push(("standing", standing));
    }
    if !person.claims.is_empty() {
        rows.push(("claims", person.claims.join(", ")));
    }
    let points = [
        ("available", person.available_millipoints),
        ("staked", person.staked_millipoints),
    ];
    rows.extend(
        points
            .iter()
            .filter_map(|(name, points)| points.map(|points| (*name, points.to_string()))),
    );
    let edges = [("trusts", person.trusts), ("trusted by", person.trusted_by)];
    rows.extend(
        edges
            .iter()
            .filter_map(|(name, edges)| edges.map(|edges| (*name, edges.to_string()))),
    );
    let lines: String = rows
        .iter()
        .map(|(name, value)| format!("  {name:<12} {value}\n"))
        .collect();
    format!("{}\n{lines}", bold(&person.user.name))
}
