//! Random calls on a store and on the reference, with the same answers at every step.

use super::agree::agree;
use super::fixtures::{
    artist, at, batch, circle, content, drop_id, leave, make_drop, put_track, register, track, trust, user,
    weight, words,
};
use super::plays::{count, listen};
use super::state::profile;
use crate::ledger::{Batch, ContentChange, DocKind, Event, Naming, StreamId};
use crate::model::{
    CommentId, Correction, Exactness, Listen, Merge, PlayedItem, PrivacyDials, Role, Same, Span, Stars,
    Timestamp,
};
use crate::store::{ArtistGenre, MemoryStore, SeenMark, Store};

/// The person who leaves for good.
const LEAVES: u32 = 5;

/// A small generator (`SplitMix64`), so that a seed gives the same calls everywhere.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end)).expect("below a u32")
    }

    fn times<T>(&mut self, most: u32, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..=self.below(most)).map(|_| make(self)).collect()
    }
}

pub(super) async fn random_calls_agree_with_memory(store: &dyn Store) {
    against_memory(store, 1, 120).await;
}

/// Makes the same random calls on an empty store and on a [`MemoryStore`], which gets the batches of a group one by one.
/// Panics unless both give the same answer each time, and agree on every read in the end and on the way.
pub async fn against_memory(store: &dyn Store, seed: u64, steps: u32) {
    let reference: &dyn Store = &MemoryStore::new();
    let mut dice = Dice(seed);
    for n in 1..=4 {
        put_track(store, n).await;
        put_track(reference, n).await;
    }
    for step in 0..steps {
        if dice.below(4) == 0 {
            history(store, reference, &mut dice).await;
        } else {
            let group = group(reference, &mut dice, i64::from(step)).await;
            let results = store.append(&group).await.expect("a group is appended");
            let mut expected = Vec::with_capacity(group.len());
            for batch in &group {
                expected.extend(
                    reference.append(std::slice::from_ref(batch)).await.expect("a batch is appended"),
                );
            }
            assert_eq!(results, expected, "seed {seed}, step {step}: {group:#?}");
        }
        if step % 40 == 39 || step + 1 == steps {
            agree(store, reference).await;
        }
    }
}

fn any_listen(dice: &mut Dice) -> Listen {
    let exactness = [Exactness::Day, Exactness::Estimated, Exactness::Minute, Exactness::Exact];
    let listen = listen(dice.below(6), dice.below(6), i64::from(dice.below(4)) * 40_000);
    let played_ms = [None, Some(dice.below(60_000))][dice.below(2) as usize];
    Listen { exactness: exactness[dice.below(4) as usize], played_ms, ..listen }
}

/// One call on the history side of both stores.
async fn history(store: &dyn Store, reference: &dyn Store, dice: &mut Dice) {
    let listens = dice.times(9, any_listen);
    let corrections = dice.times(3, |dice| {
        let by = any_listen(dice);
        Correction { track: track(dice.below(6)), start: at(i64::from(dice.below(4)) * 40_000), by }
    });
    let counts = dice.times(9, |dice| {
        let n = dice.below(6);
        let item =
            if dice.below(2) == 0 { PlayedItem::Artist(artist(n)) } else { PlayedItem::Track(track(n)) };
        let mut weeks = || Timestamp::from_seconds((i64::from(dice.below(7)) - 3) * 7 * 86_400 - 1);
        let span = Span { from: weeks(), to: weeks() };
        let span = Span::month_of(span.from).filter(|_| dice.below(3) == 0).unwrap_or(span);
        let plays = u64::from(dice.below(20));
        let counted = count(dice.below(6), item, ["a", "b"][dice.below(2) as usize], plays);
        crate::model::PlayCount { span: (dice.below(2) == 0).then_some(span), ..counted }
    });
    let marks = dice.times(5, |dice| SeenMark {
        user: user(dice.below(6)),
        drop: drop_id(dice.below(6)),
        at: at(i64::from(dice.below(4)) * 40_000),
    });
    let genres = dice.times(3, |dice| ArtistGenre {
        artist: artist(dice.below(5)),
        genre: ["dub", "house"][dice.below(2) as usize].to_owned(),
        weight: f64::from(dice.below(10)) / 3.0,
    });
    let merges = dice.times(1, |dice| Merge {
        from: track(dice.below(6)),
        into: track(dice.below(6)),
        why: Same::Name,
        at: at(1),
    });
    let taken_back = track(dice.below(6));
    let undone = store.remove_merge(taken_back).await.expect("takes a merge back");
    assert_eq!(undone, reference.remove_merge(taken_back).await.expect("takes a merge back"));
    let profiles = dice.times(1, |dice| profile(dice.below(6)));
    let (one, other) = (user(dice.below(6)), user(dice.below(6)));
    if dice.below(3) == 0 {
        store.unmute(one, other).await.expect("unmutes");
        reference.unmute(one, other).await.expect("unmutes");
    } else {
        let muted = store.mute(one, other, 2).await.expect("mutes");
        assert_eq!(muted, reference.mute(one, other, 2).await.expect("mutes"), "{one} mutes {other}");
    }
    if dice.below(6) == 0 {
        let before = at(i64::from(dice.below(4)) * 40_000 + 20_000_000);
        let gone = store.fold_listens(before, 30_000).await.expect("folds");
        assert_eq!(gone, reference.fold_listens(before, 30_000).await.expect("folds"), "folded");
    }
    for (new, expected) in [
        (store.add_listens(&listens).await, reference.add_listens(&listens).await),
        (store.correct_listens(&corrections).await, reference.correct_listens(&corrections).await),
        (store.add_play_counts(&counts).await, reference.add_play_counts(&counts).await),
        (store.mark_seen(&marks).await, reference.mark_seen(&marks).await),
        (store.put_merges(&merges).await, reference.put_merges(&merges).await),
        (store.put_artist_genres(&genres).await, reference.put_artist_genres(&genres).await),
    ] {
        assert_eq!(new.expect("rows are added"), expected.expect("rows are added"), "new rows");
    }
    store.put_profiles(&profiles).await.expect("profiles");
    reference.put_profiles(&profiles).await.expect("profiles");
}

