//! Names and documents.

use uuid::Uuid;

use super::fixtures::{accept, at, content, drop_id, register, user};
use crate::ledger::{ContentChange, Doc, DocKind};
use crate::store::{Page, Store};

pub(super) async fn empty_content_answers(store: &dyn Store) {
    assert_eq!(store.key("handle:nobody").await.expect("a name"), None);
    assert_eq!(store.keys(&[]).await.expect("names"), []);
    assert_eq!(store.keys(&["handle:nobody".to_owned()]).await.expect("names"), [None]);
    assert_eq!(store.keys_of(user(1).uuid()).await.expect("names"), Vec::<String>::new());
    assert_eq!(store.docs(DocKind::Drop, &[Uuid::nil()]).await.expect("docs"), [None]);
    assert_eq!(store.docs_under(DocKind::Comment, Uuid::nil(), 9).await.expect("docs"), []);
    assert_eq!(store.docs_of(user(1)).await.expect("docs"), []);
    assert_eq!(store.search("anything", &[DocKind::Drop], 9).await.expect("search"), []);
    assert_eq!(store.edges_from(user(1)).await.expect("edges"), []);
    assert_eq!(store.edges_to(user(1)).await.expect("edges"), []);
    assert_eq!(store.seats_of(user(1)).await.expect("seats"), []);
    assert_eq!(store.dials(user(1)).await.expect("dials"), None);
}

pub(super) async fn names_are_listed(store: &dyn Store) {
    accept(store, &[register(2, 0), register(1, 0)]).await;
    assert_eq!(store.keys_of(user(1).uuid()).await.expect("names"), ["claim:test:1", "handle:user-1"]);
    let all = store.all_keys(Page { after: None, limit: 9 }).await.expect("names");
    let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["claim:test:1", "claim:test:2", "handle:user-1", "handle:user-2"]);
    assert_eq!(all[3].1, user(2).uuid());
}

/// A document without owner and parent.
pub(super) fn doc(kind: DocKind, id: Uuid, text: &str) -> Doc {
    Doc { kind, id, owner: None, parent: None, at: at(0), text: text.to_owned() }
}

pub(super) async fn documents_are_kept_by_kind_and_id(store: &dyn Store) {
    let id = drop_id(1).uuid();
    let drop = Doc { owner: Some(user(1)), at: at(-5), ..doc(DocKind::Drop, id, "its words\nin two lines") };
    let comment = Doc { owner: Some(user(1)), parent: Some(id), ..doc(DocKind::Comment, id, "same id") };
    let other = Doc { owner: Some(user(2)), ..doc(DocKind::Drop, drop_id(2).uuid(), "") };
    let put = [&drop, &comment, &other].map(|doc| ContentChange::PutDoc(doc.clone()));
    accept(store, &[content(put.to_vec())]).await;
    let asked = [other.id, Uuid::nil(), id, id];
    let found = store.docs(DocKind::Drop, &asked).await.expect("docs");
    assert_eq!(found, [Some(other.clone()), None, Some(drop.clone()), Some(drop.clone())]);
    assert_eq!(
        store.docs_of(user(1)).await.expect("docs"),
        [comment.clone(), drop.clone()],
        "by kind, then id"
    );
    let replaced =
        Doc { owner: None, parent: Some(user(9).uuid()), at: at(9), text: "new words".into(), ..drop };
    let delete = ContentChange::DeleteDoc { kind: DocKind::Comment, id };
    accept(store, &[content(vec![ContentChange::PutDoc(replaced.clone()), delete.clone(), delete])]).await;
    assert_eq!(store.docs(DocKind::Drop, &[id]).await.expect("docs"), [Some(replaced.clone())]);
    assert_eq!(store.docs(DocKind::Comment, &[id]).await.expect("docs"), [None]);
    assert_eq!(store.docs_of(user(1)).await.expect("docs"), []);
    let all = store.all_docs(DocKind::Drop, Page { after: None, limit: 9 }).await.expect("docs");
    assert_eq!(all, [replaced, other]);
}

pub(super) async fn documents_are_listed_under_their_parent(store: &dyn Store) {
    let parent = drop_id(1).uuid();
    let under = |n, seconds, kind| Doc {
        parent: Some(parent),
        at: at(seconds),
        ..doc(kind, drop_id(n).uuid(), &format!("remark {n}"))
    };
    let late = under(10, 5, DocKind::Comment);
    let early = under(11, 1, DocKind::Comment);
    let same = under(12, 1, DocKind::Comment);
    let report = under(13, 0, DocKind::Report);
    let put = [&late, &same, &early, &report].map(|doc| ContentChange::PutDoc(doc.clone()));
    accept(store, &[content(put.to_vec())]).await;
    let listed = store.docs_under(DocKind::Comment, parent, 9).await.expect("docs");
    assert_eq!(listed, [early.clone(), same.clone(), late], "oldest first, then by id");
    assert_eq!(store.docs_under(DocKind::Comment, parent, 2).await.expect("docs"), [early, same]);
    assert_eq!(store.docs_under(DocKind::Report, parent, 2).await.expect("docs"), [report]);
}
