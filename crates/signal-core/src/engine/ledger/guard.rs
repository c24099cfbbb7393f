//! The operator's eye on abuse: a scan at any time, one finding, and what the operator makes of it.

use super::super::answer::{
    FindingAnswer, Person, ResolutionAnswer, ScanAnswer, SuspectAnswer, SuspectsAnswer,
};
use super::super::drops::text;
use super::super::{Engine, EngineError, Result};
use super::findings::{Counted, findings};
use crate::decide::Command;
use crate::host::offload;
use crate::ledger::{EpochTables, Finding, Resolution, Standing};
use crate::live::Live;
use crate::model::{FindingId, Timestamp, UserId, Viewer};
use crate::policy::FindingEffect;

impl Engine {
    /// Looks for abuse now, over everything up to the newest entry: the findings that an epoch closed now would fix. It
    /// changes nothing. For the operator alone.
    pub async fn scan(&self, viewer: Viewer) -> Result<ScanAnswer> {
        let (live, found) = self.look(viewer).await?;
        let findings = found.iter().map(|finding| finding_answer(finding, &live)).collect();
        Ok(ScanAnswer { entries: live.position, findings })
    }

    /// One finding of a scan now, by its id or the last eight digits of it. For the operator alone; whoever else asks is
    /// told that there is none.
    pub async fn finding(&self, viewer: Viewer, name: &str) -> Result<FindingAnswer> {
        let (live, found) = self.look(viewer).await?;
        Ok(finding_answer(one(&found, name)?, &live))
    }

    /// Writes down what the operator makes of a finding of a scan now, from the next epoch on: a dismissed one takes no
    /// effect, a confirmed one stays also when the ratings no longer show it. What is told last holds. It goes with
    /// any of its people who leaves. Refuses to say the same twice.
    pub async fn resolve(
        &self,
        viewer: Viewer,
        name: &str,
        resolution: Resolution,
        note: &str,
    ) -> Result<FindingAnswer> {
        let (live, found) = self.look(viewer).await?;
        let mut finding = one(&found, name)?.clone();
        let policy = self.policy().await?.1;
        let note = text("note", note, policy.limits.report_chars)?;
        let command = Command::ResolveFinding {
            finding: finding.id(),
            kind: finding.kind,
            members: members(&finding, &live),
            probability: finding.probability,
            resolution,
            note,
        };
        self.execute(&command).await?;
        finding.effect = match resolution {
            Resolution::Dismissed => FindingEffect::Nothing,
            Resolution::Confirmed => finding.kind.effect(&policy.integrity.collusion.effects),
        };
        self.catch_up().await?;
        Ok(self.live(|live| finding_answer(&finding, live)))
    }

    /// The `most` accounts that the newest epoch has as the most suspicious, those of equal suspicion by name. Suspicion is a
    /// place among all accounts: somebody is always the most suspicious, and nothing follows from it but that somebody may
    /// look. For the operator alone. Takes O(accounts · log).
    pub async fn suspects(&self, viewer: Viewer, most: usize) -> Result<SuspectsAnswer> {
        if viewer != Viewer::Operator {
            return Err(EngineError::not_found("epoch"));
        }
        self.catch_up().await?;
        let Some(epoch) = self.epoch_before(Timestamp::MAX).await? else {
            return Ok(SuspectsAnswer { epoch: None, accounts: 0, suspects: Vec::new() });
        };
        let tables = self.tables(&epoch).await?;
        let mut suspects = self.live(|live| {
            tables.standings.iter().filter_map(|row| suspect(row, &tables, live)).collect::<Vec<_>>()
        });
        suspects
            .sort_by(|a, b| b.suspicion.total_cmp(&a.suspicion).then_with(|| a.user.name.cmp(&b.user.name)));
        suspects.truncate(most);
        Ok(SuspectsAnswer { epoch: Some(epoch.number), accounts: tables.standings.len(), suspects })
    }

    /// What a scan of everything up to the newest entry finds.
    async fn look(&self, viewer: Viewer) -> Result<(Live, Vec<Finding>)> {
        if viewer != Viewer::Operator {
            return Err(EngineError::not_found("finding"));
        }
        self.catch_up().await?;
        let (policy, ears) = (self.policy().await?.1.integrity, self.ears().await?);
        let (live, before) = (self.live(Live::clone), self.counted());
        let work = offload(self.host(), move || {
            let counted = Counted::follow(before.as_deref(), &live);
            let found = findings(&live, &counted, &ears, &policy);
            (live, found, counted)
        });
        let (live, found, counted) = work.await.ok_or(EngineError::Lost { what: "the scan" })?;
        self.keep_counted(counted);
        Ok((live, found))
    }
}

/// What an epoch says of an account; none where the person left since.
fn suspect(row: &Standing, tables: &EpochTables, live: &Live) -> Option<SuspectAnswer> {
    let id = live.called(row.who)?;
    let found = |finding: &Finding| {
        finding.effect != FindingEffect::Nothing && finding.members.binary_search(&row.who).is_ok()
    };
    Some(SuspectAnswer {
        user: Person { id, name: live.name(id) },
        suspicion: row.suspicion.as_f64(),
        standing: row.standing as f64 / 1e6,
        reliability: row.reliability.as_f64(),
        privilege: row.privilege.as_f64(),
        found: tables.findings.iter().any(found),
        frozen: live.people.get(&id).is_some_and(|person| person.frozen),
    })
}

/// A finding as the operator is told of it.
pub(super) fn finding_answer(finding: &Finding, live: &Live) -> FindingAnswer {
    let id = finding.id();
    let resolution = live.resolved.get(&id).map(|resolved| ResolutionAnswer {
        resolution: resolved.resolution,
        note: resolved.note.clone(),
        at: resolved.at,
    });
    let people = members(finding, live).into_iter().map(|id| Person { id, name: live.name(id) });
    let mut members: Vec<Person> = people.collect();
    members.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    FindingAnswer {
        id,
        short: id.short(),
        kind: finding.kind.name().to_owned(),
        members,
        probability: finding.probability.as_f64(),
        evidence: finding.evidence.clone(),
        effect: finding.effect,
        resolution,
    }
}

fn members(finding: &Finding, live: &Live) -> Vec<UserId> {
    finding.members.iter().filter_map(|who| live.called(*who)).collect()
}

fn one<'a>(findings: &'a [Finding], name: &str) -> Result<&'a Finding> {
    let wanted = name.trim().to_ascii_lowercase();
    let is = |finding: &&Finding| match wanted.parse::<FindingId>() {
        Ok(id) => finding.id() == id,
        Err(_) => finding.id().short() == wanted,
    };
    let mut named = findings.iter().filter(is);
    match (named.next(), named.next()) {
        (Some(finding), None) => Ok(finding),
        (Some(_), Some(_)) => {
            Err(EngineError::invalid("finding", "more than one has this name; use its full id"))
        }
        (None, _) => Err(EngineError::not_found("finding")),
    }
}
