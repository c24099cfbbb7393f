//! A table of what people and machines get wrong: the exit code, one line that says what it is, a hint where there
//! is something to do, and a ledger that is as it was.

mod support;

use support::{Place, START};

const LATER: &str = "2026-03-01T12:20:00Z";
const HOUR_BEHIND: &str = "2026-03-01T11:20:00Z";

/// One mistake. `says` is what the error line holds; what it holds of paths is not looked at.
struct Mistake {
    name: &'static str,
    now: &'static str,
    args: Vec<String>,
    input: Vec<u8>,
    code: i32,
    says: &'static str,
    hints: Option<&'static str>,
}

fn mistake(
    name: &'static str,
    args: &[&str],
    code: i32,
    says: &'static str,
    hints: Option<&'static str>,
) -> Mistake {
    let args = args.iter().map(|arg| (*arg).to_owned()).collect();
    Mistake {
        name,
        now: LATER,
        args,
        input: Vec::new(),
        code,
        says,
        hints,
    }
}

/// Ana has made five drops, bo has rated the first, and `cy` was only imported.
fn community() -> Place {
    let place = Place::new();
    place.ok(START, &["user", "add", "ana"]);
    place.ok(START, &["user", "add", "bo"]);
    place.ok(START, &["user", "verify", "ana", "paid", "--token", "receipt 1"]);
    place.ok(START, &["--as", "ana", "trust", "set", "bo", "0.5"]);
    for title in ["One", "Two", "Three", "Four", "Five"] {
        place.ok(
            START,
            &[
                "--as",
                "ana",
                "drop",
                "add",
                &format!("Moondog - {title}"),
                "It walks.",
            ],
        );
    }
    for person in ["ana", "bo"] {
        place.ok(START, &["--as", person, "drop", "list"]);
    }
    place.ok(START, &["--as", "bo", "drop", "rate", "1", "4"]);
    let edges = place.file("right.csv", "cy,dee,0.4\n");
    place.ok(START, &["import", &edges]);
    place
}

fn people(place: &Place) -> Vec<Mistake> {
    let _ = place;
    vec![
        mistake(
            "unknown user",
            &["compat", "ana", "nobody"],
            2,
            "no such user: nobody",
            Some("signal user list"),
        ),
        mistake(
            "unknown --as",
            &["--as", "nobody", "feed"],
            2,
            "no such user: nobody",
            Some("signal user add"),
        ),
        mistake(
            "nobody named",
            &["feed"],
            2,
            "nobody is named to do this",
            Some("--as USER"),
        ),
        mistake(
            "handle",
            &["user", "add", "Ana!"],
            2,
            "\"Ana!\" is not a handle",
            Some("HANDLE"),
        ),
        mistake(
            "handle taken",
            &["user", "add", "ana"],
            2,
            "is taken",
            Some("choose another"),
        ),
        mistake(
            "unclaimed",
            &["--as", "edges:cy", "trust", "set", "ana", "1"],
            2,
            "not claimed",
            Some("user claim"),
        ),
        mistake(
            "oneself",
            &["--as", "ana", "trust", "set", "me", "1"],
            2,
            "nobody can",
            None,
        ),
        mistake(
            "weight 2.0",
            &["--as", "ana", "trust", "set", "bo", "2.0"],
            2,
            "2.0 is not a trust weight",
            Some("WEIGHT"),
        ),
        mistake(
            "weight NaN",
            &["--as", "ana", "trust", "set", "bo", "NaN"],
            2,
            "NaN is not a trust weight",
            Some("WEIGHT"),
        ),
        mistake(
            "weight −1",
            &["--as", "ana", "trust", "set", "bo", "-1"],
            2,
            "-1 is not a trust weight",
            Some("WEIGHT"),
        ),
        mistake(
            "no instant",
            &["--now", "soon", "feed"],
            2,
            "\"soon\" is not a time",
            Some("--now"),
        ),
        mistake(
            "erase unasked",
            &["erase", "ana"],
            2,
            "nobody is here to ask",
            Some("--yes"),
        ),
    ]
}

