//! How long an export takes into SQLite, beside reading the file alone; and how much memory it takes.
//!
//! `cargo bench -p signal-adapters --bench imports -- [PLAYS]`; a line of JSON. The file is invented: an extended history of
//! Spotify as it is written, of one person who plays a twentieth as many tracks, some of them often.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use signal_adapters::SystemHost;
use signal_adapters::import::{Import, ImportItem, ImportOptions};
use signal_adapters::sqlite::SqliteStore;
use signal_core::engine::{Engine, ImportOptions as Whose, Imported};
use signal_core::model::Timestamp;

const PLAYS: u32 = 200_000;
/// Plays of a track, on average.
const OF_A_TRACK: u32 = 20;
const START: i64 = 1_400_000_000;

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// One play as Spotify writes it.
fn row(out: &mut impl Write, second: i64, track: u32, played_ms: u32) -> std::io::Result<()> {
    let artist = track / 12;
    let ts = Timestamp::from_seconds(second);
    write!(
        out,
        r#"  {{
    "ts": "{ts}",
    "platform": "ios",
    "ms_played": {played_ms},
    "conn_country": "XX",
    "ip_addr": "192.0.2.1",
    "master_metadata_track_name": "The Invented Song No. {track}",
    "master_metadata_album_artist_name": "The Invented Artist No. {artist}",
    "master_metadata_album_album_name": "The Invented Album No. {artist}",
    "spotify_track_uri": "spotify:track:{track:022}",
    "episode_name": null,
    "episode_show_name": null,
    "spotify_episode_uri": null,
    "audiobook_title": null,
    "audiobook_uri": null,
    "audiobook_chapter_uri": null,
    "audiobook_chapter_title": null,
    "reason_start": "trackdone",
    "reason_end": "trackdone",
    "shuffle": true,
    "skipped": false,
    "offline": false,
    "offline_timestamp": {second},
    "incognito_mode": false
  }}"#
    )
}

fn invent(path: &Path, plays: u32) -> Done {
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    let mut out = BufWriter::new(File::create(path)?);
    let tracks = f64::from((plays / OF_A_TRACK).max(1));
    let mut second = START;
    for play in 0..plays {
        out.write_all(if play == 0 { b"[\n" } else { b",\n" })?;
        let played_ms = dice.random_range(5_000..300_000);
        second += i64::from(played_ms / 1_000) + dice.random_range(1..600);
        // A few tracks are played most.
        let chance: f64 = dice.random();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "below the number of tracks"
        )]
        let track = (chance * chance * tracks) as u32;
        row(&mut out, second, track, played_ms)?;
    }
    out.write_all(b"\n]\n")?;
    Ok(out.flush()?)
}

/// Takes the file in as `signal import` does: read once to check it, and once more; gives the seconds and the new listens.
async fn take_in(engine: &Engine, file: &Path, whose: &Whose) -> Done<(f64, u64)> {
    let started = Instant::now();
    let import = Import::open(file, &ImportOptions::default())?;
    import.check()?;
    let mut rows = import.read_ahead()?.map_while(Result::ok).filter_map(|item| match item {
        ImportItem::Record(record) => Some(Imported::Record(record)),
        ImportItem::Skipped { reason } => Some(Imported::Skipped(reason)),
        ImportItem::Unknown { .. } => None,
    });
    let answer = engine.import(&mut rows, whose, &|_| ()).await?;
    Ok((started.elapsed().as_secs_f64(), answer.listens_new))
}

/// The most memory that this process ever had, in MiB; none where the system does not say.
fn most_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1_024)
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Done {
    let plays = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(PLAYS);
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("history.json");
    invent(&file, plays)?;
    let bytes = file.metadata()?.len();

    let store = SqliteStore::open(folder.path().join("signal.db")).await?;
    let engine = Engine::new(Arc::new(store), Arc::new(SystemHost::new()));
    let person = engine.register(&"ana".parse()?).await?;
    let whose = Whose { source: "spotify".to_owned(), person: Some(person) };
    let at_first = most_memory();
    let grown = || {
        let most = most_memory().zip(at_first).map(|(most, at_first)| most - at_first);
        most.map_or("null".to_owned(), |mib| mib.to_string())
    };
    let started = Instant::now();
    Import::open(&file, &ImportOptions::default())?.check()?;
    let parsed = started.elapsed().as_secs_f64();
    let (first, new) = take_in(&engine, &file, &whose).await?;
    let memory = grown();
    let (again, new_again) = take_in(&engine, &file, &whose).await?;
    let memory_again = grown();
    println!(
        "{{\"plays\":{plays},\"bytes\":{bytes},\"parse_s\":{parsed:.3},\"import_s\":{first:.3},\"ratio\":{:.2},\
         \"new\":{new},\"memory_mib\":{memory},\"again_s\":{again:.3},\"new_again\":{new_again},\"memory_again_mib\":{memory_again}}}",
        first / parsed
    );
    Ok(())
}
