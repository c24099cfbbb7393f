//! The tables of a HetRec folder, one of which goes on in any way.
#![no_main]

use libfuzzer_sys::fuzz_target;

const TABLES: [(&str, &[u8]); 5] = [
    ("artists.dat", b"id\tname\turl\tpictureURL\n7\tThe Invented\t\t\n"),
    ("tags.dat", b"tagID\ttagValue\n1\tambient\n"),
    ("user_artists.dat", b"userID\tartistID\tweight\n2\t7\t13\n"),
    ("user_friends.dat", b"userID\tfriendID\n2\t5\n5\t2\n"),
    ("user_taggedartists.dat", b"userID\tartistID\ttagID\tday\tmonth\tyear\n2\t7\t1\t1\t4\t2009\n"),
];

fuzz_target!(|bytes: (u8, &[u8])| {
    let (which, rest) = bytes;
    let which = usize::from(which) % TABLES.len();
    let table = |(place, (name, head)): (usize, (&'static str, &[u8]))| {
        (name, if place == which { [head, rest].concat() } else { head.to_vec() })
    };
    signal_fuzz::tables(&TABLES.into_iter().enumerate().map(table).collect::<Vec<_>>());
});
