//! `restante import`: what it takes in, what it leaves, what it says, and what it never says.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Trial;
use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::time::Duration;
use std::time::Instant;

fn mail(number: usize, date: &str) -> String {
    format!(
        "Return-Path: <roe@sender.example>\nTo: jane@army.ml\nDate: {date}\nSubject: s\n\nNumber {number}.\n"
    )
}

const MAY: &str = "Tue, 16 May 2023 10:00:00 +0000";

/// A folder beside the installation, with files of these names and texts.
fn folder(trial: &Trial, files: &[(&str, &str)]) -> PathBuf {
    let folder = trial.folder.path().join("old");
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn import(trial: &Trial, kind: &str, path: &Path) -> Output {
    trial.run(&["import", kind, &path.display().to_string()])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The number that stands behind these words in the report.
fn counted(out: &Output, words: &str) -> u64 {
    let said = text(&out.stdout);
    let line = said.lines().find(|line| line.starts_with(words));
    let line = line.unwrap_or_else(|| panic!("no `{words}` in:\n{said}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn imports_of_different_months_cannot_be_linked() {
    let trial = Trial::new();
    let june = "Fri, 16 Jun 2023 10:00:00 +0000";
    let path = folder(
        &trial,
        &[
            ("1", &mail(1, MAY)),
            ("2", &mail(2, MAY)),
            ("3", &mail(3, june)),
        ],
    );
    assert!(import(&trial, "eml", &path).status.success());
    let rows = trial.messages();
    assert_eq!(rows.len(), 3);
    for key in ["sender_pseudonym", "recipient_pseudonym"] {
        let of = |month: &str| -> BTreeSet<String> {
            rows.iter()
                .filter(|row| row["received_at"].as_str().unwrap().starts_with(month))
                .map(|row| row[key].as_str().unwrap().to_owned())
                .collect()
        };
        let (may, june) = (of("2023-05"), of("2023-06"));
        assert_eq!((may.len(), june.len()), (1, 1), "{key}");
        assert!(may.is_disjoint(&june), "{key}");
    }
}

#[test]
fn a_source_behind_a_link_is_taken_in_and_links_inside_are_counted() {
    let trial = Trial::new();
    let path = folder(
        &trial,
        &[("box/cur/1", &mail(1, MAY)), ("box/new/2", &mail(2, MAY))],
    );
    let elsewhere = trial.folder.path().join("elsewhere");
    std::fs::write(&elsewhere, mail(3, MAY)).unwrap();
    symlink(&elsewhere, path.join("box/cur/3")).unwrap();
    let link = trial.folder.path().join("link");
    symlink(path.join("box"), &link).unwrap();
    let out = import(&trial, "maildir", &link);
    assert!(out.status.success());
    assert_eq!(counted(&out, "imported"), 2);
    assert_eq!(counted(&out, "links not followed"), 1);

    let out = import(&trial, "eml", &path.join("box/cur/3"));
    assert_eq!(counted(&out, "imported"), 1);
}

#[test]
fn no_message_at_all_is_an_error() {
    let trial = Trial::new();
    let path = folder(&trial, &[("cur/.keep/x", ""), ("empty", "")]);
    std::fs::remove_dir_all(path.join("cur/.keep")).unwrap();
    symlink("/nowhere", path.join("cur/1")).unwrap();
    for (kind, path, words) in [
        ("maildir", path.clone(), "no message found (1 links"),
        ("eml", path.join("cur"), "no message found (1 links"),
        ("mbox", path.join("empty"), "no message found"),
    ] {
        let out = import(&trial, kind, &path);
        let said = text(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(
            said.lines().count() == 1 && said.contains(words) && out.stdout.is_empty(),
            "{said}"
        );
    }
}

#[test]
fn an_mbox_file_is_not_taken_for_one_message() {
    let trial = Trial::new();
    let from = "From roe@army.ml Mon Jul 17 10:00:00 2023\n";
    let mbox = format!("{from}{}\n{from}{}", mail(1, MAY), mail(3, MAY));
    let path = folder(
        &trial,
        &[("secret subject.eml", &mbox), ("2.eml", &mail(2, MAY))],
    );
    let out = import(&trial, "eml", &path.join("secret subject.eml"));
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("import mbox") && out.stdout.is_empty());
    let out = import(&trial, "eml", &path);
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(
        (counted(&out, "imported"), counted(&out, "unreadable")),
        (1, 1)
    );
    let said = text(&out.stderr);
    assert!(
        said.contains("message 2: ") && !said.contains("subject"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_read_is_counted_without_its_name_and_the_work_goes_on() {
    let trial = Trial::new();
    let path = folder(
        &trial,
        &[("1.eml", &mail(1, MAY)), ("9.eml", &mail(9, MAY))],
    );
    // Deeper than a path may be long: that stops the superuser too.
    let step = "secret-subject".repeat(17);
    let deep = |top: &str| {
        let top = trial.folder.path().join(top);
        let mut all = top.clone();
        (0..9).for_each(|_| all.push(&step));
        std::fs::create_dir_all(&all).unwrap();
        (top, all)
    };
    let ((first, end), (second, _)) = (deep("a"), deep("b"));
    std::fs::rename(second, end.join("b")).unwrap();
    std::fs::rename(first, path.join("5")).unwrap();
    let out = import(&trial, "eml", &path);
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert_eq!(
        (counted(&out, "imported"), counted(&out, "unreadable")),
        (2, 1)
    );
    assert!(
        !said.contains("secret") && said.lines().count() == 1,
        "{said}"
    );
}

#[test]
fn a_message_that_is_too_large_costs_no_other() {
    let trial = Trial::new();
    let config = std::fs::read_to_string(trial.config()).unwrap();
    let config = config.replace("[smtp]\n", "[smtp]\nmax_message_bytes = 65536\n");
    std::fs::write(trial.config(), config).unwrap();
    let large = format!("{}{}\n", mail(2, MAY), "x".repeat(300_000));
    let mbox = [mail(1, MAY), large.clone(), mail(3, MAY)].map(|m| format!("From roe Mon\n{m}\n"));
    let path = folder(
        &trial,
        &[
            ("mbox", &mbox.concat()),
            ("eml/2", &large),
            ("eml/4", &mail(4, MAY)),
        ],
    );
    for (kind, path, kept) in [("mbox", path.join("mbox"), 2), ("eml", path.join("eml"), 1)] {
        let out = import(&trial, kind, &path);
        assert!(out.status.success(), "{}", text(&out.stderr));
        assert_eq!(
            (counted(&out, "imported"), counted(&out, "too large")),
            (kept, 1)
        );
    }
}

/// What the audit trail says of imports.
fn trail(trial: &Trial) -> Vec<(String, serde_json::Value)> {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let options = restante::store::Options::default();
        let store = restante::store::Store::open(&trial.data(), options)
            .await
            .unwrap();
        let entries = store.audit_after(0, 100).await.unwrap();
        store.close().await.unwrap();
        let imports = entries.into_iter().filter(|e| e.action == "mail_imported");
        imports
            .map(|e| (e.subject, serde_json::from_str(&e.detail).unwrap()))
            .collect()
    })
}

#[test]
fn the_audit_trail_has_the_beginning_and_the_end() {
    let trial = Trial::new();
    let path = folder(
        &trial,
        &[("1.eml", &mail(1, MAY)), ("2.eml", "To: x@example.com\n\n")],
    );
    import(&trial, "eml", &path);
    let entries = trail(&trial);
    assert_eq!(entries.len(), 2, "{entries:?}");
    let begun = serde_json::json!({ "phase": "begun", "kind": "eml" });
    assert_eq!(entries[0], (String::new(), begun));
    let (subject, ended) = &entries[1];
    assert_eq!((subject.as_str(), &ended["phase"]), ("", &"ended".into()));
    assert_eq!(
        (&ended["kept"], &ended["without_recipient"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn an_import_that_was_broken_off_shows() {
    let trial = Trial::new();
    let pipe = trial.folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let mut child = common::restante()
        .args(["import", "mbox"])
        .arg(&pipe)
        .arg("--config")
        .arg(trial.config())
        .spawn()
        .unwrap();
    let mut writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    writer.write_all(b"From x\nTo: jane@army.ml\n").unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while trail(&trial).is_empty() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let entries = trail(&trial);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].1["phase"], "begun");
}

fn init(dir: &Path, key: &Path) -> Output {
    common::restante()
        .args(["init", "--zone", "ml", "--identity-out"])
        .arg(key)
        .arg(dir)
        .output()
        .unwrap()
}

#[test]
#[allow(
    clippy::type_complexity,
    reason = "a table of names and what is put there"
)]
fn an_init_that_fails_leaves_nothing_and_can_be_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, key) = (folder.path().join("deep/trial"), folder.path().join("key"));
    // A file where the data folder is to be, and a link where the last file is: what stood there before must stay.
    let stand: [(&str, fn(&Path)); 2] = [
        ("data", |path| std::fs::write(path, "").unwrap()),
        ("restante.toml", |path| symlink("/nowhere/x", path).unwrap()),
    ];
    for (name, put) in stand {
        std::fs::create_dir_all(&dir).unwrap();
        put(&dir.join(name));
        let out = init(&dir, &key);
        let said = text(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(said.lines().count() == 1 && said.contains(name), "{said}");
        assert!(!key.exists());
        let left: Vec<_> = std::fs::read_dir(&dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, [name]);
        std::fs::remove_dir_all(folder.path().join("deep")).unwrap();
    }
    let out = init(&dir, &folder.path().join("nowhere/key"));
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stderr));
    assert!(!folder.path().join("deep").exists());
    assert!(init(&dir, &key).status.success());
    let lock = std::fs::metadata(dir.join("pseudonyms.lock")).unwrap();
    assert_eq!(lock.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_half_made_folder_is_told_with_the_way_out() {
    let trial = Trial::new();
    std::fs::remove_file(trial.config()).unwrap();
    let out = init(&trial.dir(), &trial.folder.path().join("key2"));
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 1);
    for name in ["data/restante.db", "pseudonyms", "pseudonyms.lock"] {
        let path = trial.dir().join(name);
        assert!(said.contains(&path.display().to_string()), "{said}");
        std::fs::remove_file(path).unwrap();
    }
    assert!(said.contains("remove"), "{said}");
    assert!(!trial.folder.path().join("key2").exists());
    let out = init(&trial.dir(), &trial.folder.path().join("key2"));
    assert!(out.status.success(), "{}", text(&out.stderr));
}
