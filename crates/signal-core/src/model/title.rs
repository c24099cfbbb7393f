//! What a title says: the song, and which version of it.

use unicode_normalization::UnicodeNormalization;

use super::normalise_name;

/// How a recording departs from the song's main one. Two versions of a song are never one track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Played before people.
    Live,
    /// Made anew by somebody from the recording: remix, extended mix, somebody's edit.
    Remix,
    /// Played faster.
    SpedUp,
    /// Played slower.
    Slowed,
    /// Played without amplification.
    Acoustic,
    /// Without the voice.
    Instrumental,
    /// For others to sing to.
    Karaoke,
    /// Played by others.
    Cover,
    /// A draft or another take.
    Demo,
}

/// Which words, or pairs of words, tell a version; the first kind that fits is it.
const VERSIONS: [(Version, &[&str]); 9] = [
    (Version::Karaoke, &["karaoke", "backing track", "originally performed", "style of"]),
    (Version::Cover, &["cover", "tribute"]),
    (Version::SpedUp, &["sped", "spedup", "speed up", "nightcore"]),
    (Version::Slowed, &["slowed", "screwed"]),
    (Version::Live, &["live", "concert"]),
    (Version::Demo, &["demo", "rehearsal", "outtake", "take", "takes"]),
    (Version::Acoustic, &["acoustic", "unplugged", "stripped"]),
    (Version::Instrumental, &["instrumental"]),
    (
        Version::Remix,
        &[
            "remix", "remixed", "rmx", "mix", "edit", "rework", "reworked", "bootleg", "mashup", "flip",
            "vip", "extended", "dub",
        ],
    ),
];

/// Cuts of one recording: a difference in length says nothing against them.
const CUTS: [&str; 11] = [
    "radio edit",
    "radio version",
    "radio mix",
    "single version",
    "single edit",
    "single mix",
    "album version",
    "album edit",
    "edit",
    "short version",
    "full length version",
];

/// Remarks that change nothing.
const REMARKS: [&str; 17] = [
    "original mix",
    "original version",
    "original",
    "explicit",
    "explicit version",
    "clean",
    "clean version",
    "mono",
    "mono version",
    "mono mix",
    "stereo",
    "stereo version",
    "stereo mix",
    "bonus track",
    "deluxe",
    "deluxe edition",
    "deluxe version",
];

/// Words that begin the naming of guests.
const GUESTS: [&str; 3] = ["feat", "ft", "featuring"];

/// A title taken apart: `Song (feat. X) [Live at Y] - 2011 Remaster` is the song `song`, live.
///
/// ```
/// # use signal_core::model::{Title, Version};
/// let title = Title::read("Heroes (feat. Nobody) - Live at Home / Remastered 2011");
/// assert_eq!(title.song(), "heroes");
/// assert_eq!(title.versions(), [(Version::Live, "live at home".to_owned())]);
/// assert_eq!(title.canonical(), "heroes (live at home)");
/// assert_eq!(Title::read("HEROES - 2017 Remaster").canonical(), Title::read("Heroes").canonical());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    song: String,
    versions: Vec<(Version, String)>,
    cut: bool,
}

impl Title {
    /// Reads a title. What stands in brackets or after a dash is a version, a remark or a guest where its words are
    /// known as such, else a part of the song's name.
    pub fn read(title: &str) -> Self {
        let plain: String = title.nfkc().collect();
        let (mut name, mut versions, mut cut) = (String::new(), Vec::new(), false);
        for (place, part) in parts(&plain).into_iter().enumerate() {
            let form = normalise_name(&part.text);
            match if part.aside { remark(&form) } else { Remark::Name } {
                Remark::Version(version, words) => versions.push((version, words)),
                Remark::Cut => cut = true,
                Remark::Nothing => {}
                Remark::Name => {
                    if place > 0 {
                        name.push(' ');
                    }
                    name.push_str(&part.text);
                }
            }
        }
        let song = song_of(&name);
        if song.is_empty() {
            // Nothing but asides, such as `(Live)`: that is its name.
            return Self { song: artist_key(&plain), versions: Vec::new(), cut: false };
        }
        versions.sort_unstable();
        versions.dedup();
        Self { song, versions, cut }
    }

