//! Shows what Signal does, on a seeded community.

use clap::Args;

use crate::context::Context;
use crate::failure::{Exit, Failure};

/// The arguments of `signal demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The same seed gives the same community
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Listeners in the community
    #[arg(long, default_value_t = 2_400)]
    pub(crate) people: u32,
}

/// Lives through 90 days, and tells about them in five acts.
#[expect(clippy::unused_async, reason = "every command is awaited")]
pub(crate) async fn run(args: &DemoArgs, _context: &Context) -> Result<Exit, Failure> {
    Err(Failure::world(format!(
        "this build has no community of {} for seed {}",
        args.people, args.seed
    )))
}
