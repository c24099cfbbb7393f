//! What the operator hands out, what a stranger checks without the store, and what a witness remembers.

mod support;

use std::fs;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use support::{LATER, Place, Ran, WEEK_LATER, bare, ran, rated};

/// A story whose ledger has a key; the public one comes with it.
fn signed() -> (Place, String) {
    let place = rated();
    let file = place.path("ledger.key");
    let key = place.ok(LATER, &["audit", "key", "signal.example/ledger", file.to_str().expect("UTF-8")]);
    (place, key.trim().to_owned())
}

fn text(place: &Place, name: &str) -> String {
    place.path(name).to_str().expect("UTF-8").to_owned()
}

/// Asks the operator for a file, and keeps it.
fn ask(place: &Place, now: &str, name: &str, args: &[&str]) -> String {
    let key = text(place, "ledger.key");
    let out = place.ok(now, &[&["audit"], args, &["--key-file", &key]].concat());
    place.file(name, out)
}

/// What a stranger does: no store is named, and none could be found.
fn check(place: &Place, args: &[&str]) -> Ran {
    let mut command = bare();
    command.args(["audit", "check"]).args(args).current_dir(place.path("."));
    command.env("XDG_DATA_HOME", place.path("nowhere")).env("HOME", place.path("nowhere"));
    ran(&mut command)
}

#[track_caller]
fn fails(ran: &Ran, fault: &str) {
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.starts_with(&format!("DOES NOT HOLD: {fault}\n")), "{ran:?}");
}