fn drops() -> Vec<Mistake> {
    let ana = |rest: &[&str]| [&["--as", "ana", "drop"][..], rest].concat();
    let bo = |rest: &[&str]| [&["--as", "bo", "drop"][..], rest].concat();
    let mut long = mistake(
        "10 MB of text",
        &bo(&["add", "Moondog - Six", "-"]),
        2,
        "longer than 1 MiB",
        Some("write less"),
    );
    long.input = vec![b'x'; 10_000_000];
    let mut longer = mistake(
        "600 characters",
        &bo(&["add", "Moondog - Six", "-"]),
        2,
        "600 characters, 500 is the limit",
        None,
    );
    longer.input = vec![b'x'; 600];
    let mut bytes = mistake(
        "bytes",
        &bo(&["comment", "1", "-"]),
        2,
        "not UTF-8 text (byte 2)",
        Some("UTF-8"),
    );
    bytes.input = b"ab\xff".to_vec();
    let mut early = mistake(
        "clock behind",
        &bo(&["add", "Moondog - Six", "It runs."]),
        3,
        "more than 10 minutes before",
        Some("clock"),
    );
    early.now = HOUR_BEHIND;
    vec![
        long,
        longer,
        bytes,
        early,
        mistake(
            "stake above balance",
            &bo(&["add", "Moondog - Six", "x", "--stake", "21"]),
            2,
            "more than the 20.000 available",
            Some("stake at most"),
        ),
        mistake(
            "stake below minimum",
            &bo(&["add", "Moondog - Six", "x", "--stake", "9.999"]),
            2,
            "below the minimum of 10.000",
            Some("at least 10.000"),
        ),
        mistake(
            "stake of nothing",
            &bo(&["add", "Moondog - Six", "x", "--stake", "NaN"]),
            2,
            "NaN is not a number of points",
            Some("--stake"),
        ),
        mistake(
            "sixth drop in a day",
            &ana(&["add", "Moondog - Six", "x"]),
            2,
            "5 drops in 24 hours is the limit",
            Some("come back at"),
        ),
        mistake("own drop", &ana(&["rate", "1", "5"]), 2, "nobody can", None),
        mistake(
            "second rating",
            &bo(&["rate", "1", "5"]),
            2,
            "exists already",
            None,
        ),
        mistake(
            "six stars",
            &bo(&["rate", "2", "6"]),
            2,
            "6 is not a rating",
            Some("STARS"),
        ),
        mistake(
            "no such number",
            &bo(&["rate", "99", "5"]),
            2,
            "no number 99",
            Some("drop list"),
        ),
        mistake(
            "no such drop",
            &bo(&["rate", "00000000", "5"]),
            2,
            "no such drop: 00000000",
            Some("drop list"),
        ),
        mistake(
            "no track",
            &bo(&["add", "Sinnerman", "x"]),
            2,
            "\"Sinnerman\" names no track",
            Some("TRACK"),
        ),
        mistake("no words", &bo(&["add", "Moondog - Six", " "]), 2, "empty", None),
        mistake(
            "no circle",
            &bo(&["add", "Moondog - Six", "x", "--circle", "Owls"]),
            2,
            "no such circle: Owls",
            Some("circle list"),
        ),
    ]
}

