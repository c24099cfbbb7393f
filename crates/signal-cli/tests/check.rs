//! `signal user check`: codes are shown, typed, counted, and never kept.

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use support::{Place, START, program};

/// A check that waits for its answer.
struct Talk {
    child: Child,
    told: BufReader<std::process::ChildStderr>,
    code: String,
}

impl Talk {
    fn begin(place: &Place, name: &str, contact: &str) -> Self {
        let mut child = Command::new(program())
            .env_remove("SIGNAL_DB")
            .env_remove("SIGNAL_AS")
            .arg("--db")
            .arg(place.store())
            .args(["--now", START, "--as", name, "--format", "json", "user", "check", "phone", contact])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("runs");
        let mut told = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        told.read_line(&mut line).expect("is told");
        let code: String = line.chars().skip_while(|c| !c.is_ascii_digit()).take(6).collect();
        assert_eq!(code.len(), 6, "{line}");
        Self { child, told, code }
    }

    fn say(&mut self, answer: &str) {
        writeln!(self.child.stdin.as_mut().expect("a pipe"), "{answer}").expect("is heard");
    }

    /// The exit code, what was answered, and what else was told.
    fn end(mut self) -> (Option<i32>, String, String) {
        drop(self.child.stdin.take());
        let mut told = String::new();
        std::io::Read::read_to_string(&mut self.told, &mut told).expect("is told");
        let output = self.child.wait_with_output().expect("ends");
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"), told)
    }
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[test]
fn the_code_verifies_and_a_telephone_counts_once() {
    let place = Place::new();
    for name in ["ana", "bo"] {
        place.ok(START, &["user", "add", name]);
    }
    let mut talk = Talk::begin(&place, "ana", "+49 30 901820");
    let (code, mistyped) = (talk.code.clone(), wrong(&talk.code));
    talk.say(mistyped);
    talk.say(&code);
    let (exit, answer, told) = talk.end();
    assert_eq!(exit, Some(0), "{told}");
    assert!(told.starts_with("the answer is wrong; 4 more will be taken"), "{told}");
    assert!(answer.contains(r#""schema":"signal.user.check/1""#) && answer.contains(r#""level":"phone""#));
    assert_eq!(place.json(START, &["user", "show", "ana"])["verification"], "phone");
    // Another process keeps the same key, so the same telephone is known again.
    let mut talk = Talk::begin(&place, "bo", "+49-30-901820");
    let code = talk.code.clone();
    talk.say(&code);
    let (exit, _, told) = talk.end();
    assert_eq!(exit, Some(2), "{told}");
    assert!(told.contains("this verification token is taken"), "{told}");
    assert_eq!(place.json(START, &["user", "show", "bo"])["verification"], "none");
    let export = place.ok(START, &["export", "ana"]);
    assert!(!export.contains("901820"), "the number is kept nowhere");
}

#[test]
fn five_wrong_codes_end_a_check() {
    let place = Place::new();
    place.ok(START, &["user", "add", "ana"]);
    let mut talk = Talk::begin(&place, "ana", "+49 30 901820");
    let (code, mistyped) = (talk.code.clone(), wrong(&talk.code));
    for _ in 0..5 {
        talk.say(mistyped);
    }
    // The program may have gone already; then nobody hears it.
    let _ = writeln!(talk.child.stdin.as_mut().expect("a pipe"), "{code}");
    let (exit, answer, told) = talk.end();
    assert_eq!((exit, answer.as_str()), (Some(2), ""), "{told}");
    assert!(
        told.contains("5 answers to one check is the limit") && told.contains("begin a new check"),
        "{told}"
    );
    assert_eq!(place.json(START, &["user", "show", "ana"])["verification"], "none");
}

#[test]
fn silence_verifies_nobody() {
    let place = Place::new();
    place.ok(START, &["user", "add", "ana"]);
    let (exit, _, told) = Talk::begin(&place, "ana", "+49 30 901820").end();
    assert_eq!(exit, Some(2), "{told}");
    assert!(told.contains("no answer came"), "{told}");
    let nobody = place.run(START, &["user", "check", "phone", "12"]);
    assert_eq!(nobody.code, 2);
    let number = place.run(START, &["--as", "ana", "user", "check", "phone", "12"]);
    assert!(number.code == 2 && number.err.contains("this is no telephone number"), "{}", number.err);
}
