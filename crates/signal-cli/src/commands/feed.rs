//! `signal feed`: what reaches a person, and why.

use clap::Args;
use signal_core::engine::{FeedAnswer, FeedItem};
use signal_core::model::DropId;

use super::drop;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{dim, wrap};
use crate::recall;

/// The arguments of `signal feed`.
#[derive(Debug, Args)]
pub(crate) struct FeedArgs {
    /// Drops on the page
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Where the page begins: what the page before ended with
    #[arg(long)]
    cursor: Option<String>,
    /// Remember that you saw this page
    #[arg(long)]
    seen: bool,
}

/// Shows a page. Without `--seen` it changes nothing.
pub(crate) async fn run(args: &FeedArgs, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let me = session.actor().await?;
    let page = session.engine.feed(me, args.cursor.as_deref(), args.limit).await?;
    context.output.answer("feed", &page, table)?;
    let drops: Vec<DropId> = page.items.iter().map(|item| item.drop.id).collect();
    recall::remember(&session, &drops).await?;
    if args.seen {
        session.engine.seen(me, &drops).await?;
    }
    Ok(Exit::Done)
}

fn table(page: &FeedAnswer) -> String {
    let mut out = String::new();
    for (place, item) in page.items.iter().enumerate() {
        out += &drop::summary(place + 1, &item.drop);
        out += &why(item);
    }
    out += &dim(wrap(&page.basis.text, "").trim_end());
    out.push('\n');
    if let Some(next) = &page.next {
        out += &format!("more: `signal feed --cursor {next}`\n");
    }
    out
}

/// Why it is there.
pub(crate) fn why(item: &FeedItem) -> String {
    wrap(&format!("→ {}", item.why().join("; ")), "     ")
}
