//! Looks up what a decision needs and a state row does not hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Engine, EngineError, Result, Rules, corrupt, locked};
use crate::decide::{Command, World};
use crate::ledger::{
    DocKind, DropState, EpochRef, EpochTables, Event, Key, StoredEntry, StreamId, StreamState,
};
use crate::model::{DropId, Millionths, Pseudonym, Stars, Timestamp, UserId};
use crate::policy::Policy;
use crate::reputation::{
    Admission, SettlementFacts, WeighedRating, admitted_weight, fade_end, rater_weight, window_end,
};

/// Entries read at once.
const CHUNK: u32 = 500;
/// Entries read first where few may be enough; each time twice as many, up to a chunk.
const FIRST_CHUNK: u32 = 32;

impl Engine {
    /// Adds the facts of a command to its world. Gives whether further streams may be needed now.
    pub(super) async fn gather(&self, command: &Command, world: &mut World) -> Result<bool> {
        match command {
            Command::SetTrust { from, .. } => {
                world.facts.edges = self.edges_of(*from).await?;
                world.facts.admission = self.admission(*from, world).await?;
            }
            Command::MakeDrop { author, .. } => {
                world.facts.admission = self.admission(*author, world).await?;
            }
            Command::ImportTrust { from, edges } => {
                world.facts.edges = self.edges_of(*from).await?;
                world.facts.erased = self.erased_of(edges.iter().map(|(to, _)| *to)).await?;
            }
            Command::Rate { drop, rater, .. } => {
                world.facts.blocked = self.blocked(*rater, *drop, world).await?;
                let key = Key::Rating(*drop, *rater).to_string();
                world.facts.rated = self.store().key(&key).await?.is_some();
                world.facts.admission = self.admission(*rater, world).await?;
            }
            Command::Report { drop, reporter, .. } => {
                world.facts.blocked = self.blocked(*reporter, *drop, world).await?;
            }
            Command::Comment { drop, author, .. } => {
                world.facts.blocked = self.blocked(*author, *drop, world).await?;
                let limit = world.policy().limits.comments_per_drop;
                let docs = self.store().docs_under(DocKind::Comment, drop.uuid(), limit).await?;
                let own = docs.iter().filter(|doc| doc.owner == Some(*author)).count();
                world.facts.comments = u32::try_from(own).unwrap_or(u32::MAX);
            }
            Command::Withdraw { drop, .. } | Command::Annul { drop, .. } | Command::Settle { drop } => {
                let Some(state) = world.drop(*drop).cloned() else {
                    return Ok(false);
                };
                let policy = self.policy_number(state.policy).await?;
                if matches!(command, Command::Settle { .. })
                    && world.now >= window_end(&state, &policy.stakes)
                {
                    let circle = state.circle.and_then(|id| world.circle(id));
                    let closed = circle.and_then(|circle| circle.closed_at);
                    world.facts.settlement = self.settlement_facts(&state, closed, &policy).await?;
                }
                world.facts.drop_policy = Some(policy);
            }
            Command::ResolveFinding { finding, members, .. } => {
                world.facts.erased = self.erased_of(members.iter().copied()).await?;
                self.refresh_rules().await?;
                world.facts.resolved = locked(&self.inner.rules).resolved.get(finding).copied();
            }
            Command::Reverse { position, .. } if world.facts.reversal.is_none() => {
                return self.reversal_facts(*position, world).await;
            }
            Command::Erase { user, keep_drops } => {
                return self.erasure_facts(*user, *keep_drops, world).await;
            }
            _ => {}
        }
        Ok(false)
    }

    /// Which share of all privileges the newest epoch gives a person, and whether a finding raises their stakes. Whoever came after it is a newcomer, where it knows people
    /// enough to tell; before the first epoch nobody is.
    async fn admission(&self, user: UserId, world: &World) -> Result<Admission> {
        let epoch = world.community().and_then(|community| community.epoch);
        let (Some(epoch), Some(person)) = (epoch, world.user(user)) else {
            return Ok(Admission::default());
        };
        let policy = world.policy().admission;
        let tables = self.tables(&epoch).await?;
        let share = match tables.standing(person.pseudonym) {
            Some(row) => row.privilege,
            None if tables.knows_newcomers() && tables.standings.len() >= policy.least_people => {
                policy.newcomer_share
            }
            None => Millionths::ONE,
        };
        Ok(Admission { share, settled_days: policy.settled_days, raised: tables.raises(person.pseudonym) })
    }

