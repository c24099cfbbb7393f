use proptest::prelude::*;

use super::*;
use crate::compatibility::Basis;
use crate::policy::Policy;

fn key() -> CardKey {
    CardKey::from_bytes([7; 32])
}

fn card(name: &str, artists: &[(&str, &str, u64)], genres: &[(&str, f64)]) -> TasteCard {
    let heard = artists.iter().map(|(name, claim, plays)| {
        ((*name).to_owned(), claim.parse().into_iter().collect::<Vec<Claim>>(), *plays)
    });
    let genres: Vec<_> = genres.iter().map(|(name, sure)| ((*name).to_owned(), *sure)).collect();
    TasteCard::make(name, heard.collect(), &genres, &key())
}

fn compared(a: &TasteCard, b: &TasteCard) -> CardComparison {
    compare(a, b, &Policy::default().compatibility)
}

/// Written by version 1; it must be read for ever.
const YESTERDAY: &str = include_str!("yesterday.json");

#[test]
fn cards_of_yesterday_are_read() {
    let read = TasteCard::from_json(YESTERDAY.as_bytes()).unwrap();
    let made = card(
        "ana",
        &[("Sigur Rós", "mbid:f6f2326f-6b25-4170-b89d-e235b25508e8", 80), ("Nina Simone", "", 20)],
        &[("post-rock", 0.66), ("jazz", 0.2), ("dub", 0.01)],
    );
    assert_eq!(read, made);
    assert_eq!(made.to_json(), YESTERDAY);
}

#[test]
fn golden_comparison() {
    // docs/algorithms.md, "Taste cards".
    let a = card("ana", &[("Low", "", 50), ("Can", "", 50)], &[("jazz", 0.8), ("soul", 0.4)]);
    let b = card("bo", &[("LOW", "", 20), ("Neu!", "", 80)], &[("jazz", 0.2), ("soul", 0.6), ("dub", 0.2)]);
    let found = compared(&a, &b);
    // Shares 50 and 50 against 20 and 50 (80 % is nearer to 50): √(50 · 20) / √(100 · 70).
    assert!((found.taste.unwrap() - 0.377_964_473).abs() < 1e-9, "{found:?}");
    assert_eq!(found.genre_overlap, Some(0.375));
    assert!((found.score - 0.376_976_315).abs() < 1e-9, "{}", found.score);
    assert_eq!(found.basis, Basis::Artists);
    assert_eq!(found.artists, [CardArtists { artist: "Low".into(), share_a: 50, share_b: 20 }]);
    assert_eq!(found.genres[0], CardGenres { genre: "soul".into(), confidence: 40 });
    assert_eq!((found.a_introduces, found.b_introduces), (vec!["Can".to_owned()], vec!["Neu!".to_owned()]));
}

#[test]
fn a_claim_joins_what_names_do_not_and_beats_them() {
    let mbid = "mbid:f6f2326f-6b25-4170-b89d-e235b25508e8";
    let a = card("ana", &[("Prince", mbid, 9)], &[]);
    let b = card("bo", &[("Prince", "mbid:other", 5), ("The Artist", mbid, 9)], &[]);
    let found = compared(&a, &b);
    assert_eq!(found.artists.len(), 1);
    assert_eq!(found.b_introduces, ["Prince"]);
}

#[test]
fn what_a_card_does_not_have_is_not_known() {
    let (full, genres) =
        (card("ana", &[("Low", "", 1)], &[("jazz", 0.5)]), card("bo", &[], &[("jazz", 1.0)]));
    let found = compared(&full, &genres);
    assert_eq!((found.basis, found.taste, found.genre_overlap), (Basis::Genres, None, Some(0.5)));
    let nothing = compared(&full, &card("cy", &[], &[]));
    assert_eq!((nothing.basis, nothing.score), (Basis::None, 0.0));
}

#[test]
fn every_change_is_named() {
    for (from, to) in [
        ("\"ana\"", "\"bob\""),
        (
            "\"Nina Simone\",\n      \"key\": \"nina simone\"",
            "\"Tina Simone\",\n      \"key\": \"tina simone\"",
        ),
        ("\"share\": 20", "\"share\": 50"),
        ("\"confidence\": 20", "\"confidence\": 25"),
        ("f6f2326f", "06f2326f"),
    ] {
        let changed = YESTERDAY.replacen(from, to, 1);
        assert_ne!(changed, YESTERDAY, "{from}");
        let found = TasteCard::from_json(changed.as_bytes());
        assert!(matches!(found, Err(CardError::Tampered { .. })), "{from}: {found:?}");
    }
    let other = card("ana", &[], &[]);
    let TasteCard { content, .. } = TasteCard::from_json(YESTERDAY.as_bytes()).unwrap();
    let forged = TasteCard { content, signature: other.signature }.to_json();
    let error = TasteCard::from_json(forged.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the card of ana was changed after it was signed, or its signature was: it is not genuine"
    );
}

