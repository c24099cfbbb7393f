//! What an event puts beside the ledger: documents, edges, seats, and names.
//!
//! Projections follow from events alone, so that a replay can make them again and compare.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::batch::{ContentChange, KeyChange};
use super::event::Event;
use super::state::StreamState;
use crate::model::{Claim, CommentId, DropId, Handle, Hash, Role, Timestamp, UserId};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocKind {
    /// A person's handle.
    User,
    /// The words of a drop.
    Drop,
    /// The words of a comment.
    Comment,
    /// The reason of a report.
    Report,
    /// The name of a circle.
    Circle,
}

impl DocKind {
    /// The kind as stores spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Drop => "drop",
            Self::Comment => "comment",
            Self::Report => "report",
            Self::Circle => "circle",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Drop, Self::Comment, Self::Report, Self::Circle]
            .into_iter()
            .find(|k| k.as_str() == text)
    }
}

/// A searchable piece of personal text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doc {
    /// What it is.
    pub kind: DocKind,
    /// Its id: the user's, drop's, comment's or circle's; a report's is made of drop and reporter.
    pub id: Uuid,
    /// Whose words these are; erased with the person.
    pub owner: Option<UserId>,
    /// The drop that a comment or report belongs to, or the circle a drop is in.
    pub parent: Option<Uuid>,
    /// Since when.
    pub at: Timestamp,
    /// The words, for people and for search.
    pub text: String,
}

/// A name that is unique in a store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A person's handle.
    Handle(Handle),
    /// Another system's name for a person.
    Claim(Claim),
    /// One person's one rating of a drop.
    Rating(DropId, UserId),
    /// One person's one report of a drop.
    Report(DropId, UserId),
    /// One person's block of another.
    Block(UserId, UserId),
    /// A verification token that was used.
    Token(Hash),
    /// A comment, whose id a client may have supplied.
    Comment(CommentId),
    /// An entry that was reversed.
    Reversal(u64),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handle(handle) => write!(f, "handle:{handle}"),
            Self::Claim(claim) => write!(f, "claim:{claim}"),
            Self::Rating(drop, user) => write!(f, "rating:{drop}:{user}"),
            Self::Report(drop, user) => write!(f, "report:{drop}:{user}"),
            Self::Block(user, target) => write!(f, "block:{user}:{target}"),
            Self::Token(token) => write!(f, "token:{token}"),
            Self::Comment(id) => write!(f, "comment:{id}"),
            Self::Reversal(position) => write!(f, "reversal:{position}"),
        }
    }
}

/// The names an event takes and releases.
pub fn keys_of(event: &Event) -> Vec<KeyChange> {
    let take = |key: Key, owner: UserId| KeyChange::Take { key, owner: owner.uuid() };
    match event {
        Event::UserRegistered { user, handle, claims, .. } | Event::UserClaimed { user, handle, claims } => {
            let handle = handle.iter().cloned().map(Key::Handle);
            handle.chain(claims.iter().cloned().map(Key::Claim)).map(|key| take(key, *user)).collect()
        }
        Event::UserVerified { token, .. } => {
            vec![KeyChange::Take { key: Key::Token(*token), owner: Uuid::nil() }]
        }
        Event::UserBlocked { user, target, blocked: true } => vec![take(Key::Block(*user, *target), *user)],
        Event::UserBlocked { user, target, blocked: false } => {
            vec![KeyChange::Release { key: Key::Block(*user, *target) }]
        }
        Event::DropRated { drop, rater, .. } => vec![take(Key::Rating(*drop, *rater), *rater)],
        Event::DropReported { drop, reporter, .. } => vec![take(Key::Report(*drop, *reporter), *reporter)],
        Event::DropCommented { comment, author, .. } => vec![take(Key::Comment(*comment), *author)],
        // Once the person is gone, so is the entry's body, and nothing is left to be reversed again.
        Event::Reversed { position, users, .. } => {
            let owner = users.first().map_or(Uuid::nil(), |user| user.uuid());
            vec![KeyChange::Take { key: Key::Reversal(*position), owner }]
        }
        _ => vec![],
    }
}

/// Whether erasing a person deletes a name: those they own, and others' blocks of them.
pub fn erases_key(user: UserId, key: &str, owner: Uuid) -> bool {
    owner == user.uuid() || (key.starts_with("block:") && key.ends_with(&user.to_string()))
}

