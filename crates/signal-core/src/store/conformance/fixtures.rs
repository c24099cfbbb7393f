//! People, things and batches that the cases share.

use uuid::Uuid;

use crate::ledger::{
    Batch, Checkpoint, ContentChange, DraftEvent, Event, Head, Naming, Read, Sealed, Sealer, StreamId,
    StreamState, UserStatus, content_of, keys_of,
};
use crate::model::{
    Artist, ArtistId, CircleId, Claim, DropId, Points, Pseudonym, Text, Timestamp, Track, TrackId,
    TrustWeight, UserId,
};
use crate::store::{ItemKind, NewItem, Store};

fn uuid(kind: u128, n: u32) -> Uuid {
    Uuid::from_u128(kind << 112 | u128::from(n) << 80 | 0x7000_8000_0000_0000_0000 | u128::from(n))
}

/// Person number `n`; people sort by their number, as everything here does.
pub(super) fn user(n: u32) -> UserId {
    UserId::from_uuid(uuid(1, n))
}

pub(super) fn drop_id(n: u32) -> DropId {
    DropId::from_uuid(uuid(2, n))
}

pub(super) fn circle(n: u32) -> CircleId {
    CircleId::from_uuid(uuid(3, n))
}

pub(super) fn artist(n: u32) -> ArtistId {
    ArtistId::from_uuid(uuid(4, n))
}

pub(super) fn track(n: u32) -> TrackId {
    TrackId::from_uuid(uuid(5, n))
}

/// An instant some seconds after the beginning of all cases.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_225_600 + seconds)
}

pub(super) fn weight(ten_thousandths: u16) -> TrustWeight {
    TrustWeight::from_ten_thousandths(ten_thousandths).unwrap()
}

pub(super) fn claim(text: &str) -> Claim {
    text.parse().unwrap()
}

pub(super) fn words(text: &str) -> Text {
    Text::new(text, 1_000).unwrap()
}

/// A batch of one event with the names and content that follow from it.
pub(super) fn batch(when: Timestamp, reads: &[(StreamId, u64)], event: Event) -> Batch {
    Batch {
        at: when,
        reads: reads.iter().map(|(stream, version)| Read { stream: *stream, version: *version }).collect(),
        naming: vec![],
        keys: keys_of(&event),
        content: content_of(&event, when),
        events: vec![DraftEvent { actor: None, event, moves: vec![], salt: [7; 16] }],
    }
}

/// A batch that writes content only.
pub(super) fn content(changes: Vec<ContentChange>) -> Batch {
    Batch { at: at(0), reads: vec![], naming: vec![], keys: vec![], events: vec![], content: changes }
}

/// Person `n` registers with the handle `user-n` and the claim `test:n`.
pub(super) fn register(n: u32, seconds: i64) -> Batch {
    let event = Event::UserRegistered {
        user: user(n),
        pseudonym: Pseudonym::from_bytes(*uuid(9, n).as_bytes()),
        handle: Some(format!("user-{n}").parse().unwrap()),
        claims: vec![claim(&format!("test:{n}"))],
        claimed: true,
    };
    batch(at(seconds), &[(StreamId::User(user(n)), 0)], event)
}

/// Person `from`, whose stream has the version, trusts `to`.
pub(super) fn trust(from: u32, to: u32, version: u64, seconds: i64) -> Batch {
    let event = Event::TrustSet { from: user(from), to: user(to), weight: weight(5_000) };
    batch(at(seconds), &[(StreamId::User(user(from)), version)], event)
}

/// Person `author`, whose stream has the version, makes drop `n`.
pub(super) fn make_drop(n: u32, author: u32, version: u64, text: &str, seconds: i64) -> Batch {
    let event = Event::DropMade {
        drop: drop_id(n),
        author: user(author),
        track: track(1),
        context: words(text),
        stake: Points::ZERO,
        circle: None,
    };
    batch(at(seconds), &[(StreamId::Drop(drop_id(n)), 0), (StreamId::User(user(author)), version)], event)
}

/// Person `n` leaves for good, with every entry that names them now, and nobody else's state to fix.
pub(super) async fn leave(store: &dyn Store, n: u32, seconds: i64) -> Batch {
    let stream = StreamId::User(user(n));
    let row = store.streams(&[stream]).await.expect("streams").remove(0).expect("a state row");
    let mut state = StreamState::from_bytes(&row.state).expect("a state");
    if let StreamState::User(user) = &mut state {
        user.status = UserStatus::Erased;
    }
    let positions = store.entries_naming(user(n)).await.expect("entries naming");
    let event = Event::UserErased {
        user: user(n),
        redacted: positions.clone(),
        keep_drops: false,
        checkpoints: vec![Checkpoint { stream, state }],
        earlier: vec![],
    };
    let naming = vec![Naming { user: user(n), positions }];
    Batch { naming, ..batch(at(seconds), &[(stream, row.version)], event) }
}

/// A new item of the catalogue.
pub(super) fn item(id: Uuid, kind: ItemKind, name: &str, claims: &[&str]) -> NewItem {
    NewItem { id, kind, name: name.to_owned(), claims: claims.iter().map(|text| claim(text)).collect() }
}

/// Artist `n` and its track `n`, as the catalogue gives them back.
pub(super) async fn put_track(store: &dyn Store, n: u32) -> Track {
    let known = Artist { id: artist(n), name: format!("Artist {n}") };
    let items = [
        item(artist(n).uuid(), ItemKind::Artist, &known.name, &[&format!("artist:test:{n}")]),
        item(track(n).uuid(), ItemKind::Track(artist(n)), &format!("Track {n}"), &[&format!("track:{n}")]),
    ];
    store.put_items(&items).await.expect("items are put");
    Track { id: track(n), artist: known.id, artist_name: known.name, title: format!("Track {n}") }
}

/// Appends batches that must all be accepted, and gives the position of each one's first entry.
pub(super) async fn accept(store: &dyn Store, batches: &[Batch]) -> Vec<u64> {
    let results = store.append(batches).await.expect("the group is appended");
    results.into_iter().map(|result| result.expect("the batch is accepted")).collect()
}

/// What the core says that an empty ledger must hold after batches that are all accepted.
pub(super) fn sealed(batches: &[Batch]) -> Sealed {
    let mut sealer = Sealer::new(&Head::default());
    for batch in batches {
        for stream in sealer.missing(batch) {
            sealer.load(stream, None);
        }
        sealer.check(batch).expect("the batch is right");
        sealer.add(batch).expect("the batch can be sealed");
    }
    sealer.finish()
}
