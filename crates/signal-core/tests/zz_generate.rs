use pollster::block_on;
use signal_core::store::conformance::Story;
use signal_core::store::{LedgerStore, MemoryStore};
use std::collections::BTreeMap;
use std::sync::Arc;

#[test]
fn generate() {
    let mut kinds: BTreeMap<String, String> = BTreeMap::new();
    let mut leaves: BTreeMap<String, String> = BTreeMap::new();
    let mut states: BTreeMap<String, String> = BTreeMap::new();
    for seed in 0..60u64 {
        let store = MemoryStore::new();
        let mut story = Story::new(Arc::new(store.clone()), seed);
        block_on(async {
            let mut x = seed * 2 + 1;
            let mut next = || {
                x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (x >> 33) as u32
            };
            for i in 0..8u8 {
                story.step((0, i, 0, 0)).await;
                story.step((4, i, 0, u16::from(i))).await;
            }
            for i in 0..8u8 {
                story.step((7, i, i + 1, 8_000)).await;
            }
            story.step((20, 0, 0, 1)).await;
            story.step((21, 1, 0, 1)).await;
            for _ in 0..160 {
                let raw = (
                    (next() % 30) as u8,
                    (next() % 256) as u8,
                    (next() % 256) as u8,
                    (next() % 65536) as u16,
                );
                story.step(raw).await;
                for entry in store.entries(0, u32::MAX).await.unwrap() {
                    let leaf = String::from_utf8(entry.leaf.clone()).unwrap();
                    let kind = format!("{:?}", entry.leaf().unwrap().kind);
                    if let Some((body, _)) = &entry.body {
                        let body = String::from_utf8(body.clone()).unwrap();
                        let seen = kinds.entry(kind.clone()).or_insert_with(|| body.clone());
                        if body.len() < seen.len() {
                            *seen = body;
                        }
                    }
                    leaves.entry(kind).or_insert(leaf);
                }
            }
            for (stream, row) in store.all_streams(None, u32::MAX).await.unwrap() {
                let kind = stream.to_string().split(':').next().unwrap().to_owned();
                states.entry(kind).or_insert_with(|| String::from_utf8(row.state.clone()).unwrap());
            }
        });
    }
    let mut out = String::new();
    for kind in ["UserRegistered", "DropSettled", "EpochClosed", "UserErased"] {
        if let Some(leaf) = leaves.get(kind) {
            out += &format!("{{\"leaf\":{leaf}}}\n");
        }
    }
    for body in kinds.values() {
        out += &format!("{{\"body\":{body}}}\n");
    }
    for state in states.values() {
        out += &format!("{{\"state\":{state}}}\n");
    }
    std::fs::create_dir_all("tests/data").unwrap();
    std::fs::write("tests/data/ledger-v1.jsonl", out).unwrap();
    println!("{:?}", kinds.keys());
}
