//! The methods, fitted.

use std::borrow::Borrow;

use super::ease::Ease;
use super::metrics::best;
use super::simple::{knn_scores, popularity};
use crate::taste::factors::{Cells, FactorModel, FactorSettings, FactorsError, Interactions};

/// A way to recommend artists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// What most people play.
    Popularity,
    /// Artists whose listeners are those of the listener's artists.
    ItemKnn,
    /// 64 factors, alone.
    Ials64,
    /// 128 factors, alone.
    Ials,
    /// Factors of three sizes, EASE and friends together.
    Signal,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Popularity, Self::ItemKnn, Self::Ials64, Self::Ials, Self::Signal];

    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::ItemKnn => "item-knn",
            Self::Ials64 => "ials-64",
            Self::Ials => "ials",
            Self::Signal => "signal",
        }
    }

    /// The sizes of the factor models that the method fits.
    fn factors(self) -> &'static [usize] {
        match self {
            Self::Popularity | Self::ItemKnn => &[],
            Self::Ials64 => &[64],
            Self::Ials => &[128],
            Self::Signal => &[48, 64, 128],
        }
    }
}

/// Somebody to recommend artists to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Listener<'a> {
    /// What they play, in full.
    pub history: Cells<'a>,
    /// Whom they trust: numbers of the fitted plays, with weights of the trust.
    pub friends: Cells<'a>,
}

/// How much the parts of [`Method::Signal`] count beside the factors' 1. Fixed numbers: `docs/algorithms.md`
/// says how they were found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blend {
    /// EASE.
    pub ease: f32,
    /// The mean of the friends' plays.
    pub friends: f32,
    /// EASE on the friends' plays, beside the friends' factors, for somebody without any history.
    pub cold_ease: f32,
}

impl Default for Blend {
    fn default() -> Self {
        Self { ease: 0.5, friends: 0.1, cold_ease: 0.5 }
    }
}

/// A fitted [`Method`], with the plays that it was fitted to: its own, or borrowed ones.
#[derive(Debug, Clone)]
pub struct Recommender<P> {
    method: Method,
    plays: P,
    models: Vec<FactorModel>,
    ease: Option<Ease>,
    popularity: Vec<f32>,
    blend: Blend,
}

impl<P: Borrow<Interactions>> Recommender<P> {
    /// Fits a method to plays, on the current rayon pool. Costs what [`FactorModel::fit`] and [`Ease::fit`] do.
    pub fn fit(method: Method, plays: P) -> Result<Self, FactorsError> {
        let known = plays.borrow();
        let fit = |factors: &usize| {
            FactorModel::fit(known, &FactorSettings { factors: *factors, ..FactorSettings::default() })
        };
        let models = method.factors().iter().map(fit).collect::<Result<_, _>>()?;
        let ease = if method == Method::Signal { Ease::fit(known) } else { None };
        let popularity = popularity(known);
        Ok(Self { method, plays, models, ease, popularity, blend: Blend::default() })
    }

    /// What it was fitted to.
    pub fn plays(&self) -> &Interactions {
        self.plays.borrow()
    }

    /// The same fit with other weights of its parts.
    #[must_use]
    pub fn with_blend(self, blend: Blend) -> Self {
        Self { blend, ..self }
    }

    /// Whether people become factors at all.
    pub fn has_factors(&self) -> bool {
        !self.models.is_empty()
    }

    /// A person's factors in each of the models, in the order of their sizes.
    pub fn fold_in(&self, history: Cells<'_>) -> Vec<Vec<f32>> {
        self.models.iter().map(|model| model.fold_in(history)).collect()
    }

    /// The `k` best artists, best first, without those of the history and the `masked`, which are sorted.
    pub fn recommend(&self, listener: Listener<'_>, masked: &[u32], k: usize) -> Vec<u32> {
        let mut out: Vec<u32> = masked.iter().chain(listener.history.ids()).copied().collect();
        out.sort_unstable();
        best(&self.scores(listener), &out, k)
    }

    /// The scores of all artists, by number: only their order means anything. Somebody without a history gets what
    /// friends play; without friends who play something, what most play.
    pub fn scores(&self, listener: Listener<'_>) -> Vec<f32> {
        if self.method == Method::Popularity {
            return self.popularity.clone();
        }
        let friends = self.friends_row(listener.friends);
        if !listener.history.is_empty() {
            return self.warm(listener.history, &friends);
        }
        if friends.ids.is_empty() {
            return self.popularity.clone();
        }
        self.cold(&friends)
    }

    fn warm(&self, history: Cells<'_>, friends: &Row) -> Vec<f32> {
        if self.method == Method::ItemKnn {
            return knn_scores(self.plays(), history);
        }
        let mut scores = self.factor_scores(|model| model.fold_in(history));
        if let Some(ease) = &self.ease {
            add(&mut scores, &ease.scores(history), self.blend.ease);
        }
        if self.method == Method::Signal {
            for (item, weight) in friends.cells().iter() {
                if let Some(score) = scores.get_mut(item as usize) {
                    *score += self.blend.friends * weight;
                }
            }
        }
        scores
    }

    fn cold(&self, friends: &Row) -> Vec<f32> {
        if self.method == Method::ItemKnn {
            return knn_scores(self.plays(), friends.cells());
        }
        let mut scores = self.factor_scores(|model| friends.mean_factors(model));
        if let Some(ease) = &self.ease {
            add(&mut scores, &ease.scores(friends.cells()), self.blend.cold_ease);
        }
        scores
    }

    /// The mean of the models' scores.
    fn factor_scores(&self, find: impl Fn(&FactorModel) -> Vec<f32>) -> Vec<f32> {
        let mut sum = vec![0.0; self.plays().items()];
        for model in &self.models {
            add(&mut sum, &model.scores(&find(model)), 1.0 / self.models.len() as f32);
        }
        sum
    }

    /// The weighted mean of the friends' rows, each cell as 1; friends who play nothing do not count.
    fn friends_row(&self, friends: Cells<'_>) -> Row {
        let heard: Vec<(u32, f32)> =
            friends.iter().filter(|(friend, _)| !self.plays().user(*friend).is_empty()).collect();
        let total: f32 = heard.iter().map(|friend| friend.1).sum();
        let mut cells: Vec<(u32, f32)> = heard
            .iter()
            .flat_map(|&(friend, weight)| {
                self.plays().user(friend).ids().iter().map(move |&item| (item, weight / total))
            })
            .collect();
        cells.sort_by_key(|cell| cell.0);
        cells.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let (ids, weights) = cells.into_iter().unzip();
        let friends = heard.into_iter().map(|(friend, weight)| (friend, weight / total)).collect();
        Row { ids, weights, friends }
    }
}

/// What friends play, as a row, and who of them plays anything.
#[derive(Debug, Default)]
struct Row {
    ids: Vec<u32>,
    weights: Vec<f32>,
    /// Friends with their shares of the whole.
    friends: Vec<(u32, f32)>,
}

impl Row {
    fn cells(&self) -> Cells<'_> {
        Cells::new(&self.ids, &self.weights)
    }

    fn mean_factors(&self, model: &FactorModel) -> Vec<f32> {
        let mut mean = vec![0.0; model.settings().factors];
        for &(friend, share) in &self.friends {
            add(&mut mean, model.users().row(friend), share);
        }
        mean
    }
}

/// sum += factor · numbers.
fn add(sum: &mut [f32], numbers: &[f32], factor: f32) {
    sum.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += factor * number);
}
