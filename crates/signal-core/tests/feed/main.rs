//! What a feed says, held against what is stored; and that its pages stay as they are while the community lives on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod pages;
mod reasons;
mod town;
