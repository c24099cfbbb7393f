//! Plays five streaming services on loopback, each with one account that has listened for an hour.

use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fake_platforms::{FakePlatforms, PinRow, songs};
use signal_core::model::Timestamp;

/// Songs that were played before the start.
const PLAYED: u32 = 20;
/// Each so many of them was pinned.
const PINNED_EVERY: u32 = 8;
/// Between two plays, in seconds.
const APART_SECONDS: i64 = 180;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = match std::env::args().nth(1) {
        Some(port) => port.parse()?,
        None => 4747,
    };
    let fakes = FakePlatforms::start_at(SocketAddr::from(([127, 0, 0, 1], port)), now()?).await?;
    let begin = now()?.plus_seconds(-APART_SECONDS * i64::from(PLAYED));
    let played: Vec<_> = songs(0..PLAYED)
        .into_iter()
        .map(|song| (begin.plus_seconds(APART_SECONDS * i64::from(song.number)), song))
        .collect();
    fakes.with(|state| {
        for (start, song) in played {
            let end = Timestamp::from_micros(start.micros() + i64::from(song.length_ms) * 1_000);
            state.spotify.play(song.clone(), end);
            state.listenbrainz.listen(song.clone(), start);
            state.lastfm.scrobble(song.clone(), start);
            state.apple.play(song.clone());
            if song.number.is_multiple_of(PINNED_EVERY) {
                let words = Some("Listen to the end.".to_owned());
                state.listenbrainz.pins.push(PinRow { at: start, song: song.clone(), words });
            }
            state.tidal.saved.insert(0, (song, start));
        }
        state.listenbrainz.following = vec!["ben".to_owned(), "eve".to_owned()];
    });
    println!("# Five services of one account each. Set these, and `signal connect` asks them:");
    for (name, value) in fakes.settings() {
        println!("export {name}='{}'", value.trim_end());
    }
    let tokens = fakes.with(|state| (state.listenbrainz.token.clone(), state.apple.user_token.clone()));
    println!("# ListenBrainz' user token: {}", tokens.0);
    println!("# Apple's music user token: {}", tokens.1);
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        fakes.set_now(now()?);
    }
}

fn now() -> Result<Timestamp, Box<dyn Error>> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_micros(i64::try_from(since.as_micros())?))
}
