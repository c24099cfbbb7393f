//! One file a command: its arguments, what it asks of the engine, and how the answer looks.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod card;
pub(crate) mod circle;
pub(crate) mod compat;
pub(crate) mod completions;
pub(crate) mod connect;
pub(crate) mod demo;
mod doctor;
pub(crate) mod drop;
mod epoch;
pub(crate) mod erase;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod feed;
pub(crate) mod guard;
pub(crate) mod import;
pub(crate) mod maintain;
pub(crate) mod policy;
pub(crate) mod recommend;
pub(crate) mod search;
mod settle;
mod suggestions;
pub(crate) mod sync;
pub(crate) mod taste;
pub(crate) mod track;
pub(crate) mod transfer;
pub(crate) mod trust;
pub(crate) mod user;
mod words;

use crate::args::Command;
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// How many items a list may have that a page of the policy bounds.
fn top(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=100).contains(number));
    number.ok_or_else(|| format!("{text} is not a number from 1 to 100"))
}

/// Does what was asked.
pub(crate) async fn run(command: &Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Demo(args) => demo::run(args, context).await,
        Command::Import(args) => import::run(args, context).await,
        Command::Connect(args) => connect::run(args, context).await,
        Command::Sync(args) => sync::run(args, context).await,
        Command::Accounts(args) => accounts::run(args, context).await,
        Command::User(command) => user::run(command, context).await,
        Command::Trust(command) => trust::run(command, context).await,
        Command::Compat(args) => compat::run(args, context).await,
        Command::Recommend(args) => recommend::run(args, context).await,
        Command::Card(command) => card::run(command, context).await,
        Command::Taste(command) => taste::run(command, context).await,
        Command::Track(command) => track::run(command, context).await,
        Command::Drop(command) => drop::run(command, context).await,
        Command::Circle(command) => circle::run(command, context).await,
        Command::Feed(args) => feed::run(args, context).await,
        Command::Settle => settle::run(context).await,
        Command::Epoch => epoch::run(context).await,
        Command::Maintain(args) => maintain::run(args, context).await,
        Command::Search(args) => search::run(args, context).await,
        Command::Policy(command) => policy::run(command, context).await,
        Command::Audit(command) => audit::run(command, context).await,
        Command::Guard(command) => guard::run(command, context).await,
        Command::Export(args) => export::run(args, context).await,
        Command::Erase(args) => erase::run(args, context).await,
        Command::Migrate(args) => transfer::migrate(args, context).await,
        Command::Backup(args) => transfer::back_up(args, context).await,
        Command::Restore(args) => transfer::restore(args, context).await,
        Command::Eval(command) => eval::run(command, context).await,
        Command::Doctor => doctor::run(context).await,
        Command::Completions(args) => completions::run(args),
    }
}
