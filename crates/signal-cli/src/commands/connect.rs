//! `signal connect`: a person lets Signal read what they play elsewhere.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use clap::Args;
use signal_core::engine::{AccountAnswer, AccountError, Accounts};
use signal_core::model::UserId;
use signal_core::platform::{ConsentAnswer, ConsentStep, Secret};

use super::accounts::{account_table, accounts_of, platform};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::loopback::{Awaited, Loopback, parameter};

/// The arguments of `signal connect`.
#[derive(Debug, Args)]
#[command(after_help = "\
Spotify, Tidal and Apple Music ask you in your browser, which then comes back to this machine; Last.fm \
asks you there, and you say here that you agreed; ListenBrainz gives you a token to paste. A token is \
read from a hidden prompt or from standard input, never from the arguments. What each service needs to \
be set is told in docs/platforms.md.")]
pub(crate) struct ConnectArgs {
    /// spotify, apple, tidal, listenbrainz or lastfm
    platform: String,
    /// Read the token, or the address that the browser was sent back to, from standard input
    #[arg(long, value_name = "-", value_parser = ["-"])]
    token: Option<String>,
    /// How many seconds to wait for the browser
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    wait: u64,
}

/// Sends the person to the service, and keeps what they bring back.
pub(crate) async fn run(args: &ConnectArgs, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let me = session.actor().await?;
    let accounts = accounts_of(&session, context)?;
    let service = platform(&accounts, &args.platform)?;
    let can = service.capabilities();
    // Who brings a token needs no way back, where the service takes one.
    let loopback = if can.needs_redirect && !(args.token.is_some() && can.takes_token) {
        let bound = Loopback::bind(service.name()).await;
        Some(bound.map_err(|error| Failure::world(format!("cannot listen on 127.0.0.1: {error}")))?)
    } else {
        None
    };
    let redirect = loopback.as_ref().map(Loopback::url);
    let step = accounts.begin_connect(me, &args.platform, redirect.as_deref()).await?;
    // The page tells its state to whoever looks at it; what a service sends back goes to the address that it was given.
    let loopback = match step {
        ConsentStep::Serve { .. } => loopback.map(|loopback| loopback.out_of_sight(&session.host)),
        _ => loopback,
    };
    let answer = bring(args, &step, loopback.as_ref()).await?;
    accounts.complete_connect(me, &args.platform, ConsentAnswer(answer.reveal())).await?;
    let account = connected(&accounts, me, &args.platform).await?;
    context.output.answer("account", &account, |account| {
        format!("connected; `signal sync` reads it\n\n{}", account_table(std::slice::from_ref(account)))
    })?;
    Ok(Exit::Done)
}

async fn connected(accounts: &Accounts, me: UserId, platform: &str) -> Result<AccountAnswer, Failure> {
    let found = accounts.accounts(me).await?.into_iter().find(|account| account.platform == platform);
    Ok(found.ok_or_else(|| AccountError::NotConnected { platform: platform.to_owned() })?)
}

/// Has the person do what the service wants, and gives what they brought back.
async fn bring(
    args: &ConnectArgs,
    step: &ConsentStep,
    loopback: Option<&Loopback>,
) -> Result<Secret, Failure> {
    if args.token.is_some() {
        if let ConsentStep::Visit { url } | ConsentStep::Approve { url } = step {
            say(&format!("visit {url}"))?;
        }
        return line();
    }
    match (step, loopback) {
        (ConsentStep::Visit { url }, Some(loopback)) => {
            say(&format!("visit this address, and agree there:\n\n{url}\n"))?;
            let state = url.split_once('?').and_then(|(_, query)| parameter(query, "state"));
            wait(args, loopback, Awaited::Query { state }).await
        }
        (ConsentStep::Serve { page }, Some(loopback)) => {
            say(&format!("visit this address, and agree there:\n\n{}\n", loopback.url()))?;
            wait(args, loopback, Awaited::Form { page }).await
        }
        (ConsentStep::Approve { url }, _) => {
            say(&format!("visit this address, agree there, and then press Enter here:\n\n{url}\n"))?;
            line().map(|_| Secret::new(""))
        }
        (ConsentStep::Visit { url }, None) => {
            prompt(&format!("visit {url}, and paste the address that it sends you back to"))
        }
        (ConsentStep::Paste { url, what }, _) => {
            let place = url.as_ref().map_or_else(String::new, |url| format!(" ({url})"));
            prompt(&format!("paste {what}{place}"))
        }
        (ConsentStep::Serve { .. }, None) => {
            Err(Failure::world("the service wants to show a page, and gave no address for it"))
        }
    }
}

async fn wait(args: &ConnectArgs, loopback: &Loopback, awaited: Awaited<'_>) -> Result<Secret, Failure> {
    let answer = loopback.answer(awaited, Duration::from_secs(args.wait)).await;
    let answer = answer.map_err(|error| Failure::world(format!("cannot listen on 127.0.0.1: {error}")))?;
    let nobody = || {
        Failure::world(format!("no browser came back within {} seconds", args.wait))
            .hint("begin again, or paste the address that it was sent back to: `--token -`")
    };
    answer.map(Secret::new).ok_or_else(nobody)
}

/// Says what to do, where it does not mix with the answer of the program.
fn say(text: &str) -> Result<(), Failure> {
    Ok(writeln!(io::stderr().lock(), "{text}")?)
}

/// A text that is not shown while it is typed; from standard input where nobody types.
fn prompt(text: &str) -> Result<Secret, Failure> {
    say(text)?;
    if !io::stdin().is_terminal() {
        return line();
    }
    let typed = rpassword::prompt_password("> ");
    typed.map(Secret::new).map_err(|error| Failure::world(format!("cannot read the token: {error}")))
}

fn line() -> Result<Secret, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().read_line(&mut text);
    let text = Secret::new(text);
    match read {
        Ok(0) => Err(Failure::wrong("nothing came on standard input, and nothing was connected")),
        Ok(_) => Ok(Secret::new(text.reveal().trim())),
        Err(error) => Err(Failure::world(format!("cannot read standard input: {error}"))),
    }
}
