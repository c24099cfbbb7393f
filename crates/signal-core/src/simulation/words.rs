//! What people write about a track: sentences from a table, put together so that they read like people.

use super::dice::Dice;

/// How the track was met.
const FOUND: &[&str] = &[
    "Heard this on the night bus and missed my stop.",
    "A friend played this at breakfast and nobody said a word.",
    "Found it at the end of a three-hour rabbit hole.",
    "The shop on the corner had this on and I stood there like a fool.",
    "Someone left this in a shared mix and I owe them a coffee.",
    "I skipped this twice before it got me.",
    "Came for the opener, stayed for this one.",
    "Saw them play it to thirty people and it filled the room.",
    "Third listen today, and it is only noon.",
    "My sister sent this without a comment. No comment needed.",
    "This came on while I was cooking and the onions burned.",
    "Bought the record for another song, kept it for this one.",
    "Been walking home the long way because of it.",
    "Was about to close the tab when the chorus came.",
    "It rained, this came on, and suddenly the rain made sense.",
    "I usually run from {genre}; not from this.",
];

/// What is in it.
const INSIDE: &[&str] = &[
    "The bass does the talking, the voice just nods.",
    "Wait for the last minute: it turns inside out.",
    "The drums sound like somebody moving house, in the best way.",
    "Everything is a little out of tune and exactly right.",
    "One chord too many, and that one is the point.",
    "It is {genre} with the windows open.",
    "{artist} found a melody I could whistle after one play.",
    "The quiet part at two minutes is worth the wait.",
    "You can hear the room, and I want to live in it.",
    "Strings where you expect guitars, and then the guitars.",
    "Not a second too long.",
    "A voice that sounds like it just got up.",
    "The second verse answers the first, listen for it.",
    "Simple, stubborn, and it stays all day.",
    "Half the notes, twice the weight.",
    "That little organ in the back carries it all.",
];

/// Whom it is for.
const FOR: &[&str] = &[
    "For slow mornings.",
    "For the last train.",
    "Play it loud or not at all.",
    "If you like {genre}, start here.",
    "Headphones, please.",
    "For everyone who thinks {genre} is over.",
    "Good for long roads.",
    "Give it two plays.",
    "I would put my name under it, so I do.",
    "Sunday music.",
];

/// What a careless person writes.
const LAZY: &[&str] = &[
    "Just listen.",
    "This one slaps, trust me.",
    "{genre} forever!",
    "New favourite, I guess.",
    "{artist} again. You know why.",
    "Have not finished it yet but wow.",
];

/// What people answer.
const REMARKS: &[&str] = &[
    "Thank you for this.",
    "Not for me, but I get it.",
    "That last minute!",
    "Went straight into the evening list.",
    "The drums are too loud, the rest is lovely.",
    "How did I miss this?",
    "Played it to my flatmates, two converts.",
    "I hear what you mean about the voice.",
];

/// The words of a drop.
pub(super) fn of_drop(dice: &mut Dice, artist: &str, genre: &str, careful: bool) -> String {
    let mut draw = |table: &[&str]| dice.pick(table).copied().unwrap_or_default().to_owned();
    let text = if careful {
        let (found, inside, whom) = (draw(FOUND), draw(INSIDE), draw(FOR));
        match dice.below(3) {
            0 => format!("{found} {inside}"),
            1 => format!("{inside} {whom}"),
            _ => format!("{found} {whom}"),
        }
    } else {
        draw(LAZY)
    };
    filled(&text, artist, genre)
}

/// A remark under a drop.
pub(super) fn of_comment(dice: &mut Dice) -> &'static str {
    dice.pick(REMARKS).copied().unwrap_or_default()
}

fn filled(text: &str, artist: &str, genre: &str) -> String {
    let text = text.replace("{artist}", artist).replace("{genre}", genre);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gap_is_filled() {
        let mut dice = Dice::new(5, 5);
        for careful in [true, false] {
            for _ in 0..300 {
                let words = of_drop(&mut dice, "Orvane", "dub", careful);
                assert!(!words.contains(['{', '}']) && words.len() > 8, "{words}");
                assert!(words.chars().next().is_some_and(char::is_uppercase), "{words}");
            }
        }
        assert!(!of_comment(&mut dice).is_empty());
    }
}