    /// Whether a person and the author of a drop block each other, in either direction.
    async fn blocked(&self, user: UserId, drop: DropId, world: &World) -> Result<bool> {
        let Some(author) = world.drop(drop).map(|d| d.author) else { return Ok(false) };
        let keys = [Key::Block(user, author), Key::Block(author, user)].map(|key| key.to_string());
        Ok(self.store().keys(&keys).await?.iter().any(Option::is_some))
    }

    /// All policies, epochs and resolutions, read again when the community's stream moved on.
    async fn refresh_rules(&self) -> Result<()> {
        let mut version = locked(&self.inner.rules).version;
        loop {
            let entries = self.store().stream_entries(StreamId::Community, version, CHUNK).await?;
            let mut rules = locked(&self.inner.rules);
            for stored in &entries {
                let entry = stored.read().map_err(|error| corrupt("read the rules", "an entry", error))?;
                let Some(body) = entry.body else { continue };
                version =
                    body.streams.iter().find(|(s, _)| *s == StreamId::Community).map_or(version, |(_, v)| *v);
                match body.event {
                    Event::PolicySet { number, policy } => {
                        rules.policies.insert(number, *policy);
                    }
                    Event::EpochClosed { number, tables }
                        if rules.epochs.last().is_none_or(|e| e.number < number) =>
                    {
                        rules.epochs.push(EpochRef { number, at: entry.leaf.at, tables });
                    }
                    Event::FindingResolved { finding, resolution, .. } => {
                        rules.resolved.insert(finding, resolution);
                    }
                    _ => {}
                }
            }
            rules.version = rules.version.max(version);
            if entries.len() < CHUNK as usize {
                return Ok(());
            }
        }
    }

    /// The policy of a number; 0 is the default.
    pub(super) async fn policy_number(&self, number: u32) -> Result<Policy> {
        let known = |rules: &Rules| rules.policies.get(&number).cloned();
        if number == 0 {
            return Ok(Policy::default());
        }
        if let Some(policy) = known(&locked(&self.inner.rules)) {
            return Ok(policy);
        }
        self.refresh_rules().await?;
        let policy = known(&locked(&self.inner.rules));
        policy.ok_or_else(|| {
            corrupt("read the rules", format!("policy {number}"), "it is not in the ledger").into()
        })
    }

    /// The newest epoch that closed before an instant.
    pub(super) async fn epoch_before(&self, at: Timestamp) -> Result<Option<EpochRef>> {
        self.refresh_rules().await?;
        Ok(locked(&self.inner.rules).epochs.iter().rev().find(|e| e.at < at).copied())
    }

    /// The tables of an epoch.
    pub(super) async fn tables(&self, epoch: &EpochRef) -> Result<Arc<EpochTables>> {
        if let Some(tables) = locked(&self.inner.tables).get(&epoch.tables) {
            return Ok(Arc::clone(tables));
        }
        let what = || format!("the tables of epoch {}", epoch.number);
        let bytes = self.store().tables(epoch.tables).await?;
        let bytes = bytes.ok_or_else(|| corrupt("weigh ratings", what(), "they are missing"))?;
        let tables =
            EpochTables::from_bytes(&bytes).map_err(|error| corrupt("weigh ratings", what(), error))?;
        let tables = Arc::new(tables);
        let mut cache = locked(&self.inner.tables);
        // Settlements look at a handful of recent epochs; older ones are read again when needed.
        if cache.len() >= 64 {
            cache.pop_first();
        }
        cache.insert(epoch.tables, Arc::clone(&tables));
        Ok(tables)
    }

