//! Names, documents, edges, seats and dials.

use uuid::Uuid;

use super::fixtures::{accept, at, circle, content, drop_id, register, user, weight};
use crate::ledger::{ContentChange, Doc, DocKind};
use crate::model::{Audience, PrivacyDials, Role, TrustAudience};
use crate::store::{Edge, Page, Seat, Store};

pub(super) async fn empty_content_answers(store: &dyn Store) {
    assert_eq!(store.key("handle:nobody").await.expect("a name"), None);
    assert_eq!(store.keys(&[]).await.expect("names"), []);
    assert_eq!(
        store.keys(&["handle:nobody".to_owned()]).await.expect("names"),
        [None]
    );
    assert_eq!(
        store.keys_of(user(1).uuid()).await.expect("names"),
        Vec::<String>::new()
    );
    assert_eq!(
        store.docs(DocKind::Drop, &[Uuid::nil()]).await.expect("docs"),
        [None]
    );
    assert_eq!(
        store
            .docs_under(DocKind::Comment, Uuid::nil(), 9)
            .await
            .expect("docs"),
        []
    );
    assert_eq!(store.docs_of(user(1)).await.expect("docs"), []);
    assert_eq!(
        store
            .search("anything", &[DocKind::Drop], 9)
            .await
            .expect("search"),
        []
    );
    assert_eq!(store.edges_from(user(1)).await.expect("edges"), []);
    assert_eq!(store.edges_to(user(1)).await.expect("edges"), []);
    assert_eq!(store.seats_of(user(1)).await.expect("seats"), []);
    assert_eq!(store.dials(user(1)).await.expect("dials"), None);
}

pub(super) async fn names_are_listed(store: &dyn Store) {
    accept(store, &[register(2, 0), register(1, 0)]).await;
    assert_eq!(
        store.keys_of(user(1).uuid()).await.expect("names"),
        ["claim:test:1", "handle:user-1"]
    );
    let all = store
        .all_keys(Page {
            after: None,
            limit: 9,
        })
        .await
        .expect("names");
    let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["claim:test:1", "claim:test:2", "handle:user-1", "handle:user-2"]
    );
    assert_eq!(all[3].1, user(2).uuid());
}

/// A document without owner and parent.
pub(super) fn doc(kind: DocKind, id: Uuid, text: &str) -> Doc {
    Doc {
        kind,
        id,
        owner: None,
        parent: None,
        at: at(0),
        text: text.to_owned(),
    }
}

pub(super) async fn documents_are_kept_by_kind_and_id(store: &dyn Store) {
    let id = drop_id(1).uuid();
    let drop = Doc {
        owner: Some(user(1)),
        at: at(-5),
        ..doc(DocKind::Drop, id, "its words\nin two lines")
    };
    let comment = Doc {
        owner: Some(user(1)),
        parent: Some(id),
        ..doc(DocKind::Comment, id, "same id")
    };
    let other = Doc {
        owner: Some(user(2)),
        ..doc(DocKind::Drop, drop_id(2).uuid(), "")
    };
    let put = [&drop, &comment, &other].map(|doc| ContentChange::PutDoc(doc.clone()));
    accept(store, &[content(put.to_vec())]).await;
    let asked = [other.id, Uuid::nil(), id, id];
    let found = store.docs(DocKind::Drop, &asked).await.expect("docs");
    assert_eq!(
        found,
        [Some(other.clone()), None, Some(drop.clone()), Some(drop.clone())]
    );
    assert_eq!(
        store.docs_of(user(1)).await.expect("docs"),
        [comment.clone(), drop.clone()],
        "by kind, then id"
    );
    let replaced = Doc {
        owner: None,
        parent: Some(user(9).uuid()),
        at: at(9),
        text: "new words".into(),
        ..drop
    };
    let delete = ContentChange::DeleteDoc {
        kind: DocKind::Comment,
        id,
    };
    accept(
        store,
        &[content(vec![
            ContentChange::PutDoc(replaced.clone()),
            delete.clone(),
            delete,
        ])],
    )
    .await;
    assert_eq!(
        store.docs(DocKind::Drop, &[id]).await.expect("docs"),
        [Some(replaced.clone())]
    );
    assert_eq!(store.docs(DocKind::Comment, &[id]).await.expect("docs"), [None]);
    assert_eq!(store.docs_of(user(1)).await.expect("docs"), []);
    let all = store
        .all_docs(
            DocKind::Drop,
            Page {
                after: None,
                limit: 9,
            },
        )
        .await
        .expect("docs");
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
    assert_eq!(
        listed,
        [early.clone(), same.clone(), late],
        "oldest first, then by id"
    );
    assert_eq!(
        store.docs_under(DocKind::Comment, parent, 2).await.expect("docs"),
        [early, same]
    );
    assert_eq!(
        store.docs_under(DocKind::Report, parent, 2).await.expect("docs"),
        [report]
    );
}

