//! `signal user privacy`: what others see of a person.

use clap::{Args, ValueEnum};
use serde_json::json;
use signal_core::model::{Audience, PrivacyDials, TrustAudience};

use crate::context::Context;
use crate::failure::Failure;

/// The three dials.
#[derive(Debug, Args)]
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

/// Turns the dials that are given, and tells how they stand.
pub(super) async fn run(context: &Context, dials: &Dials) -> Result<(), Failure> {
    let session = context.open().await?;
    let me = session.actor().await?;
    let now = session.engine.user(session.viewer().await?, me).await?.dials.unwrap_or_default();
    let then = dials.turn(now);
    if dials.are_given() {
        session.engine.set_dials(me, then).await?;
    }
    context.output.answer("user.privacy", &then, |dials| {
        let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let (history, taste) = (word(json!(dials.history)), word(json!(dials.taste)));
        format!("history  {history}\ntaste    {taste}\ntrust    {}\n", word(json!(dials.trust)))
    })
}
