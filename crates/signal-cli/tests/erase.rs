//! `signal erase`: not a word of the person is left in the file's bytes, and the ledger still verifies.

mod support;

use support::{LATER, Place, START};

/// Everything ana writes, each in a word that nothing else contains.
const WORDS: [&str; 7] = [
    "annabeleira",
    "spotify-quondam",
    "zanzibarlight",
    "umbrellafugue",
    "marzipanrant",
    "periwinkleclub",
    "gossamertoken",
];

/// What of the words is in any file of the store.
fn found(place: &Place) -> Vec<String> {
    let files = std::fs::read_dir(place.path(".")).expect("a folder").flatten();
    let mut found = Vec::new();
    for file in files.filter(|file| file.file_name().to_string_lossy().starts_with("signal.db")) {
        let bytes = std::fs::read(file.path()).expect("reads");
        let has =
            |word: &str| bytes.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
        found.extend(WORDS.iter().filter(|word| has(word)).map(|word| (*word).to_owned()));
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn nothing_that_a_person_wrote_is_left_in_the_bytes() {
    let place = Place::new();
    let [handle, claim, context, comment, reason, club, token] = WORDS;
    place.ok(START, &["user", "add", handle]);
    place.ok(START, &["user", "add", "bo"]);
    place.ok(START, &["--as", handle, "user", "claim", &format!("own:{claim}")]);
    place.ok(START, &["user", "verify", handle, "phone", "--token", token]);
    place.ok(START, &["--as", "bo", "drop", "add", "Moondog - Lament", "It walks."]);
    place.ok(START, &["--as", handle, "drop", "add", "Moondog - Bells", &format!("So {context} at night.")]);
    place.ok(START, &["--as", handle, "drop", "list"]);
    let list = place.json(LATER, &["drop", "list", "--by", "bo"]);
    let id = list["items"][0]["id"].as_str().expect("a drop").to_owned();
    place.ok(LATER, &["--as", handle, "drop", "rate", &id, "4"]);
    place.ok(LATER, &["--as", handle, "drop", "comment", &id, &format!("What a {comment}.")]);
    place.ok(LATER, &["--as", handle, "drop", "report", &id, &format!("Only a {reason}.")]);
    place.ok(LATER, &["--as", handle, "circle", "create", club]);
    let before = found(&place);
    // A token is kept as its digest only.
    assert!(before.iter().all(|word| word != token) && before.len() == WORDS.len() - 1, "{before:?}");
    place.ok(LATER, &["erase", handle, "--yes"]);
    assert_eq!(found(&place), Vec::<String>::new());
    place.ledger(LATER);
    assert_eq!(place.json(LATER, &["audit", "replay"])["equal"], true);
}