pub(super) async fn the_last_of_several_changes_counts(store: &dyn Store) {
    let set = |ten_thousandths| ContentChange::SetEdge {
        from: user(1),
        to: user(2),
        weight: weight(ten_thousandths),
    };
    let remove = ContentChange::RemoveEdge {
        from: user(1),
        to: user(2),
    };
    let put = |text| ContentChange::PutDoc(doc(DocKind::Drop, drop_id(1).uuid(), text));
    let delete = ContentChange::DeleteDoc {
        kind: DocKind::Drop,
        id: drop_id(1).uuid(),
    };
    let sit = |role| ContentChange::SetMember {
        circle: circle(1),
        user: user(1),
        role,
    };
    let stand = ContentChange::RemoveMember {
        circle: circle(1),
        user: user(1),
    };
    let first = vec![
        set(1),
        remove.clone(),
        put("one"),
        delete.clone(),
        sit(Role::Member),
        stand.clone(),
    ];
    let second = vec![
        set(2),
        set(3),
        put("two"),
        put("three"),
        sit(Role::Creator),
        sit(Role::Moderator),
    ];
    accept(store, &[content(first), content(second)]).await;
    assert_eq!(
        store.edges_from(user(1)).await.expect("edges")[0].weight,
        weight(3)
    );
    assert_eq!(
        store.seats_of(user(1)).await.expect("seats")[0].role,
        Role::Moderator
    );
    let docs = store
        .docs(DocKind::Drop, &[drop_id(1).uuid()])
        .await
        .expect("docs");
    assert_eq!(docs[0].as_ref().expect("a document").text, "three");
    accept(
        store,
        &[
            content(vec![set(4), put("four"), sit(Role::Member)]),
            content(vec![remove, delete, stand]),
        ],
    )
    .await;
    assert_eq!(store.edges_from(user(1)).await.expect("edges"), []);
    assert_eq!(store.seats_of(user(1)).await.expect("seats"), []);
    assert_eq!(
        store
            .docs(DocKind::Drop, &[drop_id(1).uuid()])
            .await
            .expect("docs"),
        [None]
    );
}

pub(super) async fn edges_are_read_both_ways(store: &dyn Store) {
    let edge = |from, to, w| Edge {
        from: user(from),
        to: user(to),
        weight: weight(w),
    };
    let edges = [edge(1, 2, 1), edge(1, 3, 10_000), edge(2, 1, 7), edge(3, 2, 9)];
    let set = edges.map(|e| ContentChange::SetEdge {
        from: e.from,
        to: e.to,
        weight: e.weight,
    });
    accept(store, &[content(set.into_iter().rev().collect())]).await;
    assert_eq!(
        store.edges_from(user(1)).await.expect("edges"),
        edges[..2],
        "sorted by whom"
    );
    assert_eq!(
        store.edges_to(user(2)).await.expect("edges"),
        [edges[0], edges[3]],
        "sorted by who"
    );
    assert_eq!(
        store
            .all_edges(Page {
                after: None,
                limit: 9
            })
            .await
            .expect("edges"),
        edges
    );
    let remove = ContentChange::RemoveEdge {
        from: user(1),
        to: user(2),
    };
    accept(store, &[content(vec![remove.clone(), remove])]).await;
    assert_eq!(store.edges_to(user(2)).await.expect("edges"), [edges[3]]);
}

pub(super) async fn seats_are_read_by_person(store: &dyn Store) {
    let seat = |c, u, role| Seat {
        circle: circle(c),
        user: user(u),
        role,
    };
    let seats = [
        seat(1, 1, Role::Creator),
        seat(1, 2, Role::Member),
        seat(2, 1, Role::Moderator),
    ];
    let set = seats.map(|s| ContentChange::SetMember {
        circle: s.circle,
        user: s.user,
        role: s.role,
    });
    accept(store, &[content(set.into_iter().rev().collect())]).await;
    assert_eq!(
        store.seats_of(user(1)).await.expect("seats"),
        [seats[0], seats[2]],
        "sorted by circle"
    );
    assert_eq!(
        store
            .all_seats(Page {
                after: None,
                limit: 9
            })
            .await
            .expect("seats"),
        seats
    );
    let leave = ContentChange::RemoveMember {
        circle: circle(1),
        user: user(1),
    };
    accept(store, &[content(vec![leave])]).await;
    assert_eq!(store.seats_of(user(1)).await.expect("seats"), [seats[2]]);
}

pub(super) async fn dials_are_kept(store: &dyn Store) {
    let audiences = [Audience::Private, Audience::Friends, Audience::Public];
    let trust = [TrustAudience::Counts, TrustAudience::Public];
    for (n, history) in (1u32..).zip(audiences) {
        let dials = PrivacyDials {
            history,
            taste: audiences[n as usize % 3],
            trust: trust[n as usize % 2],
        };
        accept(
            store,
            &[content(vec![ContentChange::SetDials {
                user: user(n % 2),
                dials,
            }])],
        )
        .await;
        assert_eq!(
            store.dials(user(n % 2)).await.expect("dials"),
            Some(dials),
            "{dials:?}"
        );
    }
    assert_eq!(store.dials(user(7)).await.expect("dials"), None);
}