/// A group of batches, most of them right, some of them stale, misfit or late.
async fn group(reference: &dyn Store, dice: &mut Dice, step: i64) -> Vec<Batch> {
    let mut group = Vec::new();
    for _ in 0..=dice.below(4) {
        let seconds = step * 60 - if dice.below(20) == 0 { 3_600 } else { i64::from(dice.below(120)) };
        let (one, other) = (dice.below(6), dice.below(6));
        let mut batch = match dice.below(12) {
            0..=2 => register(one, seconds),
            3..=5 => trust(one, other, 0, seconds),
            6 | 7 => make_drop(dice.below(6), one, 0, &format!("words-{other} from {one}, été"), seconds),
            8 => event(dice, seconds),
            9 => content(changes(dice)),
            10 => {
                let event = Event::TrustRemoved { from: user(one), to: user(other) };
                batch(at(seconds), &[(StreamId::User(user(one)), 0)], event)
            }
            _ => erase(reference, dice, one, seconds).await,
        };
        for read in &mut batch.reads {
            let rows = reference.streams(&[read.stream]).await.expect("streams");
            let version = rows.into_iter().flatten().next().map_or(0, |row| row.version);
            // Two batches of one group may touch one stream, so sometimes the next version is the right one.
            read.version = if dice.below(8) == 0 { version + 1 } else { version };
        }
        group.push(batch);
    }
    group
}

fn event(dice: &mut Dice, seconds: i64) -> Batch {
    let (drop, who) = (drop_id(dice.below(6)), user(dice.below(6)));
    let both = [(StreamId::Drop(drop), 0), (StreamId::User(who), 0)];
    let stars = Stars::from_halves(u8::try_from(dice.below(11)).expect("small")).expect("stars");
    match dice.below(4) {
        0 => batch(at(seconds), &both, Event::DropRated { drop, rater: who, stars }),
        1 => {
            let comment = CommentId::from_uuid(uuid::Uuid::from_u128(u128::from(dice.below(9))));
            batch(
                at(seconds),
                &both,
                Event::DropCommented { drop, comment, author: who, text: words("a remark") },
            )
        }
        2 => {
            let blocked = dice.below(2) == 0;
            let event = Event::UserBlocked { user: who, target: user(dice.below(6)), blocked };
            batch(at(seconds), &[(StreamId::User(who), 0)], event)
        }
        _ => {
            let reads = [(StreamId::Circle(circle(1)), 0), (StreamId::User(who), 0)];
            batch(at(seconds), &reads, Event::CircleJoined { circle: circle(1), user: who })
        }
    }
}

fn changes(dice: &mut Dice) -> Vec<ContentChange> {
    dice.times(6, |dice| {
        let (from, to) = (user(dice.below(6)), user(dice.below(6)));
        match dice.below(7) {
            0 => ContentChange::SetEdge {
                from,
                to,
                weight: weight(1 + u16::try_from(dice.below(9)).expect("small")),
            },
            1 => ContentChange::RemoveEdge { from, to },
            2 => {
                ContentChange::SetMember { circle: circle(dice.below(3)), user: from, role: Role::Moderator }
            }
            3 => ContentChange::RemoveMember { circle: circle(dice.below(3)), user: from },
            4 => ContentChange::SetDials { user: from, dials: PrivacyDials::default() },
            5 => ContentChange::DeleteDoc { kind: DocKind::Drop, id: drop_id(dice.below(6)).uuid() },
            _ => {
                let owned = super::content::doc(DocKind::Drop, drop_id(dice.below(6)).uuid(), "déjà-vu");
                ContentChange::PutDoc(crate::ledger::Doc {
                    owner: Some(from),
                    parent: Some(to.uuid()),
                    ..owned
                })
            }
        }
    })
}

/// Erases a person and every body that names them. Only one of them leaves for good; of the others it is done without
/// the entry that would say so, so that there is somebody to go on with: a store need not ask.
async fn erase(reference: &dyn Store, dice: &mut Dice, n: u32, seconds: i64) -> Batch {
    if dice.below(3) > 0 {
        return content(vec![]);
    }
    let known = reference.streams(&[StreamId::User(user(n))]).await.expect("streams")[0].is_some();
    if n == LEAVES && known {
        return leave(reference, n, seconds).await;
    }
    let positions = reference.entries_naming(user(n)).await.expect("entries naming");
    let naming = vec![Naming { user: user(n), positions: positions.clone() }];
    let erase = ContentChange::Erase { user: user(n), redacted: positions, keep_drops: dice.below(2) == 0 };
    Batch { naming, ..content(vec![erase]) }
}