    /// What decides a drop whose window is over, and whose circle may have ended.
    async fn settlement_facts(
        &self,
        drop: &DropState,
        closed: Option<Timestamp>,
        policy: &Policy,
    ) -> Result<SettlementFacts> {
        let closes = window_end(drop, &policy.stakes);
        let gathered = closed.map_or(closes, |closed| closed.min(closes));
        let rated = self.ratings_of(drop, policy.limits.ratings_per_drop).await?;
        let epoch = self.epoch_before(closes).await?;
        let tables = match &epoch {
            Some(epoch) => Some(self.tables(epoch).await?),
            None => None,
        };
        // Whoever rated it was a member then: a circle does not grow small by sending its critics away.
        let spoke = rated.iter().filter(|(.., at)| *at < gathered).map(|(rater, ..)| *rater);
        let members = match drop.circle {
            Some(circle) => Some(self.members_at(circle, gathered).await?.into_iter().chain(spoke).collect()),
            None => None,
        };
        let community = match drop.circle {
            Some(_) => self.active_before(gathered, None, policy).await?,
            None => 0,
        };
        Ok(SettlementFacts {
            active: self.active_before(gathered, members, policy).await?,
            community,
            ratings: self.weighed(rated, tables.as_deref(), policy).await?,
            shown: self.store().shown_to(drop.id, fade_end(drop, &policy.stakes)).await?,
            epoch: epoch.map(|e| e.number),
        })
    }

    /// Ratings with what an epoch makes of the raters.
    async fn weighed(
        &self,
        rated: Vec<(UserId, Stars, Timestamp)>,
        tables: Option<&EpochTables>,
        policy: &Policy,
    ) -> Result<Vec<WeighedRating>> {
        let raters: Vec<_> = rated.iter().map(|(rater, ..)| StreamId::User(*rater)).collect();
        let rows = self.store().streams(&raters).await?;
        let mut ratings = Vec::with_capacity(rated.len());
        for ((rater, stars, at), row) in rated.into_iter().zip(rows) {
            let damaged =
                |reason: &str| corrupt("weigh ratings", format!("the state of user:{rater}"), reason);
            let row = row.ok_or_else(|| damaged("it is missing"))?;
            let state = StreamState::from_bytes(&row.state).map_err(|error| damaged(&error.to_string()))?;
            let StreamState::User(user) = state else {
                return Err(damaged("it is of another kind").into());
            };
            let (weight, group) = weigh(user.pseudonym, tables, policy);
            let known = tables.and_then(|tables| tables.stance(user.pseudonym));
            ratings.push(WeighedRating {
                rater: user.pseudonym,
                stars,
                weight,
                group,
                at,
                stance: known.map(|known| known.stance),
                stance_without_top: known.and_then(|known| known.without_top),
            });
        }
        Ok(ratings)
    }

    /// Ratings of a drop in the order they came.
    pub(super) async fn ratings_of(
        &self,
        drop: &DropState,
        limit: u32,
    ) -> Result<Vec<(UserId, Stars, Timestamp)>> {
        let mut ratings = Vec::new();
        let mut version = 0;
        loop {
            let entries = self.store().stream_entries(StreamId::Drop(drop.id), version, CHUNK).await?;
            for stored in &entries {
                let entry = stored.read().map_err(|error| corrupt("read ratings", "an entry", error))?;
                let Some(body) = entry.body else { continue };
                version = body
                    .streams
                    .iter()
                    .find(|(s, _)| *s == StreamId::Drop(drop.id))
                    .map_or(version, |(_, v)| *v);
                if let Event::DropRated { rater, stars, .. } = body.event {
                    ratings.push((rater, stars, entry.leaf.at));
                }
            }
            if entries.len() < CHUNK as usize || ratings.len() >= limit as usize {
                return Ok(ratings);
            }
        }
    }

