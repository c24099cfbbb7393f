//! Drops: making, rating, commenting, reporting, taking back, moderating, settling.

use super::{Authority, Command, Decision, Refusal, World, check_day};
use crate::ledger::{DayCounts, DropState, DropStatus, Event, Outcome, Settlement, UserState};
use crate::model::{Account, CircleId, CommentId, DropId, Move, Points, Role, Stars, Text, TrackId, UserId};
use crate::policy::{Policy, StakePolicy};
use crate::reputation::{
    self, drop_allowed_at, minimum_stake, raised_minimum, recent_failures, regrowth, regrowth_due, window_end,
};

pub(super) fn decide(command: &Command, world: &World) -> Result<Decision, Refusal> {
    match command {
        Command::MakeDrop { drop, author, track, context, stake, circle } => {
            make(world, *drop, *author, *track, context.clone(), *stake, *circle)
        }
        Command::Rate { drop, rater, stars } => rate(world, *drop, *rater, *stars),
        Command::Comment { drop, comment, author, text } => {
            comment_on(world, *drop, *comment, *author, text.clone())
        }
        Command::Report { drop, reporter, reason } => report(world, *drop, *reporter, reason.clone()),
        Command::Withdraw { drop, author } => withdraw(world, *drop, *author),
        Command::Hide { drop, by, hidden } => hide(world, *drop, *by, *hidden),
        Command::Annul { drop, by, abuse } => annul(world, *drop, *by, *abuse),
        Command::Settle { drop } => settle(world, *drop),
        _ => Ok(Decision::default()),
    }
}

fn make(
    world: &World,
    drop: DropId,
    author: UserId,
    track: TrackId,
    context: Text,
    stake: Option<Points>,
    circle: Option<CircleId>,
) -> Result<Decision, Refusal> {
    let user = world.actor(author)?;
    if world.drop(drop).is_some() {
        return Err(Refusal::Exists { what: "this drop id".to_owned() });
    }
    if let Some(id) = circle {
        let circle = world.open_circle(id)?;
        circle.member(author).ok_or(Refusal::NotMember)?;
        if circle.frozen {
            return Err(Refusal::CircleIs { is: "frozen" });
        }
    }
    let stakes = world.policy().stakes;
    check_rate(world, user, &stakes)?;
    let found =
        if world.facts.admission.raised { world.policy().integrity.collusion.raised_failures } else { 0 };
    let failures = recent_failures(&user.failures, world.now, &stakes);
    let minimum = minimum_stake(failures.saturating_add(found), &stakes);
    // Points grow back to what it would be without a finding.
    let unfound = minimum_stake(failures, &stakes);
    let stake = stake.unwrap_or(minimum);
    if stake < minimum {
        let raised = raised_minimum(&user.failures, found, stake, world.now, &stakes);
        return Err(Refusal::StakeTooSmall { stake, minimum, raised });
    }
    if stake > stakes.maximum {
        return Err(Refusal::StakeTooLarge { stake, maximum: stakes.maximum });
    }
    if stake > user.available {
        return Err(Refusal::NotEnoughPoints {
            stake,
            available: user.available,
            minimum,
            staked: user.staked,
            regrowth: regrowth(user, stake, unfound, world.now, &stakes),
        });
    }
    let moves =
        vec![Move(Account::Available(user.pseudonym), -stake), Move(Account::Staked(user.pseudonym), stake)];
    let event = Event::DropMade { drop, author, track, context, stake, circle };
    Ok(Decision::moving(Some(author), event, moves))
}

/// As many drops as the author's share of all privileges allows.
fn check_rate(world: &World, user: &UserState, stakes: &StakePolicy) -> Result<(), Refusal> {
    let (limit, hours) = (world.facts.admission.allowed(stakes.rate_drops), stakes.rate_hours);
    let mine = StakePolicy { rate_drops: limit, ..stakes.clone() };
    let newcomer = world.facts.admission.newcomer(stakes.rate_drops);
    match drop_allowed_at(&user.recent_drops, world.now, &mine) {
        Some(until) => Err(Refusal::TooManyDrops { limit, hours, until, newcomer }),
        None => Ok(()),
    }
}

/// A drop that this person may see and act upon; a drop of a circle answers strangers like one that is not there.
fn reachable(world: &World, id: DropId, user: UserId) -> Result<&DropState, Refusal> {
    let missing = Refusal::NotFound { what: "drop" };
    let drop = world.drop(id).filter(|d| d.status != DropStatus::Erased).ok_or(missing.clone())?;
    match drop.circle {
        _ if drop.author == user => Ok(drop),
        _ if world.facts.blocked => Err(missing),
        Some(circle) if world.circle(circle).is_none_or(|c| c.member(user).is_none()) => Err(missing),
        _ => Ok(drop),
    }
}

