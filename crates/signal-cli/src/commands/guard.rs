//! `signal guard`: look for abuse at any time, look at one finding, and say what it is.

use clap::Subcommand;
use signal_core::engine::{FindingAnswer, ScanAnswer, SuspectsAnswer};
use signal_core::ledger::Resolution;
use signal_core::policy::FindingEffect;

use super::words;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::layout::{Align, bold, columns, count, dim, minute, wrap};
use crate::progress::Progress;
use crate::session::named;

/// Names of a finding's people that a list shows.
const NAMED: usize = 12;

/// What to do with findings.
#[derive(Debug, Subcommand)]
pub(crate) enum GuardCommand {
    /// Look for abuse now; changes nothing (exit code 1 where something is found that was not dismissed)
    Scan,
    /// The accounts that the newest epoch has as the most suspicious; nothing follows from it
    Suspects {
        /// How many
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        top: u32,
    },
    /// One finding with everybody in it, as a scan now finds it
    Show {
        /// Its id, or the last 8 digits
        finding: String,
    },
    /// Say what a finding is, for every epoch from the next one on
    Resolve {
        /// Its id, or the last 8 digits
        finding: String,
        /// dismissed: it takes no effect any more; confirmed: it stays, whatever the ratings show later
        resolution: Resolution,
        /// Why; - reads it from standard input
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
}

/// Does it.
pub(crate) async fn run(command: &GuardCommand, context: &Context) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let viewer = session.viewer().await?;
    let scanning = Progress::spinner("looking for abuse");
    match command {
        GuardCommand::Scan => {
            session.operator()?;
            let answer = session.engine.scan(viewer).await?;
            drop(scanning);
            context.output.answer("guard.scan", &answer, table)?;
            return Ok(exit(&answer.findings));
        }
        GuardCommand::Suspects { top } => {
            session.operator()?;
            let answer = session.engine.suspects(viewer, *top as usize).await?;
            drop(scanning);
            context.output.answer("guard.suspects", &answer, suspects)?;
        }
        GuardCommand::Show { finding } => {
            let answer = session.engine.finding(viewer, finding).await;
            drop(scanning);
            let answer = answer.map_err(|error| named(error, finding, HINT))?;
            context.output.answer("guard.finding", &answer, show)?;
        }
        GuardCommand::Resolve { finding, resolution, note } => {
            session.operator()?;
            let note = words::read(note)?;
            let answer = session.engine.resolve(viewer, finding, *resolution, &note).await;
            drop(scanning);
            let answer = answer.map_err(|error| named(error, finding, HINT))?;
            let say = |answer: &FindingAnswer| {
                let what = effect(answer.effect);
                format!("{} is {resolution}; from the next epoch on: {what}\n", answer.short)
            };
            context.output.answer("guard.resolve", &answer, say)?;
        }
    }
    Ok(Exit::Done)
}

const HINT: &str = "`signal guard scan` shows what is found now";

/// Findings are a no, unless the operator said that there is nothing to them: somebody should look.
pub(super) fn exit(findings: &[FindingAnswer]) -> Exit {
    let open = findings.iter().any(|finding| finding.effect != FindingEffect::Nothing);
    if open { Exit::No } else { Exit::Done }
}

fn suspects(answer: &SuspectsAnswer) -> String {
    let Some(epoch) = answer.epoch else {
        return "no epoch was closed yet: `signal epoch`\n".to_owned();
    };
    let heading = [
        ("who", Align::Left),
        ("suspicion", Align::Right),
        ("standing", Align::Right),
        ("reliability", Align::Right),
        ("privilege", Align::Right),
        ("", Align::Left),
    ];
    let rows = answer.suspects.iter().map(|one| {
        let notes = [(one.found, "in a finding"), (one.frozen, "frozen")];
        let notes: Vec<_> = notes.iter().filter(|note| note.0).map(|note| note.1).collect();
        let shares = [one.suspicion, one.standing, one.reliability, one.privilege];
        let [suspicion, standing, reliability, privilege] = shares.map(|share| format!("{share:.2}"));
        vec![one.user.name.clone(), suspicion, standing, reliability, privilege, notes.join(", ")]
    });
    let rows: Vec<_> = rows.collect();
    let accounts = count(answer.accounts, "account");
    columns(&heading, &rows) + &format!("{} of {accounts}, as epoch {epoch} has them\n", rows.len())
}

fn table(answer: &ScanAnswer) -> String {
    let findings: String = answer.findings.iter().map(summary).collect();
    let entries =
        count(usize::try_from(answer.entries).unwrap_or(usize::MAX), "entry").replace("entrys", "entries");
    format!("{findings}{} in {entries}\n", count(answer.findings.len(), "finding"))
}

/// A finding in a list: what, who, why, and a blank line.
pub(super) fn summary(finding: &FindingAnswer) -> String {
    let mut names = names(finding, NAMED);
    let more = finding.members.len().saturating_sub(NAMED);
    if more > 0 {
        names += &format!(" and {more} more");
    }
    let head = format!(
        "probability {:.2}, {}  {}",
        finding.probability,
        effect(finding.effect),
        dim(&finding.short)
    );
    let said = resolution(finding).map(|said| wrap(&said, "  ")).unwrap_or_default();
    format!("{}  {head}\n{}{}{said}\n", bold(&finding.kind), wrap(&names, "  "), evidence(finding))
}

fn show(finding: &FindingAnswer) -> String {
    let mut rows = vec![
        ("id", finding.id.to_string()),
        ("probability", format!("{:.2}", finding.probability)),
        ("effect", effect(finding.effect).to_owned()),
    ];
    if let Some(resolved) = &finding.resolution {
        rows.push(("resolution", format!("{} at {}", resolved.resolution, minute(resolved.at))));
    }
    let mut out = bold(&finding.kind) + "\n";
    out.extend(rows.iter().map(|(name, value)| format!("  {name:<11} {value}\n")));
    if let Some(resolved) = &finding.resolution {
        out += &wrap(&resolved.note, "              ");
    }
    out += &format!("\n{}\n", count(finding.members.len(), "member"));
    out += &wrap(&names(finding, finding.members.len()), "  ");
    format!("{out}\nevidence\n{}", evidence(finding))
}

/// The reasons, each from a line of its own on.
fn evidence(finding: &FindingAnswer) -> String {
    finding.evidence.split("; and ").map(|reason| wrap(reason, "  ")).collect()
}

fn names(finding: &FindingAnswer, most: usize) -> String {
    let names: Vec<&str> = finding.members.iter().take(most).map(|member| member.name.as_str()).collect();
    names.join(", ")
}

fn resolution(finding: &FindingAnswer) -> Option<String> {
    let resolved = finding.resolution.as_ref()?;
    Some(format!("{} at {}: {}", resolved.resolution, minute(resolved.at), resolved.note))
}

/// What follows from a finding, for people.
const fn effect(effect: FindingEffect) -> &'static str {
    match effect {
        FindingEffect::Merge => "votes count as one",
        FindingEffect::Raise => "votes count as one, stakes are raised",
        FindingEffect::Flag => "a flag alone",
        FindingEffect::Nothing => "no effect",
    }
}