#[test]
fn hostile_files_are_refused() {
    let read = |text: &str| TasteCard::from_json(text.as_bytes()).unwrap_err();
    assert_eq!(TasteCard::from_json(&vec![b' '; CARD_BYTES_MAX + 1]), Err(CardError::TooLarge));
    assert!(matches!(read("{"), CardError::Malformed { .. }));
    assert!(matches!(read(&"[".repeat(10_000)), CardError::Malformed { .. }));
    assert_eq!(read("{}"), CardError::Schema);
    assert_eq!(read(&YESTERDAY.replace("card/1", "card/2")), CardError::Schema);
    assert!(matches!(read(&YESTERDAY.replacen("\"name\"", "\"nam\"", 1)), CardError::Malformed { .. }));
    assert!(matches!(read(&YESTERDAY.replacen('{', "{\"played_at\": 3,", 1)), CardError::Malformed { .. }));
    assert!(matches!(
        read(&YESTERDAY.replacen("\"share\": 20", "\"share\": 21", 1)),
        CardError::Content { .. }
    ));
    assert!(matches!(
        read(&YESTERDAY.replacen("\"ana\"", "\"a\\u001b[31mna\"", 1)),
        CardError::Content { what: "its name" }
    ));
}

#[test]
fn a_card_says_neither_when_nor_how_often() {
    let text = card("ana", &[("Low", "", 987_654), ("Can", "", 123_457)], &[]).to_json();
    assert!(!text.contains("98765") && !text.contains("123457") && !text.contains("_at"), "{text}");
}

#[test]
fn a_card_of_whatever_was_heard_can_be_read() {
    let long = "x".repeat(500);
    let heard: Vec<Heard> = (0..300u64)
        .map(|n| (format!("Band {n}\u{1b}[0m"), Vec::new(), n))
        .chain([(long, Vec::new(), u64::MAX), ("\n".to_owned(), Vec::new(), 9)])
        .collect();
    let genres: Vec<_> =
        (0..40).map(|n| (format!("g{n}"), f64::from(n) / 40.0)).chain([("n".into(), f64::NAN)]).collect();
    let made = TasteCard::make("\u{202e}", heard, &genres, &key());
    assert_eq!((made.artists().len(), made.genres().len(), made.name()), (100, 32, "somebody"));
    assert_eq!(TasteCard::from_json(made.to_json().as_bytes()).unwrap(), made);
}

#[test]
fn a_key_keeps_its_secret() {
    let shown = format!("{:?}", key());
    assert!(!shown.contains("0707") && shown.starts_with("CardKey("), "{shown}");
    let again = CardKey::from_text(&key().to_text()).unwrap();
    assert_eq!(again.to_text(), key().to_text());
    assert_eq!(CardKey::from_text("77").unwrap_err(), InvalidKey);
}

#[test]
fn shares_and_confidences_are_coarse() {
    let found = [0.0, 0.001, 0.013, 0.015, 0.04, 0.3, 0.33, 1.0].map(share);
    assert_eq!(found, [1, 1, 1, 2, 5, 20, 50, 50]);
    assert_eq!([0.0, 0.02, 0.03, 0.66, 2.0].map(percent), [0, 0, 5, 65, 100]);
}

proptest! {
    /// Symmetric to the bit but for the sides, bounded, and 1 for equals with something on them.
    #[test]
    fn comparing_is_symmetric(
        a in prop::collection::vec(("[a-f]", 1u64..1_000), 0..6), b in prop::collection::vec(("[a-f]", 1u64..1_000), 0..6),
        genres in prop::collection::vec(("[g-j]", 0.0f64..1.0), 0..4),
    ) {
        let made = |name: &str, artists: &[(String, u64)], genres: &[(String, f64)]| {
            let heard = artists.iter().map(|(name, plays)| (name.clone(), Vec::new(), *plays)).collect();
            TasteCard::make(name, heard, genres, &key())
        };
        let (x, y) = (made("ana", &a, &genres), made("bo", &b, &genres[..genres.len() / 2]));
        let (there, back) = (compared(&x, &y), compared(&y, &x));
        prop_assert!((0.0..=1.0).contains(&there.score));
        prop_assert_eq!(there.score.to_bits(), back.score.to_bits());
        prop_assert_eq!((there.taste, there.genre_overlap, there.basis), (back.taste, back.genre_overlap, back.basis));
        prop_assert_eq!(there.a_introduces, back.b_introduces);
        prop_assert_eq!(there.artists.len(), back.artists.len());
    }

    /// Reading never panics, whatever stands there.
    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0usize..900) {
        let _ = TasteCard::from_json(&bytes);
        let mut near = YESTERDAY.as_bytes().to_vec();
        if let Some(byte) = near.get_mut(at) {
            *byte = bytes.first().copied().unwrap_or(b'x');
        }
        if let Ok(read) = TasteCard::from_json(&near) {
            prop_assert_eq!(read.name(), "ana");
        }
    }
}