#[test]
fn a_stranger_believes_what_is_true() {
    let (place, key) = signed();
    let checkpoint = ask(&place, LATER, "kept", &["checkpoint"]);
    let told = check(&place, &[&checkpoint, "--key", &key]);
    assert_eq!(
        (told.code, told.out.as_str()),
        (0, "holds: signal.example/ledger signed 11 entries\n"),
        "{told:?}"
    );
    let entry = ask(&place, LATER, "entry", &["prove", "8"]);
    let told = check(&place, &[&entry, "--key", &key]);
    assert!(told.code == 0 && told.out.contains("entry 8 is in signal.example/ledger"), "{told:?}");
    assert!(told.out.contains("drop.made") && told.out.contains("-12.000"), "{told:?}");
    place.ok(WEEK_LATER, &["settle"]);
    let grown = ask(&place, WEEK_LATER, "grown", &["prove", "--since", "11"]);
    let told = check(&place, &[&grown, "--key", &key, "--since", &checkpoint, "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
    assert_eq!(
        (told.code, &answer["proves"], &answer["since"]),
        (0, &"consistency".into(), &11.into()),
        "{told:?}"
    );
    // A proof for the checkpoint that was kept, made later.
    let old = ask(&place, WEEK_LATER, "old", &["prove", "8", "--checkpoint", &checkpoint]);
    assert_eq!(fs::read(&old).expect("a file"), fs::read(&entry).expect("a file"));
}

#[test]
fn a_stranger_names_what_was_done() {
    let (place, key) = signed();
    let checkpoint = ask(&place, LATER, "kept", &["checkpoint"]);
    let entry = ask(&place, LATER, "entry", &["prove", "5"]);
    let good = fs::read_to_string(&entry).expect("a file");
    let lines: Vec<&str> = good.lines().collect();
    let with = |name: &str, change: &dyn Fn(&mut Vec<&str>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        check(&place, &[&place.file(name, lines.join("\n") + "\n"), "--key", &key])
    };
    fails(&with("reordered", &|lines| lines.swap(3, 4)), "reorder");
    fails(
        &with("shorter", &|lines| {
            lines.remove(4);
        }),
        "truncation",
    );
    fails(&with("cut", &|lines| lines.truncate(5)), "truncation");
    fails(&with("forged", &|lines| lines[9] = "12"), "forged checkpoint");
    let other = place.path("other.key");
    let public = place.ok(LATER, &["audit", "key", "signal.example/ledger", other.to_str().expect("UTF-8")]);
    fails(&check(&place, &[&entry, "--key", public.trim()]), "forged checkpoint");
    let flipped = good.replacen("extra eyJ2Ijox", "extra eyJ2Ijoy", 1);
    assert_ne!(flipped, good);
    fails(&check(&place, &[&place.file("flipped", flipped), "--key", &key]), "bit flip");
    // The same key signs another history.
    let twin = rated();
    fs::copy(place.path("ledger.key"), twin.path("ledger.key")).expect("copies");
    twin.ok(LATER, &["--as", "ana", "trust", "set", "cy", "0.7"]);
    let grown = ask(&twin, LATER, "grown", &["prove", "--since", "11"]);
    fails(&check(&place, &[&grown, "--key", &key, "--since", &checkpoint]), "split view");
    // Nor does an entry of the other history pass with who kept a checkpoint of this one.
    place.ok(LATER, &["--as", "ana", "trust", "set", "cy", "0.6"]);
    let kept = ask(&place, LATER, "kept-later", &["checkpoint"]);
    let other = ask(&twin, LATER, "other", &["prove", "8"]);
    fails(&check(&place, &[&other, "--key", &key, "--since", &kept]), "split view");
    let own = ask(&place, LATER, "own", &["prove", "8"]);
    assert_eq!(check(&place, &[&own, "--key", &key, "--since", &kept]).code, 0);
}

/// The checkpoint at the end of a proof, as a file of its own.
fn grown_checkpoint(place: &Place, proof: &str) -> String {
    let text = fs::read_to_string(proof).expect("a file");
    place.file("its-checkpoint", text.split_once("\n\n").expect("a checkpoint").1)
}

#[test]
fn files_that_are_no_proofs_are_wrong_use() {
    let (place, key) = signed();
    let file = place.file("letter", "dear operator\n");
    let told = check(&place, &[&file, "--key", &key]);
    assert!(told.code == 2 && told.err.contains("neither a proof nor a checkpoint"), "{told:?}");
    let told = check(&place, &[&text(&place, "missing"), "--key", &key]);
    assert_eq!(told.code, 3, "{told:?}");
    let told = check(&place, &[&file, "--key", "no key"]);
    assert_eq!(told.code, 2, "{told:?}");
    let grown = ask(&place, LATER, "grown", &["prove", "--since", "3"]);
    let told = check(&place, &[&grown, "--key", &key]);
    assert!(told.code == 2 && told.err.contains("--since FILE"), "{told:?}");
    let told = place.run(LATER, &["audit", "prove", "99", "--key-file", &text(&place, "ledger.key")]);
    assert!(told.code == 2 && told.err.contains("11 entries"), "{told:?}");
}

#[test]
fn a_witness_remembers_and_does_not_sign_twice() {
    let (place, key) = signed();
    let witness = text(&place, "witness.key");
    let public = place.ok(LATER, &["audit", "key", "witness.example/w1", &witness, "--witness"]);
    let state = text(&place, "state");
    let cosign = |file: &str| {
        let args = ["audit", "witness", file, "--key", &key, "--key-file", &witness, "--state", &state];
        place.run(LATER, &args)
    };
    let first = ask(&place, LATER, "first", &["prove", "--since", "0"]);
    let line = cosign(&first);
    assert!(line.code == 0 && line.out.starts_with("\u{2014} witness.example/w1 "), "{line:?}");
    let cosigned = fs::read_to_string(grown_checkpoint(&place, &first)).expect("a file") + &line.out;
    let cosigned = place.file("cosigned", cosigned);
    let args = [cosigned.as_str(), "--key", &key, "--witness", public.trim()];
    assert_eq!(check(&place, &args).code, 0);
    let plain = ask(&place, LATER, "plain", &["checkpoint"]);
    fails(&check(&place, &[&plain, "--key", &key, "--witness", public.trim()]), "missing cosignature");
    // From nothing on again, though something was seen.
    let stale = cosign(&first);
    assert!(stale.code == 2 && stale.err.contains("--since 11"), "{stale:?}");
    let twin = rated();
    fs::copy(place.path("ledger.key"), twin.path("ledger.key")).expect("copies");
    let split = cosign(&ask(&twin, LATER, "split", &["prove", "--since", "11"]));
    assert!(split.code == 1 && split.out.starts_with("NOT COSIGNED: split view\n"), "{split:?}");
    place.ok(WEEK_LATER, &["settle"]);
    assert_eq!(cosign(&ask(&place, WEEK_LATER, "grown", &["prove", "--since", "11"])).code, 0);
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_signs_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let (place, _) = signed();
    let key = text(&place, "ledger.key");
    assert_eq!(fs::metadata(&key).expect("a file").permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("changes");
    let told = place.run(LATER, &["audit", "checkpoint", "--key-file", &key]);
    assert!(told.code == 2 && told.err.contains("chmod 600"), "{told:?}");
    let told = place.run(LATER, &["audit", "checkpoint"]);
    assert!(told.code == 2 && told.err.contains("SIGNAL_LEDGER_KEY"), "{told:?}");
    let text = fs::read_to_string(&key).expect("a file");
    let mut command = place.command(LATER, &["audit", "checkpoint"]);
    let told = ran(command.env("SIGNAL_LEDGER_KEY", text.trim()));
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(place.run(LATER, &["audit", "key", "a", &key]).code, 3, "a key is never replaced");
}

#[tokio::test]
async fn a_whole_ledger_with_another_past_is_found_out_by_a_kept_checkpoint() {
    let (place, key) = signed();
    let kept = ask(&place, LATER, "kept", &["checkpoint"]);
    let args = ["audit", "verify", "--checkpoint", &kept, "--key", &key];
    assert_eq!(place.run(LATER, &args).code, 0);
    // Somebody puts another file in its place, which holds by itself.
    let twin = rated();
    twin.ok(LATER, &["--as", "ana", "trust", "set", "cy", "0.7"]);
    let told = twin.run(LATER, &args);
    assert!(told.code == 1 && told.out.contains("split view"), "{told:?}");
    assert_eq!(twin.run(LATER, &["audit", "verify"]).code, 0);
    // Somebody takes the last entries away.
    let mut file = SqliteConnectOptions::new()
        .filename(place.store())
        .foreign_keys(false)
        .connect()
        .await
        .expect("opens");
    sqlx::query("DELETE FROM entries WHERE position >= 9").execute(&mut file).await.expect("deletes");
    file.close().await.expect("closes");
    let told = place.run(LATER, &["audit", "verify"]);
    assert!(told.code == 1 && told.out.contains("truncation"), "{told:?}");
}

#[tokio::test]
async fn swapped_entries_are_named_as_such() {
    let place = rated();
    let mut file = SqliteConnectOptions::new()
        .filename(place.store())
        .foreign_keys(false)
        .connect()
        .await
        .expect("opens");
    for sql in [
        "UPDATE entries SET position = 999 WHERE position = 5",
        "UPDATE entries SET position = 5 WHERE position = 6",
        "UPDATE entries SET position = 6 WHERE position = 999",
    ] {
        sqlx::query(sql).execute(&mut file).await.expect("writes");
    }
    file.close().await.expect("closes");
    let told = place.run(LATER, &["audit", "verify", "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
    assert_eq!(
        (told.code, &answer["fault"], &answer["position"]),
        (1, &"reorder".into(), &5.into()),
        "{answer}"
    );
}
