//! Alternating least squares.

use std::num::FpCategory;

use rayon::prelude::*;

use super::FactorsError;
use super::interactions::{Cells, Direction, Interactions};
use super::kernel::{Effort, Scratch};
use super::table::{Axes, FactorTable};

/// More factors than this are noise with any number of people, and cost their cube.
pub const FACTORS_MAX: usize = 512;

/// Rows that one task solves.
const TASK_ROWS: usize = 64;

/// When a person's factors are final: single precision holds no more.
const FINAL: Effort = Effort { steps: 256, tolerance: 1e-6 };

/// Standard deviation of the first guess's length.
const SPREAD: f32 = 0.1;

/// How factors are fitted. The defaults fit what people play of a few hundred to a hundred thousand artists.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FactorSettings {
    /// Numbers a row, from 1 to [`FACTORS_MAX`].
    pub factors: usize,
    /// α: how much an artist counts whom somebody does not play, beside 1 for one whom they play; above 0.
    pub unobserved: f32,
    /// λ: how strongly factors are drawn to 0; above 0.
    pub regularisation: f32,
    /// ν: how much more strongly those of frequent people and artists are, in [0, 1]; 0 draws all alike.
    pub exponent: f32,
    /// Rounds in which artists, then people are solved.
    pub iterations: u32,
    /// Steps of conjugate gradients for a row and round; a row goes on from where the last round left it.
    pub steps: u32,
    /// Another seed starts elsewhere.
    pub seed: u64,
}

impl Default for FactorSettings {
    fn default() -> Self {
        Self {
            factors: 64,
            unobserved: 0.1,
            regularisation: 0.005,
            exponent: 1.0,
            iterations: 8,
            steps: 3,
            seed: 1,
        }
    }
}

impl FactorSettings {
    fn check(&self) -> Result<(), FactorsError> {
        let refuse = |name, value, allowed| Err(FactorsError::Setting { name, value, allowed });
        let positive = |value: f32| value.classify() == FpCategory::Normal && value > 0.0;
        if self.factors == 0 || self.factors > FACTORS_MAX {
            return refuse("factors", self.factors as f64, "choose from 1 to 512");
        }
        if !positive(self.unobserved) {
            return refuse("unobserved", self.unobserved.into(), "choose a number above 0");
        }
        if !positive(self.regularisation) {
            return refuse("regularisation", self.regularisation.into(), "choose a number above 0");
        }
        if !(0.0..=1.0).contains(&self.exponent) {
            return refuse("exponent", self.exponent.into(), "choose from 0 to 1");
        }
        Ok(())
    }

    /// λ (n + α · others)^ν, kept within what single precision can divide by.
    fn ridge(&self, cells: Cells<'_>, others: usize) -> f32 {
        let seen: f64 = cells.weights().iter().map(|weight| f64::from(*weight)).sum();
        let frequency = seen + f64::from(self.unobserved) * others as f64;
        let ridge = f64::from(self.regularisation) * libm::pow(frequency, self.exponent.into());
        #[expect(clippy::cast_possible_truncation, reason = "factors are single-precision")]
        let ridge = ridge as f32;
        ridge.max(f32::MIN_POSITIVE)
    }
}

/// The factors of people and artists.
#[derive(Debug, Clone)]
pub struct FactorModel {
    settings: FactorSettings,
    users: FactorTable,
    items: FactorTable,
    /// α times the squares of the artists' axes: the people's share of the normal equations that all have.
    squares: Vec<f32>,
}

impl FactorModel {
    /// Fits factors to plays. A round costs O(cells · factors · steps + rows · factors² + factors³), in parallel on the
    /// current rayon pool; memory is that of the factors.
    pub fn fit(plays: &Interactions, settings: &FactorSettings) -> Result<Self, FactorsError> {
        settings.check()?;
        let spread = SPREAD / (settings.factors as f32).sqrt();
        let users = FactorTable::random(plays.users(), settings.factors, settings.seed, spread);
        let items = FactorTable::zeros(plays.items(), settings.factors);
        let squares = vec![0.0; settings.factors];
        Self { settings: *settings, users, items, squares }.go_on(plays, settings.iterations)
    }

    /// Fits the same model to newer plays from where it stands, for so many rounds: one or two take in what a day brings.
    /// People and artists keep their numbers; new ones are appended. Costs what [`Self::fit`] does a round.
    pub fn refit(&self, plays: &Interactions, iterations: u32) -> Result<Self, FactorsError> {
        let (users, items) = (plays.users(), plays.items());
        if users < self.users.rows() || items < self.items.rows() {
            return Err(FactorsError::Shrunk { users, items });
        }
        let mut model = self.clone();
        model.users.grow(users);
        model.items.grow(items);
        model.solve_users(plays, FINAL);
        model.go_on(plays, iterations)
    }

    /// The model without its people: all that [`Self::fold_in`] needs.
    #[must_use]
    pub fn without_people(self) -> Self {
        Self { users: FactorTable::zeros(0, self.settings.factors), ..self }
    }

    /// A model without people from the artists' factors of a fitted one and its [`Self::squares`]. Refuses settings that
    /// no fit can have, and tables of another width.
    pub fn of_items(
        settings: FactorSettings,
        items: FactorTable,
        squares: Vec<f32>,
    ) -> Result<Self, FactorsError> {
        settings.check()?;
        if items.width() != settings.factors || squares.len() != settings.factors {
            let value = items.width() as f64;
            return Err(FactorsError::Setting { name: "width", value, allowed: "choose that of the tables" });
        }
        Ok(Self { users: FactorTable::zeros(0, settings.factors), settings, items, squares })
    }

