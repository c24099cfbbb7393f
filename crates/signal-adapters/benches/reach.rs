//! Whom trust reaches over three edges, on G17 (131,072 people, 2.4 million edges by R-MAT): by the PostgreSQL adapter's search
//! beside a plain recursive query over every path, which is what is written first, and beside the core's over the graph in
//! memory. All must name the same fifty people.
//!
//! `cargo bench -p signal-adapters --features postgres --bench reach -- POSTGRES_URL`; a line of JSON. The database that the
//! URL names must be empty.

use std::time::Instant;

use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use signal_core::model::UserId;
use signal_core::simulation::random_graph;
use signal_core::store::ContentStore;
use signal_core::trust::{PathLimits, TrustGraph, reach};
use sqlx::{Connection, PgConnection, Row};

const PEOPLE: u32 = 131_072;
const DRAWS: u64 = 2_500_000;
/// People who are asked about by the slow query, and by the others.
const ASKED: usize = 11;
const MOST: u32 = 50;

/// Every path of at most three edges, and the best product for each person: exact, because numeric is.
const EVERY_PATH: &str = "WITH RECURSIVE network AS ( \
        SELECT to_user, weight::numeric AS trust, 1 AS depth FROM edges WHERE from_user = $1 \
        UNION ALL \
        SELECT e.to_user, n.trust * e.weight::numeric / 10000, n.depth + 1 \
        FROM network n JOIN edges e ON e.from_user = n.to_user WHERE n.depth < 3) \
    SELECT to_user, max(trust) AS trust FROM network WHERE to_user <> $1 GROUP BY to_user ORDER BY 2 DESC, 1 LIMIT $2";

/// The middle one of some seconds.
fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

async fn load(database: &mut PgConnection, graph: &TrustGraph) {
    let row = |(user, number): (UserId, u32)| {
        let edges = graph.outgoing(number).filter_map(|(to, weight)| Some((graph.user(to)?, weight)));
        edges.map(|(to, weight)| format!("{user}\t{to}\t{weight}\n")).collect::<Vec<_>>()
    };
    let text = graph.people().flat_map(row).collect::<Vec<_>>().concat();
    let mut copy = database.copy_in_raw("COPY edges FROM STDIN").await.expect("a copy");
    copy.send(text.into_bytes()).await.expect("edges");
    copy.finish().await.expect("edges");
    sqlx::raw_sql("ANALYZE edges").execute(database).await.expect("analyses");
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let Some(url) = std::env::args().skip(1).find(|text| text.starts_with("postgres")) else {
        println!("usage: cargo bench -p signal-adapters --features postgres --bench reach -- POSTGRES_URL");
        return;
    };
    let store = signal_adapters::postgres::PostgresStore::open(&url).await.expect("opens");
    let mut database = PgConnection::connect(&url).await.expect("connects");
    let drawn = random_graph(PEOPLE, DRAWS, 1);
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    let graph = TrustGraph::from_numbered(drawn.people.clone(), &drawn.edges);
    load(&mut database, &graph).await;
    let busy =
        |user: &UserId| graph.index(*user).is_some_and(|n| (5..=60).contains(&graph.outgoing(n).degree()));
    let usual: Vec<UserId> = drawn.people.iter().copied().filter(busy).collect();
    let asked: Vec<UserId> = usual.sample(&mut dice, ASKED).copied().collect();
    let limits = PathLimits::unbounded(3);
    let (mut plain, mut ours, mut core) = (Vec::new(), Vec::new(), Vec::new());
    let mut same = 0;
    for user in asked {
        let started = Instant::now();
        let rows = sqlx::query(EVERY_PATH).bind(user.uuid()).bind(i64::from(MOST)).fetch_all(&mut database);
        let rows = rows.await.expect("answers");
        plain.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        let found = store.reach(user, limits, MOST).await.expect("answers");
        ours.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        let held = reach(&graph, user, limits, MOST as usize);
        core.push(started.elapsed().as_secs_f64());
        let named: Vec<UserId> = rows.iter().map(|row| UserId::from_uuid(row.get("to_user"))).collect();
        let by_store: Vec<UserId> = found.people.iter().map(|reached| reached.user).collect();
        same += usize::from(found.people == held.people && by_store == named);
    }
    let (plain, ours, core) = (median(plain), median(ours), median(core));
    println!(
        "{{\"people\":{PEOPLE},\"edges\":{},\"asked\":{ASKED},\"same_top_50\":{same},\"every_path_s\":{plain:.4},\"adapter_s\":{ours:.4},\
         \"core_s\":{core:.6},\"adapter_times_faster\":{:.1}}}",
        graph.edges(),
        plain / ours
    );
}
