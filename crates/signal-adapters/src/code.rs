//! The small numbers under which databases keep choices. A number never changes its meaning.

use signal_core::model::{ArtistId, TrackId};
use signal_core::model::{Audience, Exactness, PlayedItem, Role, TrustAudience};
use signal_core::store::PlayLength;
use uuid::Uuid;

pub(crate) const fn of_role(role: Role) -> i64 {
    match role {
        Role::Member => 0,
        Role::Moderator => 1,
        Role::Creator => 2,
    }
}

pub(crate) const fn role(number: i64) -> Option<Role> {
    match number {
        0 => Some(Role::Member),
        1 => Some(Role::Moderator),
        2 => Some(Role::Creator),
        _ => None,
    }
}

pub(crate) const fn of_audience(audience: Audience) -> i64 {
    match audience {
        Audience::Private => 0,
        Audience::Friends => 1,
        Audience::Public => 2,
    }
}

pub(crate) const fn audience(number: i64) -> Option<Audience> {
    match number {
        0 => Some(Audience::Private),
        1 => Some(Audience::Friends),
        2 => Some(Audience::Public),
        _ => None,
    }
}

pub(crate) const fn of_trust_audience(audience: TrustAudience) -> i64 {
    match audience {
        TrustAudience::Counts => 0,
        TrustAudience::Public => 1,
    }
}

pub(crate) const fn trust_audience(number: i64) -> Option<TrustAudience> {
    match number {
        0 => Some(TrustAudience::Counts),
        1 => Some(TrustAudience::Public),
        _ => None,
    }
}

/// Larger is more exact: a statement compares the numbers.
pub(crate) const fn of_exactness(exactness: Exactness) -> i64 {
    match exactness {
        Exactness::Day => -1,
        Exactness::Estimated => 0,
        Exactness::Minute => 1,
        Exactness::Exact => 2,
    }
}

pub(crate) const fn exactness(number: i64) -> Option<Exactness> {
    match number {
        -1 => Some(Exactness::Day),
        0 => Some(Exactness::Estimated),
        1 => Some(Exactness::Minute),
        2 => Some(Exactness::Exact),
        _ => None,
    }
}

/// In the order of the lengths.
pub(crate) const fn of_play_length(length: PlayLength) -> i64 {
    match length {
        PlayLength::Unknown => 0,
        PlayLength::Short => 1,
        PlayLength::Long => 2,
    }
}

pub(crate) const fn play_length(number: i64) -> Option<PlayLength> {
    match number {
        0 => Some(PlayLength::Unknown),
        1 => Some(PlayLength::Short),
        2 => Some(PlayLength::Long),
        _ => None,
    }
}

pub(crate) const fn of_item(item: PlayedItem) -> (i64, Uuid) {
    match item {
        PlayedItem::Artist(artist) => (0, artist.uuid()),
        PlayedItem::Track(track) => (1, track.uuid()),
    }
}

pub(crate) const fn item(number: i64) -> Option<fn(Uuid) -> PlayedItem> {
    match number {
        0 => Some(|id| PlayedItem::Artist(ArtistId::from_uuid(id))),
        1 => Some(|id| PlayedItem::Track(TrackId::from_uuid(id))),
        _ => None,
    }
}
