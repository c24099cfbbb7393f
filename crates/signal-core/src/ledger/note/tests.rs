use proptest::prelude::*;

use super::*;
use crate::model::Timestamp;

/// The example of Go's note package, which C2SP's signed notes come from.
const NEUMANN: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const NEUMANN_PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SAYING: &str = "If you think cryptography is the answer to your problem,\n\
                      then you don't know what your problem is.\n";
const SAYING_SIGNED: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn now() -> Timestamp {
    Timestamp::from_seconds(1_679_315_147)
}

#[test]
fn the_published_example_comes_out() {
    let key: SigningKey = NEUMANN.parse().expect("a key");
    assert_eq!(key.public().to_string(), NEUMANN_PUBLIC);
    assert_eq!(key.reveal(), NEUMANN);
    let note = Note::unsigned(SAYING.to_owned()).with(key.sign(SAYING, now()));
    assert_eq!(note.to_string(), format!("{SAYING}\n{SAYING_SIGNED}"));
    let read: Note = note.to_string().parse().expect("a note");
    assert_eq!(read, note);
    assert_eq!(read.signed_by(&NEUMANN_PUBLIC.parse().expect("a key")), Signed::Yes);
}

#[test]
fn a_witness_signs_the_instant_too() {
    let key = SigningKey::from_seed("witness.example/w1", KeyKind::Witness, &[7; 32]).expect("a key");
    let signature = key.sign(SAYING, now());
    assert!(key.public().verifies(SAYING, &signature));
    assert_eq!(signature.bytes[..8], 1_679_315_147_u64.to_be_bytes());
    let mut later = signature.clone();
    later.bytes[7] ^= 1;
    assert!(!key.public().verifies(SAYING, &later));
    // The same bytes as a ledger's key have another id, and sign something else.
    let log = SigningKey::from_seed("witness.example/w1", KeyKind::Log, &[7; 32]).expect("a key");
    assert!(!log.public().made(&signature));
}

#[test]
fn a_secret_is_not_shown() {
    let key: SigningKey = NEUMANN.parse().expect("a key");
    let shown = format!("{key:?}");
    assert!(shown.contains("PeterNeumann") && !shown.contains("AYEKFALV"), "{shown}");
    let told =
        NEUMANN.replace("c74f20a3", "c74f20a4").parse::<SigningKey>().expect_err("another id").to_string();
    assert!(!told.contains("AYEKFALV"), "{told}");
}

#[test]
fn texts_that_are_no_keys_are_refused() {
    for (text, wrong) in [
        ("", InvalidKey::Form("NAME+ID+KEY")),
        ("name", InvalidKey::Form("NAME+ID+KEY")),
        ("+c74f20a3+ARpc", InvalidKey::Name),
        ("a b+c74f20a3+ARpc", InvalidKey::Name),
        ("PeterNeumann+c74f20a3+ARpc", InvalidKey::Form("NAME+ID+KEY")),
        ("PeterNeumann+c74f20a3+Bhpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", InvalidKey::Type),
        ("PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", InvalidKey::Id),
    ] {
        assert_eq!(text.parse::<PublicKey>(), Err(wrong), "{text}");
    }
}

#[test]
fn texts_that_are_no_notes_are_refused() {
    let many = format!("{SAYING}\n{}", SAYING_SIGNED.repeat(MAX_NOTE_SIGNATURES + 1));
    for (note, wrong) in [
        (String::new(), InvalidNote::CutOff),
        (SAYING.to_owned(), InvalidNote::CutOff),
        (format!("{SAYING}\n"), InvalidNote::CutOff),
        (format!("{SAYING}\n{}", SAYING_SIGNED.trim_end()), InvalidNote::CutOff),
        (format!("{SAYING}\nx{SAYING_SIGNED}"), InvalidNote::Signature),
        (format!("{SAYING}\n{}", SAYING_SIGNED.replace('\u{2014}', "-")), InvalidNote::Signature),
        (format!("{SAYING}\r\n{SAYING_SIGNED}"), InvalidNote::Control),
        (many, InvalidNote::TooMany),
        (" ".repeat(MAX_NOTE_BYTES + 1), InvalidNote::TooLarge),
    ] {
        assert_eq!(note.parse::<Note>(), Err(wrong), "{note:?}");
    }
}

#[test]
fn a_false_signature_is_not_outweighed_by_a_good_one() {
    let key: PublicKey = NEUMANN_PUBLIC.parse().expect("a key");
    let mut bad: NoteSignature = SAYING_SIGNED.parse().expect("a signature");
    bad.bytes[0] ^= 1;
    let good: Note = format!("{SAYING}\n{SAYING_SIGNED}").parse().expect("a note");
    assert_eq!(good.clone().with(bad).signed_by(&key), Signed::Forged);
    let other = SigningKey::from_seed("PeterNeumann", KeyKind::Log, &[1; 32]).expect("a key");
    assert_eq!(good.signed_by(other.public()), Signed::No);
}

proptest! {
    /// No text makes the reader panic, and what it reads it writes again.
    #[test]
    fn reading_never_panics(note in "(?s).{0,200}", tail in "\u{2014}? ?[a-z+ ]{0,4} ?[A-Za-z0-9+/=]{0,16}\n?") {
        for text in [note.clone(), format!("{note}\n\n{tail}")] {
            if let Ok(read) = text.parse::<Note>() {
                prop_assert_eq!(read.to_string(), text);
            }
        }
        let _ = (note.parse::<PublicKey>(), note.parse::<SigningKey>());
    }
}