    /// The song's name in its normal form.
    pub fn song(&self) -> &str {
        &self.song
    }

    /// Which version of the song it is, with the words that say so, sorted; empty for the main recording.
    pub fn versions(&self) -> &[(Version, String)] {
        &self.versions
    }

    /// Whether it is a cut of the recording, such as a radio edit: its length says nothing then.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// The normal form under which titles are compared; reading it gives the same again.
    pub fn canonical(&self) -> String {
        let versions = self.versions.iter().map(|(_, words)| format!(" ({words})"));
        std::iter::once(self.song.clone()).chain(versions).collect()
    }
}

/// The normal form under which names of artists are compared, without guests.
///
/// ```
/// # use signal_core::model::artist_key;
/// assert_eq!(artist_key("Gorillaz feat. De La Soul"), "gorillaz");
/// ```
pub fn artist_key(artist: &str) -> String {
    without_guests(&normalise_name(artist))
}

/// What a bracket or a tail behind a dash says.
enum Remark {
    Version(Version, String),
    Cut,
    Nothing,
    Name,
}

fn remark(form: &str) -> Remark {
    let said: Vec<&str> = form.split(' ').collect();
    let is_remaster = |word: &str| word.starts_with("remaster");
    let remastered = said.iter().any(|word| is_remaster(word));
    let year = |word: &str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let of_remaster = |word: &str| is_remaster(word) || (remastered && (year(word) || word == "digital"));
    let rest: Vec<&str> = said.into_iter().filter(|word| !of_remaster(word)).collect();
    let words: Vec<&str> = rest.iter().copied().filter(|word| *word != "version").collect();
    let (rest, form) = (rest.join(" "), words.join(" "));
    let opens = |word: &&str| GUESTS.contains(word) || ["with", "prod"].contains(word);
    if rest.is_empty() || words.first().is_some_and(opens) {
        return Remark::Nothing;
    }
    let is_among = |known: &[&str]| known.contains(&rest.as_str()) || known.contains(&form.as_str());
    if is_among(&CUTS) {
        return Remark::Cut;
    }
    if is_among(&REMARKS) {
        return Remark::Nothing;
    }
    let tells = |sought: &str| {
        let sought: Vec<&str> = sought.split(' ').collect();
        words.windows(sought.len()).any(|window| window == sought)
    };
    match VERSIONS.iter().find(|(_, words)| words.iter().any(|sought| tells(sought))) {
        Some((version, _)) => Remark::Version(*version, form),
        None => Remark::Name,
    }
}

/// A piece of a title, and whether it stood in brackets or behind a dash.
struct Part {
    text: String,
    aside: bool,
}

/// The title in pieces at its outer brackets and its dashes between blanks. A bracket that is not closed reaches to the end.
fn parts(title: &str) -> Vec<Part> {
    let mut parts = vec![Part { text: String::new(), aside: false }];
    let (mut depth, mut behind_dash) = (0usize, false);
    let chars: Vec<char> = title.chars().collect();
    for (place, &c) in chars.iter().enumerate() {
        let blank =
            |place: Option<usize>| place.and_then(|p| chars.get(p)).is_some_and(|c| c.is_whitespace());
        match c {
            '(' | '[' | '{' => {
                depth += 1;
                if depth == 1 {
                    parts.push(Part { text: String::new(), aside: true });
                    continue;
                }
            }
            ')' | ']' | '}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    parts.push(Part { text: String::new(), aside: behind_dash });
                    continue;
                }
            }
            '-' | '–' | '—' if depth == 0 && blank(place.checked_sub(1)) && blank(Some(place + 1)) => {
                behind_dash = true;
                parts.push(Part { text: String::new(), aside: true });
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.text.push(c);
        }
    }
    parts
}

/// The normal form of a song's name, empty for a name of brackets and dashes alone.
fn song_of(name: &str) -> String {
    let form = normalise_name(name);
    if form.contains(char::is_alphanumeric) {
        return without_guests(&form);
    }
    // Signs are names too (`!!!`), but not those that would be read as something else the next time.
    let kept = form.chars().filter(|c| !"()[]{}-–—".contains(*c));
    kept.collect::<String>().trim().to_owned()
}

