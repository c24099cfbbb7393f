//! Edges, seats and dials.

use super::content::doc;
use super::fixtures::{accept, circle, content, drop_id, user, weight};
use crate::ledger::{ContentChange, DocKind};
use crate::model::{Audience, PrivacyDials, Role, TrustAudience};
use crate::store::{Edge, Page, Seat, Store};

pub(super) async fn the_last_of_several_changes_counts(store: &dyn Store) {
    let set = |ten_thousandths| ContentChange::SetEdge {
        from: user(1),
        to: user(2),
        weight: weight(ten_thousandths),
    };
    let remove = ContentChange::RemoveEdge { from: user(1), to: user(2) };
    let put = |text| ContentChange::PutDoc(doc(DocKind::Drop, drop_id(1).uuid(), text));
    let delete = ContentChange::DeleteDoc { kind: DocKind::Drop, id: drop_id(1).uuid() };
    let sit = |role| ContentChange::SetMember { circle: circle(1), user: user(1), role };
    let stand = ContentChange::RemoveMember { circle: circle(1), user: user(1) };
    let first = vec![set(1), remove.clone(), put("one"), delete.clone(), sit(Role::Member), stand.clone()];
    let second = vec![set(2), set(3), put("two"), put("three"), sit(Role::Creator), sit(Role::Moderator)];
    accept(store, &[content(first), content(second)]).await;
    assert_eq!(store.edges_from(user(1)).await.expect("edges")[0].weight, weight(3));
    assert_eq!(store.seats_of(user(1)).await.expect("seats")[0].role, Role::Moderator);
    let docs = store.docs(DocKind::Drop, &[drop_id(1).uuid()]).await.expect("docs");
    assert_eq!(docs[0].as_ref().expect("a document").text, "three");
    accept(
        store,
        &[content(vec![set(4), put("four"), sit(Role::Member)]), content(vec![remove, delete, stand])],
    )
    .await;
    assert_eq!(store.edges_from(user(1)).await.expect("edges"), []);
    assert_eq!(store.seats_of(user(1)).await.expect("seats"), []);
    assert_eq!(store.docs(DocKind::Drop, &[drop_id(1).uuid()]).await.expect("docs"), [None]);
}

pub(super) async fn edges_are_read_both_ways(store: &dyn Store) {
    let edge = |from, to, w| Edge { from: user(from), to: user(to), weight: weight(w) };
    let edges = [edge(1, 2, 1), edge(1, 3, 10_000), edge(2, 1, 7), edge(3, 2, 9)];
    let set = edges.map(|e| ContentChange::SetEdge { from: e.from, to: e.to, weight: e.weight });
    accept(store, &[content(set.into_iter().rev().collect())]).await;
    assert_eq!(store.edges_from(user(1)).await.expect("edges"), edges[..2], "sorted by whom");
    assert_eq!(store.edges_to(user(2)).await.expect("edges"), [edges[0], edges[3]], "sorted by who");
    assert_eq!(store.all_edges(Page { after: None, limit: 9 }).await.expect("edges"), edges);
    let remove = ContentChange::RemoveEdge { from: user(1), to: user(2) };
    accept(store, &[content(vec![remove.clone(), remove])]).await;
    assert_eq!(store.edges_to(user(2)).await.expect("edges"), [edges[3]]);
}

pub(super) async fn seats_are_read_by_person(store: &dyn Store) {
    let seat = |c, u, role| Seat { circle: circle(c), user: user(u), role };
    let seats = [seat(1, 1, Role::Creator), seat(1, 2, Role::Member), seat(2, 1, Role::Moderator)];
    let changes = seats.map(|s| ContentChange::SetMember { circle: s.circle, user: s.user, role: s.role });
    accept(store, &[content(changes.into_iter().rev().collect())]).await;
    assert_eq!(store.seats_of(user(1)).await.expect("seats"), [seats[0], seats[2]], "sorted by circle");
    assert_eq!(store.all_seats(Page { after: None, limit: 9 }).await.expect("seats"), seats);
    let leave = ContentChange::RemoveMember { circle: circle(1), user: user(1) };
    accept(store, &[content(vec![leave])]).await;
    assert_eq!(store.seats_of(user(1)).await.expect("seats"), [seats[2]]);
}

pub(super) async fn dials_are_kept(store: &dyn Store) {
    let audiences = [Audience::Private, Audience::Friends, Audience::Public];
    let trust = [TrustAudience::Counts, TrustAudience::Public];
    for (n, history) in (1u32..).zip(audiences) {
        let dials = PrivacyDials { history, taste: audiences[n as usize % 3], trust: trust[n as usize % 2] };
        accept(store, &[content(vec![ContentChange::SetDials { user: user(n % 2), dials }])]).await;
        assert_eq!(store.dials(user(n % 2)).await.expect("dials"), Some(dials), "{dials:?}");
    }
    assert_eq!(store.dials(user(7)).await.expect("dials"), None);
}
