//! The genre vocabulary: which genres there are, which stands under which, and which one a listener's tag means.
//!
//! The table is data of this crate (`data/genres.tsv`; what it was made from: `data/README.md`). A few of its terms say
//! how something is played rather than what ([`Facet::Manner`]): they are genres too, because the most widespread open
//! list, that of `ID3v1`, numbers them as such. Decades, nations, moods, places and praise are none.

mod tags;
mod vocabulary;

pub use tags::resolve;
pub use vocabulary::{Facet, Genre, all, count, edition, named};
