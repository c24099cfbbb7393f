//! `signal search`: people, drops and circles by words.

use clap::Args;
use signal_core::engine::SearchAnswer;

use super::drop::summary;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::fit;
use crate::recall;

/// The arguments of `signal search`.
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// Each at least the beginning of a word
    #[arg(required = true)]
    words: Vec<String>,
    /// The most answers
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

/// Searches.
pub(crate) async fn run(args: &SearchArgs, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let viewer = session.viewer().await?;
    let answers = session.engine.search(viewer, &args.words.join(" "), args.limit).await?;
    context.output.list("search", &answers, table)?;
    let drops: Vec<_> = answers
        .iter()
        .filter_map(|answer| match answer {
            SearchAnswer::Drop { drop } => Some(drop.id),
            SearchAnswer::User { .. } | SearchAnswer::Circle { .. } => None,
        })
        .collect();
    recall::remember(&session, &drops).await?;
    Ok(Exit::Done)
}

fn table(answers: &[SearchAnswer]) -> String {
    if answers.is_empty() {
        return "nothing found\n".to_owned();
    }
    let mut number = 0;
    let mut out = String::new();
    for answer in answers {
        match answer {
            SearchAnswer::User { user } => out += &format!("person  {}\n", fit(&user.name, 70)),
            SearchAnswer::Circle { circle } => {
                out +=
                    &format!("circle  {}  {}  {} in it\n", circle.short, fit(&circle.name, 50), circle.size);
            }
            SearchAnswer::Drop { drop } => {
                number += 1;
                out += &summary(number, drop);
            }
        }
    }
    out
}
