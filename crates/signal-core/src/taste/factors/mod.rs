//! People and artists as a few dozen numbers each, fitted to who plays whom.
//!
//! Implicit-feedback alternating least squares (Hu, Koren and Volinsky, ICDM 2008) in the form of Rendle, Krichene,
//! Zhang and Koren, *Revisiting the Performance of iALS on Item Recommendation Benchmarks*, `RecSys` 2022:
//!
//! ```text
//! loss = Σ over plays (u, i)  w · (1 − x_u·y_i)²  +  α Σ over all (u, i)  (x_u·y_i)²
//!      + λ Σ_u (n_u + α · items)^ν ‖x_u‖²  +  λ Σ_i (n_i + α · users)^ν ‖y_i‖²        n: sum of a row's weights
//! ```
//!
//! [`FactorModel::fit`] fits it, [`FactorModel::refit`] goes on from an earlier fit, [`FactorModel::fold_in`] finds one
//! person's factors from their history alone. Everything runs on the current rayon pool, with the same bits on any
//! number of threads. Only products of factors mean anything: the axes of two fits differ.
//!
//! ```
//! use signal_core::taste::factors::{Cells, FactorModel, FactorSettings, Interactions};
//!
//! // Ann and Ben share two artists, and Ben plays artist 2 as well; Cleo lives elsewhere.
//! let plays = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 3), (2, 4)];
//! let plays = Interactions::new(3, 5, plays.map(|(user, artist)| (user, artist, 1.0)))?;
//! let model = FactorModel::fit(&plays, &FactorSettings { factors: 2, ..FactorSettings::default() })?;
//! let ann = model.fold_in(Cells::new(&[0, 1], &[1.0, 1.0]));
//! assert!(model.score(&ann, 2) > model.score(&ann, 3));
//! # Ok::<(), signal_core::taste::factors::FactorsError>(())
//! ```
//!
//! Formulas, a golden vector and figures: `docs/algorithms.md`, "Taste: factors".

mod als;
mod interactions;
mod kernel;
mod table;

pub use als::{FACTORS_MAX, FactorModel, FactorSettings};
pub use interactions::{Cells, Interactions, ROWS_MAX, WEIGHT_MAX};
pub use table::FactorTable;

/// Why factors cannot be fitted.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum FactorsError {
    /// More people or artists than a matrix holds.
    #[error("{users} people and {items} artists are too many: at most {ROWS_MAX} of each")]
    TooLarge {
        /// People.
        users: usize,
        /// Artists.
        items: usize,
    },
    /// A number without a row.
    #[error("person {user} or artist {item} lies outside the matrix")]
    Outside {
        /// The person's number.
        user: u32,
        /// The artist's number.
        item: u32,
    },
    /// A setting that no fit can have.
    #[error("{name} = {value} cannot be fitted with: {allowed}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it was.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// Fewer people or artists than the model that is to be fitted again.
    #[error("a matrix of {users} people and {items} artists lacks some whom the earlier model knows")]
    Shrunk {
        /// People.
        users: usize,
        /// Artists.
        items: usize,
    },
    /// Factors so large that they are no numbers.
    #[error("the factors have no axes: they are no finite numbers")]
    NoAxes,
}

#[cfg(test)]
mod tests;
