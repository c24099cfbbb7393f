use signal_core::engine::*;
use signal_core::model::*;
use signal_core::simulation::*;
use signal_core::store::*;
use std::collections::*;
use std::sync::Arc;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let people = a.get(1).map_or(2400, |x| x.parse().unwrap());
    let seed = a.get(2).map_or(7, |x| x.parse().unwrap());
    let plan = Plan {
        people,
        seed,
        ..Plan::default()
    };
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let t = std::time::Instant::now();
    let last = std::sync::Mutex::new(std::time::Instant::now());
    let o = pollster::block_on(Simulation::run(&plan, store.clone(), &|d, _| {
        let mut l = last.lock().unwrap();
        if d % 10 == 0 {
            eprintln!("day {d} {:?}", l.elapsed());
        }
        *l = std::time::Instant::now();
    }))
    .unwrap();
    println!(
        "{:?} {:?}\nattackers {:?} net {} mean {}\nhonest {:?} net {} mean {}\ncaught {} missed {} flagged {}",
        t.elapsed(),
        o.tally,
        o.attackers,
        o.attackers.net(),
        o.attackers.mean(),
        o.honest,
        o.honest.net(),
        o.honest.mean(),
        o.caught.len(),
        o.missed.len(),
        o.flagged.len()
    );
    let e = Engine::new(store, Arc::new(SimulatedHost::new(1, o.end)));
    let drops = pollster::block_on(e.drops(Viewer::Operator, None, 100000)).unwrap();
    let att: BTreeSet<_> = o.truth.attackers().collect();
    let syb: BTreeSet<_> = o.truth.sybils.iter().copied().collect();
    let fr: BTreeSet<_> = o.truth.friends.iter().copied().collect();
    let mut m: BTreeMap<(String, String), usize> = BTreeMap::new();
    for d in &drops {
        let g = if syb.contains(&d.author.id) {
            "sybil"
        } else if att.contains(&d.author.id) {
            "praise"
        } else if fr.contains(&d.author.id) {
            "friend"
        } else {
            "honest"
        };
        *m.entry((g.into(), d.status.clone())).or_default() += 1;
    }
    println!("{m:#?}");
    let rep = pollster::block_on(e.close_epoch()).unwrap();
    for f in rep.findings {
        println!("{} {} {}", f.members.len(), f.probability, f.evidence);
    }
    for (name, set) in [
        ("sybil", &o.truth.sybils),
        ("praise", &o.truth.praise_ring),
        ("friends", &o.truth.friends),
    ] {
        let mut s = 0.0;
        for u in set {
            let x = pollster::block_on(e.user(Viewer::Operator, *u)).unwrap();
            s += x.available_millipoints.unwrap().as_f64() + x.staked_millipoints.unwrap().as_f64();
        }
        println!("{name} mean holdings {}", s / set.len() as f64);
    }
    let mut q = vec![];
    for d in &drops {
        if let Some(s) = d.score {
            q.push(s.as_f64())
        }
    }
    q.sort_by(|a, b| a.total_cmp(b));
    println!(
        "scores {:?}",
        (0..=10).map(|i| q[(q.len() - 1) * i / 10]).collect::<Vec<_>>()
    );
}
