//! What an erasure deletes, and what it must not.

use super::content::doc;
use super::fixtures::{
    accept, artist, at, batch, circle, claim, content, drop_id, put_track, register, trust, user,
};
use super::fixtures::{make_drop, track, weight};
use super::plays::{SHORT_MS, count, listen};
use super::state::profile;
use crate::ledger::{
    AppendError, Batch, Checkpoint, ContentChange, Doc, DocKind, Event, Key, KeyChange, StreamId, StreamState,
};
use crate::model::{PlayedItem, PrivacyDials, Role};
use crate::store::{Page, SeenMark, Store};

fn erase(n: u32, redacted: Vec<u64>, keep_drops: bool) -> Batch {
    content(vec![ContentChange::Erase { user: user(n), redacted, keep_drops }])
}

/// Gives persons 1 and 2 one of everything, each in their own words.
async fn furnish(store: &dyn Store) {
    put_track(store, 1).await;
    accept(store, &[register(1, 0), register(2, 0), register(3, 0)]).await;
    for n in [1, 2] {
        let own = |kind, text| Doc { owner: Some(user(n)), ..doc(kind, drop_id(n).uuid(), text) };
        let block = KeyChange::Take { key: Key::Block(user(n), user(3)), owner: user(n).uuid() };
        let changes = vec![
            ContentChange::PutDoc(own(DocKind::Drop, "heartfelt words")),
            ContentChange::PutDoc(own(DocKind::Comment, "a passing remark")),
            ContentChange::SetEdge { from: user(n), to: user(3), weight: weight(1) },
            ContentChange::SetEdge { from: user(3), to: user(n), weight: weight(2) },
            ContentChange::SetMember { circle: circle(1), user: user(n), role: Role::Member },
            ContentChange::SetDials { user: user(n), dials: PrivacyDials::OPEN },
        ];
        accept(store, &[Batch { keys: vec![block], ..content(changes) }]).await;
        store.add_listens(&[listen(n, 1, 0)]).await.expect("listens");
        let counts =
            [count(n, PlayedItem::Artist(artist(1)), "a", 3), count(n, PlayedItem::Track(track(1)), "a", 2)];
        store.add_play_counts(&counts).await.expect("play counts");
        store.mark_seen(&[SeenMark { user: user(n), drop: drop_id(3), at: at(0) }]).await.expect("marks");
        store.put_profiles(&[profile(n)]).await.expect("profiles");
        store.put_secret(user(n), "spotify", "refresh", b"sealed").await.expect("secrets");
    }
}

/// How many rows lead to a person.
async fn traces(store: &dyn Store, n: u32) -> [usize; 14] {
    let who = user(n);
    [
        store.keys_of(who.uuid()).await.expect("names").len(),
        store.docs_of(who).await.expect("docs").len(),
        store.edges_from(who).await.expect("edges").len(),
        store.edges_to(who).await.expect("edges").len(),
        store.seats_of(who).await.expect("seats").len(),
        usize::from(store.dials(who).await.expect("dials").is_some()),
        store.listens(who, at(100), 9).await.expect("listens").len(),
        store.play_counts(who).await.expect("play counts").len(),
        store.artist_plays_of(who, SHORT_MS).await.expect("plays").len(),
        store.seen_of(who).await.expect("marks").len(),
        usize::from(store.profile(who).await.expect("profile").is_some()),
        usize::from(store.secret(who, "spotify", "refresh").await.expect("secret").is_some()),
        store.entries_naming(who).await.expect("entries naming").len(),
        store.played(who, &[track(1)]).await.expect("played").iter().filter(|played| **played).count(),
    ]
}

pub(super) async fn everything_of_a_person_goes(store: &dyn Store) {
    furnish(store).await;
    assert_eq!(traces(store, 1).await, [3, 3, 1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1], "before");
    accept(store, &[erase(1, vec![], false)]).await;
    assert_eq!(traces(store, 1).await, [0; 14], "after");
    assert_eq!(store.key("handle:user-1").await.expect("a name"), None);
    assert_eq!(store.search("user-1", &[DocKind::User], 9).await.expect("search"), []);
    assert_eq!(store.shown_to(drop_id(3), at(9)).await.expect("shown to"), 1);
    let totals = store.history_totals().await.expect("totals");
    assert_eq!((totals.listens, totals.play_counts, totals.counted_plays), (1, 2, 5));
    accept(store, &[erase(1, vec![], false)]).await;
}

