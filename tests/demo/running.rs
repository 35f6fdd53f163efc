//! `restante demo` as a stranger runs it.

use crate::common::Client;
use crate::common::files;
use crate::common::restante;
use crate::common::signal;
use std::io::BufRead;
use std::io::BufReader;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

/// Enough letters for all five verdicts.
const LETTERS: &str = "60";

/// A demonstration that runs; killed when dropped.
pub struct Demo {
    child: Child,
    lines: mpsc::Receiver<String>,
    pub said: Vec<String>,
    /// Where temporary folders go.
    place: TempDir,
}

impl Demo {
    pub fn start(arguments: &[&str], adapt: impl FnOnce(&mut Command)) -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut command = restante();
        command
            .arg("demo")
            .args(arguments)
            .env("TMPDIR", place.path())
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env("LANG", "en_GB.UTF-8")
            .stdout(Stdio::piped());
        adapt(&mut command);
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in out.lines() {
                if sender.send(line.unwrap()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            lines,
            said: Vec::new(),
            place,
        }
    }

    /// The rest of the first line, from now on, that begins with `word`.
    pub fn wait_for(&mut self, word: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(300));
            let Ok(line) = line else {
                panic!("no line begins with {word}: {:#?}", self.said);
            };
            self.said.push(line.clone());
            if let Some(rest) = line.strip_prefix(word) {
                return rest.trim().to_owned();
            }
        }
    }

    /// What was said up to now after this word.
    pub fn said(&self, word: &str) -> Vec<String> {
        let rest = |line: &String| line.strip_prefix(word).map(|rest| rest.trim().to_owned());
        self.said.iter().filter_map(rest).collect()
    }

    /// A signal, and the exit code.
    pub fn stop(&mut self, name: &str) -> Option<i32> {
        signal(&self.child, name);
        self.child.wait().unwrap().code()
    }

    pub fn left_behind(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.place.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn json(dir: &Path, command: &str) -> String {
    let out = restante()
        .args([command, "--json", "--config"])
        .arg(dir.join("registry/restante.toml"))
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn two_at_once_run_and_leave_nothing_behind() {
    let mut demos = [(), ()].map(|()| Demo::start(&["--messages", LETTERS], |_| ()));
    for demo in &mut demos {
        demo.wait_for("ready");
        assert_eq!(demo.left_behind().len(), 1, "one folder");
    }
    let of = |word: &str| {
        demos
            .iter()
            .flat_map(|demo| demo.said(word))
            .collect::<Vec<_>>()
    };
    for word in ["web http://127.0.0.1:", "smtp 127.0.0.1:", "notices "] {
        let both = of(word);
        assert_eq!(both.len(), 2, "{word}");
        assert_ne!(both[0], both[1]);
    }
    let passwords = of("login ");
    assert_eq!(passwords.len(), 4);
    for (at, one) in passwords.iter().enumerate() {
        assert!(passwords[at + 1..].iter().all(|other| other != one));
    }
    for demo in &mut demos {
        let port: u16 = demo.said("web http://127.0.0.1:")[0].parse().unwrap();
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        assert_eq!(demo.stop("INT"), Some(0));
        assert!(demo.left_behind().is_empty(), "{:?}", demo.left_behind());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}

#[test]
fn the_past_is_kept_with_all_its_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("kept");
    let shown = dir.display().to_string();
    let mut demo = Demo::start(&["--messages", "150", "--dir", &shown], |command| {
        command.env("LANG", "fr_FR.UTF-8").stderr(Stdio::piped());
    });
    demo.wait_for("ready");
    assert!(
        demo.said.iter().any(|line| line == "À essayer\u{a0}:"),
        "{:?}",
        demo.said
    );

    // Its mail server takes what is for the organisations, and nothing else; what it takes is shown.
    let config = std::fs::read_to_string(dir.join("registry/restante.toml")).unwrap();
    let relay = config.split("relay = \"smtp://").nth(1).unwrap();
    let relay = relay.split('"').next().unwrap().parse().unwrap();
    let mut client = Client::connect(relay);
    client.say("EHLO mx.nic.ml", "250");
    client.say("MAIL FROM:<misdirected@nic.ml>", "250");
    client.say("RCPT TO:<postmaster@elsewhere.example>", "5");
    let mut client = Client::connect(relay);
    client.say("EHLO mx.nic.ml", "250");
    let message = b"Subject: A ticket\r\n\r\nFirst line\r\n..dots\r\n";
    let reply = client.mail("misdirected@nic.ml", &["postmaster@army.mil"], message);
    assert!(reply.starts_with("250"), "{reply}");
    let file = demo.wait_for("notice ");
    assert_eq!(Path::new(&file), dir.join("owner/0001.eml"));
    let taken = std::fs::read(&file).unwrap();
    assert!(String::from_utf8_lossy(&taken).contains("First line\r\n..dots\r\n"));
    demo.wait_for("  A ticket");
    demo.wait_for("  | First line");

    assert_eq!(demo.stop("TERM"), Some(0));
    let mut log = String::new();
    std::io::Read::read_to_string(demo.child.stderr.as_mut().unwrap(), &mut log).unwrap();
    assert_eq!(log, "", "nothing is amiss");
    let mode = |name: &str| {
        std::fs::metadata(dir.join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!((mode("offline.key"), mode("owner")), (0o600, 0o700));
    assert!(
        files(&dir.join("registry"))
            .iter()
            .all(|file| !file.ends_with("offline.key"))
    );

    let stats: serde_json::Value = serde_json::from_str(&json(&dir, "stats")).unwrap();
    let verdicts = stats["by_verdict"].as_object().unwrap();
    assert_eq!(
        verdicts
            .values()
            .filter(|count| count.as_i64() > Some(0))
            .count(),
        5,
        "{stats}"
    );
    assert!(stats["messages"].as_i64().unwrap() >= 150);
    assert!(stats["by_policy"]["count"].as_i64().unwrap() > 0, "{stats}");
    assert_eq!(stats["duplicates"], 0);
    let sessions = &stats["sessions"];
    assert!(sessions["auth_attempts"].as_i64().unwrap() >= 2, "{stats}");
    assert!(sessions["relay_attempts"].as_i64().unwrap() >= 2, "{stats}");
    let messages: Vec<serde_json::Value> = json(&dir, "messages")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let day =
        |message: &serde_json::Value| message["received_at"].as_str().unwrap()[..10].to_owned();
    let days: std::collections::BTreeSet<String> = messages.iter().map(day).collect();
    assert!((20..=31).contains(&days.len()), "{days:?}");

    // A folder in use is refused, and stays as it is.
    let before = files(&dir).len();
    let again = restante().args(["demo", "--dir", &shown]).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("holds something already"));
    assert_eq!(files(&dir).len(), before);
}

#[test]
fn it_can_be_ended_half_way() {
    let mut demo = Demo::start(&["--messages", "20000"], |_| ());
    demo.wait_for("Sending");
    assert_eq!(demo.stop("TERM"), Some(0));
    assert!(demo.left_behind().is_empty(), "{:?}", demo.left_behind());
}

#[test]
fn a_folder_that_cannot_be_made_is_a_failure_in_one_line() {
    let out = restante()
        .args(["demo", "--dir", "/proc/nothing/here"])
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(
        said.starts_with("restante: /proc/nothing/here") && said.lines().count() == 1,
        "{said}"
    );
}