fn rate(world: &World, id: DropId, rater: UserId, stars: Stars) -> Result<Decision, Refusal> {
    let user = world.actor(rater)?;
    let drop = reachable(world, id, rater)?;
    if drop.author == rater {
        return Err(Refusal::Oneself { what: "rate a drop of their own" });
    }
    match drop.status {
        DropStatus::Ended { outcome: Outcome::Withdrawn, .. } => {
            return Err(Refusal::DropIs { is: "withdrawn" });
        }
        DropStatus::Ended { outcome: Outcome::Annulled, .. } => {
            return Err(Refusal::DropIs { is: "removed" });
        }
        _ => {}
    }
    let allowance = allowance(world, user, drop.is_open());
    if world.facts.rated {
        // The first stars stay. Whoever cannot drop and has rated everything may still listen again: without this, a
        // few people who all failed would be stuck for good.
        let listens_again = !drop.is_open() && !allowance.events.is_empty();
        let exists = Refusal::Exists { what: "your rating of this drop".to_owned() };
        return if listens_again { Ok(allowance) } else { Err(exists) };
    }
    let today = DayCounts::of(user.day_counts, world.now.utc_day());
    check_day(world, today.ratings, world.policy().admission.ratings_a_day, "ratings")?;
    Ok(Decision::one(Some(rater), Event::DropRated { drop: id, rater, stars }).and(allowance))
}

/// The point that a day with a rating mints: of an open drop for who is short of points, of one that ended for who
/// cannot pay the minimum stake.
fn allowance(world: &World, user: &UserState, counted: bool) -> Decision {
    let stakes = world.policy().stakes;
    let minimum = minimum_stake(recent_failures(&user.failures, world.now, &stakes), &stakes);
    let holdings = user.available + user.staked;
    let today = world.now.utc_day();
    if !counted && holdings >= minimum {
        return Decision::default();
    }
    if !regrowth_due(holdings, user.verification, minimum, user.allowance_day, today, &stakes) {
        return Decision::default();
    }
    let moves = vec![
        Move(Account::Mint, -stakes.regrowth),
        Move(Account::Available(user.pseudonym), stakes.regrowth),
    ];
    Decision::moving(Some(user.id), Event::UserAllowancePaid { user: user.id, day: today }, moves)
}

fn comment_on(
    world: &World,
    id: DropId,
    comment: CommentId,
    author: UserId,
    text: Text,
) -> Result<Decision, Refusal> {
    world.actor(author)?;
    let drop = reachable(world, id, author)?;
    if drop.hidden || drop.words_withdrawn {
        return Err(Refusal::DropIs { is: "hidden" });
    }
    let limits = world.policy().limits;
    let counts = [
        (drop.comments, limits.comments_per_drop, "comments under one drop"),
        (world.facts.comments, limits.comments_per_person, "comments of one person under one drop"),
    ];
    if let Some((_, limit, what)) = counts.into_iter().find(|(count, limit, _)| count >= limit) {
        return Err(Refusal::Limit { what, limit: u64::from(limit) });
    }
    Ok(Decision::one(Some(author), Event::DropCommented { drop: id, comment, author, text }))
}

fn report(world: &World, id: DropId, reporter: UserId, reason: Text) -> Result<Decision, Refusal> {
    world.actor(reporter)?;
    let drop = reachable(world, id, reporter)?;
    if drop.author == reporter {
        return Err(Refusal::Oneself { what: "report a drop of their own" });
    }
    Ok(Decision::one(Some(reporter), Event::DropReported { drop: id, reporter, reason }))
}

fn withdraw(world: &World, id: DropId, author: UserId) -> Result<Decision, Refusal> {
    let user = world.actor(author)?;
    let drop = reachable(world, id, author)?;
    if drop.author != author {
        return Err(Refusal::NotAllowed { who: "the author" });
    }
    if drop.words_withdrawn {
        return Err(Refusal::DropIs { is: "withdrawn already" });
    }
    let policy = drop_policy(world);
    let deadline = drop.made_at.plus_seconds(policy.stakes.withdrawal_minutes.saturating_mul(60));
    let refunded = drop.is_open() && drop.ratings == 0 && world.now < deadline;
    let moves = if refunded { returned(user, drop.stake) } else { Vec::new() };
    Ok(Decision::moving(Some(author), Event::DropWithdrawn { drop: id, author, refunded }, moves))
}

fn returned(user: &UserState, points: Points) -> Vec<Move> {
    vec![Move(Account::Staked(user.pseudonym), -points), Move(Account::Available(user.pseudonym), points)]
}

