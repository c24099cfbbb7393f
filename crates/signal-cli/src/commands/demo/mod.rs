//! `signal demo`: what Signal does, shown on a seeded community that lives through 90 days.

mod cast;
mod file;
mod place;
mod play;
mod tell;

use clap::Args;
use signal_core::simulation::Plan;

use crate::context::Context;
use crate::failure::{Exit, Failure};

/// The arguments of `signal demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The same seed gives the same community
    #[arg(long, default_value_t = Plan::default().seed)]
    pub(crate) seed: u64,
    /// Listeners in the community
    #[arg(long, hide = true, default_value_t = 2_400, value_parser = clap::value_parser!(u32).range(150..=20_000))]
    pub(crate) people: u32,
}

impl DemoArgs {
    fn plan(&self) -> Plan {
        Plan { seed: self.seed, people: self.people as usize, ..Plan::default() }
    }
}

/// Builds the file, and tells about it in five acts.
pub(crate) async fn run(args: &DemoArgs, context: &Context) -> Result<Exit, Failure> {
    let plan = args.plan();
    let target = place::target(context)?;
    let outcome = file::build(&target, &plan).await?;
    let play = play::stage(context, &target, &plan, &outcome).await?;
    let program = place::program();
    context.output.answer("demo", &play, |play| tell::text(play, &program, &target))?;
    Ok(if play.verified && play.proof.equal { Exit::Done } else { Exit::No })
}
