//! Accounts.

use sha2::{Digest, Sha256};

use super::answer::{Person, UserAnswer};
use super::write::{ATTEMPTS, refused};
use super::{Engine, EngineError, Result};
use crate::decide::Command;
use crate::ledger::{
    AppendError, Batch, ContentChange, Event, Key, Read, StreamId, StreamState, UserState, UserStatus,
};
use crate::model::{Claim, Handle, Hash, PrivacyDials, Role, UserId, Verification, Viewer};
use crate::privacy::{Relation, sees_trust, shown_count};

/// People whose states are asked for at once.
const STREAMS_CHUNK: usize = 500;

impl Engine {
    /// A person appears under a handle, with the opening balance.
    pub async fn register(&self, handle: &Handle) -> Result<UserId> {
        let user = self.new_user_id();
        let pseudonym = self.new_pseudonym();
        let handle = Some(handle.clone());
        self.execute(&Command::Register { user, pseudonym, handle, claims: Vec::new(), claimed: true })
            .await?;
        Ok(user)
    }

    /// An imported account gets its person, or a person another name.
    pub async fn claim(&self, user: UserId, handle: Option<Handle>, claims: Vec<Claim>) -> Result<()> {
        self.execute(&Command::Claim { user, handle, claims }).await?;
        Ok(())
    }

    /// Records that an identity was checked elsewhere. The same token counts once. Checks through a provider are
    /// [`Engine::begin_check`] and [`Engine::complete_check`].
    pub async fn verify(&self, user: UserId, level: Verification, token: &str) -> Result<()> {
        let token = Hash::from_bytes(Sha256::digest(token.as_bytes()).into());
        self.execute(&Command::Verify { user, level, token }).await?;
        Ok(())
    }

    /// The operator stops a person from acting, or allows it again.
    pub async fn freeze(&self, user: UserId, frozen: bool) -> Result<()> {
        self.execute(&Command::Freeze { user, frozen }).await?;
        Ok(())
    }

    /// The operator lets standing spring from a person where nobody is verified, or no longer.
    pub async fn seed(&self, user: UserId, seed: bool) -> Result<()> {
        self.execute(&Command::Seed { user, seed }).await?;
        Ok(())
    }

    /// A person no longer wants to see another, or does again.
    pub async fn block(&self, user: UserId, target: UserId, blocked: bool) -> Result<()> {
        self.execute(&Command::Block { user, target, blocked }).await?;
        Ok(())
    }

    /// Sets what others may see of a person.
    pub async fn set_dials(&self, user: UserId, dials: PrivacyDials) -> Result<()> {
        let stream = StreamId::User(user);
        for attempt in 0..ATTEMPTS {
            let row = self.store().streams(&[stream]).await?.into_iter().next().flatten();
            self.state_of(user).await?;
            let reads = vec![Read { stream, version: row.map_or(0, |row| row.version) }];
            let content = vec![ContentChange::SetDials { user, dials }];
            let (naming, keys, events) = (Vec::new(), Vec::new(), Vec::new());
            let batch = Batch { at: self.now(), reads, naming, keys, events, content };
            match self.store().append(&[batch]).await?.into_iter().next() {
                Some(Err(AppendError::Conflict { .. })) => self.wait(attempt).await,
                Some(Err(error)) => return Err(refused(error)),
                _ => return Ok(()),
            }
        }
        Err(EngineError::Busy { what: format!("the stream of {}", user.short()) })
    }

    /// A person, as the viewer may see them.
    pub async fn user(&self, viewer: Viewer, user: UserId) -> Result<UserAnswer> {
        self.admit(viewer).await?;
        let state = self.state_of(user).await?;
        self.user_answer(viewer, &state).await
    }

