//! `restante user`, as those who run a server meet it: on a pipe and on a terminal.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Trial;
use common::restante;
use restante::message::Clock;
use restante::staff::Accounts;
use restante::staff::Attempt;
use restante::store::Options;
use restante::store::Store;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::termios::LocalModes;
use rustix::termios::tcgetattr;
use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::process::Child;
use std::process::Output;
use std::process::Stdio;
use zeroize::Zeroizing;

const PASSWORD: &str = "quatre chevaux verts";

/// Runs a command with `input` on a pipe.
fn piped(trial: &Trial, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = restante()
        .args(arguments)
        .arg("--config")
        .arg(trial.config())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who is refused before reading closes the pipe: no matter.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn add(trial: &Trial, name: &str, role: &str) {
    let line = format!("{PASSWORD}\n");
    let out = piped(
        trial,
        &["user", "add", name, "--role", role],
        line.as_bytes(),
    );
    assert!(out.status.success(), "{}", said(&out));
}

/// What was said on standard error: one line.
fn said(out: &Output) -> String {
    let text = String::from_utf8(out.stderr.clone()).unwrap();
    assert!(text.lines().count() <= 1, "one line, not:\n{text}");
    text.trim_end().to_owned()
}

fn refused(out: &Output) -> (i32, String) {
    assert!(out.stdout.is_empty());
    (out.status.code().unwrap(), said(out))
}

/// Whether a login works, by the library.
fn gets_in(trial: &Trial, name: &str, password: &str) -> bool {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(&trial.data(), Options::default())
            .await
            .unwrap();
        let accounts = Accounts::new(store.clone(), Clock::system());
        let attempt = Attempt {
            name,
            password: Zeroizing::new(password.to_owned()),
            network: [127, 0, 0, 1].into(),
            device: None,
        };
        let entered = accounts.login(attempt).await.is_ok();
        store.close().await.unwrap();
        entered
    })
}

#[test]
fn accounts_are_added_changed_listed_and_closed() {
    let trial = Trial::new();
    assert!(trial.out(&["user", "list"]).is_empty());
    add(&trial, "Awa", "reviewer");
    add(&trial, "binta", "approver");
    assert!(gets_in(&trial, "awa", PASSWORD));
    let other = b"sept violons rouges\r\n";
    let out = piped(&trial, &["user", "password", "awa"], other);
    assert!(out.status.success(), "{}", said(&out));
    assert!(!gets_in(&trial, "awa", PASSWORD));
    assert!(gets_in(&trial, "awa", "sept violons rouges"));
    trial.out(&["user", "role", "awa", "--role", "auditor"]);
    trial.out(&["user", "disable", "binta"]);
    assert!(!gets_in(&trial, "binta", PASSWORD));
    let list = trial.out(&["user", "list"]);
    let lines: Vec<Vec<&str>> = list
        .lines()
        .map(|l| l.split_whitespace().collect())
        .collect();
    assert_eq!(lines[0][..3], ["awa", "auditor", "open"]);
    assert_eq!(lines[1][..3], ["binta", "approver", "closed"]);
    assert_ne!(lines[0][4], "never");
    assert_eq!(lines[1][4], "never");
    assert!(!list.contains("argon2"));
}

#[test]
fn accounts_are_added_while_the_server_runs() {
    let trial = Trial::new();
    let server = trial.serve();
    add(&trial, "awa", "reviewer");
    assert!(trial.out(&["user", "list"]).contains("awa"));
    assert_eq!(server.stop(), 0);
}

#[test]
fn a_pipe_has_the_password_on_one_line_and_nothing_else() {
    let trial = Trial::new();
    let add = ["user", "add", "awa", "--role", "reviewer"];
    let twice = format!("{PASSWORD}\n{PASSWORD}\n");
    for input in [&b""[..], twice.as_bytes(), b"quatre chevaux verts\n\n"] {
        let (code, line) = refused(&piped(&trial, &add, input));
        assert_eq!(code, 2, "{line}");
        assert!(!line.contains("chevaux"), "{line}");
    }
    for input in [
        &b"\n"[..],
        b"short\n",
        b"quatre \xff chevaux verts\n",
        &[b'x'; 5000],
    ] {
        let (code, line) = refused(&piped(&trial, &add, input));
        assert_eq!(code, 1, "{line}");
        assert!(
            !line.contains("chevaux") && line.contains("password"),
            "{line}"
        );
    }
    assert!(trial.out(&["user", "list"]).is_empty());
    // The end of the line may be missing.
    assert!(piped(&trial, &add, PASSWORD.as_bytes()).status.success());
}

