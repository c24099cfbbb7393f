//! The story from a connected platform to the feed, against services that are played on loopback.

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};

use fake_platforms::{FakePlatforms, Fault, PinRow, Service, State, songs};
use signal_core::model::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use support::{Place, Ran};

const NOW: &str = "2026-03-01T12:00:00Z";
const LATER: &str = "2026-03-01T13:00:00Z";
/// Songs played at the services before the story begins, one every four minutes.
const PLAYED: u32 = 12;

fn instant(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// A place, the services, and the runtime that plays them.
struct Story {
    place: Place,
    fakes: FakePlatforms,
    runtime: tokio::runtime::Runtime,
}

impl Story {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let fakes = runtime.block_on(FakePlatforms::start(instant(NOW))).expect("starts");
        let place = Place::new();
        place.ok(NOW, &["user", "add", "ana"]);
        let begin = instant(NOW).plus_seconds(-3_600);
        for song in songs(0..PLAYED) {
            let start = begin.plus_seconds(240 * i64::from(song.number));
            fakes.with(|state| {
                state.listenbrainz.listen(song.clone(), start);
                state.lastfm.scrobble(song.clone(), start);
                state.spotify.play(song.clone(), start.plus_seconds(i64::from(song.length_ms) / 1_000));
            });
        }
        Self { place, fakes, runtime }
    }

    fn command(&self, now: &str, args: &[&str]) -> Command {
        let mut command = Command::new(support::program());
        command.env_clear().env("NO_COLOR", "1").env("COLUMNS", "80").env("HOME", self.place.path("home"));
        command.arg("--db").arg(self.place.store()).args(["--now", now, "--as", "ana"]).args(args);
        // For whoever would write a log.
        command.envs(self.fakes.settings()).env("RUST_LOG", "trace");
        command
    }

    fn run(&self, now: &str, args: &[&str], input: &str) -> Ran {
        let mut command = self.command(now, args);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("runs");
        child.stdin.take().expect("an input").write_all(input.as_bytes()).expect("writes");
        let output = child.wait_with_output().expect("ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    fn json(&self, now: &str, args: &[&str]) -> serde_json::Value {
        let ran = self.run(now, &[args, &["--format", "json"]].concat(), "");
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
        serde_json::from_str(&ran.out).expect("JSON")
    }

    /// Begins to connect a service, and gives the program, the address to visit, and what else was said.
    #[expect(clippy::zombie_processes, reason = "whoever begins waits for the end")]
    fn begin(&self, platform: &str) -> (Child, BufReader<ChildStderr>, String, String) {
        let mut command = self.command(NOW, &["connect", platform]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("runs");
        let mut err = BufReader::new(child.stderr.take().expect("errors"));
        let mut told = String::new();
        loop {
            let mut line = String::new();
            assert!(err.read_line(&mut line).expect("reads") > 0, "no address was told: {told}");
            if line.starts_with("http://") {
                return (child, err, line.trim().to_owned(), told);
            }
            told += &line;
        }
    }

    /// Connects a service that sends the browser back, by being the browser.
    fn connect_in_browser(&self, platform: &str) -> Ran {
        let (child, err, url, told) = self.begin(platform);
        let sent_back = get(&url);
        let location = sent_back.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("location").then(|| value.trim().to_owned())
        });
        let location = location.unwrap_or_else(|| panic!("nobody was sent back: {sent_back}"));
        // Somebody else's page tries first, with a state of its own.
        let (page, _) = location.split_once('?').expect("a query");
        assert!(get(&format!("{page}?code=evil&state=evil")).starts_with("HTTP/1.1 400"));
        let page = get(&location);
        assert!(page.starts_with("HTTP/1.1 200"));
        ended(child, err, told + &page)
    }

    /// Connects a service where the person agrees, and says so here.
    fn connect_by_saying_so(&self, platform: &str) -> Ran {
        let (mut child, err, url, told) = self.begin(platform);
        let page = get(&url);
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        child.stdin.take().expect("an input").write_all(b"\n").expect("writes");
        ended(child, err, told)
    }
}

