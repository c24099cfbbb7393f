//! The public test suite of providers: whoever passes it keeps the contract of [`VerificationProvider`].
//!
//! The suite plays the people; a [`Rig`] gives it a provider, contacts, the right answers and a clock. What it checks
//! grows with the contract; it is not covered by semantic versioning.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "this is test code that other crates run: a panic is how it says no"
)]

use std::future::Future;
use std::pin::Pin;

use super::{Answer, CheckId, Contact, Proof, StartedCheck, VerificationError, VerificationProvider};
use crate::model::{UserId, Verification};

/// A provider with everything around it, made anew for every case.
pub trait Rig: Send + Sync {
    /// The provider. All its levels are tried.
    fn provider(&self) -> &dyn VerificationProvider;

    /// A contact of a level; different numbers give different ones.
    fn contact(&self, level: Verification, number: u32) -> Contact;

    /// The same contact, written in another way where there is one.
    fn rewritten(&self, contact: &Contact) -> Contact;

    /// What a person who has the contact would answer.
    fn right(&self, started: &StartedCheck) -> Answer;

    /// What anybody else might answer.
    fn wrong(&self, started: &StartedCheck) -> Answer;

    /// Lets time pass.
    fn pass(&self, seconds: i64);
}

type Check = for<'a> fn(&'a dyn Rig, Verification) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// One sentence of the contract.
struct Case {
    name: &'static str,
    check: Check,
}

macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        &[$(Case { name: stringify!($case), check: |rig, level| Box::pin($case(rig, level)) }),+]
    };
}

const CASES: &[Case] = cases![
    the_right_answer_proves_the_level,
    one_contact_has_one_token,
    different_contacts_have_different_tokens,
    an_answer_is_taken_once,
    a_wrong_answer_says_how_many_are_left,
    after_too_many_answers_none_is_taken,
    an_answer_after_the_end_is_too_late,
    a_check_belongs_to_its_person,
    a_check_that_never_was_is_not_there,
    other_levels_are_not_checked,
    a_person_waits_after_too_many_checks,
    a_contact_waits_after_too_many_checks,
    nothing_secret_is_shown,
];

/// Runs every case for every level of the provider, each on a fresh rig. Panics at the first that fails; gives the names
/// of the cases.
pub async fn all<R: Rig>(fresh: impl Fn() -> R) -> Vec<&'static str> {
    let levels = fresh().provider().levels().to_vec();
    assert!(!levels.is_empty(), "a provider that checks nothing");
    for level in levels {
        for case in CASES {
            (case.check)(&fresh(), level).await;
        }
    }
    CASES.iter().map(|case| case.name).collect()
}

fn person(number: u128) -> UserId {
    UserId::from_uuid(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number))
}

async fn begun(rig: &dyn Rig, who: UserId, level: Verification, contact: &Contact) -> StartedCheck {
    rig.provider().begin(who, level, contact).await.expect("a check begins")
}

async fn answered(
    rig: &dyn Rig,
    who: UserId,
    started: &StartedCheck,
    answer: &Answer,
) -> Result<Proof, VerificationError> {
    rig.provider().complete(who, &started.id, answer).await
}

async fn proved(rig: &dyn Rig, who: UserId, level: Verification, contact: &Contact) -> Proof {
    let started = begun(rig, who, level, contact).await;
    answered(rig, who, &started, &rig.right(&started)).await.expect("the right answer is taken")
}

async fn the_right_answer_proves_the_level(rig: &dyn Rig, level: Verification) {
    let proof = proved(rig, person(1), level, &rig.contact(level, 1)).await;
    assert_eq!(proof.level, level, "another level was proved");
}

async fn one_contact_has_one_token(rig: &dyn Rig, level: Verification) {
    let contact = rig.contact(level, 1);
    let first = proved(rig, person(1), level, &contact).await;
    let other = proved(rig, person(2), level, &rig.rewritten(&contact)).await;
    assert!(first.token == other.token, "one contact would give two opening balances");
    rig.pass(400 * 86_400);
    let later = proved(rig, person(3), level, &contact).await;
    assert!(first.token == later.token, "one contact would give another opening balance a year later");
}

async fn different_contacts_have_different_tokens(rig: &dyn Rig, level: Verification) {
    let mut tokens = Vec::new();
    for level in std::iter::once(level).chain(rig.provider().levels().iter().copied().filter(|l| *l != level))
    {
        for number in 1..4 {
            let who = person(tokens.len() as u128 + 1);
            tokens.push(proved(rig, who, level, &rig.contact(level, number)).await.token);
        }
    }
    let number = tokens.len();
    tokens.sort_by(|a, b| a.reveal().cmp(b.reveal()));
    tokens.dedup();
    assert_eq!(tokens.len(), number, "two contacts or levels have one token");
}

async fn an_answer_is_taken_once(rig: &dyn Rig, level: Verification) {
    let started = begun(rig, person(1), level, &rig.contact(level, 1)).await;
    let right = rig.right(&started);
    assert!(answered(rig, person(1), &started, &right).await.is_ok());
    assert_eq!(answered(rig, person(1), &started, &right).await, Err(VerificationError::NoSuchCheck));
}

async fn a_wrong_answer_says_how_many_are_left(rig: &dyn Rig, level: Verification) {
    let started = begun(rig, person(1), level, &rig.contact(level, 1)).await;
    let attempts = rig.provider().limits().attempts;
    assert!(attempts > 1, "people mistype");
    let refused = answered(rig, person(1), &started, &rig.wrong(&started)).await;
    assert_eq!(refused, Err(VerificationError::WrongAnswer { left: attempts - 1 }));
    assert!(answered(rig, person(1), &started, &rig.right(&started)).await.is_ok(), "a second try is taken");
}

