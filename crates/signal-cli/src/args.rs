//! What can be typed.

use std::fmt;

use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use signal_adapters::registry::without_secrets;
use signal_core::model::Timestamp;

use crate::commands::{
    accounts, audit, card, circle, compat, completions, connect, demo, drop, erase, eval, export, feed,
    guard, import, maintain, policy, recommend, search, sync, taste, track, transfer, trust, user,
};
use crate::output::Format;

const AFTER: &str = "\
USER is a handle, a claim such as hetrec:2, an id, or `me` (who --as names).
TRACK is a platform link, isrc:CODE, mbid:UUID, or \"Artist - Title\".
DROP is an id, its last 8 digits, or a number from the last list.

Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 the world failed.";

/// Trust-based music discovery
#[derive(Debug, Parser)]
#[command(name = "signal", version, after_help = AFTER, max_term_width = 80, subcommand_required = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The store: a file, or a URL such as mem: [default: signal-music/signal.db in the data directory]
    #[arg(long, global = true, value_name = "STORE", env = "SIGNAL_DB", hide_env_values = true)]
    pub(crate) db: Option<String>,
    /// In whose name; without it you are the operator, who owns the file
    #[arg(long = "as", global = true, value_name = "USER", env = "SIGNAL_AS", hide_env_values = true)]
    pub(crate) person: Option<String>,
    /// The instant it is taken to be, such as 2026-03-01T12:00:00Z
    #[arg(long, global = true, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// How the answer is written
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Whether `--db` was typed, rather than taken from the environment.
    #[arg(skip)]
    pub(crate) db_typed: bool,
}

/// The store's URL may hold a password.
impl fmt::Debug for Global {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Global")
            .field("db", &self.db.as_deref().map(without_secrets))
            .field("person", &self.person)
            .field("now", &self.now)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what Signal does, on a community that lives through 90 days
    Demo(demo::DemoArgs),
    /// Read listening histories and trust from files
    Import(import::ImportArgs),
    /// Let Signal read what you play on a streaming platform
    Connect(connect::ConnectArgs),
    /// Read what is new on connected platforms
    Sync(sync::SyncArgs),
    /// Which platforms are connected, and letting go of them
    Accounts(accounts::AccountsArgs),
    /// People: who they are, what they show, whom they block
    #[command(subcommand)]
    User(user::UserCommand),
    /// Whom you trust, and what trust says of a person
    #[command(subcommand)]
    Trust(trust::TrustCommand),
    /// How well two people match, and why
    Compat(compat::CompatArgs),
    /// Artists a person may like next, and why
    Recommend(recommend::RecommendArgs),
    /// Taste as a signed file, compared with no server
    #[command(subcommand)]
    Card(card::CardCommand),
    /// What a person listens to
    #[command(subcommand)]
    Taste(taste::TasteCommand),
    /// Which tracks are one (operator)
    #[command(subcommand)]
    Track(track::TrackCommand),
    /// Tracks that people vouch for
    #[command(subcommand)]
    Drop(drop::DropCommand),
    /// Communities of at most 150 members
    #[command(subcommand)]
    Circle(circle::CircleCommand),
    /// What reaches you, and why
    Feed(feed::FeedArgs),
    /// Settle every drop that is due
    Settle,
    /// Close an epoch: fix standings, and look for abuse
    Epoch,
    /// Do what a server does by itself: settle, close the day, look after the store
    Maintain(maintain::MaintainArgs),
    /// Find people, drops and circles by words
    Search(search::SearchArgs),
    /// The constants of every formula
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Check the ledger, and see what is behind a balance
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Look for abuse, and say what is one (operator)
    #[command(subcommand)]
    Guard(guard::GuardCommand),
    /// Everything Signal holds about a person, as JSON
    Export(export::ExportArgs),
    /// Remove a person for good
    Erase(erase::EraseArgs),
    /// Move everything into another store
    Migrate(transfer::MigrateArgs),
    /// Write everything into one file, while others go on writing
    Backup(transfer::BackupArgs),
    /// Bring a backup back, into an empty store
    Restore(transfer::RestoreArgs),
    /// Measure how well and how fast it all works, on your data and your machine
    #[command(subcommand)]
    Eval(eval::EvalCommand),
    /// Look whether everything is in order
    Doctor,
    /// Completions for a shell
    Completions(completions::CompletionsArgs),
}

impl Cli {
    /// Reads the arguments of this process.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let mut command = Self::command();
        let matches = command.try_get_matches_from_mut(std::env::args_os())?;
        let mut cli = Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
        cli.global.db_typed = matches.value_source("db") == Some(ValueSource::CommandLine);
        // An empty variable is one that was not set.
        let set = |value: &Option<String>| value.clone().filter(|text| !text.is_empty());
        if !cli.global.db_typed {
            cli.global.db = set(&cli.global.db);
        }
        cli.global.person = set(&cli.global.person);
        Ok(cli)
    }
}

/// The command that arguments begin, as it is typed: `signal trust set`.
pub(crate) fn command_of(args: impl Iterator<Item = String>) -> String {
    let mut command = Cli::command();
    let mut typed = command.get_name().to_owned();
    for arg in args.skip(1) {
        if let Some(found) = command.find_subcommand(&arg).cloned() {
            typed = format!("{typed} {arg}");
            command = found;
        }
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_command_is_found_among_its_arguments() {
        let of = |typed: &str| command_of(typed.split(' ').map(ToOwned::to_owned));
        assert_eq!(of("signal --as ana trust set bo 2.0"), "signal trust set");
        assert_eq!(of("signal --now soon"), "signal");
    }
}
