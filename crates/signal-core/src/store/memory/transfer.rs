//! The reference store as rows.

use async_trait::async_trait;

use super::shelf::Item;
use super::{MemoryStore, Shelf};
use crate::ledger::{Doc, Head};
use crate::store::transfer::{DUMP_ROWS, Dump, Intake, Row, TransferStore};
use crate::store::{ItemKind, Result};

/// Rows that were copied when the dump was asked for.
struct Copied {
    head: Head,
    rows: u64,
    left: std::vec::IntoIter<Row>,
}

#[async_trait]
impl Dump for Copied {
    fn head(&self) -> &Head {
        &self.head
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    async fn next(&mut self) -> Result<Vec<Row>> {
        Ok(self.left.by_ref().take(DUMP_ROWS).collect())
    }
}

impl Shelf {
    /// Every row, in the order of a dump.
    fn dumped(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.entries.iter().cloned().map(Row::from).collect();
        rows.extend(self.rows.iter().map(|(stream, row)| Row::from((*stream, row.clone()))));
        let tables = self.tables.iter();
        rows.extend(tables.map(|(hash, bytes)| Row::Tables { hash: *hash, bytes: bytes.clone() }));
        rows.extend(self.keys.iter().map(|(key, owner)| Row::Key { key: key.clone(), owner: *owner }));
        let mut docs: Vec<&Doc> = self.docs.values().collect();
        docs.sort_by_key(|doc| (doc.kind.as_str(), doc.id));
        rows.extend(docs.into_iter().cloned().map(Row::Doc));
        let edges = self.edges.iter();
        rows.extend(edges.map(|((from, to), weight)| Row::Edge { from: *from, to: *to, weight: *weight }));
        let seats = self.seats.iter();
        rows.extend(seats.map(|((circle, user), role)| Row::Seat {
            circle: *circle,
            user: *user,
            role: *role,
        }));
        rows.extend(self.dials.iter().map(|(user, dials)| Row::Dials { user: *user, dials: *dials }));
        self.dump_history(&mut rows);
        rows.extend(self.profiles.values().cloned().map(Row::Profile));
        let states = self.states.iter();
        rows.extend(states.map(|(name, value)| Row::State { name: name.clone(), value: value.clone() }));
        let secrets = self.secrets.iter();
        rows.extend(secrets.map(|((user, platform, field), value)| Row::Secret {
            user: *user,
            platform: platform.clone(),
            field: field.clone(),
            value: value.clone(),
        }));
        rows
    }

    fn dump_history(&self, rows: &mut Vec<Row>) {
        rows.extend(self.items.iter().map(|(id, item)| Row::Item {
            id: *id,
            artist: match item.kind {
                ItemKind::Artist => None,
                ItemKind::Track(artist) => Some(artist),
            },
            name: item.name.clone(),
        }));
        let claims = self.item_claims.iter();
        rows.extend(claims.map(|(claim, item)| Row::Claim { claim: claim.clone(), item: *item }));
        rows.extend(self.genres.iter().map(|((artist, genre), weight)| Row::Genre {
            artist: *artist,
            genre: genre.clone(),
            weight: *weight,
        }));
        rows.extend(self.merges.values().copied().map(Row::Merge));
        rows.extend(self.listens.values().cloned().map(Row::Listen));
        rows.extend(self.counts.values().cloned().map(Row::Count));
        let seen = self.seen.iter();
        rows.extend(seen.map(|((user, drop), at)| Row::Seen { user: *user, drop: *drop, at: *at }));
        for (user, muted) in &self.mutes {
            rows.extend(muted.iter().map(|target| Row::Mute { user: *user, target: *target }));
        }
    }

    fn take(&mut self, intake: Intake) {
        if let Some(sealed) = intake.ledger {
            self.write(sealed);
        }
        self.keys.extend(intake.keys);
        intake.content.iter().for_each(|change| self.change(change));
        self.items.extend(intake.items.into_iter().map(|item| {
            let kind = item.artist.map_or(ItemKind::Artist, ItemKind::Track);
            (item.id, Item { kind, name: item.name })
        }));
        self.item_claims.extend(intake.claims);
        self.genres.extend(intake.genres.into_iter().map(|row| ((row.artist, row.genre), row.weight)));
        self.merges.extend(intake.merges.into_iter().map(|merge| (merge.from, merge)));
        let listens = intake.listens.into_iter();
        self.listens.extend(listens.map(|listen| ((listen.user, listen.track, listen.start), listen)));
        let counts = intake.counts.into_iter();
        self.counts
            .extend(counts.map(|count| ((count.user, count.item, count.source.clone(), count.span), count)));
        self.seen.extend(intake.seen.into_iter().map(|mark| ((mark.user, mark.drop), mark.at)));
        for (user, target) in intake.mutes {
            self.mutes.entry(user).or_default().insert(target);
        }
        self.profiles.extend(intake.profiles.into_iter().map(|profile| (profile.user, profile)));
        self.states.extend(intake.states);
        let secrets = intake.secrets.into_iter();
        self.secrets.extend(secrets.map(|row| ((row.user, row.platform, row.field), row.value)));
    }
}

#[async_trait]
impl TransferStore for MemoryStore {
    async fn dump(&self) -> Result<Box<dyn Dump>> {
        let shelf = self.lock();
        let (head, rows) = (shelf.head.clone(), shelf.dumped());
        Ok(Box::new(Copied { head, rows: rows.len() as u64, left: rows.into_iter() }))
    }

    async fn take(&self, intake: &Intake) -> Result<()> {
        self.lock().take(intake.clone());
        Ok(())
    }
}