async fn after_too_many_answers_none_is_taken(rig: &dyn Rig, level: Verification) {
    let started = begun(rig, person(1), level, &rig.contact(level, 1)).await;
    let limit = rig.provider().limits().attempts;
    for wrong in 1..limit {
        let refused = answered(rig, person(1), &started, &rig.wrong(&started)).await;
        assert_eq!(refused, Err(VerificationError::WrongAnswer { left: limit - wrong }));
    }
    let last = answered(rig, person(1), &started, &rig.wrong(&started)).await;
    assert_eq!(last, Err(VerificationError::TooManyAttempts { limit }));
    let right = answered(rig, person(1), &started, &rig.right(&started)).await;
    assert_eq!(right, Err(VerificationError::TooManyAttempts { limit }), "guessing must not go on");
}

async fn an_answer_after_the_end_is_too_late(rig: &dyn Rig, level: Verification) {
    let valid = rig.provider().limits().valid_seconds;
    let contact = rig.contact(level, 1);
    let (early, late) =
        (begun(rig, person(1), level, &contact).await, begun(rig, person(1), level, &contact).await);
    rig.pass(valid - 1);
    let right = rig.right(&early);
    assert!(answered(rig, person(1), &early, &right).await.is_ok(), "the last second is in time");
    rig.pass(1);
    let right = rig.right(&late);
    let refused = answered(rig, person(1), &late, &right).await;
    assert_eq!(refused, Err(VerificationError::Expired { at: late.expires_at }));
}

async fn a_check_belongs_to_its_person(rig: &dyn Rig, level: Verification) {
    let started = begun(rig, person(1), level, &rig.contact(level, 1)).await;
    let right = rig.right(&started);
    assert_eq!(answered(rig, person(2), &started, &right).await, Err(VerificationError::NoSuchCheck));
    assert!(answered(rig, person(1), &started, &right).await.is_ok(), "a stranger used up the check");
}

async fn a_check_that_never_was_is_not_there(rig: &dyn Rig, level: Verification) {
    let started = begun(rig, person(1), level, &rig.contact(level, 1)).await;
    let right = rig.right(&started);
    for name in ["", "none", "../../x"] {
        let refused = rig.provider().complete(person(1), &CheckId::new(name), &right).await;
        assert_eq!(refused, Err(VerificationError::NoSuchCheck), "{name}");
    }
}

async fn other_levels_are_not_checked(rig: &dyn Rig, level: Verification) {
    let provider = rig.provider();
    assert!(!provider.levels().contains(&Verification::None), "nothing needs no check");
    for other in [Verification::None, Verification::Phone, Verification::Paid] {
        if !provider.levels().contains(&other) {
            let refused = provider.begin(person(1), other, &rig.contact(level, 1)).await;
            assert_eq!(
                refused,
                Err(VerificationError::Unsupported { provider: provider.name(), level: other })
            );
        }
    }
}

async fn a_person_waits_after_too_many_checks(rig: &dyn Rig, level: Verification) {
    waits(rig, level, |_| person(1), |rig, level, number| rig.contact(level, number)).await;
}

async fn a_contact_waits_after_too_many_checks(rig: &dyn Rig, level: Verification) {
    waits(rig, level, |number| person(number.into()), |rig, level, _| rig.contact(level, 1)).await;
}

async fn waits(
    rig: &dyn Rig,
    level: Verification,
    who: fn(u32) -> UserId,
    contact: fn(&dyn Rig, Verification, u32) -> Contact,
) {
    let (provider, limits) = (rig.provider(), rig.provider().limits());
    for number in 0..limits.begun {
        begun(rig, who(number), level, &contact(rig, level, number)).await;
        rig.pass(1);
    }
    let next = limits.begun;
    let refused = provider.begin(who(next), level, &contact(rig, level, next)).await;
    let error = refused.expect_err("one too many");
    let VerificationError::TooManyChecks { limit, hours, until } = error else {
        panic!("another refusal: {error}");
    };
    assert_eq!((limit, hours), (limits.begun, limits.begun_hours));
    assert_eq!(error.retry_at(), Some(until));
    rig.pass(limits.begun_hours * 3_600 - i64::from(limits.begun) - 1);
    let early = provider.begin(who(next), level, &contact(rig, level, next)).await;
    assert_eq!(
        early,
        Err(VerificationError::TooManyChecks { limit, hours, until }),
        "the wait must not grow"
    );
    rig.pass(1);
    begun(rig, who(next), level, &contact(rig, level, next)).await;
}

async fn nothing_secret_is_shown(rig: &dyn Rig, level: Verification) {
    let contact = rig.contact(level, 1);
    let started = begun(rig, person(1), level, &contact).await;
    let (right, wrong) = (rig.right(&started), rig.wrong(&started));
    let refused = answered(rig, person(1), &started, &wrong).await.expect_err("is wrong");
    let shown = format!("{started:?} {:?} {refused:?} {refused} {contact:?} {right:?}", rig.provider());
    let proof = answered(rig, person(1), &started, &right).await.expect("is right");
    let shown = format!("{shown} {proof:?} {:?}", rig.provider());
    for secret in [contact.reveal(), right.reveal(), proof.token.reveal()] {
        assert!(!shown.contains(secret), "a secret is shown");
    }
    assert!(!proof.token.reveal().contains(contact.reveal()), "the token tells the contact");
}