#[test]
fn wrong_use_of_user_is_one_line_with_its_exit_code() {
    let trial = Trial::new();
    add(&trial, "awa", "reviewer");
    let line = format!("{PASSWORD}\n");
    let run = |arguments: &[&str]| refused(&piped(&trial, arguments, line.as_bytes()));
    for (arguments, code) in [
        (&["user", "add", "binta", "--role", "boss"][..], 2),
        (&["user", "add", "binta"], 2),
        (&["user", "add", "operator", "--role", "admin"], 2),
        (&["user", "add", "a b", "--role", "admin"], 2),
        (&["user", "add", "awa", "--role", "admin"], 1),
        (&["user", "password", "nobody"], 1),
        (&["user", "disable", "nobody"], 1),
        (&["user", "role", "nobody", "--role", "admin"], 1),
        (&["user", "forget", "awa"], 2),
    ] {
        let (found, line) = run(arguments);
        assert_eq!(found, code, "{arguments:?}: {line}");
        assert!(line.starts_with("restante: "), "{line}");
    }
    let text = std::fs::read_to_string(trial.config()).unwrap();
    std::fs::write(trial.config(), format!("{text}\n[nonsense]\n")).unwrap();
    for arguments in [&["user", "list"][..], &["health"]] {
        assert_eq!(run(arguments).0, 78, "{arguments:?}");
    }
}

/// A terminal, its two ends.
fn terminal() -> (File, File) {
    let user = rustix::pty::openpt(rustix::pty::OpenptFlags::RDWR).unwrap();
    rustix::pty::grantpt(&user).unwrap();
    rustix::pty::unlockpt(&user).unwrap();
    let name = rustix::pty::ptsname(&user, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY;
    let program = rustix::fs::open(name, flags, Mode::empty()).unwrap();
    (user.into(), program.into())
}

fn shows_what_is_typed(terminal: &File) -> bool {
    let modes = tcgetattr(terminal).unwrap().local_modes;
    modes.contains(LocalModes::ECHO)
}

/// `user add` on a terminal.
fn asked_on(trial: &Trial, terminal: &File) -> Child {
    restante()
        .args(["user", "add", "awa", "--role", "reviewer", "--config"])
        .arg(trial.config())
        .stdin(terminal.try_clone().unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads standard error to the end of the next question.
fn question(child: &mut Child) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b": ") {
        let mut octet = [0];
        let read = child.stderr.as_mut().unwrap().read(&mut octet).unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&text));
        text.push(octet[0]);
    }
    String::from_utf8(text).unwrap()
}

#[test]
fn on_a_terminal_the_password_is_asked_for_twice_and_not_shown() {
    let trial = Trial::new();
    let (mut user, program) = terminal();
    let mut child = asked_on(&trial, &program);
    assert!(question(&mut child).contains("awa"));
    assert!(!shows_what_is_typed(&program));
    writeln!(user, "{PASSWORD}").unwrap();
    assert!(question(&mut child).contains("again"));
    writeln!(user, "{PASSWORD}").unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    assert!(shows_what_is_typed(&program), "as it was before");
    assert!(gets_in(&trial, "awa", PASSWORD));
    drop(program);
    let mut shown = Vec::new();
    let _ = user.read_to_end(&mut shown);
    assert!(!common::contains(&shown, "chevaux"));
}

#[test]
fn two_that_differ_are_no_password() {
    let trial = Trial::new();
    let (mut user, program) = terminal();
    let mut child = asked_on(&trial, &program);
    question(&mut child);
    writeln!(user, "{PASSWORD}").unwrap();
    question(&mut child);
    writeln!(user, "{PASSWORD}!").unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(
        String::from_utf8(out.stderr)
            .unwrap()
            .contains("not the same")
    );
    assert!(trial.out(&["user", "list"]).is_empty());
}

#[test]
fn broken_off_the_terminal_is_as_it_was() {
    let trial = Trial::new();
    let (_user, program) = terminal();
    let mut child = asked_on(&trial, &program);
    question(&mut child);
    assert!(!shows_what_is_typed(&program));
    common::signal(&child, "INT");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
    assert!(shows_what_is_typed(&program));
}