/// How a program ended, with what it said before and after.
fn ended(child: Child, mut err: BufReader<ChildStderr>, mut told: String) -> Ran {
    err.read_to_string(&mut told).expect("reads");
    let output = child.wait_with_output().expect("ends");
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    Ran { code: output.status.code().unwrap_or(-1), out, err: told }
}

/// Asks for a page, without following where it leads.
fn get(url: &str) -> String {
    let (host, target) =
        url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address");
    let mut stream = TcpStream::connect(host).expect("is there");
    write!(stream, "GET /{target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("reads");
    answer
}

#[test]
fn what_is_played_at_a_service_reaches_the_feed() {
    let story = Story::new();
    let token = story.fakes.with(|state| state.listenbrainz.token.clone());
    let ran = story.run(NOW, &["connect", "listenbrainz", "--token", "-"], &format!("{token}\n"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!ran.out.contains(&token) && !ran.err.contains(&token));
    let answer = story.json(NOW, &["sync"]);
    assert_eq!(answer["schema"], "signal.sync.list/1");
    let read = &answer["items"][0];
    assert_eq!((&read["platform"], &read["outcome"]), (&"listenbrainz".into(), &"synced".into()), "{read}");
    assert_eq!((read["read"].as_u64(), read["new"].as_u64()), (Some(12), Some(12)), "{read}");
    assert_eq!(story.json(NOW, &["sync", "listenbrainz"])["items"][0]["read"], 0);
    // Ben drops what she will play next, and she trusts him.
    story.place.ok(NOW, &["user", "add", "ben"]);
    let song = songs([PLAYED]).remove(0);
    let track = format!("{} - {}", song.artist, song.title);
    story.place.ok(NOW, &["--as", "ben", "drop", "add", &track, "Listen to the end."]);
    story.place.ok(NOW, &["--as", "ana", "trust", "set", "ben", "1"]);
    let feed = story.json(NOW, &["feed", "--seen"]);
    let drop = feed["items"][0]["drop"]["id"].as_str().expect("a drop").to_owned();
    // She plays it there, and the next reading counts it for his drop.
    story.fakes.set_now(instant(LATER));
    story.fakes.with(|state| state.listenbrainz.listen(song, instant(NOW).plus_seconds(60)));
    assert_eq!(story.json(LATER, &["sync"])["items"][0]["new"], 1);
    let shown = story.place.json(LATER, &["drop", "show", &drop]);
    assert_eq!((shown["shown"].as_u64(), shown["conversions"].as_u64()), (Some(1), Some(1)), "{shown}");
}

#[test]
fn a_browser_comes_back_with_a_permission_and_one_account_tells_what_another_told() {
    let story = Story::new();
    let ran = story.connect_in_browser("spotify");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let listed = story.json(NOW, &["accounts"]);
    assert_eq!(listed["schema"], "signal.account.list/1");
    assert_eq!(listed["items"][0]["platform"], "spotify", "{listed}");
    let first = story.json(NOW, &["sync", "spotify"]);
    assert_eq!(first["items"][0]["new"], 12, "{first}");
    let token = story.fakes.with(|state| state.listenbrainz.token.clone());
    story.run(NOW, &["connect", "listenbrainz", "--token", "-"], &token);
    let second = story.json(NOW, &["sync", "listenbrainz"]);
    assert_eq!(
        (second["items"][0]["read"].as_u64(), second["items"][0]["new"].as_u64()),
        (Some(12), Some(0))
    );
    story.json(NOW, &["accounts", "disconnect", "spotify"]);
    let calls = story.fakes.calls(Service::Spotify).len();
    let refused = story.run(NOW, &["sync", "spotify"], "");
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert_eq!(story.fakes.calls(Service::Spotify).len(), calls, "nothing is asked");
}

#[test]
fn every_other_service_is_connected_in_its_own_way() {
    let story = Story::new();
    let agreed = story.connect_by_saying_so("lastfm");
    assert_eq!(agreed.code, 0, "{}", agreed.err);
    assert_eq!(story.json(NOW, &["sync", "lastfm"])["items"][0]["new"], 12);
    let sent_back = story.connect_in_browser("tidal");
    assert_eq!(sent_back.code, 0, "{}", sent_back.err);
    assert_eq!(story.json(NOW, &["sync", "tidal"])["items"][0]["outcome"], "unsupported");
    let token = story.fakes.with(|state| state.apple.user_token.clone());
    let pasted = story.run(NOW, &["connect", "apple", "--token", "-"], &token);
    assert_eq!(pasted.code, 0, "{}", pasted.err);
    // The first look at Apple's list is no play.
    assert_eq!(story.json(NOW, &["sync", "apple"])["items"][0]["outcome"], "synced");
    let listed = story.json(NOW, &["accounts"]);
    let names: Vec<_> =
        listed["items"].as_array().expect("a list").iter().map(|item| &item["platform"]).collect();
    assert_eq!(names, ["apple", "lastfm", "tidal"]);
}

#[test]
fn what_a_service_makes_one_think_of_is_told_and_nothing_is_done() {
    let story = Story::new();
    let token = story.fakes.with(|state| state.listenbrainz.token.clone());
    let early = story.run(NOW, &["accounts", "suggestions", "listenbrainz"], "");
    assert_eq!(
        (early.code, early.err.contains("no listenbrainz account is connected")),
        (2, true),
        "{}",
        early.err
    );
    story.run(NOW, &["connect", "listenbrainz", "--token", "-"], &token);
    let nothing = story.run(NOW, &["accounts", "suggestions", "listenbrainz"], "");
    assert_eq!((nothing.code, nothing.out.as_str()), (0, "listenbrainz suggests nobody and nothing new\n"));
    story.fakes.with(|state| {
        let at = state.now();
        state.listenbrainz.following = vec!["ben".to_owned(), "cem\u{1b}[31m".to_owned()];
        let said =
            Some("Listen to the end,\nand then once more, because nobody heard all of it yet.".to_owned());
        let pins = songs(0..2).into_iter().zip([None, said]);
        state.listenbrainz.pins = pins.map(|(song, words)| PinRow { at, song, words }).collect();
    });
    // Ben is known from an import.
    let edges = story.place.file("edges.csv", "from,to,weight\nben,eve,0.5\n");
    story.place.ok(NOW, &["import", &edges, "--source", "listenbrainz"]);
    let ran = story.run(NOW, &["accounts", "suggestions", "listenbrainz"], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!("suggestions", ran.out);
    assert_eq!(story.json(NOW, &["drop", "list"])["items"].as_array().map(Vec::len), Some(0));
    let answer = story.json(NOW, &["accounts", "suggestions", "listenbrainz"]);
    assert_eq!(answer["schema"], "signal.suggestions/1");
    assert_eq!(answer["people"][0]["user"]["name"], "listenbrainz:ben", "{answer}");
    // What is vouched for is suggested no more.
    let named =
        |place: usize, field: &str| answer["tracks"][place][field].as_str().expect("a name").to_owned();
    story.place.ok(
        NOW,
        &["--as", "ana", "drop", "add", &format!("{} - {}", named(0, "artist"), named(0, "title")), "Mine."],
    );
    let left = story.json(NOW, &["accounts", "suggestions", "listenbrainz"]);
    assert_eq!(
        (left["tracks"].as_array().map(Vec::len), &left["tracks"][0]),
        (Some(1), &answer["tracks"][1])
    );
    let spotify = story.run(NOW, &["accounts", "suggestions", "lastfm"], "");
    assert_eq!(
        (spotify.code, spotify.err.contains("lastfm cannot suggest anything")),
        (2, true),
        "{}",
        spotify.err
    );
}

#[test]
fn a_service_that_refuses_at_the_beginning_is_told_and_asked_once() {
    let story = Story::new();
    let suspended = Fault::json(403, r#"{"error":26,"message":"API Key Suspended"}"#);
    story.fakes.fail_next(Service::LastFm, suspended);
    let refused = story.run(NOW, &["connect", "lastfm", "--token", "-"], "\n");
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(refused.err.contains("asking lastfm to"), "{}", refused.err);
    assert_eq!(story.fakes.calls(Service::LastFm).len(), 1, "the refusal is told, and not tried away");
}

#[test]
fn the_store_and_the_key_file_show_nothing_to_others() {
    let story = Story::new();
    let token = story.fakes.with(|state| state.listenbrainz.token.clone());
    story.run(NOW, &["connect", "listenbrainz", "--token", "-"], &token);
    story.json(NOW, &["sync"]);
    let files = ["signal.db", "signal.db-wal"].map(|name| story.place.path(name));
    for file in files.iter().filter(|file| file.exists()) {
        let bytes = std::fs::read(file).expect("reads");
        let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
        assert!(!found, "{}", file.display());
    }
    let key = story.place.path("signal.db.keys").join("vault.key");
    assert!(key.exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("changes");
        let refused = story.run(NOW, &["sync"], "");
        assert_eq!(refused.code, 2, "{}", refused.err);
        assert!(refused.err.contains("chmod 600"), "{}", refused.err);
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("changes");
    }
    // A new key seals everything, also where a program that was killed has left its own; the old one is not needed any more.
    let before = std::fs::read_to_string(&key).expect("reads");
    let left_over = format!("{before}signal-vault-1:{}\n", "5e".repeat(32));
    let beside = story.place.path("signal.db.keys").join("vault.key.new");
    std::fs::write(&beside, &left_over).expect("writes");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(0o600)).expect("changes");
    }
    let ran = story.place.ok(NOW, &["accounts", "rotate"]);
    assert!(ran.starts_with("3 secrets"), "{ran}");
    let keys = std::fs::read_to_string(&key).expect("reads");
    assert_eq!(keys, left_over);
    assert!(!beside.exists());
    let newest = keys.lines().last().expect("a key").to_owned();
    std::fs::write(&key, newest).expect("writes");
    story.json(NOW, &["sync"]);
    std::fs::remove_file(&key).expect("removes");
    let lost = story.run(NOW, &["sync"], "");
    assert_eq!(lost.code, 3, "{}", lost.err);
    assert!(lost.out.contains("which this vault does not have"), "{}", lost.out);
}

#[test]
fn no_secret_of_a_service_is_told_by_any_command() {
    let story = Story::new();
    let mut told = String::new();
    let mut tell = |ran: Ran| {
        told.push_str(&ran.out);
        told.push_str(&ran.err);
        ran.code
    };
    for platform in ["spotify", "tidal"] {
        assert_eq!(tell(story.connect_in_browser(platform)), 0);
    }
    // The address that Last.fm's page has must hold a token; what is said beside it must not.
    assert_eq!(tell(story.connect_by_saying_so("lastfm")), 0);
    let tokens = story.fakes.with(|state| {
        [("listenbrainz", state.listenbrainz.token.clone()), ("apple", state.apple.user_token.clone())]
    });
    for (platform, token) in &tokens {
        assert_eq!(tell(story.run(NOW, &["connect", platform, "--token", "-"], token)), 0);
    }
    let commands: [&[&str]; 7] = [
        &["sync"],
        &["sync", "--format", "json"],
        &["accounts"],
        &["accounts", "--format", "json"],
        &["accounts", "suggestions", "spotify"],
        &["accounts", "suggestions", "tidal"],
        &["accounts", "suggestions", "listenbrainz", "--format", "json"],
    ];
    for command in commands {
        assert_eq!(tell(story.run(NOW, command, "")), 0, "{command:?}");
    }
    // Services that fail, and repeat in their errors what they know.
    let secrets = || story.fakes.with(|state| state.secrets().map(str::to_owned).collect::<Vec<_>>());
    let body =
        serde_json::json!({"error": "invalid_grant", "error_description": secrets(), "message": secrets()});
    for (status, hours) in [(400, 2), (401, 4), (403, 6), (500, 8)] {
        for service in Service::ALL {
            for _ in 0..3 {
                story.fakes.fail_next(service, Fault::json(status, &body.to_string()));
            }
        }
        let now = instant(NOW).plus_seconds(hours * 3_600);
        story.fakes.set_now(now);
        assert_ne!(tell(story.run(&now.to_string(), &["sync"], "")), 0, "{status}");
        assert_eq!(tell(story.run(&now.to_string(), &["accounts"], "")), 0, "{status}");
        story.fakes.with(State::forget_faults);
    }
    let late = instant(NOW).plus_seconds(36_000).to_string();
    for platform in ["spotify", "tidal", "lastfm", "listenbrainz", "apple"] {
        assert_eq!(tell(story.run(&late, &["accounts", "disconnect", platform], "")), 0, "{platform}");
    }
    let key = std::fs::read_to_string(story.place.path("signal.db.keys").join("vault.key")).expect("a key");
    let ours = key.lines().filter_map(|line| line.strip_prefix("signal-vault-1:")).map(str::to_owned);
    let secrets: Vec<_> = secrets().into_iter().chain(ours).collect();
    assert!(
        secrets.len() > 12 && key.contains(':') && told.contains("listenbrainz"),
        "{}: {told}",
        secrets.len()
    );
    for secret in secrets {
        assert!(!told.contains(&secret), "{}… is told", &secret[..8]);
    }
}

#[test]
fn who_is_erased_leaves_no_sealed_byte_on_the_disk() {
    let story = Story::new();
    let token = story.fakes.with(|state| state.listenbrainz.token.clone());
    story.run(NOW, &["connect", "listenbrainz", "--token", "-"], &token);
    story.json(NOW, &["sync"]);
    // What every sealed text begins with: its form, and the name of the key.
    let heads: Vec<Vec<u8>> = story.runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(story.place.store());
        let mut file = options.connect().await.expect("opens");
        let heads = sqlx::query_scalar("SELECT DISTINCT substr(value, 1, 9) FROM secrets");
        let heads = heads.fetch_all(&mut file).await.expect("reads");
        file.close().await.expect("closes");
        heads
    });
    assert_eq!(heads.len(), 1);
    let on_disk = || {
        let files = ["signal.db", "signal.db-wal", "signal.db-journal"].map(|name| story.place.path(name));
        files
            .iter()
            .filter_map(|file| std::fs::read(file).ok())
            .any(|bytes| bytes.windows(9).any(|window| window == heads[0]))
    };
    assert!(on_disk());
    story.place.ok(LATER, &["erase", "ana", "--yes"]);
    assert!(!on_disk());
}

#[test]
fn what_is_not_set_up_or_not_known_is_said() {
    let place = Place::new();
    place.ok(NOW, &["user", "add", "ana"]);
    let not_set = place.run(NOW, &["--as", "ana", "connect", "spotify"]);
    assert_eq!(not_set.code, 2);
    assert!(not_set.err.contains("SIGNAL_SPOTIFY_CLIENT_ID"), "{}", not_set.err);
    let unknown = place.run(NOW, &["--as", "ana", "connect", "myspace"]);
    assert!(unknown.err.contains("no platform is called myspace"), "{}", unknown.err);
    let none = place.run(NOW, &["--as", "ana", "sync"]);
    assert_eq!((none.code, none.err.contains("no account is connected")), (2, true), "{}", none.err);
    let argument = place.run(NOW, &["--as", "ana", "connect", "listenbrainz", "--token", "s3cret"]);
    assert_eq!(argument.code, 2, "a token is no argument");
}