/// A moderator of the drop's circle, or the operator.
fn moderator(world: &World, drop: &DropState, by: Authority) -> Result<Option<UserId>, Refusal> {
    let user = match by {
        Authority::Operator => return Ok(None),
        Authority::User(user) => user,
    };
    world.actor(user)?;
    let circle = drop.circle.and_then(|id| world.circle(id));
    match circle.and_then(|c| c.member(user)) {
        Some(member) if member.role >= Role::Moderator => Ok(Some(user)),
        Some(_) => Err(Refusal::NotAllowed { who: "a moderator of the circle" }),
        None if drop.circle.is_some() => Err(Refusal::NotFound { what: "drop" }),
        None => Err(Refusal::NotAllowed { who: "the operator" }),
    }
}

fn existing(world: &World, id: DropId) -> Result<&DropState, Refusal> {
    world.drop(id).filter(|d| d.status != DropStatus::Erased).ok_or(Refusal::NotFound { what: "drop" })
}

fn hide(world: &World, id: DropId, by: Authority, hidden: bool) -> Result<Decision, Refusal> {
    let drop = existing(world, id)?;
    let by = moderator(world, drop, by)?;
    if drop.hidden == hidden {
        return Ok(Decision::default());
    }
    if matches!(drop.status, DropStatus::Ended { outcome: Outcome::Annulled, .. }) {
        return Err(Refusal::DropIs { is: "removed" });
    }
    Ok(Decision::one(by, Event::DropHidden { drop: id, by, hidden }))
}

fn annul(world: &World, id: DropId, by: Authority, abuse: bool) -> Result<Decision, Refusal> {
    let drop = existing(world, id)?;
    let by = moderator(world, drop, by)?;
    if !drop.is_open() {
        return Err(Refusal::DropIs { is: "settled" });
    }
    if let Some(by) = by {
        check_moderator(world, drop, by)?;
    }
    let mut settlement = reputation::annulled(drop, world.now);
    if abuse {
        (settlement.returned, settlement.burnt) = (Points::ZERO, drop.stake);
    }
    let author = drop.author;
    let moves = settlement_moves(world.known(author)?, &settlement);
    Ok(Decision::moving(by, Event::DropAnnulled { drop: id, author, by, settlement }, moves))
}

/// A moderator removes drops of others who are not above them, and only while ratings gather: later the outcome is
/// the ratings' to decide.
fn check_moderator(world: &World, drop: &DropState, by: UserId) -> Result<(), Refusal> {
    if drop.author == by {
        return Err(Refusal::Oneself { what: "remove a drop of their own; `withdraw` takes it back" });
    }
    if world.now >= window_end(drop, &drop_policy(world).stakes) {
        return Err(Refusal::DropIs { is: "past its window; the ratings decide" });
    }
    let role =
        |user| drop.circle.and_then(|id| world.circle(id)).and_then(|c| c.member(user)).map(|m| m.role);
    if role(drop.author) >= role(by) {
        return Err(Refusal::NotAllowed { who: "someone above the author" });
    }
    Ok(())
}

/// The policy of the drop's creation.
fn drop_policy(world: &World) -> Policy {
    world.facts.drop_policy.clone().unwrap_or_else(|| world.policy())
}

fn settle(world: &World, id: DropId) -> Result<Decision, Refusal> {
    let drop = existing(world, id)?;
    if !drop.is_open() {
        return Ok(Decision::default());
    }
    let policy = drop_policy(world);
    let closed = drop.circle.and_then(|id| world.circle(id)).and_then(|circle| circle.closed_at);
    let facts = &world.facts.settlement;
    let Some(settlement) = reputation::settle(drop, facts, closed, &policy, world.now) else {
        let window = window_end(drop, &policy.stakes);
        let until = if world.now < window { window } else { reputation::fade_end(drop, &policy.stakes) };
        return Err(Refusal::NotDue { until });
    };
    let author = drop.author;
    let moves = settlement_moves(world.known(author)?, &settlement);
    let event = match settlement.outcome {
        Outcome::Faded => Event::DropFaded { drop: id, author, settlement },
        Outcome::Annulled => Event::DropAnnulled { drop: id, author, by: None, settlement },
        _ => Event::DropSettled { drop: id, author, settlement },
    };
    Ok(Decision::moving(None, event, moves))
}

fn settlement_moves(author: &UserState, settlement: &Settlement) -> Vec<Move> {
    vec![
        Move(Account::Staked(author.pseudonym), -(settlement.returned + settlement.burnt)),
        Move(Account::Available(author.pseudonym), settlement.returned + settlement.reward),
        Move(Account::Mint, -settlement.reward),
        Move(Account::Burn, settlement.burnt),
    ]
}
