//! Plays held out for an evaluation, in a way that any program can repeat.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::recommender::Listener;
use crate::taste::factors::{Cells, FactorsError, Interactions};

/// Parts into which people are dealt where whole people are held out; each part is held out once.
pub const FOLDS: usize = 5;

/// Fewer people than this show nothing.
const LEAST_PEOPLE: usize = 10;

/// Who plays whom and who trusts whom, by number, with the names by which plays are held out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listening {
    /// People's names by number.
    pub users: Vec<String>,
    /// Artists' names by number.
    pub items: Vec<String>,
    /// Person and artist; what stands twice counts once. How often is not asked: relevance is binary.
    pub plays: Vec<(u32, u32)>,
    /// Who trusts whom, how much.
    pub trust: Vec<(u32, u32, f32)>,
}

/// What is held out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Of each person's artists a tenth for the test and a tenth for validation.
    Split,
    /// People whom the fit has never seen, a fifth at a time; a fifth of their artists are targets, the others their history.
    FoldIn,
    /// People whom the fit has never seen, a fifth at a time, with nothing but whom they trust; all their artists are targets.
    Cold,
}

/// Something to fit, and questions about what it has not seen.
#[derive(Debug, Clone)]
pub struct Exam {
    /// What may be learnt from.
    pub plays: Interactions,
    /// The questions that count.
    pub cases: Vec<Case>,
    /// Questions to choose hyper-parameters by; only [`Protocol::Split`] has any.
    pub validation: Vec<Case>,
}

/// One question: whom does this person play, beside the history?
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Case {
    /// Artists whom the method is told of, sorted.
    pub history: Vec<u32>,
    /// Weights of the history: each 1.
    pub weights: Vec<f32>,
    /// Whom the person trusts, by number.
    pub friends: Vec<u32>,
    /// How much, in parallel.
    pub trust: Vec<f32>,
    /// Artists that may not be named beside the history, sorted.
    pub masked: Vec<u32>,
    /// The answers, sorted, never empty.
    pub targets: Vec<u32>,
}

/// Why listening cannot be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ExamError {
    /// Too few people.
    #[error("{found} people who play something are too few to hold some out: give at least {LEAST_PEOPLE}")]
    TooFewPeople {
        /// How many there are.
        found: usize,
    },
    /// A cold start without trust.
    #[error("a cold start needs to know whom people trust: give trust edges among those who play something")]
    NoTrust,
    /// Numbers without names, or too many of them.
    #[error("holding out plays: {0}")]
    Factors(#[from] FactorsError),
}

/// Holds plays out. A person's artists are dealt in the order of SHA-256 over the UTF-8 text `"{seed},{user},{artist}"`,
/// people in that of SHA-256 over `"{seed},{user}"`, both by name:
///
/// - `Split`: of a person's n artists the first ⌊n/10⌋ (at least 1 from 3 artists on) are targets, the next as many
///   are validation, the rest is learnt from;
/// - `FoldIn`, `Cold`: the person at place p is held out in fold p mod [`FOLDS`]; in `FoldIn` the first ⌊n/5⌋ of their
///   artists (at least 1 from 2 on) are targets.
///
/// Friends are those whom a person trusts, in one direction; they are known by what is learnt from alone, so that somebody
/// who is held out is no help to another.
pub fn exams(listening: &Listening, protocol: Protocol, seed: u64) -> Result<Vec<Exam>, ExamError> {
    let rows = dealt(listening, seed)?;
    if rows.len() < LEAST_PEOPLE {
        return Err(ExamError::TooFewPeople { found: rows.len() });
    }
    let friends = friends(listening);
    if protocol == Protocol::Cold && !rows.keys().any(|user| friends.contains_key(user)) {
        return Err(ExamError::NoTrust);
    }
    if protocol == Protocol::Split {
        return Ok(vec![split(listening, &rows, &friends)?]);
    }
    let fold_of = people(listening, &rows, seed);
    (0..FOLDS)
        .map(|fold| held_out(listening, &rows, &friends, protocol, |user| fold_of.get(&user) == Some(&fold)))
        .collect()
}

type Rows = BTreeMap<u32, Vec<u32>>;
type Friends = BTreeMap<u32, Vec<(u32, f32)>>;

