//! `signal accounts`: what is connected, and letting go of it.

use std::sync::Arc;

use clap::{Args, Subcommand};
use serde::Serialize;
use signal_adapters::platforms;
use signal_adapters::vault::KeyVault;
use signal_core::engine::{AccountAnswer, AccountStatus, Accounts};
use signal_core::host::Host;
use signal_core::platform::Platform;

use super::suggestions::suggestions;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::keys;
use crate::layout::{Align, columns, minute};
use crate::progress::Progress;
use crate::session::Session;

/// The arguments of `signal accounts`.
#[derive(Debug, Args)]
pub(crate) struct AccountsArgs {
    #[command(subcommand)]
    command: Option<AccountsCommand>,
}

/// What to do with accounts; without a word they are listed.
#[derive(Debug, Subcommand)]
enum AccountsCommand {
    /// Delete what is kept of an account; what was heard stays
    Disconnect {
        /// Of which platform
        platform: String,
    },
    /// Whom you might trust and what you might vouch for, as a platform knows; nothing is done
    Suggestions {
        /// Which platform
        platform: String,
    },
    /// Seal everything with a new key (operator)
    Rotate,
}

/// What was let go of.
#[derive(Debug, Serialize)]
struct Disconnected<'a> {
    platform: &'a str,
    was_connected: bool,
}

/// What was sealed anew.
#[derive(Debug, Serialize)]
struct Rotated {
    secrets: u64,
    new_key: bool,
}

/// Lists accounts, or does what was asked.
pub(crate) async fn run(args: &AccountsArgs, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    match &args.command {
        None => {
            let me = session.actor().await?;
            let found = accounts_of(&session, context)?.accounts(me).await?;
            context.output.list("account", &found, account_table)?;
        }
        Some(AccountsCommand::Disconnect { platform }) => {
            let me = session.actor().await?;
            let accounts = accounts_of(&session, context)?;
            // A service that is not set up any more can still be let go of.
            if !platforms::NEEDED.iter().any(|(known, _)| known == platform) {
                self::platform(&accounts, platform)?;
            }
            let was_connected = accounts.disconnect(me, platform).await?;
            let done = Disconnected { platform, was_connected };
            context.output.answer("account.disconnect", &done, |done| {
                let what = if done.was_connected { "is let go of" } else { "was not connected" };
                format!("{} {what}; what was heard stays\n", done.platform)
            })?;
        }
        Some(AccountsCommand::Suggestions { platform }) => {
            let me = session.actor().await?;
            let accounts = accounts_of(&session, context)?;
            self::platform(&accounts, platform)?;
            let asking = Progress::spinner("asking");
            let answer = accounts.suggestions(me, platform).await?;
            drop(asking);
            context.output.answer("suggestions", &answer, suggestions)?;
        }
        Some(AccountsCommand::Rotate) => {
            session.operator()?;
            let (vault_keys, new_key) = keys::newer_vault_keys(context)?;
            let vault = Arc::new(KeyVault::new(vault_keys));
            let accounts = Accounts::new(session.engine.clone(), vault, []);
            let done = Rotated { secrets: accounts.rotate().await?, new_key };
            context.output.answer("account.rotate", &done, |done| {
                format!("{} secrets are sealed with the newest key\n", done.secrets)
            })?;
        }
    }
    Ok(Exit::Done)
}

/// The accounts of a store's people, on the platforms that are set up.
pub(super) fn accounts_of(session: &Session<'_>, context: &Context) -> Result<Accounts, Failure> {
    let vault = KeyVault::new(keys::vault_keys(context)?);
    let setting = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let host: Arc<dyn Host> = Arc::new(session.host);
    let known = platforms::configured(&setting, &host)
        .map_err(|error| Failure::wrong(error.to_string()).hint("docs/platforms.md tells what to set"))?;
    Ok(Accounts::new(session.engine.clone(), Arc::new(vault), known.into_values()))
}

/// The platform that an argument names, which must be set up.
pub(super) fn platform<'a>(accounts: &'a Accounts, name: &str) -> Result<&'a dyn Platform, Failure> {
    let needed = platforms::NEEDED.iter().find(|(known, _)| *known == name);
    accounts.platform(name).map_err(|error| {
        if let Some((_, settings)) = needed {
            let settings = settings.join(", ");
            return Failure::wrong(format!("{name} is not set up")).hint(format!(
                "set {settings} in the environment; docs/platforms.md tells where they come from"
            ));
        }
        let known: Vec<_> = platforms::NEEDED.iter().map(|(name, _)| *name).collect();
        Failure::from(error).hint(format!("there are {}", known.join(", ")))
    })
}

/// Accounts, one a line.
pub(super) fn account_table(accounts: &[AccountAnswer]) -> String {
    if accounts.is_empty() {
        return "no account is connected; `signal connect PLATFORM` connects one\n".to_owned();
    }
    let heads =
        [("platform", Align::Left), ("account", Align::Left), ("last read", Align::Left), ("", Align::Left)];
    let rows: Vec<_> = accounts
        .iter()
        .map(|account| {
            let name = account.name.as_ref().or(account.account.as_ref()).cloned().unwrap_or_default();
            let read = account.synced_at.map_or_else(|| "never".to_owned(), minute);
            vec![account.platform.clone(), name, read, standing(account)]
        })
        .collect();
    let mut out = columns(&heads, &rows);
    for (platform, at) in accounts.iter().filter_map(|a| Some((&a.platform, a.gap_at?))) {
        out += &format!("{platform}: plays before {} may be missing; an export has them\n", minute(at));
    }
    for (platform, reason) in accounts.iter().filter_map(|a| Some((&a.platform, a.reason.as_ref()?))) {
        out += &format!("{platform}: {reason}\n");
    }
    out
}

fn standing(account: &AccountAnswer) -> String {
    let until = |at: Option<_>| at.map(minute).unwrap_or_default();
    match account.status {
        AccountStatus::Connected => "connected".to_owned(),
        AccountStatus::ConsentEndsSoon => format!("consent ends {}", until(account.consent_ends_at)),
        AccountStatus::NeedsConsent => format!("agree again: signal connect {}", account.platform),
        AccountStatus::Waiting => format!("waiting until {}", until(account.waiting_until)),
        AccountStatus::Unreadable => format!("unreadable: signal connect {}", account.platform),
    }
}
