//! Why a command changes nothing, in one line, with a hint.

use crate::model::{Points, Timestamp};
use crate::reputation::{Newcomer, RaisedMinimum, Regrowth};

/// A decision's no. The message is a lower-case fragment; [`Refusal::hint`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing, or the asker may not know of it.
    #[error("no such {what}")]
    NotFound {
        /// What was named.
        what: &'static str,
    },
    /// The account was only imported.
    #[error("this account is not claimed by a person yet")]
    Unclaimed,
    /// The account may not act.
    #[error("this account is frozen")]
    Frozen,
    /// There is one already.
    #[error("{what} exists already")]
    Exists {
        /// What.
        what: String,
    },
    /// A name is taken.
    #[error("{what} is taken")]
    Taken {
        /// Which name.
        what: String,
    },
    /// One may not do this to oneself.
    #[error("nobody can {what}")]
    Oneself {
        /// What was tried.
        what: &'static str,
    },
    /// The stake is below the minimum.
    #[error("the stake of {stake} points is below the minimum of {minimum}")]
    StakeTooSmall {
        /// What was offered.
        stake: Points,
        /// What is needed.
        minimum: Points,
        /// Why so much, and until when.
        raised: RaisedMinimum,
    },
    /// The stake is above the maximum.
    #[error("the stake of {stake} points is above the maximum of {maximum}")]
    StakeTooLarge {
        /// What was offered.
        stake: Points,
        /// What is allowed.
        maximum: Points,
    },
    /// There are not enough points.
    #[error("the stake of {stake} points is more than the {available} available")]
    NotEnoughPoints {
        /// What was offered.
        stake: Points,
        /// What there is.
        available: Points,
        /// The least that may be staked.
        minimum: Points,
        /// What is locked on open drops.
        staked: Points,
        /// What growing back takes, where it leads so far.
        regrowth: Option<Regrowth>,
    },
    /// Too many drops.
    #[error("{limit} drops in {hours} hours is the limit; the next one is possible at {until}")]
    TooManyDrops {
        /// How many are allowed.
        limit: u32,
        /// In how long.
        hours: i64,
        /// When to come back.
        until: Timestamp,
        /// Why others may make more, where they may.
        newcomer: Option<Newcomer>,
    },
    /// Too much of something on one UTC day.
    #[error("{limit} {what} a day is the limit; the next one is possible at {until}")]
    TooManyToday {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        limit: u32,
        /// When to come back.
        until: Timestamp,
        /// Why others may do more, where they may.
        newcomer: Option<Newcomer>,
    },
    /// The drop no longer takes this.
    #[error("this drop is {is}")]
    DropIs {
        /// Its condition.
        is: &'static str,
    },
    /// Nothing is due yet.
    #[error("this drop is not due before {until}")]
    NotDue {
        /// When to come back.
        until: Timestamp,
    },
    /// The circle does not take this.
    #[error("this circle is {is}")]
    CircleIs {
        /// Its condition.
        is: &'static str,
    },
    /// The circle has no seat left.
    #[error("this circle has {limit} members, and no seat is free")]
    CircleFull {
        /// How many seats there are.
        limit: usize,
    },
    /// One must be a member.
    #[error("only members of the circle can do this")]
    NotMember,
    /// One must be invited.
    #[error("this circle is by invitation")]
    NotInvited,
    /// The right is missing.
    #[error("only {who} can do this")]
    NotAllowed {
        /// Who may.
        who: &'static str,
    },
    /// A limit with a name was reached.
    #[error("{limit} is the limit for {what}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How many.
        limit: u64,
    },
    /// The policy cannot be used.
    #[error("{reason}")]
    Policy {
        /// Why.
        reason: String,
    },
    /// The entry cannot be reversed.
    #[error("entry {position} cannot be reversed: {reason}")]
    NotReversible {
        /// Which entry.
        position: u64,
        /// Why.
        reason: &'static str,
    },
}

impl Refusal {
    /// The instant from which the same wish can come true, where time is all it takes: of points that must grow back,
    /// together with a rating on each day until then.
    pub fn retry_at(&self) -> Option<Timestamp> {
        match self {
            Self::TooManyDrops { until, .. } | Self::TooManyToday { until, .. } | Self::NotDue { until } => {
                Some(*until)
            }
            Self::StakeTooSmall { raised, .. } => raised.enough_at,
            Self::NotEnoughPoints { regrowth, .. } => regrowth.map(|regrowth| regrowth.at),
            _ => None,
        }
    }

    /// What to do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unclaimed => "claim it first: `signal user claim`".to_owned(),
            Self::StakeTooSmall { minimum, raised, .. } => {
                format!("stake at least {minimum}{}", why_so_much(raised))
            }
            Self::StakeTooLarge { maximum, .. } => format!("stake at most {maximum}"),
            Self::NotEnoughPoints { available, minimum, staked, regrowth, .. } => {
                let most = if available < minimum {
                    format!("the least is {minimum}")
                } else {
                    format!("stake at most {available}")
                };
                most + &how_to_have_more(*staked, regrowth.as_ref())
            }
            Self::TooManyDrops { until, newcomer, .. } | Self::TooManyToday { until, newcomer, .. } => {
                format!("come back at {until}{}", why_so_few(newcomer.as_ref()))
            }
            Self::NotDue { until } => format!("come back at {until}"),
            Self::Taken { .. } => "choose another".to_owned(),
            Self::NotMember => "join the circle first".to_owned(),
            Self::NotInvited => "ask a member for an invitation".to_owned(),
            Self::CircleFull { .. } => "start a circle of your own".to_owned(),
            Self::Exists { .. } => "it stays as it is, and nothing is left to do".to_owned(),
            Self::Oneself { .. } => "leave it to others".to_owned(),
            Self::NotFound { .. }
            | Self::Frozen
            | Self::DropIs { .. }
            | Self::CircleIs { .. }
            | Self::NotAllowed { .. }
            | Self::Limit { .. }
            | Self::Policy { .. }
            | Self::NotReversible { .. } => return None,
        })
    }
}

