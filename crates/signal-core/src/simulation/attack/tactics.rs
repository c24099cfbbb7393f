//! What tells one attack from another.

use super::AttackKind;

/// How the attackers trust each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulation) enum Ring {
    /// As before, if at all.
    AsBefore,
    /// Everybody in a group everybody.
    Mutual,
    /// A few others at random.
    Random,
    /// As the people of a part of the community do.
    Replica,
}

/// Which honest people trust an attacker, one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulation) enum Fooled {
    /// None.
    Nobody,
    /// Anybody.
    Anyone,
    /// Verified people.
    Seeds,
    /// People whom many trust.
    Hubs,
}

/// Whether attackers change their ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulation) enum Turn {
    /// No.
    Never,
    /// They leave and come back.
    Return,
    /// They are honest at first, then stake all they have on anything, then fall silent.
    Run,
}

/// What attackers do beside voting for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulation) enum Trick {
    /// Nothing.
    None,
    /// They give good drops of others no star.
    Brigade,
    /// They show one history and taste.
    OneHistory,
    /// They show one verification token.
    OneToken,
}

/// How attackers behave.
#[derive(Debug, Clone, Copy)]
pub(in crate::simulation) struct Tactics {
    /// Real people, with the trust they have anyway; else accounts that were made for the attack.
    pub(in crate::simulation) real: bool,
    /// The size of their groups; none for one group of all.
    pub(in crate::simulation) ring_size: Option<usize>,
    pub(in crate::simulation) ring: Ring,
    pub(in crate::simulation) fooled: Fooled,
    /// Each so-manieth false account is verified.
    pub(in crate::simulation) verified_every: Option<usize>,
    pub(in crate::simulation) drops_a_day: f64,
    /// Songs looked at before one is dropped.
    pub(in crate::simulation) care: usize,
    /// Chance of rating a drop of the own group, with full stars.
    pub(in crate::simulation) praise: f64,
    /// What they say of it, as enjoyment.
    pub(in crate::simulation) says: f64,
    /// Hours within which they see it.
    pub(in crate::simulation) hours: usize,
    /// Chance of rating, honestly, a drop of others that they meet.
    pub(in crate::simulation) outside: f64,
    pub(in crate::simulation) trick: Trick,
    pub(in crate::simulation) turn: Turn,
}

/// False accounts that vote for each other within hours.
const SYBILS: Tactics = Tactics {
    real: false,
    ring_size: None,
    ring: Ring::Random,
    fooled: Fooled::Anyone,
    verified_every: None,
    drops_a_day: 0.06,
    care: 0,
    praise: 0.6,
    says: 1.0,
    hours: 3,
    outside: 0.0,
    trick: Trick::None,
    turn: Turn::Never,
};

/// Real people who vote for each other within hours.
const PEOPLE: Tactics = Tactics {
    real: true,
    ring_size: Some(10),
    ring: Ring::Mutual,
    fooled: Fooled::Nobody,
    drops_a_day: 0.1,
    praise: 0.9,
    outside: 0.1,
    ..SYBILS
};

impl Tactics {
    pub(in crate::simulation) const fn of(kind: AttackKind) -> Self {
        match kind {
            AttackKind::SybilReplica => Self { ring: Ring::Replica, ..SYBILS },
            AttackKind::SybilRandom => SYBILS,
            AttackKind::SeedTargeting => Self { fooled: Fooled::Seeds, ..SYBILS },
            AttackKind::HubTargeting => Self { fooled: Fooled::Hubs, ..SYBILS },
            AttackKind::RogueSeeds => Self { verified_every: Some(4), ..SYBILS },
            AttackKind::OneToken => Self { trick: Trick::OneToken, verified_every: Some(1), ..SYBILS },
            AttackKind::ForgedHistories => Self { trick: Trick::OneHistory, ring: Ring::Mutual, ..SYBILS },
            AttackKind::Whitewashing => Self {
                turn: Turn::Return,
                ring: Ring::AsBefore,
                fooled: Fooled::Nobody,
                praise: 0.0,
                drops_a_day: 0.2,
                ..PEOPLE
            },
            AttackKind::StakeAndRun => Self {
                turn: Turn::Run,
                ring: Ring::AsBefore,
                praise: 0.55,
                outside: 0.55,
                hours: 144,
                ..PEOPLE
            },
            AttackKind::VoteRing => PEOPLE,
            AttackKind::SlowRing => Self { hours: 140, praise: 0.8, drops_a_day: 0.06, ..PEOPLE },
            AttackKind::PraiseForPraise => {
                Self { ring_size: Some(5), hours: 48, praise: 1.0, outside: 0.2, drops_a_day: 0.13, ..PEOPLE }
            }
            AttackKind::Brigading => Self {
                trick: Trick::Brigade,
                praise: 0.0,
                drops_a_day: 0.01,
                care: 3,
                outside: 0.2,
                ..PEOPLE
            },
            AttackKind::QuietRing => {
                Self { says: 0.8, hours: 140, praise: 0.8, outside: 0.55, drops_a_day: 0.06, ..PEOPLE }
            }
            AttackKind::Camouflage => Self { outside: 0.55, hours: 72, ..PEOPLE },
        }
    }
}
