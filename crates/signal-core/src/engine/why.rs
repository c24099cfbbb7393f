//! Why a drop is in somebody's feed, as far as they may know.

use std::collections::BTreeMap;

use super::answer::{DropAnswer, FeedItem, FeedReason};
use super::feed::Around;
use super::{Engine, Result};
use crate::compatibility::{Basis, coarse};
use crate::feed::{AffinityKind, Candidate, Ranked};
use crate::model::Viewer;
use crate::privacy::visible;
use crate::taste::shared_artists;
use crate::trust::{PathLimits, TrustPath, strength};

/// A taste match of no more than this is not worth a word, unless it is what brought the drop here.
const TASTE_TOLD: f64 = 0.05;
/// Artists told that the two share.
const ARTISTS: usize = 2;
/// Standing relative to the average: average.
const AVERAGE: f64 = 1.0;

impl Engine {
    /// The items of a page, each with its reasons.
    pub(super) async fn feed_items(&self, around: &Around, page: &[Ranked]) -> Result<Vec<FeedItem>> {
        let ids: Vec<_> = page.iter().map(|ranked| ranked.candidate.drop).collect();
        let answers = self.drop_answers(Viewer::User(around.viewer), &ids, &around.policy).await?;
        let mut answers: BTreeMap<_, _> = answers.into_iter().map(|drop| (drop.id, drop)).collect();
        let mut items = Vec::with_capacity(page.len());
        for ranked in page {
            if let Some(drop) = answers.remove(&ranked.candidate.drop) {
                items.push(self.feed_item(around, ranked, drop).await?);
            }
        }
        Ok(items)
    }

    /// One item. Its exact score is told only where that tells the viewer nothing that the author, or someone on the path
    /// to them, keeps back: everything else in it is known to the viewer.
    async fn feed_item(&self, around: &Around, ranked: &Ranked, drop: DropAnswer) -> Result<FeedItem> {
        let Candidate { author, trust, .. } = ranked.candidate;
        let path = strength(&around.graph, around.viewer, author, PathLimits::of(&around.policy)).path;
        let shown = match &path {
            Some(path) => self.may_show_path(&path.users).await?,
            None => trust <= 0.0,
        };
        let relation = self.relation(Viewer::User(around.viewer), author).await?;
        let open = visible(self.dials_of(author).await?.taste, &relation);
        let score = if open && shown {
            ranked.score
        } else {
            coarse(ranked.score, around.policy.compatibility.coarse_step)
        };
        let reasons = self.feed_reasons(around, ranked, path.filter(|_| shown), open).await?;
        Ok(FeedItem { drop, score, because: ranked.because, reasons })
    }

    /// All that speaks for an item, what decided first. `path` is the one that may be shown.
    async fn feed_reasons(
        &self,
        around: &Around,
        ranked: &Ranked,
        path: Option<TrustPath>,
        open: bool,
    ) -> Result<Vec<FeedReason>> {
        let (candidate, because) = (&ranked.candidate, ranked.because);
        let mut told = Vec::new();
        if candidate.trust > 0.0 {
            let reason = path.map_or(FeedReason::HiddenPath, |path| FeedReason::TrustedPath {
                hops: path.users.len().saturating_sub(1),
                strength: path.strength,
                through: path.users.iter().map(|user| self.person(*user).name).collect(),
            });
            told.push((AffinityKind::Trust, reason));
        }
        if candidate.taste > TASTE_TOLD || because == AffinityKind::Taste {
            told.push((AffinityKind::Taste, self.taste_reason(around, candidate, open).await?));
        }
        if candidate.same_circle {
            told.push((AffinityKind::Circle, FeedReason::SharedCircle));
        }
        match because {
            AffinityKind::Standing if candidate.standing >= AVERAGE => {
                told.push((because, FeedReason::WellTrusted));
            }
            AffinityKind::Standing => told.push((because, FeedReason::SomeStanding)),
            AffinityKind::New => told.push((because, FeedReason::New)),
            AffinityKind::Trust | AffinityKind::Taste | AffinityKind::Circle => {}
        }
        told.sort_by_key(|(kind, _)| *kind != because);
        Ok(told.into_iter().map(|(_, reason)| reason).collect())
    }

    /// What two tastes share, where the author's is `open` to the viewer.
    async fn taste_reason(&self, around: &Around, candidate: &Candidate, open: bool) -> Result<FeedReason> {
        let (ears, author) = (&around.ears, candidate.author);
        let basis = ears.similarity(around.viewer, author).map_or(Basis::None, |(_, basis)| basis);
        if !open || !matches!(basis, Basis::Artists | Basis::Vectors) {
            return Ok(FeedReason::SimilarTaste);
        }
        let shared = shared_artists(&ears.matrix, around.viewer, author, ARTISTS);
        let names = self.artist_names(shared.iter().map(|shared| shared.artist)).await?;
        let artists: Vec<_> = shared.iter().filter_map(|shared| names.get(&shared.artist).cloned()).collect();
        Ok(if artists.is_empty() {
            FeedReason::SimilarTaste
        } else {
            FeedReason::SharedArtists { artists, taste: candidate.taste }
        })
    }
}
