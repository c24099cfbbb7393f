//! What readers hold, as bytes for a file: so that the next program follows the ledger from there and not from its first entry.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::community::{Live, LiveCircle, LiveDrop, LivePerson, LiveResolution};
use super::index::Index;
use crate::ledger::{FindingKind, Method, Outcome, Resolution};
use crate::model::{
    CircleId, Claim, DropId, FindingId, Handle, Hash, Millionths, Points, Pseudonym, Stars, Timestamp,
    TrackId, TrustWeight, UserId, Verification,
};
use crate::trust::TrustGraph;

/// What the bytes of every version begin with.
const NAME: &[u8] = b"signal-live";
/// The name, and the version. Whoever changes these types, the order of variants in an enum of theirs, or what an entry does to a
/// [`Live`], raises it: what was kept before is not read then, and the ledger is.
const MARK: [u8; 12] = *b"signal-live\x01";
/// Bytes of the checksum after the mark.
const SUM: usize = 32;

/// Why bytes are no snapshot. It is a cache: whoever cannot read it follows the ledger from its beginning.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableSnapshot {
    /// It is not one, or not of this version.
    #[error("not a snapshot of this version")]
    Foreign,
    /// It was cut off, or changed.
    #[error("the snapshot is damaged")]
    Damaged,
}