/// The rows an event puts beside the ledger. `at` is the instant of its entry.
pub fn content_of(event: &Event, at: Timestamp) -> Vec<ContentChange> {
    let doc = |kind, id, owner, parent, text: &str| {
        ContentChange::PutDoc(Doc { kind, id, owner, parent, at, text: text.to_owned() })
    };
    match event {
        Event::UserRegistered { user, handle: Some(handle), .. }
        | Event::UserClaimed { user, handle: Some(handle), .. } => {
            vec![doc(DocKind::User, user.uuid(), Some(*user), None, handle.as_str())]
        }
        Event::UserErased { user, redacted, keep_drops, checkpoints, earlier } => {
            let before = earlier.iter().map(|(user, keep_drops)| ContentChange::Erase {
                user: *user,
                redacted: Vec::new(),
                keep_drops: *keep_drops,
            });
            let erase =
                ContentChange::Erase { user: *user, redacted: redacted.clone(), keep_drops: *keep_drops };
            before.chain([erase]).chain(checkpoints.iter().flat_map(|c| restored(&c.state))).collect()
        }
        Event::TrustSet { from, to, weight } => {
            vec![ContentChange::SetEdge { from: *from, to: *to, weight: *weight }]
        }
        Event::TrustRemoved { from, to } => vec![ContentChange::RemoveEdge { from: *from, to: *to }],
        Event::TrustImported { from, edges } => edges
            .iter()
            .map(|(to, weight)| ContentChange::SetEdge { from: *from, to: *to, weight: *weight })
            .collect(),
        Event::DropMade { drop, author, context, circle, .. } => {
            let parent = circle.map(crate::model::CircleId::uuid);
            vec![doc(DocKind::Drop, drop.uuid(), Some(*author), parent, context.as_str())]
        }
        Event::DropWithdrawn { drop, .. } => {
            vec![ContentChange::DeleteDoc { kind: DocKind::Drop, id: drop.uuid() }]
        }
        Event::DropCommented { drop, comment, author, text } => {
            vec![doc(DocKind::Comment, comment.uuid(), Some(*author), Some(drop.uuid()), text.as_str())]
        }
        Event::DropReported { drop, reporter, reason } => {
            let id = report_id(*drop, *reporter);
            vec![doc(DocKind::Report, id, Some(*reporter), Some(drop.uuid()), reason.as_str())]
        }
        Event::CircleCreated { circle, creator, name, .. } => vec![
            doc(DocKind::Circle, circle.uuid(), None, None, name.as_str()),
            ContentChange::SetMember { circle: *circle, user: *creator, role: Role::Creator },
        ],
        Event::CircleJoined { circle, user } => {
            vec![ContentChange::SetMember { circle: *circle, user: *user, role: Role::Member }]
        }
        Event::CircleRoleSet { circle, user, role, .. } => {
            vec![ContentChange::SetMember { circle: *circle, user: *user, role: *role }]
        }
        Event::CircleLeft { circle, user } | Event::CircleRemoved { circle, user, .. } => {
            vec![ContentChange::RemoveMember { circle: *circle, user: *user }]
        }
        Event::CircleClosed { circle, members } => {
            let seats =
                members.iter().map(|user| ContentChange::RemoveMember { circle: *circle, user: *user });
            std::iter::once(ContentChange::DeleteDoc { kind: DocKind::Circle, id: circle.uuid() })
                .chain(seats)
                .collect()
        }
        _ => vec![],
    }
}

/// What a circle keeps when the entries that made it go with one of its people.
fn restored(state: &StreamState) -> Vec<ContentChange> {
    let StreamState::Circle(circle) = state else {
        return vec![];
    };
    let (kind, id, at) = (DocKind::Circle, circle.id.uuid(), circle.created_at);
    if circle.closed_at.is_some() {
        return vec![ContentChange::DeleteDoc { kind, id }];
    }
    let doc = Doc { kind, id, owner: None, parent: None, at, text: circle.name.as_str().to_owned() };
    let seats = circle.members.iter().map(|m| ContentChange::SetMember {
        circle: circle.id,
        user: m.user,
        role: m.role,
    });
    std::iter::once(ContentChange::PutDoc(doc)).chain(seats).collect()
}

/// One report a person and drop, so its id follows from both.
fn report_id(drop: DropId, reporter: UserId) -> Uuid {
    Uuid::from_u128(drop.uuid().as_u128() ^ reporter.uuid().as_u128().rotate_left(1))
}
