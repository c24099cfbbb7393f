//! Which genre a listener's tag means.

use super::vocabulary::{Genre, find};
use crate::model::normalise_name;

/// The genre that a listener's tag means, if it means one.
///
/// Capitals, accents, blanks and hyphens do not count. What is neither a name nor an alias is read in three ways, in
/// this order:
///
/// 1. It loses, one at a time, the words that leave its genre as it is: a closing `music`, a decade, a nation.
/// 2. In English the last word says what a thing is: `bittersweet pop` is pop. So a tag means the longest genre that it
///    ends in, where that genre's name can mean little else, and no word before makes a sentence or a denial of it.
/// 3. A list of genres and of words that leave a genre as it is (`ska, punk & dance`) means the first of them.
///
/// What then still names no genre (`seen live`, `80s`, `beautiful`) means none. Takes some microseconds.
///
/// ```
/// # use signal_core::taste::genres::resolve;
/// # let name = |tag| resolve(tag).map(|genre| genre.name());
/// assert_eq!(name("Hip-Hop"), Some("hip hop"));
/// assert_eq!(name("80s Swedish Metal"), Some("metal"));
/// assert_eq!(name("bittersweet synthpop"), Some("synth-pop"));
/// assert_eq!(name("seen live"), None);
/// ```
pub fn resolve(tag: &str) -> Option<Genre> {
    if tag.len() > LONGEST_TAG {
        return None;
    }
    let form = normalise_name(tag);
    let words: Vec<&str> = form.split(' ').collect();
    stripped(&words).or_else(|| headed(&words)).or_else(|| listed(&words))
}

/// Longer tags, in bytes, are sentences; looking at them word by word would cost much for nothing.
const LONGEST_TAG: usize = 128;

/// Tags of more words are sentences: their last word says little about the rest.
const MOST_HEADED: usize = 6;

/// The longest name of a genre, in words.
const LONGEST_NAME: usize = 6;

/// Closing words that leave the genre as it is: `soul music`, `synthpop artists`, `metal brasileiro`, `jazz pianists`.
const CLOSING: &str = "music musik musique muzik song songs single singles album albums artist artists band bands \
    group groups hits classics cover covers ballad ballads revival lovers fans women ladies girls divas female male \
    singer singers composer composers guitar guitarist guitarists piano pianist pianists sax saxophone argentino \
    brasileiro brasileira chileno espanol francais italiano mexicano nacional";

/// Opening words that leave the genre as it is: nations, `j` and `k` among them, and manners of playing.
/// Pairs of words are written as one: `old school`, `female fronted`.
const OPENING: &str = "american argentine asian australian austrian belarusian belgian brasil brazilian british \
    bulgarian canadian chilean chinese colombian croatian cuban czech danish deutsche deutscher dutch english \
    estonian european finnish french german greek hungarian icelandic indian indonesian irish israeli italian j \
    jamaican japanese k korean latvian lithuanian mexican newzealand norwegian polish portuguese romanian russian \
    scandinavian scottish serbian slovak slovenian southafrican southamerican spanish swedish swiss turkish \
    uk ukrainian us usa welsh \
    acoustic atmospheric brutal classic contemporary dark early experimental femalefronted heavy instrumental melodic \
    modern oldschool progressive technical traditional underground";

/// Decades in words; [`is_decade`] knows those in figures.
const DECADES: &str = "fifties sixties seventies eighties nineties";

/// Words between the genres of a list: `rock and pop`, `rock e pop`.
const BETWEEN: &str = "and n or und y e et";

/// Names of one word that can end a tag and mean little else there. Not `dance` ("let's dance"), `house` ("coffee
/// house"), `world`, `musical` ("high school musical"), `club`, `swing`, `opera`. A name of several words needs no such
/// care.
const HEADS: &str = "alternative ambient blues bluegrass chillout cantautor country deathcore disco downtempo drone \
    dub dubstep electro electronic electronica emo folk funk gospel goth grindcore grunge hardcore hiphop idm indie \
    industrial jazz metal metalcore mpb ost pop prog psychedelia psytrance punk rap reggae reggaeton rnb rock \
    rockabilly screamo ska soul soundtrack soundtracks synthpop techno trance vocals vocalist vocalists";

/// Words that make a tag a sentence, or a denial: `not emo`, `in love with this pop`, `better than metal`.
const SENTENCE: &str = "a an and anti are as at be been but by do does dont for from hate he i if in is it like lets \
    me never no non not of on she so than that these they this those to too us was we what who with without you your";

fn is_among(word: &str, words: &str) -> bool {
    words.split_whitespace().any(|candidate| candidate == word)
}

/// The genre of the whole tag, or of what is left without words that leave it alone.
fn stripped(words: &[&str]) -> Option<Genre> {
    let mut rest = words;
    loop {
        if let Some(genre) = find(&rest.concat()) {
            return Some(genre);
        }
        rest = shortened(rest)?;
    }
}

/// The words without one that leaves the genre as it is, the last first; none when there is no such word.
fn shortened<'a, 'b>(words: &'a [&'b str]) -> Option<&'a [&'b str]> {
    match words {
        [rest @ .., last] if !rest.is_empty() && (is_among(last, CLOSING) || is_decade(last)) => Some(rest),
        [first, second, rest @ ..] if !rest.is_empty() && is_among(&[*first, *second].concat(), OPENING) => {
            Some(rest)
        }
        [first, rest @ ..] if !rest.is_empty() && (is_among(first, OPENING) || is_decade(first)) => {
            Some(rest)
        }
        _ => None,
    }
}

