//! Search over documents.

use super::content::doc;
use super::fixtures::{accept, content, drop_id};
use crate::ledger::{ContentChange, DocKind};
use crate::store::Store;

const KINDS: [DocKind; 2] = [DocKind::Drop, DocKind::Comment];
const NOTHING: [u32; 0] = [];

/// Puts drops with the given words, numbered from 1.
async fn put(store: &dyn Store, texts: &[&str]) {
    let docs = (1u32..)
        .zip(texts)
        .map(|(n, text)| ContentChange::PutDoc(doc(DocKind::Drop, drop_id(n).uuid(), text)));
    accept(store, &[content(docs.collect())]).await;
}

/// The numbers of the drops found, sorted.
async fn found(store: &dyn Store, words: &str) -> Vec<u32> {
    let hits = store
        .search(words, &KINDS, 100)
        .await
        .unwrap_or_else(|error| panic!("search for {words:?}: {error}"));
    let ranks: Vec<_> = hits.iter().map(|hit| hit.rank).collect();
    assert!(ranks.is_sorted_by(|a, b| a >= b), "best first: {ranks:?}");
    let mut found: Vec<_> = hits
        .iter()
        .map(|hit| (1..100).find(|n| drop_id(*n).uuid() == hit.doc.id).expect("a drop we put"))
        .collect();
    found.sort_unstable();
    found
}

pub(super) async fn words_match_as_beginnings(store: &dyn Store) {
    put(store, &["Slow burning dub", "A dubious claim", "Nothing of it"]).await;
    assert_eq!(found(store, "dub").await, [1, 2]);
    assert_eq!(found(store, "dubi").await, [2]);
    assert_eq!(found(store, "ub").await, NOTHING, "the middle of a word");
    assert_eq!(found(store, "dubs").await, NOTHING);
    assert_eq!(found(store, "").await, NOTHING);
    assert_eq!(found(store, " \t\n").await, NOTHING);
    assert_eq!(store.search("dub", &KINDS, 1).await.expect("search").len(), 1, "at most the limit");
    assert_eq!(store.search("dub", &KINDS, 0).await.expect("search"), []);
}

pub(super) async fn accents_and_case_do_not_matter(store: &dyn Store) {
    put(store, &["SIGUR RÓS at dawn", "sigur ros", "Дельфин и Ёлка", "坂本龍一", "Straße", "Ⅻ ﬁne"]).await;
    assert_eq!(found(store, "rós").await, [1, 2]);
    assert_eq!(found(store, "ROS sig").await, [1, 2]);
    assert_eq!(found(store, "дельф ёл").await, [3]);
    assert_eq!(found(store, "坂本").await, [4]);
    assert_eq!(found(store, "STRAß").await, [5]);
    assert_eq!(found(store, "xii fi").await, [6]);
}

pub(super) async fn all_words_must_match(store: &dyn Store) {
    put(store, &["late night bass", "late morning", "bass all night, too late"]).await;
    assert_eq!(found(store, "late night bass").await, [1, 3]);
    assert_eq!(found(store, "bass late").await, [1, 3], "in any order");
    assert_eq!(found(store, "late late").await, [1, 2, 3], "the same word twice");
    assert_eq!(found(store, "late absent").await, NOTHING);
    let many = vec!["late"; 3_000].join(" ");
    assert_eq!(found(store, &many).await, [1, 2, 3], "a very long question");
}

pub(super) async fn signs_are_harmless(store: &dyn Store) {
    put(store, &["rock and roll", "near the sea", "not or and", "!!! ???", "x%y_z", "semi;colon's"]).await;
    assert_eq!(found(store, "rock AND roll").await, [1]);
    assert_eq!(found(store, "rock & roll").await, [1], "& is read as and");
    assert_eq!(found(store, "NOT").await, [3]);
    assert_eq!(found(store, "OR").await, [3]);
    assert_eq!(found(store, "NEAR(sea the, 1)").await, NOTHING, "three words and a number");
    assert_eq!(found(store, "near(sea the)").await, [2]);
    assert_eq!(found(store, "!!!").await, [4], "a name without letters is found by its signs");
    assert_eq!(found(store, "?? !").await, [4]);
    for nothing in ["\"", "\"\"", "'", "*", "^", "(", "-", "--", ":", "%", "_", "{}", "\\", "\0", "\u{1}"] {
        assert_eq!(found(store, nothing).await, NOTHING, "{nothing:?}");
    }
    for rock in ["\"rock", "rock\"", "*rock*", "^rock", "(rock", "-rock", "rock:", "rock*"] {
        assert_eq!(found(store, rock).await, [1], "{rock:?}");
    }
    for absent in ["words:rock", "\"rock\" OR sea", "rock NOT roll", "{words}:rock"] {
        assert_eq!(found(store, absent).await, NOTHING, "{absent:?}");
    }
    assert_eq!(found(store, "x%y").await, [5]);
    assert_eq!(found(store, "'; DROP TABLE docs; --").await, NOTHING);
    assert_eq!(found(store, "colons").await, [6]);
}

pub(super) async fn only_the_kinds_asked_for_are_found(store: &dyn Store) {
    let docs = [DocKind::User, DocKind::Drop, DocKind::Comment, DocKind::Report, DocKind::Circle]
        .map(|kind| ContentChange::PutDoc(doc(kind, drop_id(1).uuid(), "echo")));
    accept(store, &[content(docs.to_vec())]).await;
    let kinds = async |asked: &[DocKind]| {
        let hits = store.search("echo", asked, 9).await.expect("search");
        let mut kinds: Vec<_> = hits.into_iter().map(|hit| hit.doc.kind).collect();
        kinds.sort_unstable();
        kinds
    };
    assert_eq!(kinds(&[DocKind::Drop]).await, [DocKind::Drop]);
    assert_eq!(kinds(&[DocKind::Circle, DocKind::User]).await, [DocKind::User, DocKind::Circle]);
    assert_eq!(kinds(&[]).await, []);
}

pub(super) async fn search_follows_changes(store: &dyn Store) {
    put(store, &["first words", "other words"]).await;
    put(store, &["second thoughts"]).await;
    assert_eq!(found(store, "first").await, NOTHING);
    assert_eq!(found(store, "second").await, [1]);
    let delete = ContentChange::DeleteDoc { kind: DocKind::Drop, id: drop_id(1).uuid() };
    accept(store, &[content(vec![delete])]).await;
    assert_eq!(found(store, "second").await, NOTHING);
    assert_eq!(found(store, "words").await, [2]);
}

pub(super) async fn the_better_fit_comes_first(store: &dyn Store) {
    let long = format!("{} dub", "many words about something else entirely ".repeat(10));
    put(store, &[&long, "dub", "no match", "dub dub techno"]).await;
    let hits = store.search("dub", &KINDS, 9).await.expect("search");
    assert_eq!(hits.len(), 3);
    assert_eq!(hits[2].doc.id, drop_id(1).uuid(), "one word among many fits worst");
}
