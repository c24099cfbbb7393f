//! Fits factors to plays in a file of `u32` pairs (person, artist, little-endian) and prints one line of JSON; writes
//! the factors, so that one program computes the loss of all.
//!
//! Usage: `taste-als-peers PLAYS USERS ITEMS FACTORS ITERATIONS STEPS ALPHA WEIGHT LAMBDA OUT`

use std::error::Error;
use std::time::Instant;

use signal_core::taste::factors::{FactorModel, FactorSettings, FactorTable, Interactions};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [plays, users, items, factors, iterations, steps, unobserved, weight, regularisation, out] = &args[..] else {
        return Err("usage: PLAYS USERS ITEMS FACTORS ITERATIONS STEPS ALPHA WEIGHT LAMBDA OUT".into());
    };
    let weight: f32 = weight.parse()?;
    let bytes = std::fs::read(plays)?;
    let numbers = bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect::<Vec<_>>();
    drop(bytes);
    let start = Instant::now();
    let cells = numbers.as_chunks::<2>().0.iter().map(|&[user, item]| (user, item, weight));
    let plays = Interactions::new(users.parse()?, items.parse()?, cells)?;
    drop(numbers);
    let build_s = start.elapsed().as_secs_f64();
    let settings = FactorSettings {
        factors: factors.parse()?,
        unobserved: unobserved.parse()?,
        regularisation: regularisation.parse()?,
        exponent: 0.0,
        iterations: iterations.parse()?,
        steps: steps.parse()?,
        seed: 1,
    };
    let start = Instant::now();
    let model = FactorModel::fit(&plays, &settings)?;
    let fit_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    for user in 0..1_000 {
        std::hint::black_box(model.fold_in(plays.user(user)));
    }
    let fold_in_us = start.elapsed().as_secs_f64() * 1e3;
    let bytes = |table: &FactorTable| table.as_slice().iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let answer = serde_json::json!({
        "build_s": build_s, "fit_s": fit_s, "fold_in_us": fold_in_us, "peak_bytes": peak_memory(),
        "threads": rayon::current_num_threads(),
    });
    std::fs::write(out, [bytes(model.users()), bytes(model.items())].concat())?;
    println!("{answer}");
    Ok(())
}

/// The process's largest resident size as Linux tells it; 0 where nobody does.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1_024
}
