//! The one write path: load the streams a command names → decide → append → again on conflict.

use super::{Engine, EngineError, Result, corrupt};
use crate::decide::{self, Command, Decision, Refusal, World};
use crate::host::random;
use crate::ledger::{AppendError, Batch, ContentChange, DraftEvent, Event, StreamState, content_of, keys_of};
use crate::model::{CircleId, CommentId, DropId, Pseudonym, UserId};
use crate::store::StoreError;

/// Times a command is decided anew before it gives up.
pub(super) const ATTEMPTS: u32 = 24;
/// First wait after a conflict, in microseconds; doubles every time.
const FIRST_WAIT_MICROS: u64 = 500;

impl Engine {
    /// Decides a command and appends what it says. Gives the events; none mean that all was as wished already.
    pub async fn execute(&self, command: &Command) -> Result<Vec<Event>> {
        self.execute_with(command, Vec::new()).await
    }

    /// The same, with content that is not part of any event.
    pub(super) async fn execute_with(
        &self,
        command: &Command,
        extra: Vec<ContentChange>,
    ) -> Result<Vec<Event>> {
        for attempt in 0..ATTEMPTS {
            let world = self.world(command).await?;
            let decision = decide::decide(command, &world)?;
            if decision.events.is_empty() {
                return Ok(Vec::new());
            }
            let batch = self.batch(&world, &decision, &extra);
            let results = self.store().append(std::slice::from_ref(&batch)).await?;
            match results.into_iter().next() {
                Some(Ok(_)) => return Ok(decision.events.into_iter().map(|p| p.event).collect()),
                Some(Err(AppendError::Conflict { .. })) | None => self.wait(attempt).await,
                Some(Err(error)) => return Err(refused(error)),
            }
        }
        Err(EngineError::Busy { what: format!("the streams of {}", name(command)) })
    }

    /// Waits after a conflict. Waits differ, so that those who met once do not meet again.
    pub(super) async fn wait(&self, attempt: u32) {
        let wait = FIRST_WAIT_MICROS << attempt.min(8);
        let jitter = u64::from(u16::from_le_bytes(random(self.host())));
        self.host().sleep(wait + wait * jitter / u64::from(u16::MAX)).await;
    }

    /// Decides a command and does nothing: whether it would be refused now.
    pub(super) async fn consider(&self, command: &Command) -> Result<()> {
        let world = self.world(command).await?;
        decide::decide(command, &world)?;
        Ok(())
    }

    /// The batch that a command decides to append; `None` when all is as wished already.
    pub(super) async fn prepare(&self, command: &Command) -> Result<Option<Batch>> {
        let world = self.world(command).await?;
        let decision = decide::decide(command, &world)?;
        Ok((!decision.events.is_empty()).then(|| self.batch(&world, &decision, &[])))
    }

    /// What the command looks at. Where the clock has stepped back, it is as late as the newest entry says: that is the
    /// instant which the entry to come will bear, and a deadline that is over must stay over.
    async fn world(&self, command: &Command) -> Result<World> {
        let last = self.store().head().await?.last_at;
        let now = self.now();
        let mut world = World::at(last.map_or(now, |last| last.max(now)));
        loop {
            let wanted = decide::streams(command, &world);
            if !wanted.is_empty() {
                let rows = self.store().streams(&wanted).await?;
                for (stream, row) in wanted.into_iter().zip(rows) {
                    let loaded = match row {
                        None => (0, None),
                        Some(row) => {
                            let state = StreamState::from_bytes(&row.state).map_err(|error| {
                                corrupt("decide", format!("the state of {stream}"), error)
                            })?;
                            (row.version, Some(state))
                        }
                    };
                    world.streams.insert(stream, loaded);
                }
                continue;
            }
            if !self.gather(command, &mut world).await? {
                return Ok(world);
            }
        }
    }

    fn batch(&self, world: &World, decision: &Decision, extra: &[ContentChange]) -> Batch {
        let events: Vec<_> = decision
            .events
            .iter()
            .map(|p| DraftEvent {
                actor: p.actor,
                event: p.event.clone(),
                moves: p.moves.clone(),
                salt: random(self.host()),
            })
            .collect();
        let keys = events.iter().flat_map(|draft| keys_of(&draft.event)).collect();
        let content = events.iter().flat_map(|draft| content_of(&draft.event, world.now));
        let content = content.chain(extra.iter().cloned()).collect();
        let naming = world.facts.naming.clone();
        // The store judges the clock itself; it has not stepped back where it merely went on since the decision.
        let at = world.now.min(self.now());
        Batch { at, reads: world.reads(), naming, keys, events, content }
    }

    pub(super) fn new_user_id(&self) -> UserId {
        UserId::new(self.now(), random(self.host()))
    }

    pub(super) fn new_drop_id(&self) -> DropId {
        DropId::new(self.now(), random(self.host()))
    }

    pub(super) fn new_circle_id(&self) -> CircleId {
        CircleId::new(self.now(), random(self.host()))
    }

    pub(super) fn new_comment_id(&self) -> CommentId {
        CommentId::new(self.now(), random(self.host()))
    }

    pub(super) fn new_pseudonym(&self) -> Pseudonym {
        Pseudonym::from_bytes(random(self.host()))
    }
}

/// What a refused append means to the one who asked.
pub(super) fn refused(error: AppendError) -> EngineError {
    match error {
        AppendError::KeyTaken { key } => EngineError::Refused(match key.split_once(':') {
            Some(("handle", handle)) => Refusal::Taken { what: format!("the handle {handle}") },
            Some(("claim", claim)) => Refusal::Taken { what: format!("the name {claim}") },
            Some(("rating", _)) => Refusal::Exists { what: "your rating of this drop".to_owned() },
            Some(("report", _)) => Refusal::Exists { what: "your report of this drop".to_owned() },
            Some(("block", _)) => Refusal::Exists { what: "this block".to_owned() },
            Some(("token", _)) => Refusal::Taken { what: "this verification token".to_owned() },
            Some(("reversal", _)) => Refusal::Exists { what: "a reversal of this entry".to_owned() },
            _ => Refusal::Exists { what: "this".to_owned() },
        }),
        AppendError::KeyMissing { .. } => EngineError::Refused(Refusal::NotFound { what: "block" }),
        other => EngineError::Store(StoreError::Append(other)),
    }
}

fn name(command: &Command) -> String {
    let debug = format!("{command:?}");
    debug.split([' ', '{']).next().unwrap_or_default().to_lowercase()
}
