//! The drops of the list that was printed last, so that `signal drop rate 3 4.5` means its third.

use signal_core::model::DropId;

use crate::failure::Failure;
use crate::session::Session;

/// Digits of a number in a list. The last eight digits of an id may be decimal too, but they are eight.
const DIGITS: usize = 3;

/// The number that an argument is, where it is one.
pub(crate) fn number(text: &str) -> Option<usize> {
    let fits = !text.is_empty() && text.len() <= DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// Remembers a list. One that cannot be written, in a file that may only be read, is not: nobody asked for it.
pub(crate) async fn remember(session: &Session<'_>, drops: &[DropId]) -> Result<(), Failure> {
    let name = name(session).await?;
    if let Ok(value) = serde_json::to_vec(drops) {
        let _ = session.engine.store().put_state(&name, &value).await;
    }
    Ok(())
}

/// Forgets the list of the person who leaves.
pub(crate) async fn forget(session: &Session<'_>, user: signal_core::model::UserId) -> Result<(), Failure> {
    Ok(session.engine.store().remove_state(&format!("last_list:{user}")).await?)
}

/// The drop at a place of the last list, from 1.
pub(crate) async fn nth(session: &Session<'_>, number: usize) -> Result<DropId, Failure> {
    let stored = session.engine.store().state(&name(session).await?).await?.unwrap_or_default();
    let drops: Vec<DropId> = serde_json::from_slice(&stored).unwrap_or_default();
    let found = number.checked_sub(1).and_then(|place| drops.get(place).copied());
    found.ok_or_else(|| {
        let hint = "`signal drop list` and `signal feed` number their drops";
        Failure::wrong(format!("the last list has no number {number}")).hint(hint)
    })
}

async fn name(session: &Session<'_>) -> Result<String, Failure> {
    Ok(match session.me().await? {
        Some(user) => format!("last_list:{user}"),
        None => "last_list:operator".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_list_are_told_from_ids() {
        assert_eq!((number("3"), number("120")), (Some(3), Some(120)));
        for id in ["12345678", "1234", "-1", "+1", "a1", ""] {
            assert_eq!(number(id), None, "{id}");
        }
    }
}