/// The longest genre that the words end in, if it can stand as the head of a name.
fn headed(words: &[&str]) -> Option<Genre> {
    if words.len() > MOST_HEADED {
        return None;
    }
    (1..words.len()).find_map(|start| {
        let (before, head) = words.split_at_checked(start)?;
        let plain = !before.iter().any(|word| is_among(word, SENTENCE));
        let clear = head.len() > 1 || head.iter().any(|word| is_among(word, HEADS));
        if plain && clear { find(&head.concat()) } else { None }
    })
}

/// The first genre of a tag that is a list of genres and of nothing that would be news about them.
fn listed(words: &[&str]) -> Option<Genre> {
    let (mut first, mut rest) = (None, words);
    while let [word, after @ ..] = rest {
        let longest = (1..=rest.len().min(LONGEST_NAME)).rev();
        let found = longest
            .filter_map(|length| rest.split_at_checked(length))
            .find_map(|(name, after)| find(&name.concat()).map(|genre| (genre, after)));
        rest = match found {
            Some((genre, after)) => {
                first = first.or(Some(genre));
                after
            }
            None if leaves_alone(word) => after,
            None => return None,
        };
    }
    first
}

fn leaves_alone(word: &str) -> bool {
    [CLOSING, OPENING, BETWEEN].iter().any(|words| is_among(word, words)) || is_decade(word)
}

/// Whether a word is a decade: `80s`, `1980s`, `80er`, `eighties`.
fn is_decade(word: &str) -> bool {
    let figures = word.strip_suffix('s').or_else(|| word.strip_suffix("er"));
    let round = |text: &str| {
        matches!(text.len(), 2 | 4) && text.ends_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    figures.is_some_and(round) || is_among(word, DECADES)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(tag: &str) -> Option<&'static str> {
        resolve(tag).map(Genre::name)
    }

    #[test]
    fn spellings_of_one_genre_meet() {
        for (genre, tags) in [
            ("hip hop", "hiphop|Hip-Hop|rap|hip hop/rap"),
            ("r&b", "RnB|R'n'B|r and b|Rhythm & Blues"),
            ("drum and bass", "dnb|d&b|Drum 'n' Bass|drum n bass"),
            ("alternative rock", "alternative|alt rock|alt. rock"),
            ("electronic", "electronica|Electronic"),
            ("electropop", "electro pop|electro-pop"),
            ("singer-songwriter", "singer/songwriter|Singer-Songwriters"),
            ("forró", "forro|Forró"),
            ("latin rock", "rock en español|rock en espanol"),
            ("female vocals", "female vocalists|Female Vocalist|female voices|female-vocals"),
            ("ballad", "ballads|power ballads"),
        ] {
            for tag in tags.split('|') {
                assert_eq!(name(tag), Some(genre), "{tag}");
            }
        }
    }

    #[test]
    fn words_that_leave_the_genre_alone_are_taken_off() {
        for (genre, tags) in [
            ("soul", "soul music"),
            ("synth-pop", "synthpop artists|80s synth pop songs"),
            ("rock", "80s rock|80's rock|1980s rock|rock 80er|eighties rock|rock ballads"),
            ("death metal", "Swedish death metal|death metal brasileiro"),
            ("pop", "UK 80s pop music|pop covers|pop female singers"),
            ("metal", "female fronted metal|oldschool metal|Old-School metal|technical metal music|j-metal"),
            ("soundtrack", "soundtracks"),
            // A genre of its own comes before its parts.
            ("turkish pop", "turkish pop"),
            ("world", "world music"),
        ] {
            for tag in tags.split('|') {
                assert_eq!(name(tag), Some(genre), "{tag}");
            }
        }
    }

    #[test]
    fn the_last_word_says_what_it_is() {
        for (genre, tags) in [
            ("trip hop", "light trip-hop"),
            ("alternative rock", "straight up modern rock"),
            ("power metal", "christian power metal"),
            ("pop", "bittersweet pop|my favourite pop"),
            ("soundtrack", "garden state soundtrack"),
            ("hardcore punk", "straight edge hardcore"),
        ] {
            for tag in tags.split('|') {
                assert_eq!(name(tag), Some(genre), "{tag}");
            }
        }
    }

    #[test]
    fn a_list_means_its_first() {
        for (genre, tag) in [
            ("new wave", "new wave and eighties"),
            ("alternative metal", "alternative metal/dance"),
            ("ska", "ska, swing & dance"),
            ("visual kei", "visual kei and j-dance"),
        ] {
            assert_eq!(name(tag), Some(genre), "{tag}");
        }
    }

    #[test]
    fn what_is_no_genre_means_none() {
        let tags = "seen live|favorites|favourite songs|female|sexy|awesome|beautiful|love|love songs|mellow|british|\
            american|german|british music|80s|90s|80s music|1985|classic|best songs of the 80s|guitar|piano|american \
            idol|gossip girl|rocks|rock me babe|music|songs|progressive 1985|j|s|| |<3|!!!|not emo|anti-pop|\
            better than metal|queen of pop|let's dance|high school musical|coffee house|music for my soul|\
            beautiful music|good old times|covers|remix|atmospheric|relax";
        for tag in tags.split('|') {
            assert_eq!(name(tag), None, "{tag}");
        }
        assert_eq!(name(&format!("rock {}", "music ".repeat(100))), None, "a sentence, not a tag");
    }

    proptest! {
        /// Whatever somebody writes is read in the same way twice, and whatever case it is in.
        #[test]
        fn reading_is_stable(tag in "[ a-zA-Z0-9&/'-]{0,40}") {
            prop_assert_eq!(resolve(&tag), resolve(&tag.to_uppercase()));
            if let Some(genre) = resolve(&tag) {
                prop_assert_eq!(resolve(genre.name()), Some(genre));
            }
        }
    }
}
