//! The `signal-server` program. Exit codes: 0 stopped as asked, 2 wrong use, 3 the world failed.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use signal_server::config::Config;
use signal_server::lifecycle::{self, StopReason};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let config = Config::parse();
    let log = EnvFilter::builder().parse_lossy(&config.log);
    tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).with_env_filter(log).init();
    match run(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::from(reason.exit_code())
        }
    }
}

fn run(config: &Config) -> Result<(), StopReason> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(StopReason::Runtime)?;
    let ended = runtime.block_on(lifecycle::run(config, |address| {
        // The one line on stdout: whoever asked for port 0 reads the real one here.
        println!("listening on http://{address}");
        // A closed stdout is no reason to stop serving.
        let _ = io::stdout().flush();
    }));
    // Work that outlived the deadline must not hold up the exit.
    runtime.shutdown_background();
    ended
}