fn files(place: &Place) -> Vec<Mistake> {
    let edges = place.file("edges.csv", "ana,bo,0.5\nbo,ana,1.5\n");
    let nan = place.file("nan.csv", "from,to,weight\nana,bo,NaN\n");
    let bytes = place.file("bytes.csv", b"user,artist,plays\nana,Sigur R\xf3s,3\n");
    let other = place.file("other.db", "this is no database\n");
    let policy = place.file("policy.json", r#"{"stakes": {"window_days": 0}}"#);
    let spotify = place.file(
        "StreamingHistory0.json",
        r#"[{"endTime": "2026-01-01 10:00", "artistName": "Moondog", "trackName": "Bird's Lament", "msPlayed": 120000}]"#,
    );
    let import = |file: &str| vec!["import".to_owned(), file.to_owned()];
    let case = |name, args: Vec<String>, code, says, hints| Mistake {
        args,
        ..mistake(name, &[], code, says, hints)
    };
    vec![
        case(
            "malformed edges",
            import(&edges),
            2,
            "edges.csv line 2: weight 1.5 is not in (0, 1]",
            Some("--scale"),
        ),
        case(
            "NaN in edges",
            import(&nan),
            2,
            "nan.csv line 2: weight NaN",
            None,
        ),
        case(
            "not UTF-8",
            import(&bytes),
            2,
            "bytes.csv line 2 is not UTF-8 text (byte 29)",
            Some("UTF-8"),
        ),
        case(
            "no such file",
            import("missing.csv"),
            3,
            "cannot read",
            Some("path"),
        ),
        case(
            "whose history",
            import(&spotify),
            2,
            "nobody is named",
            Some("--as HANDLE"),
        ),
        case(
            "policy",
            vec!["policy".into(), "set".into(), policy],
            2,
            "must be above 0",
            Some("policy show"),
        ),
        case(
            "not a store",
            vec!["feed".into(), "--db".into(), other],
            3,
            "not an SQLite database",
            None,
        ),
        case(
            "no store",
            vec!["feed".into(), "--db".into(), "typo.db".into()],
            3,
            "no store at typo.db",
            Some("--db STORE"),
        ),
        case(
            "no such scheme",
            vec!["feed".into(), "--db".into(), "https://x.example".into()],
            3,
            "reserved",
            None,
        ),
    ]
}

fn check(place: &Place, mistake: &Mistake) {
    let Mistake {
        name,
        now,
        args,
        input,
        code,
        says,
        hints,
    } = mistake;
    // The last `--db` and `--now` win over the ones of the place.
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut command = support::bare();
    let own = |option: &str| !args.contains(&option);
    command.current_dir(place.path("."));
    if own("--db") {
        command.arg("--db").arg(place.store());
    }
    if own("--now") {
        command.args(["--now", now]);
    }
    let ran = support::ran(command.args(&args).write_stdin(input.clone()));
    assert_eq!(ran.code, *code, "{name}: {}{}", ran.err, ran.out);
    assert_eq!(ran.out, "", "{name}");
    let lines: Vec<&str> = ran.err.lines().collect();
    let first = lines.first().expect("an error");
    assert!(
        first.starts_with("error: ") && first.contains(says),
        "{name}: {}",
        ran.err
    );
    assert!(first.len() < 240, "{name}: {}", ran.err);
    match hints {
        Some(hint) => {
            assert_eq!((lines.len(), lines.get(1)), (3, Some(&"")), "{name}: {}", ran.err);
            assert!(
                lines[2].starts_with("hint: ") && lines[2].contains(hint),
                "{name}: {}",
                ran.err
            );
        }
        None => assert!(lines.len() == 1 || lines.len() == 3, "{name}: {}", ran.err),
    }
}

#[test]
fn every_mistake_is_told_in_one_line_and_changes_nothing() {
    let place = community();
    let before = place.ledger(LATER);
    for mistake in people(&place).into_iter().chain(drops()).chain(files(&place)) {
        check(&place, &mistake);
        assert_eq!(place.ledger(LATER), before, "{} changed the ledger", mistake.name);
    }
    assert!(!place.path("typo.db").exists(), "a typo makes no store");
    assert_eq!(place.json(LATER, &["audit", "replay"])["equal"], true);
}

#[test]
fn a_file_that_may_only_be_read_is_read_and_not_written() {
    let place = community();
    let before = place.ledger(LATER);
    let mut permissions = std::fs::metadata(place.store()).expect("a store").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(place.store(), permissions).expect("permissions");
    place.ok(LATER, &["--as", "bo", "feed"]);
    let refused = mistake(
        "read-only",
        &["--as", "bo", "trust", "set", "ana", "0.5"],
        3,
        "read",
        None,
    );
    check(&place, &refused);
    let register = mistake("read-only", &["user", "add", "eve"], 3, "read", None);
    check(&place, &register);
    assert_eq!(place.ledger(LATER), before);
}

#[test]
fn nothing_but_a_way_to_begin_makes_a_store() {
    let place = Place::new();
    for args in [
        &["audit", "verify"][..],
        &["audit", "replay"],
        &["user", "list"],
        &["drop", "list"],
        &["settle"],
        &["epoch"],
        &["--as", "ana", "trust", "set", "bo", "0.5"],
        &["--as", "ana", "import", "."],
    ] {
        let ran = place.run(START, args);
        assert_ne!(ran.code, 0, "{args:?}");
        assert!(!place.store().exists(), "{args:?} made a store");
    }
    let wrong = place.file("wrong.csv", "a,b,7\n");
    assert_eq!(place.run(START, &["import", &wrong]).code, 2);
    assert!(!place.store().exists(), "a wrong import made a store");
}