    fn go_on(mut self, plays: &Interactions, iterations: u32) -> Result<Self, FactorsError> {
        let effort = Effort { steps: self.settings.steps, tolerance: FINAL.tolerance };
        for _ in 0..iterations {
            let squares = settle_axes(&self.settings, &mut self.users, &mut self.items)?;
            let ridge = |cells: Cells<'_>| self.settings.ridge(cells, plays.users());
            solve(&mut self.items, &self.users, plays.by_item(), &squares, ridge, effort);
            self.squares = settle_axes(&self.settings, &mut self.items, &mut self.users)?;
            self.solve_users(plays, effort);
        }
        if iterations == 0 {
            self.squares = settle_axes(&self.settings, &mut self.items, &mut self.users)?;
        }
        self.solve_users(plays, FINAL);
        Ok(self)
    }

    fn solve_users(&mut self, plays: &Interactions, effort: Effort) {
        let ridge = |cells: Cells<'_>| self.settings.ridge(cells, plays.items());
        solve(&mut self.users, &self.items, plays.by_user(), &self.squares, ridge, effort);
    }

    /// One person's factors from their full history: artists with weights as in [`Interactions`]. For a person of the
    /// fitted plays these are their factors. Artists whom the model does not know are ignored.
    ///
    /// Costs O(cells · factors · steps).
    pub fn fold_in(&self, history: Cells<'_>) -> Vec<f32> {
        let mut ids = Vec::with_capacity(history.len());
        let mut weights = Vec::with_capacity(history.len());
        for (item, weight) in history.iter().filter(|cell| cell.1 > 0.0) {
            if (item as usize) < self.items.rows() {
                ids.push(item);
                weights.push(weight.min(super::WEIGHT_MAX));
            }
        }
        let cells = Cells::new(&ids, &weights);
        let mut factors = vec![0.0; self.settings.factors];
        let ridge = self.settings.ridge(cells, self.items.rows());
        Scratch::new(self.settings.factors).solve(
            &mut factors,
            (&self.items, cells),
            (&self.squares, ridge),
            FINAL,
        );
        factors
    }

    /// How the model was fitted.
    pub fn settings(&self) -> &FactorSettings {
        &self.settings
    }

    /// α times the squared length of the artists' table along each of its axes.
    pub fn squares(&self) -> &[f32] {
        &self.squares
    }

    /// The people's factors.
    pub fn users(&self) -> &FactorTable {
        &self.users
    }

    /// The artists' factors.
    pub fn items(&self) -> &FactorTable {
        &self.items
    }

    /// How much a person with these factors is expected to like an artist: about 1 for those whom they play, about 0
    /// for the others; 0 for an unknown artist.
    pub fn score(&self, user: &[f32], item: u32) -> f32 {
        #[expect(clippy::cast_possible_truncation, reason = "factors are single-precision")]
        let score = wide_dot(user, self.items.row(item)) as f32;
        score
    }

    /// [`Self::score`] of all artists, by number. Costs O(artists · factors).
    pub fn scores(&self, user: &[f32]) -> Vec<f32> {
        self.items.scores(user)
    }

    /// What the fit makes small, in double precision. Costs O(cells · factors + rows · factors²).
    pub fn loss(&self, plays: &Interactions) -> f64 {
        let settings = &self.settings;
        let seen: f64 = plays
            .cells()
            .map(|(user, item, weight)| {
                let miss = 1.0 - wide_dot(self.users.row(user), self.items.row(item));
                f64::from(weight) * miss * miss
            })
            .sum();
        let (of_users, of_items) = (self.users.gram(), self.items.gram());
        let all: f64 = of_users
            .col_iter()
            .zip(of_items.col_iter())
            .flat_map(|(x, y)| x.iter().zip(y.iter()))
            .map(|(x, y)| x * y)
            .sum();
        let drawn = |table: &FactorTable, rows: Direction<'_>, others: usize| -> f64 {
            (0u32..)
                .zip(0..table.rows())
                .map(|(row, place)| {
                    let factors = table.row(row);
                    f64::from(settings.ridge(rows.row(place), others)) * wide_dot(factors, factors)
                })
                .sum()
        };
        seen + f64::from(settings.unobserved) * all
            + drawn(&self.users, plays.by_user(), plays.items())
            + drawn(&self.items, plays.by_item(), plays.users())
    }
}

/// Turns both tables into the axes of the first one's Gram matrix; returns α times its eigenvalues.
fn settle_axes(
    settings: &FactorSettings,
    fixed: &mut FactorTable,
    solved: &mut FactorTable,
) -> Result<Vec<f32>, FactorsError> {
    let axes = Axes::of(fixed)?;
    fixed.turn(&axes);
    solved.turn(&axes);
    Ok(axes.squares.iter().map(|square| square * settings.unobserved).collect())
}

/// Solves all rows of `to` with `fixed` as it stands.
fn solve(
    to: &mut FactorTable,
    fixed: &FactorTable,
    rows: Direction<'_>,
    squares: &[f32],
    ridge: impl Fn(Cells<'_>) -> f32 + Sync,
    effort: Effort,
) {
    let width = fixed.width();
    to.par_rows_mut(TASK_ROWS).enumerate().for_each_init(
        || Scratch::new(width),
        |scratch, (task, block)| {
            for (place, factors) in block.chunks_mut(width.max(1)).enumerate() {
                let cells = rows.row(task * TASK_ROWS + place);
                scratch.solve(factors, (fixed, cells), (squares, ridge(cells)), effort);
            }
        },
    );
}

fn wide_dot(x: &[f32], y: &[f32]) -> f64 {
    x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}