pub(super) async fn what_others_own_stays(store: &dyn Store) {
    furnish(store).await;
    let before = traces(store, 2).await;
    let block = Key::Block(user(2), user(1));
    let other = Key::Block(user(2), user(3)).to_string();
    let rating = Key::Rating(drop_id(3), user(2));
    let take = |key: &Key| KeyChange::Take { key: key.clone(), owner: user(2).uuid() };
    accept(store, &[Batch { keys: vec![take(&block), take(&rating)], ..content(vec![]) }]).await;
    accept(store, &[erase(1, vec![], false)]).await;
    let mut expected = before;
    expected[0] += 1;
    assert_eq!(traces(store, 2).await, expected, "all but the block of the erased person");
    assert_eq!(store.key(&block.to_string()).await.expect("a name"), None);
    assert_eq!(store.key(&other).await.expect("a name"), Some(user(2).uuid()));
    assert_eq!(store.key(&rating.to_string()).await.expect("a name"), Some(user(2).uuid()));
    let hits = store.search("heartfelt", &[DocKind::Drop], 9).await.expect("search");
    assert_eq!(hits.iter().map(|hit| hit.doc.id).collect::<Vec<_>>(), [drop_id(2).uuid()]);
    assert_eq!(store.all_seats(Page { after: None, limit: 9 }).await.expect("seats").len(), 1);
    assert_eq!(store.all_edges(Page { after: None, limit: 9 }).await.expect("edges").len(), 2);
    // What was the person's is free again, and may be given anew.
    let again = KeyChange::Take { key: Key::Claim(claim("test:1")), owner: user(3).uuid() };
    accept(store, &[Batch { keys: vec![again], ..content(vec![]) }]).await;
}

pub(super) async fn bodies_at_positions_go(store: &dyn Store) {
    let group =
        [register(1, 0), register(2, 0), trust(1, 2, 1, 1), trust(2, 1, 1, 2), make_drop(1, 2, 2, "w", 3)];
    accept(store, &group).await;
    let before = store.entries(0, 9).await.expect("entries");
    let head = store.head().await.expect("head");
    let stream = StreamId::User(user(2));
    let rows = store.streams(&[stream]).await.expect("streams");
    let state = StreamState::from_bytes(&rows[0].as_ref().expect("a row").state).expect("a state");
    let event = Event::UserErased {
        earlier: Vec::new(),
        user: user(1),
        redacted: vec![0, 2, 3, 77],
        keep_drops: false,
        checkpoints: vec![Checkpoint { stream, state }],
    };
    accept(store, &[batch(at(4), &[(stream, 3)], event)]).await;
    let after = store.entries(0, 9).await.expect("entries");
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(was.leaf, is.leaf, "leaf {}", was.position);
        let expected = if [0, 2, 3].contains(&was.position) { None } else { was.body.clone() };
        assert_eq!(is.body, expected, "body {}", was.position);
    }
    assert_eq!(store.head().await.expect("head").size, head.size + 1);
    let of_stream = store.stream_entries(stream, 0, 9).await.expect("entries of the stream");
    assert_eq!(of_stream.iter().map(|entry| entry.position).collect::<Vec<_>>(), [1, 4, 5]);
    assert_eq!(store.stream_entries(StreamId::User(user(1)), 0, 9).await.expect("entries of the stream"), []);
    assert_eq!(store.entries_naming(user(1)).await.expect("entries naming"), Vec::<u64>::new());
    assert_eq!(store.entries_naming(user(2)).await.expect("entries naming"), [1, 4, 5]);
}

pub(super) async fn words_of_drops_may_stay(store: &dyn Store) {
    furnish(store).await;
    let last = ContentChange::PutDoc(doc(DocKind::Drop, drop_id(9).uuid(), "put after it"));
    let mut kept = erase(1, vec![], true);
    kept.content.push(last);
    accept(store, &[kept]).await;
    let docs = store.docs(DocKind::Drop, &[drop_id(1).uuid(), drop_id(9).uuid()]).await.expect("docs");
    let drop = docs[0].as_ref().expect("the words stay");
    assert_eq!((drop.owner, drop.text.as_str()), (None, "heartfelt words"));
    assert!(docs[1].is_some(), "what comes after an erasure stays");
    assert_eq!(store.docs_of(user(1)).await.expect("docs"), []);
    assert_eq!(store.docs(DocKind::Comment, &[drop_id(1).uuid()]).await.expect("docs"), [None]);
    assert_eq!(store.search("heartfelt", &[DocKind::Drop], 9).await.expect("search").len(), 2);
}

pub(super) async fn what_one_batch_erases_is_gone_for_the_next(store: &dyn Store) {
    furnish(store).await;
    let handle = Key::Handle("user-1".parse().expect("a handle"));
    let take = |n| KeyChange::Take { key: handle.clone(), owner: user(n).uuid() };
    let release = KeyChange::Release { key: Key::Claim(claim("test:1")) };
    let named = |change| Batch { keys: vec![change], ..content(vec![]) };
    let doc = ContentChange::PutDoc(Doc {
        owner: Some(user(1)),
        ..doc(DocKind::Drop, drop_id(8).uuid(), "last words")
    });
    let group = [
        named(take(2)),
        content(vec![doc]),
        erase(1, vec![0], false),
        named(take(2)),
        named(release),
        named(take(3)),
    ];
    let results = store.append(&group).await.expect("the group is appended");
    let taken = || Err(AppendError::KeyTaken { key: handle.to_string() });
    let missing = AppendError::KeyMissing { key: "claim:test:1".to_owned() };
    assert_eq!(results, [taken(), Ok(3), Ok(3), Ok(3), Err(missing), taken()]);
    assert_eq!(store.key(&handle.to_string()).await.expect("a name"), Some(user(2).uuid()));
    assert_eq!(traces(store, 1).await, [0; 14], "what was written in the same group is gone, too");
    assert_eq!(store.entries(0, 1).await.expect("entries")[0].body, None);
}
