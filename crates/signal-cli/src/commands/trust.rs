//! `signal trust`: edges, paths and scores.

use clap::Subcommand;
use serde::Serialize;
use signal_core::engine::{TrustPathAnswer, TrustPredictionAnswer, TrustRankAnswer, TrustScoreAnswer};
use signal_core::model::{TrustWeight, UserId};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, bold, columns, count};
use crate::progress::Progress;

/// What to do with trust.
#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    /// Trust a person
    Set {
        /// Whom
        user: String,
        /// How much: above 0, at most 1
        #[arg(allow_negative_numbers = true)]
        weight: TrustWeight,
    },
    /// Trust a person no longer
    Remove {
        /// Whom
        user: String,
    },
    /// A person's trust score, with its terms
    Score {
        /// Whose [default: yours]
        user: Option<String>,
    },
    /// The best path of trust between two people
    Path {
        /// From whom
        #[arg(value_name = "A")]
        from: String,
        /// To whom
        #[arg(value_name = "B")]
        to: String,
    },
    /// People by standing: trust that has spread through the community
    Rank {
        /// In whose eyes [default: the whole community's]
        #[arg(long, value_name = "USER")]
        from: Option<String>,
        /// How many people
        #[arg(long, value_name = "K", default_value_t = 20)]
        top: usize,
    },
    /// What weight A would give B, by what everybody else's trust says
    Predict {
        /// Who would trust
        #[arg(value_name = "A")]
        from: String,
        /// Whom
        #[arg(value_name = "B")]
        to: String,
    },
}

/// A trust edge as it now is.
#[derive(Debug, Serialize)]
struct EdgeAnswer {
    from: UserId,
    to: UserId,
    /// 0 where there is none any more.
    weight: f64,
}

/// Does it.
pub(crate) async fn run(command: &TrustCommand, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    match command {
        TrustCommand::Set { user, weight } => set(context, user, Some(*weight)).await?,
        TrustCommand::Remove { user } => set(context, user, None).await?,
        TrustCommand::Score { user } => {
            let user = session.user_or_me(user.as_deref()).await?;
            let answer = session.engine.trust_score(session.viewer().await?, user).await?;
            context.output.answer("trust.score", &answer, score)?;
        }
        TrustCommand::Path { from, to } => {
            let (from, to) = (session.user(from).await?, session.user(to).await?);
            let answer = session.engine.trust_path(session.viewer().await?, from, to).await?;
            context.output.answer("trust.path", &answer, path)?;
        }
        TrustCommand::Rank { from, top } => {
            let from = match from {
                Some(user) => Some(session.user(user).await?),
                None => None,
            };
            let _progress = Progress::spinner("spreading trust");
            let answer = session.engine.trust_rank(session.viewer().await?, from, *top).await?;
            context.output.answer("trust.rank", &answer, rank)?;
        }
        TrustCommand::Predict { from, to } => {
            let (from, to) = (session.user(from).await?, session.user(to).await?);
            let _progress = Progress::spinner("reading everybody's trust");
            let answer = session.engine.trust_predict(session.viewer().await?, from, to).await?;
            context.output.answer("trust.predict", &answer, prediction)?;
        }
    }
    Ok(Exit::Done)
}

async fn set(context: &Context, user: &str, weight: Option<TrustWeight>) -> Result<(), Failure> {
    let session = context.open().await?;
    let (from, to) = (session.actor().await?, session.user(user).await?);
    session.engine.set_trust(from, to, weight).await?;
    let answer = EdgeAnswer { from, to, weight: weight.map_or(0.0, TrustWeight::as_f64) };
    let name = if weight.is_some() { "trust.set" } else { "trust.remove" };
    context.output.answer(name, &answer, |_| match weight {
        Some(weight) => format!("you trust {user} with {weight}\n"),
        None => format!("you no longer trust {user}\n"),
    })
}

/// The score as the sum and product that it is, where its terms are told.
pub(crate) fn score(answer: &TrustScoreAnswer) -> String {
    let heading = bold(&format!("{}  {:.1}", answer.user.name, answer.score)) + "\n";
    heading
        + &terms(answer).unwrap_or_default()
        + &format!("as of entry {} at {}\n", answer.position, answer.at)
}

fn terms(answer: &TrustScoreAnswer) -> Option<String> {
    let (base, bonus, penalty, decay) = (answer.base?, answer.bonus?, answer.penalty?, answer.decay?);
    let (days, silent) = (count(answer.active_days? as usize, "active day"), answer.days_since_last_drop?);
    Some(
        format!("  max(0, ({base:.1} + {bonus:.1} − {penalty:.1}) × {decay:.3}) = {:.1}\n", answer.score)
            + &format!("  base     {base:>7.1}   {days}\n")
            + &format!("  bonus    {bonus:>7.1}   from settled drops: stake × validation score\n")
            + &format!("  penalty  {penalty:>7.1}   stakes of failed drops\n")
            + &format!("  decay    {decay:>7.3}   {silent:.1} days since the last drop\n"),
    )
}

fn path(answer: &TrustPathAnswer) -> String {
    let (from, to) = (&answer.from.name, &answer.to.name);
    let unfinished =
        if answer.complete { "" } else { "  the search was cut short: a stronger path may exist\n" };
    if answer.strength <= 0.0 {
        return format!("no path of trust that you can see leads from {from} to {to}\n{unfinished}");
    }
    let heading = bold(&format!("{from} → {to}  {:.4}", answer.strength));
    if answer.people.is_empty() {
        return format!("{heading}\n  through people who do not show whom they trust\n{unfinished}");
    }
    let names: Vec<&str> = answer.people.iter().map(|person| person.name.as_str()).collect();
    format!("{heading}\n  {} long: {}\n{unfinished}", count(answer.hops, "step"), names.join(" → "))
}

fn rank(answer: &TrustRankAnswer) -> String {
    if answer.people.is_empty() {
        return "nobody has any standing yet: nobody trusts anybody\n".to_owned();
    }
    let rows: Vec<Vec<String>> = answer
        .people
        .iter()
        .zip(1..)
        .map(|(one, place): (_, usize)| {
            vec![place.to_string(), one.user.name.clone(), format!("{:.4} %", 100.0 * one.standing)]
        })
        .collect();
    let heading = [("", Align::Right), ("user", Align::Left), ("standing", Align::Right)];
    let missing = match answer.missing {
        missing if missing > 0.0 => format!("; {:.2} % not spread yet", 100.0 * missing),
        _ => String::new(),
    };
    columns(&heading, &rows) + &format!("standing springs from {}{missing}\n", answer.restart)
}

fn prediction(answer: &TrustPredictionAnswer) -> String {
    let (from, to) = (&answer.from.name, &answer.to.name);
    let Some(weight) = answer.weight else {
        return format!("there is no trust yet to learn from what {from} would think of {to}\n");
    };
    let given = answer.given.map(|given| format!("  (given: {given:.2})")).unwrap_or_default();
    let heading = bold(&format!("{from} would trust {to} with {weight:.2}"));
    format!("{heading}{given}\n  by the {} method\n", answer.method)
}