    /// People with a deliberate act in the days before an instant, counted up to where the quorum no longer changes.
    /// For a drop of a circle only `members` count.
    async fn active_before(
        &self,
        at: Timestamp,
        members: Option<BTreeSet<UserId>>,
        policy: &Policy,
    ) -> Result<u32> {
        let enough = policy.validation.full_quorum_active as usize;
        let since = at.plus_days(-policy.validation.active_days);
        // Without those who did nothing since, who would have every entry of the days read.
        let members = match members {
            Some(members) => Some(self.active_since(members, since).await?),
            None => None,
        };
        let first = self.store().position_at(since).await?;
        let mut end = self.store().position_at(at).await?;
        let mut active = BTreeSet::new();
        let mut size = FIRST_CHUNK;
        while end > first && active.len() < members.as_ref().map_or(enough, |m| enough.min(m.len())) {
            let start = end.saturating_sub(u64::from(size)).max(first);
            let limit = u32::try_from(end - start).unwrap_or(size);
            for stored in self.store().entries(start, limit).await?.iter().rev() {
                active.extend(
                    deliberate_actor(stored)?
                        .filter(|user| members.as_ref().is_none_or(|members| members.contains(user))),
                );
            }
            end = start;
            size = (size * 2).min(CHUNK);
        }
        Ok(u32::try_from(active.len()).unwrap_or(u32::MAX))
    }

    /// Those of some people whose last deliberate act is not of an earlier day.
    async fn active_since(&self, people: BTreeSet<UserId>, since: Timestamp) -> Result<BTreeSet<UserId>> {
        let streams: Vec<_> = people.iter().map(|user| StreamId::User(*user)).collect();
        let rows = self.store().streams(&streams).await?;
        let mut active = BTreeSet::new();
        for (user, row) in people.into_iter().zip(rows) {
            // Whoever left took their acts along.
            let Some(row) = row else { continue };
            let state = StreamState::from_bytes(&row.state)
                .map_err(|error| corrupt("count the active", format!("the state of user:{user}"), error))?;
            let StreamState::User(state) = state else { continue };
            active.extend(state.last_active_day.filter(|day| *day >= since.utc_day()).map(|_| user));
        }
        Ok(active)
    }

    async fn reversal_facts(&self, position: u64, world: &mut World) -> Result<bool> {
        let entry = self.store().entries(position, 1).await?.into_iter().find(|e| e.position == position);
        let Some(stored) = entry else { return Ok(false) };
        let entry = stored.read().map_err(|error| corrupt("reverse an entry", "it", error))?;
        world.facts.reversed = self.store().key(&Key::Reversal(position).to_string()).await?.is_some();
        let mut people = BTreeMap::new();
        for user in entry.body.map(|body| body.event.people()).unwrap_or_default() {
            let stream = StreamId::User(user);
            let row = self.store().streams(&[stream]).await?.into_iter().next().flatten();
            let Some(row) = row else { continue };
            let state = StreamState::from_bytes(&row.state)
                .map_err(|error| corrupt("reverse an entry", format!("the state of {stream}"), error))?;
            if let StreamState::User(state) = &state {
                people.insert(state.pseudonym, user);
            }
            world.streams.insert(stream, (row.version, Some(state)));
        }
        world.facts.reversal = Some((entry.leaf, people));
        Ok(true)
    }
}

fn deliberate_actor(stored: &StoredEntry) -> Result<Option<UserId>> {
    Ok(stored.read()?.body.and_then(|body| body.event.deliberate_actor()))
}

/// What the epoch makes of a rater: before the first epoch everybody counts in full; later, who it does not know
/// counts nothing.
fn weigh(who: Pseudonym, tables: Option<&EpochTables>, policy: &Policy) -> (Millionths, Option<usize>) {
    let Some(tables) = tables else {
        return (Millionths::ONE, None);
    };
    let weight = tables.standing(who).map_or(Millionths::ZERO, |s| {
        admitted_weight(rater_weight(s.standing, s.reliability, &policy.validation), s.privilege)
    });
    (weight, tables.finding_of(who))
}

impl From<crate::ledger::CorruptEntry> for EngineError {
    fn from(error: crate::ledger::CorruptEntry) -> Self {
        Self::Store(corrupt("read the ledger", "an entry", error))
    }
}
