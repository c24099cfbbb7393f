//! What somebody wishes next. Much of it is refused: by the rules, not by who wishes.

use uuid::Uuid;

use super::super::dice::Dice;
use super::town::Town;
use crate::decide::{Authority, Command};
use crate::model::{
    CircleId, DropId, Hash, Points, Pseudonym, Role, Stars, Text, TrackId, TrustWeight, UserId, Verification,
};
use crate::policy::{Policy, StakePolicy};

/// Seconds before the newest entry to which the clock steps back at most.
const FARTHEST_BACK: i64 = 599;

impl Town {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.dice.fill(&mut bytes);
        bytes
    }

    fn uuid(&mut self) -> Uuid {
        Uuid::from_bytes(self.bytes())
    }

    fn someone(&mut self) -> UserId {
        self.dice.pick(&self.people).map_or_else(|| UserId::from_uuid(Uuid::nil()), |person| person.id)
    }

    fn some_drop(&mut self) -> DropId {
        let newest = self.open.len().saturating_sub(60);
        let place = if self.dice.chance(0.7) {
            newest + self.dice.below(60)
        } else {
            self.dice.below(self.open.len().max(1))
        };
        self.open
            .get(place)
            .or(self.open.last())
            .map_or_else(|| DropId::from_uuid(Uuid::nil()), |open| open.id)
    }

    fn some_circle(&mut self) -> CircleId {
        self.dice.pick(&self.circles).copied().unwrap_or_else(|| CircleId::from_uuid(Uuid::nil()))
    }

    fn text(&mut self) -> Option<Text> {
        let words = ["listen", "again and again", "écoute", "wait for the piano"];
        self.dice.pick(&words).and_then(|words| Text::new(words, 100).ok())
    }

    fn authority(&mut self) -> Authority {
        if self.dice.chance(0.5) { Authority::Operator } else { Authority::User(self.someone()) }
    }

    /// The clock goes on by minutes, sometimes by days, and sometimes back, as far as a ledger takes it.
    fn tick(&mut self) {
        let last = self.now;
        self.now = match self.dice.below(1_000) {
            0 => last.plus_days(1 + i64::try_from(self.dice.below(12)).unwrap_or(0)),
            1..=9 => last.plus_seconds(-i64::try_from(self.dice.below(300)).unwrap_or(0)),
            10..=400 => last,
            _ => last.plus_seconds(i64::try_from(self.dice.below(600)).unwrap_or(0)),
        };
        // Several steps back in a row would be more than a ledger takes.
        if let Some(newest) = self.head.last_at {
            self.now = self.now.max(newest.plus_seconds(-FARTHEST_BACK));
        }
    }

    /// The next wish, where somebody has one.
    pub(super) fn wish(&mut self) -> Option<Command> {
        self.tick();
        if self.people.len() < self.most {
            return Some(self.register());
        }
        Some(match self.dice.below(1_000) {
            0..=249 => return self.make_drop(),
            250..=599 => return self.rate(),
            600..=749 => {
                // The oldest are the ones that are due.
                let place = self.dice.below(self.open.len().clamp(1, 25));
                let oldest = self.open.get(place).map(|open| open.id);
                Command::Settle { drop: oldest.unwrap_or_else(|| self.some_drop()) }
            }
            750..=819 => self.trust(),
            820..=849 => {
                let level = [Verification::Phone, Verification::Paid];
                let level = self.dice.pick(&level).copied().unwrap_or(Verification::Phone);
                Command::Verify { user: self.someone(), level, token: Hash::from_bytes(self.bytes()) }
            }
            850..=879 => {
                let drop = self.some_drop();
                let author = self.open.iter().find(|open| open.id == drop).map(|open| open.author);
                Command::Withdraw { drop, author: author.unwrap_or_else(|| self.someone()) }
            }
            880..=899 => {
                Command::Annul { drop: self.some_drop(), by: self.authority(), abuse: self.dice.chance(0.3) }
            }
            900..=919 => return self.reverse(),
            920..=969 => return self.circle(),
            970..=979 => {
                Command::Hide { drop: self.some_drop(), by: self.authority(), hidden: self.dice.chance(0.5) }
            }
            980..=989 => Command::Freeze { user: self.someone(), frozen: self.dice.chance(0.3) },
            990..=993 => Command::CloseEpoch { tables: Hash::from_bytes(self.bytes()) },
            994..=995 => self.policy(),
            _ => Command::Erase { user: self.someone(), keep_drops: self.dice.chance(0.5) },
        })
    }

    fn register(&mut self) -> Command {
        Command::Register {
            user: UserId::from_uuid(self.uuid()),
            pseudonym: Pseudonym::from_bytes(self.bytes()),
            handle: None,
            claims: Vec::new(),
            claimed: true,
        }
    }

    fn make_drop(&mut self) -> Option<Command> {
        let stake = match self.dice.below(4) {
            0 => None,
            1 => Some(Points::from_milli(i64::try_from(self.dice.below(210_000)).unwrap_or(0))),
            _ => Some(Points::from_milli(10_000 + i64::try_from(self.dice.below(15_000)).unwrap_or(0))),
        };
        let circle = self.dice.chance(0.15).then(|| self.some_circle());
        Some(Command::MakeDrop {
            drop: DropId::from_uuid(self.uuid()),
            author: self.someone(),
            track: TrackId::from_uuid(self.uuid()),
            context: self.text()?,
            stake,
            circle,
        })
    }

    fn rate(&mut self) -> Option<Command> {
        let (drop, rater) = (self.some_drop(), self.someone());
        // A store's names see to it that nobody rates twice; here it is whoever has not.
        let person = self.people.iter().find(|person| person.id == rater).map(|person| person.pseudonym);
        let rated = self.open.iter().find(|open| open.id == drop);
        if rated.is_some_and(|open| open.ratings.iter().any(|rating| Some(rating.rater) == person)) {
            return self.make_drop();
        }
        let halves = if self.dice.chance(0.4) { self.dice.below(3) } else { self.dice.below(11) };
        let stars = Stars::from_halves(u8::try_from(halves).ok()?).ok()?;
        Some(Command::Rate { drop, rater, stars })
    }

    fn trust(&mut self) -> Command {
        let (from, to) = (self.someone(), self.someone());
        let weight = u16::try_from(1 + self.dice.below(10_000)).ok();
        let weight = weight.and_then(|weight| TrustWeight::from_ten_thousandths(weight).ok());
        Command::SetTrust { from, to, weight: weight.filter(|_| self.dice.chance(0.8)) }
    }

    fn reverse(&mut self) -> Option<Command> {
        let place = self.dice.below(self.moved.len().max(1));
        let position = self.moved.get(place).map_or(0, |(leaf, _)| leaf.position);
        Some(Command::Reverse { position, reason: self.text()? })
    }

    fn circle(&mut self) -> Option<Command> {
        let (circle, user) = (self.some_circle(), self.someone());
        Some(match self.dice.below(20) {
            0..=1 if self.circles.len() < 12 => Command::CreateCircle {
                circle: CircleId::from_uuid(self.uuid()),
                creator: user,
                name: self.text()?,
                focus: Vec::new(),
                invite_only: false,
            },
            0..=13 => Command::Join { circle, user },
            14..=16 => Command::Leave { circle, user },
            17 => Command::SetRole { circle, user, role: Role::Moderator, by: Authority::Operator },
            18 => Command::FreezeCircle { circle, by: Authority::Operator, frozen: self.dice.chance(0.2) },
            _ if self.dice.chance(0.1) => Command::CloseCircle { circle, by: self.authority() },
            _ => Command::RemoveMember { circle, user, by: self.authority() },
        })
    }

    /// Other stakes, windows and rates, for the drops made from now on.
    fn policy(&mut self) -> Command {
        let mut policy = Policy::default();
        let number = |dice: &mut Dice, from: i64, to: i64| {
            from + i64::try_from(dice.below(usize::try_from(to - from).unwrap_or(0) + 1)).unwrap_or(0)
        };
        let dice = &mut self.dice;
        policy.stakes = StakePolicy {
            minimum: Points::from_milli(number(dice, 1_000, 15_000)),
            window_days: number(dice, 1, 14),
            fade_days: number(dice, 1, 45),
            regrowth: Points::from_milli(number(dice, 100, 3_000)),
            failure_memory_days: number(dice, 10, 120),
            ..policy.stakes
        };
        Command::SetPolicy { policy: Box::new(policy) }
    }
}