/// The words before those that name guests.
fn without_guests(form: &str) -> String {
    let words: Vec<&str> = form.split(' ').collect();
    let guests = words.iter().skip(1).position(|word| GUESTS.contains(word)).map_or(words.len(), |n| n + 1);
    words.get(..guests).unwrap_or(&words).join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn remarks_and_guests_change_nothing() {
        for same in [
            "Heroes",
            "HEROES",
            "“Heroes”",
            "Heroes (2017 Remaster)",
            "Heroes - Remastered 2011",
            "Heroes - 2011 Digital Remaster",
            "Heroes (feat. Somebody)",
            "Heroes [ft. Somebody & Another]",
            "Heroes featuring Somebody",
            "Heroes (with Somebody)",
            "Heroes - Radio Edit",
            "Heroes - Radio Edit / 2011 Remaster",
            "Heroes (Single Version)",
            "Heroes (Original Mix)",
            "Ｈｅｒｏｅｓ",
            "Hëroes [Explicit]",
        ] {
            assert_eq!(Title::read(same).canonical(), "heroes", "{same}");
        }
    }

    #[test]
    fn versions_are_kept_apart() {
        use Version::{Acoustic, Cover, Demo, Instrumental, Karaoke, Live, Remix, Slowed, SpedUp};
        for (title, version, canonical) in [
            ("Heroes (Live)", Live, "heroes (live)"),
            ("Heroes - Live / 2011 Remaster", Live, "heroes (live)"),
            ("Heroes - Live at Home 1983", Live, "heroes (live at home 1983)"),
            ("Heroes (Somebody Remix)", Remix, "heroes (somebody remix)"),
            ("Heroes (Somebody's Edit)", Remix, "heroes (somebodys edit)"),
            ("Heroes - Extended Mix", Remix, "heroes (extended mix)"),
            ("Heroes (Sped Up Version)", SpedUp, "heroes (sped up)"),
            ("Heroes - Slowed + Reverb", Slowed, "heroes (slowed reverb)"),
            ("Heroes [Acoustic Version]", Acoustic, "heroes (acoustic)"),
            ("Heroes (Instrumental)", Instrumental, "heroes (instrumental)"),
            ("Heroes (Karaoke Version)", Karaoke, "heroes (karaoke)"),
            ("Heroes (Somebody Cover)", Cover, "heroes (somebody cover)"),
            ("Heroes - Demo", Demo, "heroes (demo)"),
        ] {
            let read = Title::read(title);
            assert_eq!(read.canonical(), canonical, "{title}");
            assert_eq!(read.versions().iter().map(|v| v.0).collect::<Vec<_>>(), [version], "{title}");
        }
    }

    #[test]
    fn what_is_no_remark_belongs_to_the_song() {
        for (title, song) in [
            ("Another Brick in the Wall (Part 2)", "another brick in the wall part 2"),
            ("(I Can't Get No) Satisfaction", "i cant get no satisfaction"),
            ("Live Forever", "live forever"),
            ("Song - Interlude", "song interlude"),
            ("(Live)", "live"),
            ("()", "()"),
            ("Ft. Worth", "ft worth"),
            ("Mix-Tape", "mix tape"),
        ] {
            let read = Title::read(title);
            assert_eq!((read.song(), read.versions().len()), (song, 0), "{title}");
        }
        assert!(Title::read("Heroes (Radio Edit)").is_cut() && !Title::read("Heroes").is_cut());
    }

    proptest! {
        /// The normal form is its own normal form.
        #[test]
        fn canonical_is_idempotent(title in "([a-zA-Z0-9é '&.]{0,6}|live|remix|remaster|feat\\.|ft|with| - |\\(|\\)|\\[|\\]|edit|mix|2011| ){0,9}") {
            let once = Title::read(&title).canonical();
            prop_assert_eq!(Title::read(&once).canonical(), once, "{}", title);
        }
    }
}
