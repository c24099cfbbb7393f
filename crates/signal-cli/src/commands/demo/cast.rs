//! Finds the two people whom the demo is about: a listener whom a track found, and who dropped it.

use signal_core::engine::{
    CompatibilityAnswer, DropAnswer, Engine, FeedItem, FeedReason, Person, UserAnswer,
};
use signal_core::feed::AffinityKind;
use signal_core::ledger::Outcome;
use signal_core::model::Viewer;

use crate::failure::Failure;

/// People whose feeds are looked at.
const LISTENERS: usize = 160;
/// Items of each feed.
const ITEMS: usize = 3;
/// Encounters that are looked at closely.
const CLOSELY: usize = 48;
/// Words of a drop that say something, in characters; longer ones do not fit two lines.
const WORDS: std::ops::RangeInclusive<usize> = 50..=140;
/// Drops of an author that are looked through.
const DROPS: usize = 200;

/// A drop in somebody's feed, and all that is told about the two.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) listener: Person,
    pub(super) item: FeedItem,
    /// The item's place in the feed, from 1.
    pub(super) place: usize,
    /// How many drops were considered.
    pub(super) considered: usize,
    /// What the author is worth to the listener.
    pub(super) there: CompatibilityAnswer,
    /// And the other way round.
    pub(super) back: CompatibilityAnswer,
    /// A drop of the author that succeeded.
    pub(super) settled: DropAnswer,
}

/// The encounter that shows most. The same community gives the same one.
pub(super) async fn find(engine: &Engine) -> Result<Cast, Failure> {
    let mut encounters = Vec::new();
    for listener in
        engine.users(Viewer::Operator, None, LISTENERS).await?.into_iter().filter(|user| user.claimed)
    {
        encounters.extend(telling_items(engine, &listener).await?);
    }
    encounters.sort_by(|x, y| y.1.score.total_cmp(&x.1.score).then(x.1.drop.id.cmp(&y.1.drop.id)));
    let mut best: Option<(usize, f64, Cast)> = None;
    for (listener, item, place, considered) in encounters.into_iter().take(CLOSELY) {
        let Some(settled) = success(engine, &item).await? else {
            continue;
        };
        let (a, b) = (listener.id, item.drop.author.id);
        let there = engine.compatibility(Viewer::Operator, a, b).await?;
        let back = engine.compatibility(Viewer::Operator, b, a).await?;
        let (merit, match_) = (merit(&item, &there, &back), there.score + back.score);
        if best.as_ref().is_none_or(|(so_far, score, _)| (merit, match_) > (*so_far, *score)) {
            best = Some((merit, match_, Cast { listener, item, place, considered, there, back, settled }));
        }
    }
    best.map(|(.., cast)| cast).ok_or_else(|| {
        Failure::world("nothing in this community is worth showing")
            .hint("take another seed: `signal demo --seed N`")
    })
}

/// Items that came by trust, with words that say something and more than one reason.
async fn telling_items(
    engine: &Engine,
    listener: &UserAnswer,
) -> Result<Vec<(Person, FeedItem, usize, usize)>, Failure> {
    let page = engine.feed(listener.user.id, None, Some(ITEMS)).await?;
    let considered = page.basis.drops_considered;
    let telling = |item: &FeedItem| {
        let words = item.drop.words.as_ref().is_some_and(|words| WORDS.contains(&words.chars().count()));
        words && item.because == AffinityKind::Trust && item.reasons.len() > 1 && item.drop.track.is_some()
    };
    let items = page.items.into_iter().enumerate().filter(|(_, item)| telling(item));
    Ok(items.map(|(place, item)| (listener.user.clone(), item, place + 1, considered)).collect())
}

/// The author's newest drop that succeeded.
async fn success(engine: &Engine, item: &FeedItem) -> Result<Option<DropAnswer>, Failure> {
    let drops = engine.drops(Viewer::Operator, Some(item.drop.author.id), DROPS).await?;
    let succeeded = |drop: &DropAnswer| {
        drop.settlement.as_ref().is_some_and(|settlement| settlement.outcome == Outcome::Success)
    };
    Ok(drops.into_iter().find(|drop| drop.id != item.drop.id && drop.track.is_some() && succeeded(drop)))
}

/// How much an encounter has to tell: a path with names and artists in the feed, a track that joins the two, trust in
/// both directions, and directions that differ.
fn merit(item: &FeedItem, there: &CompatibilityAnswer, back: &CompatibilityAnswer) -> usize {
    let says = |told: fn(&FeedReason) -> bool| item.reasons.iter().any(told);
    let trusted = |answer: &CompatibilityAnswer| answer.trust_path.is_some_and(|strength| strength > 0.0);
    let track = there.bridge.as_ref().is_some_and(|bridge| bridge.contains(" - "));
    let told = [
        (4, track),
        (2, says(|reason| matches!(reason, FeedReason::TrustedPath { hops: 2.., .. }))),
        (2, says(|reason| matches!(reason, FeedReason::SharedArtists { .. }))),
        (2, trusted(there) && trusted(back)),
        (1, (there.score - back.score).abs() > 0.02),
    ];
    told.into_iter().filter(|(_, told)| *told).map(|(weight, _)| weight).sum()
}