/// The failures behind a minimum, when the oldest of them is forgotten, and whether a finding adds to them.
fn why_so_much(raised: &RaisedMinimum) -> String {
    let failures = match raised.failures {
        0 => String::new(),
        1 => format!(", for 1 failed drop in {} days", raised.days),
        failures => format!(", for {failures} failed drops in {} days", raised.days),
    };
    let falls =
        raised.falls_at.map(|at| format!("; at {at} it falls to {}", raised.falls_to)).unwrap_or_default();
    let found = match raised.found {
        0 => "",
        _ => "; a finding raises it, as long as each night's closing has it",
    };
    failures + &falls + found
}

/// What a newcomer's limit grows to, and how.
fn why_so_few(newcomer: Option<&Newcomer>) -> String {
    let Some(Newcomer { full, settled_days }) = newcomer else {
        return String::new();
    };
    format!(
        "; {full} once you have been here {settled_days} days and are verified or trusted, a share of them before, told \
         anew with every epoch"
    )
}

/// Where further points can come from.
fn how_to_have_more(staked: Points, regrowth: Option<&Regrowth>) -> String {
    let locked = if staked > Points::ZERO {
        format!("; {staked} more are locked on open drops until they settle")
    } else {
        String::new()
    };
    let grows = match regrowth {
        Some(Regrowth { days: 1, at }) => format!("; a rating mints the rest, from {at} on"),
        Some(Regrowth { days, at }) => {
            format!("; a rating a day mints the rest in {days} days, the last from {at} on")
        }
        None => "; points do not grow back so far, successful drops earn them".to_owned(),
    };
    locked + &grows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_say_when_to_come_back_and_why() {
        let at = Timestamp::from_seconds(1_767_225_600);
        let small = |failures, found, falls_at| Refusal::StakeTooSmall {
            stake: Points::whole(10),
            minimum: Points::from_milli(22_500),
            raised: RaisedMinimum {
                failures,
                found,
                days: 90,
                falls_at,
                falls_to: Points::whole(15),
                enough_at: falls_at,
            },
        };
        let told = small(2, 0, Some(at)).hint().expect("a hint");
        assert_eq!(
            told,
            "stake at least 22.500, for 2 failed drops in 90 days; at 2026-01-01T00:00:00Z it falls to 15.000"
        );
        assert_eq!(small(2, 0, Some(at)).retry_at(), Some(at));
        assert_eq!(small(0, 0, None).hint().expect("a hint"), "stake at least 22.500");
        assert_eq!(
            small(0, 3, None).hint().expect("a hint"),
            "stake at least 22.500; a finding raises it, as long as each night's closing has it"
        );
        assert_eq!(
            small(1, 3, None).hint().expect("a hint"),
            "stake at least 22.500, for 1 failed drop in 90 days; a finding raises it, as long as each night's closing has it"
        );
        let poor = |available, regrowth| Refusal::NotEnoughPoints {
            stake: Points::whole(15),
            available: Points::whole(available),
            minimum: Points::whole(10),
            staked: Points::whole(5),
            regrowth,
        };
        assert_eq!(
            poor(12, Some(Regrowth { days: 3, at })).hint().expect("a hint"),
            "stake at most 12.000; 5.000 more are locked on open drops until they settle; a rating a day mints the \
             rest in 3 days, the last from 2026-01-01T00:00:00Z on"
        );
        assert_eq!(poor(12, Some(Regrowth { days: 1, at })).retry_at(), Some(at));
        let told = poor(3, None).hint().expect("a hint");
        assert!(told.starts_with("the least is 10.000; 5.000 more") && told.ends_with("earn them"), "{told}");
        let many = |newcomer| Refusal::TooManyToday { what: "ratings", limit: 100, until: at, newcomer };
        assert_eq!(
            many(None).to_string(),
            "100 ratings a day is the limit; the next one is possible at 2026-01-01T00:00:00Z"
        );
        assert_eq!(many(None).hint().expect("a hint"), "come back at 2026-01-01T00:00:00Z");
        assert_eq!(
            many(Some(Newcomer { full: 250, settled_days: 14 })).hint().expect("a hint"),
            "come back at 2026-01-01T00:00:00Z; 250 once you have been here 14 days and are verified or trusted, a share \
             of them before, told anew with every epoch"
        );
        assert_eq!(many(None).retry_at(), Some(at));
        assert_eq!(Refusal::NotDue { until: at }.retry_at(), Some(at));
        assert_eq!(Refusal::Frozen.retry_at(), None);
    }
}
