//! How fast a proof is made from a large tree in an `SQLite` file.
//!
//! `cargo bench -p signal-adapters --bench proofs -- [ENTRIES]`; one line of JSON. The nodes are written straight into
//! the table of an otherwise empty store, which a file of ten million entries of people would also have.

use std::time::Instant;

use signal_core::ledger::{NodeId, ProofPlan, Tree, leaf_hash, root_from_inclusion};
use signal_core::model::Hash;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

/// Nodes written by one statement.
const ROWS: usize = 5_000;
/// Proofs that are timed.
const PROOFS: u64 = 5_000;

async fn write(file: &mut SqliteConnection, nodes: &[(NodeId, Hash)]) {
    let mut insert = sqlx::QueryBuilder::new("INSERT INTO nodes (level, place, hash) ");
    insert.push_values(nodes, |mut row, (id, hash)| {
        row.push_bind(i64::from(id.level))
            .push_bind(id.index.cast_signed())
            .push_bind(hash.as_bytes().to_vec());
    });
    insert.build().execute(file).await.expect("writes nodes");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let entries = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(10_000_000_u64);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("signal.db");
    let store = signal_adapters::open(path.to_str().expect("UTF-8")).await.expect("opens");
    let mut file = SqliteConnectOptions::new().filename(&path).connect().await.expect("opens");
    sqlx::raw_sql("PRAGMA synchronous = OFF; BEGIN").execute(&mut file).await.expect("begins");
    let (mut tree, mut waiting) = (Tree::default(), Vec::new());
    for entry in 0..entries {
        waiting.extend(tree.push(&entry.to_le_bytes()));
        if waiting.len() >= ROWS {
            write(&mut file, &waiting).await;
            waiting.clear();
        }
    }
    if !waiting.is_empty() {
        write(&mut file, &waiting).await;
    }
    sqlx::raw_sql("COMMIT").execute(&mut file).await.expect("commits");
    file.close().await.expect("closes");
    let mut micros = Vec::new();
    let mut index = 0_u64;
    for _ in 0..PROOFS {
        index = index.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = (index >> 11) % entries;
        let started = Instant::now();
        let plan = ProofPlan::inclusion(place, entries).expect("is in it");
        let stored = store.nodes(&plan.nodes()).await.expect("reads");
        let proof = plan.fill(&stored).expect("every node is there");
        micros.push(started.elapsed().as_secs_f64() * 1e6);
        let led = root_from_inclusion(leaf_hash(&place.to_le_bytes()), place, entries, &proof);
        assert_eq!(led, Some(tree.root()));
    }
    micros.sort_by(f64::total_cmp);
    let (half, most) = (micros.len() / 2, micros.len() * 99 / 100);
    println!(
        "{{\"entries\":{entries},\"proof_us_p50\":{:.0},\"proof_us_p99\":{:.0}}}",
        micros[half], micros[most]
    );
}
