//! People and batches.

use signal_core::ledger::{
    Batch, ContentChange, Doc, DocKind, DraftEvent, Event, Read, StreamId, content_of, keys_of,
};
use signal_core::model::{Pseudonym, Timestamp, TrustWeight, UserId};
use uuid::Uuid;

pub(crate) fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n + 1))
}

pub(crate) fn batch(at: Timestamp, stream: StreamId, version: u64, event: Event) -> Batch {
    Batch {
        at,
        reads: vec![Read { stream, version }],
        naming: vec![],
        keys: keys_of(&event),
        content: content_of(&event, at),
        events: vec![DraftEvent { actor: None, event, moves: vec![], salt: *Uuid::from_u128(77).as_bytes() }],
    }
}

pub(crate) fn register(n: u128) -> Batch {
    let event = Event::UserRegistered {
        user: user(n),
        pseudonym: Pseudonym::from_bytes(user(n).uuid().into_bytes()),
        handle: Some(format!("user-{n}").parse().expect("a handle")),
        claims: vec![format!("test:{n}").parse().expect("a claim")],
        claimed: true,
    };
    batch(Timestamp::from_seconds(1_767_225_600), StreamId::User(user(n)), 0, event)
}

pub(crate) fn trust(from: u128, to: u128, version: u64) -> Batch {
    let event = Event::TrustSet { from: user(from), to: user(to), weight: TrustWeight::FULL };
    batch(Timestamp::from_seconds(1_767_225_601), StreamId::User(user(from)), version, event)
}

pub(crate) fn content(changes: Vec<ContentChange>) -> Batch {
    Batch { reads: vec![], keys: vec![], events: vec![], content: changes, ..register(0) }
}

/// Words of person `n`.
pub(crate) fn doc(n: u128, text: &str) -> ContentChange {
    ContentChange::PutDoc(Doc {
        kind: DocKind::Drop,
        id: Uuid::from_u128(n),
        owner: Some(user(n)),
        parent: None,
        at: Timestamp::from_micros(0),
        text: text.to_owned(),
    })
}

pub(crate) fn erase(n: u128, redacted: Vec<u64>) -> Batch {
    content(vec![ContentChange::Erase { user: user(n), redacted, keep_drops: false }])
}
