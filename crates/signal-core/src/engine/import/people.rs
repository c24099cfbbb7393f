//! Who is meant: people by claim, trust edges by person.

use std::collections::{BTreeMap, BTreeSet};

use super::super::write::refused;
use super::super::{Engine, EngineError, Result};
use super::Progress;
use crate::decide::{Command, Refusal};
use crate::ledger::{AppendError, Event, Key, UserStatus};
use crate::model::{Claim, TrustWeight, UserId};
use crate::platform::ImportRecord;

/// Commands appended in one group.
const GROUP: usize = 500;

impl Engine {
    /// Finds everyone the records name, and registers who is unknown as unclaimed.
    pub(super) async fn know_people(
        &self,
        records: &[ImportRecord],
        source: &str,
        state: &mut Progress,
    ) -> Result<()> {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for record in records {
            match record {
                ImportRecord::Person { person } => {
                    names.insert(person);
                }
                ImportRecord::Trust { from, to, .. } => names.extend([from.as_str(), to.as_str()]),
                ImportRecord::ArtistPlays { person, .. } | ImportRecord::Listen { person, .. } => {
                    names.extend(person.as_deref());
                }
                ImportRecord::ArtistTag { .. } | ImportRecord::Pin { .. } => {}
            }
        }
        let unknown = names.into_iter().filter(|name| !state.people.contains_key(*name));
        let claims: Vec<_> =
            unknown.filter_map(|name| Some((name, Claim::new(source, name).ok()?))).collect();
        let keys: Vec<_> = claims.iter().map(|(_, claim)| Key::Claim(claim.clone()).to_string()).collect();
        let owners = self.store().keys(&keys).await?;
        let mut commands = Vec::new();
        for ((name, claim), owner) in claims.into_iter().zip(owners) {
            let user = owner.map_or_else(|| self.new_user_id(), UserId::from_uuid);
            state.people.insert(name.to_owned(), user);
            if owner.is_none() {
                let pseudonym = self.new_pseudonym();
                let claims = vec![claim];
                commands.push(Command::Register { user, pseudonym, handle: None, claims, claimed: false });
            }
        }
        for (command, result) in self.execute_group(&commands).await? {
            match result {
                Ok(_) => state.answer.users_new += 1,
                // Another import registered the same person a moment ago.
                Err(EngineError::Refused(Refusal::Taken { .. })) => {
                    let Command::Register { claims, .. } = command else {
                        continue;
                    };
                    for claim in claims {
                        if let Some(owner) = self.owner_of(claim).await? {
                            state.people.insert(claim.id().to_owned(), owner);
                        }
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(super) async fn hold_edge(
        &self,
        from: &str,
        to: &str,
        weight: Option<TrustWeight>,
        mutual: bool,
        state: &mut Progress,
    ) -> Result<()> {
        let Some((from, to)) = state.people.get(from).copied().zip(state.people.get(to).copied()) else {
            state.skip("unusable name");
            return Ok(());
        };
        let weight = match weight {
            Some(weight) => weight,
            None => self.policy().await?.1.trust.imported_trust,
        };
        for (from, to) in [(from, to), (to, from)].into_iter().take(if mutual { 2 } else { 1 }) {
            if state.edges.entry(from).or_default().insert(to, weight).is_none() {
                state.edges_held += 1;
                state.answer.trust_edges += 1;
            }
        }
        Ok(())
    }

    /// Writes the held edges, one entry a person, and counts those that were new or of another weight.
    pub(super) async fn write_edges(&self, state: &mut Progress) -> Result<()> {
        let held: BTreeMap<_, _> = std::mem::take(&mut state.edges);
        state.edges_held = 0;
        let claimed = self.claimed_of(held.keys().copied()).await?;
        let mut commands = Vec::with_capacity(held.len());
        for (from, edges) in held {
            let known = self.edges_of(from).await?;
            // What a person set by hand is theirs: an import only adds to it.
            let theirs = claimed.contains(&from);
            let differs =
                |to: &UserId, weight: &TrustWeight| known.get(to).is_none_or(|w| !theirs && w != weight);
            let new: Vec<_> = edges.into_iter().filter(|(to, weight)| differs(to, weight)).collect();
            if !new.is_empty() {
                commands.push(Command::ImportTrust { from, edges: new });
            }
        }
        for (command, result) in self.execute_group(&commands).await? {
            let Command::ImportTrust { edges, .. } = command else {
                continue;
            };
            match result {
                Ok(events) => state.answer.trust_edges_new += recorded(&events),
                Err(EngineError::Refused(refusal)) => {
                    let reason = format!("trust edges of one person refused: {refusal}");
                    *state.answer.skipped.entry(reason).or_default() += edges.len() as u64;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Those of the people behind whose account a person stands.
    async fn claimed_of(&self, people: impl Iterator<Item = UserId>) -> Result<BTreeSet<UserId>> {
        let states = self.states_of(people).await?;
        let claimed = states.into_iter().filter(|state| state.status != UserStatus::Unclaimed);
        Ok(claimed.map(|state| state.id).collect())
    }

    /// Decides commands on different streams and appends them in groups. A command that loses a race is done alone.
    /// Gives for each the events, or why it was refused.
    pub(crate) async fn execute_group<'a>(
        &self,
        commands: &'a [Command],
    ) -> Result<Vec<(&'a Command, Result<Vec<Event>>)>> {
        let mut results = Vec::with_capacity(commands.len());
        for group in commands.chunks(GROUP) {
            let mut batches = Vec::with_capacity(group.len());
            let mut waiting = Vec::with_capacity(group.len());
            for command in group {
                match self.prepare(command).await {
                    Ok(Some(batch)) => {
                        batches.push(batch);
                        waiting.push(command);
                    }
                    Ok(None) => results.push((command, Ok(Vec::new()))),
                    Err(error @ EngineError::Refused(_)) => results.push((command, Err(error))),
                    Err(error) => return Err(error),
                }
            }
            let appended =
                if batches.is_empty() { Vec::new() } else { self.store().append(&batches).await? };
            for ((command, batch), result) in waiting.into_iter().zip(batches).zip(appended) {
                let result = match result {
                    Ok(_) => Ok(batch.events.into_iter().map(|draft| draft.event).collect()),
                    Err(AppendError::Conflict { .. }) => match self.execute(command).await {
                        Ok(events) => Ok(events),
                        Err(error @ EngineError::Refused(_)) => Err(error),
                        Err(error) => return Err(error),
                    },
                    Err(error) => match refused(error) {
                        error @ EngineError::Refused(_) => Err(error),
                        error => return Err(error),
                    },
                };
                results.push((command, result));
            }
        }
        Ok(results)
    }
}

/// How many trust edges events of an import record.
fn recorded(events: &[Event]) -> u64 {
    let edges = events.iter().map(|event| match event {
        Event::TrustImported { edges, .. } => edges.len() as u64,
        _ => 0,
    });
    edges.sum()
}