/// Each person's artists in the order of their hashes.
fn dealt(listening: &Listening, seed: u64) -> Result<Rows, ExamError> {
    let mut plays = listening.plays.clone();
    plays.sort_unstable();
    plays.dedup();
    let mut rows = Rows::new();
    for row in plays.chunk_by(|x, y| x.0 == y.0) {
        let Some(&(user, first)) = row.first() else { continue };
        let outside = |item| FactorsError::Outside { user, item };
        let name = listening.users.get(user as usize).ok_or_else(|| outside(first))?;
        let hashed = row.iter().map(|&(_, item)| {
            let artist = listening.items.get(item as usize).ok_or_else(|| outside(item))?;
            Ok((Sha256::digest(format!("{seed},{name},{artist}")), item))
        });
        let mut hashed = hashed.collect::<Result<Vec<_>, FactorsError>>()?;
        hashed.sort_unstable();
        rows.insert(user, hashed.into_iter().map(|(_, item)| item).collect());
    }
    Ok(rows)
}

/// Whom each person trusts; of several weights the largest, never oneself.
fn friends(listening: &Listening) -> Friends {
    let mut edges: Vec<(u32, u32, f32)> =
        listening.trust.iter().copied().filter(|edge| edge.0 != edge.1 && edge.2 > 0.0).collect();
    edges.sort_unstable_by(|x, y| (x.0, x.1).cmp(&(y.0, y.1)).then(y.2.total_cmp(&x.2)));
    edges.dedup_by_key(|edge| (edge.0, edge.1));
    let mut friends = Friends::new();
    for (from, to, weight) in edges {
        friends.entry(from).or_default().push((to, weight));
    }
    friends
}

/// The fold of each person.
fn people(listening: &Listening, rows: &Rows, seed: u64) -> BTreeMap<u32, usize> {
    let name = |user: u32| listening.users.get(user as usize).map_or("", String::as_str);
    let mut order: Vec<_> =
        rows.keys().map(|&user| (Sha256::digest(format!("{seed},{}", name(user))), user)).collect();
    order.sort_unstable();
    order.into_iter().zip((0..FOLDS).cycle()).map(|((_, user), fold)| (user, fold)).collect()
}

fn split(listening: &Listening, rows: &Rows, friends: &Friends) -> Result<Exam, ExamError> {
    let (mut train, mut cases, mut validation) = (Vec::new(), Vec::new(), Vec::new());
    for (&user, row) in rows {
        let tenth = if row.len() < 3 { 0 } else { (row.len() / 10).max(1) };
        let (targets, rest) = row.split_at_checked(tenth).unwrap_or_default();
        let (checked, known) = rest.split_at_checked(tenth).unwrap_or_default();
        train.extend(known.iter().map(|&item| (user, item, 1.0)));
        if !targets.is_empty() {
            cases.push(Case::new(user, friends, known, checked, targets));
            validation.push(Case::new(user, friends, known, &[], checked));
        }
    }
    let plays = Interactions::new(listening.users.len(), listening.items.len(), train)?;
    Ok(Exam { plays, cases, validation })
}

fn held_out(
    listening: &Listening,
    rows: &Rows,
    friends: &Friends,
    protocol: Protocol,
    out: impl Fn(u32) -> bool,
) -> Result<Exam, ExamError> {
    let (mut train, mut cases) = (Vec::new(), Vec::new());
    for (&user, row) in rows {
        if !out(user) {
            train.extend(row.iter().map(|&item| (user, item, 1.0)));
            continue;
        }
        let count = match protocol {
            Protocol::Cold => row.len(),
            Protocol::FoldIn | Protocol::Split if row.len() < 2 => 0,
            Protocol::FoldIn | Protocol::Split => (row.len() / 5).max(1),
        };
        let (targets, known) = row.split_at_checked(count).unwrap_or_default();
        // Who trusts nobody has nothing to start from.
        if !targets.is_empty() && (protocol != Protocol::Cold || friends.contains_key(&user)) {
            cases.push(Case::new(user, friends, known, &[], targets));
        }
    }
    let plays = Interactions::new(listening.users.len(), listening.items.len(), train)?;
    Ok(Exam { plays, cases, validation: Vec::new() })
}

impl Case {
    fn new(user: u32, friends: &Friends, history: &[u32], masked: &[u32], targets: &[u32]) -> Self {
        let sorted = |items: &[u32]| {
            let mut items = items.to_vec();
            items.sort_unstable();
            items
        };
        let (friends, trust) = friends.get(&user).into_iter().flatten().copied().unzip();
        Self {
            history: sorted(history),
            weights: vec![1.0; history.len()],
            friends,
            trust,
            masked: sorted(masked),
            targets: sorted(targets),
        }
    }

    /// The person as the methods see them.
    pub fn listener(&self) -> Listener<'_> {
        Listener {
            history: Cells::new(&self.history, &self.weights),
            friends: Cells::new(&self.friends, &self.trust),
        }
    }
}
