//! Command → events or a refusal. Pure: everything a decision looks at is in the [`World`].
//!
//! The engine loads the streams a [`Command`] names ([`streams`]), looks up the facts that do not fit into a state
//! row, calls [`decide`], and appends what it says.

mod circle;
mod command;
mod community;
mod drop;
mod erase;
mod refusal;
mod trust;
mod user;
mod world;

pub use command::{Authority, Command};
pub use refusal::Refusal;
pub use world::{Decision, ErasureFacts, Facts, Proposal, World};

use crate::ledger::StreamId;

/// The streams that a decision needs and the world does not hold yet. Ask until there are none: a drop leads to
/// its author and its circle.
pub fn streams(command: &Command, world: &World) -> Vec<StreamId> {
    let mut wanted = command.streams();
    wanted.push(StreamId::Community);
    for stream in wanted.clone() {
        if let (StreamId::Drop(id), true) = (stream, command.needs_author_and_circle())
            && let Some(drop) = world.drop(id)
        {
            if !command.leaves_author_alone() {
                wanted.push(StreamId::User(drop.author));
            }
            wanted.extend(drop.circle.map(StreamId::Circle));
        }
        if let (StreamId::Circle(id), Command::CloseCircle { .. }) = (stream, command)
            && let Some(circle) = world.circle(id)
        {
            wanted.extend(circle.members.iter().map(|m| StreamId::User(m.user)));
        }
    }
    if let Some(facts) = &world.facts.erasure {
        wanted.extend(facts.streams.iter().copied());
    }
    wanted.retain(|stream| !world.holds(*stream));
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// Refuses what goes beyond a person's share of a day's limit.
fn check_day(world: &World, done: u32, full: u32, what: &'static str) -> Result<(), Refusal> {
    let limit = world.facts.admission.allowed(full);
    if done < limit {
        return Ok(());
    }
    let until = world.now.utc_day().start().plus_days(1);
    Err(Refusal::TooManyToday { what, limit, until, newcomer: world.facts.admission.newcomer(full) })
}

/// Decides a command. A refusal changes nothing and says what to do about it.
pub fn decide(command: &Command, world: &World) -> Result<Decision, Refusal> {
    match command {
        Command::Register { .. }
        | Command::Claim { .. }
        | Command::Verify { .. }
        | Command::Freeze { .. }
        | Command::Seed { .. }
        | Command::Block { .. } => user::decide(command, world),
        Command::Erase { user, keep_drops } => erase::decide(*user, *keep_drops, world),
        Command::SetTrust { .. } | Command::ImportTrust { .. } => trust::decide(command, world),
        Command::MakeDrop { .. }
        | Command::Rate { .. }
        | Command::Comment { .. }
        | Command::Report { .. }
        | Command::Withdraw { .. }
        | Command::Hide { .. }
        | Command::Annul { .. }
        | Command::Settle { .. } => drop::decide(command, world),
        Command::CreateCircle { .. }
        | Command::Invite { .. }
        | Command::Join { .. }
        | Command::Leave { .. }
        | Command::RemoveMember { .. }
        | Command::SetRole { .. }
        | Command::FreezeCircle { .. }
        | Command::CloseCircle { .. } => circle::decide(command, world),
        Command::SetPolicy { .. }
        | Command::CloseEpoch { .. }
        | Command::ResolveFinding { .. }
        | Command::Reverse { .. } => community::decide(command, world),
    }
}
