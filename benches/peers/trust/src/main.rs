//! One tool at a time on the same trust graph: makes the graph, runs Signal or another crate on it, says what it took.
//!
//! `run.py` beside this crate calls it and puts the answers into one table.

mod changes;
mod files;
mod measure;
mod others;
mod ours;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match words.as_slice() {
        ["generate", folder, users, draws, seed] => files::generate(Path::new(folder), users, draws, seed),
        ["ours", folder] => ours::run(Path::new(folder)),
        ["changes", folder] => changes::run(Path::new(folder)),
        ["graph", folder] => others::graph(Path::new(folder)),
        ["eigentrust", folder] => others::eigentrust(Path::new(folder)),
        _ => {
            Err("usage: trust-peers generate FOLDER USERS DRAWS SEED | ours|changes|graph|eigentrust FOLDER"
                .into())
        }
    };
    match answer {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
