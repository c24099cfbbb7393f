//! Bridging: agreement across people who usually disagree weighs more than a mean (`docs/algorithms.md` §5.4).
//!
//! An epoch [`fit`]s what it knows of raters: how generous each is, and to which side their stars lean when people divide.
//! A settlement then asks what the neutral rater would say of one drop ([`bridge`]). The model is that of Wojcik et al.,
//! *Birdwatch: Crowd Wisdom and Bridging Algorithms can Inform Understanding and Reduce the Spread of Misinformation*
//! (2022), in the form that the guide of Community Notes gives it (*Note ranking algorithm*, section *Matrix
//! Factorization*): rating = μ + tendency of the rater + tendency of the item + side of the rater · side of the item. How it
//! is fitted, and how a settlement stays one of few sums, is our own.

mod decide;
mod fit;
mod table;
#[cfg(test)]
mod tests;

pub use decide::{Bridge, bridge, decide_score};
pub use fit::{RatedDrop, Stances, fit};
