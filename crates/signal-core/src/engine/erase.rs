//! Someone leaves, and takes everything along; or takes it as one file.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{
    ExportAnswer, ListenAnswer, Person, PlayCountAnswer, RatingAnswer, SeenAnswer, SpanAnswer, WordsAnswer,
};
use super::{Engine, Result, corrupt};
use crate::decide::{Command, ErasureFacts, World};
use crate::ledger::{Doc, DocKind, Event, Naming, StreamId, StreamRow};
use crate::live::{Live, LiveDrop};
use crate::model::{DropId, PlayedItem, Timestamp, TrustWeight, UserId, Viewer};

/// Most listens in an export; a life of listening is far below.
const EXPORT_LISTENS: u32 = 5_000_000;

impl Engine {
    /// Deletes everything that leads to a person, in one append. The ledger still verifies. Drops that are due are settled
    /// first, which costs a sweep over the open ones, so that a late sweep does not miss what the person said.
    pub async fn erase(&self, user: UserId) -> Result<()> {
        self.leave_for_good(user, false).await
    }

    /// The same, but the words of their drops stay, owned by nobody.
    pub async fn anonymise(&self, user: UserId) -> Result<()> {
        self.leave_for_good(user, true).await
    }

    async fn leave_for_good(&self, user: UserId, keep_drops: bool) -> Result<()> {
        // What is due is decided with what the person said of it, as it would have been had the sweep come in time.
        let (_, failed) = self.sweep().await?;
        let theirs = |live: &Live, drop: &DropId| {
            let is = |drop: &LiveDrop| {
                drop.author == user || drop.ratings.iter().any(|(rater, ..)| *rater == user)
            };
            live.drops.get(drop).is_some_and(is)
        };
        // What concerns them not keeps nobody from leaving; the next sweep tells of it.
        if let Some((_, error)) = failed.into_iter().find(|(drop, _)| self.live(|live| theirs(live, drop))) {
            return Err(error);
        }
        self.execute(&Command::Erase { user, keep_drops }).await?;
        // Followed, it takes the snapshot along; the next command shall not have to read the whole ledger for that.
        self.keep_snapshot().await?;
        self.forget_counted();
        // Of an artist whom they alone played, the model knows what they play beside. The next build makes another one. In
        // this order, so that a build under way either loses its model here or sees that it must.
        self.forget_ears(None).await?;
        self.forget_model().await
    }

    /// Everything Signal holds about a person, for themselves and the operator.
    pub async fn export(&self, viewer: Viewer, user: UserId) -> Result<ExportAnswer> {
        self.own(viewer, user).await?;
        let viewer = Viewer::Operator;
        let store = self.store();
        let words = store.docs_of(user).await?;
        let listens = store.listens(user, Timestamp::MAX, EXPORT_LISTENS).await?;
        let taste = self.taste(viewer, user).await?;
        let mut circles = Vec::new();
        for seat in store.seats_of(user).await? {
            circles.push(self.circle(viewer, seat.circle).await?);
        }
        Ok(ExportAnswer {
            user: self.user(Viewer::User(user), user).await?,
            account: self.explain(viewer, user).await?,
            trusts: {
                let edges = store.edges_from(user).await?;
                edges.into_iter().map(|e| (self.person(e.to), e.weight.as_f64())).collect()
            },
            circles,
            words: words.into_iter().map(written).collect(),
            drops: self.drops(viewer, Some(user), usize::MAX).await?,
            ratings: self.live(|live| {
                let given =
                    live.drops.iter().flat_map(|(id, drop)| drop.ratings.iter().map(move |r| (*id, r)));
                given
                    .filter(|(_, r)| r.0 == user)
                    .map(|(drop, r)| RatingAnswer { drop, stars: Some(r.1), at: r.2 })
                    .collect()
            }),
            vector: store.profile(user).await?.map(|p| p.vector).unwrap_or_default(),
            play_counts: self.counted_plays(user).await?,
            taste,
            listens: listens
                .into_iter()
                .map(|row| ListenAnswer {
                    track: row.track.to_string(),
                    start: row.listen.start,
                    exactness: row.listen.exactness,
                    played_ms: row.listen.played_ms,
                    source: row.listen.source,
                })
                .collect(),
            seen: store
                .seen_of(user)
                .await?
                .into_iter()
                .map(|mark| SeenAnswer { drop: mark.drop, at: mark.at })
                .collect(),
            mutes: self.mutes(viewer, user).await?,
            blocks: self.live(|live| {
                let blocked = live.blocks.iter().filter(|(who, _)| *who == user);
                blocked.map(|(_, target)| Person { id: *target, name: live.name(*target) }).collect()
            }),
        })
    }

