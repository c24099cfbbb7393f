//! Invented names: artists and tracks from syllables, people from a table.

use std::collections::BTreeSet;

use super::dice::Dice;

const STARTS: &[&str] = &[
    "Ba", "Bre", "Ca", "Cor", "Da", "Dre", "E", "Fa", "Fen", "Ga", "Gri", "Ha", "Hol", "I", "Jo", "Ka",
    "Kel", "La", "Lo", "Ma", "Mer", "Na", "Nol", "O", "Or", "Pa", "Pel", "Qui", "Ra", "Rho", "Sa", "Sel",
    "Ta", "Tor", "U", "Va", "Vel", "Wen", "Ya", "Zo",
];
const MIDDLES: &[&str] = &[
    "bra", "da", "di", "go", "la", "li", "mo", "na", "ne", "ni", "ra", "ri", "ro", "sha", "ta", "ve", "vi",
    "zu",
];
const ENDS: &[&str] = &[
    "bek", "dal", "den", "dis", "fell", "kin", "kor", "lan", "lith", "mar", "men", "nar", "nok", "phin",
    "quen", "rav", "reth", "rin", "ska", "tan", "thar", "vane", "ven", "vik", "wyn", "zar",
];
const SECOND_WORDS: &[&str] = &[
    "Assembly",
    "Choir",
    "Collective",
    "District",
    "Ensemble",
    "Exchange",
    "Foundry",
    "Gardens",
    "Harbour",
    "Index",
    "Laundry",
    "Machine",
    "Orchestra",
    "Parade",
    "Quartet",
    "Relay",
    "Society",
    "Stereo",
    "Transit",
    "Weather",
];
const TITLE_FIRSTS: &[&str] = &[
    "Borrowed",
    "Brass",
    "Cardboard",
    "Copper",
    "Distant",
    "Eleven",
    "Empty",
    "Folded",
    "Half",
    "Hollow",
    "Idle",
    "Last",
    "Late",
    "Lower",
    "Narrow",
    "North",
    "Odd",
    "Paper",
    "Patient",
    "Quiet",
    "Salt",
    "Second",
    "Slow",
    "Spare",
    "Tin",
    "Upstairs",
    "Velvet",
    "Winter",
];
const TITLE_SECONDS: &[&str] = &[
    "Almanac",
    "Antenna",
    "Balcony",
    "Bicycle",
    "Calendar",
    "Carousel",
    "Corridor",
    "Elevator",
    "Ferry",
    "Harvest",
    "Kettle",
    "Ladder",
    "Lantern",
    "Letters",
    "Meridian",
    "Orchard",
    "Passenger",
    "Postcards",
    "Rooftop",
    "Semaphore",
    "Shoreline",
    "Staircase",
    "Tangent",
    "Telegram",
    "Tramline",
    "Umbrella",
    "Viaduct",
    "Window",
];
const PEOPLE: &[&str] = &[
    "ada", "aiko", "amir", "ana", "anders", "anouk", "arun", "bea", "bilal", "bruno", "carla", "chidi",
    "clara", "dana", "davor", "dina", "edo", "eli", "elif", "emre", "esme", "farid", "fay", "femi", "finn",
    "gita", "goran", "hana", "hugo", "ida", "ilya", "ines", "iris", "ivo", "jana", "jonas", "juno", "kai",
    "karim", "kofi", "lara", "leon", "lin", "lou", "luca", "mads", "maja", "malik", "mara", "mateo", "mei",
    "milo", "mina", "nadia", "nils", "noor", "nuno", "oda", "ola", "omar", "otto", "petra", "priya", "quinn",
    "rafa", "rania", "rosa", "ruben", "sam", "sana", "selma", "sol", "sven", "tara", "teo", "tess", "tilda",
    "tomas", "uma", "vera", "viktor", "wanda", "yara", "yuki", "zeno", "zoe",
];

fn text<'a>(dice: &mut Dice, from: &[&'a str]) -> &'a str {
    dice.pick(from).copied().unwrap_or_default()
}

/// An invented word of two or three syllables.
fn word(dice: &mut Dice) -> String {
    let middle = if dice.chance(0.45) { text(dice, MIDDLES) } else { "" };
    format!("{}{middle}{}", text(dice, STARTS), text(dice, ENDS))
}

fn artist_name(dice: &mut Dice) -> String {
    let first = word(dice);
    match dice.below(10) {
        0..=3 => first,
        4..=6 => format!("{first} {}", text(dice, SECOND_WORDS)),
        7 | 8 => format!("{first} {}", word(dice)),
        _ => format!("{first} & {}", word(dice)),
    }
}

fn title(dice: &mut Dice) -> String {
    match dice.below(8) {
        0..=3 => format!("{} {}", text(dice, TITLE_FIRSTS), text(dice, TITLE_SECONDS)),
        4 | 5 => format!("{} for {}", text(dice, TITLE_SECONDS), word(dice)),
        6 => format!("{} {}", word(dice), text(dice, TITLE_SECONDS)),
        _ => word(dice),
    }
}

/// Names of artists and tracks that are given once only.
#[derive(Debug, Default)]
pub(super) struct Names {
    given: BTreeSet<String>,
}

impl Names {
    /// An artist nobody else is called.
    pub(super) fn artist(&mut self, dice: &mut Dice) -> String {
        self.once(dice, "", artist_name)
    }

    /// A title that the artist has not used.
    pub(super) fn title(&mut self, dice: &mut Dice, artist: &str) -> String {
        self.once(dice, artist, title)
    }

    /// Draws until the name is new within its scope. The tables make far more names than any community needs.
    fn once(&mut self, dice: &mut Dice, scope: &str, draw: fn(&mut Dice) -> String) -> String {
        loop {
            let name = draw(dice);
            if self.given.insert(format!("{scope}\n{name}")) {
                return name;
            }
        }
    }
}

/// The handle of the `index`-th person: a name, and a number once the names are used up.
pub(super) fn handle(index: usize) -> String {
    // The step shares no factor with the length of the table, so that neighbours have unlike names.
    const STEP: usize = 37;
    let name = PEOPLE.get(index * STEP % PEOPLE.len()).copied().unwrap_or("user");
    match index / PEOPLE.len() {
        0 => name.to_owned(),
        round => format!("{name}{}", round + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Handle;

    #[test]
    fn handles_are_valid_and_distinct() {
        let handles: BTreeSet<String> = (0..5_000).map(handle).collect();
        assert_eq!(handles.len(), 5_000);
        for handle in &handles {
            assert!(handle.parse::<Handle>().is_ok(), "{handle}");
        }
    }

    #[test]
    fn no_two_artists_share_a_name() {
        let (mut names, mut dice) = (Names::default(), Dice::new(3, 1));
        let artists: BTreeSet<String> = (0..2_000).map(|_| names.artist(&mut dice)).collect();
        assert_eq!(artists.len(), 2_000);
        let titles: BTreeSet<String> = (0..40).map(|_| names.title(&mut dice, "Orvane")).collect();
        assert_eq!(titles.len(), 40);
    }
}
