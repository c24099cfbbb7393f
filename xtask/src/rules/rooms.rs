//! Which room of `signal-core` may know which.

/// A room whose imports are ruled, and the rooms it may import besides itself.
pub(super) struct Room {
    pub(super) name: &'static str,
    pub(super) may_import: &'static [&'static str],
    pub(super) why: &'static str,
}

const BELOW_ALGORITHMS: &[&str] = &[
    "model",
    "policy",
    "ledger",
    "trust",
    "taste",
    "compatibility",
    "reputation",
    "integrity",
    "feed",
    "privacy",
];
const BY_ARGUMENT: &str = "algorithms are given their data as arguments";

/// The rooms below the stores and the engine; the others may know whom they like.
pub(super) const ROOMS: &[Room] = &[
    Room { name: "model", may_import: &[], why: "the model stands on nothing of ours" },
    Room { name: "policy", may_import: &["model"], why: "the policy stands on the model alone" },
    Room {
        name: "ledger",
        may_import: &["model", "policy"],
        why: "the ledger is below the algorithms and the stores",
    },
    Room { name: "trust", may_import: BELOW_ALGORITHMS, why: BY_ARGUMENT },
    Room { name: "taste", may_import: BELOW_ALGORITHMS, why: BY_ARGUMENT },
    Room { name: "compatibility", may_import: BELOW_ALGORITHMS, why: BY_ARGUMENT },
    Room { name: "reputation", may_import: BELOW_ALGORITHMS, why: BY_ARGUMENT },
    Room { name: "integrity", may_import: BELOW_ALGORITHMS, why: BY_ARGUMENT },
    Room { name: "feed", may_import: BELOW_ALGORITHMS, why: BY_ARGUMENT },
    Room { name: "privacy", may_import: BELOW_ALGORITHMS, why: BY_ARGUMENT },
    Room {
        name: "decide",
        may_import: BELOW_ALGORITHMS,
        why: "a decision is a pure function of what it is given",
    },
];