/// Everything in a [`Live`], with people named by their place in one list, and without the ways to look things up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    position: u64,
    left_by: u64,
    /// The hash of the last leaf it holds, which no other ledger has.
    last: [u8; 32],
    /// Everyone who is named below, by id.
    ids: Vec<UserId>,
    people: Vec<KeptPerson>,
    /// Who is in the graph, and whom each of them trusts.
    trust: Vec<(u32, Vec<(u32, TrustWeight)>)>,
    drops: Vec<KeptDrop>,
    circles: Vec<KeptCircle>,
    blocks: Vec<(u32, u32)>,
    resolved: Vec<(FindingId, KeptResolution)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptPerson {
    who: u32,
    pseudonym: [u8; 16],
    handle: Option<Handle>,
    claim: Option<Claim>,
    claimed: bool,
    since: Timestamp,
    frozen: bool,
    verification: Verification,
    seed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptDrop {
    id: DropId,
    author: u32,
    track: TrackId,
    circle: Option<CircleId>,
    stake: Points,
    made_at: Timestamp,
    position: u64,
    ratings: Vec<(u32, Stars, Timestamp)>,
    ended: Option<(Outcome, Option<Millionths>, Points, Timestamp)>,
    end_position: Option<u64>,
    ended_by: Option<u32>,
    changed: u64,
    found: Option<(Method, Millionths)>,
    hidden: bool,
    words_withdrawn: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptCircle {
    id: CircleId,
    members: Vec<u32>,
    moderators: Vec<u32>,
    contributions: Vec<(u32, i64)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptResolution {
    kind: FindingKind,
    members: Vec<u32>,
    probability: Millionths,
    resolution: Resolution,
    note: String,
    at: Timestamp,
}

impl Snapshot {
    /// Everything that is held now. Takes O((people + edges + drops + ratings) · log people), and about twice the memory that
    /// the bytes will have.
    pub fn of(live: &Live) -> Self {
        let ids = named(live);
        let place = |user: &UserId| {
            ids.binary_search(user).map_or(u32::MAX, |at| u32::try_from(at).unwrap_or(u32::MAX))
        };
        Self {
            position: live.position,
            left_by: live.left_by,
            last: *live.last.as_bytes(),
            people: live.people.iter().map(|(user, person)| kept_person(place(user), person)).collect(),
            trust: kept_trust(&live.graph, place),
            drops: live.drops.iter().map(|(id, drop)| kept_drop(*id, drop, place)).collect(),
            circles: live.circles.iter().map(|(id, circle)| kept_circle(*id, circle, place)).collect(),
            blocks: live.blocks.iter().map(|(from, to)| (place(from), place(to))).collect(),
            resolved: live.resolved.iter().map(|(id, found)| (*id, kept_resolution(found, place))).collect(),
            ids,
        }
    }

    /// Whether bytes are a snapshot of any version, whole or not, by what they begin with. Nothing else is replaced by one.
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(NAME)
    }

    /// How many entries it holds.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The hash of the last leaf it holds.
    pub const fn last(&self) -> Hash {
        Hash::from_bytes(self.last)
    }

    /// The bytes for the file: a mark with the version, a SHA-256, and what it covers in the form of the crate `postcard`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MARK.to_vec();
        bytes.extend([0; SUM]);
        // Writing into memory fails for no value of these types: none of them is a sequence of unknown length.
        let mut bytes = postcard::to_extend(self, bytes).unwrap_or_default();
        if let Some((head, body)) = bytes.split_at_mut_checked(MARK.len() + SUM)
            && let Some(sum) = head.get_mut(MARK.len()..)
        {
            sum.copy_from_slice(&Sha256::digest(&*body));
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// ```
    /// use signal_core::live::{Live, Snapshot};
    ///
    /// let snapshot = Snapshot::of(&Live::default());
    /// let bytes = snapshot.to_bytes();
    /// assert_eq!(Snapshot::from_bytes(&bytes)?, snapshot);
    /// assert!(Snapshot::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    /// # Ok::<(), signal_core::live::UnreadableSnapshot>(())
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, UnreadableSnapshot> {
        let rest = bytes.strip_prefix(&MARK).ok_or(UnreadableSnapshot::Foreign)?;
        let (sum, body) = rest.split_at_checked(SUM).ok_or(UnreadableSnapshot::Damaged)?;
        if Sha256::digest(body).as_slice() != sum {
            return Err(UnreadableSnapshot::Damaged);
        }
        postcard::from_bytes(body).map_err(|_| UnreadableSnapshot::Foreign)
    }

    /// What readers held then, ready to follow the ledger from there. Takes O(people · log people + edges + drops + ratings).
    pub fn into_live(self) -> Result<Live, UnreadableSnapshot> {
        let ids = self.ids;
        let user = |place: u32| ids.get(place as usize).copied().ok_or(UnreadableSnapshot::Damaged);
        let users = |places: Vec<u32>| places.into_iter().map(user).collect::<Result<Vec<_>, _>>();
        let pair = |(from, to)| Ok((user(from)?, user(to)?));
        let mut live = Live {
            position: self.position,
            left_by: self.left_by,
            last: Hash::from_bytes(self.last),
            graph: graph(&ids, &self.trust)?,
            blocks: self.blocks.into_iter().map(pair).collect::<Result<_, _>>()?,
            ..Live::default()
        };
        drop(self.trust);
        let person = |kept: KeptPerson| Ok((user(kept.who)?, held_person(kept)));
        live.people = self.people.into_iter().map(person).collect::<Result<_, _>>()?;
        for kept in self.drops {
            let (id, drop) = held_drop(kept, user)?;
            live.drops.insert(id, drop);
        }
        for KeptCircle { id, members, moderators, contributions } in self.circles {
            let earned = contributions.into_iter().map(|(who, earned)| Ok((user(who)?, earned)));
            let (members, moderators) = (users(members)?, users(moderators)?);
            let circle = LiveCircle {
                members: members.into_iter().collect(),
                moderators: moderators.into_iter().collect(),
                contributions: earned.collect::<Result<_, _>>()?,
            };
            live.circles.insert(id, circle);
        }
        for (id, KeptResolution { kind, members, probability, resolution, note, at }) in self.resolved {
            let members = users(members)?;
            live.resolved.insert(id, LiveResolution { kind, members, probability, resolution, note, at });
        }
        live.index = Index::of(&live.people, &live.drops, &live.circles);
        Ok(live)
    }
}

/// Everyone whom anything of it names, by id.
fn named(live: &Live) -> Vec<UserId> {
    let drops = live.drops.values();
    let people = live.people.keys().copied();
    let mut ids: Vec<UserId> = people
        .chain(live.graph.people().map(|(user, _)| user))
        .chain(drops.flat_map(|drop| {
            drop.ratings.iter().map(|rating| rating.0).chain([drop.author]).chain(drop.ended_by)
        }))
        .chain(live.circles.values().flat_map(|circle| {
            let members = circle.members.iter().chain(&circle.moderators);
            members.chain(circle.contributions.keys()).copied().collect::<Vec<_>>()
        }))
        .chain(live.blocks.iter().flat_map(|(from, to)| [*from, *to]))
        .chain(live.resolved.values().flat_map(|found| found.members.iter().copied()))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn kept_person(who: u32, person: &LivePerson) -> KeptPerson {
    let LivePerson { pseudonym, handle, claim, claimed, since, frozen, verification, seed } = person.clone();
    let pseudonym = *pseudonym.as_bytes();
    KeptPerson { who, pseudonym, handle, claim, claimed, since, frozen, verification, seed }
}

fn held_person(kept: KeptPerson) -> LivePerson {
    let KeptPerson { who: _, pseudonym, handle, claim, claimed, since, frozen, verification, seed } = kept;
    let pseudonym = Pseudonym::from_bytes(pseudonym);
    LivePerson { pseudonym, handle, claim, claimed, since, frozen, verification, seed }
}

fn kept_trust(graph: &TrustGraph, place: impl Fn(&UserId) -> u32) -> Vec<(u32, Vec<(u32, TrustWeight)>)> {
    let (order, by_number) = graph.in_order();
    let places: Vec<u32> = order.iter().map(|(user, _)| place(user)).collect();
    let of = |number: u32| places.get(*by_number.get(number as usize)? as usize).copied();
    let row = |&(_, number): &(UserId, u32)| {
        let edges = graph
            .outgoing(number)
            .filter_map(|(to, weight)| Some((of(to)?, TrustWeight::from_ten_thousandths(weight).ok()?)));
        let mut edges: Vec<_> = edges.collect();
        edges.sort_unstable();
        edges
    };
    places.iter().copied().zip(order.iter().map(row)).collect()
}

fn graph(ids: &[UserId], trust: &[(u32, Vec<(u32, TrustWeight)>)]) -> Result<TrustGraph, UnreadableSnapshot> {
    let mut numbers = vec![u32::MAX; ids.len()];
    for ((who, _), number) in trust.iter().zip(0..) {
        *numbers.get_mut(*who as usize).ok_or(UnreadableSnapshot::Damaged)? = number;
    }
    let people = trust.iter().map(|(who, _)| ids.get(*who as usize).copied()).collect::<Option<Vec<_>>>();
    let mut edges = Vec::with_capacity(trust.iter().map(|(_, row)| row.len()).sum());
    for ((_, row), from) in trust.iter().zip(0..) {
        for (to, weight) in row {
            edges.push((from, *numbers.get(*to as usize).ok_or(UnreadableSnapshot::Damaged)?, *weight));
        }
    }
    Ok(TrustGraph::from_numbered(people.ok_or(UnreadableSnapshot::Damaged)?, &edges))
}

fn kept_drop(id: DropId, drop: &LiveDrop, place: impl Fn(&UserId) -> u32) -> KeptDrop {
    KeptDrop {
        id,
        author: place(&drop.author),
        track: drop.track,
        circle: drop.circle,
        stake: drop.stake,
        made_at: drop.made_at,
        position: drop.position,
        ratings: drop.ratings.iter().map(|(rater, stars, at)| (place(rater), *stars, *at)).collect(),
        ended: drop.ended,
        end_position: drop.end_position,
        ended_by: drop.ended_by.as_ref().map(&place),
        changed: drop.changed,
        found: drop.found,
        hidden: drop.hidden,
        words_withdrawn: drop.words_withdrawn,
    }
}

fn held_drop(
    kept: KeptDrop,
    user: impl Fn(u32) -> Result<UserId, UnreadableSnapshot>,
) -> Result<(DropId, LiveDrop), UnreadableSnapshot> {
    let ratings = kept.ratings.into_iter().map(|(rater, stars, at)| Ok((user(rater)?, stars, at)));
    let drop = LiveDrop {
        author: user(kept.author)?,
        track: kept.track,
        circle: kept.circle,
        stake: kept.stake,
        made_at: kept.made_at,
        position: kept.position,
        ratings: ratings.collect::<Result<_, _>>()?,
        ended: kept.ended,
        end_position: kept.end_position,
        ended_by: kept.ended_by.map(&user).transpose()?,
        changed: kept.changed,
        found: kept.found,
        hidden: kept.hidden,
        words_withdrawn: kept.words_withdrawn,
    };
    Ok((kept.id, drop))
}

fn kept_circle(id: CircleId, circle: &LiveCircle, place: impl Fn(&UserId) -> u32) -> KeptCircle {
    let places = |people: &BTreeSet<UserId>| people.iter().map(&place).collect();
    KeptCircle {
        id,
        members: places(&circle.members),
        moderators: places(&circle.moderators),
        contributions: circle.contributions.iter().map(|(user, earned)| (place(user), *earned)).collect(),
    }
}

fn kept_resolution(found: &LiveResolution, place: impl Fn(&UserId) -> u32) -> KeptResolution {
    let LiveResolution { kind, members, probability, resolution, note, at } = found.clone();
    KeptResolution { kind, members: members.iter().map(place).collect(), probability, resolution, note, at }
}

#[cfg(test)]
mod tests;