    /// People in the order of their ids, as the viewer may see them.
    pub async fn users(
        &self,
        viewer: Viewer,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<UserAnswer>> {
        self.admit(viewer).await?;
        let ids: Vec<_> = self.live(|live| {
            let later = live.people.keys().filter(|id| after.is_none_or(|after| **id > after));
            later.take(limit).map(|id| StreamId::User(*id)).collect()
        });
        let mut answers = Vec::with_capacity(ids.len());
        for (stream, row) in ids.iter().zip(self.store().streams(&ids).await?) {
            let state = row.map(|row| StreamState::from_bytes(&row.state));
            match state {
                Some(Ok(StreamState::User(state))) => answers.push(self.user_answer(viewer, &state).await?),
                _ => {
                    return Err(super::corrupt(
                        "list people",
                        stream,
                        "its state is missing or of another kind",
                    )
                    .into());
                }
            }
        }
        Ok(answers)
    }

    async fn user_answer(&self, viewer: Viewer, state: &UserState) -> Result<UserAnswer> {
        let id = state.id;
        let relation = self.relation(viewer, id).await?;
        let own = relation.same_person || relation.operator;
        let dials = self.dials_of(id).await?;
        let community = self.community().await?;
        let policy = &community.policy;
        let nightly = self.counts(community.epoch).await?;
        let (trusts, trusted_by) = self.live(|live| {
            let index = live.graph.index(id);
            let out = index.map_or(0, |i| live.graph.outgoing(i).degree() as u64);
            let incoming = index.map_or(0, |i| live.graph.incoming(i).degree() as u64);
            (out, incoming)
        });
        let large = |n: u64| shown_count(n, &policy.privacy);
        let mut claims = Vec::new();
        if own {
            let names = self.store().keys_of(id.uuid()).await?;
            claims.extend(names.iter().filter_map(|name| name.strip_prefix("claim:").map(str::to_owned)));
        }
        Ok(UserAnswer {
            user: self.person(id),
            claimed: state.status != UserStatus::Unclaimed,
            frozen: state.status == UserStatus::Frozen,
            verification: state.verification,
            claims,
            registered_at: state.registered_at,
            trust_score: self.score_of(state, &policy.trust).score,
            available_millipoints: own.then_some(state.available),
            staked_millipoints: own.then_some(state.staked),
            drops: state.drops,
            trusts: if sees_trust(dials.trust, &relation) {
                Some(trusts)
            } else {
                large(nightly.trusts(state.pseudonym))
            },
            // Who trusts someone is told by other people's dials, so the person, too, learns it nightly and never small.
            trusted_by: if relation.operator {
                Some(trusted_by)
            } else {
                large(nightly.trusted_by(state.pseudonym))
            },
            seed: own.then_some(state.seed),
            dials: own.then_some(dials),
        })
    }

    /// A person's state; erased and unknown people answer alike.
    pub(super) async fn state_of(&self, user: UserId) -> Result<UserState> {
        let stream = StreamId::User(user);
        let row = self.store().streams(&[stream]).await?.into_iter().next().flatten();
        let Some(row) = row else {
            return Err(EngineError::not_found("user"));
        };
        let state = StreamState::from_bytes(&row.state)
            .map_err(|error| super::corrupt("read a person", stream, error))?;
        match state {
            StreamState::User(state) if state.status != UserStatus::Erased => Ok(state),
            _ => Err(EngineError::not_found("user")),
        }
    }

    /// The states of people, erased ones included; those who are unknown have none.
    pub(super) async fn states_of(&self, people: impl Iterator<Item = UserId>) -> Result<Vec<UserState>> {
        let streams: Vec<_> = people.map(StreamId::User).collect();
        let mut states = Vec::with_capacity(streams.len());
        for chunk in streams.chunks(STREAMS_CHUNK) {
            for (stream, row) in chunk.iter().zip(self.store().streams(chunk).await?) {
                let Some(row) = row else { continue };
                let state = StreamState::from_bytes(&row.state)
                    .map_err(|error| super::corrupt("read people", stream, error))?;
                if let StreamState::User(state) = state {
                    states.push(state);
                }
            }
        }
        Ok(states)
    }

    /// A person by id and name, as the store alone knows them; the name is that of [`Live::name`](crate::live::Live::name).
    pub(super) async fn person_of(&self, state: &UserState) -> Result<Person> {
        let id = state.id;
        let names = if state.has_handle { self.store().keys_of(id.uuid()).await? } else { Vec::new() };
        if let Some(handle) = names.iter().find_map(|name| name.strip_prefix("handle:")) {
            return Ok(Person { id, name: handle.to_owned() });
        }
        let claim = match state.status {
            UserStatus::Unclaimed => self.first_claim(id).await?,
            _ => None,
        };
        Ok(Person { id, name: claim.map_or_else(|| id.short(), |claim| claim.to_string()) })
    }

    /// The first name that another system gave a person when they appeared.
    async fn first_claim(&self, user: UserId) -> Result<Option<Claim>> {
        let entries = self.store().stream_entries(StreamId::User(user), 0, 1).await?;
        let Some(entry) = entries.first() else { return Ok(None) };
        let entry = entry.read().map_err(|error| super::corrupt("read a person", user, error))?;
        Ok(match entry.body.map(|body| body.event) {
            Some(Event::UserRegistered { claims, .. }) => claims.into_iter().next(),
            _ => None,
        })
    }

    /// A person by id and name.
    pub(super) fn person(&self, id: UserId) -> Person {
        Person { id, name: self.live(|live| live.name(id)) }
    }

    /// A person's dials: what they set, else open for imported data, else the careful default.
    pub(super) async fn dials_of(&self, user: UserId) -> Result<PrivacyDials> {
        if let Some(dials) = self.store().dials(user).await? {
            return Ok(dials);
        }
        let claimed = self.live(|live| live.people.get(&user).is_none_or(|p| p.claimed));
        Ok(if claimed { PrivacyDials::default() } else { PrivacyDials::OPEN })
    }

    /// How the viewer and a person stand to each other.
    pub(super) async fn relation(&self, viewer: Viewer, subject: UserId) -> Result<Relation> {
        self.admit(viewer).await?;
        Ok(self.stands(viewer, subject))
    }

    /// The same for a viewer who was admitted already, where many people are looked at.
    pub(super) fn stands(&self, viewer: Viewer, subject: UserId) -> Relation {
        let operator = viewer == Viewer::Operator;
        let Some(who) = viewer.user() else {
            return Relation { operator, ..Relation::default() };
        };
        self.live(|live| Relation {
            same_person: who == subject,
            operator,
            shares_circle: live.share_circle(who, subject),
            subject_trusts_viewer: live.graph.weight(subject, who).is_some(),
        })
    }

    /// The door of every read: follows the ledger, and refuses whoever says that they moderate a circle and do not.
    pub(super) async fn admit(&self, viewer: Viewer) -> Result<()> {
        self.catch_up().await?;
        self.attest(viewer).await
    }

    /// The door of reads that need nothing but the store, so that one question of a short-lived program does not read the
    /// whole ledger: refuses whoever says that they moderate a circle and do not.
    pub(super) async fn attest(&self, viewer: Viewer) -> Result<()> {
        let Viewer::Moderator(user, circle) = viewer else { return Ok(()) };
        match self.circle_state(circle).await?.member(user) {
            Some(member) if member.role >= Role::Moderator => Ok(()),
            _ => Err(EngineError::not_found("circle")),
        }
    }

    /// Refuses everyone but the person and the operator, as if there were no such person.
    pub(super) async fn own(&self, viewer: Viewer, subject: UserId) -> Result<()> {
        let relation = self.relation(viewer, subject).await?;
        if relation.same_person || relation.operator { Ok(()) } else { Err(EngineError::not_found("user")) }
    }

    /// The person behind a name of another system.
    pub(super) async fn owner_of(&self, claim: &Claim) -> Result<Option<UserId>> {
        let key = Key::Claim(claim.clone()).to_string();
        Ok(self.store().key(&key).await?.map(UserId::from_uuid))
    }
}