    /// Every play count of a person, as each source gave it.
    async fn counted_plays(&self, user: UserId) -> Result<Vec<PlayCountAnswer>> {
        let counts = self.store().play_counts(user).await?;
        let (mut artists, mut tracks) = (Vec::new(), Vec::new());
        for count in &counts {
            match count.item {
                PlayedItem::Artist(artist) => artists.push(artist),
                PlayedItem::Track(track) => tracks.push(track),
            }
        }
        let artists = self.artist_names(artists).await?;
        let known = self.store().tracks(&tracks).await?;
        let tracks: BTreeMap<_, _> =
            known.into_iter().flatten().map(|track| (track.id, track.to_string())).collect();
        let named = counts.into_iter().map(|count| {
            let (artist, track) = match count.item {
                PlayedItem::Artist(artist) => (artists.get(&artist).cloned(), None),
                PlayedItem::Track(track) => (None, tracks.get(&track).cloned()),
            };
            let span = count.span.map(|span| SpanAnswer { from: span.from, to: span.to });
            PlayCountAnswer { artist, track, plays: count.plays, span, source: count.source }
        });
        Ok(named.collect())
    }

    /// Adds what an erasure looks at, in two steps: the entries that name the person say which streams are needed, and
    /// what others' imports lose is read once those are loaded. Gives whether there is a second step.
    pub(super) async fn erasure_facts(
        &self,
        user: UserId,
        keep_drops: bool,
        world: &mut World,
    ) -> Result<bool> {
        if let Some(facts) = &mut world.facts.erasure {
            for (from, edges) in &mut facts.imports {
                let others = self.edges_of(*from).await?.into_iter().filter(|(to, _)| *to != user);
                *edges = others.collect();
            }
            return Ok(false);
        }
        let positions = self.store().entries_naming(user).await?;
        world.facts.erasure = Some(self.facts_of_entries(&positions, user, keep_drops).await?);
        world.facts.naming = vec![Naming { user, positions }];
        Ok(true)
    }

    async fn facts_of_entries(
        &self,
        positions: &[u64],
        user: UserId,
        keep_drops: bool,
    ) -> Result<ErasureFacts> {
        let mut facts = ErasureFacts::default();
        let mut streams: BTreeSet<StreamId> = BTreeSet::from([StreamId::User(user)]);
        let mut imports = BTreeSet::new();
        for position in positions {
            let Some(stored) = self.store().entries(*position, 1).await?.into_iter().next() else {
                continue;
            };
            let Some(body) = stored.read()?.body else { continue };
            streams.extend(body.streams.iter().map(|(stream, _)| *stream));
            let own = body.actor == Some(user);
            match &body.event {
                Event::TrustImported { from, .. } if *from != user => {
                    imports.insert(*from);
                }
                Event::UserBlocked { user: who, target, blocked } if *target == user => {
                    facts.blocked_by.retain(|other| other != who);
                    facts.blocked_by.extend(blocked.then_some(*who));
                }
                Event::UserErased { user: other, redacted, keep_drops, earlier, .. } => {
                    facts.positions.extend(redacted);
                    facts.earlier.extend(earlier.iter().copied().chain([(*other, *keep_drops)]));
                }
                Event::DropRated { drop, .. } if own => facts.rated.push(*drop),
                Event::DropReported { drop, .. } if own => facts.reported.push(*drop),
                Event::DropCommented { drop, .. } if own => *facts.commented.entry(*drop).or_default() += 1,
                _ => {}
            }
            if !(keep_drops && speaks_of_own_drop(&body.event, user)) {
                facts.positions.push(*position);
            }
        }
        facts.positions.sort_unstable();
        facts.positions.dedup();
        facts.earlier.sort_unstable();
        facts.earlier.dedup();
        facts.imports = imports.into_iter().map(|from| (from, Vec::new())).collect();
        facts.streams = streams.into_iter().collect();
        Ok(facts)
    }

    /// The trust edges of a person.
    pub(super) async fn edges_of(&self, from: UserId) -> Result<BTreeMap<UserId, TrustWeight>> {
        let edges = self.store().edges_from(from).await?;
        Ok(edges.into_iter().map(|edge| (edge.to, edge.weight)).collect())
    }

    /// Those of the people who were erased.
    pub(super) async fn erased_of(&self, people: impl Iterator<Item = UserId>) -> Result<BTreeSet<UserId>> {
        let people: Vec<_> = people.collect();
        let streams: Vec<_> = people.iter().copied().map(StreamId::User).collect();
        let rows = self.store().streams(&streams).await?;
        let mut gone = BTreeSet::new();
        for (user, row) in people.into_iter().zip(rows) {
            let erased = row.as_ref().map(StreamRow::is_erased).transpose();
            let unreadable = |error| corrupt("import trust", format!("the state of user:{user}"), error);
            if erased.map_err(unreadable)?.unwrap_or(false) {
                gone.insert(user);
            }
        }
        Ok(gone)
    }
}

/// A piece of text, and the drop that it belongs to.
fn written(doc: Doc) -> WordsAnswer {
    let drop = match doc.kind {
        DocKind::Drop => Some(DropId::from_uuid(doc.id)),
        DocKind::Comment | DocKind::Report => doc.parent.map(DropId::from_uuid),
        DocKind::User | DocKind::Circle => None,
    };
    WordsAnswer { kind: doc.kind, drop, at: doc.at, text: doc.text }
}

/// Entries that stay when a person leaves but their drops do not.
fn speaks_of_own_drop(event: &Event, user: UserId) -> bool {
    match event {
        Event::DropMade { author, .. }
        | Event::DropSettled { author, .. }
        | Event::DropFaded { author, .. }
        | Event::DropWithdrawn { author, .. }
        | Event::DropAnnulled { author, .. } => *author == user,
        _ => false,
    }
}
